// A list of messages: grouped by author and time, with day dividers; redraws only what changed.
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { authorOf, drawMessage } from "./message.js";
import { dayKey, dayName, momentOf } from "./time.js";

const TOGETHER = 5 * 60;
const NEAR = 80;

export class MessageList {
  #session;
  #drawn = new Map();
  #openThread;
  #older;

  /** `openThread(ts)` opens a thread; `older()` fetches what came before and tells whether there is more. */
  constructor(session, { openThread, older, label }) {
    this.#session = session;
    this.#openThread = openThread;
    this.#older = older;
    this.list = el("div", { class: "messages-list", role: "log", "aria-label": label, "aria-live": "polite" });
    this.scroller = el("div", { class: "messages", tabindex: -1 }, this.list);
    this.pill = el("button", { type: "button", class: "new-pill", hidden: true, on: { click: () => this.toEnd() } }, icon("down"), "New messages");
    this.node = el("div", { class: "messages-frame" }, this.scroller, this.pill);
    this.scroller.addEventListener("scroll", () => this.#scrolled());
    const sizes = new ResizeObserver(() => { if (this.stuck) this.toEnd(); });
    sizes.observe(this.list);
    sizes.observe(this.scroller);
    this.stuck = true;
    this.loading = false;
  }

  /** Shows messages, oldest first. `opening` forgets what was there, as when the channel changes. */
  show(channel, messages, { opening = false, empty = null } = {}) {
    if (opening) this.#drawn.clear();
    const before = this.list.lastElementChild?.dataset.ts;
    const nodes = messages.length ? this.#nodes(channel, messages) : [];
    reconcile(this.list, nodes.length || !empty ? nodes : [empty]);
    const isNew = before !== this.list.lastElementChild?.dataset.ts;
    if (opening) this.stuck = true;
    if (this.stuck && isNew && messages.length && this.#tall()) this.#toStartOfLast();
    else if (this.stuck) this.toEnd();
    else if (isNew) this.pill.hidden = false;
  }

  #tall() {
    return this.list.lastElementChild.offsetHeight > this.scroller.clientHeight;
  }

  /** A message longer than the window is read from its beginning. */
  #toStartOfLast() {
    this.stuck = false;
    this.list.lastElementChild.scrollIntoView({ block: "start" });
  }

  toEnd() {
    this.stuck = true;
    this.pill.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #nodes(channel, messages) {
    const nodes = [];
    let last = null;
    for (const message of messages) {
      const newDay = !last || this.#day(last) !== this.#day(message);
      if (newDay) nodes.push(this.#divider(message));
      const node = this.#node(channel, message);
      node.classList.toggle("continued", !newDay && together(last, message));
      nodes.push(node);
      last = message;
    }
    return nodes;
  }

  #node(channel, message) {
    const state = JSON.stringify(message);
    const known = this.#drawn.get(message.ts);
    if (known?.state === state) return known.node;
    const node = drawMessage(message, channel, this.#session, this.#openThread);
    this.#drawn.set(message.ts, { state, node });
    return node;
  }

  #day(message) {
    return dayKey(momentOf(message.ts), this.#session.zone);
  }

  #divider(message) {
    const name = dayName(momentOf(message.ts), this.#session.now(), this.#session.zone);
    const key = `day ${name}`;
    if (!this.#drawn.has(key)) this.#drawn.set(key, { node: el("div", { class: "day", role: "separator" }, el("span", { text: name })) });
    return this.#drawn.get(key).node;
  }

  async #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.stuck = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.stuck) this.pill.hidden = true;
    if (scrollTop > NEAR || this.loading || !this.#older) return;
    this.loading = true;
    const more = await this.#older();
    if (more) this.scroller.scrollTop = this.scroller.scrollHeight - scrollHeight + this.scroller.scrollTop;
    this.loading = false;
  }
}

function together(last, message) {
  return authorOf(last) === authorOf(message) && (last.username ?? "") === (message.username ?? "")
    && !last.is_ephemeral && !message.is_ephemeral && Number(message.ts) - Number(last.ts) < TOGETHER;
}
