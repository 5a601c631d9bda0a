"""How a file of values is told: what would be recorded, line by line what is wrong, and what was done."""

from bot.domain import formats
from bot.domain.kpi_answers import Imported
from bot.domain.parts import Message, Note, Part, Table, bold, text
from bot.domain.periods import label

SHOWN = 100


def checked(found: Imported) -> Message:
    """What a file would do, before it does it."""
    if found.problems:
        return _refused(found)
    count = len(found.values)
    if not count:
        line = f"{_all(found.already)} there already; there is nothing to record."
        return Message(line, (text(line),))
    line = f"{values(count)} of {found.kpi.title} would be recorded."
    return Message(line, (text(bold(line)), *_values(found), *_already(found)))


def imported(found: Imported) -> Message:
    """What was recorded, all or nothing."""
    if not found.applied:
        return checked(found)
    line = f"Recorded {values(len(found.values))} of {found.kpi.title} from the file."
    waiting = sum(o.state == "provisional" for o in found.values)
    notes = (Note(f"{waiting} of them wait for approval; until then they never alert."),) if waiting else ()
    return Message(line, (text(bold(line)), *_values(found), *_already(found), *notes))


def values(count: int) -> str:
    """How many values, in words."""
    return f"{count} value{'' if count == 1 else 's'}"


def _all(count: int) -> str:
    return "The one value of the file is" if count == 1 else f"All {count} values of the file are"


def _refused(found: Imported) -> Message:
    count = len(found.problems)
    line = f"{count} line{'s are' if count > 1 else ' is'} not right, so nothing was recorded."
    rows = tuple((str(p.line), p.column, p.problem) for p in found.problems[:SHOWN])
    more = (Note(f"And {count - SHOWN} more."),) if count > SHOWN else ()
    return Message(line, (text(bold(line)), Table("What to mend", ("Line", "Column", "Problem"), rows), *more))


def _values(found: Imported) -> list[Part]:
    rows = tuple((label(o.period), formats.value(o.value, found.kpi.unit)) for o in found.values[:SHOWN])
    more = [Note(f"And {len(found.values) - SHOWN} more.")] if len(found.values) > SHOWN else []
    return [Table(found.kpi.title, ("Period", "Value"), rows, frozenset({1})), *more]


def _already(found: Imported) -> list[Part]:
    more = f"{found.already} more are there already, as they stand."
    return [Note("1 more is there already, as it stands." if found.already == 1 else more)] if found.already else []
