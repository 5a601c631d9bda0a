"""What a person hears when something is not right: one sentence, only to them, with what to do next."""

import logging
import secrets

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.domain.errors import BarometerError, InvalidFields, InvalidInput
from bot.domain.parts import Message, Text
from bot.presenters.kpi_words import mentioning
from handlers.slack import bodies
from handlers.slack.blocks.render import payload
from handlers.slack.form_words import errors_in_form
from handlers.slack.replies import Replies, done
from handlers.slack.request import Unheard

log = logging.getLogger(__name__)
NO_FIELDS = "no_fields"
"""In the context of a form's request: what was wrong, where that is about none of its fields."""


class OurFault(BarometerError):
    """Something went wrong on our side (reference {reference}). Look whether what you changed is there before you try again."""


class Problems:
    """The one place that answers for errors."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def answer(self, error: Exception, request: BoltRequest) -> BoltResponse:
        """The answer, whatever the request was; an error that is not ours is logged under the reference that they get."""
        problem = _problem(error, request)
        body = request.body
        said = Message(problem.text, (Text(mentioning(problem.text, problem.people)),))
        match bodies.kind(body):
            case "command":
                return BoltResponse(status=200, body={"response_type": "ephemeral", **payload(said)})
            case "form" if fields := bodies.fields(body):
                wrong = {_place(each, list(fields)): each.text for each in _each(problem)}
                if not any(wrong):
                    request.context[NO_FIELDS] = problem
                errors = errors_in_form({place or next(iter(fields)): words for place, words in wrong.items()}, fields)
                return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
            case "form" | "button":
                self._replies.tell(bodies.place(body), said)
            case "search":
                return BoltResponse(status=200, body={"options": []})
        return done()


def _each(problem: BarometerError) -> tuple[BarometerError, ...]:
    return problem.each if isinstance(problem, InvalidFields) else (problem,)


def _place(problem: BarometerError, fields: list[str]) -> str:
    """The field of a form that an error is about; empty: none, so it is said at the first."""
    wrong = problem.field if isinstance(problem, InvalidInput) else ""
    return next((field for field in fields if field.partition(":")[0] == wrong), "")


def _problem(error: Exception, request: BoltRequest) -> BarometerError:
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("nobody hears this %s", bodies.kind(request.body))
        return Unheard()
    return error if isinstance(error, BarometerError) else _logged(error, request)


def _logged(error: Exception, request: BoltRequest) -> OurFault:
    problem = OurFault(reference=secrets.token_hex(3))
    sort = bodies.kind(request.body)
    log.error("reference %s: a %s failed", problem.facts["reference"], sort, exc_info=error)
    return problem
