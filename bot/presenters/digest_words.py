"""How a digest speaks of one KPI: in a clause, in a paragraph, in a row of a table."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.domain import formats
from bot.domain.digests import Compare
from bot.domain.figures import Comparison
from bot.domain.kpis import MAIN, Grain, Kpi
from bot.domain.material import Correction
from bot.domain.observations import Observation
from bot.domain.parts import Inline, Message, Span, Text, bold, text
from bot.domain.periods import before, label, short
from bot.domain.ranking import Item, Reason
from bot.domain.readings import Reading
from bot.domain.times import show_time
from bot.domain.verdicts import within
from bot.presenters.kpi_words import against, role
from bot.presenters.rows import short_change, short_period, short_target, trend, value, verdict

COLUMNS = ("KPI", "Trend", "Value", "Period", "Change", "Target", "Verdict")
FULL_COLUMNS = ("KPI", "Trend", "Value", "Interval", "n", "Period", "Against previous", "Against baseline", "Target", "Verdict")


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 KPI", "2 KPIs"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str], most: int = 0) -> str:
    """ "a, b and c"; with `most`, "a, b and 3 more"."""
    shown = list(words)
    if most and len(shown) > most:
        shown = [*shown[:most], f"{len(words) - most} more"]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1] if shown else ""


def with_running(reading: Reading) -> str:
    """The figure, and that of the period that still runs, which is compared with nothing."""
    running = reading.running
    if running is None or running is reading.observation:
        return value(reading)
    return f"{value(reading)}; {formats.value(running.value, reading.kpi.unit)} so far in {label(running.period)}"


def period(reading: Reading) -> str:
    """The period that the figure stands for."""
    if reading.observation is None:
        return ""
    return label(reading.observation.period) + (" so far" if reading.observation is reading.running else "")


def interval(reading: Reading) -> str:
    """The interval of the figure, where it has one."""
    figure = reading.figures.get(MAIN)
    return formats.interval(figure.interval, reading.kpi.unit) if figure and figure.interval else ""


def n(reading: Reading) -> str:
    """How many units stand behind the figure."""
    return f"{reading.observation.n:,}" if reading.observation and reading.observation.n is not None else ""


def target(reading: Reading) -> str:
    """What it should be."""
    return reading.kpi.target.words if reading.kpi.target else ""


def comparison(reading: Reading, against: Compare) -> Comparison | None:
    """The comparison with the period before, or with the baseline."""
    return next((c for c in reading.comparisons if c.against == against), None)


def change(reading: Reading, against: Compare) -> str:
    """The change, with whether it is for the better."""
    found = comparison(reading, against)
    if found is None:
        return ""
    better = {True: " better", False: " worse", None: ""}[found.better]
    return formats.change(found, reading.kpi.unit) + (better if found.points else "")


def row(reading: Reading, compare: Sequence[Compare]) -> tuple[str, ...]:
    """A row under `COLUMNS`, short enough for a line: the change is against the first comparison that there is."""
    found = [c for against in compare if (c := comparison(reading, against))]
    return (
        reading.kpi.title,
        trend(reading),
        value(reading),
        short_period(reading),
        short_change(found, reading),
        short_target(reading.kpi) if "target" in compare else "",
        verdict(reading),
    )


def full_row(reading: Reading) -> tuple[str, ...]:
    """A row under `FULL_COLUMNS`: everything that makes the figure believable."""
    return (
        reading.kpi.title,
        trend(reading),
        with_running(reading),
        interval(reading),
        n(reading),
        period(reading),
        change(reading, "previous"),
        change(reading, "baseline"),
        target(reading),
        verdict(reading),
    )


def clause(item: Item) -> str:
    """What is the matter, as a part of a sentence: "MTTD (2.3 h, past its critical limit for the 2nd week)"."""
    reading = item.reading
    match item.reason:
        case Reason.NEW_CRITICAL | Reason.NEW_WARNING:
            why = f"crossed its {_level(reading)} limit"
        case Reason.CONTINUING_CRITICAL | Reason.CONTINUING_WARNING:
            why = f"past its {_level(reading)} limit for the {_streak(reading)}"
        case Reason.CORRECTED:
            why = "a published figure was corrected"
        case Reason.FAILED:
            why = "its source failed"
        case Reason.STALE:
            why = "stale"
        case Reason.UNUSUAL_ADVERSE:
            why = "unusual"
        case Reason.UNUSUAL_FAVOURABLE:
            why = "unusually good" if item.praised else "moved unusually"
    return f"{reading.kpi.title} ({value(reading)}, {why})"


def why_shown(item: Item, zone: str) -> str:
    """Why it is shown, by the published rule."""
    reading, limit = item.reading, item.reading.breach.words if item.reading.breach else ""
    match item.reason:
        case Reason.NEW_CRITICAL | Reason.NEW_WARNING:
            return f"crossed its {_level(reading)} limit ({limit})"
        case Reason.CONTINUING_CRITICAL | Reason.CONTINUING_WARNING:
            return f"past its {_level(reading)} limit ({limit}), {_streak(reading)} running, not acknowledged"
        case Reason.CORRECTED:
            return "a figure of it that was published has been corrected"
        case Reason.FAILED:
            return "its source could not be read"
        case Reason.STALE:
            return f"nothing new since {period(reading)}" + (
                f"; the next was due {show_time(reading.due, zone)}" if reading.due else ""
            )
        case Reason.UNUSUAL_ADVERSE | Reason.UNUSUAL_FAVOURABLE:
            return f"unusual: {_usual(item)}" + _guard(item)


def paragraph(item: Item, compare: Sequence[Compare], zone: str) -> tuple[Inline, ...]:
    """All that is known of a KPI that needs attention, and why it is shown."""
    reading = item.reading
    facts = [f" {_when(reading)}"]
    facts += [f" ({', '.join(known)})"] if (known := _known(reading)) else []
    facts += [f"; {said}" if (said := _against_target(reading)) else "", *_moves(reading, compare)]
    why = f"\nWhy shown: {why_shown(item, zone)}. Owner: {role(reading.kpi.owner)}."
    return (bold(f"{reading.kpi.title}: {value(reading)}"), Span("".join(facts) + "."), Span(why, "italic"))


def _moves(reading: Reading, compare: Sequence[Compare]) -> list[str]:
    """The changes in words: "; +1 h (+3.3%), worse than W46"."""
    found = [c for wanted in compare if (c := comparison(reading, wanted))]
    sides = {True: "better than", False: "worse than", None: "against"}
    told = [f"{formats.change(c, reading.kpi.unit)}, {sides[c.better]}" if c.points else "no change from" for c in found]
    return [f"; {words} {_reference(reading, c)}" for words, c in zip(told, found, strict=True)]


def _reference(reading: Reading, comparison: Comparison) -> str:
    """What a change is against, in a few letters where it is the period directly before: "W46"."""
    if comparison.against == "previous" and reading.observation:
        last = before(reading.observation.period)
        if label(last) == comparison.label:
            return short(last, reading.observation.period)
    return against(comparison)


def correction_line(correction: Correction, kpi: Kpi, zone: str = "") -> Text:
    """ "MTTR week 47, 2026: 26 h, was 20 h: two incidents reopened". With `zone`, when it was published as well."""
    was, now = (formats.value(o.value, kpi.unit) for o in (correction.was, correction.now))
    if was == now:
        was, now = (_others(o, kpi) for o in (correction.was, correction.now))
    published = f" (published {show_time(correction.published_at, zone)})" if zone else ""
    reason = f": {correction.reason}" if correction.reason else ""
    return text(bold(kpi.title), f" {label(correction.now.period)}: {now}, was {was}{published}{reason}")


def correction_notice(corrections: Sequence[Correction], kpis: Mapping[str, Kpi]) -> Message:
    """What is said in the thread of a message whose figures have been corrected."""
    lines = tuple(correction_line(c, kpis[c.now.kpi]) for c in corrections)
    title = "Corrected since this was posted"
    words = "; ".join("".join(s.text for s in line.spans if isinstance(s, Span)) for line in lines)
    return Message(f"{title}: {words}", (text(bold(title)), *lines))


def _others(observed: Observation, kpi: Kpi) -> str:
    """The other figures, where the KPI's own did not change."""
    return ", ".join(
        f"{within(kpi.title_of(name))} {formats.value(figure, kpi.unit_of(name))}"
        for name, figure in observed.figures.items()
        if name != MAIN
    ) or formats.value(observed.value, kpi.unit)


def _when(reading: Reading) -> str:
    """ "in week 47, 2026", "on 23 Nov 2026"."""
    is_day = reading.observation is not None and reading.observation.period.grain is Grain.DAY
    return f"{'on' if is_day else 'in'} {period(reading)}"


def _known(reading: Reading) -> list[str]:
    size = n(reading)
    marks = [m for m, holds in (("stale", reading.stale), ("provisional", reading.provisional)) if holds]
    return [*filter(None, (interval(reading), f"n {size}" if size else "")), *marks]


def _against_target(reading: Reading) -> str:
    words = target(reading)
    return f"target {words}: {reading.verdict}" if words else "no target"


def _level(reading: Reading) -> str:
    return reading.breach.level if reading.breach else ""


def _streak(reading: Reading) -> str:
    grain = reading.observation.period.grain.value.replace("_", " ") if reading.observation else "period"
    return f"{ordinal(reading.breach.periods if reading.breach else 1)} {grain}"


def _usual(item: Item) -> str:
    found, unit = item.reading.unusual, item.reading.kpi.unit
    if found is None or found.low is None or found.high is None:
        return "outside its usual range"
    usual = formats.span(Decimal(repr(found.low)), Decimal(repr(found.high)), unit)
    z = f", robust z {found.z:.1f} against {found.limit:.1f}" if found.z is not None and found.limit is not None else ""
    p = f", adjusted p {item.adjusted:.2g}" if item.adjusted is not None else ""
    return f"usually {usual} ({found.points} periods{z}{p})"


def _guard(item: Item) -> str:
    if item.held_back:
        return f"; no good news yet, because {listed(item.held_back)} {'does' if len(item.held_back) == 1 else 'do'} not hold"
    return "; good news, and its guardrails hold" if item.reading.kpi.guardrail and item.praised else ""
