"""What a file of surveys, and the question bank, may hold, field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from bot.domain.documents import Node, Report
from bot.domain.question_inputs import LONGEST_HINT, LONGEST_OPTION, LONGEST_TEXT
from bot.domain.questions import KINDS
from bot.domain.specs import Choice, Duration, Either, Flag, JsonSchema, Many, Numeral, Record, Spec, Table, Words
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Mode

API_VERSION = "barometer/v1"
KIND = "SurveySet"
BANK_KIND = "QuestionBank"

MODES: tuple[str, ...] = get_args(Mode)
MOST_QUESTIONS = 60
MOST_IN_BANK = 500
MOST_CUTS = 3
MOST_REMINDERS = 2
MOST_A_PAGE = 15
"""A form of Slack takes 100 blocks, and one question may need five."""
EVERY_KIND = ("id", "kind", "text", "hint", "required")
"""The fields of every question; the others are those that its kind reads."""

_NAME = r"[a-z][a-z0-9-]{0,79}"
_NAME_MEND = "use lower-case letters, digits and hyphens, such as weekly-pulse"
_ID = Words(40, r"[a-z][a-z0-9-]*", "use up to 40 lower-case letters, digits and hyphens, such as workload")
_OPTION_ID = Words(40, r"[a-z0-9][a-z0-9-]*", "use up to 40 lower-case letters, digits and hyphens, such as faster-runs")
_CUT_MEND = "name a column of the audience's file in letters a to z, digits, hyphens and underscores, or write group"
_SPANS = "12h, 3d or 2w"
_LANGUAGE = Words(16, r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", "use the code of a language, such as en, no or de")


def named_so(typed: str) -> str:
    """The name that somebody typed, in lower case where that makes it one; else as it was typed, to be quoted back."""
    lower = typed.strip().lower()
    return lower if re.fullmatch(_NAME, lower) else typed.strip()


def _texts(longest: int) -> Spec:
    """Words in English, or in several languages by their codes."""
    words = Words(longest)
    return Either(words, mapping=Table(_LANGUAGE, words, least=1, most=30))


def _whole(least: int, most: int) -> Numeral:
    return Numeral(Decimal(least), Decimal(most), whole=True)


_ABOUT = {
    "id": "the short name under which answers are kept",
    "bank": "the id of a question of the question bank",
    "kind": "how it is answered",
    "text": "the question: text in English, or {en: …, no: …}",
    "hint": "a line below it",
    "required": "whether it must be answered; to prefer not to say is an answer",
    "options": "what there is to choose from, each with id and text",
    "points": "how many points the scale of agreement has: 5 or 7",
    "ranked": "how many of the options are put in order",
    "low": "the least number that may be given",
    "high": "the greatest number that may be given",
    "unit": "what the number is counted in: text in English, or {en: …, no: …}",
    "index": "whether it is one of the items of the score",
}

_OPTION = Record({"id": _OPTION_ID, "text": _texts(LONGEST_OPTION)}, frozenset({"id", "text"}))
QUESTION = Record(
    {
        "id": _ID,
        "kind": Choice(tuple(KINDS)),
        "text": _texts(LONGEST_TEXT),
        "hint": _texts(LONGEST_HINT),
        "required": Flag(),
        "options": Many(_OPTION),
        "points": _whole(5, 7),
        "ranked": _whole(1, 5),
        "low": Numeral(),
        "high": Numeral(),
        "unit": _texts(30),
        "index": Flag(),
    },
    frozenset({"id", "kind", "text"}),
    _ABOUT,
)
_BORROWED = Record({"bank": _ID, "required": Flag()}, frozenset({"bank"}), _ABOUT)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a survey: written out, or taken from the bank."""

    def read(self, node: Node, path: str, report: Report) -> Any:
        """The fields of either."""
        borrowed = isinstance(node.value, Mapping) and "bank" in node.value
        return (_BORROWED if borrowed else QUESTION).read(node, path, report)

    def schema(self) -> JsonSchema:
        """Either."""
        return {"anyOf": [QUESTION.schema(), _BORROWED.schema()]}


SURVEY = Record(
    {
        "name": Words(80, _NAME, _NAME_MEND),
        "title": _texts(120),
        "about": _texts(2000),
        "mode": Choice(MODES),
        "minimum": _whole(LEAST_ANSWERS, 1000),
        "comment_minimum": _whole(LEAST_COMMENTS, 1000),
        "cuts": Many(Words(40, r"[a-z][a-z0-9_-]*", _CUT_MEND), most=MOST_CUTS, unique=True),
        "each": _whole(1, MOST_QUESTIONS),
        "always": Many(_ID, most=MOST_QUESTIONS, unique=True),
        "a_page": _whole(1, MOST_A_PAGE),
        "closes": Duration(_SPANS),
        "reminders": Many(Duration(_SPANS), most=MOST_REMINDERS, unique=True),
        "kpi": Words(80, _NAME, "write the name of a KPI as /kpi list shows it"),
        "questions": Many(_Asked(), least=1, most=MOST_QUESTIONS),
    },
    frozenset({"name", "questions"}),
    {
        "name": "the short name that people type",
        "title": "the name that people read: text in English, or {en: …, no: …}",
        "about": "what it is for, shown above its questions",
        "mode": "anonymous, sealed (what was sent cannot be opened before it closes), or attributed (answers carry names)",
        "minimum": f"how many must have answered before a figure is shown; never fewer than {LEAST_ANSWERS}",
        "comment_minimum": f"how many before a comment is shown; never fewer than {LEAST_COMMENTS}",
        "cuts": "the groups by which results are shown",
        "each": "how many of the questions a wave asks, in turn; left out, all of them",
        "always": "the ids of the questions that every wave asks besides",
        "a_page": "how many questions stand on one page of the form",
        "closes": "how long a wave is open, such as 3d",
        "reminders": "after how long people are reminded, such as [1d, 2d]",
        "kpi": "the KPI that the score is recorded for",
        "questions": "write the questions, each with id, kind and text, or with bank and the id of a question of the bank",
    },
)

SURVEY_SET = Record(
    {"apiVersion": Choice((API_VERSION,)), "kind": Choice((KIND,)), "surveys": Many(SURVEY, least=1)},
    frozenset({"apiVersion", "kind", "surveys"}),
    {"apiVersion": f"write {API_VERSION}", "kind": f"write {KIND}", "surveys": "list at least one survey"},
)
QUESTION_BANK = Record(
    {
        "apiVersion": Choice((API_VERSION,)),
        "kind": Choice((BANK_KIND,)),
        "questions": Many(QUESTION, least=1, most=MOST_IN_BANK),
    },
    frozenset({"apiVersion", "kind", "questions"}),
    {"apiVersion": f"write {API_VERSION}", "kind": f"write {BANK_KIND}", "questions": "list at least one question"},
)


def survey_schema() -> JsonSchema:
    """The JSON Schema of a file of surveys."""
    return {"title": "Barometer surveys", **SURVEY_SET.schema()}


def bank_schema() -> JsonSchema:
    """The JSON Schema of a question bank."""
    return {"title": "Barometer question bank", **QUESTION_BANK.schema()}
