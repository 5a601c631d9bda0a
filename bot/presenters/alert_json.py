"""Alerts for programs."""

from datetime import datetime
from typing import Any

from bot.domain.alert_answers import JudgedRule
from bot.domain.alert_backtest import Backtest
from bot.domain.alerts import Alert


def alert(one: Alert, now: datetime) -> dict[str, Any]:
    """An alert as it stands; times in UTC."""
    return {
        "alert": one.name,
        "rule": one.rule,
        "kpi": one.kpi,
        "dimensions": dict(one.dimensions),
        "level": one.level,
        "status": one.status(now),
        "held_by": one.held,
        "words": one.words,
        "active_at": _iso(one.active_at),
        "fired_at": _iso(one.fired_at),
        "resolved_at": _iso(one.resolved_at),
        "bad_since": _iso(one.since),
        "times": one.times,
        "n": one.n,
        "acknowledged_by": one.acknowledged_by,
        "incident": f"INC-{one.incident}" if one.incident else "",
        "verdict": one.verdict,
    }


def rule(found: JudgedRule) -> dict[str, Any]:
    """A rule, and how many of its alerts of the last 90 days were real."""
    precision = list(found.precision) if found.precision else None
    counts = {"fired": found.fired, "judged": found.judged, "real": found.real, "precision_ci": precision}
    return {"rule": found.name, "on": found.is_on, "looks_for": found.words, **counts}


def backtest(found: Backtest) -> dict[str, Any]:
    """What a rule would have done."""
    fired = [
        {"fired_at": _iso(one.fired_at), "resolved_at": _iso(one.resolved_at), "level": one.level, "words": one.fired_words}
        for one in found.alerts
    ]
    counts = {"fired": len(fired), "met_an_incident": found.met, "incidents": found.incidents, "judged": found.judged}
    return {"rule": found.rule.name, "since": _iso(found.since), "until": _iso(found.until), **counts, "alerts": fired}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
