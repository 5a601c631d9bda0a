"""One of several options."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, choice, chosen, json_size, options_of, options_problem
from bot.domain.surveys import DECLINED, Answer, Question, said

NAME: Final = "one"
TITLE = "One choice"
SHAPE: Final = "shares"
FIELDS = ("options",)


def problem(question: Question) -> str:
    """Options that cannot be chosen from."""
    return options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """One choice; a menu where there are many."""
    return choice(question, options_of(question, language), language)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The id of the option.

    :raises InvalidInput: there is no such option.
    """
    return chosen(question, given, cells(question))


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The option that was chosen."""
    return {question.id: str(answer)}


def cells(question: Question) -> tuple[str, ...]:
    """The ids of the options."""
    return tuple(option.id for option in question.options)


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """The option."""
    return (str(answer),) if answer in cells(question) else ()


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """The options."""
    return bars_of([said(o.text) for o in question.options], cells(question), counts, n)


def size(question: Question) -> int:
    """The longest id, or to decline."""
    return max(json_size(value) for value in (*cells(question), DECLINED))
