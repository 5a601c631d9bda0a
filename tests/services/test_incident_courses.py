"""What the measures of incidents read, against the ledgers folded one by one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.incident_answers import MEASURES, Course
from bot.domain.incident_stats import Span
from bot.domain.incidents import MOMENTS, SEVERITIES, Incident, Kind, Mark, Source, hours, targets
from bot.domain.people import SYSTEM
from bot.services.incident_stats import spans
from storage import Database, incidents

FIRST = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CRITICAL = frozenset({"fraud"})

moments = st.integers(0, 50).map(lambda n: FIRST + timedelta(minutes=n, microseconds=n))
marks = st.builds(
    Mark,
    moment=st.sampled_from(MOMENTS),
    at=st.none() | moments,
    source=st.sampled_from(get_args(Source)),
    actor=st.just("U0ANA"),
    recorded_at=moments,
)
known = st.builds(
    Incident,
    id=st.just(0),
    key=st.just("k"),
    title=st.just("Scores are 0"),
    severity=st.sampled_from(SEVERITIES),
    kind=st.sampled_from(get_args(Kind)),
    model=st.sampled_from(["", "fraud"]),
    opened_by=st.just("U0ANA"),
    opened_at=moments,
    backfilled=st.just(value=True),
)


def as_course(one: Incident) -> Course:
    arose = one.marks.get("arose")
    times = [one.at(moment) for moment in ("arose", "detected", "acknowledged", "resolved")]
    return Course(one.severity, one.kind, one.model, one.merged_into, arose.source if arose else None, *times, one.id)


def slowly(one: Incident, measure: str, as_of: datetime) -> Span | None:
    start, end = (one.at(moment) for moment in MEASURES[measure])
    if start is None or (measure == "mttd" and not one.onset_known):
        return None
    over = end is not None and end <= as_of
    if not over and not one.is_open:
        return None
    aim = targets(one.severity, critical_model=one.model in CRITICAL)
    target = {"mttd": aim.detect, "mtta": None, "mttr": aim.resolve}[measure]
    return Span(max(hours(start, end if over else as_of) or 0.0, 0.0), over, target)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(known, st.lists(marks, max_size=9), st.booleans()), max_size=5), moments)
def test_they_are_the_marks_in_force_as_known_at_any_moment(db: Database, drawn: list[Any], as_of: datetime) -> None:
    with db.engine.connect() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("BEGIN")  # as `Database.begin` does, but to be given up
        for place, (new, ledger, is_merged) in enumerate(drawn):
            number = incidents.add(connection, replace(new, key=f"k{place}"))
            assert number is not None
            incidents.change(connection, number, open_key=None, merged_into=number if is_merged else None)
            for mark in ledger:
                incidents.mark(connection, number, mark)
        found = incidents.courses(connection, SYSTEM, as_of)
        every = [
            each
            for each in incidents.everything(connection, SYSTEM, as_of=as_of)
            if each.marks.keys() - {"mitigated", "closed"}
        ]
        connection.rollback()
    assert found == [as_course(each) for each in every]
    for course, one in zip(found, every, strict=True):
        assert (course.left_out is None, course.onset_known) == (one.counts, one.onset_known)
        if one.at("closed") is None or one.at("resolved") is not None:
            assert course.is_open == one.is_open
            for measure in MEASURES:
                slow = slowly(one, measure, as_of)
                assert spans([course], measure, as_of, CRITICAL) == ([slow] if slow else [])


def test_every_moment_of_a_measure_is_in_them() -> None:
    assert {moment for pair in MEASURES.values() for moment in pair} <= set(Course._fields)
