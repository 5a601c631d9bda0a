"""Crowds: those who are in the same of the published groups, whom nothing that is said of these groups tells apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.release_groups import Atom, Group


@dataclass
class _Crowd:
    """Those who are in the same groups: how many on each occasion, how many atoms with a viewer, and what each atom needs."""

    people: Counter[str] = field(default_factory=Counter)
    viewers: int = 0
    needs: Counter[int] = field(default_factory=Counter)

    def is_small(self) -> bool:
        """Whether they are some, and fewer than the most that an atom of theirs needs; a viewer in it asks for one more."""
        n = max(self.people.values(), default=0)
        return n > 0 and n < max(need for need, atoms in self.needs.items() if atoms > 0) + (self.viewers > 0)

    def add(self, other: "_Crowd", times: int = 1) -> "_Crowd":
        """These and others, or these without others."""
        for occasion, n in other.people.items():
            self.people[occasion] += times * n
        for need, n in other.needs.items():
            self.needs[need] += times * n
        self.viewers += times * other.viewers
        return self


class Crowds:
    """Whom groups tell apart that are added one after another: a crowd are those who are in the same of them.

    `needs` is how many people an atom's crowd must have, a viewer not counted.
    """

    def __init__(self, atoms: Mapping[Atom, int], needs: Mapping[Atom, int]) -> None:
        self._atoms = {a: n for a, n in atoms.items() if n > 0}
        self._needs = needs
        self._place: dict[Atom, int] = {}
        self._crowds: list[_Crowd] = []

    def are_enough(self, group: Group) -> bool:
        """Whether a group would leave no crowd too small, of those in it and those left outside."""
        within, _ = self._within(group)
        outside = [self._outside(place, inside) for place, inside in within.items() if place >= 0]
        return not any(crowd.is_small() for crowd in (*within.values(), *outside))

    def add(self, group: Group) -> bool:
        """Add a group, unless it leaves a crowd too small. False: it does."""
        if not self.are_enough(group):
            return False
        within, members = self._within(group)
        for place, inside in within.items():
            if place >= 0:
                self._crowds[place].add(inside, -1)
            self._place |= dict.fromkeys(members[place], len(self._crowds))
            self._crowds.append(inside)
        return True

    def found(self) -> list[frozenset[Atom]]:
        """The atoms of each crowd."""
        members: dict[int, list[Atom]] = {}
        for atom, place in self._place.items():
            members.setdefault(place, []).append(atom)
        return list(map(frozenset, members.values()))

    def _within(self, group: Group) -> tuple[dict[int, _Crowd], dict[int, list[Atom]]]:
        """Those of each crowd who are in a group; −1 are those who were in no group so far."""
        found: dict[int, _Crowd] = {}
        members: dict[int, list[Atom]] = {}
        for atom in group.atoms:
            if n := self._atoms.get(atom, 0):
                place = self._place.get(atom, -1)
                one = _Crowd(Counter({atom.occasion: n}), int(atom.viewer), Counter({self._needs[atom]: 1}))
                found.setdefault(place, _Crowd()).add(one)
                members.setdefault(place, []).append(atom)
        return found, members

    def _outside(self, place: int, inside: _Crowd) -> _Crowd:
        return _Crowd().add(self._crowds[place]).add(inside, -1)


def crowds(published: Sequence[Group], atoms: Mapping[Atom, int]) -> list[Group]:
    """Those who are in the same of the published groups, whom nothing tells apart that is said of these."""
    apart = Crowds(atoms, dict.fromkeys(atoms, 0))
    for group in published:
        apart.add(group)
    return [Group("", each) for each in apart.found()]
