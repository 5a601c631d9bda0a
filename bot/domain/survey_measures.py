"""What can be added and subtracted of a question's figures: the sums over people behind its favourable shares and means."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from bot.domain import survey_passives
from bot.domain.questions import KINDS
from bot.domain.release_coding import Coded, Kept
from bot.domain.release_groups import Atom, Group, people_of
from bot.domain.release_shares import Measure, Span
from bot.domain.survey_figures import WHOLE, favourable_cells
from bot.domain.survey_passives import PROMOTER_SCORES
from bot.domain.surveys import Answer, Question


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
    if not worths:
        return []
    by_atom = {a: tallied(question, answers) for a, answers in given.items()}
    counts = {g.name: tuple(map(sum, zip(*(by_atom[a] for a in g.atoms), strict=True))) for g in published}
    is_open = WHOLE in forms and forms[WHOLE].form == "full"
    found = []
    for name, worth in worths.items():
        known = [w for w, n in zip(worth, counts[WHOLE], strict=True) if n] if is_open else worth
        each, step = Fraction(max(worth)), _step(known)
        told = {
            g.name: _told(forms[g.name], name, _total(worth, counts[g.name]), people_of(g, atoms), each=each, step=step)
            for g in published
        }
        found.append(Measure({a: _total(worth, cells) for a, cells in by_atom.items()}, each, told))
    if KINDS[question.kind].SHAPE == "nps":
        told = survey_passives.spans(published, forms, counts)
        sums = {a: _total([int(score != 50) for score in PROMOTER_SCORES], cells) for a, cells in by_atom.items()}
        found.append(Measure(sums, Fraction(1), told, has_upper_end=False))
    return found


def _step(worths: Sequence[Fraction | int]) -> Fraction:
    """What every sum over people is a multiple of who each give one of these; 1 where that is 0."""
    parts = math.lcm(*(Fraction(worth).denominator for worth in worths))
    return Fraction(math.gcd(*(int(worth * parts) for worth in worths)), parts) or Fraction(1)


def _total(worth: Sequence[Fraction | int], cells: Sequence[int]) -> Fraction:
    return sum((Fraction(w) * c for w, c in zip(worth, cells, strict=True)), Fraction(0))


def _told(form: Kept, name: str, total: Fraction, people: int, *, each: Fraction | int, step: Fraction) -> Span:
    """Between what the sum of so many people lies, each of whom gives at most `each`, in steps, by the bound in its place."""
    coded: Coded | None = getattr(form, name)
    most = Fraction(people * each)
    if form.form == "full" or (coded is not None and not coded.bound):
        return total, total
    if coded is None:
        return Fraction(0), most
    end = most * coded.value / 100
    if coded.bound == "at most":
        return Fraction(0), end // step * step
    return -(-end // step) * step, most


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
