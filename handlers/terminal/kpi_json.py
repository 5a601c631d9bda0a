"""KPIs as JSON, for other programs: decimals are strings, times ISO 8601 in UTC, no value is null."""

from decimal import Decimal
from typing import Any

from bot.domain.kpi_answers import Imported, Recorded, Shown, Why
from bot.domain.observations import Observation
from bot.domain.periods import label
from bot.domain.readings import Reading


def observation(o: Observation) -> dict[str, Any]:
    """A recorded figure with its provenance."""
    return {
        "id": o.id,
        "kpi": o.kpi,
        "period": {"label": label(o.period), "start": o.period.start.isoformat(), "end": o.period.end.isoformat()},
        "dimensions": dict(o.dimensions),
        "figures": {name: _number(v) for name, v in o.figures.items()},
        "inputs": {n: [str(x) for x in v] if isinstance(v, tuple) else str(v) for n, v in o.inputs.items()},
        "n": o.n,
        "state": o.state,
        "source": o.provenance.source,
        "actor": o.provenance.actor,
        "run": o.provenance.run,
        "note": o.provenance.note,
        "evidence": o.provenance.evidence,
        "definition_version": o.definition_version,
        "recorded_at": o.recorded_at.isoformat(),
        "supersedes": o.supersedes,
    }


def reading(r: Reading) -> dict[str, Any]:
    """A KPI as it stands."""
    return {
        "kpi": r.kpi.name,
        "title": r.kpi.title,
        "category": r.kpi.category.value,
        "unit": r.kpi.unit.code,
        "as_of": r.as_of.isoformat(),
        "observation": observation(r.observation) if r.observation else None,
        "running": observation(r.running) if r.running else None,
        "figures": {name: _figure(r, name) for name in r.figures},
        "target": r.kpi.target.words if r.kpi.target else None,
        "verdict": r.verdict,
        "why_verdict": r.why_verdict,
        "changes": [
            {
                "against": c.against,
                "label": c.label,
                "points": str(c.points),
                "relative": _number(c.relative),
                "better": c.better,
            }
            for c in r.comparisons
        ],
        "breach": {"level": r.breach.level, "periods": r.breach.periods, "words": r.breach.words} if r.breach else None,
        "unusual": r.unusual.state if r.unusual else None,
        "stale": r.stale,
        "provisional": r.provisional,
    }


def shown(found: Shown) -> dict[str, Any]:
    """One KPI with its course."""
    course = [{"period": label(o.period), "value": _number(o.value)} for o in found.reading.history]
    return {**reading(found.reading), "history": course, "segments": [dict(s) for s in found.segments]}


def recorded(done: Recorded) -> dict[str, Any]:
    """A value that was recorded, and what it corrected."""
    return {"recorded": observation(done.observation), "before": observation(done.before) if done.before else None}


def why(found: Why) -> dict[str, Any]:
    """Where a number came from."""
    return {
        "observation": observation(found.observation),
        "definition": {
            "name": found.kpi.name,
            "version": found.kpi.version,
            "formula": found.kpi.formula,
            "file": found.kpi.file,
        },
        "verdict": found.reading.verdict,
        "why_verdict": found.reading.why_verdict,
        "chain": [observation(o) for o in found.chain],
        "decisions": {
            str(i): {"outcome": d.outcome, "actor": d.actor, "at": d.at.isoformat()} for i, d in found.decisions.items()
        },
        "published": [
            {"observation": p.observation_id, "channel": p.channel, "subject": p.subject, "at": p.sent_at.isoformat()}
            for p in found.published
        ],
    }


def imported(found: Imported) -> dict[str, Any]:
    """A file of values, checked or recorded."""
    return {
        "kpi": found.kpi.name,
        "values": len(found.values),
        "already": found.already,
        "applied": found.applied,
        "problems": [{"line": p.line, "column": p.column, "problem": p.problem} for p in found.problems],
    }


def _figure(r: Reading, name: str) -> dict[str, Any]:
    figure = r.figures[name]
    interval = figure.interval
    ends = (
        {"low": str(interval.low), "high": str(interval.high), "level": str(interval.level), "method": interval.method}
        if interval
        else None
    )
    return {"value": _number(figure.value), "interval": ends}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
