"""A chart within Slack's limits, and in words what had to be left out of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from slackblocks import AxisConfig, BarChart, DataPoint, DataSeries, DataVisualizationBlock, LineChart

from bot.domain.parts import Chart, Note, Part, Series, Table
from handlers.slack.blocks.writing import literal, units

MOST_POINTS = 20
MOST_SERIES = 6
LABEL = 20


@dataclass(frozen=True, slots=True)
class Drawn:
    """The block, or None when nothing can be drawn, and parts that say what the block does not show."""

    block: DataVisualizationBlock | None
    beside: tuple[Part, ...] = ()


def draw(chart: Chart) -> Drawn:
    """A native chart. Every series must have a point in every category, so a category that misses one is named instead."""
    series = [s for s in chart.series if any(_there(v) for v in s.values)][:MOST_SERIES]
    start = max(0, len(chart.categories) - MOST_POINTS)
    shown = range(start, len(chart.categories))
    full = [i for i in shown if all(_there(_at(s, i)) for s in series)]
    some = [i for i in shown if any(_there(_at(s, i)) for s in series)]
    if not series or not full or 2 * len(full) < len(some):
        return Drawn(None, (as_table(chart),) if some else (Note(f"{chart.title}: no data."),))
    return Drawn(_block(chart, series, full), _left_out(chart, series, start, [i for i in shown if i not in full]))


def as_table(chart: Chart) -> Table:
    """The same figures, for where a chart cannot be drawn."""
    rows = tuple(
        (category, *(_figure(_at(s, i)) for s in chart.series[:MOST_SERIES])) for i, category in enumerate(chart.categories)
    )
    names = tuple(s.name for s in chart.series[:MOST_SERIES])
    title = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
    return Table(title, ("", *names), rows, frozenset(range(1, len(names) + 1)))


def _block(chart: Chart, series: Sequence[Series], kept: Sequence[int]) -> DataVisualizationBlock:
    categories = _labels([chart.categories[i] for i in kept])
    names = _labels([s.name for s in series])
    lines = [
        DataSeries(name, [DataPoint(label, float(_at(s, i) or 0)) for label, i in zip(categories, kept, strict=True)])
        for name, s in zip(names, series, strict=True)
    ]
    axes = AxisConfig(categories, y_label=literal(chart.unit, 50) if chart.unit.strip() else None)
    drawn = LineChart(lines, axes) if chart.kind == "line" else BarChart(lines, axes)
    return DataVisualizationBlock(literal(chart.title, 50), drawn)


def _left_out(chart: Chart, series: Sequence[Series], start: int, gaps: Sequence[int]) -> tuple[Part, ...]:
    said = []
    if start:
        said.append(f"Shown: the latest {MOST_POINTS} of {len(chart.categories)}.")
    if hidden := len([s for s in chart.series if any(_there(v) for v in s.values)]) - len(series):
        said.append(f"Not shown: {hidden} more series.")
    if gaps:
        said.append("No data: " + ", ".join(literal(chart.categories[i], LABEL) for i in gaps) + ".")
    return (Note(" ".join(said)),) if said else ()


def _labels(names: Sequence[str]) -> list[str]:
    """Names cut to Slack's length, and told apart by a number where that makes them the same."""
    taken: set[str] = set()
    labels = []
    for name in names:
        label, count = literal(name, LABEL), 1
        while label in taken:
            count += 1
            mark = f" {count}"
            label = literal(name, LABEL - units(mark)) + mark
        taken.add(label)
        labels.append(label)
    return labels


def _at(series: Series, index: int) -> float | None:
    return series.values[index] if index < len(series.values) else None


def _there(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _figure(value: float | None) -> str:
    return f"{value:g}" if value is not None and math.isfinite(value) else "no data"
