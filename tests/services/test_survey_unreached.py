"""Invitations that Slack does not take: how many is told, and whose they were nowhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.deliveries import Delivery, Outcome, Postponed, Refused
from bot.domain.parts import plain
from bot.services import Services, dispatch
from storage import outbox
from storage.waves import StoredWave
from tests.services.delivery_world import Poster
from tests.services.survey_world import OWNER, World, world_in

GONE = Refused("user_not_found", "Slack knows no such person. Choose another channel or person.")


@pytest.fixture
def world(services: Services) -> World:
    settings = replace(services.settings, admins=frozenset({"U0ADMIN"}), messages_per_second=1e9)
    return world_in(replace(services, settings=settings))


def everything(world: World) -> list[Delivery]:
    with world.services.db.read() as connection:
        return outbox.everything(connection)


def sent(world: World, *unreachable: str, by: Outcome = GONE) -> Poster:
    """Have the invitations of a wave go out, and what follows from that."""
    poster = Poster(refusing=dict.fromkeys(unreachable, by))
    for kind in ("survey", "notice"):
        for row in everything(world):
            if row.kind == kind and row.state == "due" and row.target in (*unreachable, OWNER.user_id, "U0ADMIN"):
                dispatch.deliver(world.services, poster, row.id)
    return poster


def told(poster: Poster, whom: str) -> list[str]:
    return ["\n".join(map(plain, each.message.parts)) for each in poster.posted if each.target == whom]


@pytest.fixture
def opened(world: World) -> StoredWave:
    row = world.open()
    sent(world)
    return row


def test_whoever_started_it_and_the_admins_hear_how_many_were_not_reached(world: World, opened: StoredWave) -> None:
    poster = sent(world, "U0003")
    for whom in (OWNER.user_id, "U0ADMIN"):
        (words,) = told(poster, whom)
        assert words.startswith("team-check #1: 1 of 12 people could not be reached with its invitation.")
        assert "nothing else can be done in this wave" in words
        assert not any(wrong in words for wrong in ("U0003", "wave:", "Choose another"))


def test_it_is_one_message_that_says_more_as_there_are_more(world: World, opened: StoredWave) -> None:
    poster = sent(world, "U0003", "U0004", "U0005")
    (words,) = told(poster, OWNER.user_id)
    assert words.startswith("team-check #1: 3 of 12 people")
    later = sent(world, "U0006")
    (again,) = told(later, OWNER.user_id)
    assert again.startswith("team-check #1: 4 of 12 people")
    assert [each.edits_ts is not None for each in later.posted if each.target == OWNER.user_id] == [True]


def test_nowhere_stands_whose_it_was_and_the_log_says_why(
    world: World, opened: StoredWave, caplog: pytest.LogCaptureFixture
) -> None:
    sent(world, "U0003")
    assert "an invitation to team-check #1 was not delivered: Slack knows no such person." in caplog.text
    assert "U0003" not in caplog.text
    notices = [row for row in everything(world) if row.kind == "notice"]
    assert len([row for row in notices if "could not be reached" in row.payload]) == 2
    assert not any("U0003" in f"{row.key} {row.payload} {row.subject} {row.error}" for row in notices)
    world.all_answer(opened, [f"U{n:04}" for n in range(1, 12) if n != 3])
    world.close()
    assert "U0003" not in caplog.text
    assert not any("U0003" in f"{row.key} {row.payload} {row.target}" for row in everything(world))


def test_an_invitation_whose_time_is_over_is_counted_as_well(world: World, opened: StoredWave) -> None:
    sent(world, "U0003", by=Postponed("service_unavailable"))
    world.clock.now = opened.closes_at + timedelta(days=1)
    poster = sent(world, "U0003", "U0004", by=Postponed("service_unavailable"))
    (words,) = told(poster, OWNER.user_id)
    assert words.startswith("team-check #1: 2 of 12 people")
