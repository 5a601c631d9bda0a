"""When a person is written to: at an hour of their own clock, outside of quiet hours and not on a public holiday."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.times import first_moment

Holidays = Callable[[date, str], bool]
"""Whether a date is a public holiday where an IANA zone is."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the clocks of a zone, over midnight if `end` is earlier."""

    start: time
    end: time

    def cover(self, clock: time) -> bool:
        """Whether it is quiet when clocks show `clock`."""
        if self.end < self.start:
            return clock >= self.start or clock < self.end
        return self.start <= clock < self.end

    def over(self, moment: datetime, zone: str) -> datetime:
        """`moment`, or if it is in the quiet hours, when those end."""
        local = moment.astimezone(ZoneInfo(zone))
        if not self.cover(local.time()):
            return moment
        day = local.date() + timedelta(days=local.time() >= self.end)
        ends = first_moment(day, self.end, zone)
        if ends <= moment:
            # Clocks were put back over the end, and show it once more.
            ends = datetime.combine(day, self.end, ZoneInfo(zone)).replace(fold=1).astimezone(UTC)
        return self.over(ends, zone)


def own_hour(opens: datetime, clock: time | None, zone: str, quiet: QuietHours | None, holidays: Holidays) -> datetime:
    """When a person in `zone` is written to about what opens at `opens`, in UTC and never earlier than that.

    It is the first time that their clocks show `clock` from then on; without one, at once. So `opens` is when it is due, not
    when that was noticed. What falls into quiet hours waits for their end. What falls on a public holiday waits for the first
    day that is none, at the same hour. An hour that clocks skip is the end of the gap; of one that they repeat, the first.
    """
    return _hour(opens, clock, zone, quiet, lambda day: holidays(day, zone))


def working_hour(opens: datetime, clock: time | None, zone: str, quiet: QuietHours | None, holidays: Holidays) -> datetime:
    """As `own_hour`, and not on a Saturday or Sunday either, at whatever hour of other days is not quiet: for reminders."""
    return _hour(opens, clock, zone, quiet, lambda day: day.weekday() >= 5 or holidays(day, zone))


def _hour(opens: datetime, clock: time | None, zone: str, quiet: QuietHours | None, is_off: Callable[[date], bool]) -> datetime:
    local = opens.astimezone(ZoneInfo(zone))
    found = opens.astimezone(UTC) if clock is None else _next(local.date(), clock, zone, opens)
    hour = local.time() if clock is None else clock
    if quiet and quiet.cover(hour):
        hour = quiet.end
    while True:
        found = quiet.over(found, zone) if quiet else found
        day = found.astimezone(ZoneInfo(zone)).date()
        if not is_off(day):
            return found
        found = _next(day + timedelta(days=1), hour, zone, found)


def _next(day: date, clock: time, zone: str, after: datetime) -> datetime:
    """The first moment at `clock`, from `day` on, that is not before `after`."""
    while (found := first_moment(day, clock, zone)) < after:
        day += timedelta(days=1)
    return found
