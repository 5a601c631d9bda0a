"""Whom the figures of a wave are published of: groups of people, made of those whom no declared cut tells apart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Atom:
    """Respondents whom no declared cut tells apart: `values` are (cut, value), one of each cut.

    `occasion` says what was answered (a wave; a wave and a question) where several are audited together: the same people may
    stand behind each. `viewer`: among them is somebody who may see the results, and who can subtract his own answer.
    """

    values: tuple[tuple[str, str], ...]
    occasion: str = ""
    viewer: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What figures are published of: the respondents of some atoms. No two groups have one name."""

    name: str
    atoms: frozenset[Atom]


def cut_of(group: str, cuts: Collection[str] = ()) -> str:
    """Of which cut, one of these if any are given, a group is a value; empty: of none, as everybody.

    Values may have “=” in them, and names of cuts could before.
    """
    first, is_value, _ = group.partition("=")
    return max((c for c in cuts if group.startswith(f"{c}=")), key=len, default=first if is_value else "")


def value_of(group: str, cuts: Collection[str] = ()) -> str:
    """Which value of its cut a group is; empty: none, or everybody."""
    cut = cut_of(group, cuts)
    return group.removeprefix(f"{cut}=") if cut else ""


def groups_of(atoms: Mapping[Atom, int], combinations: Sequence[tuple[str, ...]] = ()) -> tuple[Group, ...]:
    """The whole ("all"), every value of every cut ("team=A"), and every value of each combination of cuts ("team=A, site=X").

    Only groups with respondents. A pooled window over waves is the group of the atoms of all its waves.

    :raises ValueError: two groups have one name.
    """
    present = [a for a, n in atoms.items() if n > 0]
    cuts = dict.fromkeys((cut,) for a in present for cut, _ in a.values)
    found: dict[tuple[tuple[str, str], ...], set[Atom]] = {(): set(present)}
    for wanted in (*cuts, *combinations):
        for atom in present:
            values = dict(atom.values)
            if all(cut in values for cut in wanted):
                found.setdefault(tuple((cut, values[cut]) for cut in wanted), set()).add(atom)
    named = {", ".join(f"{cut}={value}" for cut, value in pairs) or "all": members for pairs, members in found.items()}
    if len(named) < len(found):
        raise ValueError("two groups have one name; let no value of a cut contain “, ” or “=”")
    return tuple(Group(name, frozenset(members)) for name, members in named.items() if members)


def people_of(group: Group, atoms: Mapping[Atom, int]) -> int:
    """How many people stand behind a group for certain: of several occasions the most, since the same may answer each."""
    counts: dict[str, int] = {}
    for atom in group.atoms:
        counts[atom.occasion] = counts.get(atom.occasion, 0) + atoms[atom]
    return max(counts.values(), default=0)


def have_nobody_in_common(groups: Sequence[Group]) -> bool:
    """Whether nobody is in two of the groups."""
    return sum(len(g.atoms) for g in groups) == len(frozenset[Atom]().union(*(g.atoms for g in groups)))


def of_one_cut(groups: Sequence[Group]) -> list[Group]:
    """The groups of the first cut alone, if some of all groups have people in common."""
    if have_nobody_in_common(groups):
        return list(groups)
    return [g for g in groups if cut_of(g.name) == cut_of(groups[0].name)]
