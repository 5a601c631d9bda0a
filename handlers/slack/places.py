"""Channels and people that somebody names: whether Slack knows them, and whether they may have something said there."""

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.digests import is_person
from bot.domain.errors import BarometerError
from bot.domain.people import Asker

NOT_THERE = {
    "channel_not_found": "Slack knows no such channel, or it is private and Barometer is not in it; invite Barometer first.",
    "user_not_found": "Slack knows no such person; mention them, or copy the id from their profile.",
}
UNTOLD = ("missing_scope", "ratelimited")
"""What Slack says when it tells nothing about the place itself."""
PAGE = 1000


class CannotPost(BarometerError):
    """Barometer cannot post there: {why}"""


class NoSuchPerson(BarometerError):
    """There is no person {user}: mention them, or copy the id from their profile."""


def verify(client: WebClient, target: str, asker: Asker) -> None:
    """Ask Slack whether Barometer may post there for this person: into a private channel only for its members and admins.

    :raises CannotPost: it may not; the text says what to do.
    """
    try:
        if is_person(target):
            client.users_info(user=target)
            return
        channel = client.conversations_info(channel=target)["channel"]
        if channel.get("is_private") and not asker.admin and not _is_member(client, target, asker.user_id):
            raise CannotPost(why="you are not in that private channel; ask one of its members, or an admin.")
    except SlackApiError as error:
        code = str(error.response.get("error", ""))
        if code in UNTOLD:
            return
        raise CannotPost(why=NOT_THERE.get(code, f"Slack says “{code}”.")) from error
    except (SlackClientError, OSError):
        return
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
    except (SlackClientError, OSError):
        return


def _is_member(client: WebClient, channel: str, user: str) -> bool:
    cursor = ""
    while True:
        answer = client.conversations_members(channel=channel, limit=PAGE, cursor=cursor)
        if user in answer["members"]:
            return True
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return False
