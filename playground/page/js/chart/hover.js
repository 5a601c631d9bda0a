// The values under the pointer, or under the arrow keys.
import { el, svg } from "../dom.js";
import { fullNumber } from "./scale.js";

/** The drawing, a marker line and the box with the values of the category at hand. */
export function addHover(chart, frame, drawing) {
  const marker = svg("line", { class: "marker", y1: frame.top, y2: frame.bottom, visibility: "hidden" });
  const tip = el("div", { class: "tip", role: "status", hidden: true });
  drawing.append(marker);
  const hover = { chart, frame, marker, tip, at: -1 };
  drawing.addEventListener("pointermove", (event) => show(hover, nearest(event, chart, frame, drawing)));
  drawing.addEventListener("pointerleave", () => hide(hover));
  drawing.addEventListener("blur", () => hide(hover));
  drawing.addEventListener("keydown", (event) => step(hover, event));
  return [drawing, tip];
}

function nearest(event, chart, frame, drawing) {
  const box = drawing.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * frame.width;
  return chart.categories.reduce((best, _, i) => (Math.abs(frame.x(i) - x) < Math.abs(frame.x(best) - x) ? i : best), 0);
}

function step(hover, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const count = hover.chart.categories.length;
  show(hover, hover.at < 0 ? (by > 0 ? 0 : count - 1) : Math.min(count - 1, Math.max(0, hover.at + by)));
}

function show(hover, at) {
  if (at === hover.at) return;
  const { chart, frame, marker, tip } = hover;
  hover.at = at;
  const x = frame.x(at);
  for (const [name, value] of [["x1", x], ["x2", x], ["visibility", "visible"]]) marker.setAttribute(name, value);
  tip.replaceChildren(el("div", { class: "tip-title", dir: "auto", text: chart.categories[at] }),
    ...chart.series.map((one) => el("div", { class: "tip-row" },
      el("span", { class: `key key-line color-${one.color}`, "aria-hidden": "true" }),
      el("span", { class: "tip-name", dir: "auto", text: one.name }), el("span", { class: "tip-value", text: fullNumber(one.values[at]) }))));
  tip.hidden = false;
  const width = tip.offsetWidth;
  const left = x + 12 + width > frame.width ? x - 12 - width : x + 12;
  tip.style.setProperty("left", `${Math.max(0, left)}px`);
  tip.style.setProperty("top", `${frame.top}px`);
}

function hide(hover) {
  hover.at = -1;
  hover.tip.hidden = true;
  hover.marker.setAttribute("visibility", "hidden");
}
