// The marks of line, area and bar charts. A gap in the data stays a gap in the drawing.
import { svg } from "../dom.js";

/** The drawn series, targets last so that they stay visible. */
export function drawSeries(chart, frame) {
  const plain = chart.series.filter((one) => !one.target);
  const targets = chart.series.filter((one) => one.target).map((one) => drawLine(one, frame, false));
  const draw = { bar: drawBars, area: drawAreas, line: drawLines }[chart.type] ?? drawLines;
  return [...draw(plain, frame), ...targets];
}

/** Runs of neighbouring points that have a value. */
function runs(values, frame) {
  const found = [[]];
  values.forEach((value, i) => {
    if (value === null) found.push([]);
    else found[found.length - 1].push([frame.x(i), frame.y(value)]);
  });
  return found.filter((run) => run.length);
}

function path(points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function drawLines(series, frame) {
  return series.map((one) => drawLine(one, frame, true));
}

function drawLine(one, frame, dots) {
  const found = runs(one.values, frame);
  const strokes = found.filter((run) => run.length > 1).map((run) => svg("path", { class: "line", d: path(run) }));
  const all = found.flat();
  const shown = dots && frame.step >= 12 ? all : found.filter((run) => run.length === 1).flat();
  const points = one.target ? [] : shown.map(([cx, cy]) => svg("circle", { class: "point", cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3 }));
  return svg("g", { class: `series color-${one.color}${one.target ? " series-target" : ""}`, "data-series": one.name }, strokes, points);
}

function drawAreas(series, frame) {
  return series.map((one) => {
    const fills = runs(one.values, frame).filter((run) => run.length > 1).map((run) => svg("path", {
      class: "area", d: `${path(run)}L${run[run.length - 1][0].toFixed(1)} ${frame.zero}L${run[0][0].toFixed(1)} ${frame.zero}Z`,
    }));
    const line = drawLine(one, frame, false);
    line.prepend(...fills);
    return line;
  });
}

function drawBars(series, frame) {
  const group = Math.min(frame.step * 0.72, 56 * series.length);
  const width = group / series.length;
  return series.map((one, which) => svg("g", { class: `series color-${one.color}`, "data-series": one.name },
    one.values.map((value, i) => (value === null ? null : svg("path", {
      class: "bar", d: bar(frame.x(i) - group / 2 + which * width + 1, Math.max(2, width - 2), frame.zero, frame.y(value)),
    })))));
}

/** A bar that stands on the axis and is rounded at its free end only. */
function bar(x, width, foot, head) {
  const round = Math.min(3, width / 2, Math.abs(foot - head));
  const way = head <= foot ? 1 : -1;
  const [left, right] = [x.toFixed(1), (x + width).toFixed(1)];
  return `M${left} ${foot}V${head + way * round}Q${left} ${head} ${x + round} ${head}H${x + width - round}Q${right} ${head} ${right} ${head + way * round}V${foot}Z`;
}
