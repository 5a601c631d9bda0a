"""Where the time to detect goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.detection import STEPS, Detection, split

START = datetime(2026, 11, 24, tzinfo=UTC)


def detection(*minutes: float | None) -> Detection:
    return Detection(*(None if m is None else START + timedelta(minutes=m) for m in minutes))


def test_a_detection_worked_by_hand() -> None:
    phases = split([detection(0, 60, 60, 90, 91, 105), detection(0, 30, 40, 40, 40.5, 50)])
    assert [(p.name, p.n) for p in phases] == [(name, 2) for name in STEPS]
    assert [p.mean and p.mean * 60 for p in phases] == pytest.approx([45, 5, 15, 0.75, 11.75])
    assert [p.median and p.median * 60 for p in phases] == pytest.approx([45, 5, 15, 0.75, 11.75])


def test_what_is_not_known_is_in_no_phase_and_nothing_is_negative() -> None:
    phases = split([detection(None, 60, 60, 60, None, 65), detection(70, 60, 60, 60, 61, None)])
    assert [(p.mean, p.n) for p in phases] == [(0.0, 1), (0.0, 2), (0.0, 2), (pytest.approx(1 / 60), 1), (None, 0)]


def test_without_detections_there_is_no_data() -> None:
    assert [(p.mean, p.median, p.n) for p in split([])] == [(None, None, 0)] * 5


@given(st.lists(st.lists(st.floats(0, 1e5), min_size=6, max_size=6).map(sorted), min_size=1, max_size=8))
def test_the_means_add_up_to_the_mean_of_the_whole(rows: list[list[float]]) -> None:
    phases = split([detection(*row) for row in rows])
    whole = sum(row[-1] - row[0] for row in rows) / len(rows) / 60
    assert sum(p.mean or 0 for p in phases) == pytest.approx(whole, abs=1e-6)
