"""Shares and means of groups can be subtracted: which of them are told, so that no crowd is found to have answered alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.domain.release_crowds import crowds
from bot.domain.release_groups import Atom, Group, of_one_cut, people_of

Span = tuple[Fraction, Fraction]


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
    published: Sequence[Group], atoms: Mapping[Atom, int], measures: Sequence[Measure], counted: Collection[str] = ()
) -> tuple[Group, ...]:
    """Which of the published groups may be told of with their shares and means; the first of them is everybody.

    Of a crowd in which all, or all but one, answered alike, a bound is published ("at most 20 %") that leaves open which of
    both it is. Subtracted from everybody's figure, the exact ones of the other groups would tell. So where there is such a
    crowd, groups are told of by one cut alone, and of these the largest are left out, one after another, until the bounds that
    are published and those that follow leave it open; where that does not suffice, all are left out.

    A crowd are those whom no published group tells apart. What is one person's worth from an end is alike: whoever is that one
    knows the others. A group that answered alike and of which that is told exactly is left out before all, unless it is
    `counted`: then its counts stand in full.
    """
    if not published or not measures:
        return tuple(published)
    whole, *groups = published
    apart = crowds(published, atoms)
    if not any(_is_alike(_sum(crowd, m), people_of(crowd, atoms), m) for m in measures for crowd in apart):
        return tuple(published)
    groups = of_one_cut(groups)
    hidden = [c for c in crowds([whole, *groups], atoms) if not any(c.atoms <= g.atoms for g in groups)]
    hidden += [g for g in groups if g.name not in counted and any(_is_told_alike(g, atoms, m) for m in measures)]
    shown = [g for g in groups if g not in hidden]
    while shown:
        if all(_leaves_open(whole, shown, hidden, atoms, m) for m in measures):
            break
        exact = [g for g in shown if all(_is_exact(g, m) for m in measures)]
        if not exact:
            return (whole,)
        hidden.append(max(exact, key=lambda g: people_of(g, atoms)))
        shown.remove(hidden[-1])
    return (whole, *shown)


def _leaves_open(
    whole: Group, shown: Sequence[Group], hidden: Sequence[Group], atoms: Mapping[Atom, int], measure: Measure
) -> bool:
    """Whether of no crowd it follows, from everybody's sum and those of the groups that are shown, that it answered alike."""
    parts = [_Part(people_of(g, atoms), measure.told[g.name]) for g in shown]
    exact = sum((p.span[0] for p in parts if p.span[0] == p.span[1]), Fraction(0))
    left = [p for p in parts if p.span[0] < p.span[1]]
    left += [_Part(n, (Fraction(0), n * measure.each)) for n in (people_of(c, atoms) for c in hidden)]
    low, high = (end - exact for end in measure.told[whole.name])
    if not left:
        return measure.told[whole.name][0] == measure.told[whole.name][1]
    together = _Part(sum(p.people for p in left), (low, high))
    least, most = (sum((p.span[i] for p in left), Fraction(0)) for i in (0, 1))
    within = [_Part(p.people, _within(p.span, low - (most - p.span[1]), high - (least - p.span[0]))) for p in left]
    return not any(_tells(p, measure) for p in ((together, *within) if low == high else within))


def _within(span: Span, low: Fraction, high: Fraction) -> Span:
    """What is left of a span when what all others can be at most and at least is taken from the sum of all."""
    return max(low, span[0]), min(high, span[1])


def _tells(part: _Part, measure: Measure) -> bool:
    """Whether more follows than that at most one person's worth is missing at an end."""
    (low, high), most = part.span, part.people * measure.each
    at_lower_end = high <= measure.each and (low > 0 or high < measure.each)
    at_upper_end = low >= most - measure.each and (high < most or low > most - measure.each)
    return at_lower_end or (measure.has_upper_end and at_upper_end)


def _is_exact(group: Group, measure: Measure) -> bool:
    low, high = measure.told[group.name]
    return low == high


def _is_told_alike(group: Group, atoms: Mapping[Atom, int], measure: Measure) -> bool:
    return _is_exact(group, measure) and _is_alike(_sum(group, measure), people_of(group, atoms), measure)


def _is_alike(total: Fraction, people: int, measure: Measure) -> bool:
    return total <= measure.each or (measure.has_upper_end and total >= (people - 1) * measure.each)


def _sum(crowd: Group, measure: Measure) -> Fraction:
    return sum((measure.given.get(a, Fraction(0)) for a in crowd.atoms), Fraction(0))
