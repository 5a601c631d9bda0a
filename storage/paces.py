"""How fast messages may go: when the next turn of a channel and of the workspace is free, and how long Slack wants silence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from storage import dialects, outbox
from storage.tables import pace

WORKSPACE = ""
"""The name under which the pace of the whole workspace is kept."""
EDITS = "edits"
"""That of changes to messages, which Slack counts together for all channels."""
CROWD = "crowd"
"""That of messages to the people of a survey: by person, it would tell who was asked. Its turns are on a clock of its own that
stands still while Slack asks to wait: all of them move back, and keep their places."""
LONGEST = timedelta(hours=12)
"""No line is so long, nor does Slack ask to wait for so long: whatever is further ahead comes from a clock that was. At the
slowest pace that can be set, 0.1 messages a second, it is a line of 4320 messages."""
SOON = timedelta(seconds=5)
"""What counts as gone is never further ahead than this."""


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
        opens = self._opens(self.place)
        return opens if opens > self.at else None

    def take(self, each: timedelta, per_workspace: timedelta, *, late: timedelta = timedelta()) -> datetime:
        """Reserve the next free turn, after which the place is not free for `each`; `moment_of` says when it is.

        A crowd makes room for all others: they wait for none of its turns, and each moves it back by one. Who of it is `late`
        by so much may have a turn that nobody took, in the past.
        """
        if self.place == CROWD:
            turn = max(self._its_time - late, self._free(CROWD))
            self._set(CROWD, next_free_at=turn + per_workspace)
            return turn
        workspace = max(self.at, self._free(WORKSPACE))
        turn = max(workspace, self._free(self.place))
        self._set(WORKSPACE, next_free_at=workspace + per_workspace)
        self._set(self.place, next_free_at=turn + each)
        if CROWD in self.rows:
            self._set(CROWD, next_free_at=max(self._its_time, self._free(CROWD)) + per_workspace)
        return turn

    def is_gone(self, turn: datetime) -> bool:
        """Whether a turn is lost, since Slack asked to wait over it, or a clock was ahead that gave it.

        Those of a crowd move back when Slack asks to wait.
        """
        if turn > self.latest(self.place):
            return True
        return self.place != CROWD and self.blocked_until is not None and turn < self.blocked_until

    def moment_of(self, turn: datetime) -> datetime:
        """When a turn is, as far as is known by now: a late one at once, or when Slack need not be waited for any more."""
        return max(turn + self._paused(self.place), self._opens(self.place))

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

        That no `EDITS` may be sent says nothing of channels.
        """
        self._shut(self.place, until)
        others = select(func.count()).where(
            pace.c.blocked_until > self.at,
            pace.c.blocked_until <= self.at + LONGEST,
            pace.c.channel.not_in([self.place, WORKSPACE, EDITS]),
        )
        if self.place != EDITS and self.connection.execute(others).scalar_one():
            self._shut(WORKSPACE, until)
            if CROWD in self.rows:
                self._shut(CROWD, until)

    def latest(self, name: str) -> datetime:
        """No turn is after this one."""
        return (self._its_time if name == CROWD else self._opens(name)) + LONGEST

    def heal(self) -> None:
        """Count as now what only a clock that was ahead can have written: else all would be silent until then."""
        for name, row in self.rows.items():
            if row["blocked_until"] is not None and row["blocked_until"] > self.at + LONGEST:
                self._set(name, blocked_until=None)
        for name, row in self.rows.items():
            if self._free(name) > self.latest(name):
                self._set(name, next_free_at=self._its_time if name == CROWD else self.at)
            if row["last_at"] is not None and row["last_at"] > self.at + SOON:
                self._set(name, last_at=self.at)

    def _free(self, name: str) -> datetime:
        free: datetime = self.rows[name]["next_free_at"]
        return free

    def _opens(self, name: str) -> datetime:
        """When something may be sent there: now, or when Slack need not be waited for any more."""
        ends: list[datetime | None] = [self.rows[each]["blocked_until"] for each in (WORKSPACE, name)]
        return max([self.at, *(end for end in ends if end is not None)])

    @property
    def _its_time(self) -> datetime:
        """What the clock of the crowd shows."""
        return self._opens(CROWD) - self._paused(CROWD)

    def _paused(self, name: str) -> timedelta:
        return timedelta(seconds=self.rows[name]["paused_seconds"])

    def _shut(self, name: str, until: datetime) -> None:
        ends = max(self.rows[name]["blocked_until"] or self.at, self.at)
        if until <= ends:
            return
        if name == CROWD:
            self._set(CROWD, blocked_until=until, paused_seconds=(self._paused(CROWD) + (until - ends)).total_seconds())
        else:
            self._set(name, blocked_until=until, next_free_at=max(self._free(name), until))

    def _set(self, name: str, **values: Any) -> None:
        self.rows[name] |= values
        self.connection.execute(update(pace).where(pace.c.channel == name).values(**values))


def hold(connection: Connection, place: str, at: datetime | None = None) -> Pace:
    """The pace of a place, at a moment or now; from here on, nobody else takes a turn until the transaction ends.

    What a clock that was ahead for a moment wrote counts as now: nothing else would heal it before that moment comes.
    """
    rows = _locked(connection, place)
    at = at or outbox.clock(connection)  # after the wait for those who held it
    for name in (WORKSPACE, place):
        if name not in rows:
            # Only who holds the workspace adds a place: else one waits for the place, and the other for the workspace.
            dialects.add(connection, pace, channel=name, next_free_at=at)
            rows = _locked(connection, place)
    held = Pace(connection, place, at, rows)
    held.heal()
    return held


def is_blocked(connection: Connection, place: str) -> bool:
    """Whether Slack asked to send nothing to this place, or to the workspace, now."""
    waits = exists().where(pace.c.channel.in_([WORKSPACE, place]), pace.c.blocked_until > outbox.clock(connection))
    return bool(connection.execute(select(waits)).scalar_one())


def prune(connection: Connection, before: datetime) -> int:
    """Forget the paces of channels to which nothing was sent since then; says how many.

    That of a crowd stays: its turns are on a clock of its own, which only this row tells. So does what Slack asked for.
    """
    is_over = or_(pace.c.blocked_until.is_(None), pace.c.blocked_until <= outbox.clock(connection))
    is_old = and_(pace.c.next_free_at < before, pace.c.channel.not_in([WORKSPACE, CROWD]))
    return connection.execute(delete(pace).where(is_old, is_over)).rowcount


def _locked(connection: Connection, place: str) -> dict[str, dict[str, Any]]:
    # In the order of their names, the workspace first, so that two replicas never wait for each other.
    query = select(pace).where(pace.c.channel.in_([WORKSPACE, CROWD, place])).order_by(pace.c.channel).with_for_update()
    return {row["channel"]: dict(row) for row in connection.execute(query).mappings()}
