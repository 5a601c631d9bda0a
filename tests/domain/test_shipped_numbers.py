"""Every shipped definition is read with units, methods, windows and limits that the numbers know."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import formats, intervals
from bot.domain.baselines import needs_start, window_length
from bot.domain.definitions import parse_kpis
from bot.domain.formulas import figures
from bot.domain.kpis import MAIN
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import before, containing
from bot.domain.readings import read
from tests.domain.build import NOW

FOLDER = Path(intervals.__file__).parent.parent / "catalogue" / "kpis"
SHIPPED = [kpi for file in sorted(FOLDER.glob("*.yaml")) for kpi in parse_kpis(file.read_text(encoding="utf-8"), file.name)]
shipped = pytest.mark.parametrize("kpi", SHIPPED, ids=lambda k: k.name)


def history(kpi, count):
    """The definition's own first case, period after period, the last that is over and mature at the end."""
    period, periods = containing(NOW - kpi.label_delay, kpi.grain, kpi.timezone, kpi.week_starts), []
    for _ in range(count):
        period = before(period)
        periods.append(period)
    inputs = kpi.tests[0].inputs
    known = figures(kpi, inputs)
    made_by = Provenance("manual", "U1")
    return [
        Observation(i, kpi.name, p, inputs, known, None, None, 10**6, made_by, kpi.version, p.end)
        for i, p in enumerate(reversed(periods))
    ]


@shipped
def test_its_words_are_known(kpi):
    assert {kpi.unit_of(name).code for name in (MAIN, *kpi.also)} <= set(formats.unit_codes())
    assert set(kpi.estimator.methods.values()) <= set(intervals.METHODS)
    if kpi.baseline.window:
        assert window_length(kpi.baseline.window)


@shipped
def test_it_reads_as_one_steady_figure(kpi):
    reading = read(kpi, history(kpi, 30), NOW)
    assert reading.value is not None
    assert reading.verdict in ("met", "missed", "cannot tell", "no target")
    assert reading.why_verdict.endswith(".")
    assert (reading.stale, reading.provisional, reading.too_few) == (False, False, False)
    assert reading.unusual.state == "usual"
    assert [c.points for c in reading.comparisons if c.against == "previous"] == [0]
    assert bool(reading.no_baseline) == ("baseline" not in {c.against for c in reading.comparisons})
    for name, figure in reading.figures.items():
        assert formats.value(figure.value, kpi.unit_of(name))
        ends = figure.interval
        assert ends is None or ends.low <= figure.value <= ends.high, name


@shipped
def test_a_drawn_window_gives_a_baseline(kpi):
    reading = read(kpi, history(kpi, 30), NOW)
    if needs_start(kpi):
        assert reading.no_baseline == ""
        assert read(kpi, history(kpi, 1), NOW).no_baseline.startswith("no baseline: its window has 0 of ")


@shipped
def test_missing_inputs_give_no_value_and_no_alarm(kpi):
    bare = [replace(o, inputs={}, figures=figures(kpi, {})) for o in history(kpi, 12)]
    reading = read(kpi, bare, NOW)
    assert (reading.value, reading.breach, reading.comparisons) == (None, None, ())
