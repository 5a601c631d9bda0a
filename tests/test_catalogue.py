"""The shipped KPIs: all there, each complete, and each giving the numbers that were worked out by hand."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot.domain.definition_checks import agree
from bot.domain.definition_writing import to_json, to_yaml
from bot.domain.definitions import parse_kpis, schema
from bot.domain.file_schemas import file_schema
from bot.domain.formulas import compiled, figures, kinds_of
from bot.domain.intervals import interval_of
from bot.domain.kpis import Category, Kpi
from bot.services.definition_files import CATALOGUE, read_files
from bot.settings import Settings

NAMED = """
    revenue-lift cost-savings automation-rate conversion-lift model-accuracy model-auc model-f1
    prediction-drift-psi prediction-drift-kl feature-drift mttd mttr uptime latency-p95 time-to-production
    reproducibility-rate compliance-issues engagement retention false-positive-rate approval-consistency
    explainability-coverage fairness-ratio override-rate diagnostic-accuracy clinician-satisfaction
    remediation-turnaround
"""
SHIPPED = read_files(Settings())
FILES = sorted(CATALOGUE.glob("*.yaml"))
DIGESTS = sorted((CATALOGUE.parent / "digests").glob("*.yaml"))

each = pytest.mark.parametrize("kpi", SHIPPED.values(), ids=lambda k: k.name)


def test_all_are_there() -> None:
    assert sorted(SHIPPED) == sorted(NAMED.split())
    assert {k.category for k in SHIPPED.values()} == set(Category)
    assert {p.name for p in CATALOGUE.iterdir()} == {p.name for p in FILES}


@each
def test_each_is_complete(kpi: Kpi) -> None:
    assert len(kpi.definition) > 40
    assert kpi.target is not None
    assert kpi.target.words
    assert {t.level for t in kpi.thresholds} == {"warning", "critical"}
    assert kpi.baseline.kind != "none"
    assert "value" in kpi.estimator.methods
    assert kpi.estimator.n
    assert kpi.min_n or kpi.name == "compliance-issues", "one audit that finds a major issue is enough"
    assert kpi.dimensions
    assert kpi.runbook
    assert kpi.tests
    tested = {figure for case in kpi.tests for figure in case.expected}
    assert tested == {"value", *kpi.also}


@each
def test_each_input_is_read_by_something(kpi: Kpi) -> None:
    kinds = kinds_of(kpi.inputs)
    in_formulas = {n for text in (kpi.formula, *kpi.also.values()) for n in compiled(text, kinds).names}
    estimator = kpi.estimator
    counted = {estimator.numerator, estimator.denominator, *estimator.counted, *estimator.options.values()}
    assert {i.name for i in kpi.inputs} <= in_formulas | counted
    needed = {i.name for i in kpi.inputs if i.required}
    assert needed <= set().union(*(case.inputs for case in kpi.tests))


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_each_file_follows_the_schema(file: Path) -> None:
    document = plain(YAML(typ="safe", pure=True).load(file))
    assert list(Draft202012Validator(schema()).iter_errors(document)) == []


@pytest.mark.parametrize("file", [*FILES, *DIGESTS], ids=lambda f: f.stem)
def test_each_file_follows_the_schema_of_both_kinds(file: Path) -> None:
    document = plain(YAML(typ="safe", pure=True).load(file))
    validator = Draft202012Validator(file_schema())
    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors(document | {"kind": "Other"})) != []


@each
def test_each_can_be_written_down_and_read_again(kpi: Kpi) -> None:
    (again,) = parse_kpis(to_yaml(kpi))
    assert to_json(again) == to_json(kpi)
    assert figures(again, kpi.tests[0].inputs) == figures(kpi, kpi.tests[0].inputs)


COSTS = {"cost_before": 120000, "vol_before": 10000, "cost_after": 66000, "vol_after": 12000}
WORKED = [
    ("conversion-lift", {"c_ai": 1440, "n_ai": 60000, "c_ctl": 1200, "n_ctl": 60000}, "value", "0.2"),
    ("conversion-lift", {"c_ai": 1440, "n_ai": 60000, "c_ctl": 1200, "n_ctl": 60000}, "points", "0.004"),
    ("conversion-lift", {"c_ai": 360, "n_ai": 20000, "c_ctl": 80, "n_ctl": 20000}, "value", "3.5"),
    ("revenue-lift", {"rev_ai": 126000, "rev_control": 120000, "users_ai": 10000, "users_control": 10000}, "value", "6000"),
    ("revenue-lift", {"rev_ai": 126000, "rev_control": 120000, "users_ai": 10000, "users_control": 10000}, "relative", "0.05"),
    (
        "cost-savings",
        COSTS,
        "value",
        "0.5416667",
    ),
    ("cost-savings", COSTS, "seed_raw", "0.45"),
    ("cost-savings", COSTS, "saved", "78000"),
    ("automation-rate", {"auto": 5400, "eligible": 12000}, "value", "0.45"),
    ("model-f1", {"tp": 80, "fp": 20, "fn": 20}, "value", "0.8"),
    ("model-accuracy", {"correct": 273, "total": 300}, "value", "0.91"),
    ("mttd", {"hours": [1, 2, 3]}, "p90", "2.8"),
    ("mttr", {"hours": [4, 20, 12]}, "value", "12"),
    ("uptime", {"good": 999200, "total": 1000000}, "value", "0.9992"),
    ("time-to-production", {"weeks": [8, 9, 13]}, "months", "2.06991720"),
    ("reproducibility-rate", {"reproduced": 19, "attempted": 20}, "value", "0.95"),
    ("engagement", {"score": 72, "responses": 18, "invited": 24}, "response_rate", "0.75"),
    ("retention", {"stayed": 34, "start": 40}, "value", "0.85"),
    ("false-positive-rate", {"false_positives": 702, "negatives": 10000}, "value", "0.0702"),
    ("fairness-ratio", {"favoured_low": 420, "n_low": 1000, "favoured_high": 500, "n_high": 1000}, "value", "0.84"),
    ("override-rate", {"overrides": 30, "decisions": 500, "overrides_correct": 24}, "justified", "0.8"),
]


def decimals(inputs: dict[str, Any]) -> dict[str, Any]:
    return {n: tuple(map(Decimal, v)) if isinstance(v, list) else Decimal(v) for n, v in inputs.items()}


@pytest.mark.parametrize(("name", "inputs", "figure", "expected"), WORKED)
def test_worked_figures(name: str, inputs: dict[str, Any], figure: str, expected: str) -> None:
    assert agree(figures(SHIPPED[name], decimals(inputs))[figure], Decimal(expected))


INTERVALS = [  # as statsmodels gave them for the research note
    ("conversion-lift", {"c_ai": 1440, "n_ai": 60000, "c_ctl": 1200, "n_ctl": 60000}, "points", 0.002341, 0.005663),
    ("conversion-lift", {"c_ai": 1440, "n_ai": 60000, "c_ctl": 1200, "n_ctl": 60000}, "value", 0.1125, 0.2944),
    ("conversion-lift", {"c_ai": 360, "n_ai": 20000, "c_ctl": 80, "n_ctl": 20000}, "value", 2.54, 4.73),
    ("reproducibility-rate", {"reproduced": 19, "attempted": 20}, "value", 0.764, 0.991),
    ("reproducibility-rate", {"reproduced": 46, "attempted": 50}, "value", 0.812, 0.968),
    ("reproducibility-rate", {"reproduced": 95, "attempted": 100}, "value", 0.888, 0.978),
    ("retention", {"stayed": 11, "start": 12}, "value", 0.646, 0.985),
]


@pytest.mark.parametrize(("name", "inputs", "figure", "low", "high"), INTERVALS)
def test_worked_intervals(name: str, inputs: dict[str, Any], figure: str, low: float, high: float) -> None:
    given = decimals(inputs)
    found = interval_of(SHIPPED[name], figure, given, figures(SHIPPED[name], given))
    assert found is not None
    assert float(found.low) == pytest.approx(low, rel=5e-3)
    assert float(found.high) == pytest.approx(high, rel=5e-3)


def test_every_interval_that_is_promised_can_be_had() -> None:
    """From inputs in the middle of what is believed, each method answers for each figure that has a value."""
    for kpi in SHIPPED.values():
        given: dict[str, Any] = {}
        for one in kpi.inputs:
            size = 0.8 if one.maximum == 1 else 50 if one.maximum else 400
            given[one.name] = tuple(Decimal(n) for n in range(1, 12)) if one.kind == "list" else Decimal(str(size))
        if kpi.estimator.denominator:
            given[kpi.estimator.denominator] = Decimal(1000)
        if control := kpi.estimator.options.get("control_denominator"):
            given[control] = Decimal(1100)
        given |= {n: Decimal(3) for n in ("sd", "sd_ai", "sd_control", "sd_before", "sd_after") if n in given}
        found = figures(kpi, given)
        for figure, method in kpi.estimator.methods.items():
            interval = interval_of(kpi, figure, given, found)
            assert (interval is None) == (method == "none"), (kpi.name, figure, method)


def test_both_readings_are_kept_where_the_framework_conflicts_with_itself() -> None:
    lift, revenue, savings = (SHIPPED[n] for n in ("conversion-lift", "revenue-lift", "cost-savings"))
    assert lift.target
    assert lift.target.of == "points"
    assert lift.unit_of("points").code == "pp"
    assert revenue.target
    assert revenue.target.of == "relative"
    assert "seed_raw" in savings.also
    assert {"business_days", "mean"} <= set(SHIPPED["remediation-turnaround"].also)
    assert {"minor", "minor_unplanned"} <= set(SHIPPED["compliance-issues"].also)
    assert SHIPPED["engagement"].min_group == SHIPPED["retention"].min_group == 5


def test_numbers_of_the_environment_go_into_the_targets() -> None:
    kpis = read_files(Settings(values={"P95_MS": Decimal(120), "BENCHMARK": Decimal(81)}))
    assert kpis["latency-p95"].target
    assert kpis["engagement"].target
    assert kpis["latency-p95"].target.bounds[0].limit == 120
    assert kpis["engagement"].target.words == "at least 81/100"
