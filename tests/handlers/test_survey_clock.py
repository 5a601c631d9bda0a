"""A scheduled wave with the engine that runs it in earnest: the clock, the queue's workers, and a Slack of our own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.survey_waves import Terms
from bot.services import Services, surveys
from storage import waves
from storage.waves import StoredWave
from tests.fake_slack import serving
from tests.handlers.slack.conftest import Workspace
from tests.handlers.test_clock import until, working
from tests.services.survey_world import OWNER, World, world_in

USERS = [f"U{n:04}" for n in range(1, 7)]
WHEN = "daily 10:01 UTC"


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with serving(Workspace(members=list(USERS))) as running:
        assert isinstance(running, Workspace)
        yield running


@pytest.fixture
def world(services: Services) -> World:
    return world_in(replace(services, settings=replace(services.settings, messages_per_second=100)))


def latest(world: World) -> StoredWave | None:
    with world.services.db.read() as connection:
        return waves.latest(connection).get("team-check")


def written_to(slack: Workspace, words: str) -> list[str]:
    with slack.lock:
        return sorted(m["channel"] for m in slack.messages if words in m["text"])


def test_a_wave_is_started_told_reminded_of_and_closed(world: World, slack: Workspace) -> None:
    surveys.schedule(world.services, OWNER, "team-check", WHEN, Terms(audience="C0TEAM"))
    everybody = [f"D{user[1:]}" for user in USERS]
    with working(world.services, slack) as engine:
        world.clock.on(minutes=1)
        engine.wake()
        assert until(lambda: (row := latest(world)) is not None and row.told)
        world.clock.on(seconds=1)  # one follows the other in the pace of the workspace
        engine.wake()
        assert until(lambda: written_to(slack, "You are asked: Team check.") == everybody)
        assert until(lambda: any("team-check #1 is open until" in m["text"] for m in slack.messages))
        row = latest(world)
        assert row is not None
        assert (row.state, row.invited) == ("open", 6)
        world.all_answer(row, USERS[:5])
        surveys.unschedule(world.services, OWNER, "team-check")
        world.clock.now = row.opens_at + timedelta(days=2)
        engine.wake()
        assert until(lambda: written_to(slack, "“Team check” is still open") == [everybody[5]])
        world.clock.now = row.closes_at
        engine.wake()
        assert until(lambda: (each := latest(world)) is not None and each.cleaned)
        assert until(lambda: any("5–6 of 6 answered" in m["text"] for m in slack.messages))
    assert written_to(slack, "“Team check” is still open") == [everybody[5]]
    assert set(slack.delivered().values()) == {1}
