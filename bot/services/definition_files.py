"""The files that define KPIs: those shipped, and the team's own, which go first and may stand beside digests and surveys."""

from collections.abc import Iterable
from pathlib import Path

from bot.domain.definitions import DefinitionErrors, Problem, parse_kpis
from bot.domain.digest_documents import is_digest_file
from bot.domain.kpis import Kpi
from bot.domain.survey_documents import is_bank_file, is_survey_file
from bot.settings import Settings

CATALOGUE = Path(__file__).parent.parent / "catalogue" / "kpis"
SUFFIXES = (".yaml", ".yml")
_OF_OTHERS = (is_digest_file, is_survey_file, is_bank_file)
"""What may lie in the same folder and is read elsewhere."""


def read_files(settings: Settings) -> dict[str, Kpi]:
    """Every definition that the shipped files and the team's own give, by name.

    :raises DefinitionErrors: with all that is wrong in any of them.
    """
    return _read(settings, (CATALOGUE,)) | ({} if settings.kpis is None else read_path(settings, settings.kpis))


def read_path(settings: Settings, path: Path) -> dict[str, Kpi]:
    """Every definition in one file, or in the files of a folder and the folders in it.

    :raises DefinitionErrors: with all that is wrong in any of them.
    """
    return _read(settings, (path,))


def _read(settings: Settings, paths: Iterable[Path]) -> dict[str, Kpi]:
    problems: list[Problem] = []
    found: dict[str, Kpi] = {}
    for file in (f for p in paths for f in _files(p)):
        try:
            text = _text(file)
            if any(is_other(text) for is_other in _OF_OTHERS):
                continue
            kpis = parse_kpis(text, _shown(file), settings.values)
        except DefinitionErrors as errors:
            problems += errors.problems
            continue
        problems += [_twice(found[k.name], k) for k in kpis if k.name in found]
        found |= {k.name: k for k in kpis}
    if problems:
        raise DefinitionErrors(problems)
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(f for f in path.rglob("*") if f.suffix in SUFFIXES and f.is_file())
    return [path]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(_shown(file), 0, "", "the file is not UTF-8 text", "save it as UTF-8")
        raise DefinitionErrors([problem]) from error
    except OSError as error:
        problem = Problem(_shown(file), 0, "", "the file cannot be read", "check its path and its permissions")
        raise DefinitionErrors([problem]) from error


def _shown(file: Path) -> str:
    """The path as it is kept: of a shipped file only the part that is the same everywhere."""
    return f"catalogue/kpis/{file.name}" if file.parent == CATALOGUE else str(file)[-400:]


def _twice(first: Kpi, second: Kpi) -> Problem:
    where = f"{first.file}:{first.line}"
    return Problem(second.file, second.line, second.name, f"is defined in {where} as well", "keep one of them")
