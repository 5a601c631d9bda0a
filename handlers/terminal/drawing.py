"""Messages drawn as plain text for a terminal. What people wrote cannot move the cursor or colour anything."""

import unicodedata

from bot.domain import formats
from bot.domain.parts import (
    Buttons,
    Cell,
    Chart,
    Divider,
    Facts,
    Heading,
    Inline,
    Line,
    Link,
    Mention,
    Message,
    Note,
    Part,
    Table,
    Text,
)

_SIGNS = {"user": "@", "channel": "#", "usergroup": "@"}


def drawn(message: Message, *, thread: bool = False) -> str:
    """The message, part by part; with `thread`, its replies below it. Buttons have no place in a terminal."""
    said = [text for part in message.parts if (text := _part(part))]
    said += [f"-- {_clean(reply.summary)}\n\n{drawn(reply)}" for reply in message.thread if thread]
    return "\n\n".join(said)


def _part(part: Part) -> str:
    match part:
        case Heading(words):
            title = _clean(words)
            return f"{title}\n{'=' * _width(title)}"
        case Text(spans):
            return "".join(_inline(s) for s in spans)
        case Facts(rows):
            widest = max((_width(_clean(label)) for label, _ in rows), default=0)
            return "\n".join(f"{_padded(_clean(label), widest)}  {_clean(value)}" for label, value in rows)
        case Table():
            return _table(part)
        case Chart():
            return "\n".join(_lines(part))
        case Note(words):
            return f"({_clean(words)})"
        case Line(title, words):
            return f"{_clean(title)}\n{_clean(words, keep=chr(10))}"
        case Divider():
            return "-" * 40
        case Buttons():
            return ""


def _inline(span: Inline) -> str:
    if isinstance(span, Mention):
        return f"{_SIGNS[span.kind]}{span.id}"
    if isinstance(span, Link):
        return f"{_clean(span.text)} <{_clean(span.url)}>"
    return _clean(span.text, keep="\n")


def _table(table: Table) -> str:
    rows = [[_cell(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(table.columns))]
    lines = [
        "  ".join(_padded(cell, widths[i], right=i in table.numeric) for i, cell in enumerate(row)).rstrip() for row in rows
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([*([_clean(table.caption)] if table.caption else []), lines[0], rule, *lines[1:]])


def _cell(cell: Cell) -> str:
    return _inline(cell) if isinstance(cell, Mention) else _clean(cell)


def _lines(chart: Chart) -> list[str]:
    """Each series as a line of blocks; one that does not move, as a target, as its value."""
    unit = f" {chart.unit}" if chart.unit else ""
    lines = [
        f"{_clean(chart.title)}, {_clean(chart.categories[0])} to {_clean(chart.categories[-1])}" if chart.categories else ""
    ]
    for series in chart.series:
        known = [v for v in series.values if v is not None]
        if not known:
            continue
        low, high = f"{min(known):g}{unit}", f"{max(known):g}{unit}"
        course = low if low == high else f"{formats.sparkline(series.values)}  {low} to {high}"
        lines.append(f"  {_clean(series.name)}: {course}")
    return lines


def _clean(text: str, keep: str = "") -> str:
    return "".join(c if c in keep or not unicodedata.category(c).startswith("C") else " " for c in text)


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _padded(text: str, width: int, *, right: bool = False) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank
