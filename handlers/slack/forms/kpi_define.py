"""The form that defines a KPI: fields first, then the YAML that they make, which is what is kept."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from bot.domain.definition_writing import flow, to_yaml
from bot.domain.documents import DefinitionErrors
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Category, Direction, Grain
from bot.domain.parts import Message, Note, Part, Text, bold, code, text
from bot.domain.people import ROLES
from bot.services import definitions
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.request import Answer, Errors, Request

FIELDS_FORM = "kpi.define.fields"
YAML_FORM = "kpi.define.yaml"
LONGEST = 3000
"""Slack's limit for one input; a longer definition belongs into a file."""


def begin(request: Request, name: str) -> Modal:
    """The form: of a new KPI, or with the definition of one that there is.

    :raises BarometerError: there is no such KPI, or its definition is too long for a form.
    """
    if not name:
        return Modal(FIELDS_FORM, "Define a KPI", _fields(), "Show the YAML")
    with request.services.db.read() as connection:
        kpi = definitions.named(request.services, connection, request.asker, name)
    source = to_yaml(kpi)
    if len(source) > LONGEST:
        raise InvalidInput(f"The definition of {kpi.name} is too long for a form; change it in a file of BAROMETER_KPIS.")
    return _yaml(source)


def submit_fields(request: Request) -> Answer:
    """Show the YAML that the fields make."""
    return _yaml(written({name: request.values[name] for name in request.values.texts}))


def submit_yaml(request: Request) -> Answer:
    """Put it in force, or say what is wrong in it."""
    source = request.values["yaml"]
    try:
        kpis = definitions.define(request.services, request.asker, source, request.values["reason"])
    except DefinitionErrors as error:
        return Errors({"yaml": error.text})
    except InvalidInput as error:
        return Errors({"reason" if "reason" in error.text else "yaml": error.text})
    names = ", ".join(f"{k.name} (version {k.version})" for k in kpis)
    note = Note("Keep this in a file of BAROMETER_KPIS, so that it is reviewed and not lost.")
    return Message(f"Defined: {names}", (text(bold(f"Defined: {names}")), Text((code(source),)), note))


def written(filled: dict[str, str]) -> str:
    """A definition in YAML, from what was filled in; what is not right is found when it is read."""
    lines = [f"{name}: {flow(filled.get(name, ''))}" for name in ("name", "title", "category", "definition")]
    lines.append("inputs:")
    for line in filled.get("inputs", "").splitlines():
        name, _, title = (word.strip() for word in line.partition(":"))
        if name:
            lines.append(f"  {flow(name)}: {flow({'title': title or name})}")
    lines += [f"formula: {flow(filled.get('formula', ''))}", f"unit: {flow({'code': filled.get('unit', '')})}"]
    lines += [f"direction: {flow(filled.get('direction', ''))}", f"frequency: {flow([filled.get('frequency', '')])}"]
    if bounds := {end: _number(filled[end]) for end in ("min", "max") if filled.get(end, "").strip()}:
        lines.append(f"target: {flow(bounds)}")
    return "\n".join([*lines, f"owner: {flow(filled.get('owner', ''))}", "entry: {mode: manual}"]) + "\n"


def _yaml(source: str) -> Modal:
    asked = Field("yaml", "Definition", "long", initial=source)
    reason = Field("reason", "Why", optional=True, hint="Needed when it changes a KPI that there is", longest=300)
    above: tuple[Part, ...] = (Note("This is what is kept. Look through it, and change what is not right."),)
    return Modal(YAML_FORM, "Define a KPI", (asked, reason), "Put in force", above)


def _fields() -> tuple[Field, ...]:
    return (
        Field("name", "Name", hint="Small letters and hyphens: what people type", placeholder="ticket-backlog", longest=80),
        Field("title", "Title", placeholder="Tickets waiting", longest=120),
        Field("category", "Category", "select", choices=_choices(c.value for c in Category)),
        Field("definition", "What it means", "long", longest=1000),
        Field("inputs", "Inputs", "long", hint="One a line: name: what it is", placeholder="waiting: tickets waiting"),
        Field("formula", "Formula", hint="Arithmetic on the inputs, such as waiting / all", longest=500),
        Field("unit", "Unit", hint="ratio, count, index, ms, s, min, h, d, or a currency such as EUR", longest=10),
        Field("direction", "Better is", "select", choices=_choices(d.value for d in Direction)),
        Field("frequency", "How often", "select", choices=_choices(g.value for g in Grain)),
        Field("owner", "Owner", "select", choices=_choices(ROLES)),
        Field("min", "Target: at least", optional=True, hint="In the unit; a share of 1 for a ratio", longest=30),
        Field("max", "Target: at most", optional=True, longest=30),
    )


def _choices(values: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(v.replace("_", " "), v) for v in values)


def _number(typed: str) -> Decimal | str:
    try:
        number = Decimal(typed.strip())
    except InvalidOperation:
        return typed.strip()
    return number if number.is_finite() else typed.strip()
