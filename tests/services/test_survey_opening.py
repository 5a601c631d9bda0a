"""When each of many people is written to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.services import Services
from storage import outbox
from tests.services.survey_world import Directory, World, people, world_in


@pytest.fixture
def world(services: Services) -> World:
    return world_in(replace(services, settings=replace(services.settings, messages_per_second=4.0)))


def due(world: World) -> dict[str, datetime]:
    with world.services.db.read() as connection:
        return {row.target: row.due_at for row in outbox.everything(connection) if row.kind == "survey"}


def test_people_of_one_hour_are_written_to_in_the_pace_of_the_workspace(world: World) -> None:
    world.directory = Directory(people(250))
    world.open()
    moments = sorted(due(world).values())
    assert [moment - world.clock.now for moment in moments] == [timedelta(seconds=n / 4) for n in range(250)]


def test_those_of_each_hour_begin_at_that_hour(world: World) -> None:
    zones = ("UTC", "Europe/Oslo", "America/New_York")
    world.directory = Directory(tuple(replace(p, zone=zones[n % 3]) for n, p in enumerate(people(9))))
    world.open(at="12:00")
    hours = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (11, 12, 17)]
    assert sorted(due(world).values()) == [hour + timedelta(seconds=n / 4) for hour in hours for n in range(3)]
