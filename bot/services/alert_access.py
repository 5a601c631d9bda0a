"""Which alerts somebody may see, and so work on."""

from collections.abc import Iterable

from bot.domain.alerts import Alert
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.services import Services, definitions
from storage import Connection, alerts


def seen(services: Services, connection: Connection, asker: Asker, found: Iterable[Alert]) -> list[Alert]:
    """Those of KPIs that the asker may see, and what comes from outside."""
    kpis = definitions.current(services, connection)
    known = [(one, kpis.get(one.kpi)) for one in found]
    return [one for one, kpi in known if kpi is None or asker.may_see(kpi.visibility, kpi.owner)]


def locked(services: Services, connection: Connection, asker: Asker, number: int) -> Alert:
    """An alert, which nobody else may change until this transaction ends.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    return _there(services, connection, asker, alerts.lock(connection, number), number)


def get(services: Services, connection: Connection, asker: Asker, number: int) -> Alert:
    """An alert as it stands.

    :raises InvalidInput: there is none of that number that the asker may see.
    """
    return _there(services, connection, asker, alerts.get(connection, number), number)


def _there(services: Services, connection: Connection, asker: Asker, one: Alert | None, number: int) -> Alert:
    if one is None or one.fired_at is None or not seen(services, connection, asker, [one]):
        raise InvalidInput(f"There is no ALERT-{number}; /alert list shows those that fire.")
    return one
