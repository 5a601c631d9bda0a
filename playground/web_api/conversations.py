"""conversations.*: channels and direct messages, their members and their past."""

from playground import posting
from playground.errors import SlackError
from playground.web_api.call import Call, Method
from playground.workspace import Channel, Json

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def kind(channel: Channel) -> str:
    """A conversation's type as `types` names it."""
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def described(call: Call, channel: Channel) -> Json:
    """A conversation as Slack shows it to the bot."""
    bot = call.slack.app.bot_user_id
    common: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.is_archived, "is_im": channel.is_im}
    if channel.is_im:
        other = next((m for m in channel.members if m != bot), bot)
        return {**common, "user": other, "is_org_shared": False, "is_user_deleted": False, "priority": 0}
    text = {"value": channel.topic, "creator": channel.creator, "last_set": channel.created}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_private": channel.is_private,
        "is_mpim": False,
        "is_general": channel.name == "general",
        "is_member": bot in channel.members,
        "creator": channel.creator,
        "topic": text,
        "purpose": {**text, "value": ""},
        "num_members": len(channel.members),
        "context_team_id": call.slack.workspace.team_id,
    }


def listing(call: Call) -> Json:
    """conversations.list: what the bot may know of."""
    wanted = call.text("types", "public_channel").replace(" ", "").split(",")
    if not set(wanted) <= set(_KINDS):
        raise SlackError("invalid_types")
    for each in wanted:
        call.require_scope(f"{_KINDS[each]}:read")
    hidden = call.flag("exclude_archived")
    seen = call.slack.workspace.seen_by(call.slack.app.bot_user_id)
    found = [c for c in seen if kind(c) in wanted and not (hidden and c.is_archived)]
    page, metadata = call.page(found)
    return {"channels": [described(call, c) for c in page], "response_metadata": metadata}


def info(call: Call) -> Json:
    """conversations.info."""
    channel = call.channel()
    call.require_scope(f"{_KINDS[kind(channel)]}:read")
    answer = described(call, channel)
    if not call.flag("include_num_members"):
        answer.pop("num_members", None)
    return {"channel": answer}


def history(call: Call) -> Json:
    """conversations.history: newest first; never ephemeral messages, never replies that were not broadcast."""
    channel = _readable(call)
    newest_first = [m for m in reversed(channel.timeline()) if _within(call, m["ts"])]
    page, metadata = call.page(newest_first)
    more = bool(metadata["next_cursor"])
    answer = {"messages": [_shown(call, m) for m in page], "has_more": more, "pin_count": len(channel.pins)}
    return {**answer, "response_metadata": metadata} if more else answer


def replies(call: Call) -> Json:
    """conversations.replies: the root, then its answers, oldest first."""
    channel, ts = _readable(call), call.text("ts")
    if not channel.thread(ts):
        raise SlackError("thread_not_found")
    root, *rest = channel.thread(channel.find(ts).get("thread_ts", ts))
    page, metadata = call.page([root, *(m for m in rest if _within(call, m["ts"]))])
    more = bool(metadata["next_cursor"])
    answer = {"messages": [_shown(call, m) for m in page], "has_more": more}
    return {**answer, "response_metadata": metadata} if more else answer


def members(call: Call) -> Json:
    """conversations.members."""
    page, metadata = call.page(call.channel().members)
    return {"members": page, "response_metadata": metadata}


def open_direct(call: Call) -> Json:
    """conversations.open: direct messages with one person."""
    users = [u for u in call.text("users").split(",") if u]
    if call.text("channel"):
        channel = call.channel()
    elif len(users) == 1:
        person = call.slack.workspace.person(users[0])
        channel = call.slack.workspace.direct(call.slack.app.bot_user_id, person.id)
    else:
        raise SlackError("too_many_users" if users else "users_list_not_supplied")
    return {"channel": described(call, channel) if call.flag("return_im") else {"id": channel.id}}


def join(call: Call) -> Json:
    """conversations.join: public channels only."""
    channel = call.channel()
    if channel.is_private or channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    posting.require_writable(channel)
    bot = call.slack.app.bot_user_id
    if bot in channel.members:
        return {"channel": described(call, channel), "warning": "already_in_channel"}
    posting.join(call.slack, channel, bot)
    return {"channel": described(call, channel)}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.require_scope(f"{_KINDS[kind(channel)]}:history")
    if not call.slack.app.is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _within(call: Call, ts: str) -> bool:
    at, oldest, latest = float(ts), call.text("oldest"), call.text("latest")
    inclusive = call.flag("inclusive")
    try:
        after = not oldest or at > float(oldest) or (inclusive and ts == oldest)
        return after and (not latest or at < float(latest) or (inclusive and ts == latest))
    except ValueError:
        raise SlackError("invalid_ts_oldest" if oldest else "invalid_ts_latest") from None


def _shown(call: Call, message: Json) -> Json:
    hidden = set() if call.flag("include_all_metadata") else {"metadata"}
    return {k: v for k, v in message.items() if k not in hidden}


METHODS = {
    "conversations.list": Method(listing, 2, _READ),
    "conversations.info": Method(info, 3, _READ),
    "conversations.history": Method(history, 3, _HISTORY),
    "conversations.replies": Method(replies, 3, _HISTORY),
    "conversations.members": Method(members, 4, _READ),
    "conversations.open": Method(open_direct, 3, ("im:write", "mpim:write")),
    "conversations.join": Method(join, 3, ("channels:join",)),
}
