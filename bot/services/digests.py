"""Digests: list, look ahead, send, schedule, pause, resume, and what became of every one."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.digest_answers import Form, Line, Listed, Plan, Run, Sent
from bot.domain.digest_documents import CADENCES, LATEST, NAME, parse_digests, to_yaml
from bot.domain.digests import AUDIENCES, COMPARISONS, SKIPS, Audience, DigestDefinition, Selection, is_person, may_direct
from bot.domain.entries import did_you_mean
from bot.domain.errors import InvalidInput, NotAllowed, UnknownDigest
from bot.domain.kpis import Category
from bot.domain.parts import Message
from bot.domain.people import ROLES, Asker, Change
from bot.domain.quantities import whole
from bot.domain.schedules import Schedule, from_words, in_words, next_due
from bot.presenters.digests import greeting
from bot.services import Services, definitions, deliveries, sections
from bot.services.digest_corrections import tell_corrections
from bot.services.digest_files import apply_files, standing
from bot.services.digest_material import gather
from bot.services.digest_runs import build, enqueue, fire, readers, soonest
from storage import Connection, audit, digests, outbox
from storage.digests import StoredDigest

__all__ = [
    "apply_files",
    "build",
    "fire",
    "form_of",
    "history",
    "listing",
    "names",
    "pause",
    "plan",
    "preview",
    "resume",
    "schedule",
    "send",
    "soonest",
    "tell_corrections",
]

NONE = "none"
Word = TypeVar("Word", bound=str)
LONGEST_TITLE = 120
LISTED_RUNS = 21
"""One more than is shown at once, so that whoever shows them can tell that there are more."""
RUNS = 3
"""How many coming runs are shown before a schedule is saved."""


def names(services: Services, typed: str = "", limit: int = 100) -> list[tuple[str, str]]:
    """Name and title of the digests in whose name or title stands what was typed."""
    with services.db.read() as connection:
        found = [standing(each) for each in digests.everything(connection)]
    return [(d.name, d.title) for d in found if typed.casefold() in f"{d.name} {d.title}".casefold()][:limit]


def listing(services: Services, asker: Asker) -> list[Listed]:
    """Every digest: for whom, where, when next, and how the last one went."""
    now = services.now()
    with services.db.read() as connection:
        found = digests.everything(connection)
        last = digests.latest_runs(connection)
    listed = []
    for stored in found:
        definition = standing(stored)
        goes = bool(stored.target) and not stored.paused
        coming = next_due(definition.schedule, now, 1)[0] if goes else None
        listed.append(Listed(definition, stored.paused, coming, last.get(stored.name), may_direct(asker, definition)))
    return listed


def preview(services: Services, asker: Asker, name: str, at: datetime | None = None, as_of: datetime | None = None) -> Message:
    """The digest as it would be now, or at `at`; with `as_of`, from what was known then. Nobody sees more than they may.

    :raises UnknownDigest: there is none of that name.
    :raises InvalidInput: the moment has not come yet.
    """
    moment = at or as_of or services.now()
    if max(moment, as_of or moment) > services.now():
        raise InvalidInput("A preview shows what is known now, not what will be; name a moment that has passed, or none.")
    with services.db.read() as connection:
        stored = _stored(connection, name)
        definition = standing(stored)
        asking = [*readers(services, definition), asker]
        scheduled = bool(stored.target) and not stored.paused
        material = gather(services, connection, definition, asking, as_of=moment, known_at=as_of, scheduled=scheduled)
    return sections.write(material)


def send(services: Services, asker: Asker, name: str, channel: str = "", key: str = "") -> Sent:
    """Have the digest written and sent now, to `channel` or to where it always goes; the same `key` twice is one digest.

    :raises UnknownDigest: there is none of that name.
    :raises InvalidInput: it goes nowhere yet and no channel is given.
    :raises NotAllowed: the asker is no admin, not its owner and not of its audience.
    """
    now = services.now()
    with services.db.begin() as connection:
        definition = standing(_stored(connection, name))
        _insist(asker, definition, f"send {definition.name}")
        target = channel or definition.target
        if not target:
            raise InvalidInput(
                f"{definition.name} goes nowhere yet; say where, as in /digest send {definition.name} channel=ID."
            )
        run = Run(_asked_id(asker, definition, key, now), definition.name, now, now, "queued", target, asker.user_id)
        new = enqueue(connection, run)
        if new:
            change = Change(asker.user_id, "digest.send", definition.name, None, {"target": target, "run": run.id})
            audit.write(connection, now, change)
    return Sent(definition.sent_to(target), run.id, again=not new)


def plan(services: Services, asker: Asker, name: str, form: Form) -> Plan:
    """What `schedule` would save, with the next runs; nothing is changed.

    :raises InvalidInput: a field cannot be read, or a new digest lacks its audience, its KPIs or its schedule.
    :raises NotAllowed: the asker is no admin, not its owner and not of its audience.
    """
    with services.db.read() as connection:
        return _planned(services, connection, asker, name, form)


def schedule(services: Services, asker: Asker, name: str, form: Form) -> Plan:
    """Make a digest, or change the one of that name. What was due before is not sent after it.

    :raises InvalidInput: a field cannot be read, or a new digest lacks its audience, its KPIs or its schedule.
    :raises NotAllowed: the asker is no admin, not its owner and not of its audience.
    """
    now = services.now()
    with services.db.begin() as connection:
        planned = _planned(services, connection, asker, name, form)
        before = digests.get(connection, planned.definition.name, lock=True)
        stored = StoredDigest(
            name=planned.definition.name,
            source=planned.yaml,
            version=before.version + 1 if before else 1,
            file=before.file if before else "",
            target=planned.definition.target,
            owner=planned.definition.owner,
            paused=False,
            last_due=now,
            changed_at=now,
            changed_by=asker.user_id,
        )
        digests.save(connection, stored)
        if before is None or before.target != stored.target:
            _greet(services, connection, asker, planned, stored.version)
        was: dict[str, object] | None = {"source": before.source} if before else None
        line = Change(asker.user_id, "digest.schedule", stored.name, was, {"source": stored.source})
        audit.write(connection, now, line)
    return planned


def form_of(services: Services, name: str) -> Form:
    """A digest as it would be filled into the form.

    :raises UnknownDigest: there is none of that name.
    """
    with services.db.read() as connection:
        d = standing(_stored(connection, name))
    chosen = [*(c.value for c in d.kpis.categories), *d.kpis.names, *d.kpis.owners]
    kpis = "all" if d.kpis.everything else ", ".join(chosen)
    compare, skip_if = (", ".join(words) or NONE for words in (d.compare, sorted(d.skip_if)))
    return Form(in_words(d.schedule), d.target, d.audience, kpis, d.title, str(d.top), d.owner, compare, skip_if)


def pause(services: Services, asker: Asker, name: str) -> DigestDefinition:
    """Send it no more until it is resumed.

    :raises NotAllowed: the asker is no admin, not its owner and not of its audience.
    """
    return _set_paused(services, asker, name, paused=True)


def resume(services: Services, asker: Asker, name: str) -> DigestDefinition:
    """Send it again from its next due time on; what was due in between is not made up for.

    :raises NotAllowed: the asker is no admin, not its owner and not of its audience.
    """
    return _set_paused(services, asker, name, paused=False)


def history(
    services: Services, asker: Asker, name: str = "", *, since: datetime | None = None, limit: int = LISTED_RUNS
) -> list[Line]:
    """The latest runs, the newest first, each with its delivery and its state: of one digest, or of all.

    What went to another person is shown to admins and its owner only.
    """
    with services.db.read() as connection:
        found = [_stored(connection, name)] if name else digests.everything(connection)
        listed = digests.runs(connection, [d.name for d in found], limit, since)
        runs = [r for r in listed if _may_see_run(asker, r, found)]
        posted = outbox.by_subject(connection, [r.id for r in runs])
        replies = outbox.replies(connection, [each.id for each in posted.values()])
    return [Line(run, at, replies.get(at.id, {}) if at else {}) for run in runs for at in [posted.get(run.id)]]


def _greet(services: Services, connection: Connection, asker: Asker, planned: Plan, version: int) -> None:
    """Say in its new place that it will come: that this arrives, or that somebody is told why not, proves the place."""
    name, target = planned.definition.name, planned.definition.target
    key = f"{name}:{version}:greeting"
    message = greeting(planned)
    deliveries.post(
        services, connection, key=key, kind="notice", target=target, message=message, subject=name, owner=asker.user_id
    )


def _may_see_run(asker: Asker, run: Run, found: list[StoredDigest]) -> bool:
    owners = {d.name: d.owner for d in found}
    return not is_person(run.target) or asker.admin or asker.user_id in (run.target, run.asked_by, owners[run.digest])


def _stored(connection: Connection, name: str) -> StoredDigest:
    stored = digests.get(connection, name.strip().lower())
    if stored is None:
        known = [d.name for d in digests.everything(connection)]
        raise UnknownDigest(name=name.strip()[:60], hint=did_you_mean(name.strip(), known))
    return stored


def _insist(asker: Asker, definition: DigestDefinition, what: str) -> None:
    if not may_direct(asker, definition):
        roles = ", ".join(sorted(role.replace("_", " ") for role in AUDIENCES[definition.audience]))
        owner = ", its owner" if definition.owner else ""
        raise NotAllowed(who=f"admins{owner} and people with one of the roles {roles}", what=what)


def _asked_id(asker: Asker, definition: DigestDefinition, key: str, now: datetime) -> str:
    mark = hashlib.sha256(key.encode()).hexdigest()[:16] if key else f"{now:%Y-%m-%dT%H:%M:%S.%f}"
    return f"{definition.name}@{asker.user_id}:{mark}"


def _set_paused(services: Services, asker: Asker, name: str, *, paused: bool) -> DigestDefinition:
    now = services.now()
    with services.db.begin() as connection:
        stored = _stored(connection, name)
        definition = standing(stored)
        _insist(asker, definition, f"{'pause' if paused else 'resume'} {definition.name}")
        if stored.paused != paused:
            watermark = {} if paused else {"last_due": now}
            digests.change(connection, stored.name, paused=paused, **watermark)
            line = Change(asker.user_id, "digest.pause" if paused else "digest.resume", stored.name)
            audit.write(connection, now, line)
    return definition


def _planned(services: Services, connection: Connection, asker: Asker, name: str, form: Form) -> Plan:
    stored = digests.get(connection, name.strip().lower())
    if stored is None:
        definition = _new(services, connection, asker, name.strip().lower(), form)
    else:
        _insist(asker, standing(stored), f"schedule {stored.name}")
        definition = _changed(services, connection, asker, standing(stored), form)
    if not definition.target:
        raise InvalidInput(f"Say where {definition.name} goes: channel=ID, or the id of a person.")
    if stored is None or standing(stored).audience != definition.audience:
        _insist(asker, replace(definition, owner=""), f"make a digest for {definition.audience}")
    yaml = to_yaml(definition)
    parse_digests(yaml)
    coming = tuple(next_due(definition.schedule, services.now(), RUNS))
    return Plan(definition, coming, yaml, is_new=stored is None)


def _new(services: Services, connection: Connection, asker: Asker, name: str, form: Form) -> DigestDefinition:
    missing = [word for word in ("when", "audience", "kpis") if not getattr(form, word).strip()]
    if missing:
        known = [d.name for d in digests.everything(connection)]
        hint = did_you_mean(name, known)
        raise InvalidInput(f"There is no digest “{name[:60]}” yet; to make one, also give {' and '.join(missing)}. {hint}")
    if not NAME.fullmatch(name):
        raise InvalidInput("The name of a digest has lower-case letters, digits and hyphens, such as team-weekly.", "name")
    when = _when(form.when, asker.timezone)
    cadence = CADENCES[when.every]
    blank = DigestDefinition(
        name=name,
        title=name.replace("-", " ").capitalize(),
        audience=_audience(form.audience),
        schedule=when,
        cadence=cadence,
        kpis=Selection(),
        owner=_person(asker),
        deadline=LATEST[cadence],
    )
    return _changed(services, connection, asker, blank, replace(form, when=""))


def _changed(
    services: Services, connection: Connection, asker: Asker, before: DigestDefinition, form: Form
) -> DigestDefinition:
    definition = before
    if form.when.strip() not in ("", in_words(before.schedule)):
        definition = _rescheduled(definition, _when(form.when, before.schedule.zone))
    if form.kpis.strip():
        definition = replace(definition, kpis=_selection(services, connection, asker, form.kpis))
    if form.top.strip():
        definition = replace(definition, top=_top(form.top))
    if form.compare.strip():
        definition = replace(definition, compare=_chosen("compare", form.compare, COMPARISONS))
    if form.skip_if.strip():
        definition = replace(definition, skip_if=frozenset(_chosen("skip_if", form.skip_if, SKIPS)))
    return replace(
        definition,
        target=form.target.strip() or before.target,
        audience=_audience(form.audience) if form.audience.strip() else before.audience,
        title=_title(form.title) or before.title,
        owner=form.owner.strip() or before.owner or _person(asker),
    )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if len(title) > LONGEST_TITLE:
        raise InvalidInput(f"A title has up to {LONGEST_TITLE} characters; shorten it.", "title")
    return title


def _person(asker: Asker) -> str:
    """The id of the asker, unless it is Barometer itself or the terminal."""
    return asker.user_id if is_person(asker.user_id) else ""


def _rescheduled(before: DigestDefinition, when: Schedule) -> DigestDefinition:
    cadence = CADENCES[when.every]
    deadline: timedelta = before.deadline if cadence == before.cadence else LATEST[cadence]
    return replace(before, schedule=when, cadence=cadence, deadline=deadline)


def _when(text: str, zone: str) -> Schedule:
    try:
        return from_words(text, zone)
    except InvalidInput as error:
        raise InvalidInput(error.text, "when") from error


def _chosen(field: str, text: str, known: Sequence[Word]) -> tuple[Word, ...]:
    """The words of `known` that somebody wrote, in their order; "none" is none of them."""
    said = [w.strip().lower() for w in text.replace(" ", ",").split(",") if w.strip()]
    if said == [NONE]:
        return ()
    for word in said:
        if word not in known:
            raise InvalidInput(f"“{word[:60]}” cannot stand in {field}=. {did_you_mean(word, [*known, NONE])}", field)
    return tuple(word for word in known if word in said)


def _audience(word: str) -> Audience:
    found = next((a for a in AUDIENCES if a == word.strip().lower()), None)
    if found is None:
        raise InvalidInput(f"There is no audience “{word.strip()[:40]}”. {did_you_mean(word.strip(), AUDIENCES)}", "audience")
    return found


def _top(text: str) -> int:
    number = whole(text)
    if number is None or not 1 <= number <= 10:
        raise InvalidInput("top= is how many KPIs need attention at most: a whole number from 1 to 10.", "top")
    return number


def _selection(services: Services, connection: Connection, asker: Asker, text: str) -> Selection:
    words = list(dict.fromkeys(w.strip().lower() for w in text.replace(" ", ",").split(",") if w.strip()))
    if words == ["all"]:
        return Selection(everything=True)
    kpis = {k.name for k in definitions.current(services, connection).values() if asker.may_see(k.visibility, k.owner)}
    categories = [c.value for c in Category]
    for word in words:
        if word not in categories and word not in kpis and word not in ROLES:
            hint = did_you_mean(word, [*categories, *sorted(kpis), *ROLES])
            raise InvalidInput(f"“{word[:60]}” is no category, KPI or owner role. {hint}", "kpis")
    return Selection(
        categories=tuple(Category(w) for w in words if w in categories),
        names=tuple(w for w in words if w in kpis),
        owners=tuple(w for w in words if w in ROLES and w not in kpis),
    )
