"""The terminal door."""

import importlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from bot.domain.errors import BarometerError, InvalidInput
from bot.settings import Settings, from_environment

if TYPE_CHECKING:
    from handlers.app import Barometer

NOUNS: Mapping[str, tuple[str, str]] = {
    "check": ("handlers.terminal.check:check", "Say what is right, what is not, and what to do about it."),
    "demo": ("handlers.terminal.demo:demo", "A local Slack workspace with the bot and an example organisation in it."),
    "kpis": ("handlers.terminal.kpis:kpis", "KPIs: list, show, record, correct, import, why."),
    "alerts": ("handlers.terminal.alerts:alerts", "Alerts: what fires, the rules, and what one would have done."),
    "incidents": ("handlers.terminal.incidents:incidents", "Incidents: list, and how long they take."),
    "surveys": ("handlers.terminal.surveys:surveys", "Surveys: list, results, keys for a custodian, benchmarks."),
    "digest": ("handlers.terminal.digests:digest", "Digests: list, preview, send, history."),
}
"""Commands with a file of their own: name to `module:attribute` and one line of help. Imported only when used."""

BAD_SETTINGS = 2
GRACE_SECONDS = 5


class Nouns(click.Group):
    """A group that imports a command when it is used, so that help and start-up are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *NOUNS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = NOUNS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            own = None if name in NOUNS else super().get_command(ctx, name)
            rows.append((name, NOUNS[name][1] if own is None else own.get_short_help_str(90)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Barometer: an AI/ML organisation measures its own work, in Slack."""


@main.command()
def run() -> None:
    """Everything in one process: Socket Mode if SLACK_APP_TOKEN is set, HTTP otherwise."""
    settings = _settings(web=True)
    with _program(settings) as program:
        _listen(program, socket_mode=bool(settings.slack_app_token), engine=True)


@main.command()
def web() -> None:
    """Answer Slack over HTTP; a worker beside it keeps time and delivers."""
    settings = _settings(web=True)
    if not settings.slack_signing_secret:
        _stop_with("Set SLACK_SIGNING_SECRET: over HTTP, Slack's requests are known by its signature.")
    with _program(settings) as program:
        _listen(program, socket_mode=False, engine=False)


@main.command()
def worker() -> None:
    """Keep time and deliver; `barometer web` beside it answers Slack."""
    with _program(_settings(web=False)) as program:
        program.start_engine()
        click.echo("Barometer keeps time and delivers.")
        threading.Event().wait()


@main.command()
def migrate() -> None:
    """Bring the schema and the definitions up to date."""
    program = _assembled(_read_settings())
    try:
        changed = program.prepare()
    except BarometerError as error:
        raise click.ClickException(error.text) from error
    finally:
        program.stop()
    click.echo(f"The schema is up to date. Definitions changed: {len(changed)}.")


def _listen(program: "Barometer", *, socket_mode: bool, engine: bool) -> None:
    import uvicorn

    settings = program.settings
    listener = _bound(settings)
    program.open_slack()
    if socket_mode:
        program.open_socket()
    if engine:
        program.start_engine()
    else:
        program.join_queue()
    config = uvicorn.Config(program.web(), log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS)
    way = "over a socket" if socket_mode else f"at http://{settings.host}:{settings.port}/slack/events"
    click.echo(f"Barometer listens to Slack {way}; health is at http://{settings.host}:{settings.port}/readyz")
    uvicorn.Server(config).run(sockets=[listener])


def _bound(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        _stop_with(f"Cannot listen at {settings.host}:{settings.port} ({error.strerror}); choose another HOST or PORT.")


@contextmanager
def _program(settings: Settings) -> "Iterator[Barometer]":
    """The program, up to date and stopped in good order at SIGTERM and SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("dbos").setLevel(logging.WARNING)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    program = _assembled(settings)
    try:
        program.prepare()
        yield program
    except BarometerError as error:
        raise click.ClickException(error.text) from error
    finally:
        program.stop()


def _assembled(settings: Settings) -> "Barometer":
    from handlers.app import Barometer

    try:
        return Barometer(settings)
    except InvalidInput as error:
        _stop_with(error.text)


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _settings(*, web: bool) -> Settings:
    settings = _read_settings()
    if not settings.slack_bot_token:
        _stop_with("Set SLACK_BOT_TOKEN: the bot token that begins with xoxb-, from Install App in the app's settings.")
    if web and not settings.slack_app_token and not settings.slack_signing_secret:
        _stop_with("Set SLACK_APP_TOKEN to use Socket Mode, or SLACK_SIGNING_SECRET to be reached over HTTP.")
    return settings


def _read_settings() -> Settings:
    try:
        return from_environment()
    except InvalidInput as error:
        _stop_with(error.text)


def _stop_with(words: str) -> NoReturn:
    click.echo(words, err=True)
    sys.exit(BAD_SETTINGS)
