"""What was published of a wave, or a survey itself, as a file: which kind, and sending it."""

from bot.domain.parts import Message
from bot.services import survey_attributed, survey_export
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.forms import pulse_new
from handlers.slack.listeners import Listeners
from handlers.slack.request import Request

FORM = "pulse.export.send"
FILES = (
    Choice("CSV", "csv"),
    Choice("Excel (XLSX)", "xlsx"),
    Choice("JSON", "json"),
    Choice("YAML: the survey itself, to be changed or copied", "yaml"),
)
PEOPLE = Choice("CSV of who answered what", "people")


def listen(listeners: Listeners) -> None:
    """The button under results, and the form."""
    listeners.button("pulse.export", form)
    listeners.form(FORM, submit)


def wave_of(value: str) -> tuple[str, str, str]:
    """What a button is about: a survey, the number of its wave if it is not the latest, and what else it says."""
    survey, _, rest = value.partition(" #")
    number, _, more = rest.partition(" ")
    return survey, number, more


def form(request: Request) -> Modal:
    """Which file."""
    name, number, mode = wave_of(request.value)
    has_names = mode == "attributed" and survey_attributed.may_read(request.services, request.asker, name, number)
    choices = (*FILES, PEOPLE) if has_names else FILES
    fields = (Field("as", "File", "one", choices=choices, initial="csv", hint="It comes into your messages from Barometer."),)
    state = {"survey": name, "wave": number}
    return Modal(FORM, "Export", fields, "Send", instead=f"/pulse export {name} as=csv", state=state)


def submit(request: Request) -> Message:
    """Send it."""
    return sent(request, request.state["survey"], request.values["as"], request.state["wave"])


def sent(request: Request, name: str, kind: str, number: str) -> Message:
    """Send what was published of a wave, or what else is asked for, to whoever asked.

    :raises BarometerError: there is no such file, or it is for others.
    """
    if kind == "yaml":
        return pulse_new.send_yaml(request, name)
    if kind == "people":
        named = survey_attributed.answers(request.services, request.asker, name, number, request.place.channel)
        file, words = f"{named.label.replace(' #', '-')}-people.csv", f"{named.label}: who answered what."
        return pulse_new.send_file(request, file, survey_attributed.as_csv(named), words)
    made = survey_export.export(request.services, request.asker, name, kind, number=number, channel=request.place.channel)
    return pulse_new.send_file(request, made.name, made.content, made.words)
