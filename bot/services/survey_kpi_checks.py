"""Whether a survey can feed the KPI that it names: its formula reads what a wave has, and a wave has a score."""

from bot.domain.errors import InvalidInput
from bot.domain.formulas import compiled, kinds_of
from bot.domain.kpis import Kpi
from bot.domain.people import Asker
from bot.domain.survey_documents import no_score
from bot.domain.surveys import Survey
from bot.services import Services, definitions
from storage import Connection

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
    if kpi is None or not takes_score(kpi):
        fitting = [k.name for k in known.values() if takes_score(k) and asker.may_see(k.visibility, k.owner)]
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


def takes_score(kpi: Kpi) -> bool:
    """Whether a wave has every input that the formula of a KPI reads."""
    kinds = kinds_of(kpi.inputs)
    read = compiled(kpi.formula, kinds).names
    return bool(read) and all(name in GIVEN and (name, "number") in kinds for name in read)
