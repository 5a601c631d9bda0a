"""How long a form is said to take."""

import pytest

from bot.domain.survey_lengths import Length, length_of
from bot.domain.surveys import Option, Question
from bot.presenters.pulse import length

TEN = Question("ten", "agree", {"en": "My team has all it needs to do good work"}, required=True)
"""A statement of ten words, with the ten of its scale and the four that decline."""


def agreeing(n: int, **more: bool) -> list[Question]:
    return [Question(f"q{number}", "agree", {"en": f"Statement {number} has five words"}, **more) for number in range(n)]


def test_an_ordinary_question_takes_what_pew_counts() -> None:
    """85 in 15 minutes, each with options of its own; the page itself is another choice."""
    asked = [
        Question(
            f"q{n}",
            "one",
            {"en": f"Which of these was it that cost you most time {n}?"},
            options=tuple(Option(f"o{k}", {"en": f"This is {n} {k}"}) for k in range(3)),
        )
        for n in range(85)
    ]
    assert length_of([asked]).seconds == pytest.approx(15 * 60, rel=0.05)


def test_words_are_read_at_238_a_minute_and_those_that_return_once() -> None:
    assert length_of([[TEN]]).seconds == pytest.approx((10 + 10 + 4) * 60 / 238 + 2 * 5)
    one, two = (length_of([agreeing(n)]).seconds for n in (1, 2))
    assert two - one == pytest.approx(5 * 60 / 238 + 5), "its own words and its own choice, and the scale not again"
    above = length_of([[TEN]], above="one two three").seconds
    assert above - length_of([[TEN]]).seconds == pytest.approx(3 * 60 / 238)


def test_every_page_is_sent_by_a_choice() -> None:
    asked = agreeing(4)
    assert length_of([asked[:2], asked[2:]]).seconds - length_of([asked]).seconds == pytest.approx(5)


def test_the_words_of_the_reader_are_counted() -> None:
    both = Question("q", "yes_no", {"en": "Is it so?", "de": "Ist das denn wirklich so, wie man es sagt?"})
    assert length_of([[both]], "de-AT").seconds > length_of([[both]], "en").seconds


@pytest.mark.parametrize(("kind", "words"), [("comment", 20), ("line", 5)])
def test_what_must_be_typed_takes_time_and_what_may_be_left_out_is_not_counted(kind: str, words: int) -> None:
    may, must = (Question("why", kind, {"en": "Why?"}, required=required) for required in (False, True))
    assert (length_of([[may]]).questions, length_of([[may]]).comments) == (0, 1)
    assert (length_of([[must]]).questions, length_of([[must]]).comments) == (1, 0)
    beside = length_of([[must]]).seconds - length_of([[may]]).seconds - words * 60 / 36.2
    assert beside == pytest.approx(2 * 60 / 238), "ten words on how to decline, where the tick has eight"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Length(3, 0, 59.9), "3 questions, under a minute."),
        (Length(3, 0, 60), "3 questions, under a minute."),
        (Length(3, 1, 45), "3 questions, under a minute; a comment if you wish."),
        (Length(1, 2, 61), "1 question, about 2 minutes; 2 comments if you wish."),
        (Length(40, 0, 479), "40 questions, about 8 minutes."),
        (Length(0, 1, 20), "1 question, under a minute."),
    ],
)
def test_it_is_said_in_minutes_that_are_never_too_few(found: Length, expected: str) -> None:
    assert length(found) == expected
