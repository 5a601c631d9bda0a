// What went over the wire: each request between the bot and the workspace, how long it took, and why it was refused.
import { get } from "./api.js";
import { attempt } from "./context.js";
import { el } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { openMenu } from "./menu.js";
import { clockSeconds } from "./time.js";
import { toast } from "./toasts.js";

const MOST = 500;
const TROUBLES = [
  ["Answer 429, retry after 5 s", { kind: "ratelimited", seconds: 5 }],
  ["Answer 500", { kind: "http_500" }],
  ["Cut the connection, nothing done", { kind: "cut_before" }],
  ["Cut the connection after it was done", { kind: "cut_after" }],
  ["Hang for 10 s", { kind: "hang", seconds: 10 }],
  ["Refuse native charts", { kind: "no_charts", method: "chat.postMessage" }],
];

export class Wire {
  #session;
  #entries = [];
  #last = 0;
  #drawn = new Map();

  constructor(session, close) {
    this.#session = session;
    this.refused = 0;
    this.onlyRefused = false;
    this.list = el("ol", { class: "wire-list", reversed: true });
    const filter = el("button", { type: "button", class: "button button-small", "aria-pressed": "false", on: { click: () => this.#filter(filter) } }, "Refused only");
    const trouble = el("button", { type: "button", class: "button button-small", "aria-haspopup": "menu" }, icon("bolt"), "Make trouble");
    const troubles = TROUBLES.map(([label, fault]) => ({ label, note: "the next call of the bot", pick: () => make(label, fault) }));
    trouble.addEventListener("click", () => openMenu(trouble, troubles, "Make trouble"));
    this.node = el("section", { class: "panel", "aria-label": "What went over the wire" },
      el("header", { class: "panel-head" }, el("div", { class: "panel-words" }, el("h2", { text: "Over the wire" }), el("p", { text: "between bot and workspace" })),
        iconButton("close", "Close the log", close)),
      el("div", { class: "panel-tools" }, filter, trouble), el("div", { class: "panel-scroll", tabindex: 0 }, this.list));
  }

  /** Fetches what is not known yet. */
  async load() {
    const { entries } = await get("log", { after: this.#last });
    for (const entry of entries) this.#take(entry);
    this.draw();
  }

  /** Takes in one entry from the stream. */
  add(entry) {
    this.#take(entry);
    if (this.node.isConnected) this.draw();
  }

  #take(entry) {
    if (entry.n <= this.#last) return;
    this.#last = entry.n;
    this.#entries.unshift(entry);
    for (const old of this.#entries.splice(MOST)) this.#drawn.delete(old.n);
    if (!entry.ok) this.refused += 1;
  }

  #filter(button) {
    this.onlyRefused = !this.onlyRefused;
    button.setAttribute("aria-pressed", String(this.onlyRefused));
    this.draw();
  }

  draw() {
    const shown = this.#entries.filter((entry) => !this.onlyRefused || !entry.ok);
    const nodes = shown.map((entry) => this.#node(entry));
    const nothing = this.onlyRefused ? "Nothing was refused." : "Nothing yet. Send a command and watch.";
    this.list.replaceChildren(...(nodes.length ? nodes : [el("li", { class: "wire-empty", text: nothing })]));
  }

  #node(entry) {
    if (!this.#drawn.has(entry.n)) this.#drawn.set(entry.n, drawEntry(entry, this.#session.zone));
    return this.#drawn.get(entry.n);
  }
}

async function make(label, fault) {
  if (await attempt("faults", fault)) toast("Trouble is set up", `${label}: it meets the bot's next call.`, "good");
}

function drawEntry(entry, zone) {
  const toBot = entry.direction.startsWith("slack");
  const { explanation, ...detail } = entry.detail ?? {};
  const why = entry.ok ? "" : [entry.error, explanation].filter(Boolean).join(": ");
  return el("li", { class: `wire-entry ${entry.ok ? "ok" : "refused"}` }, el("details", {},
    el("summary", {},
      el("span", { class: `wire-way ${toBot ? "to-bot" : "to-slack"}`, title: toBot ? "workspace to bot" : "bot to workspace" }, toBot ? "→ bot" : "← bot"),
      el("code", { class: "wire-what", dir: "ltr", text: entry.what }),
      el("span", { class: "wire-ms", text: `${Math.round(entry.ms)} ms` }),
      why ? el("span", { class: "wire-why", text: why }) : null),
    el("div", { class: "wire-at", text: `${clockSeconds(new Date(entry.at), zone)} · ${entry.ok ? "ok" : "refused"}` }),
    el("pre", { class: "pre wire-detail", tabindex: 0 }, el("code", { text: JSON.stringify(detail, null, 2) }))));
}
