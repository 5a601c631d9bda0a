"""When each of many people is written to, and by whom."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.domain.own_hours import QuietHours
from bot.domain.parts import plain
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.presenters import pulse as presenter
from bot.services import Services, survey_close, survey_opening, survey_waves, surveys
from storage import outbox
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, SURVEY, Directory, World, people, world_in


@pytest.fixture
def world(services: Services) -> World:
    return world_in(replace(services, settings=replace(services.settings, messages_per_second=4.0)))


def due(world: World) -> dict[str, datetime]:
    with world.services.db.read() as connection:
        return {row.target: row.due_at for row in outbox.everything(connection) if row.kind == "survey"}


def test_people_of_one_hour_are_written_to_in_the_pace_of_the_workspace(world: World) -> None:
    world.directory = Directory(people(250))
    world.open()
    moments = sorted(due(world).values())
    assert [moment - moments[0] for moment in moments] == [timedelta(seconds=n / 4) for n in range(250)]
    assert moments[0] == world.clock.now


def test_those_of_each_hour_begin_at_that_hour(world: World) -> None:
    zones = ("UTC", "Europe/Oslo", "America/New_York")
    world.directory = Directory(tuple(replace(p, zone=zones[n % 3]) for n, p in enumerate(people(9))))
    world.open(at="12:00")
    hours = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (11, 12, 17)]
    assert sorted(due(world).values()) == [hour + timedelta(seconds=n / 4) for hour in hours for n in range(3)]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [(1, "4 questions, under a minute; a comment if you wish."), (9, "36 questions, about 4 minutes; 9 comments if you wish.")],
)
def test_an_invitation_says_how_much_is_asked_and_how_long_it_takes(world: World, pages: int, expected: str) -> None:
    head, asked = SURVEY.split("    questions:\n")
    longer = asked.replace("id: ", "id: n{n}-")
    whole = head + "    questions:\n" + "".join(longer.replace("{n}", str(n)) for n in range(pages))
    surveys.save(world.services, Asker("U0ADMIN", admin=True), whole)
    world.open()
    with world.services.db.read() as connection:
        told = [row.payload for row in outbox.everything(connection) if row.kind == "survey"]
    assert len(told) == 12
    assert all(each.count(expected) == 2 for each in told), "once in the message, once in what a notification shows of it"


WIDE = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: wide
    questions:
      - {id: goals, kind: agree, text: I know our goals.}
      - {id: hours, kind: number, text: How long?}
      - {id: more, kind: comment, text: What else?}
"""
UNSHOWN = "2 of its 3 questions can show nothing: they need 10 answers, and 7 people are asked."


def started(world: World, n: int, **terms: str) -> tuple[str, str, str]:
    """What is said to whoever starts it, when it is open, and to those who are asked."""
    surveys.save(world.services, Asker("U0ADMIN", admin=True), WIDE)
    world.directory = Directory(people(n))
    opening = survey_waves.start(world.services, OWNER, "wide", Terms(**{"audience": "C0TEAM", **terms}))
    survey_opening.run(world.services, world.directory, str(opening.id))
    with world.services.db.read() as connection:
        sent = {row.kind: row.payload for row in outbox.everything(connection)}
    at_once = " ".join(plain(part) for part in presenter.started(opening, "UTC").parts)
    return at_once, sent["notice"], sent["survey"]


def test_what_so_few_cannot_show_is_said_to_whoever_starts_it_and_to_those_who_are_asked(world: World) -> None:
    at_once, when_open, invitation = started(world, 7)
    assert "can show nothing" not in at_once, "how many are in a channel is not known yet"
    assert "2 of its 3 questions can show nothing:" in when_open
    assert "they need 10 answers, and 7 people are asked." in when_open
    assert "Too few are asked to show anything of the answers to 2 of the 3 questions." in invitation


@pytest.mark.parametrize("named", ["audience", "file"])
def test_where_people_are_named_it_is_said_at_once(world: World, named: str) -> None:
    ids = [person.user_id for person in people(7)]
    terms = {"audience": " ".join(ids)} if named == "audience" else {"audience": "", "file": "\n".join(["person", *ids])}
    assert UNSHOWN in started(world, 7, **terms)[0]


def test_with_enough_people_nothing_is_said_of_it(world: World) -> None:
    assert all("can show" not in told and "Too few" not in told for told in started(world, 10))


def test_results_that_those_asked_can_see_take_one_answer_more(world: World) -> None:
    _, when_open, invitation = started(world, 10, channel="C0TEAM")
    assert "they need 11 answers, and 10 people are asked." in when_open
    assert "2 of the 3 questions" in invitation


def test_answers_with_names_are_seen_however_few_and_only_figures_are_not(world: World) -> None:
    _, when_open, invitation = started(world, 7, mode="attributed")
    assert "2 of its 3 questions can show no figures:" in when_open
    assert "Too few" not in invitation


def test_a_start_says_the_end_that_is_known_and_the_opening_the_one_that_is_kept(world: World) -> None:
    """At night: they are asked in the morning, and have as long as was said."""
    settings = replace(world.services.settings, quiet_hours=QuietHours(time(20), time(8)))
    world.services, world.clock.now = replace(world.services, settings=settings), datetime(2026, 11, 24, 22, tzinfo=UTC)
    opening = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM", closes="2h"), key="k")
    at_once = presenter.started(opening, "UTC").summary
    assert at_once == "team-check #1 is being opened; it closes Wed 25 Nov 2026 00:00 UTC at the earliest."
    survey_opening.run(world.services, world.directory, str(opening.id))
    kept = survey_waves.opened(world.row(opening.id))
    assert presenter.opened(kept, "UTC").summary.startswith("team-check #1 is open until Wed 25 Nov 2026 10:00 UTC: ")
    again = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM", closes="2h"), key="k")
    assert presenter.started(again, "UTC").summary.endswith("it closes Wed 25 Nov 2026 10:00 UTC.")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def halfway(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, StoredWave]:
    """A wave of twelve whose process was killed after it had written to eight."""
    written: list[str] = []
    whole = survey_opening._invite

    def invite(*given: Any, **more: Any) -> None:
        if len(written) == 10:
            raise Killed
        written.append("")
        whole(*given, **more)

    monkeypatch.setattr(survey_opening, "BATCH", 4)
    opening = survey_waves.start(world.services, OWNER, "team-check", Terms(audience="C0TEAM"))
    with monkeypatch.context() as patched:
        patched.setattr(survey_opening, "_invite", invite)
        with pytest.raises(Killed):
            survey_opening.run(world.services, world.directory, str(opening.id))
    assert len(due(world)) == 8, "what was not committed is not there"
    return world, world.row(opening.id)


def test_one_process_at_a_time_writes_the_invitations(halfway: tuple[World, StoredWave]) -> None:
    """Twenty that do the same would hold up one another, and everything that has to do with the wave."""
    world, row = halfway
    survey_opening.run(world.services, world.directory, str(row.id))
    assert len(due(world)) == 8, "it may still be at work"
    assert not world.row(row.id).told


def test_after_its_lease_another_goes_on_with_who_is_missing(
    halfway: tuple[World, StoredWave], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, row = halfway
    first = due(world)
    later = row.opens_at.replace(year=2100)
    monkeypatch.setattr(survey_opening.outbox, "clock", lambda _: later)
    written: list[str] = []
    whole = survey_opening._invite

    def invite(services: Any, connection: Any, held: Any, person: Any, **more: Any) -> None:
        written.append(person.user_id)
        whole(services, connection, held, person, **more)

    monkeypatch.setattr(survey_opening, "_invite", invite)
    survey_opening.run(world.services, world.directory, str(row.id))
    assert sorted(written) == sorted({member.user_id for member in world.directory.members} - set(first))
    assert first.items() <= due(world).items(), "who was written to before keeps their turn"
    assert len(due(world)) == 12
    moments = sorted(due(world).values())
    assert [moment - moments[0] for moment in moments] == [timedelta(seconds=n / 4) for n in range(12)], "as if it were one"
    ended = world.row(row.id)
    assert ended.told
    assert not {survey_opening.INVITING, survey_opening.FROM} & set(ended.receipt)


def test_who_was_overtaken_stops(halfway: tuple[World, StoredWave], monkeypatch: pytest.MonkeyPatch) -> None:
    world, row = halfway
    overtaken = survey_opening._Turn(world.services, row.id, until=row.receipt[survey_opening.INVITING])
    later = row.opens_at.replace(year=2100)
    with monkeypatch.context() as patched:
        patched.setattr(survey_opening.outbox, "clock", lambda _: later)
        survey_opening.invite(world.services, row.id)
    with world.services.db.begin() as connection:
        assert overtaken.keep(connection) is None


def test_a_wave_that_asked_nobody_takes_no_turn_of_the_questions(world: World) -> None:
    everybody, world.directory = world.directory, Directory(people(3))
    failed = world.open("weekly-pulse")
    assert failed.state == "failed"
    world.directory = everybody
    asked = []
    for n in range(3):
        row = world.open("weekly-pulse")
        asked.append([q.id for q in survey_waves.questions_of(row)])
        survey_close.throw_away(world.services, Asker("U0ADMIN", admin=True), "weekly-pulse")
        assert row.number == n + 1, "nor a number"
    survey = survey_waves.survey_of(failed)
    assert asked == [[q.id for q in survey.asked(turn)] for turn in (1, 2, 3)]
    assert len({*map(tuple, asked)}) == 3


def test_a_wave_from_before_turns_were_kept_asks_by_its_number(world: World) -> None:
    row = world.open("weekly-pulse")
    older = json.dumps({name: told for name, told in json.loads(row.contract).items() if name != "turn"})
    survey = survey_waves.survey_of(row)
    assert survey_waves.questions_of(replace(row, contract=older, number=2)) == survey.asked(2) != survey.asked(1)
