"""Digests as they stand, and their runs: each due time one run, whoever fires it."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from bot.domain.digest_answers import Run, RunState
from storage import dialects
from storage.tables import digest, digest_run


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest with its YAML. Everything due up to `last_due` has been dealt with."""

    name: str
    source: str
    version: int
    file: str
    target: str
    owner: str
    paused: bool
    last_due: datetime
    changed_at: datetime
    changed_by: str


def everything(connection: Connection) -> list[StoredDigest]:
    """All digests by name."""
    return [StoredDigest(**row) for row in connection.execute(select(digest).order_by(digest.c.name)).mappings()]


def get(connection: Connection, name: str, *, lock: bool = False) -> StoredDigest | None:
    """A digest; with `lock`, nobody else may change it until this transaction ends."""
    query = select(digest).where(digest.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return StoredDigest(**row) if row else None


def save(connection: Connection, stored: StoredDigest) -> None:
    """Add a digest, or put this one in the place of the one with its name."""
    values = dataclasses.asdict(stored)
    statement = dialects.insert(connection, digest).values(**values)
    changed = {name: value for name, value in values.items() if name != "name"}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))


def change(connection: Connection, name: str, **values: Any) -> None:
    """Set columns of a digest."""
    connection.execute(update(digest).where(digest.c.name == name).values(**values))


def add_run(connection: Connection, run: Run) -> bool:
    """Write a run down. False: there is one with this id, and nothing was written."""
    return dialects.add(connection, digest_run, **dataclasses.asdict(run))


def run(connection: Connection, run_id: str, *, lock: bool = False) -> Run | None:
    """A run; with `lock`, nobody else may change it until this transaction ends."""
    query = select(digest_run).where(digest_run.c.id == run_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return Run(**row) if row else None


def runs(connection: Connection, names: Iterable[str], limit: int = 20, since: datetime | None = None) -> list[Run]:
    """The latest runs of some digests, the newest first; with `since`, those due from then on."""
    query = select(digest_run).where(digest_run.c.digest.in_(list(names)))
    if since:
        query = query.where(digest_run.c.due_at >= since)
    query = query.order_by(digest_run.c.due_at.desc(), digest_run.c.fired_at.desc(), digest_run.c.id).limit(limit)
    return [Run(**row) for row in connection.execute(query).mappings()]


def last_built(connection: Connection, name: str, target: str, before: datetime) -> Run | None:
    """The latest run of a digest that was written for a place before a moment."""
    query = select(digest_run).where(digest_run.c.digest == name, digest_run.c.target == target)
    query = query.where(digest_run.c.state == "built", digest_run.c.fired_at < before)
    row = connection.execute(query.order_by(digest_run.c.fired_at.desc()).limit(1)).mappings().one_or_none()
    return Run(**row) if row else None


def claim(connection: Connection, run_id: str, at: datetime, until: datetime) -> bool:
    """Take a run to write it, until `until`. False: it is done, or somebody else holds it."""
    free = or_(digest_run.c.lease_until.is_(None), digest_run.c.lease_until < at)
    open_ = digest_run.c.state.in_(("queued", "building"))
    taken = update(digest_run).where(and_(digest_run.c.id == run_id, open_, free))
    taken = taken.values(state="building", lease_until=until, tries=digest_run.c.tries + 1)
    return connection.execute(taken).rowcount == 1


def leave(connection: Connection, run_id: str, at: datetime) -> None:
    """Hold a run no longer: the next sweep of a process with workers takes it up."""
    connection.execute(update(digest_run).where(digest_run.c.id == run_id).values(lease_until=at))


def settle(connection: Connection, run_id: str, state: RunState, reason: str = "") -> bool:
    """Say what became of a run that is being written. False: somebody said so before."""
    open_ = digest_run.c.state.in_(("queued", "building"))
    done = update(digest_run).where(digest_run.c.id == run_id, open_).values(state=state, reason=reason, lease_until=None)
    return connection.execute(done).rowcount == 1


def latest_runs(connection: Connection) -> dict[str, Run]:
    """The latest run of each digest, by its name."""
    latest = select(digest_run.c.digest, func.max(digest_run.c.fired_at).label("at")).group_by(digest_run.c.digest).subquery()
    same = and_(digest_run.c.digest == latest.c.digest, digest_run.c.fired_at == latest.c.at)
    query = select(digest_run).join(latest, same).order_by(digest_run.c.due_at, digest_run.c.id)
    return {row["digest"]: Run(**row) for row in connection.execute(query).mappings()}
