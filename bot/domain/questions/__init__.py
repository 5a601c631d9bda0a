"""The kinds of questions, one file each: what is asked for, what may be answered, and how answers are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, Protocol, cast

from bot.domain.surveys import Answer, Question

Shape = Literal["scale", "nps", "shares", "ranks", "number", "text"]
"""What is said of the answers: mean and favourable share; promoters less detractors; a share each; mean ranks; mean and
median; or the words themselves.
"""


@dataclass(frozen=True, slots=True)
class Pick:
    """Something to choose in an input: the words to show and the value that comes back."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form. Its `name` begins with the id of the question. `picks` are what can be chosen.

    `one`: one of a few, all in sight; `menu`: one of many; `several`: any of them; the others are typed.
    """

    name: str
    kind: Literal["one", "menu", "several", "number", "line", "lines", "tick"]
    label: str
    hint: str = ""
    optional: bool = True
    picks: tuple[Pick, ...] = ()
    longest: int = 0


class Kind(Protocol):
    """A file of this folder."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What definitions call it."""

    @property
    def SHAPE(self) -> Shape:  # noqa: N802
        """What is said of its answers."""

    def problem(self, question: Question) -> str:
        """What is wrong with a question of this kind, as one sentence that says what to write; empty: nothing."""

    def inputs(self, question: Question, language: str) -> tuple[Input, ...]:
        """What a form asks for; "prefer not to say" is always among it."""

    def read(self, question: Question, given: Mapping[str, str]) -> Answer | None:
        """The answer in what was filled in, by the names of the inputs; what was chosen of several is joined by commas.

        None: nothing was answered.
        :raises InvalidInput: it is no answer; `field` names the input.
        """

    def fill(self, question: Question, answer: Answer) -> Mapping[str, str]:
        """An answer as it would be filled in."""

    def cells(self, question: Question) -> tuple[str, ...]:
        """The values that are counted, in order; none for what is typed."""

    def counted(self, question: Question, answer: Answer) -> tuple[str, ...]:
        """The cells that one answer is counted in; none for one who prefers not to say."""

    def size(self, question: Question) -> int:
        """How long an answer may be in a ballot, in bytes of JSON."""


NAMES = ("agree", "ten", "one", "several", "ranking", "yes_no", "number", "line", "comment")
KINDS: Mapping[str, Kind] = {name: cast(Kind, import_module(f"{__name__}.{name}")) for name in NAMES}
"""Every kind of question, by the name that definitions use."""
