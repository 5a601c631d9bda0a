"""The one HTTP client: one deadline for all of a request, no redirects, and only origins that the settings allow."""

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

TIMEOUT_SECONDS = 10.0
LONGEST_ANSWER = 16_384
PASSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may go well."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `status` 0 where nothing did, and then `text` says why. Of a long answer only the beginning."""

    status: int
    text: str

    @property
    def is_good(self) -> bool:
        """Whether the request was taken."""
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether it makes sense to send the same once more."""
        return self.status == 0 or self.status in PASSES


def origin(url: str) -> str:
    """Where an address leads, in lower case: https://deploy.example.com:8443.

    :raises ValueError: it leads nowhere.
    """
    parts = _parts(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allowed: frozenset[str], timeout: float = TIMEOUT_SECONDS
) -> Answer:
    """Post a body once; all of it, the answer included, within `timeout` seconds.

    :raises ValueError: the address leads nowhere, or to an origin that is not among `allowed`.
    """
    if origin(url) not in allowed:
        raise ValueError(f"{origin(url)} is not allowed")
    parts = _parts(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        with _cut_after(connection, timeout):
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read(LONGEST_ANSWER).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, f"nothing came back ({error or type(error).__name__})")
    finally:
        connection.close()


@contextmanager
def _cut_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """A time-out counts from byte to byte: whoever drips would hold the line for ever, so it is cut."""
    timer = threading.Timer(seconds, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or (parts.port is not None and not parts.port)
    ):
        raise ValueError("the address leads nowhere")
    return parts
