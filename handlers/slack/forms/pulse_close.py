"""The form that ends a wave: at once, with notice, or unread."""

from bot.domain.parts import Message, Note, Part, text
from bot.domain.survey_reports import Ended
from bot.presenters import pulse as presenter
from bot.presenters import pulse_ends as ends_presenter
from bot.services import survey_close, survey_ending, survey_notice, survey_viewers
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.listeners import Listeners
from handlers.slack.request import Request

FORM, NOW, UNREAD = "pulse.close.when", "now", "unread"
HOURS = "It ends so many hours after the last of them can be told. Notice is given once."


def listen(listeners: Listeners) -> None:
    """The button on a survey's card, and the form."""
    listeners.button("pulse.close", form)
    listeners.form(FORM, submit)


def form(request: Request) -> Modal:
    """When it ends: only what can be done now is offered."""
    ways = survey_ending.ways(request.services, request.asker, request.value)
    choices = (
        *(() if ways.why else (Choice("Now", NOW),)),
        *(Choice(f"In {each[:-1]} hours, with notice to those who have not answered", each) for each in ways.spans),
        *((Choice("Now, unread: its answers are destroyed", UNREAD),) if ways.unread else ()),
    )
    hint = HOURS if ways.spans else ""
    fields = (Field("when", "When", "one", choices=choices, initial="" if ways.why else NOW, hint=hint),)
    ends = f"When {ways.label} ends, its answers are counted once, and nobody can answer after that."
    above: tuple[Part, ...] = (text(f"{ends}{_with_too_few(ways)}"), *((Note(ways.why),) if ways.why else ()))
    instead = f"/pulse close {request.value}"
    return Modal(FORM, "Close", fields, "Close", above, instead=instead, state={"wave": ways.label})


def _with_too_few(ways: survey_ending.Ways) -> str:
    """What comes of too few answers: where names are kept, any number is enough."""
    if not ways.too_few:
        return ""
    if ways.to_come:
        return f" With {ways.too_few} it stays open: {presenter.still(ways.to_come)} still to be invited."
    if ways.was_extended:
        return f" With {ways.too_few} all is destroyed unopened: it stayed open once more already."
    return f" With {ways.too_few} it stays open once more."


def submit(request: Request) -> Message:
    """End it, or give notice of its end."""
    name, when = request.state["wave"], request.values["when"]
    if when == UNREAD:
        return thrown_away(request, name)
    return at_once(request, name) if when == NOW else with_notice(request, name, when)


def at_once(request: Request, name: str) -> Message:
    """End it, and count its answers."""
    return told(request, survey_close.by_hand(request.services, request.asker, name, request.key))


def with_notice(request: Request, name: str, span: str) -> Message:
    """Have it end so long after those who have not answered are told."""
    return presenter.noticed(survey_notice.close(request.services, request.asker, name, span), request.asker.timezone)


def thrown_away(request: Request, name: str) -> Message:
    """End it, and destroy its answers unread."""
    return told(request, survey_close.throw_away(request.services, request.asker, name, request.key))


def told(request: Request, ended: Ended) -> Message:
    """How a wave ended; the way to its results only for those who may see them."""
    may_see = survey_viewers.are_for(ended.contract, request.asker.user_id, request.place.channel)
    return ends_presenter.closed(ended, request.asker.timezone, may_see=may_see)
