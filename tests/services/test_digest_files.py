"""Digests from files and from Slack: which of them counts, and what a change does to what is due."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.digest_answers import Form
from bot.domain.documents import DefinitionErrors
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, digests
from storage import audit
from storage import digests as store
from storage.digests import StoredDigest
from tests.services.digest_world import DIGESTS, NOW, at, settle


@pytest.fixture
def team(services: Services, tmp_path: Path) -> Services:
    return settle(services, tmp_path)


def stored(team: Services, name: str) -> StoredDigest:
    with team.db.read() as connection:
        found = store.get(connection, name)
    assert found
    return found


def test_the_shipped_digests_and_the_teams_own_are_there(team: Services) -> None:
    assert [name for name, _ in digests.names(team)] == [
        "executive-monthly",
        "executive-quarterly",
        "ops-daily",
        "product-weekly",
        "team-daily",
        "team-weekly",
    ]


def test_applying_the_same_files_again_changes_nothing(team: Services) -> None:
    before = stored(team, "team-weekly")
    assert digests.apply_files(at(team, NOW + timedelta(days=1))) == []
    assert stored(team, "team-weekly") == before


def test_what_was_set_in_slack_stays_until_its_file_changes(team: Services, tmp_path: Path) -> None:
    digests.schedule(team, SYSTEM, "team-weekly", Form(target="C0OTHER"))
    digests.schedule(team, SYSTEM, "ops-daily", Form(target="C0OPS"))
    assert digests.apply_files(team) == []
    assert stored(team, "team-weekly").target == "C0OTHER"
    (tmp_path / "digests.yaml").write_text(DIGESTS.replace("target: C0TEAM", "target: C0NEW"))
    assert digests.apply_files(team) == ["team-weekly", "team-daily"]
    assert (stored(team, "team-weekly").target, stored(team, "ops-daily").target) == ("C0NEW", "C0OPS")


def test_a_file_of_the_team_takes_the_place_of_a_shipped_one(team: Services, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(DIGESTS.replace("team-weekly", "ops-daily").replace("team-daily", "extra"))
    assert sorted(digests.apply_files(team)) == ["extra", "ops-daily"]
    assert stored(team, "ops-daily").target == "C0TEAM"


def test_a_new_hour_begins_now_and_any_other_change_leaves_what_is_due(team: Services, tmp_path: Path) -> None:
    later = at(team, NOW + timedelta(days=10))
    (tmp_path / "digests.yaml").write_text(
        DIGESTS.replace("title: Team, weekly", "title: New").replace("every: daily", "every: weekdays")
    )
    digests.apply_files(later)
    assert stored(team, "team-weekly").last_due == NOW
    assert stored(team, "team-daily").last_due == NOW + timedelta(days=10)


def test_a_wrong_file_changes_nothing(team: Services, tmp_path: Path) -> None:
    (tmp_path / "digests.yaml").write_text(DIGESTS.replace("C0TEAM", "C0NEW").replace("audience: ops", "audience: opps"))
    with pytest.raises(DefinitionErrors, match=r"digests.yaml:7: digests\[0\].audience: “opps” is not known"):
        digests.apply_files(team)
    assert stored(team, "team-weekly").target == "C0TEAM"


def test_the_yaml_to_keep_gives_the_same_digest(team: Services, tmp_path: Path) -> None:
    plan = digests.schedule(
        team,
        SYSTEM,
        "night-watch",
        Form("monthly last 22:00 Asia/Kolkata", "C0OPS", "ops", "reliability, success-rate", top="2"),
    )
    (tmp_path / "kept.yaml").write_text(plan.yaml)
    digests.apply_files(team)
    assert stored(team, "night-watch").source == plan.yaml


def test_a_plan_saves_nothing(team: Services) -> None:
    plan = digests.plan(team, SYSTEM, "team-weekly", Form("weekly friday 15:00"))
    assert len(plan.coming) == 3
    assert stored(team, "team-weekly").version == 1


def test_every_change_is_in_the_audit_log(team: Services) -> None:
    owner = Asker("U0OWNER")
    digests.schedule(team, owner, "team-weekly", Form(top="5"))
    digests.pause(team, owner, "team-weekly")
    digests.resume(team, owner, "team-weekly")
    digests.send(team, owner, "team-weekly")
    with team.db.read() as connection:
        lines = [entry.change for entry in audit.entries(connection, "team-weekly")]
    assert [line.action for line in reversed(lines)] == [
        "digest.apply",
        "digest.schedule",
        "digest.pause",
        "digest.resume",
        "digest.send",
    ]
    schedule = lines[3]
    assert schedule.before
    assert schedule.after
    assert "top: 3" in str(schedule.before["source"])
    assert "top: 5" in str(schedule.after["source"])


def test_what_went_to_a_person_is_in_the_history_of_those_concerned(team: Services) -> None:
    digests.send(team, SYSTEM, "team-weekly", "U0READER")
    assert len(digests.history(team, Asker("U0READER"), "team-weekly")) == 1
    assert len(digests.history(team, Asker("U0OWNER"), "team-weekly")) == 1
    assert digests.history(team, Asker("U0NOBODY"), "team-weekly") == []
