// radio_buttons and checkboxes.
import { drawText } from "../blocks/text.js";
import { el, freshId } from "../dom.js";
import { changed, kept, register } from "./shared.js";

export function drawRadios(element, context, place) {
  const was = kept(element, context, place)?.selected_option ?? element.initial_option;
  const state = { chosen: was ? element.options.find((option) => option.value === was.value) ?? null : null };
  register(element, context, place, () => ({ type: element.type, selected_option: state.chosen }));
  const name = freshId("radio");
  const pick = (option) => {
    state.chosen = option;
    changed(element, context, place, { selected_option: option });
  };
  return group("radiogroup", element, place, element.options.map((option) => drawChoice(
    { type: "radio", name, checked: option === state.chosen }, option, context, () => pick(option))));
}

export function drawCheckboxes(element, context, place) {
  const was = kept(element, context, place)?.selected_options ?? element.initial_options ?? [];
  const chosen = new Set(was.map((option) => option.value));
  const selected = () => element.options.filter((option) => chosen.has(option.value));
  register(element, context, place, () => ({ type: element.type, selected_options: selected() }));
  const flip = (option, on) => {
    if (on) chosen.add(option.value);
    else chosen.delete(option.value);
    changed(element, context, place, { selected_options: selected() });
  };
  return group("group", element, place, element.options.map((option) => drawChoice(
    { type: "checkbox", checked: chosen.has(option.value) }, option, context, (on) => flip(option, on))));
}

function group(role, element, place, choices) {
  return el("div", {
    class: "choices", role, "aria-labelledby": place.ids?.label, "aria-label": place.ids ? null : element.action_id,
    data: { action: element.action_id ?? "" },
  }, choices);
}

function drawChoice(attributes, option, context, told) {
  const input = el("input", { ...attributes, class: "choice-input", value: option.value, on: { change: () => told(input.checked) } });
  return el("label", { class: "choice" }, input, el("span", { class: "choice-words" },
    drawText(option.text, context, "span"),
    option.description ? drawText(option.description, context, "span", "choice-note") : null));
}
