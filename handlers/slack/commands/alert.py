"""`/alert`: what fires, who is on it, what is silenced, and how far the rules can be trusted."""

from collections.abc import Callable, Mapping

from bot.domain.alerts import read_number
from bot.domain.errors import InvalidInput
from bot.domain.parts import Message
from bot.domain.people import Asker
from bot.domain.remedies import Run
from bot.domain.silences import read_number as read_silence
from bot.presenters import alert_rules as rules_presenter
from bot.presenters import alerts as presenter
from bot.presenters import incidents as incidents_presenter
from bot.presenters import remedies as remedies_presenter
from bot.presenters import silences as silences_presenter
from bot.services import Services, alert_incidents, alert_remedies, alert_rules, alert_silences, alerts
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.request import Answer, Request
from handlers.slack.words import unknown

COMMAND = "/alert"
VERBS: Mapping[str, str] = {
    "list": "what fires, the gravest first",
    "show": "one of them with its buttons, as in show ALERT-1",
    "ack": 'says that you are on it, as in ack ALERT-1 note="rolling back"',
    "snooze": "hears nothing of it for a while, as in snooze ALERT-1 for=2h; if it still fires then, it is told again",
    "silence": 'tells nobody of some alerts, as in silence latency-p95 for=2h reason="load test"; with *, of several KPIs',
    "silences": "what is silenced, until when and why",
    "unsilence": "ends a silence before its time, as in unsilence SILENCE-1",
    "rules": "what is looked at, and how often it was right; of one KPI with what is off, as in rules uptime",
    "test": "what a rule would have done in the last 90 days, as in test latency-p95/limit",
    "history": "what fired, as in history latency-p95",
    "help": "this list, or one line of it, as in help snooze",
}
SNOOZES = (("1 hour", "1h"), ("4 hours", "4h"), ("Until tomorrow, 09:00", "tomorrow 09:00"), ("3 days", "3d"))


def run(request: Request) -> Answer:
    """Do what the words say; without any, list."""
    verb = request.words.verb or "list"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    return _RUN[verb](request)


def listen(listeners: Listeners) -> None:
    """The buttons under an alert and a silence, and the form that snoozes."""
    listeners.button("alert.ack", _ack_pressed)
    listeners.button("alert.snooze", _ask_until)
    listeners.form("alert.snooze.form", _snooze_form)
    listeners.button("alert.incident", _open_incident)
    listeners.button("alert.explain", _explain)
    listeners.button("alert.show", _show_pressed)
    listeners.button("alert.unsilence", _unsilence_pressed)
    listeners.button("alert.remedy", _look_at_remedy)
    listeners.form("alert.remedy.form", _ask_for_remedy)
    listeners.button("alert.approve", _approve)
    listeners.button("alert.refuse", _refuse)
    for action, verdict in (("real", "real"), ("expected", "expected"), ("false", "false alarm")):
        listeners.button(f"alert.{action}", _judge(verdict))


def _help(request: Request) -> Message:
    return manual(request.words, COMMAND, VERBS, "Alerts come from the thresholds of KPIs. Times are read in your zone.")


def _list(request: Request) -> Message:
    request.words.only()
    if request.words.target:
        raise InvalidInput(f"Say {COMMAND} list, or {COMMAND} history for what is over.")
    return presenter.listing(alerts.listing(request.services, request.asker), request.services.now())


def _show(request: Request) -> Message:
    request.words.only()
    found = alerts.dossier(request.services, request.asker, read_number(request.words.target))
    return presenter.shown(found, request.asker.timezone, request.services.now())


def _show_pressed(request: Request) -> Message:
    found = alerts.dossier(request.services, request.asker, read_number(request.value))
    return presenter.shown(found, request.asker.timezone, request.services.now())


def _ack(request: Request) -> Message:
    request.words.only("note")
    number, note = read_number(request.words.target), request.words.options.get("note", "")
    done = alerts.acknowledge(request.services, request.asker, number, note)
    return presenter.changed(done, request.services.now())


def _ack_pressed(request: Request) -> Message:
    done = alerts.acknowledge(request.services, request.asker, read_number(request.value))
    return presenter.changed(done, request.services.now())


def _snooze(request: Request) -> Message:
    request.words.only("for", "until")
    options = request.words.options
    if options.get("for") and options.get("until"):
        raise InvalidInput("Say either for= or until=, not both.")
    until = options.get("for", "") or options.get("until", "")
    done = alerts.snooze(request.services, request.asker, read_number(request.words.target), until)
    return presenter.changed(done, request.services.now())


def _ask_until(request: Request) -> Modal:
    choices = tuple(Choice(words, value) for words, value in SNOOZES)
    field = Field("until", "For how long", "select", initial="1h", choices=choices)
    state = {"number": request.value}
    instead = f"{COMMAND} snooze ALERT-{request.value} for=2h"
    return Modal("alert.snooze.form", "Snooze", (field,), submit="Snooze", state=state, instead=instead)


def _snooze_form(request: Request) -> Message:
    number = read_number(request.state["number"])
    done = alerts.snooze(request.services, request.asker, number, request.values["until"])
    return presenter.changed(done, request.services.now())


def _open_incident(request: Request) -> Message:
    done = alert_incidents.open_incident(request.services, request.asker, read_number(request.value))
    return incidents_presenter.told(done, request.asker.timezone)


def _explain(request: Request) -> Message:
    found = alerts.dossier(request.services, request.asker, read_number(request.value))
    words = alert_rules.words_of(found.kpi, found.alert.rule)
    return presenter.explained(found, words, request.asker.timezone)


def _judge(verdict: str) -> Callable[[Request], Message]:
    def press(request: Request) -> Message:
        done = alerts.judge(request.services, request.asker, read_number(request.value), verdict)
        return presenter.changed(done, request.services.now())

    return press


def _look_at_remedy(request: Request) -> Modal:
    number, _, name = request.value.partition("|")
    one, remedy = alert_remedies.offered(request.services, request.asker, read_number(number), name)
    choices = (Choice("Ask for agreement", "ask"), *((Choice("Dry run, now", "dry"),) if remedy.dry_run else ()))
    field = Field("how", "What to do", "select", initial="ask", choices=choices)
    above = remedies_presenter.preview(one, remedy, request.asker.user_id)
    return Modal("alert.remedy.form", "Remedy", (field,), "Go on", above, state={"number": number, "name": name})


def _ask_for_remedy(request: Request) -> Message:
    number, name = read_number(request.state["number"]), request.state["name"]
    _, remedy = alert_remedies.offered(request.services, request.asker, number, name)
    run = alert_remedies.ask(request.services, request.asker, number, name, dry_run=request.values["how"] == "dry")
    return remedies_presenter.answered(run, remedy)


def _approve(request: Request) -> Message:
    return _decided(request, alert_remedies.approve)


def _refuse(request: Request) -> Message:
    return _decided(request, alert_remedies.refuse)


def _decided(request: Request, decide: Callable[[Services, Asker, int], Run]) -> Message:
    return remedies_presenter.decided(decide(request.services, request.asker, int(request.value)))


def _silence(request: Request) -> Message:
    if request.words.rest:
        raise InvalidInput('Put the reason in quotes, as in silence latency-p95 for=2h reason="load test".')
    made = alert_silences.silence(request.services, request.asker, request.words.target, request.words.options)
    return silences_presenter.made(made, request.asker.timezone)


def _silences(request: Request) -> Message:
    request.words.only()
    return silences_presenter.listing(alert_silences.listing(request.services, request.asker), request.asker.timezone)


def _unsilence(request: Request) -> Message:
    request.words.only()
    done = alert_silences.unsilence(request.services, request.asker, read_silence(request.words.target))
    return silences_presenter.ended(done)


def _unsilence_pressed(request: Request) -> Message:
    return silences_presenter.ended(alert_silences.unsilence(request.services, request.asker, read_silence(request.value)))


def _rules(request: Request) -> Message:
    request.words.only()
    return rules_presenter.listing(alert_rules.listing(request.services, request.asker, request.words.target))


def _test(request: Request) -> Message:
    if not request.words.target or request.words.rest:
        raise InvalidInput(f"Say which rule, as in {COMMAND} test latency-p95/limit.")
    found = alert_rules.backtest(request.services, request.asker, request.words.target, dict(request.words.options))
    return rules_presenter.backtest(found, request.asker.timezone)


def _history(request: Request) -> Message:
    request.words.only()
    found = alerts.history(request.services, request.asker, request.words.target)
    return presenter.history(found, request.asker.timezone, request.services.now())


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "list": _list,
    "show": _show,
    "ack": _ack,
    "snooze": _snooze,
    "silence": _silence,
    "silences": _silences,
    "unsilence": _unsilence,
    "rules": _rules,
    "test": _test,
    "history": _history,
    "help": _help,
}
