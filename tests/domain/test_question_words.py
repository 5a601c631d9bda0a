"""The fixed words of questions: all there in every language, and in the one that the question is shown in."""

from dataclasses import fields, replace

import pytest

from bot.domain.question_inputs import LONGEST_OPTION
from bot.domain.question_words import WORDS, Words, words
from bot.domain.questions import KINDS
from bot.domain.surveys import Question


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_has_all_the_words(language: str) -> None:
    found = words(language)
    assert (len(found.agree5), len(found.agree7), len(found.places)) == (5, 7, 5)
    for name in (f.name for f in fields(Words)):
        value = getattr(found, name)
        said = value if isinstance(value, tuple) else (value,)
        assert all(0 < len(text) <= LONGEST_OPTION for text in said), name
        assert len(set(said)) == len(said), name


def test_answers_are_in_the_language_in_which_the_question_is_shown() -> None:
    def first(asked: Question, language: str) -> str:
        form = KINDS["yes_no"].inputs(asked, language)[0]
        return form.picks[0].text

    asked = Question("q", "yes_no", {"en": "How was it?", "no": "Hvordan var det?"})
    assert [first(asked, language) for language in ("no", "no-NO", "de", "")] == ["Ja", "Ja", "Yes", "Yes"]
    assert first(replace(asked, text={"sv": "Hur var det?"}), "no") == "Yes", "no word is known in Swedish: English"
