"""What the receipt of a wave counts: how many were asked and answered, and how much of it is not shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.questions import KINDS
from bot.domain.survey_counts import Publication
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_results import cells_of, is_shown
from bot.domain.surveys import Question

RECOUNT = "recount"
"""In the receipt of an attributed wave: what was counted anew of it, without how many people who were deleted since."""
TEXTS = "suppressed_texts"
"""In a receipt: of how many questions it is not shown what people wrote."""

KPI = "kpi"
"""In the receipt of a wave whose survey names a KPI: what was recorded for it, or why nothing was."""


def suppressed(questions: Sequence[Question], found: Publication | None) -> dict[str, int]:
    """How much of a wave is not shown: of everybody, a figure for each question that results mark with –; of groups, those that
    files mark so; and the questions at which people write, where that is not shown. None: nothing is.
    """
    cells = cells_of(found.counts, found.figures) if found else {}
    counted = [q for q in questions if KINDS[q.kind].SHAPE != "text"]
    groups = [cell for q in counted for group, cell in cells.get(q.id, {}).items() if group != WHOLE]
    return {
        "suppressed": sum(not is_shown(cells.get(q.id, {}).get(WHOLE)) for q in counted),
        "suppressed_in_groups": sum(not is_shown(cell) for cell in groups),
        TEXTS: 0 if found and found.has_texts else len(questions) - len(counted),
    }


def as_counted(receipt: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the results of a wave are of: of its close, or of what was counted anew since.

    One that was counted anew before that was kept beside its receipt has the new numbers in it.
    """
    found: Mapping[str, Any] = receipt.get(RECOUNT) or receipt
    return found
