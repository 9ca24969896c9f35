// The bubbles: in order, each once, replaced in place. Text only ever enters as text.

import { clockText, dayStart, dayText } from "./time.js";

const MOST = 400; // bubbles on the page; the oldest leave first
const NEAR_PX = 80;
const PENDING = Number.POSITIVE_INFINITY;
const WHY = /^\/why (#[0-9a-f]{16})$/;

const make = (tag, className, text = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};

// Elsewhere one replies to an alert to have it explained; here a button stands behind its others.
const withExplain = (buttons) => {
  const alert = buttons.map(({ command }) => WHY.exec(command)?.[1]).find(Boolean);
  return alert ? [...buttons, { label: "💬 설명", command: `/explain ${alert}` }] : buttons;
};

export class Chat {
  #byRef = new Map();
  #byKey = new Map(); // pushed messages: a repeated one is the same bubble
  #pending = new Map(); // id → own bubble that the server has not confirmed
  #pressed = new Map(); // id → button that waits for its answer
  #days = new Set();
  #stick = true;
  #unread = 0;

  /** `press(command, label)` sends a button's command and returns its id. */
  constructor({ scroll, list, pill, typing }, press) {
    this.scroll = scroll;
    this.list = list;
    this.pill = pill;
    this.typing = typing;
    this.press = press;
    scroll.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = scroll;
      this.#stick = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      if (this.#stick) this.#read();
    });
    pill.addEventListener("click", () => this.toEnd());
    const keep = new ResizeObserver(() => this.#stick && this.#jump());
    keep.observe(scroll);
    keep.observe(list);
  }

  get empty() {
    return this.#byRef.size + this.#pending.size === 0;
  }

  /** Shows an entry; returns whether it is a new bubble. `known`: only where it already stands. */
  put(entry, known = false) {
    const key = entry.pushed ? entry.message.key : "";
    let row = this.#byRef.get(entry.ref);
    if (!row && key) row = this.#byKey.get(key);
    if (!row && entry.who === "you") row = this.#pending.get(entry.id);
    if (!row && known) return false;
    const fresh = row ?? this.#row(entry.who);
    if (fresh.order === PENDING) {
      this.#pending.delete(entry.id);
      fresh.classList.remove("pending");
      fresh.remove();
    }
    this.#fill(fresh, entry);
    if (!fresh.isConnected) this.#insert(fresh, entry.ref);
    this.#byRef.set(entry.ref, fresh);
    fresh.refs.add(entry.ref);
    if (key) {
      this.#byKey.set(key, fresh);
      fresh.key = key;
    }
    if (entry.id && entry.who === "bot") this.#release(entry.id);
    if (!row && entry.who === "bot" && !this.#stick) this.#count();
    this.#prune();
    return !row;
  }

  /** The visitor's own bubble, before the server has confirmed it. */
  pend(id, text) {
    const row = this.#row("you");
    row.classList.add("pending");
    this.#fill(row, { who: "you", text, ref: Date.now() * 1000 });
    this.#insert(row, PENDING);
    this.#pending.set(id, row);
    this.toEnd();
  }

  /** Nothing is waited for any more that was said with this id; returns its bubble, if it waited. */
  settle(id) {
    this.#release(id);
    const row = this.#pending.get(id);
    if (!row) return undefined;
    this.#pending.delete(id);
    row.classList.remove("pending");
    row.remove();
    this.#insert(row, this.#newest()); // what comes from now on comes below it
    return row;
  }

  /** What was said with this id is not answered, for this reason. */
  refuse(id, text) {
    const row = this.settle(id);
    if (row) {
      row.classList.add("failed");
      row.lastElementChild.append(make("p", "why", text));
      return;
    }
    const notice = this.#row("bot");
    this.#fill(notice, { who: "bot", message: { head: text, tone: "error" }, ref: Date.now() * 1000 });
    this.#insert(notice, this.#newest());
  }

  /** The order of what stands last, but for what waits. */
  #newest() {
    const rows = [...this.list.querySelectorAll(".row")]; // days go by the visitor's clock
    const orders = rows.map((row) => row.order).filter((order) => order !== PENDING);
    return orders.length ? Math.max(...orders) : Date.now() * 1000;
  }

  /** A button that waits for the answer to this id. */
  hold(id, button) {
    button.ariaDisabled = "true"; // not disabled: that would take the focus away
    button.classList.add("waiting");
    this.#pressed.set(id, button);
  }

  setTyping(on) {
    this.typing.hidden = !on;
    if (on && this.#stick) this.#jump();
  }

  toEnd() {
    this.#stick = true;
    this.#read();
    this.#jump();
  }

  /** Brings a bubble into view and points it out. */
  show(ref) {
    const row = this.#byRef.get(ref);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("found");
    void row.offsetWidth; // restarts the animation
    row.classList.add("found");
  }

  #row(who) {
    const row = make("li", `row ${who}`);
    row.refs = new Set();
    row.key = "";
    return row;
  }

  #fill(row, entry) {
    const time = make("time", "time", clockText(entry.ref));
    time.dateTime = new Date(entry.ref / 1000).toISOString();
    if (entry.who === "you") {
      const bubble = make("div", "bubble");
      bubble.append(make("span", "sr", "나: "), entry.text);
      row.replaceChildren(time, bubble);
      return;
    }
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const avatar = make("img", "avatar");
    avatar.src = "/icon.svg";
    avatar.alt = "";
    row.replaceChildren(avatar, this.#bubble(entry.message, entry.pushed), time);
    if (focused) this.#refocus(row, focused);
  }

  /** Whoever works by keyboard stays where they were: a new edition has new buttons. */
  #refocus(row, former) {
    const buttons = [...row.querySelectorAll(".chip")];
    const same = buttons.find((button) => button.title === former.title) ?? buttons[0];
    (same ?? this.scroll).focus({ preventScroll: true });
  }

  #bubble({
    head,
    progress = [],
    lines = [],
    note = "",
    foot = "",
    buttons = [],
    tone = "plain",
    colours = "korean",
    picture = null,
  }, pushed = false) {
    const bubble = make("div", `bubble tone-${tone}${colours === "global" ? " colours-global" : ""}`);
    bubble.append(make("p", "head", head));
    if (picture) bubble.append(this.#picture(picture));
    for (const line of progress) bubble.append(make("p", "line progress", line));
    for (const line of lines) bubble.append(make("p", "line", line));
    if (note) bubble.append(make("p", "note", `💬 ${note}`));
    if (foot) bubble.append(make("p", "foot", foot));
    for (const buttonRow of buttons) {
      const row = make("div", "buttons");
      for (const { label, command } of pushed ? withExplain(buttonRow) : buttonRow) {
        const button = make("button", "chip", label);
        button.type = "button";
        button.title = command;
        button.addEventListener("click", () => {
          if (button.ariaDisabled !== "true") this.hold(this.press(command, label), button);
        });
        row.append(button);
      }
      bubble.append(row);
    }
    return bubble;
  }

  /** A picture that opens in full size; where it is not kept any more, its words stay. */
  #picture({ name, alt, width, height }) {
    const link = make("a", "picture");
    link.href = `/pictures/${name}.png`;
    link.target = "_blank";
    link.rel = "noopener";
    const image = document.createElement("img");
    Object.assign(image, { src: link.href, alt, width, height, decoding: "async" });
    image.addEventListener("error", () => link.replaceWith(make("p", "line", `🖼️ ${alt}`)));
    link.append(image);
    return link;
  }

  #insert(row, order) {
    row.order = order;
    const us = order === PENDING ? Date.now() * 1000 : order;
    const start = dayStart(us);
    if (!this.#days.has(start)) {
      this.#days.add(start);
      const day = make("li", "day", dayText(us));
      day.order = start;
      this.#place(day);
    }
    this.#place(row);
    if (this.#stick) this.#jump();
  }

  #place(row) {
    let before = this.list.lastElementChild;
    while (before && before.order > row.order) before = before.previousElementSibling;
    if (before) before.after(row);
    else this.list.prepend(row);
  }

  #prune() {
    while (this.list.childElementCount > MOST) {
      const oldest = this.list.firstElementChild;
      if (oldest.classList.contains("day")) this.#days.delete(oldest.order);
      for (const ref of oldest.refs ?? []) this.#byRef.delete(ref);
      if (oldest.key) this.#byKey.delete(oldest.key);
      oldest.remove();
    }
  }

  #release(id) {
    const button = this.#pressed.get(id);
    if (!button) return;
    this.#pressed.delete(id);
    button.ariaDisabled = null;
    button.classList.remove("waiting");
  }

  #count() {
    this.#unread += 1;
    this.pill.textContent = `새 메시지 ${this.#unread}개 ↓`;
    this.pill.hidden = false;
  }

  #read() {
    this.#unread = 0;
    this.pill.hidden = true;
  }

  #jump() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}
