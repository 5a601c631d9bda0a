"""What was published of surveys: the results of a wave, how it goes, and what people wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.people import Asker
from bot.domain.questions import KINDS
from bot.domain.release_groups import cut_of
from bot.domain.survey_comparisons import ResponseRates, most_uneven, response_rates
from bot.domain.survey_counts import RESPONSE, SCORE
from bot.domain.survey_courses import WaveAsked, comparable, course_of, has_same_score, waves_needed
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.survey_receipts import as_counted
from bot.domain.survey_reports import AskedBack, Comment, Comments, Course, Results, Standing, Step
from bot.domain.survey_results import CellResult, cells_of, common_words
from bot.domain.survey_waves import Contract, label, load
from bot.domain.surveys import said
from bot.domain.times import show_time
from bot.services import Services, survey_actions, survey_follow_ups, survey_viewers, survey_waves, surveys
from storage import Connection, wave_results, waves
from storage import surveys as stored
from storage.waves import StoredWave

SHOWN_WAVES = 12
Cells = Mapping[str, Mapping[str, CellResult]]
"""What was released, by question and group."""


def results(services: Services, asker: Asker, name: str, number: str = "", channel: str = "") -> Results:
    """The latest closed wave of a survey that the asker may see, or that of a number.

    :raises NoWave: none is closed; nothing is shown of one that is open.
    :raises ForOthers: its results are for others.
    """
    with services.db.read() as connection:
        row = survey_viewers.shown(services, connection, asker, name, number=number, channel=channel)
        since = "" if number else _since(connection, row, asker.timezone)
        return replace(read(asker, connection, row, channel), today=services.now().date(), since=since)


def trend(services: Services, asker: Asker, name: str, channel: str = "") -> Course:
    """How a survey went over the last waves that the asker may see, of everybody.

    :raises NoWave: none is closed.
    :raises ForOthers: the results of all are for others.
    """
    with services.db.read() as connection:
        latest = survey_viewers.shown(services, connection, asker, name, channel=channel)
        survey = survey_waves.survey_of(latest)
        asked = _asked(asker, connection, latest, channel, max(SHOWN_WAVES, waves_needed(survey)))
        since = _since(connection, latest, asker.timezone)
    shown = asked[-SHOWN_WAVES:]
    kept = comparable(asked)[-SHOWN_WAVES:]
    scored = has_same_score(asked)[-SHOWN_WAVES:]
    everybody = [
        {q: by[WHOLE] for q, by in wave.cells.items() if WHOLE in by and (q in questions or (q == SCORE and has_score))}
        for wave, questions, has_score in zip(shown, kept, scored, strict=True)
    ]
    return Course(survey, tuple(w.label for w in shown), survey.questions, tuple(everybody), course_of(asked), since)


def _since(connection: Connection, row: StoredWave, zone: str) -> str:
    """Which wave after this one, the latest that its reader may see, is not for them, how a later one stands, and why a start
    after that failed.
    """
    (latest,) = waves.of_survey(connection, row.survey, ("closed",), limit=1)
    found = [f"{label(row.survey, latest.number)} is later, and its results are for others."] if latest.id != row.id else []
    after = waves.latest(connection).get(row.survey)
    if after is not None and after.state != "closed":
        found.append(_stands(after, None, zone))
    if failed := waves.failed(connection).get(row.survey):
        found.append(survey_waves.not_opened(failed))
    return " ".join(found)


def comments(services: Services, asker: Asker, name: str, number: str = "", channel: str = "") -> Comments:
    """What people wrote in the latest closed wave that the asker may see, or in that of a number.

    Whoever reads them since they are shown in a channel cannot ask back, as those can whom the contract names, and sees nothing
    of what was asked. Nobody can ask more about a comment than may be asked.

    :raises NoWave: none is closed.
    :raises ForOthers: its results are for others.
    """
    with services.db.read() as connection:
        row = survey_viewers.shown(services, connection, asker, name, number=number, channel=channel)
        may_ask = survey_viewers.may_see(asker, row, "")
        asked = survey_follow_ups.asked_back(connection, row.id) if may_ask else {}
        found = tuple(_with_author(each, asked, may_ask=may_ask) for each in wave_results.comments(connection, row.id))
        since = "" if number else _since(connection, row, asker.timezone)
    survey, contract = survey_waves.survey_of(row), load(row.contract)
    titles = {q.id: said(q.text) for q in survey.questions}
    told = themes([c.text for c in found])
    name, least = label(row.survey, row.number), contract.comment_minimum
    return Comments(name, row.survey, least, found, titles, told, contract.mode, asked, since)


def _with_author(each: Comment, asked: Mapping[str, Sequence[AskedBack]], *, may_ask: bool) -> Comment:
    """A comment, with its author only where they can be asked something more."""
    is_askable = may_ask and len(asked.get(each.id, ())) < survey_follow_ups.MOST_ASKED
    return each if is_askable else replace(each, author=None)


def stands(found: Sequence[surveys.Listed], zone: str) -> list[str]:
    """How surveys stand, each in a sentence on its latest wave, and one on a later start that failed."""
    return [_stands(each.latest, each.failed, zone) for each in found]


def standing(services: Services, asker: Asker, name: str, channel: str = "") -> Standing:
    """A survey, how its latest wave stands, what it asks, and what the asker can do with it now.

    :raises NoSuchSurvey: there is none of that name.
    """
    with services.db.read() as connection:
        survey = surveys.named(services, connection, name)
        row, failed = waves.latest(connection).get(survey.name), waves.failed(connection).get(survey.name)
        steps = _steps(services, connection, asker, survey.name, row=row, channel=channel)
        steps += surveys.steps(services, connection, asker, survey.name)
        recurs = surveys.recurring(services, stored.schedule_of(connection, survey.name))
    is_open = row is not None and row.state in ("open", "opening")
    shown = survey_waves.survey_of(row) if row and is_open else survey
    questions = tuple((said(q.text), KINDS[q.kind].TITLE) for q in shown.questions)
    called = label(row.survey, row.number) if row else ""
    is_over = row is not None and row.state in ("closed", "unopened")
    may_see = row is not None and (survey_waves.may_run(asker, row) or survey_viewers.may_see(asker, row, channel))
    receipt = row.receipt if row is not None and is_over and may_see else {}
    contract = load(row.contract) if row else None
    return Standing(shown, _stands(row, failed, asker.timezone), contract, questions, called, steps, receipt, recurs, is_open)


def themes(texts: Sequence[str], most: int = 8) -> tuple[tuple[str, int], ...]:
    """Words that several comments have in common, with how many comments have them: counted, and nothing else.

    A word of fewer than five comments is not told.
    """
    return common_words(texts, most)


def _steps(
    services: Services, connection: Connection, asker: Asker, name: str, *, row: StoredWave | None, channel: str
) -> tuple[Step, ...]:
    if row is not None and row.state == "opening":
        return ()
    if row is not None and row.state == "open":
        if not survey_waves.may_run(asker, row) or survey_waves.awaits_key(row):
            return ()
        return ("remind", "extend", "close") if row.closes_at > services.now() else ("close",)
    return ("start", "results") if survey_viewers.latest_for(connection, asker, name, channel) else ("start",)


def read(asker: Asker, connection: Connection, row: StoredWave, channel: str) -> Results:
    """The results of a closed wave that the asker may see, on the day it ended, beside the earlier ones that they may see."""
    survey, contract = survey_waves.survey_of(row), load(row.contract)
    asked = _asked(asker, connection, row, channel, waves_needed(survey))
    own = _with_number(asked[-1].cells, contract, row)
    return Results(
        label=label(row.survey, row.number),
        survey=survey,
        contract=contract,
        questions=survey_waves.questions_of(row),
        receipt=row.receipt,
        cells=own,
        course=course_of(asked),
        rates=_rates(own),
        said_and_done=survey_actions.said_and_done(connection, row.survey, row.number),
        comments=len(wave_results.comments(connection, row.id)),
        names=row.receipt.get("names", {}),
        today=row.closes_at.date(),
        reads_names=survey_viewers.may_read_names(contract, asker.user_id),
    )


def _with_number(cells: Cells, contract: Contract, row: StoredWave) -> Cells:
    """How many answered, as a number where names are kept: the receipt beside the results says it in any case."""
    whole, opened = cells.get(RESPONSE, {}).get(WHOLE), str(as_counted(row.receipt).get("opened"))
    if contract.mode != "attributed" or whole is None or not opened.isdecimal():
        return cells
    figure = Figure(RESPONSE, WHOLE, "answered", float(opened))
    exact = replace(whole, figures={**whole.figures, "answered": figure})
    return {**cells, RESPONSE: {**cells[RESPONSE], WHOLE: exact}}


def _asked(asker: Asker, connection: Connection, last: StoredWave, channel: str, most: int) -> list[WaveAsked]:
    """A closed wave and those before it that the asker may see, oldest first."""
    closed = waves.of_survey(connection, last.survey, ("closed",), 10 * most)
    until = [w for w in closed if w.number <= last.number]
    rows = [w for w in until if w.id == last.id or survey_viewers.may_see(asker, w, channel)][:most][::-1]
    cells = _cells(connection, rows)
    return [WaveAsked(label(w.survey, w.number), survey_waves.questions_of(w), cells[w.id]) for w in rows]


def _cells(connection: Connection, rows: Sequence[StoredWave]) -> dict[int, dict[str, dict[str, CellResult]]]:
    ids = [row.id for row in rows]
    counts, figures = wave_results.counts(connection, ids), wave_results.figures(connection, ids)
    return {each: cells_of(counts[each], figures[each]) for each in ids}


def _rates(cells: Cells) -> ResponseRates | None:
    known: dict[str, tuple[int, int]] = {}
    for group, cell in cells.get("response", {}).items():
        answered, invited = cell.value("answered"), cell.value("invited")
        if answered is not None and invited:
            known[group] = (int(answered), int(invited))
    if (everybody := known.pop(WHOLE, None)) is None:
        return None
    cuts: dict[str, dict[str, tuple[int, int]]] = {}
    for group, pair in known.items():
        cuts.setdefault(cut_of(group), {})[group] = pair
    rates = [response_rates(groups, everybody=everybody) for groups in (*cuts.values(), {})]
    return most_uneven([each for each in rates if each is not None])


def _stands(row: StoredWave | None, failed: StoredWave | None, zone: str) -> str:
    if failed is not None:
        why = survey_waves.not_opened(failed)
        return f"{_stands(row, None, zone)} {why}" if row else why
    if row is None:
        return "It was not asked yet."
    name = label(row.survey, row.number)
    match row.state:
        case "opening":
            return f"{name} is being opened."
        case "open" if survey_waves.awaits_key(row):
            until = show_time(survey_waves.key_until(row), zone)
            return (
                f"{name} is over and waits for the key of its custodian, until {until}; without it, all is destroyed unopened."
            )
        case "open":
            return f"{name} is open until {show_time(row.closes_at, zone)}, {row.invited} asked."
        case "closed":
            return f"{name} was closed {show_time(row.closes_at, zone)}."
        case _:
            return survey_waves.unopened(row, zone)
