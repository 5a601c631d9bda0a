"""The rules of KPIs, looked at when an observation arrived and when time alone may have changed what they say."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.alerts import PATIENT, SOON, Finding, patience_of
from bot.domain.errors import BarometerError
from bot.domain.kpis import Kpi
from bot.domain.people import SYSTEM
from bot.domain.readings import Reading, holds_until
from bot.domain.rules import Rule, rules_of
from bot.presenters import alerts as presenter
from bot.services import Services, alert_records, definitions, readings
from bot.services.alert_records import Subject
from storage import Connection, alerts, observations, watches
from storage.watches import Watched

AT_MOST = 500
"""So many series are looked at before the clock does something else."""
COMPUTING = (ArithmeticError, ValueError, LookupError, TypeError)
FAILURES = (*COMPUTING, BarometerError)
"""What a rule that cannot be computed raises."""
TRY_AGAIN = timedelta(minutes=5)

log = logging.getLogger(__name__)


def look(services: Services) -> datetime | None:
    """Look at every series that is due; when the next one is due. One that cannot be looked at keeps no other from it."""
    with services.db.read() as connection:
        due = watches.due(connection, services.now(), AT_MOST)
    for series_id in due:
        try:
            look_at(services, series_id)
        except COMPUTING:
            log.exception("the series %s cannot be looked at", series_id)
            with services.db.begin() as connection:
                watches.put_off(connection, series_id, services.now() + TRY_AGAIN)
    with services.db.read() as connection:
        return watches.next_due(connection)


def look_at(services: Services, series_id: int) -> None:
    """Look at the rules of one series, and say when to look again. All is computed before anything is locked."""
    now = services.now()
    with services.db.read() as connection:
        watched = watches.get(connection, series_id)
        kpi = definitions.current(services, connection).get(watched.kpi)
        rules = rules_of(kpi) if kpi else []
        reading = _reading(services, connection, kpi, watched.dimensions) if kpi and rules else None
        is_open = {one.rule for one in alerts.open_of_series(connection, watched.kpi, watched.dimensions)}
    found = [(rule, _found(rule, reading)) for rule in rules if reading is not None]
    with services.db.begin() as connection:
        if not watches.take(connection, watched, now):
            return
        _end_others(services, connection, watched, rules)
        for rule, finding in found:
            if finding.outcome in alert_records.RAISES or rule.name in is_open:
                _heard(services, connection, _Look(rule, watched.dimensions, reading, finding))
        watches.put_off(connection, series_id, _until(kpi, reading, now))


class _Look(NamedTuple):
    """What a rule found in a series, and in which state of it; an exception where that could not be computed."""

    rule: Rule
    dimensions: Mapping[str, str]
    reading: Reading | Exception | None
    found: Finding


def _until(kpi: Kpi | None, reading: Reading | Exception | None, now: datetime) -> datetime:
    """When time alone may change what the rules say."""
    if kpi is None or not isinstance(reading, Reading):
        return observations.END
    known = [*reading.history, *([reading.running] if reading.running else [])]
    return min(observations.END, holds_until(kpi, known, now))


def channel_of(services: Services, kpi: Kpi) -> str:
    """Where alerts of a KPI are told. What only some roles may see is told in a channel only if its definition names one."""
    return kpi.alerts.channel or ("" if kpi.visibility else services.settings.alert_channel)


def _reading(services: Services, connection: Connection, kpi: Kpi, dimensions: Mapping[str, str]) -> Reading | Exception:
    try:
        return readings.latest(services, connection, SYSTEM, [kpi], dimensions=dimensions)[0]
    except FAILURES as error:
        log.exception("the state of %s cannot be computed", kpi.name)
        return error


def _heard(services: Services, connection: Connection, look: _Look) -> None:
    rule, kpi = look.rule, look.rule.kpi
    about = Subject(
        key=f"{rule.name}|{','.join(f'{name}={value}' for name, value in sorted(look.dimensions.items()))}",
        rule=rule.name,
        title=presenter.title(kpi, look.dimensions),
        kpi=kpi.name,
        dimensions=dict(look.dimensions),
        channel=channel_of(services, kpi),
    )
    if look.found.outcome in alert_records.RAISES:
        version = observations.newest_version(connection, kpi.name, look.dimensions)
        about = replace(about, facts=presenter.facts(kpi, version))
    waits = PATIENT
    if isinstance(look.reading, Reading):
        observation = look.reading.observation
        waits = patience_of(kpi.alerts, observation.period.length if observation else SOON)
        if look.found.outcome == "bad":
            about = replace(about, details=presenter.details(rule, look.reading, look.found, services.settings.timezone))
    alert_records.heard(services, connection, about, look.found, waits)


def _found(rule: Rule, reading: Reading | Exception) -> Finding:
    if isinstance(reading, Exception):
        return _failed(reading)
    try:
        return rule.check.find(reading)
    except FAILURES as error:
        log.exception("the rule %s cannot be computed", rule.name)
        return _failed(error)


def _failed(error: Exception) -> Finding:
    return Finding("error", "warning", f"the rule cannot be computed ({type(error).__name__}); look at the definition")


def _end_others(services: Services, connection: Connection, watched: Watched, rules: list[Rule]) -> None:
    """Resolve what fires by a rule that is there no more."""
    names = {rule.name for rule in rules}
    for one in alerts.open_of_series(connection, watched.kpi, watched.dimensions):
        if one.rule not in names and one.rule.startswith(f"{watched.kpi}/"):
            alert_records.ended(services, connection, one, "its rule is switched off or gone")
