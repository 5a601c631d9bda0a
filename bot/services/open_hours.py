"""When somebody may be written to about what can wait: the one place that knows quiet hours, holidays and days off."""

from datetime import datetime, time

from bot import holidays
from bot.domain.own_hours import own_hour, working_hour
from bot.services import Services


def allowed_at(
    services: Services, zone: str, moment: datetime, clock: time | None = None, *, workdays: bool = False
) -> datetime:
    """The first moment from `moment` on at which somebody in a zone may be written to, and their clock shows `clock`, if any.

    It is in no quiet hours and on no public holiday; with `workdays`, on no Saturday or Sunday either.
    """
    hour = working_hour if workdays else own_hour
    return hour(moment, clock, zone, services.settings.quiet_hours, holidays.is_holiday)
