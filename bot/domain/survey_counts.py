"""What is published of a wave: counted once from all answers, audited, and coded where a figure would tell too much."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain import survey_figures
from bot.domain.questions import KINDS
from bot.domain.release import Release, Withheld, in_full, is_proven, release
from bot.domain.release_coding import FULL_FROM, Kept, kept
from bot.domain.release_groups import Atom, Group, groups_of, people_of, value_of
from bot.domain.release_shares import told_together
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.survey_measures import measures, summed_up, tallied
from bot.domain.survey_stats import Estimate
from bot.domain.surveys import DECLINED, Answer, Question

RESPONSE, SCORE = "response", "score"
"""Questions that nobody is asked: who answered at all, and the engagement score."""
LEFT_OUT = "too few, or it would tell what nearly all answered, or of others"
"""Why nothing is said of a group: which of both it is would tell of groups in which nobody answered, or all alike."""
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
    """All that remains of a wave. `answered` is None under ten, where it is a band; `has_texts`: enough answered to show what
    people wrote.

    Counts, figures and comments are in an order drawn by lot.
    """

    counts: tuple[Count, ...]
    figures: tuple[Figure, ...]
    comments: tuple[Written, ...]
    invited: int
    answered: int | None
    has_texts: bool
    score: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Unshown:
    """So many `questions` of all (`of`) show nothing: they need `least` to `most` answers, more than people are `asked`."""

    questions: int
    of: int
    least: int
    most: int
    asked: int


@dataclass(frozen=True, slots=True)
class _Wave:
    """Everything that the counting of one wave needs: `invited` is how many were asked in each atom.

    `viewers` are the values of atoms in which somebody sees the results.
    """

    cuts: tuple[str, ...]
    respondents: Sequence[Respondent]
    invited: Mapping[Atom, int]
    viewers: frozenset[tuple[tuple[str, str], ...]] | None
    minimum: int

    def atom(self, groups: Mapping[str, str]) -> Atom:
        return _atom(self.cuts, self.viewers, groups)

    def released(self, counted: Sequence[Respondent], among: Collection[str] | None = None) -> tuple[Release, dict[Atom, int]]:
        """What may be published of those counted, and how many of them are in each atom; of no group but those `among`.

        Every group that was asked is published or withheld, whether anybody of it answered or not. Where nobody of a small one
        did, the others are withheld as if somebody had: else they would add up to the whole, and tell. What is left is audited
        once more in another way, over all of it; of what does not pass, everybody alone is published.
        """
        answered = Counter(self.atom(r.groups) for r in counted)
        silent = {a: n for a, n in self.invited.items() if a not in answered}
        atoms = {**dict.fromkeys(silent, 0), **answered}
        candidates = [g for g in groups_of({**answered, **silent}) if g.name == WHOLE or value_of(g.name, self.cuts)]
        able = [g for g in candidates if among is None or g.name in among]
        found = release(able, atoms, self.minimum)
        kept = {g.name for g in found.published}
        if silent:  # Both at once: to publish less gives nothing more away.
            kept &= {g.name for g in release(able, {**answered, **silent}, self.minimum).published}
        if not is_proven([g for g in candidates if g.name in kept], atoms, self.minimum):
            kept &= {WHOLE}
        hidden = {w.group.name: w for w in found.withheld}
        withheld = (hidden.get(g.name, Withheld(g, "complementary")) for g in candidates if g.name not in kept)
        return Release(tuple(g for g in candidates if g.name in kept), tuple(withheld)), atoms

    def asked_in(self, group: Group) -> int:
        """How many of the group's people were invited."""
        return sum(n for atom, n in self.invited.items() if atom in group.atoms)


def unshown(questions: Sequence[Question], *, minimum: int, comment_minimum: int, is_seen: bool, asked: int) -> Unshown | None:
    """The questions of which nothing can be shown with so many `asked`, whoever answers; None: there are none.

    `is_seen`: one of those asked will see the results, who could subtract themselves.
    """
    needs = [least_answers(q, minimum, comment_minimum) + is_seen for q in questions]
    short = [least for least in needs if least > asked]
    return Unshown(len(short), len(needs), min(short), max(short), asked) if short else None


def least_answers(question: Question, minimum: int, comment_minimum: int) -> int:
    """Of how many answers something can be shown: so few have no histogram, and not every question can be summed up."""
    if KINDS[question.kind].SHAPE == "text":
        return max(minimum, comment_minimum)
    return minimum if any(summed_up(question)) else max(minimum, FULL_FROM)


def publish(
    questions: Sequence[Question],
    cuts: Sequence[str],
    respondents: Sequence[Respondent],
    invited: Sequence[Mapping[str, str]],
    *,
    viewers: frozenset[str] | None,
    minimum: int,
    comment_minimum: int,
    lots: random.Random | None = None,
) -> Publication | None:
    """Count a wave. None: so few answered that nothing may be published, and its ballots are to stay shut.

    `invited` has the cuts of everybody who was asked; `viewers` are those among the asked who will see the results (None: all
    of them), who could subtract themselves. `lots` draw in which order all is kept, and what is left out where the choice would
    tell of answers: without any, those of the system, which nobody can draw again.
    """
    lots = lots or random.SystemRandom()
    wave = _wave(cuts, respondents, invited, viewers, minimum)
    whole, atoms = wave.released(respondents)
    if not _has_everybody(whole):
        return None
    spoken_of = {g.name: wave.asked_in(g) for g in whole.published}
    counts: list[Count] = []
    figures = _responses(wave, whole, atoms)
    items: dict[str, dict[str, tuple[int, ...]]] = {}
    for question in (q for q in questions if KINDS[q.kind].SHAPE != "text"):
        found = _question(wave, question, spoken_of, lots)
        counts += found.counts
        figures += found.figures
        if question.index:
            items[question.id] = found.full
    score = survey_figures.score(items, respondents, len(invited))
    figures += survey_figures.of_score(items, spoken_of, score, len(invited))
    figures += survey_figures.of_rounded_items(items, list(spoken_of), figures)
    figures += survey_figures.associations(questions, respondents, {c.question for c in counts if c.cut == WHOLE}, lots)
    n = len(respondents)
    has_texts = n >= comment_minimum + (viewers is None or bool(viewers))
    comments = _comments(questions, respondents) if has_texts else []
    for drawn in (counts, figures, comments):
        lots.shuffle(drawn)
    answered = n if n >= FULL_FROM else None
    return Publication(tuple(counts), tuple(figures), tuple(comments), len(invited), answered, has_texts, score)


def are_enough(
    cuts: Sequence[str],
    cast: Sequence[Respondent],
    invited: Sequence[Mapping[str, str]],
    *,
    viewers: frozenset[str] | None,
    minimum: int,
) -> bool:
    """Whether `publish` would count a wave in which these people cast their votes: their answers make no difference."""
    return _has_everybody(_wave(cuts, cast, invited, viewers, minimum).released(cast)[0])


def _wave(
    cuts: Sequence[str],
    respondents: Sequence[Respondent],
    invited: Sequence[Mapping[str, str]],
    viewers: frozenset[str] | None,
    minimum: int,
) -> _Wave:
    seen = (
        None
        if viewers is None
        else frozenset(tuple((cut, r.groups.get(cut, "")) for cut in cuts) for r in respondents if r.user_id in viewers)
    )
    asked = Counter(_atom(cuts, seen, each) for each in invited)
    return _Wave(tuple(cuts), respondents, asked, seen, minimum)


def _atom(cuts: Sequence[str], viewers: frozenset[tuple[tuple[str, str], ...]] | None, groups: Mapping[str, str]) -> Atom:
    values = tuple((cut, groups.get(cut, "")) for cut in cuts)
    return Atom(values, viewer=viewers is None or values in viewers)


def _has_everybody(found: Release) -> bool:
    return WHOLE in {g.name for g in found.published}


@dataclass(frozen=True, slots=True)
class _Counted:
    counts: list[Count]
    figures: list[Figure]
    full: dict[str, tuple[int, ...]]


def _question(wave: _Wave, question: Question, among: Collection[str], lots: random.Random) -> _Counted:
    """One question: audited by itself, with those who answered it, of the groups `among`.

    Of others, how many answered this question and another could tell who answered at all.
    """
    kind = KINDS[question.kind]
    those = [r for r in wave.respondents if r.answers.get(question.id, DECLINED) != DECLINED]
    found, atoms = wave.released(those, among)
    cells, numbers = kind.cells(question), kind.SHAPE == "number"
    given: dict[Atom, list[Answer]] = {a: [] for a in atoms}
    for each in those:
        given[wave.atom(each.groups)].append(each.answers[question.id])
    whole = {g.name for g in _in_full(question, found.published, atoms, given)}
    binned: Collection[Group] = ()
    if numbers and cells:
        binned = _in_parts(question, [g for g in found.published if g.name in whole], atoms, given)
    counts: list[Count] = []
    figures: list[Figure] = []
    full: dict[str, tuple[int, ...]] = {}
    histograms, forms = dict[str, tuple[int, ...]](), dict[str, Kept]()
    for group in found.published:
        answers = _of(group.atoms, given)
        histograms[group.name] = tuple(Counter(answers).values()) if numbers else tallied(question, answers)
        forms[group.name] = _form(question, group.name, histograms[group.name], len(answers), histogram=group.name in whole)
    beside = _beside_everybody(found.published, forms)
    counted = {name for name, form in forms.items() if form.form == "full"}
    shown = told_together(beside, atoms, measures(question, beside, atoms, given, forms), lots, counted)
    for group in shown:
        answers, n = _of(group.atoms, given), people_of(group, atoms)
        form, histogram = forms[group.name], histograms[group.name]
        asked = max(wave.asked_in(group), n)
        if form.form == "full" and not numbers:
            full[group.name] = histogram
        if group in binned if numbers else form.form == "full":
            in_cells = zip(cells, tallied(question, answers), strict=True)
            counts += [Count(question.id, group.name, cell, c) for cell, c in in_cells]
        figures += survey_figures.of_group(question, group.name, form, histogram, n=n, asked=asked)
        if numbers:
            figures += _numbers(question, group.name, form, answers, asked=asked)
    for hidden in (*(w.group for w in found.withheld), *(g for g in found.published if g not in shown)):
        # Of a group, which of these it is would tell how many in it answered, or that they answered alike.
        words = "too few" if hidden.name == WHOLE else LEFT_OUT
        figures.append(Figure(question.id, hidden.name, "withheld", None, words))
    return _Counted(counts, figures, full)


def _beside_everybody(published: Sequence[Group], forms: Mapping[str, Kept]) -> Sequence[Group]:
    """The groups of which something may stand beside what is told of everybody: none where all answered alike, but for one at
    most, for its groups did as well, and what is left would be told of few.
    """
    is_alike = WHOLE in forms and forms[WHOLE].form == "coded"
    return [g for g in published if g.name == WHOLE] if is_alike else published


def _in_full(
    question: Question, published: Sequence[Group], atoms: Mapping[Atom, int], given: Mapping[Atom, Sequence[Answer]]
) -> Sequence[Group]:
    """The groups whose counts, or whose sums of numbers, give away nothing together."""
    if KINDS[question.kind].SHAPE != "number":
        return in_full(published, atoms, _answered(question, given))
    values = {a: Counter(each) for a, each in given.items()}
    cells = [{a: each[value] for a, each in values.items()} for value in set(_of(given, given))]
    return in_full(published, atoms, _frequent(cells), lambda some: survey_figures.is_dominated(question, _of(some, given)))


def _in_parts(
    question: Question, published: Sequence[Group], atoms: Mapping[Atom, int], given: Mapping[Atom, Sequence[Answer]]
) -> Sequence[Group]:
    """The groups of which it may be told how many of their numbers are in each part between the limits."""

    def are_told(some: Iterable[Atom]) -> bool:
        answers = _of(some, given)
        return survey_figures.are_told_by_parts(question, answers, tallied(question, answers))

    return in_full(published, atoms, _answered(question, given), are_told)


def _answered(question: Question, given: Mapping[Atom, Sequence[Answer]]) -> list[Mapping[Atom, int]]:
    """For each cell of a question that so many chose that it may be nearly all of a group, how many of each atom did."""
    counted = KINDS[question.kind].counted
    chosen = {a: Counter(cell for answer in each for cell in counted(question, answer)) for a, each in given.items()}
    return _frequent([{a: chosen[a][cell] for a in given} for cell in KINDS[question.kind].cells(question)])


def _frequent(cells: Sequence[Mapping[Atom, int]]) -> list[Mapping[Atom, int]]:
    return [cell for cell in cells if sum(cell.values()) >= FULL_FROM - 1]


def _of(some: Iterable[Atom], given: Mapping[Atom, Sequence[Answer]]) -> list[Answer]:
    return [answer for atom in some for answer in given[atom]]


def _numbers(question: Question, cut: str, form: Kept, answers: Sequence[Answer], *, asked: int) -> list[Figure]:
    """Of ten people or more, unless it would tell what one of them answered, or nearly all."""
    if form.form == "full" and not survey_figures.is_dominated(question, answers):
        return survey_figures.of_numbers(question, cut, answers, asked=asked)
    return [Figure(question.id, cut, "withheld", None, "too few" if not form.people.isdecimal() else survey_figures.SINGLE)]


def _form(question: Question, group: str, counts: tuple[int, ...], n: int, *, histogram: bool) -> Kept:
    scores, favourable = summed_up(question)
    return kept(counts, n, scores, favourable, histogram=histogram, beside=group != WHOLE)


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
    return figures + [Figure(RESPONSE, w.group.name, "withheld", None, LEFT_OUT) for w in found.withheld]


def _comments(questions: Sequence[Question], respondents: Sequence[Respondent]) -> list[Written]:
    """What people wrote, without anything else that they answered."""
    asked = [q.id for q in questions if KINDS[q.kind].SHAPE == "text"]
    return [
        Written(q, str(r.answers[q]), r.user_id if r.answers.get(q + ASK) else "")
        for q in asked
        for r in respondents
        if r.answers.get(q, DECLINED) != DECLINED
    ]
