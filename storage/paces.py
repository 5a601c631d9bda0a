"""How fast messages may go: when the next turn of a channel and of the workspace is free, and how long Slack wants silence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from storage import dialects, outbox
from storage.tables import pace

WORKSPACE = ""
"""The name under which the pace of the whole workspace is kept."""
EDITS = "edits"
"""That of changes to messages, which Slack counts together for all channels."""
CROWD = "crowd"
"""That of messages to the people of a survey: by person, it would tell who was asked."""


@dataclass
class Pace:
    """The pace of a place (a channel, `EDITS` or `CROWD`) at a moment. Others wait for it until the transaction ends."""

    connection: Connection
    place: str
    at: datetime
    rows: dict[str, dict[str, Any]]

    @property
    def blocked_until(self) -> datetime | None:
        """Until when Slack asked to send nothing to this place, or to the workspace, if that is still to come."""
        ends = [self.rows[name]["blocked_until"] for name in (WORKSPACE, self.place)]
        return max((end for end in ends if end is not None and end > self.at), default=None)

    def take(self, each: timedelta, per_workspace: timedelta, *, since: datetime | None = None) -> datetime:
        """Reserve the next free turn, after which the place is not free for `each`, and say when it is.

        A crowd makes room for all others: they wait for none of its turns, and each moves it back by one. `since` lets whoever
        of it waited since then have a turn that nobody took, in the past: it may go at once.
        """
        if self.place == CROWD:
            since = since or self.at
            slot: datetime = max(since, self._free(CROWD), self.rows[WORKSPACE]["blocked_until"] or since)
            self._set(CROWD, next_free_at=slot + per_workspace)
            return slot
        workspace = max(self.at, self._free(WORKSPACE))
        slot = max(workspace, self._free(self.place))
        self._set(WORKSPACE, next_free_at=workspace + per_workspace)
        self._set(self.place, next_free_at=slot + each)
        if CROWD in self.rows:
            self._set(CROWD, next_free_at=max(self.at, self._free(CROWD)) + per_workspace)
        return slot

    def go(self, moment: datetime, each: timedelta, latest: datetime) -> datetime:
        """When what means to go at a moment may: not sooner after what went last than `each`. Up to `latest` it counts as gone.

        A turn that was reserved may be missed; without this, all who missed theirs would go at once.
        """
        last: datetime | None = self.rows[self.place]["last_at"]
        goes = max(moment, last + each) if last is not None else moment
        if goes <= latest:
            self._set(self.place, last_at=goes)
        return goes

    def block(self, until: datetime) -> None:
        """Send nothing to this place until then; nor to the workspace, if another channel is blocked too: the limit is its own.

        That no `EDITS` may be sent says nothing of channels. The turns until then are gone: nobody catches up on them.
        """
        self._shut(self.place, until)
        others = select(func.count()).where(
            pace.c.blocked_until > self.at, pace.c.channel.not_in([self.place, WORKSPACE, EDITS])
        )
        if self.place != EDITS and self.connection.execute(others).scalar_one():
            self._shut(WORKSPACE, until)

    def _free(self, name: str) -> datetime:
        free: datetime = self.rows[name]["next_free_at"]
        return free

    def _shut(self, name: str, until: datetime) -> None:
        self._set(name, blocked_until=until, next_free_at=max(self._free(name), until))

    def _set(self, name: str, **values: Any) -> None:
        self.rows[name] |= values
        self.connection.execute(update(pace).where(pace.c.channel == name).values(**values))


def hold(connection: Connection, place: str, at: datetime | None = None) -> Pace:
    """The pace of a place, at a moment or now; from here on, nobody else takes a turn until the transaction ends."""
    rows = _locked(connection, place)
    at = at or outbox.clock(connection)  # after the wait for those who held it
    if missing := sorted({WORKSPACE, place} - rows.keys()):
        for name in missing:
            dialects.add(connection, pace, channel=name, next_free_at=at)
        rows = _locked(connection, place)
    return Pace(connection, place, at, rows)


def prune(connection: Connection, before: datetime) -> int:
    """Forget the paces of channels to which nothing was sent since then; says how many."""
    return connection.execute(delete(pace).where(pace.c.next_free_at < before, pace.c.channel != WORKSPACE)).rowcount


def _locked(connection: Connection, place: str) -> dict[str, dict[str, Any]]:
    # In the order of their names, the workspace first, so that two replicas never wait for each other.
    query = select(pace).where(pace.c.channel.in_([WORKSPACE, CROWD, place])).order_by(pace.c.channel).with_for_update()
    return {row["channel"]: dict(row) for row in connection.execute(query).mappings()}
