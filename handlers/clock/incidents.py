"""Remind people of incidents that run out of time, and of those of which nothing was heard."""

from datetime import datetime, timedelta

from bot.services import Services, incident_reminders
from handlers.clock.job import Job


def _run(services: Services) -> datetime | None:
    return incident_reminders.remind(services)


JOB = Job("incidents", timedelta(seconds=20), _run)
