"""The forms with which people record and correct: the KPI's own inputs, and the computed value before anything is saved."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from bot.domain.errors import InvalidInput
from bot.domain.kpi_answers import Draft
from bot.domain.kpis import Input, Kpi
from bot.domain.observations import Observation
from bot.domain.parts import Message, Note, Part, text
from bot.domain.periods import label
from bot.presenters import kpis as presenter
from bot.services import definitions, kpis
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.request import Answer, Errors, Request

SEARCH = "kpi.names"
CHOSEN = "kpi.chosen"
RECORD = "kpi.record.form"
CORRECT = "kpi.correct.form"
_ABOUT = re.compile(r"([^|]+)\|obs:(\d{1,12})")
_INPUT, _DIMENSION = "in-", "dim-"
_WORDS = ("period", "note", "evidence", "reason")


def about(value: str) -> tuple[str, int | None]:
    """What a button is about: a KPI, and perhaps one of its observations."""
    match = _ABOUT.fullmatch(value)
    return (match[1], int(match[2])) if match else (value, None)


def search(request: Request) -> tuple[Choice, ...]:
    """The KPIs whose name or title has what was typed in it."""
    found = kpis.names(request.services, request.asker, request.value)
    return tuple(Choice(f"{title} ({name})", name) for name, title in found)


def choose(_: Request) -> Modal:
    """Which KPI? The form goes on as soon as it is chosen."""
    return Modal(RECORD, "Record a value", (_kpi_field(),), "Next", instead="/kpi record NAME VALUE")


def record(request: Request, name: str) -> Modal:
    """The form for a new value of a KPI.

    :raises UnknownKpi: there is none of that name that the asker may see.
    """
    kpi = _kpi(request, name)
    return _form(kpi, RECORD, {}, {"kpi": kpi.name})


def correct(request: Request, value: str) -> Modal:
    """The form for a correction of the latest value, or of the one that a button is about; it holds what is in force.

    :raises BarometerError: there is no such KPI or value.
    """
    name, observation = about(value)
    found = kpis.why(request.services, request.asker, name, None, observation).observation
    state = {"kpi": found.kpi, "observation": str(found.id), "period": label(found.period)}
    return _form(_kpi(request, found.kpi), CORRECT, _in_force(found), state)


def submit_record(request: Request) -> Answer:
    """Show the computed value first; save what was shown."""
    name = request.state.get("kpi", "")
    if not name:
        return record(request, request.values["kpi"])
    value, fields = request.values["value"], _fields(request)

    def look() -> Draft:
        return kpis.preview(request.services, request.asker, name, value, fields)

    def save() -> Message:
        done = kpis.record(request.services, request.asker, name, value, fields, key=request.key)
        return presenter.recorded(done, request.asker.timezone)

    return _in_two_steps(request, look, save)


def submit_correction(request: Request) -> Answer:
    """Show the computed value first; put what was shown in the place of the old one."""
    name, value, fields = request.state["kpi"], request.values["value"], _fields(request)
    which = int(request.state["observation"])
    if not fields.get("reason", "").strip():
        return Errors({"reason": "Say why, for whoever wonders later."})

    def look() -> Draft:
        given = {n: v for n, v in fields.items() if n != "reason"}
        # Names of a segment may be long, and what a form carries may not.
        segment = kpis.why(request.services, request.asker, name, None, which).observation.dimensions
        given |= {"period": request.state["period"], **segment}
        return replace(kpis.preview(request.services, request.asker, name, value, given), existing=None)

    def save() -> Message:
        done = kpis.correct(request.services, request.asker, name, value, fields, observation=which, key=request.key)
        return presenter.recorded(done, request.asker.timezone)

    return _in_two_steps(request, look, save)


def _in_two_steps(request: Request, look: Callable[[], Draft], save: Callable[[], Message]) -> Answer:
    """What is saved is what was shown: whoever changes a field after looking looks again."""
    filled = _digest(request)
    try:
        if request.state.get("seen") == filled:
            return save()
        draft = look()
    except InvalidInput as error:
        return Errors({_blamed(request, error.text): error.text})
    shown = (*presenter.drafted(draft).parts, Note("Nothing is saved yet. Press Save, or change something."))
    state = dict(request.state) | {"seen": filled}
    form = CORRECT if "observation" in state else RECORD
    typed = {n: v for n, v in request.values.texts.items() if n != "kpi"}
    return replace(_form(draft.kpi, form, typed, state), submit="Save", above=shown)


def _form(kpi: Kpi, form: str, typed: Mapping[str, str], state: Mapping[str, str]) -> Modal:
    correcting = form == CORRECT
    fields = [*_value_fields(kpi, typed)]
    if not correcting:
        fields = [_kpi_field(kpi), *fields, _period_field(kpi, typed)]
    fields.append(_reason(typed) if correcting else _note(typed))
    if kpi.entry.evidence == "required":
        fields.append(Field("evidence", "Evidence", hint="A link to what shows it", initial=typed.get("evidence", "")))
    fields += [] if correcting else _segment_fields(kpi, typed)
    above: tuple[Part, ...] = (text(f"{kpi.title}, {state['period']}"),) if correcting else ()
    title = "Correct a value" if correcting else "Record a value"
    words = f"/kpi {'correct' if correcting else 'record'} {kpi.name} VALUE"
    return Modal(form, title, tuple(fields), "Show the value", above, state=dict(state), instead=words)


def _kpi_field(kpi: Kpi | None = None) -> Field:
    known = (Choice(f"{kpi.title} ({kpi.name})", kpi.name),) if kpi else ()
    initial = kpi.name if kpi else ""
    hint = "Type a part of its name"
    return Field("kpi", "KPI", "search", choices=known, initial=initial, source=SEARCH, live=CHOSEN, placeholder=hint)


def _value_fields(kpi: Kpi, typed: Mapping[str, str]) -> list[Field]:
    """The inputs of the definition, and the value itself for whoever has only that."""
    inputs = [
        Field(_INPUT + i.name, i.title, hint=_hint(i), initial=typed.get(_INPUT + i.name, ""), optional=True)
        for i in kpi.inputs[:40]
    ]
    also = "Or the value itself" if inputs else "Value"
    hint = "Only if you do not have the numbers above; then no interval can be had." if inputs else ""
    return [*inputs, Field("value", also, hint=hint, initial=typed.get("value", ""), optional=bool(inputs))]


def _segment_fields(kpi: Kpi, typed: Mapping[str, str]) -> list[Field]:
    return [
        Field(
            _DIMENSION + d,
            f"Only for one {d.replace('_', ' ')}",
            initial=typed.get(_DIMENSION + d, ""),
            optional=True,
            placeholder="Empty: all of them",
        )
        for d in kpi.dimensions[:20]
    ]


def _period_field(kpi: Kpi, typed: Mapping[str, str]) -> Field:
    hint = f"Such as “last {kpi.grain.value.replace('_', ' ')}”, or a date in it. Empty: the one that is running."
    return Field("period", "Period", hint=hint, initial=typed.get("period", ""), optional=True)


def _note(typed: Mapping[str, str]) -> Field:
    return Field("note", "Note", "long", initial=typed.get("note", ""), optional=True, longest=2000)


def _reason(typed: Mapping[str, str]) -> Field:
    return Field("reason", "Why is it corrected?", "long", initial=typed.get("reason", ""), longest=2000)


def _hint(given: Input) -> str:
    return "Several numbers, with commas between them" if given.kind == "list" else ""


def _in_force(o: Observation) -> dict[str, str]:
    if not o.inputs:
        return {"value": "" if o.value is None else f"{o.value:f}"}
    return {_INPUT + n: _typed(v) for n, v in o.inputs.items()}


def _typed(value: Decimal | tuple[Decimal, ...]) -> str:
    return ", ".join(f"{v:f}" for v in value) if isinstance(value, tuple) else f"{value:f}"


def _fields(request: Request) -> dict[str, str]:
    filled = request.values.texts
    words = {n: filled[n] for n in _WORDS if filled.get(n, "").strip()}
    return _without(_INPUT, filled) | _without(_DIMENSION, filled) | words


def _blamed(request: Request, said: str) -> str:
    """The field that an error is about: the one that it names, else the period if there is one, else the value."""
    names = [n for n in request.values.texts if n.startswith((_INPUT, _DIMENSION))]
    for name in names:
        word = name.removeprefix(_INPUT).removeprefix(_DIMENSION)
        if said.startswith((f"{word}:", f"{word}=", f"{word} must")):
            return name
    for name in _WORDS:
        if name in request.values.texts and (f"The {name} is" in said or f"its {name}" in said):
            return name
    if request.values["period"] and not (request.values["value"] or any(request.values[n] for n in names)):
        return "value"
    return "period" if request.values["period"] and _about_time(said) else "value"


def _about_time(said: str) -> bool:
    return bool(re.search(r"\b(period|date|day|week|month|quarter|year|time|future|begun)\b", said))


def _digest(request: Request) -> str:
    filled = {n: v for n, v in request.values.texts.items() if n != "kpi"}
    return hashlib.sha256(json.dumps(filled, sort_keys=True).encode()).hexdigest()[:16]


def _kpi(request: Request, name: str) -> Kpi:
    with request.services.db.read() as connection:
        return definitions.named(request.services, connection, request.asker, name)


def _without(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    return {n.removeprefix(prefix): v for n, v in values.items() if n.startswith(prefix) and v.strip()}
