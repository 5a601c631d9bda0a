"""Blocks that show data: charts and tables."""

import math
from collections.abc import Iterator
from typing import Any

from playground.block_kit.checks import (
    TYPE,
    Check,
    Report,
    array,
    flag,
    integer,
    one_of,
    shape,
    string,
    typed,
)
from playground.block_kit.rich_text import RICH_TEXT

CATEGORIES, SERIES, LABEL, AXIS_TITLE, CHART_TITLE = 20, 6, 20, 50, 50
"""The most of each that a chart may have. Sources name 6 or 12 series: the stricter holds here."""

TABLE_ROWS, TABLE_COLUMNS, DATA_ROWS, TABLE_TEXT = 100, 20, 101, 20_000
"""The most of each that a table may have. Sources name 101 or 201 rows of a data_table: the stricter holds here."""

_BLOCK: dict[str, Check] = {**TYPE, "block_id": string(255)}


def number(report: Report, pointer: str, value: Any) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        report.add(pointer, "must be a finite number")


def positive(report: Report, pointer: str, value: Any) -> None:
    """A finite number above zero."""
    number(report, pointer, value)
    if isinstance(value, int | float) and not value > 0:
        report.add(pointer, "must be more than 0")


def _points_match_categories(report: Report, pointer: str, chart: dict[str, Any]) -> None:
    categories = chart["axis_config"]["categories"]
    _unique(report, f"{pointer}/axis_config/categories", categories)
    _unique(report, f"{pointer}/series", [s["name"] for s in chart["series"]])
    for index, series in enumerate(chart["series"]):
        labels = [p["label"] for p in series["data"]]
        if sorted(labels) != sorted(categories):
            report.add(f"{pointer}/series/{index}/data", "every series must have one point for each category")


def _unique_segments(report: Report, pointer: str, chart: dict[str, Any]) -> None:
    _unique(report, f"{pointer}/segments", [s["label"] for s in chart["segments"]])


def _unique(report: Report, pointer: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        report.add(pointer, "names must be unique")


_POINT = shape({"label": string(LABEL), "value": number}, ["label", "value"])
_SERIES = shape({"name": string(LABEL), "data": array(_POINT, 1, CATEGORIES)}, ["name", "data"])
_AXES = shape(
    {"categories": array(string(LABEL), 1, CATEGORIES), "x_label": string(AXIS_TITLE), "y_label": string(AXIS_TITLE)},
    ["categories"],
)
_SEGMENT = shape({"label": string(LABEL), "value": positive}, ["label", "value"])
_PLOT = shape(
    {**TYPE, "series": array(_SERIES, 1, SERIES), "axis_config": _AXES},
    ["series", "axis_config"],
    _points_match_categories,
)
_PIE = shape({**TYPE, "segments": array(_SEGMENT, 1, SERIES)}, ["segments"], _unique_segments)
_CHART = typed({"line": _PLOT, "bar": _PLOT, "area": _PLOT, "pie": _PIE}, "unsupported chart type")

_RAW_TEXT = shape({**TYPE, "text": string(TABLE_TEXT), "emoji": flag}, ["text"])
_RAW_NUMBER = shape({**TYPE, "value": number, "text": string(TABLE_TEXT)}, ["value"])
_CELL = typed({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT}, "unsupported cell type")
_COLUMN = shape({"align": one_of("left", "center", "right"), "is_wrapped": flag})
_ROW = array(_CELL, 1, TABLE_COLUMNS)


def _even_rows(report: Report, pointer: str, table: dict[str, Any]) -> None:
    rows = table["rows"]
    if len({len(row) for row in rows}) > 1:
        report.add(f"{pointer}/rows", "every row must have as many cells as the first")
    if table.get("row_header_column_index", 0) >= len(rows[0]):
        report.add(f"{pointer}/row_header_column_index", "there is no such column")
    if any(cell["type"] == "rich_text" for cell in rows[0]):
        report.add(f"{pointer}/rows/0", "the header row may not hold rich_text")


def _little_text(report: Report, pointer: str, table: dict[str, Any]) -> None:
    if table_text(table) > TABLE_TEXT:
        report.add(f"{pointer}/rows", f"no more than {TABLE_TEXT} characters allowed")


def table_text(block: dict[str, Any]) -> int:
    """How many characters the cells of a table hold. Safe on anything."""
    return sum(len(text) for text in _texts(block.get("rows")))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        yield from _texts(value.get("elements"))


DATA_BLOCKS: dict[str, Check] = {
    "data_visualization": shape({**_BLOCK, "title": string(CHART_TITLE), "chart": _CHART}, ["title", "chart"]),
    "table": shape(
        {**_BLOCK, "rows": array(_ROW, 1, TABLE_ROWS), "column_settings": array(_COLUMN, 1, TABLE_COLUMNS)},
        ["rows"],
    ),
    "data_table": shape(
        {
            **_BLOCK,
            "caption": string(2000),
            "rows": array(_ROW, 2, DATA_ROWS),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, TABLE_COLUMNS - 1),
        },
        ["caption", "rows"],
        _even_rows,
        _little_text,
    ),
}
