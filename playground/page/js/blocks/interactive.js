// Blocks whose elements answer: actions, input, context_actions.
import { el, freshId } from "../dom.js";
import { drawElement } from "../elements/index.js";
import { plainText } from "./text.js";

export function drawActions(block, context) {
  const place = { block_id: block.block_id, dispatch: true };
  return el("div", { class: "actions" }, (block.elements ?? []).map((element) => drawElement(element, context, place)));
}

export function drawContextActions(block, context) {
  const place = { block_id: block.block_id, dispatch: true };
  return el("div", { class: "actions actions-small" }, (block.elements ?? []).map((element) => drawElement(element, context, place)));
}

const GROUPS = new Set(["radio_buttons", "checkboxes"]);

/** A field with its label, hint, and the place where its error will be said. */
export function drawInput(block, context) {
  const ids = { label: freshId("label"), hint: freshId("hint"), error: freshId("error"), field: freshId("field") };
  const place = { block_id: block.block_id, dispatch: Boolean(block.dispatch_action), ids, required: !block.optional, label: plainText(block.label) };
  const control = drawElement(block.element, context, place);
  const words = [plainText(block.label), block.optional ? el("span", { class: "optional", text: " (optional)" }) : null];
  const group = GROUPS.has(block.element?.type);
  return el(group ? "fieldset" : "div", { class: "field", data: { field: block.block_id } },
    el(group ? "legend" : "label", { class: "field-label", id: ids.label, for: group ? null : ids.field, dir: "auto" }, words),
    control,
    block.hint ? el("p", { class: "field-hint", id: ids.hint, dir: "auto", text: plainText(block.hint) }) : null,
    el("p", { class: "field-error", id: ids.error, role: "alert", hidden: true }));
}

/** Says what is wrong with fields (`{block_id: text}`) and takes the first one into focus. */
export function showFieldErrors(root, errors) {
  let first = null;
  for (const field of root.querySelectorAll("[data-field]")) {
    const text = errors[field.dataset.field];
    const line = field.querySelector(".field-error");
    line.hidden = !text;
    line.textContent = text ?? "";
    const control = field.querySelector("input, textarea, select, button");
    control?.setAttribute("aria-invalid", text ? "true" : "false");
    field.classList.toggle("wrong", Boolean(text));
    first ??= text ? control : null;
  }
  first?.focus();
  return Boolean(first);
}
