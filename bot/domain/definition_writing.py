"""A KPI written down: as YAML for people to keep, and as JSON (which is YAML 1.2 as well) for the store."""

import hashlib
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.domain.definition_schema import API_VERSION, CONDITIONS, KIND, RECOVER
from bot.domain.kpis import MAIN, Alerting, Baseline, Bound, Case, Entry, Estimator, Input, Kpi, Remedy, Target, Threshold, Unit
from bot.domain.targets import describe

Document = dict[str, Any]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*", re.ASCII)
_MEANS_SOMETHING = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_WIDTH = 100
_CONDITION_OF = {meaning: key for key, meaning in CONDITIONS.items()}
_RECOVER_OF = {op: key for key, op in RECOVER.items()}


def to_yaml(*kpis: Kpi) -> str:
    """A file of definitions that holds `kpis`; `parse_kpis` reads the same ones from it."""
    lines = [f"apiVersion: {API_VERSION}", f"kind: {KIND}", "kpis:"]
    for kpi in kpis:
        first, *rest = _block(to_document(kpi))
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def to_json(kpi: Kpi) -> str:
    """The definition for the store: `parse_stored` reads the same KPI from it. Numbers are text, so that none is rounded."""
    return json.dumps(to_document(kpi), default=number, ensure_ascii=False, separators=(",", ":"))


def digest(kpi: Kpi) -> str:
    """What tells two definitions apart: SHA-256 of what they say, not of where and how it is written."""
    content = json.dumps(to_document(kpi), default=number, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def number(value: object) -> str:
    """A decimal in plain digits: 0.8, 3600, 0.00001."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in a definition")
    short = value.normalize()
    return f"{short:f}" if -12 <= short.adjusted() <= 15 else str(short)


def plain(value: Any) -> Any:
    """A document with its decimals as text: for JSON."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return number(value) if isinstance(value, Decimal) else value


def to_document(kpi: Kpi) -> Document:
    """The fields of a definition as a file would say them; what is as it would be anyway is left out."""
    found: Document = {
        "name": kpi.name,
        "title": kpi.title,
        "category": kpi.category.value,
        "definition": kpi.definition,
        "inputs": {i.name: _input(i) for i in kpi.inputs},
        "formula": kpi.formula,
        "also": {n: _also(text, kpi.also_units.get(n), kpi.also_titles.get(n, "")) for n, text in kpi.also.items()},
        "unit": _unit(kpi.unit),
        "direction": kpi.direction.value,
        "frequency": [g.value for g in kpi.frequency],
        "target": _target(kpi.target, kpi) if kpi.target else {},
        "baseline": _changed(kpi.baseline, Baseline(), always=("kind",)) if kpi.baseline != Baseline() else {},
        "estimator": _changed(kpi.estimator, Estimator()),
        "thresholds": {t.level: _threshold(t) for t in kpi.thresholds},
        "owner": kpi.owner,
        "entry": _changed(kpi.entry, Entry()),
        "dimensions": list(kpi.dimensions),
        "visibility": sorted(kpi.visibility),
        "guardrail": list(kpi.guardrail),
        "alerts": _alerts(kpi.alerts),
        "label_delay": _duration(kpi.label_delay) if kpi.label_delay else "",
    }
    for name, default in _DEFAULTS.items():
        value = getattr(kpi, name)
        found[name] = "" if value == default else Decimal(value) if isinstance(value, int) else value
    found["tests"] = [_case(c) for c in kpi.tests]
    return {k: v for k, v in found.items() if v not in ("", {}, [])}


_DEFAULTS: dict[str, object] = {
    f.name: f.default
    for f in fields(Kpi)
    if f.name in {"min_n", "min_group", "timezone", "week_starts", "stale_after", "runbook", "sign_off"}
}


def _changed(given: Any, default: Any, always: Sequence[str] = ()) -> Document:
    """The fields of a small record that are not as they would be anyway."""
    pairs = ((f.name, getattr(given, f.name), getattr(default, f.name)) for f in fields(given))
    return {n: dict(v) if isinstance(v, Mapping) else v for n, v, usual in pairs if n in always or v != usual}


def _input(given: Input) -> Document:
    usual = Input(given.name, given.title, aggregate="list" if given.kind == "list" else "sum")
    renamed = {"source": "from", "minimum": "min", "maximum": "max"}
    return {renamed.get(k, k): v for k, v in _changed(given, usual, ("title",)).items()}


def _also(text: str, unit: Unit | None, title: str) -> str | Document:
    found: Document = {"formula": text, **({"title": title} if title else {}), **({"unit": _unit(unit)} if unit else {})}
    return found if len(found) > 1 else text


def _unit(unit: Unit) -> Document:
    return _changed(unit, Unit(unit.code), ("code",))


def _target(target: Target, kpi: Kpi) -> Document:
    found: Document = {} if target.of == MAIN else {"of": target.of}
    for bound in target.bounds:
        found |= _target_bound(bound)
    if "min" in found and "max" in found:
        found["range"] = [found.pop("min"), found.pop("max")]
    if target.by:
        found["by"] = target.by
    if target.where:
        found["where"] = dict(pair.split("=", 1) for pair in target.where.split(", "))
    if target.words != describe(target.bounds, kpi.unit_of(target.of)):
        found["words"] = target.words
    return found


def _target_bound(bound: Bound) -> Document:
    if bound.against == "baseline":
        return {"vs_baseline": _shift(bound)}
    return {{"gte": "min", "lte": "max", "eq": "equals"}[bound.op]: bound.limit}


def _shift(bound: Bound) -> str | Decimal:
    if bound.scale == "points":
        return bound.limit
    percent = number(bound.limit * 100)
    return f"{percent}%" if percent.startswith("-") else f"+{percent}%"


def _threshold(threshold: Threshold) -> Document:
    found: Document = {}
    common = threshold.recover[0].of if threshold.recover else MAIN
    groups = [_group(g, common) for g in threshold.any_of]
    if common != MAIN:
        found["of"] = common
    found |= groups[0] if len(groups) == 1 else {"any": groups} if groups else {}
    found |= {_RECOVER_OF[b.op]: b.limit for b in threshold.recover}
    if threshold.for_periods != 1:
        found["for"] = Decimal(threshold.for_periods)
    if threshold.burn:
        found["burn"] = [{"long": _duration(a), "short": _duration(b), "rate": r} for a, b, r in threshold.burn]
    return found


def _group(bounds: Sequence[Bound], common: str) -> Document:
    first, *rest = bounds
    further = [_condition(b, first.of) for b in rest]
    return _condition(first, common) | ({"and": further} if further else {})


def _condition(bound: Bound, common: str) -> Document:
    """The condition, its figure named only where it is not the `common` one around it."""
    key = _CONDITION_OF[bound.against, bound.reads, bound.op]
    of = {} if bound.of == common else {"of": bound.of}
    return of | {key: bound.limit if bound.against == "absolute" else _shift(bound)}


def _alerts(given: Alerting) -> Document:
    found = _changed(given, Alerting())
    found |= {name: list(found[name]) for name in ("on", "inhibited_by") if name in found}
    if "keep_firing_for" in found:
        found["keep_firing_for"] = Decimal(given.keep_firing_for)
    if given.repeat:
        found["repeat"] = {level: _duration(span) for level, span in given.repeat.items()}
    if given.escalation:
        found["escalation"] = {
            level: {step: _duration(span) for step, span in steps.items()} for level, steps in given.escalation.items()
        }
    if given.remedies:
        found["remedies"] = {each.name: _remedy(each) for each in given.remedies}
    return found


def _remedy(given: Remedy) -> Document:
    found = _changed(given, Remedy(given.name, given.title, given.url), ("title", "url"))
    found.pop("name", None)
    if "approvals" in found:
        found["approvals"] = {level: Decimal(count) for level, count in given.approvals.items()}
    found |= {name: _duration(getattr(given, name)) for name in ("within", "verify") if name in found}
    return found


def _duration(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    for unit, length in (("d", 1440), ("h", 60)):
        if minutes and minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def _case(case: Case) -> Document:
    inputs = {n: list(v) if isinstance(v, tuple) else v for n, v in case.inputs.items()}
    only = set(case.expected) == {MAIN}
    return {"in": inputs, "out": case.expected[MAIN] if only else dict(case.expected)}


def _block(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a mapping in block style; small things stand on one line."""
    for key, value in document.items():
        short = f"{key}: {flow(value)}"
        if len(short) <= _WIDTH or isinstance(value, Decimal):
            yield short
        elif isinstance(value, str):
            yield from _long_text(key, value)
        elif isinstance(value, Mapping):
            yield f"{key}:"
            yield from (f"  {line}" for line in _block(value))
        else:
            yield f"{key}:"
            yield from (f"  - {flow(item)}" for item in value)


def _long_text(key: str, text: str) -> Iterator[str]:
    """Text folded over several lines, where folding gives the same text back."""
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    if " ".join(lines) != text:
        yield f"{key}: {flow(text)}"
        return
    yield f"{key}: >-"
    yield from (f"  {line}" for line in lines)


def flow(value: Any) -> str:
    """A value on one line, in flow style."""
    writers: dict[type, Callable[[Any], str]] = {bool: lambda v: str(v).lower(), type(None): lambda _: "null", Decimal: number}
    if writer := writers.get(type(value)):
        return writer(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return (
            value
            if _PLAIN.fullmatch(value) and value.lower() not in _MEANS_SOMETHING
            else json.dumps(value, ensure_ascii=False)
        )
    return "[" + ", ".join(flow(v) for v in value) + "]"
