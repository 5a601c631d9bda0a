"""The rules of KPIs, looked at when an observation arrived and when time alone may have changed what they say."""

import logging
from collections.abc import Mapping
from datetime import datetime

from bot.domain.alerts import SOON, Finding, Patience
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


def subject(connection: Connection, rule: Rule, dimensions: Mapping[str, str], channel: str) -> Subject:
    """What an alert of a rule about a series is about."""
    kpi = rule.kpi
    segment = ",".join(f"{key}={value}" for key, value in sorted(dimensions.items()))
    version = observations.newest_version(connection, kpi.name, dimensions)
    return Subject(
        key=f"{rule.name}|{segment}",
        rule=rule.name,
        title=presenter.title(kpi, dimensions),
        kpi=kpi.name,
        dimensions=dict(dimensions),
        facts=presenter.facts(kpi, version),
        channel=channel,
    )


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
    about = subject(connection, rule, dimensions, channel_of(services, rule.kpi))
    if isinstance(reading, Exception):
        alert_records.heard(services, connection, about, _failed(reading))
        return
    try:
        found = rule.check.find(reading)
    except FAILURES as error:
        log.exception("the rule %s cannot be computed", rule.name)
        found = _failed(error)
    details = presenter.details(rule, reading, found, services.settings.timezone) if found.outcome == "bad" else None
    about = Subject(**{name: getattr(about, name) for name in Subject.__slots__} | {"details": details})
    alert_records.heard(services, connection, about, found, patience(rule.kpi, reading))


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
