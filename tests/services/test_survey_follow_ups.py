"""Questions back to the authors of comments: only where they agreed, in daily batches, and whoever asks learns no name."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.ballots import Spoilt
from bot.domain.deliveries import Postponed, Unknown, Unreadable
from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.own_hours import QuietHours
from bot.domain.people import Asker
from bot.domain.survey_reports import AskedBack, Comment
from bot.services import Services, survey_clock, survey_follow_ups, survey_people, survey_results, survey_waves
from storage import outbox, wave_results
from storage.waves import StoredWave
from tests.services.posting import Box
from tests.services.survey_world import OWNER, Directory, World, people, world_in

AUTHOR = "U0003"


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_follow_ups.time, "sleep", lambda seconds: None)


@pytest.fixture
def row(world: World) -> StoredWave:
    """A closed wave with two comments: the author of one may be asked."""
    return closed_wave(world)


def closed_wave(world: World, channel: str = "", **terms: str) -> StoredWave:
    row = world.open(channel=channel, **terms)
    for number, member in enumerate(people(12)):
        world.answer(row, member.user_id, goals=str(1 + number % 5))
    world.answer(row, AUTHOR, goals="4", more="Fewer meetings", **{"more.ask": "yes"})
    world.answer(row, "U0004", goals="4", more="More daylight")
    world.close()
    return row


def comment(world: World, words: str = "Fewer meetings") -> str:
    found = survey_results.comments(world.services, OWNER, "team-check").found
    return next(each.id for each in found if each.text == words)


def ask(world: World, asker: Asker = OWNER) -> None:
    survey_follow_ups.ask(world.services, asker, comment(world), "Which of them?")


def batch(world: World, row: StoredWave, box: Box) -> None:
    for turn in ("", f" {world.clock.now:%H}"):
        survey_follow_ups.run(world.services, box, f"{row.id} {world.clock.now.date()}{turn}")


def told(world: World) -> list[str]:
    with world.services.db.read() as connection:
        return [each.payload for each in outbox.everything(connection) if each.key.startswith("follow:")]


def only(world: World, row: StoredWave) -> wave_results.FollowUp:
    with world.services.db.read() as connection:
        (found,) = [f for s in ("waiting", "asked", "told") for f in wave_results.follow_ups(connection, row.id, s)]
    return found


def test_a_question_reaches_its_author_and_the_answer_whoever_asked(world: World, row: StoredWave) -> None:
    ask(world)
    box = Box()
    assert box.posted == [], "not before the daily batch"
    batch(world, row, box)
    assert box.targets == [AUTHOR]
    survey_follow_ups.reply(world.services, AUTHOR, box.posted[0].id, "The long ones")
    assert told(world) == []
    assert only(world, row).reply_text == ""
    batch(world, row, box)
    (said,) = told(world)
    assert "The long ones" in said
    assert AUTHOR not in said
    assert len(box.posted) == 1
    assert only(world, row).state == "told"


def test_only_who_agreed_can_be_asked_and_only_by_a_viewer(world: World, row: StoredWave) -> None:
    with pytest.raises(survey_follow_ups.TooLateToAsk):
        survey_follow_ups.ask(world.services, OWNER, comment(world, "More daylight"), "Where?")
    for asker in (Asker("U0001"), Asker("U0ADMIN", admin=True)):
        with pytest.raises(NotAllowed):
            ask(world, asker)
    for words, says in ((" \n", "The question is missing; write what"), ("x" * 1001, "Ask in up to 1000 characters.")):
        with pytest.raises(InvalidInput, match=says):
            survey_follow_ups.ask(world.services, OWNER, comment(world), words)
    assert world.row(row.id).state == "closed"


def test_who_reads_comments_where_they_are_shown_is_offered_no_question_back(world: World) -> None:
    closed_wave(world, channel="C0TEAM")
    for asker, offered in ((OWNER, [True, False]), (Asker("U0003", frozenset({"member"})), [False, False])):
        found = survey_results.comments(world.services, asker, "team-check", channel="C0TEAM").found
        assert sorted([each.author is not None for each in found], reverse=True) == offered
        if asker != OWNER:
            with pytest.raises(NotAllowed):
                ask(world, asker)


def test_what_was_asked_and_answered_is_read_by_all_who_may_ask_and_by_nobody_else(world: World) -> None:
    row = closed_wave(world, channel="C0TEAM", viewers=f"{OWNER.user_id} U0BOSS")
    boss, member = Asker("U0BOSS"), Asker(AUTHOR, frozenset({"member"}))

    def read(asker: Asker) -> list[AskedBack]:
        found = survey_results.comments(world.services, asker, "team-check", channel="C0TEAM")
        return [each for asked in found.asked.values() for each in asked]

    ask(world)
    asked = AskedBack("Which of them?", OWNER.user_id, "")
    assert read(boss) == read(OWNER) == [asked]
    box = Box()
    batch(world, row, box)
    survey_follow_ups.reply(world.services, AUTHOR, box.posted[0].id, "The long ones")
    assert read(boss) == [asked], "not before it is told to whoever asked"
    batch(world, row, box)
    assert read(boss) == read(OWNER) == [replace(asked, answer="The long ones")]
    assert read(member) == []


def test_about_one_comment_three_questions_can_be_asked(world: World, row: StoredWave) -> None:
    for _ in range(survey_follow_ups.MOST_ASKED):
        assert [each.text for each in authored(world)] == ["Fewer meetings"]
        ask(world)
    assert authored(world) == [], "no more is offered"
    with pytest.raises(InvalidInput, match="3 questions were asked about this comment") as refused:
        ask(world)
    assert refused.value.field == "question"
    with world.services.db.read() as connection:
        assert len(wave_results.follow_ups(connection, row.id)) == 3


def test_questions_back_stand_in_the_order_in_which_they_were_asked(
    world: World, row: StoredWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(("f" * 32, "8" * 32, "0" * 32))
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(numbers))
    words = ["Which of them?", "And why?", "At what hour?"]
    for each in words:
        survey_follow_ups.ask(world.services, OWNER, comment(world), each)
    found = survey_results.comments(world.services, OWNER, "team-check").asked[comment(world)]
    assert [each.question for each in found] == words


def test_questions_of_one_batch_go_out_in_an_order_drawn_by_lot(world: World) -> None:
    """Else whoever sees messages go out one after another could tell which is about whose comment."""
    row = world.open()
    for number, member in enumerate(people(12)):
        world.answer(row, member.user_id, goals=str(1 + number % 5), more=f"Words {number}", **{"more.ask": "yes"})
    world.close()
    for each in authored(world):
        survey_follow_ups.ask(world.services, OWNER, each.id, f"About {each.text}?")
    box = Box()
    batch(world, row, box)
    with world.services.db.read() as connection:
        asked = [each.id for each in wave_results.follow_ups(connection, row.id, "asked")]
    went = [each.id for each in box.posted]
    assert sorted(went) == sorted(asked)
    assert went not in (asked, asked[::-1], sorted(asked))
    assert [each.target for each in box.posted] != box.targets, "which are sorted"


def authored(world: World) -> list[Comment]:
    return [each for each in survey_results.comments(world.services, OWNER, "team-check").found if each.author]


def test_nobody_but_the_author_can_answer_and_not_before_they_are_asked(world: World, row: StoredWave) -> None:
    ask(world)
    waiting = only(world, row).id
    with pytest.raises(survey_follow_ups.TooLateToAsk):
        survey_follow_ups.reply(world.services, AUTHOR, waiting, "Early")
    batch(world, row, Box())
    for user in ("U0004", OWNER.user_id):
        with pytest.raises(survey_follow_ups.TooLateToAsk):
            survey_follow_ups.reply(world.services, user, waiting, "Me")
    with pytest.raises(InvalidInput, match="300 characters"):
        survey_follow_ups.reply(world.services, AUTHOR, waiting, "x" * 1201)
    survey_follow_ups.reply(world.services, AUTHOR, waiting, "First")
    survey_follow_ups.reply(world.services, AUTHOR, waiting, "Second")
    batch(world, row, Box())
    assert "Second" in told(world)[0]
    with pytest.raises(survey_follow_ups.TooLateToAsk):
        survey_follow_ups.reply(world.services, AUTHOR, waiting, "Third")


def test_what_waits_is_sealed_and_looks_the_same_whoever_answered(world: World, row: StoredWave) -> None:
    ask(world)
    ask(world)
    box = Box()
    batch(world, row, box)
    first, second = (each.id for each in box.posted)

    def lying() -> dict[str, bytes | None]:
        with world.services.db.read() as connection:
            return {each.id: each.reply for each in wave_results.follow_ups(connection, row.id, "asked")}

    before = lying()
    survey_follow_ups.reply(world.services, AUTHOR, first, "Friday")
    after = lying()
    assert before.keys() == after.keys() == {first, second}
    assert all(before[each] != after[each] for each in before), "all have changed"
    assert len({len(each or b"") for each in (*before.values(), *after.values())}) == 1
    assert not any(b"Friday" in (each or b"") for each in after.values())
    with world.services.db.read() as connection:
        authors = [each.author for each in wave_results.comments(connection, row.id) if each.author]
    assert not any(AUTHOR.encode() in each for each in authors)


def test_a_batch_that_died_is_carried_again_and_nobody_is_asked_twice(world: World, row: StoredWave) -> None:
    ask(world)
    ask(world)
    box = Box()

    def die(_: object) -> None:
        if box.posted:
            raise SystemExit

    box.before = die
    with pytest.raises(SystemExit):
        batch(world, row, box)
    box.before = lambda envelope: None
    batch(world, row, box)
    assert len(box.posted) == len({each.id for each in box.posted}) == 2


@pytest.mark.parametrize("lost", [False, True])
def test_a_lost_answer_of_slack_is_looked_after(world: World, row: StoredWave, *, lost: bool) -> None:
    ask(world)
    box = Box(fails=[Unknown("timeout")], lost=lost)
    batch(world, row, box)
    assert len(box.posted) == 1


def test_where_nobody_can_look_it_is_said_once(world: World, row: StoredWave) -> None:
    ask(world)
    box = Box(fails=[Unknown("timeout")], lost=True, unread=[Unreadable("missing_scope")] * 2)
    batch(world, row, box)
    assert len(box.posted) == 1


def test_what_slack_never_takes_waits_for_the_next_batch(world: World, row: StoredWave) -> None:
    ask(world)
    box = Box(fails=[Postponed("500")] * survey_follow_ups.TRIES)
    batch(world, row, box)
    assert box.targets == []
    for _ in range(2):
        batch(world, row, box)
    assert (box.targets, only(world, row).state) == ([AUTHOR], "asked")


def test_one_batch_a_day_at_an_hour_of_its_own(world: World, row: StoredWave, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(world)
    put: list[str] = []

    def enqueue(_connection: object, _job: str, argument: str, job_id: str) -> None:
        if len(argument.split()) == 2:
            put.append(job_id)

    monkeypatch.setattr(survey_follow_ups.queue, "enqueue", enqueue)
    hours = set()
    for day in range(1, 9):
        world.clock.now = row.opens_at.replace(hour=0, minute=0) + timedelta(days=day)
        for _ in range(24):
            before = len(set(put))
            survey_follow_ups.fire(world.services)
            if len(set(put)) > before:
                hours.add(world.clock.now.hour)
            world.clock.on(hours=1)
    assert len(set(put)) == 8
    assert min(hours) >= 9
    assert max(hours) <= 17
    assert len(hours) > 2


def test_an_author_is_written_to_in_hours_of_their_own_and_the_database_shows_no_difference(world: World) -> None:
    """Though who was asked, and where they are, was destroyed at the close: the zone is sealed beside the name."""
    members = (replace(each, zone="Asia/Tokyo") if each.user_id == AUTHOR else each for each in people(12))
    world.directory = Directory(tuple(members))
    row = closed_wave(world)
    quiet = replace(world.services.settings, quiet_hours=QuietHours(time(20), time(8)))
    world.services = replace(world.services, settings=quiet)
    ask(world)
    box, seen = Box(), set[bytes | None]()
    world.clock.now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # Wednesday, 21:00 in Tokyo
    batch(world, row, box)
    for hour in range(13, 27):
        assert box.posted == [], f"it is {(hour + 8) % 24}:00 there"
        assert only(world, row).state == "asked", "as if it had reached them"
        seen.add(only(world, row).reply)
        world.clock.on(hours=1)
        survey_follow_ups.run(world.services, box, f"{row.id} day {world.clock.now:%H}")
        if world.clock.now.hour == 23:
            break
    assert box.targets == [AUTHOR], "08:00"
    seen.add(only(world, row).reply)
    assert len(seen) == 12, "sealed anew each hour"
    assert len({len(each or b"") for each in seen}) == 1
    survey_follow_ups.reply(world.services, AUTHOR, box.posted[0].id, "The long ones")
    survey_follow_ups.run(world.services, box, f"{row.id} day 00")
    assert told(world) == [], "when it was answered tells nobody where they are: it waits for the batch"
    batch(world, row, box)
    assert "The long ones" in told(world)[0]
    assert len(box.posted) == 1


def test_after_thirty_days_the_key_is_gone_and_what_was_answered_by_then_is_told(world: World, row: StoredWave) -> None:
    closed = world.row(row.id).closes_at
    ask(world)
    box = Box()
    batch(world, row, box)
    survey_follow_ups.reply(world.services, AUTHOR, box.posted[0].id, "The long ones")
    with world.services.db.read() as connection:
        (author,) = [each.author for each in wave_results.comments(connection, row.id) if each.author]
    world.clock.now = closed + timedelta(days=30, seconds=-1)
    survey_follow_ups.fire(world.services)
    assert survey_waves.key_files(world.services).has(survey_follow_ups.reply_key(row))
    world.clock.on(seconds=1)
    for _ in range(2):
        survey_follow_ups.fire(world.services)
    assert "The long ones" in told(world)[0]
    assert list(world.services.settings.survey_keys.iterdir()) == []
    with world.services.db.read() as connection:
        assert [each.author for each in wave_results.comments(connection, row.id)] == [None, None]
    with pytest.raises(survey_follow_ups.TooLateToAsk):
        ask(world)
    with pytest.raises(Spoilt):
        survey_follow_ups.ballots.shown(b"0" * 32, comment(world), author)


def test_a_process_without_the_key_forgets_nobody(world: World, row: StoredWave) -> None:
    away = replace(world.services.settings, survey_keys=world.services.settings.survey_keys / "away")
    world.clock.now = world.row(row.id).closes_at + timedelta(days=31)
    survey_follow_ups.fire(replace(world.services, settings=away))
    with world.services.db.read() as connection:
        assert any(each.author for each in wave_results.comments(connection, row.id))
    survey_follow_ups.fire(world.services)
    with world.services.db.read() as connection:
        assert not any(each.author for each in wave_results.comments(connection, row.id))
    assert not survey_waves.key_files(world.services).has(survey_follow_ups.reply_key(row))


def test_after_two_years_neither_comment_nor_answer_is_in_the_ledger(world: World, row: StoredWave) -> None:
    ask(world)
    box = Box()
    batch(world, row, box)
    survey_follow_ups.reply(world.services, AUTHOR, box.posted[0].id, "The long ones")
    batch(world, row, box)
    world.clock.now = world.row(row.id).closes_at + survey_clock.KEPT
    survey_clock.run(world.services)
    assert len(told(world)) == 1
    world.clock.on(seconds=1)
    survey_clock.run(world.services)
    assert told(world) == []


def authors_of(world: World, row: StoredWave) -> dict[str, bytes]:
    with world.services.db.read() as connection:
        return {each.id: each.author for each in wave_results.comments(connection, row.id) if each.author is not None}


def test_who_is_deleted_is_not_asked_back_and_no_one_can_tell_whose_name_went(world: World) -> None:
    row = world.open()
    for member in people(12):
        asks = {"more.ask": "yes"} if member.user_id in (AUTHOR, "U0005") else {}
        world.answer(row, member.user_id, goals="4", more=f"By {member.user_id}", **asks)
    world.close()
    before = authors_of(world, row)
    for user in (AUTHOR, "U0005"):
        survey_follow_ups.ask(world.services, OWNER, comment(world, f"By {user}"), "Which of them?")
    survey_people.erase(world.services, Asker(AUTHOR))
    after = authors_of(world, row)
    assert before.keys() == after.keys()
    assert all(before[each] != after[each] for each in before), "all were sealed anew"
    assert len({len(each) for each in (*before.values(), *after.values())}) == 1
    box = Box()
    batch(world, row, box)
    assert box.targets == ["U0005"]


def test_who_does_not_want_to_be_asked_is_not_asked_back(world: World, row: StoredWave) -> None:
    survey_people.opt_out(world.services, Asker(AUTHOR))
    ask(world)
    box = Box()
    batch(world, row, box)
    assert box.targets == []
    survey_people.opt_in(world.services, Asker(AUTHOR))
    batch(world, row, box)
    assert box.targets == [AUTHOR]


def test_the_comment_is_shown_to_its_author_alone_and_stands_in_no_message(world: World, row: StoredWave) -> None:
    ask(world)
    box = Box()
    batch(world, row, box)
    assert "Fewer meetings" not in str(box.posted[0].message), "Slack keeps messages, with whom they are to"
    number = box.posted[0].id
    assert survey_follow_ups.asked(world.services, AUTHOR, number) == ("Fewer meetings", "Which of them?", "")
    survey_follow_ups.reply(world.services, AUTHOR, number, "That of Friday")
    assert survey_follow_ups.asked(world.services, AUTHOR, number)[2] == "That of Friday", "another would replace it"
    with pytest.raises(survey_follow_ups.TooLateToAsk):
        survey_follow_ups.asked(world.services, "U0004", number)
