"""CSV as programs and people save it: comma, semicolon or tab, with or without a byte order mark, lines inside quotes."""

import csv
import io
import re
from dataclasses import dataclass

from bot.domain.errors import InvalidInput

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 100

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet may compute (OWASP, "CSV Injection"), in East Asian widths too."""
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, and the line of the file on which it begins."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file with a header. `decimal_comma`: it is separated by semicolons, as where 12,4 is a number.

    `uneven` are the lines that have more or fewer cells than the header.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    uneven: tuple[int, ...]
    decimal_comma: bool


def read_csv(content: bytes) -> CsvTable:
    """The table in a file. Empty rows are left out; names of columns are taken in lower case.

    :raises InvalidInput: it is too large, not text, has no header or names a column twice, or a quote is not closed.
    """
    text = _decoded(content)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    uneven: list[int] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = _header(cells)
            elif any(c.strip() for c in cells):
                if len(cells) != len(header):
                    uneven.append(line)
                else:
                    rows.append(Row(line, {name: as_typed(c) for name, c in zip(header, cells, strict=True)}))
            if len(rows) > MAX_ROWS:
                raise InvalidInput(f"The file has more than {MAX_ROWS:,} rows; split it.")
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"Line {line} cannot be read as CSV ({error}); check its quotes.") from error
    if not header:
        raise InvalidInput("The file is empty; its first line must name the columns.")
    return CsvTable(header, tuple(rows), tuple(uneven), delimiter == ";")


def with_points(cell: str) -> str:
    """A number of a file with decimal commas, with a point.

    :raises InvalidInput: its comma may be meant for thousands as well.
    """
    if _GROUPED.fullmatch(cell.strip()):
        point, plain = cell.strip().replace(",", ".", 1), cell.strip().replace(",", "")
        raise InvalidInput(f"{cell.strip()} may be {point} or {plain}; write it without a comma")
    return cell.replace(",", ".")


def neutral(cell: str) -> str:
    """A cell that a spreadsheet takes for text or a number: what it might compute gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def as_typed(cell: str) -> str:
    """A cell without the apostrophe of `neutral`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"The file has {len(content):,} bytes; split it into files under {MAX_BYTES:,}.")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text; save it as “CSV UTF-8”.") from error
    if "\0" in text:
        raise InvalidInput("The file is not text; save it as “CSV UTF-8”.")
    return text


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    counts = {d: first.count(d) for d in (",", ";", "\t")}
    return max(counts, key=lambda d: counts[d]) if any(counts.values()) else ","


def _header(cells: list[str]) -> tuple[str, ...]:
    names = tuple(c.strip().lower() for c in cells)
    if not any(names):
        return ()
    if len(names) > MAX_COLUMNS:
        raise InvalidInput(f"The file has {len(names)} columns; keep those of one KPI.")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InvalidInput(f"The header names {twice[0] or 'a column without a name'} twice; name each column once.")
    return names
