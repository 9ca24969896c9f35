// Puts the page together: frames from the server to the chat and the panel, lines from the person
// to the server.

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Panel } from "./panel.js";
import { Sound } from "./sound.js";

const TITLE = document.title;
const WAITING = 20; // lines that wait for their answer; more are refused here

const $ = (id) => document.getElementById(id);

// The newest change seen, of which log, in which run, and the server's version.
const seen = { epoch: "", seq: 0, run: "", version: "" };
// Lines without an answer so far, by id; sent again after a reconnect.
const waiting = new Map();
let unseen = 0;

const chat = new Chat(
  { scroll: $("scroll"), list: $("log"), pill: $("pill"), typing: $("typing") },
  (command, label) => say(command, "pressed", label),
);
const composer = new Composer(
  { form: $("composer"), input: $("input"), list: $("options"), button: $("send"), menu: $("menu") },
  {
    say: (text) => say(text, "typed"),
    ask: (id, text) => connection.send({ type: "suggest", id, text }),
  },
);
const panel = new Panel({
  press: (command, label) => say(command, "pressed", label),
  fill: (text) => composer.fill(text),
  show: (ref) => chat.show(ref),
});
const sound = new Sound($("sound"));
const connection = new Connection({
  greeting: () => ({ type: "hello", epoch: seen.epoch, since: seen.seq, run: seen.run }),
  onFrame: (frame) => handlers[frame.type]?.(frame),
  onLost: () => {
    $("offline").hidden = false;
    panel.lost();
    chat.setTyping(false);
  },
});

function say(text, how, label = "", id = newId()) {
  const frame = { type: "say", id, text, how, label };
  if (how === "typed") chat.pend(id, text);
  if (waiting.size >= WAITING) {
    queueMicrotask(() => chat.refuse(id, "앞의 요청에 대한 답을 기다리고 있습니다."));
    return id;
  }
  waiting.set(id, frame);
  connection.send(frame);
  return id;
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `known`: only where it already stands; `past`: it was there before the page was opened. */
function show(entry, { known = false, past = false } = {}) {
  const fresh = chat.put(entry, known);
  if (entry.pushed) panel.pushed(entry);
  if (entry.who === "bot" && waiting.delete(entry.id) && fresh) chat.toEnd();
  if (!fresh || !entry.pushed || entry.message.silent) return;
  if (!past) sound.play();
  if (document.hidden) {
    unseen += 1;
    document.title = `(${unseen}) ${TITLE}`;
  }
}

const handlers = {
  hello(frame) {
    if (seen.version && seen.version !== frame.version) {
      location.reload(); // another program: its page may speak another language
      return;
    }
    const again = seen.version !== "";
    const { epoch, seq, run, version } = frame;
    Object.assign(seen, { epoch, seq, run, version });
    $("offline").hidden = true;
    $("unreal").hidden = !frame.unreal;
    if (frame.unreal) {
      $("unreal-name").textContent = `${frame.unreal.name}입니다.`;
      $("unreal-warning").textContent = frame.unreal.warning;
    }
    composer.learn(frame.commands, frame.kinds);
    panel.welcome(frame);
    panel.health(frame.health);
    panel.watching(frame.watching);
    for (const entry of frame.entries) show(entry, { past: !again });
    chat.setTyping(frame.typing);
    for (const line of waiting.values()) connection.send(line);
    if (!again && chat.empty) say("/start", "quiet", "", "welcome");
  },
  entry(frame) {
    seen.seq = Math.max(seen.seq, frame.seq);
    show(frame.entry, { known: frame.known });
  },
  typing: ({ on }) => chat.setTyping(on),
  health: ({ health }) => panel.health(health),
  watching: ({ lines }) => panel.watching(lines),
  suggest: ({ id, symbols }) => composer.symbols(id, symbols),
  answered({ id }) {
    waiting.delete(id);
    chat.settle(id);
  },
  refused({ id, text }) {
    waiting.delete(id);
    chat.refuse(id, text);
  },
};

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    unseen = 0;
    document.title = TITLE;
  }
});

// Typing anywhere on a page with a keyboard means typing here.
addEventListener("keydown", (event) => {
  const free = document.activeElement === document.body || document.activeElement === $("scroll");
  if (free && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ") {
    $("input").focus();
  }
});

// Where a keyboard lies over the page instead of making it smaller (iPhones), what is left is used.
// Whoever zooms in sees less as well, but wants the page as it is.
visualViewport.addEventListener("resize", () => {
  const { height, scale } = visualViewport;
  document.documentElement.style.setProperty("--seen", scale > 1.01 ? "100dvh" : `${height}px`);
  if (scale <= 1.01) scrollTo(0, 0);
});

connection.start();
if (matchMedia("(hover: hover)").matches) $("input").focus();
