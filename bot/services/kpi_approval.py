"""Provisional values: who may approve or reject them, and that they do so once."""

from dataclasses import replace

from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.kpi_answers import Decided
from bot.domain.kpis import Kpi
from bot.domain.observations import Decision, Observation, Outcome
from bot.domain.people import Asker, Change
from bot.domain.times import show_time
from bot.presenters.kpi_words import approver
from bot.services import Services, definitions, readings
from bot.services.kpi_entry import facts
from storage import Connection, audit, observations


def decide(services: Services, asker: Asker, observation: int, outcome: Outcome, reason: str = "") -> Decided:
    """Approve or reject a provisional value. A rejected one leaves in force what was there before it.

    :raises InvalidInput: there is no such value, it needs no decision, or a rejection has no reason.
    :raises NotAllowed: the asker is neither of the owner's role, nor, where a second person is asked for, another person.
    :raises Conflict: somebody decided before, or the value was corrected since.
    """
    made = Decision(outcome, asker.user_id, services.now(), " ".join(reason.split()))
    with services.db.begin() as connection:
        asked = observations.get(connection, observation)
        kpi = _seen(services, connection, asker).get(asked.kpi) if asked else None
        if asked is None or kpi is None:
            raise InvalidInput("There is no such value; say /kpi history NAME to see what was recorded.")
        _check(connection, kpi, asker, asked, made)
        if not observations.decide(connection, asked.id, made):
            raise _decided_before(connection, kpi, asked)
        was = {**facts(asked), "state": "provisional"}
        line = Change(asker.user_id, f"kpi.{outcome}", kpi.name, was, {"state": outcome}, made.reason)
        audit.write(connection, made.at, line)
        reading = readings.latest(services, connection, asker, [kpi], dimensions=asked.dimensions)[0]
    return Decided(kpi, replace(asked, state=outcome), made, reading)


def waiting(services: Services, asker: Asker) -> list[tuple[Kpi, Observation]]:
    """The provisional figures that the asker may approve or reject, the oldest first."""
    with services.db.read() as connection:
        kpis = _seen(services, connection, asker)
        found = observations.waiting(connection, [k.name for k in kpis.values() if _may_ever_decide(k, asker)])
    return [(kpis[o.kpi], o) for o in found if may_decide(kpis[o.kpi], asker, o)]


def may_decide(kpi: Kpi, asker: Asker, observation: Observation) -> bool:
    """Whether the asker may approve or reject it: the owner's role (or an admin); for four eyes, anybody but who gave it."""
    if kpi.entry.approve == "owner":
        return asker.admin or kpi.owner in asker.roles
    return asker.user_id != observation.provenance.actor


def _may_ever_decide(kpi: Kpi, asker: Asker) -> bool:
    return kpi.entry.approve != "owner" or asker.admin or kpi.owner in asker.roles


def _seen(services: Services, connection: Connection, asker: Asker) -> dict[str, Kpi]:
    known = definitions.current(services, connection)
    return {name: k for name, k in known.items() if asker.may_see(k.visibility, k.owner)}


def _check(connection: Connection, kpi: Kpi, asker: Asker, asked: Observation, made: Decision) -> None:
    if observations.decisions_on(connection, [asked.id]):
        raise _decided_before(connection, kpi, asked)
    if asked.state != "provisional":
        raise InvalidInput(f"That value of {kpi.name} needs no decision; it is in force.")
    last = [o for o in observations.chain(connection, asked) if o.state != "rejected"][-1]
    if last.id != asked.id:
        raise _corrected_since(kpi, last)
    if not may_decide(kpi, asker, asked):
        who = approver(kpi) if kpi.entry.approve == "owner" else f"{approver(kpi)}, who did not give it,"
        raise NotAllowed(who=who, what=f"decide about this value of {kpi.name}")
    if made.outcome == "rejected" and not made.reason:
        raise InvalidInput("Say why it is rejected, so that it can be mended.")


def _corrected_since(kpi: Kpi, last: Observation) -> Conflict:
    by, when = last.provenance.actor, show_time(last.recorded_at, kpi.timezone)
    return Conflict(f"@{by} corrected this value of {kpi.name} on {when}; decide about the correction instead.", (by,))


def _decided_before(connection: Connection, kpi: Kpi, asked: Observation) -> Conflict:
    made = observations.decisions_on(connection, [asked.id])[asked.id]
    when = show_time(made.at, kpi.timezone)
    words = f"@{made.actor} {made.outcome} this value of {kpi.name} on {when}; there is nothing left to decide."
    return Conflict(words, (made.actor,))
