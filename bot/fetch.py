"""The one HTTP client: short time-outs, no redirects, and only origins that the settings allow."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10
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
    """Where an address leads: https://deploy.example.com:8443."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allowed: frozenset[str], timeout: float = TIMEOUT_SECONDS
) -> Answer:
    """Post a body once.

    :raises ValueError: the address leads to an origin that is not among `allowed`.
    """
    if origin(url) not in {each.lower() for each in allowed}:
        raise ValueError(f"{origin(url)} is not allowed")
    request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - its origin is allowed
    try:
        with _opener.open(request, timeout=timeout) as response:
            return Answer(response.status, _beginning(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _beginning(error))
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        return Answer(0, f"nothing came back ({getattr(error, 'reason', None) or type(error).__name__})")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would lead past the list of allowed origins."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def _beginning(response: IO[bytes]) -> str:
    return response.read(LONGEST_ANSWER).decode("utf-8", "replace")
