// One combobox for every select: type to narrow, arrow keys, Enter, Escape; chosen ones of a multi-select as chips.
import { debounce, el, freshId } from "../dom.js";
import { icon } from "../icons.js";
import { placeUnder } from "../popup.js";

const PAUSE = 180;

/** `options`: multi, most, chosen, find(typed) -> groups, typing, outside, changed(items), attributes, optional. */
export function combobox(options) {
  const listId = freshId("list");
  const box = { ...options, items: [...options.chosen], open: false, entries: [], active: -1, asked: 0 };
  box.input = el("input", {
    ...options.attributes, type: "text", class: "control combobox-input", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", "aria-haspopup": "listbox", dir: "auto",
  });
  box.list = el("div", { class: "listbox", id: listId, role: "listbox", popover: "manual", "aria-multiselectable": options.multi ? "true" : null, "aria-label": "Choices" });
  box.chips = el("span", { class: "chips" });
  box.node = el("div", { class: `combobox${options.multi ? " combobox-multi" : ""}` }, box.chips, box.input, icon("down"), box.list);
  box.search = debounce(() => load(box), options.outside ? PAUSE : 0);
  listen(box);
  show(box);
  return { node: box.node, items: () => box.items };
}

function listen(box) {
  box.input.addEventListener("focus", () => { if (!box.multi) box.input.select(); });
  box.input.addEventListener("click", () => open(box));
  box.input.addEventListener("input", () => { open(box, true); });
  box.input.addEventListener("blur", () => close(box));
  box.input.addEventListener("keydown", (event) => press(box, event));
  box.list.addEventListener("mousedown", (event) => event.preventDefault());
  box.list.addEventListener("click", (event) => {
    const at = event.target.closest("[role=option]")?.dataset.index;
    if (at !== undefined) pick(box, Number(at));
  });
  box.node.addEventListener("click", (event) => { if (event.target === box.node) box.input.focus(); });
}

function typed(box) {
  const label = box.items[0]?.label;
  return !box.multi && box.input.value === label ? "" : box.input.value;
}

function open(box, searching = false) {
  if (!box.open) {
    box.open = true;
    box.list.showPopover();
    box.input.setAttribute("aria-expanded", "true");
    load(box);
  } else if (searching) {
    box.asked += 1;
    if (box.outside && typed(box).length >= box.typing) say(box, "Asking the app…");
    box.search();
  }
}

function close(box) {
  if (!box.open) return;
  box.open = false;
  box.asked += 1;
  box.list.hidePopover();
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
  if (!box.multi && box.optional && box.input.value === "" && box.items.length) settle(box, []);
  show(box);
}

async function load(box) {
  const words = typed(box);
  const asked = ++box.asked;
  if (words.length < box.typing) return say(box, box.typing === 1 ? "Type to search" : `Type at least ${box.typing} letters`);
  if (box.outside) say(box, "Asking the app…");
  const groups = await box.find(words);
  if (asked === box.asked && box.open) fill(box, groups);
}

function say(box, words) {
  box.entries = [];
  box.active = -1;
  box.list.replaceChildren(el("div", { class: "listbox-note", role: "status", text: words }));
  placeUnder(box.list, box.node, true);
}

function fill(box, groups) {
  box.entries = groups.flatMap((group) => group.items);
  if (!box.entries.length) return say(box, "Nothing found");
  let index = -1;
  const drawn = groups.map((group) => el("div", { role: "group", "aria-label": group.label || null },
    group.label ? el("div", { class: "listbox-group", dir: "auto", text: group.label }) : null,
    group.items.map((item) => drawOption(box, item, (index += 1)))));
  box.list.replaceChildren(...drawn);
  placeUnder(box.list, box.node, true);
  const chosen = box.entries.findIndex((item) => isChosen(box, item));
  activate(box, Math.max(0, chosen));
}

function isChosen(box, item) {
  return box.items.some((other) => other.key === item.key);
}

function drawOption(box, item, index) {
  const chosen = isChosen(box, item);
  return el("div", { class: "option", role: "option", id: `${box.list.id}-${index}`, data: { index }, "aria-selected": String(chosen) },
    el("span", { class: "option-words" }, el("span", { dir: "auto", text: item.label }), item.note ? el("span", { class: "option-note", dir: "auto", text: item.note }) : null),
    chosen ? icon("check") : null);
}

function activate(box, index) {
  box.active = index;
  const options = box.list.querySelectorAll("[role=option]");
  options.forEach((option, at) => option.classList.toggle("active", at === index));
  box.input.setAttribute("aria-activedescendant", options[index]?.id ?? "");
  options[index]?.scrollIntoView({ block: "nearest" });
}

function press(box, event) {
  if (event.isComposing) return;
  const { key } = event;
  if (key === "ArrowDown" || key === "ArrowUp") step(box, event, key === "ArrowDown" ? 1 : -1);
  else if (key === "Enter") enter(box, event);
  else if (key === "Escape" && box.open) {
    event.preventDefault();
    event.stopPropagation();
    close(box);
  } else if (key === "Backspace" && box.multi && box.input.value === "" && box.items.length) settle(box, box.items.slice(0, -1));
}

function step(box, event, by) {
  event.preventDefault();
  if (!box.open) return open(box);
  const count = box.entries.length;
  if (count) activate(box, (box.active + by + count) % count);
}

function enter(box, event) {
  event.preventDefault();
  if (box.open && box.active >= 0) pick(box, box.active);
  else open(box);
}

function pick(box, index) {
  const item = box.entries[index];
  if (!box.multi) {
    box.items = [item];
    close(box);
    return settle(box, [item]);
  }
  const without = box.items.filter((other) => other.key !== item.key);
  const full = box.most && without.length >= box.most;
  if (without.length === box.items.length && full) return say(box, `At most ${box.most} can be chosen`);
  box.input.value = "";
  settle(box, without.length === box.items.length ? [...without, item] : without);
  return load(box);
}

function settle(box, items) {
  box.items = items;
  show(box);
  box.node.dispatchEvent(new Event("change", { bubbles: true }));
  box.changed(items);
}

function show(box) {
  if (!box.multi) {
    box.input.value = box.items[0]?.label ?? "";
    return;
  }
  box.chips.replaceChildren(...box.items.map((item) => el("span", { class: "chip" }, el("span", { dir: "auto", text: item.label }), el("button", {
    type: "button", class: "chip-remove", "aria-label": `Remove ${item.label}`,
    on: { click: () => { settle(box, box.items.filter((other) => other.key !== item.key)); box.input.focus(); } },
  }, icon("close")))));
}
