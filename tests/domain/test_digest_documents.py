"""Digests as files: what is read, what is refused, and that what is written reads the same."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.catalogue
from bot.domain.digest_documents import is_digest_file, parse_digests, to_yaml
from bot.domain.digests import (
    AUDIENCES,
    COMPARISONS,
    GRAINS,
    SECTIONS,
    SKIPS,
    DigestDefinition,
    Selection,
    audience_asker,
    may_direct,
    span_words,
)
from bot.domain.documents import DefinitionErrors
from bot.domain.kpis import Category, Direction, Grain, Kpi, Unit
from bot.domain.people import ROLES, Asker
from bot.domain.schedules import WEEKDAYS, Schedule

SHIPPED = Path(bot.catalogue.__path__[0]) / "digests" / "shipped.yaml"

GOOD = """
apiVersion: barometer/v1
kind: DigestSet
digests:
  - name: team-weekly
    audience: product
    target: C0TEAM
    owner: U0OWNER
    schedule: {every: weekly, on: [monday], at: 08:30, timezone: Asia/Kolkata}
    kpis: {names: [mttr, mttd], owner: sre}
    charts: [mttr]
    skip_if: nothing_to_report
    top: 5
"""


def test_a_file_says_everything_or_leaves_it_to_good_defaults() -> None:
    (found,) = parse_digests(GOOD, "team.yaml")
    assert found.title == "Team weekly"
    assert found.schedule == Schedule("weekly", 8, 30, "Asia/Kolkata", on=("monday",))
    assert (found.cadence, found.grain, found.deadline) == ("weekly", Grain.WEEK, timedelta(days=3))
    assert found.kpis == Selection(names=("mttr", "mttd"), owners=("sre",))
    assert (found.charts, found.skip_if, found.sections) == (("mttr",), {"nothing_to_report"}, SECTIONS)
    assert (found.file, found.line) == ("team.yaml", 5)
    assert is_digest_file(GOOD)


def test_the_shipped_digests_follow_the_cadences_of_the_framework() -> None:
    found = {d.name: d for d in parse_digests(SHIPPED.read_text(), zone="Europe/Oslo")}
    assert {name: (d.audience, d.cadence, d.schedule.words) for name, d in found.items()} == {
        "ops-daily": ("ops", "daily", "every working day (Monday to Friday) at 09:00 Europe/Oslo"),
        "product-weekly": ("product", "weekly", "every Monday at 09:00 Europe/Oslo"),
        "executive-monthly": ("executive", "monthly", "on day 3 of every month at 09:00 Europe/Oslo"),
        "executive-quarterly": (
            "executive",
            "quarterly",
            "on day 5 of the first month of every quarter at 09:00 Europe/Oslo",
        ),
    }
    assert all(d.target == "" for d in found.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "audience: product",
            "audience: produkt",
            "team.yaml:6: digests[0].audience: “produkt” is not known; did you mean product?",
        ),
        ("target: C0TEAM", "target: '#team'", "team.yaml:7: digests[0].target: “#team” cannot be it; give the id of a channel"),
        ("on: [monday]", "on: [1]", "team.yaml:9: digests[0].schedule: “1” is no weekday; name it, such as monday."),
        (
            "Asia/Kolkata",
            "Asia/Kolkatta",
            "digests[0].schedule: “Asia/Kolkatta” is no IANA time zone; did you mean Asia/Kolkata",
        ),
        ("at: 08:30", "at: 25:30", "digests[0].schedule: “25:30” is no time of day"),
        ("owner: sre", "owner: srre", "team.yaml:10: digests[0].kpis.owner: “srre” is not known; did you mean sre?"),
        ("names: [mttr, mttd]", "names: [MTTR]", "team.yaml:10: digests[0].kpis.names: “MTTR” is no name of a KPI"),
        ("names: [mttr, mttd]", "categories: [risk]", "KPIs cannot be picked by it; use all, category, names or owner."),
        ("kpis: {", "kpi: {", "digests[0].kpi: a digest has no such field; did you mean kpis?"),
        ("charts: [mttr]", "charts: [a, b, c]", "team.yaml:11: digests[0].charts: these cannot be drawn; write auto"),
        ("skip_if: nothing", "skip_if: no", "team.yaml:12: digests[0].skip_if: “no_to_report” is not known"),
        (
            "top: 5",
            "top: 0",
            "team.yaml:13: digests[0].top: this is no number of KPIs to point out; write a whole number from 1",
        ),
        ("top: 5", "top: 2.5", "this is no number of KPIs"),
        (
            "top: 5",
            "deadline: soon",
            "team.yaml:13: digests[0].deadline: “soon” is no span of time; write minutes, hours or days",
        ),
        ("name: team-weekly", "name: Team Weekly", "team.yaml:5: digests[0].name: “Team Weekly” cannot be it; use lower-case"),
        ("kind: DigestSet", "kind: Digest", "kind: it is missing or another; write kind: DigestSet."),
        ("    top: 5", "    top: 5\n  - just words", "team.yaml:14: digests[1]: this is no digest"),
        ("digests:", "digest:", "digests: there are none; list at least one digest."),
    ],
)
def test_every_problem_names_file_line_field_and_the_mend(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(DefinitionErrors) as caught:
        parse_digests(GOOD.replace(old, new), "team.yaml")
    assert said in caught.value.text


def test_all_problems_are_told_at_once() -> None:
    bad = GOOD.replace("product", "x").replace("top: 5", "top: 99").replace("08:30", "8").replace("[mttr]", "[a, b, c]")
    with pytest.raises(DefinitionErrors) as caught:
        parse_digests(bad)
    assert len(caught.value.problems) == 4


def test_one_name_stands_for_one_digest() -> None:
    entry = GOOD[GOOD.index("  - name") :]
    with pytest.raises(DefinitionErrors, match="it stands on line 5 already; give it another name"):
        parse_digests(GOOD + entry)


SCHEDULES = st.one_of(
    st.builds(Schedule, st.sampled_from(["daily", "weekdays"]), st.integers(0, 23), st.integers(0, 59), st.just("Europe/Oslo")),
    st.builds(
        lambda h, on: Schedule("weekly", h, 0, "Asia/Kolkata", on=tuple(on)),
        st.integers(0, 23),
        st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
    ),
    st.builds(
        lambda every, day, month: Schedule(every, 9, 0, "UTC", day=day, month=month if every == "quarterly" else 1),
        st.sampled_from(["monthly", "quarterly"]),
        st.one_of(st.integers(1, 28), st.just("last")),
        st.integers(1, 3),
    ),
)
SELECTIONS = st.one_of(
    st.just(Selection(everything=True)),
    st.builds(
        Selection,
        categories=st.lists(st.sampled_from(Category), min_size=1, unique=True).map(tuple),
        names=st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), unique=True).map(tuple),
        owners=st.lists(st.sampled_from(ROLES), unique=True).map(tuple),
    ),
)
DEFINITIONS = st.builds(
    DigestDefinition,
    name=st.from_regex(r"[a-z][a-z0-9-]{0,79}", fullmatch=True),
    title=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=120)
    .map(str.strip)
    .filter(bool),
    audience=st.sampled_from(list(AUDIENCES)),
    schedule=SCHEDULES,
    cadence=st.sampled_from(list(GRAINS)),
    kpis=SELECTIONS,
    target=st.sampled_from(["", "C0TEAM", "U0OWNER"]),
    owner=st.sampled_from(["", "U0OWNER"]),
    compare=st.lists(st.sampled_from(COMPARISONS), unique=True).map(tuple),
    top=st.integers(1, 10),
    sections=st.sets(st.sampled_from(SECTIONS)).map(lambda chosen: tuple(s for s in SECTIONS if s in chosen)),
    charts=st.one_of(st.just("auto"), st.lists(st.sampled_from(["mttr", "mttd"]), unique=True).map(tuple)),
    skip_if=st.sets(st.sampled_from(SKIPS)).map(frozenset),
    stale=st.sampled_from(["mark", "skip"]),
    deadline=st.integers(1, 60 * 24 * 60)
    .map(lambda minutes: timedelta(minutes=minutes))
    .filter(lambda d: d < timedelta(days=7)),
)


@given(DEFINITIONS)
def test_what_is_written_reads_the_same(definition: DigestDefinition) -> None:
    (again,) = parse_digests(to_yaml(definition))
    assert again.sent_to("") == DigestDefinition(
        **{
            f: getattr(definition if f not in ("file", "line", "target") else again.sent_to(""), f)
            for f in DigestDefinition.__dataclass_fields__
        }
    )
    assert again.target == definition.target


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for candidate in (text, f"apiVersion: barometer/v1\nkind: DigestSet\ndigests:\n  - {text}"):
        with pytest.raises(DefinitionErrors):
            assert not parse_digests(candidate)


@pytest.mark.parametrize(
    ("asker", "may"),
    [
        (Asker("U1"), False),
        (Asker("U1", frozenset({"sre"})), False),
        (Asker("U1", frozenset({"product_owner"})), True),
        (Asker("U0OWNER"), True),
        (Asker("U1", admin=True), True),
    ],
)
def test_who_may_direct_a_digest(asker: Asker, may: bool) -> None:
    (found,) = parse_digests(GOOD)
    assert may_direct(asker, found) is may


def test_a_digest_without_an_owner_is_not_everybodys() -> None:
    (found,) = parse_digests(GOOD.replace("owner: U0OWNER", ""))
    assert not may_direct(Asker(""), found)


def test_a_channel_sees_what_its_audience_sees() -> None:
    (found,) = parse_digests(GOOD)
    channel = audience_asker(found)
    assert channel.may_see(frozenset({"product", "executive"}))
    assert not channel.may_see(frozenset({"executive"}))
    assert not channel.admin


@pytest.mark.parametrize(
    ("selection", "picked"),
    [
        (Selection(everything=True), True),
        (Selection(categories=(Category.RISK,)), True),
        (Selection(names=("k",)), True),
        (Selection(owners=("sre",)), True),
        (Selection(categories=(Category.TEAM,), names=("x",), owners=("ops",)), False),
    ],
)
def test_a_selection_picks_by_category_name_or_owner(selection: Selection, picked: bool) -> None:
    kpi = Kpi("k", "K", Category.RISK, "", (), "x", Unit("count"), Direction.UP, (Grain.DAY,), "sre")
    assert selection.picks(kpi) is picked


@pytest.mark.parametrize(
    ("span", "words"), [(timedelta(days=3), "3d"), (timedelta(hours=36), "36h"), (timedelta(minutes=90), "90m")]
)
def test_a_span_is_written_as_it_is_read(span: timedelta, words: str) -> None:
    assert span_words(span) == words
