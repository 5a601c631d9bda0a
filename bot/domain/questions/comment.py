"""A comment of some lines."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars
from bot.domain.question_inputs import Input, fill_typed, no_options_problem, size_of_text, typed, typed_text, within
from bot.domain.surveys import LONGEST_COMMENT, Answer, Question

NAME: Final = "comment"
TITLE = "Comment"
SHAPE: Final = "text"
FIELDS = ()


def problem(question: Question) -> str:
    """Options."""
    return no_options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """Some lines, and a tick."""
    return typed(question, "lines", language, LONGEST_COMMENT)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The words as they were typed.

    :raises InvalidInput: they are too long.
    """
    text = typed_text(question, given)
    return None if text is None else within(text, LONGEST_COMMENT, question.id)


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The words, or the tick."""
    return fill_typed(question, answer)


def cells(_question: Question) -> tuple[str, ...]:
    """None: words are not counted."""
    return ()


def counted(_question: Question, _answer: Answer) -> tuple[str, ...]:
    """In none."""
    return ()


def bars(_question: Question, _counts: Mapping[str, int], _n: int) -> Bars | None:
    """None: words have no chart."""
    return None


def size(_question: Question) -> int:
    """The longest words, all of them quotation marks."""
    return size_of_text(LONGEST_COMMENT)
