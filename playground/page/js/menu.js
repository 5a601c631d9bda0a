// A menu that opens under a button: arrow keys, Home, End, Escape, letters.
import { el } from "./dom.js";
import { placeUnder } from "./popup.js";

/** Opens a menu of `[{label, note, pick, current, before}]`; `before` is a node drawn in front of the label. */
export function openMenu(button, items, label = "Choose") {
  const close = (focus = true) => {
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    if (focus) button.focus();
  };
  const entries = items.map((item) => drawItem(item, close));
  const menu = el("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label }, entries);
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed" && menu.isConnected) close(menu.contains(document.activeElement));
  });
  menu.addEventListener("keydown", (event) => move(event, entries, close));
  button.after(menu);
  menu.showPopover();
  placeUnder(menu, button, true);
  button.setAttribute("aria-expanded", "true");
  (entries.find((entry) => entry.getAttribute("aria-checked") === "true") ?? entries[0])?.focus();
}

function drawItem(item, close) {
  const pick = () => {
    close();
    item.pick();
  };
  return el("button", {
    type: "button", class: "menu-item", tabindex: -1, on: { click: pick },
    role: item.current === undefined ? "menuitem" : "menuitemradio",
    "aria-checked": item.current === undefined ? null : String(item.current),
  }, item.before ?? null, el("span", { class: "menu-words" },
    el("span", { class: "menu-label", dir: "auto", text: item.label }),
    item.note ? el("span", { class: "menu-note", dir: "auto", text: item.note }) : null));
}

function move(event, entries, close) {
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    entries[(to + entries.length) % entries.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (event.key.length === 1) {
    const rest = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
    rest.find((entry) => entry.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  }
}
