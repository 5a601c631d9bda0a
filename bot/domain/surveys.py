"""Surveys as they are defined, and the contract of one wave, which stands from the moment at which it opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

Mode = Literal["anonymous", "attributed", "sealed"]
Texts = Mapping[str, str]
"""The same words in several languages, by language ("en", "no"). The first is used where a reader's own is missing."""
Answer = str | tuple[str, ...]
"""What was answered: one value, or several in order. A ballot holds it by the id of its question."""

DECLINED = "declined"
"""The answer of somebody who prefers not to say. No option of a question may have this id."""
LEAST_ANSWERS = 5
"""No figure is published about fewer answers, whatever a survey says: a floor in code, not a setting."""
LEAST_COMMENTS = 10
"""No comment is shown where fewer people answered."""
LEAST_ITEMS = 2
"""So many questions make up a score: the mean of one is none."""
LONGEST_COMMENT = 1_000
"""Bytes of UTF-8, so that every ballot of a wave has one length."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from. `id` is what a ballot holds."""

    id: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `kind` names a file of `bot.domain.questions`.

    `points` is how many there are on a scale of agreement (5 or 7); `ranked`, how many are put in order. `index`: it is one of
    the items of the engagement score.
    """

    id: str
    kind: str
    text: Texts
    hint: Texts = field(default_factory=dict)
    required: bool = False
    options: tuple[Option, ...] = ()
    points: int = 5
    ranked: int = 3
    low: float | None = None
    high: float | None = None
    unit: Texts = field(default_factory=dict)
    index: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey. With `each`, a wave asks that many of its questions, in turn, and those that are `always` asked besides.

    `closes` is how long a wave is open; `reminders`, after how long from its opening people are reminded. `cuts` are the groups
    by which results are shown: columns of the audience's file, or "group" for the user groups that were named. `kpi` is the KPI
    that its score is recorded for.
    """

    name: str
    title: Texts
    questions: tuple[Question, ...]
    about: Texts = field(default_factory=dict)
    mode: Mode = "anonymous"
    minimum: int = LEAST_ANSWERS
    comment_minimum: int = LEAST_COMMENTS
    cuts: tuple[str, ...] = ()
    each: int = 0
    always: tuple[str, ...] = ()
    a_page: int = 8
    closes: timedelta = timedelta(days=5)
    reminders: tuple[timedelta, ...] = (timedelta(days=2), timedelta(days=4))
    kpi: str = ""

    def asked(self, turn: int) -> tuple[Question, ...]:
        """The questions of a wave whose turn this is (from 1). Everybody is asked the same: so the most can be shown.

        Waves take turns through the others, so that after as many waves as there are turns each was asked.
        """
        rest = [q for q in self.questions if q.id not in self.always]
        if not self.each or self.each >= len(rest):
            return self.questions
        start = (turn - 1) * self.each
        these = {rest[(start + n) % len(rest)].id for n in range(self.each)}
        return tuple(q for q in self.questions if q.id in these or q.id in self.always)


def answers_of(found: Mapping[str, Any]) -> dict[str, Answer]:
    """Answers as they were read from JSON, in which several are a list."""
    return {name: tuple(answer) if isinstance(answer, list) else str(answer) for name, answer in found.items()}


def said(texts: Texts, language: str = "") -> str:
    """The words in a language, in that of its family ("no" for "no-NO"), or in the first that there is."""
    return texts[shown_in(texts, language)] if texts else ""


def shown_in(texts: Texts, language: str) -> str:
    """The language in which a reader of `language` is shown these words; there is at least one."""
    family = family_of(language)
    return next((known for known in (language, family) if known in texts), next(iter(texts)))


def family_of(language: str) -> str:
    """The language that a tag belongs to: "de" for "de-AT"; both kinds of written Norwegian are "no"."""
    family = language.partition("-")[0]
    return "no" if family in ("nb", "nn") else family
