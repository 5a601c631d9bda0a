// What all elements do alike: register their value, send a change, and ask for confirmation.
import { drawText, plainText } from "../blocks/text.js";
import { el } from "../dom.js";

/** What an earlier version of the same view held for this element, if it was of the same type. */
export function kept(element, context, place) {
  const value = context.kept?.[place.block_id]?.[element.action_id];
  return value?.type === element.type ? value : undefined;
}

/** Tells the form how to read this element. */
export function register(element, context, place, read) {
  context.fields?.set(place.block_id, element.action_id, read);
}

/** Sends the change to the app when the element stands where changes are sent at once. */
export async function changed(element, context, place, action) {
  if (!place.dispatch) return false;
  if (element.confirm && !(await confirmed(element.confirm, context))) return false;
  await context.act(place.block_id, element.action_id, { type: element.type, ...action });
  return true;
}

/** Asks the question of a confirm object. */
export function confirmed(confirm, context) {
  return context.confirm({
    title: plainText(confirm.title),
    body: drawText(confirm.text, context),
    yes: plainText(confirm.confirm ?? "Yes"),
    no: plainText(confirm.deny ?? "Cancel"),
    danger: confirm.style === "danger",
  });
}

/** Attributes that tie a control to its label, hint and error. */
export function labelled(element, place) {
  const ids = place.ids;
  return {
    id: ids?.field,
    "aria-describedby": ids ? `${ids.hint} ${ids.error}` : null,
    "aria-required": place.required ? "true" : null,
    "aria-label": ids ? null : plainText(element.placeholder) || element.action_id,
    placeholder: plainText(element.placeholder) || null,
    autofocus: element.focus_on_load,
  };
}

/** A short note under a control, for what the control itself cannot say. */
export function note(text) {
  return el("span", { class: "control-note", text });
}
