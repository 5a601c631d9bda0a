"""The keys of a wave are in their files alone: while the engine works they stand in no log, environment, job or table."""

import base64
import json
import logging
import os
import pickle
import random
from datetime import timedelta
from pathlib import Path

import pytest

from bot import ballots
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.services import survey_close, survey_follow_ups, survey_results, surveys
from storage import queue, wave_results, waves
from storage.tables import metadata
from storage.waves import StoredWave
from tests.adversary.looks import Eye
from tests.adversary.traces import everything, traces
from tests.handlers.slack.conftest import Workspace
from tests.handlers.test_clock import until, working
from tests.handlers.test_survey_clock import WHEN, latest, slack, world, written_to
from tests.services.survey_world import OWNER, World

__all__ = ["slack", "world"]

KEEPER = Asker("U0KEEPER")
PEOPLE = [f"U{n:04}" for n in range(1, 13)]


def keys_in(folder: Path) -> list[bytes]:
    """Every key that lies in a folder, one by one; the digest of a contract behind the keys of a wave is none."""
    files = [path.read_bytes()[: 3 * ballots.KEY] for path in sorted(folder.glob("*.key"))]
    return [raw[start : start + ballots.KEY] for raw in files for start in range(0, len(raw), ballots.KEY)]


def environment() -> bytes:
    """What this process and those that it starts have in their environment, and how it was called."""
    now = "\0".join(f"{name}={value}" for name, value in os.environ.items()).encode()
    return now + b"".join(Path(f"/proc/self/{each}").read_bytes() for each in ("environ", "cmdline"))


def is_taken_up(world: World, row: StoredWave) -> bool:
    with world.services.db.read() as connection:
        return bool(wave_results.follow_ups(connection, row.id, "asked"))


def test_no_key_is_outside_its_file_while_a_wave_is_opened_answered_reminded_closed_and_asked_back(
    world: World, slack: Workspace, eye: Eye, caplog: pytest.LogCaptureFixture
) -> None:
    slack.members = list(PEOPLE)
    folder, services = world.services.settings.survey_keys, world.services
    surveys.schedule(services, OWNER, "team-check", WHEN, Terms(audience="C0TEAM"))
    with working(services, slack) as engine:
        talkative(caplog)

        def on(moment: timedelta) -> None:
            world.clock.now += moment
            engine.wake()

        on(timedelta(minutes=1))
        assert until(lambda: (row := latest(world)) is not None and row.told)
        on(timedelta(seconds=1))
        assert until(lambda: len(written_to(slack, "You are asked: Team check.")) == len(PEOPLE))
        row = latest(world)
        assert row is not None
        for user in PEOPLE[:11]:
            world.answer(row, user, goals="3", more="words", **{"more.ask": "yes"})
        surveys.unschedule(services, OWNER, "team-check")
        on(row.opens_at + timedelta(days=2) - world.clock.now)
        assert until(lambda: len(written_to(slack, "“Team check” is still open")) == 1)
        keys, while_open = keys_in(folder), everything(eye.look())
        assert len(keys) == 3
        on(row.closes_at - world.clock.now)
        assert until(lambda: (each := latest(world)) is not None and each.cleaned)
        keys += keys_in(folder)
        assert len(keys) == 4, "that of the authors"
        comment = survey_results.comments(services, OWNER, "team-check").found[0]
        survey_follow_ups.ask(services, OWNER, comment.id, "What do you mean?")
        on(timedelta(days=1, hours=8))
        assert until(lambda: is_taken_up(world, row))
        on(timedelta(days=(7 - world.clock.now.weekday()) % 7))  # a day of work
        assert until(lambda: bool(written_to(slack, "What do you mean?")))
    look = eye.look()
    jobs = {row["name"] for row in look.rows["workflow_status"]}
    assert jobs == {queue.WORKFLOW}
    assert len(look.rows["workflow_status"]) > len(PEOPLE)
    for where, raw in (
        ("log", logged(caplog)),
        ("environment", environment()),
        ("database, open", while_open),
        ("database, closed", everything(look)),
    ):
        assert (where, traces(raw, *keys)) == (where, [])


def test_the_key_of_a_custodian_is_nowhere_though_they_opened_the_wave_with_it(
    world: World, slack: Workspace, eye: Eye, caplog: pytest.LogCaptureFixture
) -> None:
    private, public = ballots.key_pair()
    with working(world.services, slack):
        talkative(caplog)
        row = world.open(mode="sealed", custodian=KEEPER.user_id, public_key=public)
        for user in PEOPLE:
            world.answer(row, user, goals="3", more="words")
        keys = keys_in(world.services.settings.survey_keys)
        assert world.close() == "sealed"
        assert survey_close.unlock(world.services, KEEPER, row.id, private).what == "closed"
    secret = base64.b32decode(private.removeprefix("private-").replace("-", "") + "====")
    assert len(keys) == 3
    assert [traces(raw, secret, *keys) for raw in (logged(caplog), environment(), everything(eye.look()))] == [[], [], []]


def test_the_search_finds_a_key_wherever_it_was_put(
    world: World, slack: Workspace, eye: Eye, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a log, the environment, the argument of a job, and a table."""
    row = world.open()
    key, *_ = keys_in(world.services.settings.survey_keys)
    with working(world.services, slack), world.services.db.begin() as connection:
        talkative(caplog)
        logging.getLogger("bot").debug("opened with %s", base64.b64encode(b"=" + key).decode())
        monkeypatch.setenv("BAROMETER_PLANTED", key.hex())
        assert queue.enqueue(connection, "nothing", base64.b32encode(key).decode(), "planted", timedelta(days=1))
    assert "base64 after 1" in traces(logged(caplog), key)
    assert traces(environment(), key) == ["hex"]
    look = eye.look()
    assert traces(everything(look), key) == ["base32 after 0"]
    found = {name for name, rows in look.rows.items() if any(traces(str(row).encode(), key) for row in rows)}
    assert found
    assert found.isdisjoint(metadata.tables), "in a table of the queue"
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, asks={"planted": list(key)})
    assert "numbers" in traces(everything(eye.look()), key)


def test_the_search_finds_a_key_in_every_encoding_and_in_the_middle_of_others() -> None:
    chance = random.Random(7)
    for _ in range(50):
        key = chance.randbytes(ballots.KEY)
        for before, after in ((0, 0), (1, 0), (2, 1), (3, 3), (4, 2), (32, 32)):
            whole = chance.randbytes(before) + key + chance.randbytes(after)
            written = (
                whole,
                repr(whole).encode(),
                whole.hex().encode(),
                whole.hex().upper().encode(),
                whole.hex(":").encode(),
                json.dumps(list(whole)).encode(),
                base64.b64encode(whole),
                base64.urlsafe_b64encode(whole),
                base64.b32encode(whole),
                base64.b64encode(pickle.dumps({"key": whole})),
            )
            assert [each for each in written if not traces(b"xx" + each + b"yy", key)] == []
            assert traces(b"".join(written), chance.randbytes(ballots.KEY)) == []


def talkative(caplog: pytest.LogCaptureFixture) -> None:
    """Have everything logged, whoever logs it: the database's own log has every value that is written."""
    for name in ("", "bot", "handlers", "storage", "dbos", "sqlalchemy.engine", "slack_sdk"):
        caplog.set_level(logging.DEBUG, name or None)


def logged(caplog: pytest.LogCaptureFixture) -> bytes:
    assert any(record.name.startswith("sqlalchemy") and record.levelno == logging.DEBUG for record in caplog.records)
    return caplog.text.encode()
