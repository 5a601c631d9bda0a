"""A person's own page: what needs attention among what they may see, what waits for them, and their own KPIs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.alerts import Alert
from bot.domain.incidents import Incident, hours
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.parts import Button, Buttons, Divider, Heading, Line, Message, Note, Part, Text, bold, text
from bot.domain.people import Asker
from bot.domain.readings import Reading
from bot.domain.sentences import say
from bot.domain.survey_waves import Opening
from bot.domain.surveys import said
from bot.domain.times import show_time
from bot.presenters.incident_words import elapsed
from bot.presenters.pulse import answer_button, promise
from bot.presenters.rows import short_period, trend, value, verdict

SHOWN = 10
_URGENCY = ("critical", "warning")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes on at a moment that a person may see: open incidents and what fires, the gravest first."""

    now: datetime
    incidents: Sequence[Incident] = ()
    alerts: Sequence[Alert] = ()


def home(
    asker: Asker,
    readings: Sequence[Reading],
    waiting: Sequence[tuple[Kpi, Observation]],
    trouble: Trouble | None = None,
    asked: Sequence[Opening] = (),
) -> Message:
    """The page. `readings` are all that the person may see, `waiting` the values that they may decide about.

    `asked` are the surveys that are open for them: whether they have answered is not told, for Slack keeps what it shows.
    """
    pressing = sorted((r for r in readings if _presses(r)), key=_rank)
    own = [r for r in readings if r.kpi.owner in asker.roles]
    parts: list[Part] = [Heading("Barometer"), _tally(readings, pressing)]
    steps = (
        Button("Record a value", "kpi.choose", "", "primary"),
        Button("All KPIs", "kpi.list"),
        Button("Surveys", "pulse.list"),
    )
    parts.append(Buttons(steps))
    if waiting:
        values = "1 value waits" if len(waiting) == 1 else f"{len(waiting)} values wait"
        parts += [text(bold(f"{values} for your approval.")), Buttons((Button("Look at what waits", "kpi.waiting"),))]
    parts += _surveys(asked, asker.timezone)
    parts += _going_on(trouble) if trouble else []
    parts += _section("Needs attention", pressing, "Nothing needs attention.")
    parts += _section("Your KPIs", own, "None of your roles owns a KPI; an admin gives roles with /barometer grant.")
    if readings:
        parts.append(Note(f"As of {show_time(readings[0].as_of, asker.timezone)}. It is drawn anew when you open it."))
    return Message("What needs attention", tuple(parts))


def _surveys(asked: Sequence[Opening], zone: str) -> list[Part]:
    lines = [
        Line(
            said(each.title, each.language),
            f"{say('open_until', each.language, time=show_time(each.closes_at, zone))} "
            f"{promise(each.mode, each.minimum, each.language)}",
            answer_button(each.id, each.language),
        )
        for each in asked[:SHOWN]
    ]
    return [Divider(), Heading(say("you_are_asked", asked[0].language)), *lines] if lines else []


def _going_on(trouble: Trouble) -> list[Part]:
    """Open incidents and alerts, each in one line; nothing where there are none."""
    found = [_incident(each, trouble.now) for each in trouble.incidents] + [
        _alert(each, trouble.now) for each in trouble.alerts
    ]
    if not found:
        return []
    more = [Note(f"And {len(found) - SHOWN} more: /incident list and /alert list show them.")] if len(found) > SHOWN else []
    return [Divider(), Heading("Going on"), *found[:SHOWN], *more]


def _incident(one: Incident, now: datetime) -> Line:
    about = f"{one.severity}  ·  {one.status}  ·  for {elapsed(max(hours(one.at('detected'), now) or 0.0, 0.0))}"
    return Line(f"{one.name}: {one.title}", about, Button("Show", "incident.show", str(one.id)))


def _alert(one: Alert, now: datetime) -> Line:
    lasting = elapsed(max(hours(one.fired_at, now) or 0.0, 0.0))
    about = f"{one.level}  ·  {one.status(now)}  ·  for {lasting}\n{one.words}"
    return Line(f"{one.name}: {one.title}", about, Button("Show", "alert.show", str(one.id)))


def _section(title: str, readings: Sequence[Reading], empty: str) -> list[Part]:
    """The KPIs by category, each in one line with the step to all that is known of it."""
    parts: list[Part] = [Divider(), Heading(title)]
    shown = readings[:SHOWN]
    for category in dict.fromkeys(r.kpi.category for r in shown):
        parts.append(Note(category.value.replace("_", " ").capitalize()))
        parts += [_line(r) for r in shown if r.kpi.category is category]
    if not readings:
        parts.append(Note(empty))
    elif len(readings) > SHOWN:
        parts.append(Note(f"And {len(readings) - SHOWN} more: /kpi list shows them."))
    return parts


def _line(reading: Reading) -> Line:
    why = reading.breach.words if reading.breach else reading.why_verdict
    about = "  ·  ".join(filter(None, (short_period(reading), verdict(reading), trend(reading))))
    words = f"{about}\n{why}" if reading.observation else why
    return Line(f"{reading.kpi.title}: {value(reading)}", words, Button("Show", "kpi.show", reading.kpi.name))


def _tally(readings: Sequence[Reading], pressing: Sequence[Reading]) -> Text:
    if not readings:
        return text("There is no KPI yet that you may see.")
    return text(bold(f"{len(pressing)} of {len(readings)} KPIs need attention."))


def _presses(reading: Reading) -> bool:
    return bool(reading.breach) or reading.verdict == "missed" or (reading.stale and reading.observation is not None)


def _rank(reading: Reading) -> tuple[int, bool, str]:
    level = _URGENCY.index(reading.breach.level) if reading.breach and reading.breach.level in _URGENCY else len(_URGENCY)
    return level, reading.verdict != "missed", reading.kpi.name
