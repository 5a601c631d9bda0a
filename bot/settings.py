"""Settings, read once from the environment. A secret may be given as NAME, or as NAME_FILE: the path of a file holding it."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.errors import InvalidInput
from bot.domain.own_hours import QuietHours

_EMOJI = re.compile(r"[^\s:A-Z]{1,100}")
_ORIGIN = re.compile(r"https?://(?:[^/\s?#@*:\\\[\]]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_PERSON = re.compile(r"[UW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set from outside. Secrets are kept out of `repr`."""

    slack_bot_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    database_url: str = field(default="sqlite:///barometer.db", repr=False)
    host: str = "127.0.0.1"
    port: int = 3000
    kpis: Path | None = None
    admins: frozenset[str] = frozenset()
    admin_channel: str = ""
    critical_models: frozenset[str] = frozenset()
    incident_channel: str = ""
    alert_channel: str = ""
    remedy_secret: str = field(default="", repr=False)
    remedy_origins: frozenset[str] = frozenset()
    timeline_reaction: str = "pushpin"
    archive_channels: bool = False
    timezone: str = "UTC"
    quiet_hours: QuietHours | None = None
    start_at: datetime | None = None
    lease: timedelta = timedelta(seconds=60)
    messages_per_second: float = 8.0
    survey_keys: Path = Path(tempfile.gettempdir()) / "barometer-survey-keys"
    values: Mapping[str, Decimal] = field(default_factory=dict)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives.

    :raises InvalidInput: a value cannot be read; the text names the variable and what it may be.
    """
    env = os.environ if environ is None else environ
    return Settings(
        slack_bot_token=_token(env, "SLACK_BOT_TOKEN"),
        slack_signing_secret=_token(env, "SLACK_SIGNING_SECRET"),
        slack_app_token=_token(env, "SLACK_APP_TOKEN"),
        slack_api_url=_api_url(env.get("SLACK_API_URL", "")),
        database_url=_secret(env, "DATABASE_URL") or "sqlite:///barometer.db",
        host=env.get("HOST") or "127.0.0.1",
        port=_port(env.get("PORT", "")),
        kpis=_path(env.get("BAROMETER_KPIS", "")),
        admins=_people(env, "BAROMETER_ADMINS"),
        admin_channel=env.get("BAROMETER_ADMIN_CHANNEL", "").strip(),
        critical_models=frozenset(env.get("BAROMETER_CRITICAL_MODELS", "").replace(",", " ").split()),
        incident_channel=env.get("BAROMETER_INCIDENT_CHANNEL", "").strip(),
        alert_channel=env.get("BAROMETER_ALERT_CHANNEL", "").strip(),
        remedy_secret=_key(env, "BAROMETER_REMEDY_SECRET"),
        remedy_origins=_origins(env, "BAROMETER_REMEDY_ORIGINS"),
        timeline_reaction=_reaction(env.get("BAROMETER_TIMELINE_REACTION", "")),
        archive_channels=_yes(env, "BAROMETER_ARCHIVE_INCIDENT_CHANNELS"),
        timezone=_zone(env.get("BAROMETER_TIMEZONE", "")),
        quiet_hours=_quiet(env.get("BAROMETER_QUIET_HOURS", "")),
        start_at=_start(env.get("BAROMETER_START_AT", "")),
        lease=timedelta(seconds=_between(env, "BAROMETER_LEASE_SECONDS", 60, 5, 3600)),
        messages_per_second=_between(env, "BAROMETER_MESSAGES_PER_SECOND", 8, 0.1, 1000),
        survey_keys=_survey_keys(env),
        values=_values(env),
    )


def _secret(env: Mapping[str, str], name: str) -> str:
    file = env.get(f"{name}_FILE", "")
    if not file:
        return env.get(name, "").strip()
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name}_FILE names a file that cannot be read; check its path and its permissions.") from error


def _token(env: Mapping[str, str], name: str) -> str:
    """A secret of Slack's, which goes into a header."""
    secret = _secret(env, name)
    if not _is_plain(secret):
        raise InvalidInput(f"{name} has characters that Slack's tokens do not have; copy it again, all of it and nothing else.")
    return secret


def _key(env: Mapping[str, str], name: str) -> str:
    """A secret of the team's own, with which requests are signed."""
    secret = _secret(env, name)
    if not _is_plain(secret):
        raise InvalidInput(f"{name} has characters that it may not have; use 32 or more letters and digits, without spaces.")
    return secret


def _is_plain(secret: str) -> bool:
    return secret.isascii() and secret.isprintable() and " " not in secret


def _people(env: Mapping[str, str], name: str) -> frozenset[str]:
    found = frozenset(env.get(name, "").replace(",", " ").split())
    if wrong := sorted(one for one in found if not _PERSON.fullmatch(one)):
        raise InvalidInput(
            f"{name} must be ids of people such as U01ABCDEF, from their profiles in Slack; “{wrong[0]}” is none."
        )
    return found


def _yes(env: Mapping[str, str], name: str) -> bool:
    word = env.get(name, "").strip().lower() or "no"
    if word not in ("yes", "no"):
        raise InvalidInput(f"{name} must be yes or no.")
    return word == "yes"


def _reaction(value: str) -> str:
    name = value.strip().strip(":") or "pushpin"
    if not _EMOJI.fullmatch(name):
        raise InvalidInput("BAROMETER_TIMELINE_REACTION must be the name of an emoji such as pushpin.")
    return name


def _origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    """Origins as they are compared: in lower case."""
    found = frozenset(each.rstrip("/").lower() for each in env.get(name, "").replace(",", " ").split())
    if wrong := sorted(one for one in found if not _is_origin(one)):
        raise InvalidInput(
            f"{name} must be origins such as https://deploy.example.com:8443, each in full, without a path or *; "
            f"“{wrong[0]}” is none."
        )
    return found


def _is_origin(text: str) -> bool:
    read = _ORIGIN.fullmatch(text)
    return read is not None and (read["port"] is None or 0 < int(read["port"]) < 65536)


def _values(env: Mapping[str, str]) -> dict[str, Decimal]:
    """Numbers for placeholders in definitions: BAROMETER_VALUE_P95_MS stands for ${P95_MS}."""
    prefix = "BAROMETER_VALUE_"
    return {n.removeprefix(prefix): _value(n, env[n]) for n in sorted(env) if n.startswith(prefix) and env[n].strip()}


def _value(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not abs(value) <= Decimal("1e30"):
        raise InvalidInput(f"{name} must be a number such as 300 or 0.8.")
    return value


def _api_url(value: str) -> str:
    url = value.strip() or "https://slack.com/api/"
    if not url.startswith(("http://", "https://")):
        raise InvalidInput("SLACK_API_URL must start with http:// or https://.")
    return url if url.endswith("/") else url + "/"


def _port(value: str) -> int:
    if not value:
        return 3000
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise InvalidInput("PORT must be a number from 1 to 65535.")
    return int(value)


def _between(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    value = env.get(name, "").strip()
    try:
        number = float(value) if value else default
    except ValueError:
        number = -1
    if not low <= number <= high:
        raise InvalidInput(f"{name} must be a number from {low:g} to {high:g}.")
    return number


def _path(value: str) -> Path | None:
    if not value:
        return None
    path = Path(value)
    if not path.exists():
        raise InvalidInput(f"BAROMETER_KPIS names {value}, which does not exist; give a folder or a file of definitions.")
    return path


def _survey_keys(env: Mapping[str, str]) -> Path:
    """A folder apart from the database, whose backups must not hold the keys."""
    if given := env.get("BAROMETER_SURVEY_KEYS", "").strip():
        return Path(given)
    state = env.get("XDG_STATE_HOME", "").strip() or str(Path("~/.local/state").expanduser())
    return Path(state) / "barometer" / "survey-keys"


def _zone(value: str) -> str:
    name = value.strip() or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"BAROMETER_TIMEZONE is {name}, which is no IANA time zone; write one such as Europe/Oslo."
        ) from error
    return name


def _quiet(value: str) -> QuietHours | None:
    words = value.strip() or "20:00-08:00"
    if words.lower() == "none":
        return None
    try:
        start, end = (time.fromisoformat(part.strip()) for part in words.split("-"))
    except ValueError as error:
        raise InvalidInput("BAROMETER_QUIET_HOURS must be two hours such as 20:00-08:00, or none.") from error
    return QuietHours(start, end)


def _start(value: str) -> datetime | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput("BAROMETER_START_AT must be an ISO time such as 2026-11-23T08:59:00Z.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Clock:
    """The moment in UTC. A rehearsal may start it elsewhere, or move it forward; it never stands still."""

    def __init__(self, start_at: datetime | None = None) -> None:
        self._shift = timedelta() if start_at is None else start_at - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` now.

        :raises InvalidInput: that would go back in time, which the records do not allow.
        """
        if moment < self():
            raise InvalidInput("The clock only moves forward; choose a later time.")
        self._shift = moment - datetime.now(UTC)
