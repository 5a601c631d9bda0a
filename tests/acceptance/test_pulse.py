"""`/pulse` in the running program: a wave from its start to its results, which are computed here once more by other means."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from playground.server import NotInTime, Playground
from tests.acceptance.conftest import GRACE, Person, Program, running, words
from tests.acceptance.crowd import NEVER_ASKED, SAID, TITLES, Crowd, Plan, filled, gather, is_said
from tests.adversary.test_keys import keys_in
from tests.adversary.traces import traces

LEAD, STRANGER = "U0PRODUCT", "U0RISK"
START = "/pulse start weekly-pulse audience=<#C0CROWD|everybody> closes=3d"
AT_ONCE = 12
"""People who answer at the same moment."""
SLOW = 60


@pytest.fixture(params=["socket", "http"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Program]:
    """On SQLite over a socket, and on PostgreSQL by signed HTTP."""
    is_http = request.param == "http"
    url = str(request.getfixturevalue("postgres_url")) if is_http else f"sqlite:///{tmp_path / 'barometer.db'}"
    more = {"BAROMETER_SURVEY_KEYS": str(tmp_path / "keys"), "BAROMETER_QUIET_HOURS": "none"}
    with running(url, over_http=is_http, more=more | {"BAROMETER_MESSAGES_PER_SECOND": "20"}, log_keep=100_000) as started:
        yield started


@pytest.fixture
def crowd(program: Program, request: pytest.FixtureRequest) -> Crowd:
    """200 people over a socket, 40 by HTTP."""
    over_socket = "socket" in request.node.callspec.id
    return gather(program.workspace, 200 if over_socket else 40, seed=7)


def test_a_wave_from_its_start_to_its_results(program: Program, crowd: Crowd) -> None:
    workspace, general = program.workspace, program.workspace.channel_id("general")
    grace, lead = (Person(workspace, who, general) for who in (GRACE, LEAD))
    says(grace, f"/barometer grant team_lead to=<@{LEAD}>", "team")
    for user in NEVER_ASKED[4:]:
        says(Person(workspace, user, crowd.channel), "/pulse opt-out", "You are not asked any more")
    says(lead, START, "is being opened")
    everybody_is_invited_once(workspace, crowd)
    left_out = "1 bot, 1 who left, 2 guests, 2 who do not want to be asked left out"
    workspace.wait_for(lambda: f"{len(crowd.people)} people are asked, {left_out}" in lead.hears(), SLOW)

    no_key_is_in_the_environment(program)
    # Slack opens a hundred forms a minute (views.open is of its tier 4), for which nobody here has the time.
    workspace.slack.limits.enabled = False
    late = min(crowd.ids - {plan.user for plan in crowd.plans})
    standing = form_of(workspace, late)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda plan: answers(workspace, plan), crowd.plans))
    says(lead, "/pulse results weekly-pulse", "nothing is shown before it is closed")
    a_stranger_is_told_so(workspace, crowd)

    says(lead, "/pulse remind weekly-pulse", "are reminded")
    those_who_are_silent_are_reminded_once(workspace, crowd)
    says(lead, "/pulse remind weekly-pulse", "once a day is the most")

    n, asked = sum(plan.counts for plan in crowd.plans), len(crowd.people)
    says(lead, "/pulse close weekly-pulse", f"{n} of {asked} answered ({n / asked:.0%})")
    nothing_is_taken_any_more(workspace, late, standing)
    says(lead, "/pulse results weekly-pulse", f"{asked} invited, {n} opened")
    the_figures_are_right(lead.last(), crowd)
    the_comments_are_there(lead, crowd)
    nobody_else_sees_them(workspace, crowd)


def says(person: Person, line: str, expected: str) -> str:
    """A slash command; what is answered, at once or after a word that it takes longer."""
    workspace, before = person.workspace, len(person.workspace.ephemerals(person.channel, person.id))
    assert workspace.command(person.id, person.channel, line) == ""
    workspace.wait_for(lambda: expected in words(workspace.ephemerals(person.channel, person.id)[before:]), SLOW)
    return words(workspace.ephemerals(person.channel, person.id)[before:])


def no_key_is_in_the_environment(program: Program) -> None:
    """Of the program that holds the wave open, as the system shows it; where its keys lie is."""
    assert program.process is not None
    shown = b"".join(Path(f"/proc/{program.process.pid}/{each}").read_bytes() for each in ("environ", "cmdline"))
    folder = Path(program.environment["BAROMETER_SURVEY_KEYS"])
    keys = keys_in(folder)
    assert len(keys) == 3
    assert str(folder).encode() in shown
    assert traces(shown, *keys) == []


def everybody_is_invited_once(workspace: Playground, crowd: Crowd) -> None:
    workspace.wait_for(lambda: all(direct(workspace, user) for user in crowd.ids), SLOW)
    for person in crowd.people:
        (invitation,) = direct(workspace, person.id)
        assert TITLES[person.locale] in words(invitation)
        assert is_said(workspace, person.id, "promise", words(invitation))
    assert [user for user in NEVER_ASKED if any("pulse.answer" in str(each) for each in direct(workspace, user))] == []


def answers(workspace: Playground, plan: Plan) -> None:
    """One person, from the press of the button to the last receipt."""
    view = form_of(workspace, plan.user)
    if plan.errs:
        both = workspace.submit(plan.user, view, filled(view, plan.points, "Words", declines=True))
        assert is_said(workspace, plan.user, "both", str(both["errors"]))
        long = workspace.submit(plan.user, view, filled(view, plan.points, "é" * 501))
        assert is_said(workspace, plan.user, "long", str(long["errors"]))
    if plan.thought_first:
        receipt_of(workspace, plan.user, view, plan.thought_first)
        view = form_of(workspace, plan.user)
        assert is_said(workspace, plan.user, "again", words(view))
        assert chosen_in(view) == [point for point in plan.thought_first if point]
    receipt = receipt_of(workspace, plan.user, view, plan.points, plan.comment)
    if plan.sends_twice:
        workspace.click(plan.user, receipt, "pulse.answer")
        again = workspace.wait_for(lambda: (v := workspace.view(plan.user)) and v["submit"] and v, SLOW)
        assert chosen_in(again) == [point for point in plan.points if point]
        receipt = receipt_of(workspace, plan.user, again, plan.points, plan.comment)
    if plan.withdraws:
        workspace.click(plan.user, receipt, "pulse.withdraw")
        workspace.wait_for(lambda: is_said(workspace, plan.user, "withdrawn", words(workspace.view(plan.user))), SLOW)
    workspace.close(plan.user, receipt)


def receipt_of(workspace: Playground, user: str, view: dict[str, Any], points: list[str], comment: str = "") -> dict[str, Any]:
    told = workspace.submit(user, view, filled(view, points, comment))
    assert told == {"ok": True}, told
    shown = workspace.view(user)
    assert shown is not None
    assert is_said(workspace, user, "answered", words(shown))
    assert comment not in words(shown) or not comment, "a receipt says nothing but that"
    return shown


def form_of(workspace: Playground, user: str) -> dict[str, Any]:
    """The form that the invitation opens, in the place of any that is open.

    Slack lets a form be opened within three seconds: with a dozen who press at once on a busy machine, somebody presses again.
    """
    if standing := workspace.view(user):
        workspace.close(user, standing)
    invitation = direct(workspace, user)[0]
    end = time.monotonic() + SLOW
    while True:
        assert workspace.click(user, invitation, "pulse.answer", channel=workspace.direct(user).id) == ""
        try:
            return workspace.wait_for(lambda: workspace.view(user), SLOW / 4)
        except NotInTime:
            assert time.monotonic() < end, "the form never opened"


def chosen_in(view: dict[str, Any]) -> list[str]:
    """The points that a form shows as chosen."""
    elements = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    return [
        each["initial_option"]["value"] for each in elements if each["type"] == "radio_buttons" and "initial_option" in each
    ]


def a_stranger_is_told_so(workspace: Playground, crowd: Crowd) -> None:
    general = workspace.workspace.channel(workspace.channel_id("general"))
    invitation = direct(workspace, crowd.people[0].id)[0]
    forwarded = workspace.workspace.add_message(general, {k: v for k, v in invitation.items() if k not in ("ts", "metadata")})
    before = len(workspace.ephemerals(general.id, STRANGER))
    workspace.click(STRANGER, forwarded, "pulse.answer", channel=general.id)
    said = SAID[crowd.people[0].locale]["stranger"]
    assert said in Person(workspace, STRANGER, general.id).sees(before), "in the language of what they pressed in"
    assert workspace.view(STRANGER) is None


def those_who_are_silent_are_reminded_once(workspace: Playground, crowd: Crowd) -> None:
    workspace.wait_for(lambda: all(len(direct(workspace, user)) == 2 for user in crowd.silent), SLOW)
    assert {user for user in crowd.ids if len(direct(workspace, user)) != 1} == crowd.silent
    for user in crowd.silent:
        assert is_said(workspace, user, "reminder", words(direct(workspace, user)[1]))


def nothing_is_taken_any_more(workspace: Playground, user: str, view: dict[str, Any]) -> None:
    """Neither a form that stood open at the close, nor a new press."""
    told = workspace.submit(user, view, filled(view, ["5", "5", "5"]))
    assert is_said(workspace, user, "over", str(told["errors"]))
    own = workspace.direct(user).id
    before = len(workspace.ephemerals(own, user))
    workspace.click(user, direct(workspace, user)[0], "pulse.answer", channel=own)
    assert is_said(workspace, user, "over", Person(workspace, user, own).sees(before))


def the_figures_are_right(message: dict[str, Any], crowd: Crowd) -> None:
    """The table and the chart against what was chosen, by numpy, scipy and statsmodels."""
    (table,) = [block for block in message["blocks"] if block["type"] == "data_table"]
    (chart,) = [block for block in message["blocks"] if block["type"] == "data_visualization"]
    rows = [[words(cell) for cell in row] for row in table["rows"]][1:]
    assert len(rows) == 3
    for number, (_, mean, favourable, n, _, seen) in enumerate(rows):
        points, asked = np.array(crowd.chosen(number)), len(crowd.people)
        assert n == f"{len(points)} of {asked}"
        assert seen == f"{max(8, smallest_of(25.0 * (points - 1))):.0f} points"
        near(mean, mean_of(25.0 * (points - 1), asked))
        near(favourable, share_of(int((points >= 4).sum()), len(points), asked))
        drawn = [float(series["data"][number]["value"]) for series in chart["chart"]["series"]]
        counted = 100 * np.bincount(points, minlength=6)[1:] / len(points)
        assert np.allclose(drawn, counted, atol=0.05 + 1e-9)


def smallest_of(scores: Any) -> float:
    """The smallest change of a mean, of as many answers again, that is found four times of five."""
    return float(NormalIndPower().solve_power(nobs1=len(scores), alpha=0.05, power=0.8) * np.std(scores, ddof=1))


def mean_of(scores: Any, asked: int) -> tuple[float, float, float]:
    """A mean on 0 to 100 with Student's interval for a sample without replacement of so many."""
    n, mean = len(scores), float(np.mean(scores))
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=stats.sem(scores))
    finite = np.sqrt((asked - n) / (asked - 1))
    least, most = np.sum(scores) / asked, (np.sum(scores) + 100 * (asked - n)) / asked
    return mean, max(mean + finite * (low - mean), least), min(mean + finite * (high - mean), most)


def share_of(k: int, n: int, asked: int) -> tuple[float, float, float]:
    """A share in per cent with Wilson's interval for a sample without replacement, and no more than silence leaves possible."""
    effective = n * (asked - 1) / (asked - n)
    low, high = proportion_confint(k / n * effective, effective, method="wilson")
    return 100 * k / n, 100 * max(low, k / asked), 100 * min(high, (k + asked - n) / asked)


def near(shown: str, expected: tuple[float, float, float]) -> None:
    """What is shown is what was computed, in whole numbers."""
    found = [float(each) for each in re.findall(r"\d+", shown)]
    assert len(found) == 3, shown
    assert np.allclose(found, expected, atol=0.51), (shown, expected)


def the_comments_are_there(lead: Person, crowd: Crowd) -> None:
    written = {plan.user for plan in crowd.plans if plan.counts and plan.comment}
    found = set[str]()
    for page in range(1, 1 - (-len(written) // 30)):
        text = says(lead, f"/pulse comments weekly-pulse page={page}", "in no order")
        assert "<!channel>" not in lead.last()["text"], "it would call everybody"
        found |= set(re.findall(r"Words of (U0C\d+)", text))
    assert found == written


def nobody_else_sees_them(workspace: Playground, crowd: Crowd) -> None:
    general = workspace.channel_id("general")
    for user in (GRACE, STRANGER, crowd.plans[0].user):
        says(Person(workspace, user, general), "/pulse results weekly-pulse", "Only those who were named when it was started")
    everywhere = [
        channel for channel in workspace.workspace.channels.values() if LEAD not in channel.members or not channel.is_im
    ]
    assert "answered (" not in words([message for channel in everywhere for message in channel.messages])


def direct(workspace: Playground, user: str) -> list[dict[str, Any]]:
    """What Barometer wrote to somebody alone."""
    return workspace.messages(workspace.direct(user).id)
