// The side panel: how the market data is doing, what this chat gets, and what can be asked.

import { ageText, clockText } from "./time.js";

const LATEST = 6;
const $ = (id) => document.getElementById(id);

const make = (tag, className, text = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};

export class Panel {
  #latest = new Map(); // message key or ref → entry

  /** `press(command, label)` sends a command, `fill(text)` types one, `show(ref)` finds a bubble. */
  constructor({ press, fill, show }) {
    Object.assign(this, { press, fill, show });
    $("panel-open").addEventListener("click", () => this.#open(true));
    $("panel-close").addEventListener("click", () => this.#open(false));
    $("shade").addEventListener("click", () => this.#open(false));
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && document.body.classList.contains("with-panel")) this.#open(false);
    });
  }

  welcome({ commands, version, locked }) {
    $("version").textContent = `고래봇 ${version}`;
    $("logout").hidden = !locked;
    const has = new Set(commands.map(({ name }) => name));
    const offers = [
      ["subscribe", "구독하기"],
      ["alerts", "구독 목록"],
      ["unsubscribe", "구독해지"],
    ].filter(([name]) => has.has(name));
    $("watching-buttons").replaceChildren(
      ...offers.map(([name, label]) => {
        const button = make("button", "chip", label);
        button.type = "button";
        button.addEventListener("click", () => {
          this.#open(false);
          if (name === "alerts") this.press("/alerts", label);
          else this.fill(`/${name} `);
        });
        return button;
      }),
    );
    $("commands").replaceChildren(...commands.map((command) => this.#command(command)));
  }

  health({ feed, text, queued }) {
    const market = feed.unreal ? feed.unreal.name : "실시간";
    const state = feed.ok ? "ok" : "problem";
    const age = feed.age_ms == null ? "" : ageText(feed.age_ms);
    $("state").dataset.state = state;
    $("state-text").textContent = feed.ok ? `${market} · ${feed.symbols.toLocaleString("ko-KR")}개 종목` : "시세 데이터 문제";
    $("health").dataset.state = state;
    $("health-text").textContent = text;
    $("trouble").hidden = feed.ok;
    $("trouble").textContent = feed.ok ? "" : text;
    const figures = [
      ["마지막 데이터", age || "아직 없음"],
      feed.delay_ms <= -1000
        ? ["고래봇의 시계", `${Math.round(-feed.delay_ms / 1000).toLocaleString("ko-KR")}초 느림`]
        : ["거래소 지연", feed.delay_ms == null ? "–" : `${Math.max(0, feed.delay_ms).toLocaleString("ko-KR")}ms`],
      ["지켜보는 종목", `${feed.symbols.toLocaleString("ko-KR")}개`],
      ["연결", `${feed.connections}개 · 재연결 ${feed.reconnects}회`],
      ["놓친 구간", `${feed.gaps}회 · 복구 ${feed.recovered_trades.toLocaleString("ko-KR")}건`],
      ["보낼 메시지", `${queued.toLocaleString("ko-KR")}건`],
    ];
    $("figures").replaceChildren(
      ...figures.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]),
    );
  }

  lost() {
    $("state").dataset.state = "lost";
    $("state-text").textContent = "연결 끊김";
  }

  watching(lines) {
    if (lines == null) return;
    $("watching").hidden = lines.length === 0;
    $("watching").replaceChildren(...lines.map((line) => make("li", "", line)));
    $("watching-hint").hidden = lines.length > 0;
  }

  /** Remembers a message nobody asked for, among the latest. */
  pushed(entry) {
    this.#latest.set(entry.message.key || entry.ref, entry);
    const newest = [...this.#latest.entries()].sort(([, a], [, b]) => b.ref - a.ref).slice(0, LATEST);
    this.#latest = new Map(newest);
    $("latest-none").hidden = true;
    $("latest").replaceChildren(
      ...newest.map(([, { ref, message }]) => {
        const button = make("button", `latest-item tone-${message.tone ?? "plain"}${message.colours === "global" ? " colours-global" : ""}`);
        button.type = "button";
        button.append(make("span", "latest-head", message.head), make("time", "time", clockText(ref)));
        button.addEventListener("click", () => {
          this.#open(false);
          this.show(ref);
        });
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
  }

  #command({ name, korean, description, example, parameters }) {
    const button = make("button", "command");
    button.type = "button";
    button.title = `${description}\n예: ${example}`;
    button.append(make("span", "value", `/${name}`), make("span", "word", korean), make("span", "about", description));
    button.addEventListener("click", () => {
      this.#open(false);
      if (parameters.length === 0) this.press(`/${name}`, `/${name}`);
      else this.fill(`/${name} `);
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  #open(on) {
    if (on === document.body.classList.contains("with-panel")) return;
    document.body.classList.toggle("with-panel", on);
    for (const behind of ["top", "chat"]) $(behind).inert = on; // the drawer lies over them
    $("panel-open").setAttribute("aria-expanded", String(on));
    $("shade").hidden = !on;
    (on ? $("panel-close") : $("panel-open")).focus();
  }
}
