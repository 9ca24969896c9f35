// The input with its completion: commands by Latin or Korean name, then their parameters.

import { begins } from "./hangul.js";

const DURATIONS = [
  { value: "30분", note: "" },
  { value: "1시간", note: "" },
  { value: "오늘", note: "다음 날 09:00까지" },
  { value: "계속", note: "다시 켤 때까지" },
];
const SCHEDULES = [
  { value: "09:00,21:00", note: "매일 아침저녁" },
  { value: "09:00 평일", note: "" },
  { value: "끄기", note: "요약 그만 받기" },
  { value: "스프레드 BTC 30분", note: "30분마다" },
];
const SETTINGS = [
  { value: "급등 5%", note: "기준" },
  { value: "대량체결 10만달러", note: "기준" },
  { value: "펌핑 끄기", note: "종류" },
  { value: "쿨다운 10분", note: "다시 알리기까지" },
  { value: "방해금지 23:00-07:00", note: "소리 없이" },
  { value: "색 글로벌", note: "초록 상승" },
  { value: "하루 20건", note: "큰 것부터" },
  { value: "AI 끄기", note: "자동 설명만" },
];
const INTERVALS = ["1분", "5분", "15분", "1시간", "4시간", "1일"].map((value) => ({ value, note: "" }));
const ASK_MS = 60;
const REMEMBERED = 50;

export class Composer {
  #commands = [];
  #kinds = [];
  #options = [];
  #stage = ""; // what the options are: "command" or a kind of parameter
  #extra = []; // options that stand before the server's
  #active = -1;
  #asked = 0;
  #askedFor = ""; // the kind of parameter that the server was asked about
  #timer = 0;
  #said = [];
  #at = 0;

  /** `say(text)` sends a line, `ask(id, text)` asks for symbols; the answer comes to `symbols`. */
  constructor({ form, input, list, button, menu }, { say, ask }) {
    Object.assign(this, { form, input, list, button, say, ask });
    menu.addEventListener("click", () => (this.#stage === "command" ? this.#close() : this.fill("/")));
    input.addEventListener("input", () => this.#update());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.#close());
    input.addEventListener("click", () => this.#update());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    // Keeps the focus, and on a phone the keyboard, in the input.
    for (const element of [list, button, menu]) {
      element.addEventListener("pointerdown", (event) => event.preventDefault());
    }
  }

  learn(commands, kinds) {
    this.#commands = commands;
    this.#kinds = kinds;
  }

  /** Puts a line into the input as if typed. */
  fill(text) {
    this.input.value = text;
    this.input.focus();
    this.#update();
  }

  /** Symbols that the server suggests for the question with this id. */
  symbols(id, symbols) {
    if (id !== this.#asked || document.activeElement !== this.input) return;
    const found = symbols.map(({ symbol, name }) => ({ value: symbol, note: name }));
    const options = [...this.#extra, ...found];
    const chosen = this.#options[this.#active]?.value; // by an arrow key, while the answer came
    this.#offer(this.#askedFor, options, options.findIndex(({ value }) => value === chosen));
  }

  #update() {
    const text = this.input.value;
    this.button.disabled = text.trim() === "";
    clearTimeout(this.#timer);
    this.#asked += 1;
    const words = text.slice(0, this.input.selectionStart ?? text.length).trimStart().split(/\s+/);
    if (words.length === 1) {
      this.#offerCommands(words[0]);
      return;
    }
    const command = this.#commands.find(({ name, korean }) => [name, korean].includes(bare(words[0])));
    const kinds = command?.parameters ?? [];
    const at = words.length - 2;
    // "/subscribe BTC ETH 고래": symbols as many as wanted, then kinds of alerts.
    const kind = kinds[0] === "symbols" && at > 0 ? "more" : kinds[at];
    this.#offerParameter(command, kind, words.at(-1));
  }

  #offerCommands(word) {
    const typed = bare(word);
    if (word === "") {
      this.#close();
      return;
    }
    const found = this.#commands.filter(({ name, korean }) => begins(name, typed) || begins(korean, typed));
    const exact = ({ name, korean }) => Number([name, korean].includes(typed));
    found.sort((a, b) => exact(b) - exact(a));
    this.#offer(
      "command",
      found.map((command) => ({
        value: `/${command.name}`,
        word: command.korean,
        note: command.description,
        whole: command.parameters.length === 0,
      })),
      0,
    );
  }

  #offerParameter(command, kind, typed) {
    const fits = ({ value, note }) => begins(value, typed) || begins(note, typed);
    if (["symbol", "symbols", "more"].includes(kind)) {
      this.#extra = this.#beside(kind).filter(fits);
      const id = this.#asked;
      this.#askedFor = kind;
      this.#offer(kind, this.#stage === kind ? this.#options.filter(fits) : this.#extra, -1);
      this.#timer = setTimeout(() => this.ask(id, typed.slice(0, 40)), ASK_MS);
    } else if (kind === "kinds") {
      this.#offer(kind, this.#beside("more").filter(fits), -1);
    } else if (kind === "duration") {
      this.#offer(kind, DURATIONS.filter(fits), -1);
    } else if (kind === "setting") {
      this.#offer(kind, SETTINGS.filter(fits), -1);
    } else if (kind === "command") {
      const commands = this.#commands.map(({ name, korean }) => ({ value: name, note: korean }));
      this.#offer("named", commands.filter(fits), -1);
    } else if (kind === "interval") {
      this.#offer(kind, INTERVALS.filter(fits), -1);
    } else if (kind === "schedule") {
      this.#offer(kind, SCHEDULES.filter(fits), -1);
    } else {
      this.#close();
    }
  }

  /** What is offered besides symbols where several of them, and kinds, may stand. */
  #beside(kind) {
    const kinds = this.#kinds.map(([name, korean]) => ({ value: korean.replaceAll(" ", ""), note: name }));
    if (kind === "more") return [...kinds, { value: "all", note: "모든 종류" }];
    return kind === "symbols" ? [{ value: "all", note: "모든 종목" }] : [];
  }

  #offer(stage, options, active) {
    if (options.length === 0) {
      this.#close();
      return;
    }
    this.#stage = stage;
    this.#options = options;
    this.list.replaceChildren(...options.map((option, index) => this.#item(option, index)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(active);
  }

  #item(option, index) {
    const item = document.createElement("li");
    item.id = `option-${index}`;
    item.setAttribute("role", "option");
    for (const [name, text] of [["value", option.value], ["word", option.word], ["about", option.note]]) {
      if (!text) continue;
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      item.append(part);
    }
    item.addEventListener("click", () => this.#accept(index));
    return item;
  }

  #activate(index) {
    this.#active = index;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    if (index < 0) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.input.setAttribute("aria-activedescendant", `option-${index}`);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  #close() {
    this.#options = [];
    this.#stage = "";
    this.#active = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    // Enter and the arrows belong to the input method while a syllable is being composed.
    if (event.isComposing || event.keyCode === 229) return;
    const { key } = event;
    const count = this.#options.length;
    if ((key === "ArrowDown" || key === "ArrowUp") && count > 0) {
      const step = key === "ArrowDown" ? 1 : -1;
      const from = this.#active < 0 && step < 0 ? 0 : this.#active;
      this.#activate((from + step + count) % count);
    } else if (key === "Tab" && !event.shiftKey && count > 0) {
      this.#accept(Math.max(0, this.#active));
    } else if (key === "Enter" && this.#active >= 0 && !this.#complete()) {
      this.#accept(this.#active);
    } else if (key === "Escape") {
      clearTimeout(this.#timer);
      this.#asked += 1; // an answer still on its way does not open the list again
      this.#close();
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      if (!this.#recall(key === "ArrowUp" ? -1 : 1)) return;
    } else {
      return; // Enter included: it submits the form
    }
    event.preventDefault();
  }

  /** Whether the word before the caret already is the active option: Enter then sends. */
  #complete() {
    const { value, word } = this.#options[this.#active];
    const typed = this.input.value.trim().split(/\s+/).at(-1).toLowerCase();
    return [value.toLowerCase(), word, `/${word}`].includes(typed);
  }

  #accept(index) {
    const option = this.#options[index];
    const end = this.input.selectionStart ?? this.input.value.length;
    const before = this.input.value.slice(0, end).replace(/\S*$/, "");
    const after = this.input.value.slice(end).trimStart();
    this.input.value = `${before}${option.value} ${after}`;
    const caret = before.length + option.value.length + 1;
    this.input.setSelectionRange(caret, caret);
    this.input.focus();
    if (option.whole) this.#submit();
    else this.#update();
  }

  #recall(step) {
    const at = this.#at + step;
    const old = this.#said[at];
    if (at < 0 || at > this.#said.length || (this.input.value !== "" && this.input.value !== this.#said[this.#at])) {
      return false;
    }
    this.#at = at;
    this.input.value = old ?? "";
    this.button.disabled = !old;
    return true;
  }

  #submit() {
    const text = this.input.value.trim();
    if (text === "") return;
    this.say(text);
    if (this.#said.at(-1) !== text) this.#said.push(text);
    this.#said.splice(0, this.#said.length - REMEMBERED);
    this.#at = this.#said.length;
    this.input.value = "";
    this.#update();
  }
}

const bare = (word) => word.replace(/^\//, "").toLowerCase();
