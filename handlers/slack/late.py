"""What is said when the work takes longer than Slack waits: that it is not done yet, and later how it ended."""

import json
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from slack_bolt import BoltRequest, BoltResponse

from bot.domain.errors import BarometerError, Unavailable
from bot.domain.parts import Facts, Message, Note, Part, text
from bot.domain.sentences import Spoken, say
from bot.key_files import KeysNotHere
from handlers.slack import bodies
from handlers.slack.blocks.modals import Modal
from handlers.slack.blocks.render import payload
from handlers.slack.problems import NO_FIELDS, OurFault
from handlers.slack.replies import UNREACHED, Replies, done, drawn

log = logging.getLogger(__name__)
Body = Mapping[str, Any]
WORKING = "Still working; the answer follows here. If none has come in a minute, ask again."
QUOTES_NOTHING = (Unavailable, Spoken, OurFault, KeysNotHere)
"""Errors in whose text nothing stands that was typed."""


def acknowledgement(body: Body) -> BoltResponse:
    """The honest answer while the work goes on."""
    match bodies.kind(body):
        case "command":
            said = payload(Message(WORKING, (text(WORKING),)))
            return BoltResponse(status=200, body={"response_type": "ephemeral", **said})
        case "form":
            return BoltResponse(
                status=200, body={"response_action": "update", "view": _notice(body, say("working", bodies.reader(body)))}
            )
        case "search":
            return BoltResponse(status=200, body={"options": []})
        case _:
            return done()


def follow_up(replies: Replies, request: BoltRequest, finished: "Future[BoltResponse]", *, discreet: bool = False) -> None:
    """Tell how it ended, on another way than the acknowledgement, which is given already."""
    body = request.body
    if finished.exception() is not None:
        log.error("a %s failed after it was acknowledged as unfinished", bodies.kind(body), exc_info=finished.exception())
        failed = "Something went wrong on our side. Look whether what you changed is there before you try again."
        replies.tell_now(bodies.place(body), Message(failed, (text(failed),)))
        return
    answer = json.loads(finished.result().body or "{}")
    match bodies.kind(body):
        case "command" if answer.get("blocks"):
            replies.send(bodies.place(body), {"text": answer.get("text", ""), "blocks": answer["blocks"]})
        case "form":
            _end_form(replies, body, answer, request.context.get(NO_FIELDS), discreet=discreet)


def _end_form(
    replies: Replies, body: Body, answer: Mapping[str, Any], problem: BarometerError | None, *, discreet: bool
) -> None:
    action = answer.get("response_action")
    if action == "errors":
        said = _refused(body, answer["errors"], problem, discreet=discreet)
        replies.tell_now(bodies.place(body), Message(say("refused", bodies.reader(body)), tuple(said)))
        _show(replies, body, _notice(body, say("not_saved", bodies.reader(body))))
    elif action == "update":
        _show(replies, body, answer["view"])
    else:
        _show(replies, body, _notice(body, "Done. You can close this."))


def _refused(body: Body, errors: Mapping[str, str], problem: BarometerError | None, *, discreet: bool) -> list[Part]:
    """Why, and everything that was typed, so that none of it is lost; answers to a survey stand in no message.

    What is about no field, `problem`, is said as it is, and the form itself says that nothing was saved.
    """
    refused, labels, typed = say("refused", bodies.reader(body)), bodies.fields(body), bodies.values(body)
    if discreet and not isinstance(problem, QUOTES_NOTHING):
        # Not even why: the reason may quote what was typed.
        again = [say("look_at", bodies.reader(body), label=labels.get(name, name)) for name in errors]
        return [text(f"{refused} {words}") for words in again]
    wrong = [f"{refused} {labels.get(name, name)}: {words}" for name, words in errors.items()]
    said: list[Part] = [text(words) for words in ([problem.text] if problem else wrong)]
    if discreet:
        return said
    rows = tuple((label, typed[name.partition(":")[0]]) for name, label in labels.items() if typed[name.partition(":")[0]])
    return [*said, Note("This is what you had typed:"), Facts(rows)] if rows else said


def _notice(body: Body, words: str) -> dict[str, Any]:
    close = say("close", bodies.reader(body))
    return drawn(Modal("notice", "Barometer", close=close, above=(text(words),)), bodies.place(body))


def _show(replies: Replies, body: Body, view: dict[str, Any]) -> None:
    try:
        replies.client.views_update(view_id=bodies.view(body).get("id", ""), view=view)
    except UNREACHED as error:
        log.info("the form is not open any more: %s", error)
