"""What people read of surveys one by one: a list of them, which was meant, and how one stands and recurs."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.parts import Button, Buttons, Heading, Inline, Mention, Message, Note, Part, Text, bold, code, text
from bot.domain.survey_reports import Recurring, Standing
from bot.domain.surveys import Survey, said
from bot.domain.times import show_time
from bot.presenters import pulse_words
from bot.presenters.digest_words import counted
from bot.presenters.pulse import feeds, promise, readers, results_go, step_button

HOW = (
    '/pulse start NAME asks the people of this channel; /pulse schedule NAME when="weekly tuesday 10:00" asks again and again.'
)


class Listed(Protocol):
    """A survey in the list."""

    @property
    def survey(self) -> Survey: ...

    @property
    def recurs(self) -> Recurring | None: ...

    @property
    def is_running(self) -> bool: ...


def listing(found: Sequence[tuple[Listed, str]], zone: str, title: str = "Surveys") -> Message:
    """Every survey, with how its latest wave stands and how it recurs."""
    told: list[Part] = []
    for each, stands in found:
        survey = each.survey
        again = (" ", *_recurs(each.recurs, zone)) if each.recurs else ()
        lines = "".join(f"\n{line}" for line in (said(survey.about), stands) if line)
        first = text(bold(said(survey.title)), "  ", code(survey.name), lines, *again)
        start = () if each.is_running else (step_button("start", survey.name),)
        told += [first, Buttons((Button("Show", "pulse.show", survey.name), *start))]
    return Message(f"{len(found)} surveys", (Heading(title), *told, Buttons((Button("New survey", "pulse.copy"),)), Note(HOW)))


OF_ONE = ("show", "remind", "extend", "close", "results", "trend", "compare", "comments", "actions", "export")
"""What is said of one survey, with a button of the same name."""
MOST_NAMED = 20
"""Of so many surveys there are buttons."""


def which(words: str, verb: str, names: Sequence[str]) -> Message:
    """A button for each survey that may have been meant."""
    buttons = tuple(Button(name, f"pulse.{verb}", name) for name in names[:MOST_NAMED])
    return Message(words, (text(words), Buttons(buttons)))


def shown(found: Standing, zone: str) -> Message:
    """One survey: its terms, its questions, and what can be done with it now."""
    survey, contract, questions = found.survey, found.contract, found.questions
    mode, minimum = (contract.mode, contract.minimum) if contract else (survey.mode, survey.minimum)
    turns = f" {survey.each} of them a wave, in turn." if survey.each else ""
    asked = "\n".join(f"• {words}  ({kind})" for words, kind in questions)
    parts: tuple[Part, ...] = (
        Heading(said(survey.title)),
        text(bold(found.words)),
        text(promise(mode, minimum)),
        *(results_go(contract) if contract and found.is_open else ()),
        *feeds(survey.kpi),
        *((text(*_recurs(found.recurs, zone)),) if found.recurs else ()),
        text(f"{counted(len(questions), 'question')}.{turns}\n{asked}"),
        *((_close_receipt(found),) if found.receipt else ()),
        *((Buttons(tuple(step_button(step, survey.name) for step in found.steps)),) if found.steps else ()),
    )
    return Message(f"{said(survey.title)}: {found.words}", parts)


def _close_receipt(found: Standing) -> Text:
    words = f"Close receipt of {found.label}: {pulse_words.receipt(found.receipt)}"
    return pulse_words.by(words, str(found.receipt.get("by", "")))


def _recurs(found: Recurring, zone: str) -> Sequence[str | Inline]:
    return f"Recurs {found.words}, {next_time(found, zone)}. ", *whom_and_where(found)


def next_time(found: Recurring, zone: str) -> str:
    """When it is asked next, and which wave makes what is due before fall out."""
    next_one = f"the next time {show_time(found.due_at, zone)}"
    if found.held is None:
        return next_one
    label, until = found.held
    return f"{next_one}; {label} is open until {show_time(until, zone)}, and what is due until then falls out"


def whom_and_where(found: Recurring) -> Sequence[str | Inline]:
    """Such as "It asks #team, 3 people; results go to #team; with closes=1d."."""
    asked: list[str | Inline] = [Mention("usergroup" if each[:1] == "S" else "channel", each) for each in found.asks]
    asked += ["1 person" if found.people == 1 else f"{found.people:,} people"] if found.people or not asked else []
    listed = [part for each in asked for part in (", ", each)][1:]
    terms = [part for name, value in found.terms.items() for part in (", ", *_term(name, value))][1:]
    return "It asks ", *listed, "; results go to ", *readers(found), *(("; with ", *terms) if terms else ()), "."


def _term(name: str, value: str) -> Sequence[str | Inline]:
    return (f"{name}=", Mention("user", value)) if name == "custodian" else (f"{name}={value}",)
