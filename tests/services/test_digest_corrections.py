"""A published figure that is corrected: told once in the thread in which it stood, and first thing in the next digest."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.observations import Decision, Observation
from bot.domain.parts import load, plain
from bot.domain.people import SYSTEM
from bot.services import Services, digests
from storage import observations
from storage.tables import delivery, observation, publication
from tests.services.digest_world import NOW, at, record, record_weeks, settle

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def team(services: Services, tmp_path: Path) -> Services:
    return settle(services, tmp_path)


@pytest.fixture
def figures(team: Services) -> list[Observation]:
    return record_weeks(team, "restore-time", ["18", "20"])


@pytest.fixture
def root(team: Services, figures: list[Observation]) -> str:
    """The id of a digest that was sent."""
    done = digests.send(team, SYSTEM, "team-weekly")
    digests.build(team, done.run)
    with team.db.begin() as connection:
        connection.execute(
            delivery.update()
            .where(delivery.c.subject == done.run)
            .values(state="sent", sent_at=NOW, channel="C0TEAM", ts="1.1")
        )
        query = select(delivery.c.id).where(delivery.c.subject == done.run, delivery.c.parent_id.is_(None))
        return str(connection.execute(query).scalar_one())


def correct(team: Services, was: Observation, hours: str, note: str = "two incidents reopened", days: int = 0) -> Observation:
    moment = LATER + timedelta(days=days)
    return record(team, "restore-time", was.period, at=moment, supersedes=was.id, note=note, hours=hours)


def in_thread(team: Services, root: str) -> list[str]:
    with team.db.read() as connection:
        query = select(delivery).where(delivery.c.parent_id == root, delivery.c.key.startswith("correction:"))
        rows = list(connection.execute(query.order_by(delivery.c.created_at, delivery.c.id)))
    return ["\n".join(plain(part) for part in load(row.payload).parts) for row in rows]


def test_a_correction_is_told_once_where_the_figure_stood(team: Services, figures: list[Observation], root: str) -> None:
    assert digests.tell_corrections(team) == []
    correct(team, figures[-1], "26")
    assert len(digests.tell_corrections(team)) == 1
    assert digests.tell_corrections(team) == []
    assert in_thread(team, root) == [
        "Corrected since this was posted\nTime to restore week 47, 2026: 26 h, was 20 h: two incidents reopened"
    ]


def test_a_second_correction_is_told_again(team: Services, figures: list[Observation], root: str) -> None:
    first = correct(team, figures[-1], "26")
    (notice,) = digests.tell_corrections(team)
    with team.db.begin() as connection:
        values = {"state": "sent", "sent_at": LATER, "channel": "C0TEAM", "ts": "1.2"}
        connection.execute(delivery.update().where(delivery.c.id == notice).values(**values))
    correct(team, first, "28", note="and a third", days=1)
    digests.tell_corrections(at(team, LATER + timedelta(days=1)))
    assert in_thread(team, root)[1].endswith("28 h, was 26 h: and a third")
    assert digests.tell_corrections(team) == []


def test_two_corrections_before_the_first_is_told_are_one(team: Services, figures: list[Observation], root: str) -> None:
    correct(team, correct(team, figures[-1], "26"), "28", note="recounted", days=1)
    digests.tell_corrections(team)
    assert in_thread(team, root) == [
        "Corrected since this was posted\nTime to restore week 47, 2026: 28 h, was 20 h: recounted"
    ]


def test_a_figure_that_was_not_in_the_digest_is_not_told(team: Services, figures: list[Observation], root: str) -> None:
    correct(team, figures[0], "19")
    assert digests.tell_corrections(team) == []
    assert in_thread(team, root) == []


def test_a_correction_to_the_same_figure_is_nothing_to_tell(team: Services, figures: list[Observation], root: str) -> None:
    correct(team, figures[-1], "20", note="the source was named wrong")
    assert digests.tell_corrections(team) == []
    assert in_thread(team, root) == []
    with team.db.read() as connection:
        assert connection.execute(select(publication.c.correction_told_at)).scalar_one() is not None


@pytest.mark.parametrize(("outcome", "told"), [("approved", 1), ("rejected", 0)])
def test_a_provisional_correction_is_told_when_it_is_approved(
    team: Services, figures: list[Observation], root: str, outcome: str, told: int
) -> None:
    new = correct(team, figures[-1], "26")
    with team.db.begin() as connection:
        provisional = dict(connection.execute(observation.select().where(observation.c.id == new.id)).mappings().one())
        del provisional["id"]
        provisional |= {"provisional": True, "supersedes": new.id, "value": 40}
        connection.execute(observation.insert().values(**provisional))
        waiting = connection.execute(select(observation.c.id).where(observation.c.supersedes == new.id)).scalar_one()
    digests.tell_corrections(team)
    assert "26 h, was 20 h" in in_thread(team, root)[0]
    with team.db.begin() as connection:
        notice = delivery.c.key.startswith("correction:")
        connection.execute(delivery.update().where(notice).values(state="sent", sent_at=LATER, channel="C0TEAM", ts="1.2"))
    assert digests.tell_corrections(team) == []
    with team.db.begin() as connection:
        observations.decide(connection, waiting, Decision(outcome, "U0OWNER", LATER))  # type: ignore[arg-type]
    assert len(digests.tell_corrections(team)) == told


def test_a_digest_that_has_not_arrived_is_told_nothing(team: Services, figures: list[Observation], root: str) -> None:
    with team.db.begin() as connection:
        connection.execute(delivery.update().values(state="due", sent_at=None))
    correct(team, figures[-1], "26")
    assert digests.tell_corrections(team) == []


@pytest.mark.usefixtures("root")
def test_the_next_digest_names_the_correction(team: Services, figures: list[Observation]) -> None:
    correct(team, figures[-1], "26")
    team = at(team, MONDAY)
    said = digests.preview(team, SYSTEM, "team-weekly")
    text = "\n".join(plain(part) for part in said.parts)
    assert "Corrected since it was published" in text
    published = "(published Tue 24 Nov 2026 11:00 Europe/Oslo)"
    assert f"Time to restore week 47, 2026: 26 h, was 20 h {published}: two incidents reopened" in text


@pytest.mark.usefixtures("root")
def test_a_correction_is_named_in_one_digest_only(team: Services, figures: list[Observation]) -> None:
    correct(team, figures[-1], "26")
    team = at(team, MONDAY)
    for run in digests.fire(team):
        digests.build(team, run)
    said = digests.preview(at(team, MONDAY + timedelta(days=7)), SYSTEM, "team-weekly")
    assert "Corrected since it was published" not in "\n".join(plain(part) for part in said.parts)
