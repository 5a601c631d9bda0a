"""Closing early with notice: those who have not answered are told, have hours left, and nobody learns who they are."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audiences import Member
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.parts import plain
from bot.domain.people import Asker
from bot.domain.survey_waves import Over
from bot.domain.times import show_time
from bot.services import survey_clock, survey_close, survey_ending, survey_notice, survey_reminders, survey_waves
from storage import outbox
from tests.services.posting import Box
from tests.services.survey_world import OWNER, Directory, World
from tests.services.test_survey_reminders import OSLO, TOKYO, days, pauses, planned, run, world

__all__ = ["pauses", "world"]

SECOND = timedelta(seconds=1)


def test_it_is_not_given_while_an_invitation_with_the_later_end_is_still_to_come(world: World) -> None:
    world.delivers = False
    row = world.open("long-check")
    with pytest.raises(Conflict, match=r"Some are still to be invited, in a moment; give notice after that."):
        survey_notice.close(world.services, OWNER, "long-check", "3h")
    assert world.row(row.id).closes_at == row.closes_at
    world.invite_all(row)
    survey_notice.close(world.services, OWNER, "long-check", "3h")


def test_nobody_closes_before_the_end_of_which_notice_was_given(world: World) -> None:
    row = world.open("long-check")
    until = survey_notice.close(world.services, OWNER, "long-check", "3h").closes_at
    for asker in (OWNER, Asker("U0ADMIN", admin=True)):
        with pytest.raises(Conflict, match=r"Notice was given that it closes .*; it does by itself then."):
            survey_close.by_hand(world.services, asker, "long-check")
    assert (world.row(row.id).state, world.row(row.id).closes_at) == ("open", until)


def test_those_who_have_not_answered_are_told_and_it_closes_when_it_was_said(world: World) -> None:
    row = world.open("long-check")
    world.all_answer(row, [days(n) for n in range(1, 6)])
    opening = survey_notice.close(world.services, OWNER, "long-check", "3h")
    assert timedelta(hours=3) <= opening.closes_at - world.clock.now < timedelta(hours=3) + SECOND
    box = Box()
    run(world, box)
    assert box.targets == ["U0006", "U0007", "U0008"]
    (words,) = {"\n".join(plain(part) for part in each.message.parts) for each in box.posted}
    assert "“Long check” is open until Tue 24 Nov 2026 13:00 UTC, which is earlier than its invitation said." in words
    world.answer(row, "U0006", goals="4")
    survey_clock.run(world.services)
    assert world.row(row.id).state == "open"
    world.clock.now = opening.closes_at
    with pytest.raises(Over):
        world.answer(row, "U0007", goals="4")
    survey_clock.run(world.services)
    assert (world.row(row.id).state, world.row(row.id).receipt["opened"]) == ("closed", "5–9")


def test_the_notice_counts_from_the_hour_at_which_the_last_can_be_told(world: World) -> None:
    world.directory = Directory(tuple(Member(days(n), OSLO if n < 5 else TOKYO, "en-US") for n in range(1, 9)))
    world.open("long-check")
    world.clock.now = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # night in Tokyo, until 08:00 there
    opening = survey_notice.close(world.services, OWNER, "long-check", "2h")
    morning = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert timedelta(hours=2) <= opening.closes_at - morning < timedelta(hours=2) + SECOND
    box = Box()
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 5)]
    world.clock.now = morning
    run(world, box)
    assert box.targets == [days(n) for n in range(1, 9)]


def test_it_is_given_once_by_whoever_runs_it_and_never_lets_it_end_later(world: World) -> None:
    row = world.open("long-check", closes="4h")
    for notice, why in (("1h", "2 hours at least"), ("soon", "such as notice=2h"), ("4h", "with that notice not before")):
        with pytest.raises(InvalidInput, match=why):
            survey_notice.close(world.services, OWNER, "long-check", notice)
    with pytest.raises(NotAllowed):
        survey_notice.close(world.services, Asker("U0001"), "long-check", "2h")
    assert (world.row(row.id).closes_at, dict(world.row(row.id).receipt)) == (row.closes_at, dict(row.receipt))
    survey_notice.close(world.services, OWNER, "long-check", "3h")
    with pytest.raises(Conflict, match="Notice was given already"):
        survey_notice.close(world.services, OWNER, "long-check", "2h")
    world.clock.on(hours=4)
    with pytest.raises(Over):
        survey_notice.close(world.services, OWNER, "long-check", "2h")


def test_a_notice_after_an_extension_is_what_is_said(world: World) -> None:
    world.open("long-check")
    assert survey_close.by_hand(world.services, OWNER, "long-check").what == "extended"
    until = survey_notice.close(world.services, OWNER, "long-check", "3h").closes_at
    said = f"Notice was given that it closes {show_time(until, 'UTC')}; it does by itself then."
    run(world, Box())
    for minutes in (0, 11):
        world.clock.on(minutes=minutes)
        with pytest.raises(Conflict) as refused:
            survey_close.by_hand(world.services, OWNER, "long-check")
        assert refused.value.text == said
        assert survey_ending.ways(world.services, Asker("U0ADMIN", admin=True), "long-check").why == said


def test_a_later_end_after_a_notice_is_no_dead_end(world: World) -> None:
    row = world.open("long-check")
    said = survey_notice.close(world.services, OWNER, "long-check", "3h").closes_at
    survey_waves.extend(world.services, OWNER, "long-check", "5d")
    with pytest.raises(Conflict, match=r"Notice was given that it closes .*, and it may be closed from then on."):
        survey_close.by_hand(world.services, OWNER, "long-check")
    again = survey_notice.close(world.services, OWNER, "long-check", "4h").closes_at
    assert said < again < row.opens_at + timedelta(days=5)
    survey_waves.extend(world.services, OWNER, "long-check", "6d")
    with pytest.raises(InvalidInput, match=r"Notice was given that it closes .*, and nobody closes it before"):
        survey_notice.close(world.services, OWNER, "long-check", "2h")
    assert survey_ending.ways(world.services, OWNER, "long-check").spans == ("4h", "24h"), "and the form does not offer it"
    world.clock.now = again
    assert survey_close.by_hand(world.services, OWNER, "long-check").what == "extended", "and not refused"


def test_a_notice_that_goes_out_late_moves_the_end_of_which_it_tells(world: World) -> None:
    row = world.open("long-check")
    said = survey_notice.close(world.services, OWNER, "long-check", "2h").closes_at
    world.clock.now = said - timedelta(hours=1)
    box = Box()
    run(world, box)
    later = world.row(row.id).closes_at
    assert timedelta(hours=2) <= later - world.clock.now < timedelta(hours=2) + SECOND
    assert len(box.posted) == 8
    assert f"{later:%H:%M} UTC, which is earlier than its invitation said" in "".join(map(plain, box.posted[0].message.parts))
    with world.services.db.read() as connection:
        told = [each.payload for each in outbox.everything(connection) if each.target == OWNER.user_id]
    assert len([each for each in told if "later than you gave notice of: people were told late and have as long" in each]) == 1


def test_nothing_closes_whose_notice_nobody_was_given_yet(world: World) -> None:
    row = world.open("long-check")
    said = survey_notice.close(world.services, OWNER, "long-check", "2h").closes_at
    world.all_answer(row, [days(n) for n in range(1, 8)])
    world.clock.now = said + timedelta(hours=5)
    with pytest.raises(Conflict, match="it does by itself then"):
        survey_close.by_hand(world.services, OWNER, "long-check")
    survey_clock.run(world.services)
    later = world.row(row.id).closes_at
    assert (world.row(row.id).state, timedelta(hours=2) <= later - world.clock.now) == ("open", True)
    box = Box()
    run(world, box)
    assert box.targets == ["U0008"]
    world.clock.now = later
    survey_clock.run(world.services)
    assert world.row(row.id).state == "closed"


def test_a_late_notice_moves_no_end_beyond_that_of_the_invitation(world: World) -> None:
    row = world.open("long-check", closes="8h")
    world.all_answer(row, [days(n) for n in range(1, 8)])
    survey_notice.close(world.services, OWNER, "long-check", "2h")
    world.clock.now = row.closes_at - timedelta(hours=1)
    survey_clock.run(world.services)
    assert (world.row(row.id).state, world.row(row.id).closes_at) == ("open", row.closes_at)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    assert world.row(row.id).state == "closed"


def test_it_is_told_after_two_reminders_as_well_and_nothing_says_who_was_told(world: World) -> None:
    kept = []
    for answering in ([], [days(n) for n in range(1, 9)]):
        row = world.open("long-check")
        for after in (timedelta(days=2), timedelta(days=6)):
            world.clock.now = row.opens_at + after
            run(world, Box())
        world.all_answer(row, answering)
        world.clock.on(minutes=1)
        survey_notice.close(world.services, OWNER, "long-check", "2h")
        box = Box()
        assert [number for number, _ in planned(world)] == [survey_reminders.BY_HAND]
        run(world, box)
        assert len(box.posted) == 8 - len(answering)
        with world.services.db.read() as connection:
            audit = "SELECT action, after FROM audit ORDER BY id DESC LIMIT 1"
            kept.append(str(connection.exec_driver_sql(audit).fetchall()))
        assert not any(days(n) in kept[-1] for n in range(1, 9))
        world.clock.now = row.opens_at
        survey_close.throw_away(world.services, Asker("U0ADMIN", admin=True), "long-check")
    assert kept[0] == kept[1]
