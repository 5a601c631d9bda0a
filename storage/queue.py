"""The durable queue: what a transaction puts in is run after it by any process that works. The only place that knows dbos."""

import fcntl
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import BarometerError, Unavailable
from storage import Database, postgresql_arguments

if TYPE_CHECKING:
    from dbos import DBOSClient

NAME, SCHEMA, QUEUE, WORKFLOW = "barometer", "barometer_queue", "jobs", "job"
_TABLE = "workflow_status"
VERSION = "1"
"""Constant: the engine runs only what its own version put in, and a new release must finish the work of the former."""
POLL_SECONDS = 0.25
WORKERS = 16
"""Jobs at a time in one process. With twice as many, what was late after a restart came to Slack in bursts that it refused."""
SQLITE_BUSY_MS = 30_000

Job = Callable[[str], None]
log = logging.getLogger(__name__)
_joined: "WeakKeyDictionary[Engine, Queue]" = WeakKeyDictionary()
_jobs: dict[str, Job] = {}


class AlreadyRunning(BarometerError):
    """Another Barometer{process} already works on {file}. Stop that one first, or use PostgreSQL to run several."""


class NotHeld(BarometerError):
    """Barometer cannot write {file} ({why}). Let its user write to that file and its folder."""


@dataclass(eq=False)
class Queue:
    """A process's share in the queue of a database: it may put jobs in, and if it has workers, it runs them.

    `made`: the tables of the queue are known to be there.
    """

    engine: Engine
    client: "DBOSClient"
    database: Database
    works: bool
    made: bool = False

    def stop(self, seconds: int = 10) -> None:
        """Take no more jobs, and give running ones `seconds` to end. What is left is run after the next start."""
        from dbos import DBOS

        _joined.pop(self.database.engine, None)
        if self.works:
            DBOS.destroy(workflow_completion_timeout_sec=seconds)
            _jobs.clear()
        self.client.destroy()
        self.engine.dispose()


@dataclass
class Hold:
    """That this process alone works on a SQLite file. The system gives it back when the process ends, however it ends."""

    file: TextIO | None

    def release(self) -> None:
        """Let another process work on it."""
        if self.file is not None:
            self.file.close()


def hold(database: Database) -> Hold:
    """Make sure that no other process works on this SQLite file. PostgreSQL may have any number.

    :raises AlreadyRunning: another process works on it.
    :raises NotHeld: the file beside it that says so cannot be written.
    """
    path = database.engine.url.database
    if not database.is_sqlite or not path or path == ":memory:":
        return Hold(None)
    beside = f"{path}.lock.pid"
    try:
        file = open(beside, "a+")  # noqa: SIM115, PTH123 - open for as long as it is held
    except OSError as error:
        raise NotHeld(file=beside, why=error.strerror) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with file:
            file.seek(0)
            number = file.read(20).strip()
        raise AlreadyRunning(file=path, process=f" (process {number})" if number else "") from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return Hold(file)


def start(database: Database, jobs: Mapping[str, Job], workers: int = WORKERS) -> Queue:
    """Run `jobs` in this process, and let `enqueue` put them in. Hold the database first.

    :raises Unavailable: the database cannot be reached.
    """
    from dbos import DBOS

    engine = _engine(database)
    _jobs.update(jobs)
    try:
        _launch(engine, workers)
    except SQLAlchemyError as error:
        DBOS.destroy()
        engine.dispose()
        raise Unavailable from error
    queue = _joined[database.engine] = Queue(engine, _client(engine), database, works=True, made=True)
    return queue


def forget(database: Database, before: datetime, batch: int = 500) -> int:
    """Delete up to `batch` jobs put in before `before`, ended or left by a dead process; say how many."""
    queue = _joined[database.engine]
    found = queue.client.list_workflows(
        end_time=before.isoformat(),
        status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "PENDING"],
        limit=batch,
        load_input=False,
        load_output=False,
    )
    if found:
        queue.client.delete_workflows([each.workflow_id for each in found])
    return len(found)


def waiting(database: Database, at_most: int) -> int:
    """How many jobs could run now and wait for a worker, counted up to `at_most`."""
    queue = _joined.get(database.engine)
    if queue is None or not queue.made:
        return 0
    found = queue.client.list_workflows(queue_name=QUEUE, status="ENQUEUED", limit=at_most, load_input=False, load_output=False)
    return len(found)


def _launch(engine: Engine, workers: int) -> None:
    from dbos import DBOS, DBOSConfig

    _workflow()
    DBOS(
        config=DBOSConfig(
            name=NAME,
            system_database_engine=engine,
            dbos_system_schema=SCHEMA,
            application_version=VERSION,
            executor_id=uuid.uuid4().hex,
            serializer=_serializer(),
            log_level="WARNING",
            enable_otlp=False,
            use_listen_notify=False,
        )
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=workers, polling_interval_sec=POLL_SECONDS, on_conflict="always_update")


def join(database: Database) -> Queue:
    """Let `enqueue` put jobs in for the workers of other processes, from when the first of them has made its tables."""
    engine = _engine(database)
    queue = _joined[database.engine] = Queue(engine, _client(engine), database, works=False)
    return queue


def enqueue(
    connection: Connection, job: str, argument: str, job_id: str, delay: timedelta | None = None, *, rank: int = 0
) -> bool:
    """Put a job in with the transaction of `connection`; the same `job_id` twice is one job.

    Of jobs that could run, those of a lower `rank` go first, and of one rank those that were put in first.

    False: this process has no share in the queue, or no worker was ever there. Then the rows of the job themselves must say
    that it is to be done, and the sweep of a process with workers puts it in.
    """
    queue = _joined.get(connection.engine)
    if queue is None or not _is_made(queue, connection):
        return False
    options: dict[str, Any] = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": job_id, "app_version": VERSION}
    if delay is not None and delay > timedelta():
        options["delay_seconds"] = delay.total_seconds()
    if rank:
        options["priority"] = rank
    queue.client.enqueue_in_transaction(connection, options, job, argument)  # type: ignore[arg-type]
    return True


def _is_made(queue: Queue, connection: Connection) -> bool:
    if not queue.made:
        schema = None if connection.dialect.name == "sqlite" else SCHEMA
        queue.made = inspect(connection).has_table(_TABLE, schema=schema)
    return queue.made


@cache
def _workflow() -> Callable[[str, str], None]:
    from dbos import DBOS

    @DBOS.workflow(name=WORKFLOW)
    def run(job: str, argument: str) -> None:
        log.debug("job %s %s", job, argument)
        _jobs[job](argument)

    return run


def _client(engine: Engine) -> "DBOSClient":
    from dbos import DBOSClient

    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        serializer=_serializer(),
        application_name=NAME,
        lazy=True,
    )


def _serializer() -> Any:
    # Ids as JSON: the default would be a pickle, which runs code for anybody who can write to the database.
    from dbos import DBOSPortableJSONSerializer

    return DBOSPortableJSONSerializer()


def _engine(database: Database) -> Engine:
    url = database.engine.url
    if not database.is_sqlite:
        return create_engine(url, pool_size=5, max_overflow=20, pool_pre_ping=True, connect_args=postgresql_arguments(url))
    engine = create_engine(url, pool_size=5, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={SQLITE_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")
