"""The KPIs that surveys feed: a wave that is counted gives the figure of the period in which it closed."""

from decimal import Decimal

from bot.domain import formats
from bot.domain.entries import Entry, check_group, computed
from bot.domain.errors import BarometerError
from bot.domain.kpis import Kpi
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import SYSTEM, Change
from bot.domain.periods import containing
from bot.domain.periods import label as period_label
from bot.domain.survey_counts import SCORE, Publication
from bot.domain.survey_courses import is_score_of_same
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_stats import Estimate
from bot.domain.survey_waves import label
from bot.domain.surveys import Survey
from bot.services import Services, definitions, people, survey_waves
from bot.services.kpi_entry import facts, new_observation, superseding
from bot.services.survey_kpi_checks import takes_score
from storage import Connection, audit, observations, waves
from storage.waves import StoredWave

SOURCE = "pulse"


def record(
    services: Services, connection: Connection, row: StoredWave, survey: Survey, found: Publication | None
) -> dict[str, str]:
    """Record the score of a wave for the KPI that its survey names; what its receipt says of that, or why it was not. Empty:
    it names none.

    Only what is released is recorded, and only of a wave that was started by somebody who may record that KPI: anybody may ask
    the people of their channel. A figure that a person gave stands. A wave later in the same period takes the place of the one
    before. A score of other questions than that of the last figure is not recorded: it would be compared, and raise an alert.
    """
    if not survey.kpi:
        return {}
    kpi = definitions.current(services, connection).get(survey.kpi)
    if kpi is None or not takes_score(kpi):
        return _not_recorded(survey.kpi, "no KPI of that name takes the score of a survey")
    if found is None or found.answered is None:
        return _not_recorded(kpi.name, "fewer than ten answered")
    if found.score is None:
        is_rough = any((each.question, each.cut, each.figure) == (SCORE, WHOLE, "mean") for each in found.figures)
        return _not_recorded(kpi.name, "its score is told rounded alone" if is_rough else "there is no score to tell")
    if row.opened_by != SYSTEM.user_id:
        starter = people.known(services, connection, row.opened_by)
        if not starter.may_see(kpi.visibility, kpi.owner):
            return _not_recorded(kpi.name, "whoever started it may not record that KPI")
    try:
        entry = _entry(kpi, found.score, found.invited)
        check_group(kpi, entry)
    except BarometerError as error:
        return _not_recorded(kpi.name, error.text.rstrip("."))
    return _recorded(services, connection, row, kpi, entry)


def _recorded(services: Services, connection: Connection, row: StoredWave, kpi: Kpi, entry: Entry) -> dict[str, str]:
    period = containing(services.now(), kpi.grain, kpi.timezone)
    observations.hold(connection, kpi.name)
    recorded = observations.in_period(connection, kpi.name, {}, period)
    standing = in_force(recorded)
    if any(each.provenance.source != SOURCE for each in [*standing, *_last_given(recorded)]):
        return _not_recorded(kpi.name, f"the figure that somebody gave for {period_label(period)} stands")
    earlier = (standing or observations.recent(connection, [kpi.name], 1).get(kpi.name, []))[-1:]
    other = next((each for each in map(_wave_of, earlier) if each and not _has_same_items(connection, each, row)), "")
    if other:
        unlike = f"other questions, or other words, make up its score than that of {other}, the last figure"
        return _not_recorded(kpi.name, f"{unlike}; to go on with these, record it by hand with /kpi record {kpi.name}")
    before = _wave_of(standing[-1]) if standing else ""
    wave = label(row.survey, row.number)
    note = f"{wave}, in place of {before}" if before else wave
    provenance = Provenance(SOURCE, SYSTEM.user_id, run=wave, note=note)
    new = new_observation(services, SYSTEM, kpi, entry, period=period, dimensions={}, provenance=provenance)
    made = observations.insert(connection, superseding(new, recorded)).observation
    was = facts(standing[-1]) if standing else None
    audit.write(connection, made.recorded_at, Change(SYSTEM.user_id, "kpi.record", kpi.name, was, facts(made), note))
    value = formats.value(made.value, kpi.unit)
    return {"name": kpi.name, "period": period_label(period), "value": value, "instead": before}


def _entry(kpi: Kpi, score: Estimate, invited: int) -> Entry:
    inputs = {"score": Decimal(str(round(score.value, 2))), "responses": Decimal(score.n), "invited": Decimal(invited)}
    if score.sd is not None:
        inputs["sd"] = Decimal(str(round(score.sd, 2)))
    known = {each.name for each in kpi.inputs}
    return computed(kpi, {name: value for name, value in inputs.items() if name in known})


def _not_recorded(kpi: str, why: str) -> dict[str, str]:
    return {"name": kpi, "why": why}


def _wave_of(figure: Observation) -> str:
    """What the wave is called that gave a figure; empty: a person did."""
    return figure.provenance.run if figure.provenance.source == SOURCE else ""


def _has_same_items(connection: Connection, name: str, row: StoredWave) -> bool:
    """Whether the scores of a wave of that label and of this one are of the same questions."""
    survey, _, number = name.rpartition(" #")
    found = [w for w in waves.of_survey(connection, survey, ("closed",)) if str(w.number) == number]
    now = survey_waves.questions_of(row)
    return any(is_score_of_same(survey_waves.questions_of(w), now) for w in found)


def _last_given(recorded: list[Observation]) -> list[Observation]:
    """The latest figure that was not rejected: one that waits for a decision is somebody's as well."""
    return [each for each in recorded if each.state != "rejected"][-1:]
