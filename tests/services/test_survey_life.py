"""The end of a wave, whichever way it comes: counted once, destroyed once, and whatever dies on the way loses nothing."""

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.domain.errors import BarometerError, Conflict, InvalidInput, NotAllowed, Unavailable
from bot.domain.parts import Message
from bot.domain.parts import plain as plain_part
from bot.domain.people import Asker
from bot.domain.survey_waves import NoWave, Over, Terms, label
from bot.key_files import KeyFiles, KeysNotHere
from bot.presenters import pulse, pulse_ends, pulse_words
from bot.services import (
    Services,
    survey_answers,
    survey_clock,
    survey_close,
    survey_ending,
    survey_opening,
    survey_people,
    survey_reminders,
    survey_results,
    survey_waves,
    surveys,
)
from bot.services.survey_invitations import StillInviting
from storage import TABLE_SECONDS, Database, outbox, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, World, people, world_in

ADMIN = Asker("U0ADMIN", admin=True)
EVERYBODY = [m.user_id for m in people(12)]


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


@pytest.fixture
def elsewhere(world: World, tmp_path: Path) -> Services:
    """Another process on the same database, whose machine does not have the folder of keys."""
    settings = replace(world.services.settings, survey_keys=tmp_path / "another-machine")
    return replace(world.services, settings=settings)


def told(world: World, whom: str = OWNER.user_id) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.target == whom]


def plain(message: Message) -> str:
    return "\n".join(plain_part(part) for part in message.parts)


def files(world: World) -> KeyFiles:
    return survey_waves.key_files(world.services)


def over(world: World, answers: int = 11, **terms: str) -> StoredWave:
    """A wave that so many answered and whose time is over."""
    row = world.open(**terms)
    world.all_answer(row, EVERYBODY[:answers])
    world.clock.now = row.closes_at
    return row


def run_until_cleaned(world: World, row: StoredWave) -> None:
    """Wake the clock until nobody else is at work in the database: PostgreSQL tidies up whenever it likes."""
    end = time.monotonic() + 60
    while not world.row(row.id).cleaned:
        assert time.monotonic() < end
        survey_clock.run(world.services)


def results_told(world: World, whom: str = OWNER.user_id) -> list[str]:
    """What was said of results."""
    return [each for each in told(world, whom) if "11 of 12 answered (92%)" in each]


def test_the_clock_closes_what_is_over_and_its_owner_gets_the_results_alone(world: World) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY[:11])
    survey_clock.run(world.services)
    assert world.row(row.id).state == "open", "its time is not over"
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    run_until_cleaned(world, row)
    assert world.row(row.id).state == "closed"
    *before, said = results_told(world)
    assert "Close receipt" in said
    # PostgreSQL tidies up whenever it likes: then they come later, which is said.
    assert len(before) <= (0 if world.services.db.is_sqlite else 1)
    assert survey_results.results(world.services, OWNER, "team-check").label == "team-check #1"


def test_whose_keys_cannot_be_destroyed_at_once_is_said_to_be_closed_and_results_follow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = over(world)
    monkeypatch.setattr(type(world.services.db), "rewrite", lambda *_: False)
    for _ in range(2):
        survey_clock.run(world.services)
    (said,) = results_told(world)
    assert "is closed: 11 of 12 answered (92%)" in said
    assert "its keys are destroyed next. The results then go to " in said
    monkeypatch.undo()
    run_until_cleaned(world, row)
    assert "Close receipt" in results_told(world)[-1]
    assert len(results_told(world)) == 2


def test_those_who_had_no_invitation_yet_are_told_of_at_the_close(world: World) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY[:11])
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    assert ended.uninvited.people == 12
    assert "12 had no invitation yet and count as not having answered." in plain(pulse_ends.closed(ended, "UTC", may_see=True))
    assert "12 had no invitation yet." in pulse_words.receipt(world.row(row.id).receipt)
    second = world.open()
    world.invite_all(second)
    world.all_answer(second, EVERYBODY[:11])
    assert survey_close.by_hand(world.services, OWNER, "team-check").uninvited.people == 0
    assert "no invitation yet" not in pulse_words.receipt(world.row(second.id).receipt)


def test_too_few_close_nothing_by_hand_while_some_are_still_to_be_invited(world: World) -> None:
    row = world.open(at="14:00")
    world.all_answer(row, EVERYBODY[:4])
    why = (
        "12 people are still to be invited to team-check #1, the last Tue 24 Nov 2026 14:00 UTC, and too few had answered "
        "Tue 24 Nov 2026 10:00 UTC: wait until then, or have an admin end it unread with /pulse close team-check unopened=yes."
    )
    for asker in (OWNER, ADMIN, OWNER):
        with pytest.raises(StillInviting) as refused:
            survey_close.by_hand(world.services, asker, "team-check")
        assert refused.value.text == why
    held = world.row(row.id)
    assert (held.state, held.extended, held.closes_at) == ("open", False, row.closes_at), "nothing is used up"
    world.clock.on(hours=4, minutes=5)
    world.invite_all(row, EVERYBODY[:11])
    with pytest.raises(StillInviting, match="Some are still to be invited to team-check #1, in a moment"):
        survey_close.by_hand(world.services, OWNER, "team-check")
    world.invite_all(row)
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    assert (ended.what, ended.until) == ("extended", row.closes_at + timedelta(days=1)), "a day later, however early it is"


def test_whoever_tries_again_and_again_before_all_are_invited_does_not_learn_when_enough_have_answered(world: World) -> None:
    row = world.open(at="14:00")
    world.all_answer(row, EVERYBODY[:4])
    said = set()
    for _ in range(2):
        with pytest.raises(StillInviting) as refused:
            survey_close.by_hand(world.services, OWNER, "team-check")
        said |= {refused.value.text, survey_ending.ways(world.services, ADMIN, "team-check").why}
        world.all_answer(row, EVERYBODY[:11])
    assert len(said) == 1
    with pytest.raises(StillInviting):
        survey_ending.ways(world.services, OWNER, "team-check")
    world.clock.on(hours=4, minutes=5)
    world.invite_all(row)
    assert survey_close.by_hand(world.services, OWNER, "team-check").what == "closed"


def test_the_clock_closes_what_somebody_tried_to_close_before_all_were_invited(world: World) -> None:
    row = world.open(at="14:00")
    with pytest.raises(StillInviting):
        survey_close.by_hand(world.services, OWNER, "team-check")
    world.clock.now = row.closes_at
    survey_close.when_due(world.services, world.row(row.id))
    assert world.row(row.id).closes_at == row.closes_at + (row.closes_at - row.opens_at), "extended, as ever"


def test_those_who_are_not_even_in_the_ledger_are_still_to_be_invited(world: World) -> None:
    row = world.open()
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, told=False)
        number = outbox.id_of(connection, f"survey:{row.key_id}:U0005") or ""
        connection.exec_driver_sql(f"DELETE FROM delivery WHERE id = '{number}'")
        outbox.change(connection, outbox.id_of(connection, f"survey:{row.key_id}:U0001") or "", state="sent")
    with pytest.raises(StillInviting, match=r"^11 people are still to be invited to team-check #1, in a moment, and too few"):
        survey_close.by_hand(world.services, OWNER, "team-check")
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, receipt=row.receipt)
    world.all_answer(row, EVERYBODY[:11])
    assert survey_close.by_hand(world.services, OWNER, "team-check").uninvited.people == 11


def test_an_extension_says_how_many_are_needed_and_that_people_are_reminded(world: World) -> None:
    for terms, needed in (
        ({}, "5 answers are needed"),
        ({"viewers": "U0001"}, "5 answers, or 6 with that of somebody who sees the results, are needed"),
        ({"channel": "C0RESULTS"}, "6 answers are needed"),
    ):
        row = world.open(**terms)
        world.invite_all(row)
        said = pulse_ends.closed(survey_close.by_hand(world.services, OWNER, "team-check"), "UTC", may_see=True)
        until = "It stays open until Sat 28 Nov 2026 10:00 UTC."
        assert said.summary == f"Too few answered team-check #{row.number} to show anything: {needed}. {until}"
        assert "Those who have not answered are reminded" in plain(said)
        survey_close.throw_away(world.services, ADMIN, "team-check")


def test_an_extension_that_is_over_before_anybody_could_be_reminded_promises_none(world: World) -> None:
    world.directory = replace(world.directory, members=tuple(replace(m, zone="Europe/Oslo") for m in world.directory.members))
    world.clock.now = datetime(2026, 12, 24, 10, 0, tzinfo=UTC)
    row = world.open(closes="14h")
    world.invite_all(row)
    world.clock.now = row.closes_at
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    assert (ended.what, ended.is_reminded) == ("extended", False), "of two days of Christmas"
    assert "reminded" not in plain(pulse_ends.closed(ended, "UTC", may_see=True))


def test_too_few_are_given_as_long_again_and_the_clock_of_two_processes_destroys_nothing(world: World) -> None:
    row = over(world, answers=4)
    stale = world.row(row.id)
    survey_close.when_due(world.services, stale)
    # Another process saw the wave before it was extended.
    survey_close.when_due(world.services, stale)
    longer = world.row(row.id)
    assert (longer.state, longer.extended, longer.closes_at) == ("open", True, row.closes_at + timedelta(days=3))
    assert len([each for each in told(world) if "Too few answered" in each]) == 1
    world.answer(row, EVERYBODY[10], goals="4")
    world.clock.now = longer.closes_at
    survey_clock.run(world.services)
    assert world.row(row.id).state == "closed", "five have answered by now"


def test_too_few_again_is_destroyed_unopened(world: World) -> None:
    row = over(world, answers=4)
    survey_clock.run(world.services)
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    ended = world.row(row.id)
    assert (ended.state, ended.receipt["opened"], ended.receipt["why"]) == ("unopened", 0, "too few answers")
    assert not files(world).has(row.key_id)
    assert any("destroyed unopened: too few answers." in each for each in told(world))


def test_two_who_close_it_at_once_destroy_nothing(world: World) -> None:
    row = world.open()
    world.invite_all(row)
    world.all_answer(row, EVERYBODY[:3])
    at_once = threading.Barrier(2)

    def close(asker: Asker) -> str:
        at_once.wait()
        try:
            return survey_close.by_hand(world.services, asker, "team-check").what
        except survey_ending.Extended as error:
            return error.text

    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(close, (OWNER, ADMIN)))
    assert said[1] == "extended"
    assert said[0].startswith("Too few had answered team-check #1, so it stays open until Sat 28 Nov 2026 ")
    assert world.row(row.id).state == "open"


def test_nothing_that_can_be_asked_of_an_open_wave_tells_how_many_answered(world: World) -> None:
    assert len({_all_that_is_told(world, answers) for answers in (0, 1, 4)}) == 1


def _all_that_is_told(world: World, answers: int) -> str:
    """Every answer about an open wave with so many votes, and what stands in the database beside its ballots."""
    row = world.open()
    world.invite_all(row)
    world.all_answer(row, EVERYBODY[:answers])
    services, name = world.services, "team-check"
    reminded = survey_reminders.ask(services, OWNER, name)
    said = [
        survey_results.standing(services, OWNER, name).words,
        *survey_results.stands(surveys.listing(services), "UTC"),
        plain(pulse.reminded(reminded.label, reminded.uninvited)),
        plain(pulse.extended(survey_waves.extend(services, OWNER, name, "5d"), "UTC")),
        plain(pulse_ends.closed(survey_close.by_hand(services, OWNER, name), "UTC", may_see=True)),
    ]
    with pytest.raises(survey_ending.Extended) as refused:
        survey_close.by_hand(services, OWNER, name)
    with services.db.read() as connection:
        kept = [
            connection.exec_driver_sql(query).fetchall()
            for query in (
                "SELECT action, after FROM audit WHERE action <> 'survey.start' ORDER BY id DESC LIMIT 3",
                f"SELECT number, due_at, begun FROM wave_reminder WHERE wave_id = {row.id} ORDER BY number, due_at",
                f"SELECT state, extended, closes_at, receipt, invited, told FROM wave WHERE id = {row.id}",
                f"SELECT length(body), count(*) FROM ballot WHERE wave_id = {row.id} GROUP BY length(body)",
            )
        ]
    survey_close.throw_away(services, ADMIN, name)
    return "\n".join([*said, refused.value.text, str(kept)]).replace(label(name, row.number), "the wave")


def test_whoever_asks_again_and_again_ends_with_nothing(world: World) -> None:
    row = world.open()
    world.invite_all(row)
    world.all_answer(row, EVERYBODY[:4])
    assert world.close() == "extended"
    for asker in (OWNER, ADMIN):
        world.clock.on(hours=1)
        with pytest.raises(survey_ending.Extended, match="as everybody was told, and closes by itself then"):
            world.close(asker=asker)
    world.clock.now = world.row(row.id).closes_at
    assert world.close() == "unopened"
    with pytest.raises(NoWave):
        world.close()


@pytest.mark.parametrize("end", [survey_close.by_hand, survey_close.throw_away])
def test_a_close_that_comes_again_ends_no_other_wave(world: World, end: Callable[..., object]) -> None:
    """As whoever reads what Slack sends can send it again, to a process that does not know it."""
    world.all_answer(world.open(), EVERYBODY)
    end(world.services, ADMIN, "team-check", "once")
    world.clean()
    second = world.open()
    world.all_answer(second, EVERYBODY)
    for again in (survey_close.by_hand, survey_close.throw_away):
        with pytest.raises(Conflict, match="That has ended team-check #1 already; say /pulse close team-check anew"):
            again(world.services, ADMIN, "team-check", "once")
    assert world.row(second.id).state == "open"
    assert survey_close.by_hand(world.services, ADMIN, "team-check", "another").what == "closed"


def test_it_is_extended_by_hand_by_whoever_runs_it_while_it_is_open(world: World) -> None:
    row = world.open()
    assert survey_waves.extend(world.services, OWNER, "team-check", "5d").closes_at == world.clock.now + timedelta(days=5)
    for until, why in (
        ("4d", "It closes Sun 29 Nov 2026 .* as it is; write an end after that"),
        ("61d", "60 days at most"),
        ("soon", "“soon”"),
    ):
        with pytest.raises(InvalidInput, match=why):
            survey_waves.extend(world.services, OWNER, "team-check", until)
    with pytest.raises(NotAllowed):
        survey_waves.extend(world.services, Asker("U0001"), "team-check", "6d")
    world.clock.on(days=5)
    with pytest.raises(Over):
        survey_waves.extend(world.services, OWNER, "team-check", "6d")
    with pytest.raises(Over):
        survey_reminders.ask(world.services, OWNER, "team-check")
    assert world.row(row.id).state == "open"


def test_what_is_being_opened_is_neither_closed_nor_extended_nor_reminded_of(world: World) -> None:
    survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM"))
    for change in (
        lambda: survey_close.by_hand(world.services, OWNER, "team-check"),
        lambda: survey_waves.extend(world.services, OWNER, "team-check", "9d"),
        lambda: survey_reminders.ask(world.services, OWNER, "team-check"),
    ):
        with pytest.raises(NoWave, match="being opened"):
            change()


def test_results_go_to_their_channel_and_those_of_an_admins_close_to_its_owner(world: World) -> None:
    row = world.open(channel="C0RESULTS")
    world.all_answer(row, EVERYBODY[:11])
    world.close()
    assert results_told(world, "C0RESULTS")
    second = world.open()
    world.all_answer(second, EVERYBODY[:11])
    world.close(asker=ADMIN)
    assert any("team-check #2: 11 of 12 answered (92%)" in each for each in told(world))


def test_a_crash_before_the_keys_are_destroyed_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world)
    with monkeypatch.context() as dying:
        dying.setattr(KeyFiles, "destroy", _die)
        with pytest.raises(SystemExit):
            survey_clock.run(world.services)
    assert (world.row(row.id).state, world.row(row.id).cleaned) == ("closed", False)
    assert files(world).has(row.key_id)
    run_until_cleaned(world, row)
    assert not files(world).has(row.key_id)


def test_a_crash_after_the_keys_are_destroyed_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world)
    with monkeypatch.context() as dying:
        dying.setattr(Database, "rewrite", _die)
        with pytest.raises(SystemExit):
            survey_clock.run(world.services)
    assert not files(world).has(row.key_id)
    run_until_cleaned(world, row)
    assert world.row(row.id).receipt["keys_destroyed"] == "2026-11-27"
    assert list(world.services.settings.survey_keys.iterdir()) == []


def test_a_crash_in_the_middle_of_the_count_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world)
    with monkeypatch.context() as dying:
        dying.setattr(waves, "forget_people", _die)
        with pytest.raises(SystemExit):
            survey_clock.run(world.services)
    assert world.row(row.id).state == "open"
    assert world.state_of(row, EVERYBODY[0]) == 2
    survey_clock.run(world.services)
    assert world.row(row.id).state == "closed"


def _die(*_: object, **__: object) -> None:
    raise SystemExit


def test_while_somebody_reads_the_old_pages_they_are_not_taken_for_overwritten(world: World) -> None:
    row = over(world)
    if world.services.db.is_sqlite:
        with world.services.db.read() as connection:
            waves.get(connection, row.id)
            survey_clock.run(world.services)
            assert world.row(row.id).state == "closed"
            assert not world.row(row.id).cleaned
    else:
        with world.services.db.begin() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM wave_comment")
            survey_clock.run(world.services)
            assert world.row(row.id).state == "closed"
            assert not world.row(row.id).cleaned
    run_until_cleaned(world, row)


def test_nobody_waits_long_behind_a_rewrite_that_waits(postgres_url: str) -> None:
    from storage.tables import metadata

    database = Database(postgres_url)
    metadata.create_all(database.engine)
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    assert database.rewrite(["ballot"])
    database.close()
    assert said[0] == f"SET lock_timeout = '{TABLE_SECONDS}s'"
    assert said[-1] == "RESET lock_timeout"


def test_what_cannot_be_rewritten_because_the_database_is_gone_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world)

    def gone(*_: object) -> bool:
        raise Unavailable

    with monkeypatch.context() as without:
        without.setattr(Database, "rewrite", gone)
        ended = survey_close.by_hand(world.services, OWNER, "team-check")
        assert ended.what == "closed", "it is, whatever comes of the cleaning up"
    assert not world.row(row.id).cleaned
    run_until_cleaned(world, row)


def test_a_process_without_the_keys_says_so_and_loses_nothing(world: World, elsewhere: Services) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY[:11])

    def over() -> None:
        world.clock.now = row.closes_at
        survey_close.when_due(elsewhere, row)

    for what in (
        lambda: survey_people.erase(elsewhere, Asker(EVERYBODY[0])),
        lambda: survey_close.by_hand(elsewhere, OWNER, "team-check"),
        over,
    ):
        with pytest.raises(KeysNotHere) as refused:
            what()
        assert "all its processes need one BAROMETER_SURVEY_KEYS" in refused.value.text
        assert str(elsewhere.settings.survey_keys) not in refused.value.text, "where they are is nobody's business"
    survey_clock.run(elsewhere)
    assert world.row(row.id).state == "open"
    survey_clock.run(world.services)
    assert world.row(row.id).receipt["opened"] == 11


def test_a_process_without_the_keys_cannot_answer(world: World, elsewhere: Services) -> None:
    row = world.open()
    for what in (
        lambda: survey_answers.sheet(elsewhere, "U0001", row.id),
        lambda: survey_answers.keep(elsewhere, "U0001", row.id, 1, {"goals": "5"}),
        lambda: survey_answers.withdraw(elsewhere, "U0001", row.id),
    ):
        with pytest.raises(KeysNotHere):
            what()
    assert world.state_of(row, "U0001") == 0


def test_only_who_has_the_keys_says_that_they_are_destroyed(
    world: World, elsewhere: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = over(world)
    with monkeypatch.context() as dying:
        dying.setattr(KeyFiles, "destroy", _die)
        with pytest.raises(SystemExit):
            survey_clock.run(world.services)
    for _ in range(2):
        survey_clock.run(elsewhere)
    assert not world.row(row.id).cleaned
    assert files(world).has(row.key_id)
    run_until_cleaned(world, row)


def test_keys_that_nobody_finds_are_taken_for_lost_after_a_month(world: World, elsewhere: Services) -> None:
    row = over(world)
    survey_close.throw_away(elsewhere, ADMIN, "team-check")
    assert not world.row(row.id).cleaned
    world.clock.on(days=30)
    run_until_cleaned(replace(world, services=elsewhere), row)
    assert world.row(row.id).receipt["keys_destroyed"] == "(lost before)"


def test_where_no_key_can_be_kept_nothing_is_asked_and_the_owner_is_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("in the way")
    blocked = replace(world.services.settings, survey_keys=tmp_path / "a-file")
    other = World(replace(world.services, settings=blocked), world.clock)
    row = other.open()
    assert row.state == "failed"
    assert any("cannot keep the keys of a survey" in each for each in told(world))
    run_until_cleaned(other, row)


@pytest.mark.parametrize("asker", [OWNER, ADMIN])
@pytest.mark.parametrize(
    "wrong", [(errno.ENOSPC, "Make room on its disk"), (errno.EACCES, "set BAROMETER_SURVEY_KEYS to a folder")]
)
def test_only_admins_and_the_log_hear_in_which_folder_no_key_can_be_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, asker: Asker, wrong: tuple[int, str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, "it is so")

    number, advice = wrong
    folder = str(world.services.settings.survey_keys)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", fails)
        opening = survey_waves.start(world.services, asker, "team-check", Terms(audience="C0TEAM"))
        survey_opening.run(world.services, world.directory, str(opening.id))
    row = world.row(opening.id)
    assert row.state == "failed"
    assert all(each in caplog.text for each in (folder, "it is so", advice))
    (said,) = [json.loads(each)["summary"] for each in told(world, asker.user_id)]
    assert "could not be opened. Barometer cannot keep the keys of a survey" in said
    assert (folder in said, advice in said) == (asker.admin, asker.admin)
    assert ("Ask an admin" in said) is not asker.admin
    assert folder not in row.receipt["why"], "everybody who sees the survey reads it"
    run_until_cleaned(world, row)


def test_an_admin_throws_a_wave_away_unread_and_nobody_else_does(world: World) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY)
    with pytest.raises(NotAllowed):
        survey_close.throw_away(world.services, OWNER, "team-check")
    assert survey_close.throw_away(world.services, ADMIN, "team-check").what == "unopened"
    ended = world.row(row.id)
    assert (ended.state, ended.open_key, ended.receipt["why"]) == ("unopened", None, "thrown away unread")
    assert any("destroyed unopened: thrown away unread." in each for each in told(world))
    with pytest.raises(BarometerError, match="Its answers were destroyed unopened"):
        world.answer(ended, "U0001", goals="4")
    assert not files(world).has(row.key_id)
    assert world.open().number == 2


def test_who_wants_to_be_deleted_is_in_no_table_and_all_other_ballots_change(world: World) -> None:
    row = world.open()
    world.all_answer(row, EVERYBODY[:11])
    gone = Asker(EVERYBODY[2])
    with world.services.db.read() as connection:
        before = waves.ballots(connection, row.id)
    assert survey_people.erase(world.services, gone).waves == 1
    with world.services.db.read() as connection:
        after = waves.ballots(connection, row.id)
        invited = [p.user_id for p in waves.invited(connection, row.id)]
        subject = survey_waves.SUBJECT.format(id=row.id)
        ledger = [each.target for each in outbox.everything(connection) if each.subject == subject]
    assert len(after) == len(before) - 1
    assert set(after) < set(before)
    assert all(after[slot] != before[slot] for slot in after)
    assert invited == sorted(ledger) == [user for user in EVERYBODY if user != gone.user_id]
    assert survey_people.erase(world.services, gone).waves == 0
    world.close()
    assert world.row(row.id).receipt["invited"] == 12, "as it was said: 11 would tell that somebody went"
    assert world.row(row.id).receipt["opened"] == 10


def test_who_is_deleted_while_invitations_are_written_is_not_written_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_opening, "BATCH", 3)
    opening = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM"))
    batches = survey_opening._batches

    def erasing(everybody: list[waves.Invitation]) -> Iterator[list[waves.Invitation]]:
        for number, batch in enumerate(batches(everybody)):
            if number == 2:
                survey_people.erase(world.services, Asker(EVERYBODY[11]))
            yield list(batch)

    monkeypatch.setattr(survey_opening, "_batches", erasing)
    survey_opening.run(world.services, world.directory, str(opening.id))
    with world.services.db.read() as connection:
        asked = [each.target for each in outbox.everything(connection) if each.kind == "survey"]
    assert sorted(asked) == EVERYBODY[:11]


def test_a_wave_closed_while_it_invites_writes_to_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_opening, "BATCH", 3)
    opening = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM"))
    batches = survey_opening._batches

    def closing(everybody: list[waves.Invitation]) -> Iterator[list[waves.Invitation]]:
        for number, batch in enumerate(batches(everybody)):
            if number == 2:
                survey_close.throw_away(world.services, ADMIN, "team-check")
            yield list(batch)

    monkeypatch.setattr(survey_opening, "_batches", closing)
    survey_opening.run(world.services, world.directory, str(opening.id))
    with world.services.db.read() as connection:
        subject = survey_waves.SUBJECT.format(id=opening.id)
        assert [each.target for each in outbox.everything(connection) if each.subject == subject] == []
        assert connection.exec_driver_sql("SELECT count(*) FROM wave_reminder").scalar() == 0


def test_a_survey_of_ones_own_is_deleted_by_admins_while_none_of_it_is_open(world: World) -> None:
    row = world.open()
    with pytest.raises(InvalidInput, match="close it first"):
        surveys.delete(world.services, ADMIN, "team-check")
    with pytest.raises(NotAllowed):
        surveys.delete(world.services, OWNER, "team-check")
    world.all_answer(row, EVERYBODY)
    world.close()
    assert surveys.delete(world.services, ADMIN, "team-check") == "team-check"
    with pytest.raises(InvalidInput, match="comes from a file"):
        surveys.delete(world.services, ADMIN, "enps")


def test_nobody_changes_the_survey_of_somebody_else(world: World) -> None:
    questions = "questions: [{id: a, kind: agree, text: It goes well.}]"
    mine = f"apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n- name: mine\n  title: {{title}}\n  {questions}\n"
    surveys.save(world.services, OWNER, mine.replace("{title}", "First"))
    with pytest.raises(NotAllowed, match="whoever made it"):
        surveys.save(world.services, Asker("U0001"), mine.replace("{title}", "Second"))
    surveys.save(world.services, OWNER, mine.replace("{title}", "Third"))
    with world.services.db.read() as connection:
        assert surveys.named(world.services, connection, "mine").title == {"en": "Third"}
