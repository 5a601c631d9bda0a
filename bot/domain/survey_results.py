"""What was published of one question in one group, read back."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.intervals import Mean
from bot.domain.questions import KINDS
from bot.domain.stop_words import STOP_WORDS
from bot.domain.survey_figures import Figure
from bot.domain.survey_stats import moments, promoter_moments
from bot.domain.surveys import LEAST_ANSWERS, Question

WHOLE = "all"
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


def sample_of(question: Question, cell: CellResult) -> Mean | None:
    """The sample of a question with a full histogram, as changes are tested on it; None where it has none."""
    if not cell.counts:
        return None
    row = [cell.counts.get(value, 0) for value in KINDS[question.kind].cells(question)]
    match KINDS[question.kind].SHAPE:
        case "scale":
            return moments(row)
        case "nps":
            return promoter_moments(row)
    return None


def common_words(texts: Sequence[str], most: int) -> tuple[tuple[str, int], ...]:
    """Words of four letters or more that at least five comments have, with how many comments have each."""
    found = Counter(word for text in texts for word in {w.lower() for w in _WORD.findall(text)} - STOP_WORDS)
    told = [(word, n) for word, n in found.items() if n >= LEAST_ANSWERS]
    return tuple(sorted(told, key=lambda each: (-each[1], each[0]))[:most])
