"""What is said in Slack, as it is said in a terminal."""

import pytest

from handlers.slack.commands import digest as slack_digest
from handlers.slack.commands import kpi as slack_kpi
from handlers.terminal.digests import digest
from handlers.terminal.kpis import kpis
from handlers.terminal.words import GROUPS, in_terminal


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("as in /digest send risk-weekly channel=ID.", "as in barometer digest send risk-weekly --channel ID."),
        ("say /kpi history mttr.", "say barometer kpis history mttr."),
        ("Type /kpi list to see them all.", "Type barometer kpis list to see them all."),
        ("for one period say /kpi why mttr period=….", "for one period say barometer kpis why mttr period=…."),
        ("/kpi define makes one", "/kpi define makes one"),
        ("/digest schedule a channel=ID", "/digest schedule a channel=ID"),
        ("a/kpi listed", "a/kpi listed"),
    ],
)
def test_a_slash_command_becomes_the_terminals(said: str, typed: str) -> None:
    assert in_terminal(said) == typed


def test_the_verbs_are_those_that_both_have() -> None:
    assert GROUPS["/kpi"][1] == set(kpis.commands) & set(slack_kpi.VERBS)
    assert GROUPS["/digest"][1] == set(digest.commands) & set(slack_digest.VERBS)
