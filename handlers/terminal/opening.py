"""What a command in the terminal works with: the services on the database of the settings, and errors as one sentence."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click

from bot.domain.errors import BarometerError
from bot.domain.people import Asker
from bot.services import Services
from bot.settings import Clock, from_environment
from handlers.terminal.words import in_terminal
from storage import Database

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def opened() -> Iterator[Services]:
    """The services, as the environment sets them; what goes wrong is told as one sentence."""
    try:
        settings = from_environment()
        database = Database(settings.database_url)
        try:
            yield Services(database, settings, Clock(settings.start_at))
        finally:
            database.close()
    except BarometerError as error:
        raise click.ClickException(in_terminal(error.text)) from error


def with_services(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the services and the asker before its own arguments."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        with opened() as services:
            command(services, asker(services), **arguments)

    return run


def asker(services: Services) -> Asker:
    """Whoever may open the database in a terminal may do everything; times are read in the zone of the settings."""
    return Asker("terminal", timezone=services.settings.timezone, admin=True)


def print_json(found: object) -> None:
    """Data as JSON, for other programs."""
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
