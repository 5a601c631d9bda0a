"""Scores against outside benchmarks: those shipped, and those that somebody imported."""

import json
from functools import lru_cache
from pathlib import Path

import bot.catalogue
from bot.domain.errors import InvalidInput
from bot.domain.intervals import Mean
from bot.domain.people import Asker, Change
from bot.domain.survey_benchmarks import Source, read_benchmark
from bot.domain.survey_comparisons import Benchmark, benchmark
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_reports import Compared, Results
from bot.domain.surveys import Survey
from bot.services import Services, survey_results
from storage import audit
from storage import surveys as stored

LONGEST_NAME = 80
NO_LIMIT = 9999
"""The year of what was taken up before is not questioned again."""


def compare(services: Services, asker: Asker, name: str, against: str = "", channel: str = "") -> Compared:
    """The score of the latest wave that the asker may see against the top quartile of a benchmark: met, missed, or cannot tell.

    :raises InvalidInput: there is no such benchmark, it is of another score, or the survey has no score.
    :raises NoWave: none is closed.
    :raises NotAllowed: its results are for others.
    """
    found = survey_results.results(services, asker, name, "", channel)
    sources = known(services)
    source = _chosen(sources, found.survey, against.strip().lower())
    others = tuple(each for each, other in sources.items() if other.score == source.score and other is not source)
    return Compared(found.label, found.survey, source, _verdict(found, source), others)


def known(services: Services) -> dict[str, Source]:
    """The benchmarks by name; one that was imported stands before a shipped one of its name."""
    with services.db.read() as connection:
        imported = stored.benchmarks(connection)
    return {**_shipped(), **{name: read_benchmark(name, text.encode(), NO_LIMIT) for name, text in imported.items()}}


def save(services: Services, asker: Asker, name: str, content: bytes) -> Source:
    """Keep a benchmark, in place of one of its name. That it was is in the audit log.

    :raises InvalidInput: its name or a field of it is not what it should be.
    """
    word = name.strip().lower()
    if not word or len(word) > LONGEST_NAME or not all(each.isascii() and (each.isalnum() or each == "-") for each in word):
        raise InvalidInput("Name the file after the benchmark, in letters, digits and hyphens, such as uk-civil-service.json.")
    now = services.now()
    made = read_benchmark(word, content, now.year)
    text = json.dumps(json.loads(content.decode("utf-8-sig")), ensure_ascii=False, sort_keys=True)
    with services.db.begin() as connection:
        before = stored.benchmarks(connection).get(word)
        stored.keep_benchmark(connection, word, text, by=asker.user_id, at=now)
        was: dict[str, object] | None = None if before is None else {"benchmark": before}
        audit.write(connection, now, Change(asker.user_id, "survey.benchmark", word, was, {"benchmark": text}))
    return made


def _chosen(found: dict[str, Source], survey: Survey, word: str) -> Source:
    if not any(q.index for q in survey.questions):
        raise InvalidInput(f"{survey.name} has no score: none of its questions is marked with index.")
    if not survey.kpi:
        hint = "Where it asks what a KPI measures, say so in its terms, such as kpi: engagement."
        raise InvalidInput(f"The score of {survey.name} is of no KPI, so no benchmark is of the same. {hint}", "with")
    score = survey.kpi
    fitting = [name for name, source in found.items() if source.score == score]
    if not word and fitting:
        return found[fitting[0]]
    if word not in found:
        asked = f"no benchmark “{word[:60]}”" if word else "no benchmark"
        there = f"there is {', '.join(fitting)}" if fitting else "import one with barometer surveys benchmark FILE"
        raise InvalidInput(f"There is {asked} for {score}; {there}.", "with")
    if word not in fitting:
        raise InvalidInput(f"{word} is a benchmark of {found[word].score}, and {survey.name} measures {score}.", "with")
    return found[word]


def _verdict(found: Results, source: Source) -> Benchmark | None:
    cell = found.cells.get("score", {}).get(WHOLE)
    mean, sd, n = (cell.value(figure) if cell else None for figure in ("mean", "sd", "n"))
    if mean is None or sd is None or n is None:
        return None
    return benchmark(Mean(mean, sd, int(n)), source.top_quartile)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Source]:
    folder = Path(bot.catalogue.__path__[0]) / "benchmarks"
    return {path.stem: read_benchmark(path.stem, path.read_bytes(), NO_LIMIT) for path in sorted(folder.glob("*.json"))}
