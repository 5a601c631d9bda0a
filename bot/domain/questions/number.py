"""A number, perhaps within limits and in a unit; with a decimal comma or a decimal point."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from bot.domain.question_bars import Bars, bars_of
from bot.domain.question_inputs import Input, fill_typed, json_size, no_options_problem, typed, typed_text
from bot.domain.question_words import words_beside
from bot.domain.sentences import Unfit
from bot.domain.surveys import DECLINED, Answer, Question, said

NAME: Final = "number"
TITLE = "Number"
SHAPE: Final = "number"
FIELDS = ("low", "high", "unit")
LARGEST = Decimal(10) ** 12
FIFTHS = 5
PLACES = 6
"""Digits after the point."""
LONGEST_UNIT = 30
LONGEST = 40
"""Characters that may be typed."""

_NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)", re.ASCII)
_SPACED = re.compile(r"(?<=[0-9])[ \u00a0\u2009\u202f'’](?=[0-9]{3}(?![0-9]))", re.ASCII)
_EITHER = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}", re.ASCII)
"""One with three decimals for some, a whole number of thousands for others."""


def problem(question: Question) -> str:
    """Limits that leave require, a long unit, or options."""
    if question.low is not None and question.high is not None and not question.low < question.high:
        return "its low is not below its high; exchange them, or leave one out"
    if any(limit is not None and not abs(limit) < LARGEST for limit in (question.low, question.high)):
        return f"a limit is out of reach; write one between −{LARGEST:,} and {LARGEST:,}, or leave it out"
    if any(limit is not None and round(limit, PLACES) != limit for limit in (question.low, question.high)):
        return f"a limit has more than {PLACES} digits after the point; round it"
    longest = max(map(len, question.unit.values()), default=0)
    if longest > LONGEST_UNIT:
        return f"its unit has {longest} characters; shorten it to {LONGEST_UNIT}"
    return no_options_problem(question)


def inputs(question: Question, language: str) -> tuple[Input, ...]:
    """A number, with its unit beside the words and its limits below, and a tick."""
    text, unit = said(question.text, language), said(question.unit, language)
    label = f"{text} ({unit})" if unit else text
    return typed(question, "number", language, LONGEST, label=label, hint=_limits_in_words(question, language))


def read(question: Question, given: Mapping[str, str]) -> Answer | None:
    """The number in plain digits with a point: "7.5".

    :raises InvalidInput: it is no number, out of the limits, or may as well be two: 1,500 or 1.500.
    """
    text = typed_text(question, given)
    if text is None or text == DECLINED:
        return text
    number = read_number(text, question.id, question.unit.values())
    limits = _limits(question)
    if ("low" in limits and number < limits["low"]) or ("high" in limits and number > limits["high"]):
        raise Unfit(
            "out_of_limits" if len(limits) > 1 else "too_low" if "low" in limits else "too_high",
            question.id,
            **_plainly(limits),
        )
    return plain(number)


def fill(question: Question, answer: Answer) -> Mapping[str, str]:
    """The number, or the tick."""
    return fill_typed(question, answer if answer == DECLINED else as_typed(Decimal(str(answer))))


def cells(question: Question) -> tuple[str, ...]:
    """The fifths between its limits, which no answer moves: "0 to 40". None where a limit is missing."""
    if question.low is None or question.high is None:
        return ()
    low, high = (Decimal(str(limit)) for limit in (question.low, question.high))
    borders = [plain(low + (high - low) * n / FIFTHS) for n in range(FIFTHS + 1)]
    return tuple(f"{a} to {b}" for a, b in pairwise(borders))


def counted(question: Question, answer: Answer) -> tuple[str, ...]:
    """The fifth that it is in; a border is in the upper one."""
    made = cells(question)
    if not made or answer == DECLINED or question.low is None or question.high is None:
        return ()
    low, high = (Decimal(str(limit)) for limit in (question.low, question.high))
    fifth = int(FIFTHS * (Decimal(str(answer)) - low) / (high - low))
    return (made[min(max(fifth, 0), FIFTHS - 1)],)


def bars(question: Question, counts: Mapping[str, int], n: int) -> Bars | None:
    """The fifths between the limits, if it has both."""
    fifths = cells(question)
    return bars_of(fifths, fifths, counts, n, "% of answers; a border counts upwards") if fifths else None


def size(_question: Question) -> int:
    """The longest number there can be, or to decline."""
    return max(json_size("-" + "9" * 12 + "." + "9" * PLACES), json_size(DECLINED))


def read_number(text: str, name: str, units: Iterable[str] = ()) -> Decimal:
    """The number that was typed into the input of that name.

    :raises InvalidInput: it is no number, is too long, or may as well be two: 1,500 or 1.500.
    """
    digits = _bare(text, units)
    if not _NUMBER.fullmatch(digits) or len(digits) > LONGEST:
        raise Unfit("no_number", name)
    number = Decimal(digits.replace(",", "."))
    if _EITHER.fullmatch(digits):
        whole = re.sub("[.,]", "", digits)
        raise Unfit("two_numbers", name, typed=digits, whole=whole, number=as_typed(number))
    if abs(number) >= LARGEST or number != round(number, PLACES):
        raise Unfit("number_too_long", name, most=LARGEST, places=PLACES)
    return number


def as_typed(number: Decimal) -> str:
    """A number as `read_number` takes it: with a zero more where it would be two numbers, as in 1.2340."""
    digits = plain(number)
    return f"{digits}0" if _EITHER.fullmatch(digits) else digits


def plain(number: Decimal) -> str:
    """A number in plain digits: "-7.5", "1200", "0"."""
    return f"{number.normalize():f}" if number else "0"


def _limits(question: Question) -> dict[str, Decimal]:
    """The limits that there are: "low", "high", or both."""
    both = (("low", question.low), ("high", question.high))
    return {name: Decimal(str(limit)) for name, limit in both if limit is not None}


def _plainly(limits: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: plain(limit) for name, limit in limits.items()}


def _limits_in_words(question: Question, language: str) -> str:
    """Such as "From 0 to 80."; empty: it has none."""
    words, limits = words_beside(question.text, language), _plainly(_limits(question))
    if not limits:
        return ""
    told = words.between if len(limits) > 1 else words.at_least if "low" in limits else words.at_most
    return told.format(**limits)


def _bare(text: str, units: Iterable[str]) -> str:
    """The digits of what was typed: without the unit after them in any language, or spaces between thousands."""
    words = " ".join(text.split())
    longest = max((len(each) for each in units if words.casefold().endswith(each.casefold())), default=0)
    words = words[: len(words) - longest].rstrip()
    return _SPACED.sub("", words.replace("−", "-"))
