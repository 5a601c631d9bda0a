"""Sealed waves: nobody reads them before their end, and then only whoever keeps the key."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot import ballots
from bot.ballots import CAST, Spoilt
from bot.domain.audiences import Audience, Member
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.own_hours import QuietHours
from bot.domain.people import Asker
from bot.domain.survey_waves import NoWave, load
from bot.domain.times import show_time
from bot.presenters import pulse, pulse_ends, pulse_listing
from bot.services import (
    Services,
    survey_actions,
    survey_answers,
    survey_clock,
    survey_close,
    survey_opening,
    survey_results,
    survey_told,
    survey_waves,
    surveys,
)
from bot.services.survey_audience import Unanswered
from storage import outbox, waves
from storage.people import keep_zone
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, Directory, World, people, world_in
from tests.services.test_survey_receipts import words_of

KEEPER = Asker("U0KEEPER")
PRIVATE, PUBLIC = ballots.key_pair()
EVERYBODY = [m.user_id for m in people(12)]


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def sealed(world: World, answers: int = 11, **terms: str) -> StoredWave:
    row = world.open(mode="sealed", custodian=KEEPER.user_id, public_key=PUBLIC, **terms)
    world.all_answer(row, EVERYBODY[:answers])
    return row


def told(world: World, whom: str) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.target == whom]


def test_the_keys_of_the_wave_open_no_answer(world: World) -> None:
    row = sealed(world)
    keys = survey_answers.keys_of(world.services, row)
    with world.services.db.read() as connection:
        lying = waves.ballots(connection, row.id)
    opened = [ballots.opened(keys, row.key_id, slot, body) for slot, body in lying.items()]
    cast = [each.payload for each in opened if each.state == CAST]
    assert len(cast) == 11
    assert not any(b"goals" in payload for payload in cast)
    for payload in cast:
        with pytest.raises(ValueError):
            ballots.unpack(payload)
    assert len({len(payload) for payload in cast}) == 1
    for payload in cast:
        with pytest.raises(Spoilt):
            ballots.unsealed(ballots.key_pair()[0], payload)
        assert b"goals" in ballots.unsealed(PRIVATE, payload)


def test_all_is_on_one_page_nothing_is_filled_in_and_an_edit_takes_its_place(world: World) -> None:
    row = sealed(world, answers=0)
    world.answer(row, "U0001", goals="1", pride="1")
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    assert (sheet.pages, sheet.filled, sheet.answered) == (1, {}, True)
    world.answer(row, "U0001", goals="5")
    survey_answers.withdraw(world.services, "U0001", row.id)
    assert not survey_answers.sheet(world.services, "U0001", row.id).answered
    world.answer(row, "U0001", goals="5")
    for number in range(2, 13):
        world.answer(row, f"U{number:04}", goals="4")
    assert world.close() == "sealed"
    survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    cell = survey_results.results(world.services, OWNER, "team-check").cells["goals"]["all"]
    assert cell.value("n") == 12
    assert "1" not in {value for value, n in cell.counts.items() if n}


def test_its_custodian_is_asked_once_and_only_the_right_key_in_their_hands_counts_it(world: World) -> None:
    row = sealed(world)
    with pytest.raises(NoWave, match="Its key is asked for when it ends"):
        survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    assert world.close() == "sealed"
    assert (
        "is over and waits for the key of its custodian, until"
        in survey_results.standing(world.services, OWNER, "team-check").words
    )
    assert survey_results.standing(world.services, OWNER, "team-check").steps[:1] not in [("close",), ("remind",)]
    with pytest.raises(Conflict, match="team-check #1 is over and waits for the key of its custodian"):
        survey_waves.extend(world.services, OWNER, "team-check", "2d")
    for _ in range(2):
        survey_clock.run(world.services)
    assert len([each for each in told(world, KEEPER.user_id) if "is over. Open it" in each]) == 1
    for asker, key, refusal in (
        (OWNER, PRIVATE, NotAllowed),
        (KEEPER, ballots.key_pair()[0], InvalidInput),
        (KEEPER, "what was it again", InvalidInput),
    ):
        with pytest.raises(refusal):
            survey_close.unlock(world.services, asker, row.id, key)
    assert world.row(row.id).state == "open"
    assert survey_close.unlock(world.services, KEEPER, row.id, PRIVATE.lower()).answered == 11
    assert any("11 of 12 answered" in each for each in told(world, OWNER.user_id))
    with pytest.raises(Conflict, match="team-check #1 was opened already, and its answers are counted"):
        survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    assert not survey_waves.key_files(world.services).has(row.key_id)


def test_its_custodian_is_told_once_when_it_opens(world: World) -> None:
    row = sealed(world, answers=0)
    survey_opening.run(world.services, world.directory, str(row.id))
    (said,) = told(world, KEEPER.user_id)
    assert "You keep the key of “Team check” (team-check #1)." in said
    assert f'"kind": "user", "id": "{OWNER.user_id}"' in said
    assert " started it, and named you." in said
    assert f"You are asked for that half when the survey ends, {show_time(row.closes_at, 'UTC')} unless that is changed" in said
    assert "without it, all is destroyed unopened 14 days later." in said
    assert "or did not make this key yourself, tell an admin" in said
    assert "/pulse close team-check unopened=yes" in said
    assert ballots.public_of(PRIVATE) in said, "as the close compares it"


def test_a_crash_before_its_custodian_is_told_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(survey_told, "name_custodian", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            sealed(world, answers=0)
    assert told(world, KEEPER.user_id) == []
    with world.services.db.read() as connection:
        row = waves.open_of(connection, "team-check")
    assert row is not None
    survey_opening.run(world.services, world.directory, str(row.id))
    assert len(told(world, KEEPER.user_id)) == 1


@pytest.mark.parametrize(
    ("keeper", "why"),
    [
        (Member("U0KEEPER", is_deleted=True), "is deactivated"),
        (Member("U0KEEPER", is_guest=True), "is a guest"),
        (Member("U0KEEPER", is_bot=True), "is a bot"),
        (Member("U0KEEPER", is_unknown=True), "is nobody whom Slack knows"),
    ],
)
def test_it_is_not_opened_where_nobody_could_ever_be_asked_for_its_key(world: World, keeper: Member, why: str) -> None:
    world.directory = Directory(people(12), (keeper,))
    row = sealed(world, answers=0)
    what_to_do = "Start it with another custodian, and a key of theirs."
    assert row.state == "failed"
    assert row.receipt["why"] == f"team-check #1 could not be opened: its custodian {why}. {what_to_do}"
    (said,) = told(world, OWNER.user_id)
    assert '"kind": "user", "id": "U0KEEPER"' in said
    assert f" {why}. {what_to_do}" in said
    assert told(world, KEEPER.user_id) == told(world, "U0001") == []


def test_who_keeps_its_key_is_looked_up_again_while_slack_does_not_say(world: World) -> None:
    class Silent(Directory):
        def of(self, audience: Audience) -> tuple[Member, ...]:
            raise Unanswered(whom="U0KEEPER is", reason="too many requests")

    world.directory = Silent(people(12))
    row = sealed(world, answers=0)
    assert row.state == "opening"
    world.directory = Directory(people(12))
    survey_opening.run(world.services, world.directory, str(row.id))
    assert world.row(row.id).state == "open"


def test_whoever_is_asked_and_whoever_waits_reads_who_keeps_the_key(world: World) -> None:
    row = sealed(world)
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    keeps = "<U0KEEPER> keeps the key, and is asked for it when it closes."
    assert [words_of(part) for part in pulse.results_go(opening)] == ["Results go to <U0OWNER>.", keeps]
    assert '"id": "U0KEEPER"' in told(world, "U0001")[0]
    assert keeps in words_of(pulse.started(opening, "UTC").parts[1])
    assert words_of(pulse.above(survey_answers.sheet(world.services, "U0001", row.id))[0]).endswith(keeps)
    card = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "UTC")
    assert keeps in [words_of(part) for part in card.parts]
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    said = pulse_ends.closed(ended, "UTC", may_see=True)
    until = show_time(ended.until, "UTC")
    over = "team-check #1 takes no answers any more; its custodian <U0KEEPER> is asked for the key, until"
    assert words_of(said.parts[0]) == f"{over} {until}."
    assert ended.until == world.row(row.id).closes_at + timedelta(days=14)
    with pytest.raises(Conflict, match="waits for the key of its custodian, @U0KEEPER") as waiting:
        survey_waves.extend(world.services, OWNER, "team-check", "2d")
    assert waiting.value.people == ("U0KEEPER",)


@pytest.mark.parametrize(
    ("terms", "whom"),
    [
        ({}, "<U0OWNER>"),
        ({"channel": "C0RESULTS"}, "<C0RESULTS>; <U0OWNER> may see them too"),
        ({"viewers": "U0BOSS"}, "<U0OWNER>, <U0BOSS>"),
    ],
)
def test_whoever_opens_it_hears_where_its_results_go(world: World, terms: dict[str, str], whom: str) -> None:
    row = world.open(mode="sealed", custodian=KEEPER.user_id, public_key=PUBLIC, **terms)
    world.all_answer(row, EVERYBODY)
    assert world.close() == "sealed"
    ended = survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    said = pulse_ends.closed(ended, "UTC", may_see=False)
    assert f"its keys are destroyed next. The results then go to {whom}." in words_of(said.parts[1])


def spoil(world: World, row: StoredWave, users: list[str]) -> None:
    """Damage the bodies of ballots, behind their flags."""
    keys = survey_answers.keys_of(world.services, row)
    with world.services.db.begin() as connection:
        lying = waves.ballots(connection, row.id)
        for user in users:
            slot = ballots.slot_of(keys, row.key_id, user)
            lying[slot] = lying[slot][:-1] + bytes([lying[slot][-1] ^ 1])
        waves.write_ballots(connection, row.id, lying)


def test_too_few_are_extended_without_the_key_and_the_custodian_is_asked_once_there_are_enough(world: World) -> None:
    row = sealed(world, answers=3)
    world.invite_all(row)
    assert world.close() == "extended"
    assert not [each for each in told(world, KEEPER.user_id) if "Open it" in each]
    world.all_answer(row, EVERYBODY[3:9])
    world.clock.now = world.row(row.id).closes_at
    for _ in range(2):
        survey_clock.run(world.services)
    assert len([each for each in told(world, KEEPER.user_id) if "is over. Open it" in each]) == 1
    assert survey_close.unlock(world.services, KEEPER, row.id, PRIVATE).what == "closed"


def test_too_few_that_can_be_read_are_destroyed_and_never_extended(world: World) -> None:
    """People were told that it is over, and the key has been through the host."""
    row = sealed(world, answers=6)
    spoil(world, row, EVERYBODY[:3])
    assert world.close() == "sealed", "six say that they answered"
    assert survey_close.unlock(world.services, KEEPER, row.id, PRIVATE).what == "unopened", "three can be read"
    assert world.row(row.id).receipt["why"] == "too few answers"


def test_while_it_waits_results_say_for_whose_key_and_until_when(world: World) -> None:
    sealed(world)
    with pytest.raises(NoWave, match="One is open; nothing is shown before it is closed"):
        survey_results.results(world.services, OWNER, "team-check")
    world.clock.on(hours=1)
    assert world.close() == "sealed"
    asker = replace(OWNER, timezone="Asia/Tokyo")
    until = show_time(world.clock.now + timedelta(days=14), "Asia/Tokyo")
    waits = "team-check #1 is over and waits for the key of its custodian, @U0KEEPER"
    for ask in (survey_results.results, survey_results.comments, survey_actions.listing):
        with pytest.raises(NoWave) as waiting:
            ask(world.services, asker, "team-check")
        said = f"team-check has no wave with results. {waits}, until {until}; nothing is shown before it is opened."
        assert waiting.value.text == said
        assert waiting.value.people == ("U0KEEPER",)


@pytest.mark.parametrize("terms", [{}, {"channel": "C0RESULTS"}, {"viewers": "U0BOSS"}])
def test_whoever_started_it_is_told_once_that_it_waits_for_its_key(world: World, terms: dict[str, str]) -> None:
    row = sealed(world, **terms)
    world.clock.now = row.closes_at
    for _ in range(2):
        survey_clock.run(world.services)
        world.clock.on(hours=1)
    until = show_time(row.closes_at + timedelta(days=14), "UTC")
    (said,) = [each for each in told(world, OWNER.user_id) if "takes no answers any more" in each]
    assert '"kind": "user", "id": "U0KEEPER"' in said
    assert f" is asked for the key, until {until}." in said
    (asked,) = [each for each in told(world, KEEPER.user_id) if "is over. Open it" in each]
    assert f"Without it, all is destroyed unopened {until}." in asked


@pytest.mark.parametrize(("asker", "times"), [(OWNER, 0), (Asker("U0ADMIN", admin=True), 1)])
def test_whoever_ends_it_hears_in_answer_that_it_waits_and_whoever_started_it_as_well(
    world: World, asker: Asker, times: int
) -> None:
    sealed(world)
    assert survey_close.by_hand(world.services, asker, "team-check").what == "sealed"
    survey_clock.run(world.services)
    assert len([each for each in told(world, OWNER.user_id) if "takes no answers any more" in each]) == times


def reminders(world: World) -> int:
    return len([each for each in told(world, KEEPER.user_id) if "team-check #1 still waits for you. Open it" in each])


def test_its_custodian_is_reminded_three_days_and_one_day_before_it_is_destroyed(world: World) -> None:
    row = sealed(world)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    until, found = row.closes_at + timedelta(days=14), []
    for left in (timedelta(days=3, seconds=1), timedelta(days=3), timedelta(days=2), timedelta(days=1), timedelta(hours=1)):
        world.clock.now = until - left
        for _ in range(2):
            survey_clock.run(world.services)
        found.append(reminders(world))
    assert found == [0, 1, 1, 2, 2]
    said = told(world, KEEPER.user_id)[-1]
    assert f"Without it, all is destroyed unopened {show_time(until, 'UTC')}." in said
    assert '"action": "pulse.unlock"' in said


def test_its_custodian_is_reminded_when_it_is_not_quiet_on_their_clock(world: World) -> None:
    quiet = replace(world.services.settings, quiet_hours=QuietHours(time(20), time(8)))
    world.services = replace(world.services, settings=quiet)
    row = sealed(world)
    with world.services.db.begin() as connection:
        keep_zone(connection, KEEPER.user_id, "Asia/Tokyo", at=world.clock.now)
    world.clock.now, until = row.closes_at, row.closes_at + timedelta(days=14)
    survey_clock.run(world.services)
    for hour, times in ((13, 0), (22, 0), (23, 1)):
        world.clock.now = (until - timedelta(days=2)).replace(hour=hour)
        for _ in range(2):
            survey_clock.run(world.services)
        assert reminders(world) == times, hour


def test_whoever_missed_the_first_reminder_hears_the_last_alone_and_none_once_it_is_opened(world: World) -> None:
    row = sealed(world)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    world.clock.on(days=13, hours=1)
    survey_clock.run(world.services)
    assert reminders(world) == 1
    survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)
    world.clock.on(hours=1)
    survey_clock.run(world.services)
    assert reminders(world) == 1


def test_what_its_custodian_was_not_told_is_named_to_whoever_started_it(world: World) -> None:
    row = sealed(world)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    world.clock.on(days=12)
    survey_clock.run(world.services)
    with world.services.db.read() as connection:
        subjects = {each.subject for each in outbox.everything(connection) if each.target == KEEPER.user_id}
    assert subjects == {
        "That team-check #1 is sealed to them",
        "That team-check #1 waits for their key",
        "That team-check #1 still waits for their key",
    }


def test_a_custodian_who_was_asked_late_has_as_long_and_is_reminded_as_well(world: World) -> None:
    """As if nothing had run for longer than a key is waited for."""
    row = sealed(world)
    world.clock.now = row.closes_at + timedelta(days=20)
    survey_clock.run(world.services)
    assert world.row(row.id).state == "open"
    assert len([each for each in told(world, KEEPER.user_id) if "Open it" in each]) == 1
    world.clock.on(days=13, seconds=1)
    survey_clock.run(world.services)
    assert (world.row(row.id).state, reminders(world)) == ("open", 1)
    world.clock.on(days=1)
    survey_clock.run(world.services)
    assert world.row(row.id).receipt["why"] == "its key was not given in time"


def test_without_its_key_it_is_destroyed_unopened_after_two_weeks(world: World) -> None:
    row = sealed(world)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    world.clock.on(days=14, seconds=-1)
    survey_clock.run(world.services)
    assert world.row(row.id).state == "open"
    world.clock.on(seconds=1)
    survey_clock.run(world.services)
    world.clean()
    ended = world.row(row.id)
    assert (ended.state, ended.cleaned, ended.receipt["why"]) == ("unopened", True, "its key was not given in time")
    for whom, is_started_again in ((OWNER, True), (KEEPER, False)):
        about = [e for e in told(world, whom.user_id) if "destroyed unopened: its key was not given in time." in e]
        (said,) = [each for each in about if "keys destroyed" in each]
        assert ("Start it again" in said) is is_started_again
    with pytest.raises(
        Conflict, match="team-check #1 was destroyed unopened on Fri 11 Dec 2026 10:00 UTC: its key was not given"
    ):
        survey_close.unlock(world.services, KEEPER, row.id, PRIVATE)


def test_its_custodian_hears_that_an_admin_threw_it_away_while_it_waited_for_their_key(world: World) -> None:
    row = sealed(world)
    world.clock.now = row.closes_at
    survey_clock.run(world.services)
    survey_close.throw_away(world.services, Asker("U0ADMIN", admin=True), "team-check")
    world.clean()
    about = [e for e in told(world, KEEPER.user_id) if "destroyed unopened: thrown away unread" in e]
    (said,) = [each for each in about if "keys destroyed" in each]
    assert '"id": "U0ADMIN"' in said
    assert "Start it again" not in said


def test_beside_earlier_results_stands_that_a_later_wave_waits_for_its_key(world: World) -> None:
    world.all_answer(world.open(), EVERYBODY[:11])
    world.close()
    world.clean()
    row = sealed(world)
    assert survey_results.results(world.services, OWNER, "team-check").since.startswith("team-check #2 is open until")
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check")
    assert found.label == "team-check #1"
    until = show_time(survey_waves.key_until(world.row(row.id)), "UTC")
    assert found.since.startswith(f"team-check #2 is over and waits for the key of its custodian, until {until}")
    assert survey_results.results(world.services, OWNER, "team-check", "1").since == ""


def test_a_wave_that_was_opened_before_the_halves_had_names_opens_with_either_spelling(world: World) -> None:
    row = sealed(world)
    contract = load(row.contract)
    old = replace(contract, public_key=PUBLIC.removeprefix("public-"))
    survey_close._insist_is_key(PRIVATE, old)
    survey_close._insist_is_key(PRIVATE.removeprefix("private-"), old)
    survey_close._insist_is_key(PRIVATE.removeprefix("private-"), contract)
    assert world.close() == "sealed"
    assert survey_close.unlock(world.services, KEEPER, row.id, PRIVATE.removeprefix("private-")).answered == 11


def test_what_no_key_opens_is_named(world: World) -> None:
    plain = world.open()
    with pytest.raises(Conflict, match="team-check #1 is not sealed, so no key opens it"):
        survey_close.locked(world.services, KEEPER, plain.id)
    with pytest.raises(NoWave, match="Barometer has no wave of that number"):
        survey_close.locked(world.services, KEEPER, 99)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({}, "needs somebody who keeps its key"),
        ({"custodian": "U0KEEPER"}, "needs somebody who keeps its key"),
        ({"custodian": OWNER.user_id, "public_key": PUBLIC}, "Somebody else than you"),
        ({"custodian": "U0KEEPER", "public_key": "nonsense"}, ""),
        ({"custodian": KEEPER.user_id, "public_key": PRIVATE}, "That is the private half of a key"),
        ({"custodian": KEEPER.user_id, "public_key": "A" * 52}, "Nothing can be sealed to that key"),
    ],
)
def test_it_needs_a_second_person_with_a_key(world: World, terms: dict[str, str], why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        world.open(mode="sealed", **terms)
    assert why in refused.value.text


def test_it_is_filled_in_on_one_page_or_not_started(world: World) -> None:
    ranked = "kind: ranking, ranked: 3, options: [{id: a, text: A}, {id: b, text: B}, {id: c, text: C}]"
    for name, length in (("short-one", 20), ("long-one", 60)):
        questions = "\n".join(f"      - {{id: q{n}, text: Question {n}, {ranked}}}" for n in range(length))
        head = f"apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n  - name: {name}\n    title: One\n    questions:\n"
        surveys.save(world.services, OWNER, head + questions)
    terms = {"mode": "sealed", "custodian": KEEPER.user_id, "public_key": PUBLIC}
    row = world.open("short-one", **terms)
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    assert (sheet.pages, len({each.name.partition(".")[0] for each in sheet.inputs})) == (1, 20)
    with pytest.raises(InvalidInput, match="filled in on one page"):
        world.open("long-one", **terms)
    assert world.open("long-one").state == "open"
