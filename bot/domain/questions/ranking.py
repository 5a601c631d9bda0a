"""The best of several options, put in order."""

from collections.abc import Mapping
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, declining, json_size, options_of, options_problem, require
from bot.domain.question_words import words_beside
from bot.domain.sentences import Unfit
from bot.domain.surveys import DECLINED, Answer, Question, said

NAME: Final = "ranking"
TITLE = "Ranking"
SHAPE: Final = "ranks"
FIELDS = ("options", "ranked")
MOST_RANKED = 5


def problem(question: Question) -> str:
    """Options that cannot be put in order, or more places than there are options or words."""
    if wrong := options_problem(question):
        return wrong
    most = min(MOST_RANKED, len(question.options))
    return "" if 1 <= question.ranked <= most else f"it ranks {question.ranked}; write from 1 to {most}"


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """A menu for each place. The first has the words of the question, and declines for all of them."""
    text, places = said(question.text, language), words_beside(question.text, language).places
    picks = options_of(question, language)
    first = Input(
        _name(question, 1),
        "menu",
        f"{text} – {places[0]}",
        said(question.hint, language),
        not question.required,
        (*picks, declining(question, language)),
    )
    return (first, *(Input(_name(question, n), "menu", places[n - 1], picks=picks) for n in _places(question)[1:]))


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The ids of the options, the best first; there may be fewer than places.

    :raises InvalidInput: one stands twice, follows an empty place, stands beside declining, or is not among the options.
    """
    values = [given.get(_name(question, n), "").strip() for n in _places(question)]
    order = [value for value in values if value]
    if not order:
        require(question, _name(question, 1))
        return None
    if order == [DECLINED] == values[:1]:
        return DECLINED
    for n, value in enumerate(values, 1):
        if wrong := _problem_of(question, value, values[: n - 1], later=any(values[n:])):
            raise Unfit(wrong, _name(question, n))
    return tuple(order)


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The option of each place."""
    order = (answer,) if isinstance(answer, str) else answer
    return {_name(question, n): value for n, value in enumerate(order, 1)}


def cells(question: Question) -> tuple[str, ...]:
    """Each option in each place: "speed.1" counts those who put it first."""
    return tuple(f"{option.id}.{place}" for option in question.options for place in _places(question))


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """Each option in its place."""
    if isinstance(answer, str):
        return ()
    placed = {f"{value}.{place}" for place, value in enumerate(answer, 1)}
    return tuple(cell for cell in cells(question) if cell in placed)


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars:
    """The options, each by how many put it first."""
    labels = [said(o.text) for o in question.options]
    return bars_of(labels, [f"{o.id}.1" for o in question.options], counts, n, "% who put it first")


def size(question: Question) -> int:
    """The longest ids in every place, or to decline."""
    ids = sorted((option.id for option in question.options), key=len, reverse=True)
    return max(json_size(tuple(ids[: question.ranked])), json_size(DECLINED))


def _problem_of(question: Question, value: str, before: list[str], *, later: bool) -> str:
    """The name of the sentence that says what is wrong; empty: nothing."""
    if not value:
        return "place_empty" if later else ""
    if value == DECLINED:
        return "place_declined"
    if value in before:
        return "placed_twice"
    if value not in {option.id for option in question.options}:
        return "not_an_option"
    return ""


def _name(question: Question, place: int) -> str:
    return f"{question.id}.{place}"


def _places(question: Question) -> range:
    return range(1, question.ranked + 1)
