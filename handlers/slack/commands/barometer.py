"""`/barometer`: what Barometer is, who you are to it, roles, and what was changed."""

from collections.abc import Callable, Mapping

from bot.domain.parts import Facts, Heading, Inline, Mention, Message, Note, Table, Text, bold, code, text
from bot.domain.people import ROLES
from bot.domain.times import show_time
from bot.presenters.kpi_words import person_cell
from bot.services import audit, people
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.places import verify_person
from handlers.slack.request import Answer, Request
from handlers.slack.words import person, unknown

COMMAND = "/barometer"
VERBS: Mapping[str, str] = {
    "about": "what Barometer is and which commands there are",
    "me": "your roles and your time zone",
    "roles": "every role with its holders",
    "grant": "for admins: gives a role, as in grant sre to=@somebody",
    "revoke": "for admins: takes a role, as in revoke sre from=@somebody",
    "audit": "for admins: the latest changes, of everything or of one subject, as in audit mttr",
    "help": "this list, or one line of it, as in help grant",
}


def run(request: Request) -> Answer:
    """Do what the words say."""
    verb = request.words.verb or "about"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    return _RUN[verb](request)


def listen(listeners: Listeners) -> None:
    """Words are all there is: no buttons, no forms."""
    del listeners


def _help(request: Request) -> Message:
    return manual(request.words, COMMAND, VERBS)


def _about(request: Request) -> Message:
    now = show_time(request.services.now(), request.asker.timezone)
    return Message(
        "Barometer measures what an AI/ML organisation does, and brings it to where people talk.",
        (
            Heading("Barometer"),
            text("It keeps KPIs with their targets, intervals and history, and posts digests that say what needs attention."),
            text(
                code("/kpi list"),
                " shows every figure, ",
                code("/kpi show NAME"),
                " one on a screen, ",
                code("/kpi record"),
                ".",
            ),
            text(code("/digest list"), " shows what is posted where and when. Every command knows ", code("help"), "."),
            Note(f"It is {now} for you."),
        ),
    )


def _me(request: Request) -> Message:
    request.words.only()
    roles = ", ".join(sorted(request.asker.roles)) or "none; an admin gives them with /barometer grant"
    rows = (("Roles", roles), ("Admin", "yes" if request.asker.admin else "no"), ("Time zone", request.asker.timezone))
    return Message(f"Your roles: {roles}", (text("You are ", Mention("user", request.asker.user_id), "."), Facts(rows)))


def _roles(request: Request) -> Message:
    request.words.only()
    runs: list[Inline] = []
    for role in ROLES:
        holders = people.holders(request.services, role)
        runs += [text("\n" if runs else "").spans[0], bold(role), text("  ").spans[0]]
        runs += [Mention("user", user) for user in holders[:20]] or [text("nobody").spans[0]]
    return Message("Roles and their holders", (Heading("Roles"), Text(tuple(runs))))


def _grant(request: Request) -> Message:
    request.words.only("to")
    user, role = person(request.words.options.get("to", "")), _role(request)
    verify_person(request.client, user)
    changed = people.grant(request.services, request.asker, user, role)
    return _said(user, f"now has the role {role}." if changed else f"has the role {role} already.")


def _revoke(request: Request) -> Message:
    request.words.only("from")
    user, role = person(request.words.options.get("from", "")), _role(request)
    changed = people.revoke(request.services, request.asker, user, role)
    return _said(user, f"no longer has the role {role}." if changed else f"did not have the role {role}.")


def _role(request: Request) -> str:
    return request.words.target.strip().casefold().replace(" ", "_")


def _said(user: str, words: str) -> Message:
    return Message(f"{user} {words}", (text(Mention("user", user), f" {words}"),))


def _audit(request: Request) -> Message:
    request.words.only()
    entries = audit.latest(request.services, request.asker, request.words.target)
    zone = request.asker.timezone
    rows = tuple(
        (show_time(e.at, zone), person_cell(e.change.actor), e.change.action, e.change.subject, e.change.reason)
        for e in entries
    )
    table = Table("The latest changes", ("When", "Who", "What", "Of", "Why"), rows)
    return Message(f"{len(rows)} changes, the newest first", (Heading("Audit log"), table))


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "about": _about,
    "me": _me,
    "roles": _roles,
    "grant": _grant,
    "revoke": _revoke,
    "audit": _audit,
    "help": _help,
}
