"""What is published of a wave: counted once from all answers, audited, and coded where a figure would tell too much."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.domain import survey_figures
from bot.domain.questions import KINDS
from bot.domain.release import Atom, Group, Release, groups_of, people_of, release
from bot.domain.release_coding import FULL_FROM, Kept, coarse, is_narrow, kept
from bot.domain.survey_figures import Figure
from bot.domain.survey_stats import Estimate
from bot.domain.surveys import DECLINED, Answer, Question

WHOLE = "all"
"""What the group of everybody is called."""
RESPONSE, SCORE = "response", "score"
"""Questions that nobody is asked: who answered at all, and the engagement score."""
ASK = ".ask"
"""Behind the id of a comment's question: that its author agreed to be asked back."""


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who answered: the values of the cuts that they belong to, and their answers by question."""

    user_id: str
    groups: Mapping[str, str]
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Count:
    """How many people of a group are in one cell of a question's histogram."""

    question: str
    cut: str
    value: str
    n: int


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, with its author only if they agreed to be asked back."""

    question: str
    text: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """All that remains of a wave. `answered` is None under ten, where it is a band; `withheld` counts the hidden cells.

    Counts, figures and comments are in an order drawn by lot.
    """

    counts: tuple[Count, ...]
    figures: tuple[Figure, ...]
    comments: tuple[Written, ...]
    invited: int
    answered: int | None
    withheld: int
    score: Estimate | None = None


@dataclass(frozen=True, slots=True)
class _Wave:
    """Everything that the counting of one wave needs. `viewers` are the values of atoms in which somebody sees the results."""

    cuts: tuple[str, ...]
    respondents: Sequence[Respondent]
    invited: Sequence[Mapping[str, str]]
    viewers: frozenset[tuple[tuple[str, str], ...]] | None
    minimum: int

    def atom(self, groups: Mapping[str, str]) -> Atom:
        values = tuple((cut, groups.get(cut, "")) for cut in self.cuts)
        return Atom(values, viewer=self.viewers is None or values in self.viewers)

    def released(self, counted: Sequence[Respondent]) -> tuple[Release, dict[Atom, int]]:
        atoms = dict(Counter(self.atom(r.groups) for r in counted))
        candidates = [g for g in groups_of(atoms) if not g.name.endswith("=")]
        return release(candidates, atoms, self.minimum), atoms

    def asked_in(self, group: Group) -> int:
        """How many of the group's people were invited."""
        if group.name == WHOLE:
            return len(self.invited)
        cut, _, value = group.name.partition("=")
        return sum(each.get(cut, "") == value for each in self.invited)


def publish(
    questions: Sequence[Question],
    cuts: Sequence[str],
    respondents: Sequence[Respondent],
    invited: Sequence[Mapping[str, str]],
    viewers: frozenset[str] | None,
    minimum: int,
    comment_minimum: int,
) -> Publication | None:
    """Count a wave. None: so few answered that nothing may be published, and its ballots are to stay shut.

    `invited` has the cuts of everybody who was asked; `viewers` are those among the asked who will see the results (None: all
    of them), who could subtract themselves.
    """
    seen = (
        None
        if viewers is None
        else frozenset(tuple((cut, r.groups.get(cut, "")) for cut in cuts) for r in respondents if r.user_id in viewers)
    )
    wave = _Wave(tuple(cuts), respondents, invited, seen, minimum)
    whole, atoms = wave.released(respondents)
    if WHOLE not in {g.name for g in whole.published}:
        return None
    counts: list[Count] = []
    figures = _responses(wave, whole, atoms)
    withheld = 0
    items: dict[str, dict[str, tuple[int, ...]]] = {}
    for question in (q for q in questions if KINDS[q.kind].SHAPE != "text"):
        found = _question(wave, question)
        counts += found.counts
        figures += found.figures
        withheld += found.withheld
        if question.index:
            items[question.id] = found.full
    score = survey_figures.score(items, respondents, len(invited))
    figures += survey_figures.of_score(items, {c: n for c, n in _sizes(wave, whole).items()}, score)
    figures += survey_figures.associations(questions, respondents)
    comments = _comments(questions, respondents, comment_minimum + (viewers is None or bool(viewers)))
    for drawn in (counts, figures, comments):
        random.SystemRandom().shuffle(drawn)
    n = len(respondents)
    answered = n if n >= FULL_FROM else None
    return Publication(tuple(counts), tuple(figures), tuple(comments), len(invited), answered, withheld, score)


@dataclass(frozen=True, slots=True)
class _Counted:
    counts: list[Count]
    figures: list[Figure]
    withheld: int
    full: dict[str, tuple[int, ...]]


def _question(wave: _Wave, question: Question) -> _Counted:
    """One question: audited by itself, with those who answered it."""
    kind = KINDS[question.kind]
    those = [r for r in wave.respondents if r.answers.get(question.id, DECLINED) != DECLINED]
    found, atoms = wave.released(those)
    cells = kind.cells(question)
    rows = {g.name: _rows(wave, question, those, g) for g in found.published}
    tight = any(is_narrow(counts, n) for counts, n in _derivable(rows, found, wave, atoms)) if cells else False
    counts: list[Count] = []
    figures: list[Figure] = []
    full: dict[str, tuple[int, ...]] = {}
    for group in found.published:
        histogram, n = rows[group.name], people_of(group, atoms)
        asked = max(wave.asked_in(group), n)
        form = _form(question, histogram, n, coarsely=tight and group.name != WHOLE)
        if form.form == "full" and cells:
            full[group.name] = histogram
            counts += [Count(question.id, group.name, cell, c) for cell, c in zip(cells, histogram, strict=True)]
        figures += survey_figures.of_group(question, group.name, form, histogram, n, asked)
        if form.form == "full" and not cells:
            answers = [r.answers[question.id] for r in those if wave.atom(r.groups) in group.atoms]
            figures += survey_figures.of_numbers(question, group.name, answers)
    for hidden in found.withheld:
        words = "too few" if hidden.reason == "too few" else "it would tell of fewer"
        figures.append(Figure(question.id, hidden.group.name, "withheld", None, words))
    return _Counted(counts, figures, len(found.withheld), full)


def _rows(wave: _Wave, question: Question, those: Sequence[Respondent], group: Group) -> tuple[int, ...]:
    kind = KINDS[question.kind]
    cells = Counter(
        cell for r in those if wave.atom(r.groups) in group.atoms for cell in kind.counted(question, r.answers[question.id])
    )
    return tuple(cells[cell] for cell in kind.cells(question))


def _derivable(
    rows: Mapping[str, tuple[int, ...]], found: Release, wave: _Wave, atoms: Mapping[Atom, int]
) -> list[tuple[tuple[int, ...], int]]:
    """The histograms that are published or left over: of each group, of all others than it, and of what a cut leaves out."""
    whole = next((g for g in found.published if g.name == WHOLE), None)
    if whole is None or len(found.published) == 1:
        return []
    total = people_of(whole, atoms)
    sets = [(rows[g.name], people_of(g, atoms)) for g in found.published if g is not whole]
    less = [(_minus(rows[WHOLE], counts), total - n) for counts, n in sets]
    for cut in wave.cuts:
        of_cut = [g for g in found.published if g.name.startswith(f"{cut}=")]
        rest, n = rows[WHOLE], total
        for group in of_cut:
            rest, n = _minus(rest, rows[group.name]), n - people_of(group, atoms)
        if of_cut:
            less.append((rest, n))
    return [(counts, n) for counts, n in (*sets, *less) if n > 0]


def _minus(whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a - b for a, b in zip(whole, part, strict=True))


def _form(question: Question, histogram: tuple[int, ...], n: int, *, coarsely: bool) -> Kept:
    shape = KINDS[question.kind].SHAPE
    scores: list[Fraction | int] = []
    favourable: Sequence[int] = ()
    if shape == "scale" and sum(histogram) == n:
        scores = [Fraction(100 * i, len(histogram) - 1) for i in range(len(histogram))]
        favourable = survey_figures.favourable_cells(len(histogram))
    elif question.kind == "yes_no" and sum(histogram) == n:
        favourable = (0,)
    counts = histogram if histogram else (0,)
    return coarse(counts, n, scores, favourable) if coarsely else kept(counts, n, scores, favourable)


def _responses(wave: _Wave, found: Release, atoms: Mapping[Atom, int]) -> list[Figure]:
    """How many were asked and answered, of the groups that may be spoken of."""
    figures = []
    for group in found.published:
        n = people_of(group, atoms)
        figures.append(Figure(RESPONSE, group.name, "invited", float(wave.asked_in(group))))
        figures.append(
            Figure(RESPONSE, group.name, "answered", float(n))
            if n >= FULL_FROM
            else Figure(RESPONSE, group.name, "answered", None, "5–9")
        )
    return figures + [Figure(RESPONSE, w.group.name, "withheld", None, "too few") for w in found.withheld]


def _sizes(wave: _Wave, found: Release) -> dict[str, int]:
    return {group.name: wave.asked_in(group) for group in found.published}


def _comments(questions: Sequence[Question], respondents: Sequence[Respondent], least: int) -> list[Written]:
    """What people wrote, if so many answered; without anything else that they answered."""
    if len(respondents) < least:
        return []
    asked = [q.id for q in questions if KINDS[q.kind].SHAPE == "text"]
    return [
        Written(q, str(r.answers[q]), r.user_id if r.answers.get(q + ASK) else "")
        for q in asked
        for r in respondents
        if r.answers.get(q, DECLINED) != DECLINED
    ]
