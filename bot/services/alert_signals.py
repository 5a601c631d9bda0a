"""What other programs say fires: the way in for webhooks. A sender's word is an alert as a rule's is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.alerts import AT_ONCE, Alert, Finding
from bot.domain.incidents import one_line
from bot.domain.kpis import Level
from bot.services import Services, alert_records
from bot.services.alert_records import Subject
from storage import Connection, alerts

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Signal:
    """What a sender says at a moment about one thing, told apart by `key` among its own.

    `at` is the sender's time of the word: one that is older than the latest is not heard. `began` is when what is bad began, as
    the sender says.
    """

    sender: str
    key: str
    title: str
    firing: bool
    at: datetime
    level: Level = "warning"
    words: str = ""
    began: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""


def receive(services: Services, said: Signal) -> Alert | None:
    """Take up what a sender says; the alert as it stands after it, None where there is none.

    The same word twice changes nothing, and a word that comes late does not undo a later one.
    """
    about = Subject(
        key=f"{said.sender}|{said.key}"[:LONGEST_KEY],
        rule=said.sender,
        title=one_line(said.title)[:200] or said.key[:200],
        dimensions=dict(said.labels),
        facts=dict(said.facts),
        channel=said.channel or services.settings.alert_channel,
    )
    words = one_line(said.words)
    if said.firing:
        found = Finding("bad", said.level, words or "it fires", said.began or said.at, bad=1, data_at=said.at)
    else:
        found = Finding("good", said.level, words or "it fires no more", good=AT_ONCE, good_since=said.at)
    with services.db.begin() as connection:
        before = alerts.latest(connection, about.key)
        if before is not None and before.heard_at is not None and said.at < before.heard_at:
            return before
        made = alert_records.heard(services, connection, about, found)
        if made is None:
            _remember(connection, about, said)
            return None
        alerts.hear(connection, made.id, said.at)
        return replace(made, heard_at=said.at)


def _remember(connection: Connection, about: Subject, said: Signal) -> None:
    """Keep that something is over of which nothing was heard before: an older word of it may still come."""
    over = Alert(0, about.key, about.rule, "", about.dimensions, about.title, said.level, "resolved", said.at, heard_at=said.at)
    alerts.add(connection, over)
