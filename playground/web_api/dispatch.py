"""Takes a call through Slack's checks in Slack's order: method, token, scope, rate, arguments."""

from playground.errors import SlackError
from playground.slack import Slack
from playground.web_api import chat, conversations, extras, files, people, views
from playground.web_api.call import Call, Method
from playground.workspace import Json

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **extras.METHODS,
    **files.METHODS,
    **people.METHODS,
    **views.METHODS,
}

CONNECT = "apps.connections.open"


def run(slack: Slack, method: str, token: str, args: Json) -> Json:
    """The method's answer with `ok`. Raises SlackError."""
    if method == CONNECT:
        return {"ok": True, "url": open_connection(slack, token)}
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    known = METHODS[method]
    _check_token(token, slack.app.bot_token, slack.app.app_token, slack.app.revoked)
    _check_scope(slack, known)
    _check_rate(slack, method, known.tier)
    return {"ok": True, **known.run(Call(slack, method, args))}


def open_connection(slack: Slack, token: str) -> str:
    """The address of a new Socket Mode connection."""
    _check_token(token, slack.app.app_token, slack.app.bot_token, revoked=False)
    _check_rate(slack, CONNECT, 1)
    return f"ws{slack.base_url.removeprefix('http')}/link/?ticket={slack.socket.ticket()}&app_id={slack.app.id}"


def _check_token(token: str, wanted: str, other_kind: str, revoked: bool) -> None:
    if not token:
        raise SlackError("not_authed")
    if token == other_kind:
        raise SlackError("not_allowed_token_type")
    if token != wanted:
        raise SlackError("invalid_auth")
    if revoked:
        raise SlackError("token_revoked")


def _check_scope(slack: Slack, method: Method) -> None:
    provided = slack.app.scopes
    if provided is not None and method.scopes and not set(provided) & set(method.scopes):
        raise SlackError("missing_scope", needed=",".join(method.scopes), provided=",".join(provided))


def _check_rate(slack: Slack, method: str, tier: int) -> None:
    wait = slack.limits.call(method, tier)
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
