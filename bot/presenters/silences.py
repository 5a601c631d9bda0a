"""How a silence is told: what is quiet, until when, and why."""

from collections.abc import Sequence

from bot.domain.parts import Button, Buttons, Message, Note, Table, bold, code, text
from bot.domain.silences import Silence
from bot.domain.times import show_time
from bot.presenters.kpi_words import person, person_cell


def begun(one: Silence, covered: int, zone: str) -> Message:
    """That it begins."""
    until = show_time(one.ends_at, zone)
    words = f"{what(one)} is silenced until {until}: {one.reason}"
    quiet = f" {_count(covered)} now." if covered else ""
    line = text(person(one.by), " silenced ", code(what(one)), f" until {until}: {one.reason}.{quiet}")
    return Message(words, (line, _end_it(one)))


def over(one: Silence, by: str, held: int) -> Message:
    """That it is over."""
    words = f"{what(one)} is no longer silenced ({one.name})"
    ended = [person(by), " ended it. "] if by else []
    loud = f"{_count(held)} still; that is told now." if held else "None of its alerts is told anew."
    return Message(words, (text(code(what(one)), f" is no longer silenced ({one.name}). ", *ended, loud),))


def made(one: Silence, zone: str) -> Message:
    """What a person is answered who silenced something."""
    words = f"{one.name}: {what(one)} is silenced until {show_time(one.ends_at, zone)}."
    return Message(
        words,
        (text(bold(words)), Note("Its alerts are still written down; whoever listens is told when it ends."), _end_it(one)),
    )


def ended(one: Silence) -> Message:
    """What a person is answered who ended one."""
    words = f"{one.name} is over: {what(one)} is told again."
    return Message(words, (text(words),))


def listing(found: Sequence[Silence], zone: str) -> Message:
    """The silences that hold."""
    if not found:
        return Message("Nothing is silenced.", (text("Nothing is silenced."),))
    line = f"{len(found)} silence{'s' if len(found) > 1 else ''}, in the order of their ends."
    rows = tuple((s.name, what(s), show_time(s.ends_at, zone), person_cell(s.by), s.reason) for s in found)
    table = Table("Silences", ("Silence", "What", "Until", "By", "Why"), rows)
    return Message(line, (text(bold(line)), table, Note("/alert unsilence SILENCE-1 ends one before its time.")))


def what(one: Silence) -> str:
    """What is silenced, as it is typed."""
    return " ".join([one.rule, *(f"{name}={value}" for name, value in one.dimensions.items())])


def _count(count: int) -> str:
    return f"{count} of its alerts fire{'s' if count == 1 else ''}"


def _end_it(one: Silence) -> Buttons:
    return Buttons((Button("End it", "alert.unsilence", str(one.id)),))
