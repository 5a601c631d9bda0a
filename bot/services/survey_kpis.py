"""The KPIs that surveys feed: a wave that is counted gives the figure of the period in which it closed."""

from decimal import Decimal

from bot.domain.entries import computed
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.formulas import compiled, kinds_of
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import SYSTEM, Asker, Change
from bot.domain.periods import containing
from bot.domain.survey_counts import Publication
from bot.domain.survey_documents import no_score
from bot.domain.survey_waves import label
from bot.domain.surveys import Survey
from bot.services import Services, definitions, people
from bot.services.kpi_entry import facts, new_observation, superseding
from storage import Connection, audit, observations
from storage.waves import StoredWave

SOURCE = "pulse"
GIVEN = ("score", "responses", "invited", "sd")
"""The inputs that a wave has for a KPI."""


def problem(services: Services, connection: Connection, asker: Asker, survey: Survey) -> tuple[str, str] | None:
    """Why no wave of a survey can feed the KPI that it names, and what to write; None: one can, or it names none.

    Only KPIs that the asker may see are named. Before any definition is in force, everything passes.
    """
    known = definitions.current(services, connection)
    if not survey.kpi or not known:
        return None
    kpi = known.get(survey.kpi)
    if kpi is None or not _takes_score(kpi):
        fitting = [k.name for k in known.values() if _takes_score(k) and asker.may_see(k.visibility, k.owner)]
        write = f"write {' or '.join(fitting)}" if fitting else "write another KPI"
        return f"no KPI “{survey.kpi}” takes the score of a survey", f"{write}, or leave kpi out"
    return no_score(survey)


def insist_feeds(services: Services, connection: Connection, asker: Asker, survey: Survey) -> None:
    """Insist that a survey can feed the KPI that it names, if it names one.

    :raises InvalidInput: no wave of it could.
    """
    if found := problem(services, connection, asker, survey):
        why, mend = found
        change = f"Whoever may change it mends that with /pulse new {survey.name}"
        raise InvalidInput(f"{survey.name} is of the KPI “{survey.kpi}”, and {why}. {change}: {mend}.")


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


def _takes_score(kpi: Kpi) -> bool:
    """Whether a wave has every input that the formula of a KPI reads."""
    kinds = kinds_of(kpi.inputs)
    read = compiled(kpi.formula, kinds).names
    return bool(read) and all(name in GIVEN and (name, "number") in kinds for name in read)
