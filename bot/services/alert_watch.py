"""The rules of KPIs, looked at when an observation arrived and when time alone may have changed what they say."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.alerts import PATIENT, SOON, Finding, Patience
from bot.domain.errors import BarometerError
from bot.domain.kpis import Kpi
from bot.domain.people import SYSTEM
from bot.domain.readings import Reading, holds_until
from bot.domain.rules import Rule, rules_of
from bot.presenters import alerts as presenter
from bot.services import Services, alert_records, definitions, readings
from bot.services.alert_records import Subject
from storage import Connection, alerts, observations, watches

AT_MOST = 500
"""So many series are looked at before the clock does something else."""
FAILURES = (ArithmeticError, ValueError, LookupError, BarometerError)
"""What a rule that cannot be computed raises."""

log = logging.getLogger(__name__)


def look(services: Services) -> datetime | None:
    """Look at every series that is due, each in a transaction of its own; when the next one is due."""
    with services.db.read() as connection:
        due = watches.due(connection, services.now(), AT_MOST)
    for series_id in due:
        with services.db.begin() as connection:
            look_at(services, connection, series_id)
    with services.db.read() as connection:
        return watches.next_due(connection)


def look_at(services: Services, connection: Connection, series_id: int) -> None:
    """Look at the rules of one series, if it is due, and say when to look again."""
    now = services.now()
    watched = watches.take(connection, series_id, now)
    if watched is None:
        return
    kpi = definitions.current(services, connection).get(watched.kpi)
    rules = rules_of(kpi) if kpi else []
    _end_others(services, connection, watched.kpi, watched.dimensions, rules)
    until = observations.END
    if kpi and rules:
        reading = _reading(services, connection, kpi, watched.dimensions)
        for rule in rules:
            _heard(services, connection, rule, watched.dimensions, reading)
        if isinstance(reading, Reading):
            known = [*reading.history, *([reading.running] if reading.running else [])]
            until = min(until, holds_until(kpi, known, now))
    watches.put_off(connection, series_id, until)


def channel_of(services: Services, kpi: Kpi) -> str:
    """Where alerts of a KPI are told. What only some roles may see is told in a channel only if its definition names one."""
    return kpi.alerts.channel or ("" if kpi.visibility else services.settings.alert_channel)


def _reading(services: Services, connection: Connection, kpi: Kpi, dimensions: Mapping[str, str]) -> Reading | Exception:
    try:
        return readings.latest(services, connection, SYSTEM, [kpi], dimensions=dimensions)[0]
    except FAILURES as error:
        log.exception("the state of %s cannot be computed", kpi.name)
        return error


def _heard(
    services: Services, connection: Connection, rule: Rule, dimensions: Mapping[str, str], reading: Reading | Exception
) -> None:
    found, waits = _found(rule, reading), PATIENT
    about = Subject(
        key=f"{rule.name}|{','.join(f'{name}={value}' for name, value in sorted(dimensions.items()))}",
        rule=rule.name,
        title=presenter.title(rule.kpi, dimensions),
        kpi=rule.kpi.name,
        dimensions=dict(dimensions),
        channel=channel_of(services, rule.kpi),
    )
    if found.outcome in alert_records.RAISES:
        facts = presenter.facts(rule.kpi, observations.newest_version(connection, rule.kpi.name, dimensions))
        about = replace(about, facts=facts)
    if isinstance(reading, Reading):
        waits = patience(rule.kpi, reading)
        if found.outcome == "bad":
            about = replace(about, details=presenter.details(rule, reading, found, services.settings.timezone))
    alert_records.heard(services, connection, about, found, waits)


def _found(rule: Rule, reading: Reading | Exception) -> Finding:
    if isinstance(reading, Exception):
        return _failed(reading)
    try:
        return rule.check.find(reading)
    except FAILURES as error:
        log.exception("the rule %s cannot be computed", rule.name)
        return _failed(error)


def patience(kpi: Kpi, reading: Reading) -> Patience:
    """How long an alert of a KPI waits: what fires again within two of its periods is the same alert."""
    length = reading.observation.period.length if reading.observation else SOON
    return Patience(kpi.alerts.keep_firing_for, max(SOON, 2 * length))


def _failed(error: Exception) -> Finding:
    return Finding("error", "warning", f"the rule cannot be computed ({type(error).__name__}); look at the definition")


def _end_others(services: Services, connection: Connection, kpi: str, dimensions: Mapping[str, str], rules: list[Rule]) -> None:
    """Resolve what fires by a rule that is there no more."""
    names = {rule.name for rule in rules}
    for one in alerts.open_of_series(connection, kpi, dimensions):
        if one.rule not in names and one.rule.startswith(f"{kpi}/"):
            alert_records.ended(services, connection, one, "its rule is switched off or gone")
