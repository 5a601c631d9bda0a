// Dialogs: the browser's own <dialog>, which keeps the focus inside and gives it back.
import { el, freshId } from "./dom.js";
import { iconButton } from "./icons.js";

/** Opens a dialog. `closing()` is asked when the person leaves by Escape or the cross; it may return false to stay. */
export function openDialog({ title, body, foot, className = "", closing = () => true, form }) {
  const id = freshId("dialog");
  const leave = () => { if (closing() !== false) node.close(); };
  const inner = [
    el("header", { class: "dialog-head" }, el("h2", { id, dir: "auto", text: title }),
      iconButton("close", "Close", leave)),
    el("div", { class: "dialog-body" }, body),
    foot ? el("footer", { class: "dialog-foot" }, foot) : null,
  ];
  const submit = (event) => { event.preventDefault(); form(); };
  const content = form ? el("form", { class: "dialog-form", novalidate: true, on: { submit } }, inner) : inner;
  const node = el("dialog", { class: `dialog ${className}`.trim(), "aria-labelledby": id }, content);
  node.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  node.addEventListener("close", () => node.remove());
  document.getElementById("dialogs").append(node);
  node.showModal();
  focusFirst(node);
  return node;
}

/** Takes the focus to the field that asks for it, or to the first one, or to the main button. */
export function focusFirst(node) {
  const first = node.querySelector(".dialog-body [autofocus]") ?? node.querySelector(".dialog-body :is(input, textarea):not([type=radio], [type=checkbox], [role=combobox])")
    ?? node.querySelector(".dialog-body :is(input, select, button)") ?? node.querySelector(".dialog-foot .button-primary") ?? node.querySelector("button");
  first?.focus();
}

/** Asks yes or no; the promise tells which. */
export function ask({ title, body, yes, no, danger }) {
  return new Promise((resolve) => {
    let answer = false;
    const settle = (value) => { answer = value; node.close(); };
    const node = openDialog({
      title, body, className: "dialog-small", form: () => settle(true),
      foot: [
        el("button", { type: "button", class: "button", on: { click: () => settle(false) } }, no),
        el("button", { type: "submit", class: `button button-${danger ? "danger" : "primary"}` }, yes),
      ],
    });
    node.addEventListener("close", () => resolve(answer));
    node.querySelector("[type=submit]").focus();
  });
}
