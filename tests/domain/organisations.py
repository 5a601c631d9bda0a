"""Organisations for the tests of the release audit, and a brute force that knows nothing of how the audit works."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from bot.domain.release import Release, audit
from bot.domain.release_groups import Atom, Group, people_of

K = 5


def organisation(counts: Mapping[str, int], viewers: str = "") -> dict[Atom, int]:
    """Atoms from words such as "A new": a team and a tenure."""
    named = {words: tuple(zip(("team", "tenure", "site"), words.split(), strict=False)) for words in counts}
    return {Atom(named[w], viewer=w in viewers.split(",")): n for w, n in counts.items()}


def reasons(released: Release) -> dict[str, str]:
    return {w.group.name: w.reason for w in released.withheld}


def following(published: Sequence[Group], atoms: Mapping[Atom, int]) -> list[frozenset[Atom]]:
    """Every set of atoms whose indicator is its own projection on the space of the published indicators."""
    present = [a for a, n in atoms.items() if n > 0]
    matrix = np.array([[float(a in g.atoms) for a in present] for g in published]).reshape(len(published), len(present))
    away = np.eye(len(present)) - np.linalg.pinv(matrix) @ matrix
    chosen = np.array(list(product((0.0, 1.0), repeat=len(present))))[1:]
    found = chosen[np.abs(chosen @ away).max(axis=1, initial=0) < 1e-9]
    return [frozenset(a for a, is_in in zip(present, row, strict=True) if is_in) for row in found]


def derivable_by_brute_force(
    published: Sequence[Group], atoms: Mapping[Atom, int], least: int, known: Sequence[Atom] = ()
) -> set[Atom] | None:
    """A set of too few people whose indicator is its own projection on the space of the published indicators.

    `known` are atoms that the reader knows by himself; without them a viewer counts one more.
    """
    present = [a for a, n in atoms.items() if n > 0 and a not in known]
    matrix = np.array([[float(a in g.atoms) for a in present] for g in published]).reshape(len(published), len(present))
    projection = np.linalg.pinv(matrix) @ matrix
    most_atoms = least * len({a.occasion for a in present})
    for size in range(1, min(len(present), most_atoms) + 1):
        for chosen in combinations(range(len(present)), size):
            by_occasion: Counter[str] = Counter()
            for i in chosen:
                by_occasion[present[i].occasion] += atoms[present[i]]
            if max(by_occasion.values()) >= least + (not known and any(present[i].viewer for i in chosen)):
                continue
            indicator = np.isin(np.arange(len(present)), chosen).astype(float)
            if np.abs(projection @ indicator - indicator).max() < 1e-9:
                return {present[i] for i in chosen}
    return None


def anybody_finds(published: Sequence[Group], atoms: Mapping[Atom, int], least: int) -> bool:
    """Whether brute force finds a small set, for everybody or for a viewer who is alone in his atom."""
    alone = [a for a, n in atoms.items() if a.viewer and n == 1]
    return any(derivable_by_brute_force(published, atoms, least, known) for known in ([], *([a] for a in alone)))


def proves(published: Sequence[Group], atoms: Mapping[Atom, int], least: int) -> bool:
    """Whether what the audit found is a small set that its derivation leads to."""
    leak = audit(published, atoms, least)
    assert leak is not None
    by_name = dict(leak.derivation)
    for atom, n in atoms.items():
        if n > 0 and atom not in leak.viewer:
            assert sum((by_name.get(g.name, Fraction(0)) for g in published if atom in g.atoms), Fraction(0)) == (
                atom in leak.atoms
            )
    return 0 < leak.people == people_of(Group("", leak.atoms), atoms) < leak.least
