"""What is kept while a wave is open: one answer each, in ballots that all look and change alike."""

from dataclasses import replace

import pytest

from bot import ballots
from bot.domain.people import Asker
from bot.key_files import KeyFiles, KeysNotHere
from bot.services import Services, survey_answers, survey_close, survey_people, survey_results
from storage import Database, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, World, world_in

PRIVATE, PUBLIC = ballots.key_pair()


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def lying(world: World, row: StoredWave) -> dict[bytes, bytes]:
    with world.services.db.read() as connection:
        return waves.ballots(connection, row.id)


def sealed_wave(world: World) -> StoredWave:
    return world.open(mode="sealed", custodian="U0KEEPER", public_key=PUBLIC)


@pytest.mark.parametrize("mode", ["anonymous", "sealed"])
def test_every_write_changes_every_ballot_and_none_is_longer(world: World, mode: str) -> None:
    """Whether it is a draft, an answer, a change, a repetition, or taken back."""
    row = sealed_wave(world) if mode == "sealed" else world.open("engagement", mode="anonymous")
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    first = {sheet.inputs[0].name: sheet.inputs[0].picks[0].value}
    writes = [
        lambda: survey_answers.keep(world.services, "U0001", row.id, 1, first),
        lambda: world.answer(row, "U0001", **first),
        lambda: world.answer(row, "U0001", **first),
        lambda: world.answer(row, "U0002", **first, more="words " * 80),
        lambda: survey_answers.withdraw(world.services, "U0001", row.id),
        lambda: survey_answers.withdraw(world.services, "U0003", row.id),
    ]
    looks = [lying(world, row)]
    lengths = {len(body) for body in looks[0].values()}
    for write in writes:
        write()
        before, after = looks[-1], lying(world, row)
        assert after.keys() == before.keys()
        for part in (slice(0, ballots.FLAG), slice(ballots.FLAG, None)):
            assert all(after[slot][part] != before[slot][part] for slot in after), "of the flags and of the bodies each"
        assert {len(body) for body in after.values()} == lengths
        looks.append(after)
    assert len(lengths) == 1
    flags = [[look[slot][: ballots.FLAG] for look in looks] for slot in looks[0]]
    assert all(len(set(byte)) > 1 for flag in flags for byte in zip(*flag, strict=True)), "no byte of a flag stands still"
    assert len({flag for each in flags for flag in each}) == len(looks) * len(flags), "and no two are alike"


def test_a_byte_changed_in_ballots_does_not_show_whose_owner_answers_then(world: World) -> None:
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 9)])
    before = lying(world, row)
    # As many as may be: with more of them, nothing is taken any more.
    changed = {slot: body[:-1] + bytes([body[-1] ^ 1]) for slot, body in sorted(before.items())[: len(before) // 2]}
    with world.services.db.begin() as connection:
        waves.write_ballots(connection, row.id, before | changed)
    for user in ("U0001", "U0012"):
        was = lying(world, row)
        world.answer(row, user, goals="2")
        assert all(body != was[slot] and len(body) == len(was[slot]) for slot, body in lying(world, row).items())
    with world.services.db.begin() as connection:
        waves.write_ballots(connection, row.id, {slot: body[:-1] + bytes([body[-1] ^ 1]) for slot, body in was.items()})
    was = lying(world, row)
    with pytest.raises(KeysNotHere, match=r"Most ballots of team-check #1 do not open with its keys, so nothing was changed"):
        world.answer(row, "U0002", goals="2")
    assert lying(world, row) == was


def test_whoever_goes_leaves_the_others_changed_alike(world: World) -> None:
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 9)])
    before = lying(world, row)
    survey_people.erase(world.services, Asker("U0003"))
    after = lying(world, row)
    assert len(after) == len(before) - 1
    assert all(after[slot] != before[slot] for slot in after)


def test_a_ballot_that_is_moved_to_another_slot_or_wave_does_not_count(world: World) -> None:
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 8)])
    keys = survey_answers.keys_of(world.services, row)
    first, second = (ballots.slot_of(keys, row.key_id, user) for user in ("U0001", "U0002"))
    bodies = lying(world, row)
    for name, slot in ((row.key_id, second), ("another", first)):
        with pytest.raises(ballots.Spoilt):
            ballots.opened(keys, name, slot, bodies[first])
    with world.services.db.begin() as connection:
        waves.write_ballots(connection, row.id, bodies | {second: bodies[first]})
    assert world.close() == "closed"
    assert (world.row(row.id).receipt["spoilt"], world.row(row.id).receipt["opened"]) == (1, "5–9")


def test_the_flag_of_one_ballot_before_the_body_of_another_does_not_count(world: World) -> None:
    """Nor what somebody said earlier behind the flag of now: that they took it back stands."""
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 9)])
    keys = survey_answers.keys_of(world.services, row)
    first, second, third = (ballots.slot_of(keys, row.key_id, f"U{n:04}") for n in (1, 2, 3))
    before = lying(world, row)
    survey_answers.withdraw(world.services, "U0001", row.id)
    now = lying(world, row)
    put = {
        first: now[first][: ballots.FLAG] + before[first][ballots.FLAG :],
        second: now[third][: ballots.FLAG] + now[second][ballots.FLAG :],
    }
    for slot, mixed in (*put.items(), (first, before[first][: ballots.FLAG] + now[first][ballots.FLAG :])):
        with pytest.raises(ballots.Spoilt):
            ballots.opened(keys, row.key_id, slot, mixed)
    with world.services.db.begin() as connection:
        waves.write_ballots(connection, row.id, now | put)
    assert world.close() == "closed"
    assert (world.row(row.id).receipt["spoilt"], world.row(row.id).receipt["opened"]) == (2, "5–9")


def test_sent_twice_changed_taken_back_and_after_a_restart_each_counts_once(world: World, database_url: str) -> None:
    row = world.open()
    for n in range(1, 13):
        world.answer(row, f"U{n:04}", goals="1")
    for _ in range(3):
        world.answer(row, "U0001", goals="2")
    survey_answers.withdraw(world.services, "U0012", row.id)
    survey_answers.withdraw(world.services, "U0012", row.id)
    # Another process, as after a restart: its own database, and the keys from their folder.
    database = Database(database_url)
    own = replace(world.services, db=database)
    again = World(own, world.clock)
    assert survey_answers.sheet(own, "U0001", row.id).filled["goals"] == "2"
    again.answer(row, "U0001", goals="5")
    again.answer(row, "U0012", goals="5")
    survey_answers.withdraw(own, "U0011", row.id)
    assert survey_close.by_hand(own, OWNER, "team-check").answered == 11
    found = survey_results.results(own, OWNER, "team-check").cells["goals"]["all"]
    assert dict(found.counts) == {"1": 9, "2": 0, "3": 0, "4": 0, "5": 2}
    database.close()


def test_in_a_sealed_wave_even_the_keys_of_barometer_open_no_answer(world: World) -> None:
    """What was answered before somebody got hold of them; that somebody has answered, they show."""
    row = sealed_wave(world)
    world.answer(row, "U0001", goals="5", more="a canary in the mine")
    keys = survey_answers.keys_of(world.services, row)
    slot = ballots.slot_of(keys, row.key_id, "U0001")
    ballot = ballots.opened(keys, row.key_id, slot, lying(world, row)[slot])
    assert ballot.state == ballots.CAST
    assert b"canary" not in ballot.payload
    assert b"goals" not in ballot.payload
    with pytest.raises(ballots.Spoilt):
        ballots.unsealed(ballots.key_pair()[0], ballot.payload)
    assert ballots.unpack(ballots.unsealed(PRIVATE, ballot.payload))["more"] == "a canary in the mine"
    assert survey_answers.sheet(world.services, "U0001", row.id).filled == {}


def test_a_process_without_the_keys_neither_reads_nor_writes(world: World) -> None:
    row = world.open()
    before = lying(world, row)
    elsewhere = replace(world.services.settings, survey_keys=world.services.settings.survey_keys / "elsewhere")
    other = World(replace(world.services, settings=elsewhere), world.clock)
    with pytest.raises(KeysNotHere):
        other.answer(row, "U0001", goals="5")
    with pytest.raises(KeysNotHere):
        survey_close.by_hand(other.services, OWNER, "team-check")
    assert lying(world, row) == before
    assert not KeyFiles(elsewhere.survey_keys).has(row.key_id)
