"""What is stale and what is missing: said, never passed over."""

from collections.abc import Sequence

from bot.domain.material import Material, Section
from bot.domain.parts import Message, Table, text
from bot.domain.readings import Reading
from bot.domain.times import show_time
from bot.presenters.digest_words import listed, period

NAMED = 6


def build(material: Material) -> Section:
    """Names in the message; if they are many, the whole list in the thread."""
    said = []
    if material.stale:
        said.append(f"Stale ({len(material.stale)}): {listed([_stale(r) for r in material.stale], NAMED)}.")
    if material.missing:
        said.append(f"No data ({len(material.missing)}): {listed([r.kpi.title for r in material.missing], NAMED)}.")
    if not said:
        return Section()
    return Section("", (text(" ".join(said)),), _whole(material))


def _stale(reading: Reading) -> str:
    return f"{reading.kpi.title} (latest {period(reading)})"


def _whole(material: Material) -> tuple[Message, ...]:
    gaps = [*material.stale, *material.missing]
    if max(len(material.stale), len(material.missing)) <= NAMED:
        return ()
    return tuple(_table(gaps[start : start + 50], material.zone) for start in range(0, len(gaps), 50))


def _table(readings: Sequence[Reading], zone: str) -> Message:
    rows = tuple((r.kpi.title, r.kpi.owner, period(r) or "none", show_time(r.due, zone) if r.due else "") for r in readings)
    return Message("Stale and missing figures", (Table("Stale and missing", ("KPI", "Owner", "Latest", "Was due"), rows),))
