"""Surveys in the terminal: the list, results, the keys of a custodian, and benchmarks."""

from pathlib import Path
from typing import Any

import click

from bot import ballots
from bot.domain.people import Asker
from bot.domain.survey_reports import Results
from bot.domain.surveys import said
from bot.presenters import pulse_results as presenter
from bot.services import Services, survey_benchmarks, survey_export, survey_results
from bot.services import surveys as service
from handlers.terminal.drawing import drawn
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services


@click.group()
def surveys() -> None:
    """Pulse surveys: what there is, and what came of them."""


@surveys.command("list")
@json_option
@with_services
def list_(services: Services, asker: Asker, *, as_json: bool) -> None:
    """Every survey, and how its latest wave stands."""
    found = service.listing(services)
    stands = survey_results.stands(found, asker.timezone)
    if as_json:
        print_json([_listed(each, words) for each, words in zip(found, stands, strict=True)])
        return
    for each, words in zip(found, stands, strict=True):
        again = f" Recurs {each.recurs.words}." if each.recurs else ""
        click.echo(f"{each.survey.name:<24} {said(each.survey.title)}: {words}{again}")


@surveys.command()
@click.argument("name")
@click.option("--wave", default="", help="The number of an earlier wave.")
@click.option("--by", default="", help="A group by which it was cut, such as team.")
@json_option
@with_services
def results(services: Services, asker: Asker, *, name: str, wave: str, by: str, as_json: bool) -> None:
    """What was published of the latest closed wave of the survey NAME."""
    found = survey_results.results(services, asker, name, wave)
    if as_json:
        print_json(_results(found))
        return
    click.echo(drawn(presenter.heatmap(found, by) if by else presenter.results(found, None)))


@surveys.command()
@json_option
def keys(as_json: bool) -> None:
    """A key pair for the custodian of a sealed wave. It is made here, and kept nowhere."""
    private, public = ballots.key_pair()
    if as_json:
        print_json({"private": private, "public": public})
        return
    click.echo("Give this public half to whoever starts the survey, as key=…: answers are sealed to it.")
    click.echo(f"  {public}")
    click.echo("Keep this private half to yourself, on paper or in a safe: Barometer asks you for it when the survey is over.")
    click.echo(f"  {private}")
    click.echo("Without it nobody can ever read the answers.")


@surveys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_services
def benchmark(services: Services, asker: Asker, *, file: Path) -> None:
    """Take up the benchmark in the JSON file FILE, under the name of the file."""
    made = survey_benchmarks.save(services, asker, file.stem, file.read_bytes())
    click.echo(f"{made.name} is kept: {made.title}, {made.year}; top quartile {made.top_quartile:g} for {made.score}.")
    click.echo(f"Say /pulse compare NAME with={made.name} in Slack.")


def _listed(each: service.Listed, words: str) -> dict[str, Any]:
    latest = each.latest
    return {
        "name": each.survey.name,
        "title": said(each.survey.title),
        "own": each.own,
        "recurs": each.recurs.words if each.recurs else "",
        "next": each.recurs.due_at.isoformat() if each.recurs else None,
        "latest": {"number": latest.number, "state": latest.state, "closes_at": latest.closes_at.isoformat()}
        if latest
        else None,
        "stands": words,
    }


def _results(found: Results) -> dict[str, Any]:
    return {**survey_export.as_data(found), "changes": _changes(found)}


def _changes(found: Results) -> list[dict[str, Any]]:
    return [
        {
            "question": cell.partition(" ")[0],
            "group": cell.partition(" ")[2],
            "state": made.state,
            "points": made.change.points,
            "low": made.change.low,
            "high": made.change.high,
            "p": made.change.p,
            "q": made.q,
        }
        for cell, made in found.course.trends.items()
        if made.change is not None
    ]
