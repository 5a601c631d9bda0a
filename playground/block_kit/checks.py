"""The grammar of the rules: small checks that are put together into bigger ones."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """What Slack would refuse: where (JSON pointer into the payload) and why."""

    pointer: str
    text: str


@dataclass
class Report:
    """The problems found so far. `surface` is message, modal or home."""

    surface: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, pointer: str, text: str) -> None:
        self.problems.append(Problem(pointer, text))


Check = Callable[[Report, str, Any], None]
Rule = Callable[[Report, str, dict[str, Any]], None]


def string(most: int, least: int = 1) -> Check:
    """Text of `least` to `most` characters."""

    def check(report: Report, pointer: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must be a string")
        elif len(value) > most:
            report.add(pointer, f"must be less than {most + 1} characters")
        elif len(value) < least:
            report.add(pointer, f"must be more than {least - 1} characters")

    return check


def pattern(expression: str, words: str) -> Check:
    """Text of a given form."""
    compiled = re.compile(expression)

    def check(report: Report, pointer: str, value: Any) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            report.add(pointer, words)

    return check


def integer(low: int, high: int) -> Check:
    """A whole number from `low` to `high`."""

    def check(report: Report, pointer: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.add(pointer, "must be an integer")
        elif not low <= value <= high:
            report.add(pointer, f"must be from {low} to {high}")

    return check


def flag(report: Report, pointer: str, value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add(pointer, "must be a boolean")


def anything(_report: Report, _pointer: str, _value: Any) -> None:
    """Not looked at."""


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def check(report: Report, pointer: str, value: Any) -> None:
        if value not in allowed:
            report.add(pointer, f"must be one of: {', '.join(allowed)}")

    return check


def array(item: Check, low: int, high: int) -> Check:
    """A list of `low` to `high` items."""

    def check(report: Report, pointer: str, value: Any) -> None:
        if not isinstance(value, list):
            report.add(pointer, "must be an array")
            return
        if len(value) < low:
            report.add(pointer, f"no fewer than {low} items allowed")
        if len(value) > high:
            report.add(pointer, f"no more than {high} items allowed")
        for index, each in enumerate(value[:1000]):
            item(report, f"{pointer}/{index}", each)

    return check


def shape(fields: Mapping[str, Check], required: Iterable[str] = (), *rules: Rule) -> Check:
    """An object with these fields and no others; `rules` look at it as a whole once its fields are right."""
    needed = tuple(required)

    def check(report: Report, pointer: str, value: Any) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must be an object")
            return
        before = len(report.problems)
        for name in needed:
            if value.get(name) is None:
                report.add(pointer, f"missing required field: {name}")
        for name, content in value.items():
            inner = fields.get(name)
            if inner is None:
                report.add(pointer, f"invalid additional property: {name}")
            elif content is not None:
                inner(report, f"{pointer}/{name}", content)
        if len(report.problems) == before:
            for rule in rules:
                rule(report, pointer, value)

    return check


def typed(kinds: Mapping[str, Check], words: str = "unsupported type") -> Check:
    """An object whose `type` says which check holds for it."""

    def check(report: Report, pointer: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        inner = kinds.get(kind) if isinstance(kind, str) else None
        if inner is None:
            report.add(pointer, f"{words}: {kind}")
        else:
            inner(report, pointer, value)

    return check


def any_one(*names: str) -> Rule:
    """Exactly one of these fields."""

    def rule(report: Report, pointer: str, value: dict[str, Any]) -> None:
        if sum(value.get(n) is not None for n in names) != 1:
            report.add(pointer, f"exactly one of {', '.join(names)} must be given")

    return rule


def some_of(*names: str) -> Rule:
    """At least one of these fields."""

    def rule(report: Report, pointer: str, value: dict[str, Any]) -> None:
        if all(value.get(n) is None for n in names):
            report.add(pointer, f"one of {', '.join(names)} must be given")

    return rule


def ordered(low: str, high: str) -> Rule:
    """Of two numbers, the first is not more than the second."""

    def rule(report: Report, pointer: str, value: dict[str, Any]) -> None:
        a, b = value.get(low), value.get(high)
        if a is not None and b is not None and float(a) > float(b):
            report.add(pointer, f"{low} must not be more than {high}")

    return rule


TYPE: dict[str, Check] = {"type": anything}
"""Every object may say its type."""
