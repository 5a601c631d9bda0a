"""Who is taken out of surveys: all of it, whatever fails beside it, and so that nobody learns of it from what is said."""

import pytest

from bot import ballots
from bot.domain.errors import Conflict, NotAllowed, Unavailable
from bot.domain.parts import plain
from bot.domain.people import Asker
from bot.domain.survey_reports import Erased
from bot.key_files import KeysNotHere
from bot.presenters import pulse_actions, pulse_results
from bot.services import Services, survey_answers, survey_clock, survey_close, survey_people, survey_results, survey_waves
from storage import Connection, wave_results, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, Directory, World, people, world_in

ADMIN = Asker("U0ADMIN", admin=True)
KEEPER = Asker("U0KEEPER")
PRIVATE, PUBLIC = ballots.key_pair()
EVERYBODY = [m.user_id for m in people(25)]


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def invited(world: World, row: StoredWave) -> list[str]:
    with world.services.db.read() as connection:
        return [each.user_id for each in waves.invited(connection, row.id)]


def shown(world: World, by: str = "team") -> str:
    found = survey_results.results(world.services, OWNER, "team-check")
    return "\n".join(
        plain(part) for made in (pulse_results.results(found), pulse_results.heatmap(found, by)) for part in made.parts
    )


def in_teams(world: World, **teams: int) -> StoredWave:
    """A wave of people in teams of these sizes, in the order of their ids."""
    groups = [team for team, size in teams.items() for _ in range(size)]
    file = "person,team\n" + "\n".join(f"{user},{team}" for user, team in zip(EVERYBODY, groups, strict=False))
    world.directory = Directory(people(len(groups)))
    return world.open(audience="", file=file, cuts="team")


def test_everybody_can_be_taken_out_one_after_another_with_what_was_kept_with_their_name(world: World) -> None:
    world.directory = Directory(people(6))
    world.open("engagement", mode="attributed")
    world.all_answer(world.open(mode="attributed"), EVERYBODY[:6])
    world.close()
    row = world.open()
    for user in EVERYBODY[:6]:
        found = survey_people.erase(world.services, Asker(user))
        assert (found.waves, found.attributed) == (2, 1)
    assert invited(world, row) == []
    assert world.close() == "extended"
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    assert world.row(row.id).state == "unopened"


def test_a_wave_that_fails_keeps_nothing_else_from_being_deleted(world: World) -> None:
    world.all_answer(world.open(mode="attributed"), EVERYBODY[:6])
    world.close()
    lost, other = world.open(closes="2d"), world.open("engagement", mode="anonymous")
    survey_waves.key_files(world.services).destroy(lost.key_id)
    with pytest.raises(KeysNotHere):
        survey_people.erase(world.services, Asker("U0001"))
    assert "U0001" in invited(world, lost)
    assert "U0001" not in invited(world, other)
    with world.services.db.read() as connection:
        assert "U0001" not in waves.attributed(connection, 1)


def test_a_wave_that_kept_names_and_cannot_be_counted_anew_keeps_its_answers_and_no_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the others by name, its figures would tell what the one who is gone answered."""
    rows = []
    for _ in range(2):
        rows.append(world.open(mode="attributed"))
        world.all_answer(rows[-1], EVERYBODY[:6])
        world.close()
    forget = wave_results.forget_figures

    def failing(connection: Connection, wave_id: int) -> None:
        if wave_id == rows[0].id:
            raise Unavailable
        forget(connection, wave_id)

    monkeypatch.setattr(wave_results, "forget_figures", failing)
    with pytest.raises(Unavailable):
        survey_people.erase(world.services, Asker("U0001"))
    with world.services.db.read() as connection:
        assert ["U0001" in waves.attributed(connection, row.id) for row in rows] == [True, False]
    monkeypatch.undo()
    assert survey_people.erase(world.services, Asker("U0001")).attributed == 1


def test_how_many_were_asked_in_all_and_by_group_stays_as_it_was_said(world: World) -> None:
    row = in_teams(world, Red=12, Blue=13)
    assert world.row(row.id).receipt["asked_by"] == {"team": {"Blue": 13, "Red": 12}}
    world.all_answer(row, EVERYBODY[:24])
    survey_people.erase(world.services, Asker("U0001"))
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    world.clean()
    assert (ended.invited, ended.answered) == (25, 23)
    receipt = world.row(row.id).receipt
    assert (receipt["invited"], receipt["opened"], "asked_by" in receipt) == (25, 23, False)
    cells = survey_results.results(world.services, OWNER, "team-check").cells
    response = cells["response"]
    assert {name: (cell.value("answered"), cell.value("invited")) for name, cell in response.items()} == {
        "all": (23, 25), "team=Red": (11, 12), "team=Blue": (12, 13)
    }  # fmt: skip
    assert cells["goals"]["team=Red"].value("mean_low") != cells["goals"]["team=Red"].value("mean_high")
    assert "everyone answered" not in shown(world)
    assert "25 invited" in shown(world)


@pytest.mark.parametrize("went", [True, False])
def test_whether_the_only_one_of_a_group_went_or_is_silent_looks_the_same(world: World, *, went: bool) -> None:
    row = in_teams(world, Red=12, Blue=12, Grey=1)
    world.all_answer(row, EVERYBODY[:24])
    if went:
        survey_people.erase(world.services, Asker(EVERYBODY[24]))
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check").cells["response"]
    hidden = [name for name, cell in found.items() if cell.withheld]
    assert "team=Grey" in hidden
    assert len(hidden) == 2, "the other two would add up to all: nobody of it answered"
    assert found["all"].value("invited") == 25


def test_a_wave_from_before_that_was_kept_has_those_who_are_left(world: World) -> None:
    row = in_teams(world, Red=12, Blue=13)
    world.all_answer(row, EVERYBODY[:24])
    survey_people.erase(world.services, Asker("U0001"))
    with world.services.db.begin() as connection:
        held = waves.get(connection, row.id, lock=True)
        assert held is not None
        waves.change(connection, row.id, receipt={k: v for k, v in held.receipt.items() if k != "asked_by"})
    world.close()
    assert world.row(row.id).receipt["invited"] == 24


def over(world: World, *, answers: int = 5) -> StoredWave:
    """A sealed wave of seven people that waits for its key."""
    world.directory = Directory(people(7))
    row = world.open(mode="sealed", custodian=KEEPER.user_id, public_key=PUBLIC)
    world.all_answer(row, EVERYBODY[:answers])
    assert world.close() == "sealed"
    return row


@pytest.mark.parametrize("asker", [Asker("U0003"), ADMIN])
def test_a_wave_that_waits_for_its_key_is_not_changed_by_who_is_deleted(world: World, asker: Asker) -> None:
    row = over(world)
    found = survey_people.erase(world.services, asker, "U0003")
    assert (found.waves, found.over, found.sealed) == (0, 1, 1)
    assert "say this again" not in pulse_actions.erased(found).summary, "it takes no answers again"
    assert "U0003" in invited(world, row)
    ended = survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    assert (ended.what, world.row(row.id).receipt["opened"]) == ("closed", "5–9")
    assert invited(world, row) == []


def test_one_that_waits_for_the_clock_is_not_changed_unless_it_keeps_names(world: World) -> None:
    world.all_answer(row := world.open(), EVERYBODY[:5])
    named = world.open("engagement", mode="attributed", closes="3d")
    world.clock.now = max(row.closes_at, named.closes_at)
    found = survey_people.erase(world.services, Asker("U0003"))
    assert (found.waves, found.over, found.sealed) == (1, 1, 0)
    assert "if it takes answers again, say this again" in pulse_actions.erased(found).summary
    assert ("U0003" in invited(world, row), "U0003" in invited(world, named)) == (True, False)
    survey_clock.run(world.services)
    assert world.row(row.id).receipt["opened"] == "5–9"


def test_who_is_deleted_is_told_that_and_an_admin_always() -> None:
    say = [pulse_actions.erased(Erased(0, 0, 0, n, 0)).summary for n in range(3)]
    sealed = [pulse_actions.erased(Erased(0, 0, 0, 2, 0, n)).summary for n in (1, 2)]
    assert sealed[0].endswith(" is deleted with that; if one takes answers again, say this again.")
    assert sealed[1].endswith(" is deleted with that.")
    assert "end has come" not in say[0]
    assert "1 survey whose end has come is not changed any more: it is counted without names or destroyed" in say[1]
    assert "2 surveys whose end has come are not changed any more" in say[2]
    assert "whose end has come is not changed any more" in "".join(map(plain, pulse_actions.erased_of("U0003").parts))


def with_spoilt_flags(world: World, row: StoredWave, users: list[str]) -> None:
    keys = survey_answers.keys_of(world.services, row)
    with world.services.db.begin() as connection:
        lying = waves.ballots(connection, row.id)
        for user in users:
            slot = ballots.slot_of(keys, row.key_id, user)
            lying[slot] = bytes([lying[slot][0] ^ 1]) + lying[slot][1:]
        waves.write_ballots(connection, row.id, lying)


@pytest.mark.parametrize("by_form", [True, False])
def test_too_few_at_the_unlocking_are_destroyed_before_the_key_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch, *, by_form: bool
) -> None:
    row = over(world)
    assert survey_close.locked(world.services, KEEPER, row.id) == "team-check #1"
    with_spoilt_flags(world, row, EVERYBODY[:1])

    def used(*_: object) -> None:
        raise AssertionError("the key was looked at, or a ballot opened")

    for name in ("public_of", "opened", "unsealed"):
        monkeypatch.setattr(ballots, name, used)
    with pytest.raises(NotAllowed):
        survey_close.locked(world.services, Asker("U0001"), row.id)
    assert world.row(row.id).state == "open"
    if by_form:
        with pytest.raises(Conflict, match=r"team-check #1 was destroyed unopened on .+: too few answers"):
            survey_close.locked(world.services, KEEPER, row.id)
    else:
        assert survey_close.unlock(world.services, KEEPER, row.id, PRIVATE).what == "unopened"
    ended = world.row(row.id)
    assert (ended.state, ended.receipt["why"], ended.receipt["invited"]) == ("unopened", "too few answers", 7)
    assert not survey_waves.key_files(world.services).has(row.key_id)
