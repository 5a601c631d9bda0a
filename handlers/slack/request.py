"""One request of one person, as commands, buttons and forms see it, and what they may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slack_sdk import WebClient

from bot.domain.errors import BarometerError
from bot.domain.parts import Message
from bot.domain.people import Asker
from bot.services import Services
from handlers.slack.blocks.modals import Modal, Values
from handlers.slack.words import Words


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with a form, by the name of the field: it stays open and says so."""

    by_field: Mapping[str, str]


class Unheard(BarometerError):
    """Barometer does not know what that asks for; it may be from another version. Say /barometer to see what there is."""


class State(dict[str, str]):
    """What a form was opened with. What is read of it is there, or the form is not of this version.

    :raises Unheard: it is not there.
    """

    def __missing__(self, name: str) -> str:
        """What is said of a name that is not there."""
        raise Unheard


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: to one person, beside what they did. `response_url` is Slack's own way back, if there is one."""

    user: str
    channel: str = ""
    response_url: str = ""

    @property
    def conversation(self) -> str:
        """The channel, if it is one that several people are in; empty in a direct message, or where there is none."""
        return self.channel if self.channel[:1] in ("C", "G") else ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked.

    `key` names the request, and is the same when Slack sends it again: a change keeps it in its own transaction.
    A command has `words`, a button and a search have `value`, a form has `values` and the `state` that it was opened with.
    """

    services: Services
    asker: Asker
    client: WebClient
    place: Place
    key: str
    words: Words = field(default_factory=Words)
    value: str = ""
    values: Values = field(default_factory=Values)
    state: Mapping[str, str] = field(default_factory=State)


Answer = Message | Modal | Errors | None
"""What is said back: a message only to the asker; a form, in place of the open one; errors in it; or nothing."""
