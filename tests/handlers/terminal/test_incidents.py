import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from bot.domain.people import Asker
from bot.services import Services, incidents
from bot.settings import Settings
from handlers.cli import main
from storage import Database
from storage.migrations import upgrade

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def team(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    database = Database(database_url)
    upgrade(database)
    yield Services(database, Settings(), lambda: NOW)
    database.close()


def run(*words: str) -> str:
    result = CliRunner().invoke(main, ["incidents", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_stats_are_numbers_for_programs(team: Services) -> None:
    for day, hours in ((2, 4), (3, 20), (4, 12)):
        times = {"started": f"2026-11-{day:02} 00:00", "detected": f"2026-11-{day:02} 01:00"}
        incidents.backfill(team, Asker("U0ANA"), f"n{day}", {**times, "resolved": f"2026-11-{day:02} {hours + 1:02}:00"})
    incidents.declare(team, Asker("U0ANA"), "runs", {"kind": "drill"})
    found = json.loads(run("stats", "--json"))
    assert found["mttd"] | {"n": 3, "mean": 1.0, "median": 1.0, "open": 0, "unit": "h", "ci": None} == found["mttd"]
    mttr = found["mttr"]
    assert (mttr["mean"], mttr["median"], mttr["n"], mttr["open"], mttr["unit"]) == (12.0, 12.0, 3, 0, "h")
    assert mttr["ci"] == [pytest.approx(0), pytest.approx(31.87, abs=0.01)]
    assert mttr["p90"] == pytest.approx(18.4)
    assert mttr["too_few"] is True
    assert found["mtta"]["mean"] is None
    assert found["left_out"] == {"drill": 1}
    assert "MTTR 12 h, n too small (3)" in run("stats")
    assert json.loads(run("stats", "--json", "--since", "2026-11-20"))["mttr"]["mean"] is None


def test_the_list(team: Services) -> None:
    assert "No incident is open." in run("list")
    incidents.declare(team, Asker("U0ANA"), "Scores are 0", {})
    assert "Scores are 0" in run("list")
    assert "Scores are 0" in run("list", "--all")
