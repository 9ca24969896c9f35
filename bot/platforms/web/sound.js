// A short sound for what is to be heard: off until it is switched on, and remembered then.

const KEPT = "goraebot.sound";
const APART_MS = 1500; // many at once are one sound
const NOTES = [
  [880, 0],
  [1174.7, 0.12],
];

export class Sound {
  #context = null;
  #last = Number.NEGATIVE_INFINITY;

  /** `button` switches it. */
  constructor(button) {
    this.button = button;
    this.on = kept();
    this.#tell();
    button.addEventListener("click", () => this.#switch());
    // Browsers let a page make sounds only once somebody has touched it.
    for (const type of ["pointerdown", "keydown"]) {
      addEventListener(type, () => this.on && this.#wake(), { capture: true });
    }
  }

  /** Makes the sound, if it is wanted; until somebody has touched the page browsers keep it back. */
  play() {
    const now = performance.now();
    if (!this.on || now - this.#last < APART_MS) return;
    this.#last = now;
    this.#wake();
    if (this.#context.state === "suspended") return;
    const start = this.#context.currentTime;
    for (const [hertz, after] of NOTES) {
      const tone = this.#context.createOscillator();
      const volume = this.#context.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.12, start + after);
      volume.gain.exponentialRampToValueAtTime(0.001, start + after + 0.25);
      tone.connect(volume).connect(this.#context.destination);
      tone.start(start + after);
      tone.stop(start + after + 0.3);
    }
  }

  #switch() {
    this.on = !this.on;
    try {
      localStorage.setItem(KEPT, this.on ? "on" : "off");
    } catch {
      // storage is switched off in this browser: it holds for this visit
    }
    this.#tell();
    this.#last = Number.NEGATIVE_INFINITY;
    this.play(); // so that one hears what is coming
  }

  #wake() {
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") this.#context.resume();
  }

  #tell() {
    this.button.setAttribute("aria-pressed", String(this.on));
    this.button.textContent = this.on ? "🔊 소리 켜짐" : "🔈 소리 꺼짐";
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}
