"""The help of a command: its verbs, one line each."""

from collections.abc import Mapping

from bot.domain.parts import Heading, Inline, Message, Note, Span, Text, code
from handlers.slack.words import unknown


def manual(command: str, verbs: Mapping[str, str], notes: str = "", word: str = "") -> Message:
    """What can be said after `command`: `verbs` gives each way of saying it with what it does; with a `word`, only that one.

    :raises InvalidInput: there is no such word.
    """
    if word:
        ways = {way.partition(" ")[0]: (way, meaning) for way, meaning in verbs.items()}
        if word.lower() not in ways:
            raise unknown(command, word, ways)
        way, meaning = ways[word.lower()]
        return Message(f"{command} {way}", (Text((code(f"{command} {way}"), Span(f"  {meaning}"))),))
    runs: list[Inline] = []
    for way, meaning in verbs.items():
        runs += [Span("\n" if runs else ""), code(f"{command} {way}"), Span(f"  {meaning}")]
    note = (Note(notes),) if notes else ()
    return Message(f"What {command} knows", (Heading(command), Text(tuple(runs)), *note))
