// A chart as the drawing needs it: categories, series with one value or a gap per category, and which one is the target.

/** Reads the `chart` of a data_visualization block. A point that is missing or null is a gap. */
export function readChart(block) {
  const chart = block.chart ?? {};
  if (chart.type === "pie") return { type: "pie", title: block.title ?? "", segments: chart.segments ?? [] };
  const categories = chart.axis_config?.categories ?? [];
  const series = (chart.series ?? []).map((one, index) => readSeries(one, index, categories));
  return {
    type: chart.type, title: block.title ?? "", categories,
    series: colored(series),
    xLabel: chart.axis_config?.x_label ?? "", yLabel: chart.axis_config?.y_label ?? "",
  };
}

function readSeries(series, index, categories) {
  const points = new Map((series.data ?? []).map((point) => [point.label, point.value]));
  const values = categories.map((category) => (Number.isFinite(points.get(category)) ? points.get(category) : null));
  return { name: series.name ?? `Series ${index + 1}`, values, target: /^target\b/iu.test(series.name ?? "") };
}

function colored(series) {
  let next = 0;
  return series.map((one) => ({ ...one, color: one.target ? "target" : String((next++ % 6) + 1) }));
}

/** One sentence for those who do not see the chart. */
export function describe(chart) {
  if (chart.type === "pie") {
    const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
    return `Pie chart. ${chart.segments.map((one) => `${one.label} ${Math.round((100 * one.value) / total)}%`).join(", ")}.`;
  }
  const parts = chart.series.map((one) => {
    const known = one.values.map((value, i) => [value, chart.categories[i]]).filter(([value]) => value !== null);
    if (!known.length) return `${one.name}: no data`;
    const [[first, from], [last, to]] = [known[0], known[known.length - 1]];
    return first === last ? `${one.name}: ${last} (${to})` : `${one.name}: from ${first} (${from}) to ${last} (${to})`;
  });
  return `${chart.type[0].toUpperCase()}${chart.type.slice(1)} chart${chart.yLabel ? `, ${chart.yLabel}` : ""}. ${parts.join("; ")}.`;
}
