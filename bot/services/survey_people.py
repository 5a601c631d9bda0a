"""What people say of themselves: not to be asked, or to be taken out; and who stayed, for retention."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from bot import ballots
from bot.domain.audiences import audience_without, file_without
from bot.domain.csv_tables import read_csv
from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.kpi_answers import Recorded
from bot.domain.kpis import Kpi
from bot.domain.people import Asker, Change
from bot.domain.quantities import whole
from bot.domain.retention import YOURS, Kept, Staff, Stay, kept, staff_of
from bot.domain.survey_reports import Erased
from bot.domain.survey_waves import load
from bot.presenters.kpi_words import approver
from bot.services import (
    Services,
    definitions,
    kpi_approval,
    kpi_entry,
    survey_attributed,
    survey_follow_ups,
    survey_unreached,
    survey_urn,
    survey_waves,
)
from bot.services.survey_opening import WITHOUT
from bot.services.surveys import overwrite
from storage import Connection, audit, surveys, wave_results, waves

Each = TypeVar("Each")
Made = TypeVar("Made")
Became = Literal["taken out", "over", "sealed", "gone"]
"""What became of somebody in a wave: it may be over, or wait for its key, or they are in it no more."""

EARLIEST = 1900
EXAMPLES = {"year": "2026", "start": "40", "stayed": "36"}
"""What each number of `retention` may be."""
LEAST = {"year": EARLIEST, "start": 1, "stayed": 0}

KPI = "retention"
"""What the KPI of who stayed is called."""


def retention(services: Services, asker: Asker, given: Mapping[str, str], key: str = "") -> Kept:
    """Record the retention of a year: of `start` people at its beginning `stayed` are here at its end.

    :raises InvalidInput: a number or the year cannot be read.
    :raises BarometerError: as `kpi_entry.record`.
    """
    insist_may_record(services, asker)
    year = _year(services, given.get("year", ""))
    start, stayed = (_whole(given.get(name, ""), name) for name in ("start", "stayed"))
    if start < 1:
        raise InvalidInput(_least("start"), "start")
    if stayed > start:
        raise InvalidInput(f"{stayed} of {start} cannot have stayed; write {start} or fewer.", "stayed")
    return _recorded(services, asker, year, (start, stayed), key=key)


def retention_of_file(services: Services, asker: Asker, year: str, content: bytes, key: str = "") -> Kept:
    """As `retention`, counted from a CSV file of everybody: person, joined and left, as dates. Of them only numbers are kept.

    :raises InvalidInput: the file or a date in it cannot be read, or nobody in it was here at the start of the year.
    """
    insist_may_record(services, asker)
    number, today = _year(services, year), _today(services)
    first = date(number, 1, 1)
    staff = staff_of(_stays(content), first, min(date(number + 1, 1, 1), today + timedelta(days=1)))
    if not staff.start:
        raise InvalidInput(f"Nobody in the file was here at the start of {number}; look at the year and the dates.", "file")
    return _recorded(services, asker, number, (staff.start, staff.stayed), staff=staff, key=key)


def _recorded(
    services: Services, asker: Asker, year: int, counts: tuple[int, int], *, staff: Staff | None = None, key: str = ""
) -> Kept:
    start, stayed = counts
    fields = {"start": str(start), "stayed": str(stayed), "period": str(year)}
    recorded = kpi_entry.record(services, asker, KPI, "", fields, key=key)
    found = kept(year, start, stayed, is_over=year < _today(services).year, staff=staff)
    return replace(found, approval=_approval(recorded, asker))


def insist_may_record(services: Services, asker: Asker) -> None:
    """Insist that there is a KPI of who stayed that the asker may see.

    :raises InvalidInput: there is none.
    :raises NotAllowed: it is for others.
    """
    with services.db.read() as connection:
        kpi = definitions.current(services, connection).get(KPI)
    if kpi is None:
        raise InvalidInput(f"Who stayed is recorded for a KPI called {KPI}, and there is none now; an admin can define one.")
    if not asker.may_see(kpi.visibility, kpi.owner):
        raise NotAllowed(who=f"admins and people with one of the roles {_roles(kpi)}", what="record who stayed")


def _roles(kpi: Kpi) -> str:
    return ", ".join(sorted(role.replace("_", " ") for role in {*kpi.visibility, kpi.owner}))


def _approval(recorded: Recorded, asker: Asker) -> str:
    """Whose approval a figure waits for; empty: it waits for none."""
    kpi, made = recorded.kpi, recorded.observation
    if made.state != "provisional":
        return ""
    if kpi_approval.may_decide(kpi, asker, made):
        return YOURS
    return f"the approval of {approver(kpi)}"


def _year(services: Services, said: str) -> int:
    year, last = _whole(said, "year"), _today(services).year
    if not EARLIEST <= year <= last:
        raise InvalidInput(f"The year is {last} or one before it, in four digits.", "year")
    return year


def _today(services: Services) -> date:
    return services.now().astimezone(ZoneInfo(services.settings.timezone)).date()


def _stays(content: bytes) -> list[Stay]:
    try:
        table = read_csv(content)
    except InvalidInput as error:
        raise InvalidInput(error.text, "file") from error
    if missing := [name for name in ("person", "joined", "left") if name not in table.columns]:
        raise InvalidInput(f"The file has no column {missing[0]}; its columns are person, joined and left.", "file")
    if table.uneven:
        raise InvalidInput(f"Line {table.uneven[0]} has more or fewer cells than the header; mend it.", "file")
    found: dict[str, Stay] = {}
    for row in table.rows:
        who = row.cells["person"].strip()
        joined, left = (_day(row.cells[name], name, row.line) for name in ("joined", "left"))
        if not who or joined is None:
            raise InvalidInput(f"Line {row.line}: person and joined must not be empty.", "file")
        if who in found:
            raise InvalidInput(f"Line {row.line}: this person is in the file twice; keep one line for each.", "file")
        if left is not None and left < joined:
            raise InvalidInput(f"Line {row.line}: left is before joined; exchange them, or mend one.", "file")
        found[who] = Stay(joined, left)
    return list(found.values())


def opt_out(services: Services, asker: Asker) -> bool:
    """Ask this person no more, from the next wave on, and remind them of none. False: they said so before."""
    with services.db.begin() as connection:
        return surveys.opt_out(connection, asker.user_id)


def opt_in(services: Services, asker: Asker) -> bool:
    """Ask this person again. False: they are asked as it is."""
    with services.db.begin() as connection:
        return surveys.opt_in(connection, asker.user_id)


def is_asked(services: Services, user: str) -> bool:
    """Whether somebody may be asked: they did not say that they do not want to be."""
    with services.db.read() as connection:
        return user not in surveys.opted_out(connection)


def erase(services: Services, asker: Asker, whom: str = "") -> Erased:
    """Take the asker, or `whom`, out of everything that is open or recurs, and delete every answer that has their name.

    What was counted without names is in figures of at least five people, from which nobody can be taken out again; what was
    counted with names is counted anew without them. What fails for one wave keeps nothing else from being deleted.

    :raises NotAllowed: it is somebody else, and the asker is no admin.
    :raises KeysNotHere: this process cannot read the keys of an open wave, and they are in that still.
    """
    user = whom or asker.user_id
    insist_may_erase(asker, user)
    with services.db.begin() as connection:
        schedules, opening = _out_of_schedules(connection, user), _out_of_what_opens(connection, user)
        asked = waves.open_invitations(connection, user)  # after that: what was being opened may be open by now
    failed: list[Exception] = []
    became = Counter(_of_each(asked, lambda row: _take_out(services, row.id, user), failed))
    with services.db.read() as connection:
        named, authored = waves.attributed_to(connection, user), wave_results.with_authors(connection)
    attributed = sum(_of_each(named, lambda wave_id: survey_attributed.erase(services, wave_id, user), failed))
    _of_each(authored, lambda row: survey_follow_ups.forget(services, row.id, user), failed)
    with services.db.begin() as connection:
        subject = "their own answers" if user == asker.user_id else user
        audit.write(connection, services.now(), Change(asker.user_id, "survey.erase", subject))
    if attributed:
        overwrite(services, *waves.REWRITTEN)
    elif schedules:
        overwrite(services, "survey_schedule")
    if failed:
        raise failed[0]
    over, sealed = became["over"] + became["sealed"], became["sealed"]
    return Erased(became["taken out"], schedules, attributed, over, opening, sealed)


def insist_may_erase(asker: Asker, whom: str) -> None:
    """Insist that somebody may delete what is kept of a person.

    :raises NotAllowed: it is somebody else, and the asker is no admin.
    """
    if whom != asker.user_id and not asker.admin:
        raise NotAllowed(who="admins", what="delete what is kept of somebody else")


def _of_each(found: Iterable[Each], what: Callable[[Each], Made], failed: list[Exception]) -> list[Made]:
    """What is done with each of them, one after another; why something could not be done is added to `failed`."""
    made = []
    for each in found:
        try:
            made.append(what(each))
        except Exception as error:  # noqa: BLE001 - it is raised when everything else is done
            failed.append(error)
    return made


def _out_of_schedules(connection: Connection, user: str) -> int:
    """Take a person out of what schedules ask; says out of how many."""
    changed = 0
    for stored in surveys.schedules(connection, lock=True):
        terms = _asking_without(stored.terms, user)
        if terms != stored.terms:
            surveys.change_schedule(connection, stored.survey, terms=terms)
            changed += 1
    return changed


def _out_of_what_opens(connection: Connection, user: str) -> int:
    """Take a person out of the waves that are being opened; says how many these are.

    After the schedules, which are held: none is being started from one meanwhile.
    """
    found = waves.opening(connection)
    for row in found:
        asks = _asking_without(row.asks or {}, user)
        # As one of a channel or a group, they are known only when that is looked up.
        waves.change(connection, row.id, asks=asks | {WITHOUT: f"{asks.get(WITHOUT, '')} {user}".strip()})
    return len(found)


def _asking_without(asks: Mapping[str, str], user: str) -> dict[str, str]:
    """The audience and the file in terms without a person. Who sees results stays: that is no answer."""
    without = {"audience": audience_without, "file": file_without}
    return {name: without[name](said, user) if said and name in without else said for name, said in asks.items()}


def _least(name: str) -> str:
    return f"{name}= is {LEAST[name]} at least, such as {name}={EXAMPLES[name]}."


def _whole(text: str, name: str) -> int:
    number = whole(text)
    if number is None:
        is_negative = text.strip()[:1] in ("-", "−") and whole(text.strip()[1:]) is not None
        wrong = _least(name) if is_negative else f"{name}= is a whole number, such as {name}={EXAMPLES[name]}."
        raise InvalidInput(wrong, name)
    return number


def _day(text: str, name: str, line: int) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(f"Line {line}: {name} is no date such as 2026-03-01.", "file") from error


def _take_out(services: Services, wave_id: int, user: str) -> Became:
    """Without their ballot and invitation, and all others sealed anew, so that nobody can tell whose went."""
    with services.db.begin() as connection:
        held = waves.get(connection, wave_id, lock=True)
        if held is None or held.state != "open":
            return "gone"
        if held.closes_at <= services.now() and load(held.contract).mode != "attributed":
            # Whether enough have answered is settled: one fewer could show that they were among them.
            return "sealed" if survey_waves.awaits_key(held) else "over"
        keys = survey_urn.keys_of(services, held)
        slot = ballots.slot_of(keys, held.key_id, user)
        survey_unreached.keep(connection, held, user)
        subject = survey_waves.SUBJECT.format(id=held.id)
        if not waves.forget_person(connection, held.id, user, slot, subject):
            return "gone"
        # How many are asked stays as it was said: fewer would tell everybody that somebody went.
        survey_urn.seal_without(connection, services, held)
    return "taken out"
