"""What a file of KPI definitions may hold, field by field."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from bot.domain.kpis import Category, Direction, Grain
from bot.domain.people import ROLES
from bot.domain.specs import (
    Choice,
    Duration,
    Either,
    Flag,
    JsonSchema,
    Many,
    Maybe,
    Numeral,
    Record,
    Shift,
    Spec,
    Table,
    Words,
)

API_VERSION = "barometer/v1"
KIND = "KPISet"

Op = Literal["lt", "lte", "gt", "gte", "eq", "ne"]
Against = Literal["absolute", "baseline", "previous", "target"]
Reads = Literal["value", "ci_low", "ci_high"]

_SIDES: dict[str, Op] = {"below": "lt", "at_or_below": "lte", "above": "gt", "at_or_above": "gte"}
_EXACT: dict[str, Op] = {"equals": "eq", "differs_from": "ne"}
_PREFIXES: tuple[tuple[str, Against, Reads], ...] = (
    ("", "absolute", "value"),
    ("ci_low_", "absolute", "ci_low"),
    ("ci_high_", "absolute", "ci_high"),
    ("vs_baseline_", "baseline", "value"),
    ("vs_previous_", "previous", "value"),
    ("vs_target_", "target", "value"),
)
CONDITIONS: dict[str, tuple[Against, Reads, Op]] = {
    prefix + word: (against, reads, op)
    for prefix, against, reads in _PREFIXES
    for word, op in (_SIDES | (_EXACT if not prefix else {})).items()
}
"""Each way to say a condition: what the limit is counted from, what is read, and how it is compared."""

RECOVER: dict[str, Op] = {f"recover_{word}": op for word, op in _SIDES.items()}

METHODS: dict[str, tuple[str, ...]] = {
    "wilson": ("numerator", "denominator"),
    "clopper_pearson": ("numerator", "denominator"),
    "poisson_exact": ("numerator",),
    "newcombe": ("numerator", "denominator", "control_numerator", "control_denominator"),
    "score_ratio": ("numerator", "denominator", "control_numerator", "control_denominator"),
    "risk_ratio": ("numerator", "denominator", "control_numerator", "control_denominator"),
    "welch": ("numerator", "denominator", "control_numerator", "control_denominator", "sd", "control_sd"),
    "fieller": ("numerator", "denominator", "control_numerator", "control_denominator", "sd", "control_sd"),
    "fieller_saving": ("numerator", "denominator", "control_numerator", "control_denominator", "sd", "control_sd"),
    "student": ("n", "sd"),
    "plus_two": ("n", "sd"),
    "bca": (),
    "median_exact": (),
    "f1_wilson": ("true_positives", "false_positives", "false_negatives"),
    "hanley_mcneil": ("auc", "positives", "negatives"),
    "none": (),
}
"""Each interval method with the parts of the estimator that it cannot do without."""

STEPS = ("owner", "role", "channel", "executive_sponsor")
"""Whom an alert reaches that nobody acknowledges, one after the other."""

OPTIONS = tuple(sorted({part for parts in METHODS.values() for part in parts} - {"n"} | {"scale", "sample"}))

IDENTIFIER = Words(60, r"[a-z][a-z0-9_]*", "write a name in lower-case letters, digits and _, such as users_ai")
NAME = Words(60, r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "write a name in lower-case letters, digits and -, such as model-f1")
DIMENSION = Words(60, r"[a-z][a-z0-9_]*", "write a dimension in lower-case letters, digits and _, such as model_version")
_FORMULA = Words(500)
_FIGURES = Table(IDENTIFIER, Words(60), most=20)

_INPUT = Record(
    {
        "title": Words(80),
        "from": Words(60),
        "aggregate": Choice(("sum", "mean", "last", "list", "max", "min", "none")),
        "kind": Choice(("number", "list")),
        "min": Numeral(),
        "max": Numeral(),
        "integer": Flag(),
        "required": Flag(),
    },
    about={
        "title": "what people read beside the field",
        "from": "the source that gives it",
        "aggregate": "how it rolls up to a longer period",
        "kind": "list, if one period has many values, as durations are",
        "min": "the least that is believed",
        "max": "the most that is believed",
    },
)
_UNIT = Record(
    {
        "code": Words(12),
        "display": Words(20, r"\+?,?\.[0-9]{1,2}[f%g]", "write one such as .1%, ,.0f or +.2f"),
        "clock": Choice(("elapsed", "business")),
    },
    frozenset({"code"}),
    {"code": "what it is counted in: ratio, pp, count, index, h, USD …", "display": "the digits shown: .1%, ,.0f, .3f"},
)
_TARGET = Record(
    {
        "of": IDENTIFIER,
        "min": Numeral(),
        "max": Numeral(),
        "range": Many(Numeral(), 2, 2),
        "equals": Numeral(),
        "vs_baseline": Shift(),
        "by": Words(40),
        "where": Table(DIMENSION, Words(80, r"[^,=\n]+", "write one value, without , or ="), 1, 10),
        "words": Words(120),
    },
    about={
        "of": "the figure that the target is about; its own value unless said",
        "vs_baseline": "at least (or, where lower is better, at most) this change: +10%, +2pp or 5",
        "by": "when it is due, such as deploy+12M or 2027-06-30",
        "words": "the target as a person says it",
    },
)


def _condition(deeper: int) -> Record:
    """One condition; `and` holds further ones, `deeper` levels of them."""
    fields: dict[str, Spec] = {"of": IDENTIFIER}
    for key, (against, _, _) in CONDITIONS.items():
        fields[key] = Numeral() if against == "absolute" else Shift()
    if deeper:
        fields["and"] = Either(_condition(deeper - 1), items=Many(_condition(deeper - 1), 1, 5))
    return Record(fields, about={"of": "the figure that is compared; the KPI's own value unless said"})


_BURN = Record({"long": Duration(), "short": Duration(), "rate": Numeral(Decimal(0))}, frozenset({"long", "short", "rate"}))
_THRESHOLD = Record(
    {
        **_condition(1).fields,
        "any": Many(_condition(1), 1, 10),
        "for": Numeral(Decimal(1), Decimal(100), whole=True),
        **dict.fromkeys(RECOVER, Numeral()),
        "burn": Many(_BURN, 1, 6),
    },
    about={
        "of": "the figure that is compared; the KPI's own value unless said",
        "any": "several conditions of which one is enough",
        "and": "what must hold as well",
        "for": "how many periods running before it counts",
        "burn": "error-budget burn over two windows",
    },
)
_WHO = Record(
    dict.fromkeys(STEPS, Duration()),
    about={"owner": "the person, or the role that answers for it", "role": "everybody of that role"},
)
_REMEDY = Record(
    {
        "title": Words(60),
        "url": Words(400, r"https?://[^\s]+", "write an address that begins with https://"),
        "approvals": Record(dict.fromkeys(("warning", "critical"), Numeral(Decimal(1), Decimal(2), whole=True))),
        "within": Duration(),
        "verify": Duration(),
        "dry_run": Flag(),
    },
    frozenset({"title", "url"}),
    {
        "title": "what it does, such as Roll back to the last version",
        "within": "how long approvals are waited for",
        "verify": "how long the KPI is given to recover",
    },
)
_ALERTS = Record(
    {
        "on": Many(Choice(("limit", "burn", "target", "stale", "unusual")), most=5, unique=True),
        "keep_firing_for": Numeral(Decimal(0), Decimal(100), whole=True),
        "channel": Words(40, r"[CG][A-Z0-9]+", "write the id of a channel, such as C024BE91L"),
        "person": Words(40, r"[UW][A-Z0-9]+", "write the id of a person, such as U024BE7LH"),
        "escalation": Record(dict.fromkeys(("warning", "critical"), _WHO)),
        "repeat": Record(dict.fromkeys(("warning", "critical"), Duration())),
        "open_incident": Choice(("never", "critical", "always")),
        "resolve": Choice(("propose", "automatic")),
        "inhibited_by": Many(NAME, most=20, unique=True),
        "remedies": Table(NAME, _REMEDY, most=5),
    },
    about={
        "on": "the rules that alert: limit (thresholds), burn, target, stale, unusual",
        "keep_firing_for": "for how many further good periods it still fires",
        "channel": "where it is told",
        "person": "who owns its alerts; the owner's role if left out",
        "escalation": "who is told after how long without an acknowledgement",
        "repeat": "after how long it is told again while nobody acknowledges it",
        "open_incident": "when an alert opens an incident by itself",
        "resolve": "whether a recovery resolves that incident, or a person is asked",
        "inhibited_by": "KPIs while whose alerts fire those of this one are not told",
        "remedies": "signed web requests that people may approve from the alert",
    },
)
_TEST = Record(
    {
        "in": Table(IDENTIFIER, Maybe(Either(Numeral(), items=Many(Numeral(), most=1000))), most=50),
        "out": Either(Maybe(Numeral()), Table(IDENTIFIER, Maybe(Numeral()), 1, 20)),
    },
    frozenset({"in", "out"}),
    {"in": "the inputs", "out": "the value that they give, or a value for each figure; null means no value"},
)
_ABOUT = {
    "name": "the short name that people type",
    "title": "the name that people read",
    "definition": "what is measured, so that two people count the same",
    "formula": "arithmetic over the inputs",
    "also": "further figures: the same matter on another scale",
    "unit": "what the value is counted in, such as {code: ratio}",
    "direction": "which way is better: up, down, zero or none",
    "frequency": "the periods that it is recorded for, the usual one first, such as [week, month]",
    "owner": f"the role that answers for it: {', '.join(ROLES)}",
    "inputs": "the named quantities that the formulas read",
    "tests": "worked examples that are computed on load",
    "category": f"one of {', '.join(Category)}",
    "min_n": "with fewer units than this the value is shown but never alerts",
    "min_group": "groups smaller than this are not shown",
    "visibility": "the roles that may see it; everybody if left out",
    "guardrail": "KPIs or figures that must not get worse while this one gets better",
    "stale_after": "after how many periods without a value it is stale",
    "alerts": "which rules alert, where, and whom",
    "label_delay": "how long the truth takes to be known; younger values are provisional",
    "runbook": "where it says what to do",
}
_ALSO = Record(
    {"formula": _FORMULA, "title": Words(80), "unit": _UNIT},
    frozenset({"formula"}),
    {"title": "what people read, such as 90th percentile"},
)
_KPI_FIELDS: dict[str, Spec] = {
    "name": NAME,
    "title": Words(120),
    "category": Choice(tuple(Category)),
    "definition": Words(1000),
    "inputs": Table(IDENTIFIER, Either(Maybe(Words(80)), _INPUT), 1, 30),
    "formula": _FORMULA,
    "also": Table(IDENTIFIER, Either(_FORMULA, _ALSO), most=20),
    "unit": _UNIT,
    "direction": Choice(tuple(Direction)),
    "frequency": Many(Choice(tuple(Grain)), 1, 6, unique=True),
    "target": _TARGET,
    "baseline": Record(
        {
            "kind": Choice(("value", "pre_deployment", "concurrent_control", "frozen_reference", "first_periods", "none")),
            "value": Numeral(),
            "window": Words(40),
            "frozen": Flag(),
            "note": Words(200),
        },
        frozenset({"kind"}),
    ),
    "estimator": Record(
        {
            "methods": Table(IDENTIFIER, Choice(tuple(METHODS)), most=20),
            "level": Numeral(Decimal("0.5"), Decimal("0.999")),
            "numerator": IDENTIFIER,
            "denominator": IDENTIFIER,
            "n": Words(
                120, r"[a-z][a-z0-9_]*( \+ [a-z][a-z0-9_]*)*", "write an input, or a sum of inputs such as tp + fp + fn"
            ),
            "options": Table(Words(80, r"([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*", "write an option such as sd"), IDENTIFIER),
        }
    ),
    "thresholds": Record({"warning": _THRESHOLD, "critical": _THRESHOLD}),
    "min_n": Numeral(Decimal(0), whole=True),
    "min_group": Numeral(Decimal(0), whole=True),
    "owner": Choice(ROLES),
    "sign_off": Choice(ROLES),
    "visibility": Many(Choice(ROLES), unique=True),
    "dimensions": Many(DIMENSION, most=20, unique=True),
    "alerts": _ALERTS,
    "guardrail": Many(Words(60, r"[a-z][a-z0-9_-]*", "write the name of a KPI or figure"), most=10, unique=True),
    "entry": Record(
        {
            "mode": Choice(("source", "push", "csv", "manual")),
            "approve": Choice(("none", "owner", "four_eyes")),
            "evidence": Choice(("none", "required")),
        }
    ),
    "timezone": Words(60),
    "week_starts": Choice(("monday", "sunday", "saturday")),
    "stale_after": Numeral(Decimal(1), Decimal(100)),
    "label_delay": Duration(),
    "runbook": Words(500),
    "tests": Many(_TEST, 0, 50),
}
_NEEDED = frozenset({"name", "title", "category", "definition", "inputs", "formula", "unit", "direction", "frequency", "owner"})
_OWN = frozenset({"name", "title", "definition", "inputs", "formula", "also", "tests"})

KPI = Record(_KPI_FIELDS, _NEEDED, _ABOUT)
DEFAULTS = Record({k: s for k, s in _KPI_FIELDS.items() if k not in _OWN}, about=_ABOUT)
LOOSE_KPI = Record(_KPI_FIELDS, frozenset({"name"}), _ABOUT)
FORMULAS = Record({k: _KPI_FIELDS[k] for k in ("inputs", "formula", "also")}, frozenset({"inputs", "formula"}))
ENVELOPE: dict[str, Spec] = {
    "apiVersion": Choice((API_VERSION,)),
    "kind": Choice((KIND,)),
    "defaults": DEFAULTS,
}


def schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of a file of definitions: completion and checks in editors."""
    properties = {k: s.schema() for k, s in ENVELOPE.items()}
    properties["kpis"] = {"type": "array", "items": LOOSE_KPI.schema()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Barometer KPI definitions",
        "type": "object",
        "properties": properties,
        "required": ["apiVersion", "kind", "kpis"],
        "additionalProperties": False,
    }


def is_identifier(text: str) -> bool:
    """Whether `text` may name an input or a figure."""
    return bool(re.fullmatch(IDENTIFIER.pattern, text))


def missing(fields: Iterable[str]) -> list[str]:
    """The fields that a definition with these `fields` still needs, defaults counted."""
    return sorted(_NEEDED - set(fields))


def about(field: str) -> str:
    """What to write in a field, in a few words."""
    return _ABOUT.get(field, "add it")
