"""What was published of surveys: the results of a wave, how it goes, against a benchmark, and what people wrote."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import bot.catalogue
from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.intervals import Mean
from bot.domain.people import Asker
from bot.domain.survey_changes import smallest_detectable, trends
from bot.domain.survey_comparisons import ResponseRates, benchmark, response_rates
from bot.domain.survey_reports import Comments, Compared, Course, Results, Standing
from bot.domain.survey_results import ENOUGH, WHOLE, CellResult, cells_of, common_words, sample_of
from bot.domain.survey_waves import NoWave, label, load
from bot.domain.surveys import Survey, said
from bot.domain.times import show_time
from bot.services import Services, survey_actions, survey_waves, surveys
from storage import Connection, wave_results, waves
from storage import surveys as stored
from storage.waves import StoredWave

SHOWN_WAVES = 12


def results(services: Services, asker: Asker, name: str, number: str = "", channel: str = "") -> Results:
    """The latest closed wave of a survey, or that of a number.

    :raises NoWave: none is closed; nothing is shown of one that is open.
    :raises NotAllowed: its results are for others.
    """
    with services.db.read() as connection:
        row = _closed(services, connection, name, number)
        insist_may_see(asker, row, channel)
        return _read(connection, row)


def trend(services: Services, asker: Asker, name: str, channel: str = "") -> Course:
    """How a survey went over its last waves, of everybody.

    :raises NoWave: none is closed.
    :raises NotAllowed: the results of the latest are for others.
    """
    with services.db.read() as connection:
        latest = _closed(services, connection, name, "")
        insist_may_see(asker, latest, channel)
        rows = [r for r in waves.of_survey(connection, latest.survey, ("closed",), SHOWN_WAVES) if _may_see(asker, r, channel)][
            ::-1
        ]
        cells = [_cells(connection, [r])[r.id] for r in rows]
    survey = survey_waves.survey_of(latest)
    everybody = [{q: by[WHOLE] for q, by in each.items() if WHOLE in by} for each in cells]
    found = trends([_samples(survey, each) for each in everybody])
    labels = tuple(label(r.survey, r.number) for r in rows)
    return Course(survey, labels, survey.questions, tuple(everybody), found)


def compare(services: Services, asker: Asker, name: str, against: str = "", channel: str = "") -> Compared:
    """The engagement score of the latest wave against an outside benchmark: met, missed, or cannot tell.

    :raises InvalidInput: there is no such benchmark.
    """
    known = benchmarks(services)
    chosen = against.strip().lower() or next(iter(known))
    if chosen not in known:
        raise InvalidInput(f"There is no benchmark “{chosen[:60]}”; there are {', '.join(known)}.", "with")
    found = results(services, asker, name, "", channel)
    source = known[chosen]
    score = found.cells.get("score", {}).get(WHOLE)
    line = source.get("top_quartile")
    verdict = None
    if (
        score is not None
        and score.value("mean") is not None
        and score.value("sd") is not None
        and isinstance(line, int | float)
    ):
        sample = Mean(score.value("mean") or 0.0, score.value("sd") or 0.0, int(score.value("n") or 0))
        verdict = benchmark(sample, float(line))
    return Compared(found.label, found.survey, chosen, source, score, verdict)


def comments(services: Services, asker: Asker, name: str, channel: str = "") -> Comments:
    """What people wrote in the latest closed wave.

    :raises NoWave: none is closed.
    :raises NotAllowed: its results are for others.
    """
    with services.db.read() as connection:
        row = _closed(services, connection, name, "")
        insist_may_see(asker, row, channel)
        found = tuple(wave_results.comments(connection, row.id))
    survey, contract = survey_waves.survey_of(row), load(row.contract)
    titles = {q.id: said(q.text) for q in survey.questions}
    return Comments(label(row.survey, row.number), contract.comment_minimum, found, titles, themes([c.text for c in found]))


def stands(rows: Sequence[StoredWave | None], zone: str) -> list[str]:
    """How waves stand, each in one sentence."""
    return [_stands(row, zone) for row in rows]


def standing(services: Services, name: str, zone: str) -> Standing:
    """A survey, how its latest wave stands, and what it asks.

    :raises NoSuchSurvey: there is none of that name.
    """
    with services.db.read() as connection:
        survey = surveys.named(services, connection, name)
        row = waves.latest(connection).get(survey.name)
    contract = load(row.contract) if row and row.state in ("open", "opening") else None
    shown = survey_waves.survey_of(row) if row and contract else survey
    questions = tuple((said(q.text), q.kind.replace("_", " ")) for q in shown.questions)
    return Standing(shown, _stands(row, zone), contract, questions)


def insist_may_see(asker: Asker, row: StoredWave, channel: str) -> None:
    """Insist that the results of a wave are for this person: for its viewers, or for all who ask where they are shown.

    :raises NotAllowed: they are for others.
    """
    if not _may_see(asker, row, channel):
        raise NotAllowed(who="those whom its contract names", what=f"see the results of {label(row.survey, row.number)}")


def benchmarks(services: Services) -> dict[str, Mapping[str, object]]:
    """The benchmarks by name: those shipped, and those imported."""
    with services.db.read() as connection:
        imported = {name: json.loads(source) for name, source in stored.benchmarks(connection).items()}
    return {**_shipped_benchmarks(), **imported}


def themes(texts: Sequence[str], most: int = 8) -> tuple[tuple[str, int], ...]:
    """Words that several comments have in common, with how many comments have them: counted, and nothing else.

    A word of fewer than five comments is not told.
    """
    return common_words(texts, most)


def _may_see(asker: Asker, row: StoredWave, channel: str) -> bool:
    contract = load(row.contract)
    return (
        asker.user_id in contract.viewers
        or bool(contract.channel and channel == contract.channel)
        or asker.user_id == "terminal"
    )


def _closed(services: Services, connection: Connection, name: str, number: str) -> StoredWave:
    survey = surveys.named(services, connection, name).name
    found = waves.of_survey(connection, survey, ("closed",))
    if number:
        found = [row for row in found if str(row.number) == number.strip().lstrip("#")]
    if found:
        return found[0]
    is_open = waves.open_of(connection, survey)
    hint = "One is open; nothing is shown before it is closed." if is_open else f"Start one with /pulse start {survey}."
    raise NoWave(survey=survey, state=f"#{number[:9]} with results" if number else "with results", hint=hint)


def _read(connection: Connection, row: StoredWave) -> Results:
    survey, contract = survey_waves.survey_of(row), load(row.contract)
    earlier = [w for w in waves.of_survey(connection, row.survey, ("closed",)) if w.number <= row.number][:6][::-1]
    cells = _cells(connection, earlier)
    samples = [_samples(survey, {q: by[WHOLE] for q, by in cells[w.id].items() if WHOLE in by}) for w in earlier]
    own = cells[row.id]
    return Results(
        label=label(row.survey, row.number),
        survey=survey,
        contract=contract,
        questions=survey.asked(row.number),
        receipt=row.receipt,
        cells=own,
        trends=trends(samples) if len(samples) > 1 else {},
        detectable=_detectable(samples),
        rates=_rates(own),
        actions=survey_actions.said_and_done(connection, row.survey, row.number),
        comments=len(wave_results.comments(connection, row.id)),
    )


def _cells(connection: Connection, rows: Sequence[StoredWave]) -> dict[int, dict[str, dict[str, CellResult]]]:
    ids = [row.id for row in rows]
    counts, figures = wave_results.counts(connection, ids), wave_results.figures(connection, ids)
    return {each: cells_of(counts[each], figures[each]) for each in ids}


def _samples(survey: Survey, cells: Mapping[str, CellResult]) -> dict[str, Mean]:
    by_id = {q.id: q for q in survey.questions}
    found = {q: sample_of(by_id[q], cell) for q, cell in cells.items() if q in by_id}
    return {q: sample for q, sample in found.items() if sample is not None}


def _detectable(samples: Sequence[Mapping[str, Mean]]) -> float | None:
    """The smallest change of a question that could be seen, with the people who answered now and in up to four waves before."""
    latest = [s for s in samples[-1].values() if s.n >= ENOUGH] if samples else []
    if not latest:
        return None
    n = int(min(s.n for s in latest))
    before = n * max(1, min(4, len(samples) - 1))
    return smallest_detectable(max(s.sd for s in latest) or 1.0, n, before)


def _rates(cells: Mapping[str, Mapping[str, CellResult]]) -> ResponseRates | None:
    known = {}
    for cut, cell in cells.get("response", {}).items():
        answered, invited = cell.value("answered"), cell.value("invited")
        if answered is not None and invited and cut != WHOLE:
            known[cut] = (int(answered), int(invited))
    whole = cells.get("response", {}).get(WHOLE)
    if not known and whole is not None and whole.value("answered") is not None and whole.value("invited"):
        known = {WHOLE: (int(whole.value("answered") or 0), int(whole.value("invited") or 0))}
    return response_rates(known) if known else None


def _stands(row: StoredWave | None, zone: str) -> str:
    if row is None:
        return "It was not asked yet."
    name = label(row.survey, row.number)
    match row.state:
        case "opening":
            return f"{name} is being opened."
        case "open":
            return f"{name} is open until {show_time(row.closes_at, zone)}, {row.invited} asked."
        case "closed":
            return f"{name} was closed {show_time(row.closes_at, zone)}."
        case "unopened":
            return f"{name} ended with too few answers; they were destroyed unopened."
        case _:
            return f"{name} could not be opened."


@lru_cache(maxsize=1)
def _shipped_benchmarks() -> dict[str, Mapping[str, object]]:
    folder = Path(bot.catalogue.__path__[0]) / "benchmarks"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
