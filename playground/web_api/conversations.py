"""conversations.*: channels and direct messages, their members and their past."""

import re

from playground import posting
from playground.errors import SlackError
from playground.web_api.call import Call, Method
from playground.workspace import Channel, Json

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_MANAGE = ("channels:manage", "groups:write")
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


def create(call: Call) -> Json:
    """conversations.create: a channel with the bot alone in it."""
    private, name = call.flag("is_private"), call.text("name").strip()
    call.require_scope("groups:write" if private else "channels:manage")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    bot = call.slack.app.bot_user_id
    return {"channel": described(call, posting.open_channel(call.slack, name, bot, private=private))}


def invite(call: Call) -> Json:
    """conversations.invite: up to a hundred people, all of them or nobody."""
    channel = _managed(call)
    people = [u for u in call.text("users").split(",") if u]
    if not people:
        raise SlackError("no_user")
    for user in people:
        call.slack.workspace.person(user)
        if user == call.slack.app.bot_user_id:
            raise SlackError("cant_invite_self")
        if user in channel.members:
            raise SlackError("already_in_channel")
    for user in people:
        posting.join(call.slack, channel, user)
    return {"channel": described(call, channel)}


def kick(call: Call) -> Json:
    """conversations.kick."""
    channel, user = _managed(call), call.text("user")
    call.slack.workspace.person(user)
    if user == call.slack.app.bot_user_id:
        raise SlackError("cant_kick_self")
    if user not in channel.members:
        raise SlackError("not_in_channel")
    posting.leave(call.slack, channel, user)
    return {"errors": {}}


def set_topic(call: Call) -> Json:
    """conversations.setTopic; the channel shows who set it."""
    channel, topic = _managed(call), call.text("topic")
    if len(topic) > 250:
        raise SlackError("too_long")
    if topic != channel.topic:
        channel.topic = topic
        posting.show_channel(call.slack, channel)
        bot = call.slack.app.bot_user_id
        said = {"user": bot, "subtype": "channel_topic", "topic": topic, "text": f"set the channel topic: {topic}"}
        posting.post(call.slack, channel, said)
    return {"channel": described(call, channel)}


def archive(call: Call) -> Json:
    """conversations.archive."""
    channel = call.joined_channel()
    _require_manage(call, channel)
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    channel.is_archived = True
    posting.show_channel(call.slack, channel)
    return {}


def _managed(call: Call) -> Channel:
    channel = call.joined_channel()
    _require_manage(call, channel)
    posting.require_writable(channel)
    return channel


def _require_manage(call: Call, channel: Channel) -> None:
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    call.require_scope("groups:write" if channel.is_private else "channels:manage")


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
    "conversations.archive": Method(archive, 2, _MANAGE),
    "conversations.create": Method(create, 2, _MANAGE),
    "conversations.invite": Method(invite, 3, _MANAGE),
    "conversations.kick": Method(kick, 3, _MANAGE),
    "conversations.setTopic": Method(set_topic, 2, _MANAGE),
    "conversations.join": Method(join, 3, ("channels:join",)),
}
