"""`barometer digest …`, as it is typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.services import Services
from bot.settings import Settings
from handlers.cli import main
from storage import Database, migrations
from tests.services.digest_world import NOW, record_weeks, settle


@pytest.fixture(autouse=True)
def _team(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'barometer.db'}"
    folder = tmp_path / "team"
    folder.mkdir()
    database = Database(url)
    migrations.upgrade(database)
    services = settle(Services(database, Settings(), lambda: NOW), folder)
    record_weeks(services, "restore-time", ["20", "30"])
    database.close()
    for name, value in {"DATABASE_URL": url, "BAROMETER_KPIS": str(folder), "BAROMETER_START_AT": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["digest", *words])


def test_the_list_says_when_and_where() -> None:
    line = next(x for x in typed("list").output.splitlines() if x.startswith("team-weekly"))
    assert "C0TEAM" in line
    assert line.endswith("every Monday at 09:00 Europe/Oslo; next: Mon 30 Nov 2026 09:00 Europe/Oslo")
    found = {each["name"]: each for each in json.loads(typed("list", "--json").output)}
    assert found["team-weekly"]["next_due"] == "2026-11-30T08:00:00+00:00"
    assert found["ops-daily"]["next_due"] is None


def test_a_preview_is_what_slack_would_show() -> None:
    text = typed("preview", "team-weekly").output
    assert "Time to restore (30 h, crossed its critical limit)" in text
    assert "Order of attention" not in text
    assert "Order of attention" in typed("preview", "team-weekly", "--details").output


def test_a_preview_as_json_has_its_thread() -> None:
    found = json.loads(typed("preview", "team-weekly", "--json").output)
    assert found["summary"].startswith("Team, weekly · week 47, 2026: 1 of")
    assert "✗ missed" in found["text"]
    assert any("Reliability" in reply["text"] for reply in found["thread"])


def test_what_is_sent_is_in_the_history() -> None:
    assert "Team, weekly goes to C0OPS" in typed("send", "team-weekly", "--channel", "C0OPS").output
    (line,) = json.loads(typed("history", "team-weekly", "--json").output)
    assert (line["digest"], line["target"], line["state"], line["asked_by"]) == ("team-weekly", "C0OPS", "queued", "terminal")
    assert "queued" in typed("history").output


def test_a_wrong_name_is_one_sentence() -> None:
    result = typed("preview", "team-wekly")
    assert result.exit_code == 1
    assert result.output == "Error: There is no digest called “team-wekly”. Did you mean team-weekly?\n"


def test_an_error_names_the_commands_of_the_terminal() -> None:
    refused = typed("send", "ops-daily")
    assert refused.exit_code == 1
    assert "say where, as in barometer digest send ops-daily --channel ID." in refused.output
