"""Digests in the terminal: list, look ahead, send, and what became of every one."""

from datetime import datetime
from typing import Any

import click

from bot.domain.digest_answers import Line, Listed
from bot.domain.parts import Message, plain
from bot.domain.people import Asker
from bot.domain.times import read_time, show_time
from bot.services import Services, digests
from handlers.slack.words import place
from handlers.terminal.drawing import drawn
from handlers.terminal.opening import as_json as json_option
from handlers.terminal.opening import print_json, with_services


@click.group()
def digest() -> None:
    """What is posted where and when."""


@digest.command("list")
@json_option
@with_services
def list_(services: Services, asker: Asker, as_json: bool) -> None:
    """Every digest: for whom, where, when next, and how the last one went."""
    found = digests.listing(services, asker)
    if as_json:
        print_json([_listed(each) for each in found])
        return
    for each in found:
        d = each.definition
        next_ = "paused" if each.paused else show_time(each.next_due, d.schedule.zone) if each.next_due else "goes nowhere yet"
        click.echo(f"{d.name:<24} {d.audience:<10} {d.target or '-':<14} {d.schedule.words}; next: {next_}")


@digest.command()
@click.argument("name")
@click.option("--at", default="", help="As if it were due then, such as 2026-11-23 09:00.")
@click.option("--as-of", default="", help="From what was known then.")
@click.option("--details", is_flag=True, help="What goes into its thread as well.")
@json_option
@with_services
def preview(services: Services, asker: Asker, name: str, *, at: str, as_of: str, details: bool, as_json: bool) -> None:
    """What the digest NAME says now."""
    then, known = (_moment(services, asker, said) for said in (at, as_of))
    message = digests.preview(services, asker, name, then, known)
    if as_json:
        print_json(_said(message))
        return
    click.echo(drawn(message, thread=details))


@digest.command()
@click.argument("name")
@click.option("--channel", default="", help="The id of a channel or person, instead of where it always goes.")
@with_services
def send(services: Services, asker: Asker, name: str, channel: str) -> None:
    """Have the digest NAME written and sent; a running Barometer delivers it."""
    done = digests.send(services, asker, name, place(channel) if channel else "")
    click.echo(f"{done.definition.title} goes to {done.definition.target}: run {done.run}.")


@digest.command()
@click.argument("name", default="")
@json_option
@with_services
def history(services: Services, asker: Asker, name: str, as_json: bool) -> None:
    """Every digest that was due, the newest first, with its state; of all, or of NAME."""
    lines = digests.history(services, asker, name)
    if as_json:
        print_json([_line(line) for line in lines])
        return
    for line in lines:
        row = _line(line)
        why = f" ({row['reason']})" if row["reason"] else ""
        click.echo(
            f"{show_time(line.run.due_at, asker.timezone)}  {line.run.digest:<24} {line.run.target:<14} {row['state']}{why}"
        )


def _moment(services: Services, asker: Asker, text: str) -> datetime | None:
    return read_time(text, services.now(), asker.timezone, future=True) if text else None


def _written(message: Message) -> str:
    return "\n\n".join(words for part in message.parts if (words := plain(part)))


def _said(message: Message) -> dict[str, Any]:
    return {
        "summary": message.summary,
        "text": _written(message),
        "thread": [{"summary": reply.summary, "text": _written(reply)} for reply in message.thread],
    }


def _listed(each: Listed) -> dict[str, Any]:
    d = each.definition
    return {
        "name": d.name,
        "title": d.title,
        "audience": d.audience,
        "target": d.target,
        "owner": d.owner,
        "schedule": d.schedule.words,
        "zone": d.schedule.zone,
        "kpis": d.kpis.words,
        "paused": each.paused,
        "next_due": each.next_due.isoformat() if each.next_due else None,
        "last": {"due_at": each.last.due_at.isoformat(), "state": each.last.state} if each.last else None,
    }


def _line(line: Line) -> dict[str, Any]:
    run, delivery = line.run, line.delivery
    return {
        "run": run.id,
        "digest": run.digest,
        "due_at": run.due_at.isoformat(),
        "target": run.target,
        "state": delivery.state if delivery else run.state,
        "reason": run.reason or (delivery.error if delivery else ""),
        "delivery": delivery.id if delivery else None,
        "sent_at": delivery.sent_at.isoformat() if delivery and delivery.sent_at else None,
        "asked_by": run.asked_by,
    }
