"""Up to two charts: the KPIs that the definition names, or those that matter most."""

from bot.domain.digests import MAX_CHARTS
from bot.domain.material import Material, Section
from bot.domain.readings import Reading
from bot.presenters.kpi_chart import line

ENOUGH = 3
"""Fewer points than this are no course."""


def build(material: Material) -> Section:
    """The charts, each with its target."""
    drawn = [r for r in chosen(material) if sum(o.value is not None for o in r.history) >= ENOUGH]
    return Section("", tuple(chart for reading in drawn[:MAX_CHARTS] if (chart := line(reading))))


def chosen(material: Material) -> list[Reading]:
    """The KPIs to draw, the most important first: named ones, or what needs attention, then missed targets."""
    wanted = material.definition.charts
    if wanted != "auto":
        by_name = {r.kpi.name: r for r in material.with_data}
        return [by_name[name] for name in wanted if name in by_name]
    ranked = [i.reading for i in material.ranked.items]
    seen = {r.kpi.name for r in ranked}
    missed = [r for r in material.with_data if r.verdict == "missed" and r.kpi.name not in seen]
    return [r for r in (*ranked, *missed) if not r.stale]
