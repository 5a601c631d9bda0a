"""Blocks: what stands below each other in a message, a modal or a Home tab."""

from typing import Any

from playground.block_kit.checks import (
    TYPE,
    Check,
    Report,
    any_one,
    anything,
    array,
    flag,
    one_of,
    shape,
    some_of,
    string,
    typed,
)
from playground.block_kit.data import DATA_BLOCKS
from playground.block_kit.elements import BUTTONS, IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from playground.block_kit.objects import IMAGE_ELEMENT, IMAGE_FIELDS, plain, text
from playground.block_kit.rich_text import RICH_TEXT

MARKDOWN_MOST = 12_000

_BLOCK: dict[str, Check] = {**TYPE, "block_id": string(255)}
_STATUS = one_of("pending", "in_progress", "complete", "error")


def _modal_only(report: Report, pointer: str, block: dict[str, Any]) -> None:
    if block["element"]["type"] == "file_input" and report.surface != "modal":
        report.add(f"{pointer}/element", "file_input is for modals only")


_SOURCE = shape({**TYPE, "url": string(3000), "text": string(3000)}, ["url", "text"])

_TASK = shape(
    {
        **_BLOCK,
        "task_id": string(255),
        "title": string(3000),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": array(_SOURCE, 0, 100),
        "status": _STATUS,
    },
    ["task_id", "title"],
)

_ACTION_BUTTON = typed(BUTTONS, "a card holds buttons only, not")

_CARD = shape(
    {
        **_BLOCK,
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "slack_icon": anything,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": array(_ACTION_BUTTON, 1, 3),
    },
    [],
    some_of("hero_image", "title", "body", "actions"),
)

BLOCKS: dict[str, Check] = {
    **DATA_BLOCKS,
    "section": shape(
        {**_BLOCK, "text": text(), "fields": array(text(2000), 1, 10), "accessory": typed(IN_SECTION), "expand": flag},
        [],
        some_of("text", "fields"),
    ),
    "header": shape({**_BLOCK, "text": plain(150)}, ["text"]),
    "divider": shape(_BLOCK),
    "context": shape(
        {**_BLOCK, "elements": array(typed({"image": IMAGE_ELEMENT, "plain_text": text(), "mrkdwn": text()}), 1, 10)},
        ["elements"],
    ),
    "context_actions": shape({**_BLOCK, "elements": array(typed(IN_CONTEXT_ACTIONS), 1, 5)}, ["elements"]),
    "actions": shape({**_BLOCK, "elements": array(typed(IN_ACTIONS), 1, 25)}, ["elements"]),
    "image": shape({**_BLOCK, **IMAGE_FIELDS, "title": plain(2000)}, ["alt_text"], any_one("image_url", "slack_file")),
    "input": shape(
        {
            **_BLOCK,
            "label": plain(2000),
            "element": typed(IN_INPUT),
            "hint": plain(2000),
            "optional": flag,
            "dispatch_action": flag,
        },
        ["label", "element"],
        _modal_only,
    ),
    "markdown": shape({**_BLOCK, "text": string(MARKDOWN_MOST)}, ["text"]),
    "rich_text": RICH_TEXT,
    "file": shape({**_BLOCK, "external_id": string(255), "source": one_of("remote")}, ["external_id", "source"]),
    "video": shape(
        {
            **_BLOCK,
            "alt_text": string(2000),
            "title": plain(200),
            "thumbnail_url": string(3000),
            "video_url": string(3000),
            "author_name": string(50),
            "description": plain(200),
            "provider_name": string(50),
            "provider_icon_url": string(2000),
            "title_url": string(2000),
        },
        ["alt_text", "title", "thumbnail_url", "video_url"],
    ),
    "alert": shape({**_BLOCK, "text": text(200), "level": one_of("default", "info", "warning", "error", "success")}, ["text"]),
    "card": _CARD,
    "carousel": shape({**_BLOCK, "elements": array(typed({"card": _CARD}), 1, 10)}, ["elements"]),
    "task_card": _TASK,
    "plan": shape({**_BLOCK, "title": string(3000), "tasks": array(typed({"task_card": _TASK}), 0, 50)}, ["title"]),
}

BLOCKS["container"] = shape(
    {
        **_BLOCK,
        "title": text(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": text(150),
        "icon": IMAGE_ELEMENT,
        "width": one_of("narrow", "standard", "wide", "full"),
        "is_collapsible": flag,
        "default_collapsed": flag,
        "has_header_divider": flag,
        "child_blocks": array(typed({k: v for k, v in BLOCKS.items() if k not in ("carousel", "card", "plan")}), 1, 10),
    },
    ["child_blocks"],
)

BLOCK = typed(BLOCKS)
