"""One sentence, as a colleague would say it."""

from bot.domain.material import Material, Section
from bot.domain.parts import text
from bot.presenters.digest_words import clause, counted, listed

NAMED = 2
"""How many of the KPIs that need attention the sentence names."""


def build(material: Material) -> Section:
    """What matters most, and how the rest stands."""
    words = sentence(material)
    return Section(words, (text(words),))


def sentence(material: Material) -> str:
    """The summary in one sentence."""
    if not material.readings:
        return "No KPI falls under this digest, so there is nothing to report."
    if not material.with_data:
        return f"No data yet for any of the {counted(len(material.readings), 'KPI')} of this digest."
    return f"{_attention(material)}; {_standing(material)}."


def _attention(material: Material) -> str:
    items, count = material.ranked.items, len(material.readings)
    if not items:
        return f"Nothing needs attention among {counted(count, 'KPI')}"
    needs = "needs" if len(items) == 1 else "need"
    first = ", first" if len(items) > NAMED else ":"
    return f"{len(items)} of {counted(count, 'KPI')} {needs} attention{first} {listed([clause(i) for i in items[:NAMED]])}"


def _standing(material: Material) -> str:
    verdicts = [r.verdict for r in material.with_data]
    met, missed, unclear = (verdicts.count(v) for v in ("met", "missed", "cannot tell"))
    said = [f"{counted(met, 'target')} met"]
    said += [f"{missed} missed"] if missed else []
    said += [f"{unclear} cannot tell"] if unclear else []
    gaps = len(material.stale) + len(material.missing)
    said += [f"{counted(gaps, 'KPI')} without fresh data"] if gaps else []
    return listed(said)
