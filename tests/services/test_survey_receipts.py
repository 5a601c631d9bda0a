"""The close receipt: said once, when the keys are gone and not before, where the results go and to whoever started the wave."""

from datetime import timedelta

import pytest

from bot.domain.parts import Inline, Mention, Part, Span, Text
from bot.domain.parts import plain as plain_part
from bot.domain.people import Asker
from bot.key_files import KeyFiles
from bot.presenters import pulse, pulse_ends, pulse_listing, pulse_results
from bot.services import survey_clock, survey_close, survey_results, survey_waves
from storage import Database, outbox, waves
from tests.services.survey_world import OWNER, World
from tests.services.test_survey_life import ADMIN, EVERYBODY, over, plain, run_until_cleaned, told, world

__all__ = ["world"]


def receipts(world: World, whom: str) -> list[str]:
    return [each for each in told(world, whom) if " invited, " in each]


def test_it_comes_once_the_keys_are_gone_and_only_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world, channel="C0RESULTS")
    with monkeypatch.context() as slow:
        slow.setattr(Database, "rewrite", lambda *_: False)
        ended = survey_close.by_hand(world.services, OWNER, "team-check")
        words = plain(pulse_ends.closed(ended, "UTC", may_see=True))
        assert "its keys are destroyed next. The results then go to C0RESULTS;" in words.replace("<#C0RESULTS>", "C0RESULTS")
        survey_clock.run(world.services)
        assert receipts(world, OWNER.user_id) == receipts(world, "C0RESULTS") == []
    run_until_cleaned(world, row)
    line = "12 invited, 11 opened, 1 figure suppressed, keys destroyed 2026-11-27."
    assert [f"team-check #1: {line}" in each for each in receipts(world, OWNER.user_id)] == [True]
    (results,) = receipts(world, "C0RESULTS")
    assert "11 of 12 answered (92%)." in results
    assert f"Close receipt: {line}" in results
    assert receipts(world, "C0TEAM") == [], "its people are thanked, and that is all"
    world.clock.on(days=31)
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, cleaned=False)  # as after two years, when what people wrote is deleted
    run_until_cleaned(world, row)
    assert len(receipts(world, OWNER.user_id)) == 1


def test_where_no_channel_is_named_the_results_go_to_each_viewer(world: World) -> None:
    row = over(world, viewers="U0BOSS U0HEAD")
    run_until_cleaned(world, row)
    for whom in (OWNER.user_id, "U0BOSS", "U0HEAD"):
        (said,) = receipts(world, whom)
        assert "11 of 12 answered (92%)." in said
        assert "Close receipt: 12 invited, 11 opened" in said
    with world.services.db.read() as connection:
        owners = {each.owner for each in outbox.everything(connection) if each.key.startswith("survey-receipt:")}
    assert owners == {OWNER.user_id}, "who hears of it if one does not arrive"


@pytest.mark.parametrize(
    ("terms", "to_starter", "to_asked"),
    [
        ({}, "Results go to you alone", "Results go to <U0OWNER>."),
        ({"viewers": "U0BOSS"}, "Results go to <U0OWNER>, <U0BOSS>", "Results go to <U0OWNER>, <U0BOSS>."),
        (
            {"channel": "C0RESULTS", "cuts": "group"},
            "Results go to <C0RESULTS>; <U0OWNER> may see them too, never of fewer than",
            "Results go to <C0RESULTS>, by group; <U0OWNER> may see them too.",
        ),
        (
            {"channel": "C0RESULTS", "viewers": "U0BOSS"},
            "Results go to <C0RESULTS>; <U0OWNER>, <U0BOSS> may see them too, never of fewer than",
            "Results go to <C0RESULTS>; <U0OWNER>, <U0BOSS> may see them too.",
        ),
    ],
)
def test_who_sees_the_results_is_told_to_whoever_starts_it_and_to_whoever_is_asked(
    world: World, terms: dict[str, str], to_starter: str, to_asked: str
) -> None:
    row = world.open(**terms)
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    assert any(to_starter in words_of(part) for part in pulse.started(opening, "UTC").parts)
    assert [words_of(part) for part in pulse.results_go(opening)] == [to_asked]
    said = told(world, EVERYBODY[0])[0]
    assert "Results go to" in said
    assert all(each in said for each in (opening.channel, *opening.viewers))
    shown = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "UTC")
    assert to_asked in [words_of(part) for part in shown.parts]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("de", "Die Ergebnisse gehen an <C0RESULTS>; auch für <U0OWNER>, <U0BOSS> sind sie zu sehen."),
        ("no", "Resultatene går til <C0RESULTS>; <U0OWNER>, <U0BOSS> kan også se dem."),
    ],
)
def test_who_sees_them_beside_a_channel_is_told_in_the_language_of_whoever_is_asked(
    world: World, language: str, says: str
) -> None:
    row = world.open(channel="C0RESULTS", viewers="U0BOSS")
    opening = survey_waves.described(row, survey_waves.survey_of(row))
    assert [words_of(part) for part in pulse.results_go(opening, language)] == [says]


def words_of(part: Part) -> str:
    spans = part.spans if isinstance(part, Text) else ()
    return "".join(f"<{each.id}>" if isinstance(each, Mention) else plain_span(each) for each in spans)


def plain_span(each: Inline) -> str:
    return each.text if isinstance(each, Span) else ""


def test_nobody_says_that_keys_are_destroyed_that_are_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world, channel="C0RESULTS")
    with monkeypatch.context() as dying:
        dying.setattr(KeyFiles, "destroy", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            survey_clock.run(world.services)
    assert (world.row(row.id).state, world.row(row.id).cleaned) == ("closed", False)
    said = " ".join(each for whom in (OWNER.user_id, "C0RESULTS", "C0TEAM") for each in told(world, whom))
    assert "11 of 12 answered" in said, "who was asked is thanked whatever comes of the keys"
    assert "keys are destroyed next" in said
    assert "keys are destroyed;" not in said
    assert "keys are destroyed." not in said
    assert "keys not destroyed yet." in shown(world, OWNER)
    assert " invited, " not in said


def test_of_a_wave_that_was_destroyed_unopened_whoever_started_it_sees_one(world: World) -> None:
    row = over(world, answers=3, channel="C0RESULTS")
    survey_clock.run(world.services)
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    run_until_cleaned(world, row)
    (receipt,) = receipts(world, OWNER.user_id)
    assert "12 invited, 0 opened, keys destroyed 2026-11-30. Its answers were destroyed unopened: too few answers." in receipt
    assert "Its answers were destroyed unopened: too few answers." in shown(world, OWNER)


def test_what_was_thrown_away_is_said_once_to_each_with_by_whom_and_how_to_go_on(world: World) -> None:
    row = over(world, viewers="U0BOSS")
    ended = survey_close.throw_away(world.services, ADMIN, "team-check")
    run_until_cleaned(world, row)
    assert world.row(row.id).receipt["by"] == ADMIN.user_id
    for whom in (OWNER.user_id, "U0BOSS"):
        (said,) = receipts_of_lost(world, whom)
        assert "12 invited, 0 opened, keys destroyed" in said
        assert '"kind": "user", "id": "U0ADMIN"' in said
        assert "Start it again" in said
    (thanked,) = told(world, "C0TEAM")
    assert '"kind": "user", "id": "U0ADMIN"' in thanked
    assert "Start it again" not in thanked
    message = pulse_ends.closed(ended, "UTC", may_see=True)
    assert words_of(message.parts[0]) == (
        "team-check #1 ended, and its answers are destroyed unopened: thrown away unread by <U0ADMIN>."
    )
    assert plain_part(message.parts[1]) == "[Start it again]"
    card = pulse_listing.shown(survey_results.standing(world.services, OWNER, "team-check"), "UTC")
    assert any("destroyed unopened: thrown away unread by <U0ADMIN>." in words_of(part) for part in card.parts)


def receipts_of_lost(world: World, whom: str) -> list[str]:
    """What somebody is told of the end; on PostgreSQL, where somebody else was at work, it comes before the receipt."""
    found = [each for each in told(world, whom) if "destroyed unopened: " in each]
    return found if world.services.db.is_sqlite else [each for each in found if " invited, " in each]


def test_a_channel_hears_once_that_its_results_were_destroyed(world: World) -> None:
    row = over(world, answers=3, channel="C0TEAM")
    assert world.close() == "extended"
    world.clock.now = world.row(row.id).closes_at
    survey_clock.run(world.services)
    run_until_cleaned(world, row)
    (said,) = receipts_of_lost(world, "C0TEAM")
    assert "too few answers." in said
    assert "Start it again" not in said
    (starter,) = receipts_of_lost(world, OWNER.user_id)
    assert "Start it again" in starter


def test_what_cannot_be_cleaned_up_at_once_is_said_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = over(world)
    monkeypatch.setattr(Database, "rewrite", lambda *_: False)
    survey_close.throw_away(world.services, ADMIN, "team-check")
    (said,) = [each for each in told(world, OWNER.user_id) if "destroyed unopened: " in each]
    assert "keys destroyed" not in said
    monkeypatch.undo()
    run_until_cleaned(world, row)
    both = [each for each in told(world, OWNER.user_id) if "destroyed unopened: " in each]
    assert sorted("keys destroyed" in each for each in both) == [False, True]


def test_it_stands_in_what_is_shown_to_those_who_may_see_it(world: World) -> None:
    world.invite_all(over(world))
    world.close()
    line = "12 invited, 11 opened, 1 figure suppressed, keys destroyed 2026-11-27."
    assert f"Close receipt of team-check #1: {line}" in shown(world, OWNER)
    assert f"Close receipt of team-check #1: {line}" in shown(world, ADMIN)
    assert "receipt" not in shown(world, Asker(EVERYBODY[0]))
    found = pulse_results.results(survey_results.results(world.services, OWNER, "team-check"))
    assert f"Close receipt: {line}" in [plain_part(part) for part in found.parts]


def test_keys_that_were_lost_are_not_said_to_be_destroyed(world: World) -> None:
    row = over(world)
    KeyFiles(world.services.settings.survey_keys)._path(row.key_id).unlink()
    survey_close.throw_away(world.services, ADMIN, "team-check")
    world.clock.on(days=30)
    run_until_cleaned(world, row)
    (receipt,) = receipts(world, OWNER.user_id)
    assert "12 invited, 0 opened, keys lost. Its answers were destroyed unopened: thrown away unread." in receipt
    assert world.clock.now - row.closes_at >= timedelta(days=30)


def shown(world: World, asker: Asker) -> str:
    return plain(pulse_listing.shown(survey_results.standing(world.services, asker, "team-check"), "UTC"))
