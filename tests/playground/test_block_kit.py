"""Everything that Slack refuses is refused, what stands at a limit is not, and nothing makes the check fall over."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slackblocks import (
    AxisConfig,
    DataPoint,
    DataSeries,
    DataVisualizationBlock,
    HeaderBlock,
    LineChart,
    Message,
    SectionBlock,
)

from playground.block_kit import validate
from playground.block_kit.blocks import BLOCKS

Json = dict[str, Any]


def plain(words: str = "x") -> Json:
    return {"type": "plain_text", "text": words}


def mrkdwn(words: str = "x") -> Json:
    return {"type": "mrkdwn", "text": words}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), **more}


def option(n: object = 0, **more: Any) -> Json:
    return {"text": plain(str(n)), "value": str(n), **more}


def select(count: int = 1, **more: Any) -> Json:
    return {"type": "static_select", "options": [option(n) for n in range(count)], **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def text_input(**more: Any) -> Json:
    return {"type": "plain_text_input", **more}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def chart(series: int = 1, points: int = 2, **more: Any) -> Json:
    names = [f"c{n}" for n in range(points)]
    data = [{"label": n, "value": 1} for n in names]
    every = [{"name": f"s{n}", "data": data} for n in range(series)]
    plot = {"type": "line", "series": every, "axis_config": {"categories": names}}
    return {"type": "data_visualization", "title": "t", "chart": plot, **more}


def pie(*values: float, labels: list[str] | None = None) -> Json:
    names = labels or [f"l{n}" for n in range(len(values))]
    segments = [{"label": n, "value": v} for n, v in zip(names, values, strict=True)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}}


def cells(*words: str) -> list[Json]:
    return [{"type": "raw_text", "text": w} for w in words]


def table(rows: int, columns: int = 1) -> Json:
    return {"type": "table", "rows": [cells(*"x" * columns) for _ in range(rows)]}


def data_table(rows: int = 2, columns: int = 1, word: str = "x", **more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [cells(*[word] * columns) for _ in range(rows)], **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks) or [section()], **more}


def changed(block: Json, path: str, value: object) -> Json:
    """The chart with one thing in its plot changed."""
    plot = {**block["chart"]}
    if path == "categories":
        plot["axis_config"] = {**plot["axis_config"], "categories": value}
    else:
        plot[path] = value
    return {**block, "chart": plot}


CONFIRM = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}

MESSAGES: dict[str, tuple[list[Json], str]] = {
    "51 blocks": ([{"type": "divider"}] * 51, "/blocks"),
    "unknown block": ([{"type": "marquee"}], "/blocks/0"),
    "no type": ([{}], "/blocks/0"),
    "alert in a message": ([{"type": "alert", "text": plain()}], "/blocks/0"),
    "empty section": ([{"type": "section"}], "/blocks/0"),
    "section text 3001": ([section(text=mrkdwn("x" * 3001))], "/blocks/0/text/text"),
    "section text empty": ([section(text=mrkdwn(""))], "/blocks/0/text/text"),
    "11 fields": ([section(fields=[plain()] * 11)], "/blocks/0/fields"),
    "field 2001": ([section(fields=[plain("x" * 2001)])], "/blocks/0/fields/0/text"),
    "emoji in mrkdwn": ([section(text={**mrkdwn(), "emoji": True})], "/blocks/0/text"),
    "unknown property": ([section(colour="red")], "/blocks/0"),
    "text input as accessory": ([section(accessory=text_input())], "/blocks/0/accessory"),
    "header 151": ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    "header in mrkdwn": ([{"type": "header", "text": mrkdwn()}], "/blocks/0/text"),
    "11 context elements": ([{"type": "context", "elements": [plain()] * 11}], "/blocks/0/elements"),
    "empty context": ([{"type": "context", "elements": []}], "/blocks/0/elements"),
    "26 actions": ([actions(*[button() for _ in range(26)])], "/blocks/0/elements"),
    "no actions": ([actions()], "/blocks/0/elements"),
    "block_id 256": ([section(block_id="x" * 256)], "/blocks/0/block_id"),
    "block_id twice": ([section(block_id="a"), section(block_id="a")], "/blocks/1/block_id"),
    "action_id 256": ([actions(button(action_id="x" * 256))], "/blocks/0/elements/0/action_id"),
    "action_id twice": ([actions(button(action_id="a"), button(action_id="a"))], "/blocks/0/elements/1/action_id"),
    "button text 76": ([actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text/text"),
    "button in mrkdwn": ([actions(button(text=mrkdwn()))], "/blocks/0/elements/0/text"),
    "button value 2001": ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    "button url 3001": ([actions(button(url="x" * 3001))], "/blocks/0/elements/0/url"),
    "button label 76": ([actions(button(accessibility_label="x" * 76))], "/blocks/0/elements/0/accessibility_label"),
    "button style": ([actions(button(style="huge"))], "/blocks/0/elements/0/style"),
    "confirm title 101": (
        [actions(button(confirm={**CONFIRM, "title": plain("x" * 101)}))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "confirm text 301": (
        [actions(button(confirm={**CONFIRM, "text": plain("x" * 301)}))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "confirm yes 31": (
        [actions(button(confirm={**CONFIRM, "confirm": plain("x" * 31)}))],
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    "confirm no 31": (
        [actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)}))],
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    "101 options": ([actions(select(101))], "/blocks/0/elements/0/options"),
    "no options": ([actions(select(0))], "/blocks/0/elements/0/options"),
    "select of nothing": ([actions({"type": "static_select"})], "/blocks/0/elements/0"),
    "options and groups": (
        [actions(select(option_groups=[{"label": plain(), "options": [option()]}]))],
        "/blocks/0/elements/0",
    ),
    "101 groups": (
        [actions({"type": "static_select", "option_groups": [{"label": plain(), "options": [option()]}] * 101})],
        "/blocks/0/elements/0/option_groups",
    ),
    "option text 76": ([actions(select(0, options=[option("x" * 76, value="1")]))], "/blocks/0/elements/0/options/0/text/text"),
    "option value 151": ([actions(select(0, options=[option(1, value="x" * 151)]))], "/blocks/0/elements/0/options/0/value"),
    "option description 76": (
        [actions(select(0, options=[option(1, description=plain("x" * 76))]))],
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "initial option unknown": ([actions(select(initial_option=option("other")))], "/blocks/0/elements/0/initial_option"),
    "placeholder 151": ([actions(select(placeholder=plain("x" * 151)))], "/blocks/0/elements/0/placeholder/text"),
    "overflow of 6": (
        [actions({"type": "overflow", "options": [option(n) for n in range(6)]})],
        "/blocks/0/elements/0/options",
    ),
    "11 checkboxes": (
        [actions({"type": "checkboxes", "options": [option(n) for n in range(11)]})],
        "/blocks/0/elements/0/options",
    ),
    "11 radio buttons": (
        [actions({"type": "radio_buttons", "options": [option(n) for n in range(11)]})],
        "/blocks/0/elements/0/options",
    ),
    "date that is none": ([actions({"type": "datepicker", "initial_date": "2026-13-01"})], "/blocks/0/elements/0/initial_date"),
    "time that is none": ([actions({"type": "timepicker", "initial_time": "25:00"})], "/blocks/0/elements/0/initial_time"),
    "image without alt_text": ([{"type": "image", "image_url": "https://example.com/a.png"}], "/blocks/0"),
    "image url 3001": ([image(image_url="x" * 3001)], "/blocks/0/image_url"),
    "alt_text 2001": ([image(alt_text="x" * 2001)], "/blocks/0/alt_text"),
    "image without source": ([{"type": "image", "alt_text": "a"}], "/blocks/0"),
    "markdown 12001": ([{"type": "markdown", "text": "x" * 12001}], "/blocks/0/text"),
    "markdown together": ([{"type": "markdown", "text": "x" * 6001}] * 2, "/blocks"),
    "three charts": ([chart(), chart(), chart()], "/blocks"),
    "chart title 51": ([chart(title="x" * 51)], "/blocks/0/title"),
    "21 categories": ([chart(points=21)], "/blocks/0/chart/axis_config/categories"),
    "7 series": ([chart(series=7)], "/blocks/0/chart/series"),
    "category twice": ([changed(chart(), "categories", ["c0", "c0"])], "/blocks/0/chart/axis_config/categories"),
    "category 21 long": (
        [changed(chart(), "categories", ["x" * 21, "c1"])],
        "/blocks/0/chart/axis_config/categories/0",
    ),
    "a point missing": ([changed(chart(points=3), "categories", ["c0", "c1"])], "/blocks/0/chart/series/0/data"),
    "series name 21": (
        [changed(chart(), "series", [{"name": "x" * 21, "data": [{"label": "c0", "value": 1}]}])],
        "/blocks/0/chart/series/0/name",
    ),
    "value is not a number": (
        [changed(chart(), "series", [{"name": "s", "data": [{"label": "c0", "value": float("nan")}]}])],
        "/blocks/0/chart/series/0/data/0/value",
    ),
    "pie of nought": ([pie(1, 0)], "/blocks/0/chart/segments/1/value"),
    "pie with a name twice": ([pie(1, 2, labels=["a", "a"])], "/blocks/0/chart/segments"),
    "unknown chart": ([changed(chart(), "type", "radar")], "/blocks/0/chart"),
    "table of 101 rows": ([table(101)], "/blocks/0/rows"),
    "table of 21 columns": ([table(1, 21)], "/blocks/0/rows/0"),
    "data_table without caption": ([data_table(caption=None)], "/blocks/0"),
    "data_table of 102 rows": ([data_table(102)], "/blocks/0/rows"),
    "data_table of one row": ([data_table(1)], "/blocks/0/rows"),
    "data_table uneven": ([data_table(rows=2) | {"rows": [cells("a", "b"), cells("a")]}], "/blocks/0/rows"),
    "data_table page of 101": ([data_table(page_size=101)], "/blocks/0/page_size"),
    "data_table too much text": ([data_table(100, 1, "x" * 201)], "/blocks/0/rows"),
    "data_table cell empty": ([data_table(word="")], "/blocks/0/rows/0/0/text"),
    "data_table header column": ([data_table(row_header_column_index=1)], "/blocks/0/row_header_column_index"),
    "card title 151": ([{"type": "card", "title": plain("x" * 151)}], "/blocks/0/title/text"),
    "card body 201": ([{"type": "card", "body": plain("x" * 201)}], "/blocks/0/body/text"),
    "card with 4 actions": ([{"type": "card", "title": plain(), "actions": [button() for _ in range(4)]}], "/blocks/0/actions"),
    "carousel of 11": ([{"type": "carousel", "elements": [{"type": "card", "title": plain()}] * 11}], "/blocks/0/elements"),
    "container of 11": ([{"type": "container", "child_blocks": [section()] * 11}], "/blocks/0/child_blocks"),
    "plan of 51": (
        [{"type": "plan", "title": "p", "tasks": [{"type": "task_card", "task_id": "1", "title": "t"}] * 51}],
        "/blocks/0/tasks",
    ),
    "task status": ([{"type": "task_card", "task_id": "1", "title": "t", "status": "lost"}], "/blocks/0/status"),
    "6 context actions": (
        [{"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain()}] * 6}],
        "/blocks/0/elements",
    ),
    "rich text of text": ([rich({"type": "text", "text": "x"})], "/blocks/0/elements/0"),
    "list of text": (
        [rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]})],
        "/blocks/0/elements/0/elements/0",
    ),
    "list style": ([rich({"type": "rich_text_list", "style": "star", "elements": []})], "/blocks/0/elements/0/style"),
    "file input in a message": ([field({"type": "file_input"})], "/blocks/0/element"),
}

MODALS: dict[str, tuple[Json, str]] = {
    "chart in a modal": (modal(chart()), "/blocks/0"),
    "data_table in a modal": (modal(data_table()), "/blocks/0"),
    "table in a modal": (modal(table(1)), "/blocks/0"),
    "markdown in a modal": (modal({"type": "markdown", "text": "x"}), "/blocks/0"),
    "title 25": (modal(title=plain("x" * 25)), "/title/text"),
    "submit 25": (modal(submit=plain("x" * 25)), "/submit/text"),
    "close 25": (modal(close=plain("x" * 25)), "/close/text"),
    "no title": (modal(title=None), ""),
    "private_metadata 3001": (modal(private_metadata="x" * 3001), "/private_metadata"),
    "callback_id 256": (modal(callback_id="x" * 256), "/callback_id"),
    "external_id 256": (modal(external_id="x" * 256), "/external_id"),
    "101 blocks": (modal(*[section() for _ in range(101)]), "/blocks"),
    "input without submit": (modal(field(text_input()), submit=None), "/submit"),
    "label 2001": (modal(field(text_input(), label=plain("x" * 2001))), "/blocks/0/label/text"),
    "hint 2001": (modal(field(text_input(), hint=plain("x" * 2001))), "/blocks/0/hint/text"),
    "max_length 3001": (modal(field(text_input(max_length=3001))), "/blocks/0/element/max_length"),
    "min over max": (modal(field(text_input(min_length=5, max_length=4))), "/blocks/0/element"),
    "number min over max": (
        modal(field({"type": "number_input", "is_decimal_allowed": True, "min_value": "2", "max_value": "1"})),
        "/blocks/0/element",
    ),
    "number without decimals said": (modal(field({"type": "number_input"})), "/blocks/0/element"),
    "button as input": (modal(field(button())), "/blocks/0/element"),
    "11 files": (modal(field({"type": "file_input", "max_files": 11})), "/blocks/0/element/max_files"),
    "two with the focus": (
        modal(field(text_input(focus_on_load=True)), field(text_input(focus_on_load=True))),
        "/blocks/1/element/focus_on_load",
    ),
    "alert 201": (modal({"type": "alert", "text": plain("x" * 201)}), "/blocks/0/text/text"),
    "alert level": (modal({"type": "alert", "text": plain(), "level": "loud"}), "/blocks/0/level"),
    "a home as modal": (modal(type="home"), "/type"),
}


def test_the_list_is_long_enough() -> None:
    assert len(MESSAGES) + len(MODALS) >= 49


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_with_a_fault_is_refused_where_the_fault_is(name: str) -> None:
    blocks, pointer = MESSAGES[name]
    assert pointer in {p.pointer for p in validate({"blocks": blocks}, "message")}


@pytest.mark.parametrize("name", MODALS)
def test_a_modal_with_a_fault_is_refused_where_the_fault_is(name: str) -> None:
    view, pointer = MODALS[name]
    assert pointer in {p.pointer for p in validate(view, "modal")}


AT_LIMIT: dict[str, list[Json]] = {
    "50 blocks": [{"type": "divider"}] * 50,
    "section": [section(text=mrkdwn("x" * 3000), fields=[plain("x" * 2000)] * 10, block_id="x" * 255)],
    "header": [{"type": "header", "text": plain("x" * 150)}],
    "actions": [actions(*[button(action_id=str(n), text=plain("x" * 75), value="x" * 2000) for n in range(25)])],
    "select": [actions(select(100, placeholder=plain("x" * 150)))],
    "overflow": [actions({"type": "overflow", "options": [option(n) for n in range(5)]})],
    "choices": [actions({"type": "checkboxes", "options": [option(n) for n in range(10)]})],
    "charts": [chart(6, 20, title="x" * 50), pie(*[0.1] * 6)],
    "tables": [table(100, 20), data_table(101, 1), data_table(2, 20, page_size=100, row_header_column_index=19)],
    "numbers": [data_table() | {"rows": [cells("a"), [{"type": "raw_number", "value": -1.5, "text": "-1.5"}]]}],
    "markdown": [{"type": "markdown", "text": "x" * 6000}] * 2,
    "image": [image(alt_text="x" * 2000, image_url="x" * 3000)],
    "card": [{"type": "card", "title": plain("x" * 150), "body": plain("x" * 200), "actions": [button()] * 3}],
    "container": [{"type": "container", "title": plain("x" * 150), "child_blocks": [section()] * 10}],
    "rich text": [
        rich(
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]},
            {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "rich_text_section", "elements": []}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
            {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U1"}]},
        )
    ],
}


@pytest.mark.parametrize("name", AT_LIMIT)
def test_what_stands_at_a_limit_is_taken(name: str) -> None:
    assert validate({"blocks": AT_LIMIT[name]}, "message") == []


def test_a_modal_at_its_limits_is_taken() -> None:
    every = [
        field(text_input(min_length=3000, max_length=3000, initial_value="x" * 3000)),
        {"type": "alert", "text": plain("x" * 200)},
    ]
    edges = {"title": plain("x" * 24), "private_metadata": "x" * 3000, "callback_id": "x" * 255}
    assert validate(modal(*every, *[section() for _ in range(98)], **edges), "modal") == []


def test_a_home_shows_a_chart_and_needs_no_title() -> None:
    assert validate({"type": "home", "blocks": [chart(), data_table()]}, "home") == []


def test_ids_are_looked_for_inside_containers() -> None:
    inner = {"type": "container", "child_blocks": [section(block_id="a")]}
    found = validate({"blocks": [section(block_id="a"), inner]})
    assert [p.pointer for p in found] == ["/blocks/1/child_blocks/0/block_id"]


def test_blocks_in_attachments_are_looked_at() -> None:
    found = validate({"attachments": [{"blocks": [{"type": "section"}]}]})
    assert [p.pointer for p in found] == ["/attachments/0/blocks/0"]


def test_an_unknown_surface_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="surface"):
        validate({}, "billboard")


def test_what_a_strict_builder_makes_is_taken() -> None:
    """The check and a library written by others agree on the shape of blocks."""
    weeks = ["W45", "W46", "W47"]
    points = [DataPoint(w, v) for w, v in zip(weeks, (3.2, 2.6, 1.9), strict=True)]
    drawn = DataVisualizationBlock("MTTR", LineChart([DataSeries("MTTR", points)], AxisConfig(weeks, "week", "hours")))
    message = dict(Message(channel="C1", text="MTTR", blocks=[HeaderBlock("Weekly"), SectionBlock("*MTTR*"), drawn]))
    assert validate({"blocks": message["blocks"]}) == []


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "type",
        "text",
        "fields",
        "elements",
        "element",
        "accessory",
        "options",
        "initial_option",
        "rows",
        "chart",
        "series",
        "axis_config",
        "categories",
        "segments",
        "data",
        "child_blocks",
        "tasks",
        "min_value",
        "max_value",
        "min_length",
        "title",
    ]
)
kinds = st.sampled_from(
    [*BLOCKS, "button", "static_select", "plain_text_input", "number_input", "line", "pie", "raw_text", "image"]
)
block_like = st.recursive(
    json_like | kinds,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(lambda kind, rest: {**rest, "type": kind}, kinds, st.dictionaries(names, inner, max_size=5))
    ),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(blocks=st.lists(block_like, max_size=4), surface=st.sampled_from(["message", "modal", "home"]))
def test_no_blocks_make_it_fall_over(blocks: list[Any], surface: str) -> None:
    view = {"type": surface, "title": plain(), "blocks": blocks}
    for problem in validate({"blocks": blocks} if surface == "message" else view, surface):
        assert problem.text


@settings(max_examples=200, deadline=None)
@given(payload=json_like, surface=st.sampled_from(["message", "modal", "home"]))
def test_no_payload_makes_it_fall_over(payload: Any, surface: str) -> None:
    assert isinstance(validate(payload, surface), list)


def test_nesting_without_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert [p.text for p in validate({"blocks": deep})] == ["nested too deeply"]
