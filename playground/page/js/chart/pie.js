// Pie charts: a ring with its total's shares named beside it.
import { scrolling } from "../blocks/table.js";
import { el, svg } from "../dom.js";
import { describe } from "./model.js";
import { fullNumber } from "./scale.js";

const SIZE = 180;
const OUTER = 86;
const INNER = 52;

export function drawPie(chart) {
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
  if (!(total > 0)) return [el("p", { class: "chart-empty", text: "No data" })];
  let from = 0;
  const slices = chart.segments.map((segment, i) => {
    const share = segment.value / total;
    const words = `${segment.label}: ${fullNumber(segment.value)} (${percent(share)})`;
    const slice = svg("path", { class: `slice ${color(i)}`, d: ring(from, from + share) }, svg("title", { text: words }));
    from += share;
    return slice;
  });
  const drawing = svg("svg", {
    class: "chart-drawing", viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, role: "img", "aria-labelledby": `${chart.ids.title} ${chart.ids.text}`,
  }, svg("title", { id: chart.ids.title, text: chart.title }), svg("desc", { id: chart.ids.text, text: describe(chart) }), slices);
  return [el("div", { class: "pie" }, drawing, legend(chart, total))];
}

function color(index) {
  return `color-${(index % 6) + 1}${index >= 6 ? " color-again" : ""}`;
}

function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
}

function ring(from, to) {
  const end = to - from >= 1 ? from + 0.99999 : to;
  const at = (share, radius) => {
    const angle = 2 * Math.PI * share - Math.PI / 2;
    return `${(SIZE / 2 + radius * Math.cos(angle)).toFixed(2)} ${(SIZE / 2 + radius * Math.sin(angle)).toFixed(2)}`;
  };
  const large = end - from > 0.5 ? 1 : 0;
  return `M${at(from, OUTER)}A${OUTER} ${OUTER} 0 ${large} 1 ${at(end, OUTER)}L${at(end, INNER)}A${INNER} ${INNER} 0 ${large} 0 ${at(from, INNER)}Z`;
}

function legend(chart, total) {
  return el("ul", { class: "legend legend-pie", "aria-label": "Legend" }, chart.segments.map((segment, i) => el("li", {},
    el("span", { class: `key key-box ${color(i)}`, "aria-hidden": "true" }),
    el("span", { class: "legend-name", dir: "auto", text: segment.label }),
    el("span", { class: "legend-value", text: `${fullNumber(segment.value)} · ${percent(segment.value / total)}` }))));
}

export function pieTable(chart) {
  const rows = chart.segments.map((segment) => el("tr", {}, el("th", { scope: "row", text: segment.label }),
    el("td", { class: "align-right", text: fullNumber(segment.value) })));
  const head = el("tr", {}, el("th", { scope: "col", text: "Segment" }), el("th", { scope: "col", class: "align-right", text: "Value" }));
  return scrolling(chart.title, el("table", { class: "grid" }, el("caption", { class: "unseen", text: describe(chart) }),
    el("thead", {}, head), el("tbody", {}, rows)));
}
