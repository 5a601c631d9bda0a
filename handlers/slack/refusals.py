"""Slack's own words for why it took no message, and what a person can do about each."""

from collections.abc import Mapping
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from bot.domain.deliveries import Outcome, Postponed, Refused, Throttled, Unknown

NEW_TOKEN = "Install the app again (Install App in its settings) and set the new SLACK_BOT_TOKEN"  # noqa: S105 - words
OTHER_PLACE = "Choose another channel or person"

ADVICE = {
    "channel_not_found": "Slack knows no such channel, or it is private and Barometer is not in it. "
    "Invite Barometer with /invite, or choose another channel.",
    "not_in_channel": "Barometer is not in that channel. Invite it there with /invite, then send this again.",
    "is_archived": f"The channel is archived. Unarchive it, or {OTHER_PLACE.lower()}.",
    "restricted_action": "The workspace lets only some people post there. Ask a workspace admin to let apps post, "
    "or choose another channel.",
    "restricted_action_read_only_channel": f"The channel is read-only. {OTHER_PLACE}.",
    "restricted_action_thread_only_channel": f"The channel takes replies in threads only. {OTHER_PLACE}.",
    "restricted_action_non_threadable_channel": f"The channel takes no replies in threads. {OTHER_PLACE}.",
    "restricted_action_thread_locked": "The thread is locked. Unlock it, then send this again.",
    "user_not_found": f"Slack knows no such person. {OTHER_PLACE}.",
    "user_disabled": f"That person has left the workspace. {OTHER_PLACE}.",
    "cannot_dm_bot": f"Slack lets no bot write to another. {OTHER_PLACE}.",
    "user_not_visible": f"Barometer may not see that person. {OTHER_PLACE}.",
    "messages_tab_disabled": "The app's messages are switched off. Switch on App Home > Messages Tab in the app's settings.",
    "token_revoked": f"The bot's token was revoked. {NEW_TOKEN}.",
    "token_expired": f"The bot's token has expired. {NEW_TOKEN}.",
    "invalid_auth": "Slack does not accept the bot's token. Copy it again from Install App into SLACK_BOT_TOKEN.",
    "not_authed": "The bot has no token. Copy it from Install App into SLACK_BOT_TOKEN.",
    "account_inactive": f"The app was removed from the workspace. {NEW_TOKEN}.",
    "missing_scope": "The app lacks a permission. Give it the manifest that ships with Barometer, and install it again.",
    "no_permission": "The app may not post there. Ask a workspace admin, or choose another channel.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN is a token of another kind. Set the one that begins with xoxb-.",
    "access_denied": "Slack denies the app access. Ask a workspace admin.",
    "team_access_not_granted": "The app is not installed in this workspace. Ask an organisation admin to add it.",
    "ekm_access_denied": "The workspace's encryption settings forbid it. Ask a workspace admin.",
    "org_login_required": "The workspace is being moved into an organisation. Send this again when that is done.",
    "msg_too_long": "The message is too long even as plain text. Let it show fewer KPIs.",
    "msg_blocks_too_long": "The message is too long even as plain text. Let it show fewer KPIs.",
    "no_text": "The message has no text. Look at what it is made from.",
    "message_not_found": "The message that it would change was deleted.",
    "cant_update_message": "The message that it would change is not Barometer's own.",
    "edit_window_closed": "The workspace lets messages be changed for a while only. Ask a workspace admin.",
    "thread_not_found": "The message that it replies to was deleted.",
    "cannot_reply_to_message": "The message that it belongs to takes no replies.",
    "message_limit_exceeded": "The workspace has reached its limit of messages. Ask a workspace admin.",
}
"""The errors of chat.postMessage and conversations.open after which a further try would be answered the same."""
ADVICE_ON_PEOPLE = ADVICE | {"channel_not_found": ADVICE["user_not_found"]}
"""The same for what is posted to a person's id: the channel that Slack does not find is then theirs."""

HALF_WAY = frozenset({"internal_error", "fatal_error"})
"""Slack: "it's possible some aspect of the operation succeeded before the error was raised"."""
PASSING = frozenset({"service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"})
BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_blocks_too_long"})
LONGEST_WAIT = timedelta(hours=1)


def outcome(error: SlackApiError, advice: Mapping[str, str] = ADVICE) -> Outcome:
    """What an answer other than `ok` says; `advice` has the errors after which a further try would be answered the same."""
    response = error.response
    status, code = int(getattr(response, "status_code", 0) or 0), _code(error)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Throttled(_wait(response.headers if hasattr(response, "headers") else {}))
    if status >= 500 or code in HALF_WAY or code == "unreadable answer":
        return Unknown(f"HTTP {status}" if status >= 500 else code)
    if code in advice:
        return Refused(code, advice[code])
    return Postponed(code, explained=code in PASSING)


def asks_for_simpler(error: SlackApiError) -> bool:
    """Whether Slack objects to how the message is drawn, not to the message."""
    return _code(error) in BLOCKS


def _code(error: SlackApiError) -> str:
    found = str(error.response.get("error", "")) if error.response is not None else ""
    return found if found and len(found) < 60 and " " not in found else "unreadable answer"


def _wait(headers: object) -> timedelta:
    given = {str(k).lower(): v for k, v in dict(headers).items()} if headers else {}  # type: ignore[call-overload]
    value = given.get("retry-after", "1")
    seconds = str(value[0] if isinstance(value, list) else value).strip()
    return min(LONGEST_WAIT, timedelta(seconds=max(1, int(seconds)))) if seconds.isdecimal() else timedelta(seconds=1)
