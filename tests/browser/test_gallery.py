"""Every block and element drawn in a real browser, and what people can do with those that move."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.server import Playground
from tests.browser import gallery
from tests.browser.bot import Bot
from tests.browser.conftest import Act

Json = dict[str, Any]
Show = Callable[..., Page]

PAIRS = [
    ("--ink-3", "--paper"),
    ("--ink-3", "--paper-2"),
    ("--ink-2", "--paper-2"),
    ("--accent", "--paper"),
    ("--accent", "--accent-soft"),
    ("--accent-ink", "--accent"),
    ("--brass", "--brass-soft"),
    ("--bad", "--paper"),
    ("--bad", "--bad-soft"),
    ("--code", "--paper-2"),
    ("--rail-ink-2", "--rail"),
    ("--rail-ink-2", "--rail-2"),
]

CONTRASTS = """pairs => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = name => {
    canvas.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return Object.fromEntries(pairs.map(([a, b]) => {
    const [x, y] = [light(a), light(b)];
    return [`${a} on ${b}`, (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)];
  }));
}"""


@pytest.fixture
def shown(sit: Act, playground: Playground) -> Show:
    """`shown(blocks)` puts a message of the bot's on the page and gives the page."""

    def show(blocks: list[Json], **window: Any) -> Page:
        workspace = playground.workspace
        message = {"user": "U0BOT", "bot_id": "B0PLAYGROUND", "text": "Fallback", "blocks": blocks}
        workspace.add_message(workspace.channel("C0GENERAL"), message)
        page = sit("U0MLENG", **window)
        page.locator(".message").last.wait_for()
        return page

    return show


def test_words_are_drawn_in_every_style(shown: Show) -> None:
    """mrkdwn, rich text and Markdown say what they mean, and what they do not know stays as typed."""
    page = shown(gallery.TEXT)
    message = page.locator(".message").last
    section = message.locator(".block-section").first
    for tag, text in (
        ("strong", "Bold"),
        ("em", "italic"),
        ("del", "struck"),
        ("code", "code"),
        ("blockquote", "A quote of one line"),
    ):
        expect(section.locator(tag).first).to_have_text(text)
    expect(section).to_contain_text("a_snake_case_name")
    expect(section).to_contain_text(":not_an_emoji: stays. 3 < 5 & 5 > 3.")
    expect(section.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org/")
    expect(section.locator(".mention", has_text="@Elias")).to_be_visible()
    expect(section.locator(".emoji")).to_have_text("🎉")
    expect(section.locator("pre")).to_contain_text("return sum(hours) / len(hours)")
    rich = message.locator(".block-rich_text")
    expect(rich.locator("ul ul li")).to_have_text("inside the second")
    expect(rich.locator("ol > li")).to_have_count(2)
    expect(rich.locator(".mention", has_text="@ml-oncall")).to_be_visible()
    expect(rich.locator("time")).to_have_text("24 Nov 2026 at 11:00")
    markdown = message.locator(".block-markdown")
    expect(markdown.get_by_role("heading", name="Findings")).to_be_visible()
    expect(markdown.locator("td.align-right").first).to_have_text("0.94")
    expect(markdown.locator("ol ul li")).to_have_text("deployed")


def test_no_block_is_dropped(shown: Show) -> None:
    """Each block of a message has its place; an unknown one is named and can be looked into."""
    page = shown([*gallery.TEXT, *gallery.PANELS, *gallery.CONTROLS])
    blocks = page.locator(".message").last.locator(".message-body > .block")
    expect(blocks).to_have_count(len(gallery.TEXT) + len(gallery.PANELS) + len(gallery.CONTROLS))
    assert all(blocks.nth(i).inner_html() for i in range(blocks.count()))
    unknown = page.get_by_text("A block of type “hologram”")
    unknown.click()
    expect(page.get_by_text('"depth": 3')).to_be_visible()
    expect(page.get_by_text("images.example.org")).to_be_visible()
    expect(page.locator("img")).to_have_count(0)


def test_panels_fold_scroll_and_count(shown: Show) -> None:
    """Cards, carousel, container and plan."""
    page = shown(gallery.PANELS)
    expect(page.locator(".block-card .card-title")).to_have_text("Ranking model")
    expect(page.locator(".carousel .card")).to_have_count(3)
    inside = page.get_by_text("sum of hours / number of incidents")
    expect(inside).to_be_visible()
    page.locator("summary.container-head").click()
    expect(inside).not_to_be_visible()
    expect(page.locator(".plan-count")).to_have_text("1 of 4 done")


def test_a_line_chart_has_axes_a_gap_a_dashed_target_and_values(shown: Show) -> None:
    """Drawn as SVG with a description; values by pointer, by arrow keys, and as a table."""
    page = shown([gallery.CHARTS[0]])
    chart = page.get_by_role("img", name=re.compile("MTTR, weekly"))
    expect(chart).to_have_accessible_name(re.compile(r"MTTR: from 5\.2 \(W38\) to 1\.9 \(W47\); Target"))
    line = chart.locator("[data-series=MTTR] path.line")
    expect(line).to_have_count(2)
    expect(chart.locator("[data-series=MTTR] circle")).to_have_count(9)
    dashes = chart.locator(".series-target path").evaluate("path => getComputedStyle(path).strokeDasharray")
    assert dashes != "none"
    ticks = chart.locator("text.tick").all_text_contents()
    assert [t for t in ticks if t.startswith("0") or t.isdigit()] == ["0", "2", "4", "6"]
    assert "W47W47" in ticks
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tip")).to_contain_text("W47")
    expect(page.locator(".tip")).to_contain_text("1.9")
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.36, box["y"] + 60)
    expect(page.locator(".tip")).to_contain_text("no data")
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("row", name="W41 no data 2")).to_be_visible()


def test_bars_areas_and_pies_are_to_scale(shown: Show) -> None:
    """Bars stand on zero and are as high as their values; a pie says its shares."""
    page = shown(gallery.CHARTS[1:])
    bars = page.locator("[data-series=Minor] path.bar")
    expect(bars).to_have_count(6)
    heights = bars.evaluate_all("bars => bars.map(bar => bar.getBBox().height)")
    assert heights[1] / heights[0] == pytest.approx(6 / 4, rel=0.02)
    expect(page.locator(".chart-area path.area")).to_have_count(1)
    expect(page.locator(".slice")).to_have_count(3)
    expect(page.locator(".legend-pie li").first).to_contain_text("5,200 · 54%")


def test_a_chart_fits_a_narrow_window(shown: Show) -> None:
    """Category names are thinned out, never on top of each other."""
    page = shown(gallery.CHARTS[:1], width=360, height=700)
    expect(page.locator(".chart-drawing")).to_be_visible()
    page.wait_for_function("document.querySelector('.chart-drawing').getAttribute('width') < 320")
    boxes = page.locator("text.tick[text-anchor=middle]").evaluate_all(
        "all => all.map(t => t.getBBox()).map(b => [b.x, b.x + b.width])"
    )
    assert len(boxes) >= 3
    assert all(a[1] < b[0] for a, b in pairwise(boxes))


def test_a_data_table_sorts_and_turns_pages(shown: Show) -> None:
    """By number, not by letter; numbers stand right; the caption names it."""
    page = shown(gallery.TABLES)
    table = page.get_by_role("table", name="Scorecard, week 47")
    names = table.locator("tbody th")
    expect(names).to_have_text(["Model AUC", "Model F1", "MTTD", "MTTR", "Uptime"])
    expect(page.locator(".pager-count")).to_have_text("1–5 of 8")
    page.get_by_role("button", name="Next rows").click()
    expect(names).to_have_text(["Latency p95", "Drift (PSI)", "Engagement"])
    table.get_by_role("button", name="Value").click()
    expect(names.first).to_have_text("Engagement")
    expect(table.get_by_role("columnheader", name="Value")).to_have_attribute("aria-sort", "ascending")
    table.get_by_role("button", name="Value").click()
    expect(names.first).to_have_text("Model AUC")
    table.get_by_role("button", name="Change").click()
    expect(names.first).to_have_text("Drift (PSI)")
    expect(table.locator("tbody td").first).to_have_css("text-align", "right")
    simple = page.locator(".block-table")
    expect(simple.locator("tbody td").nth(1)).to_have_css("text-align", "right")
    expect(simple.locator("strong")).to_have_text("Search")


def test_a_message_longer_than_the_window_is_read_from_its_beginning(sit: Act, playground: Playground) -> None:
    """What just came shows its first line; what comes after it is announced."""
    page = sit("U0MLENG", height=600)
    playground.say("U0SRE", "C0GENERAL", "\n".join(f"line {n}" for n in range(90)))
    expect(page.locator(".message-author")).to_be_in_viewport()
    playground.say("U0SRE", "C0GENERAL", "and one more")
    page.get_by_role("button", name="New messages").click()
    expect(page.get_by_text("and one more")).to_be_in_viewport()


def test_figures_stand_right_and_words_left(shown: Show) -> None:
    """Units, currencies and shares are numbers; months and names are not."""
    cells = [
        ("Sep 2026", "8.0 wk", "75/100", "−4.7 h"),
        ("Q3 2026", "$1,200", "no value", "+12%"),
        ("2025", "99.936%", "73/100", "0.3 pp"),
    ]
    rows = [[{"type": "raw_text", "text": t} for t in row] for row in [("Period", "Value", "Score", "Change"), *cells]]
    page = shown([{"type": "data_table", "caption": "Sides", "rows": rows, "row_header_column_index": 0}])
    heads = page.get_by_role("columnheader")
    expect(heads.nth(0)).to_have_css("text-align", "left")
    for column in (1, 2, 3):
        expect(heads.nth(column)).to_have_css("text-align", "right")


def test_every_control_of_a_message_tells_the_app_its_value(shown: Show, bot: Bot, playground: Playground) -> None:
    """Selects of all kinds, dates, times, radio buttons, checkboxes, overflow."""
    page = shown(gallery.CONTROLS)

    def told(key: str) -> Any:
        return playground.wait_for(lambda: next((a[key] for a in reversed(bot.actions()) if a.get(key)), None))

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Export").click()
    assert told("selected_option")["value"] == "e"
    page.get_by_role("combobox", name="Owner").click()
    page.get_by_role("option", name=re.compile("Rosa")).click()
    assert told("selected_user") == "U0RISK"
    page.get_by_role("combobox", name="Where").fill("ml")
    page.get_by_role("option", name="#ml-ops").click()
    assert told("selected_conversation") == "C0MLOPS"
    page.get_by_role("combobox", name="KPIs").click()
    expect(page.get_by_role("group", name="Operations")).to_be_visible()
    page.get_by_role("option", name="AUC").click()
    playground.wait_for(lambda: [o["value"] for o in bot.actions()[-1].get("selected_options", [])] == ["auc"])
    page.get_by_role("option", name="MTTR").click()
    playground.wait_for(lambda: [o["value"] for o in bot.actions()[-1].get("selected_options", [])] == ["auc", "mttr"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove AUC").click()
    playground.wait_for(lambda: [o["value"] for o in bot.actions()[-1].get("selected_options", [])] == ["mttr"])
    page.locator("input[type=date]").fill("2026-12-01")
    assert told("selected_date") == "2026-12-01"
    page.locator("input[type=time]").fill("17:30")
    playground.wait_for(lambda: bot.actions()[-1].get("selected_time") == "17:30")
    page.get_by_role("radio", name="Monthly").check()
    playground.wait_for(lambda: (bot.actions()[-1].get("selected_option") or {}).get("value") == "m")
    page.get_by_role("checkbox", name="Weekly").check()
    playground.wait_for(lambda: [o["value"] for o in bot.actions()[-1].get("selected_options", [])] == ["w"])


def test_a_date_and_time_is_read_in_the_zone_of_the_person(sit: Act, bot: Bot, playground: Playground) -> None:
    """Nine in Kolkata is half past three in UTC; a file goes with the form."""
    page = sit("U0SRE")
    page.locator("#composer-text").fill("/kpi form")
    page.keyboard.press("Enter")
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("zoned")
    form.get_by_label("Value").fill("1")
    form.get_by_role("combobox", name="KPI").fill("uptime")
    page.get_by_role("option", name="uptime").click()
    form.get_by_label("When").fill("2026-12-01T09:00")
    form.get_by_label("Evidence").set_input_files({"name": "log.txt", "mimeType": "text/plain", "buffer": b"down 3 min"})
    expect(form.get_by_text("log.txt")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    values = bot.submitted()[-1]
    moment = datetime(2026, 12, 1, 3, 30, tzinfo=UTC)
    assert values["when"]["when"]["selected_date_time"] == int(moment.timestamp())
    assert len(values["evidence"]["evidence"]["files"]) == 1


@pytest.mark.parametrize("name", sorted(gallery.HOSTILE))
def test_hostile_text_stays_text_and_breaks_no_layout(sit: Act, playground: Playground, name: str) -> None:
    """In a message, a header, a table, a button, a chart and a form's label."""
    text = gallery.HOSTILE[name]
    short = text[:70]
    option = gallery.option(short, "v")
    blocks = [
        {"type": "header", "text": gallery.plain(text[:150])},
        gallery.section(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:3000]),
        {"type": "section", "fields": [gallery.plain(text[:2000]), gallery.mrkdwn(text[:2000])]},
        {"type": "markdown", "text": text},
        gallery.rich(gallery.rich_section(gallery.words(text))),
        {
            "type": "data_table",
            "caption": text[:300],
            "rows": [[{"type": "raw_text", "text": short}], [{"type": "raw_text", "text": text}]],
        },
        gallery.chart("line", short, {short[:20]: [1, 2, 3]}, x=short[:50], y=short[:50]),
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "b", "text": gallery.plain(short), "value": "v"},
                {"type": "static_select", "action_id": "s", "options": [option], "initial_option": option},
            ],
        },
        {"type": "context", "elements": [gallery.mrkdwn(text[:3000])]},
    ]
    playground.say("U0RISK", "C0GENERAL", text)
    workspace = playground.workspace
    workspace.add_message(
        workspace.channel("C0GENERAL"), {"user": "U0BOT", "bot_id": "B0PLAYGROUND", "text": text, "blocks": blocks}
    )
    page = sit("U0MLENG", width=900, height=900)
    expect(page.get_by_role("article")).to_have_count(2)
    first = page.get_by_role("article").first.locator(".message-body")
    if name != "arabic":
        assert first.text_content() == text
    assert page.title().startswith("general")
    assert page.locator(".messages script, .messages img, .messages iframe").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 900
    wide = page.evaluate("""() => {
      const right = document.querySelector('.messages').getBoundingClientRect().right + 1;
      return [...document.querySelectorAll('.message-main, .message-main > *, .message-body > .block')]
        .filter(node => node.getBoundingClientRect().right > right).map(node => node.className);
    }""")
    assert wide == []
    expect(page.locator("#composer-text")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("url", "safe"),
    [("https://example.org", True), ("javascript:alert(1)", False), ("data:text/html,x", False), ("vbscript:x", False)],
)
def test_only_web_addresses_become_links(shown: Show, url: str, safe: bool) -> None:
    """An address that could run something is shown, not linked; in every kind of text."""
    blocks = [
        gallery.section(f"<{url}|press me>"),
        {"type": "markdown", "text": f"[press me]({url})"},
        gallery.rich(gallery.rich_section({"type": "link", "url": url, "text": "press me"})),
    ]
    page = shown(blocks)
    expect(page.get_by_text("press me")).to_have_count(3)
    expect(page.get_by_role("link", name="press me")).to_have_count(3 if safe else 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_in_both_schemes(sit: Act, bot: Bot, scheme: str) -> None:
    """The quietest text of the page keeps 4.5 to 1 against what is behind it (WCAG 2.2, 1.4.3)."""
    page = sit("U0MLENG", scheme=scheme)
    ratios = page.evaluate(CONTRASTS, PAIRS)
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}
