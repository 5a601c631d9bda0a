// The frame of a chart: where things stand, grid lines, ticks and axis titles.
import { svg } from "../dom.js";
import { describe } from "./model.js";
import { shortNumber, valueTicks } from "./scale.js";

const CHARACTER = 6.4;
const LINE = 14;

/** Sizes and scales for a chart of `width` pixels. */
export function layOut(chart, width) {
  const values = chart.series.flatMap((one) => one.values).filter((value) => value !== null);
  const marks = valueTicks(values, chart.type !== "line");
  const labels = marks.map(shortNumber);
  const left = 12 + Math.max(...labels.map((label) => label.length)) * CHARACTER;
  const top = chart.yLabel ? 24 : 10;
  const height = Math.round(Math.min(260, Math.max(180, width * 0.42)));
  const bottom = height - LINE - 8 - (chart.xLabel ? LINE + 2 : 0);
  const frame = { width, height, left, right: width - 14, top, bottom, marks, labels };
  return { ...frame, ...scales(chart, frame) };
}

function scales(chart, { left, right, top, bottom, marks }) {
  const count = chart.categories.length;
  const banded = chart.type === "bar" || count === 1;
  const step = banded ? (right - left) / count : (right - left - 16) / (count - 1);
  const x = (index) => (banded ? left + step * (index + 0.5) : left + 8 + step * index);
  const [low, high] = [marks[0], marks[marks.length - 1]];
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  return { step, x, y, zero: y(Math.min(high, Math.max(low, 0))) };
}

/** The drawing with its grid, ticks and titles; series are added by others. */
export function drawAxes(chart, frame) {
  const { width, height } = frame;
  return svg("svg", {
    class: "chart-drawing", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", tabindex: 0,
    "aria-labelledby": `${chart.ids.title} ${chart.ids.text}`,
  }, svg("title", { id: chart.ids.title, text: chart.title }), svg("desc", { id: chart.ids.text, text: describe(chart) }),
  valueAxis(frame), categoryAxis(chart, frame), titles(chart, frame));
}

function valueAxis({ marks, labels, left, right, y }) {
  return marks.map((value, i) => [
    svg("line", { class: value === 0 ? "axis" : "gridline", x1: left, x2: right, y1: crisp(y(value)), y2: crisp(y(value)) }),
    svg("text", { class: "tick", x: left - 7, y: y(value), dy: "0.35em", "text-anchor": "end", text: labels[i] }),
  ]);
}

function crisp(at) {
  return Math.round(at) + 0.5;
}

function categoryAxis(chart, { x, step, bottom, left, right }) {
  const longest = Math.max(...chart.categories.map((name) => [...name].length));
  const room = Math.min(longest, 12) * CHARACTER + 12;
  const every = Math.max(1, Math.ceil(room / step));
  const last = chart.categories.length - 1;
  return chart.categories.map((name, i) => {
    if ((last - i) % every !== 0) return null;
    const words = shorten(name, Math.max(4, Math.floor((step * every - 6) / CHARACTER)));
    const half = ([...words].length * CHARACTER) / 2;
    const at = Math.min(right + 12 - half, Math.max(left - 10 + half, x(i)));
    return svg("text", { class: "tick", x: at, y: bottom + LINE + 3, "text-anchor": "middle", text: words }, svg("title", { text: name }));
  }).filter(Boolean);
}

function shorten(name, most) {
  const letters = [...name];
  return letters.length <= most ? name : `${letters.slice(0, most - 1).join("")}…`;
}

function titles(chart, { left, right, height }) {
  return [
    chart.yLabel ? svg("text", { class: "axis-title", x: 2, y: 11, text: chart.yLabel }) : null,
    chart.xLabel ? svg("text", { class: "axis-title", x: (left + right) / 2, y: height - 3, "text-anchor": "middle", text: chart.xLabel }) : null,
  ].filter(Boolean);
}
