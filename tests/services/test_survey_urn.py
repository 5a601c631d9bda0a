"""Many who answer at once: none is lost, and the ballots that come together go in together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from bot.ballots import CAST, EMPTY
from bot.domain.errors import InvalidInput, Unavailable
from bot.services import Services, survey_answers, survey_urn
from storage import Connection, waves
from tests.services.survey_world import Directory, World, people, world_in


@pytest.fixture
def world(services: Services) -> World:
    world = world_in(services)
    world.directory = Directory(people(40))
    return world


def test_forty_who_answer_at_once_in_two_processes_are_all_in_the_urn(world: World, database_url: str) -> None:
    from storage import Database

    row = world.open()
    other = Database(database_url)
    both = [world.services, replace(world.services, db=other)]

    def answer(n: int) -> None:
        given = {"goals": str(1 + n % 5), "recommend": str(n % 11)}
        survey_answers.keep(both[n % 2], f"U{n + 1:04}", row.id, 1, given)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(answer, range(40)))
    other.close()
    assert [world.state_of(row, f"U{n:04}") for n in range(1, 41)] == [CAST] * 40
    filled = [survey_answers.sheet(world.services, f"U{n + 1:04}", row.id).filled for n in range(40)]
    assert [each["goals"] for each in filled] == [str(1 + n % 5) for n in range(40)]


def test_those_who_wait_share_one_write(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.open()
    written: list[int] = []
    kept = waves.write_ballots

    def slow(*arguments: object) -> None:
        import time

        written.append(1)
        time.sleep(0.2)
        kept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(waves, "write_ballots", slow)
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda n: world.answer(row, f"U{n:04}", goals="4"), range(1, 31)))
    assert len(written) < 10
    assert all(world.state_of(row, f"U{n:04}") == CAST for n in range(1, 31))
    assert survey_urn._queues[world.services.db] == {}, "nobody waits any more"


def test_what_is_wrong_with_one_is_told_to_that_one_only(world: World) -> None:
    row = world.open()

    def answer(n: int) -> str:
        try:
            world.answer(row, f"U{n:04}", goals="9" if n == 3 else "4")
        except InvalidInput:
            return "wrong"
        return "kept"

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(answer, range(1, 11))) == ["kept", "kept", "wrong"] + ["kept"] * 7
    assert world.state_of(row, "U0003") == EMPTY


def test_a_database_that_fails_is_told_to_all_who_wait_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = world.open()

    def full(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(waves, "write_ballots", full)

    def answer(n: int) -> str:
        try:
            world.answer(row, f"U{n:04}", goals="4")
        except Unavailable:
            return "told"
        return "kept"

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(answer, range(1, 11))) == {"told"}
    monkeypatch.undo()
    assert all(world.state_of(row, f"U{n:04}") == EMPTY for n in range(1, 11))
    world.answer(row, "U0001", goals="4")


def test_a_connection_that_is_cut_in_the_middle_of_a_write_changes_nothing(world: World, database_url: str) -> None:
    database = world.services.db
    if database.is_sqlite:
        pytest.skip("SQLite has no connection that could be cut")
    row = world.open()
    with database.read() as connection:
        before = waves.ballots(connection, row.id)

    def cut(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM ballot"):
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))

    event.listen(database.engine, "after_cursor_execute", cut)
    with pytest.raises(Unavailable):
        world.answer(row, "U0001", goals="4")
    event.remove(database.engine, "after_cursor_execute", cut)
    with database.read() as connection:
        assert waves.ballots(connection, row.id) == before
    world.answer(row, "U0001", goals="4")
    assert world.state_of(row, "U0001") == CAST
