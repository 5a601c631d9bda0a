"""Whether Slack lets the bot do its work: tokens, scopes, the clock, channels."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.checks import Finding, bad, good
from bot.settings import Settings

MANIFEST = Path(__file__).parents[2] / "manifest.json"
TIMEOUT_SECONDS = 10
CLOCK_SECONDS = 60
"""Slack's signatures are refused from five minutes on; a minute is a warning in time."""

TOKEN_MENDS = {
    "invalid_auth": "copy the token again from the app's settings",
    "not_authed": "copy the token again from the app's settings",
    "account_inactive": "the app was removed from the workspace: install it again and set the new token",
    "token_revoked": "the token was revoked: install the app again and set the new token",
    "token_expired": "the token has expired: install the app again and set the new token",
    "not_allowed_token_type": "it is a token of another kind: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-",
    "missing_scope": "add the scope connections:write to the app-level token",
}


def wanted_scopes() -> set[str]:
    """The scopes that the manifest asks for."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])


def findings(settings: Settings, channels: dict[str, str]) -> Iterator[Finding]:
    """What Slack says. `channels` maps the id of each channel or person to what it is used for."""
    client = WebClient(settings.slack_bot_token, base_url=settings.slack_api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    if not settings.slack_bot_token:
        yield bad("bot token", "SLACK_BOT_TOKEN is not set", "copy it from Install App in the app's settings (xoxb-…)")
    else:
        yield from _bot(client, channels)
    yield from _way_in(settings)


def _bot(client: WebClient, channels: dict[str, str]) -> Iterator[Finding]:
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        yield _refused("bot token", error)
        return
    except OSError as error:
        yield bad("Slack", f"the Web API cannot be reached ({error})", "check the network and SLACK_API_URL")
        return
    yield good("bot token", f"{answer.get('user')} in {answer.get('team')}")
    yield _scopes(answer)
    yield _clock(answer)
    for channel, purpose in channels.items():
        yield _channel(client, channel, purpose)


def _scopes(answer: SlackResponse) -> Finding:
    granted = set(_header(answer, "x-oauth-scopes").replace(" ", "").split(",")) - {""}
    if not granted:
        return good("scopes", "Slack does not say which; nothing to compare")
    missing = wanted_scopes() - granted
    if missing:
        return bad(
            "scopes", f"missing {', '.join(sorted(missing))}", "add them under OAuth & Permissions and install the app again"
        )
    return good("scopes", f"all {len(wanted_scopes())} granted")


def _clock(answer: SlackResponse) -> Finding:
    said = _header(answer, "date")
    if not said:
        return good("clock", "Slack does not say the time; nothing to compare")
    apart = abs((datetime.now(UTC) - parsedate_to_datetime(said).astimezone(UTC)).total_seconds())
    if apart > CLOCK_SECONDS:
        return bad(
            "clock", f"{apart:.0f} s away from Slack's", "synchronise this machine's clock (NTP): Slack's signatures expire"
        )
    return good("clock", f"within {max(1, round(apart))} s of Slack's")


def _channel(client: WebClient, channel: str, purpose: str) -> Finding:
    if channel.startswith(("U", "W")):
        return good(f"{purpose}: {channel}", "a person, written to directly")
    try:
        info = client.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        return _channel_refused(channel, purpose, error.response.get("error", ""))
    if info.get("is_archived"):
        return bad(f"{purpose}: {channel}", f"#{info.get('name')} is archived", "choose another channel or unarchive it")
    if not info.get("is_member"):
        return bad(f"{purpose}: {channel}", f"the bot is not in #{info.get('name')}", "invite it there")
    return good(f"{purpose}: {channel}", f"the bot is in #{info.get('name')}")


def _channel_refused(channel: str, purpose: str, error: str) -> Finding:
    if error == "channel_not_found":
        return bad(
            f"{purpose}: {channel}",
            "there is no such channel, or it is private and the bot is not in it",
            "invite the bot, or choose another",
        )
    return bad(f"{purpose}: {channel}", f"Slack answers {error}", "see the scopes above")


def _way_in(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token:
        client = WebClient(base_url=settings.slack_api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        try:
            client.apps_connections_open(app_token=settings.slack_app_token)
        except SlackApiError as error:
            yield _refused("app token", error)
        except OSError as error:
            yield bad("app token", f"the Web API cannot be reached ({error})", "check the network and SLACK_API_URL")
        else:
            yield good("app token", "Socket Mode opens")
    elif settings.slack_signing_secret:
        yield good("signing secret", f"set; Slack's request URL is https://<your host>/slack/events (port {settings.port})")
    else:
        yield bad(
            "way in",
            "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
            "set the first for Socket Mode, the second for HTTP",
        )


def _refused(what: str, error: SlackApiError) -> Finding:
    code = str(error.response.get("error", "an error"))
    if " " in code:
        return bad(what, "what answers is not Slack's Web API", "check SLACK_API_URL, and any proxy in between")
    return bad(what, f"Slack answers {code}", TOKEN_MENDS.get(code, "see the app's settings"))


def _header(answer: SlackResponse, name: str) -> str:
    headers = {str(k).lower(): v for k, v in (answer.headers or {}).items()}
    value = headers.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
