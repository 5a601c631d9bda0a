// Short notices in the corner: refusals stay longer, and are read out at once.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN = { good: 4500, bad: 12_000 };
const MOST = 4;

/** Shows a notice; `kind` is "bad" for refusals, "good" for the rest. */
export function toast(title, text = "", kind = "bad") {
  const box = document.getElementById("toasts");
  const close = () => node.remove();
  const node = el("div", { class: `toast toast-${kind}`, role: kind === "bad" ? "alert" : "status" },
    icon(kind === "bad" ? "alert" : "check"),
    el("div", { class: "toast-words", dir: "auto" }, el("strong", { text: title }), text ? el("span", { text }) : null),
    el("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: close } }, icon("close")));
  box.append(node);
  while (box.children.length > MOST) box.firstChild.remove();
  let timer = setTimeout(close, SHOWN[kind]);
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("pointerleave", () => { timer = setTimeout(close, SHOWN[kind]); });
}
