"""KPIs in the terminal: list, show, record, correct, and where every number came from."""

from pathlib import Path

import click

from bot.domain.entry_fields import refuse_strays
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.presenters import kpi_imports
from bot.presenters import kpis as presenter
from bot.services import Services
from bot.services import kpis as service
from handlers.terminal import definitions, kpi_json
from handlers.terminal.drawing import drawn
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services

_name = click.argument("name")
ID = click.IntRange(1, 2**31 - 1)
_fields = click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")


@click.group()
def kpis() -> None:
    """What the organisation measures."""


for _command in definitions.COMMANDS:
    kpis.add_command(_command)


@kpis.command("list")
@click.argument("category", default="")
@json_option
@with_services
def list_(services: Services, asker: Asker, category: str, as_json: bool) -> None:
    """Every KPI, or those of CATEGORY: its latest value, target and verdict."""
    found = service.listing(services, asker, category)
    if as_json:
        print_json([kpi_json.reading(r) for r in found.readings])
    else:
        click.echo(drawn(presenter.listing(found)))


@kpis.command()
@_name
@_fields
@json_option
@with_services
def show(services: Services, asker: Asker, name: str, fields: tuple[str, ...], as_json: bool) -> None:
    """One KPI as it stands. FIELD is since, or one of its dimensions."""
    found = service.show(services, asker, name, _read(fields)[1])
    if as_json:
        print_json(kpi_json.shown(found))
    else:
        click.echo(drawn(presenter.shown(found, asker.timezone)))


@kpis.command()
@_name
@_fields
@json_option
@with_services
def record(services: Services, asker: Asker, name: str, fields: tuple[str, ...], as_json: bool) -> None:
    """Record a value, or FIELDs: the inputs of the KPI, its dimensions, period, at, note, evidence."""
    done = service.record(services, asker, name, *_read(fields))
    if as_json:
        print_json(kpi_json.recorded(done))
    else:
        click.echo(drawn(presenter.recorded(done, asker.timezone)))


@kpis.command()
@_name
@_fields
@click.option(
    "--observation", type=ID, default=None, help="The id of the value to correct; else that of period=, or the latest."
)
@json_option
@with_services
def correct(
    services: Services, asker: Asker, name: str, fields: tuple[str, ...], *, observation: int | None, as_json: bool
) -> None:
    """Put another value in the place of one. FIELDs as for record, and reason."""
    done = service.correct(services, asker, name, *_read(fields), observation=observation)
    if as_json:
        print_json(kpi_json.recorded(done))
    else:
        click.echo(drawn(presenter.recorded(done, asker.timezone)))


@kpis.command()
@_name
@_fields
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@json_option
@with_services
def history(services: Services, asker: Asker, name: str, fields: tuple[str, ...], *, limit: int, as_json: bool) -> None:
    """Everything recorded, the latest first, with what was corrected and rejected."""
    found = service.history(services, asker, name, _read(fields)[1], limit)
    if as_json:
        print_json([kpi_json.observation(o) for o in found.observations])
    else:
        click.echo(drawn(presenter.history(found, asker.timezone)))


@kpis.command()
@_name
@_fields
@click.option("--observation", type=ID, default=None, help="The id of a value; else the latest.")
@json_option
@with_services
def why(
    services: Services, asker: Asker, name: str, fields: tuple[str, ...], *, observation: int | None, as_json: bool
) -> None:
    """Where a number came from, the latest or that of period=: its definition, inputs, source, corrections and publications."""
    found = service.why(services, asker, name, _read(fields)[1], observation)
    if as_json:
        print_json(kpi_json.why(found))
    else:
        click.echo(drawn(presenter.why(found, asker.timezone)))


@kpis.command("import")
@_name
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Record the values; without it, they are only checked.")
@json_option
@with_services
def import_(services: Services, asker: Asker, name: str, file: Path, *, apply: bool, as_json: bool) -> None:
    """Check the values in a CSV FILE line by line, and with --apply record all of them or none."""
    act = service.import_apply if apply else service.import_check
    found = act(services, asker, name, file.read_bytes())
    if as_json:
        print_json(kpi_json.imported(found))
    else:
        click.echo(drawn(kpi_imports.imported(found)))
        if not apply and not found.problems and found.values:
            click.echo("\nNothing is recorded yet: say it again with --apply.")
    if found.problems:
        raise click.exceptions.Exit(1)


@kpis.command()
@_name
@with_services
def export(services: Services, asker: Asker, name: str) -> None:
    """Every value in force as CSV."""
    click.echo(service.export(services, asker, name), nl=False)


def _read(words: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The bare value among words, and the fields."""
    values: list[str] = []
    strays: list[tuple[str, str]] = []
    fields: dict[str, str] = {}
    latest = ""
    for word in words:
        field, is_field, text = word.partition("=")
        if is_field and field in fields:
            raise InvalidInput(f"{field}= is given twice; give it once.")
        if is_field:
            fields[field], latest = text, field
        elif latest:
            strays.append((latest, word))
        else:
            values.append(word)
    refuse_strays(fields, strays, is_valued=bool(values))
    return " ".join([*values, *(word for _, word in strays)]), fields
