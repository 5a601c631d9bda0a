"""The channel of an incident: what it may be called, and what stands above it."""

import re
from collections.abc import Iterator

from bot.domain.incidents import Incident

LONGEST_NAME = 80
LONGEST_TOPIC = 250
NAMES = 5


def names(one: Incident) -> Iterator[str]:
    """Names as Slack takes them, the best first: inc-7-scores-are-0, and with a number at the end should that be taken."""
    words = re.sub(r"[^\w]+|_+", "-", one.title.casefold()).strip("-")
    whole = f"inc-{one.id}-{words}".strip("-")
    for place in range(1, NAMES + 1):
        end = f"-{place}" if place > 1 else ""
        yield _cut(whole, LONGEST_NAME - len(end)) + end


def topic(one: Incident) -> str:
    """How it stands, in one line."""
    words = f"{one.name} · {one.severity} · {one.status} · {one.title}"
    return words if len(words) <= LONGEST_TOPIC else f"{words[: LONGEST_TOPIC - 1]}…"


def _cut(name: str, longest: int) -> str:
    """At the end of a word, if that is not far."""
    if len(name) <= longest:
        return name
    short = name[: longest + 1].rpartition("-")[0]
    return short if len(short) > longest // 2 else name[:longest].rstrip("-")
