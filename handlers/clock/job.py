"""What the clock wakes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.services import Services

Work = dict[str, Callable[[str], None]]


def _no_work(_: Services) -> Work:
    return {}


@dataclass(frozen=True, slots=True)
class Job:
    """Woken at the start, then at least once in `every`. `run` says when something is due next, if it knows.

    `work` gives the jobs that it puts into the queue: their names, and what to do with the argument of each.
    """

    name: str
    every: timedelta
    run: Callable[[Services], datetime | None]
    work: Callable[[Services], Work] = field(default=_no_work)
