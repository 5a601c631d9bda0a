"""What a message is made of. One place draws them for Slack, one for the terminal.

Text from people and sources goes in as it is: whoever draws a part escapes it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Style = Literal["plain", "bold", "italic", "code"]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style, as literal characters: never markup."""

    text: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or something of the workspace, by id."""

    kind: Literal["user", "channel", "usergroup"]
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web address with the words to show for it."""

    url: str
    text: str


Inline = Span | Mention | Link
Cell = str | Mention
"""What stands in a cell of a table."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title line."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    spans: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Short label and value pairs, in reading order."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column titles. `numeric` holds the indexes of columns aligned right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart; one value per category of the chart, None where there is no data."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A line or bar chart over time or categories. `unit` names the vertical axis."""

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    kind: Literal["line", "bar"] = "line"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: sources, periods, what to do next."""

    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """A next step. `action` names the handler (`kpi.why`), `value` what it is about.

    With `confirm`, that is asked before; `cancel` is how to say no to it, in a language other than English.
    """

    text: str
    action: str
    value: str = ""
    style: Literal["default", "primary", "danger"] = "default"
    confirm: str = ""
    cancel: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A matter with its one next step beside it: a title, and what there is to say of it."""

    title: str
    text: str
    button: Button


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of next steps."""

    items: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between two matters."""


Part = Heading | Text | Facts | Table | Chart | Note | Line | Buttons | Divider


@dataclass(frozen=True, slots=True)
class Message:
    """What is said in one place: the summary (also the fallback for screen readers), the parts, and the thread."""

    summary: str
    parts: tuple[Part, ...]
    thread: tuple["Message", ...] = ()


def text(*runs: str | Inline) -> Text:
    """A paragraph of plain strings and styled runs."""
    return Text(tuple(Span(run) if isinstance(run, str) else run for run in runs))


def bold(words: str) -> Span:
    """A run in bold."""
    return Span(words, "bold")


def code(words: str) -> Span:
    """A run in a fixed-width face: names, commands, formulas."""
    return Span(words, "code")


def plain(part: Part) -> str:
    """What a part says without any layout."""
    match part:
        case Heading(words) | Note(words):
            return words
        case Text(spans):
            return "".join(s.id if isinstance(s, Mention) else s.text for s in spans)
        case Facts(rows):
            return "\n".join(f"{label}: {value}" for label, value in rows)
        case Table(caption, columns, rows):
            return "\n".join([caption, " | ".join(columns), *(" | ".join(map(cell_words, row)) for row in rows)])
        case Chart(title, unit=unit):
            return f"Chart: {title} ({unit})" if unit else f"Chart: {title}"
        case Line(title, words):
            return f"{title}\n{words}"
        case Buttons(items):
            return " ".join(f"[{b.text}]" for b in items)
        case Divider():
            return ""


def cell_words(cell: Cell) -> str:
    """A cell as literal characters: of a mention, the id."""
    return cell.id if isinstance(cell, Mention) else cell


_PARTS: dict[str, type] = {c.__name__: c for c in (Heading, Text, Facts, Table, Chart, Note, Line, Buttons, Divider)}
_INLINES: dict[str, type] = {c.__name__: c for c in (Span, Mention, Link)}


def dump(message: Message) -> str:
    """A message as JSON, for the delivery ledger."""
    return json.dumps(_pack(message), ensure_ascii=False, default=_plain_value)


def load(payload: str) -> Message:
    """The message that `dump` wrote."""
    return _unpack_message(json.loads(payload))


def _pack(message: Message) -> dict[str, Any]:
    return {
        "summary": message.summary,
        "parts": [_pack_part(p) for p in message.parts],
        "thread": [_pack(m) for m in message.thread],
    }


def _pack_part(part: Part) -> dict[str, Any]:
    packed: dict[str, Any] = {"is": type(part).__name__, **asdict(part)}
    if isinstance(part, Text):
        packed["spans"] = [{"is": type(s).__name__, **asdict(s)} for s in part.spans]
    return packed


def _plain_value(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a message")


def _unpack_message(packed: dict[str, Any]) -> Message:
    return Message(
        packed["summary"],
        tuple(_unpack_part(p) for p in packed["parts"]),
        tuple(_unpack_message(m) for m in packed["thread"]),
    )


def _unpack_part(packed: dict[str, Any]) -> Part:
    kind, fields = packed["is"], {k: v for k, v in packed.items() if k != "is"}
    match kind:
        case "Text":
            fields["spans"] = tuple(_INLINES[s["is"]](**{k: v for k, v in s.items() if k != "is"}) for s in fields["spans"])
        case "Facts":
            fields["rows"] = _rows(fields["rows"])
        case "Table":
            fields |= {
                "columns": tuple(fields["columns"]),
                "rows": _rows(fields["rows"]),
                "numeric": frozenset(fields["numeric"]),
            }
        case "Chart":
            series = tuple(Series(s["name"], tuple(s["values"])) for s in fields["series"])
            fields |= {"categories": tuple(fields["categories"]), "series": series}
        case "Line":
            fields["button"] = Button(**fields["button"])
        case "Buttons":
            fields["items"] = tuple(Button(**b) for b in fields["items"])
    part: Part = _PARTS[kind](**fields)
    return part


def _rows(rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    return tuple(tuple(Mention(**cell) if isinstance(cell, dict) else cell for cell in row) for row in rows)
