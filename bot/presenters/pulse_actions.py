"""What people read of what is done because of surveys, of who stayed, and of what was deleted."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.domain.parts import Heading, Inline, Message, Note, Part, Span, Text, bold, text
from bot.domain.survey_reports import Action, Actions
from bot.domain.times import show_date
from bot.presenters.kpi_words import person


class Kept(Protocol):
    """Who stayed in a year."""

    @property
    def year(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def stayed(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def verdict(self) -> str: ...


def actions(found: Actions) -> Message:
    """The list, and what was just changed in it."""
    if not found.found:
        words = f"Nothing is noted yet because of {found.survey}."
        how = f'/pulse actions {found.survey} add="what is done" owner=@somebody due=2026-12-18'
        return Message(words, (text(words), Note(how)))
    first = f"{len(found.found)} noted because of {found.survey}."
    if found.made is not None:
        first = f"Noted as action {found.made}; the next wave reports on it."
    if found.ended is not None:
        first = f"Action {found.ended} is done; the next wave reports on it."
    return Message(first, (text(bold(first)), *(_line(each, found.today) for each in found.found)))


def said_and_done(found: Sequence[Action]) -> tuple[Part, ...]:
    """ "You said, we did", for the results of a wave."""
    return (Heading("You said, we did"), *(_line(each, None) for each in found)) if found else ()


def erased(found: object) -> Message:
    """What was deleted of a person."""
    waves, attributed = getattr(found, "waves", 0), getattr(found, "attributed", 0)
    words = f"You are taken out of {waves} open surveys, and your answers are deleted from {attributed} that kept names."
    note = "What was counted already are figures of at least five people: nobody can be taken out of them, or found in them."
    return Message(words, (text(words), Note(note)))


def opted(changed: bool, *, out: bool) -> Message:
    """Whether somebody is asked from now on."""
    now = "You are not asked any more, from the next survey on." if out else "You are asked again, from the next survey on."
    words = now if changed else f"Nothing changed: {now[0].lower()}{now[1:]}"
    return Message(words, (text(words),))


def retention(found: Kept) -> Message:
    """Who stayed in a year: the share, its interval and the verdict."""
    share = found.stayed / found.start
    verdict = {"met": "above 85 %", "missed": "not above 85 %"}.get(found.verdict, "cannot tell whether above 85 %")
    words = (
        f"Retention {found.year}: {share:.1%} ({found.low:.1%}–{found.high:.1%}), {found.stayed} of {found.start}: {verdict}."
    )
    note = "With Wilson's 95 % interval. It is recorded for the KPI retention, and waits for its owner if that is asked for."
    return Message(words, (text(bold(words)), Note(note)))


def _line(each: Action, today: date | None) -> Text:
    when = f", until {show_date(each.due_on)}"
    if each.done_at is not None:
        when = f", done{f': {each.outcome}' if each.outcome else ''}"
    elif today is not None and each.due_on < today:
        when = f", overdue since {show_date(each.due_on)}"
    runs: tuple[Inline, ...] = (Span(f"{each.id}. {each.text}, by "), person(each.owner), Span(when))
    return Text(runs)
