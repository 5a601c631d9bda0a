"""Every KPI by category: course, value, change, target and verdict; in the message if they are few, else in the thread."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.domain.kpis import Category
from bot.domain.material import Material, Section
from bot.domain.parts import Message, Table
from bot.domain.readings import Reading
from bot.presenters.digest_words import COLUMNS, FULL_COLUMNS, full_row, row

FEW = 15
"""So many KPIs still fit on one screen."""
ROWS, MANY, ROWS_OF_MANY = 25, 300, 100
"""Rows of one table in the thread: so that its fallback text is whole, or for very many, so that the thread stays short."""


def build(material: Material) -> Section:
    """The compact card, and the whole one in the thread."""
    readings = [r for r in material.readings if r.observation]
    if not readings:
        return Section()
    compact = _rows(readings, material) if len(readings) <= FEW else (_categories(material.readings),)
    return Section("", compact, tuple(_whole(readings)))


def _rows(readings: Sequence[Reading], material: Material) -> tuple[Table, ...]:
    compare = material.definition.compare
    return tuple(
        Table(f"Scorecard: {category_words(category).lower()}", COLUMNS, tuple(row(r, compare) for r in group), frozenset({2}))
        for category, group in _by_category(readings)
    )


def _categories(readings: Sequence[Reading]) -> Table:
    columns = ("Category", "KPIs", "Met", "Missed", "Cannot tell", "No target", "Stale or no data")
    rows = tuple(_counts(category, list(group)) for category, group in _by_category(readings))
    return Table("Scorecard; every figure is in the thread", columns, rows, frozenset(range(1, len(columns))))


def _counts(category: Category, readings: Sequence[Reading]) -> tuple[str, ...]:
    verdicts = [r.verdict for r in readings]
    told = [verdicts.count(v) for v in ("met", "missed", "cannot tell", "no target")]
    gaps = sum(r.stale or r.observation is None for r in readings)
    return (category_words(category), *(str(count) for count in (len(readings), *told, gaps)))


def category_words(category: Category) -> str:
    """ "Business impact"."""
    return category.value.replace("_", " ").capitalize()


def _whole(readings: Sequence[Reading]) -> Iterator[Message]:
    size = ROWS if len(readings) <= MANY else ROWS_OF_MANY
    for category, group in _by_category(readings):
        of_category = list(group)
        for start in range(0, len(of_category), size):
            some = of_category[start : start + size]
            name, count = category_words(category), len(of_category)
            caption = name if len(some) == count else f"{name}, {start + 1} to {start + len(some)} of {count}"
            yield _table(caption, some)


def _table(caption: str, readings: Sequence[Reading]) -> Message:
    rows = tuple(full_row(r) for r in readings)
    return Message(f"{caption}: every figure", (Table(caption, FULL_COLUMNS, rows, frozenset({2, 4})),))


def _by_category(readings: Sequence[Reading]) -> Iterator[tuple[Category, Iterator[Reading]]]:
    return groupby(readings, key=lambda r: r.kpi.category)
