"""Values that come in: previewed, recorded, corrected. Every change is in the audit log, in the same transaction.

Who may record: whoever may see a KPI. A typed value always says who typed it, and what it needs beyond that is the definition's
to say: with `entry.approve` it stays provisional until the owner's role, or a second person, has decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import formats
from bot.domain.entries import Entry, check_group, computed, read_entry, read_inputs
from bot.domain.entry_fields import Fields, period_of, read_fields
from bot.domain.errors import Conflict, InvalidInput
from bot.domain.kpi_answers import Draft, Recorded
from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Dimensions, Observation, Provenance, in_force
from bot.domain.people import Asker, Change
from bot.domain.periods import Period, label
from bot.domain.readings import Reading
from bot.domain.times import show_time
from bot.services import Services, definitions, readings
from storage import Connection, audit, observations

TYPED = "typed"
"""The source of what a person typed."""

FILE = "file"
"""The source of what a person gave as a file."""


@dataclass(frozen=True, slots=True)
class _Act:
    """A person at work on one KPI inside one transaction."""

    services: Services
    connection: Connection
    asker: Asker
    kpi: Kpi


def preview(services: Services, asker: Asker, name: str, value: str = "", fields: Mapping[str, str] | None = None) -> Draft:
    """What `record` would record: the computed value, its period, and what is there already. Nothing is changed.

    :raises BarometerError: as `record`, but for a period that has a figure already.
    """
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        given = read_fields(kpi, fields or {})
        entry = read_entry(kpi, value, given.inputs)
        check_group(kpi, entry)
        period = period_of(kpi, given, services.now(), asker.timezone)
        counts = in_force(observations.in_period(connection, kpi.name, given.dimensions, period))
    return Draft(kpi, period, given.dimensions, entry, needs_decision(kpi, asker, TYPED), counts[-1] if counts else None)


def record(
    services: Services, asker: Asker, name: str, value: str = "", fields: Mapping[str, str] | None = None, *, key: str = ""
) -> Recorded:
    """Record a typed value for the period of `at` or `period` among `fields`; without either, the one that is running.

    `fields` also takes the inputs and dimensions of the KPI by name, `note` and `evidence`. The same `key` again changes
    nothing and answers the same.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: something cannot be read, is out of its limits, in the future, or missing.
    :raises Conflict: the period has a figure already.
    """
    with services.db.begin() as connection:
        act = _Act(services, connection, asker, definitions.named(services, connection, asker, name))
        given = read_fields(act.kpi, fields or {})
        period = period_of(act.kpi, given, services.now(), asker.timezone)
        new = _typed(act, read_entry(act.kpi, value, given.inputs), period, given, given.word("note"))
        if not _is_repeated(act, key):
            recorded = observations.in_period(connection, new.kpi, new.dimensions, period)
            if counts := in_force(recorded):
                raise already(act.kpi, counts[-1])
            new = superseding(new, recorded)  # rejected ones
        made = _insert(act, new, key, None)
        return Recorded(act.kpi, made, _reading(act, made))


def correct(
    services: Services,
    asker: Asker,
    name: str,
    value: str = "",
    fields: Mapping[str, str] | None = None,
    *,
    observation: int | None = None,
    key: str = "",
) -> Recorded:
    """Put another value in the place of one that is in force: the one with the id `observation`, that of `period` or `at`
    among `fields`, or else the latest. What was there is kept. `fields` must say the `reason`; inputs left out stay.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: as `record`; no reason is given; there is nothing to correct, or nothing would change.
    :raises Conflict: somebody else corrected it meanwhile.
    """
    with services.db.begin() as connection:
        act = _Act(services, connection, asker, definitions.named(services, connection, asker, name))
        given = read_fields(act.kpi, fields or {})
        reason = given.word("reason")
        if not reason:
            raise InvalidInput('A correction needs its reason; add reason="…".')
        if key and (repeated := observations.by_key(connection, [key]).get(key)):
            return Recorded(act.kpi, repeated, _reading(act, repeated))
        recorded = _to_correct(act, given, observation)
        before = in_force(recorded)[-1]
        entry = _corrected_entry(act.kpi, value, given.inputs, before)
        given = replace(given, dimensions=before.dimensions)
        new = superseding(_typed(act, entry, before.period, given, reason), recorded)
        made = _insert(act, new, key, before)
        return Recorded(act.kpi, made, _reading(act, made), before)


def needs_decision(kpi: Kpi, asker: Asker, source: str) -> bool:
    """Whether what this person gives for the KPI stays provisional. The owner's own values need no approval of the owner."""
    if source not in (TYPED, FILE) or kpi.entry.approve == "none":
        return False
    return not (kpi.entry.approve == "owner" and kpi.owner in asker.roles)


def new_observation(
    services: Services, asker: Asker, kpi: Kpi, entry: Entry, *, period: Period, dimensions: Dimensions, provenance: Provenance
) -> Observation:
    """An observation yet without an id, recorded now under the definition as it stands.

    :raises InvalidInput: evidence is asked for and not given, or it is of a group so small that it would tell who said what.
    """
    check_group(kpi, entry)
    if kpi.entry.evidence == "required" and provenance.source in (TYPED, FILE) and not provenance.evidence:
        raise InvalidInput(f"{kpi.name} needs its evidence; add evidence=LINK.")
    return Observation(
        id=0,
        kpi=kpi.name,
        period=period,
        inputs=entry.inputs,
        figures=entry.figures,
        numerator=entry.numerator,
        denominator=entry.denominator,
        n=entry.n,
        provenance=provenance,
        definition_version=kpi.version,
        recorded_at=services.now(),
        state="provisional" if needs_decision(kpi, asker, provenance.source) else "approved",
        dimensions=dimensions,
    )


def superseding(new: Observation, recorded: list[Observation]) -> Observation:
    """`new` as the successor of what was last recorded for its period, if anything was."""
    if not recorded:
        return new
    # Clocks of two machines may disagree: what corrects is never older than what it corrects.
    return replace(new, supersedes=recorded[-1].id, recorded_at=max(new.recorded_at, recorded[-1].recorded_at))


def already(kpi: Kpi, existing: Observation) -> Conflict:
    """What to say when a period has a figure."""
    shown, who = formats.value(existing.value, kpi.unit), existing.provenance.actor
    when = label(existing.period)
    return Conflict(f"{kpi.name} already has {shown} for {when} by @{who}; use /kpi correct {kpi.name} to change it.", (who,))


def corrected_before(kpi: Kpi, by: Observation) -> Conflict:
    """What to say when somebody else was quicker with a correction."""
    who, when = by.provenance.actor, show_time(by.recorded_at, kpi.timezone)
    done = f"corrected {kpi.name} for {label(by.period)} to {formats.value(by.value, kpi.unit)} on {when}"
    return Conflict(f"@{who} {done}; look at that before you correct it again.", (who,))


def facts(o: Observation) -> dict[str, object]:
    """An observation as the audit log keeps it."""
    figures = {name: None if v is None else str(v) for name, v in o.figures.items() if name != MAIN}
    main = None if o.value is None else str(o.value)
    return {"observation": o.id, "period": label(o.period), "dimensions": dict(o.dimensions), "value": main, **figures}


def _typed(act: _Act, entry: Entry, period: Period, given: Fields, note: str) -> Observation:
    provenance = Provenance(TYPED, act.asker.user_id, note=note, evidence=given.word("evidence"))
    return new_observation(
        act.services, act.asker, act.kpi, entry, period=period, dimensions=given.dimensions, provenance=provenance
    )


def _is_repeated(act: _Act, key: str) -> bool:
    return bool(key and observations.by_key(act.connection, [key]))


def _to_correct(act: _Act, given: Fields, observation: int | None) -> list[Observation]:
    """All that was recorded for the period to correct; something of it is in force."""
    name = act.kpi.name
    if observation is not None:
        return _still_in_force(act, observation)
    if given.word("at") or given.word("period"):
        period = period_of(act.kpi, given, act.services.now(), act.asker.timezone)
        recorded = observations.in_period(act.connection, name, given.dimensions, period)
        if not in_force(recorded):
            raise InvalidInput(f"{name} has no figure for {label(period)} to correct; use /kpi record {name}.")
        return recorded
    latest = observations.recent(act.connection, [name], 1, dimensions=given.dimensions).get(name)
    if not latest:
        raise InvalidInput(f"{name} has no figure to correct; use /kpi record {name}.")
    return observations.chain(act.connection, latest[-1])


def _still_in_force(act: _Act, observation: int) -> list[Observation]:
    asked = observations.get(act.connection, observation)
    if asked is None or asked.kpi != act.kpi.name:
        raise InvalidInput(f"{act.kpi.name} has no figure of that number; say /kpi history {act.kpi.name}.")
    recorded = observations.chain(act.connection, asked)
    standing = [o for o in recorded if o.state != "rejected"]
    if not standing:
        raise InvalidInput(f"That figure of {act.kpi.name} was rejected; use /kpi record {act.kpi.name}.")
    if standing[-1].id != asked.id:
        raise corrected_before(act.kpi, standing[-1])
    return recorded


def _corrected_entry(kpi: Kpi, value: str, given: Mapping[str, str], before: Observation) -> Entry:
    kept = before.inputs if given and not value else {}
    entry = computed(kpi, {**kept, **read_inputs(kpi, given)}) if kept else read_entry(kpi, value, given)
    if entry.figures == before.figures and entry.inputs == before.inputs:
        shown = formats.value(before.value, kpi.unit)
        raise InvalidInput(f"{kpi.name} is {shown} for {label(before.period)} already; nothing would change.")
    return entry


def _insert(act: _Act, new: Observation, key: str, before: Observation | None) -> Observation:
    try:
        made = observations.insert(act.connection, new, key)
    except observations.Taken as taken:
        raise _conflict(act.kpi, taken) from taken
    if made.is_new:
        action, reason = ("kpi.correct", new.provenance.note) if before else ("kpi.record", "")
        was = facts(before) if before else None
        line = Change(act.asker.user_id, action, act.kpi.name, was, facts(made.observation), reason)
        audit.write(act.connection, made.observation.recorded_at, line)
    return made.observation


def _conflict(kpi: Kpi, taken: observations.Taken) -> Conflict:
    match taken.by:
        case "period":
            return already(kpi, taken.existing)
        case "correction":
            return corrected_before(kpi, taken.existing)
        case "key":
            return Conflict(f"This request recorded {kpi.name} before with another value; send it anew.")


def _reading(act: _Act, made: Observation) -> Reading:
    return readings.latest(act.services, act.connection, act.asker, [act.kpi], dimensions=made.dimensions)[0]
