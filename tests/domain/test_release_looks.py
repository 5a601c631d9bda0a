"""Several looks at the same people: waves, pooled windows, second looks and scores."""

from collections.abc import Mapping

from bot.domain.release import audit, release
from bot.domain.release_groups import Atom, Group, people_of
from tests.domain.organisations import K, anybody_finds, organisation, proves, reasons


def waves(*counts: Mapping[str, int]) -> dict[Atom, int]:
    return {
        Atom(a.values, occasion=str(number)): n for number, wave in enumerate(counts, 1) for a, n in organisation(wave).items()
    }


def look(name: str, atoms: Mapping[Atom, int], *occasions: str, team: str = "") -> Group:
    return Group(name, frozenset(a for a in atoms if a.occasion in occasions and team in ("", dict(a.values)["team"])))


def test_pooled_windows_say_nothing_that_their_waves_do_not():
    """[1..4] and [2..5] differ by one joiner and one leaver, and yet give away no more than the waves themselves."""
    atoms = waves(*({"A": 8, "B": 7 + (n == 5)} for n in range(1, 6)))
    single = [look(f"{n} {team}", atoms, str(n), team=team) for n in range(1, 6) for team in "AB"]
    pooled = [
        look(f"{first}-{first + 3} {team}", atoms, *map(str, range(first, first + 4)), team=team)
        for first in (1, 2)
        for team in "AB"
    ]
    assert audit([*single, *pooled], atoms, K) is None
    assert anybody_finds([*single[:4], *pooled[:1]], {a: n for a, n in atoms.items() if a.occasion in "123"}, K) is False


def test_a_pooled_window_gives_away_the_wave_in_which_a_team_was_too_small():
    atoms = waves({"A": 8, "B": 9}, {"A": 6, "B": 9}, {"A": 3, "B": 9})
    single = [look(f"{n} A", atoms, str(n), team="A") for n in (1, 2)]
    pooled = look("1-3 A", atoms, "1", "2", "3", team="A")
    assert people_of(pooled, atoms) == 8
    leak = audit([*single, pooled], atoms, K)
    assert leak is not None
    assert (leak.formula, leak.people) == ("− 1 A − 2 A + 1-3 A", 3)
    assert reasons(release([*single, pooled], atoms, K)) == {"2 A": "complementary"}


def test_the_same_few_people_are_few_however_often_they_answer():
    atoms = waves(*[{"A": 3, "B": 9}] * 4)
    pooled = look("A", atoms, "1", "2", "3", "4", team="A")
    assert people_of(pooled, atoms) == 3
    assert reasons(release([pooled], atoms, K)) == {"A": "too few"}
    assert proves([look("all", atoms, "1", "2", "3", "4"), look("B", atoms, "1", "2", "3", "4", team="B")], atoms, K)


def test_a_second_look_without_one_person_is_a_leak():
    stayed, left = Atom((("looks", "both"),)), Atom((("looks", "first"),))
    atoms = {stayed: 30, left: 1}
    looks = [Group("first", frozenset(atoms)), Group("second", frozenset({stayed}))]
    leak = audit(looks, atoms, K)
    assert leak is not None
    assert (leak.formula, leak.atoms) == ("first − second", {left})
    assert audit(looks, {stayed: 30, left: 5}, K) is None


def test_a_score_of_those_who_answered_everything_gives_away_who_did_not():
    """The score adds the items of complete answers; the items add all answers. One skipped item q2 but answered q1."""
    full = [Atom((("answered", "all"),), occasion=q) for q in ("q1", "q2")]
    part = Atom((("answered", "some"),), occasion="q1")
    atoms = {full[0]: 30, full[1]: 30, part: 1}
    items = [Group("q1", frozenset({full[0], part})), Group("q2", frozenset({full[1]}))]
    leak = audit([*items, Group("score", frozenset(full))], atoms, K)
    assert leak is not None
    assert leak.atoms == {part}
    assert audit([*items, Group("score of the items' means", frozenset(atoms))], atoms, K) is None
