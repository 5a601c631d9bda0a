// data_visualization: a figure with title, legend, a drawing that fits its width, and the same numbers as a table.
import { scrolling } from "../blocks/table.js";
import { el, freshId } from "../dom.js";
import { drawAxes, layOut } from "./axes.js";
import { addHover } from "./hover.js";
import { describe, readChart } from "./model.js";
import { drawPie, pieTable } from "./pie.js";
import { fullNumber } from "./scale.js";
import { drawSeries } from "./series.js";

const NARROWEST = 240;
const FIRST_WIDTH = 560;

export function drawChartBlock(block) {
  const chart = { ...readChart(block), ids: { title: freshId("chart"), text: freshId("chart") } };
  const canvas = el("div", { class: "chart-canvas" });
  const figure = el("figure", { class: `chart chart-${chart.type}` },
    el("figcaption", { class: "chart-title", dir: "auto", text: chart.title }),
    chart.type === "pie" || !needsLegend(chart) ? null : drawLegend(chart),
    canvas,
    el("details", { class: "chart-numbers" }, el("summary", { text: "Show as table" }), numbers(chart)));
  fit(canvas, (width) => canvas.replaceChildren(...draw(chart, width)));
  return figure;
}

function fit(canvas, render) {
  let drawn = 0;
  const renderAt = (width) => {
    const whole = Math.max(NARROWEST, Math.round(width));
    if (whole === drawn) return;
    drawn = whole;
    render(whole);
  };
  renderAt(FIRST_WIDTH);
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width > 0) renderAt(entry.contentRect.width);
  }).observe(canvas);
}

function draw(chart, width) {
  if (chart.type === "pie") return drawPie(chart, width);
  if (!chart.series?.some((one) => one.values.some((value) => value !== null))) return [el("p", { class: "chart-empty", text: "No data" })];
  const frame = layOut(chart, width);
  const drawing = drawAxes(chart, frame);
  drawing.append(...drawSeries(chart, frame));
  return addHover(chart, frame, drawing);
}

function needsLegend(chart) {
  return chart.series.length > 1;
}

function drawLegend(chart) {
  return el("ul", { class: "legend", "aria-label": "Legend" }, chart.series.map((one) => el("li", {},
    el("span", { class: `key key-${chart.type === "line" || one.target ? "line" : "box"} color-${one.color}`, "aria-hidden": "true" }),
    el("span", { dir: "auto", text: one.name }))));
}

function numbers(chart) {
  if (chart.type === "pie") return pieTable(chart);
  const head = el("tr", {}, [chart.xLabel || "", ...chart.series.map((one) => one.name)].map((name, index) => (
    el("th", { scope: "col", class: index ? "align-right" : "align-left", text: name }))));
  const rows = chart.categories.map((category, i) => el("tr", {}, el("th", { scope: "row", text: category }),
    chart.series.map((one) => el("td", { class: "align-right", text: fullNumber(one.values[i]) }))));
  return scrolling(chart.title, el("table", { class: "grid" }, el("caption", { class: "unseen", text: describe(chart) }), el("thead", {}, head), el("tbody", {}, rows)));
}
