"""Answering a survey: one form a page, and a receipt that only says that you answered.

What is filled in goes to the ballot and nowhere else. These requests ask Slack nothing of the person and write down no time.
"""

from bot.domain.questions import Input
from bot.domain.survey_waves import Kept, Sheet
from bot.presenters import pulse as presenter
from bot.services import survey_answers
from handlers.slack.blocks.modals import Choice, Field, FieldKind, Modal
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
    """The form as it stands for this person."""
    return _drawn(survey_answers.sheet(request.services, request.asker.user_id, int(request.value or 0)))


def submit(request: Request) -> Answer:
    """Keep a page: the next one, or the receipt."""
    wave, page = int(request.state["wave"]), int(request.state["page"])
    kept = survey_answers.keep(request.services, request.asker.user_id, wave, page, request.values.texts)
    return _receipt(kept) if isinstance(kept, Kept) else _drawn(kept)


def withdraw(request: Request) -> Modal:
    """Take the answers back."""
    return _receipt(survey_answers.withdraw(request.services, request.asker.user_id, int(request.value)))


def _drawn(sheet: Sheet) -> Modal:
    state = {"wave": str(sheet.wave), "page": str(sheet.page)}
    return Modal(
        FORM,
        sheet.title,
        tuple(_field(each, sheet) for each in sheet.inputs),
        submit="Next" if sheet.page < sheet.pages else "Send",
        above=presenter.above(sheet),
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
        placeholder=asked.label if asked.kind == "tick" else "",
        longest=asked.longest or 3000,
        longest_label=2000,
    )


def _receipt(kept: Kept) -> Modal:
    return Modal("pulse.receipt", "Thank you", above=presenter.receipt(kept))
