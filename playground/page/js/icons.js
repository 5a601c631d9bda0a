// The page's own small set of line icons, drawn on a 20 by 20 grid.
import { el, svg } from "./dom.js";

const PATHS = {
  hash: "M7.5 3.5 6 16.5M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8.5v7.5h9V8.5",
  down: "m6 8 4 4 4-4",
  up: "m6 12 4-4 4 4",
  left: "m12 6-4 4 4 4",
  right: "m8 6 4 4-4 4",
  close: "m5.5 5.5 9 9m0-9-9 9",
  menu: "M3.5 6h13M3.5 10h13M3.5 14h13",
  wire: "M3 7h11.5m-3-3 3 3-3 3M17 13H5.5m3-3-3 3 3 3",
  clock: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M10 6.5V10l2.5 1.5",
  calendar: "M4 5.5h12v11H4zM4 9h12M7 3.5v3.5M13 3.5v3.5",
  reply: "M4 5h12v8.5H9.5L6 16.5v-3H4z",
  clip: "m14.5 9-5.3 5.3a2.7 2.7 0 0 1-3.9-3.9l5.7-5.6a1.8 1.8 0 0 1 2.6 2.5l-5.5 5.5",
  send: "M4 10 16 4.5 13 16l-3.5-4.5zM9.5 11.5 16 4.5",
  help: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 8a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M10 13.5v.1",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5M10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  more: "M5 10h.1M10 10h.1M15 10h.1",
  file: "M5.5 3.5h6l3 3v10h-9zM11.5 3.5v3h3",
  play: "M7 5v10l8-5z",
  image: "M3.5 4.5h13v11h-13zM3.5 13l4-4 4 4 2-2 3 3M13 7.5h.1",
  table: "M3.5 4.5h13v11h-13zM3.5 8h13M8.5 4.5v11",
  alert: "M10 4 17 16H3zM10 8.5v3.5M10 14v.1",
  info: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M10 9.5v4M10 6.8v.1",
  plus: "M10 4.5v11M4.5 10h11",
  slash: "M12 4 8 16",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4M13 13l3.5 3.5",
  bolt: "M11 3 5 11.5h4L8.5 17 15 8.5h-4.5z",
};

/** A decorative icon: hidden from screen readers, in the colour of the text around it. */
export function icon(name) {
  const frame = { class: `icon icon-${name}`, viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" };
  return svg("svg", frame, svg("path", { d: PATHS[name] ?? PATHS.info }));
}

/** A button that is only an icon; its name is told to screen readers and on hover. */
export function iconButton(name, label, click, more = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click }, ...more }, icon(name));
}

/** The product's mark: a dial and its needle. */
export function mark() {
  return svg("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" },
    svg("path", { class: "mark-dial", d: "M6.5 21.5a9.5 9.5 0 1 1 19 0" }),
    svg("path", { class: "mark-needle", d: "M16 21.5 21.6 13" }),
    svg("circle", { class: "mark-hub", cx: 16, cy: 21.5, r: 2.8 }));
}
