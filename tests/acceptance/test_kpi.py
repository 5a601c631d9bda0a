"""`/kpi` in the running program, over a socket and by signed HTTP."""

import contextlib
import hashlib
import hmac
import re
import sqlite3
import threading
import time
from urllib.parse import urlencode

import httpx
import pytest

from tests.acceptance.conftest import Person, Program, words


def test_the_list_has_the_shipped_kpis(ada: Person) -> None:
    said = ada.says("/kpi list")
    assert "mttr" in said
    assert "uptime" in said


def test_a_figure_goes_in_and_is_shown_and_explained(ada: Person) -> None:
    assert "Recorded" in ada.says('/kpi record mttr 3h,5h period=2026-10 note="two incidents"')
    assert "4 h" in ada.says("/kpi show mttr")
    assert "two incidents" in ada.presses("kpi.why")


def test_the_form_shows_the_value_before_it_is_saved(ada: Person) -> None:
    ada.says("/kpi show mttr")
    form = ada.form("kpi.record")
    field = next(b["block_id"] for b in form["blocks"] if b.get("block_id", "").startswith("in-"))
    action = next(b["element"]["action_id"] for b in form["blocks"] if b.get("block_id") == field)
    typed = {
        field: {action: {"type": "plain_text_input", "value": "2h, 3h"}},
        "period": {"period": {"type": "plain_text_input", "value": "2026-09"}},
    }
    assert ada.workspace.submit(ada.id, form, typed)["ok"]
    preview = ada.workspace.view(ada.id)
    assert preview is not None
    assert "would be 2.5 h" in words(preview)
    before = len(ada.workspace.ephemerals(ada.channel, ada.id))
    assert ada.workspace.submit(ada.id, preview, {})["ok"]
    assert "Recorded" in ada.sees(before)


def test_names_complete_in_the_form(ada: Person) -> None:
    assert ada.workspace.command(ada.id, ada.channel, "/kpi record") == ""
    form = ada.workspace.wait_for(lambda: ada.workspace.view(ada.id))
    found = ada.workspace.suggest(ada.id, form, "kpi.chosen", "mttr")
    assert "mttr" in str(found)
    ada.workspace.close(ada.id, form)


def test_a_correction_keeps_what_was_there(ada: Person) -> None:
    ada.says("/kpi record uptime 0.99 period=2026-10")
    assert "Corrected" in ada.says('/kpi correct uptime 0.98 period=2026-10 reason="one hour was missing"')
    assert "one hour was missing" in ada.says("/kpi history uptime")


def test_two_people_correct_at_once_and_one_is_told(ada: Person, grace: Person) -> None:
    ada.says("/kpi record mttd 50min period=2026-10")
    seen = len(ada.workspace.ephemerals(ada.channel, ada.id)), len(grace.workspace.ephemerals(ada.channel, grace.id))
    line = '/kpi correct mttd 40min period=2026-10 reason="mine"'
    threads = [threading.Thread(target=ada.workspace.command, args=(p.id, ada.channel, line)) for p in (ada, grace)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [ada.sees(seen[0]), grace.sees(seen[1])]
    assert sum("Corrected" in each for each in said) == 1
    assert sum("nothing would change" in each or "corrected" in each.lower() for each in said) == 2


@pytest.mark.parametrize(
    "line",
    [
        "record mttr NaN",
        "record mttr 1e309",
        "record mttr 🎉",
        "record mttr שלוש",
        "record mttr 3 at=2099-01-01",
        'record mttr 3 at="2026-03-29 02:30 Europe/Oslo"',
        'record mttr 3 at="2026-11-20 10:00 Middle/Earth"',
        'record mttr 3 note="' + "ש" * 10_000 + '"',
        "x" * 10_000,
        "show <!channel>",
        'show "mttr',
    ],
)
def test_a_wrong_input_gets_one_sentence(ada: Person, line: str) -> None:
    ada.says(f"/kpi {line}")
    answer = ada.last()["text"]
    assert "\n" not in answer
    assert "our side" not in answer
    assert "<!" not in answer
    assert 10 < len(answer) < 400


def test_every_payload_passed_the_workspace(program: Program, ada: Person) -> None:
    """The playground refuses what Slack would refuse, and says so in its log."""
    ada.says("/kpi help")
    refused = [e for e in program.workspace.log() if not e["ok"]]
    assert refused == []


def signed(body: str, secret: str, at: float) -> dict[str, str]:
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return kind | {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def command(ada: Person, text: str, trigger: str) -> str:
    body = {"command": "/kpi", "text": text, "user_id": ada.id, "channel_id": ada.channel, "team_id": "T1"}
    return urlencode(body | {"trigger_id": trigger, "response_url": "http://127.0.0.1:9/"})


def test_what_slack_did_not_sign_is_refused(program: Program, ada: Person) -> None:
    url, body = f"http://127.0.0.1:{program.port}/slack/events", command(ada, "record mttd 30min period=2026-09", "forged")
    secret = program.workspace.signing_secret
    for headers in ({}, signed(body, "wrong", time.time()), signed(body, secret, time.time() - 600)):
        assert httpx.post(url, content=body, headers=headers, timeout=60).status_code == 401
    assert "Sep 2026" not in ada.says("/kpi history mttd")


def test_a_request_that_comes_again_is_done_once_even_after_a_restart(program: Program, ada: Person) -> None:
    if "SLACK_SIGNING_SECRET" not in program.environment:
        pytest.skip("a socket's envelopes are not repeated by hand")
    url, secret = f"http://127.0.0.1:{program.port}/slack/events", program.workspace.signing_secret
    body = command(ada, "record automation-rate 0.42 period=2026-09", "again")
    first = httpx.post(url, content=body, headers=signed(body, secret, time.time()), timeout=60).json()
    assert "Recorded" in first["text"]
    program.stop()
    program.start()
    again = httpx.post(url, content=body, headers=signed(body, secret, time.time()), timeout=60).json()
    assert again["text"] == first["text"]


def test_a_locked_database_does_not_keep_slack_waiting(program: Program, ada: Person) -> None:
    path = program.environment["DATABASE_URL"].removeprefix("sqlite:///")
    before = len(ada.workspace.ephemerals(ada.channel, ada.id))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "Still working" in ada.says("/kpi record mttd 30min period=2026-08")
        other.execute("ROLLBACK")
    told = ada.workspace.wait_for(lambda: ada.workspace.ephemerals(ada.channel, ada.id)[before + 1 :])
    assert "Recorded" in words(told) or "cannot reach its database" in words(told)


def test_a_hanging_web_api_does_not_keep_slack_waiting(program: Program, ada: Person) -> None:
    program.workspace.fault("hang", method="views.open", times=1, seconds=6)
    before = len(ada.workspace.ephemerals(ada.channel, ada.id))
    assert ada.workspace.command(ada.id, ada.channel, "/kpi record") == ""
    assert re.search("did not open the form|Still working", ada.sees(before))
    program.workspace.wait_for(lambda: "did not open the form" in words(ada.workspace.ephemerals(ada.channel, ada.id)[before:]))
