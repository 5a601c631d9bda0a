"""Benchmarks for scores: what a file of one must say, so that whoever reads the comparison knows what it is worth."""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import InvalidInput
from bot.domain.specs import nearest

WORDS = ("title", "source", "licence")
"""The fields that are words and must be there."""
OPTIONAL = ("caveat", "score")
LINES = ("lower_quartile", "median", "top_quartile", "top_decile")
"""Scores from 0 to 100, each at least as high as the one before; only the top quartile must be there."""
FIELDS = (*WORDS, "year", *LINES, *OPTIONAL, "organisations")
LONGEST = 300
LARGEST = 20_000
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A benchmark: scores of many organisations in a year, from 0 to 100, and what is to be known of them.

    `score` is the KPI whose surveys it may be held against. `organisations` is how many they are, 0 where nobody says.
    """

    name: str
    title: str
    year: int
    top_quartile: float
    source: str
    licence: str
    caveat: str = ""
    score: str = "engagement"
    organisations: int = 0
    lower_quartile: float | None = None
    median: float | None = None
    top_decile: float | None = None


def read_benchmark(name: str, content: bytes, latest: int) -> Source:
    """The benchmark in a JSON file; `latest` is the last year that it can be of.

    :raises InvalidInput: a field is missing, unknown, or not what it should be.
    """
    found = _object(content)
    if unknown := next((field for field in found if field not in FIELDS), ""):
        raise InvalidInput(f"A benchmark has no field “{unknown[:40]}”: {nearest(unknown[:40], FIELDS)}.")
    lines = {field: _score(found, field) for field in LINES}
    top = lines["top_quartile"]
    if top is None:
        raise InvalidInput("top_quartile is missing; give the score that a quarter of the organisations reach, from 0 to 100.")
    _insist_in_order(lines)
    return Source(
        name=name,
        title=_words(found, "title"),
        year=_whole(found, "year", 1900, latest),
        top_quartile=top,
        source=_words(found, "source"),
        licence=_words(found, "licence"),
        caveat=_words(found, "caveat"),
        score=_words(found, "score") or "engagement",
        organisations=_whole(found, "organisations", 1, 10_000_000) if "organisations" in found else 0,
        lower_quartile=lines["lower_quartile"],
        median=lines["median"],
        top_decile=lines["top_decile"],
    )


def _object(content: bytes) -> Mapping[str, Any]:
    if len(content) > LARGEST:
        raise InvalidInput(f"The file has {len(content):,} bytes; a benchmark has at most {LARGEST:,}.")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("The file is no JSON in UTF-8; save it as such.") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is no JSON ({error.msg.lower()}); mend it there.") from error
    if not isinstance(found, dict):
        raise InvalidInput('A benchmark is one object, as in {"title": …, "year": 2024, "top_quartile": 67.4, …}.')
    return found


def _words(found: Mapping[str, Any], field: str) -> str:
    given = found.get(field, "")
    if not isinstance(given, str):
        raise InvalidInput(f"{field} must be words; put them in quotes.")
    if field in WORDS and not given.strip():
        raise InvalidInput(f"{field} is missing; say it, so that readers know what they are compared with.")
    if len(given) > LONGEST:
        raise InvalidInput(f"{field} has {len(given):,} characters; shorten it to {LONGEST}.")
    return " ".join(given.split())


def _score(found: Mapping[str, Any], field: str) -> float | None:
    given = found.get(field)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or not 0 <= given <= 100:
        raise InvalidInput(f"{field} must be a score from 0 to 100; write a number such as 67.4, without quotes.")
    return float(given)


def _whole(found: Mapping[str, Any], field: str, least: int, most: int) -> int:
    given = found.get(field)
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise InvalidInput(f"{field} must be a whole number from {least} to {most}, without quotes.")
    return given


def _insist_in_order(lines: Mapping[str, float | None]) -> None:
    known = [(field, line) for field in LINES if (line := lines[field]) is not None]
    for (lower, low), (higher, high) in itertools.pairwise(known):
        if low > high:
            raise InvalidInput(f"{lower} is {low:g}, above {higher} with {high:g}; exchange them, or mend one.")
