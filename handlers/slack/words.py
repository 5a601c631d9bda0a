"""What people type after a slash command: `verb target key=value …`, quotes allowed."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import InvalidInput

_CLOSING = {'"': '"”“', "“": '”"“', "”": '”"', "„": '“”"', "«": "»", "'": "'’", "‘": "’'"}
_KEY = re.compile(r"([^\W\d][\w.-]*)=")
_REFERENCE = re.compile(r"<([@#])([A-Z0-9]+)(?:\|[^>]*)?>")
_ID = re.compile(r"[@#]?([CDGUW][A-Z0-9]{2,})")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
LONGEST_ECHO = 40


@dataclass(frozen=True, slots=True)
class Words:
    """A command, taken apart. `verb` is in lower case, `options` are in the order of typing, `rest` is what else there was.

    `strays` are the words of `rest` that stand after an option, each with the option before it.
    """

    verb: str = ""
    target: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    strays: tuple[tuple[str, str], ...] = ()

    def only(self, *known: str) -> None:
        """Insist that every option is one of `known` and that nothing else stands there.

        :raises InvalidInput: something is left over; the text names the nearest known option.
        """
        allowed = frozenset(known)
        for key in self.options:
            if key not in allowed:
                raise InvalidInput(f"“{key}=” is not known here. {_hint(key, [f'{k}=' for k in known])}")
        if self.rest:
            raise InvalidInput(f"I do not know what to do with “{shown(self.rest[0])}”; put text of several words in quotes.")

    def alone(self, *known: str) -> None:
        """As `only`, and that nothing is named.

        :raises InvalidInput: something is, or is left over.
        """
        self.only(*known)
        if self.target:
            raise InvalidInput(f"“{self.verb}” takes no name; leave “{shown(self.target)}” out.")

    def apart(self, one: str, others: Iterable[str], why: str) -> None:
        """Insist that an option does not stand beside some others. `why` is what one of them is for.

        :raises InvalidInput: it does.
        """
        if one in self.options and (beside := [f"{key}=" for key in self.options if key in frozenset(others)]):
            raise InvalidInput(f"{why}; leave {one}= or {' and '.join(beside)} out.")

    def needs(self, some: Iterable[str], other: str, example: str) -> None:
        """Insist that options stand beside another alone, as in the `example`.

        :raises InvalidInput: it is missing.
        """
        if not self.options.get(other) and (lonely := [f"{key}=" for key in self.options if key in frozenset(some)]):
            raise InvalidInput(f"{' and '.join(lonely)} can only stand beside {other}=, as in {example}.")


def parse(text: str) -> Words:
    """Take apart what stands after a slash command, as Slack sends it (`&`, `<` and `>` as entities).

    :raises InvalidInput: a quote is not closed, or an option is given twice.
    """
    options: dict[str, str] = {}
    plain: list[str] = []
    strays: list[tuple[str, str]] = []
    latest = ""
    for key, value in _split(_unescaped(text)):
        if key is None:
            plain.append(value)
            if latest and len(plain) > 2:
                strays.append((latest, value))
        elif key in options:
            raise InvalidInput(f"“{shown(key)}=” is given twice; give it once.")
        else:
            options[key] = value
            latest = key
    verb, target = [*plain, "", ""][:2]
    return Words(verb.lower(), target, options, tuple(plain[2:]), tuple(strays))


def shown(text: str) -> str:
    """Text that somebody typed, short enough to be quoted back on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_ECHO else line[: LONGEST_ECHO - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None."""
    found = difflib.get_close_matches(word[:80].lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown(command: str, verb: str, known: Iterable[str], of: str = "") -> InvalidInput:
    """What to say when `command` has no such verb; `of` is what stands before it, such as "help "."""
    guess = nearest(verb, known)
    hint = f"Did you mean {command} {of}{guess}?" if guess else f"Say {command} help to see what there is."
    return InvalidInput(f"{command} has no “{shown(verb)}”. {hint}")


def place(text: str) -> str:
    """The id of a channel or person, written as an id or as a mention.

    :raises InvalidInput: it is neither.
    """
    if found := _reference(text):
        return found
    raise InvalidInput(f"“{shown(text)}” is not the id of a channel or person; mention it, or copy its id from its details.")


def person(text: str) -> str:
    """The id of a person, written as an id or as a mention.

    :raises InvalidInput: it is none.
    """
    found = _reference(text)
    if found[:1] in ("U", "W"):
        return found
    raise InvalidInput(
        f"“{shown(text)}” is no person; mention one, as in @name, or copy the id from their profile."
        if text
        else "Say whom: mention one person, as in @name."
    )


def is_person(text: str) -> bool:
    """Whether a person is meant, as an id or a mention."""
    return text.startswith(("<@", "@")) or _reference(text)[:1] in ("U", "W")


def _reference(text: str) -> str:
    match = _REFERENCE.fullmatch(text) or _ID.fullmatch(text)
    return match[match.lastindex or 0] if match else ""


def _hint(key: str, known: list[str]) -> str:
    if guess := nearest(f"{key}=", known):
        return f"Did you mean {guess}?"
    return f"There is {', '.join(known)}." if known else "It takes no options."


def _unescaped(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _split(text: str) -> Iterator[tuple[str | None, str]]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        key = _KEY.match(text, position)
        value, position = _value(text, key.end() if key else position)
        yield (key[1].lower() if key else None), value


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that begins at `start`, and where it ends."""
    if start < len(text) and text[start] in _CLOSING:
        return _quoted(text, start)
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end], end


def _quoted(text: str, start: int) -> tuple[str, int]:
    closing, characters, position = _CLOSING[text[start]], [], start + 1
    while position < len(text):
        character = text[position]
        if character == "\\" and text[position + 1 : position + 2] in ("\\", *closing) and position + 1 < len(text):
            characters.append(text[position + 1])
            position += 2
        elif character in closing and (position + 1 == len(text) or text[position + 1].isspace()):
            return "".join(characters), position + 1
        else:
            characters.append(character)
            position += 1
    raise InvalidInput(f"The quote that begins at {shown(text[start : start + 20])} is not closed; close it or leave it out.")
