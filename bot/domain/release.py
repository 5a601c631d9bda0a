"""The release audit: which groups of a wave may be published so that nothing about fewer people can be derived from them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bot.domain.derivable import Column, TooManyToAudit, derive, unions
from bot.domain.release_coding import FULL_FROM
from bot.domain.release_crowds import Crowds, crowds
from bot.domain.release_groups import Atom, Group, cut_of, of_one_cut, people_of
from bot.domain.surveys import LEAST_ANSWERS

Minima = int | Mapping[str, int] | Callable[[Group], int]
"""How many people a group must have: one number, to which one is added where a viewer belongs to the group; or by group."""
Reason = Literal["too few", "complementary"]
"""Why a group is withheld: it has too few people, or together with others it tells too few apart."""
NARROW_STEPS = 1_000
"""After so many combinations it counts as found that full counts would give away a set in which all answered alike."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Too few people, and how a figure of them is derived: `derivation` has what each published group's sum is multiplied by.

    `people` is how many they are and `least` how many they would have to be. `viewer` are the atoms in which a viewer stands
    alone who derives it by what he answered himself; empty: anybody can.
    """

    atoms: frozenset[Atom]
    people: int
    least: int
    derivation: tuple[tuple[str, Fraction], ...]
    viewer: frozenset[Atom] = frozenset()

    @property
    def formula(self) -> str:
        """The derivation as it is written on paper: "all − team=A − 1/2 · team=B"."""
        terms = " ".join(f"{'−' if c < 0 else '+'} {'' if abs(c) == 1 else f'{abs(c)} · '}{g}" for g, c in self.derivation)
        return terms.removeprefix("+ ")


@dataclass(frozen=True, slots=True)
class Withheld:
    """A group of which nothing is published, and why."""

    group: Group
    reason: Reason


@dataclass(frozen=True, slots=True)
class Release:
    """What may be published and what not, each in the order in which it was given."""

    published: tuple[Group, ...]
    withheld: tuple[Withheld, ...]


def audit(published: Sequence[Group], atoms: Mapping[Atom, int], least: int) -> Leak | None:
    """A set of fewer than `least` people whose figures follow from those of the published groups; None: there is no such set.

    `atoms` has the respondents of every atom. Whoever knows who belongs where can add, subtract and multiply what is published,
    and each figure is a sum over people: so a set of atoms can be derived if and only if its indicator is a linear combination
    of the groups' indicators. That is decided exactly, over the rational numbers. A set with a viewer in it must have one more
    person; and a viewer who is alone in his atom is let subtract it from everything, in all occasions.

    Several looks at the same answers are audited in one call: an atom for everybody who is in the same looks, a group for each
    look. Single waves with pooled windows: atoms by wave as `occasion`, and a window is the group of the atoms of its waves.

    Not found, since it is no sum over a set of people: what inequalities tell (that nobody of a group answered "no" holds for
    each part of it), weighted sums such as the difference of two people, and what several viewers tell each other.

    :raises ValueError: a group has an atom that `atoms` lacks, or two groups have one name.
    :raises TooManyToAudit: the search is longer than its bound, so that nothing was shown.
    Source: F. Y. Chin, G. Ozsoyoglu, IEEE Transactions on Software Engineering 8 (1982) 574-582, for single people.
    """
    _check(published, atoms)
    return _leak(published, atoms, dict.fromkeys(atoms, least))


def is_proven(published: Sequence[Group], atoms: Mapping[Atom, int], least: int) -> bool:
    """Whether `audit` shows that no set of fewer than `least` people follows; False as well where its search is too long."""
    try:
        return audit(published, atoms, least) is None
    except TooManyToAudit:
        return False


def release(groups: Sequence[Group], atoms: Mapping[Atom, int], least: Minima) -> Release:
    """Which groups may be published for one question: as many as greed finds, such that they tell no small crowd apart.

    A crowd are those who are in the same published groups. Whatever is published is a sum over crowds: so nothing follows from
    it of fewer people than the smallest crowd has, neither by sums and differences, as `audit` would find it, nor by what
    inequalities and whole numbers of people rule out. 1, 10, 4 and 2 people in two teams at two sites would be found out that
    way, though no sum tells them apart.

    A group needs its own minimum, and never fewer than `LEAST_ANSWERS`, with one more where a viewer belongs to it. A minimum
    given by group counts that viewer: 6 means five others. A crowd needs the greatest minimum of its atoms, an atom has the
    smallest of its groups, each without the viewer, and one is added if a viewer is in it. The whole comes first, then the
    groups by size, then the order given. No withheld group could be added to those published.

    Later looks (trends, pooled waves, exports) are made of what was released, for nothing else is left: they are sums of it, so
    they tell nothing that it does not.

    Each question is released by itself, with the atoms of those who answered it: somebody who skipped it or would not say is in
    none. Answers to one question say nothing about answers to another, so the releases cannot be subtracted from each other.
    But the numbers of people can: 40 who answered one question and 39 another tell that somebody skipped it and, by group,
    where; not what he answered. And a figure over several questions (a score of those who answered all its items) is a look at
    the same answers with other people: subtracted from the items it tells what the one who skipped an item answered elsewhere.
    So a score is made from the published means of its items, or is audited with them, with the question as `occasion`.

    :raises ValueError: a group has an atom that `atoms` lacks, or two groups have one name.
    :raises KeyError: `least` is by group and lacks one.
    """
    _check(groups, atoms)
    minima = {g.name: _own_least(g, atoms, least) for g in groups}
    floor = max(least, LEAST_ANSWERS) if isinstance(least, int) else LEAST_ANSWERS
    others = {**dict.fromkeys(atoms, floor), **_others(groups, atoms, minima)}
    told, withheld = Crowds(atoms, others), dict[str, Withheld]()
    for group in _in_turn(groups, atoms):
        if people_of(group, atoms) < minima[group.name]:
            withheld[group.name] = Withheld(group, "too few")
        elif not told.add(group):
            withheld[group.name] = Withheld(group, "complementary")
    return Release(
        tuple(g for g in groups if g.name not in withheld), tuple(withheld[g.name] for g in groups if g.name in withheld)
    )


def in_full(
    published: Sequence[Group],
    atoms: Mapping[Atom, int],
    answered: Sequence[Mapping[Atom, int]] = (),
    tells: Callable[[frozenset[Atom]], bool] | None = None,
) -> tuple[Group, ...]:
    """Which of the published groups may be kept with full counts; of the others only what `kept` calls a summary or coded.

    Full counts can be subtracted as well: where the whole and all teams but one are kept in full, the counts of that one
    follow, and those of whoever is in no team. So from full counts no set under `FULL_FROM` people may be derived (with a
    viewer, one more), nor any in which all but one at most gave the same answer, whether it is a group or not. `answered` has
    for each answer how many of each atom gave it. And none of which `tells` says that its figures would tell too much; of two
    sets together it says so only if it says so of one of them.

    A set is so narrow as to be coded if and only if it has at most one person of another answer. That many are searched for as
    small sets are, with these others for people. Greedy, in the order of `release`; what is too much to search is left out.
    Where cuts cross, those in two groups follow by whole numbers as well, if nearly all of both gave an answer that hardly
    anybody else gave: where any of them are so narrow, groups of one cut alone are kept in full.

    Favourable shares and means are held to the like by `bot.domain.release_shares`.

    :raises ValueError: a group has an atom that `atoms` lacks, or two groups have one name.
    """
    _check(published, atoms)
    own = {g.name: FULL_FROM + _has_viewer(g, atoms) for g in published}
    able = [g for g in _in_turn(published, atoms) if people_of(g, atoms) >= own[g.name]]
    others = [{a: n - given.get(a, 0) for a, n in atoms.items()} for given in answered]
    # What does not follow from all of them together follows from no part of them.
    told = [each for each in others if _is_narrow(able, atoms, each)]
    asked = tells if tells and _is_told(able, atoms, tells) else None
    full: list[Group] = []
    apart = Crowds(atoms, dict.fromkeys(atoms, FULL_FROM))
    for group in able:
        more = [*full, group]
        if (
            apart.are_enough(group)
            and not any(_is_narrow(more, atoms, each) for each in told)
            and not (asked and _is_told(more, atoms, asked))
        ):
            apart.add(group)
            full.append(group)
    if any(sum(each[a] for a in crowd.atoms) <= 1 for crowd in crowds(full, atoms) for each in others):
        full = [g for g in full if not cut_of(g.name)] + of_one_cut([g for g in full if cut_of(g.name)])
    return tuple(g for g in published if g in full)


def _is_narrow(groups: Sequence[Group], atoms: Mapping[Atom, int], others: Mapping[Atom, int]) -> bool:
    """Whether a set follows, or may follow, that has at most one of the `others`, who gave another answer."""
    columns = [Column(_sets(a, groups), (others[a],), 2) for a, n in atoms.items() if n > 0]
    try:
        return derive(columns, len(groups), steps=NARROW_STEPS) is not None
    except TooManyToAudit:
        return True


def _is_told(groups: Sequence[Group], atoms: Mapping[Atom, int], tells: Callable[[frozenset[Atom]], bool]) -> bool:
    """Whether a set follows, or may follow, of which something says that it would tell too much."""
    if any(tells(g.atoms) for g in groups):
        return True
    present = [a for a, n in atoms.items() if n > 0]
    columns = [Column(_sets(a, groups), (atoms[a],), 0) for a in present]
    try:
        return any(tells(frozenset(present[p] for p in places)) for places in unions(columns, len(groups)))
    except TooManyToAudit:
        return True


def _check(groups: Sequence[Group], atoms: Mapping[Atom, int]) -> None:
    if len({g.name for g in groups}) < len(groups):
        raise ValueError("two groups have one name; name each by its own values")
    unknown = [g.name for g in groups if any(a not in atoms for a in g.atoms)]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: give the number of respondents of every atom, 0 where there is none")


def _own_least(group: Group, atoms: Mapping[Atom, int], least: Minima) -> int:
    viewer = _has_viewer(group, atoms)
    own = least + viewer if isinstance(least, int) else least(group) if callable(least) else least[group.name]
    return max(own, LEAST_ANSWERS + viewer)


def _others(groups: Sequence[Group], atoms: Mapping[Atom, int], minima: Mapping[str, int]) -> dict[Atom, int]:
    """For every atom the least number of people, a viewer not counted, that one of its groups needs."""
    found: dict[Atom, int] = {}
    for group in groups:
        needed = minima[group.name] - _has_viewer(group, atoms)
        for atom in group.atoms:
            found[atom] = min(found.get(atom, needed), needed)
    return found


def _in_turn(groups: Sequence[Group], atoms: Mapping[Atom, int]) -> list[Group]:
    """The whole first, then the larger."""
    present = {a for a, n in atoms.items() if n > 0}
    return sorted(groups, key=lambda g: (not present <= g.atoms, -people_of(g, atoms)))


def _leak(published: Sequence[Group], atoms: Mapping[Atom, int], others: Mapping[Atom, int]) -> Leak | None:
    """What anybody can derive, or else what a viewer can who is alone in his atom.

    `others` is how many people a derived set needs besides a viewer, by atom.
    """
    for alone in (frozenset[Atom](), *_viewers_alone(published, atoms)):
        least = {a: others[a] + (a.viewer and not alone) for a, n in atoms.items() if n > 0 and a not in alone}
        present, occasions = list(least), list(dict.fromkeys(a.occasion for a in least))
        columns = [
            Column(_sets(atom, published), tuple(atoms[atom] if o == atom.occasion else 0 for o in occasions), least[atom])
            for atom in present
        ]
        found = derive(columns, len(published))
        if found:
            derived = Group("", frozenset(present[p] for p in found.columns))
            terms = tuple((g.name, c) for g, c in zip(published, found.coefficients, strict=True) if c)
            return Leak(derived.atoms, people_of(derived, atoms), max(least[a] for a in derived.atoms), terms, alone)
    return None


def _viewers_alone(published: Sequence[Group], atoms: Mapping[Atom, int]) -> list[frozenset[Atom]]:
    """The atoms of each viewer who is alone in his, where the published groups tell them from the other atoms."""
    found: dict[tuple[tuple[str, str], ...], set[Atom]] = {}
    for atom, n in atoms.items():
        if n == 1 and atom.viewer:
            found.setdefault(atom.values, set()).add(atom)
    together = Counter(_sets(a, published) for a, n in atoms.items() if n > 0)
    return [frozenset(own) for own in found.values() if any(together[_sets(a, published)] == 1 for a in own)]


def _sets(atom: Atom, published: Sequence[Group]) -> int:
    return sum(1 << i for i, g in enumerate(published) if atom in g.atoms)


def _has_viewer(group: Group, atoms: Mapping[Atom, int]) -> bool:
    return any(a.viewer and atoms[a] > 0 for a in group.atoms)
