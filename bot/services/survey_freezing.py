"""Settle whom a wave asks, and when: from then on neither changes, whoever joins or leaves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot import ballots
from bot.domain import survey_asked
from bot.domain.audiences import Member, chosen
from bot.domain.errors import BarometerError
from bot.domain.survey_waves import Contract, Opening, label, load
from bot.presenters import pulse as presenter
from bot.services import Services, survey_terms, survey_waves
from bot.services.survey_hours import in_turn
from storage import waves
from storage.waves import Invitation, StoredWave

Groups = Mapping[str, Mapping[str, str]]
"""The values of cuts that people belong to, by person."""
AskedAt = Callable[[StoredWave, str], datetime]
"""When somebody in a zone is asked in a wave."""
LEAST_TIME = timedelta(days=1)
"""So long whoever is asked last has to answer, where a wave is open for so long."""
ABOUT = timedelta(minutes=10)
"""So much less than that makes no difference: a wave that starts a little late must be over when the next one is due."""


class NotEnoughPeople(BarometerError):
    """{wave} could not be opened: of its audience {invited} can be asked{left_out}, and at least {least}. Ask a larger one."""


def freeze(
    services: Services,
    wave_id: int,
    members: Sequence[Member],
    groups: Groups,
    *,
    opted_out: frozenset[str],
    asked_at: AskedAt,
    asks: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Opening | None:
    """Settle who is asked, with a dummy ballot for each, and when it ends. None: the wave was opened, or given up, before, or
    `asks`, for which `members` were found, is not what it asks any more. `names` are those of groups by their ids.

    :raises NotEnoughPeople: too few to publish anything about.
    """
    with services.db.read() as connection:
        row = waves.get(connection, wave_id)
    if row is None or row.state != "opening":
        return None
    contract = load(row.contract)
    people = chosen(members, opted_out)
    least, needed = survey_terms.least(contract, {p.user_id for p in people.invited})
    if len(people.invited) < least:
        left = presenter.left_out(people.left_out)
        raise NotEnoughPeople(
            wave=label(row.survey, row.number),
            invited=len(people.invited),
            left_out=f", {left} left out" if left else "",
            least=needed,
        )
    zone = services.settings.timezone
    invited = [
        Invitation(p.user_id, _cuts(contract, groups.get(p.user_id, {})), p.zone or zone, p.language) for p in people.invited
    ]
    hours = {zone: asked_at(row, zone) for zone in {person.zone for person in invited}}
    turns = [hour for hour, _ in in_turn(services, row, [person.zone for person in invited], hours)]
    receipt = {"left_out": dict(people.left_out), **_as_asked(contract, invited, hours, turns)}
    with services.db.begin() as connection:
        row = waves.get(connection, wave_id, lock=True)
        if row is None or row.state != "opening" or asks not in (None, row.asks):
            return None
        # While the wave is held: whoever else opens it must not put other keys in the place of these.
        waves.invite(connection, wave_id, invited, _dummies(services, row, invited))
        waves.change(
            connection,
            wave_id,
            state="open",
            asks=None,
            invited=len(invited),
            closes_at=_ends(row, max(turns)),
            receipt=receipt | ({"names": dict(names)} if names else {}),
        )
        row = waves.get(connection, wave_id)
    assert row is not None
    return survey_waves.described(row, survey_waves.survey_of(row))


def _as_asked(
    contract: Contract, invited: Sequence[Invitation], hours: Mapping[str, datetime], turns: Sequence[datetime]
) -> dict[str, object]:
    """What is said of whom a wave asks while it is open: counted anew, it would tell that somebody was taken out."""
    return {
        survey_waves.ASKED_BY: survey_asked.counted(contract.cuts, [person.groups for person in invited]),
        **_hours(invited, hours, turns),
        survey_waves.SEEN: survey_waves.is_seen(contract, {person.user_id for person in invited}),
    }


def _hours(invited: Sequence[Invitation], hours: Mapping[str, datetime], turns: Sequence[datetime]) -> dict[str, object]:
    """How many are asked from the hour of their zone on, and how many later, since there are too many for one evening."""
    each = list(zip((person.zone for person in invited), turns, strict=True))
    found: dict[str, object] = {
        survey_waves.HOURS: survey_asked.hours([zone for zone, hour in each if hour == hours[zone]], hours)
    }
    later = survey_asked.later(hour for zone, hour in each if hour != hours[zone])
    return found | ({survey_waves.LATER_HOURS: later} if later else {})


def _ends(row: StoredWave, last: datetime) -> datetime:
    """When a wave ends: as it was said, or so much later that whoever is asked last has about as long, up to a day."""
    ends = last + min(row.closes_at - row.opens_at, LEAST_TIME)
    return ends if ends - row.closes_at > ABOUT else row.closes_at


def _dummies(services: Services, row: StoredWave, invited: Sequence[Invitation]) -> dict[bytes, bytes]:
    """New keys for a wave, kept before anything is sealed with them, and an empty ballot for everybody."""
    keys, files = ballots.new_keys(), survey_waves.key_files(services)
    files.keep(row.key_id, ballots.written(keys, row.contract))
    length = survey_waves.ballot_length(row)
    slots = {ballots.slot_of(keys, row.key_id, p.user_id) for p in invited}
    return {slot: ballots.closed(keys, row.key_id, slot, ballots.Ballot(), length) for slot in slots}


def _cuts(contract: Contract, groups: Mapping[str, str]) -> dict[str, str]:
    """The values of the cuts that the contract declares, without what would make two groups one."""
    return {cut: " ".join(groups[cut].replace("=", " ").replace(",", " ").split()) for cut in contract.cuts if groups.get(cut)}
