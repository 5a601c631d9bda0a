"""How far somebody agrees with a statement, on a scale of five or seven points; the highest is the most agreement."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, Pick, choice, chosen, json_size, no_options_problem
from bot.domain.question_words import words_beside
from bot.domain.surveys import DECLINED, Answer, Question

NAME: Final = "agree"
TITLE = "Agreement"
SHAPE: Final = "scale"
FIELDS = ("points", "index")
POINTS = (5, 7)
LABELS = {5: ("1 disagree", "2", "3", "4", "5 agree"), 7: ("1 disagree", "2", "3", "4", "5", "6", "7 agree")}


def problem(question: Question) -> str:
    """Any other number of points, or options."""
    if question.points not in POINTS:
        return f"it has {question.points} points; write 5 or 7"
    return no_options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """One choice of the points in words."""
    words = words_beside(question.text, language)
    points = words.agree7 if question.points == 7 else words.agree5
    return choice(question, tuple(Pick(text, value) for text, value in zip(points, cells(question), strict=True)), language)


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The point as a digit.

    :raises InvalidInput: there is no such point.
    """
    return chosen(question, given, cells(question))


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The point that was chosen."""
    return {question.id: str(answer)}


def cells(question: Question) -> tuple[str, ...]:
    """The points, the least agreement first."""
    return tuple(str(point) for point in range(1, question.points + 1))


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """The point."""
    return (str(answer),) if answer in cells(question) else ()


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """The points."""
    return bars_of(LABELS[question.points], cells(question), counts, n)


def size(_question: Question) -> int:
    """To decline is the longest."""
    return json_size(DECLINED)
