"""Figures that were published earlier and have been corrected since: what it is, what it was, and why."""

from bot.domain import formats
from bot.domain.kpis import Kpi
from bot.domain.material import Correction, Material, Section
from bot.domain.parts import Heading, Message, Text, bold, text
from bot.domain.periods import label
from bot.domain.times import show_time

NAME = "corrections"
SHOWN = 5


def build(material: Material) -> Section:
    """The latest in the message, the others in its thread."""
    kpis = {r.kpi.name: r.kpi for r in material.readings}
    lines = [_line(c, kpis[c.now.kpi], material.zone) for c in material.corrections if c.now.kpi in kpis]
    if not lines:
        return Section()
    more = (text(f"{len(lines) - SHOWN} more corrections: see the thread."),) if len(lines) > SHOWN else ()
    rest = tuple(Message("More corrections", tuple(lines[start : start + 40])) for start in range(SHOWN, len(lines), 40))
    return Section("", (Heading("Corrected since it was published"), *lines[:SHOWN], *more), rest)


def _line(correction: Correction, kpi: Kpi, zone: str) -> Text:
    was, now = (formats.value(o.value, kpi.unit) for o in (correction.was, correction.now))
    reason = f": {correction.reason}" if correction.reason else ""
    published = f" (published {show_time(correction.published_at, zone)})"
    return text(bold(kpi.title), f" {label(correction.now.period)}: {now}, was {was}{published}{reason}")
