"""The help of a command: its verbs, one line each, and what else it tells about."""

from collections.abc import Mapping

from bot.domain.parts import Heading, Inline, Message, Note, Span, Text, code
from handlers.slack.words import Words, unknown


def manual(
    words: Words, command: str, verbs: Mapping[str, str], notes: str = "", topics: Mapping[str, Message] | None = None
) -> Message:
    """What can be said after `command`: `verbs` gives each way of saying it with what it does.

    With a word after help, that verb alone, or what `topics` has under it.

    :raises InvalidInput: there is no such verb or topic.
    """
    words.only()
    told, word = topics or {}, words.target.lower()
    if word in told:
        return told[word]
    if word and word not in verbs:
        raise unknown(command, word, [*verbs, *told], of="help ")
    if word:
        line = Text(_line(command, word, verbs[word]))
        return Message(f"What {command} {word} does", (line,))
    runs: list[Inline] = []
    for way, meaning in verbs.items():
        runs += [Span("\n" if runs else ""), *_line(command, way, meaning)]
    note = (Note(notes),) if notes else ()
    return Message(f"What {command} knows", (Heading(command), Text(tuple(runs)), *note))


def _line(command: str, way: str, meaning: str) -> tuple[Inline, ...]:
    return code(f"{command} {way}"), Span(f"  {meaning}")
