"""How questions went over waves: each is compared only with waves that asked it in the same words, and in the same way."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.survey_changes import LEAST_POINTS, LEAST_TESTED, WAVES_BEFORE, Sample, Trend, smallest_detectable, trends
from bot.domain.survey_counts import SCORE
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_results import CellResult, sample_of, score_sample
from bot.domain.surveys import Question, Survey, Texts

WAVES_READ = WAVES_BEFORE + 2
"""How many waves a question must have been in for the rule: the last, that before it, and the four before each."""


@dataclass(frozen=True, slots=True)
class WaveAsked:
    """A closed wave: what it asked, in its own words, and what was released, by question and group."""

    label: str
    questions: tuple[Question, ...]
    cells: Mapping[str, Mapping[str, CellResult]]


@dataclass(frozen=True, slots=True)
class CourseOf:
    """What can be said of the questions of the last of some waves.

    `trends` are by `cell_name`. `anew` has the wave since which a question is asked as it is now, where it was asked otherwise
    before; `first`, the questions that no wave before could be compared with. `detectable` has the smallest change in points
    that each would show with 80 % power, by `cell_name`; none of what has no sample, or too small a one. `other_score` is the
    wave before, where both have a score and other questions make up its own.
    """

    trends: Mapping[str, Trend]
    anew: Mapping[str, str]
    first: frozenset[str]
    detectable: Mapping[str, float]
    other_score: str = ""


def cell_name(question: str, cut: str = WHOLE) -> str:
    """What a question of a group is called among trends."""
    return f"{question} {cut}"


def is_same(one: Question, other: Question) -> bool:
    """Whether answers to both may be compared: the same kind, number of points and limits, words and unit in every language
    that both are asked in. Another language beside those of before changes no words.
    """

    def asked(question: Question) -> tuple[object, ...]:
        return question.kind, question.points, question.low, question.high

    return asked(one) == asked(other) and _agree(one.text, other.text) and _agree(one.unit, other.unit)


def _agree(one: Texts, other: Texts) -> bool:
    shared = one.keys() & other.keys()
    return all(one[language] == other[language] for language in shared) and (bool(shared) or not (one or other))


def comparable(waves: Sequence[WaveAsked]) -> list[Mapping[str, Question]]:
    """The questions of each wave, oldest first, that are asked as in the last wave that asks them, without a break since."""
    latest: dict[str, Question] = {}
    changed: set[str] = set()
    found: list[Mapping[str, Question]] = []
    for wave in reversed(waves):
        kept: dict[str, Question] = {}
        for question in wave.questions:
            if not is_same(question, latest.setdefault(question.id, question)):
                changed.add(question.id)
            if question.id not in changed:
                kept[question.id] = question
        found.append(kept)
    return found[::-1]


def has_same_score(waves: Sequence[WaveAsked]) -> list[bool]:
    """Whether the score of each wave, oldest first, is of the same items, asked in the same words, as that of the last."""
    kept = comparable(waves)
    own = {q.id for q in waves[-1].questions if q.index} if waves else set()
    return [
        {q.id for q in wave.questions if q.index} == own and own <= questions.keys()
        for wave, questions in zip(waves, kept, strict=True)
    ]


def is_score_of_same(one: Sequence[Question], other: Sequence[Question]) -> bool:
    """Whether the scores of two waves, of these questions, are of the same items in the same words."""
    own, others = ({q.id: q for q in asked if q.index} for asked in (one, other))
    return own.keys() == others.keys() and all(is_same(q, others[name]) for name, q in own.items())


def reworded(waves: Sequence[WaveAsked]) -> dict[str, str]:
    """The questions that were asked otherwise before, with the wave since which they are asked as in the last."""
    kept = comparable(waves)
    found: dict[str, str] = {}
    for n, wave in enumerate(waves):
        for question in wave.questions:
            if question.id not in kept[n]:
                found[question.id] = ""
            elif found.get(question.id) == "":
                found[question.id] = wave.label
    return found


def course_of(waves: Sequence[WaveAsked]) -> CourseOf:
    """What the published rule says of the last of the waves, oldest first.

    A question that is asked in turn is compared with the waves that asked it, the score with waves of the same items.
    Source: `bot.domain.survey_changes`.
    """
    if not waves:
        return CourseOf({}, {}, frozenset(), {})
    kept, scored = comparable(waves), has_same_score(waves)
    samples = [_samples(*each) for each in zip(waves, kept, scored, strict=True)]
    before = {q for questions in kept[:-1] for q in questions}
    asked = {q.id: q for q in waves[-1].questions}
    return CourseOf(
        trends(samples) if len(samples) > 1 else {},
        {q: wave for q, wave in reworded(waves).items() if q in asked},
        frozenset(q for q in asked if q not in before),
        _detectable(samples),
        _of_other_items(waves),
    )


def waves_needed(survey: Survey) -> int:
    """How many of its latest waves are to be read, so that each question was in as many as the rule needs."""
    others = len([q for q in survey.questions if q.id not in survey.always])
    turns = math.ceil(others / survey.each) if 0 < survey.each < others else 1
    return WAVES_READ * turns


def _of_other_items(waves: Sequence[WaveAsked]) -> str:
    """The wave before the last, if the scores of both are told, and are not of the same items."""
    scores = [wave.cells.get(SCORE, {}).get(WHOLE) for wave in waves[-2:]]
    if len(waves) < 2 or any(cell is None or cell.value("mean") is None for cell in scores):
        return ""
    return "" if is_score_of_same(waves[-1].questions, waves[-2].questions) else waves[-2].label


def _samples(wave: WaveAsked, questions: Mapping[str, Question], has_score: bool) -> dict[str, Sample]:
    found: dict[str, Sample] = {
        cell_name(question, cut): sample
        for question, by_cut in wave.cells.items()
        if question in questions
        for cut, cell in by_cut.items()
        if (sample := sample_of(questions[question], cell)) is not None
    }
    score = wave.cells.get(SCORE, {}).get(WHOLE)
    if has_score and score is not None and (sample := score_sample(score)) is not None:
        found[cell_name(SCORE)] = sample
    return found


def _detectable(samples: Sequence[Mapping[str, Sample]]) -> dict[str, float]:
    """The smallest changes that would mostly be seen, with the spread within the waves that are compared: the last alone, in
    which all may be alike, would promise too much.
    """
    found = {}
    for cell, now in samples[-1].items():
        if now.n >= LEAST_TESTED:
            earlier = [s[cell] for s in samples if cell in s][-1 - WAVES_BEFORE : -1]
            before = int(sum(s.n for s in earlier)) or int(now.n)
            spread = sum(s.n * s.sd**2 for s in (*earlier, now)) / sum(s.n for s in (*earlier, now))
            found[cell] = max(LEAST_POINTS, smallest_detectable(math.sqrt(spread), int(now.n), before))
    return found
