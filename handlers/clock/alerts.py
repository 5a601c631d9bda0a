"""Look at the rules of series that are due, tell what has to be told of alerts, and end silences."""

from datetime import datetime, timedelta

from bot.services import Services, alert_attention, alert_silences, alert_watch
from handlers.clock.job import Job


def _run(services: Services) -> datetime | None:
    silence, look, attend = alert_silences.turn(services), alert_watch.look(services), alert_attention.attend_due(services)
    return min((moment for moment in (silence, look, attend) if moment is not None), default=None)


JOB = Job("alerts", timedelta(seconds=2), _run)
