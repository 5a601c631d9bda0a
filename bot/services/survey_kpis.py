"""The KPIs that surveys feed: a wave that is counted gives the figure of the period in which it closed."""

from decimal import Decimal

from bot.domain.entries import computed
from bot.domain.errors import BarometerError
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import SYSTEM, Change
from bot.domain.periods import containing
from bot.domain.survey_counts import Publication
from bot.domain.survey_waves import label
from bot.domain.surveys import Survey
from bot.services import Services, definitions, people
from bot.services.kpi_entry import facts, new_observation, superseding
from storage import Connection, audit, observations
from storage.waves import StoredWave

SOURCE = "pulse"


def record(services: Services, connection: Connection, row: StoredWave, survey: Survey, found: Publication) -> None:
    """Record the score of a wave for the KPI that its survey names; a figure that a person gave stands.

    Only what is released is recorded, and only of a wave that was started by somebody who may record that KPI: anybody may ask
    the people of their channel. A wave later in the same period takes the place of the one before.
    """
    kpi = definitions.current(services, connection).get(survey.kpi) if survey.kpi else None
    if kpi is None or found.score is None or found.answered is None:
        return
    if row.opened_by != SYSTEM.user_id:
        starter = people.known(services, connection, row.opened_by)
        if not starter.may_see(kpi.visibility, kpi.owner):
            return
    score = found.score
    inputs = {"score": Decimal(str(round(score.value, 2))), "responses": Decimal(score.n), "invited": Decimal(found.invited)}
    if score.sd is not None:
        inputs["sd"] = Decimal(str(round(score.sd, 2)))
    known = {each.name for each in kpi.inputs}
    period = containing(services.now(), kpi.grain, kpi.timezone)
    observations.hold(connection, kpi.name)
    recorded = observations.in_period(connection, kpi.name, {}, period)
    standing = in_force(recorded)
    if any(each.provenance.source != SOURCE for each in [*standing, *_last_given(recorded)]):
        return
    note = label(row.survey, row.number)
    provenance = Provenance(SOURCE, SYSTEM.user_id, note=note)
    try:
        entry = computed(kpi, {name: value for name, value in inputs.items() if name in known})
        new = new_observation(services, SYSTEM, kpi, entry, period=period, dimensions={}, provenance=provenance)
    except BarometerError:
        return  # the KPI asks for a larger group than the survey, or for inputs that a survey does not have
    made = observations.insert(connection, superseding(new, recorded)).observation
    was = facts(standing[-1]) if standing else None
    change = Change(SYSTEM.user_id, "kpi.correct" if standing else "kpi.record", kpi.name, was, facts(made), note)
    audit.write(connection, made.recorded_at, change)


def _last_given(recorded: list[Observation]) -> list[Observation]:
    """The latest figure that was not rejected: one that waits for a decision is somebody's as well."""
    return [each for each in recorded if each.state != "rejected"][-1:]
