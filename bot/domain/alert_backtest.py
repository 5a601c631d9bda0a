"""What a rule would have done in the past: the same rules and states, run over the figures as they came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alerts import Alert, Finding, Patience, advance, goes_on
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation
from bot.domain.readings import read
from bot.domain.rules import Rule

Window = tuple[datetime, datetime]
JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Backtest:
    """The alerts that a rule would have given between two moments, over `judged` moments at which something was to be said.

    `met` of them overlap with incidents that are known to be about the KPI, of which there were `incidents`.
    """

    rule: Rule
    since: datetime
    until: datetime
    judged: int
    alerts: tuple[Alert, ...]
    met: int = 0
    incidents: int = 0


def replay(
    rule: Rule, history: Sequence[Observation], window: Window, patience: Patience, start: Sequence[Observation] = ()
) -> Backtest:
    """Run a rule over what is in force now, each figure at the moment at which it could first be judged.

    That moment is the end of its period and of the label delay: when a figure was typed in later, or corrected, the rule is
    shown what it would have seen had the figure come in time. Alerts that would have fired before the window are not counted.
    """
    since, until = window
    moments = [at for at in _moments(rule.kpi, history) if at <= until]
    found: list[Alert] = []
    current: Alert | None = None
    for at in moments:
        known = [o for o in history if _settles(rule.kpi, o) <= at]
        finding = rule.check.find(read(rule.kpi, known, at, start=start))
        before = current if current and goes_on(current, finding, at, patience) else _fresh(rule, finding, at)
        current = advance(before, finding, at, patience)
        if current.fired_at is None:
            current = current if finding.outcome == "pending" else None
        elif before.fired_at is None:
            found.append(current)
        else:
            found[-1] = current
    judged = sum(at >= since for at in moments)
    return Backtest(rule, since, until, judged, tuple(one for one in found if one.fired_at and one.fired_at >= since))


def _fresh(rule: Rule, found: Finding, at: datetime) -> Alert:
    return Alert(0, rule.name, rule.name, rule.kpi.name, {}, rule.kpi.title, found.level, "pending", at)


def _moments(kpi: Kpi, history: Sequence[Observation]) -> Iterator[datetime]:
    """When a figure could be judged, and when the next one would have been late."""
    found = set()
    for o in history:
        settled = _settles(kpi, o)
        found |= {settled, settled + o.period.length * float(kpi.stale_after) + JUST_AFTER}
    yield from sorted(found)


def _settles(kpi: Kpi, o: Observation) -> datetime:
    return o.period.end + kpi.label_delay
