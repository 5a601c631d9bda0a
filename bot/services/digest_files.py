"""Digests from files: the shipped ones, and those that a team adds or puts in their place."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

import bot.catalogue
from bot.domain.definitions import DefinitionErrors, Problem
from bot.domain.digest_documents import is_digest_file, parse_digests, to_yaml
from bot.domain.digests import DigestDefinition
from bot.domain.people import SYSTEM, Asker, Change
from bot.domain.specs import nearest
from bot.services import Services
from bot.settings import Settings
from storage import Connection, audit, digests
from storage.digests import StoredDigest

SHIPPED = "shipped"
"""How the name of the file of a digest begins that came with Barometer."""


def apply_files(services: Services, asker: Asker = SYSTEM) -> list[str]:
    """Take over what the files say; the names of the digests that changed. What was set in Slack stays until a file changes.

    :raises DefinitionErrors: a file has problems; nothing is changed.
    """
    wanted = read_files(services)
    with services.db.begin() as connection:
        standing = {d.name: d for d in digests.everything(connection)}
        changed = [d for d in wanted.values() if _differs(d, standing.get(d.name))]
        for definition in changed:
            _apply(services, connection, asker, definition, standing.get(definition.name))
    return [d.name for d in changed]


def read_files(services: Services) -> dict[str, DigestDefinition]:
    """What the files say, by name.

    :raises DefinitionErrors: a file has problems.
    """
    files = [*_shipped(), *_team(services.settings.kpis)]
    return {d.name: d for file, text in files for d in parse_digests(text, file, services.settings.timezone)}


def validated(settings: Settings, path: Path | None, known: Collection[str]) -> list[DigestDefinition]:
    """The digests of a file or folder, or without `path` of all that would be applied; `known` are the names of KPIs.

    :raises DefinitionErrors: a file has problems, or names a KPI that is not known.
    """
    problems: list[Problem] = []
    found: list[DigestDefinition] = []
    for file, text in _team(path) if path else [*_shipped(), *_team(settings.kpis)]:
        try:
            found += parse_digests(text, file, settings.timezone)
        except DefinitionErrors as errors:
            problems += errors.problems
    problems += [p for d in found for p in _unknown(d, known)]
    if problems:
        raise DefinitionErrors(problems)
    return found


def _unknown(definition: DigestDefinition, known: Collection[str]) -> Iterator[Problem]:
    charts = () if definition.charts == "auto" else definition.charts
    for field, names in (("kpis.names", definition.kpis.names), ("charts", charts)):
        for name in names:
            if name not in known:
                place, mend = f"{definition.name}.{field}", nearest(name, sorted(known))
                yield Problem(definition.file, definition.line, place, f"there is no KPI “{name}”", mend)


def is_untouched(stored: StoredDigest) -> bool:
    """Whether it is as its file says, and nobody has changed it in Slack."""
    return stored.file.endswith(f"#{_mark(stored.source)}")


def is_template(stored: StoredDigest) -> bool:
    """Whether it came with Barometer and nobody has taken it up: it goes nowhere by itself."""
    return stored.file.startswith(SHIPPED) and is_untouched(stored)


def standing(stored: StoredDigest) -> DigestDefinition:
    """The definition of a digest as it stands."""
    (definition,) = parse_digests(stored.source, stored.file.partition("#")[0])
    return definition


def _shipped() -> list[tuple[str, str]]:
    paths = sorted((Path(bot.catalogue.__path__[0]) / "digests").glob("*.yaml"))
    return [(f"{SHIPPED}/{path.name}", path.read_text(encoding="utf-8")) for path in paths]


def _team(root: Path | None) -> list[tuple[str, str]]:
    read = ((path, path.read_text(encoding="utf-8-sig", errors="replace")) for path in _team_files(root))
    return [(str(path), text) for path, text in read if is_digest_file(text)]


def _team_files(root: Path | None) -> list[Path]:
    if root is None:
        return []
    return sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".yml")) if root.is_dir() else [root]


def _differs(definition: DigestDefinition, stored: StoredDigest | None) -> bool:
    """A shipped file never takes the place of what a team has made of it; a team's file does when its text has changed."""
    if stored is None:
        return True
    if definition.file.startswith(SHIPPED) and not is_template(stored):
        return False
    return stored.file != f"{definition.file[-380:]}#{_mark(to_yaml(definition))}"


def _mark(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def _apply(
    services: Services, connection: Connection, asker: Asker, definition: DigestDefinition, before: StoredDigest | None
) -> None:
    now = services.now()
    kept = before.last_due if before and standing(before).schedule == definition.schedule else now
    source = to_yaml(definition)
    stored = StoredDigest(
        name=definition.name,
        source=source,
        version=before.version + 1 if before else 1,
        file=f"{definition.file[-380:]}#{_mark(source)}",
        target=definition.target,
        owner=definition.owner,
        paused=before.paused if before else False,
        last_due=kept,
        changed_at=now,
        changed_by=asker.user_id,
    )
    digests.save(connection, stored)
    was: dict[str, object] | None = {"source": before.source} if before else None
    audit.write(connection, now, Change(asker.user_id, "digest.apply", definition.name, was, {"source": stored.source}))
