"""Definitions: what a person may write, what it means, and what they are told when it is wrong."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain.definition_changes import changes_to, compared
from bot.domain.definition_writing import digest, to_json, to_yaml
from bot.domain.definitions import DefinitionErrors, parse_kpis, parse_stored, schema
from bot.domain.kpis import Baseline, Bound, Direction, Entry, Estimator, Grain, Kpi, Unit

ENVELOPE = "apiVersion: barometer/v1\nkind: KPISet\n"
MINIMAL = """\
name: answer-rate
title: Answer rate
category: business_impact
definition: Share of questions that were answered.
inputs: {answered: Answered, asked: {title: Asked, integer: true, min: 0}}
formula: answered / asked
unit: {code: ratio}
direction: up
frequency: [week]
owner: product_owner
"""


def one(text: str, **values: Decimal) -> Kpi:
    (kpi,) = parse_kpis(text, "team.yaml", values)
    return kpi


def with_field(name: str, value: str) -> str:
    """The minimal definition with one field added or replaced."""
    kept = [line for line in MINIMAL.splitlines() if not line.startswith(f"{name}:")]
    return "\n".join([*kept, f"{name}: {value}"])


def with_remedy(part: str) -> str:
    """The minimal definition with a remedy, of which one part is as given."""
    address = "" if part.startswith("url") else "url: 'https://a.example/x', "
    return with_field("alerts", f"{{remedies: {{undo: {{title: Undo it, {address}{part}}}}}}}")


def problems(text: str, **values: Decimal) -> list[str]:
    with pytest.raises(DefinitionErrors) as refusal:
        parse_kpis(text, "team.yaml", values)
    assert refusal.value.text == "\n".join(str(p) for p in refusal.value.problems)
    return [str(p) for p in refusal.value.problems]


def test_one_definition_alone() -> None:
    kpi = one(MINIMAL)
    assert kpi.name == "answer-rate"
    assert [i.title for i in kpi.inputs] == ["Answered", "Asked"]
    assert kpi.inputs[1].integer
    assert kpi.inputs[1].minimum == 0
    assert (kpi.unit, kpi.direction, kpi.frequency) == (Unit("ratio"), Direction.UP, (Grain.WEEK,))
    assert (kpi.baseline, kpi.estimator, kpi.entry, kpi.target) == (Baseline(), Estimator(), Entry(), None)
    assert (kpi.file, kpi.line, kpi.version) == ("team.yaml", 1, 0)


def test_a_set_with_defaults() -> None:
    body = MINIMAL.replace("owner: product_owner\n", "").replace("\n", "\n    ").rstrip()
    other = body.replace("answer-rate", "other-rate") + "\n    owner: sre\n    entry: {approve: owner}"
    defaults = "defaults: {owner: ai_lead, timezone: Europe/Oslo, entry: {mode: manual}}\n"
    first, second = parse_kpis(f"{ENVELOPE}{defaults}kpis:\n  - {body}\n  - {other}\n")
    assert (first.owner, second.owner) == ("ai_lead", "sre")
    assert first.timezone == second.timezone == "Europe/Oslo"
    assert second.entry == Entry("manual", "owner")
    assert (first.line, second.line) == (5, 14)


TARGETS = [
    ("{min: 0.8}", (Bound("gte", Decimal("0.8")),), "at least 80%"),
    ("{max: 20%}", (Bound("lte", Decimal("0.2")),), "at most 20%"),
    ("{range: [1%, 5%]}", (Bound("gte", Decimal("0.01")), Bound("lte", Decimal("0.05"))), "1% to 5%"),
    ("{equals: 0}", (Bound("eq", Decimal(0)),), "exactly 0%"),
    (
        "{vs_baseline: +10%}",
        (Bound("gte", Decimal("0.1"), against="baseline", scale="relative"),),
        "at least 10% above the baseline",
    ),
    (
        "{vs_baseline: +2pp}",
        (Bound("gte", Decimal("0.02"), against="baseline"),),
        "at least 2 percentage points above the baseline",
    ),
    ("{vs_baseline: 0}", (Bound("gte", Decimal(0), against="baseline"),), "no lower than the baseline"),
    ("{min: 0.5, words: half of them}", (Bound("gte", Decimal("0.5")),), "half of them"),
    ('{min: "${LEAST}"}', (Bound("gte", Decimal("0.7")),), "at least 70%"),
    ('{min: "${OTHER:-60%}"}', (Bound("gte", Decimal("0.6")),), "at least 60%"),
]


@pytest.mark.parametrize(("text", "bounds", "words"), TARGETS)
def test_targets(text: str, bounds: tuple[Bound, ...], words: str) -> None:
    target = one(with_field("target", text), LEAST=Decimal("0.7")).target
    assert target is not None
    assert (target.bounds, target.words) == (bounds, words)


def test_where_lower_is_better_a_change_is_a_fall() -> None:
    text = with_field("target", "{vs_baseline: -20%, by: 2027-06-30}").replace("direction: up", "direction: down")
    target = one(text).target
    assert target is not None
    assert target.bounds == (Bound("lte", Decimal("-0.2"), against="baseline", scale="relative"),)
    assert (target.words, target.by) == ("at least 20% below the baseline", "2027-06-30")


THRESHOLDS = [
    ("{below: 0.8}", ((Bound("lt", Decimal("0.8")),),)),
    ("{at_or_above: 80%}", ((Bound("gte", Decimal("0.8")),),)),
    ("{ci_high_below: 0.8}", ((Bound("lt", Decimal("0.8"), reads="ci_high"),),)),
    ("{vs_previous_below: -5pp}", ((Bound("lt", Decimal("-0.05"), against="previous"),),)),
    ("{vs_target_above: +50%}", ((Bound("gt", Decimal("0.5"), against="target", scale="relative"),),)),
    (
        "{below: 0.8, and: {of: missed, above: 3}}",
        ((Bound("lt", Decimal("0.8")), Bound("gt", Decimal(3), of="missed")),),
    ),
    (
        "{of: missed, any: [{above: 3}, {of: value, below: 0.1}]}",
        ((Bound("gt", Decimal(3), of="missed"),), (Bound("lt", Decimal("0.1")),)),
    ),
    (
        "{below: 0.8, and: [{of: missed, above: 3}, {ci_low_below: 0.1, of: value}]}",
        ((Bound("lt", Decimal("0.8")), Bound("gt", Decimal(3), of="missed"), Bound("lt", Decimal("0.1"), reads="ci_low")),),
    ),
]


@pytest.mark.parametrize(("text", "groups"), THRESHOLDS)
def test_thresholds(text: str, groups: tuple[tuple[Bound, ...], ...]) -> None:
    kpi = one(with_field("thresholds", f"{{warning: {text}}}") + "\nalso: {missed: asked - answered}")
    (threshold,) = kpi.thresholds
    assert (threshold.level, threshold.any_of) == ("warning", groups)
    assert parse_stored(to_json(kpi)).thresholds == kpi.thresholds
    assert one(to_yaml(kpi)).thresholds == kpi.thresholds


def test_holding_recovering_and_burning() -> None:
    text = "{critical: {below: 0.8, for: 3, recover_above: 0.85, burn: [{long: 1h, short: 5m, rate: 14.4}]}}"
    (threshold,) = one(with_field("thresholds", text)).thresholds
    assert threshold.for_periods == 3
    assert threshold.recover == (Bound("gt", Decimal("0.85")),)
    assert threshold.burn == ((timedelta(hours=1), timedelta(minutes=5), Decimal("14.4")),)


def test_own_examples_are_computed() -> None:
    good = "[{in: {answered: 1, asked: 3}, out: 0.3333333}, {in: {answered: 1, asked: 0}, out: null}]"
    assert len(one(with_field("tests", good)).tests) == 2
    bad = "\n  - {in: {answered: 1, asked: 2}, out: 0.5}\n  - {in: {answered: 1, asked: 3}, out: 0.34}"
    assert problems(with_field("tests", bad)) == [
        "team.yaml:13: answer-rate.tests[1].out: value comes to 0.3333333333, not 0.34; correct the formula or the example."
    ]
    assert "comes to no value, not 0" in problems(with_field("tests", "[{in: {answered: 1, asked: 0}, out: 0}]"))[0]


WRONG = [
    (with_field("title", "2026"), "answer-rate.title", "not text"),
    (with_field("title", '""'), "answer-rate.title", "empty"),
    (with_field("title", '"a\\u202eb"'), "answer-rate.title", "control"),
    (with_field("name", "Answer Rate"), "Answer Rate.name", "lower-case"),
    (with_field("category", "buisness_impact"), "answer-rate.category", "business_impact"),
    (with_field("direction", "yes"), "answer-rate.direction", "up, down"),
    (with_field("direction", "true"), "answer-rate.direction", "true or false"),
    (with_field("frequency", "week"), "answer-rate.frequency", "write a list"),
    (with_field("frequency", "[week, week]"), "answer-rate.frequency", "twice"),
    (with_field("frequency", "[]"), "answer-rate.frequency", "from 1"),
    (with_field("frequency", "[wek]"), "answer-rate.frequency[0]", "write week"),
    (with_field("unit", "{code: parsecs}"), "answer-rate.unit.code", "parsecs"),
    (with_field("unit", "{code: ratio, display: big}"), "answer-rate.unit.display", ".1%"),
    (with_field("unit", "{display: .1%}"), "answer-rate.unit.code", "is missing"),
    (with_field("owner", "boss"), "answer-rate.owner", "write one of"),
    (with_field("inputs", "{answered: {}, asked: {}, mean: {}}"), "answer-rate.inputs.mean", "another name"),
    (with_field("inputs", "{answered: {}, asked: {}, lambda: {}}"), "answer-rate.inputs.lambda", "another name"),
    (with_field("inputs", "{answered: {}, asked: {min: 5, max: 1}}"), "answer-rate.inputs.asked", "swap"),
    (with_field("inputs", "{answered: {}, asked: {aggregate: list}}"), "answer-rate.inputs.asked", "lists aggregate"),
    (with_field("inputs", "{Answered: {}, asked: {}}"), "answer-rate.inputs.Answered", "lower-case"),
    (with_field("formula", "answered / total"), "answer-rate.formula", "reads total, which is not an input"),
    (with_field("formula", "answered.real"), "answer-rate.formula", "with a dot"),
    (with_field("also", "{gap: asked ** 9}"), "answer-rate.also.gap", "power"),
    (with_field("also", "{value: asked}"), "answer-rate.also.value", "own figure"),
    (with_field("target", "{}"), "answer-rate.target", "says no figure"),
    (with_field("target", "{min: often}"), "answer-rate.target.min", "a number such as"),
    (with_field("target", "{min: NaN}"), "answer-rate.target.min", "not a number"),
    (with_field("target", "{min: .inf}"), "answer-rate.target.min", "not a number"),
    (with_field("target", "{min: 1e309}"), "answer-rate.target.min", "smaller"),
    (with_field("target", "{range: [5, 1]}"), "answer-rate.target", "smaller number first"),
    (with_field("target", "{range: [1]}"), "answer-rate.target.range", "from 2 to 2"),
    (with_field("target", "{of: points, min: 1}"), "answer-rate.target.of", "no figure points"),
    (with_field("target", '{min: "${LEAST}"}'), "answer-rate.target.min", "LEAST has no value"),
    (with_field("target", '{min: "${HOME/x}"}'), "answer-rate.target.min", "not a number"),
    (with_field("thresholds", "{warning: {}}"), "answer-rate.thresholds.warning", "no condition"),
    (with_field("thresholds", "{warning: {above: 1, below: 0}}"), "answer-rate.thresholds.warning", "at once"),
    (with_field("thresholds", "{warn: {above: 1}}"), "answer-rate.thresholds.warn", "write warning"),
    (with_field("thresholds", "{warning: {abov: 1}}"), "answer-rate.thresholds.warning.abov", "write above"),
    (with_field("thresholds", "{warning: {of: x, above: 1}}"), "answer-rate.thresholds.warning.of", "no figure x"),
    (with_field("thresholds", "{warning: {above: 1, for: 1.5}}"), "answer-rate.thresholds.warning.for", "whole"),
    (
        with_field("thresholds", "{warning: {burn: [{long: 5m, short: 1h, rate: 1}]}}"),
        "answer-rate.thresholds.warning.burn[0]",
        "shorter",
    ),
    (with_field("estimator", "{methods: {value: wilsen}}"), "answer-rate.estimator.methods.value", "write wilson"),
    (with_field("estimator", "{methods: {value: wilson}}"), "answer-rate.estimator.methods.value", "needs numerator"),
    (with_field("estimator", "{methods: {value: bca}}"), "answer-rate.estimator.methods.value", "needs one list"),
    (with_field("estimator", "{methods: {x: none}}"), "answer-rate.estimator.methods.x", "no figure x"),
    (with_field("estimator", "{n: people}"), "answer-rate.estimator.n", "no input people"),
    (with_field("estimator", "{options: {foo: asked}}"), "answer-rate.estimator.options.foo", "not an option"),
    (with_field("estimator", "{level: 95}"), "answer-rate.estimator.level", "0.999 or less"),
    (with_field("baseline", "{kind: pre_deployment, window: soon}"), "answer-rate.baseline.window", "8 periods"),
    (with_field("timezone", "Oslo"), "answer-rate.timezone", "Europe/Oslo"),
    (with_field("timezone", "../../etc/passwd"), "answer-rate.timezone", "IANA"),
    (with_field("label_delay", "soon"), "answer-rate.label_delay", "14d"),
    (with_field("min_n", "-1"), "answer-rate.min_n", "0 or more"),
    (with_field("tests", "[{in: {answer: 1}, out: 1}]"), "answer-rate.tests[0].in.answer", "write answered"),
    (with_field("tests", "[{in: {asked: [1, 2]}, out: 1}]"), "answer-rate.tests[0].in.asked", "must be a number"),
    (with_field("tests", "[{in: {asked: 1}}]"), "answer-rate.tests[0].out", "missing"),
    (with_field("tests", "[{in: {}, out: {x: 1}}]"), "answer-rate.tests[0].out.x", "not a figure"),
    (with_field('"col[our"', "blue"), "answer-rate.col[our", "not a known field"),
    (with_field('"a..["', "blue"), "answer-rate.a..[", "not a known field"),
    (with_field("dimensions", "[site, asked]"), "answer-rate.dimensions", "asked is the name of an input"),
    (with_field("dimensions", "[value]"), "answer-rate.dimensions", "value is the name of a figure"),
    (with_field("dimensions", "[period]"), "answer-rate.dimensions", "period is a field or column"),
    (with_field("dimensions", "[zone]"), "answer-rate.dimensions", "zone is a field or column"),
    (with_field("dimensions", "[since]"), "answer-rate.dimensions", "since is a field or column"),
    (with_field("inputs", "{answered: , asked: , note: }"), "answer-rate.inputs.note", "every value has a field of"),
    (with_field("alerts", "{on: [stale, burn]}"), "answer-rate.alerts.on[1]", "has not what the rule burn needs"),
    (with_field("alerts", "{on: [target]}"), "answer-rate.alerts.on[0]", "add a target, or leave target out"),
    (with_field("alerts", "{on: [limit]}"), "answer-rate.alerts.on[0]", "add a threshold"),
    (with_field("alerts", "{inhibited_by: [answer-rate]}"), "answer-rate.alerts.inhibited_by[0]", "the KPI itself"),
    (with_field("alerts", "{repeat: {warning: 0m}}"), "answer-rate.alerts.repeat.warning", "no time at all"),
    (with_field("alerts", "{escalation: {critical: {}}}"), "answer-rate.alerts.escalation.critical", "names nobody"),
    (with_remedy("within: 0m"), "answer-rate.alerts.remedies.undo.within", "no time at all"),
    (with_remedy("verify: 0d"), "answer-rate.alerts.remedies.undo.verify", "no time at all"),
    *(
        (with_remedy(f"url: '{url}'"), "answer-rate.alerts.remedies.undo.url", "is no address of the web")
        for url in (
            "https://:80/x",
            "https://a.example:http/x",
            "https://a.example:70000/x",
            "https://me:secret@a.example/x",
            "https://a.example\\@b.example/x",
            "https://[::1/x",
        )
    ),
    (with_field("colour", "blue"), "answer-rate.colour", "not a known field"),
    (MINIMAL.replace("owner: product_owner\n", ""), "answer-rate.owner", "is missing"),
]


@pytest.mark.parametrize(("text", "field", "says"), WRONG, ids=lambda v: str(v)[-50:])
def test_what_is_wrong_is_said_with_its_place(text: str, field: str, says: str) -> None:
    found = problems(text)
    line = 1 if says == "is missing" and field.endswith("owner") else len(text.splitlines())
    matching = [p for p in found if f"team.yaml:{line}: {field}: " in p and says in p]
    assert matching, found
    assert all(re.fullmatch(r"team\.yaml:\d+: [^\n]+; [^\n]+\.", p) for p in found)


def test_each_dimension_with_a_name_that_is_taken_is_told() -> None:
    found = problems(with_field("dimensions", "[answered, period, value, note, id, zone]"))
    assert len(found) == 6


def test_rules_that_a_file_names_for_all_its_kpis_hold_where_they_can() -> None:
    defaults = "defaults:\n  alerts: {on: [limit, burn, target, stale]}\nkpis:\n  - "
    kpi = one(ENVELOPE + defaults + MINIMAL.strip().replace("\n", "\n    "))
    assert kpi.alerts.on == ("limit", "burn", "target", "stale")
    assert parse_stored(to_json(kpi)) == replace(kpi, file="", line=0)


def test_what_is_in_force_with_a_taken_name_is_read_still() -> None:
    stored = json.loads(to_json(one(MINIMAL))) | {"dimensions": ["zone"]}
    assert parse_stored(json.dumps(stored)).dimensions == ("zone",)


def test_everything_wrong_is_said_at_once_in_the_order_of_the_lines() -> None:
    text = MINIMAL.replace("up", "upp").replace("[week]", "[wek]").replace("title: Answer rate", "title: 7")
    fields = [p.split(": ")[1] for p in problems(text)]
    assert fields == [
        "answer-rate.title",
        "answer-rate.direction",
        "answer-rate.frequency[0]",
    ]


DOCUMENTS = [
    ("", "is empty"),
    ("- a", "no set of definitions"),
    ("just words", "no set of definitions"),
    (ENVELOPE, "not a list of definitions"),
    (ENVELOPE + "kpis: {}", "not a list of definitions"),
    (ENVELOPE + "kpis: [1]", "is a number"),
    ("kind: KPISet\nkpis: []", "apiVersion: is missing"),
    ("apiVersion: barometer/v2\nkind: KPISet\nkpis: []", "barometer/v2"),
    (ENVELOPE + "defaults: {formula: a}\nkpis: []", "not a known field"),
    ("a: &x 1\nb: *x", "anchor"),
    ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchor"),
    ("a: !!python/object/apply:os.system [ls]", "tag"),
    ("a: 1\na: 2", "twice"),
    ("on: 1\n1: 2", "the key 1 is not text"),
    ("true: 1", "the key true is not text"),
    ("? [a]\n: 1", "lists or mappings"),
    ("{a: ${X}}", "in quotes"),
    ("a:\n\tb: 1", "not YAML"),
    ("a: 'b", "not YAML"),
    ("a: \x00", "plain UTF-8"),
    ("a: 1\n---\nb: 2", "second document"),
    ("[" * 30, "nested"),
    ("{a: " * 30, "nested"),
    ("- " * 5000, "nested"),
    ("a" * 1_000_001, "longer than"),
]


@pytest.mark.parametrize(("text", "says"), DOCUMENTS, ids=lambda v: str(v)[:30])
def test_documents_that_are_refused(text: str, says: str) -> None:
    assert says in "\n".join(problems(text))


def test_yaml_means_what_its_version_1_2_says() -> None:
    kpi = one(with_field("title", "yes") + "\ndimensions: [on, off, no]")
    assert (kpi.title, kpi.dimensions) == ("yes", ("on", "off", "no"))


def test_a_name_defined_twice_is_said_with_both_lines() -> None:
    body = MINIMAL.replace("\n", "\n    ").rstrip()
    (problem,) = problems(f"{ENVELOPE}kpis:\n  - {body}\n  - {body}\n")
    assert problem.startswith("team.yaml:14: answer-rate: is defined twice in this file (first on line 4)")


@given(st.text(max_size=300))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_crashes(text: str) -> None:
    try:
        parse_kpis(text)
    except DefinitionErrors as errors:
        found = errors.problems
    else:
        return
    assert found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
VALIDATOR = Draft202012Validator(schema())
FIELDS = list(schema()["properties"]["kpis"]["items"]["properties"])


@given(st.dictionaries(st.sampled_from(FIELDS), json_values, min_size=1, max_size=3))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_crashes_and_what_is_accepted_follows_the_schema(changes: dict[str, Any]) -> None:
    document = json.loads(to_json(one(MINIMAL))) | changes
    try:
        kpi = parse_stored(json.dumps(document))
    except DefinitionErrors:
        return
    box = {"apiVersion": "barometer/v1", "kind": "KPISet", "kpis": [document]}
    assert list(VALIDATOR.iter_errors(box)) == []
    assert parse_stored(to_json(kpi)) == kpi


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    box = {
        "apiVersion": "barometer/v1",
        "kind": "KPISet",
        "kpis": [{"name": "X Y", "colour": "blue", "target": {"min": "often"}}],
    }
    found = {e.json_path for e in Draft202012Validator(schema()).iter_errors(box)}
    assert found == {"$.kpis[0]", "$.kpis[0].name", "$.kpis[0].target.min"}
    assert json.loads(json.dumps(schema())) == schema()


words = st.text(min_size=1, max_size=150).map(str.strip).filter(bool)


@given(title=words, definition=words)
@settings(max_examples=100)
def test_what_is_written_down_is_read_again(title: str, definition: str) -> None:
    kpi = replace(one(MINIMAL), title=title[:120].strip(), definition=definition)
    try:
        stored = parse_stored(to_json(kpi), "team.yaml", kpi.line)
    except DefinitionErrors as errors:
        assert "control characters" in errors.text  # noqa: PT017
        return
    assert stored == kpi
    assert replace(one(to_yaml(kpi)), line=kpi.line) == kpi


def test_two_definitions_are_the_same_if_they_say_the_same() -> None:
    kpi = one(with_field("target", "{min: 80%}"))
    assert digest(one(with_field("target", "{min: 0.800}  # eight of ten"))) == digest(kpi)
    assert digest(replace(kpi, file="x", line=9, version=3)) == digest(kpi)
    assert digest(one(with_field("target", "{min: 81%}"))) != digest(kpi)


def test_changes_are_said_field_by_field() -> None:
    old, new = one(with_field("target", "{min: 80%}")), one(MINIMAL.replace("Answer rate", "Rate of answers"))
    found = changes_to(old, new)
    assert found is not None
    assert found.action == "changed"
    assert found.lines == [
        "answer-rate: changed",
        "  - title: Answer rate",
        "  + title: Rate of answers",
        '  - target: {min: "0.8"}',
    ]
    assert changes_to(old, old) is None
    assert compared(None, new).lines[0] == "answer-rate: added"
    assert compared(old, None).action == "retired"
