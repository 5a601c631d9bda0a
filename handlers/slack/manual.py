"""The help of a command: its verbs, one line each."""

from collections.abc import Mapping

from bot.domain.parts import Heading, Inline, Message, Note, Span, Text, code


def manual(command: str, verbs: Mapping[str, str], notes: str = "") -> Message:
    """What can be said after `command`: `verbs` gives each way of saying it with what it does."""
    runs: list[Inline] = []
    for way, meaning in verbs.items():
        runs += [Span("\n" if runs else ""), code(f"{command} {way}"), Span(f"  {meaning}")]
    note = (Note(notes),) if notes else ()
    return Message(f"What {command} knows", (Heading(command), Text(tuple(runs)), *note))
