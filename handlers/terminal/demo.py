"""`barometer demo`: a local Slack workspace and the bot, with an example organisation in it."""

import logging
import signal
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from bot.domain.digest_answers import Form
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.times import read_time
from bot.services import Services, digests, people
from bot.settings import Clock, Settings
from handlers.app import Barometer
from handlers.demo import told
from handlers.demo.seed import seed
from handlers.slack import opening
from handlers.slack.deliver import SlackPoster
from playground.cast import example_team
from playground.errors import CannotTravel
from playground.server import Playground

PAGE_PORT = 8765
ZONE = "Europe/Oslo"
TOLD = (("ops-daily", "C0MLOPS"), ("product-weekly", "C0PRODUCT"), ("executive-monthly", "C0LEADERS"))
"""The digests that have a channel, in which one stands already when the first visitor comes."""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=PAGE_PORT,
    show_default=True,
    help="Where the page is; 0 takes any free port.",
)
@click.option(
    "--time-travel", "moment", default="", help="Start at another moment, such as “2026-12-07 09:00”; the page can move on."
)
@click.option("--open", "browser", is_flag=True, help="Open the page in the browser.")
def demo(port: int, moment: str, browser: bool) -> None:
    """A local Slack workspace with the bot and an example organisation in it; forgets everything when it stops."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with example(port, _moment(moment)) as playground:
            click.echo(f"Open {playground.url} and say /kpi list. Ctrl-C ends it.")
            if browser:
                webbrowser.open(playground.url)
            playground.wait()
    except KeyboardInterrupt:
        click.echo("")
    except BarometerError as error:
        raise click.ClickException(error.text) from error
    except OSError as error:
        raise click.ClickException(f"Cannot listen on port {port} ({error.strerror}); choose another with --port.") from error


@contextmanager
def example(port: int, start_at: datetime | None = None) -> Iterator[Playground]:
    """The playground with the bot at work in it, until the block ends. The database lives as long."""
    clock = Clock(start_at)
    programs: list[Barometer] = []

    def travel(moment: datetime) -> None:
        try:
            clock.move_to(moment)
        except InvalidInput as error:
            raise CannotTravel(error.text) from error
        for each in programs:
            each.wake()

    manifest = Path(__file__).parents[2] / "manifest.json"
    with (
        tempfile.TemporaryDirectory(prefix="barometer-demo-") as folder,
        Playground(port, workspace=example_team(clock), manifest=manifest, travel=travel) as playground,
    ):
        program = Barometer(_settings(playground, Path(folder)), clock)
        programs.append(program)
        try:
            program.prepare()
            _fill(program, playground)
            _start(program)
            yield playground
        finally:
            program.stop()


def _settings(playground: Playground, folder: Path) -> Settings:
    return Settings(
        slack_bot_token=playground.bot_token,
        slack_app_token=playground.app_token,
        slack_signing_secret=playground.signing_secret,
        slack_api_url=playground.api_url,
        database_url=f"sqlite:///{folder / 'barometer.db'}",
        admins=frozenset({"U0ADMIN"}),
        admin_channel="C0BAROADM",
        alert_channel="C0MLOPS",
        incident_channel="C0INCIDENTS",
        timezone=ZONE,
        survey_keys=folder / "keys",
    )


def _fill(program: Barometer, playground: Playground) -> None:
    """Write the example, and let its past stand in the channels as of then, without the pauses of then."""
    workspace, limits = playground.workspace, playground.slack.limits
    poster, clock = SlackPoster(opening.client(program.settings)), workspace.clock

    def tell(services: Services) -> None:
        workspace.clock = services.now
        told.in_workspace(services, poster)

    limits.enabled = False
    seed(program.services, tell)
    limits.enabled, workspace.clock = True, clock


def _start(program: Barometer) -> None:
    program.open_slack()
    program.open_socket()
    program.start_engine()
    admin = people.asker(program.services, "U0ADMIN", ZONE)
    for name, channel in TOLD:
        digests.schedule(program.services, admin, name, Form(target=channel))
        digests.send(program.services, admin, name)


def _moment(words: str) -> datetime | None:
    return read_time(words, Clock()(), ZONE, future=True) if words else None
