// The thread beside the conversation.
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { iconButton } from "./icons.js";
import { MessageList } from "./messages.js";

export class ThreadPanel {
  #session;

  constructor(session, close) {
    this.#session = session;
    this.list = new MessageList(session, { label: "Thread" });
    this.composer = new Composer(session, () => ({ channel: session.thread.channel, thread_ts: session.thread.ts }), { label: "Reply", sending: () => this.list.toEnd() });
    this.composer.describe("Reply…");
    this.where = el("p");
    this.node = el("section", { class: "panel", "aria-label": "Thread" },
      el("header", { class: "panel-head" }, el("div", { class: "panel-words" }, el("h2", { text: "Thread" }), this.where),
        iconButton("close", "Close the thread", close)),
      this.list.node, this.composer.node);
  }

  /** Gets ready for another thread. */
  open() {
    if (!this.#session.thread) return;
    this.where.textContent = this.#session.channel?.is_im ? this.#session.placeName() : `#${this.#session.placeName()}`;
    this.list.show(this.#session.thread.channel, [], { opening: true });
  }

  show(opening) {
    this.list.show(this.#session.thread.channel, this.#session.thread.messages, { opening });
    if (opening) this.composer.text.focus();
  }
}
