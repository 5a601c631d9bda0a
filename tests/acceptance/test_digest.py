"""`/digest` in the running program: looked at, sent, scheduled, late, missed, refused, corrected."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.conftest import ADA, GRACE, Person, Program, running, words
from tests.acceptance.ledger import at_rest, delivery_ids, digests, thread

SANA, ELIAS, DEV = "U0SRE", "U0EXEC", "U0DATA"
OPS, LEADERS, ADMIN_ROOM = "C0MLOPS", "C0LEADERS", "C0BAROADM"
OSLO = ZoneInfo("Europe/Oslo")
PATIENCE = 40
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with a few figures in it and people who have roles."""
    url = f"sqlite:///{tmp_path_factory.mktemp('data') / 'barometer.db'}"
    with running(url, more={"BAROMETER_ADMIN_CHANNEL": ADMIN_ROOM, "BAROMETER_LEASE_SECONDS": "6"}) as started:
        grace = Person(started.workspace, GRACE, "C0GENERAL")
        for who, role in ((SANA, "sre"), (SANA, "ops"), (ELIAS, "executive"), (ELIAS, "executive_sponsor")):
            grace.says(f"/barometer grant {role} to=<@{who}>")
        for month in range(1, 10):
            assert "Recorded" in grace.says(f"/kpi record mttr {month}h,2h period=2026-{month:02}")
        assert "Recorded" in grace.says("/kpi record mttr 9h,11h period=2026-10")
        for month in ("08", "09", "10"):
            assert "Recorded" in grace.says(f"/kpi record uptime 0.998 period=2026-{month}")
        yield started


@pytest.fixture
def sana(program: Program) -> Person:
    return Person(program.workspace, SANA, OPS)


@pytest.fixture
def grace(program: Program) -> Person:
    return Person(program.workspace, GRACE, OPS)


@pytest.fixture
def quiet(program: Program) -> None:
    """Nothing of an earlier test is on its way."""
    program.workspace.wait_for(lambda: at_rest(program) or None, PATIENCE)


def made(person: Person, channel: str = OPS, when: str = "weekly monday 09:00 Europe/Oslo") -> str:
    """The name of a new digest that goes to a channel."""
    name = f"watch-{next(numbers)}-{len(person.workspace.messages(channel))}"
    said = person.says(f'/digest schedule {name} when="{when}" channel={channel} audience=ops kpis=mttr,uptime title="{name}"')
    assert "is scheduled" in said, said
    return name


def monday(program: Program) -> datetime:
    """09:00 on the next Monday in Oslo."""
    here = program.clock().astimezone(OSLO)
    return (here + timedelta(days=7 - here.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)


def arrived(program: Program, name: str, count: int = 1, channel: str = OPS) -> list[dict[str, Any]]:
    def there() -> list[dict[str, Any]]:
        found = digests(program.workspace, channel, f"{name} ·")
        return found if len(found) >= count else []

    return program.workspace.wait_for(there, PATIENCE)


def rest(program: Program) -> None:
    program.workspace.wait_for(lambda: at_rest(program) or None, PATIENCE)


def test_a_preview_shows_each_what_they_may_see_and_posts_nothing(program: Program, sana: Person) -> None:
    before = program.workspace.messages(LEADERS)
    elias = Person(program.workspace, ELIAS, LEADERS)
    assert "Executives, monthly" in elias.says("/digest preview executive-monthly")
    shown = sana.says("/digest preview ops-daily")
    assert "MTTR" in shown
    assert "10.0 h" in shown
    assert "Order of attention" in sana.presses("digest.details")
    assert program.workspace.messages(LEADERS) == before


def test_who_is_not_of_the_audience_cannot_send(program: Program) -> None:
    dev = Person(program.workspace, DEV, OPS)
    assert "Only admins" in dev.says(f"/digest send ops-daily channel={OPS}")


def test_a_digest_that_is_sent_stands_there_once_with_its_thread(program: Program, sana: Person, quiet: None) -> None:
    name = made(sana)
    sana.says(f"/digest send {name}")
    (root,) = arrived(program, name)
    rest(program)
    assert "MTTR" in words(root)
    assert "10.0 h" in words(root)
    assert "next Mon 30 Nov 2026 09:00 Europe/Oslo" in words(root)
    assert "Order of attention" in thread(program.workspace, OPS, root)
    assert len(arrived(program, name)) == 1
    history = sana.says(f"/digest history {name}")
    assert "sent" in history
    assert SANA in history


def test_the_form_shows_the_next_three_runs_before_it_saves(program: Program, sana: Person) -> None:
    name = f"night-{next(numbers)}"
    assert sana.workspace.command(SANA, OPS, "/digest schedule") == ""
    form = sana.workspace.wait_for(lambda: sana.workspace.view(SANA))
    typed = {
        each: {each: {"type": "plain_text_input", "value": value}}
        for each, value in (("name", name), ("when", "weekly friday 15:00 Asia/Kolkata"), ("kpis", "reliability"))
    }
    typed["channel"] = {"channel": {"type": "conversations_select", "selected_conversation": OPS}}
    ops = {"text": {"type": "plain_text", "text": "Ops"}, "value": "ops"}
    typed["audience"] = {"audience": {"type": "static_select", "selected_option": ops}}
    wrong = typed | {"when": {"when": {"type": "plain_text_input", "value": "hourly"}}}
    refused = sana.workspace.submit(SANA, form, wrong)
    assert "cannot be “hourly”" in refused["errors"]["when"]
    assert sana.workspace.submit(SANA, form, typed)["ok"]
    review = sana.workspace.wait_for(lambda: sana.workspace.view(SANA))
    assert words(review).count("15:00 Asia/Kolkata") >= 3
    assert name not in sana.says("/digest list")
    before = len(sana.workspace.ephemerals(OPS, SANA))
    assert sana.workspace.submit(SANA, review, {})["ok"]
    assert "is scheduled every Friday at 15:00 Asia/Kolkata" in sana.sees(before)
    assert name in sana.says("/digest list")


def test_mondays_digest_comes_once_whatever_the_program_slept_through(program: Program, sana: Person) -> None:
    """In time once; late once and says so; past its deadline not at all, with a notice; paused not at all."""
    name = made(sana)
    program.sleep_until(monday(program) - timedelta(seconds=2))
    (first,) = arrived(program, name)
    assert "Due " not in words(first)
    rest(program)

    program.sleep_until(monday(program) + timedelta(hours=2))
    second = arrived(program, name, 2)[1]
    assert "because Barometer was stopped or too busy" in words(second)
    rest(program)

    program.sleep_until(monday(program) + timedelta(days=6))
    program.workspace.wait_for(lambda: name in sana.hears() and "until it was too late" in sana.hears(), PATIENCE)
    assert f"/digest send {name}" in sana.hears()
    program.workspace.wait_for(lambda: f"/digest send {name}" in words(program.workspace.messages(ADMIN_ROOM)), PATIENCE)

    assert "is paused" in sana.says(f"/digest pause {name}")
    program.sleep_until(monday(program) + timedelta(minutes=1))
    rest(program)
    assert "comes again" in sana.says(f"/digest resume {name}")
    rest(program)
    assert len(arrived(program, name)) == 2, "what was missed while it was paused is not made up for"
    program.sleep_until(monday(program) + timedelta(seconds=1))
    assert len(arrived(program, name, 3)) == 3
    rest(program)
    history = sana.says(f"/digest history {name}")
    assert history.count("\nsent\n") == 3
    assert "until its deadline had passed" in history


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("channel_not_found", "Invite Barometer"),
        ("is_archived", "The channel is archived."),
        ("not_in_channel", "Invite it there with /invite"),
        ("token_revoked", "set the new SLACK_BOT_TOKEN"),
        ("restricted_action", "choose another channel"),
    ],
)
def test_a_refused_digest_is_told_to_its_owner_and_the_admins(
    program: Program, sana: Person, quiet: None, code: str, advice: str
) -> None:
    name = made(sana, when="weekly friday 15:00")
    rest(program)
    heard = len(sana.hears())
    program.workspace.fault("error", method="chat.postMessage", channel=OPS, error=code)
    sana.says(f"/digest send {name}")
    program.workspace.wait_for(lambda: advice in sana.hears()[heard:], PATIENCE)
    rest(program)
    assert f"{name}@" in sana.hears()[heard:]
    assert advice in words(program.workspace.messages(ADMIN_ROOM))
    assert digests(program.workspace, OPS, f"{name} ·") == [], "the first refusal of this kind is the last try"
    history = sana.says(f"/digest history {name}")
    assert "failed" in history
    assert code in history


def test_a_channel_that_is_really_archived_and_one_that_it_was_never_invited_to(program: Program, grace: Person) -> None:
    assert "is archived" in grace.says("/digest send ops-daily channel=C0ATTIC")
    assert "Slack knows no such channel" in grace.says("/digest send ops-daily channel=C0NOWHERE")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("ratelimited", {"seconds": 2}),
        ("http_500", {}),
        ("http_503", {}),
        ("cut_before", {}),
        ("cut_after", {}),
        ("error", {"error": "internal_error"}),
    ],
)
def test_a_passing_fault_neither_loses_nor_repeats(
    program: Program, sana: Person, quiet: None, kind: str, more: dict[str, Any]
) -> None:
    name = made(sana, when="weekly friday 15:00")
    rest(program)
    program.workspace.fault(kind, method="chat.postMessage", channel=OPS, **more)
    sana.says(f"/digest send {name}")
    (root,) = arrived(program, name)
    rest(program)
    assert len(arrived(program, name)) == 1
    assert "Order of attention" in thread(program.workspace, OPS, root)
    ids = delivery_ids(program.workspace, OPS)
    assert len(ids) == len(set(ids))
    assert program.workspace.slack.faults.listing() == []


def blocks_of(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["blocks"]]


def test_a_digest_whose_charts_are_refused_comes_without_them(program: Program, sana: Person, quiet: None) -> None:
    # October's figure may be stale by now, and no chart is of such.
    sana.says('/kpi record uptime 0.998 period="last month"')
    name = made(sana, when="weekly friday 15:00")
    rest(program)
    program.workspace.fault("no_charts", method="chat.postMessage", channel=OPS, times=None)
    sana.says(f"/digest send {name}")
    (root,) = arrived(program, name)
    rest(program)
    assert "data_visualization" not in blocks_of(root)
    assert "99.800%" in words(root)
    assert "Order of attention" in thread(program.workspace, OPS, root)
    program.workspace.slack.faults.clear()
    sana.says(f"/digest send {name}")
    second = arrived(program, name, 2)[1]
    assert "data_visualization" in blocks_of(second), words(second)


def test_one_channels_trouble_stops_no_other(program: Program, sana: Person, quiet: None) -> None:
    broken, well = made(sana), made(sana, "C0GENERAL")
    rest(program)
    program.workspace.fault("http_500", method="chat.postMessage", channel=OPS, times=None)
    sana.says(f"/digest send {broken}")
    sana.says(f"/digest send {well}")
    assert len(arrived(program, well, channel="C0GENERAL")) == 1
    assert digests(program.workspace, OPS, f"{broken} ·") == []
    program.workspace.slack.faults.clear()
    assert len(arrived(program, broken)) == 1


def test_a_correction_is_told_where_the_figure_stood_and_in_the_next_digest(
    program: Program, grace: Person, quiet: None
) -> None:
    said = grace.says("/kpi record latency-p95 420 period=2026-10")
    assert "Recorded" in said, said
    name = f"speed-{next(numbers)}"
    grace.says(f'/digest schedule {name} when="weekly monday 09:00" channel={OPS} audience=ops kpis=latency-p95 title="{name}"')
    grace.says(f"/digest send {name}")
    (root,) = arrived(program, name)
    rest(program)
    assert "Corrected" in grace.says('/kpi correct latency-p95 390 period=2026-10 reason="two hours were counted twice"')
    told = program.workspace.wait_for(lambda: [t for t in [thread(program.workspace, OPS, root)] if "390" in t], PATIENCE)
    assert "420" in told[0]
    grace.says(f"/digest send {name}")
    second = arrived(program, name, 2)[1]
    assert "orrect" in words(second)
    assert "390" in words(second)
    assert "two hours were counted twice" in grace.says("/kpi why latency-p95")


def test_ada_hears_of_a_wrong_word_and_nobody_else_does(program: Program) -> None:
    ada = Person(program.workspace, ADA, OPS)
    before = len(program.workspace.ephemerals(OPS, SANA))
    assert "Did you mean /digest preview?" in ada.says("/digest preveiw ops-daily")
    assert "Did you mean ops-daily?" in ada.says("/digest preview ops-dialy")
    assert len(program.workspace.ephemerals(OPS, SANA)) == before
