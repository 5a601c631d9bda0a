"""`/kpi`: see, record, correct and question figures, and define what is measured."""

from collections.abc import Callable, Mapping
from typing import Literal

from bot.domain.entry_fields import refuse_strays
from bot.domain.errors import InvalidInput
from bot.domain.parts import Message, text
from bot.domain.periods import label
from bot.presenters import kpis as presenter
from bot.services import kpis
from handlers.slack import files
from handlers.slack.blocks.modals import Field, Modal
from handlers.slack.forms import kpi_define, kpi_entry, kpi_import
from handlers.slack.forms.kpi_entry import about
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.request import Answer, Errors, Request
from handlers.slack.words import shown, unknown

COMMAND = "/kpi"
VERBS: Mapping[str, str] = {
    "list": "every figure, or those of a category, or `mine`, as in list risk mine",
    "show": 'one of them on a screen, as in show mttr since="8 weeks ago" model=fraud-scoring',
    "record": 'a new value, as in record mttr 3.5h period="this week" note="two incidents"; alone, the form',
    "correct": 'puts another value in its place, as in correct mttr 3h reason="counted twice"',
    "history": "everything that was recorded, with what was corrected, as in history mttr",
    "why": "where a figure came from: definition, inputs, who and when, as in why mttr period=W40",
    "approve": "what waits for your approval; with a name, approves the one value of it that waits",
    "reject": 'rejects a value that waits, as in reject mttr reason="wrong month"',
    "import": "reads a CSV file that you share; looks at it first and changes nothing until you say so",
    "export": "sends you every figure of one as a CSV file, as in export mttr",
    "define": "the form for a new KPI, or with a name for changing it; shows the YAML to keep",
    "help": "this list, or one line of it, as in help record",
}
REJECT = "kpi.reject.form"


def run(request: Request) -> Answer:
    """Do what the words say; without any, list."""
    verb = request.words.verb or "list"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    return _RUN[verb](request)


def listen(listeners: Listeners) -> None:
    """The buttons under a figure, and the forms."""
    listeners.button("kpi.choose", kpi_entry.choose)
    listeners.button("kpi.list", lambda request: _listing(request, "", mine=False))
    listeners.button("kpi.show", lambda request: _show(request, request.value, {}))
    listeners.button("kpi.record", lambda request: kpi_entry.record(request, about(request.value)[0]))
    listeners.button("kpi.correct", lambda request: kpi_entry.correct(request, request.value))
    listeners.button("kpi.why", _why_pressed)
    listeners.button("kpi.history", lambda request: _history(request, about(request.value)[0], {}))
    listeners.button("kpi.approve", lambda request: _decide(request, about(request.value)[1], "approved", ""))
    listeners.button("kpi.reject", _ask_why_rejected)
    listeners.button("kpi.waiting", _waiting)
    listeners.button(kpi_entry.CHOSEN, lambda request: kpi_entry.record(request, request.value))
    listeners.form(kpi_entry.RECORD, kpi_entry.submit_record)
    listeners.form(kpi_entry.CORRECT, kpi_entry.submit_correction)
    listeners.form(kpi_define.FIELDS_FORM, kpi_define.submit_fields)
    listeners.form(kpi_define.YAML_FORM, kpi_define.submit_yaml)
    listeners.form(kpi_import.FORM, kpi_import.submit)
    listeners.form(REJECT, _submit_rejection)
    listeners.search(kpi_entry.SEARCH, kpi_entry.search)
    listeners.search(kpi_entry.CHOSEN, kpi_entry.search)


def _help(request: Request) -> Message:
    notes = "Quotes hold words together. Times are read in your zone: “2h ago”, “yesterday 14:00”, “last week”, 2026-11-23."
    return manual(request.words, COMMAND, VERBS, notes)


def _said_list(request: Request) -> Message:
    said = [w.lower() for w in (request.words.target, *request.words.rest) if w]
    if request.words.options:
        raise InvalidInput("/kpi list takes a category and the word mine, and no options.")
    return _listing(request, " ".join(w for w in said if w != "mine"), mine="mine" in said)


def _listing(request: Request, category: str, *, mine: bool) -> Message:
    return presenter.listing(kpis.listing(request.services, request.asker, category, mine))


def _said_show(request: Request) -> Message:
    return _show(request, _named(request), _alone(request))


def _show(request: Request, name: str, fields: Mapping[str, str]) -> Message:
    return presenter.shown(kpis.show(request.services, request.asker, name, fields), request.asker.timezone)


def _record(request: Request) -> Answer:
    name = request.words.target
    if not name:
        return kpi_entry.choose(request)
    if not request.words.rest and not request.words.options:
        return kpi_entry.record(request, name)
    value, fields = _value(request)
    done = kpis.record(request.services, request.asker, name, value, fields, key=request.key)
    return presenter.recorded(done, request.asker.timezone)


def _correct(request: Request) -> Answer:
    name = _named(request)
    if not request.words.rest and not request.words.options:
        return kpi_entry.correct(request, name)
    value, fields = _value(request)
    done = kpis.correct(request.services, request.asker, name, value, fields, key=request.key)
    return presenter.recorded(done, request.asker.timezone)


def _said_history(request: Request) -> Message:
    return _history(request, _named(request), _alone(request))


def _history(request: Request, name: str, fields: Mapping[str, str]) -> Message:
    return presenter.history(kpis.history(request.services, request.asker, name, fields), request.asker.timezone)


def _said_why(request: Request) -> Message:
    return _why(request, _named(request), _alone(request), None)


def _why_pressed(request: Request) -> Message:
    name, observation = about(request.value)
    return _why(request, name, {}, observation)


def _why(request: Request, name: str, fields: Mapping[str, str], observation: int | None) -> Message:
    return presenter.why(kpis.why(request.services, request.asker, name, fields, observation), request.asker.timezone)


def _approve(request: Request) -> Message:
    request.words.only("reason")
    if not request.words.target:
        return _waiting(request)
    return _decide(request, _only_waiting(request), "approved", request.words.options.get("reason", ""))


def _reject(request: Request) -> Answer:
    request.words.only("reason")
    if not request.words.target:
        return _waiting(request)
    return _decide(request, _only_waiting(request), "rejected", request.words.options.get("reason", ""))


def _waiting(request: Request) -> Message:
    return presenter.waiting(kpis.waiting(request.services, request.asker), request.asker.timezone)


def _only_waiting(request: Request) -> int:
    name = request.words.target.lower()
    found = [o for kpi, o in kpis.waiting(request.services, request.asker) if kpi.name == name]
    if not found:
        raise InvalidInput(f"No value of “{shown(name)}” waits for you; say /kpi approve to see what does.")
    if len(found) > 1:
        periods = ", ".join(label(o.period) for o in found[:5])
        raise InvalidInput(f"Several values of {name} wait ({periods}); say /kpi approve and press the button of one.")
    return found[0].id


def _decide(request: Request, observation: int | None, outcome: Literal["approved", "rejected"], reason: str) -> Message:
    if observation is None:
        raise InvalidInput("That button is out of date; say /kpi approve to see what waits.")
    return presenter.decided(kpis.decide(request.services, request.asker, observation, outcome, reason))


def _ask_why_rejected(request: Request) -> Modal:
    name, observation = about(request.value)
    state = {"kpi": name, "observation": str(observation or "")}
    reason = Field("reason", "Why is it rejected?", "long", hint="Whoever gave it reads this.", longest=2000)
    words = f'/kpi reject {name} reason="…"'
    return Modal(REJECT, "Reject a value", (reason,), "Reject", (text(name),), state=state, instead=words)


def _submit_rejection(request: Request) -> Answer:
    which = request.state["observation"]
    try:
        return _decide(request, int(which) if which else None, "rejected", request.values["reason"])
    except InvalidInput as error:
        return Errors({"reason": error.text})


def _export(request: Request) -> Message:
    request.words.only()
    name = _named(request)
    content = kpis.export(request.services, request.asker, name)
    count = content.count("\n") - 1
    files.send(request.client, request.asker.user_id, f"{name.lower()}.csv", content, f"Every figure of {name.lower()}.")
    line = f"The figures of {name.lower()} are in your direct messages with me: {count} lines of CSV."
    return Message(line, (text(line),))


def _import(request: Request) -> Modal:
    request.words.only()
    return kpi_import.begin(request, request.words.target)


def _define(request: Request) -> Modal:
    request.words.only()
    return kpi_define.begin(request, request.words.target)


def _named(request: Request) -> str:
    if not request.words.target:
        verb = request.words.verb
        raise InvalidInput(f"Say which KPI, as in /kpi {verb} mttr; /kpi list shows them all.")
    return request.words.target


def _alone(request: Request) -> Mapping[str, str]:
    """The options, if nothing else stands there."""
    request.words.only(*request.words.options)
    return request.words.options


def _value(request: Request) -> tuple[str, dict[str, str]]:
    """The value, however it was said, and the other fields."""
    fields = dict(request.words.options)
    named = fields.pop("value", "")
    bare = " ".join(request.words.rest)
    strays = request.words.strays
    refuse_strays(request.words.options, strays, is_valued=bool(named) or len(strays) < len(request.words.rest))
    if named and bare:
        raise InvalidInput("The value is given twice; say it once.")
    return named or bare, fields


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "list": _said_list,
    "show": _said_show,
    "record": _record,
    "correct": _correct,
    "history": _said_history,
    "why": _said_why,
    "approve": _approve,
    "reject": _reject,
    "import": _import,
    "export": _export,
    "define": _define,
    "help": _help,
}
