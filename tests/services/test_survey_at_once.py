"""Many people who answer at the same moment, in two processes: no answer is lost, and nobody waits for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from bot.domain.people import Asker
from bot.domain.survey_waves import Over
from bot.services import Services, survey_answers, survey_close, survey_people, survey_results
from storage import Database
from tests.services.survey_world import OWNER, Directory, World, people, world_in

EVERYBODY = [m.user_id for m in people(30)]


@pytest.fixture
def world(services: Services) -> World:
    found = world_in(services)
    found.directory = Directory(people(30))
    return found


@pytest.fixture
def replicas(world: World) -> Iterator[tuple[Services, Services]]:
    """Two processes on one database, each with connections of its own; on SQLite there is one."""
    if world.services.db.is_sqlite:
        yield world.services, world.services
        return
    second = Database(world.services.db.engine.url.render_as_string(hide_password=False))
    yield world.services, replace(world.services, db=second)
    second.close()


def test_thirty_people_answer_change_and_take_back_at_once(world: World, replicas: tuple[Services, Services]) -> None:
    row = world.open()
    at_once = Barrier(len(EVERYBODY))

    def answer(number: int) -> None:
        own, user = World(replicas[number % 2], world.clock), EVERYBODY[number]
        at_once.wait()
        own.answer(row, user, goals="1", more=f"draft {number}")
        own.answer(row, user, goals=str(1 + number % 5), pride="4", more=f"comment {number}")
        if number >= 25:
            survey_answers.withdraw(own.services, user, row.id)

    with ThreadPoolExecutor(len(EVERYBODY)) as threads:
        list(threads.map(answer, range(30)))
    for number, user in enumerate(EVERYBODY):
        filled = survey_answers.sheet(replicas[(number + 1) % 2], user, row.id).filled
        expected = {"goals": str(1 + number % 5), "pride": "4", "more": f"comment {number}"}
        assert dict(filled) == (expected if number < 25 else {})
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check").cells["goals"]["all"]
    assert dict(found.counts) == dict.fromkeys("12345", 5)


def test_the_same_form_sent_twice_at_once_counts_once(world: World, replicas: tuple[Services, Services]) -> None:
    row = world.open()
    at_once = Barrier(8)

    def send(number: int) -> None:
        at_once.wait()
        World(replicas[number % 2], world.clock).answer(row, "U0001", goals="3", more="once")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(8)))
    world.all_answer(row, EVERYBODY[1:12])
    world.close()
    assert world.row(row.id).receipt["opened"] == 12
    assert [each.text for each in survey_results.comments(world.services, OWNER, "team-check").found] == ["once"]


def test_an_answer_beside_the_close_is_counted_or_refused_and_never_lost(
    world: World, replicas: tuple[Services, Services]
) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY[:10])
    at_once = Barrier(11)

    def answer(number: int) -> bool:
        at_once.wait()
        try:
            World(replicas[number % 2], world.clock).answer(row, EVERYBODY[10 + number], goals="5")
        except Over:
            return False
        return True

    with ThreadPoolExecutor(11) as threads:
        sent = [threads.submit(answer, number) for number in range(10)]
        at_once.wait()
        ended = survey_close.by_hand(replicas[1], OWNER, "team-check")
        taken = sum(each.result() for each in sent)
    assert ended.answered == 10 + taken
    assert world.row(row.id).receipt["opened"] == 10 + taken


def test_who_is_deleted_while_others_answer_takes_nobody_along(world: World, replicas: tuple[Services, Services]) -> None:
    row = world.open()
    at_once = Barrier(20)

    def do(number: int) -> None:
        own, user = World(replicas[number % 2], world.clock), EVERYBODY[number]
        at_once.wait()
        if number % 4 == 3:
            survey_people.erase(own.services, Asker(user))
        else:
            own.answer(row, user, goals="4")

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(do, range(20)))
    world.close()
    assert (world.row(row.id).receipt["invited"], world.row(row.id).receipt["opened"]) == (30, 15)
