"""A YAML 1.2 document as a tree that knows its lines, and the problems that are found in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot.domain.errors import BarometerError

Scalar = str | Decimal | bool | None

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 50_000
"""In one file, names included: reading them takes a second or two."""
SHOWN = 50
_QUOTING = "check the indentation, and put ${NAME} and text with : or # in quotes"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, and what to do about it."""

    file: str
    line: int
    field: str
    problem: str
    mend: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place = f"{self.file}:{self.line}" if self.file else f"line {self.line}"
        return ": ".join(w for w in (place, self.field, f"{self.problem}; {self.mend}.") if w)


class DefinitionErrors(BarometerError):
    """{problems}"""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(p) for p in problems[:SHOWN]]
        if len(problems) > SHOWN:
            lines.append(f"… and {len(problems) - SHOWN} more; mend these first.")
        super().__init__(problems="\n".join(lines))


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a mapping or a list, with the line (from 1) on which it, or its key, stands; 0 is not known."""

    value: Scalar | Mapping[str, "Node"] | tuple["Node", ...]
    line: int = 0


@dataclass(slots=True)
class Report:
    """What was found in one file: its problems, and on which line each field stands."""

    file: str = ""
    values: Mapping[str, Decimal] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, problem: str, mend: str, line: int | None = None) -> None:
        """Note what is wrong with the field at `path`; without `line`, on the line of it or of what holds it."""
        self.problems.append(Problem(self.file, self.line_of(path) if line is None else line, path, problem, mend))

    def line_of(self, path: str) -> int:
        """The line of the field at `path`, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 0)


def read_yaml(text: str, report: Report) -> Node | None:
    """The tree of a YAML document; None, with a problem in `report`, if it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > MAX_CHARACTERS:
        report.add("", f"the file is longer than {MAX_CHARACTERS:,} characters", "split it into several files", 0)
        return None
    try:
        return _document(_counted(YAML(typ="safe", pure=True).parse(text)), report)
    except _UnreadableError as error:
        report.add("", error.problem, error.mend, error.line)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        words = " ".join(str(error.problem or "it is no YAML").split())
        report.add("", f"this is not YAML: {words}", _QUOTING, line)
    except (YAMLError, ValueError):
        report.add("", "this is not YAML: it holds characters that no text file may hold", "save it as plain UTF-8 text", 0)
    return None


def from_plain(value: Any) -> Node:
    """The tree of what `json.loads` gave."""
    if isinstance(value, dict):
        return Node({str(k): from_plain(v) for k, v in value.items()})
    if isinstance(value, list):
        return Node(tuple(from_plain(v) for v in value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Node(Decimal(value))
    return Node(value)


class _UnreadableError(Exception):
    def __init__(self, line: int, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.line, self.problem, self.mend = line, problem, mend


def _document(events: Iterator[Any], report: Report) -> Node | None:
    found: Node | None = None
    for event in events:
        kind = type(event).__name__
        if kind in {"StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"}:
            continue
        if kind == "DocumentStartEvent":
            if found is not None:
                raise _UnreadableError(
                    _line(event), "a second document begins here", "keep one document to a file, without ---"
                )
            continue
        found = _node(event, events, report, 0)
    if found is None:
        report.add("", "the file is empty", "write apiVersion: barometer/v1, kind: KPISet and kpis", 1)
    return found


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _counted(events: Iterator[Any]) -> Iterator[Any]:
    for number, event in enumerate(events):
        if number > MAX_VALUES:
            raise _UnreadableError(_line(event), f"there are more than {MAX_VALUES:,} values", "split it into several files")
        yield event


def _node(event: Any, events: Iterator[Any], report: Report, depth: int) -> Node:
    kind, line = type(event).__name__, _line(event)
    if kind == "AliasEvent" or getattr(event, "anchor", None):
        raise _UnreadableError(line, "an anchor or alias (& or *) stands here", "write the value out, or put it in quotes")
    if _tag(event) not in {None, "!"}:
        raise _UnreadableError(line, "a tag (!) stands here", "leave it out, or put the text in quotes")
    if depth > MAX_DEPTH:
        raise _UnreadableError(line, f"it is nested more than {MAX_DEPTH} deep", "write it flatter")
    if kind == "MappingStartEvent":
        return Node(_mapping(events, report, depth), line)
    if kind == "SequenceStartEvent":
        return Node(tuple(_items(events, report, depth)), line)
    plain = event.style is None or event.style == ""
    return Node(_resolved(event.value) if plain else event.value, line)


def _tag(event: Any) -> str | None:
    tag = getattr(event, "tag", None)
    return None if tag is None else str(tag)


def _items(events: Iterator[Any], report: Report, depth: int) -> Iterator[Node]:
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            return
        yield _node(event, events, report, depth + 1)


def _mapping(events: Iterator[Any], report: Report, depth: int) -> dict[str, Node]:
    entries: dict[str, Node] = {}
    for event in events:
        if type(event).__name__ == "MappingEndEvent":
            break
        line = _line(event)
        key = _node(event, events, report, depth + 1).value
        value = _node(next(events), events, report, depth + 1)
        if not isinstance(key, str):
            report.add("", f"the key {_shown(key)} is not text", "put it in quotes", line)
        elif key in entries:
            report.add("", f"{key} stands here twice (first on line {entries[key].line})", "keep one of them", line)
        else:
            entries[key] = Node(value.value, line)
    return entries


def _shown(value: object) -> str:
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) if isinstance(value, Decimal) else "with lists or mappings in it"


_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?", re.ASCII)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _resolved(text: str) -> Scalar:
    """What an unquoted scalar means by the core schema of YAML 1.2.2, §10.3.2; hexadecimal, octal and .inf stay text."""
    if text in _WORDS:
        return _WORDS[text]
    return Decimal(text) if _NUMBER.fullmatch(text) and len(text) <= 60 else text
