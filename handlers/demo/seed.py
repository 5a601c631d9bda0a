"""Fills an empty database with the example organisation: roles, an outage, half a year of observations, corrections,
and surveys.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from bot.domain.entries import computed
from bot.domain.kpis import Grain, Kpi
from bot.domain.observations import Observation, Provenance
from bot.domain.people import SYSTEM, Change
from bot.domain.periods import Period, before, containing
from bot.services import Services, definitions, kpi_entry
from handlers.demo import asked, outage, told
from handlers.demo.figures import STORIES
from handlers.demo.stories import Inputs, Story
from storage import Connection, audit, observations, people

ROLES = {
    "U0ADMIN": ("ai_lead", "ops"),
    "U0MLENG": ("model_steward", "ops"),
    "U0SRE": ("sre", "ops"),
    "U0PRODUCT": ("product_owner", "product"),
    "U0EXEC": ("executive_sponsor", "executive"),
    "U0RISK": ("risk_officer", "compliance_officer", "risk"),
    "U0DATA": ("data_engineer", "ops"),
}
WEEKS = 26
PERIODS = {Grain.DAY: 7 * WEEKS, Grain.WEEK: WEEKS, Grain.MONTH: 12, Grain.QUARTER: 8, Grain.HALF_YEAR: 4, Grain.YEAR: 3}
"""How many periods back the example goes: half a year, and further where that would be too few to see anything."""

SILENT = {"approval-consistency": 3}
"""A KPI for which nothing has come lately: how many periods."""


def seed(services: Services, tell: outage.Tell = told.nowhere) -> int:
    """Write the whole example, and tell what is told of its past; how many observations it has."""
    with services.db.begin() as connection:
        _grant_roles(services, connection)
    outage.play(services, tell)
    asked.play(services, tell)
    with services.db.begin() as connection:
        kpis = definitions.current(services, connection)
        measured = [o for number, story in enumerate(STORIES) for o in _observations(services, kpis[story.kpi], story, number)]
        observations.insert_all(connection, [(o, "") for o in measured])
        audit.write(
            connection,
            services.now(),
            Change(SYSTEM.user_id, "example.seeded", "example", after={"observations": len(measured)}),
        )
        for name, hours in (("mttr", 6.0), ("mttd", 1.5)):
            _correct(connection, kpis[name], hours)
    return len(measured)


def _grant_roles(services: Services, connection: Connection) -> None:
    for user, roles in ROLES.items():
        for role in roles:
            people.grant(connection, user, role, by=SYSTEM.user_id, at=services.now())


def _observations(services: Services, kpi: Kpi, story: Story, number: int) -> Iterator[Observation]:
    rng = Random(number)  # noqa: S311 - an example is to be the same every time
    periods = _periods(services, kpi)
    kept = periods[: len(periods) - SILENT.get(kpi.name, 0)]
    for place, period in enumerate(kept):
        entry = computed(kpi, _exact(story.tell(place / max(1, len(periods) - 1), rng)))
        if outage.covers(services, story, period) or asked.covers(services, kpi.name, period):
            continue
        provenance = Provenance(kpi.inputs[0].source, SYSTEM.user_id, run=f"example-{number}-{place}")
        new = kpi_entry.new_observation(
            services, SYSTEM, kpi, entry, period=period, dimensions=story.dimensions, provenance=provenance
        )
        yield replace(new, recorded_at=min(services.now(), period.end + timedelta(hours=1)), state="approved")


def _periods(services: Services, kpi: Kpi) -> list[Period]:
    """The whole periods up to the moment whose labels are in, oldest first."""
    latest = before(containing(services.now() - kpi.label_delay, kpi.grain, kpi.timezone, kpi.week_starts))
    found = [latest]
    while len(found) < PERIODS[kpi.grain]:
        found.append(before(found[-1]))
    return found[::-1]


def _exact(inputs: Inputs) -> dict[str, Decimal | tuple[Decimal, ...]]:
    return {n: tuple(Decimal(str(x)) for x in v) if isinstance(v, list) else Decimal(str(v)) for n, v in inputs.items()}


def _correct(connection: Connection, kpi: Kpi, hours: float) -> None:
    """An incident of three weeks ago turns out to have lasted longer."""
    old = observations.recent(connection, [kpi.name], points=4)[kpi.name][0]
    known = old.inputs["hours"]
    assert isinstance(known, tuple)
    entry = computed(kpi, {**old.inputs, "hours": (*known, Decimal(str(hours)))})
    new = replace(
        old,
        id=0,
        inputs=entry.inputs,
        figures=entry.figures,
        n=entry.n,
        provenance=Provenance(kpi_entry.TYPED, "U0SRE", note="One more incident was found in the log of the gateway."),
        recorded_at=old.recorded_at + timedelta(days=2),
    )
    observations.insert(connection, kpi_entry.superseding(new, [old]))
