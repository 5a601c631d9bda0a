"""users.*, usergroups.*, team.*, bots.*, auth.*: who is who."""

from datetime import datetime
from zoneinfo import ZoneInfo

from playground.errors import SlackError
from playground.web_api.call import Call, Method
from playground.web_api.conversations import described, kind
from playground.workspace import Json, Person, Usergroup


def described_person(call: Call, person: Person) -> Json:
    """A member as Slack shows them to the bot: the e-mail address only with `users:read.email`, the locale if asked for."""
    scopes = call.slack.app.scopes
    now = call.slack.workspace.now()
    offset = _offset(person.tz, now)
    profile = {
        "real_name": person.real_name,
        "display_name": person.name,
        "title": person.title,
        "avatar_hash": "",
        "fields": {},
    }
    if not person.is_bot and (scopes is None or "users:read.email" in scopes):
        profile["email"] = f"{person.name}@playground.example"
    return {
        "id": person.id,
        "team_id": call.slack.workspace.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": person.avatar_color.lstrip("#"),
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": offset,
        "profile": profile,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
        **({"locale": person.locale} if call.flag("include_locale") else {}),
    }


def _offset(zone: str, now: datetime) -> int:
    """Seconds east of UTC at this moment."""
    delta = now.astimezone(ZoneInfo(zone)).utcoffset()
    return int(delta.total_seconds()) if delta else 0


def info(call: Call) -> Json:
    """users.info."""
    (user,) = call.need("user")
    return {"user": described_person(call, call.slack.workspace.person(user))}


def listing(call: Call) -> Json:
    """users.list."""
    page, metadata = call.page(list(call.slack.workspace.people.values()), default=1000)
    return {"members": [described_person(call, p) for p in page], "cache_ts": 0, "response_metadata": metadata}


def conversations(call: Call) -> Json:
    """users.conversations: those that the bot may know of."""
    user = call.text("user") or call.slack.app.bot_user_id
    call.slack.workspace.person(user)
    wanted = call.text("types", "public_channel").replace(" ", "").split(",")
    hidden = call.flag("exclude_archived")
    seen = call.slack.workspace.seen_by(call.slack.app.bot_user_id)
    found = [c for c in seen if user in c.members and kind(c) in wanted and not (hidden and c.is_archived)]
    page, metadata = call.page(found)
    return {"channels": [described(call, c) for c in page], "response_metadata": metadata}


def lookup_by_email(call: Call) -> Json:
    """users.lookupByEmail."""
    (email,) = call.need("email")
    for person in call.slack.workspace.people.values():
        if not person.is_bot and email.lower() == f"{person.name}@playground.example":
            return {"user": described_person(call, person)}
    raise SlackError("users_not_found")


def usergroups(call: Call) -> Json:
    """usergroups.list."""
    groups = call.slack.workspace.usergroups.values()
    return {"usergroups": [_group(call, g, call.flag("include_users")) for g in groups]}


def usergroup_users(call: Call) -> Json:
    """usergroups.users.list."""
    group = call.slack.workspace.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _group(call: Call, group: Usergroup, with_users: bool) -> Json:
    base: Json = {"id": group.id, "team_id": call.slack.workspace.team_id, "is_usergroup": True}
    users = {"users": list(group.users)} if with_users else {}
    return {**base, "name": group.name, "handle": group.handle, "user_count": len(group.users), "date_delete": 0, **users}


def auth_test(call: Call) -> Json:
    """auth.test."""
    app, workspace = call.slack.app, call.slack.workspace
    names = {"url": call.slack.base_url + "/", "team": workspace.name, "user": app.name.lower()}
    ids = {"team_id": workspace.team_id, "user_id": app.bot_user_id, "bot_id": app.bot_id}
    return {**names, **ids, "is_enterprise_install": False}


def team_info(call: Call) -> Json:
    """team.info."""
    workspace = call.slack.workspace
    team = {"id": workspace.team_id, "name": workspace.name, "domain": workspace.domain, "email_domain": "", "icon": {}}
    return {"team": {**team, "url": call.slack.base_url + "/"}}


def bots_info(call: Call) -> Json:
    """bots.info."""
    app = call.slack.app
    if call.text("bot", app.bot_id) != app.bot_id:
        raise SlackError("bot_not_found")
    bot = {"id": app.bot_id, "deleted": False, "name": app.name, "updated": 0, "app_id": app.id, "user_id": app.bot_user_id}
    return {"bot": {**bot, "icons": {}}}


METHODS = {
    "auth.test": Method(auth_test, 0),
    "users.info": Method(info, 4, ("users:read",)),
    "users.list": Method(listing, 2, ("users:read",)),
    "users.conversations": Method(conversations, 3, ("channels:read", "groups:read", "im:read", "mpim:read")),
    "users.lookupByEmail": Method(lookup_by_email, 3, ("users:read.email",)),
    "usergroups.list": Method(usergroups, 2, ("usergroups:read",)),
    "usergroups.users.list": Method(usergroup_users, 2, ("usergroups:read",)),
    "team.info": Method(team_info, 3, ("team:read",)),
    "bots.info": Method(bots_info, 3, ("users:read",)),
}
