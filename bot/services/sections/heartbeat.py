"""The heartbeat: that everything was looked at, what was delivered, and when the next one comes."""

from bot.domain.material import Material, Section
from bot.domain.parts import Note
from bot.domain.times import show_time
from bot.presenters.digest_words import counted


def build(material: Material) -> Section:
    """One line at the end."""
    words = f"{_evaluated(material)}, {_delivered(material)}, {_next(material)}."
    return Section("", (Note(words),))


def _evaluated(material: Material) -> str:
    evaluated = f"{counted(len(material.readings), 'KPI')} evaluated, {len(material.stale)} stale"
    return f"{evaluated}, {len(material.missing)} without data" if material.missing else evaluated


def _delivered(material: Material) -> str:
    traffic = material.traffic
    sent = f"{counted(traffic.sent, 'delivery', 'deliveries')}, {traffic.failed} failed"
    waiting = f", {traffic.waiting} on the way" if traffic.waiting else ""
    return f"{sent}{waiting} since {show_time(traffic.since, material.zone)}"


def _next(material: Material) -> str:
    return f"next {show_time(material.next_due, material.zone)}" if material.next_due else "not scheduled"
