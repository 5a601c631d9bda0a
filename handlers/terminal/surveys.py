"""Surveys in the terminal: the keys of sealed ones, on a machine that Barometer never sees."""

import click

from bot import ballots
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json


@click.group()
def surveys() -> None:
    """Surveys that a second person keeps sealed."""


@surveys.command()
@json_option
def keys(as_json: bool) -> None:
    """A new pair of keys for a sealed survey. Neither is kept: write both down, and give the public one away."""
    private, public = ballots.key_pair()
    if as_json:
        print_json({"private": private, "public": public})
        return
    click.echo(f"Private, for you alone: {private}\nPublic, for whoever starts the survey: {public}")
    click.echo("Without the private key nobody can ever read the answers. You are asked for it when the survey ends.")
