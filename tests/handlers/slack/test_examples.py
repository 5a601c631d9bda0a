"""What the help of a command shows as an example can be said as it stands, in the example organisation."""

import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from bot.domain.people import SYSTEM
from bot.services import definitions, digest_files
from handlers.clock import alerts
from handlers.demo.seed import seed
from handlers.slack.register import COMMANDS
from tests.handlers.slack.conftest import Slack, words

MENTIONS = {"#ops": "&lt;#C0OPS|ops&gt;", "@somebody": "&lt;@U0SRE|somebody&gt;"}
"""As Slack sends what people see as a mention."""
NOTHING_TO_DO = {"reject mttr": "No value of “mttr” waits"}
NOT_UNDERSTOOD = ("is not known here", "I do not know", "has no “", "There is no", "Did you mean", "went wrong", "No data")


def examples() -> Iterator[tuple[ModuleType, str]]:
    """Every "as in …" of every command."""
    for command in COMMANDS:
        for meaning in command.VERBS.values():
            yield from ((command, said) for said in re.findall(r"as in ([^;]+?)(?:;|$)", meaning))


@pytest.fixture
def organisation(open_slack: Callable[..., Slack]) -> Slack:
    slack = open_slack()
    definitions.apply_files(slack.services, SYSTEM)
    digest_files.apply_files(slack.services, SYSTEM)
    seed(slack.services)
    alerts.JOB.run(slack.services)
    slack.workspace.channels["C0OPS"] = {"is_member": True}
    return slack


def test_there_are_examples() -> None:
    assert len(list(examples())) > 12


def test_every_example_of_the_help_can_be_said(organisation: Slack) -> None:
    for command, example in examples():
        said = example
        for shown, sent in MENTIONS.items():
            said = said.replace(shown, sent)
        answer = words(organisation.say(command.COMMAND, said, user="U0ADMIN"))
        assert answer, example
        expected = next((text for start, text in NOTHING_TO_DO.items() if example.startswith(start)), "")
        assert expected in answer, f"{example}: {answer}"
        assert not any(text in answer for text in NOT_UNDERSTOOD), f"{example}: {answer}"
