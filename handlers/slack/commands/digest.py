"""`/digest`: what is posted where and when; look ahead, send, schedule, pause, and what became of every one."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from bot.domain.digest_answers import Form, Plan
from bot.domain.digests import AUDIENCES, COMPARISONS, SKIPS, is_person
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Category
from bot.domain.parts import Message, Note
from bot.domain.schedules import next_due
from bot.domain.times import read_time, show_time
from bot.presenters import digests as presenter
from bot.services import digests
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.places import CannotPost, verify
from handlers.slack.request import Answer, Errors, Request
from handlers.slack.words import person, place, unknown

COMMAND = "/digest"
VERBS: Mapping[str, str] = {
    "list": "every digest: for whom, where, when next, and how the last one went",
    "preview": "what it says now, only to you, as in preview ops-daily at=yesterday",
    "send": "sends it now, as in send ops-daily channel=#ops",
    "schedule": 'says when and where it goes, as in schedule ops-daily when="weekdays 09:00 Europe/Oslo" channel=#ops',
    "pause": "sends it no more, as in pause ops-daily",
    "resume": "sends it again, as in resume ops-daily",
    "history": "every one that was due, with its state, as in history ops-daily since=yesterday",
    "help": "this list, or one line of it, as in help schedule",
}
WHEN = "Such as weekdays 09:00, weekly monday 09:00, monthly 3 09:00, quarterly 5 09:00. In your zone unless you name another."
COMPARE_HINT = f"Any of {', '.join(COMPARISONS)}; or none."
SKIP_HINT = f"Any of {', '.join(SKIPS)}; or none."
AUDIENCE_HINT = "A channel is shown only what everybody of its audience may see."
KPIS_HINT = f"Write all, or categories ({', '.join(c.value for c in Category)}), names of KPIs, or roles of their owners."


def run(request: Request) -> Answer:
    """Do what the words say; without any, list."""
    verb = request.words.verb or "list"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    return _RUN[verb](request)


def listen(listeners: Listeners) -> None:
    """The buttons of a preview, and the form that makes and changes digests."""
    listeners.button("digest.preview", lambda request: _preview(request, request.value))
    listeners.button("digest.details", _details)
    listeners.button("digest.send", lambda request: _send(request, request.value, ""))
    listeners.button("digest.form", lambda request: _form(request, request.value))
    listeners.form("digest.review", _review)
    listeners.form("digest.save", _save)


def _help(request: Request) -> Message:
    notes = "To send one or say when it goes, be an admin, its owner, or have a role of its audience."
    return manual(request.words, COMMAND, VERBS, notes)


def _list(request: Request) -> Message:
    request.words.only()
    return presenter.listing(digests.listing(request.services, request.asker))


def _said_preview(request: Request) -> Message:
    request.words.only("at", "as_of")
    at, as_of = (_moment(request, name) for name in ("at", "as_of"))
    return _preview(request, _named(request), at, as_of)


def _preview(request: Request, name: str, at: datetime | None = None, as_of: datetime | None = None) -> Message:
    return presenter.preview(digests.preview(request.services, request.asker, name, at, as_of), name)


def _details(request: Request) -> Message:
    return presenter.details(digests.preview(request.services, request.asker, request.value))


def _said_send(request: Request) -> Message:
    request.words.only("channel")
    given = request.words.options.get("channel", "")
    return _send(request, _named(request), place(given) if given else "")


def _send(request: Request, name: str, target: str) -> Message:
    if target:
        verify(request.client, target, request.asker)
    return presenter.sent(digests.send(request.services, request.asker, name, target, request.key))


def _schedule(request: Request) -> Answer:
    words = request.words
    words.only("when", "channel", "audience", "kpis", "title", "top", "owner", "compare", "skip_if")
    if not words.options:
        return _form(request, words.target)
    given = {name: words.options.get(name, "") for name in ("when", "audience", "kpis", "title", "top", "compare", "skip_if")}
    target, owner = (words.options.get(name, "") for name in ("channel", "owner"))
    form = Form(**given, target=target and place(target), owner=owner and person(owner))
    return _saved(request, _named(request), form)


def _saved(request: Request, name: str, form: Form) -> Message:
    digests.plan(request.services, request.asker, name, form)
    if form.target:
        verify(request.client, form.target, request.asker)
    return presenter.scheduled(digests.schedule(request.services, request.asker, name, form))


def _pause(request: Request) -> Message:
    request.words.only()
    return presenter.paused(digests.pause(request.services, request.asker, _named(request)))


def _resume(request: Request) -> Message:
    request.words.only()
    definition = digests.resume(request.services, request.asker, _named(request))
    first = next_due(definition.schedule, request.services.now(), 1)[0]
    return presenter.resumed(definition, f"{definition.schedule.words}; next {show_time(first, definition.schedule.zone)}")


def _history(request: Request) -> Message:
    request.words.only("since")
    found = digests.history(request.services, request.asker, request.words.target, since=_moment(request, "since"))
    return presenter.history(found, request.asker.timezone)


def _named(request: Request) -> str:
    if not request.words.target:
        known = ", ".join(name for name, _ in digests.names(request.services))
        raise InvalidInput(f"Say which digest: {known}.")
    return request.words.target


def _moment(request: Request, option: str) -> datetime | None:
    said = request.words.options.get(option, "")
    return read_time(said, request.services.now(), request.asker.timezone, future=option == "at") if said else None


def _form(request: Request, name: str) -> Modal:
    """What a digest is asked for. One that stands shows how it stands; a new one needs all of it."""
    standing = digests.form_of(request.services, name) if name else Form(top="3")
    direct = is_person(standing.target)
    audiences = tuple(Choice(word.capitalize(), word) for word in AUDIENCES)
    fields = (
        Field("name", "Name", initial=name, placeholder="team-weekly", longest=80),
        Field("when", "When", initial=standing.when, hint=WHEN, placeholder="weekly monday 09:00", longest=120),
        Field("channel", "Channel", "channel", initial="" if direct else standing.target, optional=True),
        Field("person", "Or one person", "person", initial=standing.target if direct else "", optional=True),
        Field("audience", "For whom", "select", initial=standing.audience, choices=audiences, hint=AUDIENCE_HINT),
        Field("kpis", "KPIs", initial=standing.kpis, hint=KPIS_HINT, placeholder="reliability, latency-p95", longest=1000),
        Field("top", "How many need attention at most", initial=standing.top, longest=2),
        Field("title", "Title", initial=standing.title, optional=True, longest=120),
        Field("owner", "Owner", "person", initial=standing.owner, optional=True, hint="Hears when it cannot be sent."),
        Field("compare", "Compare with", initial=standing.compare, optional=True, hint=COMPARE_HINT, longest=80),
        Field("skip_if", "Send nothing when", initial=standing.skip_if, optional=True, hint=SKIP_HINT, longest=80),
    )
    instead = f'{COMMAND} schedule {name or "NAME"} when="weekly monday 09:00" channel=ID'
    return Modal(
        "digest.review", "Change a digest" if standing.when else "New digest", fields, submit="Show next runs", instead=instead
    )


def _review(request: Request) -> Answer:
    """The next three runs, before anything is saved."""
    values = request.values
    target = values["channel"] or values["person"]
    if not target:
        return Errors({"channel": "Choose a channel, or one person below."})
    given = {name: values[name] for name in ("when", "audience", "kpis", "title", "top", "owner", "compare", "skip_if")}
    form = Form(target=target, **given)
    plan = digests.plan(request.services, request.asker, values["name"], form)
    try:
        verify(request.client, target, request.asker)
    except CannotPost as error:
        return Errors({"person" if is_person(target) else "channel": error.text})
    return _confirmation(plan, form)


def _confirmation(plan: Plan, form: Form) -> Modal:
    state = {"name": plan.definition.name, **asdict(form)}
    note = Note("A message there says that it will come: so you see that it arrives.")
    return Modal("digest.save", "Is this right?", submit="Schedule", above=(*presenter.plan_parts(plan), note), state=state)


def _save(request: Request) -> Message:
    kept = dict(request.state)
    name = kept.pop("name")
    return presenter.scheduled(digests.schedule(request.services, request.asker, name, Form(**kept)))


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "list": _list,
    "preview": _said_preview,
    "send": _said_send,
    "schedule": _schedule,
    "pause": _pause,
    "resume": _resume,
    "history": _history,
    "help": _help,
}
