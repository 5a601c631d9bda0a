"""Charts as pictures, for a workspace that does not take native ones. Needs the extra `png`."""

import io
from importlib.util import find_spec

from bot.domain.parts import Chart

WIDTH_INCHES, HEIGHT_INCHES, DOTS_PER_INCH = 7.2, 3.2, 160
INK, GRID = "#1d1c1d", "#e3e3e3"
COLOURS = ("#1264a3", "#e8912d", "#2bac76", "#7c3085", "#cd2553", "#6b6b6b")
MARKS = ("o", "s", "^", "D", "v", "P")
MOST_LABELS = 12


def can_draw() -> bool:
    """Whether the extra `png` is installed."""
    return find_spec("matplotlib") is not None


def in_words(chart: Chart) -> str:
    """What the picture shows, for somebody who cannot see it: the first and the last point of each line."""
    told = [f"{chart.title}{f' ({chart.unit})' if chart.unit else ''}"]
    for series in chart.series:
        points = [(c, v) for c, v in zip(chart.categories, series.values, strict=False) if v is not None]
        if points:
            told.append(f"{series.name}: {points[0][1]:g} at {points[0][0]}, {points[-1][1]:g} at {points[-1][0]}")
    return ". ".join(told)[:900]


def png(chart: Chart) -> bytes:
    """The chart as a PNG. A missing value is a gap in the line, never a zero; lines differ by mark as well as by colour."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    places = range(len(chart.categories))
    for i, series in enumerate(chart.series):
        values = [float("nan") if v is None else v for v in series.values]
        colour = COLOURS[i % len(COLOURS)]
        if chart.kind == "bar":
            width = 0.8 / len(chart.series)
            axes.bar([p - 0.4 + width * (i + 0.5) for p in places], values, width, label=_plain(series.name), color=colour)
        else:
            mark = MARKS[i % len(MARKS)]
            axes.plot(places, values, label=_plain(series.name), color=colour, marker=mark, markersize=3.5, linewidth=1.8)
    step = max(1, -(-len(chart.categories) // MOST_LABELS))
    axes.set_xticks(list(places)[::step], [_plain(c) for c in chart.categories[::step]])
    axes.set_title(_plain(chart.title), loc="left", color=INK, fontsize=11)
    axes.set_ylabel(_plain(chart.unit), color=INK)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if len(chart.series) > 1:
        axes.legend(frameon=False, fontsize=8)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor="white")
    return picture.getvalue()


def _plain(words: str) -> str:
    # matplotlib reads $…$ as mathematics.
    return words.replace("$", r"\$")
