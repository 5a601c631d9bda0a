"""Yes or no."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, Pick, choice, chosen, json_size, no_options_problem
from bot.domain.question_words import words_beside
from bot.domain.surveys import DECLINED, Answer, Question

NAME: Final = "yes_no"
TITLE = "Yes or no"
SHAPE: Final = "shares"
FIELDS = ()


def problem(question: Question) -> str:
    """Options."""
    return no_options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """One choice of two."""
    words = words_beside(question.text, language)
    return choice(question, (Pick(words.yes, "yes"), Pick(words.no, "no")), language)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The word "yes" or "no", in every language.

    :raises InvalidInput: it is neither.
    """
    return chosen(question, given, cells(question))


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """What was chosen."""
    return {question.id: str(answer)}


def cells(_question: Question) -> tuple[str, ...]:
    """Yes before no."""
    return ("yes", "no")


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """The one that was chosen."""
    return (str(answer),) if answer in cells(question) else ()


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """Yes before no."""
    return bars_of(cells(question), cells(question), counts, n)


def size(_question: Question) -> int:
    """To decline is the longest."""
    return json_size(DECLINED)
