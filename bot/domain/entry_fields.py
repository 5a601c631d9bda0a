"""The fields that come with a value: which of them are inputs, which pick a segment, and which period is meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.entries import did_you_mean
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Kpi
from bot.domain.observations import Dimensions
from bot.domain.periods import Period, containing, quoted, read_period
from bot.domain.times import read_time

WORDS = ("at", "period", "note", "evidence", "reason")
"""What may be said of a value, whatever the KPI."""

ABOUT = ("n", "state", "source", "actor", "recorded_at", "definition_version", "zone", "period_start", "period_end", "id")
"""Columns of an export that say where a figure came from; an import leaves them aside."""

ASKED = ("kpi", "since")
"""What may be said when somebody asks for a figure, and what a file may say beside the figures."""

LONGEST_TEXT = 2000
LONGEST_DIMENSION = 100


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields sorted by what they are."""

    inputs: Mapping[str, str]
    dimensions: Dimensions
    words: Mapping[str, str]

    def word(self, name: str) -> str:
        return self.words.get(name, "")


def read_fields(kpi: Kpi, given: Mapping[str, str]) -> Fields:
    """The fields that somebody gave, sorted; empty ones are as if not given.

    :raises InvalidInput: the KPI knows no such field (the text names the nearest), or a text is too long.
    """
    inputs = {i.name for i in kpi.inputs}
    known = [*inputs, *kpi.dimensions, *WORDS]
    for name in given:
        if name not in known:
            raise InvalidInput(f"{kpi.name} has no “{name[:40]}”. {did_you_mean(name, known)}")
    filled = {name: text.strip() for name, text in given.items() if text.strip()}
    words = {name: text for name, text in filled.items() if name in WORDS and name not in inputs}
    for name, text in words.items():
        if len(text) > LONGEST_TEXT:
            raise InvalidInput(f"The {name} is {len(text):,} characters long; keep it under {LONGEST_TEXT:,}.")
    segment = {name: text for name, text in filled.items() if name in kpi.dimensions and name not in inputs}
    return Fields({n: t for n, t in filled.items() if n in inputs}, read_dimensions(kpi, segment), words)


def refuse_strays(fields: Mapping[str, str], strays: Sequence[tuple[str, str]], *, is_valued: bool) -> None:
    """Insist that words after a field, given with the field before them, are the value and no text that lacks its quotes.

    :raises InvalidInput: there is a value already (`is_valued`), they have no digit, or they stand after several fields.
    """
    places = list(dict.fromkeys(name for name, _ in strays))
    may_be_value = not is_valued and any(c.isdigit() for _, word in strays[:1] for c in word)
    for name in places[1:] if may_be_value else places:
        words = [word for place, word in strays if place == name]
        whole = quoted(" ".join([fields[name], *words])).strip("“”")
        told = f"{quoted(' '.join(words))} after {name[:40]}= belongs to nothing"
        raise InvalidInput(f'{told}; put text of several words in quotes, as in {name[:40]}="{whole}".')


def read_dimensions(kpi: Kpi, given: Mapping[str, str]) -> Dimensions:
    """The segment that dimensions by name pick.

    :raises InvalidInput: the KPI has no such dimension (the text names the nearest), or a value is empty or too long.
    """
    for name, value in given.items():
        if name not in kpi.dimensions:
            raise InvalidInput(f"{kpi.name} has no dimension “{name[:40]}”. {did_you_mean(name, kpi.dimensions)}")
        if not value.strip() or len(value) > LONGEST_DIMENSION or not value.isprintable():
            raise InvalidInput(f"{name} must be a name of one line, up to {LONGEST_DIMENSION} characters.")
    return {name: given[name].strip() for name in sorted(given)}


def period_of(kpi: Kpi, fields: Fields, now: datetime, zone: str) -> Period:
    """The period that `period`, or the moment `at` in the person's `zone`, names; without either, the one that is running.

    :raises InvalidInput: both are given, or it cannot be read or has not begun.
    """
    if fields.word("at") and fields.word("period"):
        raise InvalidInput("Give either at= or period=, not both.")
    if fields.word("period"):
        return named_period(kpi, fields.word("period"), now)
    moment = read_time(fields.word("at"), now, zone) if fields.word("at") else now
    return containing(moment, kpi.grain, kpi.timezone, kpi.week_starts)


def named_period(kpi: Kpi, words: str, now: datetime) -> Period:
    """The period that a person names, of one of the KPI's own grains.

    :raises InvalidInput: it cannot be read, is of another grain, or has not begun.
    """
    named = read_period(words, None, kpi.timezone, now, kpi.week_starts)
    grain = named.grain if named.grain in kpi.frequency else kpi.grain
    return read_period(words, grain, kpi.timezone, now, kpi.week_starts)
