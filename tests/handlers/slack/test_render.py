"""Whatever the parts, what Slack gets is within its limits, and nothing in it is markup."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.parts import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Line,
    Link,
    Mention,
    Message,
    Note,
    Part,
    Series,
    Span,
    Table,
    Text,
    dump,
    load,
)
from handlers.slack.blocks.charts import draw
from handlers.slack.blocks.lint import problems
from handlers.slack.blocks.modals import Field, Modal, view
from handlers.slack.blocks.render import blocks, fallback, for_home, payload, payloads
from handlers.slack.blocks.writing import clipped, literal, pieces, units
from playground.block_kit import validate

ANY = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["", " ", "\x00", "\ud800", "<!channel>", "🎉" * 200, "x" * 100_000, "שלום\u202eolleh", "a\nb\r\nc", "é" * 3000]
)
SPAN = st.one_of(
    st.builds(Span, ANY, st.sampled_from(["plain", "bold", "italic", "code"])),
    st.builds(Mention, st.sampled_from(["user", "channel", "usergroup"]), ANY | st.just("U0ADA")),
    st.builds(Link, ANY | st.just("https://example.org/x"), ANY),
)
NUMBER = st.none() | st.floats()


def few(what: Any, most: int = 5) -> Any:
    return st.lists(what, max_size=most).map(tuple)


CHART = st.builds(
    Chart, ANY, few(ANY, 30), few(st.builds(Series, ANY, few(NUMBER, 30)), 9), ANY, st.sampled_from(["line", "bar"])
)
CELL = ANY | st.builds(Mention, st.sampled_from(["user", "channel"]), ANY | st.just("U0ADA"))
TABLE = st.builds(Table, ANY, few(ANY, 25), few(few(CELL, 25), 8), st.just(frozenset()))
BUTTON = st.builds(Button, ANY, ANY, ANY, st.sampled_from(["default", "primary", "danger"]), ANY)
PART = st.one_of(
    st.builds(Heading, ANY),
    st.builds(Text, few(SPAN)),
    st.builds(Facts, few(st.tuples(ANY, ANY), 12)),
    TABLE,
    CHART,
    st.builds(Note, ANY),
    st.builds(Buttons, few(BUTTON, 30)),
    st.just(Divider()),
)
relaxed = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def test_the_fallback_tells_every_bar_of_a_chart_and_the_latest_points_of_a_line() -> None:
    categories, series = tuple("abcde"), (Series("Answers", (1.0, 2.0, 3.0, 4.0, 5.0)),)
    said = fallback(Message("How", (Chart("Spread", categories, series, "%", "bar"),)))
    assert "a | 1" in said
    assert "e | 5" in said
    assert "a | 1" not in fallback(Message("How", (Chart("Course", categories, series),)))


@relaxed
@given(few(PART, 12))
def test_any_parts_are_within_the_limits(parts: tuple[Part, ...]) -> None:
    for said in [*payloads(Message("s", parts)), payload(Message("s", parts))]:
        assert problems(said["blocks"]) == []
        assert 0 < len(said["blocks"]) <= 50
        assert validate(said, "message") == []
        json.dumps(said).encode()
    assert validate({"type": "home", "blocks": for_home(parts)}, "home") == []


@relaxed
@given(few(PART, 6), ANY, ANY)
def test_any_form_is_within_the_limits(parts: tuple[Part, ...], label: str, initial: str) -> None:
    fields = (Field("a", label, initial=initial), Field("b", label, "long", hint=label, placeholder=label, initial=initial))
    drawn = view(Modal("f", label, fields, label or "Go", parts, parts), "{}")
    assert problems(drawn["blocks"]) == []
    assert validate(drawn, "modal") == []


@given(ANY)
def test_the_fallback_holds_no_mention(text: str) -> None:
    said = fallback(Message(text, (Note(text),)))
    assert "<" not in said
    assert ">" not in said
    assert 0 < len(said) <= 40_000


def test_the_fallback_has_mentions_where_blocks_have_them_and_nowhere_else() -> None:
    parts = (
        Text((Span("Results go to <@U0EVE> "), Mention("channel", "C0LEADERS"), Span(", "), Mention("user", "not an id"))),
        Table("Log", ("Who", "What"), ((Mention("user", "U0ADA"), "<@U0EVE>"), (Mention("usergroup", "S0ML"), "x"))),
    )
    assert fallback(Message("s", parts)) == (
        "s\nResults go to &lt;@U0EVE&gt; <#C0LEADERS>, not an id\nLog\nWho | What\n"
        "<@U0ADA> | &lt;@U0EVE&gt;\n<!subteam^S0ML> | x"
    )


def test_what_the_summary_says_of_somebody_the_fallback_says_once_and_with_a_mention() -> None:
    assert (
        fallback(Message("U0ADA is in", (Text((Mention("user", "U0ADA"), Span(" is in"))), Note("x")))) == "<@U0ADA> is in\nx"
    )


@pytest.mark.parametrize("more", range(12))
def test_the_fallback_is_cut_and_never_within_a_mention(more: int) -> None:
    spans = (Span("a" * (3_985 + more)), Mention("user", "U0ADA"), Span(" & <b> and so on, for long"))
    said = fallback(Message("s", (Text(spans),)))
    assert said.endswith("…")
    assert re.sub("<@U0ADA>|&amp;|&lt;|&gt;", "", said).isascii() is False
    assert not re.search("[<>]", said.replace("<@U0ADA>", ""))
    assert len(said) < 4_020


@given(ANY, st.integers(2, 300))
def test_what_is_clipped_fits(text: str, limit: int) -> None:
    assert units(clipped(text, limit)) <= limit
    assert 0 < units(literal(text, limit)) <= limit
    assert "\n" not in literal(text, limit)


@given(st.text(), st.integers(2, 50))
def test_pieces_lose_nothing(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert "".join(found) == clipped(text, 10**9)
    assert all(0 < units(piece) <= limit for piece in found)


def test_two_hundred_kpis_are_told_in_several_messages() -> None:
    rows = tuple((f"kpi-{n}", "3.2 h", "week 47, 2026", "▁▂▃", "at most 4 h", "met") for n in range(200))
    said = payloads(
        Message("200 KPIs", (Heading("All"), Table("All", ("KPI", "Value", "Period", "Course", "Target", "Verdict"), rows)))
    )
    shown = json.dumps([p["blocks"] for p in said])
    assert all(f'"kpi-{n}"' in shown for n in range(200))


def test_one_message_says_that_there_is_more() -> None:
    said = blocks(tuple(Note(f"note {n}") for n in range(80)))
    assert len(said) == 50
    assert "There is more" in json.dumps(said[-1])


def test_somebody_in_a_cell_is_mentioned_there() -> None:
    table = Table("Log", ("Who", "What"), ((Mention("user", "U0ADA"), "<@U0EVE>"),))
    [drawn] = [block for block in blocks((table,)) if block["type"] == "data_table"]
    assert drawn["rows"][1][0]["elements"][0]["elements"] == [{"type": "user", "user_id": "U0ADA"}]
    assert drawn["rows"][1][1] == {"type": "raw_text", "text": "<@U0EVE>"}
    assert load(dump(Message("Log", (table,)))) == Message("Log", (table,))


def test_a_third_chart_becomes_a_table() -> None:
    chart = Chart("c", ("a", "b"), (Series("s", (1.0, 2.0)),))
    assert [b["type"] for b in blocks((chart, chart, chart))] == ["data_visualization", "data_visualization", "data_table"]


def test_a_gap_in_a_chart_is_named_and_not_filled() -> None:
    drawn = draw(Chart("c", ("w1", "w2", "w3"), (Series("value", (1.0, None, 3.0)), Series("target", (2.0, 2.0, 2.0)))))
    assert drawn.beside == (Note("No data: w2."),)
    assert drawn.block is not None


def test_a_chart_without_data_says_so() -> None:
    assert draw(Chart("c", ("a",), (Series("s", (None,)),))).beside == (Note("c: no data."),)


def test_labels_that_are_cut_to_the_same_are_told_apart() -> None:
    names = tuple(f"a very long label that differs at its end {n}" for n in range(12))
    (drawn,) = blocks((Chart("c", names, (Series("s", tuple(map(float, range(12)))),)),))
    categories = drawn["chart"]["axis_config"]["categories"]
    assert len(set(categories)) == 12
    assert max(map(len, categories)) <= 20


def test_two_buttons_of_a_kind_have_ids_of_their_own() -> None:
    (row,) = blocks((Buttons((Button("a", "kpi.show", "x"), Button("b", "kpi.show", "y"))),))
    assert [e["action_id"] for e in row["elements"]] == ["kpi.show", "kpi.show#2"]


@pytest.mark.parametrize(
    ("faulty", "says"),
    [
        ([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}], "block_id a stands twice"),
        ([{"type": "actions", "elements": [{"action_id": "x"}, {"action_id": "x"}]}], "action_id x stands twice in one block"),
        ([{"type": "image", "image_url": "https://x"}], "an image has no alt_text"),
        ([{"type": "input", "element": {"focus_on_load": True}}] * 2, "two elements want the focus"),
        ([{"type": "data_visualization"}] * 3, "more than two charts"),
    ],
)
def test_the_lint_finds_what_slackblocks_misses(faulty: list[dict[str, Any]], says: str) -> None:
    assert says in problems(faulty)


def test_a_line_has_its_button_beside_it_and_nothing_in_it_is_markup() -> None:
    hostile = "<!channel> *bold* _it_ ~no~ `x` :tada: > quoted"
    (drawn,) = blocks((Line(hostile, hostile, Button("Show", "kpi.show", "mttr")),))
    said = drawn["text"]["text"]
    assert drawn["accessory"]["action_id"] == "kpi.show"
    assert "&lt;!channel" in said
    title, words = said.split("\n")
    assert (title[0], title[-1]) == ("*", "*")
    assert not set("*_~`<>") & set(title[1:-1] + words)
    assert ":tada:" not in said


@pytest.mark.parametrize(
    ("value", "heard"),
    [("team-check #2", "Results: team-check #2"), ("7", "Results: 7"), ("2 en-US", "Results"), ("", "Results")],
)
def test_who_listens_hears_what_a_button_is_about_and_nothing_of_how_it_works(value: str, heard: str) -> None:
    (row,) = blocks((Buttons((Button("Results", "pulse.results", value),)),))
    assert row["elements"][0]["accessibility_label"] == heard
