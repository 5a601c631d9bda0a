// Modals: a stack of views with fields, errors, submitting, pushing, updating and closing.
import { attempt, contextFor } from "./context.js";
import { drawBlocks } from "./blocks/index.js";
import { showFieldErrors } from "./blocks/interactive.js";
import { plainText } from "./blocks/text.js";
import { focusFirst, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { busyWhile } from "./elements/buttons.js";
import { Fields } from "./fields.js";

/** The modals of the acting person; only the top one is shown. */
export class Views {
  #session;
  #stack = [];
  #shown = null;

  constructor(session) {
    this.#session = session;
  }

  opened(view) {
    this.#keep();
    this.#stack.push({ view, typed: {} });
    this.#show();
  }

  updated(view) {
    const entry = this.#stack.find((one) => one.view.id === view.id);
    if (!entry) return;
    this.#keep();
    entry.view = view;
    if (entry === this.#stack[this.#stack.length - 1]) this.#show(true);
  }

  closed(viewId) {
    this.#keep();
    this.#stack = this.#stack.filter((one) => one.view.id !== viewId);
    this.#show();
  }

  /** Takes everything away, as when somebody else sits down. */
  clear() {
    this.#stack = [];
    this.#show();
  }

  #keep() {
    const shown = this.#shown;
    if (shown) shown.entry.typed = shown.fields.touchedValues();
  }

  #show(inPlace = false) {
    const entry = this.#stack[this.#stack.length - 1];
    const scroll = inPlace ? this.#shown?.dialog.querySelector(".dialog-body").scrollTop : 0;
    const focused = inPlace ? focusMark(this.#shown?.dialog) : null;
    this.#shown?.dialog.close();
    this.#shown = entry ? this.#draw(entry) : null;
    if (!this.#shown || !inPlace) return;
    this.#shown.dialog.querySelector(".dialog-body").scrollTop = scroll;
    if (focused) restoreFocus(this.#shown.dialog, focused);
  }

  #draw(entry) {
    const { view } = entry;
    const fields = new Fields();
    const context = contextFor(this.#session, "modal", { type: "view", view_id: view.id }, { fields, kept: { ...view.state?.values, ...entry.typed } });
    const submit = view.submit ? el("button", { type: "submit", class: "button button-primary", text: plainText(view.submit) }) : null;
    const leave = () => { attempt("close", { as: this.#session.me, view_id: view.id }); return false; };
    const cancel = el("button", { type: "button", class: "button", text: plainText(view.close) || (submit ? "Cancel" : "Close"), on: { click: leave } });
    const problem = el("p", { class: "form-problem", role: "alert", hidden: true });
    const dialog = openDialog({
      title: plainText(view.title), body: [problem, drawBlocks(view.blocks, context)], foot: [cancel, submit], className: "dialog-view",
      closing: leave, form: () => submit && this.#submit(view, dialog, fields, submit, problem),
    });
    dialog.dataset.view = view.id;
    fields.watch(dialog);
    return { dialog, fields, entry };
  }

  async #submit(view, dialog, fields, button, problem) {
    if (button.classList.contains("busy")) return;
    problem.hidden = true;
    showFieldErrors(dialog, {});
    const answer = await busyWhile(button, attempt("submit", { as: this.#session.me, view_id: view.id, values: fields.values() }));
    if (answer?.errors) showProblems(dialog, answer.errors, problem);
    else if (answer?.note) {
      problem.textContent = answer.note;
      problem.hidden = false;
    }
  }
}

function showProblems(dialog, errors, problem) {
  if (showFieldErrors(dialog, errors)) return;
  problem.textContent = Object.values(errors).join(" ");
  problem.hidden = false;
  focusFirst(dialog);
}

function focusMark(dialog) {
  const active = document.activeElement;
  if (!dialog?.contains(active)) return null;
  return { block: active.closest("[data-block]")?.dataset.block, at: active.selectionStart };
}

function restoreFocus(dialog, { block, at }) {
  const host = block ? dialog.querySelector(`[data-block="${CSS.escape(block)}"]`) : null;
  const control = host?.querySelector("input, textarea, button");
  control?.focus();
  if (control && at !== null && at !== undefined && "setSelectionRange" in control && control.type === "text") control.setSelectionRange(at, at);
}
