"""Files that people share in Slack, and files for them."""

import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlsplit

from slack_sdk import WebClient

from bot.domain.errors import BarometerError
from handlers.slack.replies import UNREACHED

LARGEST = 2_000_000
"""The largest file that is read, in bytes."""
SECONDS = 10


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Slack sends those who may not read a file on to a page: that is no file, and the token is not for other addresses."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


class FileNotRead(BarometerError):
    """The file could not be read from Slack ({reason}), so nothing was changed. Share it again, and try once more."""


class FileNotSent(BarometerError):
    """The file could not be sent to you ({reason}). Try again in a minute."""


def read(client: WebClient, file_id: str, user: str) -> bytes:
    """What is in a file that a person shared.

    :raises FileNotRead: Slack does not give it, it is too large, or somebody else shared it.
    """
    try:
        file = client.files_info(file=file_id)["file"]
        url = file["url_private_download"]
    except (*UNREACHED, KeyError) as error:
        raise FileNotRead(reason="Slack did not say where it is") from error
    if file.get("user", user) != user:
        raise FileNotRead(reason="somebody else shared it")
    if urlsplit(url).scheme not in ("http", "https"):
        raise FileNotRead(reason="its address is none")
    try:
        return _fetched(url, client.token or "")
    except HTTPError as error:
        raise FileNotRead(reason=f"Slack answered {error.code}") from error
    except UNREACHED as error:
        raise FileNotRead(reason="no answer in time") from error


def send(client: WebClient, user: str, name: str, content: str | bytes, words: str) -> None:
    """Send a file to a person, in their direct messages.

    :raises FileNotSent: Slack did not take it.
    """
    try:
        channel = client.conversations_open(users=user)["channel"]["id"]
        client.files_upload_v2(channel=channel, filename=name, content=content, initial_comment=words)
    except (*UNREACHED, KeyError) as error:
        raise FileNotSent(reason=type(error).__name__) from error


def _fetched(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http(s), seen above
    with _OPENER.open(request, timeout=SECONDS) as answer:
        content: bytes = answer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise FileNotRead(reason=f"it is larger than {LARGEST // 1_000_000} MB; split it")
    return content
