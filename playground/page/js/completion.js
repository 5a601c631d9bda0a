// Completion in the message box: /commands, @people, #channels.
import { displayName } from "./directory.js";
import { el, freshId } from "./dom.js";
import { placeUnder } from "./popup.js";

const MOST = 8;

export class Completion {
  #session;
  #composer;
  #found = [];
  #active = 0;
  #from = 0;

  constructor(session, composer) {
    this.#session = session;
    this.#composer = composer;
    this.list = el("div", { class: "listbox completion", id: freshId("completion"), role: "listbox", popover: "manual", "aria-label": "Suggestions" });
    composer.node.append(this.list);
    const { text } = composer;
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.list.id], ["aria-expanded", "false"]]) text.setAttribute(name, value);
    text.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const at = event.target.closest("[role=option]")?.dataset.index;
      if (at !== undefined) this.#take(Number(at));
    });
  }

  /** Looks at what stands before the cursor, and offers what fits. */
  look() {
    const { text } = this.#composer;
    const before = text.value.slice(0, text.selectionStart ?? 0);
    const command = /^\/\S*$/u.exec(before);
    const name = /(?:^|\s)([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
    this.#found = command ? this.#commands(before) : name ? this.#names(name[1], name[2]) : [];
    this.#from = command ? 0 : before.length - (name ? name[2].length + 1 : 0);
    if (this.#found.length && !(this.#found.length === 1 && this.#found[0].insert === `${before.slice(this.#from)} `)) this.#open();
    else this.close();
  }

  close() {
    if (!this.list.matches(":popover-open")) return;
    this.list.hidePopover();
    this.#composer.text.setAttribute("aria-expanded", "false");
    this.#composer.text.removeAttribute("aria-activedescendant");
  }

  /** Handles a key while the list is open; true when it was for the list. */
  key(event) {
    if (!this.list.matches(":popover-open")) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.#activate((this.#active + by + this.#found.length) % this.#found.length);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) {
      if (event.key === "Enter" && this.#complete()) return false;
      this.#take(this.#active);
    } else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #complete() {
    const typed = this.#composer.text.value.slice(this.#from);
    return this.#found[this.#active].insert.trimEnd() === typed;
  }

  #commands(typed) {
    return this.#session.state.commands.filter((one) => one.command.startsWith(typed)).slice(0, MOST)
      .map((one) => ({ insert: `${one.command} `, label: one.command, aside: one.usage_hint, note: one.description }));
  }

  #names(sign, typed) {
    const wanted = typed.toLocaleLowerCase();
    const all = sign === "@" ? this.#people() : this.#session.channels().map((channel) => ({ insert: `#${channel.name} `, label: `#${channel.name}`, note: channel.topic ?? "" }));
    return all.filter((one) => `${one.label} ${one.insert}`.toLocaleLowerCase().includes(wanted)).slice(0, MOST);
  }

  #people() {
    const { bot, people } = this.#session.directory;
    const everybody = [{ name: bot.name.toLocaleLowerCase(), real_name: bot.name, title: "App" }, ...people];
    return everybody.map((person) => ({ insert: `@${person.name} `, label: displayName(person), aside: `@${person.name}`, note: person.title ?? "" }));
  }

  #open() {
    this.list.replaceChildren(...this.#found.map((one, index) => el("div", { class: "option", role: "option", id: `${this.list.id}-${index}`, data: { index } },
      el("span", { class: "option-words" },
        el("span", {}, el("strong", { dir: "auto", text: one.label }), one.aside ? el("span", { class: "option-aside", text: ` ${one.aside}` }) : null),
        one.note ? el("span", { class: "option-note", dir: "auto", text: one.note }) : null))));
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    this.#composer.text.setAttribute("aria-expanded", "true");
    placeUnder(this.list, this.#composer.box);
    this.#activate(0);
  }

  #activate(index) {
    this.#active = index;
    [...this.list.children].forEach((option, at) => {
      option.classList.toggle("active", at === index);
      option.setAttribute("aria-selected", String(at === index));
    });
    this.#composer.text.setAttribute("aria-activedescendant", this.list.children[index].id);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  #take(index) {
    const { text } = this.#composer;
    const after = text.value.slice(text.selectionStart);
    const words = text.value.slice(0, this.#from) + this.#found[index].insert;
    this.#composer.put(words + after.trimStart());
    text.setSelectionRange(words.length, words.length);
    this.close();
  }
}
