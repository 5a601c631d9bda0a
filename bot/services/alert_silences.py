"""Silences: told when they begin and when they end, so that nobody wonders why it is quiet, or why it is loud again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alerts import Alert
from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incidents import read_words
from bot.domain.kpis import Kpi
from bot.domain.parts import Message
from bot.domain.people import Asker, Change
from bot.domain.rules import RULES
from bot.domain.silences import Silence, read_pattern
from bot.presenters import silences as presenter
from bot.services import Services, alert_access, definitions, deliveries, people
from bot.services.alerts import read_until
from storage import Connection, alerts, audit, silences

LONGEST = timedelta(days=90)


def silence(services: Services, asker: Asker, rule: str, fields: Mapping[str, str]) -> Silence:
    """Tell nobody of some alerts. `fields`: for or until, reason, and dimensions of the KPI by name.

    :raises InvalidInput: something cannot be read, is missing, or no KPI has that name.
    """
    given = dict(fields)
    now, reason = services.now(), read_words(given.pop("reason", ""))
    length, end = given.pop("for", ""), given.pop("until", "")
    if length and end:
        raise InvalidInput("Say either for= or until=, not both.")
    until = read_until(length or end, now, asker.timezone, LONGEST)
    if not reason:
        raise InvalidInput('Say why, as in reason="load test": others will want to know.')
    pattern = read_pattern(rule)
    with services.db.begin() as connection:
        _check(services, connection, asker, pattern, given)
        new = Silence(0, pattern, given, reason, asker.user_id, "", now, until)
        channel = services.settings.alert_channel if _is_open_to_all(services, connection, new) else ""
        made = silences.add(connection, replace(new, channel=channel))
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
        if found is None or not _may_know(services, connection, asker, found):
            raise InvalidInput(f"There is no SILENCE-{number}; /alert silences lists those that hold.")
        if found.over:
            raise Conflict(f"{found.name} is over already.")
        now = services.now()
        audit.write(connection, now, Change(asker.user_id, "alert.unsilence", found.name))
        silences.change(connection, number, ends_at=now)
        _end(services, connection, found, asker.user_id)
    return found


def listing(services: Services, asker: Asker) -> list[Silence]:
    """The silences that hold, or will, in the order of their ends, without those that tell of what the asker may not see."""
    with services.db.read() as connection:
        return [each for each in silences.unfinished(connection) if _may_know(services, connection, asker, each)]


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


def _check(services: Services, connection: Connection, asker: Asker, pattern: str, dimensions: Mapping[str, str]) -> None:
    name, _, rule = pattern.partition("/")
    if rule and "*" not in rule and rule not in RULES:
        raise InvalidInput(f"There is no rule “{rule[:30]}”; there are {', '.join(RULES)}.")
    if "*" in name or name in alerts.outside_rules(connection):
        return
    kpi = definitions.named(services, connection, asker, name)
    if unknown := [each for each in dimensions if each not in kpi.dimensions]:
        known = f"it has {', '.join(kpi.dimensions)}" if kpi.dimensions else "it has none"
        raise InvalidInput(f"{kpi.name} has no dimension “{unknown[0][:30]}”; {known}.")


def _restricted(services: Services, connection: Connection, one: Silence) -> list[Kpi]:
    """The KPIs that it names and that only some roles may see."""
    known = definitions.current(services, connection).values()
    return [kpi for kpi in known if kpi.visibility and one.names(kpi.name)]


def _is_open_to_all(services: Services, connection: Connection, one: Silence) -> bool:
    """Whether everybody may read of it: it holds back nothing that only some may see."""
    maker = people.known(services, connection, one.by)
    return not any(maker.may_see(kpi.visibility, kpi.owner) for kpi in _restricted(services, connection, one))


def _may_know(services: Services, connection: Connection, asker: Asker, one: Silence) -> bool:
    if asker.user_id == one.by or _is_open_to_all(services, connection, one):
        return True
    return all(asker.may_see(kpi.visibility, kpi.owner) for kpi in _restricted(services, connection, one))


def _covered(services: Services, connection: Connection, one: Silence) -> list[Alert]:
    """What fires of what it covers."""
    maker = people.known(services, connection, one.by)
    found = [each for each in alerts.open_ones(connection) if one.covers(each)]
    return alert_access.seen(services, connection, maker, found)


def _begin(services: Services, connection: Connection, made: Silence) -> None:
    silences.change(connection, made.id, begun=True)
    covered = _covered(services, connection, made)
    alerts.wake_some(connection, [one.id for one in covered], services.now())
    _say(services, connection, made, presenter.begun(made, len(covered), services.settings.timezone), "begun")


def _end(services: Services, connection: Connection, found: Silence, by: str) -> None:
    silences.change(connection, found.id, over=True)
    now = services.now()
    held = [one for one in alerts.open_ones(connection) if one.held == found.name and one.status(now) == "firing"]
    others = [each for each in silences.unfinished(connection) if each.is_active(now)]
    loud = [one for one in held if not any(each.covers(one) for each in others)]
    alerts.wake(connection, now, held_by=found.name)
    _say(services, connection, found, presenter.over(found, by, len(loud)), "over")


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
