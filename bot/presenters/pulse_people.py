"""What viewers read of a survey that keeps names."""

from typing import Protocol

from bot.domain.parts import Heading, Message, Note, Part, Text, text
from bot.presenters.kpi_words import person

MOST_PEOPLE = 20


class Named(Protocol):
    """Who answered what."""

    @property
    def label(self) -> str: ...

    @property
    def questions(self) -> tuple[str, ...]: ...

    @property
    def people(self) -> tuple[tuple[str, tuple[str, ...]], ...]: ...


def people(found: Named) -> Message:
    """Each person with what they answered; what was left out is not told."""
    first = f"{len(found.people)} people answered {found.label}; it said that answers are kept with names."
    shown: list[Part] = []
    for user, cells in found.people[:MOST_PEOPLE]:
        lines = [f"\n{question}: {cell}" for question, cell in zip(found.questions, cells, strict=True) if cell]
        shown.append(Text((person(user), *text("".join(lines)).spans)))
    name, _, number = found.label.partition(" #")
    more = f"And {len(found.people) - MOST_PEOPLE} more: " if len(found.people) > MOST_PEOPLE else ""
    file = f"/pulse export {name} as=people wave={number} sends all of it as a file."
    note = Note(f"{more}{file} That you looked is in the audit log. Whoever says /pulse delete me is taken out.")
    return Message(first, (Heading(f"Answers of {found.label}"), text(first), *shown, note))
