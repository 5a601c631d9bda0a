"""Runs of digests: fired when due, exactly one for each due time, and written once whatever dies on the way."""

import logging
from datetime import datetime, timedelta

from bot.domain.digest_answers import Run
from bot.domain.digests import DigestDefinition, audience_asker, deadline_of, is_person
from bot.domain.errors import BarometerError, Unavailable
from bot.domain.material import Material
from bot.domain.parts import Message, text
from bot.domain.people import Asker
from bot.domain.schedules import due_between, next_due, run_key
from bot.domain.times import show_time
from bot.services import Services, deliveries, people, sections
from bot.services.digest_files import is_template, standing
from bot.services.digest_material import gather, has_news
from storage import Connection, digests, outbox, queue
from storage.digests import StoredDigest

LATE = timedelta(minutes=10)
"""A digest written so long after its due time says that it is late."""
MOST_TRIES = 4
"""How often a run is taken up to be written before it counts as failed."""
AT_LEAST = timedelta(hours=1)
"""How long a digest that was written may take to arrive, even if its deadline is near."""
NOT_RUNNING = "Barometer was stopped or too busy"
TOO_LATE = f"{NOT_RUNNING} until its deadline had passed"

log = logging.getLogger(__name__)


def fire(services: Services) -> list[str]:
    """Begin what has become due since the watermark of each digest; the ids of the runs that are to be written now.

    Of several missed due times the latest is sent late, once, and the earlier ones are written down as skipped. Past its
    deadline it is skipped as well, and its owner and the admins are told.
    """
    now = services.now()
    with services.db.read() as connection:
        due = [d.name for d in digests.everything(connection) if not d.paused and _due(d, now)]
    fired = []
    for name in due:
        with services.db.begin() as connection:
            fired += _fire(services, connection, name, now)
    return fired


def soonest(services: Services) -> datetime | None:
    """When the next digest is due."""
    now = services.now()
    with services.db.read() as connection:
        waiting = [d for d in digests.everything(connection) if not d.paused and d.target]
    return min((next_due(standing(d).schedule, now, 1)[0] for d in waiting), default=None)


def build(services: Services, run_id: str) -> None:
    """Write a run and hand it over for delivery; once, however often and by whomever it is asked.

    :raises Unavailable: the database cannot be reached; the run is taken up again when its lease has run out.
    """
    run = _claim(services, run_id)
    if run is None:
        return
    try:
        material = _load(services, run)
        message = sections.write(material)
    except Unavailable:
        raise
    except BarometerError as error:
        _fail(services, run, f"its data could not be loaded: {error.text}")
        return
    with services.db.begin() as connection:
        held = digests.run(connection, run.id, lock=True)
        if held is None or held.state != "building":
            return
        if services.now() > deadline_of(material.definition, run.due_at):
            digests.settle(connection, run.id, "skipped", TOO_LATE)
            _tell_skipped(services, connection, material.definition, run)
            return
        if reason := _why_skip(connection, run, material):
            digests.settle(connection, run.id, "skipped", reason)
            return
        _post(services, connection, run, material, message)
        digests.settle(connection, run.id, "built")


def tell(services: Services, connection: Connection, *, key: str, owner: str, words: str, what_to_do: str) -> None:
    """Tell the owner, and the admin channel or every admin, what became of a digest and what to do; nobody in quiet hours."""
    log.warning("%s %s", words, what_to_do)
    admins = [services.settings.admin_channel] if services.settings.admin_channel else sorted(services.settings.admins)
    for person in dict.fromkeys(each for each in (owner, *admins) if each):
        message = Message(f"{words} {what_to_do}", (text(words), text(what_to_do)))
        due = deliveries.heard_at(services, connection, person)
        deliveries.post(
            services, connection, key=f"notice:{key}:{person}", kind="notice", target=person, message=message, due_at=due
        )


def readers(services: Services, definition: DigestDefinition) -> list[Asker]:
    """Who must be allowed to see a figure before the digest says it: the person it goes to, or the audience of a channel."""
    if is_person(definition.target):
        return [people.asker(services, definition.target)]
    return [audience_asker(definition)]


def enqueue(connection: Connection, run: Run) -> bool:
    """Have a run written, if this transaction is kept. False: there is such a run already."""
    if not digests.add_run(connection, run):
        return False
    if not queue.enqueue(connection, deliveries.BUILD_JOB, run.id, run.id):
        digests.leave(connection, run.id, outbox.clock(connection))
    return True


def _due(stored: StoredDigest, now: datetime) -> bool:
    return stored.last_due < now and bool(due_between(standing(stored).schedule, stored.last_due, now))


def _fire(services: Services, connection: Connection, name: str, now: datetime) -> list[str]:
    stored = digests.get(connection, name, lock=True)
    if stored is None or stored.paused:
        return []
    definition = standing(stored)
    due = due_between(definition.schedule, stored.last_due, now)
    if not due:
        return []
    digests.change(connection, name, last_due=due[-1])
    if not definition.target:
        _nowhere(services, connection, stored, definition, due[-1])
        return []
    for missed in due[:-1]:
        _skip(connection, definition, missed, now, f"{NOT_RUNNING}; the one due {_shown(definition, due[-1])} stands for it")
    return _begin(services, connection, definition, due[-1], now)


def _begin(services: Services, connection: Connection, definition: DigestDefinition, due: datetime, now: datetime) -> list[str]:
    if now > deadline_of(definition, due):
        _tell_skipped(services, connection, definition, _skip(connection, definition, due, now, TOO_LATE))
        return []
    run = Run(run_key(definition.name, definition.schedule, due), definition.name, due, now, "queued", definition.target)
    return [run.id] if enqueue(connection, run) else []


def _skip(connection: Connection, definition: DigestDefinition, due: datetime, now: datetime, reason: str) -> Run:
    key = run_key(definition.name, definition.schedule, due)
    skipped = Run(key, definition.name, due, now, "skipped", definition.target, reason=reason)
    digests.add_run(connection, skipped)
    return skipped


def _tell_skipped(services: Services, connection: Connection, definition: DigestDefinition, run: Run) -> None:
    tell(
        services,
        connection,
        key=run.id,
        owner=_owner(run, definition.owner),
        words=f"“{definition.title}”, due {_shown(definition, run.due_at)}, was not sent: {NOT_RUNNING} until it was too late.",
        what_to_do=f"Say /digest send {definition.name} if it is still wanted.",
    )


def _nowhere(
    services: Services, connection: Connection, stored: StoredDigest, definition: DigestDefinition, due: datetime
) -> None:
    if is_template(stored):
        return
    tell(
        services,
        connection,
        key=f"{definition.name}:{stored.version}:nowhere",
        owner=definition.owner,
        words=f"“{definition.title}” was due {_shown(definition, due)}, but nobody has said where it goes.",
        what_to_do=f"Say /digest schedule {definition.name} channel=ID, or pause it.",
    )


def _claim(services: Services, run_id: str) -> Run | None:
    with services.db.begin() as connection:
        at = outbox.clock(connection)
        if not digests.claim(connection, run_id, at, at + services.settings.lease):
            return None
        run = digests.run(connection, run_id)
    if run is not None and run.tries > MOST_TRIES:
        _fail(services, run, "Barometer stopped each time while it was writing it; its log says why")
        return None
    return run


def _load(services: Services, run: Run) -> Material:
    with services.db.read() as connection:
        stored = digests.get(connection, run.digest)
        if stored is None:
            raise DigestGone(name=run.digest)
        definition = standing(stored).sent_to(run.target)
        asking = readers(services, definition)
        scheduled = bool(stored.target) and not stored.paused
        late = _late(definition, run, services.now())
        return gather(services, connection, definition, asking, as_of=run.fired_at, late=late, scheduled=scheduled)


class DigestGone(BarometerError):
    """The digest “{name}” is no longer there; say /digest list to see what there is."""


def _late(definition: DigestDefinition, run: Run, now: datetime) -> str:
    if now - run.due_at <= LATE:
        return ""
    due, sent = _shown(definition, run.due_at), _shown(definition, now)
    return f"Due {due}, sent {sent} because {NOT_RUNNING}."


def _why_skip(connection: Connection, run: Run, material: Material) -> str:
    if run.asked_by:
        return ""
    definition = material.definition
    previous = digests.last_built(connection, definition.name, run.target, before=run.fired_at)
    if "no_new_data" in definition.skip_if and not has_news(material, previous):
        return "nothing was recorded since the one before"
    if "nothing_to_report" in definition.skip_if and not material.ranked.items and not material.corrections:
        return "nothing needs attention"
    if definition.stale == "skip" and material.with_data and len(material.stale) == len(material.with_data):
        return "every figure is stale"
    return ""


def _post(services: Services, connection: Connection, run: Run, material: Material, message: Message) -> None:
    now, definition = services.now(), material.definition
    deliveries.post(
        services,
        connection,
        key=run.id,
        kind="digest",
        target=run.target,
        message=message,
        subject=run.id,
        owner=_owner(run, definition.owner),
        due_at=now,
        deadline=max(deadline_of(definition, run.due_at), now + AT_LEAST),
        figures=material.published,
    )


def _fail(services: Services, run: Run, reason: str) -> None:
    with services.db.begin() as connection:
        if not digests.settle(connection, run.id, "failed", reason):
            return
        stored = digests.get(connection, run.digest)
        tell(
            services,
            connection,
            key=run.id,
            owner=_owner(run, stored.owner if stored else ""),
            words=f"The digest {run.digest} was not sent: {reason}.",
            what_to_do=f"When that is mended, say /digest send {run.digest}.",
        )


def _owner(run: Run, owner: str) -> str:
    """Whom to tell what became of a run: the person who asked for it, or the owner of the digest."""
    return run.asked_by if is_person(run.asked_by) else owner


def _shown(definition: DigestDefinition, moment: datetime) -> str:
    return show_time(moment, definition.schedule.zone)
