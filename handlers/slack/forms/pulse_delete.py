"""What is deleted: a survey, or a person; and the form that asks which."""

from bot.domain.parts import Message, text
from bot.domain.surveys import said
from bot.presenters import pulse_actions as actions_presenter
from bot.presenters import pulse_anonymity as anonymity_presenter
from bot.services import survey_people, survey_waves, surveys
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.listeners import Listeners
from handlers.slack.request import Answer, Errors, Request

FORM, ME = "pulse.delete.what", "me"
MOST = 99
"""So many surveys a menu has room for, beside who asks."""
MEANS = (
    "A survey that is deleted is asked no more, and the results of its waves stay; a person who is deleted is taken out of "
    "every survey that is open or recurs, with every answer that was kept with their name, and may be asked again later."
)


def listen(listeners: Listeners) -> None:
    """The buttons, and the form."""
    listeners.button("pulse.delete", lambda request: survey(request, request.value))
    listeners.button("pulse.erase", me)
    listeners.button("pulse.erase-other", lambda request: somebody(request, request.value))
    listeners.form(FORM, submit)


def form(request: Request) -> Modal:
    """What the asker can delete: themselves, surveys of their own, and for admins somebody else."""
    own, admin = surveys.deletable(request.services, request.asker), request.asker.admin
    named = (Choice(f"{each.name}: {said(each.title)}", each.name) for each in own[:MOST])
    hint = f"These are {MOST} of {len(own)} surveys; say /pulse delete NAME for another." if len(own) > MOST else ""
    fields = [
        Field("what", "What is deleted", "select", hint, "Choose", choices=(Choice("Me", ME), *named), optional=admin),
        *([Field("person", "Or somebody who left", "person", optional=True)] if admin else []),
    ]
    return Modal(FORM, "Delete", tuple(fields), "Delete", (text(MEANS),), instead="/pulse delete NAME")


def submit(request: Request) -> Answer:
    """Delete what was chosen."""
    what, whom = request.values["what"], request.values["person"]
    if bool(what) == bool(whom):
        both = "Choose what is deleted, or somebody who left, not both."
        return Errors({"what": both if what else "Choose what is deleted."})
    if whom:
        return somebody(request, whom)
    return me(request) if what == ME else survey(request, what)


def survey(request: Request, which: str) -> Message:
    """Delete a survey."""
    return actions_presenter.deleted(surveys.delete(request.services, request.asker, which))


def sure_of(request: Request, which: str) -> Message:
    """Ask whether a survey is really to be deleted."""
    return actions_presenter.sure_of_survey(surveys.to_delete(request.services, request.asker, which))


def sure(request: Request, whom: str = "") -> Message:
    """Ask whether what is kept of the asker, or of `whom`, is really to be deleted."""
    user = request.asker.user_id
    if whom not in ("", user):
        survey_people.insist_may_erase(request.asker, whom)
        return actions_presenter.sure_of(whom)
    return anonymity_presenter.sure(survey_waves.language_of(request.services, user))


def me(request: Request) -> Message:
    """Delete what is kept of the asker."""
    return actions_presenter.erased(survey_people.erase(request.services, request.asker))


def somebody(request: Request, whom: str) -> Message:
    """Delete what is kept of a person, who may be the asker."""
    if whom == request.asker.user_id:
        return me(request)
    survey_people.erase(request.services, request.asker, whom)
    return actions_presenter.erased_of(whom)
