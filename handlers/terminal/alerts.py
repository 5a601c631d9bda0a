"""Alerts in the terminal: what fires, the rules, and what one would have done."""

import click

from bot.domain.people import Asker
from bot.presenters import alert_json, alert_rules
from bot.presenters import alerts as words
from bot.services import Services
from bot.services import alert_rules as rules_service
from bot.services import alerts as service
from handlers.terminal.drawing import drawn
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services


@click.group()
def alerts() -> None:
    """Alerts: what fires, the rules, and what a rule would have done."""


@alerts.command("list")
@click.option("--all", "everything", is_flag=True, help="Those of the past as well.")
@json_option
@with_services
def list_(services: Services, asker: Asker, *, everything: bool, as_json: bool) -> None:
    """What fires, the gravest first."""
    found, now = service.history(services, asker) if everything else service.listing(services, asker), services.now()
    if as_json:
        print_json([alert_json.alert(one, now) for one in found])
        return
    click.echo(drawn(words.history(found, asker.timezone, now) if everything else words.listing(found, now)))


@alerts.command()
@click.argument("kpi", default="")
@json_option
@with_services
def rules(services: Services, asker: Asker, *, kpi: str, as_json: bool) -> None:
    """The rules that are on; of one KPI, also those that are off."""
    found = rules_service.listing(services, asker, kpi)
    if as_json:
        print_json([alert_json.rule(each) for each in found])
        return
    click.echo(drawn(alert_rules.listing(found)))


@alerts.command()
@click.argument("rule")
@json_option
@with_services
def test(services: Services, asker: Asker, *, rule: str, as_json: bool) -> None:
    """What a rule, such as latency-p95/limit, would have done in the last 90 days."""
    found = rules_service.backtest(services, asker, rule, {})
    if as_json:
        print_json(alert_json.backtest(found))
        return
    click.echo(drawn(alert_rules.backtest(found, asker.timezone)))
