"""An outage of three weeks ago, from the first bad observation to the review, at times that can be checked by hand.

playground/README.md has them in a table, with what follows from each. It is told as it happened: by the services that people
use, each at its moment.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.entries import computed
from bot.domain.incident_answers import Event
from bot.domain.incidents import Moment
from bot.domain.kpis import Grain
from bot.domain.observations import Provenance
from bot.domain.people import SYSTEM, Asker
from bot.domain.periods import Period, before, containing
from bot.services import (
    Services,
    alert_incidents,
    alert_watch,
    alerts,
    definitions,
    incident_work,
    incidents,
    kpi_entry,
)
from handlers.demo.stories import MODELS, Story
from storage import incidents as stored
from storage import observations

Tell = Callable[[Services], None]
"""Says what is due in the channels."""

KPI = "prediction-drift-psi"
MODEL = MODELS[0]
WEEKS_AGO = 3
MEASURED = ("mttd", "mttr")
"""What is measured from incidents: of the week of the outage, from this one alone."""
SANA = Asker("U0SRE", frozenset({"sre", "ops"}), "UTC")
MILO = Asker("U0MLENG", frozenset({"model_steward", "ops"}), "UTC")
NUMBER = 1
"""It is the first alert and the first incident of the organisation."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The outage on the days around `tuesday`, in the night after which it is noticed."""

    services: Services
    tuesday: datetime
    tell: Tell

    def at(self, clock: str, days: int = 1) -> Services:
        """The services at a time of the day, so many days after the Tuesday."""
        return replace(self.services, now=lambda: self.moment(clock, days))

    def moment(self, clock: str, days: int = 1) -> datetime:
        """A time of the day, so many days after the Tuesday."""
        hours, minutes = clock.split(":")
        return self.tuesday + timedelta(days=days, hours=int(hours), minutes=int(minutes))

    def measure(self, clock: str, psi: str, days: int) -> None:
        """The figure of the day before comes in, and the rules are looked at."""
        now = self.at(clock, days)
        with now.db.begin() as connection:
            kpi = definitions.current(now, connection)[KPI]
            period = before(containing(now.now(), Grain.DAY, kpi.timezone))
            entry = computed(kpi, {"psi": Decimal(psi), "rows": Decimal(20_000)})
            source = Provenance("drift", SYSTEM.user_id, run=f"outage-{period.start:%a}")
            new = kpi_entry.new_observation(
                now, SYSTEM, kpi, entry, period=period, dimensions={"model": MODEL}, provenance=source
            )
            observations.insert(connection, new)
        alert_watch.look(now)
        self.tell(now)

    def step(self, clock: str, moment: Moment, note: str = "", days: int = 1) -> None:
        """Sana takes the incident to its next state."""
        incidents.step(self.at(clock, days), SANA, NUMBER, moment, note=note)
        self.tell(self.at(clock, days))


def play(services: Services, tell: Tell) -> None:
    """Write it down in an empty database, in which the definitions stand and the roles are given."""
    scene = Scene(services, _tuesday(services), tell)
    scene.measure("00:05", "0.043", days=0)
    scene.measure("00:05", "0.310", days=1)
    _is_taken_up(scene)
    _is_understood(scene)
    scene.step("00:45", "mitigated", "Version 41 scores again.")
    scene.measure("00:05", "0.041", days=2)
    _is_confirmed(scene)
    _is_reviewed(scene)


def covers(services: Services, story: Story, period: Period) -> bool:
    """Whether the outage gives the figure of this period, and no story does."""
    tuesday = _tuesday(services)
    if story.kpi in MEASURED:
        return story.dimensions in ({}, {"model": MODEL}) and period.start <= tuesday < period.end
    days = [tuesday + timedelta(days=n) for n in (-1, 0, 1)]
    return story.kpi == KPI and story.dimensions == {"model": MODEL} and period.start in days


def _tuesday(services: Services) -> datetime:
    week = containing(services.now(), Grain.WEEK, "UTC")
    return week.start - timedelta(weeks=WEEKS_AGO) + timedelta(days=1)


def _is_taken_up(scene: Scene) -> None:
    now = scene.at("00:15")
    alerts.acknowledge(now, SANA, NUMBER, "looking at the last deployment")
    scene.tell(now)
    alert_incidents.open_incident(now, SANA, NUMBER)
    incident_work.assign(now, SANA, NUMBER, "commander", SANA.user_id)
    incident_work.assign(now, SANA, NUMBER, "steward", MILO.user_id)
    scene.step("00:15", "acknowledged")


def _is_understood(scene: Scene) -> None:
    began, now = scene.moment("23:30", days=0), scene.at("00:25")
    why = "the nightly run began then, the first with version 42"
    incidents.edit(now, MILO, NUMBER, {"started": began.isoformat()}, why)
    incident_work.link(now, MILO, NUMBER, "model", f"{MODEL}@42")
    scene.tell(now)
    now, words = scene.at("00:30"), "Version 42 reads amounts in cents, version 41 in whole units. We go back to 41."
    incident_work.update(now, MILO, NUMBER, words, {})
    scene.tell(now)


def _is_confirmed(scene: Scene) -> None:
    now = scene.at("00:10", days=2)
    with now.db.read() as connection:
        proposal = next(e for e in stored.events(connection, NUMBER) if e.kind == alert_incidents.RECOVERED)
    alert_incidents.resolve_as_proposed(now, SANA, NUMBER, _proposed(proposal))
    scene.tell(now)


def _proposed(proposal: Event) -> datetime:
    return datetime.fromisoformat(proposal.details["at"])


def _is_reviewed(scene: Scene) -> None:
    now = scene.at("09:00", days=2)
    for words in (
        "Say the unit of every amount in its name",
        "Score a day of traffic with both versions before a new one runs",
    ):
        incident_work.task(now, MILO, NUMBER, words)
    scene.tell(now)
    now = scene.at("15:00", days=2)
    incident_work.task_done(now, MILO, NUMBER, 1)
    scene.tell(now)
    scene.step("16:00", "closed", days=2)
