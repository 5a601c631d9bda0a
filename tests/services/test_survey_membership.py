"""Who is asked is settled when a wave opens: what comes of those who join, leave, or are removed while it is open."""

from dataclasses import replace

import pytest

from bot.domain.survey_waves import NotInvited
from bot.services import Services, survey_answers, survey_results
from storage import outbox, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, Directory, World, people, world_in

ASKED = [m.user_id for m in people(12)]
JOINED, DEACTIVATED, REMOVED = "U0013", ASKED[10], ASKED[11]


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def members_change(world: World) -> None:
    """Somebody joins the channel, somebody is deactivated in the workspace, and somebody is removed from the channel."""
    now = [replace(m, is_deleted=m.user_id == DEACTIVATED) for m in people(13) if m.user_id != REMOVED]
    world.directory = Directory(tuple(now))


def invited(world: World, row: StoredWave) -> list[str]:
    with world.services.db.read() as connection:
        return sorted(each.user_id for each in waves.invited(connection, row.id))


def test_an_open_wave_keeps_those_whom_it_asked_whoever_joins_or_leaves(world: World) -> None:
    row = world.open()
    world.all_answer(row, [*ASKED[:9], DEACTIVATED])
    members_change(world)
    for refused in (
        lambda: survey_answers.sheet(world.services, JOINED, row.id),
        lambda: survey_answers.keep(world.services, JOINED, row.id, 1, {"goals": "5"}),
        lambda: survey_answers.withdraw(world.services, JOINED, row.id),
    ):
        with pytest.raises(NotInvited):
            refused()
    world.answer(row, REMOVED, goals="5")
    assert invited(world, row) == ASKED
    assert world.close() == "closed"
    told = survey_results.results(world.services, OWNER, "team-check").cells["response"]["all"]
    assert (told.value("answered"), told.value("invited")) == (11, 12), "who left counts among both"
    receipt = world.row(row.id).receipt
    assert (receipt["invited"], receipt["opened"], receipt["left_out"]) == (12, 11, {})


def test_the_next_wave_asks_those_who_are_there_by_then(world: World) -> None:
    first = world.open()
    world.all_answer(first, ASKED)
    members_change(world)
    assert world.close() == "closed"
    following = world.open()
    now = sorted([*ASKED[:10], JOINED])
    assert invited(world, following) == now
    with world.services.db.read() as connection:
        written = [each.target for each in outbox.everything(connection) if each.kind == "survey"]
    assert sorted(written) == now
    world.all_answer(following, now)
    for gone in (DEACTIVATED, REMOVED):
        with pytest.raises(NotInvited):
            world.answer(following, gone, goals="5")
    assert world.close() == "closed"
    told = survey_results.results(world.services, OWNER, "team-check").cells["response"]["all"]
    assert (told.value("answered"), told.value("invited")) == (11, 11)
    assert world.row(following.id).receipt["left_out"] == {"deactivated": 1}
