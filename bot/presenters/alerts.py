"""How an alert is told: what is wrong first, since when and whose it is, then what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.domain import formats
from bot.domain.alert_answers import Dossier, Event
from bot.domain.alerts import FLAPS_FROM, STEADY, Alert, Finding
from bot.domain.incidents import hours
from bot.domain.kpis import Kpi, Remedy
from bot.domain.observations import Dimensions
from bot.domain.parts import (
    Button,
    Buttons,
    Facts,
    Heading,
    Inline,
    Message,
    Note,
    Part,
    Table,
    Text,
    bold,
    code,
    text,
)
from bot.domain.periods import label
from bot.domain.readings import Reading
from bot.domain.rules import Rule
from bot.domain.times import show_date, show_time
from bot.presenters import kpi_chart
from bot.presenters.incident_words import elapsed
from bot.presenters.kpi_words import person, person_cell, role, segment

PEOPLE_TYPE_IT = frozenset({"manual"})
HAPPENED = {
    "acknowledged": "is on it",
    "snoozed": "wants to hear nothing of it",
    "verdict": "says that it is",
    "incident": "opened",
}
LATEST_POINTS = 8


def head(one: Alert, zone: str, now: datetime, remedies: Sequence[Remedy] = ()) -> Message:
    """The message of an alert; it is changed in place as the alert goes on. `remedies` may be asked for while it is open."""
    parts: list[Part] = [Heading(f"{_label(one)} · {one.title}"), text(bold(_sentence(one.words)), *_good(one))]
    parts.append(_state(one, zone, now))
    if rows := tuple(_facts(one, zone)):
        parts.append(Facts(rows))
    if one.is_open and one.flaps:
        parts.append(Note(f"It flaps: it fired {one.times} times. It stays open until it is good {STEADY} periods running."))
    if one.is_open and remedies:
        parts.append(Buttons(tuple(Button(r.title, "alert.remedy", f"{one.id}|{r.name}", "danger") for r in remedies)))
    return Message(summary(one, now), (*parts, *_steps(one, now)))


def summary(one: Alert, now: datetime) -> str:
    """An alert in one sentence."""
    state = one.status(now)
    return f"{one.name} ({one.level}) {'is ' if state not in ('firing',) else ''}{_word(state)}: {one.title}, {one.words}"


def changed(one: Alert, now: datetime) -> Message:
    """What a person is answered who did something with an alert: where it stands, and the next steps."""
    return Message(summary(one, now), (text(summary(one, now)), *_steps(one, now)))


def listing(found: Sequence[Alert], now: datetime) -> Message:
    """What fires, the gravest first."""
    if not found:
        return Message("Nothing fires.", (text("Nothing fires."), Note("/alert rules shows what is looked at.")))
    line = f"{len(found)} alert{'s fire' if len(found) > 1 else ' fires'}."
    columns = ("Alert", "Level", "State", "For", "What", "Why")
    rows = tuple((o.name, o.level, _held(o, now), _lasting(o, now), o.title, o.words) for o in found)
    note = Note("/alert show ALERT-7 tells more of one, and has its buttons; /alert history shows what is over.")
    return Message(line, (text(bold(line)), Table("What fires", columns, rows), note))


def history(found: Sequence[Alert], zone: str, now: datetime) -> Message:
    """What fired, the newest first."""
    if not found:
        return Message("Nothing fired yet.", (text("Nothing fired yet."),))
    line = f"{len(found)} alert{'s' if len(found) > 1 else ''}, the newest first."
    columns = ("Alert", "Gravest", "Fired", "For", "What", "Fired with", "Verdict")
    rows = tuple((o.name, o.level, _at(o.fired_at, zone), _lasting(o, now), o.title, o.fired_words, o.verdict) for o in found)
    return Message(line, (text(bold(line)), Table("What fired", columns, rows)))


def shown(found: Dossier, zone: str, now: datetime) -> Message:
    """One alert on one screen."""
    return head(found.alert, zone, now, found.kpi.alerts.remedies if found.kpi else ())


def explained(found: Dossier, words: str, zone: str) -> Message:
    """Why an alert fires: its rule, and what happened since."""
    one = found.alert
    rows = tuple((show_time(e.at, zone), person_cell(e.actor), e.kind, e.text) for e in found.events)
    parts: list[Part] = [Heading(f"Why {one.name}"), text(code(one.rule), f" looks for: {words}." if words else ".")]
    parts.append(text(f"Its rule was true first on {show_time(one.active_at, zone)}."))
    if one.since:
        parts.append(text(f"What is bad began with the period of {show_time(one.since, zone)}."))
    parts.append(Table("What happened", ("When", "Who", "What", "Words"), rows))
    return Message(f"Why {one.name} fired: {one.fired_words}", tuple(parts))


def details(rule: Rule, reading: Reading, found: Finding, zone: str) -> Message:
    """What goes into the thread of a new alert: the rule, the latest figures, and a chart of them."""
    kpi = reading.kpi
    parts: list[Part] = [text(code(rule.name), f" looks for: {rule.check.words(kpi)}.")]
    if found.since:
        lasting = f", {found.bad} periods running" if found.bad > 1 else ""
        parts.append(text(f"Bad since the period of {show_time(found.since, zone)}{lasting}."))
    points = reading.history[-LATEST_POINTS:]
    rows = tuple(
        (label(o.period), formats.value(o.value, kpi.unit), "" if o.n is None else f"{o.n:,}") for o in reversed(points)
    )
    if rows:
        parts.append(Table("The latest figures", ("Period", "Value", "n"), rows, frozenset({1, 2})))
    if chart := kpi_chart.line(reading):
        parts.append(chart)
    return Message(f"{rule.name}: {found.words}", tuple(parts))


def happened(one: Alert, told: Event) -> Message:
    """One line in the thread: who did what."""
    words = f"{HAPPENED.get(told.kind, told.kind)}"
    how = f" {told.text}" if told.kind in ("snoozed", "verdict", "incident") else f": {told.text}" if told.text else ""
    return Message(f"{one.name}: {words}{how}", (text(person(told.actor), f" {words}{how}."),))


def anew(one: Alert) -> Message:
    """That it fires again, or is critical now."""
    how = f"fires again, the {_nth(one.times)} time" if one.times > 1 else f"is {one.level} now"
    words = f"{one.name} {how}: {one.words}"
    return Message(words, (text(*_mentions(one.reached_by("owner") if one.level == "critical" else []), f"{words}."),))


def ended(one: Alert) -> Message:
    """That it is over, for those who follow its thread."""
    words = f"{one.name} is resolved after {elapsed(hours(one.fired_at, one.resolved_at) or 0.0)}: {one.words}"
    return Message(words, (text(f"{words}."),))


def unheard(one: Alert, asked: Sequence[str], now: datetime) -> Message:
    """That nobody has acknowledged it yet, for everybody in the channel."""
    lasting = _lasting(one, now)
    runs: list[str | Inline] = [f"Nobody is on {one.name} yet, after {lasting}: {one.title}, {one.words}. "]
    return Message(f"Nobody is on {one.name} yet", (text(*runs, *_mentions(asked), "Who takes it?"), *_steps(one, now)))


def still(one: Alert, asked: Sequence[str], why: str, now: datetime) -> Message:
    """That it still fires."""
    words = f"{one.name} still fires, for {_lasting(one, now)}: {one.words.rstrip('.')}"
    said = f"{words}; {why}." if why else f"{words}."
    return Message(words, (text(*_mentions(asked), said), *_steps(one, now)))


def title(kpi: Kpi, dimensions: Dimensions) -> str:
    """What an alert is about."""
    return segment(kpi, dimensions)[:200]


def facts(kpi: Kpi, version: tuple[str, datetime] | None) -> Mapping[str, str]:
    """What is told of a KPI beside what a rule found; settled when the alert fires."""
    source = next((i.source for i in kpi.inputs if i.source not in PEOPLE_TYPE_IT), "")
    found = {"Owner": role(kpi.owner), "Source": source, "What to do": kpi.runbook}
    if version:
        found["Last version"] = f"{version[0]}, since {show_date(version[1].date())}"
    return {name: words for name, words in found.items() if words}


def _label(one: Alert) -> str:
    if one.state == "resolved":
        return "Resolved"
    if one.state in ("no data", "error"):
        return f"{one.level.capitalize()}, {one.state}"
    return one.level.capitalize()


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" if words else "It fires"


def _good(one: Alert) -> list[str]:
    return (
        [f" Good for {one.good} period{'s' if one.good > 1 else ''}, and not yet for long enough."] if _is_waiting(one) else []
    )


def _is_waiting(one: Alert) -> bool:
    return one.state == "firing" and one.good > 0


def _state(one: Alert, zone: str, now: datetime) -> Text:
    runs: list[str | Inline] = [f"{one.name} · {_held(one, now)}"]
    if one.acknowledged_by and one.is_open:
        runs += [" by " if one.status(now) == "acknowledged" else " · acknowledged by ", person(one.acknowledged_by)]
    if one.snoozed_until and one.is_open and now < one.snoozed_until:
        runs.append(f" until {show_time(one.snoozed_until, zone)}")
    if one.fired_at:
        runs.append(f" · fired {show_time(one.fired_at, zone)}")
    if one.resolved_at and one.fired_at:
        runs.append(f" · resolved after {elapsed(hours(one.fired_at, one.resolved_at) or 0.0)}")
    if one.incident:
        runs.append(f" · INC-{one.incident}")
    return text(*runs)


def _facts(one: Alert, zone: str) -> Iterator[tuple[str, str]]:
    if one.fired_words and one.fired_words != one.words:
        yield "Fired with", one.fired_words
    if one.since:
        yield "Bad since", show_time(one.since, zone)
    if one.n is not None:
        yield "n", f"{one.n:,}"
    if 1 < one.times < FLAPS_FROM:
        yield "Fired", f"{one.times} times"
    yield from one.facts.items()
    if one.verdict:
        yield "Verdict", one.verdict


def _steps(one: Alert, now: datetime) -> list[Part]:
    number, state = str(one.id), one.status(now)
    steps: list[Button] = []
    if one.is_open and one.acknowledged_at is None:
        steps.append(Button("Acknowledge", "alert.ack", number, "primary"))
    if one.is_open and state != "snoozed":
        steps.append(Button("Snooze", "alert.snooze", number))
    if one.is_open and one.incident is None:
        steps.append(Button("Open incident", "alert.incident", number))
    steps.append(Button("Explain", "alert.explain", number))
    verdicts = (("Real", "real"), ("Expected", "expected"), ("False alarm", "false"))
    steps += [Button(words, f"alert.{key}", number) for words, key in verdicts if words.lower() != one.verdict]
    if one.kpi and one.point:
        steps.append(Button("Why this number", "kpi.why", f"{one.kpi}|obs:{one.point}"))
    return [Buttons(tuple(steps))]


def _word(state: str) -> str:
    return {"firing": "fires", "no data": "without data", "error": "in error"}.get(state, state)


def _held(one: Alert, now: datetime) -> str:
    return f"{one.status(now)}, held back: {one.held}" if one.held and one.is_open else one.status(now)


def _lasting(one: Alert, now: datetime) -> str:
    return elapsed(max(hours(one.fired_at or one.active_at, one.resolved_at or now) or 0.0, 0.0))


def _at(moment: datetime | None, zone: str) -> str:
    return show_time(moment, zone) if moment else ""


def _mentions(asked: Sequence[str]) -> list[str | Inline]:
    return [run for each in dict.fromkeys(asked) for run in (person(each), " ")]


def _nth(number: int) -> str:
    last = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
