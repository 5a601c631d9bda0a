"""The Web API, asked by Slack's own client: what it gives, and what it refuses."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground.cast import example_team
from playground.server import Playground
from playground.workspace import Person

HELLO = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]


def refusal(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


def error(call: Callable[..., Any], **arguments: Any) -> str:
    return str(refusal(call, **arguments)["error"])


@pytest.fixture
def strict() -> Iterator[Callable[[dict[str, Any]], WebClient]]:
    """A client of a playground that holds its app to a manifest."""
    running: list[Playground] = []

    def start(manifest: dict[str, Any]) -> WebClient:
        running.append(Playground(manifest=manifest, rate_limits=False).start())
        return WebClient(running[-1].bot_token, base_url=running[-1].api_url)

    yield start
    for each in running:
        each.stop()


def manifest(*scopes: str) -> dict[str, Any]:
    return {"oauth_config": {"scopes": {"bot": list(scopes)}}}


def test_who_the_bot_is(client: WebClient) -> None:
    answer = client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0PLAYGROUND", "T0PLAYGROUND")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("xoxb-of-somebody-else", "invalid_auth"),
        ("xapp-1-playground-app", "not_allowed_token_type"),
        ("", "not_authed"),
    ],
)
def test_a_wrong_token_is_refused(playground: Playground, token: str, expected: str) -> None:
    assert error(WebClient(token, base_url=playground.api_url).auth_test) == expected


def test_a_revoked_token_is_refused(playground: Playground, client: WebClient) -> None:
    playground.slack.app.revoked = True
    assert error(client.auth_test) == "token_revoked"


def test_a_connection_wants_the_apps_token(playground: Playground, client: WebClient) -> None:
    assert error(client.apps_connections_open, app_token=playground.bot_token) == "not_allowed_token_type"
    assert client.apps_connections_open(app_token=playground.app_token)["url"].startswith("ws://127.0.0.1:")


def test_an_unknown_method_is_refused(client: WebClient) -> None:
    assert error(client.api_call, api_method="chat.shout") == "unknown_method"


def test_a_scope_that_the_manifest_lacks_is_refused(strict: Callable[[dict[str, Any]], WebClient]) -> None:
    client = strict(manifest("chat:write"))
    assert client.chat_postMessage(channel="C0MLOPS", text="x")["ok"]
    answer = refusal(client.users_info, user="U0SRE")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


def test_history_of_a_private_channel_wants_its_own_scope(strict: Callable[[dict[str, Any]], WebClient]) -> None:
    client = strict(manifest("channels:history"))
    assert client.conversations_history(channel="C0MLOPS")["messages"] == []
    assert refusal(client.conversations_history, channel="C0RISK")["needed"] == "groups:history"


def test_a_public_channel_without_the_bot_wants_a_scope_more(strict: Callable[[dict[str, Any]], WebClient]) -> None:
    client = strict(manifest("chat:write", "chat:write.public", "im:history"))
    assert client.chat_postMessage(channel="U0SRE", text="x")["channel"].startswith("D")


def test_messages_go_where_the_bot_is(playground: Playground, client: WebClient) -> None:
    playground.workspace.channel("C0PRODUCT").members.remove("U0BOT")
    playground.workspace.channel("C0RISK").members.remove("U0BOT")
    assert error(client.chat_postMessage, channel="C0PRODUCT", text="x") == "not_in_channel"
    assert error(client.chat_postMessage, channel="C0RISK", text="x") == "channel_not_found"
    assert error(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
    assert error(client.chat_postMessage, channel="C0ATTIC", text="x") == "is_archived"
    assert error(client.chat_postMessage, channel="U0NOBODY", text="x") == "channel_not_found"
    assert playground.messages("product-ai") == []


def test_joining_makes_a_member_once(playground: Playground, client: WebClient) -> None:
    playground.workspace.channel("C0PRODUCT").members.remove("U0BOT")
    assert "warning" not in client.conversations_join(channel="C0PRODUCT").data
    assert client.conversations_join(channel="C0PRODUCT")["warning"] == "already_in_channel"
    assert error(client.conversations_join, channel="C0ATTIC") == "is_archived"


def test_a_message_needs_something_to_say_and_not_too_much(client: WebClient) -> None:
    blank = {"channel": "C0MLOPS", "text": " "}
    assert error(client.api_call, api_method="chat.postMessage", json=blank) == "no_text"
    both = {"channel": "C0MLOPS", "text": "x", "markdown_text": "*x*"}
    assert error(client.chat_postMessage, **both) == "markdown_text_conflict"
    assert error(client.chat_postMessage, channel="C0MLOPS", text="x" * 40_001) == "msg_too_long"
    assert client.chat_postMessage(channel="C0MLOPS", text="x" * 40_000)["ok"]


def test_wrong_blocks_are_named_by_their_pointer(playground: Playground, client: WebClient) -> None:
    answer = refusal(client.chat_postMessage, channel="C0MLOPS", text="x", blocks=[*HELLO, {"type": "section"}])
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == ["[ERROR] one of text, fields must be given [json-pointer:/blocks/1]"]
    assert playground.messages("ml-ops") == []


def test_blocks_get_ids_where_they_have_none(client: WebClient) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}}
    drawn = client.chat_postMessage(channel="C0MLOPS", text="x", blocks=[{"type": "actions", "elements": [button]}])
    block = drawn["message"]["blocks"][0]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]


def test_metadata_comes_back_when_asked_for(client: WebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "1"}}
    client.chat_postMessage(channel="C0MLOPS", text="x", metadata=metadata)
    assert "metadata" not in client.conversations_history(channel="C0MLOPS")["messages"][0]
    found = client.conversations_history(channel="C0MLOPS", include_all_metadata=True)["messages"][0]
    assert found["metadata"] == metadata
    wrong = {"event_type": "delivery", "event_payload": "1"}
    assert error(client.chat_postMessage, channel="C0MLOPS", text="x", metadata=wrong) == "invalid_metadata_format"


def test_history_pages_newest_first(client: WebClient) -> None:
    for n in range(5):
        client.chat_postMessage(channel="C0MLOPS", text=str(n))
    first = client.conversations_history(channel="C0MLOPS", limit=2)
    assert [m["text"] for m in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    pages = [p["messages"] for p in client.conversations_history(channel="C0MLOPS", limit=2)]
    assert [m["text"] for page in pages for m in page] == ["4", "3", "2", "1", "0"]
    middle = first["messages"][1]["ts"]
    older = client.conversations_history(channel="C0MLOPS", latest=middle)["messages"]
    assert [m["text"] for m in older] == ["2", "1", "0"]
    assert client.conversations_history(channel="C0MLOPS", latest=middle, inclusive=True, limit=1)["messages"][0]["text"] == "3"


def test_a_forged_cursor_is_refused(client: WebClient) -> None:
    assert error(client.conversations_history, channel="C0MLOPS", cursor="bm9uc2Vuc2U=") == "invalid_cursor"
    assert error(client.users_list, limit="many") == "invalid_limit"


def test_history_never_lists_ephemeral_messages(playground: Playground, client: WebClient) -> None:
    client.chat_postEphemeral(channel="C0MLOPS", user="U0SRE", text="psst")
    assert client.conversations_history(channel="C0MLOPS")["messages"] == []
    assert [m["text"] for m in playground.ephemerals("ml-ops", "U0SRE")] == ["psst"]
    assert playground.ephemerals("ml-ops", "U0MLENG") == []
    assert error(client.chat_postEphemeral, channel="C0MLOPS", user="U0EXEC", text="x") == "user_not_in_channel"


def test_a_thread_counts_at_its_root(client: WebClient) -> None:
    root = client.chat_postMessage(channel="C0MLOPS", text="root")["ts"]
    client.chat_postMessage(channel="C0MLOPS", text="one", thread_ts=root)
    client.chat_postMessage(channel="C0MLOPS", text="two", thread_ts=root, reply_broadcast=True)
    top = client.conversations_history(channel="C0MLOPS")["messages"]
    assert [m["text"] for m in top] == ["two", "root"]
    assert top[1]["reply_count"] == 2
    assert [m["text"] for m in client.conversations_replies(channel="C0MLOPS", ts=root)["messages"]] == ["root", "one", "two"]
    assert error(client.chat_postMessage, channel="C0MLOPS", text="x", thread_ts="1.000001") == "thread_not_found"


def test_only_its_own_messages_can_be_changed(playground: Playground, client: WebClient) -> None:
    mine = client.chat_postMessage(channel="C0MLOPS", text="one", blocks=HELLO)["ts"]
    theirs = playground.say("U0SRE", "ml-ops", "hi")["ts"]
    client.chat_update(channel="C0MLOPS", ts=mine, text="two")
    message = playground.messages("ml-ops")[0]
    assert message["text"] == "two"
    assert "blocks" not in message
    assert message["edited"]["user"] == "U0BOT"
    assert error(client.chat_update, channel="C0MLOPS", ts=theirs, text="x") == "cant_update_message"
    assert error(client.chat_delete, channel="C0MLOPS", ts=theirs) == "cant_delete_message"
    assert error(client.chat_update, channel="C0MLOPS", ts="1.000001", text="x") == "message_not_found"
    client.chat_delete(channel="C0MLOPS", ts=mine)
    assert [m["text"] for m in playground.messages("ml-ops")] == ["hi"]


def test_lists_show_what_the_bot_may_know(playground: Playground, client: WebClient) -> None:
    playground.workspace.channel("C0RISK").members.remove("U0BOT")
    found = client.conversations_list(types="public_channel,private_channel", exclude_archived=True)["channels"]
    assert {c["name"] for c in found} == {"general", "ml-ops", "incidents", "product-ai", "leadership", "barometer-admin"}
    assert error(client.conversations_list, types="secret_channel") == "invalid_types"
    assert error(client.conversations_info, channel="C0RISK") == "channel_not_found"
    assert client.conversations_members(channel="C0BAROADM")["members"] == ["U0ADMIN", "U0BOT"]
    theirs = client.users_conversations(user="U0SRE")["channels"]
    assert {c["name"] for c in theirs} == {"general", "ml-ops", "incidents"}


def test_people_and_groups(client: WebClient) -> None:
    person = client.users_info(user="U0SRE")["user"]
    assert (person["tz"], person["tz_offset"], person["is_admin"]) == ("Asia/Kolkata", 19800, False)
    assert error(client.users_info, user="U0NOBODY") == "user_not_found"
    assert client.users_lookupByEmail(email="sana@playground.example")["user"]["id"] == "U0SRE"
    assert client.usergroups_list(include_users=True)["usergroups"][0]["handle"] == "ml-oncall"
    assert client.usergroups_users_list(usergroup="S0MLOPS")["users"] == ["U0MLENG", "U0SRE"]
    assert client.bots_info(bot="B0PLAYGROUND")["bot"]["user_id"] == "U0BOT"
    assert client.team_info()["team"]["id"] == "T0PLAYGROUND"


def test_a_locale_is_told_if_it_is_asked_for(playground: Playground, client: WebClient) -> None:
    playground.workspace.person("U0SRE").locale = "de-DE"
    assert client.users_info(user="U0SRE", include_locale=True)["user"]["locale"] == "de-DE"
    assert "locale" not in client.users_info(user="U0SRE")["user"]
    assert {m["id"]: m["locale"] for m in client.users_list(include_locale=True)["members"]}["U0ADMIN"] == "en-US"
    assert not any("locale" in m for m in client.users_list()["members"])


@pytest.mark.parametrize("limit", [200, 999])
def test_ten_thousand_people_are_listed_page_by_page(playground: Playground, client: WebClient, limit: int) -> None:
    """Nobody is lost at the edge of a page, and nobody comes twice."""
    everybody = [Person(f"U{n:05}", f"p{n}", f"Person {n}") for n in range(10_000)]
    playground.workspace.people |= {each.id: each for each in everybody}
    channel = playground.workspace.channel("C0MLOPS")
    channel.members += [each.id for each in everybody]
    started = time.monotonic()
    assert [m["id"] for m in _paged(client.users_list, limit=limit)] == list(playground.workspace.people)
    assert _paged(client.conversations_members, channel=channel.id, limit=limit) == channel.members
    assert time.monotonic() - started < 20


def _paged(method: Callable[..., Any], **arguments: Any) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while cursor != "":
        page = method(cursor=cursor, **arguments)
        found += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
    return found


def test_direct_messages_are_opened_once(client: WebClient) -> None:
    one = client.conversations_open(users="U0SRE")["channel"]["id"]
    assert client.conversations_open(users=["U0SRE"])["channel"]["id"] == one
    assert client.chat_postMessage(channel="U0SRE", text="x")["channel"] == one
    assert error(client.conversations_open, users="U0NOBODY") == "user_not_found"


def test_a_scheduled_message_comes_when_the_clock_says(client: WebClient) -> None:
    moments = [datetime(2026, 11, 23, 8, 0, tzinfo=UTC)]
    with Playground(workspace=example_team(lambda: moments[-1]), rate_limits=False) as playground:
        client = WebClient(playground.bot_token, base_url=playground.api_url)
        at = int((moments[-1] + timedelta(hours=1)).timestamp())
        assert error(client.chat_scheduleMessage, channel="C0MLOPS", text="x", post_at=at - 7200) == "time_in_past"
        assert error(client.chat_scheduleMessage, channel="C0MLOPS", text="x", post_at=at + 121 * 86400) == "time_too_far"
        client.chat_scheduleMessage(channel="C0MLOPS", text="later", post_at=at)
        gone = client.chat_scheduleMessage(channel="C0MLOPS", text="never", post_at=at)["scheduled_message_id"]
        client.chat_deleteScheduledMessage(channel="C0MLOPS", scheduled_message_id=gone)
        assert len(client.chat_scheduledMessages_list()["scheduled_messages"]) == 1
        assert playground.messages("ml-ops") == []
        moments.append(moments[-1] + timedelta(hours=2))
        assert playground.wait_for(lambda: playground.messages("ml-ops"))[0]["text"] == "later"


def test_a_file_takes_three_steps(playground: Playground, client: WebClient) -> None:
    shared = client.files_upload_v2(channel="C0MLOPS", filename="kpis.csv", content="a,b\n1,2\n", initial_comment="numbers")
    file = shared["file"]
    assert file["size"] == 8
    message = playground.messages("ml-ops")[0]
    assert (message["text"], message["files"][0]["name"]) == ("numbers", "kpis.csv")
    request = urllib.request.Request(file["url_private_download"], headers={"Authorization": f"Bearer {playground.bot_token}"})
    with urllib.request.urlopen(request) as response:
        assert response.read() == b"a,b\n1,2\n"


def test_a_private_file_without_token_leads_to_the_sign_in_page(playground: Playground, client: WebClient) -> None:
    file = client.files_upload_v2(channel="C0MLOPS", filename="a.csv", content="secret")["file"]
    with urllib.request.urlopen(file["url_private_download"]) as response:
        page = response.read().decode()
    assert "Sign in" in page
    assert "secret" not in page


def test_files_of_other_channels_are_unknown(playground: Playground, client: WebClient) -> None:
    playground.workspace.channel("C0RISK").members.remove("U0BOT")
    hidden = playground.upload("U0RISK", "risk-board", "x.csv", b"1")["files"][0]["id"]
    seen = playground.upload("U0SRE", "ml-ops", "y.csv", b"1")["files"][0]["id"]
    assert error(client.files_info, file=hidden) == "file_not_found"
    assert client.files_info(file=seen)["file"]["channels"] == ["C0MLOPS"]


def test_an_upload_address_works_once(playground: Playground, client: WebClient) -> None:
    given = client.files_getUploadURLExternal(filename="a.txt", length=1)
    assert error(client.files_completeUploadExternal, files=[{"id": given["file_id"], "title": "a"}]) == "file_not_found"
    urllib.request.urlopen(given["upload_url"], b"x").close()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(given["upload_url"], b"x")
    caught.value.close()
    assert caught.value.code == 404


def test_reactions_pins_and_bookmarks(playground: Playground, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0MLOPS", text="x")["ts"]
    client.reactions_add(channel="C0MLOPS", timestamp=ts, name="eyes")
    assert error(client.reactions_add, channel="C0MLOPS", timestamp=ts, name="eyes") == "already_reacted"
    assert playground.messages("ml-ops")[0]["reactions"] == [{"name": "eyes", "users": ["U0BOT"], "count": 1}]
    client.reactions_remove(channel="C0MLOPS", timestamp=ts, name="eyes")
    assert error(client.reactions_remove, channel="C0MLOPS", timestamp=ts, name="eyes") == "no_reaction"
    client.pins_add(channel="C0MLOPS", timestamp=ts)
    assert error(client.pins_add, channel="C0MLOPS", timestamp=ts) == "already_pinned"
    assert client.pins_list(channel="C0MLOPS")["items"][0]["message"]["ts"] == ts
    mark = client.bookmarks_add(channel_id="C0MLOPS", title="t", type="link", link="https://example.com")["bookmark"]
    client.bookmarks_edit(channel_id="C0MLOPS", bookmark_id=mark["id"], title="u")
    assert client.bookmarks_list(channel_id="C0MLOPS")["bookmarks"][0]["title"] == "u"
    client.bookmarks_remove(channel_id="C0MLOPS", bookmark_id=mark["id"])
    assert error(client.bookmarks_remove, channel_id="C0MLOPS", bookmark_id=mark["id"]) == "bookmark_not_found"


def test_blocks_can_be_checked_without_sending_them(playground: Playground, client: WebClient) -> None:
    assert client.api_call("blocks.validate", json={"blocks": HELLO})["ok"]
    answer = refusal(client.api_call, api_method="blocks.validate", json={"blocks": [{"type": "section"}]})
    assert answer["errors"] == [{"message": "one of text, fields must be given", "pointer": "/blocks/0"}]
    assert playground.messages("ml-ops") == []


def test_a_permalink_leads_to_the_page(playground: Playground, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0MLOPS", text="x")["ts"]
    link = client.chat_getPermalink(channel="C0MLOPS", message_ts=ts)["permalink"]
    assert link == f"{playground.url}/archives/C0MLOPS/p{ts.replace('.', '')}"


def test_a_home_is_published_and_its_hash_guards_it(playground: Playground, client: WebClient) -> None:
    first = client.views_publish(user_id="U0SRE", view={"type": "home", "blocks": HELLO})["view"]
    home = playground.home("U0SRE")
    assert home is not None
    assert home["id"] == first["id"]
    again = client.views_publish(user_id="U0SRE", view={"type": "home", "blocks": HELLO}, hash=first["hash"])["view"]
    assert again["id"] == first["id"]
    old = {"type": "home", "blocks": HELLO}
    assert error(client.views_publish, user_id="U0SRE", view=old, hash=first["hash"]) == "hash_conflict"
    assert error(client.views_publish, user_id="U0SRE", view={"type": "modal", "blocks": HELLO}) == "invalid_arguments"


def test_the_app_hears_of_reactions_where_it_is_and_may() -> None:
    events = {"event_subscriptions": {"bot_events": ["reaction_added"]}}
    for scopes, heard in ((["reactions:read"], 1), (["chat:write"], 0)):
        with Playground(manifest={"oauth_config": {"scopes": {"bot": scopes}}, "settings": events}) as workspace:
            ts = workspace.say("U0SRE", "ml-ops", "look")["ts"]
            workspace.react("U0MLENG", "ml-ops", ts)
            found = [e["event"] for e in workspace.slack.courier.recent_events]
            assert [e["item"]["ts"] for e in found] == [ts] * heard
            assert workspace.messages("ml-ops")[-1]["reactions"] == [{"name": "pushpin", "users": ["U0MLENG"], "count": 1}]


def test_channels_are_made_and_managed(playground: Playground, client: WebClient) -> None:
    made = client.conversations_create(name="inc-1", is_private=True)["channel"]
    assert (made["name"], made["is_private"], made["is_member"], made["creator"]) == ("inc-1", True, True, "U0BOT")
    for name, problem in (("inc-1", "name_taken"), ("Inc", "invalid_name_specials"), ("a b", "invalid_name_specials")):
        assert error(client.conversations_create, name=name) == problem
    assert error(client.conversations_create, name="x" * 81) == "invalid_name_maxlength"
    client.conversations_invite(channel=made["id"], users="U0SRE,U0MLENG")
    assert error(client.conversations_invite, channel=made["id"], users="U0SRE") == "already_in_channel"
    assert error(client.conversations_invite, channel=made["id"], users="U0NOBODY") == "user_not_found"
    assert error(client.conversations_invite, channel=made["id"], users="U0BOT") == "cant_invite_self"
    client.conversations_kick(channel=made["id"], user="U0SRE")
    assert error(client.conversations_kick, channel=made["id"], user="U0SRE") == "not_in_channel"
    assert client.conversations_members(channel=made["id"])["members"] == ["U0BOT", "U0MLENG"]
    assert error(client.conversations_setTopic, channel=made["id"], topic="x" * 251) == "too_long"
    assert client.conversations_setTopic(channel=made["id"], topic="all well")["channel"]["topic"]["value"] == "all well"
    assert playground.messages("inc-1")[-1]["subtype"] == "channel_topic"
    client.conversations_archive(channel=made["id"])
    assert error(client.conversations_archive, channel=made["id"]) == "already_archived"
    assert error(client.conversations_invite, channel=made["id"], users="U0SRE") == "is_archived"
    assert error(client.chat_postMessage, channel=made["id"], text="x") == "is_archived"


def test_private_channels_need_a_scope_of_their_own(strict: Callable[[dict[str, Any]], WebClient]) -> None:
    client = strict(manifest("channels:manage"))
    client.conversations_create(name="seen")
    assert refusal(client.conversations_create, name="hidden", is_private=True)["needed"] == "groups:write"
