// The page's socket: opened again, ever more patiently, for as long as the page is open.

const FIRST_MS = 400;
const LONGEST_MS = 10_000;
// The server says something every three seconds; silence is a dead connection.
const SILENCE_MS = 12_000;
const OPEN_MS = 8_000;

export class Connection {
  #socket = null;
  #failures = 0;
  #timer = 0;
  #heardAt = 0;
  #opening = false;

  /** `greeting()` gives the first frame, `onFrame(frame)` gets each, `onLost()` tells of a cut. */
  constructor({ greeting, onFrame, onLost }) {
    this.greeting = greeting;
    this.onFrame = onFrame;
    this.onLost = onLost;
  }

  start() {
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
    setInterval(() => this.#watch(), 1000);
    this.#open();
  }

  /** Sends a frame; false when there is no connection. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #open() {
    if (this.#opening || this.#socket) return;
    this.#opening = true;
    try {
      const entry = await fetch("/session", { method: "POST", signal: AbortSignal.timeout(OPEN_MS) });
      if (entry.status === 401) {
        location.assign("/login");
        return;
      }
      if (!entry.ok) throw new Error(`session: ${entry.status}`);
      this.#connect();
    } catch {
      this.#lose(); // no network or no server: the next attempt is the remedy
    } finally {
      this.#opening = false;
    }
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.onopen = () => socket.send(JSON.stringify(this.greeting()));
    socket.onmessage = (event) => {
      this.#heardAt = performance.now();
      const frame = JSON.parse(event.data);
      if (frame.type === "hello") this.#failures = 0;
      if (frame.type === "goodbye") {
        socket.close(); // opened again, it belongs to a new visitor
        return;
      }
      this.onFrame(frame);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lose();
    };
  }

  #lose() {
    this.#socket = null;
    this.onLost();
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), longest * (0.5 + Math.random() / 2));
  }

  #hurry() {
    if (this.#socket) {
      this.#watch();
    } else {
      clearTimeout(this.#timer);
      this.#open();
    }
  }

  #watch() {
    const socket = this.#socket;
    if (socket && performance.now() - this.#heardAt > SILENCE_MS) {
      this.#lose(); // not waiting for a goodbye that a dead connection cannot deliver
      socket.close();
    }
  }
}
