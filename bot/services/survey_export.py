"""What was published of a wave, as a file: the same figures as in Slack, and nothing else."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from bot.domain.csv_tables import neutral
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.questions import KINDS
from bot.domain.release_groups import value_of
from bot.domain.survey_counts import LEFT_OUT
from bot.domain.survey_courses import cell_name
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.survey_reports import Results
from bot.domain.survey_results import CellResult, group_means, is_shown
from bot.domain.surveys import said
from bot.services import Services, survey_results
from bot.services.survey_ending import BY
from storage import audit

COLUMNS = ("wave", "question", "text", "group", "figure", "value", "words")
FORMATS = ("csv", "xlsx", "json")
HIDDEN = "–"
Row = tuple[str, str, str, str, str, float | int | None, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file for whoever asked, with a word beside it."""

    name: str
    content: bytes
    words: str


def export(services: Services, asker: Asker, name: str, kind: str, *, number: str = "", channel: str = "") -> File:
    """The latest closed wave of a survey, or that of a number, as CSV, XLSX or JSON. That it was sent is in the audit log.

    :raises InvalidInput: there is no such kind of file.
    :raises NotAllowed: its results are for others.
    """
    if kind not in FORMATS:
        raise InvalidInput(
            f"as= is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}; yaml for the survey itself, or people if it keeps names.", "as"
        )
    found = survey_results.results(services, asker, name, number, channel)
    rows = _rows(found)
    content = {"csv": _csv, "xlsx": _xlsx, "json": _json}[kind](found, rows)
    with services.db.begin() as connection:
        audit.write(connection, services.now(), Change(asker.user_id, "survey.export", found.label, None, {"as": kind}))
    file = f"{found.label.replace(' #', '-')}.{kind}"
    return File(file, content, f"{found.label}: what was published, {len(rows)} figures. – marks what is withheld.")


def _rows(found: Results) -> list[Row]:
    """Every released cell and figure, what is withheld with its reason, and what follows: changes, and which would be seen."""
    texts = {q.id: said(q.text) for q in found.questions}
    counted = {q.id for q in found.questions if KINDS[q.kind].SHAPE != "text"}
    order = {q.id: n for n, q in enumerate(found.questions)}
    cells = {q.id: KINDS[q.kind].cells(q) for q in found.questions}
    compared = {q.id: group_means(q, found.cells.get(q.id, {})) for q in found.questions}
    rows: list[Row] = []
    for question in sorted(found.cells, key=lambda q: (order.get(q, -1), q)):
        for cut, cell in sorted(found.cells[question].items()):
            about = (found.label, question, texts.get(question, ""), _group(found, cut))
            rows += [(*about, f"count:{v}", cell.counts[v], "") for v in cells.get(question, ()) if v in cell.counts]
            rows += [(*about, f.figure, f.value, _words(f)) for _, f in sorted(cell.figures.items())]
            if question in counted and (why := _unshown(cut, cell)):
                rows.append((*about, "withheld", None, why))
            rows += [(*about, *figure) for figure in _changes(found, question, cut)]
            if cut in compared.get(question, {}):
                rows.append((*about, "mean_to_compare", round(compared[question][cut], 2), ""))
    return rows


def _group(found: Results, cut: str) -> str:
    """A group by the name that it had when the wave opened."""
    value = value_of(cut, found.contract.cuts)
    return f"{cut.removesuffix(value)}{found.names.get(value, value)}"


def _words(figure: Figure) -> str:
    """What stands beside a value, or why there is none."""
    is_told = figure.value is not None or figure.words
    return figure.words if is_told else "not told beside a share at its end"


def _unshown(cut: str, cell: CellResult) -> str:
    """Why nothing but how many answered is told of a question, such as a choice among five to nine people; empty: more is, or
    its figures say why not. What it says follows from what is told.
    """
    if cell.withheld or is_shown(cell):
        return ""
    return "too few" if cut == WHOLE and cell.value("n") is None else LEFT_OUT


def _changes(found: Results, question: str, cut: str) -> list[tuple[str, float, str]]:
    """A change by the published rule with its state, in points, and from how many on as many answers would show one."""
    told: list[tuple[str, float, str]] = []
    if (made := found.trend(question, cut)) is not None and made.change is not None and made.q is not None:
        ends = (("low", made.change.low), ("high", made.change.high), ("p", made.change.p), ("q", made.q))
        told.append(("change", round(made.change.points, 2), made.state))
        told += [(f"change_{name}", float(f"{value:.4g}"), "") for name, value in ends]
    if (points := found.course.detectable.get(cell_name(question, cut))) is not None:
        told.append(("change_seen_from", round(points, 2), ""))
    return told


def _csv(_: Results, rows: list[Row]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([[neutral(cell) if isinstance(cell, str) else cell for cell in _marked(row)] for row in rows])
    return written.getvalue().encode("utf-8-sig")


def _marked(row: Row) -> tuple[str | float | int, ...]:
    """The cells of a row, with a mark in place of a value that is withheld."""
    *about, figure, value, words = row
    return (*about, figure, (HIDDEN if figure == "withheld" else "") if value is None else value, words)


def as_data(found: Results) -> dict[str, Any]:
    """The terms of a wave, its receipt and its figures, for programs. A figure that is withheld has no value, and says why."""
    figures = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(found)]
    terms = {"mode": found.contract.mode, "minimum": found.contract.minimum, "cuts": list(found.contract.cuts)}
    receipt = {name: told for name, told in found.receipt.items() if name != BY}  # of a request of Slack's, for ourselves
    return {"wave": found.label, "terms": terms, "receipt": receipt, "figures": figures}


def _json(found: Results, _: list[Row]) -> bytes:
    return json.dumps(as_data(found), indent=2, ensure_ascii=False).encode()


def _xlsx(_: Results, rows: list[Row]) -> bytes:
    import xlsxwriter

    written = io.BytesIO()
    # As strings, whatever they look like: nothing that somebody typed becomes a formula.
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, apart = book.add_worksheet("Results"), book.add_format({"quote_prefix": True})
    sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(_marked(row)):
            if isinstance(cell, str):
                # The prefix is the apostrophe of CSV, for whoever edits the cell or saves the sheet as something else.
                sheet.write_string(number, column, cell, None if neutral(cell) == cell else apart)
            else:
                sheet.write_number(number, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)
    book.close()
    return written.getvalue()
