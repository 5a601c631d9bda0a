"""Remind people of incidents that run out of time, or of which nothing was heard, and let the KPIs count how long they last."""

from datetime import datetime, timedelta

from bot.services import Services, incident_kpis, incident_reminders
from handlers.clock.job import Job


def _run(services: Services) -> datetime | None:
    soonest = incident_reminders.remind(services)
    incident_kpis.keep_open(services)
    return soonest


JOB = Job("incidents", timedelta(seconds=20), _run)
