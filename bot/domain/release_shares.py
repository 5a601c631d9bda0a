"""Shares and means of groups can be subtracted: which of them are told, so that no crowd is found to have answered alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from bot.domain.release_crowds import crowds
from bot.domain.release_groups import Atom, Group, have_nobody_in_common, of_one_cut, people_of

Span = tuple[Fraction, Fraction]
BY_LOT = 0.1
"""How often one group more is left out than must be, and how often any of them in place of one of those that go first."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is summed up over people, such as how many are favourable: `given` by the people of each atom.

    `each` is the most that one person can give. `told` says between what the sum of each group lies, by what is published of
    it: both ends are the same where that is exact. Those who all give nothing answered alike; with `has_upper_end`, those who
    all give the most did as well.
    """

    given: Mapping[Atom, Fraction]
    each: Fraction
    told: Mapping[str, Span]
    has_upper_end: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """So many people, and between what their sum lies by what is published of them alone."""

    people: int
    span: Span


def told_together(
    published: Sequence[Group],
    atoms: Mapping[Atom, int],
    measures: Sequence[Measure],
    lots: Random,
    counted: Collection[str] = (),
) -> tuple[Group, ...]:
    """Which of the published groups may be told of with their shares and means; the first of them is everybody.

    Of a crowd in which all, or all but one, answered alike, a bound is published ("at most 20 %") that leaves open which of
    both it is. Subtracted from everybody's figure, the exact ones of the other groups would tell. So where there is such a
    crowd, groups are told of by one cut alone, and of these some are left out, one after another, until the bounds that are
    published and those that follow leave it open. Two groups of the same people are told of together or not at all.

    Which ones go is drawn by lot: of those that are told exactly while there are any, now and then of all, and now and then
    one more than must be. Whether groups may stand together follows from what is told of them; were they chosen by what is
    not, whoever knows the rule could tell by those that are missing how they answered. So whatever is left out, every way to
    answer that fits what is told could have left out the same.

    A crowd are those whom no published group tells apart. What is one person's worth from an end is alike: whoever is that one
    knows the others. A group that answered alike and of which that is told exactly is left out before all, unless it is
    `counted`: then its counts stand in full.
    """
    if not published or not measures:
        return tuple(published)
    whole, *groups = _different(published, atoms)
    if not have_nobody_in_common(groups):
        are_alike = any(_is_alike(_sum(c, m), people_of(c, atoms), m) for m in measures for c in crowds(published, atoms))
        are_exact = all(_is_exact(g, m) for m in measures for g in groups)
        if not are_alike and (are_exact or lots.random() >= BY_LOT):
            return tuple(published)
        groups = of_one_cut(groups)
    hidden = [c for c in crowds([whole, *groups], atoms) if not any(c.atoms <= g.atoms for g in groups)]
    hidden += [g for g in groups if g.name not in counted and any(_is_told_alike(g, atoms, m) for m in measures)]
    shown = [g for g in groups if g not in hidden]
    while shown and not _may_stand([(p, m) for m in measures for p in _parts(whole, shown, hidden, atoms, m)], lots):
        exact = [g for g in shown if all(_is_exact(g, m) for m in measures)]
        hidden.append(lots.choice(exact if exact and lots.random() >= BY_LOT else shown))
        shown.remove(hidden[-1])
    told = [_present(g, atoms) for g in (whole, *shown)]
    return tuple(g for g in published if _present(g, atoms) in told)


def _may_stand(parts: Sequence[tuple[_Part, Measure]], lots: Random) -> bool:
    """Whether no more follows than is told, and, where some may be alike by it, the lot does not fall on one group more."""
    if any(_tells(part, m) for part, m in parts):
        return False
    return not any(_may_be_alike(part, m) for part, m in parts) or lots.random() >= BY_LOT


def _different(published: Sequence[Group], atoms: Mapping[Atom, int]) -> list[Group]:
    """The groups without those that have the same people as one before: a site where one team is, and nobody else."""
    first: dict[frozenset[Atom], Group] = {}
    for group in published:
        first.setdefault(_present(group, atoms), group)
    return list(first.values())


def _present(group: Group, atoms: Mapping[Atom, int]) -> frozenset[Atom]:
    return frozenset(a for a in group.atoms if atoms[a])


def _parts(
    whole: Group, shown: Sequence[Group], hidden: Sequence[Group], atoms: Mapping[Atom, int], measure: Measure
) -> list[_Part]:
    """What follows of each crowd of which no exact sum is told, and of all of them, from everybody's sum and those shown."""
    parts = [_Part(people_of(g, atoms), measure.told[g.name]) for g in shown]
    exact = sum((p.span[0] for p in parts if p.span[0] == p.span[1]), Fraction(0))
    left = [p for p in parts if p.span[0] < p.span[1]]
    left += [_Part(n, (Fraction(0), n * measure.each)) for n in (people_of(c, atoms) for c in hidden)]
    low, high = (end - exact for end in measure.told[whole.name])
    if not left:
        return [] if low == high else [_Part(people_of(whole, atoms), (exact, exact))]
    least, most = (sum((p.span[i] for p in left), Fraction(0)) for i in (0, 1))
    within = [_Part(p.people, _within(p.span, low - (most - p.span[1]), high - (least - p.span[0]))) for p in left]
    return [_Part(sum(p.people for p in left), (low, high)), *within] if low == high else within


def _within(span: Span, low: Fraction, high: Fraction) -> Span:
    """What is left of a span when what all others can be at most and at least is taken from the sum of all."""
    return max(low, span[0]), min(high, span[1])


def _tells(part: _Part, measure: Measure) -> bool:
    """Whether more follows than that at most one person's worth is missing at an end."""
    (low, high), most = part.span, part.people * measure.each
    at_lower_end = high <= measure.each and (low > 0 or high < measure.each)
    at_upper_end = low >= most - measure.each and (high < most or low > most - measure.each)
    return at_lower_end or (measure.has_upper_end and at_upper_end)


def _may_be_alike(part: _Part, measure: Measure) -> bool:
    """Whether, for all that its span says, at most one person's worth is missing at an end."""
    (low, high), most = part.span, part.people * measure.each
    return low <= measure.each or (measure.has_upper_end and high >= most - measure.each)


def _is_exact(group: Group, measure: Measure) -> bool:
    low, high = measure.told[group.name]
    return low == high


def _is_told_alike(group: Group, atoms: Mapping[Atom, int], measure: Measure) -> bool:
    return _is_exact(group, measure) and _is_alike(_sum(group, measure), people_of(group, atoms), measure)


def _is_alike(total: Fraction, people: int, measure: Measure) -> bool:
    return _may_be_alike(_Part(people, (total, total)), measure)


def _sum(crowd: Group, measure: Measure) -> Fraction:
    return sum((measure.given.get(a, Fraction(0)) for a in crowd.atoms), Fraction(0))
