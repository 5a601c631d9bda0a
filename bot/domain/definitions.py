"""KPI definitions as code: from YAML that people write, or JSON that we stored, to checked `Kpi`s."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bot.domain.definition_building import Origin, build, read_formulas
from bot.domain.definition_checks import check, check_columns, check_formulas
from bot.domain.definition_schema import ENVELOPE, FORMULAS, LOOSE_KPI, about, missing, schema
from bot.domain.documents import DefinitionErrors, Node, Problem, Report, from_plain, read_yaml
from bot.domain.kpis import Kpi
from bot.domain.specs import Invalid, Record

__all__ = ["DefinitionErrors", "Problem", "parse_kpis", "parse_stored", "schema"]

_MERGED = ("entry", "estimator", "unit")
"""Fields whose defaults are filled in part by part; any other is replaced whole."""

_BOX = Record(ENVELOPE, frozenset({"apiVersion", "kind"}), {"apiVersion": "write barometer/v1", "kind": "write KPISet"})


def parse_kpis(text: str, file: str = "", values: Mapping[str, Decimal] | None = None) -> list[Kpi]:
    """The KPIs that a YAML text defines: a KPISet, or one definition alone. `values` fill placeholders such as ${P95_MS}.

    :raises DefinitionErrors: with everything that is wrong: file, line, field, problem and mend.
    """
    report = Report(file, values or {})
    tree = read_yaml(text, report)
    kpis = [] if tree is None else _kpis(tree, report)
    if report.problems:
        raise DefinitionErrors(sorted(report.problems, key=lambda p: p.line))
    return kpis


def parse_stored(source: str, file: str = "", line: int = 0, version: int = 0) -> Kpi:
    """The KPI that `definition_writing.to_json` wrote, at the version under which it was kept.

    :raises DefinitionErrors: it is not what was written.
    """
    report = Report(file)
    kpi = _one(from_plain(json.loads(source)), {}, report, "", Origin(file, line, version))
    if kpi is None or report.problems:
        raise DefinitionErrors(report.problems)
    return kpi


def _kpis(tree: Node, report: Report) -> list[Kpi]:
    if not isinstance(tree.value, Mapping):
        report.add("", "this is no set of definitions", "write apiVersion: barometer/v1, kind: KPISet and kpis", 1)
        return []
    if "kpis" not in tree.value and "name" in tree.value:
        return _all([tree], {}, report)
    kpis = tree.value.get("kpis", Node(None, 1))
    box = {k: n for k, n in tree.value.items() if k != "kpis"}
    envelope = _BOX.read(Node(box, tree.line), "", report)
    if not isinstance(kpis.value, tuple):
        report.add("kpis", "is not a list of definitions", "write kpis: and below it one “- name: …” for each", kpis.line)
        return []
    defaults = {} if isinstance(envelope, Invalid) else envelope.get("defaults", {})
    return _all(kpis.value, defaults, report)


def _all(nodes: Sequence[Node], defaults: Mapping[str, Any], report: Report) -> list[Kpi]:
    found = [_one(n, defaults, report, f"kpis[{i}]", Origin(report.file, n.line)) for i, n in enumerate(nodes)]
    kpis = [k for k in found if k]
    for kpi in kpis:
        check_columns(kpi, kpi.name, report)
    _check_names(kpis, report)
    return kpis


def _one(node: Node, defaults: Mapping[str, Any], report: Report, place: str, origin: Origin) -> Kpi | None:
    """The KPI in `node`, or None with problems in the report. Its fields are named after it: `mttr.target.max`."""
    name = node.value.get("name") if isinstance(node.value, Mapping) else None
    path = name.value if name and isinstance(name.value, str) and name.value else place
    report.lines[path] = node.line
    before = len(report.problems)
    own = LOOSE_KPI.read(node, path, report)
    if isinstance(own, Invalid):
        _check_formulas_alone(node, path, report)
        return None
    fields = merged(defaults, own)
    for field in missing(fields):
        report.add(f"{path}.{field}", "is missing", about(field))
    if len(report.problems) > before:
        return None
    kpi = build(fields, path, report, origin)
    if kpi is None:
        return None
    check(kpi, path, report)
    return kpi


def _check_formulas_alone(node: Node, path: str, report: Report) -> None:
    """Look at the formulas even where other fields are wrong, so that all is said at once."""
    if not isinstance(node.value, Mapping):
        return
    parts = Node({k: n for k, n in node.value.items() if k in FORMULAS.fields}, node.line)
    fields = FORMULAS.read(parts, path, Report())
    if not isinstance(fields, Invalid):
        inputs, also = read_formulas(fields)
        check_formulas(
            inputs, {f"{path}.formula": fields["formula"]} | {f"{path}.also.{n}": t for n, t in also.items()}, report
        )


def merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a KPI over the defaults of its file."""
    parts = {k: {**defaults[k], **own[k]} for k in _MERGED if k in defaults and k in own}
    return {**defaults, **own, **parts}


def _check_names(kpis: Iterable[Kpi], report: Report) -> None:
    first: dict[str, int] = {}
    for kpi in kpis:
        if kpi.name in first:
            problem = f"is defined twice in this file (first on line {first[kpi.name]})"
            report.add(kpi.name, problem, "keep one of them, or give one another name", kpi.line)
        first.setdefault(kpi.name, kpi.line)
