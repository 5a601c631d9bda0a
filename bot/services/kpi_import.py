"""A file of values: checked line by line, then recorded all or not at all. The same file again changes nothing."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Context as Digits

from bot.domain import formats, quantities
from bot.domain.csv_tables import CsvTable, Row, read_csv, with_points
from bot.domain.definition_checks import agree
from bot.domain.entries import Entry, did_you_mean, read_entry
from bot.domain.entry_fields import ABOUT, period_of, read_fields
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.kpi_answers import Imported, ImportProblem
from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Observation, Provenance, in_force
from bot.domain.people import Asker, Change
from bot.domain.periods import label
from bot.services import Services, definitions
from bot.services.kpi_entry import FILE, new_observation, superseding
from storage import Connection, audit, observations

_Place = tuple[tuple[tuple[str, str], ...], datetime, datetime]
"""A segment and a period: where there can be one value."""

_TEN_DIGITS = Digits(prec=10)


def import_check(services: Services, asker: Asker, name: str, content: bytes) -> Imported:
    """What `import_apply` would do with a CSV file of one KPI; nothing is changed.

    Columns: `period` (or `at`), the inputs or `value`, dimensions, `note` and `evidence`; those of an export are known too.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: the file cannot be read at all, or its header has what is not known.
    """
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        return _checked(services, connection, asker, kpi, read_csv(content))


def import_apply(services: Services, asker: Asker, name: str, content: bytes) -> Imported:
    """Record every value of a CSV file, or none if a line is wrong: then the answer has its problems.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: the file cannot be read at all, or its header has what is not known.
    :raises Conflict: somebody recorded one of the values meanwhile.
    """
    table = read_csv(content)
    with services.db.begin() as connection:
        kpi = definitions.named(services, connection, asker, name)
        found = _checked(services, connection, asker, kpi, table)
        if found.problems:
            return found
        observations.insert_all(connection, [(o, "") for o in found.values])
        if found.values:
            after = {"values": len(found.values), "sha256": hashlib.sha256(content).hexdigest(), **_span(found)}
            audit.write(connection, services.now(), Change(asker.user_id, "kpi.import", kpi.name, None, after))
    return replace(found, applied=True)


def _span(found: Imported) -> dict[str, object]:
    periods = sorted((o.period for o in found.values), key=lambda p: p.start)
    return {"from": label(periods[0]), "to": label(periods[-1])}


def _checked(services: Services, connection: Connection, asker: Asker, kpi: Kpi, table: CsvTable) -> Imported:
    _check_header(kpi, table.columns)
    there = {_place(rows[-1]): rows for rows in _by_place(connection, kpi)}
    seen: dict[_Place, int] = {}
    values: list[Observation] = []
    wanted = f"{len(table.columns)} cells as the header has"
    problems = [
        ImportProblem(line, "", f"has more or fewer than {wanted}; check its separators and quotes") for line in table.uneven
    ]
    already = 0
    for row in table.rows:
        try:
            new = _observation(services, asker, kpi, row, table.decimal_comma)
            known = _is_there(kpi, new, there.get(_place(new), []))
            first = seen.setdefault(_place(new), row.line)
            if first != row.line:
                raise InvalidInput(f"gives {label(new.period)} again, as line {first} does; keep one of them")
        except BarometerError as error:
            problems.append(ImportProblem(row.line, _column(error), error.text))
            continue
        already += known
        if not known:
            values.append(superseding(new, there.get(_place(new), [])))
    if not table.rows and not problems:
        raise InvalidInput("The file has a header but no values; add a line for each period.")
    return Imported(kpi, tuple(values), already, tuple(sorted(problems, key=lambda p: p.line)))


class _BadCellError(InvalidInput):
    """{problem}"""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def _column(error: BarometerError) -> str:
    return error.column if isinstance(error, _BadCellError) else ""


def _check_header(kpi: Kpi, columns: tuple[str, ...]) -> None:
    inputs = {i.name.lower() for i in kpi.inputs}
    known = ["period", "at", MAIN, "note", "evidence", *(i.name for i in kpi.inputs), *kpi.dimensions]
    aside = {*ABOUT, *kpi.also, "kpi"}
    for column in columns:
        if column not in {k.lower() for k in known} | {a.lower() for a in aside}:
            raise InvalidInput(f"{kpi.name} has no column “{column[:40]}”. {did_you_mean(column, known)}")
    if not {"period", "at"} & set(columns):
        raise InvalidInput("The file needs a column named period, such as 2026-W47 or 2026-11-23.")
    if not ({MAIN} | inputs) & set(columns):
        raise InvalidInput(f"The file needs a column named value, or the inputs: {', '.join(i.name for i in kpi.inputs)}.")


def _observation(services: Services, asker: Asker, kpi: Kpi, row: Row, decimal_comma: bool) -> Observation:
    value, given = _numbers(kpi, row, decimal_comma)
    fields = read_fields(kpi, given | {c: row.cells.get(c, "") for c in ("period", "at", "note", "evidence")})
    if not fields.word("period") and not fields.word("at"):
        raise _BadCellError("period", "is empty; say the period, such as 2026-W47")
    # An export has both inputs and the value: what is computed follows from the inputs.
    entry = read_entry(kpi, "" if fields.inputs else value, fields.inputs)
    if fields.inputs:
        _check_value(kpi, value, entry)
    period = period_of(kpi, fields, services.now(), asker.timezone)
    provenance = Provenance(FILE, asker.user_id, note=fields.word("note"), evidence=fields.word("evidence"))
    return new_observation(services, asker, kpi, entry, period=period, dimensions=fields.dimensions, provenance=provenance)


def _check_value(kpi: Kpi, value: str, entry: Entry) -> None:
    """Insist that a value beside its inputs is theirs: whoever changed one of the two meant something by it."""
    found = entry.figures[MAIN]
    if value and not agree(found, quantities.read(value, kpi.unit)):
        gives = "no value" if found is None else f"{_TEN_DIGITS.plus(found).normalize():f}"
        problem = f"{MAIN} {value[:40]} contradicts its inputs, which give {gives}; mend one or leave value empty"
        raise _BadCellError(MAIN, problem)


def _numbers(kpi: Kpi, row: Row, decimal_comma: bool) -> tuple[str, dict[str, str]]:
    """The bare value, and inputs and dimensions by their names: headers are read in lower case."""
    inputs = {i.name.lower(): i.name for i in kpi.inputs}
    given = {d: row.cells.get(d.lower(), "") for d in kpi.dimensions}
    for column in (MAIN, *inputs):
        text = row.cells.get(column, "").strip()
        if _is_formula(text):
            raise _BadCellError(column, f"“{text[:40]}” is a formula; paste its value instead")
        given[inputs.get(column, MAIN)] = with_points(text) if decimal_comma else text
    value = "" if MAIN in inputs else given.pop(MAIN)
    return value, given


def _is_formula(text: str) -> bool:
    """Whether a formula was pasted in the place of its value; +2.5 % is a value."""
    return bool(re.match(r"[=@]|[+-](?![\d.])", text))


def _by_place(connection: Connection, kpi: Kpi) -> list[list[Observation]]:
    found: dict[_Place, list[Observation]] = {}
    for rows in observations.by_segment(connection, kpi.name):
        for o in rows:
            found.setdefault(_place(o), []).append(o)
    return list(found.values())


def _place(o: Observation) -> _Place:
    return tuple(sorted(o.dimensions.items())), o.period.start, o.period.end


def _is_there(kpi: Kpi, new: Observation, recorded: list[Observation]) -> bool:
    counts = in_force(recorded)
    if not counts:
        return False
    there = counts[-1]
    if _figures(there) == _figures(new):
        return True
    shown, who = formats.value(there.value, kpi.unit), there.provenance.actor
    raise InvalidInput(
        f"{label(new.period)} already has {shown} by @{who}; correct it with /kpi correct, or leave the line out"
    )


def _figures(o: Observation) -> tuple[Mapping[str, object], Mapping[str, object]]:
    return dict(o.figures), dict(o.inputs)
