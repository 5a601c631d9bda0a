"""Thanks to those who were asked, with the response rate, and without a word of what they answered."""

from bot.services import survey_close
from storage import outbox
from tests.services.survey_world import OWNER, World
from tests.services.test_survey_life import EVERYBODY, over, told, world

__all__ = ["world"]


def test_the_people_of_a_channel_are_thanked_there_and_told_nothing_else(world: World) -> None:
    over(world)
    assert world.close() == "closed"
    thanked = told(world, "C0TEAM")
    assert len(thanked) == 1
    assert "Thank you: 11 of 12 answered “Team check” (92%)." in thanked[0]
    assert "pulse.results" not in thanked[0]


def test_results_that_go_to_the_channel_that_was_asked_are_said_once(world: World) -> None:
    row = world.open(channel="C0TEAM")
    world.all_answer(row, EVERYBODY[:11])
    world.close()
    said = told(world, "C0TEAM")[-1]
    assert "11 of 12 answered (92%). Thank you." in said
    assert "12 invited, 11 opened" in said
    assert not [each for each in told(world, "C0TEAM") if "Thank you: " in each]


def test_they_hear_that_too_few_answered(world: World) -> None:
    over(world, answers=3)
    assert world.close() == "extended"
    assert told(world, "C0TEAM") == [], "it goes on"
    world.clock.on(days=4)
    assert survey_close.by_hand(world.services, OWNER, "team-check").what == "unopened"
    assert "destroyed unopened: too few answers." in told(world, "C0TEAM")[0]


def test_everybody_who_sees_the_results_hears_of_them(world: World) -> None:
    over(world, viewers="U0BOSS U0HEAD")
    assert world.close() == "closed"
    for viewer in ("U0BOSS", "U0HEAD"):
        assert "11 of 12 answered (92%)." in told(world, viewer)[-1]


def test_people_who_were_chosen_by_name_are_not_thanked_in_a_channel(world: World) -> None:
    row = world.open(audience=" ".join(EVERYBODY))
    world.all_answer(row, EVERYBODY[:11])
    world.close()
    assert told(world, "C0TEAM") == []


def test_the_people_of_several_channels_are_thanked_in_each(world: World) -> None:
    over(world, audience="C0TEAM <#G0OTHER|other> C0RESULTS", channel="C0RESULTS")
    assert world.close() == "closed"
    for channel in ("C0TEAM", "G0OTHER"):
        (thanked,) = told(world, channel)
        assert "Thank you: 11 of 12 answered “Team check” (92%)." in thanked
    said = told(world, "C0RESULTS")[-1]
    assert "11 of 12 answered (92%). Thank you." in said, "so that those of this channel are thanked as well"
    assert "12 invited, 11 opened" in said


def test_where_others_than_those_of_channels_were_asked_no_channel_is_thanked(world: World) -> None:
    over(world, audience="C0TEAM S0GROUP")
    assert world.close() == "closed"
    assert told(world, "C0TEAM") == []


def test_thanks_that_could_not_be_posted_are_told_to_nobody_as_if_results_were_lost(world: World) -> None:
    world.all_answer(world.open(), EVERYBODY[:11])
    world.close()
    with world.services.db.read() as connection:
        owners = {each.target: each.owner for each in outbox.everything(connection) if "Thank you" in each.payload}
        receipts = {each.owner for each in outbox.everything(connection) if "Close receipt" in each.payload}
    assert owners["C0TEAM"] == ""
    assert receipts == {OWNER.user_id}
