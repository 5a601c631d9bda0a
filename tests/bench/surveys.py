"""One answer in a wave of many, whose ballots are all sealed anew with it, against a bare write of as many rows of that size.

The bare write is what the driver of each database does the quickest: executemany on SQLite, DELETE and COPY on PostgreSQL. It
reads nothing, opens nothing and seals nothing; it writes as many bytes, and is kept on the disk as well.
"""

import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

from bot.services import Services, survey_answers
from bot.settings import Settings
from storage import waves
from storage.waves import StoredWave
from tests.bench.databases import databases, seconds
from tests.services.survey_world import Clock, Directory, World, people, world_in

SIZES, RUNS, AT_ONCE = (500, 10_000), 9, 16
_SQLITE = "UPDATE ballot SET body = ? WHERE wave_id = ? AND slot = ?"
_DELETE = "DELETE FROM ballot WHERE wave_id = %s"
_COPY = "COPY ballot (wave_id, slot, body) FROM STDIN (FORMAT BINARY)"


def run() -> list[str]:
    """Both databases, the median of several runs each, one after the other in turn."""
    lines = []
    for name, database in databases():
        with tempfile.TemporaryDirectory() as folder:
            world = world_in(Services(database, Settings(survey_keys=Path(folder)), Clock()))
            lines += [f"{name}: {line}" for size in SIZES for line in _measured(world, size)]
        database.close()
    return lines


def _measured(world: World, size: int) -> Iterator[str]:
    world.directory = Directory(people(size))
    row = world.open("weekly-pulse")
    turns = count(1)
    _answer(world, row, next(turns))
    pairs = [(seconds(lambda: _answer(world, row, next(turns))), _bare(world, row)) for _ in range(RUNS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    form = statistics.median(seconds(lambda: survey_answers.sheet(world.services, "U0001", row.id)) for _ in range(RUNS))
    yield f"one answer among {size:,}: {ours:.3f} s = {ours / bare:.1f} × a bare write ({bare:.3f} s); the form: {form:.3f} s"
    together = seconds(lambda: _together(world, row, [next(turns) for _ in range(AT_ONCE)]))
    yield f"{AT_ONCE} at once among {size:,}: {together:.3f} s until the last has the receipt"
    world.close("weekly-pulse")


def _answer(world: World, row: StoredWave, number: int) -> None:
    world.answer(row, f"U{number:04}", **{"clear-goals": "4", "workload": "2", "speak-up": "5"})


def _together(world: World, row: StoredWave, numbers: list[int]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda number: _answer(world, row, number), numbers))


def _bare(world: World, row: StoredWave) -> float:
    """How long it takes to write every ballot as it lies there, in seconds; to read them first is not counted."""
    with world.services.db.read() as connection:
        lying = waves.ballots(connection, row.id)
    return seconds(lambda: _written(world.services, row.id, lying))


def _written(services: Services, wave: int, bodies: dict[bytes, bytes]) -> None:
    with services.db.begin() as connection:
        if services.db.is_sqlite:
            connection.exec_driver_sql(_SQLITE, [(body, wave, slot) for slot, body in bodies.items()])
            return
        connection.exec_driver_sql(_DELETE, (wave,))
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(_COPY) as copy:
            copy.set_types(("int4", "bytea", "bytea"))
            for slot, body in bodies.items():
                copy.write_row((wave, slot, body))
