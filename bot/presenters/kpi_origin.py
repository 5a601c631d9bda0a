"""Where a number came from, and everything that was recorded for a KPI."""

from collections.abc import Container

from bot.domain import formats
from bot.domain.entries import Entry
from bot.domain.kpi_answers import History, Why
from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Observation
from bot.domain.parts import Cell, Facts, Heading, Mention, Message, Note, Part, Span, Table, Text, bold, code, text
from bot.domain.periods import label
from bot.domain.times import show_time
from bot.domain.unusual import FEWEST
from bot.presenters.kpi_words import of, person, person_cell, segment, who, worked

METHODS = {
    "bca": "the bootstrap (BCa)",
    "clopper_pearson": "Clopper–Pearson",
    "f1_wilson": "Wilson’s score, carried over to F1",
    "fieller": "Fieller",
    "fieller_saving": "Fieller",
    "hanley_mcneil": "Hanley–McNeil",
    "median_exact": "order statistics",
    "newcombe": "Newcombe",
    "plus_two": "Student’s t, under 20 with one of 0 and one of 100 added",
    "poisson_exact": "the exact Poisson limits",
    "risk_ratio": "the log risk ratio",
    "score_ratio": "the score of the risk ratio",
    "student": "Student’s t",
    "welch": "Welch’s t",
    "wilson": "Wilson’s score",
}
"""How an interval was had, as a statistician calls it."""


def history(found: History, zone: str) -> Message:
    """Everything recorded, the latest first."""
    kpi = found.kpi
    title = f"History of {segment(kpi, found.dimensions)}"
    if not found.observations:
        return Message(f"{title}: no data.", (Heading(title), text("Nothing has been recorded yet.")))
    replaced = {o.supersedes for o in found.observations if o.state != "rejected"}
    columns = ("Value", "Period", "By", f"Recorded ({zone})", "Remarks")
    rows = tuple(_row(kpi, o, zone, replaced) for o in found.observations)
    parts: list[Part] = [Heading(title), Table("Everything that was recorded, the latest first", columns, rows, frozenset({0}))]
    if found.more:
        parts.append(Note("There is more: narrow it with since=, or take all of it with /kpi export."))
    count = len(found.observations)
    return Message(f"{title}: {count} value{'s' if count > 1 else ''}, the latest first.", tuple(parts))


def why(found: Why, zone: str) -> Message:
    """Where a number came from."""
    kpi, o = found.kpi, found.observation
    line = f"{kpi.title}: {formats.value(o.value, kpi.unit)} for {label(o.period)}{of(o.dimensions)}."
    parts: list[Part] = [
        Heading("Why this number"),
        text(bold(line)),
        *worked(kpi, Entry(o.inputs, o.figures)),
        Facts(tuple(_origin(found))),
        text("Recorded by ", who(o), f" on {show_time(o.recorded_at, zone)}."),
    ]
    if o.provenance.note:
        parts.append(text("Note: ", Span(o.provenance.note, "italic")))
    parts += _corrections(found, zone)
    parts.append(_publication(found, zone))
    return Message(line, tuple(parts))


def _origin(found: Why) -> list[tuple[str, str]]:
    kpi, o = found.kpi, found.observation
    file = f", {kpi.file}:{kpi.line}" if kpi.file else ""
    figure = found.reading.figures.get(MAIN)
    how = (
        f"{formats.interval(figure.interval, kpi.unit)} by {METHODS.get(figure.interval.method, figure.interval.method)}"
        if figure and figure.interval
        else "none"
    )
    rows = [
        ("Means", kpi.definition),
        ("Definition", f"{kpi.name} version {o.definition_version}{file}"),
        ("Source", o.provenance.source),
        ("Run", o.provenance.run),
        ("Evidence", o.provenance.evidence),
        ("n", "unknown" if o.n is None else f"{o.n:,}"),
        ("Interval", how),
        ("Verdict", f"{found.reading.verdict}: {found.reading.why_verdict}".rstrip(": ")),
        ("State", o.state),
        ("Unusual", _unusual(found)),
        ("If it is off", kpi.runbook),
    ]
    return [(name, value) for name, value in rows if value]


def _unusual(found: Why) -> str:
    told = found.reading.unusual
    if told is None:
        return ""
    if told.state == "history too short":
        return f"cannot tell: history {told.points}/{FEWEST}"
    return "yes" if told.state == "unusual" else f"no, against {told.points} earlier values"


def _corrections(found: Why, zone: str) -> list[Part]:
    parts: list[Part] = []
    for o in found.chain:
        if decision := found.decisions.get(o.id):
            reason = f": {decision.reason}" if decision.reason else ""
            value = formats.value(o.value, found.kpi.unit)
            parts.append(
                text(
                    f"{value} was {decision.outcome} by ",
                    person(decision.actor),
                    f" on {show_time(decision.at, zone)}{reason}",
                )
            )
    if len(found.chain) == 1:
        return [*parts, Note("It was never corrected.")]
    replaced = {o.supersedes for o in found.chain if o.state != "rejected"}
    return [*parts, *(_told(found.kpi, o, zone, struck=o.id in replaced) for o in found.chain)]


def _publication(found: Why, zone: str) -> Part:
    if not found.published:
        return Note("It has not been published.")
    last = found.published[0]
    then = next(o for o in found.chain if o.id == last.observation_id)
    value, when = formats.value(then.value, found.kpi.unit), show_time(last.sent_at, zone)
    kind: Mention | Span = Span(last.channel)
    if last.channel.startswith(("C", "G")):
        kind = Mention("channel", last.channel)
    name = last.subject.partition("@")[0]  # of a digest's run: what follows is whom and when it was for
    return text("Last published as ", bold(value), f" on {when}: {last.kind} ", code(name or last.kind), " in ", kind, ".")


def _row(kpi: Kpi, o: Observation, zone: str, replaced: Container[int | None]) -> tuple[Cell, ...]:
    """One recorded value as a row of the history."""
    remarks = [
        ("later wave" if is_of_wave(o) else "correction") if o.supersedes else "",
        "" if o.state == "approved" else o.state,
        "replaced since" if o.id in replaced else "",
    ]
    said = ", ".join(filter(None, remarks))
    note = ": ".join(filter(None, (said, o.provenance.note)))
    when = show_time(o.recorded_at, zone).removesuffix(f" {zone}")
    return formats.value(o.value, kpi.unit), label(o.period), person_cell(o.provenance.actor), when, note


def is_of_wave(o: Observation) -> bool:
    """Whether a survey gave it: in place of another, it is that of a later wave."""
    return o.provenance.source == "pulse"


def _told(kpi: Kpi, o: Observation, zone: str, *, struck: bool) -> Text:
    """One recorded value in a line."""
    value = formats.value(o.value, kpi.unit)
    how = "corrected" if o.supersedes and not is_of_wave(o) else "recorded"
    state = "" if o.state == "approved" else f", {o.state}"
    replaced = ", replaced since" if struck else ""
    why_ = f": {o.provenance.note}" if o.provenance.note else ""
    when = show_time(o.recorded_at, zone)
    number = value if struck or o.state == "rejected" else bold(value)
    return text(number, f" for {label(o.period)}, {how} by ", who(o), f" on {when}{state}{replaced}{why_}")
