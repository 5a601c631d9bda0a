"""Incidents in the terminal: the list, and how long they take."""

import click

from bot.domain.people import Asker
from bot.presenters import incident_stats as presenter
from bot.presenters import incidents as words
from bot.services import Services, incident_stats
from bot.services import incidents as service
from handlers.terminal.drawing import drawn
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services


@click.group()
def incidents() -> None:
    """Incidents, and how long it takes to detect and resolve them."""


@incidents.command("list")
@click.option("--all", "everything", is_flag=True, help="Those of the past as well.")
@with_services
def list_(services: Services, asker: Asker, *, everything: bool) -> None:
    """The open incidents, the gravest first."""
    found = service.listing(services, asker, everything=everything)
    message = words.past(found, asker.timezone) if everything else words.listing(found, services.now())
    click.echo(drawn(message))


@incidents.command()
@click.option("--since", default="", help="Only incidents detected since then, such as 2026-11-01 or 4w ago.")
@click.option("--model", default="", help="Only those of one model.")
@click.option("--severity", default="", help="Only those of one severity.")
@click.option("--as-of", default="", help="From what was known then.")
@json_option
@with_services
def stats(services: Services, asker: Asker, *, since: str, model: str, severity: str, as_of: str, as_json: bool) -> None:
    """MTTD, MTTA and MTTR with intervals, n and what was left out, in hours."""
    found = incident_stats.stats(services, asker, {"since": since, "model": model, "severity": severity, "as_of": as_of})
    if as_json:
        print_json(presenter.as_json(found))
        return
    click.echo(drawn(presenter.stats(found, asker.timezone)))
