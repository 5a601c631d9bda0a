"""What was published of one question in one group, read back."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.intervals import Mean
from bot.domain.questions import KINDS
from bot.domain.release_groups import cut_of
from bot.domain.stop_words import STOP_WORDS
from bot.domain.survey_changes import Sample, Share
from bot.domain.survey_comparisons import shrunken
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.survey_stats import moments, promoter_moments
from bot.domain.surveys import LEAST_ANSWERS, Question

_WORD = re.compile(r"[^\W\d_]{4,}")


class Counted(Protocol):
    """A cell of a histogram that was released."""

    @property
    def question(self) -> str: ...

    @property
    def cut(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def n(self) -> int: ...


@dataclass(frozen=True, slots=True)
class CellResult:
    """A question in a group: its histogram if there is one, and its figures with their words."""

    counts: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def value(self, figure: str) -> float | None:
        """A figure, or None where there is none, or only words."""
        found = self.figures.get(figure)
        return found.value if found else None

    def words(self, figure: str) -> str:
        """What is said of a figure: a band, a bound, a method, or why it is withheld."""
        found = self.figures.get(figure)
        return found.words if found else ""

    @property
    def withheld(self) -> str:
        """Why nothing is shown; empty: something is."""
        return self.words("withheld")


def cells_of(counts: Sequence[Counted], figures: Sequence[Figure]) -> dict[str, dict[str, CellResult]]:
    """What was released, by question and group."""
    histograms: dict[tuple[str, str], dict[str, int]] = {}
    for each in counts:
        histograms.setdefault((each.question, each.cut), {})[each.value] = each.n
    named: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures:
        named.setdefault((figure.question, figure.cut), {})[figure.figure] = figure
    found: dict[str, dict[str, CellResult]] = {}
    for question, cut in sorted({*histograms, *named}):
        cell = CellResult(histograms.get((question, cut), {}), named.get((question, cut), {}))
        found.setdefault(question, {})[cut] = cell
    return found


def is_shown(cell: CellResult | None) -> bool:
    """Whether more is shown of a question in a group than how many answered it."""
    if cell is None or cell.withheld:
        return False
    return bool(cell.counts) or any(f.value is not None for name, f in cell.figures.items() if name != "n")


def sample_of(question: Question, cell: CellResult) -> Sample | None:
    """The sample of a question as changes are tested on it, in points: of a full histogram, or of a number with both limits.

    None where it has none. For the shares of several options there is no rule.
    """
    if KINDS[question.kind].SHAPE == "number":
        return _between_limits(question, cell)
    if not cell.counts:
        return None
    row = [cell.counts.get(value, 0) for value in KINDS[question.kind].cells(question)]
    match KINDS[question.kind].SHAPE:
        case "scale":
            return moments(row)
        case "nps":
            return promoter_moments(row)
    return Share(row[0], sum(row)) if question.kind == "yes_no" else None


def group_means(question: Question, by: Mapping[str, CellResult]) -> dict[str, float]:
    """The means by which groups of a cut may be compared on a scale: drawn towards each other, the more the fewer answered.

    Of the groups with a histogram, where a cut has two or more of them.
    Source: `bot.domain.survey_comparisons.shrunken`.
    """
    samples = {g: s for g, cell in by.items() if g != WHOLE and isinstance(s := sample_of(question, cell), Mean)}
    found: dict[str, float] = {}
    for cut in dict.fromkeys(cut_of(group) for group in samples if KINDS[question.kind].SHAPE == "scale"):
        own = {g: s for g, s in samples.items() if cut_of(g) == cut}
        if len(own) > 1:
            found |= zip(own, shrunken(list(own.values())), strict=True)
    return found


def score_sample(cell: CellResult) -> Mean | None:
    """The sample of a score; None where it has no spread, as of five to nine people."""
    mean, sd, n = (cell.value(each) for each in ("mean", "sd", "n"))
    return None if mean is None or sd is None or n is None else Mean(mean, sd, n)


def _between_limits(question: Question, cell: CellResult) -> Mean | None:
    made = score_sample(cell)
    if made is None or question.low is None or question.high is None:
        return None
    points = 100 / (question.high - question.low)
    return Mean((made.mean - question.low) * points, made.sd * points, made.n)


def common_words(texts: Sequence[str], most: int) -> tuple[tuple[str, int], ...]:
    """Words of four letters or more that at least five comments have, with how many comments have each."""
    found = Counter(word for text in texts for word in {w.lower() for w in _WORD.findall(text)} - STOP_WORDS)
    told = [(word, n) for word, n in found.items() if n >= LEAST_ANSWERS]
    return tuple(sorted(told, key=lambda each: (-each[1], each[0]))[:most])
