"""Surveys that recur: each due time once, at everybody's own hour, and whoever scheduled them hears why one was not started."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from threading import Barrier

import pytest

from bot import ballots
from bot.domain.audiences import Audience, Member
from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.own_hours import QuietHours
from bot.domain.parts import plain
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.presenters import pulse, pulse_listing, pulse_schedules
from bot.services import (
    Services,
    deliveries,
    survey_clock,
    survey_freezing,
    survey_opening,
    survey_people,
    survey_results,
    survey_schedules,
    survey_waves,
    surveys,
)
from bot.services.people import revoke
from bot.services.survey_audience import Unanswerable, Unanswered
from bot.services.survey_hours import asked_at
from storage import audit, outbox, waves
from storage import surveys as stored
from storage.waves import StoredWave
from tests.services.survey_world import CHANNEL, OWNER, Directory, World, people, world_in

DUE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""Tuesday 10:00 in Oslo."""
WHEN = "weekly tuesday 10:00 Europe/Oslo"
ZONES = ("Europe/Oslo", "America/New_York", "Asia/Tokyo", "UTC", "Europe/Oslo", "Europe/Oslo")


@pytest.fixture
def world(services: Services) -> World:
    quiet = replace(services.settings, quiet_hours=QuietHours(time(20), time(8)))
    found = world_in(replace(services, settings=quiet))
    found.directory = Directory(tuple(Member(f"U{n:04}", zone, "en-US") for n, zone in enumerate(ZONES, 1)))
    return found


def scheduled(world: World, when: str = WHEN, **terms: str) -> None:
    surveys.schedule(world.services, OWNER, "team-check", when, Terms(**{"audience": CHANNEL, **terms}))


def started(world: World) -> list[StoredWave]:
    with world.services.db.read() as connection:
        return waves.of_survey(connection, "team-check")[::-1]


def opened(world: World) -> StoredWave:
    row = started(world)[-1]
    survey_opening.run(world.services, world.directory, str(row.id))
    return world.row(row.id)


def asked(world: World) -> Mapping[str, datetime]:
    with world.services.db.read() as connection:
        return {each.target: each.due_at for each in outbox.everything(connection) if each.kind == "survey"}


def told(world: World, whom: str = OWNER.user_id) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.kind == "notice" and each.target == whom]


def test_nothing_is_started_before_it_is_due_and_then_one_wave(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE - timedelta(seconds=1)
    assert survey_clock.run(world.services) == DUE
    assert started(world) == []
    world.clock.on(seconds=8)
    for _ in range(3):
        survey_clock.run(world.services)
    (row,) = started(world)
    assert (row.state, row.opens_at, row.opened_by) == ("opening", DUE, OWNER.user_id)


def test_two_processes_that_wake_together_start_one(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    at_once = Barrier(6)

    def wake(_: int) -> None:
        at_once.wait()
        survey_schedules.start_due(world.services)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(wake, range(6)))
    assert [row.number for row in started(world)] == [1]
    assert told(world) == []


def test_whoever_forgot_what_it_started_starts_no_second(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    with world.services.db.begin() as connection:
        stored.change_schedule(connection, "team-check", last_due=DUE - timedelta(minutes=1))
    survey_schedules.start_due(world.services)
    assert len(started(world)) == 1
    assert told(world) == []


def test_each_is_asked_when_their_own_clock_next_shows_the_hour(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE + timedelta(seconds=9)
    survey_schedules.start_due(world.services)
    opened(world)
    at_once = DUE + timedelta(seconds=9)
    turn = timedelta(seconds=1 / world.services.settings.messages_per_second)
    assert asked(world) == {
        "U0001": at_once,
        "U0002": datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
        "U0003": datetime(2026, 12, 2, 1, 0, tzinfo=UTC),
        "U0004": datetime(2026, 12, 1, 10, 0, tzinfo=UTC),
        "U0005": at_once + turn,
        "U0006": at_once + 2 * turn,
    }, "and those of one hour one after the other, in the pace of the workspace"


FRIDAY = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)
"""10:00 in Oslo, and Saturday in a while in Tokyo."""
NOT_AT_WEEKENDS = "shows that hour, not on a Saturday or Sunday."


@pytest.mark.parametrize(
    ("when", "in_tokyo"),
    [
        ("weekly friday 10:00 Europe/Oslo", datetime(2026, 12, 7, 1, 0, tzinfo=UTC)),
        ("weekdays 10:00 Europe/Oslo", datetime(2026, 12, 7, 1, 0, tzinfo=UTC)),
        ("monthly 4 10:00 Europe/Oslo", datetime(2026, 12, 7, 1, 0, tzinfo=UTC)),
        ("weekly friday saturday 10:00 Europe/Oslo", datetime(2026, 12, 5, 1, 0, tzinfo=UTC)),
        ("daily 10:00 Europe/Oslo", datetime(2026, 12, 5, 1, 0, tzinfo=UTC)),
    ],
)
def test_nobody_is_asked_at_a_weekend_unless_the_schedule_names_it(world: World, when: str, in_tokyo: datetime) -> None:
    world.clock.now = FRIDAY - timedelta(hours=1)
    found = surveys.schedule(world.services, OWNER, "team-check", when, Terms(audience=CHANNEL, closes="1d"))
    assert found is not None
    said = " ".join(map(plain, pulse_schedules.scheduled("team-check", found, "UTC").parts))
    assert (NOT_AT_WEEKENDS in said) == (in_tokyo.weekday() == 0)
    world.clock.now = FRIDAY
    survey_schedules.start_due(world.services)
    row = opened(world)
    assert asked(world)["U0003"] == in_tokyo
    assert asked(world)["U0002"] == datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
    assert row.closes_at == in_tokyo + timedelta(days=1), "who is asked last has as long"


def test_what_is_put_off_goes_at_no_weekend_either(world: World) -> None:
    """Those of Oslo, where nothing ran on Friday: it was their hour, and at night it is noticed."""
    scheduled(world, "weekly friday 10:00 Europe/Oslo")
    world.clock.now = FRIDAY
    survey_schedules.start_due(world.services)
    opened(world)
    with world.services.db.read() as connection:
        (one,) = [each for each in outbox.everything(connection) if each.target == "U0001"]
    assert deliveries.may_go_at(world.services, one, FRIDAY) == FRIDAY
    assert deliveries.may_go_at(world.services, one, FRIDAY + timedelta(hours=14)) == datetime(2026, 12, 7, 7, tzinfo=UTC)


def test_a_wave_that_is_started_by_hand_may_ask_on_a_saturday(world: World) -> None:
    world.clock.now = FRIDAY
    world.open(at="10:00")
    assert asked(world)["U0003"] == datetime(2026, 12, 5, 1, 0, tzinfo=UTC)


def test_another_hour_may_be_given(world: World) -> None:
    scheduled(world, at="14:30")
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    opened(world)
    assert asked(world)["U0001"] == datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
    assert asked(world)["U0004"] == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


def test_of_missed_times_only_the_latest_is_made_up_for(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE + timedelta(days=21, hours=5)
    survey_schedules.start_due(world.services)
    (row,) = started(world)
    assert row.key == f"schedule:team-check:{(DUE + timedelta(days=21)).isoformat()}"
    opened(world)
    # It is 15:00 in Oslo: their hour has passed, and comes again tomorrow; in New York it is yet to come.
    assert asked(world)["U0001"] == DUE + timedelta(days=22)
    assert asked(world)["U0002"] == datetime(2026, 12, 22, 15, 0, tzinfo=UTC)
    survey_schedules.start_due(world.services)
    assert len(started(world)) == 1


def test_on_a_holiday_nobody_is_asked(world: World) -> None:
    scheduled(world, "daily 10:00 Europe/Oslo", closes="1d")
    world.clock.now = datetime(2026, 12, 25, 9, 0, tzinfo=UTC)
    survey_schedules.start_due(world.services)
    opened(world)
    assert asked(world)["U0001"] == datetime(2026, 12, 27, 9, 0, tzinfo=UTC), "25 and 26 December are holidays in Norway"
    assert asked(world)["U0003"] == datetime(2026, 12, 26, 1, 0, tzinfo=UTC), "in Japan neither is"


def test_an_hour_in_quiet_hours_waits_for_their_end(world: World) -> None:
    scheduled(world, at="06:00")
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    opened(world)
    assert asked(world)["U0001"] == datetime(2026, 12, 2, 7, 0, tzinfo=UTC)


def test_whoever_is_asked_last_has_time_to_answer(world: World) -> None:
    scheduled(world, closes="2h")
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    row = opened(world)
    assert row.closes_at == max(asked(world).values()) + timedelta(hours=2)
    assert "is open until" in told(world)[-1]


def test_while_a_wave_is_open_none_is_started_and_the_owner_hears_each_turn_and_what_is_next(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    first = opened(world)
    survey_waves.extend(world.services, OWNER, "team-check", "20d")
    before = len(told(world))
    for _ in range(2):
        world.clock.on(days=7)
        for _ in range(2):
            survey_clock.run(world.services)
    assert [row.id for row in started(world)] == [first.id]
    until = "team-check #1 is open until Mon 21 Dec 2026 09:00 UTC; the next one starts Tue 22 Dec 2026 09:00 UTC."
    assert len(told(world)[before:]) == 2
    assert all(f"team-check was due and was not started. {until}" in said for said in told(world)[before:])
    with world.services.db.begin() as connection:
        waves.change(connection, first.id, state="opening")
    world.clock.on(days=7)
    survey_schedules.start_due(world.services)
    assert "team-check #1 is being opened, and closes Mon 21 Dec 2026 09:00 UTC at the earliest; the next" in told(world)[-1]
    with world.services.db.begin() as connection:
        waves.change(connection, first.id, state="closed", open_key=None)
    world.clock.on(days=7)
    survey_schedules.start_due(world.services)
    assert [row.number for row in started(world)] == [1, 2]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=9), timedelta(hours=5)])
def test_a_wave_that_is_open_until_the_next_is_due_is_not_in_its_way(world: World, late: timedelta) -> None:
    scheduled(world, closes="7d")
    for turn in range(4):
        world.clock.now = DUE + turn * timedelta(days=7) + (late if turn < 3 else timedelta(0))
        survey_clock.run(world.services)
        row = opened(world)
        world.all_answer(row, sorted(asked(world))[:6])
        assert row.closes_at == DUE + (turn + 1) * timedelta(days=7)
    assert [row.state for row in started(world)] == ["closed", "closed", "closed", "open"]
    assert not [said for said in told(world) if "not started" in said]


def test_a_schedule_of_before_whose_waves_are_longer_than_its_turns_keeps_their_length(world: World) -> None:
    scheduled(world, closes="8d")
    world.clock.now = DUE
    survey_clock.run(world.services)
    assert opened(world).closes_at == DUE + timedelta(days=8)


def test_of_an_hour_on_one_clock_every_day_none_is_lost(world: World) -> None:
    world.directory = Directory(people(6))
    scheduled(world, "daily 10:00 UTC", closes="1d")
    for turn in range(3):
        world.clock.now = datetime(2026, 12, 1 + turn, 10, 0, 7 - 3 * turn, tzinfo=UTC)
        survey_clock.run(world.services)
        world.all_answer(opened(world), [member.user_id for member in world.directory.members])
    assert [row.number for row in started(world)] == [1, 2, 3]


def test_an_end_and_a_start_that_both_came_during_a_pause_are_worked_off_in_one_round(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_clock.run(world.services)
    world.all_answer(opened(world), sorted(asked(world)))
    world.clock.on(days=8)
    survey_clock.run(world.services)
    assert [row.state for row in started(world)] == ["closed", "opening"]


def test_a_wave_that_too_few_answered_is_extended_over_the_next_turn_and_its_owner_hears_when_it_goes_on(world: World) -> None:
    scheduled(world, closes="7d")
    world.clock.now = DUE
    survey_clock.run(world.services)
    opened(world)
    world.clock.on(days=7)
    survey_clock.run(world.services)
    assert len(started(world)) == 1
    said = told(world)[-1]
    assert (
        "#1 was extended, for too few had answered, and is open until Tue 15 Dec 2026 09:00 UTC; the next one starts " in said
    )
    assert "starts Tue 15 Dec 2026 09:00 UTC." in said
    assert "/pulse close" not in said
    world.clock.on(days=7)
    survey_clock.run(world.services)
    assert [row.state for row in started(world)] == ["unopened", "opening"]


def test_a_wave_that_waits_for_its_key_is_in_the_way_and_its_owner_hears_until_when_at_most(world: World) -> None:
    scheduled(world, mode="sealed", custodian="U0KEEPER", public_key=ballots.key_pair()[1])
    world.clock.now = DUE
    survey_clock.run(world.services)
    world.all_answer(opened(world), sorted(asked(world)))
    world.clock.on(days=3)
    survey_clock.run(world.services)
    world.clock.on(days=4)
    survey_clock.run(world.services)
    said = told(world)[-1]
    assert "team-check was due and was not started. team-check #1 is over and waits for the key of its custodian, " in said
    assert "until Fri 18 Dec 2026 09:00 UTC at the latest; the next one starts Tue 22 Dec 2026 09:00 UTC" in said


@pytest.mark.parametrize(
    ("when", "closes", "most"),
    [
        ("weekly tuesday 10:00", "8d", "7d"),
        ("daily 10:00", "3d", "1d"),
        ("daily 10:00", "", "1d"),
        ("weekdays 10:00", "25h", "1d"),
        ("weekly monday thursday 10:00", "4d", "3d"),
        ("monthly last 10:00", "30d", "28d"),
    ],
)
def test_a_wave_that_cannot_be_over_when_the_next_is_due_is_refused(world: World, when: str, closes: str, most: str) -> None:
    terms = Terms(audience=CHANNEL, closes=closes)
    with pytest.raises(InvalidInput, match=f"the next is due {most} after it; write closes={most} or less") as error:
        survey_waves.check(world.services, OWNER, "team-check", terms, when)
    assert error.value.field == "closes"
    survey_waves.check(world.services, OWNER, "team-check", replace(terms, closes=most), when)
    survey_waves.check(world.services, OWNER, "team-check", replace(terms, closes="60d"), "quarterly 5 10:00")


def test_whoever_may_ask_no_more_is_told(world: World) -> None:
    surveys.schedule(world.services, OWNER, "team-check", WHEN, Terms(audience=f"{CHANNEL} C0OTHER"))
    revoke(world.services, Asker("U0ADMIN", admin=True), OWNER.user_id, "team_lead")
    world.clock.now = DUE
    for _ in range(2):
        survey_schedules.start_due(world.services)
    assert started(world) == []
    (said,) = told(world)
    assert "Only admins and people with one of the roles" in said


class Gone:
    def of(self, audience: Audience) -> tuple[Member, ...]:
        raise Unanswerable(whom=f"is in {audience.channels[0]}", advice="There is no such channel.")


class Silent:
    def of(self, audience: Audience) -> tuple[Member, ...]:
        raise Unanswered(whom=f"is in {audience.channels[0]}", reason="too many requests")


def test_a_channel_that_is_gone_is_told_in_one_message_and_the_next_time_is_free(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    row = started(world)[0]
    for _ in range(2):
        survey_opening.run(world.services, Gone(), str(row.id))
    (said,) = told(world)
    assert "team-check #1 could not be opened. Slack does not say who is in C0TEAM. There is no such channel." in said
    assert world.row(row.id).state == "failed"
    assert survey_results.standing(world.services, OWNER, "team-check").words in said
    world.clock.on(days=7)
    survey_schedules.start_due(world.services)
    assert [each.state for each in started(world)] == ["failed", "opening"]


def test_a_slack_that_says_nothing_now_is_asked_again_for_three_hours(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    row = started(world)[0]
    for _ in range(2):
        survey_opening.run(world.services, Silent(), str(row.id))
        world.clock.on(hours=1)
    assert (world.row(row.id).state, told(world)) == ("opening", [])
    survey_opening.run(world.services, world.directory, str(row.id))
    assert world.row(row.id).state == "open"


def test_a_slack_that_never_says_it_ends_the_wave(world: World) -> None:
    row_id = survey_start(world)
    world.clock.on(hours=4)
    survey_opening.run(world.services, Silent(), str(row_id))
    assert world.row(row_id).state == "failed"
    assert "could not be opened" in told(world)[0]


def survey_start(world: World) -> int:
    return survey_waves.start(world.services, OWNER, "team-check", Terms(audience=CHANNEL)).id


def test_a_process_that_died_after_it_opened_is_followed_by_one_that_invites(world: World) -> None:
    row_id = survey_start(world)
    row = world.row(row_id)
    when = partial(asked_at, world.services)
    survey_freezing.freeze(world.services, row_id, world.directory.members, {}, opted_out=frozenset(), asked_at=when)
    assert asked(world) == {}
    for _ in range(2):
        survey_opening.run(world.services, Gone(), str(row_id))
    assert sorted(asked(world)) == [m.user_id for m in world.directory.members]
    assert world.row(row_id).told
    assert len([each for each in told(world) if "is open until" in each]) == 1
    assert row.key_id == world.row(row_id).key_id


def test_never_ends_it_and_only_its_owner_or_an_admin_changes_it(world: World) -> None:
    scheduled(world)
    other = Asker("U0002", roles=frozenset({"team_lead"}))
    for change in (
        lambda: surveys.schedule(world.services, other, "team-check", WHEN, Terms(audience=CHANNEL)),
        lambda: surveys.unschedule(world.services, other, "team-check"),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert surveys.unschedule(world.services, OWNER, "team-check")
    assert not surveys.unschedule(world.services, OWNER, "team-check")
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    assert started(world) == []


def test_a_schedule_ends_after_a_span_and_never_at_a_moment(world: World) -> None:
    with pytest.raises(InvalidInput, match="closes=3d"):
        survey_waves.check(world.services, OWNER, "team-check", Terms(audience=CHANNEL, closes="2026-12-24 10:00"), WHEN)


def test_who_said_no_is_not_asked_and_who_said_yes_again_is(world: World) -> None:
    world.directory = Directory(people(7))
    nobody = Asker("U0007")
    assert survey_people.opt_out(world.services, nobody)
    assert not survey_people.opt_out(world.services, nobody)
    row = world.open()
    assert (row.invited, row.receipt["left_out"]) == (6, {"opted out": 1})
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, state="closed", open_key=None)
    assert survey_people.opt_in(world.services, nobody)
    assert world.open().invited == 7


def test_a_file_of_people_is_for_those_who_may_ask_anybody(world: World) -> None:
    file = "person,team\n" + "\n".join(f"U{n:04},{'red' if n % 2 else 'blue'}" for n in range(1, 7))
    nobody = Asker("U0001")
    with pytest.raises(NotAllowed):
        world.open(asker=nobody, audience="", file=file)
    row = world.open(audience="", file=file, cuts="team")
    with world.services.db.read() as connection:
        groups = {p.user_id: dict(p.groups) for p in waves.invited(connection, row.id)}
    assert groups["U0001"] == {"team": "red"}
    assert groups["U0002"] == {"team": "blue"}
    with pytest.raises(InvalidInput, match="Nobody knows who belongs to which “tenure”"):
        world.open("enps", audience="", file=file, cuts="tenure")
    with pytest.raises(InvalidInput, match="No column is called “a=b”: no name of a column may have “=” in it"):
        world.open("enps", audience="", file=file, cuts="a=b")
    with pytest.raises(InvalidInput, match="at most 3 kinds of groups"):
        world.open("enps", audience="", file="person,a,b,c,d\nU0001,1,1,1,1", cuts="a b c d")


def test_without_a_role_one_asks_a_channel_that_one_is_in(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.open(asker=Asker("U0001"), audience=f"{CHANNEL} S0GROUP")
    assert world.open("enps", asker=Asker("U0STRANGER")).state == "failed"
    assert "whoever started it is not in that channel" in told(world, "U0STRANGER")[0]
    assert world.open(asker=Asker("U0002")).state == "open"


class Groups(Directory):
    """Two user groups, one person in both."""

    def of(self, audience: Audience) -> tuple[Member, ...]:
        found = {"S0RED": self.members[:4], "S0BLUE": self.members[3:]}
        return tuple(dict.fromkeys(m for group in audience.groups for m in found[group]))

    def names(self, audience: Audience) -> Mapping[str, str]:
        return {"S0RED": "@red"}


def test_user_groups_are_cuts_and_whoever_is_in_two_counts_in_the_first(world: World) -> None:
    world.directory = Groups(people(8))
    row = world.open(audience="S0RED S0BLUE", cuts="group")
    with world.services.db.read() as connection:
        groups = [p.groups["group"] for p in waves.invited(connection, row.id)]
    assert groups == ["S0RED"] * 4 + ["S0BLUE"] * 4


def test_user_groups_are_called_in_results_what_they_were_called_when_they_were_asked(world: World) -> None:
    world.directory = Groups(people(20))
    row = world.open(audience="S0RED S0BLUE", cuts="group")
    world.all_answer(row, [p.user_id for p in people(20)])
    assert world.close() == "closed"
    found = survey_results.results(world.services, OWNER, "team-check")
    assert (found.names, found.receipt["names"]) == ({"S0RED": "@red"}, {"S0RED": "@red"})


def test_the_hour_of_somebody_whose_hour_passed_is_never_in_their_night(world: World) -> None:
    row = survey_start(world)
    world.clock.now = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # 22:30 in Oslo: it was noticed late
    survey_opening.run(world.services, world.directory, str(row))
    assert asked(world)["U0001"] == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert asked(world)["U0002"] == world.clock.now, "16:30 in New York"


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (
            {"audience": "<@U0002> U0003 <!subteam^S0ML|ml>", "channel": "C0BOARD"},
            "S0ML, 2 people; results go to C0BOARD; U0OWNER may see them too.",
        ),
        ({"audience": "C0TEAM C0OPS", "viewers": "U0BOSS,U0HEAD"}, "C0TEAM, C0OPS; results go to U0OWNER, U0BOSS, U0HEAD."),
        ({"audience": "", "file": "person,team\nU0003,data\n"}, "1 person; results go to U0OWNER."),
        (
            {"audience": "C0TEAM", "closes": "1d", "at": "14:30", "mode": "attributed", "cuts": "group"},
            "C0TEAM; results go to U0OWNER; with closes=1d, at=14:30, mode=attributed, cuts=group.",
        ),
        (
            {"audience": "C0TEAM", "mode": "sealed", "custodian": "U0KEY", "public_key": "public"},
            "C0TEAM; results go to U0OWNER; with mode=sealed, custodian=U0KEY.",
        ),
    ],
)
def test_it_is_said_whom_a_schedule_asks_where_results_go_and_when(world: World, terms: dict[str, str], says: str) -> None:
    told = surveys.schedule(world.services, OWNER, "team-check", WHEN, Terms(**terms))
    made = plain(pulse_schedules.scheduled("team-check", told, "Europe/Oslo").parts[1])
    assert made == f"It asks {says}"
    shown = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "Europe/Oslo")
    listed = pulse_listing.listing([(each, "") for each in surveys.listing(world.services)], "Europe/Oslo")
    when = "Recurs every Tuesday at 10:00 Europe/Oslo, the next time Tue 1 Dec 2026 10:00 Europe/Oslo."
    for message in (shown, listed):
        assert sum(f"{when} {made}" in plain(part) for part in message.parts) == 1
    if "file" in terms:
        survey_people.erase(world.services, Asker("U0003"))
        shown = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "Europe/Oslo")
        assert any("It asks 0 people;" in plain(part) for part in shown.parts)


def test_a_schedule_that_is_paused_starts_nothing(world: World) -> None:
    scheduled(world)
    with world.services.db.begin() as connection:
        found = stored.schedule_of(connection, "team-check")
        assert found is not None
        stored.keep_schedule(connection, replace(found, paused=True))
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    assert started(world) == []
    assert survey_schedules.soonest(world.services) is None


def test_the_audit_log_has_no_people_who_are_asked_again_and_again(world: World) -> None:
    scheduled(world, audience="<@U0001> <@U0002> <@U0003> <@U0004> <@U0005> <@U0006>")
    scheduled(world, audience="", file="person,team\nU0001,data\n")
    scheduled(world)
    with world.services.db.read() as connection:
        found = [each.change for each in audit.entries(connection, limit=10) if each.change.action == "survey.schedule"]
    assert [(each.after or {})["terms"] for each in found] == [{"audience": CHANNEL}, {}, {}]


def test_a_turn_that_will_fall_out_is_not_named_as_the_next(world: World) -> None:
    scheduled(world)
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    opened(world)
    due = "the next time Tue 8 Dec 2026 10:00 Europe/Oslo. It"
    assert due in shown(world)
    first = survey_waves.extend(world.services, OWNER, "team-check", "7d")
    assert pulse.extended(first, "Europe/Oslo").summary == "team-check #1 is open until Tue 8 Dec 2026 10:00 Europe/Oslo now."
    assert due in shown(world), "one that ends at that moment makes none fall out"
    longer = survey_waves.extend(world.services, OWNER, "team-check", "20d")
    until, starts = "Mon 21 Dec 2026 10:00 Europe/Oslo", "Tue 22 Dec 2026 10:00 Europe/Oslo"
    assert pulse.extended(longer, "Europe/Oslo").summary == (
        f"team-check #1 is open until {until} now. What is due until then falls out, and the next one starts {starts}."
    )
    falls_out = f"the next time {starts}; team-check #1 is open until {until}, and what is due until then falls out."
    assert falls_out in shown(world)
    listed = pulse_listing.listing([(each, "") for each in surveys.listing(world.services)], "Europe/Oslo")
    assert any(falls_out in plain(part) for part in listed.parts)
    again = surveys.schedule(world.services, OWNER, "team-check", WHEN, Terms(audience=CHANNEL))
    assert falls_out in pulse_schedules.scheduled("team-check", again, "Europe/Oslo").summary


def shown(world: World) -> str:
    found = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "Europe/Oslo")
    return "\n".join(map(plain, found.parts))


NAMED = "<@U0001> <@U0002|two>, U0003 @U0004 U0005"


def terms(world: World) -> Mapping[str, str]:
    with world.services.db.read() as connection:
        found = stored.schedule_of(connection, "team-check")
    assert found is not None
    return found.terms


def test_whoever_is_deleted_is_taken_out_of_every_schedule_and_too_few_are_told_to_its_owner(world: World) -> None:
    scheduled(world, audience=NAMED, viewers="U0002")
    surveys.schedule(world.services, OWNER, "enps", WHEN, Terms(audience=CHANNEL))
    assert survey_people.erase(world.services, Asker("U0002")).schedules == 1
    assert terms(world) == {"audience": "<@U0001> U0003 @U0004 U0005", "viewers": "U0002"}, "who sees results is not asked"
    world.clock.now = DUE
    survey_schedules.start_due(world.services)
    assert started(world) == []
    said = "team-check was due and was not started. 4 people are named, and at least 5 are needed; name more of them"
    assert said in told(world)[-1]


@pytest.mark.parametrize("named", [{"audience": "<@U0003>"}, {"audience": "", "file": "person\nU0003\n"}])
def test_a_schedule_of_nobody_is_told_to_its_owner_when_it_is_due(world: World, named: dict[str, str]) -> None:
    scheduled(world, **named)
    survey_people.erase(world.services, Asker("U0003"))
    assert "U0003" not in str(terms(world))
    world.clock.now = DUE
    for _ in range(2):
        survey_schedules.start_due(world.services)
    assert started(world) == []
    (said,) = told(world)
    assert "team-check was due and was not started." in said


def test_whoever_is_deleted_while_a_wave_is_being_opened_is_not_asked(world: World) -> None:
    """Even if Slack had been asked about them before."""
    row = survey_waves.start(world.services, OWNER, "team-check", Terms(audience=f"{NAMED} U0006"))

    class Erasing(Directory):
        def of(self, audience: Audience) -> tuple[Member, ...]:
            found = super().of(audience)
            survey_people.erase(world.services, Asker("U0006"))
            return found

    survey_opening.run(world.services, Erasing(people(6)), str(row.id))
    assert (world.row(row.id).state, asked(world)) == ("opening", {})
    survey_opening.run(world.services, Directory(people(6)), str(row.id))
    assert sorted(asked(world)) == ["U0001", "U0002", "U0003", "U0004", "U0005"]


def test_whoever_is_deleted_while_the_wave_of_their_channel_is_being_opened_is_not_asked(world: World) -> None:
    row = survey_waves.start(world.services, OWNER, "team-check", Terms(audience=CHANNEL))
    survey_people.erase(world.services, Asker("U0006"))
    survey_opening.run(world.services, Directory(people(8)), str(row.id))
    assert sorted(asked(world)) == [f"U{n:04}" for n in range(1, 9) if n != 6]
    assert "U0006" not in str(world.row(row.id).asks)


def test_whoever_is_deleted_is_named_in_no_notice_that_their_invitation_did_not_arrive(world: World) -> None:
    world.open(audience=f"{NAMED} U0006")
    with world.services.db.begin() as connection:
        for invitation in [each for each in outbox.everything(connection) if each.target in ("U0005", "U0006")]:
            deliveries.tell(world.services, connection, invitation, "Slack knows nobody of this id.")
    survey_people.erase(world.services, Asker("U0ADMIN", admin=True), "U0006")
    with world.services.db.read() as connection:
        kept = [each.payload for each in outbox.everything(connection) if each.kind == "notice"]
    assert not any("U0006" in each for each in kept)
    assert any("U0005" in each for each in kept)


def test_an_admin_deletes_somebody_who_left_and_nobody_else_does(world: World) -> None:
    scheduled(world, audience=f"{NAMED} U0006")
    with pytest.raises(NotAllowed, match="Only admins may delete what is kept of somebody else"):
        survey_people.erase(world.services, OWNER, "U0006")
    assert "U0006" in terms(world)["audience"]
    survey_people.erase(world.services, Asker("U0ADMIN", admin=True), "U0006")
    assert "U0006" not in terms(world)["audience"]
    with world.services.db.read() as connection:
        line = audit.entries(connection)[0].change
    assert (line.actor, line.action, line.subject) == ("U0ADMIN", "survey.erase", "U0006")
    assert (line.before, line.after, line.reason) == (None, None, ""), "not what there was"


def test_a_schedule_that_is_not_what_it_was_leaves_nobody_in_old_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, ...]] = []
    monkeypatch.setattr("storage.Database.rewrite", lambda _self, tables: written.append(tuple(tables)) or True)
    scheduled(world)
    scheduled(world, audience=NAMED)
    assert written == [], "it named nobody"
    scheduled(world)
    assert written == [("survey_schedule",)]
    surveys.unschedule(world.services, OWNER, "team-check")
    assert written == [("survey_schedule",)]
