"""The kinds of questions, one file each: what is asked for, what may be answered, and how answers are counted."""

from collections.abc import Mapping
from typing import Literal, Protocol

from bot.domain.question_bars import Bars
from bot.domain.question_inputs import TICKED, Input, Pick
from bot.domain.questions import agree, comment, line, number, one, ranking, several, ten, yes_no
from bot.domain.surveys import Answer, Question

__all__ = ["KINDS", "TICKED", "Input", "Kind", "Pick", "Shape"]

Shape = Literal["scale", "nps", "shares", "ranks", "number", "text"]
"""What is said of the answers: mean and favourable share; promoters less detractors; a share each; how many put each first;
mean and median; or the words themselves.
"""


class Kind(Protocol):
    """A file of this folder."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What definitions call it."""

    @property
    def TITLE(self) -> str:  # noqa: N802
        """What people call it."""

    @property
    def SHAPE(self) -> Shape:  # noqa: N802
        """What is said of its answers."""

    @property
    def FIELDS(self) -> tuple[str, ...]:  # noqa: N802
        """The fields of a definition that it reads, besides those that every question has."""

    def problem(self, question: Question, /) -> str:
        """What is wrong with a question of this kind: what it is; what to write instead. Empty: nothing."""

    def inputs(self, question: Question, language: str, /) -> tuple[Input, ...]:
        """What a form asks for; "prefer not to say" is always among it."""

    def read(self, question: Question, given: Mapping[str, str], /) -> Answer | None:
        """The answer in what was filled in, by the names of the inputs; what was chosen of several is joined by commas.

        None: nothing was answered, and nothing had to be.
        :raises InvalidInput: it is no answer, or one is required and missing; `field` names the input.
        """

    def fill(self, question: Question, answer: Answer, /) -> Mapping[str, str]:
        """An answer as it would be filled in."""

    def cells(self, question: Question, /) -> tuple[str, ...]:
        """The values that are counted, in order; none for what is only typed. Of ranks, "option.place", from place 1."""

    def counted(self, question: Question, answer: Answer, /) -> tuple[str, ...]:
        """The cells that one answer is counted in; none for one who prefers not to say."""

    def bars(self, question: Question, counts: Mapping[str, int], n: int, /) -> Bars | None:
        """What a chart shows of the released counts of its cells, from n people; None: it has no chart.

        Questions with the same labels and unit share a chart.
        """

    def size(self, question: Question, /) -> int:
        """How long an answer may be in a ballot, in bytes of compact JSON in UTF-8."""


KINDS: Mapping[str, Kind] = {kind.NAME: kind for kind in (agree, ten, one, several, ranking, yes_no, number, line, comment)}
"""Every kind of question, by the name that definitions use."""
