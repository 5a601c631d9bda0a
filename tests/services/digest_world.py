"""A small organisation with figures, for tests of digests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.domain.formulas import figures
from bot.domain.kpis import Grain, Kpi
from bot.domain.observations import Observation, Provenance
from bot.domain.people import SYSTEM
from bot.domain.periods import Period, after, before, containing
from bot.services import Services, definitions, digests
from storage import observations

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday."""

KPIS = """
apiVersion: barometer/v1
kind: KPISet
kpis:
  - name: restore-time
    title: Time to restore
    category: reliability
    definition: Hours from detection to resolution
    inputs: {hours: {title: Hours}}
    formula: hours
    unit: {code: h}
    direction: down
    frequency: [week]
    target: {max: 24}
    thresholds: {critical: {above: 24}}
    owner: sre
    tests: [{in: {hours: 4}, out: 4}]
  - name: success-rate
    title: Success rate
    category: model_performance
    definition: Share of calls that succeed
    inputs: {good: {title: Good, integer: true}, total: {title: All, integer: true}}
    formula: good/total
    estimator: {methods: {value: wilson}, numerator: good, denominator: total}
    unit: {code: ratio}
    direction: up
    frequency: [day]
    target: {min: 0.9}
    owner: model_steward
    tests: [{in: {good: 9, total: 10}, out: 0.9}]
  - name: audit-findings
    title: Audit findings
    category: risk
    definition: Violations that audits found
    inputs: {major: {title: Major, integer: true}}
    formula: major
    unit: {code: count}
    direction: down
    frequency: [quarter]
    target: {equals: 0}
    owner: compliance_officer
    visibility: [risk, executive]
    tests: [{in: {major: 0}, out: 0}]
"""

DIGESTS = """
apiVersion: barometer/v1
kind: DigestSet
digests:
  - name: team-weekly
    title: Team, weekly
    audience: ops
    target: C0TEAM
    owner: U0OWNER
    schedule: {every: weekly, on: monday, at: "09:00", timezone: Europe/Oslo}
    kpis: all
  - name: team-daily
    title: Team, daily
    audience: ops
    target: C0TEAM
    schedule: {every: daily, at: "09:00", timezone: Europe/Oslo}
    kpis: {category: [reliability, model_performance]}
    skip_if: [no_new_data]
"""


def settle(services: Services, folder: Path, digest_text: str = DIGESTS) -> Services:
    """The services of this organisation: its files are in force."""
    (folder / "kpis.yaml").write_text(KPIS)
    (folder / "digests.yaml").write_text(digest_text)
    services = replace(services, settings=replace(services.settings, kpis=folder))
    definitions.apply_files(services, SYSTEM)
    digests.apply_files(services)
    return services


def at(services: Services, moment: datetime) -> Services:
    """The same at another moment."""
    return replace(services, now=lambda: moment)


def kpi(services: Services, name: str) -> Kpi:
    with services.db.read() as connection:
        return definitions.current(services, connection)[name]


def record(
    services: Services,
    name: str,
    period: Period,
    *,
    at: datetime | None = None,
    supersedes: int | None = None,
    note: str = "",
    **inputs: str,
) -> Observation:
    """A figure for a period, recorded an hour after its end unless told otherwise."""
    of = kpi(services, name)
    values = {i: Decimal(v) for i, v in inputs.items()}
    top, bottom = of.estimator.numerator, of.estimator.denominator
    new = Observation(
        id=0,
        kpi=name,
        period=period,
        inputs=values,
        figures=figures(of, values),
        numerator=values.get(top or ""),
        denominator=values.get(bottom or ""),
        n=int(values[bottom]) if bottom else 1,
        provenance=Provenance("manual", "U0ANA", note=note),
        definition_version=of.version,
        recorded_at=at or period.end + timedelta(hours=1),
        supersedes=supersedes,
    )
    with services.db.begin() as connection:
        return observations.insert(connection, new).observation


def last_week(weeks_ago: int = 1) -> Period:
    """The week that many weeks before that of `NOW`."""
    period = containing(NOW, Grain.WEEK)
    for _ in range(weeks_ago):
        period = before(period)
    return period


def record_weeks(services: Services, name: str, values: list[str]) -> list[Observation]:
    """Figures for the weeks up to the last that is over, oldest first."""
    return [record(services, name, last_week(len(values) - n), hours=value) for n, value in enumerate(values)]


def record_days(services: Services, name: str, days: int, good: int = 95, total: int = 100) -> list[Observation]:
    """The same figure for the days up to yesterday."""
    today = containing(NOW, Grain.DAY)
    first = today
    for _ in range(days):
        first = before(first)
    made = []
    while first.start < today.start:
        made.append(record(services, name, first, good=str(good), total=str(total)))
        first = after(first)
    return made
