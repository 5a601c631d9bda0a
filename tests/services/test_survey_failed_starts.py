"""A start that failed: it uses up no number, hides no wave before it, and is told of where somebody looks for it."""

import re
from dataclasses import replace

import pytest

from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.presenters import pulse_courses, pulse_results
from bot.services import (
    Services,
    deliveries,
    survey_close,
    survey_opening,
    survey_people,
    survey_reminders,
    survey_results,
    survey_waves,
    surveys,
)
from storage import audit, outbox, waves
from storage import surveys as stored
from tests.services.survey_world import OWNER, Directory, World, people, world_in

ADMIN = Asker("U0ADMIN", admin=True)
EVERYBODY = [each.user_id for each in people(12)]
WHY = "team-check #2 could not be opened: of its audience 3 can be asked, and at least 5 are needed. Ask a larger one."


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


@pytest.fixture
def failing(world: World) -> World:
    """A wave that was counted, and a start after it that failed."""
    row = world.open()
    world.all_answer(row, EVERYBODY)
    world.close()
    everybody, world.directory = world.directory, Directory(people(3))
    assert world.open().state == "failed"
    world.directory = everybody
    return world


def test_it_says_who_was_left_out_in_the_words_of_an_opening_and_counts_nobody_who_was_deleted_meanwhile(world: World) -> None:
    guests = tuple(replace(each, is_guest=True) for each in people(8)[6:])
    world.directory = Directory((*people(6), *guests))
    opening = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM"))
    survey_people.erase(world.services, Asker("U0003"))
    with world.services.db.begin() as connection:
        stored.opt_out(connection, "U0004")
    survey_opening.run(world.services, world.directory, str(opening.id))
    left_out = "2 guests, 1 who does not want to be asked left out"
    why = f"team-check #1 could not be opened: of its audience 4 can be asked, {left_out}, and at least 5 are needed."
    assert survey_results.standing(world.services, OWNER, "team-check").words.startswith(why)
    with world.services.db.read() as connection:
        (told,) = [each for each in outbox.everything(connection) if each.kind == "notice"]
    assert why in told.payload


def test_the_last_wave_stands_where_it_stood_with_why_the_newest_start_failed(failing: World) -> None:
    services = failing.services
    found = survey_results.standing(services, OWNER, "team-check")
    assert re.fullmatch(rf"team-check #1 was closed .+ {re.escape(WHY)}", found.words)
    assert (found.label, found.steps[:2]) == ("team-check #1", ("start", "results"))
    assert found.receipt["opened"] == 12
    (listed,) = [each for each in surveys.listing(services) if each.survey.name == "team-check"]
    assert survey_results.stands([listed], "UTC") == [found.words]
    for message in (
        pulse_results.results(survey_results.results(services, OWNER, "team-check")),
        pulse_courses.trend(survey_results.trend(services, OWNER, "team-check")),
    ):
        assert str(message.parts).count(WHY) == 1
    assert WHY not in str(pulse_results.results(survey_results.results(services, OWNER, "team-check", "1")).parts)


def test_it_uses_up_no_number_and_is_told_no_more_after_the_next(failing: World) -> None:
    failing.directory = Directory(people(3))
    again = failing.open()
    failing.directory = Directory(people(12))
    assert again.state == "failed"
    row = failing.open()
    assert row.number == 2
    assert survey_results.standing(failing.services, OWNER, "team-check").words.startswith("team-check #2 is open until")
    assert "could not" not in survey_results.standing(failing.services, OWNER, "team-check").words
    with failing.services.db.read() as connection:
        told = [
            (e.change.action, e.change.subject)
            for e in audit.entries(connection)
            if e.change.action in ("survey.start", "survey.failed")
        ]
    assert told[::-1] == [
        ("survey.start", "team-check #1"),
        *[("survey.start", "team-check #2"), ("survey.failed", "team-check #2")] * 2,
        ("survey.start", "team-check #2"),
    ]


def test_the_same_request_again_finds_what_failed(world: World) -> None:
    world.directory = Directory(people(3))
    terms = Terms(audience="C0TEAM")
    first = survey_waves.start(world.services, OWNER, "team-check", terms, key="once")
    with world.services.db.begin() as connection:
        assert survey_waves.give_up(world.services, connection, first.id, "team-check #1 could not be opened.")
    again = survey_waves.start(world.services, OWNER, "team-check", terms, key="once")
    assert (again.again, again.id, again.label) == (True, first.id, "team-check")
    with world.services.db.begin() as connection:
        assert not survey_waves.give_up(world.services, connection, first.id, "It failed twice.")


def test_whoever_started_what_failed_hears_of_it_or_it_has_not_failed_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process were killed between the two: what is taken up again says it then."""
    world.directory = Directory(people(3))
    with monkeypatch.context() as killed:
        killed.setattr(deliveries, "post", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.open()
    with world.services.db.read() as connection:
        (row,) = waves.running(connection)
        assert (row.state, outbox.everything(connection)) == ("opening", [])
    survey_opening.run(world.services, world.directory, str(row.id))
    with world.services.db.read() as connection:
        (told,) = outbox.everything(connection)
    assert (told.target, "of its audience 3 can be asked" in told.payload) == (OWNER.user_id, True)


def test_nothing_says_of_a_start_that_failed_that_it_was_never_asked(failing: World) -> None:
    for act in (survey_close.by_hand, survey_reminders.ask):
        with pytest.raises(BarometerError) as refused:
            act(failing.services, OWNER, "team-check")
        assert refused.value.text == f"team-check has no wave that is open. {WHY} Then say /pulse start team-check."


def test_nothing_says_of_what_was_destroyed_unopened_that_it_was_never_asked(world: World) -> None:
    world.open()
    survey_close.throw_away(world.services, ADMIN, "team-check")
    with pytest.raises(BarometerError) as refused:
        survey_close.by_hand(world.services, OWNER, "team-check")
    assert refused.value.text == (
        "team-check has no wave that is open. team-check #1 was destroyed unopened on Tue 24 Nov 2026: "
        "thrown away unread. Say /pulse start team-check to ask again."
    )


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(audience="<@U0001> <@U0002>"), "2 people are named, and at least 5 are needed; name more of them"),
        (Terms(audience="U0001"), "1 person is named, and at least 5 are needed"),
        (
            Terms(audience="U0001 U0002 U0003 U0004 U0005", viewers="U0003"),
            "5 people are named, and at least 6 are needed, as one of them sees the results",
        ),
        (Terms(file="person\nU0001\nU0002\nU0003\nU0004\n"), "4 people are named, and at least 5 are needed"),
    ],
)
def test_too_few_who_are_named_one_by_one_are_refused_at_once(world: World, terms: Terms, said: str) -> None:
    for start in (survey_waves.start, survey_waves.check):
        with pytest.raises(InvalidInput) as refused:
            start(world.services, OWNER, "team-check", terms)
        assert said in refused.value.text
        assert refused.value.field == ("file" if terms.file else "audience")
    assert survey_results.standing(world.services, OWNER, "team-check").words == "It was not asked yet."


def test_as_many_as_are_needed_may_be_named(world: World) -> None:
    assert world.open(audience="U0001 U0002 U0003 U0004 U0005").state == "open"


def test_where_there_are_no_results_it_is_said_what_became_of_the_survey(world: World) -> None:
    def why() -> str:
        with pytest.raises(BarometerError) as refused:
            survey_results.results(world.services, OWNER, "team-check")
        return refused.value.text

    assert why() == "team-check has no wave with results. Start one with /pulse start team-check."
    world.directory = Directory(people(3))
    world.open()
    assert "of its audience 3 can be asked" in why()
    world.directory = Directory(people(12))
    world.open()
    assert why().endswith("One is open; nothing is shown before it is closed.")
    survey_close.throw_away(world.services, ADMIN, "team-check")
    assert "team-check #1 was destroyed unopened on" in why()


def test_a_guest_of_whom_that_was_not_known_before_opens_no_wave(services: Services) -> None:
    world = world_in(services)
    first, *rest = people(12)
    world.directory = Directory((replace(first, is_guest=True), *rest))
    row = world.open(asker=Asker(first.user_id))
    assert row.state == "failed"
    assert "Guests cannot start, schedule or change surveys" in str(row.receipt["why"])
