"""How an incident is opened: by a form, from a message, or with words; and where it is told."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from bot.domain.incident_answers import Announcement, Evidence
from bot.domain.incidents import KINDS, LONGEST_TITLE, SEVERITIES, one_line, read_yes
from bot.domain.parts import Message
from bot.presenters import incidents as presenter
from bot.services import incidents
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.places import CannotPost, verify, verify_private
from handlers.slack.request import Request

FORM = "incident.open"
LONGEST_EVIDENCE = 500
"""Characters of a message that go with the form; the message itself stays where it is."""
OPTIONS = ("severity", "model", "kind", "private", "started", "detected", "kpi")


class Where(NamedTuple):
    """Where an incident is to be told: a channel that was named, if any, and `apart`, in one of its own."""

    channel: str = ""
    apart: bool = False


def declare(request: Request, title: str, fields: Mapping[str, str], where: Where, evidence: Evidence | None = None) -> Message:
    """Open an incident, once Slack said that it may be told there.

    :raises CannotPost: it may not; the text says what to do.
    :raises InvalidInput: a field cannot be read, or the times are out of order.
    :raises Conflict: an incident of that title and model is open already.
    """
    given = {name: fields.get(name, "") for name in OPTIONS}
    is_private = read_yes(given["private"], "private")
    channel = _private_channel(request, where.channel) if is_private else _channel(request, where.channel)
    told = Announcement(channel, request.key, evidence, apart=where.apart)
    done = incidents.declare(request.services, request.asker, title, given, told)
    return presenter.told(done.incident, request.asker.timezone, again=done.again, apart=where.apart)


def _private_channel(request: Request, named: str) -> str:
    """Only what was named, and only if it is private: what everybody reads is no place for it."""
    if named:
        verify_private(request.client, named, request.asker)
    return named


def _channel(request: Request, named: str) -> str:
    if named:
        verify(request.client, named, request.asker)
    return named or _usual_channel(request)


def _usual_channel(request: Request) -> str:
    """The channel of incidents, or where it was said, if Barometer may post there."""
    usual = request.services.settings.incident_channel
    here = request.place.conversation
    if usual or not here:
        return usual
    try:
        verify(request.client, here, request.asker)
    except CannotPost:
        return ""
    return here


def form(title: str = "", state: Mapping[str, str] | None = None) -> Modal:
    """The form; `state` comes back with it."""
    severities = tuple(Choice(word.capitalize(), word) for word in SEVERITIES)
    kinds = tuple(Choice(word.capitalize(), word) for word in KINDS)
    began = "When it began, as far as you know; in your zone. Leave it empty if nobody knows."
    looked_up = "Its name, such as latency-p95: when it went wrong is looked up in its figures."
    private = "It is told in a private channel, if you name one above, or nowhere."
    fields = (
        Field("title", "What happens", initial=title, placeholder="Fraud model scores everything 0", longest=LONGEST_TITLE),
        Field("severity", "Severity", "select", initial="medium", choices=severities),
        Field("model", "Model", optional=True, placeholder="fraud-scoring", longest=100),
        Field("started", "Began", optional=True, placeholder="2h ago", hint=began, longest=60),
        Field("detected", "Detected", optional=True, placeholder="now", hint="Now, unless you say otherwise.", longest=60),
        Field("kpi", "KPI that shows it", optional=True, hint=looked_up, longest=80),
        Field("channel", "Tell it in", "channel", optional=True),
        Field("own_channel", "Own channel", "check", placeholder="Make a channel for it, with its people in it", optional=True),
        Field("kind", "Kind", "select", initial="real", choices=kinds, hint="Drills and tests are not counted."),
        Field("private", "Private", "check", placeholder="Only its people and admins see it", hint=private, optional=True),
    )
    instead = '/incident open "what happens" severity=high'
    return Modal(FORM, "Open an incident", fields, submit="Open", state=state or {}, instead=instead)


def from_message(request: Request) -> Modal:
    """The form, with the message as evidence: its first line as the title, its time as when it was detected."""
    message = json.loads(request.value)
    title = one_line(message["text"].partition("\n")[0])[:LONGEST_TITLE]
    return form(title, {**message, "text": message["text"][:LONGEST_EVIDENCE]})


def submit(request: Request) -> Message:
    """Open what the form says."""
    values, kept = request.values, request.state
    fields = {name: values[name] for name in OPTIONS}
    evidence = Evidence(kept["channel"], kept["ts"], kept["user"], kept["text"]) if kept.get("ts") else None
    where = Where(values["channel"], apart=values.checked("own_channel"))
    return declare(request, values["title"], fields, where, evidence)
