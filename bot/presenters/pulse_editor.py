"""A survey as whoever changes it sees it: its words, its terms, and its questions one by one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.digests import span_words
from bot.domain.documents import Problem
from bot.domain.parts import Button, Buttons, Heading, Note, Part, bold, text
from bot.domain.questions import KINDS
from bot.domain.survey_editing import language_of, languages, seen
from bot.domain.surveys import LEAST_ITEMS, Question, Survey, said

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NO_PLURAL = ("always",)
A_PAGE = 20
"""Questions: each takes two of the hundred blocks of a form."""
SHOWN = 300
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "options": ("option",),
    "ranked": ("ranks",),
    "points": ("points",),
    "low": ("low", "limit"),
    "unit": ("unit",),
    "hint": ("hint",),
}
"""Words by which a sentence about a whole question tells of which field it is."""
_OPTION = re.compile(r"\boption(s?)\b(?!-)")
LABELLED: Mapping[str, str] = {
    "its low is not below its high": "“Least” is not below “Greatest”",
    "without each,": "without “Questions a wave”,",
    "add each": "fill in “Questions a wave”",
    "or leave always out": "or leave “Always asked besides” empty",
    "write index: true at those that do": "tick “It counts towards the score” at those that do",
    "write index: true at two or more": "tick “It counts towards the score” at two or more",
    "or leave kpi out": "or leave “KPI” empty",
    "or leave it out": "or leave it empty",
    "or []": "or leave it empty",
}
"""What a sentence about a file says, and what it says in a form, whose fields have labels and are left empty."""


def editor(
    survey: Survey, language: str, page: int, *, is_running: bool = False, recurs: bool = False, problem: str = ""
) -> tuple[Part, ...]:
    """The survey, with a button for each thing that can be changed. `problem` is why the last change was not kept."""
    pages = -(-len(survey.questions) // A_PAGE)
    page = min(max(page, 1), pages)
    start = (page - 1) * A_PAGE
    rows: list[Part] = []
    for number, question in enumerate(survey.questions[start : start + A_PAGE], start + 1):
        rows += _row(survey, question, number, language)
    about = said(survey.about, language)
    return (
        *((text(bold(problem)),) if problem else ()),
        Heading(said(survey.title, language)),
        *((text(about),) if about else ()),
        Note(_terms(survey, language)),
        Buttons(_steps(survey)),
        *rows,
        *((Buttons(_pages(page, pages)),) if pages > 1 else ()),
        Note(_kept(is_running, recurs)),
    )


def blamed(problems: Sequence[Problem], fields: Sequence[str]) -> dict[str, str]:
    """What is wrong in a survey, by the field of the form at which it is said; the first, if it is about none of them."""
    found: dict[str, list[Problem]] = {}
    for each in problems:
        path = each.field.partition(".")[2]
        path = path.partition(".")[2] if path.startswith("questions[") else path
        name = path.partition(".")[0].partition("[")[0]
        if name not in fields:
            name = next((f for f in fields if any(word in each.problem for word in _ABOUT.get(f, ()))), fields[0])
        shown = f"{path.partition(']')[0]}]" if "[" in path else ""
        found.setdefault(name, []).append(_as_labelled(replace(each, line=0, field=shown), name))
    return {name: _sentences(some) for name, some in found.items()}


def told(problems: Sequence[Problem]) -> str:
    """What is wrong in a survey, where there is no field to say it at."""
    return _sentences([_as_labelled(replace(each, line=0, field=""), "") for each in problems])


def _row(survey: Survey, question: Question, number: int, language: str) -> tuple[Part, ...]:
    words = said(question.text, language)
    shown = words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
    alone = "" if sum(q.index for q in survey.questions) >= LEAST_ITEMS else ", which takes two questions"
    told = [
        KINDS[question.kind].TITLE,
        *(["required"] if question.required else []),
        *([f"in the score{alone}"] if question.index else []),
    ]
    missing = [] if language in question.text else [f"no words in {language} yet"]
    sure = f"Remove question {number}? Answers to it in waves that are over stay as they are."
    steps = (
        Button("Change", "pulse.edit.question", question.id),
        *((Button("Move up", "pulse.edit.up", question.id),) if number > 1 else ()),
        Button("Remove", "pulse.edit.remove", f"{question.id} {seen(survey, question.id)}", "danger", sure),
    )
    return text(bold(f"{number}. "), f"{shown}  ({', '.join(told + missing)})"), Buttons(steps)


def _steps(survey: Survey) -> tuple[Button, ...]:
    return (
        Button("Add a question", "pulse.edit.add", "", "primary"),
        Button("From the bank", "pulse.edit.bank"),
        Button("Title", "pulse.edit.words"),
        Button("Terms", "pulse.edit.terms"),
        Button("Language", "pulse.edit.language"),
        Button("YAML", "pulse.yaml", survey.name),
        Button("Start", "pulse.form", survey.name),
    )


def _pages(page: int, pages: int) -> tuple[Button, ...]:
    before = (Button("Earlier questions", "pulse.edit.page", str(page - 1)),) if page > 1 else ()
    after = (Button("Later questions", "pulse.edit.page", str(page + 1)),) if page < pages else ()
    return (*before, *after)


def _terms(survey: Survey, language: str) -> str:
    """Such as "team-check: 4 questions, anonymous, open for 3d. In en and no; shown in en."."""
    count = len(survey.questions)
    asked = "1 question" if count == 1 else f"{count} questions"
    turns = f", {survey.each} of them a wave in turn" if survey.each else ""
    known = languages(survey)
    tongues = (
        f" In {', '.join(known)}; shown in {language}." if known != (language_of(survey),) or language not in known else ""
    )
    return f"{survey.name}: {asked}{turns}, {survey.mode}, open for {span_words(survey.closes)}.{tongues}"


def _kept(is_running: bool, recurs: bool) -> str:
    now = "Each change is kept at once."
    if is_running:
        return f"{now} The wave that is open keeps its questions; changes are asked from the next wave on."
    return f"{now} It recurs: the next wave asks it as it stands then." if recurs else now


def _as_labelled(problem: Problem, name: str) -> Problem:
    """A problem in the words of the form, which calls options choices."""
    told, mend = (_replaced(each) for each in (problem.problem, problem.mend))
    if name != "options":
        return replace(problem, problem=told, mend=mend)
    told, mend = (_OPTION.sub(r"choice\1", each) for each in (told, mend))
    return replace(problem, field=problem.field.replace("options", "choices"), problem=told, mend=mend)


def _replaced(words: str) -> str:
    for file, form in LABELLED.items():
        words = words.replace(file, form)
    return words


def _sentences(problems: Sequence[Problem]) -> str:
    return "\n".join(dict.fromkeys(_sentence(each) for each in problems))[:2000]


def _sentence(problem: Problem) -> str:
    words = wrong([problem])
    if problem.problem.partition(" ")[0] in ("is", "has", "holds", "names"):
        return words.replace(": ", " ", 1) if problem.field else f"It {words}"
    return words[:1].upper() + words[1:]


def wrong(problems: Sequence[Problem]) -> str:
    """What is wrong in a survey that somebody wrote in a form, a line each: where it stands, in words, and the mend."""
    return "\n".join(": ".join(filter(None, (_place(each), f"{each.problem}; {each.mend}."))) for each in problems)


def _place(found: Problem) -> str:
    """Such as "Line 5, title of the first survey"."""
    line = f"line {found.line}" if found.line else ""
    path = " of ".join(_item(each) for each in reversed(found.field.split(".")))
    place = ", ".join(filter(None, (line, path)))
    return place[:1].upper() + place[1:]


def _item(step: str) -> str:
    """A step of a path in words: "questions[1]" is the second question."""
    name, _, index = step.rstrip("]").partition("[")
    if not index:
        return name
    one, number = name if name in NO_PLURAL else name.removesuffix("s"), int(index)
    return f"the {ORDINALS[number]} {one}" if number < len(ORDINALS) else f"{one} {number + 1}"
