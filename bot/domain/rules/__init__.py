"""The rules of alerts: one file each, with its line in `RULES`. A rule reads a KPI's state and says what it finds."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from bot.domain.alerts import Finding
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Kpi
from bot.domain.readings import Reading
from bot.domain.rules import burn, limit, stale, target, unusual


class Check(Protocol):
    """A file of this folder."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """The word for it in definitions and in the names of rules."""

    def applies(self, kpi: Kpi) -> bool:
        """Whether the KPI has what the rule needs."""

    def words(self, kpi: Kpi) -> str:
        """What it looks for, in a few words."""

    def find(self, reading: Reading) -> Finding:
        """What it finds now."""


RULES: Mapping[str, Check] = {check.NAME: check for check in (limit, burn, target, stale, unusual)}
"""Every rule by its name, the most telling first."""


class Rule(NamedTuple):
    """A rule of one KPI, called `latency-p95/limit`."""

    kpi: Kpi
    check: Check

    @property
    def name(self) -> str:
        """As people type it."""
        return f"{self.kpi.name}/{self.check.NAME}"

    @property
    def is_on(self) -> bool:
        """Whether it alerts."""
        return self.check.NAME in self.kpi.alerts.on


def rules_of(kpi: Kpi, *, on: bool = True) -> list[Rule]:
    """The rules of a KPI that are on, or all that it could have."""
    found = [Rule(kpi, check) for check in RULES.values() if check.applies(kpi)]
    return [rule for rule in found if rule.is_on] if on else found


def split_name(text: str) -> tuple[str, str]:
    """The KPI and the rule of a name such as latency-p95/limit; without a rule, `limit`.

    :raises InvalidInput: there is no such rule.
    """
    kpi, _, rule = text.strip().casefold().partition("/")
    if rule and rule not in RULES:
        raise InvalidInput(f"There is no rule “{rule[:30]}”; there are {', '.join(RULES)}.")
    return kpi, rule or limit.NAME
