"""`barometer check`, against a workspace and databases that are right, and wrong in each way."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.domain.checks import Finding
from bot.services import Services, checks, digests
from bot.settings import Settings
from handlers.slack import check as slack
from handlers.terminal.check import check
from playground.server import Playground
from storage import Database, migrations

MANIFEST = json.loads(slack.MANIFEST.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workspace() -> Iterator[Playground]:
    """A workspace with the app installed as the manifest says."""
    with Playground(manifest=MANIFEST, rate_limits=False) as running:
        yield running


@pytest.fixture
def settings(workspace: Playground, database_url: str) -> Settings:
    """Settings in which everything is right."""
    return Settings(
        slack_bot_token=workspace.bot_token,
        slack_app_token=workspace.app_token,
        slack_api_url=workspace.api_url,
        database_url=database_url,
        admins=frozenset({"U0ADMIN"}),
        admin_channel="C0BAROADM",
    )


def _slack(settings: Settings, channels: dict[str, str] | None = None) -> dict[str, Finding]:
    return {f.what: f for f in slack.findings(settings, channels or {})}


def _own(settings: Settings) -> dict[str, Finding]:
    database = Database(settings.database_url)
    try:
        return {f.what: f for f in checks.findings(Services(database, settings, lambda: pytest.fail("no clock is needed")))}
    finally:
        database.close()


def test_where_all_is_right_nothing_is_to_be_mended(settings: Settings) -> None:
    """Tokens, scopes, clock, way in, database, schema, definitions and admins."""
    database = Database(settings.database_url)
    migrations.upgrade(database)
    database.close()
    found = _own(settings) | _slack(settings, {"C0GENERAL": "digest x", "U0MLENG": "digest y"})
    assert {what: f.mend for what, f in found.items() if not f.ok} == {}
    expected = {"database", "schema", "definitions", "survey keys", "admins", "bot token", "scopes", "clock", "app token"}
    assert expected <= set(found)
    assert "27 KPIs, 4 digests and 8 surveys" in found["definitions"].state


def test_an_empty_database_is_told_to_be_migrated(settings: Settings) -> None:
    """The mend is a command."""
    assert "barometer migrate" in _own(settings)["schema"].mend


def test_a_database_that_cannot_be_reached_is_said_to_be(settings: Settings) -> None:
    """And so is what hangs on it."""
    found = _own(replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none"))
    assert "DATABASE_URL" in found["database"].mend
    assert not found["schema"].ok


def test_what_is_wrong_with_a_database_file_is_told(settings: Settings, tmp_path: Path) -> None:
    """No file of ours, or no folder for it: each with its own mend."""
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"not a database, " * 100)
    found = _own(replace(settings, database_url=f"sqlite:///{junk}"))["database"]
    assert (found.state, found.ok) == (f"{junk} is not a SQLite database, or is damaged", False)
    found = _own(replace(settings, database_url=f"sqlite:///{tmp_path / 'none' / 'b.db'}"))["database"]
    assert found.mend.startswith(f"create the folder {tmp_path / 'none'}, or let")


@pytest.mark.parametrize("token", ["xoxb-wrong", "xapp-1-playground-app", ""])
def test_a_wrong_bot_token_is_named(settings: Settings, token: str) -> None:
    """With what to copy from where."""
    finding = _slack(replace(settings, slack_bot_token=token))["bot token"]
    assert not finding.ok
    assert "token" in finding.mend or "xoxb-" in finding.mend


def test_a_bot_token_in_place_of_the_app_token_is_seen(settings: Settings, workspace: Playground) -> None:
    """The commonest mistake of all."""
    finding = _slack(replace(settings, slack_app_token=workspace.bot_token))["app token"]
    assert "xapp-" in finding.mend or "xoxb-" in finding.mend


def test_without_a_way_in_it_says_which_two_there_are(settings: Settings) -> None:
    """A socket or a secret."""
    finding = _slack(replace(settings, slack_app_token="", slack_signing_secret=""))["way in"]
    assert "SLACK_APP_TOKEN" in finding.state
    assert "HTTP" in finding.mend


def test_a_missing_scope_is_named(settings: Settings) -> None:
    """An app installed from an older manifest."""
    older = copy.deepcopy(MANIFEST)
    older["oauth_config"]["scopes"]["bot"].remove("files:read")
    with Playground(manifest=older) as workspace:
        finding = _slack(replace(settings, slack_api_url=workspace.api_url))["scopes"]
    assert finding.state == "missing files:read"
    assert "install the app again" in finding.mend


@pytest.mark.parametrize(
    ("channel", "says"),
    [("C0ATTIC", "archived"), ("C0NOWHERE", "no such channel"), ("C0SILENT", "is not in #silent")],
)
def test_a_channel_that_cannot_be_written_to_is_named(settings: Settings, channel: str, says: str) -> None:
    """With what it is used for."""
    from playground.cast import channels, people
    from playground.workspace import Channel, Workspace

    silent = Channel("C0SILENT", "silent", members=["U0ADMIN"])
    attic = next(c for c in channels() if c.id == "C0ATTIC")
    with Playground(workspace=Workspace(people(), [*channels(), silent]), manifest=MANIFEST) as workspace:
        workspace.workspace.channels[attic.id].members.append("U0BOT")
        finding = _slack(replace(settings, slack_api_url=workspace.api_url), {channel: "digest x"})[f"digest x: {channel}"]
    assert says in finding.state
    assert finding.mend


def test_slack_out_of_reach_is_said_to_be(settings: Settings) -> None:
    """The network, or the address."""
    finding = _slack(replace(settings, slack_api_url="http://127.0.0.1:9/api/"))["Slack"]
    assert "SLACK_API_URL" in finding.mend


def test_a_clock_that_is_off_is_said_to_be(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures expire, so it matters."""
    monkeypatch.setattr(slack, "_header", lambda _, name: "Mon, 23 Nov 2020 10:00:00 GMT" if name == "date" else "")
    assert "NTP" in _slack(settings)["clock"].mend


def test_the_channels_of_digests_are_looked_at(settings: Settings, services: Services) -> None:
    """Where a digest goes, and where failures are told."""
    digests.apply_files(services)
    with services.db.begin() as connection:
        from storage import digests as stored

        stored.change(connection, "ops-daily", target="C0MLOPS")
        stored.change(connection, "product-weekly", target="C0PRODUCT", paused=True)
    named = replace(services, settings=settings)
    assert checks.channels(named) == {"C0MLOPS": "digest ops-daily", "C0BAROADM": "admin channel"}


def _say(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(check, list(arguments), env=environment)


def test_the_terminal_says_it_line_by_line_and_fails(tmp_path: Path) -> None:
    """Something to mend is exit code 1, as text and as JSON."""
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "SLACK_BOT_TOKEN": "", "BAROMETER_ADMINS": "U0ADMIN"}
    said = _say(environment)
    assert said.exit_code == 1
    assert "ok    database: sqlite" in said.output
    assert "MEND  bot token: SLACK_BOT_TOKEN is not set" in said.output
    listed = json.loads(_say(environment, "--json").output)
    assert {"what": "admins", "state": "U0ADMIN", "mend": "", "ok": True} in listed


@pytest.mark.parametrize("environment", [{"PORT": "eighty"}, {"DATABASE_URL": "mysql://somewhere"}])
def test_bad_settings_are_a_finding_of_their_own(environment: dict[str, str]) -> None:
    """One sentence, no traceback."""
    said = _say(environment)
    assert said.exit_code == 1
    assert said.output.startswith("MEND  settings: ")


def test_a_wrong_definition_is_named_with_its_line(settings: Settings, tmp_path: Path) -> None:
    """As `barometer kpis validate` would."""
    (tmp_path / "team.yaml").write_text("apiVersion: barometer/v1\nkind: KPISet\nkpis:\n  - name: x\n")
    finding = _own(replace(settings, kpis=tmp_path))["definitions"]
    assert "team.yaml:4" in finding.state


def test_what_answers_and_is_not_slack_is_said_to_be_so(settings: Settings) -> None:
    """A wrong SLACK_API_URL, or a proxy that answers for Slack."""
    finding = _slack(replace(settings, slack_api_url=settings.slack_api_url.removesuffix("api/")))["bot token"]
    assert "SLACK_API_URL" in finding.mend


def test_keys_of_surveys_beside_the_database_or_nowhere_are_a_finding(settings: Settings, tmp_path: Path) -> None:
    beside = replace(settings, database_url=f"sqlite:///{tmp_path / 'x.db'}", survey_keys=tmp_path)
    assert _own(beside)["survey keys"].state == "they lie beside the database"
    apart = replace(beside, survey_keys=tmp_path / "keys")
    assert _own(apart)["survey keys"].ok
    file = tmp_path / "file"
    file.write_text("")
    assert "cannot be written" in _own(replace(beside, survey_keys=file / "keys"))["survey keys"].state
