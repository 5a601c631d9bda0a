"""Which small sets of people follow from published sums: linear algebra over the whole numbers, and a bounded search."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations

from bot.domain.errors import BarometerError

STEPS = 10_000
"""After so many combinations the search from the basis gives up: about half a second. Hundreds are usual."""
UNIONS = 1_024
"""So many ways to choose among sets that overlap are looked through to find all that follow from them."""
HALVES = 500_000
"""The search from both halves begins only if there are no more of them: about a second. 100 cells have 5,000 for sets of
under 5 people, and 170,000 for sets of under 6 or 7.
"""

Row = list[int]


class TooManyToAudit(BarometerError):
    """These groups overlap in too many ways to rule out that a smaller one can be derived; declare fewer cuts."""


@dataclass(frozen=True, slots=True)
class Column:
    """People who are added up together. `sets` has the bit i where published set i holds them.

    `people` is how many they are, of each occasion on which the same people may have answered, or how many of them are of a
    kind, which may be none; `least`, how many of these a derived set that holds them must have.
    """

    sets: int
    people: tuple[int, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Derived:
    """The places of some columns, and what each published set is multiplied by so that they are what is left."""

    columns: tuple[int, ...]
    coefficients: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class _Basis:
    """A basis of the combinations in which only small cells are left, with `unit` at a row's own pivot, 0 at the others'.

    `plus` and `minus` have for each cell the bits of the rows in which it is positive or negative; `free` are the cells that
    are no pivot. Columns from `width` on are the coefficients of the published sets.
    """

    cells: tuple[Column, ...]
    rows: tuple[Row, ...]
    pivots: tuple[int, ...]
    unit: int
    width: int
    plus: tuple[int, ...]
    minus: tuple[int, ...]
    free: tuple[int, ...]
    most: int


def derive(columns: Sequence[Column], sets: int, steps: int | None = None) -> Derived | None:
    """Columns that can be derived from the published `sets` (so many) and have fewer people than one of them must have.

    A set of columns can be derived if its indicator is a rational combination of the published indicators. Columns that no set
    tells apart come together or not at all: they are one cell. In a small set no cell with enough people by itself occurs:
    these are eliminated first, and what is left of the combinations has few dimensions. There, reduced to echelon form, a
    combination has at its pivots the numbers by which it is made; so a set is a choice of pivots, and all choices with few
    enough people are tried, except those in which a number that is neither 0 nor 1 can no longer be put right. Where that
    takes too long, halves of sets are matched that add up to nothing in the null space; that needs people in every column.

    :raises TooManyToAudit: after `steps` combinations (`STEPS`), where there are more than `HALVES` halves.
    Source: for the halves E. Horowitz, S. Sahni, Journal of the ACM 21 (1974) 277-292.
    """
    cells = _merged(columns)
    most = max((c.least for c, _ in cells), default=0)
    big = [c for c, _ in cells if max(c.people) >= most]
    small = sorted(((c, p) for c, p in cells if max(c.people) < most), key=lambda each: -max(each[0].people))
    basis = _basis(big, [c for c, _ in small], sets, most)
    if basis is None:
        return None
    try:
        found = _search(basis, STEPS if steps is None else steps)
    except TooManyToAudit:
        if not all(max(c.people) for c, _ in small):
            raise
        found = _meet(basis)
    if found is None:
        return None
    places = sorted(p for j, (_, each) in enumerate(small) if found[j] for p in each)
    return Derived(tuple(places), tuple(Fraction(c, basis.unit) for c in found[basis.width :]))


def unions(columns: Sequence[Column], sets: int) -> Iterator[tuple[int, ...]]:
    """The places of all columns that can be derived together, so that every set that can be is a union of such.

    Of a set that falls apart into others that can be derived, only these are given where that is seen in the echelon form.

    :raises TooManyToAudit: there are more than `UNIONS` ways to choose among sets that overlap.
    """
    cells = _merged(columns)
    basis = _basis([], [c for c, _ in cells], sets, 0)
    if basis is None:
        return
    for rows in _connected(basis):
        if 1 << len(rows) > UNIONS:
            raise TooManyToAudit
        for chosen in chain.from_iterable(combinations(rows, size) for size in range(1, len(rows) + 1)):
            total = [sum(each) for each in zip(*chosen, strict=True)][: basis.width]
            if all(x in (0, basis.unit) for x in total):
                yield tuple(sorted(p for x, (_, places) in zip(total, cells, strict=True) if x for p in places))


def _connected(basis: _Basis) -> list[list[Row]]:
    """The rows of a basis by the free cells that they share: a set of one of these families is no matter of the others."""
    families: list[tuple[set[int], list[Row]]] = []
    for row in basis.rows:
        held, rows = {j for j in basis.free if row[j]}, [row]
        apart = []
        for cells, others in families:
            if cells & held:
                held, rows = held | cells, [*others, *rows]
            else:
                apart.append((cells, others))
        families = [*apart, (held, rows)]
    return [rows for _, rows in families]


def _merged(columns: Sequence[Column]) -> list[tuple[Column, list[int]]]:
    """The columns in some set, those together that no set tells apart, with their places."""
    found: dict[int, list[int]] = {}
    for place, column in enumerate(columns):
        if column.sets:
            found.setdefault(column.sets, []).append(place)
    return [(_cell([columns[p] for p in places]), places) for places in found.values()]


def _cell(columns: Sequence[Column]) -> Column:
    people = tuple(map(sum, zip(*(c.people for c in columns), strict=True)))
    return Column(columns[0].sets, people, max(c.least for c in columns))


def _basis(big: Sequence[Column], small: Sequence[Column], sets: int, most: int) -> _Basis | None:
    """The combinations of the sets that are 0 in every big cell; None where there is none."""
    cells, start, width = [*big, *small], len(big), len(small)
    rows = [[c.sets >> i & 1 for c in cells] + [int(i == j) for j in range(sets)] for i in range(sets)]
    for place in range(start):
        rows, _ = _eliminate(rows, place)
    rows = [r[start:] for r in rows]
    done: list[Row] = []
    pivots: list[int] = []
    for place in range(width):
        rows, pivot = _eliminate(rows, place)
        if pivot:
            done = [*(_cleared(r, pivot, place) for r in done), pivot]
            pivots.append(place)
    if not done:
        return None
    unit = math.lcm(*(r[p] for r, p in zip(done, pivots, strict=True)))
    scaled = tuple([x * (unit // r[p]) for x in r] for r, p in zip(done, pivots, strict=True))
    plus, minus = (tuple(_bits(r[j] * sign > 0 for r in scaled) for j in range(width)) for sign in (1, -1))
    free = tuple(j for j in range(width) if j not in set(pivots))
    return _Basis(tuple(small), scaled, tuple(pivots), unit, width, plus, minus, free, most)


def _eliminate(rows: list[Row], place: int) -> tuple[list[Row], Row | None]:
    """The rows without the one that was subtracted from the others so that they are 0 at a place; and that one."""
    able = [r for r in rows if r[place]]
    if not able:
        return rows, None
    pivot = min(able, key=lambda r: (abs(r[place]), len(r) - r.count(0)))
    return [_cleared(r, pivot, place) for r in rows if r is not pivot], pivot


def _cleared(row: Row, pivot: Row, place: int) -> Row:
    if not row[place]:
        return row
    a, b = pivot[place], row[place]
    result = [a * x - b * y for x, y in zip(row, pivot, strict=True)]
    shared = math.gcd(*result) or 1
    return [x // shared for x in result]


def _bits(flags: Iterator[bool]) -> int:
    return sum(1 << i for i, flag in enumerate(flags) if flag)


def _search(basis: _Basis, steps: int) -> Row | None:
    """The first combination found that is a set with too few people, in units of the basis."""
    nobody = (0,) * len(basis.cells[0].people)
    waiting = [([0] * len(basis.rows[0]), nobody, (1 << len(basis.rows)) - 1)]
    for _ in range(steps):
        if not waiting:
            return None
        total, people, allowed = waiting.pop()
        options = _options(basis, total, allowed)
        if options is None:
            return total
        for i in _places(options):
            allowed &= ~(1 << i)
            more = tuple(map(sum, zip(people, basis.cells[basis.pivots[i]].people, strict=True)))
            if max(more) < basis.most:
                waiting.append(([x + y for x, y in zip(total, basis.rows[i], strict=True)], more, allowed))
    raise TooManyToAudit


def _options(basis: _Basis, total: Row, allowed: int) -> int | None:
    """The bits of the rows one of which every small set beyond this combination must add; None: it is itself such a set.

    A cell that is above 1, below 0 or a fraction needs a row that changes it; a set with too many people, one that takes
    somebody away. 0: no small set comes of this combination.
    """
    fewest, ones = -1, 0
    for j in basis.free:
        value = total[j]
        if value == basis.unit:
            ones |= basis.minus[j]
        elif value:
            able = basis.minus[j] if value > basis.unit else basis.plus[j] if value < 0 else basis.plus[j] | basis.minus[j]
            able &= allowed
            if not able:
                return 0
            if fewest < 0 or able.bit_count() < fewest.bit_count():
                fewest = able
    if fewest >= 0:
        return fewest
    chosen = [c for c, x in zip(basis.cells, total, strict=False) if x]
    if not chosen:
        return allowed
    whole = _cell(chosen)
    if max(whole.people) < whole.least:
        return None
    return allowed if max(whole.people) < basis.most else allowed & ones


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def _meet(basis: _Basis) -> Row | None:
    """The same as `_search`, from both halves of a set.

    A set can be derived if in each free cell the rows of its pivots come to 1 where the cell is in it and to 0 where it is not:
    if its vectors, one of each cell, add up to nothing. Each vector is packed into one whole number, exactly, with digits wide
    enough for every sum.
    """
    most = (basis.most - 1) * len(basis.cells[0].people)
    if sum(math.comb(len(basis.cells), size) for size in range(most - most // 2 + 1)) > HALVES:
        raise TooManyToAudit
    digit = 2 * most * max(abs(x) for r in basis.rows for x in r[: basis.width]) + 1
    weights = {j: digit**i for i, j in enumerate(basis.free)}
    vectors = {j: -basis.unit * weight for j, weight in weights.items()}
    for row, pivot in zip(basis.rows, basis.pivots, strict=True):
        vectors[pivot] = sum(row[j] * weight for j, weight in weights.items())
    halves: dict[int, list[frozenset[int]]] = {}
    for half in _halves(basis, most // 2):
        halves.setdefault(sum(vectors[j] for j in half), []).append(frozenset(half))
    for half in _halves(basis, most - most // 2):
        for other in halves.get(-sum(vectors[j] for j in half), ()):
            whole = [basis.cells[j] for j in other.union(half)]
            if whole and other.isdisjoint(half) and max((found := _cell(whole)).people) < found.least:
                rows = [r for r, p in zip(basis.rows, basis.pivots, strict=True) if p in other or p in half]
                return [sum(each) for each in zip(*rows, strict=True)]
    return None


def _halves(basis: _Basis, size: int) -> Iterator[tuple[int, ...]]:
    """All choices of at most so many cells."""
    return chain.from_iterable(combinations(range(len(basis.cells)), s) for s in range(size + 1))
