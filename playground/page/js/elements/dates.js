// datepicker, timepicker and datetimepicker, with the browser's own pickers.
import { el } from "../dom.js";
import { fromLocalInput, localInput } from "../time.js";
import { changed, kept, labelled, note, register } from "./shared.js";

function draw(element, context, place, type, value, key, read) {
  const input = el("input", { ...labelled(element, place), type, value, class: "control control-date", data: { action: element.action_id ?? "" } });
  const told = () => ({ [key]: input.value ? read(input.value) : null });
  register(element, context, place, () => ({ type: element.type, ...told() }));
  input.addEventListener("change", () => changed(element, context, place, told()));
  return input;
}

export function drawDate(element, context, place) {
  const value = kept(element, context, place)?.selected_date ?? element.initial_date ?? "";
  return draw(element, context, place, "date", value, "selected_date", (text) => text);
}

export function drawTime(element, context, place) {
  const value = kept(element, context, place)?.selected_time ?? element.initial_time ?? "";
  const input = draw(element, context, place, "time", value, "selected_time", (text) => text.slice(0, 5));
  return element.timezone ? el("span", { class: "control-row" }, input, note(element.timezone)) : input;
}

export function drawDateTime(element, context, place) {
  const seconds = kept(element, context, place)?.selected_date_time ?? element.initial_date_time;
  const value = seconds ? localInput(new Date(seconds * 1000), context.zone) : "";
  const read = (text) => Math.floor(fromLocalInput(text.slice(0, 16), context.zone).getTime() / 1000);
  const input = draw(element, context, place, "datetime-local", value, "selected_date_time", read);
  return el("span", { class: "control-row" }, input, note(context.zone));
}
