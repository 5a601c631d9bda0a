"""What people read of a survey over its waves, and of its score against a benchmark."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.parts import Button, Buttons, Chart, Facts, Heading, Message, Note, Series, Table, bold, text
from bot.domain.questions import KINDS
from bot.domain.survey_changes import RULE
from bot.domain.survey_counts import SCORE
from bot.domain.survey_courses import cell_name
from bot.domain.survey_reports import Compared, Course
from bot.domain.survey_results import CellResult
from bot.domain.surveys import Question, said
from bot.presenters.pulse_questions import numbered
from bot.presenters.pulse_words import (
    HIDDEN,
    MOSTLY_SEEN,
    OF_THE_LIKE,
    estimate,
    mostly_seen,
    rounded,
    score_name,
    score_title,
    seen_from,
    trend_words,
    verdict,
)

MOST_LINES = 6
"""A chart takes so many series."""
LONGEST_NAME = 20
"""Of a series."""
NOTHING_TO_FOLLOW = "There is nothing to follow: of no question a mean, an eNPS or a share of yes is told."


def trend(found: Course) -> Message:
    """The figures of all questions that have one over the last waves, with what the published rule says of the latest."""
    shown = [(n, q) for n, q in numbered(found.questions) if any(q.id in each for each in found.cells) and _unit(q) is not None]
    rows = [
        (
            f"{n}. {said(q.text)}",
            *(_told(each.get(q.id), _unit(q) or "") for each in found.cells),
            _change(found, q),
            seen_from(found.course, q.id, q),
        )
        for n, q in shown
    ]
    score = [_told(each.get("score")) for each in found.cells]
    if any(each != HIDDEN for each in score):
        made = found.course.trends.get(cell_name(SCORE))
        words = trend_words(made, is_first=made is None and not any(SCORE in each for each in found.cells[:-1]))
        rows.insert(0, (score_title(found.survey), *score, words, seen_from(found.course, SCORE)))
    labels = tuple(name.partition(" ")[2] for name in found.labels)
    columns = ("Question", *labels, "Change", MOSTLY_SEEN)
    table = Table(
        "Means, 0 to 100 or in their unit, eNPS, and shares of yes, with 95% intervals",
        columns,
        tuple(rows),
        frozenset(range(1, len(labels) + 1)),
    )
    figures = table if rows else text(NOTHING_TO_FOLLOW)
    drawn = [("scale", "Means of everybody", "0 to 100"), ("nps", "eNPS of everybody", "−100 to 100")]
    charts = [chart for shape, name, axis in drawn for chart in _drawn(found, shown, shape, Chart(name, labels, (), axis))]
    title = f"{said(found.survey.title)}, {len(labels)} {'wave' if len(labels) == 1 else 'waves'}"
    smallest = mostly_seen(found.course, found.questions)
    beside = f"{smallest} " if smallest else ""
    anew = "Where a question was asked in other words before, those answers are left out. " if found.course.anew else ""
    rule = (Note(f"{beside}{anew}{RULE}"),) if rows else ()
    waves = Buttons(
        tuple(Button(f"Results {number}", "pulse.results", label) for number, label in zip(labels, found.labels, strict=True))
    )
    since = (Note(found.since),) if found.since else ()
    return Message(title, (Heading(title), *charts, figures, *since, *rule, waves))


def _drawn(found: Course, shown: Sequence[tuple[int, Question]], shape: str, chart: Chart) -> tuple[Chart, ...]:
    """A chart with a line for each question of a shape; none of a single wave."""
    lines = [(n, q) for n, q in shown if shape == KINDS[q.kind].SHAPE][:MOST_LINES]
    series = (Series(_short(f"{n}. {said(q.text)}"), tuple(_value(each.get(q.id)) for each in found.cells)) for n, q in lines)
    return (replace(chart, series=tuple(series)),) if lines and len(chart.categories) > 1 else ()


def compared(found: Compared) -> Message:
    """The score against a benchmark: the verdict, and what is to be known of it."""
    source = found.source
    if found.verdict is None:
        words = (
            f"{found.label} has no score to compare: that takes the full counts of every item of it, of at least ten people; "
            "there are none of an item that nearly all answered alike."
        )
        return Message(words, (text(words), Buttons((Button("Results", "pulse.results", found.label),))))
    first = verdict(found.verdict, source)
    of = f", {source.organisations} organisations" if source.organisations else ""
    lines = (("lower", source.lower_quartile), ("median", source.median), ("upper", source.top_quartile))
    facts = Facts(
        (
            (score_name(found.survey), f"{rounded(found.verdict.value, '.1f')} of 100, n {found.verdict.n}"),
            ("Benchmark", f"{source.title}, {source.year}{of}"),
            ("Quartiles", " · ".join(f"{name} {HIDDEN if line is None else f'{line:g}'}" for name, line in lines)),
        )
    )
    note = f"{OF_THE_LIKE} {source.caveat} Source: {source.source}. Licence: {source.licence}."
    results = Button("Results", "pulse.results", found.label)
    other = tuple(Button(f"Against {name}", "pulse.compare", f"{found.survey.name} {name}") for name in found.others)
    return Message(first, (text(bold(first)), facts, Note(note.strip()), Buttons((*other, results))))


def _change(found: Course, question: Question) -> str:
    name, asked = question.id, cell_name(question.id) in found.course.trends
    if not found.cells or name not in found.cells[-1]:
        return "not asked this time"
    first = name in found.course.first or (not asked and len(found.cells) == 1)
    return trend_words(found.course.trends.get(cell_name(name)), question, is_first=first, anew=found.course.anew.get(name, ""))


def _short(words: str) -> str:
    """The name of a series; a longer one is cut after a word, and after its number within the first word."""
    if len(words) <= LONGEST_NAME:
        return words
    cut = words.rfind(" ", 0, LONGEST_NAME)
    return f"{words[: cut if cut > len('6. ') else LONGEST_NAME - 1]}…"


def _unit(question: Question) -> str | None:
    """What stands behind the figure that is followed of a question; None: there is no single one."""
    if question.kind == "yes_no":
        return "%"
    return {"scale": "", "nps": "", "number": f" {said(question.unit)}".rstrip()}.get(KINDS[question.kind].SHAPE)


def _figure(cell: CellResult | None) -> str:
    """Which figure of a cell is followed, a mean or an eNPS, else a favourable share; empty where none is shown."""
    if cell is None or cell.withheld:
        return ""
    return next((each for each in ("mean", "enps", "favourable") if cell.value(each) is not None), "")


def _value(cell: CellResult | None) -> float | None:
    """The mean or the eNPS of a cell: a share is none, and is drawn in no chart of these."""
    name = _figure(cell)
    value = cell.value(name) if cell and name != "favourable" else None
    return None if value is None else float(rounded(value))


def _told(cell: CellResult | None, unit: str = "") -> str:
    """A figure with its interval, "72 (59 to 87)"; in place of a mean that is not told, "at least 80% favourable"."""
    name = _figure(cell)
    if name == "favourable":
        return estimate(cell, name, unit or "% favourable")
    told = estimate(cell, name, unit, ".4g" if unit.startswith(" ") else ".0f") if name else HIDDEN
    return told.removesuffix(" (everyone answered)")
