"""A number from 0 to 10, of which promoters (9 and 10) less detractors (0 to 6) are told."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, Pick, choice, chosen, json_size, no_options_problem
from bot.domain.question_words import words_beside
from bot.domain.surveys import DECLINED, Answer, Question

NAME: Final = "ten"
TITLE = "0 to 10, eNPS"
SHAPE: Final = "nps"
FIELDS = ()


def problem(question: Question) -> str:
    """Options."""
    return no_options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """A menu of the numbers; its ends say which way it goes."""
    words = words_beside(question.text, language)
    ends = {"0": f"0 – {words.lowest}", "10": f"10 – {words.highest}"}
    return choice(question, tuple(Pick(ends.get(value, value), value) for value in cells(question)), language)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The number.

    :raises InvalidInput: it is not from 0 to 10.
    """
    return chosen(question, given, cells(question))


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The number that was chosen."""
    return {question.id: str(answer)}


def cells(_question: Question) -> tuple[str, ...]:
    """The numbers from 0."""
    return tuple(str(number) for number in range(11))


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """The number."""
    return (str(answer),) if answer in cells(question) else ()


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """The numbers from 0."""
    return bars_of(cells(question), cells(question), counts, n)


def size(_question: Question) -> int:
    """To decline is the longest."""
    return json_size(DECLINED)
