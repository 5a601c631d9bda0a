"""Settings come from the environment, whole or not at all."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.own_hours import QuietHours
from bot.settings import Clock, from_environment


def test_nothing_set_gives_a_team_of_one_on_sqlite() -> None:
    """Every setting has a sane default."""
    settings = from_environment({})
    assert settings.database_url == "sqlite:///barometer.db"
    assert (settings.host, settings.port, settings.timezone) == ("127.0.0.1", 3000, "UTC")
    assert settings.quiet_hours == QuietHours(time(20), time(8))
    assert settings.admins == frozenset()


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """NAME_FILE wins over NAME and its newline is dropped."""
    secret = tmp_path / "token"
    secret.write_text("xoxb-from-file\n")
    settings = from_environment({"SLACK_BOT_TOKEN_FILE": str(secret), "SLACK_BOT_TOKEN": "xoxb-from-environment"})
    assert settings.slack_bot_token == "xoxb-from-file"


def test_secrets_are_kept_out_of_the_representation() -> None:
    """A traceback with the settings in it tells nothing."""
    settings = from_environment(
        {
            "SLACK_BOT_TOKEN": "xoxb-hidden",
            "SLACK_SIGNING_SECRET": "sign-hidden",
            "SLACK_APP_TOKEN": "xapp-hidden",
            "DATABASE_URL": "postgresql://user:db-hidden@localhost/x",
        }
    )
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "PORT must be a number from 1 to 65535."),
        ("PORT", "70000", "PORT must be a number from 1 to 65535."),
        ("SLACK_API_URL", "slack.com/api", "SLACK_API_URL must start with http:// or https://."),
        ("BAROMETER_TIMEZONE", "Middle/Earth", "which is no IANA time zone"),
        ("BAROMETER_TIMEZONE", "../etc/passwd", "which is no IANA time zone"),
        ("BAROMETER_QUIET_HOURS", "late", "two hours such as 20:00-08:00, or none"),
        ("BAROMETER_KPIS", "/nowhere/at/all", "which does not exist"),
        ("BAROMETER_START_AT", "soon", "an ISO time"),
        ("BAROMETER_REMEDY_ORIGINS", "https://*.example.com", "“https://*.example.com” is none"),
        ("BAROMETER_REMEDY_ORIGINS", "*", "without a path or *"),
        ("BAROMETER_REMEDY_ORIGINS", "https://a.example:http", "must be origins such as"),
        ("BAROMETER_REMEDY_ORIGINS", "https://a.example:70000", "must be origins such as"),
        ("BAROMETER_REMEDY_SECRET", "two words", "use 32 or more letters and digits, without spaces"),
        ("SLACK_BOT_TOKEN_FILE", "/nowhere/at/all", "SLACK_BOT_TOKEN_FILE names a file that cannot be read"),
    ],
)
def test_a_bad_value_gets_one_sentence_that_names_it(name: str, value: str, says: str) -> None:
    """Whoever set it knows what to mend."""
    with pytest.raises(InvalidInput) as caught:
        from_environment({name: value})
    assert says in caught.value.text


def test_the_api_address_ends_with_a_slash() -> None:
    """Method names are put right behind it."""
    assert from_environment({"SLACK_API_URL": "http://127.0.0.1:9/api"}).slack_api_url == "http://127.0.0.1:9/api/"


def test_origins_of_remedies_are_read_in_lower_case() -> None:
    """They are compared so."""
    found = from_environment({"BAROMETER_REMEDY_ORIGINS": "HTTPS://Deploy.Example.com:8443/, http://[::1]:9"})
    assert found.remedy_origins == {"https://deploy.example.com:8443", "http://[::1]:9"}


def test_quiet_hours_can_be_switched_off() -> None:
    """Some teams never sleep."""
    assert from_environment({"BAROMETER_QUIET_HOURS": "none"}).quiet_hours is None


def test_a_rehearsal_clock_moves_forward_only() -> None:
    """Records are never made in the past of other records."""
    clock = Clock(datetime(2026, 11, 23, 8, 59, tzinfo=UTC))
    assert timedelta() <= clock() - datetime(2026, 11, 23, 8, 59, tzinfo=UTC) < timedelta(minutes=1)
    clock.move_to(datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert clock() >= datetime(2026, 11, 30, 9, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        clock.move_to(datetime(2026, 11, 29, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "value"),
    [("BAROMETER_LEASE_SECONDS", "1"), ("BAROMETER_LEASE_SECONDS", "soon"), ("BAROMETER_MESSAGES_PER_SECOND", "nan")],
)
def test_a_number_out_of_bounds_is_refused_with_its_bounds(name: str, value: str) -> None:
    """A lease shorter than a request, or a pace of nothing, would lose or repeat messages."""
    assert from_environment({"BAROMETER_LEASE_SECONDS": "90"}).lease == timedelta(seconds=90)
    with pytest.raises(InvalidInput, match=f"{name} must be a number from"):
        from_environment({name: value})


def test_numbers_for_definitions_are_read() -> None:
    """BAROMETER_VALUE_P95_MS stands for ${P95_MS} in a definition; anything but a number is refused."""
    assert from_environment({"BAROMETER_VALUE_P95_MS": " 120 ", "BAROMETER_VALUE_EMPTY": ""}).values == {"P95_MS": 120}
    for wrong in ("fast", "NaN", "1e309"):
        with pytest.raises(InvalidInput, match="BAROMETER_VALUE_P95_MS must be a number"):
            from_environment({"BAROMETER_VALUE_P95_MS": wrong})


@pytest.mark.parametrize("value", ["xoxb-…", "xoxb-1 2", "xoxb-1\n2", "xoxb-\N{ZERO WIDTH SPACE}1"])
def test_a_token_that_was_not_copied_well_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(InvalidInput, match="SLACK_BOT_TOKEN has characters") as refused:
        from_environment({"SLACK_BOT_TOKEN": value})
    assert "xoxb" not in refused.value.text


@pytest.mark.parametrize(
    ("hours", "moment", "over"),
    [
        ("20:00-08:00", "2026-11-24T19:30:00", "2026-11-25T07:00:00"),
        ("20:00-08:00", "2026-11-24T03:00:00", "2026-11-24T07:00:00"),
        ("20:00-08:00", "2026-11-24T07:00:00", "2026-11-24T07:00:00"),
        ("20:00-08:00", "2026-11-24T12:00:00", "2026-11-24T12:00:00"),
        ("12:00-13:00", "2026-11-24T11:10:00", "2026-11-24T12:00:00"),
        ("12:00-13:00", "2026-11-24T12:00:00", "2026-11-24T12:00:00"),
        ("20:00-08:00", "2026-10-24T20:00:00", "2026-10-25T07:00:00"),
    ],
)
def test_quiet_hours_end_on_the_clocks_of_the_zone(hours: str, moment: str, over: str) -> None:
    quiet = from_environment({"BAROMETER_QUIET_HOURS": hours}).quiet_hours
    assert quiet is not None
    at, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, over))
    assert quiet.over(at, "Europe/Oslo") == end
