"""Silences: told when they begin and when they end, so that nobody wonders why it is quiet, or why it is loud again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incidents import read_words
from bot.domain.parts import Message
from bot.domain.people import Asker, Change
from bot.domain.rules import RULES
from bot.domain.silences import Silence, read_pattern
from bot.presenters import silences as presenter
from bot.services import Services, definitions, deliveries
from bot.services.alerts import read_until
from storage import Connection, alerts, audit, silences

LONGEST = timedelta(days=90)


def silence(services: Services, asker: Asker, rule: str, fields: Mapping[str, str]) -> Silence:
    """Tell nobody of some alerts. `fields`: for or until, reason, and dimensions of the KPI by name.

    :raises InvalidInput: something cannot be read, is missing, or no KPI has that name.
    """
    given = dict(fields)
    now, reason = services.now(), read_words(given.pop("reason", ""))
    until = read_until(given.pop("for", "") or given.pop("until", ""), now, asker.timezone, LONGEST)
    if not reason:
        raise InvalidInput('Say why, as in reason="load test": others will want to know.')
    pattern = read_pattern(rule)
    with services.db.begin() as connection:
        _check(services, connection, asker, pattern)
        channel = services.settings.alert_channel
        made = silences.add(connection, Silence(0, pattern, given, reason, asker.user_id, channel, now, until))
        audit.write(connection, now, Change(asker.user_id, "alert.silence", made.name, None, {"rule": pattern}, reason))
        _begin(services, connection, made)
    return made


def unsilence(services: Services, asker: Asker, number: int) -> Silence:
    """End a silence before its time.

    :raises InvalidInput: there is none of that number.
    :raises Conflict: it is over already.
    """
    with services.db.begin() as connection:
        found = silences.lock(connection, number)
        if found is None:
            raise InvalidInput(f"There is no SILENCE-{number}; /alert silences lists those that hold.")
        if found.over:
            raise Conflict(f"{found.name} is over already.")
        now = services.now()
        audit.write(connection, now, Change(asker.user_id, "alert.unsilence", found.name))
        silences.change(connection, number, ends_at=now)
        _end(services, connection, found, asker.user_id)
    return found


def listing(services: Services) -> list[Silence]:
    """The silences that hold, or will, in the order of their ends."""
    with services.db.read() as connection:
        return silences.unfinished(connection)


def turn(services: Services) -> datetime | None:
    """End what is over, and tell it; when the next one ends."""
    now = services.now()
    with services.db.read() as connection:
        due = [each.id for each in silences.unfinished(connection) if each.ends_at <= now]
    for number in due:
        with services.db.begin() as connection:
            found = silences.lock(connection, number)
            if found is not None and not found.over and found.ends_at <= now:
                _end(services, connection, found, "")
    with services.db.read() as connection:
        return silences.next_due(connection)


def _check(services: Services, connection: Connection, asker: Asker, pattern: str) -> None:
    kpi, _, rule = pattern.partition("/")
    if "*" not in kpi and kpi not in alerts.outside_rules(connection):
        definitions.named(services, connection, asker, kpi)
    if rule and "*" not in rule and rule not in RULES:
        raise InvalidInput(f"There is no rule “{rule[:30]}”; there are {', '.join(RULES)}.")


def _begin(services: Services, connection: Connection, made: Silence) -> None:
    silences.change(connection, made.id, begun=True)
    covered = [one for one in alerts.open_ones(connection) if made.covers(one)]
    alerts.wake_some(connection, [one.id for one in covered], services.now())
    _say(services, connection, made, presenter.begun(made, len(covered), services.settings.timezone), "begun")


def _end(services: Services, connection: Connection, found: Silence, by: str) -> None:
    silences.change(connection, found.id, over=True)
    held = [one for one in alerts.open_ones(connection) if one.held == found.name]
    alerts.wake(connection, services.now(), held_by=found.name)
    _say(services, connection, found, presenter.over(found, by, len(held)), "over")


def _say(services: Services, connection: Connection, one: Silence, message: Message, what: str) -> None:
    """Told where alerts are told, and to who asked for it, in the order in which they happen."""
    for target in dict.fromkeys([one.channel or one.by]):
        deliveries.post(
            services,
            connection,
            key=f"silence:{one.name}:{what}:{target}",
            kind="notice",
            target=target,
            message=message,
            subject=one.name,
        )
