"""A file of a benchmark: what is read, and what is refused with one sentence each."""

import json

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.survey_benchmarks import FIELDS, LARGEST, Source, read_benchmark

GOOD = {
    "title": "Engineers' survey",
    "year": 2025,
    "lower_quartile": 58,
    "median": 63.5,
    "top_quartile": 70,
    "source": "A consortium",
    "licence": "CC BY 4.0",
}


def read(**changed) -> Source:
    content = {key: value for key, value in {**GOOD, **changed}.items() if value is not ...}
    return read_benchmark("engineers", json.dumps(content).encode(), 2026)


def test_what_is_read():
    found = read(organisations=40, caveat="  Large  companies.")
    assert (found.name, found.year, found.top_quartile, found.organisations) == ("engineers", 2025, 70.0, 40)
    assert (found.score, found.caveat, found.top_decile) == ("engagement", "Large companies.", None)
    assert set(FIELDS) == set(Source.__dataclass_fields__) - {"name"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"title": ...}, "title is missing"),
        ({"licence": "  "}, "licence is missing"),
        ({"source": 7}, "source must be words"),
        ({"caveat": "x" * 301}, "caveat has 301 characters"),
        ({"top_quartile": ...}, "top_quartile is missing"),
        ({"top_quartile": "70"}, "top_quartile must be a score"),
        ({"top_quartile": True}, "top_quartile must be a score"),
        ({"top_quartile": 101}, "top_quartile must be a score from 0 to 100"),
        ({"median": float("nan")}, "median must be a score"),
        ({"median": 71}, "median is 71, above top_quartile with 70"),
        ({"top_decile": 60}, "top_quartile is 70, above top_decile with 60"),
        ({"year": ...}, "year must be a whole number"),
        ({"year": 2027}, "from 1900 to 2026"),
        ({"year": 2025.5}, "year must be a whole number"),
        ({"organisations": 0}, "organisations must be a whole number"),
        ({"top_quartil": 70}, "no field “top_quartil”: write top_quartile"),
    ],
)
def test_what_is_wrong_is_said(changed, says: str):
    with pytest.raises(InvalidInput) as told:
        read(**changed)
    assert says in told.value.text
    assert told.value.text.endswith(".")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "Line 1 is no JSON"),
        (b'{\n"title": "a",\n}', "Line 3 is no JSON"),
        (b"[1]", "one object"),
        (b"\xff\xfe\x00", "no JSON in UTF-8"),
        (b"[" * 19_000, "no JSON in UTF-8"),
        (b" " * (LARGEST + 1), "at most 20,000"),
    ],
)
def test_what_is_no_file_of_one_is_said(content: bytes, says: str):
    with pytest.raises(InvalidInput) as told:
        read_benchmark("engineers", content, 2026)
    assert says in told.value.text
