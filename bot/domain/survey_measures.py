"""What can be added and subtracted of a question's figures: the sums over people behind its favourable shares and means."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain

from bot.domain.questions import KINDS
from bot.domain.release import Atom, Group, people_of
from bot.domain.release_coding import Coded, Kept
from bot.domain.release_shares import Measure, Span
from bot.domain.survey_figures import WHOLE, favourable_cells
from bot.domain.surveys import Answer, Question

PROMOTER_SCORES = (*[0] * 7, *[50] * 2, *[100] * 2)
"""Detractors, passives and promoters from 0 to 100: the mean of these, twice, less 100 is the eNPS."""
NOT_PASSIVE = "not passive"
"""What is told of by an eNPS as well: of how many people it is not the middle."""


def measures(
    question: Question,
    published: Sequence[Group],
    atoms: Mapping[Atom, int],
    given: Mapping[Atom, Sequence[Answer]],
    forms: Mapping[str, Kept],
) -> list[Measure]:
    """The measures of a question that are told of so few people as have no histogram."""
    scores, favourable = summed_up(question)
    worths: dict[str, Sequence[Fraction | int]] = {"mean": scores} if scores else {}
    if favourable:
        worths["favourable"] = [int(i in favourable) for i in range(len(scores) or 2)]
    if KINDS[question.kind].SHAPE == "nps":
        worths[NOT_PASSIVE] = [int(score != 50) for score in PROMOTER_SCORES]
    counts = {a: tallied(question, answers) for a, answers in given.items()} if worths else {}
    one_sided = NOT_PASSIVE in worths and _is_one_sided(counts.values(), forms)
    found = []
    for name, worth in worths.items():
        sums = {a: _total(worth, cells) for a, cells in counts.items()}
        steps, told = sorted(map(Fraction, set(worth))), dict[str, Span]()
        for group in published:
            form, people = forms[group.name], people_of(group, atoms)
            cells = tallied(question, chain.from_iterable(given[a] for a in group.atoms))
            total = _total(worth, cells)
            if form.form == "full":
                told[group.name] = total, total
            elif name == NOT_PASSIVE:
                ahead = _total(PROMOTER_SCORES, cells) / 50 - people
                told[group.name] = _told_of_passives(form, abs(ahead), people, one_sided=one_sided)
            else:
                told[group.name] = _told(form, name, total, people, steps)
        found.append(Measure(sums, steps[-1], told, has_upper_end=name != NOT_PASSIVE))
    return found


def _total(worth: Sequence[Fraction | int], cells: Sequence[int]) -> Fraction:
    return sum((Fraction(w) * c for w, c in zip(worth, cells, strict=True)), Fraction(0))


def _is_one_sided(counts: Iterable[Sequence[int]], forms: Mapping[str, Kept]) -> bool:
    """Whether everybody's full counts say that nobody is a detractor, or that nobody is a promoter."""
    if WHOLE not in forms or forms[WHOLE].form != "full":
        return False
    chosen = {score for cells in counts for score, n in zip(PROMOTER_SCORES, cells, strict=True) if n}
    return not {0, 100} <= chosen


def _told_of_passives(form: Kept, ahead: Fraction, people: int, *, one_sided: bool) -> Span:
    """Between what the number of those lies who are no passives, where promoters and detractors are so many apart (`ahead`).

    Those who stand against each other are not told of; where there is one side only, there are none.
    """
    if form.mean is None or form.mean.bound:
        least = 0 if form.mean is None else math.ceil(Fraction(people * abs(2 * form.mean.value - 100), 100))
        return Fraction(least), Fraction(people)
    return ahead, ahead if one_sided else people - (people - ahead) % 2


def _told(form: Kept, name: str, total: Fraction, people: int, steps: Sequence[Fraction]) -> Span:
    """Between what the sum of so many people lies, each of whom gives one of the `steps`, by the bound in its place.

    That it is coded says as well that one person at most differs.
    """
    coded: Coded | None = getattr(form, name)
    step, each, most = steps[1], steps[-1], people * steps[-1]
    if coded is not None and not coded.bound:
        return total, total
    if coded is None:
        return Fraction(0), most
    end = most * coded.value / 100
    if coded.bound == "at most":
        return Fraction(0), (min(end, each) if form.form == "coded" else end) // step * step
    return -(-(max(end, most - each) if form.form == "coded" else end) // step) * step, most


def tallied(question: Question, answers: Iterable[Answer]) -> tuple[int, ...]:
    """How many are in each cell."""
    kind = KINDS[question.kind]
    found = Counter(cell for answer in answers for cell in kind.counted(question, answer))
    return tuple(found[cell] for cell in kind.cells(question))


def summed_up(question: Question) -> tuple[Sequence[Fraction | int], Sequence[int]]:
    """By what answers are told of that are too few for a histogram: the scores of the cells, and which are favourable."""
    shape, cells = KINDS[question.kind].SHAPE, len(KINDS[question.kind].cells(question))
    if shape == "scale":
        return [Fraction(100 * i, cells - 1) for i in range(cells)], favourable_cells(cells)
    if shape == "nps":
        return PROMOTER_SCORES, ()
    return (), (0,) if question.kind == "yes_no" else ()
