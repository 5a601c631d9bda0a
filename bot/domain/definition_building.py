"""From the fields of a definition, read and found well-formed, to a `Kpi`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.domain.definition_schema import CONDITIONS, RECOVER
from bot.domain.documents import Report
from bot.domain.kpis import (
    MAIN,
    Alerting,
    Baseline,
    Bound,
    Case,
    Category,
    Direction,
    Entry,
    Estimator,
    Grain,
    Input,
    Kpi,
    Level,
    Remedy,
    Target,
    Threshold,
    Unit,
)
from bot.domain.targets import describe

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a definition stands, and under which version it was kept (0: not yet)."""

    file: str = ""
    line: int = 0
    version: int = 0


_LEVELS: tuple[Level, ...] = ("warning", "critical")
_PLAIN = ("timezone", "week_starts", "stale_after", "label_delay", "runbook", "sign_off")


def build(fields: Fields, path: str, report: Report, origin: Origin) -> Kpi | None:
    """The KPI; None, with a problem in the report, where its parts do not fit each other."""
    before = len(report.problems)
    direction = Direction(fields["direction"])
    unit = Unit(**fields["unit"])
    also, also_units, also_titles = _also(fields.get("also", {}))
    thresholds = _thresholds(fields.get("thresholds", {}), f"{path}.thresholds", report)
    target = _target(fields.get("target"), direction, {MAIN: unit} | also_units, f"{path}.target", report)
    if len(report.problems) > before:
        return None
    return Kpi(
        name=fields["name"],
        title=fields["title"],
        category=Category(fields["category"]),
        definition=fields["definition"],
        inputs=_inputs(fields),
        formula=fields["formula"],
        unit=unit,
        direction=direction,
        frequency=tuple(Grain(g) for g in fields["frequency"]),
        owner=fields["owner"],
        also=also,
        also_units=also_units,
        also_titles=also_titles,
        target=target,
        thresholds=thresholds,
        baseline=Baseline(**fields.get("baseline", {})),
        estimator=Estimator(**fields.get("estimator", {})),
        min_n=int(fields.get("min_n", 0)),
        min_group=int(fields.get("min_group", 0)),
        dimensions=tuple(fields.get("dimensions", ())),
        visibility=frozenset(fields.get("visibility", ())),
        guardrail=tuple(fields.get("guardrail", ())),
        alerts=_alerts(fields.get("alerts", {})),
        entry=Entry(**fields.get("entry", {})),
        tests=tuple(_case(f) for f in fields.get("tests", ())),
        file=origin.file,
        line=origin.line,
        version=origin.version,
        **{k: fields[k] for k in _PLAIN if k in fields},
    )


def read_formulas(fields: Fields) -> tuple[tuple[Input, ...], dict[str, str]]:
    """The inputs of a definition and the formulas of its further figures, by name."""
    return _inputs(fields), _also(fields.get("also", {}))[0]


def _inputs(fields: Fields) -> tuple[Input, ...]:
    return tuple(_input(n, f) for n, f in fields["inputs"].items())


def _input(name: str, fields: Fields | str | None) -> Input:
    given: dict[str, Any] = {"title": fields} if isinstance(fields, str) else dict(fields or {})
    renamed = {"from": "source", "min": "minimum", "max": "maximum"}
    default: dict[str, Any] = {"title": name.replace("_", " ").capitalize()}
    if given.get("kind") == "list":
        default["aggregate"] = "list"
    return Input(name=name, **default | {renamed.get(k, k): v for k, v in given.items()})


def _also(fields: Fields) -> tuple[dict[str, str], dict[str, Unit], dict[str, str]]:
    formulas = {n: f if isinstance(f, str) else f["formula"] for n, f in fields.items()}
    units = {n: Unit(**f["unit"]) for n, f in fields.items() if not isinstance(f, str) and "unit" in f}
    titles = {n: f["title"] for n, f in fields.items() if not isinstance(f, str) and "title" in f}
    return formulas, units, titles


def _alerts(fields: Fields) -> Alerting:
    read: dict[str, Callable[[Any], Any]] = {
        "on": tuple,
        "inhibited_by": tuple,
        "keep_firing_for": int,
        "remedies": lambda given: tuple(_remedy(name, each) for name, each in given.items()),
    }
    return Alerting(**{name: read.get(name, _as_it_is)(value) for name, value in fields.items()})


def _remedy(name: str, fields: Fields) -> Remedy:
    approvals = {level: int(count) for level, count in fields.get("approvals", {}).items()}
    rest = {key: value for key, value in fields.items() if key != "approvals"}
    return Remedy(name, **rest, approvals={**Remedy(name, "", "").approvals, **approvals})


def _as_it_is(value: Any) -> Any:
    return value


def _case(fields: Fields) -> Case:
    inputs = {n: tuple(v) if isinstance(v, list) else v for n, v in fields["in"].items() if v is not None}
    out = fields["out"]
    return Case(inputs, out if isinstance(out, Mapping) else {MAIN: out})


def _target(fields: Fields | None, direction: Direction, units: Mapping[str, Unit], path: str, report: Report) -> Target | None:
    if fields is None:
        return None
    of = fields.get("of", MAIN)
    bounds = tuple(_target_bounds(fields, of, direction, path, report))
    if not bounds:
        report.add(path, "says no figure", "write min, max, range, equals or vs_baseline")
        return None
    where = ", ".join(f"{k}={v}" for k, v in fields.get("where", {}).items())
    words = fields.get("words") or describe(bounds, units.get(of, units[MAIN]))
    return Target(bounds, words, of, fields.get("by", ""), where)


def _target_bounds(fields: Fields, of: str, direction: Direction, path: str, report: Report) -> Iterator[Bound]:
    if "equals" in fields:
        yield Bound("eq", fields["equals"], of)
    low, high = fields.get("range", (fields.get("min"), fields.get("max")))
    if "range" in fields and ("min" in fields or "max" in fields):
        report.add(path, "has both a range and min or max", "keep the range, or min and max")
    if low is not None and high is not None and low > high:
        report.add(path, f"begins at {low}, above its end {high}", "write the smaller number first")
    if low is not None:
        yield Bound("gte", low, of)
    if high is not None:
        yield Bound("lte", high, of)
    if "vs_baseline" in fields:
        yield _against_baseline(fields["vs_baseline"], of, direction, path, report)


def _against_baseline(
    shift: tuple[Decimal, Literal["points", "relative"]], of: str, direction: Direction, path: str, report: Report
) -> Bound:
    if direction not in {Direction.UP, Direction.DOWN}:
        report.add(f"{path}.vs_baseline", "needs a direction that is up or down", "set direction, or use min and max")
    return Bound("lte" if direction is Direction.DOWN else "gte", shift[0], of, "baseline", shift[1])


def _thresholds(fields: Fields, path: str, report: Report) -> tuple[Threshold, ...]:
    found = (_threshold(level, fields[level], f"{path}.{level}", report) for level in _LEVELS if level in fields)
    return tuple(t for t in found if t)


def _threshold(level: Level, fields: Fields, path: str, report: Report) -> Threshold | None:
    of = fields.get("of", MAIN)
    groups = [_group(f, of, f"{path}.any[{i}]", report) for i, f in enumerate(fields.get("any", ()))]
    has_own = any(k in fields for k in (*CONDITIONS, "and"))
    if has_own or not (groups or "burn" in fields):
        groups.insert(0, _group(fields, of, path, report))
    recover = tuple(Bound(op, fields[key], of) for key, op in RECOVER.items() if key in fields)
    burn = tuple((b["long"], b["short"], b["rate"]) for b in fields.get("burn", ()))
    for i, (long, short, _) in enumerate(burn):
        if short >= long:
            report.add(f"{path}.burn[{i}]", "has a short window that is not shorter", "write a short one below the long one")
    if not all(groups):
        return None
    return Threshold(level, tuple(groups), recover, int(fields.get("for", 1)), burn)


def _group(fields: Fields, default_of: str, path: str, report: Report) -> tuple[Bound, ...]:
    """The bounds that must hold together: the condition and what stands under `and`."""
    said = [k for k in CONDITIONS if k in fields]
    if len(said) != 1:
        problem = f"says {' and '.join(said)} at once" if said else "says no condition"
        mend = "put them under any: (one is enough) or and: (all are needed)" if said else "write below, above or another one"
        report.add(path, problem, mend)
        return ()
    bound = _bound(said[0], fields, fields.get("of", default_of))
    more = fields.get("and", ())
    further: Sequence[Fields] = [more] if isinstance(more, Mapping) else more
    return (bound, *(b for i, f in enumerate(further) for b in _group(f, bound.of, f"{path}.and[{i}]", report)))


def _bound(key: str, fields: Fields, of: str) -> Bound:
    against, reads, op = CONDITIONS[key]
    limit = fields[key]
    if against == "absolute":
        return Bound(op, limit, of, reads=reads)
    return Bound(op, limit[0], of, against, limit[1], reads)
