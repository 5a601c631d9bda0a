"""Who asks, which roles they have and who may change that, and where their clocks are."""

from dataclasses import replace

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.people import ROLES, Asker, Change
from bot.services import Services
from storage import Connection, audit, people


def asker(services: Services, user_id: str, timezone: str = "", outside: str = "") -> Asker:
    """The person with their roles. `timezone` is the IANA name that Slack gives for them; without one, that which it gave
    last, or the settings' zone. `outside` says why they are none of the workspace, if Slack does.
    """
    with services.db.read() as connection:
        return replace(known(services, connection, user_id, timezone), outside=outside)


def known(services: Services, connection: Connection, user_id: str, timezone: str = "") -> Asker:
    """As `asker`, within a transaction."""
    roles = people.roles_of(connection, user_id)
    zone = timezone or people.zone_of(connection, user_id) or services.settings.timezone
    return Asker(user_id, roles, zone, admin=user_id in services.settings.admins)


def holders(services: Services, role: str) -> list[str]:
    """The ids of the people who have `role`."""
    with services.db.read() as connection:
        return people.holders(connection, [role])[role]


def learn_zone(services: Services, user_id: str, timezone: str) -> None:
    """Remember in which zone a person reads times, for what is said to them at an hour of their own."""
    with services.db.read() as connection:
        known = people.zone_of(connection, user_id)
    if known != timezone:
        with services.db.begin() as connection:
            people.keep_zone(connection, user_id, timezone, at=services.now())


def grant(services: Services, asker: Asker, user_id: str, role: str) -> bool:
    """Give a person a role, and write it down. False: they have it already.

    :raises NotAllowed: the asker is no admin.
    :raises InvalidInput: there is no such role.
    """
    return _change(services, asker, user_id, role, give=True)


def revoke(services: Services, asker: Asker, user_id: str, role: str) -> bool:
    """Take a role from a person, and write it down. False: they did not have it.

    :raises NotAllowed: the asker is no admin.
    :raises InvalidInput: there is no such role.
    """
    return _change(services, asker, user_id, role, give=False)


def _change(services: Services, asker: Asker, user_id: str, role: str, *, give: bool) -> bool:
    if not asker.admin:
        raise NotAllowed(who="admins", what="change roles")
    if role not in ROLES:
        raise InvalidInput(f"There is no role “{role}”; choose one of {', '.join(ROLES)}.")
    now = services.now()
    with services.db.begin() as connection:
        before = people.roles_of(connection, user_id)
        if give:
            changed = people.grant(connection, user_id, role, by=asker.user_id, at=now)
        else:
            changed = people.revoke(connection, user_id, role)
        if changed:
            after = people.roles_of(connection, user_id)
            action = "role.grant" if give else "role.revoke"
            line = Change(asker.user_id, action, user_id, {"roles": sorted(before)}, {"roles": sorted(after)})
            audit.write(connection, now, line)
    return changed
