"""Surveys that were made here, when they recur, who does not want to be asked, and what is done because of them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from bot.domain.survey_reports import Action
from storage import dialects
from storage.survey_tables import benchmark, survey, survey_action, survey_opt_out, survey_schedule, wave


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """When waves of a survey are started, and how. Everything due up to `last_due` has been dealt with.

    `open_number` and `open_until` are the wave of it that is open when this is read, or being opened, and its end.
    """

    survey: str
    schedule: str
    terms: Mapping[str, str]
    owner: str
    paused: bool
    last_due: datetime
    open_number: int | None = None
    open_until: datetime | None = None


def sources(connection: Connection) -> dict[str, str]:
    """The YAML of each survey that was made here, by name."""
    return {name: source for name, source in connection.execute(select(survey.c.name, survey.c.source))}  # noqa: C416


def makers(connection: Connection) -> dict[str, str]:
    """Who made each survey that was made here, by name."""
    return {name: by for name, by in connection.execute(select(survey.c.name, survey.c.changed_by))}  # noqa: C416


def save(connection: Connection, name: str, source: str, *, by: str, at: datetime) -> None:
    """Add a survey, or put this one in the place of the one with its name."""
    values = {"source": source, "changed_at": at, "changed_by": by}
    statement = dialects.insert(connection, survey).values(name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def hold(connection: Connection, name: str) -> None:
    """Let nobody else change a survey that was made here until this transaction ends."""
    connection.execute(select(survey.c.name).where(survey.c.name == name).with_for_update())


def add(connection: Connection, name: str, source: str, *, by: str, at: datetime) -> bool:
    """Add a survey. False: there is one of that name, which stays as it is."""
    return dialects.add(connection, survey, name=name, source=source, changed_by=by, changed_at=at)


def remove(connection: Connection, name: str) -> bool:
    """Forget a survey that was made here. False: there is none."""
    connection.execute(delete(survey_schedule).where(survey_schedule.c.survey == name))
    return connection.execute(delete(survey).where(survey.c.name == name)).rowcount == 1


def schedules(connection: Connection, *, lock: bool = False) -> list[StoredSchedule]:
    """When surveys recur, by name."""
    query = _schedules().order_by(survey_schedule.c.survey)
    found = connection.execute(query.with_for_update() if lock else query)
    return [StoredSchedule(**row) for row in found.mappings()]


def schedule_of(connection: Connection, name: str, *, lock: bool = False) -> StoredSchedule | None:
    """When a survey recurs."""
    query = _schedules().where(survey_schedule.c.survey == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return StoredSchedule(**row) if row else None


def _schedules() -> Select[Any]:
    of_wave = {"open_number": wave.c.number, "open_until": wave.c.closes_at}
    open_wave = (select(c).where(wave.c.open_key == survey_schedule.c.survey) for c in of_wave.values())
    return select(survey_schedule, *(q.scalar_subquery().label(name) for name, q in zip(of_wave, open_wave, strict=True)))


def keep_schedule(connection: Connection, stored: StoredSchedule) -> None:
    """Let a survey recur, in place of what was said of it before."""
    values = {name: value for name, value in dataclasses.asdict(stored).items() if name in survey_schedule.c}
    statement = dialects.insert(connection, survey_schedule).values(**values)
    changed = {name: value for name, value in values.items() if name != "survey"}
    connection.execute(statement.on_conflict_do_update(index_elements=["survey"], set_=changed))


def change_schedule(connection: Connection, name: str, **values: Any) -> None:
    """Set columns of a schedule."""
    connection.execute(update(survey_schedule).where(survey_schedule.c.survey == name).values(**values))


def drop_schedule(connection: Connection, name: str) -> bool:
    """Let a survey recur no more. False: it did not."""
    return connection.execute(delete(survey_schedule).where(survey_schedule.c.survey == name)).rowcount == 1


def opted_out(connection: Connection) -> frozenset[str]:
    """Who does not want to be asked."""
    return frozenset(connection.execute(select(survey_opt_out.c.user_id)).scalars())


def has_opted_out(connection: Connection, user_id: str) -> bool:
    """Whether somebody does not want to be asked."""
    query = select(survey_opt_out.c.user_id).where(survey_opt_out.c.user_id == user_id)
    return connection.execute(query).first() is not None


def opt_out(connection: Connection, user_id: str) -> bool:
    """Ask somebody no more. False: they said so before."""
    return dialects.add(connection, survey_opt_out, user_id=user_id)


def opt_in(connection: Connection, user_id: str) -> bool:
    """Ask somebody again. False: they are asked as it is."""
    return connection.execute(delete(survey_opt_out).where(survey_opt_out.c.user_id == user_id)).rowcount == 1


def add_action(connection: Connection, **values: Any) -> int:
    """Write an action down; its id."""
    found: int = connection.execute(survey_action.insert().values(**values).returning(survey_action.c.id)).scalar_one()
    return found


def actions(connection: Connection, name: str = "") -> list[Action]:
    """The actions because of a survey, or of any; the latest first."""
    columns = [survey_action.c[f.name] for f in dataclasses.fields(Action) if f.name not in ("survey", "number")]
    query = select(*columns, wave.c.survey, wave.c.number).join(wave, wave.c.id == survey_action.c.wave_id)
    if name:
        query = query.where(wave.c.survey == name)
    rows = connection.execute(query.order_by(survey_action.c.id.desc())).mappings()
    return [Action(**row) for row in rows]


def action(connection: Connection, action_id: int) -> Action | None:
    """One action."""
    return next((each for each in actions(connection) if each.id == action_id), None)


def change_action(connection: Connection, action_id: int, **values: Any) -> None:
    """Set columns of an action."""
    connection.execute(update(survey_action).where(survey_action.c.id == action_id).values(**values))


def benchmarks(connection: Connection) -> dict[str, str]:
    """The imported benchmarks as JSON, by name."""
    return {name: source for name, source in connection.execute(select(benchmark.c.name, benchmark.c.source))}  # noqa: C416


def keep_benchmark(connection: Connection, name: str, source: str, *, by: str, at: datetime) -> None:
    """Add a benchmark, or put this one in the place of the one with its name."""
    values = {"source": source, "changed_at": at, "changed_by": by}
    statement = dialects.insert(connection, benchmark).values(name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
