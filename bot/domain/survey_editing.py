"""A survey changed part by part in forms: its parts as fields that people fill in, and back, with every language kept.

What is filled in becomes what a file would say, so that one place knows all rules: `parse_surveys`.
"""

import hashlib
import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.question_inputs import TICKED
from bot.domain.questions import KINDS
from bot.domain.questions.number import as_typed, read_number
from bot.domain.questions.number import plain as plain_number
from bot.domain.survey_documents import plain, plain_question, plain_texts
from bot.domain.surveys import DECLINED, Option, Question, Survey, Texts, said

Fields = Mapping[str, str]
"""What is filled in, by the name of the field; a tick is `TICKED`, options are a line each, lists have commas."""
Plain = dict[str, Any]
"""What stands in a file."""

TERMS = ("mode", "closes", "reminders", "minimum", "comment_minimum", "cuts", "each", "always", "a_page", "kpi")
"""The fields of a survey besides its words and its questions."""
_LISTS = ("reminders", "cuts", "always")
_LONGEST_NAME = 40
_NO_NAME = re.compile(r"[^a-z0-9]+")
_BETWEEN_WORDS = re.compile(r"[\s!?…()\"'“”„‘’«»]+|[.,;:](?!\d)|(?<=[^\W\d])[-–](?=[^\W\d])")
"""What parts words and tells nothing: a point or a comma in a figure does."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", re.ASCII)


class ChangedMeanwhile(BarometerError):
    """Somebody changed this meanwhile, so yours is not kept. Copy what you typed, press Back, and open it again."""


def digest(part: object) -> str:
    """A mark of a part as it stands, to tell whether somebody changed it meanwhile."""
    written = json.dumps(part, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def seen(survey: Survey, question: str = "") -> str:
    """The mark of a question of a survey, or without one of its words and terms; empty: it has no such question."""
    if question:
        return next((digest(plain_question(q)) for q in survey.questions if q.id == question), "")
    return digest({name: value for name, value in plain(survey).items() if name != "questions"})


def language_of(survey: Survey) -> str:
    """The language in which a survey is written first of all."""
    return next(iter(survey.title))


def languages(survey: Survey) -> tuple[str, ...]:
    """Every language that a part of it is in."""
    texts = (
        survey.title,
        survey.about,
        *(t for q in survey.questions for t in (q.text, q.hint, q.unit, *(o.text for o in q.options))),
    )
    return tuple(dict.fromkeys(language for each in texts for language in each))


def read_language(word: str) -> str:
    """The code of a language.

    :raises InvalidInput: it is none.
    """
    family, *rest = word.strip().split("-", 1)
    code = "-".join([family.lower(), *rest])
    if not _LANGUAGE.fullmatch(code):
        raise InvalidInput("Write the code of a language, such as en, no or de.", "language")
    return code


def filled(question: Question, language: str) -> dict[str, str]:
    """A question as the fields of its form, in a language."""
    fields = plain_question(question)
    own = {name: _typed(fields.get(name)) for name in KINDS[question.kind].FIELDS if name not in ("options", "unit")}
    own |= {name: as_typed(Decimal(own[name])) for name in ("low", "high") if own.get(name)}
    lines = {"options": "\n".join(_line(said(o.text, language)) for o in question.options)} if question.options else {}
    unit = {"unit": said(question.unit, language)} if "unit" in KINDS[question.kind].FIELDS else {}
    return {
        "kind": question.kind,
        "text": said(question.text, language),
        "hint": said(question.hint, language),
        "required": TICKED if question.required else "",
        **own,
        **unit,
        **lines,
    }


def written(given: Fields, before: Question | None, language: str, taken: Collection[str] = ()) -> Plain:
    """A question as a file has it, from what was filled in. The id and the other languages of `before` stay.

    `taken` are the ids of the other questions of its survey.

    :raises InvalidInput: its id is one of them, a limit is no number, or it cannot be told which choice is taken out.
    """
    text, hint = (given.get(name, "").replace("\r\n", "\n").strip() for name in ("text", "hint"))
    asked = given.get("id", "").strip()
    if before is None and asked in taken:
        raise InvalidInput(f"There is a question “{asked}” in this survey already; give this one another name.", "id")
    made: Plain = {
        "id": before.id if before else asked or named(text, taken, "question"),
        "kind": given.get("kind", ""),
        "text": plain_texts(_in_language(before.text if before else {}, text, language)) or "",
        "hint": plain_texts(_in_language(before.hint if before else {}, hint, language)),
        "required": given.get("required") == TICKED,
    }
    kind, first = KINDS.get(made["kind"]), next(iter(before.text)) if before else language
    for name in kind.FIELDS if kind else ():
        value = given.get(name, "").strip()
        match name:
            case "options":
                lines = [line for line in map(_line, given.get(name, "").splitlines()) if line]
                made[name] = _options(before.options if before else (), lines, language, first)
            case "unit":
                made[name] = plain_texts(_in_language(before.unit if before else {}, value, language))
            case "index":
                made[name] = value == TICKED
            case "low" | "high":
                made[name] = plain_number(read_number(value, name)) if value else ""
            case _:
                made[name] = value
    return {name: value for name, value in made.items() if value not in ("", {}) or name == "text"}


def put(survey: Survey, question: Plain, before: str = "") -> Plain:
    """A survey with a question in the place of the one called `before`, or after all others."""
    fields = plain(survey)
    asked = fields["questions"]
    fields["questions"] = [question if q["id"] == before else q for q in asked] if before else [*asked, question]
    return fields


def moved_up(survey: Survey, question: str) -> Plain:
    """A survey with a question one place earlier; the first stays where it is, as does one that is not there any more."""
    fields, ids = plain(survey), [q.id for q in survey.questions]
    if question in ids[1:]:
        place, asked = ids.index(question), fields["questions"]
        asked[place - 1], asked[place] = asked[place], asked[place - 1]
    return fields


def without(survey: Survey, question: str) -> Plain:
    """A survey without a question, which is not among those that are always asked any more either.

    :raises InvalidInput: it is the only one.
    """
    if [q.id for q in survey.questions] == [question]:
        raise InvalidInput("A survey has one question at least. Change this one, or add another first.")
    fields = plain(survey)
    fields["questions"] = [q for q in fields["questions"] if q["id"] != question]
    fields["always"] = [name for name in survey.always if name != question]
    return {name: value for name, value in fields.items() if name != "always" or value}


def in_words(survey: Survey, title: str, about: str, language: str) -> Plain:
    """A survey with another title and introduction in a language; the other languages stay."""
    fields, before = plain(survey), said(survey.title, language)
    typed = before.strip() if _line(title) == _line(before) else _line(title)
    fields["title"] = plain_texts(_in_language(survey.title, typed, language)) or ""
    fields["about"] = plain_texts(_in_language(survey.about, about.replace("\r\n", "\n").strip(), language))
    return {name: value for name, value in fields.items() if name != "about" or value}


def terms_filled(survey: Survey) -> dict[str, str]:
    """The terms of a survey as the fields of their form."""
    fields = plain(survey)
    return {name: _typed(fields.get(name)) for name in TERMS}


def on_terms(survey: Survey, given: Fields) -> Plain:
    """A survey with other terms; what is left empty is as if its file did not say."""
    fields = plain(survey)
    asked = fields.pop("questions")
    for name in TERMS:
        value = given.get(name, "").strip()
        given_so = value.lower() if name == "cuts" else value
        fields[name] = given_so.replace(",", " ").split() if name in _LISTS else value
    return {name: value for name, value in fields.items() if value or name == "reminders"} | {"questions": asked}


def named(text: str, taken: Collection[str], otherwise: str) -> str:
    """A short name made of a text, in letters that every name may have, and none of those that are `taken`."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = _NO_NAME.sub("-", letters).strip("-")
    short = words if len(words) <= _LONGEST_NAME - 10 else words[: _LONGEST_NAME - 9].rpartition("-")[0] or words[:30]
    first = short if short[:1].isalpha() else "-".join(filter(None, (otherwise, short[:20])))
    return next(name for name in itertools.chain([first], (f"{first}-{n}" for n in itertools.count(2))) if name not in taken)


def _in_language(before: Texts, typed: str, language: str) -> Texts:
    """Words of which those in one language are typed anew. Emptied in the first language, they are gone in all."""
    if before and typed == said(before, language).strip():
        return before
    if not typed:
        first = not before or language == next(iter(before))
        return {} if first else {code: words for code, words in before.items() if code != language}
    return {**before, language: typed}


def _options(before: Sequence[Option], lines: Sequence[str], language: str, first: str) -> list[Plain]:
    """The options that lines stand for. In the language in which a question is written first, a line that is as before is the
    option it was, wherever it stands now, and other words are another option, unless it had none in this language; capitals,
    spaces and punctuation make no other word. In every other language they are words of the options in their order.

    :raises InvalidInput: in another language, there are not as many lines as options.
    """
    is_own = not before or language == first
    found = _found(before, lines, language) if is_own else _in_order(before, lines, first)
    taken = {DECLINED, *(o.id for o in before)}
    made: list[Plain] = []
    for known, line in zip(found, lines, strict=True):
        option = _reworded(known, line, language, is_own) if known else Option(named(line, taken, "option"), {language: line})
        taken.add(option.id)
        made.append({"id": option.id, "text": plain_texts(option.text)})
    return made


def _found(before: Sequence[Option], lines: Sequence[str], language: str) -> list[Option | None]:
    """The option that each line is by its words; None: a new one."""
    gone = list(before)
    found = [_taken(gone, _is_same, line, language) for line in lines]
    found = [known or _taken(gone, _is_respelled, line, language) for known, line in zip(found, lines, strict=True)]
    left = iter([o for o in gone if language not in o.text])
    return [known or next(left, None) for known in found]


def _in_order(before: Sequence[Option], lines: Sequence[str], first: str) -> Sequence[Option]:
    if len(lines) != len(before):
        told = f"{len(lines)} {'line' if len(lines) == 1 else 'lines'} for {len(before)} choices"
        mend = f"write one for each in its order, and add or take out choices in {first} first"
        raise InvalidInput(f"{told}; {mend}.", "options")
    return before


def _taken(gone: list[Option], is_it: Callable[[Option, str, str], bool], line: str, language: str) -> Option | None:
    """The first option that a line is, which is gone no more."""
    known = next((o for o in gone if is_it(o, line, language)), None)
    if known is not None:
        gone.remove(known)
    return known


def _is_same(option: Option, line: str, language: str) -> bool:
    return _line(said(option.text, language)) == line


def _is_respelled(option: Option, line: str, language: str) -> bool:
    """Whether a line has the words of an option, letter by letter, in other capitals, spaces or punctuation."""
    before, after = (
        [*filter(None, _BETWEEN_WORDS.split(unicodedata.normalize("NFC", each).lower()))]
        for each in (option.text.get(language, ""), line)
    )
    return before == after != []


def _reworded(option: Option, line: str, language: str, own: bool) -> Option:
    if _is_same(option, line, language):
        return option
    text = {**option.text, language: line}
    return replace(option, text={language: line, **text} if own else text)


def _line(text: str) -> str:
    return " ".join(text.split())


def _typed(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return TICKED
        case list():
            return ", ".join(map(str, value))
        case float():
            return f"{Decimal(str(value)).normalize():f}"
        case _:
            return str(value)
