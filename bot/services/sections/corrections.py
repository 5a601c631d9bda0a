"""Figures that were published earlier and have been corrected since: what it is, what it was, and why."""

from bot.domain.material import Material, Section
from bot.domain.parts import Heading, Message, text
from bot.presenters.digest_words import correction_line

SHOWN = 5


def build(material: Material) -> Section:
    """The latest in the message, the others in its thread."""
    kpis = {r.kpi.name: r.kpi for r in material.readings}
    lines = [correction_line(c, kpis[c.now.kpi], material.zone) for c in material.corrections if c.now.kpi in kpis]
    if not lines:
        return Section()
    more = (text(f"{len(lines) - SHOWN} more corrections: see the thread."),) if len(lines) > SHOWN else ()
    rest = tuple(Message("More corrections", tuple(lines[start : start + 40])) for start in range(SHOWN, len(lines), 40))
    return Section("", (Heading("Corrected since it was published"), *lines[:SHOWN], *more), rest)
