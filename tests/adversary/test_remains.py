"""What is left of answers in files, backups, logs and errors: while a wave is open only ciphertext, and nothing after it."""

import contextlib
import json
import logging
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bot import ballots
from bot.domain.errors import BarometerError
from bot.domain.people import Asker
from bot.domain.survey_receipts import as_counted
from bot.domain.survey_waves import Terms
from bot.services import (
    Services,
    deliveries,
    survey_answers,
    survey_cleaning,
    survey_clock,
    survey_close,
    survey_opening,
    survey_people,
    survey_schedules,
    survey_waves,
    surveys,
)
from storage import Database, outbox, waves
from storage.waves import StoredWave
from tests.adversary.looks import PLACE, WRITER, Eye, Look
from tests.services.survey_world import OWNER, World, world_in

TOLD, WITHDRAWN, DRAFTED = "canary-told-5e1b", "canary-withdrawn-77c0", "canary-drafted-a91d"
PEOPLE = [f"U{n:04}" for n in range(1, 13)]
OURS = ("bot", "handlers", "storage")


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, at its most talkative."""
    for name in OURS:
        caplog.set_level(logging.DEBUG, name)
    return caplog


def answered(world: World) -> StoredWave:
    """A wave in which twelve answered, and two of them took it back or changed their words."""
    row = world.open()
    for n, user in enumerate(PEOPLE):
        world.answer(row, user, goals=str(1 + n % 5), more=f"{TOLD} {n}")
    world.answer(row, PEOPLE[0], goals="5", more=WITHDRAWN)
    survey_answers.withdraw(world.services, PEOPLE[0], row.id)
    world.answer(row, PEOPLE[1], goals="5", more=DRAFTED)
    world.answer(row, PEOPLE[1], goals="5", more=f"{TOLD} again")
    return row


def holds(raw: bytes, *words: str) -> list[str]:
    """The words that stand in bytes, in any of the encodings in which they may."""
    forms = {word: (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()) for word in words}
    return [word for word, each in forms.items() if any(form in raw for form in each)]


def folder_of(world: World) -> bytes:
    """Every file beside the database, the keys among them."""
    folder = world.services.settings.survey_keys.parent
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_words_are_ciphertext_while_open_and_what_was_taken_back_is_nowhere(
    world: World, eye: Eye, logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    row = answered(world)
    while_open = eye.look().raw + folder_of(world)
    assert holds(while_open, TOLD, WITHDRAWN, DRAFTED) == []
    assert holds(while_open, PEOPLE[0], "team-check") == [PEOPLE[0], "team-check"], "the search finds what is there"
    assert world.close() == "closed"
    after = eye.look().raw + folder_of(world)
    assert holds(after, WITHDRAWN, DRAFTED) == []
    assert holds(after, TOLD) == [TOLD]
    said = "\n".join(f"{r.getMessage()} {r.exc_text}" for r in logged.records) + "".join(capfd.readouterr())
    assert holds(said.encode(), TOLD, WITHDRAWN, DRAFTED, *PEOPLE) == []
    assert world.row(row.id).cleaned


def test_a_backup_from_before_and_the_database_after_open_nothing_without_the_keys(world: World, eye: Eye) -> None:
    row = answered(world)
    backup, keys = eye.look(), survey_answers.keys_of(world.services, row)
    assert opened(backup, row, keys) == len(PEOPLE), "with the keys it would"
    assert world.close() == "closed"
    after = eye.look()
    left = backup.raw + after.raw + folder_of(world)
    for key in (keys.slot, keys.flag, keys.body, keys.raw):
        assert key not in left
        assert key.hex().encode() not in left
    for guess in guessed(backup, after, row):
        assert opened(backup, row, guess) == 0
    assert after.rows["ballot"] == []
    assert after.rows["invitation"] == []


def opened(look: Look, row: StoredWave, keys: ballots.Keys) -> int:
    """How many ballots of a backup open with these keys, or tell at least whether they were cast."""
    found = 0
    for each in look.rows["ballot"]:
        slot, lying = bytes(each["slot"]), bytes(each["body"])
        with contextlib.suppress(ballots.Spoilt):
            ballots.state_of(keys, row.key_id, slot, lying)
            found += 1
            ballots.opened(keys, row.key_id, slot, lying)
    return found


def guessed(backup: Look, after: Look, row: StoredWave) -> Iterator[ballots.Keys]:
    """Keys that somebody may try who has both: digests of all that stands in the rows of the wave."""
    values = {str(v) for look in (backup, after) for each in look.rows["wave"] for v in each.values()}
    for value in sorted({*values, row.key_id, "barometer", ""}):
        digest = ballots.digest(value)
        yield ballots.Keys(digest, digest, digest)
        yield ballots.Keys(*[value.encode()[:32].ljust(32, b"\0")] * 3)


def test_nobody_of_those_who_were_asked_is_left_anywhere(world: World, eye: Eye) -> None:
    """The ledger, notices that an invitation did not arrive, what was asked for, and the old versions of all those rows."""
    row = world.open(audience=" ".join(PEOPLE))
    with world.services.db.begin() as connection:
        first = next(each for each in outbox.everything(connection) if each.target == PEOPLE[0])
        deliveries.tell(world.services, connection, first, "Ask them to come back.")
        assert any(PEOPLE[0] in each.payload for each in outbox.everything(connection) if each.kind == "notice")
    world.all_answer(row, PEOPLE)
    before = {user for user in PEOPLE if user.encode() in b"".join(eye.look().pages.values())}
    assert before == set(PEOPLE)
    assert world.close() == "closed"
    look = eye.look()
    nobody_is_left(look)
    assert survey_waves.SUBJECT.format(id=row.id) not in str({n: rows for n, rows in look.rows.items() if n != "audit"})


@pytest.mark.parametrize("by_file", [False, True])
def test_a_schedule_that_ended_leaves_nobody_whom_it_named(world: World, eye: Eye, *, by_file: bool) -> None:
    row = recurring(world, by_file=by_file)
    world.all_answer(row, PEOPLE)
    assert world.close() == "closed"
    assert found_in(eye.look(), "survey_schedule") == PEOPLE, "it recurs"
    assert surveys.unschedule(world.services, OWNER, "team-check")
    overwritten(world)
    nobody_is_left(eye.look())


def recurring(world: World, *, by_file: bool) -> StoredWave:
    """A wave that a schedule started, which names twelve people."""
    named = (
        {"file": "person,team\n" + "".join(f"{user},data\n" for user in PEOPLE)} if by_file else {"audience": " ".join(PEOPLE)}
    )
    surveys.schedule(world.services, OWNER, "team-check", "daily 10:00 UTC", Terms(**named))
    world.clock.on(days=1)
    survey_schedules.start_due(world.services)
    with world.services.db.read() as connection:
        row = waves.open_of(connection, "team-check")
    assert row is not None
    survey_opening.run(world.services, world.directory, str(row.id))
    return world.row(row.id)


def overwritten(world: World) -> None:
    """On PostgreSQL, what tidies up by itself may be in the way of it."""
    until = time.monotonic() + 60
    while not (world.services.db.is_sqlite or world.services.db.rewrite(waves.REWRITTEN)):
        assert time.monotonic() < until


def found_in(look: Look, table: str) -> list[str]:
    return [user for user in PEOPLE if user in str(look.rows[table])]


def nobody_is_left(look: Look) -> None:
    rows = {name: found for name, found in look.rows.items() if name not in ("role", "audit")}
    assert [user for user in PEOPLE if user in str(rows)] == []
    # U0001 holds a role here.
    assert {name for (name, _), page in look.pages.items() if any(user.encode() in page for user in PEOPLE[1:])} == set()


@pytest.mark.parametrize("by_file", [False, True])
def test_whoever_is_deleted_is_in_no_schedule_and_nothing_else_of_it_changes(world: World, eye: Eye, *, by_file: bool) -> None:
    row = recurring(world, by_file=by_file)
    world.all_answer(row, PEOPLE)
    world.close()
    gone = PEOPLE[6]
    assert survey_people.erase(world.services, Asker(gone)).schedules == 1
    overwritten(world)
    look = eye.look()
    assert found_in(look, "survey_schedule") == [user for user in PEOPLE if user != gone]
    pages = b"".join(page for (name, _), page in look.pages.items() if name in ("file", "survey_schedule"))
    # On SQLite all tables are one file: that they asked for it themselves stays in the audit log.
    assert pages.count(gone.encode()) == world.services.db.is_sqlite
    assert survey_people.erase(world.services, Asker(gone)).schedules == 0


def test_of_figures_that_were_counted_anew_the_old_ones_are_in_no_page(world: World, eye: Eye) -> None:
    """Beside all others by name, they would tell what somebody answered who was deleted."""
    if world.services.db.is_sqlite:
        pytest.skip("SQLite writes its whole file anew")
    row = world.open(mode="attributed")
    world.all_answer(row, PEOPLE)
    world.close()
    survey_people.erase(world.services, Asker(PEOPLE[3]))
    until = time.monotonic() + 60
    while not world.row(row.id).cleaned:
        assert time.monotonic() < until
        survey_clock.run(world.services)
    look = eye.look()
    for table in ("wave_count", "wave_figure", "attributed_answer"):
        assert look.rows[table][0][PLACE] == "(0,1)", "before the first row nothing is left of those that were deleted"
    assert as_counted(world.row(row.id).receipt)["opened"] == len(PEOPLE) - 1


def test_a_wave_counts_as_cleaned_only_when_no_older_transaction_keeps_what_was_deleted(world: World, eye: Eye) -> None:
    """PostgreSQL writes what somebody may still look at into the new file as well."""
    if world.services.db.is_sqlite:
        pytest.skip("SQLite has one writer, and says itself that it is busy")
    row = world.open()
    world.all_answer(row, PEOPLE)
    with world.services.db.engine.connect() as other:
        slow = other.execution_options(isolation_level="REPEATABLE READ")
        slow.execute(text("SELECT 1"))
        survey_close.by_hand(world.services, OWNER, "team-check")
        after = world.row(row.id)
        assert (after.state, after.cleaned) == ("closed", False)
        assert not survey_waves.key_files(world.services).has(row.key_id), "the keys wait for nobody"
        assert after.receipt["keys_destroyed"] == "2026-11-24"
        assert PEOPLE[1].encode() in b"".join(eye.look().pages.values())
        slow.execute(text("SELECT 1 FROM invitation"))
        assert not survey_cleaning.clean(world.services, row.id), "in use"
    world.clean()
    assert world.row(row.id).cleaned
    assert PEOPLE[1].encode() not in b"".join(eye.look().pages.values())


def test_one_transaction_wrote_all_results(world: World, eye: Eye, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks between any two statements of the close sees all of the ballots and no result, and after it all results."""
    row = answered(world)
    monkeypatch.setattr(survey_cleaning, "clean_now", lambda *_: None)
    with seen_between_statements(world.services.db) as seen:
        assert survey_close.by_hand(world.services, OWNER, "team-check").what == "closed"
    after = there(world.services.db)
    before = {"state": "open", **{name: len(PEOPLE) for name in GONE}, **dict.fromkeys(RESULTS, 0)}
    writes = [
        *(f"INSERT INTO {name} " for name in RESULTS),
        *(f"DELETE FROM {name} " for name in GONE),
        "UPDATE wave SET ",
    ]
    assert [write for write in writes if not any(statement.startswith(write) for statement, _ in seen)] == []
    assert [each for _, each in seen if each != before] == [], "all of it came with the end of the transaction"
    assert after == {"state": "closed", **dict.fromkeys(GONE, 0), **{name: after[name] for name in RESULTS}}
    assert all(after[name] for name in RESULTS)
    look = eye.look()
    if not world.services.db.is_sqlite:
        assert len({each[WRITER] for name in RESULTS for each in look.rows[name]}) == 1
    said = [each["text"] for each in look.rows["wave_comment"]]
    assert len(said) == 11
    assert [each["id"] for each in look.rows["wave_comment"]] == sorted(each["id"] for each in look.rows["wave_comment"])
    assert row.id == look.rows["wave"][0]["id"]


GONE, RESULTS = ("ballot", "invitation"), ("wave_count", "wave_figure", "wave_comment")


def there(database: Database) -> dict[str, object]:
    """What somebody else sees of the only wave now: its state, and how many rows of it are in each table."""
    with database.read() as connection:
        counted = {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in (*GONE, *RESULTS)}
        return {"state": connection.execute(text("SELECT state FROM wave")).scalar(), **counted}


@contextlib.contextmanager
def seen_between_statements(database: Database) -> Iterator[list[tuple[str, dict[str, object]]]]:
    """Each statement that is carried out, and what others see after it and before the next."""
    seen: list[tuple[str, dict[str, object]]] = []
    other = Database(database.engine.url.render_as_string(hide_password=False))

    def look(*given: Any) -> None:
        seen.append((given[2], there(other)))

    event.listen(database.engine, "after_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(database.engine, "after_cursor_execute", look)
        other.close()


def test_a_database_that_fails_in_the_middle_of_the_close_tells_nothing_and_loses_nothing(
    world: World, eye: Eye, logged: pytest.LogCaptureFixture
) -> None:
    row = answered(world)
    _break(world)
    with pytest.raises((DBAPIError, BarometerError)) as failed:
        survey_close.by_hand(world.services, OWNER, "team-check")
    dump = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + repr(failed.value.__cause__)
    logging.getLogger("bot").error("as the door logs it", exc_info=failed.value)
    dump += "\n".join(logging.Formatter().format(record) for record in logged.records)
    assert "broken on purpose" in dump
    assert holds(dump.encode(), TOLD, WITHDRAWN, DRAFTED, *PEOPLE) == []
    assert world.row(row.id).state == "open"
    assert survey_waves.key_files(world.services).has(row.key_id)
    assert holds(eye.look().raw, WITHDRAWN, DRAFTED) == []
    _mend(world)
    assert world.close() == "closed"
    assert world.row(row.id).receipt["opened"] == 11


def _break(world: World) -> None:
    """Have the database refuse the last table of results, after the comments before it were taken."""
    with world.services.db.begin() as connection:
        if world.services.db.is_sqlite:
            connection.exec_driver_sql(
                "CREATE TRIGGER broken AFTER INSERT ON wave_comment BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
            )
            return
        connection.exec_driver_sql(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$"
        )
        connection.exec_driver_sql("CREATE TRIGGER broken AFTER INSERT ON wave_comment FOR EACH ROW EXECUTE FUNCTION broken()")


def _mend(world: World) -> None:
    with world.services.db.begin() as connection:
        connection.execute(text("DROP TRIGGER broken" + ("" if world.services.db.is_sqlite else " ON wave_comment")))


def test_the_key_of_a_wave_is_the_readers_alone(world: World) -> None:
    row = world.open()
    folder: Path = world.services.settings.survey_keys
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    with world.services.db.read() as connection:
        assert row.key_id == file.stem
        assert json.loads(row.contract)["mode"] == "anonymous"
        assert waves.ballots(connection, row.id)
    keys = survey_answers.keys_of(world.services, row)
    assert "slot" not in repr(keys)
    assert "payload" not in repr(ballots.Ballot(ballots.CAST, b"words"))
