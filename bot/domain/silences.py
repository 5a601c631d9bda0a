"""A silence: which alerts nobody is told of, and until when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from bot.domain.alerts import Alert
from bot.domain.errors import InvalidInput

PATTERN = re.compile(r"[a-z0-9*][a-z0-9*_.-]*(?:/[a-z*]+)?")


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts whose rule matches `rule` (`latency-p95`, `model-*`, `mttr/limit`) and that have `dimensions` are told to nobody.

    `begun` and `over`: its start and its end have been told.
    """

    id: int
    rule: str
    dimensions: Mapping[str, str]
    reason: str
    by: str
    channel: str
    starts_at: datetime
    ends_at: datetime
    begun: bool = False
    over: bool = False

    @property
    def name(self) -> str:
        """How it is called: "SILENCE-3"."""
        return f"SILENCE-{self.id}"

    def is_active(self, now: datetime) -> bool:
        """Whether it holds alerts back."""
        return not self.over and self.starts_at <= now < self.ends_at

    def names(self, kpi: str) -> bool:
        """Whether it is about a KPI, as a whole or in part."""
        return fnmatchcase(kpi, self.rule.partition("/")[0])

    def covers(self, one: Alert) -> bool:
        """Whether it is about an alert. A pattern without a rule is about every rule of the KPI."""
        pattern = self.rule if "/" in self.rule else f"{self.rule}/*"
        rule = one.rule if "/" in one.rule else f"{one.rule}/"
        return fnmatchcase(rule, pattern) and all(one.dimensions.get(k) == v for k, v in self.dimensions.items())


def read_pattern(text: str) -> str:
    """What a silence is about: a KPI, a rule of it, or a pattern with *.

    :raises InvalidInput: it is none.
    """
    pattern = text.strip().casefold()
    if not pattern:
        raise InvalidInput('Say what to silence, as in silence latency-p95 for=2h reason="load test".')
    if not PATTERN.fullmatch(pattern):
        raise InvalidInput(f"“{text[:40]}” is no KPI or rule; write one such as latency-p95, mttr/limit or model-*.")
    return pattern


def read_number(text: str) -> int:
    """The number of a silence, written as SILENCE-3, s3 or 3.

    :raises InvalidInput: it is none.
    """
    found = re.fullmatch(r"(?:s(?:ilence)?-?)?#?(\d{1,9})", text.strip().casefold())
    if not text.strip():
        raise InvalidInput("Say which silence, as in unsilence SILENCE-1; /alert silences lists them.")
    if found is None:
        raise InvalidInput(f"“{text[:30]}” is no silence; /alert silences lists them with their numbers.")
    return int(found[1])
