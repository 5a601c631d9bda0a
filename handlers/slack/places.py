"""Channels and people that somebody names: whether Slack knows them, and whether they may have something said there."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.digests import is_person
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.people import Asker
from handlers.slack.members import SLACKBOT, STRANGE
from handlers.slack.replies import UNREACHED

NOT_THERE = {
    "channel_not_found": "Slack knows no such channel, or it is private and Barometer is not in it; invite Barometer first.",
    "user_not_found": "Slack knows no such person; mention them, or copy the id from their profile.",
}
UNTOLD = ("missing_scope", "ratelimited")
"""What Slack says when it tells nothing about the place itself."""
PAGE = 1000


class CannotPost(BarometerError):
    """Barometer cannot post there: {why}"""


class Untold(Exception):
    """Slack did not answer, or says nothing about the place itself."""


class NoSuchPerson(BarometerError):
    """There is no person {user}: mention them, or copy the id from their profile."""


def verify(client: WebClient, target: str, asker: Asker) -> None:
    """Ask Slack whether Barometer may post there for this person: into a private channel only for its members and admins.

    :raises CannotPost: it may not; the text says what to do.
    """
    with suppress(Untold):
        if is_person(target):
            _asked(client.users_info, user=target)
        else:
            _insist_open(client, target, asker, _asked(client.conversations_info, channel=target)["channel"])


def verify_private(client: WebClient, target: str, asker: Asker) -> None:
    """Insist that it is a private channel in which Barometer may post for this person. Where Slack tells nothing, it may not.

    :raises CannotPost: it is none, or it may not; the text says what to do.
    """
    try:
        channel = {} if is_person(target) else _asked(client.conversations_info, channel=target)["channel"]
        if not channel.get("is_private") or channel.get("is_im"):
            raise CannotPost(why="a private incident is told in a private channel or nowhere; name such a channel, or none.")
        _insist_open(client, target, asker, channel)
    except Untold as error:
        raise CannotPost(why="Slack does not say now whether that channel is private; try again, or name none.") from error


def _insist_open(client: WebClient, target: str, asker: Asker, channel: Mapping[str, Any]) -> None:
    if channel.get("is_private") and not asker.admin and not _is_member(client, target, asker.user_id):
        raise CannotPost(why="you are not in that private channel; ask one of its members, or an admin.")
    if channel.get("is_archived"):
        raise CannotPost(why="the channel is archived; choose another, or bring it back.")
    if not channel.get("is_member", True):
        raise CannotPost(why="Barometer is not in the channel; say /invite @Barometer there, and try again.")


def verify_person(client: WebClient, user: str) -> None:
    """Ask Slack whether it knows this person.

    :raises NoSuchPerson: it does not.
    """
    try:
        client.users_info(user=user)
    except SlackApiError as error:
        if error.response.get("error") == "user_not_found":
            raise NoSuchPerson(user=user) from error
    except UNREACHED:
        return


def verify_owner(client: WebClient, user: str) -> None:
    """Ask Slack whether something can be this person's to do. Where Slack tells nothing, it can.

    :raises InvalidInput: they are a bot, were deactivated, or Slack knows nobody of that id.
    """
    try:
        told = client.users_info(user=user).get("user") or {}
    except SlackApiError as error:
        if error.response.get("error") not in STRANGE:
            return
        raise InvalidInput("Slack knows no such person; name somebody else as its owner.", "owner") from error
    except UNREACHED:
        return
    if told.get("is_bot") or user == SLACKBOT or told.get("deleted"):
        what = "was deactivated" if told.get("deleted") else "is a bot"
        raise InvalidInput(f"Its owner {what} and cannot see to it; name somebody else.", "owner")


def _asked(method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
    """What Slack answers.

    :raises Untold: nothing.
    :raises CannotPost: it knows no such place.
    """
    try:
        return method(**arguments)
    except SlackApiError as error:
        code = str(error.response.get("error", ""))
        if code in UNTOLD:
            raise Untold from error
        raise CannotPost(why=NOT_THERE.get(code, f"Slack says “{code}”.")) from error
    except UNREACHED as error:
        raise Untold from error


def _is_member(client: WebClient, channel: str, user: str) -> bool:
    cursor = ""
    while True:
        answer = _asked(client.conversations_members, channel=channel, limit=PAGE, cursor=cursor)
        if user in answer["members"]:
            return True
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return False
