"""What was changed, for those who may look into it."""

from bot.domain.errors import NotAllowed
from bot.domain.people import Asker
from bot.services import Services
from storage import audit


def latest(services: Services, asker: Asker, subject: str = "", limit: int = 20) -> list[audit.Entry]:
    """The latest changes, the newest first: all, or those of one subject.

    :raises NotAllowed: the asker is no admin.
    """
    if not asker.admin:
        raise NotAllowed(who="admins", what="read the audit log")
    with services.db.read() as connection:
        return audit.entries(connection, subject, limit)
