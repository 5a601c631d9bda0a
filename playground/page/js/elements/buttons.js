// Buttons, overflow menus, and the small buttons for feedback.
import { plainText } from "../blocks/text.js";
import { el } from "../dom.js";
import { icon } from "../icons.js";
import { safeUrl } from "../mentions.js";
import { openMenu } from "../menu.js";
import { changed } from "./shared.js";

export function drawButton(element, context, place) {
  const style = ["primary", "danger"].includes(element.style) ? ` button-${element.style}` : "";
  const button = el("button", {
    type: "button", class: `button${style}`, "aria-label": element.accessibility_label, dir: "auto", data: { action: element.action_id ?? "" },
  }, el("span", { class: "button-words", text: plainText(element.text) }));
  button.addEventListener("click", () => press(button, element, context, place));
  return button;
}

async function press(button, element, context, place) {
  const url = element.url && safeUrl(element.url);
  if (url) window.open(url, "_blank", "noopener,noreferrer");
  await busyWhile(button, changed(element, context, place, { value: element.value, text: element.text }));
}

/** Marks a button as working until `work` is done; a second press meanwhile does nothing. */
export async function busyWhile(button, work) {
  button.setAttribute("aria-busy", "true");
  button.classList.add("busy");
  try {
    return await work;
  } finally {
    button.removeAttribute("aria-busy");
    button.classList.remove("busy");
  }
}

export function drawIconButton(element, context, place) {
  const label = element.accessibility_label ?? plainText(element.text);
  return el("button", {
    type: "button", class: "icon-button", "aria-label": label, title: label,
    on: { click: () => changed(element, context, place, { value: element.value }) },
  }, icon(element.icon === "trash" ? "close" : "bolt"));
}

export function drawFeedback(element, context, place) {
  const one = (choice) => el("button", {
    type: "button", class: "button button-small", "aria-label": choice.accessibility_label,
    on: { click: () => changed(element, context, place, { value: choice.value, text: choice.text }) },
  }, plainText(choice.text));
  return el("span", { class: "feedback", role: "group" }, one(element.positive_button), one(element.negative_button));
}

export function drawOverflow(element, context, place) {
  const button = el("button", {
    type: "button", class: "icon-button overflow", "aria-label": "More actions", "aria-haspopup": "menu", data: { action: element.action_id ?? "" },
  }, icon("more"));
  const choose = (option) => {
    const url = option.url && safeUrl(option.url);
    if (url) window.open(url, "_blank", "noopener,noreferrer");
    changed(element, context, place, { selected_option: option });
  };
  button.addEventListener("click", () => openMenu(button, (element.options ?? []).map((option) => ({
    label: plainText(option.text), note: plainText(option.description), pick: () => choose(option),
  }))));
  return button;
}
