// Typed values: plain text, numbers, e-mail and web addresses.
import { el } from "../dom.js";
import { changed, kept, labelled, register } from "./shared.js";

export function drawPlainText(element, context, place) {
  const shape = { minlength: element.min_length, maxlength: element.max_length ?? 3000, dir: "auto" };
  return element.multiline
    ? draw(element, context, place, "textarea", { ...shape, rows: 4 })
    : draw(element, context, place, "input", { ...shape, type: "text", autocomplete: "off" });
}

export function drawNumber(element, context, place) {
  const shape = { type: "text", inputmode: element.is_decimal_allowed ? "decimal" : "numeric", autocomplete: "off", class: "control control-number" };
  const limits = [element.min_value, element.max_value];
  const input = draw(element, context, place, "input", shape);
  input.dataset.limits = limits.map((limit) => limit ?? "").join("..");
  return input;
}

export function drawEmail(element, context, place) {
  return draw(element, context, place, "input", { type: "email", autocomplete: "off" });
}

export function drawUrl(element, context, place) {
  return draw(element, context, place, "input", { type: "url", autocomplete: "off" });
}

/** Rich text is typed as plain lines here, and told as one rich_text section. */
export function drawRichInput(element, context, place) {
  const input = draw({ ...element, initial_value: undefined }, context, place, "textarea", { rows: 4, dir: "auto" });
  const told = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
  register(element, context, place, () => ({ type: element.type, rich_text_value: input.value ? told(input.value) : null }));
  return input;
}

function draw(element, context, place, tag, shape) {
  const before = kept(element, context, place);
  const value = (before ? before.value : element.initial_value) ?? "";
  const input = el(tag, { class: "control", ...labelled(element, place), ...shape, value, data: { action: element.action_id ?? "" } });
  const read = () => ({ type: element.type, value: input.value === "" ? null : input.value });
  register(element, context, place, read);
  dispatchOn(input, element, () => changed(element, context, place, { value: input.value }));
  return input;
}

function dispatchOn(input, element, tell) {
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (when.includes("on_character_entered")) input.addEventListener("input", tell);
  if (!when.includes("on_enter_pressed")) return;
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && !(input.tagName === "TEXTAREA" && event.shiftKey)) tell();
  });
}
