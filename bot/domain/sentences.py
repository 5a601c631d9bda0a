"""The fixed sentences of surveys in the language of whoever is asked: one file a language in the catalogue."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from string import Formatter

from bot.domain.documents import DefinitionErrors, Report, read_yaml
from bot.domain.errors import BarometerError, InvalidFields, InvalidInput, Unavailable
from bot.domain.specs import Invalid, Table, Words
from bot.domain.surveys import family_of

ENGLISH = "en"
FOLDER = Path(__file__).parent.parent / "catalogue" / "sentences"
_FILE = Table(Words(40), Words(400), least=1, most=200)


def say(name: str, language: str = "", **facts: object) -> str:
    """The sentence of this name in a language or its family ("no" for "no-NO"), filled in; in English where there is none."""
    known = sentences()
    found = known.get(language) or known.get(family_of(language)) or known[ENGLISH]
    return found[name].format(**facts)


@cache
def sentences(folder: Path = FOLDER) -> Mapping[str, Mapping[str, str]]:
    """All sentences, by language and name.

    :raises DefinitionErrors: a file cannot be read, or differs from the English one in its names or {placeholders}.
    """
    reports = {file.stem: Report(f"catalogue/sentences/{file.name}") for file in sorted(folder.glob("*.yaml"))}
    found = {code: _read((folder / f"{code}.yaml").read_text(encoding="utf-8"), reports[code]) for code in reports}
    for code, report in reports.items():
        _compare(found[code], found[ENGLISH], report)
    if problems := [problem for report in reports.values() for problem in report.problems]:
        raise DefinitionErrors(problems)
    return found


def placeholders(sentence: str) -> frozenset[str]:
    """What has to be filled in.

    :raises ValueError: its braces do not match.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def _read(text: str, report: Report) -> Mapping[str, str]:
    root = read_yaml(text, report)
    found = _FILE.read(root, "", report) if root else {}
    return {} if isinstance(found, Invalid) else found


def _compare(found: Mapping[str, str], english: Mapping[str, str], report: Report) -> None:
    for name in english.keys() - found.keys():
        report.add(f".{name}", "is missing", "write it as in en.yaml", line=0)
    for name in found.keys() - english.keys():
        report.add(f".{name}", "is in no other language", "leave it out, or add it to en.yaml")
    for name in found.keys() & english.keys():
        try:
            same = placeholders(found[name]) == placeholders(english[name])
        except ValueError:
            same = False
        if not same:
            report.add(f".{name}", "has other {placeholders} than in English", "write the same ones")


class Spoken(BarometerError):
    """{words}"""

    def __init__(self, sentence: str, language: str = "", **facts: object) -> None:
        """What is wrong is the `sentence` of that name."""
        super().__init__(words=say(sentence, language, **facts))
        self.sentence, self.given = sentence, facts


class Unfit(InvalidInput):
    """{problem}"""

    def __init__(self, sentence: str, field: str, **facts: object) -> None:
        """What is wrong with an answer is the `sentence` of that name."""
        super().__init__(say(sentence, ENGLISH, **facts), field)
        self.sentence, self.given = sentence, facts


@contextmanager
def spoken_in(language: str) -> Iterator[None]:
    """Have what goes wrong said in a language, as far as there are sentences for it."""
    try:
        yield
    except InvalidFields as error:
        raise InvalidFields([_spoken(each, language) for each in error.each]) from error
    except Unfit as error:
        raise _spoken(error, language) from error
    except Spoken as error:
        raise Spoken(error.sentence, language, **error.given) from error
    except Unavailable as error:
        # Which of its reasons it is helps only whoever runs the bot, who is told in English.
        if family_of(language) in sentences().keys() - {ENGLISH}:
            raise Spoken("unavailable", language) from error
        raise


def _spoken(error: InvalidInput, language: str) -> InvalidInput:
    return InvalidInput(say(error.sentence, language, **error.given), error.field) if isinstance(error, Unfit) else error
