"""Who is in the audience of a survey: what the workspace is asked, and what it may fail to say."""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.audiences import Audience, Member
from bot.domain.errors import BarometerError
from bot.domain.people import Asker

_OUTSIDE: Mapping[str, str] = {"guest": "Guests", "bot": "Bots", "deactivated": "Deactivated people"}


class Outsider(BarometerError):
    """{who} cannot start, schedule or change surveys, nor note actions; ask somebody of the workspace to do it."""


def insist_belongs(asker: Asker) -> None:
    """Insist that somebody may have to do with surveys other than to answer: those who are asked in none run none.

    :raises Outsider: they are known to be a guest, a bot or deactivated.
    """
    if asker.outside in _OUTSIDE:
        raise Outsider(who=_OUTSIDE[asker.outside])


class Unanswerable(BarometerError):
    """Slack does not say who {whom}. {advice}"""


class Unanswered(BarometerError):
    """Slack does not say now who {whom} ({reason}). Nothing was changed; try again in a few minutes."""


class Directory(Protocol):
    """The workspace, as far as it tells who is there."""

    def of(self, audience: Audience) -> tuple[Member, ...]:
        """Everybody in an audience, each once: bots, guests and people who left as well. It may take minutes.

        Somebody whom the workspace does not know is a member all the same, `is_unknown`.

        :raises Unanswerable: it will not say, such as of a channel that is not there; the text says what to do.
        :raises Unanswered: it does not say now.
        """

    def names(self, audience: Audience) -> Mapping[str, str]:
        """What the channels and user groups of an audience are called ("#ml-ops", "@on-call"), by their ids. What is private
        has no name here, for not everybody who reads results may know of it; nor has what the workspace will not tell of.

        :raises Unanswered: it does not say now.
        """
