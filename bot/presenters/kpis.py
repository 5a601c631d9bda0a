"""How a KPI is told: the number first, then what to make of it, then how it came about."""

from bot.domain import formats
from bot.domain.entries import Entry
from bot.domain.figures import Figure
from bot.domain.kpi_answers import Decided, Draft, Listing, Recorded, Shown
from bot.domain.kpis import MAIN, Kpi, Unit
from bot.domain.observations import Observation
from bot.domain.parts import Button, Buttons, Facts, Heading, Inline, Message, Note, Part, Table, Text, bold, code, text
from bot.domain.periods import label
from bot.domain.readings import Reading, figures_with_intervals
from bot.domain.times import show_time
from bot.presenters import kpi_chart
from bot.presenters.kpi_origin import history, is_of_wave, why
from bot.presenters.kpi_words import about, against, of, role, segment, segments, target_standing, waits_for, who, worked
from bot.presenters.pulse_words import OF_THE_LIKE
from bot.presenters.rows import short_period, short_target, trend, value, verdict

__all__ = ["decided", "decision_buttons", "drafted", "history", "listing", "recorded", "shown", "summary", "waiting", "why"]


def listing(found: Listing) -> Message:
    """The list by category: value, period, target and verdict of each."""
    count = len(found.readings)
    if not count:
        hint = "None of your roles owns a KPI of those." if found.mine else "There are no KPIs here that you may see."
        return Message(hint, (text(f"{hint} Try "), text(code("/kpi list"))))
    summary = f"{count} KPI{'s' if count > 1 else ''}: {_tally(found.readings)}"
    parts: list[Part] = [text(bold(summary))]
    categories = dict.fromkeys(r.kpi.category for r in found.readings)
    for category in categories:
        rows = tuple(_listed(r) for r in found.readings if r.kpi.category is category)
        columns = ("KPI", "Trend", "Value", "Period", "Target", "Verdict")
        parts.append(Table(category.value.replace("_", " ").capitalize(), columns, rows, frozenset({2})))
    parts.append(Note("/kpi show NAME tells more of one."))
    return Message(summary, tuple(parts))


def shown(found: Shown, zone: str) -> Message:
    """One KPI on one screen. Times are shown in `zone`."""
    reading = found.reading
    parts: list[Part] = [Heading(reading.kpi.title), _headline(reading)]
    if reading.observation is None:
        parts.append(text(f"Nothing has been recorded for {segment(reading.kpi, reading.dimensions)} yet."))
    else:
        parts += [_verdict(reading), *_running(reading, zone), Facts(tuple(_facts(reading)))]
        parts += [Note(mark) for mark in _marks(reading, zone)]
        parts += [part for o in found.waiting if o.id != reading.observation.id for part in _waiting(reading.kpi, o)]
        if chart := kpi_chart.line(reading):
            parts.append(chart)
    if found.segments:
        parts.append(Note(f"Also recorded by {segments(found.segments)}."))
    parts.append(_next_steps(reading))
    return Message(summary(reading), tuple(parts))


def summary(reading: Reading) -> str:
    """A KPI in one sentence, complete enough to be read aloud."""
    o = reading.observation
    if o is None:
        return f"{reading.kpi.title}: no data."
    marks = "".join(f", {m}" for m, on in (("provisional", reading.provisional), ("stale", reading.stale)) if on)
    value = formats.value(reading.value, reading.kpi.unit)
    standing = target_standing(reading.verdict)
    verdict = f", {standing}" if standing else ""
    return f"{reading.kpi.title}: {value} for {label(o.period)}{verdict}{marks}."


def drafted(draft: Draft) -> Message:
    """What would be recorded, before it is."""
    value = formats.value(draft.entry.figures[MAIN], draft.kpi.unit)
    line = f"{draft.kpi.title} would be {value} for {label(draft.period)}{of(draft.dimensions)}."
    parts: list[Part] = [text(bold(line)), *worked(draft.kpi, draft.entry)]
    if draft.existing:
        there = formats.value(draft.existing.value, draft.kpi.unit)
        parts.append(Note(f"There is {there} for that period already; correct it instead."))
    if draft.provisional:
        parts.append(Note(waits_for(draft.kpi)))
    return Message(line, tuple(parts))


def recorded(done: Recorded, zone: str) -> Message:
    """The receipt of a value."""
    kpi, made = done.kpi, done.observation
    value = formats.value(made.value, kpi.unit)
    line = f"Recorded: {kpi.title} is {value} for {label(made.period)}{of(made.dimensions)}."
    if done.before:
        was = formats.value(done.before.value, kpi.unit)
        line = f"Corrected: {kpi.title} is {value} for {label(made.period)}{of(made.dimensions)}, was {was}."
    parts: list[Part] = [text(bold(line)), *worked(kpi, Entry(made.inputs, made.figures))]
    if done.reading.observation and done.reading.observation.id == made.id:
        parts.append(_verdict(done.reading))
    if made.state == "provisional":
        parts.append(Note(waits_for(kpi)))
        parts.append(decision_buttons(made))
    if made.period.end > made.recorded_at:
        until = show_time(made.period.end, zone)
        parts.append(Note(f'The period runs until {until}; name another with period=, such as period="last week".'))
    parts.append(_next_steps(done.reading, made))
    return Message(line, tuple(parts))


def decision_buttons(waiting: Observation) -> Buttons:
    """Approve and Reject, for a provisional value."""
    value = about(waiting)
    return Buttons((Button("Approve", "kpi.approve", value, "primary"), Button("Reject", "kpi.reject", value, "danger")))


def decided(done: Decided) -> Message:
    """What became of a provisional value."""
    value = formats.value(done.observation.value, done.kpi.unit)
    line = f"{done.decision.outcome.capitalize()}: {done.kpi.title} {value} for {label(done.observation.period)}."
    because: tuple[Part, ...] = (Note(f"Reason: {done.decision.reason}"),) if done.decision.reason else ()
    return Message(line, (text(bold(line)), *because, Note(summary(done.reading))))


def waiting(found: list[tuple[Kpi, Observation]], zone: str) -> Message:
    """The provisional values that somebody may decide about."""
    if not found:
        return Message("Nothing waits for you.", (text("Nothing waits for your approval."),))
    line = f"{len(found)} value{'s wait' if len(found) > 1 else ' waits'} for your approval."
    parts: list[Part] = [text(bold(line))]
    for kpi, o in found:
        value = f"{formats.value(o.value, kpi.unit)} for {label(o.period)}{of(o.dimensions)}"
        parts += [text(bold(kpi.title), f" {value}, by ", who(o), f", {show_time(o.recorded_at, zone)}"), decision_buttons(o)]
    return Message(line, tuple(parts))


def _tally(readings: tuple[Reading, ...]) -> str:
    counts = {word: sum(r.verdict == word for r in readings) for word in ("met", "missed", "cannot tell", "no data")}
    counts["stale"] = sum(r.stale for r in readings)
    return ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "none has a target"


def _listed(r: Reading) -> tuple[str, ...]:
    return r.kpi.name, trend(r), value(r), short_period(r), short_target(r.kpi), verdict(r)


def _headline(reading: Reading) -> Text:
    o, unit = reading.observation, reading.kpi.unit
    if o is None:
        return text(bold("No data"))
    runs: list[str | Inline] = [bold(formats.value(reading.value, unit)), f" for {label(o.period)}{of(reading.dimensions)}"]
    runs.append(_resting_on(o, reading.figures.get(MAIN), unit))
    return text(*runs)


def _resting_on(o: Observation, figure: Figure | None, unit: Unit) -> str:
    """On how many units a figure rests, and its interval: " · n 14 · 95% CI 27 to 69"."""
    interval = f" · {formats.interval(figure.interval, unit)}" if figure and figure.interval else ""
    return f" · n {'unknown' if o.n is None else f'{o.n:,}'}{interval}"


def _verdict(reading: Reading) -> Text:
    word = {"met": "Target met", "missed": "Target missed", "cannot tell": "Cannot tell yet"}.get(reading.verdict)
    if word is None:
        return text(reading.why_verdict or "It has no target.")
    return text(bold(word), f": {reading.why_verdict}" if reading.why_verdict else "")


def _running(reading: Reading, zone: str) -> list[Part]:
    """The figure of the period that is not over, beside that of the last whole one."""
    o = reading.running
    if o is None or reading.observation is None or o.id == reading.observation.id:
        return []
    kpi, until = reading.kpi, show_time(o.period.end, zone)
    told = _resting_on(o, figures_with_intervals(kpi, o).get(MAIN), kpi.unit)
    runs = f", which runs until {until}: not compared yet"
    return [text("So far ", bold(formats.value(o.value, kpi.unit)), f" for {label(o.period)}{told}{runs}.")]


def _waiting(kpi: Kpi, o: Observation) -> list[Part]:
    value = f"{formats.value(o.value, kpi.unit)} for {label(o.period)}"
    return [text(bold(value), ", by ", who(o), f", waits. {waits_for(kpi)}"), decision_buttons(o)]


def _facts(reading: Reading) -> list[tuple[str, str]]:
    kpi = reading.kpi
    rows = [("Target", kpi.target.words)] if kpi.target else []
    rows += [(f"Against {against(c)}", f"{formats.change(c, kpi.unit)}{_better(c.better)}") for c in reading.comparisons]
    for name, figure in reading.figures.items():
        if name != MAIN and figure.value is not None:
            unit = kpi.unit_of(name)
            spread = f" ({formats.interval(figure.interval, unit)})" if figure.interval else ""
            rows.append((kpi.title_of(name), formats.value(figure.value, unit) + spread))
    if reading.breach:
        periods = f", {reading.breach.periods} periods running" if reading.breach.periods > 1 else ""
        rows.append((reading.breach.level.capitalize(), reading.breach.words + periods))
        rows += [("What to do", kpi.runbook)] if kpi.runbook else []
    return [*rows, ("Owner", role(kpi.owner))]


def _better(better: bool | None) -> str:
    return "" if better is None else ", better" if better else ", worse"


def _marks(reading: Reading, zone: str) -> list[str]:
    marks = []
    if reading.provisional:
        undecided = reading.observation is not None and reading.observation.state == "provisional"
        marks.append(f"Provisional. {waits_for(reading.kpi)}" if undecided else "Provisional: it may still change.")
    if reading.stale:
        due = f"; the next was due {show_time(reading.due, zone)}" if reading.due else ""
        marks.append(f"Stale: nothing newer has come{due}.")
    if reading.too_few and reading.observation:
        marks.append(f"Few: n {reading.observation.n} is under the least {reading.kpi.min_n}, so it never alerts.")
    main = reading.figures.get(MAIN)
    if reading.observation and is_of_wave(reading.observation) and main and main.interval:
        marks.append(OF_THE_LIKE)
    if reading.observation and not reading.observation.inputs:
        marks.append("Given as a bare value, without its inputs: no interval can be had.")
    if reading.unusual and reading.unusual.state == "unusual":
        marks.append(f"Unusual: beyond what {reading.unusual.points} earlier values lead to expect.")
    return marks


def _next_steps(reading: Reading, made: Observation | None = None) -> Buttons:
    name, o = reading.kpi.name, made or reading.observation
    record, past = Button("Record", "kpi.record", name), Button("History", "kpi.history", name)
    if o is None:
        return Buttons((record, past))
    return Buttons((Button("Why this number", "kpi.why", about(o)), record, Button("Correct", "kpi.correct", about(o)), past))
