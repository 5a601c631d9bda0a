"""Whether the parts of a definition fit each other, and whether its own worked examples come out."""

import keyword
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.baselines import window_length
from bot.domain.definition_schema import METHODS, OPTIONS
from bot.domain.documents import Report
from bot.domain.entry_fields import ABOUT, ASKED, WORDS
from bot.domain.formats import unit_codes
from bot.domain.formulas import FUNCTIONS, BadFormula, compiled, figures, kinds_of
from bot.domain.kpis import MAIN, Case, Input, Kpi, Remedy, Unit
from bot.domain.rules import RULES
from bot.domain.specs import nearest

AGREEMENT = Decimal("1e-6")
"""A worked example agrees if it is right to six digits."""
_NEEDS: Mapping[str, str] = {
    "limit": "add a threshold with a condition such as above: 10",
    "burn": "add burn windows under thresholds and a target such as min: 0.99",
    "target": "add a target",
    "stale": "add an input that is recorded in every period",
}
"""What a KPI needs for a rule, to be mended."""


def check(kpi: Kpi, path: str, report: Report) -> None:
    """Add to the report whatever does not fit."""
    before = len(report.problems)
    _check_inputs(kpi, path, report)
    _check_units(kpi, path, report)
    _check_zone(kpi, path, report)
    _check_window(kpi, path, report)
    _check_figures(kpi, path, report)
    _check_estimator(kpi, path, report)
    texts = {f"{path}.formula": kpi.formula} | {f"{path}.also.{n}": text for n, text in kpi.also.items()}
    check_formulas(kpi.inputs, texts, report)
    if len(report.problems) == before:
        for i, case in enumerate(kpi.tests):
            _check_case(kpi, case, f"{path}.tests[{i}]", report)


def check_columns(kpi: Kpi, path: str, report: Report) -> None:
    """Add to the report inputs and dimensions whose name stands for something else where values are typed, or in a file.

    So are alerts that could never be told as they are written. What is in force already is not asked this: it stays readable,
    so that it can be mended.
    """
    _check_alerts(kpi, f"{path}.alerts", report)
    inputs = [i.name for i in kpi.inputs]
    for name in inputs:
        if name in WORDS:
            report.add(f"{path}.inputs.{name}", "has a name that every value has a field of", "give it another name")
    figures_ = (MAIN, *kpi.also)
    for name in kpi.dimensions:
        place = f"{path}.dimensions"
        if name in inputs or name in figures_:
            sort = "an input" if name in inputs else "a figure"
            report.add(place, f"{name} is the name of {sort} as well", "give the dimension another name")
        elif name in (*WORDS, *ABOUT, *ASKED):
            report.add(place, f"{name} is a field or column that every KPI has", "give the dimension another name")


def _check_alerts(kpi: Kpi, path: str, report: Report) -> None:
    given = kpi.alerts
    if f"{path}.on" in report.lines:  # what the file says for all its KPIs, or nobody says, holds where it can
        for i, rule in enumerate(given.on):
            if not RULES[rule].applies(kpi):
                mend = f"{_NEEDS.get(rule, 'add what it reads')}, or leave {rule} out"
                report.add(f"{path}.on[{i}]", f"{kpi.name} has not what the rule {rule} needs", mend)
    for i, name in enumerate(given.inhibited_by):
        if name == kpi.name:
            report.add(f"{path}.inhibited_by[{i}]", "is the KPI itself", "name another KPI, or leave it out")
    for level, span in given.repeat.items():
        _check_span(span, f"{path}.repeat.{level}", report)
    for level, steps in given.escalation.items():
        if not steps:
            report.add(f"{path}.escalation.{level}", "names nobody", "write whom and after how long, such as {owner: 15m}")
    for remedy in given.remedies:
        _check_remedy(remedy, f"{path}.remedies.{remedy.name}", report)


def _check_remedy(remedy: Remedy, path: str, report: Report) -> None:
    for name in ("within", "verify"):
        _check_span(getattr(remedy, name), f"{path}.{name}", report)
    if not _is_address(remedy.url):
        mend = "write one such as https://deploy.example.com/rollback, without a user or password"
        report.add(f"{path}.url", "is no address of the web", mend)


def _check_span(span: timedelta, place: str, report: Report) -> None:
    if not span:
        report.add(place, "is no time at all", "write a longer one such as 30m, or leave it out")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    lacking = parts.scheme not in ("http", "https") or not parts.hostname or port == 0
    return not (lacking or "@" in parts.netloc or "\\" in url)


def _check_inputs(kpi: Kpi, path: str, report: Report) -> None:
    for one in kpi.inputs:
        place = f"{path}.inputs.{one.name}"
        if one.name in FUNCTIONS or keyword.iskeyword(one.name) or one.name == MAIN:
            report.add(place, "has a name that formulas use for something else", "give it another name")
        if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
            report.add(place, f"has min {one.minimum} above max {one.maximum}", "swap them")
        if (one.kind == "list") != (one.aggregate == "list") and one.aggregate not in ("none", "last"):
            report.add(place, f"is a {one.kind} with aggregate {one.aggregate}", "lists aggregate as list, numbers do not")


def _check_units(kpi: Kpi, path: str, report: Report) -> None:
    units = {f"{path}.unit": kpi.unit} | {f"{path}.also.{n}.unit": u for n, u in kpi.also_units.items()}
    for place, unit in units.items():
        _check_unit(unit, place, report)


def _check_unit(unit: Unit, place: str, report: Report) -> None:
    codes = tuple(unit_codes())
    if unit.code not in codes:
        report.add(f"{place}.code", f"is “{unit.code}”", nearest(unit.code, codes))


def _check_zone(kpi: Kpi, path: str, report: Report) -> None:
    try:
        ZoneInfo(kpi.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        report.add(f"{path}.timezone", f"{kpi.timezone} is no IANA time zone", "write one such as Europe/Oslo")


def _check_window(kpi: Kpi, path: str, report: Report) -> None:
    if not kpi.baseline.window:
        return
    try:
        window_length(kpi.baseline.window)
    except ValueError:
        problem = f"{kpi.baseline.window} is no window"
        report.add(f"{path}.baseline.window", problem, "write how many periods or how long, such as 8 periods or 3M")


def _check_figures(kpi: Kpi, path: str, report: Report) -> None:
    """Every figure that a target, a threshold or an interval is about must be there."""
    known = (MAIN, *kpi.also)
    if MAIN in kpi.also:
        report.add(f"{path}.also.{MAIN}", "has the name of the KPI's own figure", "give it another name")
    for place, figure in _mentioned(kpi, path):
        if figure not in known:
            report.add(place, f"there is no figure {figure}", f"{nearest(figure, known)}, or add it under also")


def _mentioned(kpi: Kpi, path: str) -> Iterator[tuple[str, str]]:
    if kpi.target:
        yield f"{path}.target.of", kpi.target.of
    for threshold in kpi.thresholds:
        bounds = [b for group in threshold.any_of for b in group] + list(threshold.recover)
        yield from dict.fromkeys((f"{path}.thresholds.{threshold.level}.of", b.of) for b in bounds)
    yield from ((f"{path}.estimator.methods.{figure}", figure) for figure in kpi.estimator.methods)


def _check_estimator(kpi: Kpi, path: str, report: Report) -> None:
    place, names = f"{path}.estimator", tuple(i.name for i in kpi.inputs)
    for part, name in _estimator_parts(kpi):
        if name not in names:
            report.add(f"{place}.{part}", f"there is no input {name}", f"{nearest(name, names)}, or add it under inputs")
    for key in kpi.estimator.options:
        figure, _, option = key.rpartition(".")
        if option not in OPTIONS or (figure and figure not in kpi.estimator.methods):
            report.add(f"{place}.options.{key}", "is not an option that is read", nearest(option, OPTIONS))
    for figure, method in kpi.estimator.methods.items():
        lacking = [p for p in METHODS[method] if not estimator_input(kpi, figure, p)]
        if lacking:
            report.add(f"{place}.methods.{figure}", f"{method} needs {', '.join(lacking)}", "name the inputs that hold them")
        if method in {"bca", "median_exact"} and not _sample(kpi, figure):
            report.add(f"{place}.methods.{figure}", f"{method} needs one list", "name a list input as sample, under options")


def _estimator_parts(kpi: Kpi) -> Iterator[tuple[str, str]]:
    for part in ("numerator", "denominator"):
        if name := getattr(kpi.estimator, part):
            yield part, name
    yield from (("n", name) for name in kpi.estimator.counted)
    yield from ((f"options.{key}", name) for key, name in kpi.estimator.options.items())


def estimator_input(kpi: Kpi, figure: str, part: str) -> str | None:
    """The input that plays `part` in the interval of `figure`, if one is named."""
    options = kpi.estimator.options
    common = options.get(part) or getattr(kpi.estimator, part, None)
    return options.get(f"{figure}.{part}") or (common if isinstance(common, str) else None)


def _sample(kpi: Kpi, figure: str) -> str | None:
    lists = [i.name for i in kpi.inputs if i.kind == "list"]
    named = estimator_input(kpi, figure, "sample")
    if named:
        return named if named in lists else None
    return lists[0] if len(lists) == 1 else None


def check_formulas(inputs: Iterable[Input], texts: Mapping[str, str], report: Report) -> None:
    """Add to the report what is wrong with formulas, given by the path of their field."""
    kinds = kinds_of(inputs)
    for place, text in texts.items():
        try:
            compiled(text, kinds)
        except BadFormula as bad:
            report.add(place, f"the formula {bad.facts['problem']}", str(bad.facts["mend"]))


def _check_case(kpi: Kpi, case: Case, place: str, report: Report) -> None:
    kinds = dict(kinds_of(kpi.inputs))
    before = len(report.problems)
    for name, given in case.inputs.items():
        if name not in kinds:
            report.add(f"{place}.in.{name}", "is not an input", nearest(name, tuple(kinds)))
        elif (kinds[name] == "list") != isinstance(given, tuple):
            report.add(f"{place}.in.{name}", f"must be a {kinds[name]}", "write [1, 2] for a list and 1 for a number")
    found = figures(kpi, case.inputs)
    for figure in case.expected:
        if figure not in found:
            report.add(f"{place}.out.{figure}", "is not a figure", nearest(figure, tuple(found)))
    if len(report.problems) == before:
        _check_figures_of(case, found, place, report)


def _check_figures_of(case: Case, found: Mapping[str, Decimal | None], place: str, report: Report) -> None:
    for figure, expected in case.expected.items():
        if not agree(found[figure], expected):
            got, wanted = _said(found[figure]), _said(expected)
            report.add(f"{place}.out", f"{figure} comes to {got}, not {wanted}", "correct the formula or the example")


def agree(found: Decimal | None, expected: Decimal | None) -> bool:
    """Whether two figures are the same to six digits; "no value" is the same as itself alone."""
    if found is None or expected is None:
        return found is expected
    return abs(found - expected) <= AGREEMENT * max(abs(found), abs(expected))


def _said(value: Decimal | None) -> str:
    return "no value" if value is None else f"{value:.10g}"
