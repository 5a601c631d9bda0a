"""Surveys in the terminal: what was published, keys without a database, and benchmarks."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import ballots
from bot.domain.people import Asker
from bot.services import Services, survey_actions
from bot.settings import Settings
from handlers.cli import main
from handlers.terminal.words import in_terminal
from storage import Database
from storage.migrations import upgrade
from tests.conftest import NOW
from tests.services.survey_world import World, people, world_in


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    database = Database(database_url)
    upgrade(database)
    yield world_in(Services(database, replace(Settings(), survey_keys=tmp_path / "keys"), lambda: NOW))
    database.close()


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["surveys", *words])


def run(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.output


def closed(world: World, n: int = 12) -> None:
    row = world.open()
    world.all_answer(row, [m.user_id for m in people(n)])
    world.close()


def test_the_list_says_how_each_survey_stands(world: World) -> None:
    closed(world)
    assert "Team check: team-check #1 was closed" in run("list")
    found = {each["name"]: each for each in json.loads(run("list", "--json"))}
    assert found["team-check"]["latest"]["state"] == "closed"
    assert found["weekly-pulse"]["latest"] is None


def test_results_are_what_was_published_and_nothing_else(world: World) -> None:
    closed(world)
    assert "12 of 12 answered (100%)." in run("results", "team-check")
    found = json.loads(run("results", "team-check", "--json"))
    values = {(f["question"], f["figure"]): f["value"] for f in found["figures"] if f["group"] == "all"}
    assert values["goals", "n"] == 12
    assert values["goals", "mean"] == pytest.approx(25 * sum(n % 5 for n in range(12)) / 12, abs=0.01)
    assert found["receipt"]["invited"] == 12
    assert values["goals", "change_seen_from"] > 8
    assert found["changes"] == []
    assert "has no groups by team" in run("results", "team-check", "--by", "team")


def test_changes_are_numbers_for_programs(world: World) -> None:
    closed(world)
    closed(world)
    found = {each["question"]: each for each in json.loads(run("results", "team-check", "--json"))["changes"]}
    assert (found["goals"]["points"], found["goals"]["state"], found["goals"]["group"]) == (0, "none", "all")
    assert json.loads(run("results", "team-check", "--wave", "1", "--json"))["wave"] == "team-check #1"


def test_what_is_open_is_not_shown(world: World) -> None:
    world.open()
    result = call("results", "team-check")
    assert result.exit_code == 1
    assert "nothing is shown before it is closed" in result.output
    assert "There is no survey called “nobody”" in call("results", "nobody").output


def test_keys_need_no_database_and_open_what_is_sealed_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/nowhere/barometer.db")
    public, private = (line.strip() for line in run("keys").splitlines() if line.startswith("  "))
    assert ballots.public_of(private) == public
    assert ballots.unsealed(private, ballots.sealed(public, b"answers")) == b"answers"
    found = json.loads(run("keys", "--json"))
    assert ballots.public_of(found["private"]) == found["public"]
    assert found["private"] != private
    assert not (tmp_path / "nowhere").exists()


def test_a_benchmark_is_taken_up_from_a_file(world: World, tmp_path: Path) -> None:
    file = tmp_path / "engineers.json"
    file.write_text('{"title": "Engineers", "year": 2025, "top_quartile": 70, "source": "S", "licence": "CC BY 4.0"}')
    assert "engineers is kept: Engineers, 2025; top quartile 70 for engagement." in run("benchmark", str(file))
    file.write_text('{"title": "Engineers", "year": 2025, "top_quartile": "70", "source": "S", "licence": "CC BY 4.0"}')
    result = call("benchmark", str(file))
    assert result.exit_code == 1
    assert "top_quartile must be a score from 0 to 100; write a number such as 67.4, without quotes." in result.output


def test_what_is_said_in_slack_is_said_as_in_the_terminal() -> None:
    assert in_terminal("Say /pulse list to see them.") == "Say barometer surveys list to see them."
    assert in_terminal("/pulse results team wave=3") == "barometer surveys results team --wave 3"
    assert in_terminal("Start one with /pulse start team.") == "Start one with /pulse start team."


def test_results_report_on_actions(world: World) -> None:
    closed(world)
    given = {"add": "Fewer meetings", "owner": "U0ANA", "due": "2027-12-01"}
    survey_actions.add(world.services, Asker("U0OWNER"), "team-check", given)
    closed(world)
    assert "Fewer meetings, by @U0ANA" in run("results", "team-check")
