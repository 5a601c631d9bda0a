"""Whom Slack knows: the members of channels and user groups, with their time zones and languages."""

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.audiences import Audience, Member, chosen
from bot.domain.deliveries import Postponed, Refused, Sent, Throttled, Unknown
from bot.services.survey_audience import Unanswerable, Unanswered
from handlers.slack import refusals
from handlers.slack.deliver import patient
from handlers.slack.replies import UNREACHED

TIMEOUT_SECONDS = 30
IDS_A_PAGE = 999
PEOPLE_A_PAGE = 500
"""Slack takes up to 999 and recommends fewer. 10,000 people are 20 pages, which users.list gives in a minute."""
ONE_BY_ONE = 50
"""More people than so many are looked up in the list of everybody: users.info (tier 4) tells of 100 people a minute, users.list
(tier 2) gives 20 pages."""
PATIENCE_SECONDS = 300
"""For so long in all Slack may ask to wait while one audience is read."""
PAUSES = (1.0, 4.0)
"""Seconds before a call is made again that Slack did not answer."""
STRANGE = ("user_not_found", "user_not_visible")
SLACKBOT = "USLACKBOT"
ADVICE: Mapping[str, str] = refusals.ADVICE | {
    "channel_not_found": "There is no such channel, or it is private and Barometer is not in it. Invite Barometer there with "
    "/invite, or name another.",
    "method_not_supported_for_channel_type": "That is no channel. Name a channel, or the people themselves.",
    "no_such_subteam": "There is no such user group. Mention another, or a channel.",
    "subteam_disabled": "The user group is disabled. Enable it, or name another.",
    "plan_upgrade_required": "The workspace's plan has no user groups. Name channels or people.",
    **dict.fromkeys(STRANGE, "Slack knows no such person. Mention another."),
}

log = logging.getLogger(__name__)
Method = Callable[..., SlackResponse]
Json = Mapping[str, Any]


class SlackMembers:
    """Asks page by page, waits when Slack asks for it, and goes on from the page where it was.

    `zone` is the IANA zone of those of whom Slack tells none.
    """

    def __init__(
        self,
        client: WebClient,
        zone: str = "UTC",
        sleep: Callable[[float], object] = time.sleep,
        timeout: int = TIMEOUT_SECONDS,
    ) -> None:
        self._client = patient(client, timeout)
        self._zone = zone
        self._sleep = sleep

    def of(self, audience: Audience) -> tuple[Member, ...]:
        """Everybody in an audience, each once.

        :raises Unanswerable: a channel or user group is not there, or Barometer may not see who is in it.
        :raises Unanswered: Slack is not reached, or asks to wait for too long.
        """
        asking = _Asking(self._sleep)
        users = list(dict.fromkeys(itertools.chain(self._in_places(asking, audience), audience.people)))
        told = self._listed(asking, users) if len(users) > ONE_BY_ONE else {}
        home = _Home.of(asking.tell(self._client.auth_test, "Barometer is")) if users else _Home()
        # The list may lack people of other organisations; Slack tells of them one by one.
        for user in [each for each in users if each not in told][:ONE_BY_ONE]:
            if found := self._info(asking, user):
                told[user] = found
        return tuple(self._member(user, told.get(user), home) for user in users)

    def few(self, audience: Audience, most: int) -> tuple[Member, ...] | None:
        """As `of`, at once and for somebody who waits. None: there are more than `most`, or Slack does not tell now."""
        asking = _Asking(self._sleep, patience=0)
        try:
            found = list(itertools.islice(itertools.chain(self._in_places(asking, audience), audience.people), most + 1))
            if len(found) > most:
                return None
            home = _Home.of(asking.tell(self._client.auth_test, "Barometer is"))
            return tuple(self._member(user, self._info(asking, user), home) for user in dict.fromkeys(found))
        except (Unanswerable, Unanswered):
            return None

    def names(self, audience: Audience) -> Mapping[str, str]:
        """What the public channels and the user groups of an audience are called, by their ids.

        :raises Unanswered: Slack is not reached, or asks to wait for too long.
        """
        asking, found = _Asking(self._sleep), dict[str, str]()
        for channel in audience.channels:
            told = asking.ask(self._client.conversations_info, f"is in {channel}", channel=channel)
            if not isinstance(told, Refused) and not (about := told.get("channel") or {}).get("is_private"):
                found[channel] = f"#{about.get('name') or channel}"
        if audience.groups:
            listed = asking.ask(self._client.usergroups_list, "is in user groups")
            groups = [] if isinstance(listed, Refused) else listed.get("usergroups") or []
            found |= {
                each["id"]: f"@{each['handle']}" for each in groups if each["id"] in audience.groups and each.get("handle")
            }
        return found

    def _in_places(self, asking: "_Asking", audience: Audience) -> Iterator[str]:
        for channel in audience.channels:
            whom = f"is in {channel}"
            for page in asking.pages(self._client.conversations_members, whom, channel=channel, limit=IDS_A_PAGE):
                yield from page.get("members") or ()
        for group in audience.groups:
            yield from asking.tell(self._client.usergroups_users_list, f"is in {group}", usergroup=group).get("users") or ()

    def _listed(self, asking: "_Asking", users: Iterable[str]) -> dict[str, Json]:
        wanted = set(users)
        found: dict[str, Json] = {}
        for page in asking.pages(self._client.users_list, "is in the workspace", include_locale=True, limit=PEOPLE_A_PAGE):
            found |= {user["id"]: user for user in page.get("members") or () if user["id"] in wanted}
            if len(found) == len(wanted):
                break
        return found

    def _info(self, asking: "_Asking", user: str) -> Json | None:
        found = asking.ask(self._client.users_info, f"{user} is", user=user, include_locale=True)
        if not isinstance(found, Refused):
            told: Json | None = found.get("user")
            return told
        if found.code in STRANGE:
            return None
        raise Unanswerable(whom=f"{user} is", advice=found.advice)

    def _member(self, user: str, told: Json | None, home: "_Home") -> Member:
        if told is None:
            return Member(user, self._zone, is_unknown=True)
        found = _member(user, told, self._known_zone(told.get("tz")))
        return replace(found, is_guest=found.is_guest or not home.has(told))

    def _known_zone(self, zone: object) -> str:
        try:
            return ZoneInfo(str(zone)).key if zone else self._zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._zone


@dataclass(frozen=True, slots=True)
class _Home:
    """The workspace, and the organisation that it is part of, if any."""

    team: str = ""
    organisation: str = ""

    @classmethod
    def of(cls, answer: SlackResponse) -> "_Home":
        return cls(str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or ""))

    def has(self, user: Json) -> bool:
        """Whether somebody is of this organisation: who shares a channel with it may be of another."""
        organisation = (user.get("enterprise_user") or {}).get("enterprise_id")
        return user.get("team_id") in (None, "", self.team) or (bool(organisation) and organisation == self.organisation)


class _Asking:
    """One round of questions, with one patience for all of them. `whom` ends the sentence "Slack does not say who …"."""

    def __init__(self, sleep: Callable[[float], object], patience: float = PATIENCE_SECONDS) -> None:
        self._sleep = sleep
        self._left = patience

    def pages(self, method: Method, whom: str, **arguments: Any) -> Iterator[SlackResponse]:
        """Every page, from the first on."""
        cursor = ""
        while True:
            page = self.tell(method, whom, cursor=cursor, **arguments)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def tell(self, method: Method, whom: str, **arguments: Any) -> SlackResponse:
        """As `ask`.

        :raises Unanswerable: Slack refuses.
        """
        found = self.ask(method, whom, **arguments)
        if isinstance(found, Refused):
            raise Unanswerable(whom=whom, advice=found.advice)
        return found

    def ask(self, method: Method, whom: str, **arguments: Any) -> SlackResponse | Refused:
        """What Slack answers, however often it has to be asked: to ask changes nothing.

        :raises Unanswered: it does not, or not soon.
        """
        pauses = iter(PAUSES)
        while isinstance(found := _tried(method, arguments), Throttled | Unknown | Postponed):
            seconds = found.pause.total_seconds() if isinstance(found, Throttled) else next(pauses, None)
            if seconds is None or seconds > self._left:
                raise Unanswered(whom=whom, reason="too many requests" if isinstance(found, Throttled) else found.code)
            self._left -= seconds
            log.info("waiting %.0f s before Slack is asked again who %s", seconds, whom)
            self._sleep(seconds)
        return found


def outside(user: str, told: Json) -> str:
    """Why somebody is none of the workspace, as Slack tells of them: the reason for which an audience leaves them out."""
    return next(iter(chosen([_member(user, told)]).left_out), "")


def _member(user: str, told: Json, zone: str = "UTC") -> Member:
    return Member(
        user,
        zone,
        str(told.get("locale") or ""),
        is_bot=bool(told.get("is_bot")) or user == SLACKBOT,
        is_guest=any(told.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger")),
        is_deleted=bool(told.get("deleted")),
    )


def _tried(method: Method, arguments: Mapping[str, Any]) -> SlackResponse | Throttled | Refused | Postponed | Unknown:
    try:
        return method(**arguments)
    except SlackApiError as error:
        found = refusals.outcome(error, ADVICE)
        assert not isinstance(found, Sent)
        return found
    except UNREACHED as error:
        return Unknown(type(error).__name__)
