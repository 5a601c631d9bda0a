"""`/incident`: open incidents, take them to their end, correct their times, and see how long they take."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.errors import InvalidInput
from bot.domain.incidents import (
    TIME_WORDS,
    Moment,
    read_number,
    read_yes,
)
from bot.domain.parts import Message, text
from bot.domain.quantities import whole
from bot.presenters import incident_export as exports
from bot.presenters import incident_stats as stats_presenter
from bot.presenters import incidents as presenter
from bot.services import alert_incidents, incident_stats, incident_work, incidents
from handlers.slack import files
from handlers.slack.blocks.modals import Field, Modal
from handlers.slack.forms import incident_open
from handlers.slack.forms.incident_open import OPTIONS, Where
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.people import names
from handlers.slack.places import verify_person
from handlers.slack.request import Answer, Request
from handlers.slack.words import Words, person, place, unknown

COMMAND = "/incident"
VERBS: Mapping[str, str] = {
    "open": 'a new one, as in open "Fraud model scores everything 0" severity=high model=fraud-scoring started="2h ago"; '
    "private=yes for its people only, channel=new for a channel of its own; alone, the form",
    "list": "those that are open, the gravest first; with all, those of the past too",
    "show": "one of them with its times, as in show INC-1",
    "update": 'says what is new, as in update INC-1 "traffic is on the old model" severity=medium',
    "ack": "says that you are on it, as in ack INC-1",
    "mitigate": 'says that the harm is stopped, as in mitigate INC-1 note="traffic switched"',
    "resolve": 'says that it is over, as in resolve INC-1 at="10 min ago"',
    "close": "ends the work on it for good, as in close INC-1",
    "reopen": 'takes its end back, as in reopen INC-1 reason="it came back"',
    "edit": 'corrects times, as in edit INC-1 started="yesterday 14:00" reason="seen in the logs"',
    "backfill": 'writes down one of the past, as in backfill "Stale scores" detected="2026-11-02 09:00" '
    'resolved="2026-11-02 13:30"',
    "merge": "says that one is the same as another, as in merge INC-2 into=INC-1",
    "assign": "gives somebody a role in it, as in assign INC-1 commander=@somebody; with member=, lets them into a private "
    "one; with remove=, takes them out",
    "channel": "gives it a channel of its own, with its people in it, as in channel INC-1",
    "link": "ties it to something, as in link INC-1 model=fraud-scoring@7",
    "task": 'notes what is to be done, as in task INC-1 "add an alert on the share of zeros"; with done=1, ticks it off',
    "timeline": "what happened in it, as in timeline INC-1",
    "export": "sends you a page for its review with the timeline in it, as in export INC-1; with as=json, for programs",
    "stats": 'MTTD, MTTA and MTTR, as in stats since="4w ago" model=fraud-scoring',
    "help": "this list, or one line of it, as in help open",
}


def run(request: Request) -> Answer:
    """Do what the words say; without any, list."""
    verb = request.words.verb or "list"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    return _RUN[verb](request)


def listen(listeners: Listeners) -> None:
    """The buttons under an incident, and the forms."""
    for moment in incidents.STEPS:
        listeners.button(f"incident.{moment}", _pressed(moment))
    listeners.button("incident.show", _show_pressed)
    listeners.button("incident.confirm", _confirm)
    listeners.button("incident.recovered", _recovered)
    listeners.button("incident.reopen", _ask_why)
    listeners.form("incident.reopen.form", _reopen_form)
    listeners.form(incident_open.FORM, incident_open.submit)
    listeners.shortcut("incident.from_message", incident_open.from_message)


def _help(request: Request) -> Message:
    reaction = request.services.settings.timeline_reaction
    who = "Anybody may open one and take it further. Times are read in your zone."
    react = f"React with {reaction} to a message in its thread or channel: it goes into the timeline."
    return manual(request.words, COMMAND, VERBS, f"{who} {react}")


def _open(request: Request) -> Answer:
    words = request.words
    if not words.target and not words.options:
        return incident_open.form()
    words.only(*OPTIONS, "channel", "own_channel")
    said = words.options.get("channel", "")
    is_new = said.casefold() == "new"
    where = Where(place(said) if said and not is_new else "", apart=is_new or _asks(words, "own_channel"))
    return incident_open.declare(request, words.target, words.options, where)


def _asks(words: Words, name: str) -> bool:
    return read_yes(words.options.get(name, ""), name)


def _channel(request: Request) -> Message:
    request.words.only()
    number = read_number(request.words.target)
    return presenter.awaited(incident_work.give_channel(request.services, request.asker, number).incident)


def _list(request: Request) -> Message:
    request.words.only()
    if request.words.target == "all":
        found = incidents.listing(request.services, request.asker, everything=True)
        return presenter.past(found, request.asker.timezone)
    if request.words.target:
        raise InvalidInput(f"Say {COMMAND} list, or {COMMAND} list all.")
    return presenter.listing(incidents.listing(request.services, request.asker), request.services.now())


def _show(request: Request) -> Message:
    request.words.only()
    number = read_number(request.words.target)
    found = incidents.dossier(request.services, request.asker, number)
    return presenter.shown(found, request.asker.timezone, request.services.now())


def _show_pressed(request: Request) -> Message:
    found = incidents.dossier(request.services, request.asker, read_number(request.value))
    return presenter.shown(found, request.asker.timezone, request.services.now())


def _step(moment: Moment) -> Callable[[Request], Message]:
    def take(request: Request) -> Message:
        request.words.only("at", "note")
        number, options = read_number(request.words.target), request.words.options
        done = incidents.step(
            request.services, request.asker, number, moment, at=options.get("at", ""), note=options.get("note", "")
        )
        return presenter.changed(done.incident)

    return take


def _pressed(moment: Moment) -> Callable[[Request], Message]:
    def press(request: Request) -> Message:
        done = incidents.step(request.services, request.asker, read_number(request.value), moment)
        return presenter.changed(done.incident)

    return press


def _reopen(request: Request) -> Message:
    request.words.only("reason")
    number, reason = read_number(request.words.target), request.words.options.get("reason", "")
    done = incidents.reopen(request.services, request.asker, number, reason)
    return presenter.changed(done.incident)


def _ask_why(request: Request) -> Modal:
    field = Field("reason", "Why", "long", placeholder="It came back after the deployment", longest=500)
    state = {"number": request.value}
    instead = f'{COMMAND} reopen INC-{request.value} reason="…"'
    return Modal("incident.reopen.form", "Open it again", (field,), submit="Reopen", state=state, instead=instead)


def _reopen_form(request: Request) -> Message:
    number = read_number(request.state["number"])
    done = incidents.reopen(request.services, request.asker, number, request.values["reason"])
    return presenter.changed(done.incident)


def _edit(request: Request) -> Message:
    request.words.only(*TIME_WORDS, "reason")
    options = dict(request.words.options)
    number, reason = read_number(request.words.target), options.pop("reason", "")
    return presenter.told(
        incidents.edit(request.services, request.asker, number, options, reason).incident, request.asker.timezone, again=True
    )


def _backfill(request: Request) -> Message:
    request.words.only(*OPTIONS, "acknowledged", "mitigated", "resolved")
    done = incidents.backfill(request.services, request.asker, request.words.target, request.words.options)
    return presenter.told(done.incident, request.asker.timezone)


def _confirm(request: Request) -> Message:
    done = incidents.confirm(request.services, request.asker, read_number(request.value))
    return presenter.changed(done.incident)


def _recovered(request: Request) -> Message:
    number, _, at = request.value.partition("|")
    done = alert_incidents.resolve_as_proposed(request.services, request.asker, read_number(number), datetime.fromisoformat(at))
    return presenter.changed(done)


def _update(request: Request) -> Message:
    words = request.words
    Words(words.verb, words.target, words.options).only("severity", "title")
    if len(words.rest) > 1:
        raise InvalidInput('Put what is new in quotes, as in update INC-1 "traffic is on the old model".')
    note = words.rest[0] if words.rest else ""
    done = incident_work.update(request.services, request.asker, read_number(words.target), note, words.options)
    return presenter.changed(done.incident)


def _merge(request: Request) -> Message:
    request.words.only("into")
    number, into = read_number(request.words.target), read_number(request.words.options.get("into", ""))
    done = incident_work.merge(request.services, request.asker, number, into)
    return presenter.changed(done.incident)


def _assign(request: Request) -> Message:
    number, options = read_number(request.words.target), request.words.options
    if len(options) != 1 or request.words.rest:
        raise InvalidInput(f"Say who does what, as in assign INC-{number} commander=@name.")
    [(role, said)] = options.items()
    who = person(said)
    if role == "remove":
        done = incident_work.remove(request.services, request.asker, number, who)
    else:
        verify_person(request.client, who)
        done = incident_work.assign(request.services, request.asker, number, role, who)
    return presenter.changed(done.incident)


def _link(request: Request) -> Message:
    number, options = read_number(request.words.target), request.words.options
    if len(options) != 1 or request.words.rest:
        raise InvalidInput(f"Say to what, as in link INC-{number} model=fraud-scoring@7 or kpi=mttr.")
    [(what, to)] = options.items()
    done = incident_work.link(request.services, request.asker, number, what, to)
    return presenter.changed(done.incident)


def _task(request: Request) -> Message:
    words = request.words
    Words(words.verb, words.target, words.options).only("done")
    number, place = read_number(words.target), words.options.get("done", "")
    if place:
        one = whole(place)
        if one is None:
            raise InvalidInput(f"Say the number of the task, as in task INC-{number} done=1.")
        done = incident_work.task_done(request.services, request.asker, number, one)
    else:
        done = incident_work.task(request.services, request.asker, number, " ".join(words.rest))
    return presenter.changed(done.incident)


def _export(request: Request) -> Message:
    request.words.only("as")
    number, form = read_number(request.words.target), request.words.options.get("as", "markdown")
    found = incidents.dossier(request.services, request.asker, number)
    one = found.incident
    if form == "json":
        content = json.dumps(exports.as_json(found), indent=2, ensure_ascii=False)
    elif form == "markdown":
        content = exports.markdown(found, request.asker.timezone, names(request.client, exports.named(found)))
    else:
        raise InvalidInput("Say as=markdown or as=json.")
    name = f"{one.name}.{'json' if form == 'json' else 'md'}"
    files.send(request.client, request.asker.user_id, name, content, f"{one.name}: {one.title}")
    words = f"{name} is in your messages with Barometer."
    return Message(words, (text(words),))


def _timeline(request: Request) -> Message:
    request.words.only()
    found = incidents.dossier(request.services, request.asker, read_number(request.words.target))
    return presenter.timeline(found, request.asker.timezone)


def _stats(request: Request) -> Message:
    request.words.only("since", "model", "severity", "as_of")
    found = incident_stats.stats(request.services, request.asker, request.words.options)
    return stats_presenter.stats(found, request.asker.timezone)


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "open": _open,
    "list": _list,
    "show": _show,
    "ack": _step("acknowledged"),
    "mitigate": _step("mitigated"),
    "resolve": _step("resolved"),
    "close": _step("closed"),
    "reopen": _reopen,
    "edit": _edit,
    "backfill": _backfill,
    "update": _update,
    "merge": _merge,
    "assign": _assign,
    "channel": _channel,
    "link": _link,
    "task": _task,
    "export": _export,
    "timeline": _timeline,
    "stats": _stats,
    "help": _help,
}
