// The message box: completion, several lines, recall, files.
import { attempt, upload } from "./context.js";
import { Completion } from "./completion.js";
import { el, freshId } from "./dom.js";
import { iconButton } from "./icons.js";

const REMEMBERED = 50;

export class Composer {
  #session;
  #place;
  #history = [];
  #at = -1;

  /** `place()` tells where to send: {channel, thread_ts}; `id` is the text box's; `sending()` is called as something goes. */
  constructor(session, place, { id = freshId("composer"), label, sending = () => {} } = {}) {
    this.#session = session;
    this.sending = sending;
    this.#place = place;
    this.hint = el("div", { class: "composer-hint", "aria-live": "polite", hidden: true });
    this.text = el("textarea", { id, class: "composer-text", rows: 1, dir: "auto", "aria-label": label ?? "Message", spellcheck: "true" });
    this.box = el("div", { class: "composer-box" }, this.text, this.#tools());
    this.node = el("div", { class: "composer" }, this.hint, this.box);
    this.completion = new Completion(session, this);
    this.text.addEventListener("input", () => this.#typed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
  }

  #tools() {
    this.file = el("input", { type: "file", class: "unseen", tabindex: -1, "aria-hidden": "true", multiple: true, on: { change: () => this.#attach() } });
    this.sendButton = iconButton("send", "Send", () => this.send(), { class: "send", disabled: true });
    const clip = iconButton("clip", "Attach a file", () => this.file.click());
    const slash = iconButton("slash", "Use a command", () => this.put("/"));
    const keys = el("span", { class: "composer-keys", "aria-hidden": "true" }, "Enter sends · Shift+Enter new line");
    return el("div", { class: "composer-tools" }, clip, slash, this.file, keys, this.sendButton);
  }

  /** Says where one writes; a `closed` box takes nothing. */
  describe(placeholder, closed = false) {
    this.text.placeholder = placeholder;
    this.text.setAttribute("aria-label", placeholder);
    this.text.disabled = closed;
  }

  /** Puts text in the box, ready to be sent. */
  put(words) {
    this.text.value = words;
    this.text.focus();
    this.text.setSelectionRange(words.length, words.length);
    this.#typed();
  }

  async send() {
    const words = this.text.value.trim();
    if (!words) return;
    this.#history = [words, ...this.#history.filter((one) => one !== words)].slice(0, REMEMBERED);
    this.#at = -1;
    this.put("");
    this.sending();
    const sent = await this.#deliver(words);
    if (!sent && !this.text.value) this.put(words);
  }

  #deliver(words) {
    const { channel, thread_ts } = this.#place();
    const command = thread_ts ? null : /^(\/[^\s/]+)\s*([\s\S]*)$/u.exec(words);
    if (!command) return attempt("message", { as: this.#session.me, channel, text: words, thread_ts });
    return attempt("command", { as: this.#session.me, channel, command: command[1], text: command[2] });
  }

  #typed() {
    this.#grow();
    this.sendButton.disabled = !this.text.value.trim();
    this.completion.look();
    this.#showHint();
  }

  #grow() {
    this.text.style.setProperty("height", "auto");
    this.text.style.setProperty("height", `${Math.min(220, this.text.scrollHeight)}px`);
  }

  #showHint() {
    const name = /^(\/[^\s/]+)\s/u.exec(this.text.value)?.[1];
    const command = this.#session.state.commands.find((one) => one.command === name);
    this.hint.hidden = !command;
    if (command) this.hint.replaceChildren(el("code", { class: "code", text: command.command }), ` ${command.usage_hint || command.description}`);
  }

  #key(event) {
    if (event.isComposing || this.completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp") this.#recall(event, 1);
    else if (event.key === "ArrowDown") this.#recall(event, -1);
  }

  #recall(event, by) {
    const shown = this.#at >= 0 && this.text.value === this.#history[this.#at];
    if (this.text.value && !shown) return;
    const to = this.#at + by;
    if (to < -1 || to >= this.#history.length) return;
    event.preventDefault();
    this.#at = to;
    this.put(to < 0 ? "" : this.#history[to]);
    this.completion.close();
  }

  async #attach() {
    const { channel, thread_ts } = this.#place();
    const comment = this.text.value.trim();
    const files = [...this.file.files];
    this.file.value = "";
    for (const [index, file] of files.entries()) {
      const sent = await upload(this.#session, file, { channel, thread_ts, comment: index === 0 ? comment : "" });
      if (sent && index === 0 && comment) this.put("");
    }
  }
}
