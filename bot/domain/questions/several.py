"""Any of several options."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, declining, json_size, options_of, options_problem, require
from bot.domain.sentences import Unfit
from bot.domain.surveys import DECLINED, Answer, Question, said

NAME: Final = "several"
TITLE = "Several choices"
SHAPE: Final = "shares"
FIELDS = ("options",)


def problem(question: Question) -> str:
    """Options that cannot be chosen from."""
    return options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """One input of which any can be chosen."""
    picks = (*options_of(question, language), declining(question, language))
    label, hint = said(question.text, language), said(question.hint, language)
    return (Input(question.id, "several", label, hint, not question.required, picks),)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The ids of the options in the order of the question, however they were chosen.

    :raises InvalidInput: one is not among them, or to decline was chosen besides.
    """
    values = {value.strip() for value in given.get(question.id, "").split(",")} - {""}
    if not values:
        require(question, question.id)
        return None
    if values == {DECLINED}:
        return DECLINED
    if DECLINED in values:
        raise Unfit("declined_too", question.id)
    if values - set(cells(question)):
        raise Unfit("one_not_among_answers", question.id)
    return tuple(value for value in cells(question) if value in values)


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """What was chosen, joined by commas."""
    return {question.id: answer if isinstance(answer, str) else ",".join(answer)}


def cells(question: Question) -> tuple[str, ...]:
    """The ids of the options."""
    return tuple(option.id for option in question.options)


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """Each option that was chosen."""
    return () if answer == DECLINED else tuple(value for value in cells(question) if value in answer)


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """The options, each chosen by any share of people."""
    return bars_of([said(o.text) for o in question.options], cells(question), counts, n, "% of people")


def size(question: Question) -> int:
    """All of them, or to decline."""
    return max(json_size(cells(question)), json_size(DECLINED))
