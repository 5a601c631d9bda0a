"""Who is in an audience, asked of a workspace as strict as Slack, and of one that answers as ours never does."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.audiences import Audience, Member, chosen
from bot.domain.errors import BarometerError
from bot.services.survey_audience import Directory, Unanswerable, Unanswered
from handlers.slack.members import ONE_BY_ONE, PATIENCE_SECONDS, SlackMembers
from playground.server import Playground
from playground.workspace import Channel, Person, Usergroup, Workspace
from tests.fake_slack import FakeSlack, serving

MANIFEST = json.loads((Path(__file__).parents[3] / "manifest.json").read_text())
MANY = 1_200
"""People of the large channel: three pages of the list of everybody."""


def person(n: int) -> Person:
    return Person(f"U{n:05}", f"p{n}", f"Person {n}", tz="Asia/Kolkata" if n % 2 else "Europe/Oslo", locale="de-DE")


@pytest.fixture
def playground() -> Iterator[Playground]:
    people = [person(n) for n in range(MANY)]
    people += [
        Person("U0LEFT", "left", "Left", deleted=True),
        Person("U0GUEST", "guest", "Guest", is_restricted=True),
        Person("U0OTHER", "other", "Other", tz="Etc/UTC"),
    ]
    channels = [
        Channel("C0MANY", "many", members=[each.id for each in people]),
        Channel("C0FEW", "few", members=["U0OTHER", "U00001", "U0GUEST", "U0LEFT"]),
        Channel("G0HIDDEN", "hidden", is_private=True, members=["U0OTHER"]),
    ]
    workspace = Workspace(people, channels)
    workspace.usergroups["S0TWO"] = Usergroup("S0TWO", "two", "Two", ["U00002", "U00001"])
    with Playground(manifest=MANIFEST, workspace=workspace, rate_limits=False) as running:
        yield running


@pytest.fixture
def naps() -> list[float]:
    """The seconds that were slept."""
    return []


@pytest.fixture
def directory(playground: Playground, naps: list[float]) -> Directory:
    return SlackMembers(WebClient(playground.bot_token, base_url=playground.api_url), "Europe/Oslo", naps.append)


def calls(playground: Playground, method: str) -> int:
    return sum(entry["what"] == method for entry in playground.log(method))


def test_channels_groups_and_people_are_put_together_each_once(playground: Playground, directory: Directory) -> None:
    found = directory.of(Audience(("C0FEW",), ("S0TWO",), ("U00003", "U00001", "U0NOBODY")))
    assert found == (
        Member("U0OTHER", "Etc/UTC", "en-US"),
        Member("U00001", "Asia/Kolkata", "de-DE"),
        Member("U0GUEST", "Etc/UTC", "en-US", is_guest=True),
        Member("U0LEFT", "Etc/UTC", "en-US", is_deleted=True),
        Member("U00002", "Europe/Oslo", "de-DE"),
        Member("U00003", "Asia/Kolkata", "de-DE"),
        Member("U0NOBODY", "Europe/Oslo", is_unknown=True),
    )
    assert calls(playground, "users.list") == 0
    assert chosen(found).left_out == {"unknown": 1, "deactivated": 1, "guest": 1}


def test_barometer_itself_is_a_bot(playground: Playground, directory: Directory) -> None:
    playground.workspace.channels["C0FEW"].members.append("U0BOT")
    assert directory.of(Audience(channels=("C0FEW",)))[-1].is_bot


def test_a_large_channel_is_read_whole_though_slack_asks_to_wait(
    playground: Playground, directory: Directory, naps: list[float]
) -> None:
    playground.fault("ratelimited", method="conversations.members", seconds=7)
    playground.fault("ratelimited", method="users.list", times=2, seconds=5)
    found = directory.of(Audience(channels=("C0MANY",)))
    assert [each.user_id for each in found] == playground.workspace.channel("C0MANY").members
    assert naps == [7, 5, 5]
    assert {(each.zone, each.language) for each in found[:MANY]} == {("Asia/Kolkata", "de-DE"), ("Europe/Oslo", "de-DE")}
    assert chosen(found).left_out == {"deactivated": 1, "guest": 1}


@dataclass
class Pages(FakeSlack):
    """A workspace that gives `size` people a page, whatever is asked for, and remembers which page was asked for when."""

    size: int = 40
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    team: dict[str, Any] = field(default_factory=lambda: {"team_id": "T1"})

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, **self.team}
            case "users.info" if params["user"] in self.people:
                return {"ok": True, "user": self.people[params["user"]]}
            case "users.info":
                return {"ok": False, "error": "user_not_found"}
            case "users.list":
                return self._some([each for each in self.people.values() if not each.get("is_stranger")], params)
            case "conversations.members":
                return self._some(list(self.people), params)
        return super().answer(method, params)

    def _some(self, everybody: list[Any], params: dict[str, Any]) -> dict[str, Any]:
        start = int(params.get("cursor") or 0)
        more = str(start + self.size) if start + self.size < len(everybody) else ""
        return {"ok": True, "members": everybody[start : start + self.size], "response_metadata": {"next_cursor": more}}

    def cursors(self, method: str) -> list[str]:
        return [str(params.get("cursor") or "") for name, params in self.calls if name == method]


@pytest.fixture
def pages() -> Iterator[Pages]:
    fake = Pages(people={f"U{n:03}": {"id": f"U{n:03}", "team_id": "T1", "tz": "Europe/Oslo"} for n in range(120)})
    with serving(fake) as served:
        assert isinstance(served, Pages)
        yield served


@pytest.fixture
def ask(pages: Pages, naps: list[float]) -> Callable[..., tuple[Member, ...]]:
    members = SlackMembers(WebClient("xoxb-1", base_url=pages.url), "UTC", naps.append)
    return lambda *people: members.of(Audience(people=people) if people else Audience(channels=("C0BIG",)))


@pytest.mark.parametrize("method", ["users.list", "conversations.members"])
@pytest.mark.parametrize("fault", ["429", "500", "cut before", "cut after", "500 html", "service_unavailable"])
def test_a_page_that_failed_is_asked_for_again_and_no_other(
    pages: Pages, ask: Callable[..., tuple[Member, ...]], naps: list[float], method: str, fault: str
) -> None:
    """Three pages; the second fails once."""
    failed: list[str] = []

    def second_page_once(name: str, params: dict[str, Any]) -> str | None:
        if name == method and params.get("cursor") == "40" and not failed:
            failed.append(fault)
            return fault
        return None

    pages.plan, pages.retry_after = second_page_once, "9"
    found = ask()
    assert [each.user_id for each in found] == list(pages.people)
    assert not any(each.is_unknown for each in found)
    assert pages.cursors(method) == ["", "40", "40", "80"]
    assert naps == [9.0 if fault == "429" else 1.0]


def test_the_list_is_read_only_as_far_as_it_is_needed(pages: Pages, ask: Callable[..., tuple[Member, ...]]) -> None:
    assert len(ask(*list(pages.people)[: ONE_BY_ONE + 1])) == ONE_BY_ONE + 1
    assert pages.cursors("users.list") == ["", "40"]
    assert ask(*list(pages.people)[:ONE_BY_ONE])
    assert len(pages.cursors("users.info")) == ONE_BY_ONE
    assert len(pages.cursors("users.list")) == 2


def test_locales_are_asked_for(pages: Pages, ask: Callable[..., tuple[Member, ...]]) -> None:
    ask()
    ask("U001")
    asked = [params for method, params in pages.calls if method in ("users.list", "users.info")]
    assert {str(params["include_locale"]).lower() for params in asked} <= {"1", "true"}


def test_people_of_other_organisations_are_guests_however_they_are_found(
    pages: Pages, ask: Callable[..., tuple[Member, ...]]
) -> None:
    """The list of everybody may lack them."""
    pages.people |= {
        "U0ELSE": {"id": "U0ELSE", "team_id": "T2", "is_stranger": True},
        "U0NEAR": {"id": "U0NEAR", "team_id": "T3", "enterprise_user": {"enterprise_id": "E1"}},
    }
    for team, guests in (({"team_id": "T1"}, {"U0ELSE", "U0NEAR"}), ({"team_id": "T1", "enterprise_id": "E1"}, {"U0ELSE"})):
        pages.team = team
        for found in (ask(), ask("U0ELSE", "U0NEAR", "U001")):
            assert {each.user_id for each in found if each.is_guest} == guests
            assert not any(each.is_unknown for each in found)


def test_what_slack_does_not_tell_of_a_person_is_made_up_for(pages: Pages, ask: Callable[..., tuple[Member, ...]]) -> None:
    pages.people |= {
        "USLACKBOT": {"id": "USLACKBOT", "is_bot": False, "tz": None},
        "U0MARS": {"id": "U0MARS", "tz": "Mars/Olympus", "locale": None},
        "U0ODD": {"id": "U0ODD", "tz": "../etc", "is_ultra_restricted": True, "is_app_user": True},
    }
    assert ask("USLACKBOT", "U0MARS", "U0ODD") == (
        Member("USLACKBOT", "UTC", is_bot=True),
        Member("U0MARS", "UTC"),
        Member("U0ODD", "UTC", is_guest=True),
    )


def test_more_strangers_than_can_be_asked_about_are_unknown(pages: Pages, ask: Callable[..., tuple[Member, ...]]) -> None:
    found = ask(*(f"U9{n:04}" for n in range(ONE_BY_ONE + 30)))
    assert sum(each.is_unknown for each in found) == len(found) == ONE_BY_ONE + 30
    assert len(pages.cursors("users.info")) == ONE_BY_ONE


def test_it_is_not_asked_for_ever(pages: Pages, ask: Callable[..., tuple[Member, ...]], naps: list[float]) -> None:
    pages.plan, pages.retry_after = (lambda method, params: "429"), "100"
    with pytest.raises(Unanswered, match=r"who is in C0BIG \(too many requests\)"):
        ask()
    assert sum(naps) <= PATIENCE_SECONDS
    naps.clear()
    pages.plan = lambda method, params: "cut before"
    with pytest.raises(Unanswered, match=r"who is in C0BIG \(.+\)\. Nothing was changed; try again in a few minutes"):
        ask()
    assert naps == [1.0, 4.0]


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        (
            Audience(channels=("C0NONE",)),
            "who is in C0NONE. There is no such channel, or it is private and Barometer is not in",
        ),
        (Audience(channels=("G0HIDDEN",)), "who is in G0HIDDEN. There is no such channel, or it is private"),
        (Audience(groups=("S0NONE",)), "who is in S0NONE. There is no such user group. Mention another"),
    ],
)
def test_a_place_that_is_not_there_is_told_with_what_to_do(directory: Directory, audience: Audience, told: str) -> None:
    with pytest.raises(Unanswerable) as refused:
        directory.of(audience)
    assert told in refused.value.text
    assert isinstance(refused.value, BarometerError)


def test_channels_and_groups_have_names_unless_they_are_private_or_gone(playground: Playground, directory: Directory) -> None:
    asked = Audience(("C0FEW", "G0HIDDEN", "C0NOWHERE"), ("S0TWO", "S0NOBODY"), ("U00001",))
    assert directory.names(asked) == {"C0FEW": "#few", "S0TWO": "@two"}
    assert directory.names(Audience(people=("U00001",))) == {}
    playground.slack.app.manifest = {"oauth_config": {"scopes": {"bot": ["users:read"]}}}
    assert directory.names(asked) == {}, "a name is worth no refusal"


@pytest.mark.parametrize(
    ("scopes", "audience", "whom"),
    [
        (["users:read", "channels:read"], Audience(groups=("S0TWO",)), "is in S0TWO"),
        (["users:read", "usergroups:read"], Audience(channels=("C0FEW",)), "is in C0FEW"),
        (["channels:read"], Audience(people=("U00001",)), "U00001 is"),
        (["channels:read"], Audience(channels=("C0MANY",)), "is in the workspace"),
    ],
)
def test_a_missing_permission_is_told_with_what_to_do(
    playground: Playground, directory: Directory, scopes: list[str], audience: Audience, whom: str
) -> None:
    playground.slack.app.manifest = {"oauth_config": {"scopes": {"bot": scopes}}}
    with pytest.raises(Unanswerable, match=f"does not say who {whom}. The app lacks a permission. Give it the manifest"):
        directory.of(audience)


def test_ten_thousand_people_are_read_in_seconds() -> None:
    people = [person(n) for n in range(10_000)]
    workspace = Workspace(people, [Channel("C0ALL", "all", members=[each.id for each in people])])
    with Playground(workspace=workspace, rate_limits=False) as running:
        started = time.monotonic()
        found = SlackMembers(WebClient(running.bot_token, base_url=running.api_url)).of(Audience(channels=("C0ALL",)))
        assert time.monotonic() - started < 20
    assert [each.user_id for each in found] == [each.id for each in people]
    assert not chosen(found).left_out
