"""The release audit: against a brute force over all sets of atoms, which knows nothing of how the audit works."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import derivable
from bot.domain.derivable import Column, TooManyToAudit, unions
from bot.domain.release import Release, audit, in_full, release
from bot.domain.release_coding import FULL_FROM
from bot.domain.release_groups import Atom, Group, groups_of, people_of
from tests.domain.organisations import K, anybody_finds, derivable_by_brute_force, following, organisation, proves, reasons


def named(groups: Sequence[Group], *names: str) -> list[Group]:
    return [next(g for g in groups if g.name == name) for name in names]


def test_the_whole_less_all_but_one_team_is_found():
    atoms = organisation({"A new": 6, "B new": 4, "C new": 7})
    groups = groups_of(atoms)
    published = named(groups, "all", "team=A", "team=C")
    leak = audit(published, atoms, K)
    assert leak is not None
    assert (leak.formula, leak.people, leak.least) == ("all − team=A − team=C", 4, 5)
    assert {dict(a.values)["team"] for a in leak.atoms} == {"B"}
    released = release(groups, atoms, K)
    assert [g.name for g in released.published] == ["all", "team=C", "tenure=new"]
    assert reasons(released) == {"team=A": "complementary", "team=B": "too few"}


def test_what_is_withheld_twice_is_safe():
    atoms = organisation({"A new": 9, "B new": 4, "C new": 3, "D new": 8})
    released = release(groups_of(atoms), atoms, K)
    assert reasons(released) == {"team=B": "too few", "team=C": "too few"}


def test_overlapping_cuts_give_each_other_away():
    atoms = organisation({"A new": 4, "A old": 6, "B new": 6, "B old": 5})
    groups = groups_of(atoms, [("team", "tenure")])
    assert audit(named(groups, "all", "team=A", "team=B", "tenure=new", "tenure=old"), atoms, K) is None
    assert proves(named(groups, "team=A", "team=A, tenure=old"), atoms, K)
    leak = audit(named(groups, "tenure=new", "team=B", "team=B, tenure=old"), atoms, K)
    assert leak is not None
    assert leak.formula == "tenure=new − team=B + team=B, tenure=old"


def test_a_set_that_needs_halves_is_found():
    atoms = organisation({"A": 4, "B": 4, "C": 4})
    a, b, c = atoms
    pairs = [Group("ab", frozenset({a, b})), Group("bc", frozenset({b, c})), Group("ca", frozenset({c, a}))]
    leak = audit(pairs, atoms, K)
    assert leak is not None
    assert sorted(abs(coefficient) for _, coefficient in leak.derivation) == [Fraction(1, 2)] * 3
    assert "1/2 · ab" in leak.formula
    assert proves(pairs, atoms, K)
    assert len(release(pairs, atoms, K).published) == 1, "two of them tell four people apart"


def test_an_atom_without_respondents_hides_nobody():
    atoms = organisation({"A new": 6, "B new": 4, "B old": 0, "C old": 9})
    published = named(groups_of(atoms), "all", "team=A", "tenure=old")
    assert proves(published, atoms, K)
    assert "team=B, tenure=old" not in [g.name for g in groups_of(atoms, [("team", "tenure")])]


def test_a_viewer_counts_for_nobody():
    counts = {"A": 5, "B": 6, "C": 9}
    assert len(release(groups_of(organisation(counts)), organisation(counts), K).published) == 4
    atoms = organisation(counts, viewers="A,B")
    released = release(groups_of(atoms), atoms, K)
    assert reasons(released) == {"team=A": "too few", "team=B": "complementary"}
    given = {"all": 6, "team=A": 6, "team=B": 6, "team=C": 5}
    assert release(groups_of(atoms), atoms, given) == released
    assert release(groups_of(atoms), atoms, lambda group: given[group.name]) == released


def test_a_viewer_alone_in_his_atom_subtracts_himself():
    """Anybody learns of six; he of himself, and so of the five others, who are enough; but not of four."""
    counts = {"A lead": 1, "A new": 5, "B new": 8, "B old": 8}
    atoms = organisation(counts, viewers="A lead")
    published = named(groups_of(atoms), "all", "team=A", "team=B")
    assert audit(published, atoms, K) is None
    fewer = {a: 4 if dict(a.values) == {"team": "A", "tenure": "new"} else n for a, n in atoms.items()}
    assert proves(published, fewer, K)


def test_of_two_viewers_each_knows_only_himself():
    """v derives w and x, who are five others to him; that w is a viewer too does not ask for a sixth."""
    v, w, x, y = (Atom((("of", name),), viewer=name in "vw") for name in "vwxy")
    published = [Group("one", frozenset({v, w, x})), Group("two", frozenset({v, y}))]
    assert audit(published, {v: 1, w: 1, x: 4, y: 9}, K) is None
    assert proves(published, {v: 1, w: 1, x: 3, y: 9}, K)


def test_a_viewer_uses_what_he_knows_more_than_once():
    """Nobody else can: 2v + a + b + c − … is no set of people, but the viewer knows v and takes it off twice."""
    v, a, b, c = (Atom((("of", name),), viewer=name == "v") for name in "vabc")
    atoms = {v: 1, a: 3, b: 6, c: 6}
    published = [Group("one", frozenset({v, a, b})), Group("two", frozenset({v, c})), Group("three", frozenset({b, c}))]
    assert derivable_by_brute_force(published, atoms, K) is None
    leak = audit(published, atoms, K)
    assert leak is not None
    assert (leak.atoms, leak.viewer) == ({a}, {v})
    assert proves(published, atoms, K)


def test_no_setting_goes_under_the_floor():
    atoms = organisation({"A": 4, "B": 9, "C": 9})
    assert reasons(release(groups_of(atoms), atoms, 1))["team=A"] == "too few"
    assert reasons(release(groups_of(atoms), atoms, lambda _: 0))["team=A"] == "too few"


def test_a_group_with_a_greater_minimum_is_held_to_it():
    atoms = organisation({"A": 9, "B": 9, "C": 12})
    released = release(groups_of(atoms), atoms, 10)
    assert reasons(released) == {"team=A": "too few", "team=B": "too few"}
    assert reasons(release(groups_of(atoms), atoms, {"all": 5, "team=A": 10, "team=B": 5, "team=C": 5})) == {
        "team=A": "too few"
    }


def test_groups_must_be_clear():
    atoms = organisation({"A": 6})
    with pytest.raises(ValueError, match="0 where there is none"):
        audit([Group("gone", frozenset({Atom((("team", "B"),))}))], atoms, K)
    with pytest.raises(ValueError, match="one name"):
        release([*groups_of(atoms), *groups_of(atoms)], atoms, K)
    with pytest.raises(ValueError, match="no value of a cut"):
        groups_of({Atom((("a", "x, b=y"), ("b", "y"))): 5, Atom((("a", "x"), ("b", "y"))): 5}, [("a", "b")])
    assert audit([], atoms, K) is None
    assert release([], {}, K) == Release((), ())


def two_attributes(seed: int) -> dict[Atom, int]:
    """15 to 45 people in three to five teams and two or three tenures, some more common than others."""
    chance = random.Random(seed)
    teams, tenures = "ABCDE"[: chance.randint(3, 5)], ("new", "mid", "old")[: chance.randint(2, 3)]
    weights = {f"{team} {tenure}": chance.random() ** 2 + 0.02 for team in teams for tenure in tenures}
    return organisation(Counter(chance.choices(list(weights), list(weights.values()), k=chance.randint(15, 45))))


def test_a_minimum_alone_leaks_in_most_organisations_and_the_audit_in_none():
    leaking = allowed = kept = 0
    for seed in range(300):
        atoms = two_attributes(seed)
        groups = groups_of(atoms)
        enough = [g for g in groups if people_of(g, atoms) >= K]
        leaks = derivable_by_brute_force(enough, atoms, K) is not None
        assert (audit(enough, atoms, K) is not None) is leaks
        leaking += leaks
        published = release(groups, atoms, K).published
        assert derivable_by_brute_force(published, atoms, K) is None
        allowed, kept = allowed + len(enough), kept + len(published)
    assert leaking > 150
    assert kept > 0.5 * allowed


names = [f"{team} {tenure} {site}" for team in "AB" for tenure in ("new", "old") for site in "XY"]
organisations = st.builds(
    lambda counts, viewers: organisation(dict(zip(names, counts, strict=True)), ",".join(viewers)),
    st.lists(st.sampled_from([0, 1, 1, 2, 3, 4, 5, 6, 9]), min_size=8, max_size=8),
    st.lists(st.sampled_from(names), max_size=3),
)


def smallest_crowd(published, atoms) -> int:
    """Of how few people it can be told apart from all others that they are in the same groups, without a viewer among them."""
    found = Counter()
    for atom, n in atoms.items():
        if n and any(atom in g.atoms for g in published):
            found[tuple(atom in g.atoms for g in published)] += n
    seen = {tuple(a in g.atoms for g in published) for a, n in atoms.items() if n and a.viewer}
    return min((n - (sets in seen) for sets, n in found.items()), default=99)


@settings(max_examples=60, deadline=None)
@given(organisations, st.sampled_from([5, 6, 8]))
def test_whatever_the_organisation_nothing_small_can_be_derived(atoms, least):
    groups = groups_of(atoms, [("team", "tenure"), ("tenure", "site")])
    released = release(groups, atoms, least)
    assert not anybody_finds(released.published, atoms, least)
    assert {g.name for g in groups} == {g.name for g in released.published} | set(reasons(released))
    for withheld in released.withheld:
        enough = least + any(a.viewer for a in withheld.group.atoms if atoms[a])
        assert (withheld.reason == "too few") is (people_of(withheld.group, atoms) < enough)
        if withheld.reason == "complementary":
            assert smallest_crowd([*released.published, withheld.group], atoms) < least
    assert smallest_crowd(released.published, atoms) >= least


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_audit_agrees_with_brute_force_about_any_groups(data):
    size = data.draw(st.integers(1, 7))
    atoms = {
        Atom((("i", str(i)),), data.draw(st.sampled_from(["", "", "w"])), data.draw(st.integers(0, 4)) == 0): data.draw(
            st.sampled_from([0, 1, 1, 2, 3, 5])
        )
        for i in range(size)
    }
    members = data.draw(st.lists(st.frozensets(st.sampled_from(list(atoms))), min_size=1, max_size=6))
    published = [Group(str(i), each) for i, each in enumerate(members)]
    least = data.draw(st.integers(2, 8))
    leaks = anybody_finds(published, atoms, least)
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans(), label="by halves"):
            patch.setattr(derivable, "STEPS", 0)
        if leaks:
            assert proves(published, atoms, least)
        else:
            assert audit(published, atoms, least) is None


@pytest.mark.parametrize("steps", [derivable.STEPS, 0])
@pytest.mark.parametrize(
    "case",
    [
        (("01235", "01356", "014"), "21101113", "aaaaaaaa", 5),
        (("0134", "0346", "123567", "014567", "245"), "02123110", "baaababa", 3),
    ],
)
def test_groups_that_are_easily_got_wrong(case, steps, monkeypatch):
    """By either search: a set on whose way lies a larger one, and halves that share somebody."""
    monkeypatch.setattr(derivable, "STEPS", steps)
    members, counts, occasions, least = case
    places = [Atom((("i", str(i)),), o, viewer=i in (3, 7)) for i, o in enumerate(occasions)]
    atoms = dict(zip(places, map(int, counts), strict=True))
    published = [Group(each, frozenset(places[int(i)] for i in each)) for each in members]
    if anybody_finds(published, atoms, least):
        assert proves(published, atoms, least)
    else:
        assert audit(published, atoms, least) is None


def overlapping(atoms: int, groups: int, share: float) -> tuple[dict[Atom, int], list[Group]]:
    chance = random.Random(atoms)
    everybody = {Atom((("i", str(i)),)): 1 for i in range(atoms)}
    return everybody, [Group(str(i), frozenset(a for a in everybody if chance.random() < share)) for i in range(groups)]


@pytest.mark.parametrize("least", [5, 6, 8, 10])
def test_a_hundred_atoms_take_few_steps(least, monkeypatch):
    """Three cuts of 10, 5 and 4 values, one person in most atoms."""
    monkeypatch.setattr(derivable, "STEPS", 4_000)
    chance = random.Random(1)
    everybody = ((str(chance.randrange(10)), str(chance.randrange(5)), str(chance.randrange(4))) for _ in range(150))
    atoms = organisation(Counter(" ".join(each) for each in everybody))
    assert len(atoms) > 95
    audit([g for g in groups_of(atoms) if people_of(g, atoms) >= least], atoms, least)


def test_any_sixty_atoms_can_be_audited_for_five():
    atoms, groups = overlapping(60, 40, 0.3)
    assert audit(groups, atoms, 5) is None
    less = Group("less", groups[0].atoms - set(list(groups[0].atoms)[:3]))
    assert proves([*groups, less], atoms, 5)


def test_what_cannot_be_checked_is_said_not_to_be_shown():
    atoms, groups = overlapping(60, 40, 0.3)
    with pytest.raises(TooManyToAudit, match="declare fewer cuts"):
        audit(groups, atoms, 8)


def full(atoms: Mapping[Atom, int], *answers: str, tells: Callable[[frozenset[Atom]], bool] | None = None) -> set[str]:
    """Of every answer is said which teams all gave it: "A B"."""
    published = release(groups_of(atoms), atoms, K).published
    given = [{a: n if dict(a.values)["team"] in answer.split() else 0 for a, n in atoms.items()} for answer in answers]
    return {g.name for g in in_full(published, atoms, given, tells)}


def test_full_counts_give_away_no_group_under_ten():
    atoms = organisation({"A": 12, "B": 14, "C": 8})
    assert reasons(release(groups_of(atoms), atoms, K)) == {}
    assert full(atoms) == {"all", "team=B"}
    assert full(organisation({"A": 12, "B": 14, "C": 10})) == {"all", "team=A", "team=B", "team=C"}
    assert full(organisation({"A": 12, "B": 14, "C": 10}, viewers="C")) == {"all", "team=B"}


def test_full_counts_give_away_no_set_that_answered_alike():
    atoms = organisation({"A": 12, "B": 14, "C": 10})
    assert full(atoms, "A") == {"all", "team=B"}
    assert full(atoms, "A C") == {"all"}, "all less B is A and C together"
    assert full(atoms, "A", "C") == {"all", "team=B"}
    assert full(atoms, "B", "C") == {"all", "team=A"}
    assert full(atoms, "A B C") == set()


def test_whoever_is_in_no_group_is_held_to_the_same():
    """The rest of all, and what is in one group and not in another, follow as groups do."""
    atoms = {Atom((("team", team),)): n for team, n in (("A", 12), ("", 13))}
    groups = [g for g in groups_of(atoms) if not g.name.endswith("=")]
    nobody, rest = ({a: n if a.values[0][1] == "" and alike else 0 for a, n in atoms.items()} for alike in (False, True))
    assert {g.name for g in in_full(groups, atoms, [nobody])} == {"all", "team=A"}
    assert {g.name for g in in_full(groups, atoms, [rest])} == {"all"}
    inner = {Atom((("team", team), ("site", site))): 12 for team, site in (("A", "X"), ("A", "Y"), ("B", "Y"))}
    alike = {a: n if a.values == (("team", "A"), ("site", "Y")) else 0 for a, n in inner.items()}
    assert {g.name for g in in_full(groups_of(inner), inner, [alike])} == {"all", "team=A", "team=B"}


def test_nothing_follows_that_something_else_says_would_tell_too_much():
    atoms = organisation({"A": 12, "B": 14, "C": 10})
    assert full(atoms, tells=lambda some: {dict(a.values)["team"] for a in some} == {"C"}) == {"all", "team=B"}
    assert full(atoms, tells=lambda some: len(some) == 3) == {"team=A", "team=B", "team=C"}


@st.composite
def answered_organisations(draw: st.DrawFn) -> tuple[dict[Atom, int], list[dict[Atom, int]]]:
    """Up to nine atoms of two cuts, some of them in no team, and how many of each gave one of three answers."""
    places = draw(
        st.lists(st.tuples(st.sampled_from(["", "A", "B", "C"]), st.sampled_from("XYZ")), min_size=2, max_size=9, unique=True)
    )
    given = {Atom((("team", t), ("site", s))): draw(st.lists(st.integers(0, 12), min_size=3, max_size=3)) for t, s in places}
    return {a: sum(each) for a, each in given.items()}, [{a: each[i] for a, each in given.items()} for i in range(3)]


@given(answered_organisations())
@settings(max_examples=300)
def test_whatever_is_answered_no_set_follows_in_which_all_but_one_are_alike(drawn):
    atoms, given = drawn
    candidates = [g for g in groups_of(atoms) if not g.name.endswith("=")]
    published = in_full(release(candidates, atoms, K).published, atoms, given, lambda some: sum(map(atoms.get, some)) % 7 == 3)
    for some in following(published, atoms):
        n = sum(atoms[a] for a in some)
        assert n >= FULL_FROM
        assert all(n - sum(each[a] for a in some) > 1 for each in given)


@given(answered_organisations())
@settings(max_examples=300)
def test_of_what_follows_nothing_is_overlooked_that_something_else_would_say_of_it(drawn):
    atoms, _ = drawn
    published = release(groups_of(atoms), atoms, K).published
    present = [a for a, n in atoms.items() if n]
    columns = [Column(sum(1 << i for i, g in enumerate(published) if a in g.atoms), (atoms[a],), 0) for a in present]
    made = [frozenset(present[p] for p in places) for places in unions(columns, len(published))]
    for some in following(published, atoms):
        assert frozenset[Atom]().union(*(each for each in made if each <= some)) == some


def test_unions_are_all_that_follow_and_of_what_overlaps_too_much_nothing_is_said():
    pairs = [Column(1 << i | 1 << i + 1, (5,), 0) for i in range(3)]
    assert sorted(unions(pairs, 4)) == [(0,), (1,), (2,)]
    crossed = [Column(1 << row | 1 << 2 + column, (5,), 0) for row in range(2) for column in range(2)]
    assert sorted(unions(crossed, 4)) == [(0, 1), (0, 1, 2, 3), (0, 2), (1, 3), (2, 3)]
    with pytest.raises(TooManyToAudit):
        list(unions([Column(1 << row | 1 << 8 + column, (5,), 0) for row in range(8) for column in range(8)], 16))
