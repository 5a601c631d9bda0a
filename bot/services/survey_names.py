"""Which survey somebody means who names none."""

from collections.abc import Sequence

from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.services import Services, survey_viewers, survey_waves
from storage import waves


class WhichSurvey(InvalidInput):
    """{problem}"""

    def __init__(self, names: Sequence[str]) -> None:
        """Nobody said which of several surveys is meant."""
        super().__init__(f"Say which survey: {', '.join(names)}.")
        self.names = tuple(names)


def to_run(services: Services, asker: Asker) -> str:
    """The only survey of which a wave is open that the asker runs.

    :raises WhichSurvey: there are several.
    :raises InvalidInput: there is none.
    """
    with services.db.read() as connection:
        found = [row.survey for row in waves.running(connection) if survey_waves.may_run(asker, row)]
    return _only(found, "No survey that you run is open; /pulse list shows how each stands.")


def with_results(services: Services, asker: Asker, channel: str) -> str:
    """The only survey that has results for the asker.

    :raises WhichSurvey: there are several.
    :raises InvalidInput: there is none.
    """
    with services.db.read() as connection:
        found = [name for name in waves.asked(connection) if survey_viewers.latest_for(connection, asker, name, channel)]
    return _only(found, "No survey has results for you yet; /pulse list shows how each stands.")


def _only(found: list[str], none: str) -> str:
    if len(found) == 1:
        return found[0]
    raise WhichSurvey(found) if found else InvalidInput(none)
