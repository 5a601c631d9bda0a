import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.domain.people import SYSTEM
from bot.services import Services, definitions
from bot.settings import Settings
from handlers.cli import main
from storage import Database
from storage.migrations import upgrade

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`barometer kpis …` on a database with the shipped definitions."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BAROMETER_TIMEZONE", "Europe/Oslo")
    database = Database(database_url)
    upgrade(database)
    definitions.apply_files(Services(database, Settings(), lambda: datetime.now(UTC)), SYSTEM)
    database.close()
    return lambda *words: CliRunner().invoke(main, ["kpis", *words])


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def test_record_show_correct_history_and_why(run: Run) -> None:
    assert "Recorded: Mean time to resolve (MTTR) is 12.0 h for week" in said(
        run("record", "mttr", "hours=4,20,12", "period=last week")
    )
    assert "12.0 h for week" in said(run("show", "mttr"))
    assert "was 12.0 h" in said(run("correct", "mttr", "26", "reason=two incidents reopened"))
    told = said(run("history", "mttr"))
    assert told.index("26.0 h") < told.index("12.0 h")
    told = said(run("why", "mttr"))
    assert "two incidents reopened" in told
    assert "mttr version 1" in told


def test_every_reading_command_speaks_json(run: Run) -> None:
    made = json.loads(said(run("record", "mttr", "hours=4,20,12", "period=last week", "--json")))["recorded"]
    assert made["figures"]["value"] == "12"
    assert json.loads(said(run("show", "mttr", "--json")))["observation"]["id"] == made["id"]
    assert json.loads(said(run("history", "mttr", "--json")))[0]["id"] == made["id"]
    assert json.loads(said(run("why", "mttr", "--json")))["definition"]["formula"] == "mean(hours)"
    assert "mttr" in [each["kpi"] for each in json.loads(said(run("list", "reliability", "--json")))]


def test_list_draws_a_table(run: Run) -> None:
    assert "KPI" in said(run("list", "reliability"))
    assert "mttr" in said(run("list"))


def test_an_error_is_one_sentence(run: Run) -> None:
    result = run("show", "mtttr")
    assert result.exit_code == 1
    assert "mttr" in result.output
    assert "Traceback" not in result.output


def test_a_decimal_comma_is_asked_about(run: Run) -> None:
    result = run("record", "mttr", "hours=3,5", "period=last week")
    assert result.exit_code == 1
    assert "write one as 3.5, and several as 3, 5." in result.output
    assert json.loads(said(run("history", "mttr", "--json"))) == []


def test_a_field_that_lacks_its_quotes_is_asked_about(run: Run) -> None:
    result = run("record", "mttr", "3", "period=Nov", "2026")
    assert result.exit_code == 1
    assert 'as in period="Nov 2026".' in result.output
    assert "26.0 h" in said(run("record", "mttr", "period=last week", "26", "h"))


def test_import_checks_first_and_applies_when_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mttr.csv"
    file.write_text("period,hours\n2026-W40,4;20\n2026-W41,x\n")
    result = run("import", "mttr", str(file), "--apply")
    assert result.exit_code == 1
    assert "1 line is not right, so nothing was recorded" in result.output
    file.write_text('period,hours\n2026-W40,"4, 20"\n2026-W41,8\n')
    assert "say it again with --apply" in said(run("import", "mttr", str(file)))
    assert json.loads(said(run("history", "mttr", "--json"))) == []
    assert "Recorded 2 values" in said(run("import", "mttr", str(file), "--apply"))
    assert json.loads(said(run("import", "mttr", str(file), "--apply", "--json")))["already"] == 2
    assert said(run("export", "mttr")).count("\n") == 3


@pytest.mark.parametrize("words", [("why", "mttr", "--observation", "9" * 24), ("history", "mttr", "--limit", "0")])
def test_a_number_out_of_bounds_is_refused(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "is not in the range" in result.output


def test_a_database_that_nobody_migrated_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    result = CliRunner().invoke(main, ["kpis", "list"])
    assert result.exit_code == 1
    assert "Run barometer migrate" in result.output


def test_a_digest_goes_to_an_id_only(run: Run) -> None:
    result = CliRunner().invoke(main, ["digest", "send", "ops-daily", "--channel=<!channel>"])
    assert result.exit_code == 1
    assert "not the id of a channel" in result.output
