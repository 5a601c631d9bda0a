"""Answering a survey: one form a page, and a receipt that only says that you answered.

What is filled in goes to the ballot and nowhere else. These requests ask Slack nothing of the person and write down no time.
"""

from bot.domain.parts import Part, text
from bot.domain.quantities import whole
from bot.domain.questions import Input
from bot.domain.sentences import say, spoken_in
from bot.domain.survey_waves import Kept, Over, Sheet
from bot.presenters import pulse as presenter
from bot.services import survey_answers
from handlers.slack.blocks.modals import Choice, Field, FieldKind, Modal
from handlers.slack.bodies import READER
from handlers.slack.request import Answer, Request

FORM = "pulse.sheet"
_KINDS: dict[str, FieldKind] = {
    "one": "one",
    "menu": "select",
    "several": "several",
    "number": "text",  # Slack takes no decimal comma in an input for numbers
    "line": "text",
    "lines": "long",
    "tick": "check",
}


def opened(request: Request) -> Modal:
    """The form as it stands for this person; over, where the button stands in a form, that is said there."""
    wave, language = about(request)
    with spoken_in(language):
        try:
            return _drawn(survey_answers.sheet(request.services, request.asker.user_id, whole(wave) or 0))
        except Over as error:
            if not request.state:
                raise
            return _over(error, language)


def submit(request: Request) -> Answer:
    """Keep a page: the next one, or the receipt."""
    wave, page = whole(request.state["wave"]) or 0, whole(request.state["page"]) or 1
    with spoken_in(request.state.get(READER, "")):
        kept = survey_answers.keep(request.services, request.asker.user_id, wave, page, request.values.texts)
    return _receipt(kept) if isinstance(kept, Kept) else _drawn(kept)


def back(request: Request) -> Modal:
    """The page before; what stands on this one is kept."""
    wave, page, language = whole(request.state["wave"]) or 0, whole(request.state["page"]) or 1, request.state.get(READER, "")
    with spoken_in(language):
        return _drawn(survey_answers.back(request.services, request.asker.user_id, wave, page, request.values.texts))


def withdraw(request: Request) -> Modal:
    """Take the answers back; over, that is said in place of the receipt."""
    wave, language = about(request)
    with spoken_in(language):
        try:
            return _receipt(survey_answers.withdraw(request.services, request.asker.user_id, whole(wave) or 0))
        except Over as error:
            return _over(error, language)


def about(request: Request) -> tuple[str, str]:
    """What a button that somebody who is asked has pressed is about, and the language of its reader."""
    what, _, language = request.value.partition(" ")
    return what, language


def _drawn(sheet: Sheet) -> Modal:
    state = {"wave": str(sheet.wave), "page": str(sheet.page), READER: sheet.language}
    return Modal(
        FORM,
        sheet.title,
        tuple(_field(each, sheet) for each in sheet.inputs),
        submit=say("next" if sheet.page < sheet.pages else "send", sheet.language),
        close=say("cancel", sheet.language),
        above=presenter.above(sheet),
        below=presenter.below(sheet),
        state=state,
    )


def _field(asked: Input, sheet: Sheet) -> Field:
    return Field(
        asked.name,
        asked.label,
        _KINDS[asked.kind],
        hint=asked.hint,
        initial=sheet.filled.get(asked.name, ""),
        optional=asked.optional,
        choices=tuple(Choice(pick.text, pick.value) for pick in asked.picks),
        placeholder=asked.picks[0].text if asked.kind == "tick" else "",
        longest=asked.longest or 3000,
        longest_label=2000,
    )


def _receipt(kept: Kept) -> Modal:
    return thank_you(kept.language, *presenter.receipt(kept))


def _over(error: Over, language: str) -> Modal:
    words = say(error.sentence, language, **error.given)
    return Modal("pulse.over", "Barometer", close=say("close", language), above=(text(words),))


def thank_you(language: str, *parts: Part) -> Modal:
    """What takes the place of a form that was sent."""
    title, close = say("thank_you", language), say("close", language)
    return Modal("pulse.receipt", title, close=close, above=parts, state={READER: language})
