"""What questions of every kind ask with and are checked by: inputs, things to pick, and the ways of declining to answer."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.domain.question_words import words_beside
from bot.domain.sentences import Unfit
from bot.domain.surveys import DECLINED, Answer, Question, Texts, said

MOST_RADIOS = 10
"""Slack's limit for radio buttons and for checkboxes; a menu takes more."""
MOST_OPTIONS = 99
"""Slack's limit for a menu is 100, and one of them is to prefer not to say."""
LONGEST_TEXT = 1_900
"""Slack's limit for a label is 2,000 UTF-16 units; the unit or the place stands there as well."""
LONGEST_HINT = 300
LONGEST_OPTION = 75
"""Slack's limit for the words of something to pick, in UTF-16 units."""
TICKED = "yes"
"""The value of a tick."""
DASHES = ("-", "–", "—", "−")
"""What declines a question that has to be answered in words or digits."""

_OPTION_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Pick:
    """Something to choose in an input: the words to show and the value that comes back."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form. Its `name` begins with the id of the question. `picks` are what can be chosen.

    `one`: one of a few, all in sight; `menu`: one of many; `several`: any of them; the others are typed, except a `tick`, whose
    only pick is beside the box and comes back as `TICKED`. `longest` is how many characters may be typed.
    """

    name: str
    kind: Literal["one", "menu", "several", "number", "line", "lines", "tick"]
    label: str
    hint: str = ""
    optional: bool = True
    picks: tuple[Pick, ...] = ()
    longest: int = 0


def options_of(question: Question, language: str) -> tuple[Pick, ...]:
    """The options of a question as things to pick."""
    return tuple(Pick(said(o.text, language), o.id) for o in question.options)


def declining(question: Question, language: str) -> Pick:
    """The last thing to pick: to prefer not to say."""
    return Pick(words_beside(question.text, language).declined, DECLINED)


def choice(question: Question, picks: tuple[Pick, ...], language: str) -> tuple[Input, ...]:
    """The input of one choice; declining is added to `picks`."""
    asked = (*picks, declining(question, language))
    return (
        Input(
            question.id,
            "one" if len(asked) <= MOST_RADIOS else "menu",
            said(question.text, language),
            said(question.hint, language),
            not question.required,
            asked,
        ),
    )


def chosen(question: Question, given: Mapping[str, str], known: tuple[str, ...]) -> str | None:
    """What was picked of `known`, or that it was declined; None for nothing.

    :raises InvalidInput: it is not among them, or is missing where an answer is required.
    """
    value = given.get(question.id, "").strip()
    if not value:
        require(question, question.id)
        return None
    if value not in (*known, DECLINED):
        raise Unfit("not_among_answers", question.id)
    return value


def require(question: Question, name: str) -> None:
    """Accept that nothing was answered.

    :raises InvalidInput: an answer is required; `name` is the input where it is missing.
    """
    if question.required:
        raise Unfit("needs_answer", name)


def tick_name(question: Question) -> str:
    """The name of the tick beside what is typed."""
    return f"{question.id}.{DECLINED}"


def typed(
    question: Question,
    kind: Literal["number", "line", "lines"],
    language: str,
    longest: int,
    *,
    label: str = "",
    hint: str = "",
) -> tuple[Input, ...]:
    """The input of something typed, and the tick beside it. `label` takes the place of the question's words, `hint` comes
    before its own.

    Where an answer is required, a form has to insist on it, which it cannot beside a tick: there a dash is typed to decline.
    """
    words = words_beside(question.text, language)
    asked = label or said(question.text, language)
    hints = (words.required if question.required else "", hint, said(question.hint, language))
    below = " ".join(filter(None, hints))
    typing = Input(question.id, kind, asked, below, not question.required, longest=longest)
    return (typing,) if question.required else (typing, tick(tick_name(question), words.instead, words.declined))


def tick(name: str, label: str, words: str) -> Input:
    """A box to tick with words beside it, and a label above."""
    return Input(name, "tick", label, picks=(Pick(words, TICKED),))


def _is_unseen(character: str) -> bool:
    """Whether it is a space, or one that only tells how others are to be written."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def typed_text(question: Question, given: Mapping[str, str]) -> str | None:
    """What was typed, without the spaces around it and without control characters; None for nothing.

    `DECLINED` for a tick, or for a dash where an answer is required.

    :raises InvalidInput: there are both, or none and an answer is required.
    """
    text = _LONE.sub("\ufffd", _UNFIT.sub(" ", given.get(question.id, "").replace("\r\n", "\n").replace("\r", "\n"))).strip()
    text = "" if all(map(_is_unseen, text)) else text
    ticked = given.get(tick_name(question), "").strip()
    if text and ticked:
        raise Unfit("ticked_too", tick_name(question))
    if ticked or (question.required and text in DASHES):
        return DECLINED
    if not text:
        require(question, question.id)
        return None
    # What is typed must not read as that nothing was said.
    return text.capitalize() if text == DECLINED else text


def fill_typed(question: Question, answer: Answer) -> Mapping[str, str]:
    """An answer that was typed, as it would be filled in."""
    if answer != DECLINED:
        return {question.id: str(answer)}
    return {question.id: DASHES[0]} if question.required else {tick_name(question): TICKED}


def within(text: str, longest: int, name: str) -> str:
    """The text, if it is at most `longest` bytes of UTF-8.

    :raises InvalidInput: it is longer.
    """
    if len(text.encode()) <= longest:
        return text
    raise Unfit("too_long", name, most=longest)


def size_of_text(longest: int) -> int:
    """How long a text of so many bytes may be as JSON: each may be a quotation mark, which is written as two."""
    return max(2 * longest + 2, json_size(DECLINED))


def json_size(answer: Answer) -> int:
    """How long an answer is in a ballot: bytes of compact JSON in UTF-8."""
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())


def units(text: str) -> int:
    """How long a text is in UTF-16 units, as Slack counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def words_problem(question: Question) -> str:
    """What is wrong with the words of a question, as one sentence; empty: nothing."""
    if not any(text.strip() for text in question.text.values()):
        return "it has no text; write the question"
    for texts, longest, what in ((question.text, LONGEST_TEXT, "text"), (question.hint, LONGEST_HINT, "hint")):
        if wrong := _too_long(texts, longest, what):
            return wrong
    return ""


def options_problem(question: Question, least: int = 2) -> str:
    """What is wrong with the options of a question, or with its words."""
    return words_problem(question) or next(_options_problems(question, least), "")


def no_options_problem(question: Question) -> str:
    """What is wrong with a question that brings its own answers, or with its words."""
    return words_problem(question) or ("it has its own answers; leave options out" if question.options else "")


def _options_problems(question: Question, least: int) -> Iterator[str]:
    ids = [o.id for o in question.options]
    if not least <= len(ids) <= MOST_OPTIONS:
        yield f"it has {len(ids)} option{'' if len(ids) == 1 else 's'}; give it from {least} to {MOST_OPTIONS}"
    for option in question.options:
        if option.id == DECLINED:
            yield f"no option may be called {DECLINED}, for that can always be chosen; give it another id"
        if not _OPTION_ID.fullmatch(option.id):
            yield f"the option “{option.id[:40]}” cannot be called so; use lower-case letters, digits and hyphens"
        if not option.text or not all(text.strip() for text in option.text.values()):
            yield f"the option {option.id} has no text; write it"
        yield from filter(None, [_too_long(option.text, LONGEST_OPTION, f"option {option.id}")])
    twice = next((i for i in ids if ids.count(i) > 1), "")
    if twice:
        yield f"the option {twice} is there twice; keep one of them"
    languages = dict.fromkeys(language for option in question.options for language in option.text)
    yield from filter(None, (_alike(question, language) for language in languages))


def _alike(question: Question, language: str) -> str:
    words = [" ".join(o.text[language].split()) for o in question.options if language in o.text]
    folded = [each.casefold() for each in words]
    twice = next((each for each in words if each and folded.count(each.casefold()) > 1), "")
    return f"two options say “{twice}” in “{language}”, and nobody can tell them apart; reword one of them" if twice else ""


def _too_long(texts: Texts, longest: int, what: str) -> str:
    for language, text in texts.items():
        if units(text) > longest:
            return f"the {what} in “{language}” has {units(text):,} characters; shorten it to {longest:,}"
    return ""
