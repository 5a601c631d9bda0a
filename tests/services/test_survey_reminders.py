"""Reminders: to those who have not answered, at their own hours of work, once each, and nothing that is stored says to whom."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot import ballots
from bot.domain.audiences import Member
from bot.domain.deliveries import Missing, Postponed, Refused, Throttled, Unknown, Unreadable
from bot.domain.errors import Conflict, NotAllowed
from bot.domain.own_hours import QuietHours
from bot.domain.parts import Buttons, Note, Part, plain
from bot.domain.people import Asker
from bot.services import (
    Services,
    survey_answers,
    survey_close,
    survey_invitations,
    survey_people,
    survey_reminders,
    survey_waves,
    surveys,
)
from bot.settings import Clock
from handlers.app import Barometer
from storage import outbox, waves
from storage.waves import StoredWave
from tests.services.posting import Box
from tests.services.survey_world import OWNER, Directory, World, people, world_in

LONG = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: long-check
    title: Long check
    closes: 10d
    reminders: [2d, 4d]
    questions:
      - {id: goals, kind: agree, text: I know what we want to reach.}
"""
OSLO, TOKYO, LATER = "Europe/Oslo", "Asia/Tokyo", timedelta(days=365)


@pytest.fixture
def world(services: Services) -> World:
    quick = replace(
        services.settings, quiet_hours=QuietHours(time(20), time(8)), messages_per_second=1000, lease=timedelta(seconds=30)
    )
    found = world_in(replace(services, settings=quick))
    found.directory, found.delivers = Directory(people(8)), True
    surveys.save(found.services, Asker("U0ADMIN", admin=True), LONG)
    return found


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited; nobody waits here."""
    waited: list[float] = []
    monkeypatch.setattr(survey_reminders.time, "sleep", waited.append)
    return waited


def due(world: World) -> list[tuple[int, int, datetime]]:
    """The reminders whose time has come and that nobody holds."""
    with world.services.db.read() as connection:
        return waves.reminders_due(connection, world.clock.now, outbox.clock(connection))


def planned(world: World) -> list[tuple[int, datetime]]:
    """All that are written down."""
    with world.services.db.read() as connection:
        found = waves.reminders_due(connection, world.clock.now + LATER, outbox.clock(connection) + LATER)
    return [(number, moment) for _, number, moment in found]


def run(world: World, box: Box) -> None:
    for wave_id, number, moment in due(world):
        survey_reminders.run(world.services, box, f"{wave_id} {number} {moment.isoformat()}")


def days(number: int) -> str:
    return f"U{number:04}"


def test_those_who_have_not_answered_are_reminded_twice_and_nobody_else(world: World) -> None:
    row = world.open("long-check")
    world.all_answer(row, [days(n) for n in range(1, 6)])
    world.clock.on(days=2, seconds=-1)
    assert due(world) == []
    world.clock.on(seconds=1)
    box = Box()
    run(world, box)
    assert box.targets == ["U0006", "U0007", "U0008"]
    why = Note("You get this because you have not answered yet. Nobody is told whom it reaches.")
    assert all(each.message.parts[-1] == why for each in box.posted)
    world.answer(row, "U0006", goals="4")
    world.clock.now = row.opens_at + timedelta(days=6)
    run(world, box)
    run(world, box)
    assert box.targets == ["U0006", "U0007", "U0007", "U0008", "U0008"]
    assert due(world) == []


def test_a_draft_is_no_answer_and_what_was_taken_back_is_none(world: World) -> None:
    row = world.open("engagement", mode="anonymous")
    first = survey_answers.sheet(world.services, "U0001", row.id).inputs[0]
    survey_answers.keep(world.services, "U0001", row.id, 1, {first.name: first.picks[0].value})
    for number in range(2, 9):
        world.answer(row, days(number), pride="4")
    survey_answers.withdraw(world.services, "U0002", row.id)
    world.clock.now = planned(world)[0][1]
    box = Box()
    run(world, box)
    assert box.targets == ["U0001", "U0002"]


def test_they_come_in_hours_of_work_on_the_clocks_of_each(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else TOKYO, "en-US") for n in range(1, 9)))
    world.clock.now = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # Friday
    world.open("long-check", at="10:00")
    assert planned(world) == [
        (1, datetime(2026, 11, 30, 1, 0, tzinfo=UTC)),
        (1, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),
        (2, datetime(2026, 12, 2, 1, 0, tzinfo=UTC)),
        (2, datetime(2026, 12, 2, 9, 0, tzinfo=UTC)),
    ], "two days later is a Sunday, four days later a Tuesday of which the hour has passed"
    world.clock.now = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    box = Box()
    run(world, box)
    assert box.targets == ["U0005", "U0006", "U0007", "U0008"]


def test_a_reminder_that_was_missed_waits_for_the_next_hours_of_work(world: World) -> None:
    world.open("long-check")
    world.clock.now = datetime(2026, 11, 26, 22, 0, tzinfo=UTC)  # it was due at 10:00, and now it is night
    box = Box()
    run(world, box)
    assert box.posted == []
    assert len(planned(world)) == 2
    assert due(world) == [], "it is held until the night is over"
    world.clock.now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    wave_id, number, moment = _release(world)
    survey_reminders.run(world.services, box, f"{wave_id} {number} {moment.isoformat()}")
    assert len(box.targets) == 8


def test_a_reminder_that_was_left_for_later_goes_when_the_clock_is_moved_there(world: World, database_url: str) -> None:
    world.open("long-check")
    world.clock.now = datetime(2026, 11, 26, 22, 0, tzinfo=UTC)
    box = Box()
    run(world, box)
    world.clock.now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert due(world) == [], "by the clock on the wall it is held for ten hours"
    program = Barometer(replace(world.services.settings, database_url=database_url), Clock(world.clock.now))
    try:
        program.wake()
    finally:
        program.stop()
    run(world, box)
    assert len(box.targets) == 8


def test_a_reminder_that_is_being_worked_on_is_left_to_whoever_does(world: World) -> None:
    world.open("long-check")
    world.clock.now = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    (which,) = due(world)
    with world.services.db.begin() as connection:
        at = outbox.clock(connection)
        assert waves.hold_reminder(connection, which, at, at + world.services.settings.lease) is False
    survey_reminders.catch_up(world.services)
    assert due(world) == []


def _release(world: World) -> tuple[int, int, datetime]:
    """The first reminder that is due, as if the time for which it is held had passed."""
    with world.services.db.begin() as connection:
        connection.exec_driver_sql("UPDATE wave_reminder SET lease_until = NULL")
    return (*due(world), (0, 0, world.clock.now))[0]


def test_by_hand_once_a_day_outside_quiet_hours_by_whoever_runs_it(world: World) -> None:
    row = world.open("long-check")
    with pytest.raises(NotAllowed):
        survey_reminders.ask(world.services, Asker("U0001"), "long-check")
    world.clock.now = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    survey_reminders.ask(world.services, OWNER, "long-check")
    with pytest.raises(Conflict, match="once a day is the most"):
        survey_reminders.ask(world.services, OWNER, "long-check")
    box = Box()
    run(world, box)
    assert box.posted == []
    world.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    run(world, box)
    assert len(box.targets) == 8
    world.clock.now = datetime(2026, 11, 25, 20, 59, tzinfo=UTC)
    with pytest.raises(Conflict):
        survey_reminders.ask(world.services, OWNER, "long-check")
    world.clock.now = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
    survey_reminders.ask(world.services, OWNER, "long-check")
    assert world.row(row.id).state == "open"


def test_a_second_request_leaves_the_hours_of_the_first_as_they_are(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else "Pacific/Kiritimati", "en-US") for n in range(1, 9)))
    world.open("long-check")
    survey_reminders.ask(world.services, OWNER, "long-check")
    early = planned(world)
    world.clock.on(days=1)
    survey_reminders.ask(world.services, OWNER, "long-check")
    box = Box()
    for _ in range(3):
        run(world, box)
        world.clock.on(hours=8)
        _release(world)
    assert [each for each in early if each[0] == survey_reminders.BY_HAND and each in planned(world)] == []
    assert (box.targets.count("U0001"), box.targets.count("U0008")) == (1, 1), "two days' requests at once are one reminder"


def reminded(world: World, row: StoredWave, **after: float) -> int:
    """How many are reminded by that time after the opening."""
    world.clock.now = row.opens_at + timedelta(**after)
    box = Box()
    run(world, box)
    return len(box.posted)


def test_two_at_most_by_hand_and_by_the_clock_together_and_one_more_after_a_new_end(world: World) -> None:
    row = world.open("long-check")
    survey_reminders.ask(world.services, OWNER, "long-check")
    assert [reminded(world, row, **after) for after in ({"hours": 0}, {"days": 2}, {"days": 6})] == [8, 8, 0]
    world.clock.on(minutes=1)
    with pytest.raises(Conflict, match=r"as often as they may be.* /pulse extend long-check until=2d allows one more"):
        survey_reminders.ask(world.services, OWNER, "long-check")
    survey_waves.extend(world.services, OWNER, "long-check", "9d")
    survey_reminders.ask(world.services, OWNER, "long-check")
    assert reminded(world, row, days=6, minutes=1) == 8
    world.clock.on(days=1)
    survey_waves.extend(world.services, OWNER, "long-check", "10d")
    with pytest.raises(Conflict, match=r"as often as they may be.*new end\.$"):
        survey_reminders.ask(world.services, OWNER, "long-check")


def test_after_two_of_the_clock_none_is_asked_for_by_hand_and_an_extension_has_its_own(world: World) -> None:
    row = world.open("long-check", closes="7d")
    assert [reminded(world, row, **after) for after in ({"days": 2}, {"days": 6})] == [8, 8]
    world.clock.on(minutes=1)
    with pytest.raises(Conflict, match="as often as they may be"):
        survey_reminders.ask(world.services, OWNER, "long-check")
    assert planned(world) == []
    world.clock.now = row.closes_at
    survey_close.when_due(world.services, world.row(row.id))
    assert reminded(world, row, days=7) == 8
    world.clock.on(days=1)
    with pytest.raises(Conflict, match="as often as they may be"):
        survey_reminders.ask(world.services, OWNER, "long-check")


def test_asked_for_at_the_hour_of_the_clock_it_is_one(world: World) -> None:
    row = world.open("long-check", at="08:00")
    world.clock.now = datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
    assert planned(world)[0] == (1, datetime(2026, 11, 27, 8, 0, tzinfo=UTC))
    survey_reminders.ask(world.services, OWNER, "long-check")
    box = Box()
    world.clock.now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]
    assert world.row(row.id).state == "open"


def first_invitation(world: World, row: StoredWave) -> datetime:
    first = survey_invitations.first(world.services, row)
    assert first is not None
    return first


def test_nobody_is_reminded_by_hand_before_the_first_was_invited_and_it_uses_up_nothing(world: World) -> None:
    world.delivers = False
    row = world.open("long-check", at="14:00")
    why = r"Nobody was invited to long-check #1 yet: the first invitations go out Tue 24 Nov 2026 14:00 UTC; remind people"
    with pytest.raises(Conflict, match=why):
        survey_reminders.ask(world.services, OWNER, "long-check")
    assert "asked" not in world.row(row.id).receipt
    world.clock.now = first_invitation(world, row)
    world.invite_all(row)
    assert not survey_reminders.ask(world.services, OWNER, "long-check").uninvited
    box = Box()
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]


def test_who_has_no_invitation_yet_is_left_out_and_their_zone_has_its_reminders_still(world: World) -> None:
    world.delivers = False
    world.directory = Directory(tuple(Member(days(n), "UTC" if n < 5 else TOKYO, "en-US") for n in range(1, 9)))
    row = world.open("long-check", at="12:00")  # in Tokyo it is past that: tomorrow
    tokyo = [days(n) for n in range(5, 9)]
    world.clock.on(hours=3)
    world.invite_all(row, [days(n) for n in range(1, 5)])
    asked = survey_reminders.ask(world.services, OWNER, "long-check")
    assert asked.uninvited.people == 4
    box = Box()
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 5)]
    world.clock.now = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    world.invite_all(row, tokyo)
    run(world, box)
    assert not set(box.targets) & set(tokyo), "the request came before their invitation"
    world.clock.now = row.opens_at + timedelta(hours=28)
    survey_reminders.ask(world.services, OWNER, "long-check")
    while pending := planned(world):
        world.clock.now = max(world.clock.now, pending[0][1])
        run(world, box)
    assert [box.targets.count(user) for user in (days(1), days(8))] == [2, 2], "of Tokyo one by hand and one by the clock"


def test_the_clock_reminds_nobody_whose_invitation_is_late(world: World) -> None:
    world.delivers = False
    row = world.open("long-check")
    world.invite_all(row, [days(n) for n in range(1, 7)])
    world.clock.on(days=2, minutes=1)
    world.invite_all(row, ["U0007"])
    box = Box()
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 7)], "neither minutes after an invitation nor before it"
    world.invite_all(row, ["U0008"])
    world.clock.now = row.opens_at + timedelta(days=6)
    run(world, box)
    assert [box.targets.count(days(n)) for n in (1, 7, 8)] == [2, 1, 1]


def test_one_of_the_clock_that_came_before_all_invitations_is_not_counted(world: World) -> None:
    world.delivers = False
    row = world.open("long-check")
    world.clock.on(days=2)
    box = Box()
    run(world, box)
    assert box.posted == []
    world.clock.on(hours=1)
    world.invite_all(row)
    survey_reminders.ask(world.services, OWNER, "long-check")
    run(world, box)
    world.clock.now = row.opens_at + timedelta(days=6)
    run(world, box)
    assert len(box.posted) == 2 * 8


def test_an_extension_reminds_nobody_who_was_not_invited(world: World) -> None:
    world.delivers = False
    row = world.open("long-check", closes="3d")
    world.invite_all(row, ["U0001", "U0002"])
    world.clock.now = row.closes_at
    survey_close.when_due(world.services, world.row(row.id))
    box = Box()
    run(world, box)
    assert box.targets == ["U0001", "U0002"]


def test_an_invitation_of_which_nobody_can_tell_counts_as_sent_and_one_that_failed_does_not(world: World) -> None:
    world.delivers = False
    row = world.open("long-check")
    with world.services.db.begin() as connection:
        for each in outbox.everything(connection):
            outbox.change(connection, each.id, state="uncertain" if each.target == "U0003" else "failed")
    world.clock.on(seconds=1)
    survey_reminders.ask(world.services, OWNER, "long-check")
    box = Box()
    run(world, box)
    assert box.targets == ["U0003"]
    with world.services.db.begin() as connection:
        outbox.change(connection, outbox.id_of(connection, f"survey:{row.key_id}:U0003") or "", state="failed")
    with pytest.raises(Conflict, match="No invitation to long-check #1 could be delivered, so there is nobody to remind"):
        survey_reminders.ask(world.services, OWNER, "long-check")


def test_when_they_are_reminded_is_said_before_and_when_they_were_after(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else TOKYO, "en-US") for n in range(1, 9)))
    world.open("long-check", at="16:00")
    world.clock.now = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    survey_reminders.ask(world.services, OWNER, "long-check")
    hours = "at hours of their own from Tue 24 Nov 2026 23:00 UTC to Wed 25 Nov 2026 07:00 UTC"
    again = "and once a day is the most; say it again from Wed 25 Nov 2026 21:00 UTC on."
    moments = [datetime(2026, 11, 24, 23, 0, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)]
    for now, said in (
        (world.clock.now, f"Those who have not answered are reminded {hours}, {again}"),
        (moments[0], f"Those who have not answered are reminded {hours}, {again}"),
        (moments[1], f"Those who have not answered are being reminded now, {again}"),
    ):
        world.clock.now = now
        with pytest.raises(Conflict) as refused:
            survey_reminders.ask(world.services, OWNER, "long-check")
        assert refused.value.text == said
        run(world, Box())
    with pytest.raises(Conflict, match=f"Those who had not answered were reminded {hours}, {again}"):
        survey_reminders.ask(world.services, OWNER, "long-check")


def test_by_hand_on_a_holiday_they_wait_for_its_end_where_it_is_one(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else "UTC", "en-US") for n in range(1, 9)))
    world.clock.now = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)
    row = world.open("long-check")
    world.clock.now = datetime(2026, 12, 25, 10, 0, tzinfo=UTC)
    survey_reminders.ask(world.services, OWNER, "long-check")
    box = Box()
    run(world, box)
    assert box.targets == ["U0005", "U0006", "U0007", "U0008"]
    assert (survey_reminders.BY_HAND, datetime(2026, 12, 27, 10, 0, tzinfo=UTC)) in planned(world), "two days of Christmas"
    assert reminded(world, row, days=4) == 4


def test_a_reminder_that_would_come_after_the_end_is_refused(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO, "en-US") for n in range(1, 9)))
    world.clock.now = datetime(2026, 12, 23, 10, 0, tzinfo=UTC)
    world.open("long-check", closes="3d")
    world.clock.now = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
    with pytest.raises(Conflict, match="closes before anybody can be reminded; say /pulse extend long-check until=2d first"):
        survey_reminders.ask(world.services, OWNER, "long-check")
    assert "asked" not in world.row(1).receipt


def test_none_after_the_end_even_in_the_middle_of_a_round(world: World) -> None:
    row = world.open("long-check")
    world.all_answer(row, [days(n) for n in range(1, 6)])
    world.clock.on(days=2)
    box = Box(before=lambda envelope: _close(world))
    run(world, box)
    assert len(box.posted) == 1, "the one that was on its way"
    assert due(world) == []
    assert planned(world) == []


def _close(world: World) -> None:
    if world.services.now and survey_close.by_hand(world.services, OWNER, "long-check").what != "closed":
        raise AssertionError


def test_none_once_the_time_is_over_though_nobody_has_closed_it_yet(world: World) -> None:
    row = world.open("long-check", closes="3d")
    world.clock.now = row.closes_at
    box = Box()
    run(world, box)
    assert box.posted == []


def test_whoever_answers_while_others_are_reminded_is_not(world: World) -> None:
    row = world.open("long-check")
    world.clock.on(days=2)
    answered: list[str] = []

    def answer(_: object) -> None:
        if not answered:
            answered.append("all")
            for number in range(1, 9):
                world.answer(row, days(number), goals="4")

    box = Box(before=answer)
    run(world, box)
    assert len(box.posted) == 1


@pytest.mark.parametrize("by_hand", [True, False])
def test_whoever_opts_out_meanwhile_is_reminded_of_nothing_and_can_still_answer(world: World, *, by_hand: bool) -> None:
    row = world.open("long-check")
    survey_people.opt_out(world.services, Asker("U0003"))
    if by_hand:
        survey_reminders.ask(world.services, OWNER, "long-check")
    else:
        world.clock.on(days=2)
    box = Box()
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9) if n != 3]
    world.answer(row, "U0003", goals="4")
    assert world.state_of(row, "U0003") == ballots.CAST


def test_whoever_opts_out_while_others_are_reminded_is_not(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)

    def opt_out(_: object) -> None:
        for number in range(1, 9):
            survey_people.opt_out(world.services, Asker(days(number)))

    box = Box(before=opt_out)
    run(world, box)
    assert len(box.posted) == 1


def test_who_crashed_in_the_middle_is_followed_by_one_that_finds_what_was_posted(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box()

    def die(_: object) -> None:
        if len(box.posted) == 3:
            raise SystemExit

    box.before = die
    with pytest.raises(SystemExit):
        run(world, box)
    assert due(world) == [], "its lease has not run out"
    box.before = lambda envelope: None
    wave_id, number, moment = _release(world)
    survey_reminders.run(world.services, box, f"{wave_id} {number} {moment.isoformat()}")
    assert box.targets == [days(n) for n in range(1, 9)]
    assert due(world) == []


def test_who_was_overtaken_stops(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box, other = Box(), Box()

    def overtaken(_: object) -> None:
        if len(box.posted) == 2:
            box.before = lambda envelope: None
            wave_id, number, moment = _release(world)
            other.posted += box.posted
            survey_reminders.run(world.services, other, f"{wave_id} {number} {moment.isoformat()}")

    box.before = overtaken
    run(world, box)
    assert len(box.posted) == 3, "it notices before the next one"
    assert other.targets == [days(n) for n in range(1, 9)]


def test_a_429_is_waited_for_and_nobody_is_left_out(world: World, pauses: list[float]) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Throttled(timedelta(seconds=7))])
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]
    assert any(6 < each <= 7 for each in pauses)


def test_a_long_429_is_left_to_the_clock(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Throttled(timedelta(minutes=10))])
    run(world, box)
    assert box.posted == []
    assert due(world) == [], "it is held until Slack takes messages again"
    assert len(planned(world)) == 2


@pytest.mark.parametrize("lost", [False, True])
def test_an_answer_that_was_lost_is_looked_for_before_it_is_said_again(world: World, *, lost: bool) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Unknown("timeout")], lost=lost)
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]
    assert box.looks == 1


def test_where_nobody_can_look_a_reminder_is_rather_missed_than_said_twice(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Unknown("timeout")], unread=[Unreadable("missing_scope")])
    run(world, box)
    assert len(box.posted) == 7


def test_what_slack_refuses_or_never_takes_holds_up_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Refused("user_not_found", "gone"), *[Postponed("500")] * survey_reminders.TRIES])
    run(world, box)
    assert len(box.posted) == 6
    assert "a reminder of long-check #1 was not taken by Slack" in caplog.text
    assert not any(days(n) in caplog.text for n in range(1, 9))


def test_a_search_that_is_not_answered_is_made_again(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    box = Box(fails=[Unknown("timeout")], unread=[Postponed("500"), Missing()])
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]


def test_a_process_without_the_keys_leaves_them_to_one_that_has_them(world: World) -> None:
    world.open("long-check")
    world.clock.on(days=2)
    away = replace(world.services.settings, survey_keys=world.services.settings.survey_keys / "away")
    other, box = World(replace(world.services, settings=away), world.clock), Box()
    run(other, box)
    assert box.posted == []
    wave_id, number, moment = _release(world)
    survey_reminders.run(world.services, box, f"{wave_id} {number} {moment.isoformat()}")
    assert len(box.posted) == 8


def test_all_get_the_same_words_in_their_own_zone(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else "UTC", "en-US") for n in range(1, 9)))
    row = world.open("long-check", at="10:00")
    world.clock.now = row.opens_at + timedelta(days=3)
    box = Box()
    run(world, box)
    said = {
        "\n".join(plain(part) for part in each.message.parts).replace("11:00 Europe/Oslo", "10:00 UTC") for each in box.posted
    }
    assert len(said) == 1
    assert "“Long check” is open until" in said.pop()


def test_nothing_that_is_stored_says_who_was_reminded(world: World) -> None:
    row = world.open("long-check")
    world.clock.on(days=2)

    def stored() -> dict[str, list[object]]:
        with world.services.db.read() as connection:
            names = ("delivery", "wave", "invitation", "wave_reminder", "audit", "receipt", "person", "pace")
            return {name: sorted(map(str, connection.exec_driver_sql(f"SELECT * FROM {name}"))) for name in names}

    answering = ["U0003", "U0005", "U0007"]
    world.all_answer(row, answering)
    before = stored()
    box = Box()
    run(world, box)
    assert box.targets == [m.user_id for m in people(8) if m.user_id not in answering]
    after = stored()
    for table in ("delivery", "wave", "invitation", "audit", "receipt", "person"):
        assert after[table] == before[table], table
    new = set(after["pace"]) - set(before["pace"])
    assert not any(m.user_id in each for m in people(8) for each in new)


def test_an_extension_reminds_once_more(world: World) -> None:
    row = world.open("long-check", closes="3d")
    world.all_answer(row, ["U0001"])
    world.clock.now = row.closes_at
    survey_close.when_due(world.services, world.row(row.id))
    box = Box()
    run(world, box)
    assert "U0001" not in box.targets
    assert box.targets.count("U0002") == 1


def test_of_two_waves_each_has_its_own(world: World) -> None:
    first, second = world.open("long-check"), world.open("enps", closes="7d")
    world.all_answer(first, [days(n) for n in range(1, 9)])
    world.clock.on(days=2)
    box = Box()
    run(world, box)
    assert len(box.posted) == 8
    assert all(_wave_of(each.message.parts) == str(second.id) for each in box.posted)


def _wave_of(parts: tuple[Part, ...]) -> str:
    return next(part.items[0].value.partition(" ")[0] for part in parts if isinstance(part, Buttons))


def test_the_clock_puts_one_job_for_a_reminder_into_the_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row: StoredWave = world.open("long-check")
    put: list[str] = []
    monkeypatch.setattr(survey_reminders.queue, "enqueue", lambda connection, job, argument, job_id: put.append(argument))
    assert survey_reminders.fire(world.services) == row.opens_at + timedelta(days=2)
    world.clock.on(days=2)
    survey_reminders.fire(world.services)
    assert put == [f"{row.id} 1 {(row.opens_at + timedelta(days=2)).isoformat()}"]


def test_nobody_is_told_to_remind_once_more_when_the_survey_is_over(world: World) -> None:
    world.open("long-check", closes="1d")
    survey_reminders.ask(world.services, OWNER, "long-check")
    with pytest.raises(Conflict, match="once a day is the most; it is over before that can be again"):
        survey_reminders.ask(world.services, OWNER, "long-check")
