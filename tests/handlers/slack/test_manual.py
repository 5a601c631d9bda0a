"""The help of every command: all of it, one line of it, and what else can be asked about."""

from types import ModuleType

import pytest

from handlers.slack.register import COMMANDS
from tests.handlers.slack.conftest import Slack, words


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.COMMAND)
def test_help_with_a_word_is_the_line_of_that_verb_alone(slack: Slack, command: ModuleType) -> None:
    for verb, meaning in command.VERBS.items():
        told = words(slack.say(command.COMMAND, f"help {verb.upper()}"))
        assert f"{command.COMMAND} {verb}" in told
        assert meaning in told
        others = [way for way in command.VERBS.values() if way != meaning]
        assert not any(other in told for other in others)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.COMMAND)
def test_help_with_a_word_that_no_verb_is_says_so(slack: Slack, command: ModuleType) -> None:
    verb = next(iter(command.VERBS))
    told = words(slack.say(command.COMMAND, f"help {verb}z"))
    assert f"{command.COMMAND} has no “{verb}z”. Did you mean {command.COMMAND} help {verb}?" in told
    assert f"Say {command.COMMAND} help to see" in words(slack.say(command.COMMAND, "help qqqqqq"))
    assert "I do not know what to do with “more”" in words(slack.say(command.COMMAND, "help help more"))


def test_who_can_learn_what_of_answers_is_told_in_short(slack: Slack) -> None:
    told = words(slack.say("/pulse", "help anonymity"))
    for who in ("colleague", "manager", "runs the survey", "database", "administrators", "Root of the host"):
        assert who in told
    assert "/pulse opt-out" in told
    assert "nothing of fewer than 5 people, no comments where fewer than 10 answered" in told
    assert "/pulse start" not in told
    assert "Did you mean /pulse help anonymity?" in words(slack.say("/pulse", "help anonimity"))
