"""How the questions of a wave are drawn: those of a scale in one table, the others each in its own way, with their charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.parts import Cell, Note, Part, Table, bold, text
from bot.domain.question_bars import Bars
from bot.domain.questions import KINDS
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_reports import Results
from bot.domain.survey_results import CellResult
from bot.domain.surveys import Question, said
from bot.presenters.pulse_charts import charts
from bot.presenters.pulse_words import (
    HIDDEN,
    MOSTLY_SEEN,
    changed,
    estimate,
    percent,
    rounded,
    seen_from,
    size,
    trend,
    why_hidden,
)

Piece = tuple[Part, ...]
"""Parts that belong together: charts, and what stands beside them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its number among those of the results, what was released of everybody, and n of N."""

    number: int
    question: Question
    cell: CellResult | None
    n: str

    @property
    def title(self) -> str:
        return f"{self.number}. {said(self.question.text)}"

    @property
    def shape(self) -> str:
        return KINDS[self.question.kind].SHAPE

    @property
    def bars(self) -> Bars | None:
        if self.cell is None or self.cell.withheld or not self.cell.counts:
            return None
        return KINDS[self.question.kind].bars(self.question, self.cell.counts, int(self.cell.value("n") or 0))


def pieces(found: Results) -> list[Piece]:
    """The questions in pieces, in order: those of a scale first, and then those that share a chart together."""
    asked = _numbered(found)
    scales = [each for each in asked if each.shape == "scale"]
    others = _alike([each for each in asked if each.shape != "scale"])
    told = [(*_charts(group), *(part for each in group for part in _other(found, each))) for group in others]
    return [*_scales(found, scales), *told]


def silence(found: Results) -> tuple[Part, ...]:
    """Between what shares and eNPS would lie, had those answered who did not: where few did, and without any assumption."""
    score = found.cells.get("score", {}).get(WHOLE)
    told = [f"score {words}" for words in (_between(score, "mean", ""),) if words]
    for each in _numbered(found):
        words = _between(each.cell, "favourable", "%") or _between(each.cell, "enps", "")
        told += [f"{each.number}. {words}"] if words else []
    why = "Had all who did not answer been of the least favourable opinion, or all of the most"
    return (Note(f"{why}: {'; '.join(told)}."),) if told else ()


def _between(cell: CellResult | None, figure: str, unit: str) -> str:
    least, most = (cell.value(f"{figure}_{end}") if cell else None for end in ("least", "most"))
    return "" if least is None or most is None else f"{rounded(least)} to {rounded(most)}{unit}".replace("-", "−")


def numbered(questions: Sequence[Question]) -> list[tuple[int, Question]]:
    """Questions with their numbers, wherever results have them: those of a scale first, none of what people wrote."""
    shown = [q for q in questions if KINDS[q.kind].SHAPE != "text"]
    return list(enumerate(sorted(shown, key=lambda q: KINDS[q.kind].SHAPE != "scale"), 1))


def _numbered(found: Results) -> list[_Asked]:
    asked = [(n, q, found.cells.get(q.id, {}).get(WHOLE)) for n, q in numbered(found.questions)]
    return [_Asked(n, q, cell, size(found, cell)) for n, q, cell in asked]


def _alike(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """Questions together that can share a chart, where the first of them stands."""
    groups: dict[object, list[_Asked]] = {}
    for each in asked:
        bars = each.bars
        groups.setdefault((bars.labels, bars.unit) if bars else each.number, []).append(each)
    return list(groups.values())


def _charts(asked: Sequence[_Asked]) -> Piece:
    return charts([(each.number, each.question, bars) for each in asked if (bars := each.bars)])


def _scales(found: Results, asked: Sequence[_Asked]) -> list[Piece]:
    """How people answered, and a row for each with mean, favourable share and change; two charts go with the table."""
    if not asked:
        return []
    drawn = [chart for group in _alike(asked) for chart in _charts(group)]
    rows: list[tuple[Cell, ...]] = []
    for each in asked:
        figures = (estimate(each.cell, "mean"), estimate(each.cell, "favourable", "%"), each.n)
        rows.append((each.title, *figures, trend(found, each.question), seen_from(found.course, each.question.id)))
    columns = ("Question", "Mean, 0 to 100", "Favourable", "n", "Change", MOSTLY_SEEN)
    table = Table("Questions, with 95% intervals", columns, tuple(rows), frozenset({1, 2, 3}))
    bare = ", ".join(f"{each.number}." for each in asked if each.bars is None)
    beside = (Note(f"Without a chart: {bare} How their answers are spread is not shown."),) if drawn and bare else ()
    return [(*drawn[:2], table, *beside), *(tuple(drawn[start : start + 2]) for start in range(2, len(drawn), 2))]


def _other(found: Results, asked: _Asked) -> Piece:
    """A question that is no scale: the figure first."""
    cell, title = asked.cell, asked.title
    if cell is None or cell.withheld:
        return (text(bold(HIDDEN), f" {title} ({why_hidden(cell, asked.question)})"),)
    if asked.shape == "nps":
        return _promoters(found, asked, cell)
    if asked.shape == "number":
        unit = f" {said(asked.question.unit)}".rstrip()
        median = f"median {cell.value('median') or 0:g}{unit}, n {asked.n}"
        return (
            text(
                bold(f"Mean {estimate(cell, 'mean', unit, 'g')}"),
                f", {median}. {title}{changed(found, asked.question.id, asked.question)}",
            ),
        )
    if asked.shape == "ranks":
        return _ranking(asked, cell)
    if asked.question.kind == "yes_no":
        told = bold(estimate(cell, "favourable", "% yes"))
        return (text(told, f", n {asked.n}. {title}{changed(found, asked.question.id, asked.question)}"),)
    return _shares(asked, cell)


def _promoters(found: Results, asked: _Asked, cell: CellResult) -> Piece:
    first = bold(f"eNPS {estimate(cell, 'enps')}")
    if not cell.counts:
        return (text(first, f", n {asked.n}. {asked.title} {_no_distribution(cell)}"),)
    n = sum(cell.counts.values()) or 1
    kinds = [("9 or 10", range(9, 11)), ("7 or 8", range(7, 9)), ("0 to 6", range(7))]
    told = [f"{percent(sum(cell.counts.get(str(p), 0) for p in points), n)} gave {name}" for name, points in kinds]
    return (text(first, f", n {asked.n}. {asked.title} {', '.join(told)}.{changed(found, asked.question.id, asked.question)}"),)


def _ranking(asked: _Asked, cell: CellResult) -> Piece:
    question = asked.question
    if not cell.counts:
        return _without_counts(asked, cell)
    order = sorted(question.options, key=lambda o: -(cell.value(f"first:{o.id}") or 0))
    rows = [(said(o.text), estimate(cell, f"first:{o.id}", "%"), estimate(cell, f"placed:{o.id}", "%")) for o in order]
    columns = ("Option", "Put first", f"Among the first {question.ranked}")
    return (Table(f"{asked.title} (n {asked.n})", columns, tuple(rows), frozenset({1, 2})),)


def _shares(asked: _Asked, cell: CellResult) -> Piece:
    if not cell.counts:
        return _without_counts(asked, cell)
    options = asked.question.options
    rows = [(said(o.text), estimate(cell, f"share:{o.id}", "%"), str(cell.counts.get(o.id, 0))) for o in options]
    return (Table(f"{asked.title} (n {asked.n})", ("Answer", "Share", "n"), tuple(rows), frozenset({1, 2})),)


def _without_counts(asked: _Asked, cell: CellResult) -> Piece:
    """What is left where nearly all answered the same, or too few did."""
    rows = [
        (_option(asked.question, value), f"{cell.words(name)} {rounded(share)}%".strip())
        for value in KINDS[asked.question.kind].cells(asked.question)
        if (share := cell.value(name := f"share:{value}")) is not None
    ]
    if not rows:
        return (text(bold(HIDDEN), f" {asked.title} (n {asked.n}) {_no_distribution(cell)}"),)
    return (Table(f"{asked.title} (n {asked.n})", ("Answer", "Share"), tuple(rows), frozenset({1})),)


def _option(question: Question, value: str) -> str:
    ident, _, place = value.partition(".")
    words = next((said(o.text) for o in question.options if o.id == ident), ident)
    return f"{words}, place {place}" if place else words


def _no_distribution(cell: CellResult) -> str:
    if cell.value("n") is not None:
        return "How the answers are spread is not shown: it would tell what nearly everybody answered, or of a smaller group."
    return "How the answers are spread is shown from ten people on."
