"""Definitions in the terminal: validate, diff, apply, and the schema for editors. `barometer kpis` takes these commands up."""

from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from bot.domain.definition_changes import Changed
from bot.domain.definitions import DefinitionErrors
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.file_schemas import file_schema
from bot.domain.people import Asker
from bot.services import Services, digest_files
from bot.services import definitions as service
from bot.services.definition_files import read_files, read_path
from bot.settings import from_environment
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services
from storage import migrations

_path = click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))


@click.command()
@_path
@json_option
def validate(path: Path | None, as_json: bool) -> None:
    """Read the files of definitions and say everything that is wrong in them: in PATH, or all that would be applied."""
    try:
        settings = from_environment()
        kpis = read_files(settings) if path is None else read_path(settings, path)
        digests = digest_files.validated(settings, path, {*read_files(settings), *kpis})
    except DefinitionErrors as errors:
        _refuse(errors, as_json)
    except BarometerError as error:
        raise click.ClickException(error.text) from error
    if as_json:
        print_json({"ok": True, "kpis": sorted(kpis), "digests": sorted(d.name for d in digests), "problems": []})
    else:
        click.echo(_right(len(kpis), len(digests)))


@click.command()
@_path
@json_option
@with_services
def diff(services: Services, _: Asker, path: Path | None, as_json: bool) -> None:
    """What applying the definitions would change: those in PATH, or all. Changes nothing."""
    if migrations.pending(services.db):
        raise InvalidInput("The database is not up to date; run barometer migrate first.")
    try:
        found = service.diff(services, path)
    except DefinitionErrors as errors:
        _refuse(errors, as_json)
    _print(found, as_json, "Nothing would change.")


@click.command()
@json_option
@with_services
def apply(services: Services, asker: Asker, as_json: bool) -> None:
    """Put in force what the shipped files and those of BAROMETER_KPIS say, as every start does."""
    migrations.upgrade(services.db)
    try:
        found = service.apply_files(services, asker)
    except DefinitionErrors as errors:
        _refuse(errors, as_json)
    _print(found, as_json, "Nothing has changed.")


@click.command()
def schema() -> None:
    """The JSON Schema of a file of definitions: KPIs, digests, surveys or the question bank, for completion in editors."""
    print_json(file_schema())


def _right(kpis: int, digests: int) -> str:
    first = "1 KPI is right, and so are its" if kpis == 1 else f"{kpis} KPIs are right, and so are their"
    return f"{first} worked examples; {'so is 1 digest' if digests == 1 else f'so are {digests} digests'}."


def _print(found: list[Changed], as_json: bool, nothing: str) -> None:
    if as_json:
        print_json([asdict(c) for c in found])
    else:
        click.echo("\n".join(line for c in found for line in c.lines) or nothing)


def _refuse(errors: DefinitionErrors, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"ok": False, "kpis": [], "digests": [], "problems": [asdict(p) for p in errors.problems]})
    else:
        click.echo(errors.text, err=True)
    raise SystemExit(1)


COMMANDS = (validate, diff, apply, schema)
"""For the group `kpis`."""
