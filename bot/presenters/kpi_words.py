"""Phrases about KPIs that more than one message uses."""

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.domain import formats
from bot.domain.entries import Entry
from bot.domain.figures import Comparison, Verdict
from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Dimensions, Inputs, Observation
from bot.domain.parts import Cell, Inline, Mention, Note, Part, Span, code, text
from bot.domain.verdicts import within

LISTED_NUMBERS = 12
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def filled_in(formula: str, inputs: Inputs) -> str:
    """A formula with numbers where the names of inputs were; a long list is cut."""

    def number(found: re.Match[str]) -> str:
        value = inputs.get(found[0])
        if value is None:
            return found[0]
        return _plain(value) if isinstance(value, Decimal) else _list(value)

    return _NAME.sub(number, formula)


def _list(values: tuple[Decimal, ...]) -> str:
    said = ", ".join(_plain(v) for v in values[:LISTED_NUMBERS])
    return f"{said}, … {len(values)} in all" if len(values) > LISTED_NUMBERS else said


def _plain(value: Decimal) -> str:
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def worked(kpi: Kpi, entry: Entry) -> list[Part]:
    """The formula, with the inputs filled in."""
    if entry.bare:
        return [Note("A bare value: given as it is, without inputs, so no interval can be had.")]
    value = formats.value(entry.figures[MAIN], kpi.unit)
    lines: list[Part] = [text(code(kpi.formula), " with ", code(filled_in(kpi.formula, entry.inputs)), f" gives {value}.")]
    also = [(name, entry.figures.get(name)) for name in kpi.also if entry.figures.get(name) is not None]
    if also:
        said = ", ".join(f"{within(kpi.title_of(name))} {formats.value(v, kpi.unit_of(name))}" for name, v in also)
        lines.append(Note(f"Also: {said}."))
    return lines


def role(name: str) -> str:
    """A role as people say it: "SRE", "product owner"."""
    return {"sre": "SRE", "ai_lead": "AI lead"}.get(name, name.replace("_", " "))


def against(comparison: Comparison) -> str:
    """What a change is against: "week 46, 2026", "the baseline (W22–W29 2026)"."""
    if comparison.against != "baseline":
        return comparison.label or "the period before"
    return "the baseline" if comparison.label in ("", "baseline") else f"the baseline ({comparison.label})"


def target_standing(verdict: Verdict) -> str:
    """Whether the target is met, as a part of a sentence; nothing where there is no target."""
    return {
        "met": "target met",
        "missed": "target missed",
        "cannot tell": "cannot tell whether the target is met",
        "no data": "no data",
        "no target": "",
    }[verdict]


def who(o: Observation) -> Inline:
    """Who gave a value."""
    return person(o.provenance.actor)


def person(actor: str) -> Inline:
    """A person of the workspace as a mention; a program or the terminal by its name."""
    named = person_cell(actor)
    return named if isinstance(named, Mention) else Span(named)


def mentioning(words: str, people: Sequence[str]) -> tuple[Inline, ...]:
    """Words in which people stand as `@id`: those of the workspace as mentions; programs stay names."""
    runs: list[str | Inline] = [words]
    for who in people:
        before, named, after = str(runs.pop()).partition(f"@{who}")
        runs += [before, person(who), after] if named else [before]
    return text(*(run for run in runs if run != "")).spans


def person_cell(actor: str) -> Cell:
    """The same, for a cell of a table."""
    return Mention("user", actor) if _PERSON.fullmatch(actor) else actor


def of(dimensions: Dimensions) -> str:
    """The segment in brackets after something, or nothing for the whole."""
    return f" ({', '.join(f'{k} {v}' for k, v in dimensions.items())})" if dimensions else ""


def segment(kpi: Kpi, dimensions: Dimensions) -> str:
    """The KPI, or a segment of it, by its title."""
    return f"{kpi.title}{of(dimensions)}"


def segments(found: tuple[Dimensions, ...]) -> str:
    """Segments as they are typed, the first few of them."""
    said = "; ".join(", ".join(f"{k}={v}" for k, v in s.items()) for s in found[:8])
    return f"{said} and {len(found) - 8} more" if len(found) > 8 else said


def about(o: Observation) -> str:
    """The value of a button that is about one observation: `mttr|obs:123`."""
    return f"{o.kpi}|obs:{o.id}"


def waits_for(kpi: Kpi) -> str:
    """Whose approval a provisional value waits for."""
    return f"It waits for the approval of {approver(kpi)}; until then it never alerts."


def approver(kpi: Kpi) -> str:
    """Who may approve or reject a provisional value."""
    return f"an admin or somebody with the role {role(kpi.owner)}" if kpi.entry.approve == "owner" else "a second person"
