"""`barometer check`: what is right, what is not, and what to do about it."""

import json
import sys
from dataclasses import asdict

import click

from bot.domain.checks import Finding, bad
from bot.domain.errors import BarometerError
from bot.services import Services, checks
from bot.settings import Clock, Settings, from_environment
from storage import Database


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Say what is right, what is not, and what to do about it."""
    found = _look()
    if as_json:
        click.echo(json.dumps([{**asdict(each), "ok": each.ok} for each in found], indent=2))
    else:
        for each in found:
            click.echo(_line(each))
    sys.exit(0 if all(each.ok for each in found) else 1)


def _look() -> list[Finding]:
    try:
        settings = from_environment()
        database = Database(settings.database_url)
    except BarometerError as error:
        return [bad("settings", error.text, "set it right and check again")]
    try:
        return _everything(settings, Services(database, settings, Clock(settings.start_at)))
    finally:
        database.close()


def _everything(settings: Settings, services: Services) -> list[Finding]:
    from handlers.slack import check as slack

    return [*checks.findings(services), *slack.findings(settings, checks.channels(services))]


def _line(finding: Finding) -> str:
    if finding.ok:
        return f"ok    {finding.what}: {finding.state}"
    return f"MEND  {finding.what}: {finding.state}\n      → {finding.mend}"
