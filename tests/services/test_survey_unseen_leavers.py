"""Nothing that is said of an open wave, or at its end, tells whoever runs it that somebody was deleted, or from which zone."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.audiences import Member
from bot.domain.errors import BarometerError
from bot.domain.own_hours import QuietHours
from bot.domain.parts import Message, plain
from bot.domain.people import Asker
from bot.presenters import pulse, pulse_ends, pulse_words
from bot.services import (
    Services,
    dispatch,
    survey_close,
    survey_ending,
    survey_notice,
    survey_opening,
    survey_people,
    survey_reminders,
    survey_results,
    survey_waves,
)
from bot.services.survey_ending import Ways
from storage import outbox, surveys, waves
from storage.waves import StoredWave
from tests.services.delivery_world import Poster
from tests.services.survey_world import OWNER, Directory, World, world_in
from tests.services.test_survey_unreached import GONE

ADMIN = Asker("U0ADMIN", admin=True)
TOKYO, HERE = "Asia/Tokyo", "UTC"
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
AT_NOON_HERE, AT_NOON_THERE = datetime(2026, 11, 24, 12, 1, tzinfo=UTC), datetime(2026, 11, 25, 3, 1, tzinfo=UTC)
"""A minute after those of a zone are asked: in Tokyo noon has passed at the start."""
ELEVEN = [f"U{n:04}" for n in range(1, 12)]
ALONE = "U0012"
"""The only one in Tokyo."""


@pytest.fixture
def world(services: Services) -> World:
    settings = replace(services.settings, quiet_hours=QuietHours(time(20), time(8)), messages_per_second=1000)
    found = world_in(replace(services, settings=settings))
    found.directory = Directory((*(Member(user, HERE, "en-US") for user in ELEVEN), Member(ALONE, TOKYO, "en-US")))
    return found


def invited(world: World, row: StoredWave, users: Collection[str]) -> None:
    """Have the invitations of these people arrive now, of those who are left."""
    with world.services.db.begin() as connection:
        for each in outbox.everything(connection):
            if each.subject == survey_waves.SUBJECT.format(id=row.id) and each.target in users:
                outbox.change(connection, each.id, state="sent", sent_at=world.clock.now)


def read(message: Message) -> str:
    return "\n".join(map(plain, message.parts))


def tried(act: Callable[[], str]) -> str:
    try:
        return act()
    except BarometerError as refused:
        return refused.text


def offered(ways: Ways) -> str:
    return f"{ways.why} {ways.spans} {ways.too_few} {ways.was_extended} {pulse.still(ways.to_come) if ways.to_come else ''}"


def reminded(world: World) -> str:
    asked = survey_reminders.ask(world.services, OWNER, "team-check")
    return read(pulse.reminded(asked.label, asked.uninvited))


def closed(world: World, asker: Asker) -> str:
    return read(pulse_ends.closed(survey_close.by_hand(world.services, asker, "team-check"), "UTC", may_see=True))


def noticed(world: World) -> str:
    return str(survey_notice.close(world.services, OWNER, "team-check", "24h").closes_at)


def all_that_is_said(world: World) -> list[str]:
    """What whoever runs a wave can hear of it now, by all that they can say."""
    services, name = world.services, "team-check"
    return [
        survey_results.standing(services, OWNER, name).words,
        *(tried(lambda who=who: offered(survey_ending.ways(services, who, name))) for who in (OWNER, ADMIN)),
        tried(lambda: reminded(world)),
        tried(lambda: reminded(world)),
        tried(lambda: closed(world, OWNER)),
        tried(lambda: noticed(world)),
        tried(lambda: noticed(world)),
        tried(lambda: closed(world, OWNER)),
    ]


def reminders(world: World, row: StoredWave) -> str:
    """What stands in the database of when people are reminded."""
    with world.services.db.read() as connection:
        query = f"SELECT number, due_at FROM wave_reminder WHERE wave_id = {row.id} ORDER BY number, due_at"
        return str(connection.exec_driver_sql(query).fetchall())


def course(world: World, deleted: Collection[str], moment: datetime, terms: dict[str, str]) -> str:
    """All that is said of a wave from the start on in which some are deleted when it is open, and of its end."""
    world.clock.now = START
    row = world.open(at="12:00", **terms)
    found: list[str] = []
    for now in (START, AT_NOON_HERE, AT_NOON_THERE):
        world.clock.now = now
        if now == moment:
            for user in deleted:
                survey_people.erase(world.services, Asker(user))
        if now == AT_NOON_HERE:
            invited(world, row, ELEVEN)
        if now == AT_NOON_THERE:
            invited(world, row, [ALONE])
        found += [*all_that_is_said(world), reminders(world, row)]
    survey_close.throw_away(world.services, ADMIN, "team-check")
    found.append(str(pulse_words.receipt(world.row(row.id).receipt)))
    return "\n".join(found).replace(f"#{row.number}", "#N")


@pytest.mark.parametrize("moment", [START, AT_NOON_HERE, AT_NOON_THERE])
@pytest.mark.parametrize("deleted", [[ALONE], ["U0003"], [*ELEVEN, ALONE]], ids=["alone", "one of many", "all"])
@pytest.mark.parametrize("viewers", ["", "U0001"], ids=["owner", "one who is asked"])
def test_what_is_said_is_the_same_whoever_was_deleted(world: World, moment: datetime, deleted: list[str], viewers: str) -> None:
    terms = {"viewers": viewers} if viewers else {}
    assert course(world, deleted, moment, terms) == course(world, [], moment, terms)


def test_what_is_said_differs_where_it_should(world: World) -> None:
    """Else the test above could not fail: later, and of other people, other words are said."""
    said = course(world, [], START, {})
    assert "12 people are still to be invited" in said
    assert "the last Wed 25 Nov 2026 03:00 UTC" in said
    assert "1 person is still to be invited" in said
    assert "first invitations go out Tue 24 Nov 2026 12:00 UTC" in said
    assert said != course(world, [], START, {"viewers": "U0001"})


def test_too_few_are_so_many_even_when_the_one_who_sees_the_results_was_deleted(world: World) -> None:
    row = world.open(viewers="U0001")
    invited(world, row, [*ELEVEN, ALONE])
    survey_people.erase(world.services, Asker("U0001"))
    assert survey_ending.ways(world.services, OWNER, "team-check").too_few.startswith("fewer than 5 answers, or 6 with that of")
    assert survey_close.by_hand(world.services, OWNER, "team-check").needed.startswith("5 answers, or 6 with that of")


def test_those_who_were_not_reached_are_not_fewer_when_one_of_them_is_deleted(world: World) -> None:
    world.services = replace(world.services, settings=replace(world.services.settings, messages_per_second=1e9))
    world.open()
    unreached(world)
    assert " 2 of 12 people could not be reached" in unreached(world, "U0003", "U0004")
    survey_people.erase(world.services, Asker("U0003"))
    assert " 3 of 12 people could not be reached" in unreached(world, "U0005")
    survey_people.erase(world.services, Asker("U0007"))
    assert " 4 of 12 people could not be reached" in unreached(world, "U0006")


def unreached(world: World, *people: str) -> str:
    """What is said last when the invitations of these people are refused."""
    poster = Poster(refusing=dict.fromkeys(people, GONE))
    for kind in ("survey", "notice"):
        with world.services.db.read() as connection:
            ready = [each for each in outbox.everything(connection) if (each.kind, each.state) == (kind, "due")]
        for each in ready:
            if each.target in (*people, OWNER.user_id, "U0ADMIN"):
                dispatch.deliver(world.services, poster, each.id)
    return "\n".join(map(plain, [part for each in poster.posted for part in each.message.parts]))


def test_whoever_is_deleted_while_a_wave_opens_is_not_counted_among_those_who_do_not_want_to_be_asked(world: World) -> None:
    opening = survey_waves.start(world.services, OWNER, "team-check", survey_waves.Terms(audience="C0TEAM"))
    found = survey_people.erase(world.services, Asker("U0003"))
    assert (found.waves, found.opening) == (0, 1)
    with world.services.db.begin() as connection:
        surveys.opt_out(connection, "U0004")
    survey_opening.run(world.services, world.directory, str(opening.id))
    row = world.row(opening.id)
    assert (row.invited, row.receipt["left_out"]) == (10, {"opted out": 1})
    with world.services.db.read() as connection:
        assert not {"U0003", "U0004"} & {each.user_id for each in waves.invited(connection, row.id)}


def test_a_wave_that_was_open_before_hours_were_kept_goes_by_the_ledger(world: World) -> None:
    world.clock.now = START
    row = world.open(at="12:00")
    with world.services.db.begin() as connection:
        kept = {name: told for name, told in row.receipt.items() if name not in (survey_waves.HOURS, survey_waves.SEEN)}
        waves.change(connection, row.id, receipt=kept)
    assert "12 people are still to be invited to team-check #1, in a moment" in tried(lambda: closed(world, OWNER))
    world.clock.now = AT_NOON_THERE + timedelta(hours=8)
    invited(world, row, [*ELEVEN, ALONE])
    assert "are reminded" in tried(lambda: reminded(world))
    assert tried(lambda: closed(world, OWNER)).startswith("Too few answered team-check #1")
