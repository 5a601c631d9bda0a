"""One call of a Web API method: its arguments, and what every method asks of them."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.errors import SlackError
from playground.slack import Slack
from playground.workspace import Channel, Json


@dataclass(frozen=True)
class Method:
    """What carries a method out, its tier (0: no limit), and the scopes of which it needs one."""

    run: Callable[["Call"], Json]
    tier: int
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call that passed the door."""

    slack: Slack
    method: str
    args: Json

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def need(self, *names: str) -> list[str]:
        """The arguments as text. Raises SlackError invalid_arguments naming those that are missing."""
        missing = [n for n in names if self.args.get(n) in (None, "")]
        if missing:
            raise refused([f"[ERROR] missing required field: {name}" for name in missing])
        return [self.text(n) for n in names]

    def number(self, name: str, default: int, most: int = 1000) -> int:
        """A whole number from 1 to `most`; more is cut. Raises SlackError invalid_limit."""
        value = self.args.get(name)
        if value in (None, ""):
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise SlackError("invalid_limit") from None
        if number < 1:
            raise SlackError("invalid_limit")
        return min(number, most)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        if value is None:
            return default
        return value is True or str(value).lower() in ("1", "true")

    def parsed(self, name: str) -> Any:
        """An argument that is JSON, given as such or as text. Raises SlackError invalid_arguments."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise refused([f"[ERROR] {name} is no valid JSON [json-pointer:/{name}]"], _bad_json(name)) from None

    def channel(self, name: str = "channel") -> Channel:
        """A conversation that the bot may know of. Raises SlackError channel_not_found."""
        channel = self.slack.workspace.channel(self.text(name))
        if (channel.is_private or channel.is_im) and not self.slack.app.is_in(channel):
            raise SlackError("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """A conversation that the bot is in. Raises SlackError channel_not_found or not_in_channel."""
        channel = self.channel(name)
        if not self.slack.app.is_in(channel):
            raise SlackError("not_in_channel")
        return channel

    def require_scope(self, scope: str) -> None:
        """Raises SlackError missing_scope, unless the app has it or has no manifest."""
        provided = self.slack.app.scopes
        if provided is not None and scope not in provided:
            raise SlackError("missing_scope", needed=scope, provided=",".join(provided))

    def page(self, items: list[Any], default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
        """The items of the page that `cursor` and `limit` ask for, and its response_metadata."""
        limit = self.number("limit", default, most)
        start = read_cursor(self.text("cursor"))
        rest = start + limit < len(items)
        return items[start : start + limit], {"next_cursor": write_cursor(start + limit) if rest else ""}


def refused(messages: list[str], error: str = "invalid_arguments") -> SlackError:
    """A refusal that says what is wrong, one message for each problem."""
    return SlackError(error, response_metadata={"messages": messages})


def write_cursor(position: int) -> str:
    """A cursor that leads to a position."""
    return base64.urlsafe_b64encode(f"next:{position}".encode()).decode()


def read_cursor(cursor: str) -> int:
    """The position in a cursor. Raises SlackError invalid_cursor."""
    if not cursor:
        return 0
    try:
        kind, position = base64.urlsafe_b64decode(cursor.encode()).decode().split(":")
        if kind != "next":
            raise SlackError("invalid_cursor")
        return int(position)
    except ValueError:
        raise SlackError("invalid_cursor") from None


def _bad_json(name: str) -> str:
    return {"blocks": "invalid_blocks_format", "attachments": "invalid_attachments", "metadata": "invalid_metadata_format"}.get(
        name, "invalid_arguments"
    )
