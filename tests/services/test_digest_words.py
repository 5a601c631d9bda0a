"""The words of a digest, as its reader gets them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.kpis import Grain, Kpi
from bot.domain.parts import Chart, Message, Table, plain
from bot.domain.people import SYSTEM, Asker
from bot.domain.periods import before, containing
from bot.presenters.digest_words import counted, listed, ordinal
from bot.services import Services, definitions, digests
from handlers.slack.blocks.render import payload, payloads
from tests.services.digest_world import NOW, last_week, record, record_days, record_weeks, settle

STEADY = ["20", "22", "18", "21", "19", "20", "23", "20", "21", "19", "20"]
MATTER = "Time to restore (31 h, past its critical limit for the 2nd week)"
SINCE = "Tue 17 Nov 2026 11:00 Europe/Oslo"
ORDINALS = [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]


@pytest.fixture
def team(services: Services, tmp_path: Path) -> Services:
    return settle(services, tmp_path, (DAYS_AND_WEEKS))


DAYS_AND_WEEKS = """
apiVersion: barometer/v1
kind: DigestSet
digests:
  - name: team-weekly
    title: Team, weekly
    audience: ops
    target: C0TEAM
    schedule: {every: weekly, on: monday, at: "09:00", timezone: Europe/Oslo}
    kpis: {names: [restore-time, success-rate, audit-findings]}
  - name: team-monthly
    audience: risk
    schedule: {every: monthly, at: "09:00", timezone: Europe/Oslo}
    kpis: {names: [restore-time, success-rate, audit-findings]}
"""


def written(message: Message) -> str:
    return "\n".join(plain(part) for part in message.parts)


def seen(team: Services, name: str = "team-weekly", asker: Asker = SYSTEM) -> Message:
    return digests.preview(team, asker, name)


def test_a_digest_reads_like_a_note(team: Services) -> None:
    record_weeks(team, "restore-time", [*STEADY, "30", "31"])
    record_days(team, "success-rate", 16)
    assert written(seen(team)).splitlines() == [
        "Team, weekly · week 47, 2026",
        f"1 of 2 KPIs needs attention: {MATTER}; 1 target met and 1 missed.",
        "Needs attention",
        "Time to restore: 31 h in week 47, 2026 (n 1); target at most 24 h: missed; +1 h (+3.3%), worse than W46.",
        "Why shown: past its critical limit (31 h is above 24 h), 2nd week running, not acknowledged. Owner: SRE.",
        "1 KPI: routine variation.",
        "[Why Time to restore?]",
        "Chart: Time to restore (h)",
        "Scorecard: model performance",
        "KPI | Trend | Value | Period | Change | Target | Verdict",
        "Success rate | ▄▄ | 95.0% | W47 | no change | ≥ 90% | ✓ met",
        "Scorecard: reliability",
        "KPI | Trend | Value | Period | Change | Target | Verdict",
        "Time to restore | ▁▃▁▂▁▁██ | 31 h | W47 | +1 h worse | ≤ 24 h | ✗ missed",
        f"2 KPIs evaluated, 0 stale, 0 deliveries, 0 failed since {SINCE}, next Mon 30 Nov 2026 09:00 Europe/Oslo.",
    ]


def test_every_figure_has_its_interval_n_and_period_in_the_thread(team: Services) -> None:
    record_days(team, "success-rate", 8)
    rows = [part.rows for reply in seen(team).thread for part in reply.parts if isinstance(part, Table)]
    assert (
        "Success rate",
        "▄",
        "95.0%",
        "95% CI 93.1 to 96.4%",
        "700",
        "week 47, 2026",
        "",
        "",
        "at least 90%",
        "✓ met",
    ) in rows[0]


def test_a_quiet_week_says_that_nothing_needs_attention(team: Services) -> None:
    record_weeks(team, "restore-time", STEADY)
    record_days(team, "success-rate", 8)
    message = seen(team)
    assert message.summary.endswith("Nothing needs attention among 2 KPIs; 2 targets met.")
    assert not any(isinstance(part, Chart) for part in message.parts)


def test_a_day_is_said_as_a_day_and_what_does_not_fit_is_in_the_thread(services: Services, tmp_path: Path) -> None:
    daily = DAYS_AND_WEEKS.replace("every: weekly, on: monday", "every: daily").replace("C0TEAM", "C0TEAM\n    top: 1")
    team = settle(services, tmp_path, daily)
    record_weeks(team, "restore-time", [*STEADY, "31"])
    day = containing(NOW, Grain.DAY)
    record(team, "success-rate", day, at=NOW, good="2", total="100")
    for n in range(20):
        day = before(day)
        record(team, "success-rate", day, good=str(93 + n * 7 % 5), total="100")
    message = digests.preview(replace(team, now=lambda: NOW + timedelta(days=1)), SYSTEM, "team-weekly")
    assert "1 more needs attention: see the thread." in written(message)
    thread = "\n".join(written(reply) for reply in message.thread)
    assert "Success rate: 2.0% on 24 Nov 2026" in thread
    assert "Why shown: unusual: usually" in thread


@pytest.mark.parametrize("when", ["at", "as_of"])
def test_a_preview_does_not_look_ahead(team: Services, when: str) -> None:
    moment = {when: NOW + timedelta(days=1)}
    with pytest.raises(InvalidInput, match="what is known now, not what will be"):
        digests.preview(team, SYSTEM, "team-weekly", **moment)
    moved = replace(team, now=lambda: NOW + timedelta(days=2))
    assert digests.preview(moved, SYSTEM, "team-weekly", **moment).summary


def test_no_data_says_no_data(team: Services) -> None:
    message = seen(team)
    assert message.summary == "Team, weekly · week 47, 2026: No data yet for any of the 2 KPIs of this digest."
    assert "No data (2): Success rate and Time to restore." in written(message)
    assert "0 h" not in written(message)


def test_no_kpis_says_so(services: Services, tmp_path: Path) -> None:
    text = DAYS_AND_WEEKS.replace("[restore-time, success-rate, audit-findings]", "[no-such-kpi]")
    assert "No KPI falls under this digest" in seen(settle(services, tmp_path, text)).summary


def test_the_period_that_still_runs_is_said_and_compared_with_nothing(team: Services) -> None:
    record_weeks(team, "restore-time", ["20", "22"])
    record(team, "restore-time", containing(NOW, Grain.WEEK), at=NOW - timedelta(hours=1), hours="5")
    message = seen(team)
    assert "22 h | W47 | +2 h worse" in written(message)
    assert "22 h; 5 h so far in week 48, 2026" in "\n".join(written(reply) for reply in message.thread)


def test_a_stale_figure_is_said_to_be_stale(team: Services) -> None:
    record(team, "restore-time", last_week(6), hours="20")
    text = written(seen(team))
    assert "nothing new since week 42, 2026" in text
    assert "Stale (1): Time to restore (latest week 42, 2026)." in text


def test_a_month_is_computed_from_the_inputs_of_its_days_and_a_longer_period_stands_for_itself(team: Services) -> None:
    day = before(containing(datetime(2026, 11, 1, tzinfo=UTC), Grain.DAY))
    while day.start >= datetime(2026, 10, 1, tzinfo=UTC):
        good = "900" if day.start.day == 1 else "10"
        record(team, "success-rate", day, good=good, total="1000" if day.start.day == 1 else "10")
        day = before(day)
    record(team, "audit-findings", before(containing(NOW, Grain.QUARTER)), major="1")
    record_weeks(team, "restore-time", ["20", "22"])
    lines = written(seen(team, "team-monthly")).splitlines()
    share = Decimal(900 + 300) / Decimal(1000 + 300)
    assert any(line.startswith(f"Success rate | ▄ | {share:.1%} | Oct |") for line in lines)
    assert any(line.startswith("Audit findings") and "| Q3 |" in line for line in lines)
    assert any(line.startswith("Time to restore") and "| W47 |" in line for line in lines)


def test_a_month_with_a_day_missing_is_not_made_up(team: Services) -> None:
    day = before(containing(datetime(2026, 11, 1, tzinfo=UTC), Grain.DAY))
    for _ in range(10):
        record(team, "success-rate", day, good="9", total="10")
        day = before(day)
    (line,) = [x for x in written(seen(team, "team-monthly")).splitlines() if x.startswith("Success rate | ")]
    assert "| 31 Oct |" in line


@pytest.mark.parametrize(
    ("asker", "there"),
    [(SYSTEM, True), (Asker("U1", frozenset({"risk"})), True), (Asker("U1", frozenset({"sre"})), False), (Asker("U1"), False)],
)
def test_a_preview_shows_only_what_its_asker_may_see(team: Services, asker: Asker, there: bool) -> None:
    record(team, "audit-findings", before(containing(NOW, Grain.QUARTER)), major="1")
    assert ("Audit findings" in written(seen(team, "team-monthly", asker))) is there
    assert "Audit findings" not in written(seen(team, "team-weekly", asker))


def test_a_preview_can_look_at_what_was_known_then(team: Services) -> None:
    (first,) = record_weeks(team, "restore-time", ["20"])
    record(team, "restore-time", first.period, at=NOW - timedelta(hours=1), supersedes=first.id, hours="26")
    early = digests.preview(team, SYSTEM, "team-weekly", as_of=NOW - timedelta(hours=2))
    assert "| 20 h |" in written(early)
    assert "| 26 h |" in written(seen(team))


@pytest.fixture
def many(team: Services, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many KPIs, in every script, all with the figures of one."""
    record_weeks(team, "restore-time", [*STEADY, "31"])
    with team.db.read() as connection:
        one = definitions.current(team, connection)["restore-time"]
    rows = [_named(one, n) for n in range(request.param)]
    monkeypatch.setattr(definitions, "current", lambda *_: {each.title: each for each in rows})
    return int(request.param)


def _named(one: Kpi, number: int) -> Kpi:
    script = ("<!channel> *x*", "工程師的平均修復時間", "متوسط وقت الإصلاح", "😀" * 30, "a" * 300)[number % 5]
    return replace(one, title=f"{script} {number}", category=list(type(one.category))[number % 6])


@pytest.mark.parametrize("many", [0, 1, 15, 16, 200, 1000], indirect=True)
def test_any_number_of_kpis_in_any_script_fits(team: Services, many: int) -> None:
    message = digests.preview(team, SYSTEM, "team-weekly")
    assert len(payloads(message)) == 1
    assert len(message.parts) < 20
    for each in (message, *message.thread):
        drawn = payload(each)
        assert 0 < len(drawn["blocks"]) <= 50
        assert drawn["text"]
    tables = [p for reply in message.thread for p in reply.parts if isinstance(p, Table) and p.columns[0] == "KPI"]
    assert sum(len(t.rows) for t in tables) == many
    assert all(len(payloads(reply)) <= 5 for reply in message.thread)
    assert len(message.thread) < 130


@pytest.mark.parametrize(("number", "said"), ORDINALS)
def test_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_lists_and_counts() -> None:
    assert [counted(n, "KPI") for n in (0, 1, 2)] == ["0 KPIs", "1 KPI", "2 KPIs"]
    assert [listed(list("abcd")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed(list("abcde"), most=2) == "a, b and 3 more"
