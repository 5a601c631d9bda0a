"""How single questions of a wave are drawn: scales in one table with a chart, the others each in its own way."""

from collections.abc import Mapping, Sequence

from bot.domain.parts import Cell, Chart, Part, Series, Table, bold, text
from bot.domain.questions import KINDS
from bot.domain.survey_reports import Results
from bot.domain.survey_results import WHOLE, CellResult
from bot.domain.surveys import Question, said
from bot.presenters.pulse_words import HIDDEN, estimate, size, trend, why_hidden

MOST_CHARTED = 20
"""Questions: a chart takes so many points."""
POINTS = {5: ("1 disagree", "2", "3", "4", "5 agree"), 7: ("1 disagree", "2", "3", "4", "5", "6", "7 agree")}


def scales(found: Results) -> tuple[Part, ...]:
    """The questions of a scale: how people answered, and a row for each with mean, favourable share and change."""
    asked = [q for q in found.questions if KINDS[q.kind].SHAPE == "scale"]
    if not asked:
        return ()
    rows: list[tuple[Cell, ...]] = []
    charted: list[tuple[str, Mapping[str, int]]] = []
    for number, question in enumerate(asked, 1):
        cell = found.cells.get(question.id, {}).get(WHOLE)
        named = f"{number}. {said(question.text)}"
        figures = (estimate(cell, "mean"), estimate(cell, "favourable", "%"), size(cell))
        rows.append((named, *figures, trend(found, question)))
        if cell is not None and len(cell.counts) == 5 and len(charted) < MOST_CHARTED:
            charted.append((f"{number}.", cell.counts))
    columns = ("Question", "Mean, 0 to 100", "Favourable", "n", "Change")
    return (*_distribution(charted), Table("Questions, with 95% intervals", columns, tuple(rows), frozenset({1, 2, 3})))


def other(question: Question, cell: CellResult | None) -> tuple[Part, ...]:
    """A question that is no scale: the figure first."""
    title = said(question.text)
    if cell is None or cell.withheld:
        return (text(bold(HIDDEN), f" {title} ({why_hidden(cell)})"),)
    match KINDS[question.kind].SHAPE:
        case "nps":
            return _promoters(question, cell)
        case "number":
            unit = f" {question.unit}" if question.unit else ""
            median = f"median {cell.value('median') or 0:g}{unit}, n {size(cell)}"
            return (text(bold(f"Mean {estimate(cell, 'mean', unit, 'g')}"), f", {median}. {title}"),)
        case "ranks":
            return _ranking(question, cell)
    if question.kind == "yes_no":
        return (text(bold(estimate(cell, "favourable", "% yes")), f", n {size(cell)}. {title}"),)
    return _shares(question, cell)


def _distribution(charted: Sequence[tuple[str, Mapping[str, int]]]) -> tuple[Part, ...]:
    if not charted:
        return ()
    series = []
    for point, name in enumerate(POINTS[5], 1):
        shares = [100 * counts.get(str(point), 0) / max(1, sum(counts.values())) for _, counts in charted]
        series.append(Series(name, tuple(round(v, 1) for v in shares)))
    return (Chart("How people answered", tuple(name for name, _ in charted), tuple(series), "% of answers", "bar"),)


def _promoters(question: Question, cell: CellResult) -> tuple[Part, ...]:
    title = said(question.text)
    if not cell.counts:
        return (text(bold(f"eNPS {estimate(cell, 'enps')}"), f", n {size(cell)}. {title} {_no_distribution(cell)}"),)
    n = sum(cell.counts.values()) or 1
    kinds = [("9 or 10", range(9, 11)), ("7 or 8", range(7, 9)), ("0 to 6", range(7))]
    told = [f"{sum(cell.counts.get(str(p), 0) for p in points) / n:.0%} gave {name}" for name, points in kinds]
    return (text(bold(f"eNPS {estimate(cell, 'enps')}"), f", n {size(cell)}. {title} {', '.join(told)}."),)


def _ranking(question: Question, cell: CellResult) -> tuple[Part, ...]:
    if not cell.counts:
        return _without_counts(question, cell)
    order = sorted(question.options, key=lambda o: -(cell.value(f"first:{o.id}") or 0))
    rows = [(said(o.text), estimate(cell, f"first:{o.id}", "%"), estimate(cell, f"placed:{o.id}", "%")) for o in order]
    columns = ("Option", "Put first", f"Among the first {question.ranked}")
    return (Table(f"{said(question.text)} (n {size(cell)})", columns, tuple(rows), frozenset({1, 2})),)


def _shares(question: Question, cell: CellResult) -> tuple[Part, ...]:
    if not cell.counts:
        return _without_counts(question, cell)
    rows = [(said(o.text), estimate(cell, f"share:{o.id}", "%"), str(cell.counts.get(o.id, 0))) for o in question.options]
    return (Table(f"{said(question.text)} (n {size(cell)})", ("Answer", "Share", "n"), tuple(rows), frozenset({1, 2})),)


def _without_counts(question: Question, cell: CellResult) -> tuple[Part, ...]:
    """What is left where nearly all answered the same, or too few did."""
    rows = [
        (_option(question, value), f"{cell.words(name)} {cell.value(name):.0f}%".strip())
        for value in KINDS[question.kind].cells(question)
        if cell.value(name := f"share:{value}") is not None
    ]
    if not rows:
        return (text(bold(HIDDEN), f" {said(question.text)} (n {size(cell)}) {_no_distribution(cell)}"),)
    return (Table(f"{said(question.text)} (n {size(cell)})", ("Answer", "Share"), tuple(rows), frozenset({1})),)


def _option(question: Question, value: str) -> str:
    ident, _, place = value.partition(".")
    words = next((said(o.text) for o in question.options if o.id == ident), ident)
    return f"{words}, place {place}" if place else words


def _no_distribution(cell: CellResult) -> str:
    if size(cell).isdecimal():
        return "How the answers are spread is not shown: it would tell what nearly everybody answered, or of a smaller group."
    return "How the answers are spread is shown from ten people on."
