"""Messages that people mark with a reaction: they go into the timeline of the incident in whose thread they stand."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.domain.errands import Errand, Result
from bot.domain.incident_answers import Event
from bot.domain.incidents import LONGEST_WORDS, one_line
from bot.domain.people import Asker, Change
from bot.services import Services, errands, people
from storage import Connection, audit, incidents, outbox

KIND = "read"


def marked(services: Services, asker: Asker, channel: str, ts: str) -> None:
    """Somebody marked a message: have it read once, however many mark it, if it may belong to an incident.

    What stands where no incident is told, and what Barometer itself said, is not read at all.
    """
    with services.db.read() as connection:
        may_belong = incidents.are_told_in(connection, channel) and not outbox.stands_at(connection, channel, ts)
    if may_belong:
        with services.db.begin() as connection:
            key = f"{KIND}:{channel}:{ts}"
            errands.put(services, connection, KIND, key, asked_by=asker.user_id, channel=channel, ts=ts)


def _ask(_: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    return workspace.read(errand.details["channel"], errand.details["ts"])


def _done(services: Services, connection: Connection, errand: Errand, found: Mapping[str, str]) -> None:
    channel, ts = errand.details["channel"], errand.details["ts"]
    number = incidents.of_thread(connection, channel, found["thread"]) if found else None
    one = incidents.lock(connection, number) if number else None
    asker = people.known(services, connection, errand.asked_by)
    if one is None or not one.may_see(asker) or _is_there(connection, one.id, channel, ts):
        return
    now, place = services.now(), {"channel": channel, "ts": ts, "marked_by": asker.user_id}
    words = one_line(found["text"])[:LONGEST_WORDS] or "a message without words"
    written = datetime.fromtimestamp(float(ts), UTC)
    incidents.note(connection, one.id, Event(written, now, found["author"], "message", words, place))
    audit.write(connection, now, Change(asker.user_id, "incident.message", one.name, None, place, words))


def _is_there(connection: Connection, number: int, channel: str, ts: str) -> bool:
    known = (e.details for e in incidents.events(connection, number) if e.kind == "message")
    return any((d.get("channel"), d.get("ts")) == (channel, ts) for d in known)


ACT = errands.Act(_ask, _done, "The message that you marked is in no timeline")
