"""What is done because of a survey, and until when."""

from datetime import UTC, datetime

import pytest

from bot.domain.errors import InvalidInput
from bot.services import survey_actions
from storage import outbox
from tests.services.survey_world import OWNER, World
from tests.services.test_survey_results import high, play, world

__all__ = ["world"]


@pytest.mark.parametrize(
    ("due", "on"), [("21d", "2026-12-18"), ("2026-12-18", "2026-12-18"), ("tomorrow", "2026-11-28"), ("today", "2026-11-27")]
)
def test_an_action_is_due_in_so_many_days_or_on_a_date(world: World, due: str, on: str) -> None:
    play(world, high())
    world.clock.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    made = survey_actions.add(world.services, OWNER, "team-check", {"add": "Less", "owner": "U0ANA", "due": due})
    assert [each.due_on.isoformat() for each in made.found] == [on]


@pytest.mark.parametrize(
    ("due", "words"), [("soon", "such as due=21d"), ("2026-11-26", "has passed"), ("31 feb 2027", "such as due=21d")]
)
def test_an_action_without_a_day_to_come_is_refused(world: World, due: str, words: str) -> None:
    play(world, high())
    world.clock.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=words):
        survey_actions.add(world.services, OWNER, "team-check", {"add": "Less", "owner": "U0ANA", "due": due})


def told(world: World, user: str) -> list[str]:
    with world.services.db.read() as connection:
        found = outbox.everything(connection)
    return [each.payload for each in found if each.target == user and "An action is yours" in each.payload]


def test_an_owner_is_told_that_an_action_is_theirs_and_whoever_noted_their_own_is_not(world: World) -> None:
    play(world, high())
    world.clock.now = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    survey_actions.add(world.services, OWNER, "team-check", {"add": "Less", "owner": "U0ANA", "due": "21d"})
    survey_actions.add(world.services, OWNER, "team-check", {"add": "More", "owner": OWNER.user_id, "due": "21d"})
    (said,) = told(world, "U0ANA")
    assert "An action is yours: Less, until Fri 18 Dec" in said
    assert told(world, OWNER.user_id) == []
