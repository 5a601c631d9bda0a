"""The definitions of KPIs: which are in force, what files and forms change, and what they said at any version."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from weakref import WeakKeyDictionary

from bot.domain.definition_changes import Changed, changes_to, compared
from bot.domain.definition_writing import digest, to_json
from bot.domain.definitions import parse_kpis, parse_stored
from bot.domain.errors import InvalidInput, NotAllowed, UnknownKpi
from bot.domain.kpis import Kpi
from bot.domain.people import Asker, Change
from bot.services import Services
from bot.services.definition_files import read_files, read_path
from storage import Connection, Database, audit, watches
from storage import definitions as store
from storage.definitions import Stored

MAX_FORM = 20_000

_seen: WeakKeyDictionary[Database, tuple[int, Mapping[str, Kpi]]] = WeakKeyDictionary()
_seen_lock = threading.Lock()


def current(services: Services, connection: Connection) -> Mapping[str, Kpi]:
    """All definitions in force, by name. One cheap query as long as nothing changed."""
    newest = store.newest_id(connection)
    with _seen_lock:
        seen = _seen.get(services.db)
    if seen and seen[0] == newest:
        return seen[1]
    rows = store.latest(connection)
    found = MappingProxyType({name: _parsed(row) for name, row in sorted(rows.items()) if not row.retired})
    with _seen_lock:
        _seen[services.db] = (max((r.id for r in rows.values()), default=0), found)
    return found


def named(services: Services, connection: Connection, asker: Asker, name: str) -> Kpi:
    """The definition in force of the KPI `name`.

    :raises UnknownKpi: there is none that the asker may see; the text has the nearest name.
    """
    known = {k.name: k for k in current(services, connection).values() if asker.may_see(k.visibility, k.owner)}
    wanted = name.strip().lower()
    if wanted in known:
        return known[wanted]
    raise _unknown(name, known)


def at_version(services: Services, connection: Connection, name: str, version: int) -> Kpi:
    """The KPI as it was defined at `version`, whether or not it is still in force.

    :raises UnknownKpi: it never had that version.
    """
    kpi = current(services, connection).get(name)
    if kpi and kpi.version == version:
        return kpi
    row = store.at_version(connection, name, version)
    if row is None:
        raise UnknownKpi(name=name, hint=f"It never had a version {version}; look at its history.")
    return _parsed(row)


def versions(services: Services, connection: Connection, asker: Asker, name: str) -> list[Stored]:
    """Every version of a KPI, the newest first: who applied it, when, from which file and why.

    :raises UnknownKpi: there is none that the asker may see.
    """
    return store.versions(connection, named(services, connection, asker, name).name)


def apply_files(services: Services, asker: Asker) -> list[Changed]:
    """Put in force what the shipped files and the team's own say. A name that no file defines any more is retired.

    :raises DefinitionErrors: a file is wrong; nothing is changed then.
    """
    defined = read_files(services.settings)
    with services.db.read() as connection:
        if not (_due(connection, defined) or _gone(store.latest(connection), defined)):
            return []
    with services.db.begin() as connection:
        store.hold(connection)
        rows = store.latest(connection)
        act = _Act(services, connection, asker)
        changed = [act.apply(kpi, rows.get(kpi.name)) for kpi in _due(connection, defined)]
        return changed + [act.retire(row) for row in _gone(rows, defined)]


def diff(services: Services, path: Path | None = None) -> list[Changed]:
    """What applying the files would change, field by field; with `path`, what that file or folder would change.

    :raises DefinitionErrors: a file is wrong.
    """
    defined = read_files(services.settings) if path is None else read_path(services.settings, path)
    with services.db.read() as connection:
        rows = store.latest(connection)
        due = _due(connection, defined)
    found = [changes_to(_in_force(rows.get(k.name)), k) for k in due]
    if path is None:
        found += [compared(_in_force(r), None) for r in _gone(rows, defined)]
    return sorted((c for c in found if c), key=lambda c: c.name)


def define(services: Services, asker: Asker, text: str, reason: str = "") -> list[Kpi]:
    """Put in force what a person wrote in a form: all of it or nothing. It stays until a file defines the name anew.

    :raises DefinitionErrors: the text is wrong.
    :raises NotAllowed: the asker is neither an admin nor of the owner's role, both the present and the new one.
    :raises InvalidInput: it is too long, changes nothing, or changes a KPI without a reason.
    """
    if len(text) > MAX_FORM:
        raise InvalidInput(f"A form takes up to {MAX_FORM:,} characters; put larger sets into a file.")
    kpis = [replace(k, line=0) for k in parse_kpis(text, values=services.settings.values)]
    with services.db.begin() as connection:
        store.hold(connection)
        rows = store.latest(connection)
        for kpi in kpis:
            _check_may_define(asker, rows.get(kpi.name), kpi)
        changing = [k for k in kpis if _differs(rows.get(k.name), k)]
        if not changing:
            raise InvalidInput("This is what is in force already; change something, or close the form.")
        if not reason.strip() and any(_in_force(rows.get(k.name)) for k in changing):
            raise InvalidInput("A changed definition needs its reason; say why in a few words.")
        act = _Act(services, connection, asker)
        applied = [act.apply(k, rows.get(k.name), reason.strip()) for k in changing]
    return [replace(k, version=c.version) for k, c in zip(changing, applied, strict=True)]


def _due(connection: Connection, defined: Mapping[str, Kpi]) -> list[Kpi]:
    """The definitions that say something else than the file that was applied last for their name."""
    last = store.latest(connection, from_files=True)
    return [k for k in defined.values() if _differs(last.get(k.name), k)]


def _gone(rows: Mapping[str, Stored], defined: Mapping[str, Kpi]) -> list[Stored]:
    """What a file defined, and none does any more."""
    return [r for r in rows.values() if r.file and not r.retired and r.name not in defined]


def _differs(row: Stored | None, kpi: Kpi) -> bool:
    return row is None or row.retired or row.digest != digest(kpi)


@dataclass(frozen=True, slots=True)
class _Act:
    """Who changes definitions, in which transaction."""

    services: Services
    connection: Connection
    asker: Asker

    def apply(self, kpi: Kpi, before: Stored | None, reason: str = "") -> Changed:
        """Add a version that says what `kpi` says."""
        row = self._next(kpi.name, before, reason)
        row = replace(row, source=to_json(kpi), digest=digest(kpi), file=kpi.file, line=kpi.line)
        return self._keep(row, compared(_in_force(before), kpi))

    def retire(self, before: Stored) -> Changed:
        """Add a version that ends it."""
        row = self._next(before.name, before, "no file defines it any more")
        row = replace(row, source=before.source, digest=before.digest, file=before.file, line=before.line, retired=True)
        return self._keep(row, compared(_in_force(before), None))

    def _next(self, name: str, before: Stored | None, reason: str) -> Stored:
        version = before.version + 1 if before else 1
        return Stored(name, version, "", "", "", 0, self.services.now(), self.asker.user_id, reason)

    def _keep(self, row: Stored, found: Changed) -> Changed:
        store.add(self.connection, row)
        line = Change(row.applied_by, f"definition.{found.action}", row.name, found.before, found.after, row.reason)
        audit.write(self.connection, row.applied_at, line)
        watches.wake_kpis(self.connection, [row.name])
        return replace(found, version=row.version)


def _check_may_define(asker: Asker, before: Stored | None, after: Kpi) -> None:
    # The figures of a KPI outlive it, so its name stays with its owner when it is retired.
    owner = _parsed(before).owner if before else after.owner
    if not (asker.admin or owner in asker.roles):
        raise NotAllowed(who=f"an admin or the {owner.replace('_', ' ')}", what=f"define {after.name}")


def _in_force(row: Stored | None) -> Kpi | None:
    return None if row is None or row.retired else _parsed(row)


def _parsed(row: Stored) -> Kpi:
    return _parse(row.source, row.file, row.line, row.version)


_parse = lru_cache(maxsize=4096)(parse_stored)


def _unknown(name: str, known: Iterable[str]) -> UnknownKpi:
    close = get_close_matches(name.strip().lower(), list(known), n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else "Type /kpi list to see them all."
    return UnknownKpi(name=name[:80], hint=hint)
