"""When people hear of a wave: at an hour of their own clocks, never in quiet hours, and not on a public holiday."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.services import Services, survey_waves
from bot.services.open_hours import allowed_at
from storage.waves import StoredWave


def asked_at(services: Services, row: StoredWave, zone: str) -> datetime:
    """When somebody in a zone is asked: if that has passed, as soon as it may be."""
    contract, now = survey_waves.contract_of(row), services.now()
    found = allowed_at(services, zone, row.opens_at, contract.hour, workdays=contract.workdays)
    return found if found >= now else allowed_at(services, zone, now, workdays=contract.workdays)


def invited_at(services: Services, row: StoredWave, zone: str, moment: datetime) -> datetime:
    """When somebody in a zone is invited whose turn is at a moment: then, or once it may be."""
    return allowed_at(services, zone, moment, workdays=survey_waves.contract_of(row).workdays)


def in_turn(
    services: Services, row: StoredWave, zones: Iterable[str], hours: Mapping[str, datetime]
) -> list[tuple[datetime, datetime]]:
    """For people in these zones, from which hour on each is asked, and when: one after the other, in the pace of the workspace.

    It is the hour of their zone, or where their turn would be in quiet hours or on a holiday, the next after it that is
    neither. All due at once, they would be taken out of the queue once to be given a turn, before the first of them could go,
    and once more to go.
    """
    workdays = survey_waves.contract_of(row).workdays
    each, turns, found = timedelta(seconds=1 / services.settings.messages_per_second), Counter[datetime](), []
    for zone in zones:
        hour = hours[zone]
        while (allowed := allowed_at(services, zone, due := hour + turns[hour] * each, workdays=workdays)) > due:
            hour = allowed
        turns[hour] += 1
        found.append((hour, due))
    return found


def reminded_at(services: Services, row: StoredWave, zone: str, number: int) -> datetime:
    """When somebody in a zone is reminded for the `number`th time (from 1) by itself: not at weekends either."""
    after = survey_waves.survey_of(row).reminders[number - 1]
    return allowed_at(services, zone, row.opens_at + after, survey_waves.contract_of(row).hour, workdays=True)


def reminded_by_hand(services: Services, asked: datetime, zone: str) -> datetime:
    """When somebody in a zone is reminded because that was asked for: as an invitation, not in quiet hours nor on a holiday."""
    return allowed_at(services, zone, asked)


def next_hour(services: Services, zone: str, *, by_hand: bool) -> datetime:
    """From when on somebody in a zone may be reminded, now or later; at a weekend by hand alone."""
    return allowed_at(services, zone, services.now(), workdays=not by_hand)
