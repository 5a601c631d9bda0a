"""Surveys that were counted since the digest before: who answered, the score, what is strong and weak, and what is done."""

from collections.abc import Sequence

from bot.domain.material import Material, Section
from bot.domain.parts import Button, Buttons, Heading, Part, bold, text
from bot.domain.questions import KINDS
from bot.domain.survey_counts import SCORE
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_reports import Action, News, Results
from bot.domain.surveys import Question, said
from bot.domain.times import show_date
from bot.presenters import pulse_words
from bot.presenters.digest_words import counted
from bot.presenters.kpi_words import person

SHOWN = 3
"""Questions at either end, and actions."""
LONGEST = 100
"""Characters of a question."""
CHANGED = f"Changed {pulse_words.AGAINST}"


def build(material: Material) -> Section:
    """A paragraph for each; nothing where none was counted, or its results are for others."""
    if not material.surveys:
        return Section()
    return Section("", (Heading("Surveys"), *(part for news in material.surveys for part in _told(news))))


def _told(news: News) -> list[Part]:
    found = news.results
    low = pulse_words.low_answering(found)
    lines = [line for line in (_score(found), *_ends(found), *_promoters(found), *_changes(found), low) if line]
    first = f"{said(found.survey.title)} ({found.label}): {pulse_words.response(found)}."
    parts: list[Part] = [text(bold(first), *(f"\n{line}" for line in lines))]
    parts += _actions(news)
    return [*parts, Buttons((Button("Results", "pulse.results", found.label),))]


def _score(found: Results) -> str:
    words = pulse_words.score(found)
    return f"{words}." if words else ""


def _ends(found: Results) -> list[str]:
    """The strongest and the weakest questions by their means; with few questions, all of them in one line."""
    ranked = sorted(
        (
            (mean, question)
            for question in found.questions
            if KINDS[question.kind].SHAPE == "scale" and (mean := _mean(found, question)) is not None
        ),
        key=lambda each: (-each[0], each[1].id),
    )
    if not ranked:
        return []
    if len(ranked) <= 2 * SHOWN:
        return [f"Questions, the strongest first: {_named(found, [q for _, q in ranked])}."]
    strong, weak = [q for _, q in ranked[:SHOWN]], [q for _, q in ranked[: -SHOWN - 1 : -1]]
    return [f"Strongest: {_named(found, strong)}.", f"Weakest: {_named(found, weak)}."]


def _promoters(found: Results) -> list[str]:
    """The net promoter scores."""
    asked = [q for q in found.questions if KINDS[q.kind].SHAPE == "nps"]
    known = [(pulse_words.estimate(found.cells.get(q.id, {}).get(WHOLE), "enps"), q) for q in asked]
    told = [f"eNPS {words}: {_text(q)}" for words, q in known if words != pulse_words.HIDDEN]
    return told[:SHOWN]


def _mean(found: Results, question: Question) -> float | None:
    cell = found.cells.get(question.id, {}).get(WHOLE)
    return cell.value("mean") if cell and not cell.withheld else None


def _named(found: Results, questions: Sequence[Question]) -> str:
    return "; ".join(f"{pulse_words.estimate(found.cells[q.id][WHOLE], 'mean')} {_text(q).rstrip('.')}" for q in questions)


def _text(question: Question) -> str:
    return pulse_words.shortened(said(question.text), LONGEST)


def _changes(found: Results) -> list[str]:
    flagged = [q for q in found.questions if (made := found.trend(q.id)) is not None and made.state == "flag"]
    told = [f"{CHANGED}: {pulse_words.change(found.trend(q.id), q)}: {_text(q)}" for q in flagged]
    score = found.trend(SCORE)
    if score is not None and score.state == "flag":
        told.insert(0, f"{CHANGED}: {pulse_words.change(score)}: {pulse_words.score_title(found.survey)}")
    return told


def _actions(news: News) -> list[Part]:
    late = sorted((a for a in news.open_actions if a.due_on < news.today), key=lambda a: (a.due_on, a.id))
    if not news.open_actions:
        return []
    overdue = f", {len(late)} overdue" if late else ""
    told: list[Part] = [text(f"{counted(len(news.open_actions), 'action')} open{overdue}.")]
    return told + [_action(each) for each in late[:SHOWN]]


def _action(each: Action) -> Part:
    return text(f"Was due {show_date(each.due_on)}: {each.text}, ", person(each.owner))
