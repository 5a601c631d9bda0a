"""Waves of one survey with joiners and leavers between them: nothing of too few follows from all that is said of them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product

import pytest

from bot.domain.audiences import Member
from bot.domain.errors import NotAllowed
from bot.domain.parts import Message, Table, plain
from bot.domain.people import Asker
from bot.domain.survey_changes import WAVES_BEFORE
from bot.domain.survey_figures import WHOLE
from bot.presenters import pulse_courses, pulse_results
from bot.presenters.pulse_words import HIDDEN, MOSTLY_SEEN
from bot.services import Services, survey_benchmarks, survey_export, survey_results, surveys
from tests.adversary.test_publication import K, derived
from tests.services.survey_world import OF_A_KPI, OWNER, Directory, World, world_in

NAME = "team-check"
CUTS = ("team", "site")
INDEX = ("goals", "pride")
QUESTIONS = {
    "goals": "I know what we want to reach.",
    "pride": "I am proud of what we do.",
    "recommend": "Would you recommend this team?",
    "remote": "Do you work from home?",
}
ASKED = Asker("U0101")
"""Somebody who is asked, and sees the results of every wave."""
SEEING = frozenset({ASKED.user_id})
LATE = Asker("U0LATE")
"""Somebody who sees those of the last wave alone."""
Groups = Mapping[str, tuple[str, str]]


def team(name: str, first: int, **sites: int) -> dict[str, tuple[str, str]]:
    """People of a team by their ids, so many at each site."""
    places = [site for site, n in sites.items() for _ in range(n)]
    return {f"U{first + n:04}": (name, site) for n, site in enumerate(places)}


FIRST = team("Amber", 101, North=8, South=6) | team("Birch", 201, North=7, South=5) | team("Cedar", 301, North=5)
SECOND = {user: groups for user, groups in FIRST.items() if user != "U0305"} | team("Birch", 291, South=1)
THIRD = {user: groups for user, groups in SECOND.items() if user != "U0212"} | team("Cedar", 391, North=1)
"""One leaves and one joins from wave to wave: Cedar has five, four and five again, Birch twelve, thirteen and twelve."""
WAVES: Sequence[Groups] = (FIRST, SECOND, THIRD)
SILENT = ("U0104", "U0207")
"""Those who never answer; others skip a question."""
Cell = tuple[int, str]
"""A group in a wave."""


@dataclass
class Told:
    """What somebody was told: the groups in waves whose answers a figure is made of, by question; and each figure itself."""

    of: dict[str, set[frozenset[Cell]]] = field(default_factory=dict)
    figures: dict[int, set[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, question: str, group: str, waves: Iterable[int]) -> None:
        self.of.setdefault(question, set()).add(frozenset((wave, group) for wave in waves))

    def groups(self, question: str, wave: int) -> set[str]:
        """Of which groups of one wave something is told by itself."""
        return {group for cells in self.of.get(question, ()) if len(cells) == 1 for at, group in cells if at == wave}


def answers(groups: Groups, wave: int) -> dict[str, dict[str, str]]:
    """What each person says in a wave, by question; a later wave has lower goals, so that something changed."""
    found = {}
    for n, user in enumerate(sorted(set(groups) - set(SILENT))):
        given = {"goals": str(1 + (n + 3 * (wave < 3)) % 5), "pride": str(1 + (n * 2 + wave) % 5)}
        given |= {"recommend": str((n * 3 + wave) % 11)} if n % 9 else {}
        given |= {"remote": ("yes", "no", "yes")[(n + wave) % 3]} if n % 7 else {}
        found[user] = given
    return found


def play(world: World, number: int) -> None:
    groups = WAVES[number - 1]
    world.directory = Directory(tuple(Member(user, "UTC", "en-US") for user in groups))
    file = "\n".join([",".join(("person", *CUTS)), *(f"{user},{t},{s}" for user, (t, s) in groups.items())])
    viewers = [ASKED.user_id, *([LATE.user_id] if number == len(WAVES) else [])]
    row = world.open(audience="", file=file, cuts=" ".join(CUTS), viewers=" ".join(viewers))
    given = answers(groups, number)
    world.all_answer(row, given, given)
    assert world.close() == "closed"
    world.clock.on(days=7)


def heard(services: Services, asker: Asker, waves: Sequence[int]) -> Told:
    """All that results, groups, trend, comparison and files say of these waves, which are all that the asker may see."""
    told = Told()
    for number in waves:
        _of_files(services, asker, number, told)
        _of_messages(services, asker, number, told)
    course = survey_results.trend(services, asker, NAME)
    assert course.labels == tuple(f"{NAME} #{number}" for number in waves)
    for number, cells in zip(waves, course.cells, strict=True):
        for question, cell in cells.items():
            if not cell.withheld:
                told.add(question, WHOLE, [number])
    compared = survey_benchmarks.compare(services, asker, NAME)
    assert compared.verdict is not None
    told.add("score", WHOLE, waves[-1:])
    for made in (pulse_courses.trend(course), pulse_courses.compared(compared)):
        assert named(made) == set()
    return told


def _of_files(services: Services, asker: Asker, number: int, told: Told) -> None:
    content = survey_export.export(services, asker, NAME, "json", number=str(number)).content
    rows = [row for row in json.loads(content)["figures"] if row["figure"] != "withheld"]
    for row in rows:
        told.add(row["question"], row["group"], [number])
        if not row["figure"].startswith("change"):  # which is told by what the asker may see of the waves before
            told.figures.setdefault(number, set()).add(tuple(map(str, row.values())))
    found = survey_results.results(services, asker, NAME, str(number))
    for row in rows:
        if row["figure"] == "change":
            made = found.trend(row["question"], row["group"])
            assert made is not None
            assert made.change is not None
            before = _pooled(told, row["question"], row["group"], number, made.change.n_before)
            told.add(row["question"], row["group"], before)


def _pooled(told: Told, question: str, group: str, number: int, n: int) -> Sequence[int]:
    """The waves before with which a change was found: all that told of the group themselves, and none that did not."""
    known = [w for w in told.figures if number - WAVES_BEFORE <= w < number and group in told.groups(question, w)]
    assert n == sum(len(members(question, [(w, group)])) for w in known)
    return known


def _of_messages(services: Services, asker: Asker, number: int, told: Told) -> None:
    found = survey_results.results(services, asker, NAME, str(number))
    known = {group for question in told.of for group in told.groups(question, number)}
    assert named(pulse_results.results(found, None)) <= {group.partition("=")[2] for group in known}
    for cut in CUTS:
        made = pulse_results.heatmap(found, cut)
        for table in made.parts:
            if isinstance(table, Table):
                for question, group in _cells(table, cut):
                    if question:
                        told.add(question, group, [number])
                    else:
                        assert group in known


def _cells(table: Table, cut: str) -> Iterator[tuple[str, str]]:
    """The question, or none where it is of several, and the group of each cell of a table of groups that is not withheld."""
    titles = {"Answered": "response", "Engagement": "score", MOSTLY_SEEN: ""}
    titles |= {words: question for question, words in QUESTIONS.items()}
    for title, *cells in table.rows:
        question = next(q for words, q in titles.items() if str(title).startswith(words))
        for column, cell in zip(table.columns[1:], cells, strict=True):
            if str(cell) not in ("", HIDDEN):
                yield question, WHOLE if column == "All" else f"{cut}={column}"


def named(message: Message) -> set[str]:
    """The groups that a message names."""
    words = "\n".join([message.summary, *map(plain, message.parts)])
    return {each for each in ("Amber", "Birch", "Cedar", "North", "South") if each in words}


def is_in(groups: tuple[str, str], group: str) -> bool:
    return group == WHOLE or group in [f"{cut}={value}" for cut, value in zip(CUTS, groups, strict=True)]


def members(question: str, cells: Iterable[Cell], *, asked: bool = False) -> frozenset[tuple[int, str]]:
    """The people of groups in waves who answered a question, or were asked it: whoever was in two waves is there twice."""
    return frozenset(
        (wave, user)
        for wave, group in cells
        for user, groups in WAVES[wave - 1].items()
        if is_in(groups, group) and (asked or answered(question, wave, user))
    )


def answered(question: str, wave: int, user: str) -> bool:
    given = answers(WAVES[wave - 1], wave).get(user)
    return given is not None and (question in ("response", "score") or question in given)


def leaks(told: Told, viewers: frozenset[str]) -> Iterator[str]:
    """Everything about too few people of any wave that follows from all that was told of all waves together."""
    for question in ("response", *QUESTIONS):
        spoken = told.of.get(question, set()) | (told.of.get("score", set()) if question in INDEX else set())
        for asked in (False, True):
            sets = [ids(members(question, cells, asked=asked)) for cells in spoken]
            atoms: dict[object, set[str]] = {}
            for wave, (t, s) in product(told.figures, sorted(set(FIRST.values()))):
                cell = {u for w, u in members(question, [(wave, f"team={t}")], asked=asked) if WAVES[w - 1][u] == (t, s)}
                atoms[wave, t, s] = {f"{wave} {u}" for u in cell}
            seen = frozenset[str]() if asked else ids((w, u) for w in told.figures for u in viewers)
            if small := derived(sets, {a: frozenset(m) for a, m in atoms.items()}, K, seen):
                yield f"{'how many of' if asked else 'what'} {sorted(small)} answered: {question}"


def ids(people: Iterable[tuple[int, str]]) -> frozenset[str]:
    return frozenset(f"{wave} {user}" for wave, user in people)


@pytest.fixture
def world(services: Services) -> World:
    made = world_in(services)
    surveys.save(made.services, Asker("U0ADMIN", admin=True), OF_A_KPI)
    return made


def test_nothing_of_too_few_follows_from_all_that_is_said_of_waves_that_differ_by_one(world: World) -> None:
    """And nothing of an earlier wave is told later that was not told at first, whoever looks."""
    first: dict[int, set[tuple[str, ...]]] = {}
    for number in range(1, len(WAVES) + 1):
        play(world, number)
        told = heard(world.services, ASKED, range(1, number + 1))
        assert list(leaks(told, SEEING)) == []
        first.setdefault(number, told.figures[number])
        assert told.figures == first, "as at first"
        assert heard(world.services, OWNER, range(1, number + 1)) == told
    shown = [told.groups("goals", number) >= {"team=Birch", "team=Cedar"} for number in range(1, len(WAVES) + 1)]
    assert shown == [True, False, True], "with four in Cedar, it would follow from Birch"
    assert any(len(cells) > 1 for cells in told.of["goals"]), "changes are from several waves"
    late = heard(world.services, LATE, [len(WAVES)])
    assert {wave for spoken in late.of.values() for cells in spoken for wave, _ in cells} == {len(WAVES)}
    assert late.figures[len(WAVES)] == first[len(WAVES)]
    for number in range(1, len(WAVES)):
        with pytest.raises(NotAllowed):
            survey_results.results(world.services, LATE, NAME, str(number))
    for window in ([2], [1, 2], [1, 2, 3]):
        more = deepcopy(told)
        more.add("goals", "team=Cedar", window)
        assert list(leaks(more, SEEING)) != [], "a window with a wave in which the group is withheld would tell of four"
