"""The forms of whoever runs surveys: extend one, open a sealed one, note an action, ask back, who stayed."""

from bot.domain.parts import Message, Note, bold, text
from bot.domain.quantities import whole
from bot.domain.sentences import say, spoken_in
from bot.presenters import pulse as presenter
from bot.presenters import pulse_actions as actions_presenter
from bot.services import survey_actions, survey_close, survey_follow_ups, survey_people, survey_waves
from handlers.slack import files
from handlers.slack.blocks.modals import Field, Modal
from handlers.slack.bodies import READER
from handlers.slack.forms import pulse_answer, pulse_close
from handlers.slack.places import verify_owner
from handlers.slack.request import Answer, Errors, Request

REPLY = "pulse.reply.send"


def extend_form(request: Request) -> Modal:
    """How much longer a wave is open, which is not over."""
    wave = survey_waves.extensible(request.services, request.asker, request.value)
    hint = "So long from now, or a moment such as friday 16:00."
    fields = (Field("closes", "Open for", placeholder="2d", hint=hint, longest=40),)
    instead = f"/pulse extend {request.value} until=2d"
    return Modal("pulse.extend.until", "Open for longer", fields, "Extend", instead=instead, state={"survey": wave})


def extend(request: Request) -> Message:
    """Let it end later."""
    name, until = request.state["survey"], request.values["closes"]
    return presenter.extended(survey_waves.extend(request.services, request.asker, name, until), request.asker.timezone)


def action_form(request: Request) -> Modal:
    """What is done because of results: who, and until when."""
    fields = (
        Field("add", "What is done", placeholder="Fewer meetings on Fridays", longest=survey_actions.LONGEST),
        Field("owner", "Who does it", "person"),
        Field("due", "Until when", "date"),
    )
    return Modal("pulse.action.add", "You said, we do", fields, submit="Note it", state={"survey": request.value})


def action(request: Request) -> Message:
    """Note it for the latest wave."""
    given = {key: request.values[key] for key in ("add", "owner", "due")}
    verify_owner(request.client, given["owner"])
    return actions_presenter.actions(
        survey_actions.add(request.services, request.asker, request.state["survey"], given, request.place.channel)
    )


def done_form(request: Request) -> Modal:
    """What came of an action."""
    survey, _, number = request.value.partition(" ")
    hint = "The next wave and its invitation say so."
    fields = (Field("outcome", "What came of it", optional=True, hint=hint, longest=survey_actions.LONGEST),)
    return Modal("pulse.done.say", "It is done", fields, submit="Done", state={"survey": survey, "action": number})


def done(request: Request) -> Message:
    """Note that an action is done."""
    survey, number = request.state["survey"], request.state["action"]
    found = survey_actions.end(request.services, request.asker, survey, number, request.values["outcome"])
    return actions_presenter.actions(found)


def unlock_form(request: Request) -> Modal:
    """The private half of the key of a sealed wave."""
    name = survey_close.locked(request.services, request.asker, whole(request.value) or 0)
    hint = "It is used once, to count, and kept nowhere."
    fields = (Field("key", "Private key", hint=hint, longest=200),)
    above, state = (text(f"{name} is sealed, and over."),), {"wave": request.value}
    return Modal("pulse.unlock.key", "Open a sealed survey", fields, submit="Count", above=above, state=state)


def unlock(request: Request) -> Message:
    """Count a sealed wave."""
    wave = whole(request.state["wave"]) or 0
    return pulse_close.told(request, survey_close.unlock(request.services, request.asker, wave, request.values["key"]))


def ask_form(request: Request) -> Modal:
    """A question back to whoever wrote a comment."""
    fields = (Field("question", "Your question", "long", longest=1000),)
    whom = "It reaches them in the next daily round. You never learn who they are, and they need not answer."
    note = Note(f"{whom} Question and answer stand below the comment, for all who may ask.")
    return Modal("pulse.ask.question", "Ask back", fields, submit="Ask", above=(note,), state={"comment": request.value})


def ask(request: Request) -> Message:
    """Have it asked in the next daily round."""
    survey_follow_ups.ask(request.services, request.asker, request.state["comment"], request.values["question"])
    words = "It goes out in the next daily round; an answer comes to you in a later one."
    return Message(words, (text(words),))


def reply_form(request: Request) -> Modal:
    """An answer to a question about one's own comment."""
    number, language = pulse_answer.about(request)
    with spoken_in(language):
        comment, question, answered = survey_follow_ups.asked(request.services, request.asker.user_id, number)
    return Modal(
        REPLY,
        say("answer", language),
        (Field("reply", say("your_answer", language), "long", initial=answered, longest=survey_follow_ups.LETTERS),),
        submit=say("send", language),
        close=say("cancel", language),
        above=(
            text(say("about_comment", language, comment=comment[:500])),
            text(bold(question)),
            Note(say("reply_note", language)),
        ),
        state={"follow_up": number, READER: language},
    )


def reply(request: Request) -> Modal:
    """Keep it, sealed, for the next daily round."""
    language = request.state.get(READER, "")
    with spoken_in(language):
        survey_follow_ups.reply(request.services, request.asker.user_id, request.state["follow_up"], request.values["reply"])
    return pulse_answer.thank_you(language, text(say("reply_kept", language)))


def retention_form(request: Request) -> Modal:
    """Who joined and who left, or how many there were and stayed; for nobody who may not record it."""
    survey_people.insist_may_record(request.services, request.asker)
    hint = "CSV with person, joined and left (dates; left is empty for who is still here). Or give the two numbers below."
    fields = (
        Field("year", "Year", placeholder="2026", longest=4),
        Field("file", "File", "file", hint=hint, optional=True),
        Field("start", "How many were here at the start of the year", optional=True, placeholder="40", longest=10),
        Field("stayed", "How many of them stayed", optional=True, placeholder="36", longest=10),
    )
    return Modal(
        "pulse.retention", "Who stayed", fields, submit="Record", instead="/pulse retention year=2026 start=40 stayed=36"
    )


def retention(request: Request) -> Answer:
    """Record the retention of a year from the file, or from the numbers."""
    given = {name: request.values[name] for name in ("year", "start", "stayed")}
    file, numbers = next(iter(request.values.files.get("file", ())), ""), given["start"] + given["stayed"]
    if bool(file) == bool(numbers):
        both = "Give the file or the two numbers, not both: take the file out, or empty the numbers."
        return Errors({"file": both if file else "Share a CSV file, or fill in the two numbers below."})
    if not file:
        return actions_presenter.retention(survey_people.retention(request.services, request.asker, given, request.key))
    try:
        content = files.read(request.client, file, request.asker.user_id)
    except files.FileNotRead as error:
        return Errors({"file": error.text})
    found = survey_people.retention_of_file(request.services, request.asker, given["year"], content, request.key)
    return actions_presenter.retention(found)
