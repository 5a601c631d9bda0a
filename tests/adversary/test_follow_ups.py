"""Questions back to authors of comments: answered by them alone, and neither question nor reply tells who they are."""

from datetime import timedelta

import pytest

from bot.services import Services, survey_follow_ups, survey_results, survey_waves
from bot.services.survey_follow_ups import TooLateToAsk
from storage import outbox, wave_results
from tests.adversary.attacks import changed
from tests.adversary.looks import Eye
from tests.adversary.test_remains import holds
from tests.adversary.test_reminders import Poster
from tests.services.survey_world import OWNER, World, world_in

PEOPLE = [f"U{n:04}" for n in range(1, 13)]
AUTHOR, OTHER, REPLY = "U0007", "U0008", "canary-reply-66d2"


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def test_who_wrote_a_comment_stands_nowhere_though_they_are_asked_and_reply(world: World, eye: Eye) -> None:
    row = world.open()
    for user in PEOPLE:
        may_be_asked = {"more.ask": "yes"} if user in (AUTHOR, OTHER) else {}
        world.answer(row, user, goals="3", more="words", **may_be_asked)
    world.close()
    comments = survey_results.comments(world.services, OWNER, "team-check").found
    asked = [each for each in comments if each.author is not None]
    assert len({len(each.author or b"") for each in asked}) == 1
    poster = Poster()
    for each in asked:
        survey_follow_ups.ask(world.services, OWNER, each.id, "What do you mean?")
    for turn in ("day", "day 10"):
        survey_follow_ups.run(world.services, poster, f"{row.id} {turn}")
    assert set(poster.reached) == {AUTHOR, OTHER}
    mine = next(each.id for each in poster.posted if each.target == AUTHOR)
    before = eye.look()
    with pytest.raises(TooLateToAsk):
        survey_follow_ups.reply(world.services, OTHER, mine, REPLY)
    survey_follow_ups.reply(world.services, AUTHOR, mine, f"{REPLY}\0 and \ud800 more")
    after = eye.look()
    assert len(changed(before.rows["follow_up"], after.rows["follow_up"])) == len(asked), "each that waits has changed"
    assert holds(after.raw, REPLY) == []
    assert not any(user in str(each) for name in ("wave_comment", "follow_up") for each in after.rows[name] for user in PEOPLE)
    survey_follow_ups.run(world.services, poster, f"{row.id} later")
    with world.services.db.read() as connection:
        told = [each for each in outbox.everything(connection) if REPLY in each.payload]
    assert [each.target for each in told] == [OWNER.user_id]
    assert holds(told[0].payload.encode(), AUTHOR) == []
    world.clock.on(days=survey_follow_ups.KEPT / timedelta(days=1), hours=1)
    survey_follow_ups.fire(world.services)
    with world.services.db.read() as connection:
        assert [each.author for each in wave_results.comments(connection, row.id)] == [None] * len(PEOPLE)
    assert not survey_waves.key_files(world.services).has(survey_follow_ups.reply_key(row))
