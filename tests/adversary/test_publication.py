"""What is published of a wave, against a brute force that knows who belongs where, and who answered which question."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audiences import Member
from bot.domain.questions import KINDS
from bot.domain.release_coding import FULL_FROM
from bot.domain.survey_counts import LEFT_OUT, RESPONSE, Publication, Respondent, publish
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_receipts import suppressed
from bot.domain.surveys import DECLINED, LEAST_ANSWERS, LEAST_COMMENTS, Answer, Option, Question
from bot.services import Services, survey_results
from tests.services.survey_world import CHANNEL, OWNER, Directory, world_in

K = LEAST_ANSWERS
CUTS = ("team", "site")
GOALS = Question("goals", "agree", {"en": "I know what we want to reach."}, index=True)
PRIDE = Question("pride", "agree", {"en": "I am proud of what we do."}, index=True)
REMOTE = Question("remote", "yes_no", {"en": "Do you work from home?"})
HOURS = Question("hours", "number", {"en": "How many hours do you work?"}, low=0, high=80)
MORE = Question("more", "comment", {"en": "Anything else?"})
QUESTIONS = (GOALS, PRIDE, REMOTE, HOURS, MORE)
Groups = Mapping[str, str]


@dataclass(frozen=True)
class Person:
    """Somebody who is asked. Without answers they did not answer at all; a question that they skipped has none."""

    id: str
    groups: Groups
    answers: Mapping[str, Answer] | None = field(default=None)

    @property
    def atom(self) -> tuple[str, ...]:
        return tuple(self.groups.get(cut, "") for cut in CUTS)

    def is_in(self, group: str) -> bool:
        cut, _, value = group.partition("=")
        return group == WHOLE or self.groups.get(cut, "") == value

    def answered(self, question: str) -> bool:
        if self.answers is None:
            return False
        return question == RESPONSE or self.answers.get(question, DECLINED) != DECLINED


def published(
    people: Sequence[Person],
    *,
    viewers: Iterable[str] | None = (),
    minimum: int = K,
    questions: Sequence[Question] = QUESTIONS,
    seeded: bool = True,
) -> Publication | None:
    respondents = [Respondent(p.id, p.groups, p.answers) for p in people if p.answers is not None]
    seen = None if viewers is None else frozenset(viewers)
    return publish(
        questions,
        CUTS,
        respondents,
        [p.groups for p in people],
        viewers=seen,
        minimum=minimum,
        comment_minimum=LEAST_COMMENTS,
        lots=random.Random(repr(people)) if seeded else None,
    )


def spoken_of(found: Publication, question: str) -> set[str]:
    """The groups of which anything is said that depends on their answers to a question."""
    figures = {f.cut for f in found.figures if f.question == question and f.figure != "withheld"}
    return figures | {c.cut for c in found.counts if c.question == question}


def looks(found: Publication, people: Sequence[Person], question: str) -> list[frozenset[str]]:
    """The sets of people of whom something is published for a question: its groups, and who is behind the score."""
    those = [p for p in people if p.answered(question)]
    sets = [frozenset(p.id for p in those if p.is_in(group)) for group in spoken_of(found, question)]
    index = [q.id for q in QUESTIONS if q.index]
    scattered = [f.value for f in found.figures if (f.question, f.figure) == ("score", "sd")]
    if question in index and scattered and abs((scattered[0] or 0) - scatter_of_items(found, index)) > 0.01:
        sets.append(frozenset(p.id for p in people if all(p.answered(q) for q in index)))
    return sets


def scatter_of_items(found: Publication, index: Sequence[str]) -> float:
    """The mean of the items' standard deviations, from the published counts alone: it tells of nobody who is not in them."""
    points = {
        q: [25.0 * (int(c.value) - 1) for c in found.counts if (c.question, c.cut) == (q, WHOLE) for _ in range(c.n)]
        for q in index
    }
    return float(np.mean([np.std(each, ddof=1) for each in points.values()]))


def derived(
    sets: Sequence[frozenset[str]], cells: Mapping[object, frozenset[str]], least: int, viewers: frozenset[str]
) -> set[str] | None:
    """Fewer than `least` people of whom a figure follows: their indicator is its own projection on the published ones.

    `cells` are people whom nobody tells apart. A viewer who is alone in a cell knows it; for everybody else a set with viewers
    in it needs one more.
    """
    alone = [name for name, members in cells.items() if len(members) == 1 and members <= viewers]
    for known in (None, *alone):
        names = [name for name, members in cells.items() if members and name != known]
        matrix = np.array([[float(cells[n] <= s) for n in names] for s in sets]).reshape(len(sets), len(names))
        projection = np.linalg.pinv(matrix) @ matrix
        few = [i for i, name in enumerate(names) if len(cells[name]) <= least]
        for size in range(1, len(few) + 1):
            for chosen in combinations(few, size):
                members = frozenset[str]().union(*(cells[names[i]] for i in chosen))
                if len(members) >= least + (known is None and bool(members & viewers)):
                    continue
                indicator = np.isin(np.arange(len(names)), chosen).astype(float)
                if np.abs(projection @ indicator - indicator).max() < 1e-9:
                    return set(members)
    return None


def cells_of(people: Iterable[Person]) -> dict[object, frozenset[str]]:
    cells: dict[object, set[str]] = {}
    for person in people:
        cells.setdefault(person.atom, set()).add(person.id)
    return {atom: frozenset(ids) for atom, ids in cells.items()}


def leaks(found: Publication, people: Sequence[Person], viewers: frozenset[str]) -> Iterator[str]:
    """Everything about too few people that follows from all that was published."""
    for question in (RESPONSE, *(q.id for q in QUESTIONS)):
        those = [p for p in people if p.answered(question)]
        sets = looks(found, people, question)
        if small := derived(sets, cells_of(those), K, viewers):
            yield f"what {small} answered to {question}"
        # Whoever does not know who answered: that nobody of few people did must not follow either.
        groups = [frozenset(p.id for p in people if p.is_in(group)) for group in spoken_of(found, question)]
        if small := derived(groups, cells_of(people), K, frozenset()):
            yield f"how many of {small} answered {question}"
        full = [
            frozenset(p.id for p in those if p.is_in(cut)) for cut in {c.cut for c in found.counts if c.question == question}
        ]
        if small := derived(full, cells_of(those), FULL_FROM, frozenset()):
            yield f"the full counts of {small} at {question}"


answers = st.fixed_dictionaries(
    {
        "goals": st.sampled_from(["1", "3", "5", "5", DECLINED]),
        "pride": st.sampled_from(["2", "4", "5"]),
        "remote": st.sampled_from(["yes", "yes", "no"]),
        "hours": st.sampled_from(["8", "40", "41"]),
        "more": st.just("words"),
    }
)
organisations = st.lists(
    st.tuples(st.sampled_from("AAABBC"), st.sampled_from("XXY"), st.one_of(st.none(), answers, answers, answers)),
    min_size=8,
    max_size=36,
).map(lambda rows: [Person(f"U{n}", {"team": t, "site": s}, given) for n, (t, s, given) in enumerate(rows)])


@settings(max_examples=150)
@given(organisations, st.sets(st.integers(0, 35), max_size=3), st.booleans(), st.sampled_from([5, 5, 8]))
def test_whatever_the_organisation_nothing_of_too_few_follows(
    people: list[Person], seen: set[int], everybody: bool, minimum: int
) -> None:
    viewers = None if everybody else {f"U{n}" for n in seen}
    found = published(people, viewers=viewers, minimum=minimum)
    respondents = {p.id for p in people if p.answers is not None}
    knowing = frozenset(respondents if viewers is None else viewers & respondents)
    if found is None:
        assert len(respondents) < minimum + bool(knowing)
        return
    assert list(leaks(found, people, knowing)) == []
    assert (found.answered is None) is (len(respondents) < FULL_FROM)
    named = {f.cut for f in found.figures if f.question == RESPONSE}
    assert named == {WHOLE, *(f"{cut}={p.groups[cut]}" for p in people for cut in CUTS)}, "each is published or withheld"


def random_organisation(seed: int) -> list[Person]:
    """15 to 45 people in three to five teams at two or three sites, some more common than others; all answer."""
    chance = random.Random(seed)
    places = [(t, s) for t in "ABCDE"[: chance.randint(3, 5)] for s in "XYZ"[: chance.randint(2, 3)]]
    drawn = chance.choices(places, [chance.random() ** 2 + 0.02 for _ in places], k=chance.randint(15, 45))
    return [Person(f"U{n}", {"team": t, "site": s}, {"goals": str(chance.randint(1, 5))}) for n, (t, s) in enumerate(drawn)]


def test_of_300_organisations_a_minimum_alone_gives_most_away_and_ours_none() -> None:
    leaking = kept = large = 0
    for seed in range(300):
        people = random_organisation(seed)
        groups = [WHOLE, *{f"{cut}={p.groups[cut]}" for p in people for cut in CUTS}]
        enough = [s for g in groups if len(s := frozenset(p.id for p in people if p.is_in(g))) >= K]
        leaking += derived(enough, cells_of(people), K, frozenset()) is not None
        found = published(people, questions=[GOALS])
        assert found is not None
        assert list(leaks(found, people, frozenset())) == []
        kept, large = kept + len(spoken_of(found, "goals")), large + len(enough)
    print(f"k alone: {leaking} of 300; ours: 0; groups kept {kept} of {large}")
    assert leaking > 150
    assert kept > 0.4 * large


@pytest.mark.parametrize(
    ("asked", "answered", "skipped"),
    [
        ({"AX": 2, "AY": 14, "BX": 14}, {"AX": 2, "AY": 10, "BX": 10}, "AY"),
        ({"AX": 15, "BX": 2, "BY": 13}, {"AX": 10, "BX": 2, "BY": 9}, "AX"),
    ],
)
def test_a_question_shows_no_groups_of_which_it_is_not_said_how_many_answered(
    asked: Mapping[str, int], answered: Mapping[str, int], skipped: str
) -> None:
    """12 of a site answered it; of all 22, 10 are in the other team: so both of this team's two at the site answered."""
    people = []
    for cell, k in asked.items():
        for n in range(k):
            given = {} if (cell, n) == (skipped, 0) else {"remote": "yes" if n % 2 else "no"}
            people.append(Person(f"U{cell}{n}", {"team": cell[0], "site": cell[1]}, given if n < answered[cell] else None))
    found = published(people, questions=[REMOTE])
    assert found is not None
    assert spoken_of(found, "remote") <= spoken_of(found, RESPONSE)


def team(name: str, n: int, given: Mapping[str, Answer] | None, start: int = 0) -> list[Person]:
    return [Person(f"U{name}{i}", {"team": name, "site": "X"}, given) for i in range(start, start + n)]


def mixed(name: str, n: int) -> list[Person]:
    """People of a team who answer differently."""
    return [
        Person(
            f"U{name}{i}",
            {"team": name, "site": "X"},
            {"goals": str(1 + i % 5), "pride": str(1 + i % 4), "remote": ("yes", "no")[i % 2], "hours": str(i)},
        )
        for i in range(n)
    ]


def test_whether_the_only_one_of_a_team_answered_is_not_told() -> None:
    """Neither by his group, nor by what is said of the others."""
    rest = mixed("A", 12)
    silent, spoke = published([*rest, *team("B", 1, None)]), published([*rest, *team("B", 1, {"goals": "3"})])
    assert silent is not None
    assert spoke is not None
    asked = [{(f.cut, f.figure, f.words) for f in each.figures if f.question == RESPONSE} for each in (silent, spoke)]
    assert asked[0] == asked[1]
    hidden = [{(f.question, f.cut, f.words) for f in each.figures if f.figure == "withheld"} for each in (silent, spoke)]
    assert hidden[0] == hidden[1]
    assert suppressed(QUESTIONS, silent) == suppressed(QUESTIONS, spoke)
    assert ("team=A", "withheld", LEFT_OUT) in asked[0]


@pytest.mark.parametrize(
    ("viewers", "n", "is_told"), [((), 5, True), (("UA0",), 5, False), (("UA0",), 6, True), (None, 5, False), (None, 6, True)]
)
def test_a_group_with_a_viewer_in_it_needs_one_more(viewers: tuple[str, ...] | None, n: int, *, is_told: bool) -> None:
    found = published([*mixed("A", n), *mixed("B", 12)], viewers=viewers)
    assert found is not None
    assert ("team=A" in spoken_of(found, "goals")) is is_told


@pytest.mark.parametrize(("viewers", "n", "shown"), [((), 10, 10), ((), 9, 0), (("UA0",), 10, 0), (("UA0",), 11, 11)])
def test_comments_need_ten_and_one_more_with_a_viewer(viewers: tuple[str, ...], n: int, shown: int) -> None:
    found = published([*team("A", n, {"goals": "3", "more": "words"})], viewers=viewers)
    assert found is not None
    assert len(found.comments) == shown


@pytest.mark.parametrize(
    ("terms", "n", "is_told"),
    [({}, 5, True), ({"viewers": "U0001"}, 5, False), ({"viewers": "U0001"}, 6, True), ({"channel": CHANNEL}, 5, False)],
)
def test_from_the_opening_to_results_a_group_with_a_viewer_in_it_needs_one_more(
    services: Services, terms: Mapping[str, str], n: int, *, is_told: bool
) -> None:
    world, asked = world_in(services), [f"U{number:04}" for number in range(1, n + 13)]
    file = "person,team\n" + "".join(f"{user},{'A' if place < n else 'B'}\n" for place, user in enumerate(asked))
    world.directory = Directory(tuple(Member(user) for user in asked))
    row = world.open(audience="", file=file, cuts="team", **terms)
    world.all_answer(row, asked)
    assert world.close() == "closed"
    found = survey_results.results(world.services, OWNER, "team-check").cells["goals"]
    assert found.keys() == {WHOLE, "team=A", "team=B"}
    assert not found[WHOLE].withheld
    assert bool(found["team=A"].withheld) is not is_told
    assert bool(found["team=A"].figures.keys() - {"withheld"}) is is_told


@pytest.mark.parametrize(("viewers", "n", "shown"), [("", 10, 10), ("U0001", 10, 0), ("U0001", 11, 11)])
def test_from_the_opening_to_results_comments_need_ten_and_one_more_with_a_viewer(
    services: Services, viewers: str, n: int, shown: int
) -> None:
    world = world_in(services)
    asked = [f"U{number:04}" for number in range(1, n + 1)]
    world.directory = Directory(tuple(Member(user) for user in asked))
    row = world.open(viewers=viewers)
    world.all_answer(row, asked, {user: {"goals": str(1 + place % 5), "more": "words"} for place, user in enumerate(asked)})
    assert world.close() == "closed"
    assert len(survey_results.comments(world.services, OWNER, "team-check").found) == shown
    assert not survey_results.results(world.services, OWNER, "team-check").cells["goals"][WHOLE].withheld


OPTIONS = (Option("tea", {"en": "Tea"}), Option("water", {"en": "Water"}), Option("juice", {"en": "Juice"}))
ALIKE: Mapping[str, tuple[Question, Answer, Answer]] = {
    "agree": (Question("q", "agree", {"en": "?"}), "5", "2"),
    "ten": (Question("q", "ten", {"en": "?"}), "9", "3"),
    "yes_no": (Question("q", "yes_no", {"en": "?"}), "yes", "no"),
    "one": (Question("q", "one", {"en": "?"}, options=OPTIONS), "tea", "water"),
    "several": (Question("q", "several", {"en": "?"}, options=OPTIONS), ("tea",), ("water",)),
    "ranking": (Question("q", "ranking", {"en": "?"}, options=OPTIONS), ("tea", "water"), ("water", "juice")),
    "number": (Question("q", "number", {"en": "?"}), "7", "9"),
}


@pytest.mark.parametrize("kind", ALIKE)
@pytest.mark.parametrize("others", [0, 1])
def test_a_group_that_answered_alike_is_coded_and_its_counts_follow_from_no_others(kind: str, others: int) -> None:
    """What is said of it could as well be of people of whom one or two answered otherwise."""
    question, same, other = ALIKE[kind]
    a = [Person(f"UA{n}", {"team": "A"}, {"q": other if n < others else same}) for n in range(15)]
    b = [Person(f"UB{n}", {"team": "B"}, {"q": same if n % 2 else other}) for n in range(15)]
    found = published([*a, *b], questions=[question])
    assert found is not None
    forms = {f.cut: f.words for f in found.figures if (f.question, f.figure) == ("q", "form")}
    assert forms.get("team=A") in ("summary", None), "that it is not coded would say that two differ"
    counted = {c.cut for c in found.counts}
    assert "team=A" not in counted
    assert not {WHOLE, "team=B"} <= counted
    told = [f for f in found.figures if f.cut == "team=A" and f.figure in ("mean", "median", "favourable") and not f.words]
    assert [f.value for f in told if f.value is not None] == []
    assert set(KINDS) - {"line", "comment"} == set(ALIKE)


def test_everything_that_is_published_lies_in_an_order_drawn_by_lot() -> None:
    people = [*mixed("A", 12), *mixed("B", 12)]
    orders = set()
    for _ in range(4):
        found = published(people, seeded=False)
        assert found is not None
        orders.add(tuple((c.cut, c.question, c.value) for c in found.counts))
    assert len(orders) > 1
    assert len({frozenset(Counter(order).items()) for order in orders}) == 1
