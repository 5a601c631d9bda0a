"""The shape of a document, said once: it reads a tree into plain values and writes the JSON Schema for editors."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal, Protocol

from bot.domain.documents import Node, Report

JsonSchema = dict[str, Any]

_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]{0,59})(?::-([^}]*))?\}", re.ASCII)
_NUMBER = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?)\s?(%|pp)?", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,5})\s?(min|m|h|d|w)", re.ASCII)
_HIDDEN = frozenset({"Cc", "Cs", "Cn", "Co", "Zl", "Zp"})
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_BOUND = Decimal("1e30")
_ALIKE = 0.65
"""How much of a word is the same as one that it is taken for, where the words that there are could be named instead."""


class Invalid:
    """What a spec gives for something that it cannot read; the report says why."""


INVALID = Invalid()


class Spec(Protocol):
    """One kind of thing that may stand in a document."""

    def read(self, node: Node, path: str, report: Report) -> Any:
        """The value of `node`, or `INVALID` with a problem in `report`."""

    def schema(self) -> JsonSchema:
        """The JSON Schema (draft 2020-12) of what `read` accepts."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text of one or more lines; `pattern`, if there is one, must match all of it and `hint` says it in words."""

    longest: int = 200
    pattern: str = ""
    hint: str = ""
    empty: bool = False

    def read(self, node: Node, path: str, report: Report) -> str | Invalid:
        """The text without the spaces around it."""
        if not isinstance(node.value, str):
            return _refuse(report, path, f"is {kind_of(node)}, not text", "write text, in quotes if it looks like a number")
        text = node.value.strip()
        if not text and not self.empty:
            return _refuse(report, path, "is empty", self.hint or "write it, or leave the line out")
        if len(text) > self.longest:
            return _refuse(report, path, f"is {len(text)} characters long", f"keep it to {self.longest}")
        if any(_is_hidden(c) for c in text):
            return _refuse(report, path, "holds control characters", "type it anew, as plain text")
        if self.pattern and not re.fullmatch(self.pattern, text):
            return _refuse(report, path, f"is “{text}”", self.hint)
        return text

    def schema(self) -> JsonSchema:
        """A string."""
        least = {} if self.empty else {"minLength": 1}
        found: JsonSchema = {"type": "string", **least, "maxLength": self.longest}
        return found | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, a percentage such as 10%, or "${NAME:-10}" for one that the environment gives."""

    least: Decimal | None = None
    most: Decimal | None = None
    whole: bool = False

    def read(self, node: Node, path: str, report: Report) -> Decimal | Invalid:
        """The number; 10% is 0.1."""
        mend = "write a whole number" if self.whole else "write a number such as 0.8 or 80%"
        value = _spelled(node.value, path, report, mend) if isinstance(node.value, str) else node.value
        if isinstance(value, Invalid):
            return value
        if not isinstance(value, Decimal):
            return _refuse(report, path, f"is {kind_of(node)}, not a number", mend)
        if wrong := self._wrong(value):
            return _refuse(report, path, f"is {value}", wrong)
        return value

    def _wrong(self, value: Decimal) -> str:
        if not abs(value) <= _BOUND:
            return "write a smaller number"
        if self.whole and value != value.to_integral_value():
            return "write a whole number"
        if self.least is not None and value < self.least:
            return f"write {self.least} or more"
        if self.most is not None and value > self.most:
            return f"write {self.most} or less"
        return ""

    def schema(self) -> JsonSchema:
        """A number, or text that stands for one."""
        number: JsonSchema = {"type": "integer" if self.whole else "number"}
        if self.least is not None:
            number["minimum"] = float(self.least)
        if self.most is not None:
            number["maximum"] = float(self.most)
        return {"anyOf": [number, {"type": "string", "pattern": f"^(?:{_NUMBER.pattern}|{_PLACEHOLDER.pattern})$"}]}


@dataclass(frozen=True, slots=True)
class Shift:
    """A change: "+10%" is relative, "+2pp" is percentage points, 2 is in the figure's own unit."""

    def read(self, node: Node, path: str, report: Report) -> tuple[Decimal, Literal["points", "relative"]] | Invalid:
        """How much, and on which scale."""
        text = node.value
        value = Numeral().read(node, path, report)
        if isinstance(value, Invalid):
            return value
        return value, "relative" if isinstance(text, str) and text.rstrip().endswith("%") else "points"

    def schema(self) -> JsonSchema:
        """As a number."""
        return Numeral().schema()


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time such as 5m, 6h, 14d or 2w; `such_as` are some that may be written."""

    such_as: str = "5m, 6h, 14d or 2w"

    def read(self, node: Node, path: str, report: Report) -> timedelta | Invalid:
        """The time."""
        found = _DURATION.fullmatch(node.value) if isinstance(node.value, str) else None
        if not found:
            return _refuse(report, path, "is no length of time", f"write one such as {self.such_as}")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def schema(self) -> JsonSchema:
        """Text."""
        return {"type": "string", "pattern": f"^(?:{_DURATION.pattern})$"}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, node: Node, path: str, report: Report) -> bool | Invalid:
        """The truth."""
        if not isinstance(node.value, bool):
            return _refuse(report, path, f"is {kind_of(node)}", "write true or false")
        return node.value

    def schema(self) -> JsonSchema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: Sequence[str]

    def read(self, node: Node, path: str, report: Report) -> str | Invalid:
        """The word."""
        if isinstance(node.value, str) and node.value in self.words:
            return node.value
        said = f"“{node.value}”" if isinstance(node.value, str) else kind_of(node)
        return _refuse(report, path, f"is {said}", nearest(str(node.value), self.words, _ALIKE))

    def schema(self) -> JsonSchema:
        """An enumeration."""
        return {"enum": list(self.words)}


def _list_mend(item: Spec) -> str:
    """What to write where a list of such items belongs."""
    is_short = isinstance(item, Words | Numeral | Duration | Choice)
    return "write a list, such as [a, b]" if is_short else "write a list: a dash before each, and its fields below one another"


@dataclass(frozen=True, slots=True)
class Many:
    """A list; of `least` or more, no two alike if `unique`."""

    item: Spec
    least: int = 0
    most: int = 200
    unique: bool = False

    def read(self, node: Node, path: str, report: Report) -> list[Any] | Invalid:
        """The items; one that is wrong makes the list so."""
        if not isinstance(node.value, tuple):
            return _refuse(report, path, f"is {kind_of(node)}, not a list", _list_mend(self.item))
        if not self.least <= len(node.value) <= self.most:
            return _refuse(report, path, f"has {len(node.value)} entries", f"write from {self.least} to {self.most}")
        found = [_visit(self.item, n, f"{path}[{i}]", report) for i, n in enumerate(node.value)]
        if any(isinstance(v, Invalid) for v in found):
            return INVALID
        if self.unique and len(set(found)) < len(found):
            return _refuse(report, path, "names something twice", "keep one of them")
        return found

    def schema(self) -> JsonSchema:
        """An array."""
        found: JsonSchema = {"type": "array", "items": self.item.schema(), "minItems": self.least, "maxItems": self.most}
        return found | ({"uniqueItems": True} if self.unique else {})


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping from names, which `key` describes, to things of one kind."""

    key: Words
    value: Spec
    least: int = 0
    most: int = 50

    def read(self, node: Node, path: str, report: Report) -> dict[str, Any] | Invalid:
        """The entries in their order."""
        if not isinstance(node.value, Mapping):
            return _refuse(report, path, f"is {kind_of(node)}", "write names and values, such as {name: value}")
        if not self.least <= len(node.value) <= self.most:
            return _refuse(report, path, f"has {len(node.value)} entries", f"write from {self.least} to {self.most}")
        found = {k: self._entry(k, n, path, report) for k, n in node.value.items()}
        return INVALID if any(isinstance(v, Invalid) for v in found.values()) else found

    def _entry(self, key: str, node: Node, path: str, report: Report) -> Any:
        place = f"{path}.{key}"
        value = _visit(self.value, node, place, report)
        name = self.key.read(Node(key), place, report)
        return name if isinstance(name, Invalid) else value

    def schema(self) -> JsonSchema:
        """An object with free keys."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{self.key.pattern})$"} if self.key.pattern else True,
            "additionalProperties": self.value.schema(),
            "minProperties": self.least,
            "maxProperties": self.most,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known fields; those in `needed` must be there. `about` says what each is, for editors."""

    fields: Mapping[str, Spec]
    needed: frozenset[str] = frozenset()
    about: Mapping[str, str] = field(default_factory=dict)

    def read(self, node: Node, path: str, report: Report) -> dict[str, Any] | Invalid:
        """The fields that are there."""
        if not isinstance(node.value, Mapping):
            what = f"{'' if path else 'this '}is {kind_of(node)}"
            return _refuse(report, path, what, f"write its fields, such as {next(iter(self.fields))}: …")
        before = len(report.problems)
        found = {k: self._field(k, n, path, report) for k, n in node.value.items()}
        for name in sorted(self.needed - set(node.value)):
            report.add(f"{path}.{name}".strip("."), "is missing", self.about.get(name, "add it"), node.line or None)
        return INVALID if len(report.problems) > before else found

    def _field(self, key: str, node: Node, path: str, report: Report) -> Any:
        place = f"{path}.{key}".strip(".")
        if spec := self.fields.get(key):
            return _visit(spec, node, place, report)
        report.add(place, "is not a known field", nearest(key, tuple(self.fields)), node.line)
        return INVALID

    def schema(self) -> JsonSchema:
        """An object."""
        properties = {
            k: s.schema() | ({"description": self.about[k]} if k in self.about else {}) for k, s in self.fields.items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": sorted(self.needed),
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Either:
    """Short or long: `mapping` reads a mapping, `items` a list, `other` everything that has no spec of its own."""

    other: Spec
    mapping: Spec | None = None
    items: Spec | None = None

    def read(self, node: Node, path: str, report: Report) -> Any:
        """What the spec for this kind of node gives."""
        if self.mapping and isinstance(node.value, Mapping):
            return self.mapping.read(node, path, report)
        if self.items and isinstance(node.value, tuple):
            return self.items.read(node, path, report)
        return self.other.read(node, path, report)

    def schema(self) -> JsonSchema:
        """Any of them."""
        return {"anyOf": [s.schema() for s in (self.other, self.mapping, self.items) if s]}


@dataclass(frozen=True, slots=True)
class Maybe:
    """Something, or null, which is read as `None`."""

    spec: Spec

    def read(self, node: Node, path: str, report: Report) -> Any:
        """None for null."""
        return None if node.value is None else self.spec.read(node, path, report)

    def schema(self) -> JsonSchema:
        """Either."""
        return {"anyOf": [{"type": "null"}, self.spec.schema()]}


def _visit(spec: Spec, node: Node, path: str, report: Report) -> Any:
    if node.line:
        report.lines[path] = node.line
    return spec.read(node, path, report)


def _is_hidden(character: str) -> bool:
    # Joiners are part of many scripts; what overrides the reading direction is not.
    if character == "\n":
        return False
    return unicodedata.category(character) in _HIDDEN or character in _OVERRIDES


def _refuse(report: Report, path: str, problem: str, mend: str) -> Invalid:
    report.add(path, problem, mend)
    return INVALID


def _spelled(text: str, path: str, report: Report, mend: str) -> Decimal | Invalid:
    """The number that `text` stands for; `mend` says what to write where it stands for none."""
    if placeholder := _PLACEHOLDER.fullmatch(text.strip()):
        name, default = placeholder.groups()
        if name in report.values:
            return report.values[name]
        if default is None:
            return _refuse(report, path, f"{name} has no value", f"set it, or give a default: ${{{name}:-1}}")
        text = default
    number = _NUMBER.fullmatch(text.strip())
    if not number:
        return _refuse(report, path, f"is “{text[:60]}”, not a number", mend)
    return Decimal(number[1]).scaleb(-2) if number[2] else Decimal(number[1])


def kind_of(node: Node) -> str:
    """What stands there, for an error text."""
    match node.value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case Decimal():
            return "a number"
        case str():
            return "text"
        case tuple():
            return "a list"
        case _:
            return "a mapping"


def nearest(word: str, known: Sequence[str], alike: float = 0.6) -> str:
    """What to write instead: the nearest of the known words, if it is so much `alike`, or all of them."""
    if close := get_close_matches(word.lower(), known, n=1, cutoff=alike):
        return f"write {close[0]}, if that is meant"
    return f"write one of {', '.join(known[:30])}"
