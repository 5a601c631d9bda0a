from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from bot.domain.errors import Conflict
from bot.domain.observations import Decision, Observation, Outcome, State
from storage import Database, observations
from storage.observations import Taken
from tests.storage.observing import FIRST, observed, week


def add(db: Database, new: Observation, key: str = "") -> Observation:
    with db.begin() as connection:
        return observations.insert(connection, new, key).observation


def recent(db: Database, points: int = 60, as_of: datetime | None = None, name: str = "mttr") -> list[Observation]:
    with db.read() as connection:
        return observations.recent(connection, [name], points, as_of=as_of).get(name, [])


def test_an_observation_comes_back_as_it_went_in(db: Database) -> None:
    made = add(db, observed("12.3400", model="fraud-v7"))
    with db.read() as connection:
        back = observations.get(connection, made.id)
    assert back == made
    assert back is not None
    assert str(back.value) == "12.3400"
    assert str(back.inputs["hours"][0]) == "4.50"  # type: ignore[index]
    assert back.figures["median"] is None


def test_no_value_is_kept_as_none_and_not_as_zero(db: Database) -> None:
    add(db, observed(None))
    assert [o.value for o in recent(db)] == [None]


def test_the_same_key_and_content_gives_the_row_that_exists(db: Database) -> None:
    first = add(db, observed(), "K1")
    with db.begin() as connection:
        again = observations.insert(connection, observed("20.0", recorded_at=FIRST + timedelta(days=1)), "K1")
    assert again == (first, False)
    assert len(recent(db)) == 1


def test_the_same_key_with_other_content_is_refused(db: Database) -> None:
    first = add(db, observed(), "K1")
    with pytest.raises(Taken) as refused:
        add(db, observed("21", week(1)), "K1")
    assert (refused.value.by, refused.value.existing) == ("key", first)
    assert len(recent(db)) == 1


def test_a_period_has_one_first_figure_per_segment(db: Database) -> None:
    add(db, observed())
    add(db, observed(model="fraud-v7"))
    with pytest.raises(Taken) as refused:
        add(db, observed("30"))
    assert refused.value.by == "period"
    assert refused.value.existing.value == 20


def test_a_correction_takes_the_place_and_both_are_kept(db: Database) -> None:
    first = add(db, observed())
    second = add(db, observed("26", supersedes=first.id))
    assert recent(db) == [second]
    with db.read() as connection:
        assert observations.chain(connection, second) == [first, second]
        assert observations.recorded(connection, "mttr", {}) == [second, first]


def test_a_second_correction_of_the_same_figure_is_refused(db: Database) -> None:
    first = add(db, observed())
    second = add(db, observed("26", supersedes=first.id, actor="U0BEA"))
    with pytest.raises(Taken) as refused:
        add(db, observed("27", supersedes=first.id))
    assert (refused.value.by, refused.value.existing) == ("correction", second)


def test_of_two_people_correcting_at_once_one_wins(db: Database) -> None:
    first = add(db, observed())
    ready, outcomes = Barrier(2), []

    def correct(value: str, actor: str) -> None:
        ready.wait()
        try:
            outcomes.append(add(db, observed(value, supersedes=first.id, actor=actor)))
        except Taken as taken:
            outcomes.append(taken)

    threads = [Thread(target=correct, args=pair) for pair in (("26", "U0ANA"), ("27", "U0BEA"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [o for o in outcomes if isinstance(o, Observation)]
    lost = [o for o in outcomes if isinstance(o, Taken)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].existing == won[0]
    assert recent(db) == won


def test_two_people_may_start_the_same_series_at_once(db: Database) -> None:
    ready, made = Barrier(4), []

    def start(number: int) -> None:
        ready.wait()
        made.append(add(db, observed("1", week(number), team="new")))

    threads = [Thread(target=start, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as connection:
        assert observations.segments(connection, "mttr") == [{"team": "new"}]
        assert len(observations.recent(connection, ["mttr"], 9, dimensions={"team": "new"})["mttr"]) == 4


def test_provisional_values_wait_until_somebody_decides(db: Database) -> None:
    made = add(db, observed(state="provisional"))
    with db.begin() as connection:
        assert observations.waiting(connection, ["mttr"]) == [made]
        decision = Decision("approved", "U0BEA", FIRST + timedelta(hours=1), "checked")
        assert observations.decide(connection, made.id, decision)
        assert not observations.decide(connection, made.id, replace(decision, outcome="rejected"))
        assert observations.decisions_on(connection, [made.id]) == {made.id: decision}
        assert observations.waiting(connection, ["mttr"]) == []
    assert [o.state for o in recent(db)] == ["approved"]
    assert [o.state for o in recent(db, as_of=FIRST)] == ["provisional"]


def test_a_rejected_correction_leaves_the_earlier_figure_in_force(db: Database) -> None:
    first = add(db, observed())
    second = add(db, observed("26", supersedes=first.id, state="provisional"))
    with db.begin() as connection:
        observations.decide(connection, second.id, Decision("rejected", "U0BEA", FIRST, "no"))
    assert recent(db) == [first]
    third = add(db, observed("27", supersedes=second.id))
    assert recent(db) == [third]


def test_a_correction_that_waits_leaves_the_approved_figure_in_force(db: Database) -> None:
    first = add(db, observed())
    waiting = add(db, observed("26", supersedes=first.id, state="provisional"))
    assert recent(db) == [first]
    with db.begin() as connection:
        observations.decide(connection, waiting.id, Decision("approved", "U0BEA", FIRST))
    assert [o.value for o in recent(db)] == [26]


def test_the_latest_periods_are_counted_without_their_corrections(db: Database) -> None:
    for number in range(5):
        last = add(db, observed(str(number), week(number)))
        for _ in range(3):
            last = add(db, observed(str(number + 100), week(number), supersedes=last.id))
    assert [o.value for o in recent(db, points=3)] == [102, 103, 104]
    with db.read() as connection:
        since = observations.recent(connection, ["mttr"], 3, since=week(3).start)["mttr"]
        until = observations.recent(connection, ["mttr"], 2, until=week(3).start)["mttr"]
        first = observations.earliest(connection, ["mttr"], 2)["mttr"]
    assert [o.value for o in first] == [100, 101]
    assert [o.value for o in since] == [103, 104]
    assert [o.value for o in until] == [101, 102]


def test_many_kpis_take_one_query(db: Database) -> None:
    with db.begin() as connection:
        rows = [(observed(str(w), week(w), kpi=f"kpi-{k}"), "") for k in range(120) for w in range(4)]
        observations.insert_all(connection, rows)
    statements: list[str] = []
    event.listen(db.reader, "before_cursor_execute", lambda *a: statements.append(a[2]))
    with db.read() as connection:
        statements.clear()
        found = observations.recent(connection, [f"kpi-{k}" for k in range(120)], 2)
        assert len(statements) == 1
    assert len(found) == 120
    assert all([o.value for o in rows] == [2, 3] for rows in found.values())


def test_everything_of_all_segments(db: Database) -> None:
    a = add(db, observed("1", model="a"))
    b = add(db, observed("2", week(1), model="b"))
    corrected = add(db, observed("3", model="a", supersedes=a.id))
    whole = add(db, observed("4"))
    with db.read() as connection:
        found = {repr(rows[0].dimensions): rows for rows in observations.by_segment(connection, "mttr")}
    assert found == {repr({"model": "a"}): [a, corrected], repr({"model": "b"}): [b], "{}": [whole]}


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["value", "provisional", "approved", "rejected"]), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)


@given(steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_known_on_a_day_never_changes(db: Database, todo: list[tuple[int, str, int]]) -> None:
    """Whatever is appended later: every earlier moment reads as it did then."""
    kpi = uuid4().hex
    seen: dict[datetime, list[Observation]] = {}
    for number, (period, act, value) in enumerate(todo):
        now = FIRST + timedelta(minutes=number)
        _append(db, observed(str(value), week(period), kpi=kpi, recorded_at=now), act)
        seen[now] = recent(db, as_of=now, name=kpi)
        assert seen[now] == recent(db, name=kpi)
        for moment, then in seen.items():
            assert recent(db, as_of=moment, name=kpi) == then


def _append(db: Database, new: Observation, act: str) -> None:
    with db.begin() as connection:
        recorded = observations.in_period(connection, new.kpi, {}, new.period)
        last = recorded[-1] if recorded else None
        if act in ("approved", "rejected"):
            if last and last.state == "provisional":
                outcome: Outcome = "approved" if act == "approved" else "rejected"
                observations.decide(connection, last.id, Decision(outcome, "U0BEA", new.recorded_at))
            return
        state: State = "provisional" if act == "provisional" else "approved"
        observations.insert(connection, replace(new, state=state, supersedes=last.id if last else None))


def test_many_at_once_are_added_all_or_none(db: Database) -> None:
    add(db, observed("1", week(3)))
    with pytest.raises(Conflict, match="meanwhile"), db.begin() as connection:
        observations.insert_all(connection, [(observed("9", week(n)), "") for n in range(5)])
    assert len(recent(db)) == 1


def test_exact_decimals_survive(db: Database) -> None:
    values = ["0", "0.1", "1E-40", "99999999999999999999.99", "-0.000000000000000000000000001", "1234567890123456789012345678"]
    for number, value in enumerate(values):
        add(db, observed(value, week(number)))
    assert [o.value for o in recent(db)] == [Decimal(v) for v in values]
