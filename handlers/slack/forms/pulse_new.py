"""The forms that make a survey: as a copy of another, from its first question, or as YAML."""

from dataclasses import replace

from bot.domain.documents import DefinitionErrors
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.parts import Button, Buttons, Message, Note, Part, text
from bot.domain.survey_editing import read_language
from bot.domain.surveys import Survey, said
from bot.presenters import pulse_editor as editor
from bot.services import survey_editing, surveys
from bot.services.survey_audience import insist_belongs
from handlers.slack import files
from handlers.slack.blocks.modals import LONGEST, Choice, Field, Modal
from handlers.slack.blocks.writing import units
from handlers.slack.files import FileNotRead
from handlers.slack.forms import pulse_edit
from handlers.slack.listeners import Listeners
from handlers.slack.request import Answer, Errors, Request

BEGIN, YAML = "pulse.new", "pulse.yaml.save"
YAML_HINT = "Its name, title and questions. docs/adding.md has every word."


def listen(listeners: Listeners) -> None:
    """The buttons and forms with which a survey is made."""
    listeners.button("pulse.copy", copy_form)
    listeners.button("pulse.yaml", yaml_form)
    listeners.button("pulse.yaml.send", sent_yaml)
    listeners.form(BEGIN, begin)
    listeners.form(YAML, save_yaml)


def form(request: Request, name: str, origin: str) -> Modal:
    """The survey of that name, if the asker may change it; else what a new one begins with.

    :raises InvalidInput: there is no such survey to begin with.
    :raises Outsider: the asker is none of the workspace.
    """
    insist_belongs(request.asker)
    with request.services.db.read() as connection:
        known = surveys.everything(request.services, connection)
        is_own = name in known and surveys.may_change(request.services, connection, request.asker, name)
    if origin and origin not in known:
        raise InvalidInput(f"There is no survey “{origin[:60]}” to begin with; there are {', '.join(known)}.")
    if is_own and not origin:
        return pulse_edit.opened(request, name)
    source = origin or (name if name in known else "")
    own = name if name and name not in known else _free(f"our-{source}", known) if source else ""
    taken = f"{name} is not yours to change; this begins a copy of it." if source == name and name else ""
    return _begin(known, own, source, taken)


def copy_form(request: Request) -> Modal:
    """A survey that begins with the one that a button is about; with none, a new one."""
    return form(request, "", request.value)


def begin(request: Request) -> Answer:
    """Make the copy, or ask for the first question."""
    values = request.values
    origin = values["origin"]
    language = read_language(values["language"] or "en") if not origin else ""
    try:
        made = survey_editing.fresh(
            request.services, request.asker, values["name"], values["title"], origin=origin, language=language
        )
    except DefinitionErrors as error:
        return Errors(editor.blamed(error.problems, ("name", "title", "origin")))
    return pulse_edit.opened(request, made.name) if origin else pulse_edit.first_form(made.name, said(made.title), language)


def yaml_form(request: Request, told: str = "") -> Modal:
    """A survey as YAML: in a field, where all of it fits, or as a file. `told` is what was just done."""
    with request.services.db.read() as connection:
        known = surveys.everything(request.services, connection)
        found = known.get(request.value)
        is_own = found is not None and surveys.may_change(request.services, connection, request.asker, found.name)
    source = found or known["enps"]
    shown = source if is_own else replace(source, name=_free(f"our-{source.name}", known))
    written = surveys.written(shown)
    fits = units(written) <= LONGEST
    field = (Field("source", "The survey", "long", initial=written, optional=True, hint=YAML_HINT),) if fits else ()
    file = Field("file", "Or a file" if fits else "A file", "file", optional=fits, hint=YAML_HINT, filetypes=())
    long = f"{source.name} is too long for a field of Slack. /pulse export {source.name} as=yaml sends it as a file."
    above: tuple[Part, ...] = tuple(Note(words) for words in (told, "" if fits else long) if words)
    state = {"survey": shown.name, "was": survey_editing.whole(shown)} if is_own else {}
    below = (Buttons((Button("Send me the file", "pulse.yaml.send", source.name),)), *((pulse_edit.BACK,) if is_own else ()))
    instead = "a file in the folder BAROMETER_KPIS"
    return Modal(YAML, "A survey as YAML", (*field, file), "Save", above, below, state=state, instead=instead)


def save_yaml(request: Request) -> Answer:
    """Keep it, or say all that is wrong in it."""
    shared = next(iter(request.values.files.get("file", ())), "")
    at = "file" if shared or "source" not in request.values.texts else "source"
    try:
        source = _read(request, shared) if shared else request.values["source"]
    except FileNotRead as error:
        return Errors({at: error.text})
    if not source.strip():
        return Errors({at: "Share a YAML file." if at == "file" else "Write the survey, or share a file."})
    state = request.state
    try:
        made = survey_editing.rewrite(request.services, request.asker, source, state.get("survey", ""), state.get("was", ""))
    except DefinitionErrors as error:
        return Errors({at: editor.wrong(error.problems)[:2000]})
    except BarometerError as error:
        return Errors({at: error.text[:2000]})
    return _kept(request, made)


def sent_yaml(request: Request) -> Modal:
    """Send it as a file, and go on in the form."""
    return yaml_form(request, send_yaml(request, request.value).summary)


def send_yaml(request: Request, name: str) -> Message:
    """Send a survey as a file, which can be changed and shared in the form."""
    with request.services.db.read() as connection:
        found = surveys.named(request.services, connection, name)
    words = f"{found.name} as YAML. Change it, and share it in the form of /pulse new under YAML."
    return send_file(request, f"{found.name}.yaml", surveys.written(found), words)


def send_file(request: Request, name: str, content: str | bytes, words: str) -> Message:
    """Send a file to whoever asked, and say where it is.

    :raises FileNotSent: Slack did not take it.
    """
    files.send(request.client, request.asker.user_id, name, content, words)
    told = f"{name} is in your messages from Barometer."
    return Message(told, (text(told),))


def _begin(known: dict[str, Survey], name: str, origin: str, told: str = "") -> Modal:
    first, typed = "Empty: with a question of yours.", "Small letters and hyphens: what people type."
    tongue = "That of a first question of yours: en, no, de or another code. Empty: en."
    choices = tuple(Choice(f"{said(each.title)} ({each.name})", each.name) for each in known.values())
    fields = (
        Field("origin", "Begin with", "select", choices=choices, initial=origin, optional=True, hint=first),
        Field("name", "Name", initial=name, hint=typed, placeholder="after-release", longest=80),
        Field("title", "Title", optional=True, hint="Empty: that of the survey that it begins with, or its name.", longest=120),
        Field("language", "Language", initial="en", optional=True, hint=tongue, longest=16),
    )
    below = (Buttons((Button("As YAML", "pulse.yaml", origin),)),)
    above, instead = (Note(told),) if told else (), "a file in the folder BAROMETER_KPIS"
    return Modal(BEGIN, "A survey of your own", fields, "Next", above, below, instead=instead)


def _kept(request: Request, made: list[Survey]) -> Message:
    names = ", ".join(each.name for each in made)
    running = surveys.running(request.services, [each.name for each in made])
    then = (
        f"The open wave of {', '.join(running)} keeps its questions; these are asked from the next wave on."
        if running
        else f"Say /pulse start {made[0].name} to ask it."
    )
    words = f"{names} is kept. {then}"
    return Message(words, (text(words),))


def _read(request: Request, shared: str) -> str:
    return files.read(request.client, shared, request.asker.user_id).decode("utf-8-sig", "replace")


def _free(name: str, known: dict[str, Survey]) -> str:
    return name if name not in known else _free(f"{name}-2", known)
