"""`/kpi`, through the door: words, buttons and forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.services import native_charts
from handlers.slack.commands import kpi
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.kpis import define


@pytest.fixture(autouse=True)
def _defined(slack: Slack) -> None:
    define(slack.services)


def told(slack: Slack, count: int = 1) -> str:
    """What the person was told beside a button or a form."""
    return words(slack.workspace.wait_for("respond", count)[-1]["blocks"])


def opened(slack: Slack, count: int = 1) -> dict[str, Any]:
    """The form that was opened."""
    view = slack.workspace.wait_for("views.open", count)[-1]["view"]
    form: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return form


def typed(**values: str) -> dict[str, dict[str, Any]]:
    """Text inputs filled in; `in_` and `dim_` stand for the prefixes of inputs and dimensions."""
    names = {n: n.replace("in_", "in-").replace("dim_", "dim-") for n in values}
    return {names[n]: {"type": "plain_text_input", "value": v} for n, v in values.items()}


def button(answer: dict[str, Any], action: str) -> str:
    """The value of a button in an answer."""
    found = [e for b in answer["blocks"] if b["type"] == "actions" for e in b["elements"] if e["action_id"] == action]
    return str(found[0]["value"])


def test_every_verb_is_in_the_help(slack: Slack) -> None:
    said = words(slack.say("/kpi", "help"))
    assert all(f"/kpi {verb}" in said for verb in kpi.VERBS)
    assert set(kpi.VERBS) == set(kpi._RUN)


def test_alone_it_lists_what_one_may_see(slack: Slack) -> None:
    said = words(slack.say("/kpi"))
    assert "mttr" in said
    assert "secret-spend" not in said


def test_a_kpi_of_others_is_unknown(slack: Slack) -> None:
    assert slack.say("/kpi", "show secret-spend")["text"].startswith("There is no KPI called “secret-spend”.")
    assert "secret-spend" not in str(slack.search("kpi.names", "sec"))


def test_an_unknown_verb_and_an_unknown_name_get_the_nearest(slack: Slack) -> None:
    assert "Did you mean /kpi show?" in slack.say("/kpi", "shwo mttr")["text"]
    assert "Did you mean mttr?" in slack.say("/kpi", "show mtr")["text"]


def test_a_value_is_recorded_shown_and_explained(slack: Slack) -> None:
    assert "Recorded" in slack.say("/kpi", 'record mttr 3.5h period="last week" note="two incidents"')["text"]
    shown = slack.say("/kpi", "show mttr")
    assert "3.5 h" in shown["text"]
    assert {"kpi.why", "kpi.record", "kpi.correct", "kpi.history"} == {
        e["action_id"] for b in shown["blocks"] if b["type"] == "actions" for e in b["elements"]
    }
    slack.press("kpi.why", button(shown, "kpi.why"))
    assert "U0ADA" in told(slack)
    assert "two incidents" in words(slack.say("/kpi", "history mttr"))
    slack.say("/kpi", "record approval agreed=19 all=20")
    assert "agreed / all" in words(slack.say("/kpi", "why approval"))


def test_the_same_request_records_once_across_restarts(slack: Slack) -> None:
    first = slack.say("/kpi", "record mttr 3.5h", trigger="same")
    slack.door._turns.clear()
    slack.door._begun.clear()
    assert slack.say("/kpi", "record mttr 3.5h", trigger="same")["text"] == first["text"]
    assert "already has" in slack.say("/kpi", "record mttr 3.5h")["text"]


def test_a_correction_keeps_what_was_there(slack: Slack) -> None:
    slack.say("/kpi", "record mttr 3.5h")
    assert "was 3.5 h" in slack.say("/kpi", 'correct mttr 3h reason="counted twice"')["text"]
    history = words(slack.say("/kpi", "history mttr"))
    assert "counted twice" in history
    assert "3.5" in history


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("record mttr NaN", ""),
        ("record mttr 1e309", ""),
        ("record mttr -3", ""),
        ("record mttr 🎉", ""),
        ("record mttr שלוש", ""),
        ("record mttr 3 at=2099-01-01", "future"),
        ('record mttr 3 at="2026-03-29 02:30 Europe/Oslo"', ""),
        ('record mttr 3 at="2026-11-20 10:00 Middle/Earth"', ""),
        ("record mttr 3 perod=now", "Did you mean period?"),
        ("record mttr " + "9" * 10_000, ""),
        ('record mttr 3 note="' + "x" * 10_000 + '"', "keep it under 2,000"),
        ("record nothing 3", "There is no KPI called “nothing”"),
        ("record mttr 3 value=4", "twice"),
        ("record mttr 3 period=last week", 'put text of several words in quotes, as in period="last week".'),
        ("record mttr 3 period=Nov 2026", "“2026” after period= belongs to nothing; put text of several words in quotes"),
        ("record mttr value=3 note=took 2", 'as in note="took 2".'),
        ("record mttr period=2026-W46 3 note=took 2", 'as in note="took 2".'),
        ("record mttr period=last", "“last” is only a part of a period"),
        ("correct mttr 3 reason=because I can", "“I can” after reason= belongs to nothing; put text of several words"),
        ("correct mttr reason=because I can", 'as in reason="because I can".'),
        ("correct mttr 3 reason=because " + "I can " * 2_000, "put text of several words in quotes"),
        ("record mttr 3 " + "x" * 5_000 + "=a b", "put text of several words in quotes"),
        ("record mttr 2,5h", "write one as 2.5h, and several as 2, 5h."),
        ('record mttr 3 note="open', "is not closed"),
        ("correct mttr 3", "reason"),
        ("x" * 10_000, "/kpi has no"),
        ("show", "Say which KPI"),
        ("list nonsense", "There is no category"),
        ("list " + "🎉" * 5_000, "There is no category"),
        ("show &lt;!channel&gt;", "There is no KPI called"),
        ("reject mttr", "waits for you"),
        ("define nothing", "There is no KPI called “nothing”"),
    ],
)
def test_a_wrong_input_gets_one_sentence_and_changes_nothing(slack: Slack, text: str, says: str) -> None:
    answer = slack.say("/kpi", text)
    assert answer["response_type"] == "ephemeral"
    assert says in answer["text"]
    assert "\n" not in answer["text"]
    assert "our side" not in answer["text"]
    assert len(answer["text"]) < 400
    assert "<!" not in answer["text"]
    assert "no data" in words(slack.say("/kpi", "list")).lower()


@pytest.mark.parametrize("text", ["record mttr period=2026-W46 3.5 h", "record mttr note=late 3.5h period=2026-W46"])
def test_the_value_may_stand_after_an_option(slack: Slack, text: str) -> None:
    answer = slack.say("/kpi", text)
    assert "Recorded" in answer["text"]
    assert "week 46, 2026" in answer["text"]


def test_text_of_people_is_never_markup(slack: Slack) -> None:
    slack.say("/kpi", 'record mttr 3h note="&lt;!channel&gt; *bold* &lt;@U0EVE&gt; `code`"')
    for command in ("why mttr", "history mttr"):
        answer = slack.say("/kpi", command)
        assert "<!channel>" not in answer["text"]
        literal = [e for e in _elements(answer["blocks"]) if "<!channel>" in str(e.get("text"))]
        assert literal
        assert all(e["type"] in ("text", "plain_text", "raw_text") for e in literal)


def _elements(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        own = [node] if isinstance(node.get("text"), str) else []
        return own + [e for v in node.values() for e in _elements(v)]
    return [e for v in node for e in _elements(v)] if isinstance(node, list) else []


def test_the_form_shows_the_value_before_it_is_saved(slack: Slack) -> None:
    slack.say("/kpi", "record")
    choose = opened(slack)
    names = [o["value"] for o in slack.search("kpi.names", "mean")]
    assert names == ["mttr"]
    fields = slack.submit(choose, {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}})["view"]
    preview = slack.submit(fields, typed(in_durations="3, 4, 5", note="three of them"))
    assert preview["response_action"] == "update"
    assert "would be 4 h" in words(preview["view"])
    assert "no data" in words(slack.say("/kpi", "list")).lower()
    assert slack.submit(preview["view"], typed(in_durations="3, 4, 5", note="three of them")) == {"response_action": "clear"}
    assert "Recorded" in told(slack)
    assert "three of them" in words(slack.say("/kpi", "why mttr"))


def test_what_was_not_looked_at_is_not_saved(slack: Slack) -> None:
    slack.say("/kpi", "record mttr")
    preview = slack.submit(opened(slack), typed(in_durations="3"))
    again = slack.submit(preview["view"], typed(in_durations="5"))
    assert "would be 5 h" in words(again["view"])


def test_choosing_another_kpi_changes_the_form(slack: Slack) -> None:
    chosen = {"action_id": "kpi.chosen", "block_id": "kpi", "type": "external_select", "selected_option": {"value": "approval"}}
    slack.interact({"type": "block_actions", "actions": [chosen], "view": {"type": "modal", "id": "V1", "hash": "h"}})
    (changed,) = slack.workspace.wait_for("views.update")
    view = json.loads(changed["view"]) if isinstance(changed["view"], str) else changed["view"]
    assert [b["block_id"] for b in view["blocks"]] == ["kpi", "in-agreed", "in-all", "value", "period", "note", "dim-team"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"in_agreed": "lots", "in_all": "20"}, "in-agreed"),
        ({"in_agreed": "30", "in_all": "20"}, "in-agreed"),
        ({"in_agreed": "-1", "in_all": "20"}, "in-agreed"),
        ({"in_agreed": "5h 6h", "in_all": "20"}, "in-agreed"),
        ({"in_agreed": "19", "in_all": "20", "period": "the day after"}, "period"),
        ({"in_agreed": "19", "in_all": "20", "value": "3"}, "value"),
        ({"note": "nothing else"}, "value"),
    ],
)
def test_errors_stand_at_their_field(slack: Slack, values: dict[str, str], field: str) -> None:
    slack.say("/kpi", "record approval")
    answer = slack.submit(opened(slack), typed(**values))
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [field]


def test_a_decimal_comma_in_a_form_is_asked_about(slack: Slack) -> None:
    slack.say("/kpi", "record mttr")
    form = opened(slack)
    for field in ("in-durations", "value"):
        answer = slack.submit(form, typed(**{field.replace("-", "_"): "3,5"}))
        assert list(answer["errors"]) == [field]
        assert "write one as 3.5, and several as 3, 5." in answer["errors"][field]


def test_a_form_of_correction_holds_what_is_in_force_and_asks_why(slack: Slack) -> None:
    shown = slack.say("/kpi", 'record approval agreed=19 all=20 period="last month"', user="U0RISK")
    slack.press("kpi.correct", button(shown, "kpi.correct"))
    form = opened(slack)
    assert next(b["element"]["initial_value"] for b in form["blocks"] if b["block_id"] == "in-agreed") == "19"
    assert slack.submit(form, typed(in_agreed="18", in_all="20"))["errors"] == {"reason": "Say why, for whoever wonders later."}
    filled = typed(in_agreed="18", in_all="20", reason="one was not")
    preview = slack.submit(form, filled)
    assert "90.0%" in words(preview["view"])
    assert "is saved yet" in words(preview["view"])
    assert slack.submit(preview["view"], filled) == {"response_action": "clear"}
    assert "one was not" in words(slack.say("/kpi", "history approval"))


def test_the_form_of_correction_opens_for_the_longest_segment(slack: Slack) -> None:
    segment = " ".join(f'{name}="{"🎉" * 100}"' for name in ("model", "severity", "cause"))
    slack.say("/kpi", f"record mttr 2h {segment}")
    shown = slack.say("/kpi", f"show mttr {segment}")
    slack.press("kpi.correct", button(shown, "kpi.correct"))
    form = opened(slack)
    assert len(form["private_metadata"]) < 500
    filled = typed(in_durations="3h", reason="counted twice")
    preview = slack.submit(form, filled)["view"]
    assert "3 h" in words(preview)
    slack.submit(preview, filled)
    assert "was 2 h" in told(slack)
    assert "3 h" in slack.say("/kpi", f"show mttr {segment}")["text"]


def test_two_people_correcting_at_once_leave_one_correction(slack: Slack) -> None:
    shown = slack.say("/kpi", "record mttr 4h")
    for user in ("U0ADA", "U0EVE"):
        slack.press("kpi.correct", button(shown, "kpi.correct"), user=user)
    first = opened(slack, 2)
    filled = {user: typed(value=value, reason="mine") for user, value in (("U0ADA", "3"), ("U0EVE", "5"))}
    previews = {user: slack.submit(first, filled[user], user=user)["view"] for user in filled}
    assert slack.submit(previews["U0ADA"], filled["U0ADA"], user="U0ADA") == {"response_action": "clear"}
    refused = slack.submit(previews["U0EVE"], filled["U0EVE"], user="U0EVE")
    assert refused["response_action"] == "errors"
    assert "3 h" in slack.say("/kpi", "show mttr")["text"]


def test_a_value_that_needs_approval_waits_for_it(slack: Slack) -> None:
    slack.say("/barometer", "grant risk_officer to=U0RISK", user="U0ADMIN")
    made = slack.say("/kpi", "record approval agreed=19 all=20")
    assert "provisional" in slack.say("/kpi", "show approval")["text"]
    slack.press("kpi.approve", button(made, "kpi.approve"))
    assert (
        "Only an admin or somebody with the role risk officer may decide about this value of approval; ask one of them."
        in told(slack)
    )
    waiting = slack.say("/kpi", "approve", user="U0RISK")
    assert "Approval consistency" in words(waiting)
    slack.press("kpi.reject", button(waiting, "kpi.reject"), user="U0RISK")
    form = opened(slack)
    assert slack.submit(form, typed(reason="wrong month"), user="U0RISK") == {"response_action": "clear"}
    assert "Rejected" in told(slack, 2)
    slack.say("/kpi", "record approval agreed=18 all=20")
    assert "Approved" in slack.say("/kpi", "approve approval", user="U0RISK")["text"]


def test_a_new_kpi_is_defined_by_a_form_that_shows_the_yaml(slack: Slack) -> None:
    slack.say("/kpi", "define", user="U0ADMIN")
    form = opened(slack)
    chosen = {"category": "productivity", "direction": "down", "frequency": "week", "owner": "team_lead"}
    filled = {n: {"type": "static_select", "selected_option": {"value": v}} for n, v in chosen.items()}
    filled |= typed(name="backlog", title="Tickets: waiting", definition="Tickets that wait.", formula="waiting", unit="count")
    filled |= typed(inputs="waiting: tickets that wait", max="20")
    yaml = slack.submit(form, filled, user="U0ADMIN")["view"]
    source = next(b["element"]["initial_value"] for b in yaml["blocks"] if b["block_id"] == "yaml")
    assert "name: backlog" in source
    assert slack.submit(yaml, typed(yaml=source, reason=""), user="U0ADMIN") == {"response_action": "clear"}
    assert "name: backlog" in told(slack)
    assert "12" in slack.say("/kpi", "record backlog 12")["text"]


def test_a_wrong_definition_is_said_at_its_line_and_changes_nothing(slack: Slack) -> None:
    slack.say("/kpi", "define mttr", user="U0ADMIN")
    form = opened(slack)
    answer = slack.submit(form, typed(yaml="name: mttr\nformula: __import__('os')", reason="why not"), user="U0ADMIN")
    assert list(answer["errors"]) == ["yaml"]
    refused = slack.submit(form, typed(yaml="name: x", reason=""), user="U0ADA")
    assert refused["response_action"] == "errors"


def test_an_export_comes_as_a_direct_message(slack: Slack) -> None:
    slack.say("/kpi", "record mttr 3h")
    slack.workspace.plan = lambda method, _: "missing_scope" if method == "files.getUploadURLExternal" else None
    assert slack.say("/kpi", "export mttr")["text"].startswith("The file could not be sent to you")


def test_while_the_database_is_locked_the_answer_is_honest(slack: Slack, open_slack: Callable[..., Slack]) -> None:
    slack = open_slack(deadline=2)
    if not slack.services.db.is_sqlite:
        pytest.skip("PostgreSQL has no lock of the whole file")
    with slack.services.db.begin():
        said = slack.say("/kpi", "record mttr 3h")["text"]
    assert "Still working" in said
    assert "Recorded" in told(slack) or "cannot reach its database" in told(slack)


def shared(slack: Slack, content: str) -> dict[str, Any]:
    """A file as a form gets it, and as the Web API gives it."""
    slack.workspace.files["F1"] = content
    return {"file": {"type": "file_input", "files": [{"id": "F1", "name": "mttr.csv"}]}}


def test_a_file_is_looked_at_before_it_is_recorded(slack: Slack) -> None:
    slack.say("/kpi", "import mttr")
    chosen = {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}}
    file = shared(slack, "period,value,note\n2026-W45,3,=1+1\n2026-W46,4,\n")
    looked = slack.submit(opened(slack), chosen | file)["view"]
    assert "2 values of Mean time to recovery would be recorded" in words(looked)
    assert "no data" in words(slack.say("/kpi", "list")).lower()
    assert slack.submit(looked, {}) == {"response_action": "clear"}
    assert "Recorded 2 values" in told(slack)
    assert "week 46" in slack.say("/kpi", "show mttr")["text"]


def test_every_bad_line_of_a_file_is_said_and_nothing_recorded(slack: Slack) -> None:
    slack.say("/kpi", "import mttr")
    chosen = {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}}
    file = shared(slack, "period,value\n2026-W45,3\nnever,4\n2026-W46,NaN\n")
    said = words(slack.submit(opened(slack), chosen | file)["view"])
    assert "2 lines are not right, so nothing was recorded" in said
    assert "no data" in words(slack.say("/kpi", "list")).lower()


def test_a_file_that_slack_does_not_give_is_said(slack: Slack) -> None:
    slack.say("/kpi", "import mttr")
    chosen = {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}}
    slack.workspace.plan = lambda method, _: "file_not_found" if method == "files.info" else None
    assert "could not be read" in words(slack.submit(opened(slack), chosen | shared(slack, ""))["view"])


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"user": "U0EVE", "url_private_download": "{url}download.F1"}, "somebody else shared it"),
        ({"user": "U0ADA", "url_private_download": "{url}moved"}, "Slack answered 302"),
        ({"user": "U0ADA", "url_private_download": "file:///etc/passwd"}, "its address is none"),
    ],
)
def test_a_file_is_read_from_where_slack_says_and_from_whoever_asks(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], why: str
) -> None:
    url = slack.workspace.url
    file = {name: value.format(url=url) for name, value in told.items()}
    answer = slack.workspace.answer
    monkeypatch.setattr(
        slack.workspace, "answer", lambda m, p: {"ok": True, "file": file} if m == "files.info" else answer(m, p)
    )
    slack.workspace.plan = lambda method, _: f"moved to {url}download.F1" if method == "moved" else None
    slack.say("/kpi", "import mttr")
    chosen = {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}}
    view = slack.submit(opened(slack), chosen | shared(slack, "period,value\n2026-W45,3\n"))["view"]
    assert f"could not be read from Slack ({why})" in words(view)
    assert slack.workspace.called("download.F1") == []


def test_where_slack_refused_a_chart_answers_have_a_table_instead(slack: Slack, open_slack: Callable[..., Slack]) -> None:
    for week in ("W45", "W46", "W47"):
        slack.say("/kpi", f"record mttr 3 period=2026-{week}")

    def kinds(door: Slack) -> list[str]:
        return [block["type"] for block in door.say("/kpi", "show mttr")["blocks"]]

    assert "data_visualization" in kinds(slack)
    native_charts.learn(slack.services, taken=False)
    later = kinds(open_slack())
    assert "data_visualization" not in later
    assert "data_table" in later
    native_charts.learn(slack.services, taken=True)
    assert "data_visualization" in kinds(open_slack())


def test_one_value_of_a_file_is_recorded_with_a_button_that_counts_one(slack: Slack) -> None:
    slack.say("/kpi", "import mttr")
    chosen = {"kpi": {"type": "external_select", "selected_option": {"value": "mttr"}}}
    looked = slack.submit(opened(slack), chosen | shared(slack, "period,value\n2026-W46,4\n"))["view"]
    assert looked["submit"]["text"] == "Record 1 value"
    slack.submit(looked, {})
    assert "Recorded 1 value of" in told(slack)


def test_a_form_for_a_file_that_does_not_open_names_the_command(slack: Slack) -> None:
    slack.workspace.plan = lambda method, _: "expired_trigger_id" if method == "views.open" else None
    assert "barometer kpis import mttr FILE" in slack.say("/kpi", "import mttr")["text"]


def test_why_takes_a_period(slack: Slack) -> None:
    slack.say("/kpi", "record mttr 3 period=2026-W45")
    slack.say("/kpi", "record mttr 4 period=2026-W46")
    assert "week 45" in words(slack.say("/kpi", "why mttr period=W45"))
