"""Which survey somebody means who names none."""

from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.services import Services, survey_viewers, survey_waves
from storage import waves


def to_run(services: Services, asker: Asker) -> str:
    """The only survey of which a wave is open that the asker runs.

    :raises InvalidInput: there are several, or none.
    """
    with services.db.read() as connection:
        found = [row.survey for row in waves.running(connection) if survey_waves.may_run(asker, row)]
    return _only(found, "No survey that you run is open; /pulse list shows how each stands.")


def with_results(services: Services, asker: Asker, channel: str) -> str:
    """The only survey that has results for the asker.

    :raises InvalidInput: there are several, or none.
    """
    with services.db.read() as connection:
        found = [name for name in waves.asked(connection) if survey_viewers.latest_for(connection, asker, name, channel)]
    return _only(found, "No survey has results for you yet; /pulse list shows how each stands.")


def _only(found: list[str], none: str) -> str:
    if len(found) == 1:
        return found[0]
    raise InvalidInput(f"Say which survey: {', '.join(found)}." if found else none)
