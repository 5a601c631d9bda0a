"""A wave from its start to its results: who is asked, who answers, and what is left when it is closed."""

from datetime import timedelta

import pytest

from bot.ballots import CAST, DRAFT, EMPTY
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.people import Asker
from bot.domain.survey_waves import NotInvited, NoWave, Over, Terms
from bot.services import Services, survey_answers, survey_close, survey_results, survey_waves
from storage import outbox, wave_results, waves
from tests.services.survey_world import CHANNEL, OWNER, Directory, World, people, world_in


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def test_from_the_start_to_the_results(world: World) -> None:
    row = world.open()
    assert (row.state, row.invited, row.number) == ("open", 12, 1)
    with world.services.db.read() as connection:
        sent = [each for each in outbox.everything(connection) if each.kind == "survey"]
    assert sorted(each.target for each in sent) == [m.user_id for m in people(12)]
    world.all_answer(row, [f"U{n:04}" for n in range(1, 12)])
    with pytest.raises(NoWave, match="nothing is shown before it is closed"):
        survey_results.results(world.services, OWNER, "team-check")
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    assert (ended.what, ended.answered, ended.invited) == ("closed", 11, 12)
    found = survey_results.results(world.services, OWNER, "team-check")
    goals = found.cells["goals"]["all"]
    assert dict(goals.counts) == {"1": 3, "2": 2, "3": 2, "4": 2, "5": 2}
    assert goals.value("n") == 11
    assert goals.value("mean") == pytest.approx((0 * 3 + 25 * 2 + 50 * 2 + 75 * 2 + 100 * 2) / 11, abs=0.01)
    assert found.cells["remote"]["all"].withheld == "too few", "nobody answered it"


def test_nothing_of_people_is_left_after_the_close(world: World) -> None:
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 12)])
    world.close()
    after = world.row(row.id)
    assert (after.state, after.cleaned, after.open_key) == ("closed", True, None)
    assert after.receipt["invited"] == 12
    assert after.receipt["opened"] == 11
    assert after.receipt["keys_destroyed"] == "2026-11-24"
    assert not survey_waves.key_files(world.services).has(row.key_id)
    with world.services.db.read() as connection:
        assert waves.invited(connection, row.id) == []
        assert waves.ballots(connection, row.id) == {}
        subject = survey_waves.SUBJECT.format(id=row.id)
        assert [each for each in outbox.everything(connection) if each.subject == subject] == []


def test_an_answer_is_changed_and_taken_back_and_counts_once(world: World) -> None:
    row = world.open()
    for goals in ("1", "5", "3"):
        world.answer(row, "U0001", goals=goals)
    assert world.state_of(row, "U0001") == CAST
    assert survey_answers.sheet(world.services, "U0001", row.id).filled["goals"] == "3"
    assert survey_answers.sheet(world.services, "U0002", row.id).filled == {}
    survey_answers.withdraw(world.services, "U0001", row.id)
    assert world.state_of(row, "U0001") == EMPTY
    assert survey_answers.sheet(world.services, "U0001", row.id).filled == {}


def test_whoever_is_not_asked_cannot_answer_and_nobody_after_the_end(world: World) -> None:
    row = world.open()
    with pytest.raises(NotInvited):
        world.answer(row, "U0STRANGER", goals="5")
    world.clock.on(days=3, minutes=1)
    with pytest.raises(Over):
        world.answer(row, "U0001", goals="5")


def test_one_wave_of_a_survey_is_open_at_a_time_and_a_repeated_request_starts_none(world: World) -> None:
    first = survey_waves.start(world.services, OWNER, "team-check", Terms(audience=CHANNEL), key="command:1")
    again = survey_waves.start(world.services, OWNER, "team-check", Terms(audience=CHANNEL), key="command:1")
    assert again.again
    assert again.id == first.id
    with pytest.raises(Conflict, match="open already"):
        survey_waves.start(world.services, OWNER, "team-check", Terms(audience=CHANNEL), key="command:2")


def test_too_few_answers_extend_once_and_are_then_destroyed_unopened(world: World) -> None:
    row = world.open()
    world.invite_all(row)
    world.all_answer(row, ["U0001", "U0002", "U0003", "U0004"])
    assert world.close() == "extended"
    extended = world.row(row.id)
    assert extended.extended
    assert extended.closes_at == row.closes_at + timedelta(days=1), "at once after the opening, as long again is nothing"
    world.clock.now = extended.closes_at
    assert world.close() == "unopened"
    ended = world.row(row.id)
    assert (ended.state, ended.receipt["opened"]) == ("unopened", 0)
    with world.services.db.read() as connection:
        assert wave_results.counts(connection, [row.id])[row.id] == []
        assert waves.ballots(connection, row.id) == {}
    assert not survey_waves.key_files(world.services).has(row.key_id)


@pytest.mark.parametrize(
    ("viewer", "answers", "what"), [("U0OWNER", 5, "closed"), ("U0001", 5, "extended"), ("U0001", 6, "closed")]
)
def test_a_viewer_who_is_asked_counts_against_the_minimum(world: World, viewer: str, answers: int, what: str) -> None:
    asker = Asker(viewer, roles=frozenset({"team_lead"}))
    row = world.open(asker=asker)
    world.invite_all(row)
    world.all_answer(row, [f"U{n:04}" for n in range(1, answers + 1)])
    assert world.close(asker=asker) == what


def test_bots_guests_and_those_who_left_are_not_asked_and_a_small_audience_is_refused(world: World) -> None:
    from dataclasses import replace

    first, second, third, *rest = people(8)
    world.directory = Directory(
        (replace(first, is_bot=True), replace(second, is_guest=True), replace(third, is_deleted=True), *rest)
    )
    row = world.open()
    assert row.invited == 5
    assert row.receipt["left_out"] == {"bot": 1, "guest": 1, "deactivated": 1}
    world.directory = Directory(people(4))
    failed = world.open("enps")
    assert failed.state == "failed"
    with world.services.db.read() as connection:
        told = [each for each in outbox.everything(connection) if each.kind == "notice" and each.target == OWNER.user_id]
    assert any("at least 5 are needed" in each.payload for each in told)


def test_pages_are_kept_as_a_draft_that_does_not_count(world: World) -> None:
    row = world.open("engagement", mode="anonymous")
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    assert sheet.pages > 1
    first = sheet.inputs[0]
    kept = survey_answers.keep(world.services, "U0001", row.id, 1, {first.name: first.picks[0].value})
    assert getattr(kept, "page", None) == 2
    assert world.state_of(row, "U0001") == DRAFT
    assert survey_answers.sheet(world.services, "U0001", row.id).filled[first.name] == first.picks[0].value


def test_what_is_wrong_changes_nothing(world: World) -> None:
    row = world.open()
    with pytest.raises(InvalidInput):
        world.answer(row, "U0001", goals="9")
    assert world.state_of(row, "U0001") == EMPTY


def test_only_whoever_started_it_or_an_admin_closes_it_and_only_viewers_see_results(world: World) -> None:
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 12)])
    other = Asker("U0001")
    with pytest.raises(NotAllowed):
        survey_close.by_hand(world.services, other, "team-check")
    world.close(asker=Asker("U0ADMIN", admin=True))
    for asker in (other, Asker("U0ADMIN", admin=True)):
        with pytest.raises(NotAllowed):
            survey_results.results(world.services, asker, "team-check")
    assert survey_results.results(world.services, OWNER, "team-check").label == "team-check #1"


def test_results_in_a_channel_are_for_whoever_asks_there(world: World) -> None:
    row = world.open(channel="C0RESULTS")
    world.all_answer(row, [f"U{n:04}" for n in range(1, 12)])
    world.close()
    assert survey_results.results(world.services, Asker("U0ANY"), "team-check", channel="C0RESULTS")
    with pytest.raises(NotAllowed):
        survey_results.results(world.services, Asker("U0ANY"), "team-check", channel="C0OTHER")
