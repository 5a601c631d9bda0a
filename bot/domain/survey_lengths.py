"""How long the form of a wave takes, as its invitation says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.questions import KINDS
from bot.domain.surveys import Question

READING = 238 / 60
"""Words a second that are read silently (Brysbaert 2019, doi:10.1016/j.jml.2019.104047: 238 a minute)."""
CHOICE = 5.0
"""Seconds to decide and press. With its words, an ordinary question then takes what Pew Research Center counts: 85 in 15
minutes, 10.6 s each ("How we keep our online surveys from running too long", 2022).
"""
TYPING = 36.2 / 60
"""Words a second that are typed on a phone (Palin et al. 2019, doi:10.1145/3338286.3340120: 36.2 a minute)."""
_TYPED = {"line": 5, "comment": 20}
"""Words that an answer in words has, as we take it."""


@dataclass(frozen=True, slots=True)
class Length:
    """What a form asks and how long that takes. `comments` are answers in words that may be left out: they are not counted."""

    questions: int
    comments: int
    seconds: float


def length_of(pages: Sequence[Sequence[Question]], language: str = "", above: str = "") -> Length:
    """How long a form takes whose questions stand on these pages, with `above` over the first of them.

    Words are what stands between spaces; those that return, such as the points of a scale, are read once. A page takes a
    choice as well: to send it.
    """
    asked = [question for page in pages for question in page]
    comments = sum(question.kind in _TYPED and not question.required for question in asked)
    inputs = [each for question in asked for each in KINDS[question.kind].inputs(question, language)]
    read = {above, *(words for each in inputs for words in (each.label, each.hint, *(pick.text for pick in each.picks)))}
    written = sum(_TYPED.get(question.kind, 0) for question in asked if question.required)
    choices = len(pages) + sum(each.kind not in ("tick", "line", "lines") for each in inputs)
    seconds = sum(len(words.split()) for words in read) / READING + CHOICE * choices + written / TYPING
    return Length(len(asked) - comments, comments, seconds)
