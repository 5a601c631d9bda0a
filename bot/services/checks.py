"""Whether the bot's own ground holds: database, schema, definitions, and where digests go."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.domain.checks import Finding, bad, good
from bot.domain.errors import BarometerError, NoDatabase, NotOpened
from bot.services import Services, definition_files, digest_files, surveys
from storage import digests, migrations

LEAST_FREE_MB = 200


def findings(services: Services) -> Iterator[Finding]:
    """Everything that can be told without Slack."""
    yield _database(services)
    yield from _sqlite_file(services)
    yield _schema(services)
    yield _definitions(services)
    yield _survey_keys(services)
    yield _admins(services)


def channels(services: Services) -> dict[str, str]:
    """The channels and people that messages go to, each with what for. Empty while the database cannot tell."""
    found = {services.settings.admin_channel: "admin channel"} if services.settings.admin_channel else {}
    try:
        with services.db.read() as connection:
            targets = {d.target: f"digest {d.name}" for d in digests.everything(connection) if d.target and not d.paused}
    except BarometerError:
        return found
    return {**targets, **found}


def _database(services: Services) -> Finding:
    try:
        with services.db.read():
            return good("database", services.db.engine.dialect.name)
    except (NoDatabase, NotOpened) as error:
        problem, _, mend = error.text.rstrip(".").partition("; ")
        return bad("database", problem, mend)
    except BarometerError:
        return bad("database", "it cannot be reached", "check DATABASE_URL, and that the server runs and lets this user in")


def _sqlite_file(services: Services) -> Iterator[Finding]:
    file = services.db.engine.url.database
    if not services.db.is_sqlite or not file:
        return
    folder = Path(file).resolve().parent
    if not os.access(folder, os.W_OK):
        yield bad(
            "disk",
            f"the folder of {file} cannot be written",
            "choose another path in DATABASE_URL, or allow this user to write",
        )
        return
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < LEAST_FREE_MB:
        yield bad("disk", f"{free} MB free", "make room: without it nothing can be recorded")
    else:
        yield good("disk", f"{free:,} MB free")


def _schema(services: Services) -> Finding:
    try:
        behind = migrations.pending(services.db)
    except BarometerError:
        return bad("schema", "not known while the database cannot be reached", "mend the database first")
    if behind:
        return bad("schema", f"{len(behind)} steps behind", "run barometer migrate (barometer run does it by itself)")
    return good("schema", f"up to date ({migrations.head()})")


def _definitions(services: Services) -> Finding:
    try:
        kpis, written = definition_files.read_files(services.settings), digest_files.read_files(services)
        asked = surveys.from_files(services.settings.kpis)
    except BarometerError as error:
        return bad("definitions", error.text, "mend what is named; nothing of these files was applied")
    return good("definitions", f"{len(kpis)} KPIs, {len(written)} digests and {len(asked)} surveys; every KPI's tests hold")


def _survey_keys(services: Services) -> Finding:
    """Whether keys can be kept; the folder is made with the first of them."""
    folder = services.settings.survey_keys
    there = next((each for each in (folder, *folder.resolve().parents) if each.exists()), folder)
    if not there.is_dir() or not os.access(there, os.W_OK):
        return bad(
            "survey keys", f"{folder} cannot be written", "set BAROMETER_SURVEY_KEYS to a folder of its own, not backed up"
        )
    file = services.db.engine.url.database
    if services.db.is_sqlite and file and Path(file).resolve().parent == folder.resolve():
        return bad(
            "survey keys", "they lie beside the database", "set BAROMETER_SURVEY_KEYS to a folder that is not backed up with it"
        )
    return good("survey keys", str(folder))


def _admins(services: Services) -> Finding:
    if services.settings.admins:
        return good("admins", ", ".join(sorted(services.settings.admins)))
    return bad("admins", "nobody", "set BAROMETER_ADMINS to your user id: admins give roles and hear of failures")
