"""How the measures of incidents are told: the number first, its interval and n, then what was left out."""

from typing import Any

from bot.domain.incident_answers import MEASURES, Stats
from bot.domain.incident_stats import FEWEST, Attainment, Durations
from bot.domain.intervals import Ends
from bot.domain.parts import Heading, Message, Note, Part, Table, text
from bot.domain.times import show_time
from bot.presenters.incident_words import elapsed

TITLES = {"mttd": "Time to detect", "mtta": "Time to acknowledge", "mttr": "Time to resolve"}
COLUMNS = ("Measure", "Mean (95% CI)", "Median (95% CI)", "90% within", "n", "Open", "Target kept", "Geometric mean")


def stats(found: Stats, zone: str) -> Message:
    """The measures in a table."""
    title = "Incidents" + (f" since {show_time(found.since, zone)}" if found.since else "")
    if not found.counted:
        return Message(
            f"{title}: no data.", (Heading(title), text("No data: no incident was detected then."), *_notes(found, zone))
        )
    rows = tuple(_row(name, found.measures[name]) for name in MEASURES)
    line = f"{title}: {', '.join(_short(name, found.measures[name]) for name in MEASURES)}."
    return Message(line, (Heading(title), text(line), Table("Measures", COLUMNS, rows), *_split(found), *_notes(found, zone)))


def as_json(found: Stats) -> dict[str, Any]:
    """The measures for programs; hours, and null where there is no data."""
    onsets = {"measured": found.onsets.measured, "estimated": found.onsets.estimated, "unknown": found.onsets.unknown}
    return {name: _measure(found.measures[name]) for name in MEASURES} | {
        "incidents": found.counted,
        "since": found.since.isoformat() if found.since else None,
        "as_of": found.as_of.isoformat(),
        "onsets": onsets,
        "left_out": dict(found.left_out),
        "mttd_split": {p.name: {"mean": p.mean, "median": p.median, "n": p.n, "unit": "h"} for p in found.phases},
    }


def _split(found: Stats) -> list[Part]:
    """Where the time goes until somebody is on it, for incidents that an alert detected."""
    rows = tuple((f"to {p.name}", _length(p.mean), _length(p.median), str(p.n)) for p in found.phases if p.n)
    return [Table("Where the time goes, of what alerts detected", ("Phase", "Mean", "Median", "n"), rows)] if rows else []


def _measure(d: Durations) -> dict[str, Any]:
    aim = d.attainment
    return {
        "mean": d.mean,
        "ci": list(d.mean_interval) if d.mean_interval else None,
        "median": d.median,
        "median_ci": list(d.median_interval) if d.median_interval else None,
        "geometric_mean": d.geometric_mean,
        "p90": d.p90,
        "median_with_open": d.survival_median,
        "median_with_open_ci": list(d.survival_interval) if d.survival_interval else None,
        "n": d.n,
        "open": d.open,
        "too_few": d.too_few,
        "attainment": {"met": aim.met, "n": aim.n, "ci": list(aim.interval) if aim.interval else None} if aim else None,
        "unit": "h",
    }


def _short(name: str, d: Durations) -> str:
    if d.mean is None:
        return f"{name.upper()} no data"
    few = f", n too small ({d.n})" if d.too_few else f" (n {d.n})"
    return f"{name.upper()} {elapsed(d.mean)}{few}"


def _row(name: str, d: Durations) -> tuple[str, ...]:
    n = f"{d.n}, too small" if d.too_few and d.n else str(d.n)
    middle = (_ranged(d.mean, d.mean_interval), _ranged(d.median, d.median_interval), _length(d.p90))
    return TITLES[name], *middle, n, str(d.open), _attained(d.attainment), _length(d.geometric_mean)


def _ranged(hours: float | None, ends: Ends | None) -> str:
    return _length(hours) if ends is None else f"{_length(hours)} ({elapsed(ends[0])} to {elapsed(ends[1])})"


def _length(hours: float | None) -> str:
    return "no data" if hours is None else elapsed(hours)


def _attained(aim: Attainment | None) -> str:
    if aim is None or not aim.n:
        return ""
    ends = f" ({aim.interval[0]:.0%} to {aim.interval[1]:.0%})" if aim.interval else ""
    return f"{aim.met} of {aim.n}{ends}"


def _notes(found: Stats, zone: str) -> list[Part]:
    onsets = found.onsets
    notes = [f"Known to {show_time(found.as_of, zone)}. A mean of fewer than {FEWEST} says nothing of the next one."]
    if found.counted:
        notes.append(
            f"Of {found.counted} beginnings {onsets.measured} are measured, {onsets.estimated} estimated and {onsets.unknown} "
            "unknown; those unknown are not in the time to detect."
        )
    running = {name: d for name, d in found.measures.items() if d.open and d.survival_median is not None}
    if running:
        said = ", ".join(f"{name.upper()} {elapsed(d.survival_median or 0)}" for name, d in running.items())
        notes.append(f"Medians with the open ones counted (Kaplan–Meier): {said}.")
    if found.left_out:
        said = ", ".join(f"{n} {why}" for why, n in sorted(found.left_out.items()))
        notes.append(f"Left out: {said}.")
    if not found.whole:
        notes.append("Private incidents are counted here for their own people and for admins only; the KPIs count all of them.")
    return [Note(each) for each in notes]
