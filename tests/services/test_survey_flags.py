"""What only needs to know who has answered opens no answer: reminders, and the end of a wave that too few answered."""

import os

import pytest

from bot import ballots
from bot.domain.people import Asker
from bot.key_files import KeyFiles
from bot.services import Services, survey_answers, survey_clock, survey_ending, survey_reminders, survey_waves
from bot.services.survey_urn import OtherKeyFile
from storage import outbox, waves
from storage.waves import StoredWave
from tests.services.posting import Box
from tests.services.survey_world import OWNER, World, people, world_in

EVERYBODY = [m.user_id for m in people(12)]
KEEPER = Asker("U0KEEPER")
PRIVATE, PUBLIC = ballots.key_pair()


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody opens a ballot from now on."""

    def opened(*_: object) -> None:
        raise AssertionError("a ballot was opened")

    monkeypatch.setattr(ballots, "opened", opened)
    monkeypatch.setattr(ballots, "unsealed", opened)


def without_the_key_of_bodies(world: World, row: StoredWave) -> None:
    """Another key in its place, with which no answer opens any more."""
    keys = survey_answers.keys_of(world.services, row)
    blind = ballots.Keys(keys.slot, keys.flag, os.urandom(ballots.KEY))
    survey_waves.key_files(world.services).keep(row.key_id, ballots.written(blind, row.contract))


def answered(world: World, answers: int, **terms: str) -> StoredWave:
    """A wave of which some took their answers back, and no answer opens any more."""
    row = world.open(**terms)
    world.invite_all(row)
    world.all_answer(row, EVERYBODY[: answers + 2])
    for user in EVERYBODY[answers : answers + 2]:
        survey_answers.withdraw(world.services, user, row.id)
    without_the_key_of_bodies(world, row)
    return row


def told(world: World, whom: str) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.target == whom]


def test_reminders_go_by_flags_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_reminders.time, "sleep", lambda seconds: None)
    answered(world, 7)
    shut(monkeypatch)
    survey_reminders.ask(world.services, OWNER, "team-check")
    box = Box()
    with world.services.db.read() as connection:
        wave, number, due = waves.reminders_due(connection, world.clock.now, outbox.clock(connection))[0]
    survey_reminders.run(world.services, box, f"{wave} {number} {due.isoformat()}")
    assert box.targets == EVERYBODY[7:]


def test_too_few_are_extended_and_destroyed_by_their_flags_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = answered(world, 4)
    shut(monkeypatch)
    assert world.close() == "extended"
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    ended = world.row(row.id)
    assert (ended.state, ended.receipt["opened"], ended.receipt["why"]) == ("unopened", 0, "too few answers")


def test_enough_flags_before_bodies_that_do_not_open_are_too_few(world: World) -> None:
    row = answered(world, 9)
    assert world.close() == "extended"
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    assert world.row(row.id).receipt["why"] == "too few answers"


def test_of_a_sealed_wave_with_too_few_answers_the_custodian_is_never_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = answered(world, 4, mode="sealed", custodian=KEEPER.user_id, public_key=PUBLIC)
    shut(monkeypatch)
    assert world.close() == "extended"
    with pytest.raises(survey_ending.Extended):
        world.close()
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    ended = world.row(row.id)
    assert (ended.state, ended.receipt["why"]) == ("unopened", "too few answers")
    assert [each for each in told(world, KEEPER.user_id) if "Open it" in each] == []


def test_a_key_file_of_another_version_is_said_to_be_one(world: World) -> None:
    row = world.open()
    keys, files = survey_answers.keys_of(world.services, row), KeyFiles(world.services.settings.survey_keys)
    files.keep(row.key_id, keys.slot + keys.body + ballots.digest(row.contract))
    for refused in (lambda: world.answer(row, "U0001", goals="4"), world.close):
        with pytest.raises(OtherKeyFile, match="team-check #1 is none of this version"):
            refused()
    assert world.row(row.id).state == "open"
    files.keep(row.key_id, ballots.written(keys, row.contract))
    world.answer(row, "U0001", goals="4")
