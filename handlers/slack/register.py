"""What Barometer answers to in Slack: an explicit list of commands, the App Home, and a reaction."""

from collections.abc import Mapping
from typing import Protocol

from handlers.slack import home, marks
from handlers.slack.commands import alert, barometer, digest, incident, kpi, pulse
from handlers.slack.listeners import Listeners
from handlers.slack.request import Answer, Request


class Command(Protocol):
    """A file of `handlers.slack.commands`: its slash command, its verbs with a line of help each, its buttons and forms."""

    @property
    def COMMAND(self) -> str:  # noqa: N802
        """The slash command, with its slash."""

    @property
    def VERBS(self) -> Mapping[str, str]:  # noqa: N802
        """Every verb, with how it is written and what it does."""

    def run(self, request: Request) -> Answer:
        """Do what the words say."""

    def listen(self, listeners: Listeners) -> None:
        """Say which function answers which button, form and search."""


COMMANDS: tuple[Command, ...] = (alert, barometer, digest, incident, kpi, pulse)


def register(listeners: Listeners) -> None:
    """Let every command, button, form and search be heard."""
    # Bolt looks through the list from its start, and commands are what people wait for.
    for command in COMMANDS:
        listeners.command(command.COMMAND, command.run)
    for command in COMMANDS:
        command.listen(listeners)
    home.listen(listeners)
    marks.listen(listeners)
