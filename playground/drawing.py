"""What every block and element gets when it is shown: ids where the app gave none."""

import copy
from collections.abc import Iterator
from typing import Any

from playground.workspace import Json, new_id

INTERACTIVE = {
    "button", "workflow_button", "icon_button", "feedback_buttons", "overflow", "checkboxes", "radio_buttons", "datepicker",
    "timepicker", "datetimepicker", "static_select", "external_select", "users_select", "conversations_select",
    "channels_select", "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
    "multi_channels_select", "plain_text_input", "rich_text_input", "email_text_input", "url_text_input", "number_input",
    "file_input",
}  # fmt: skip


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with a block_id each, and an action_id for each element that can be used."""
    drawn = copy.deepcopy(blocks)
    for block in walk(drawn):
        block.setdefault("block_id", new_id("b"))
        for element in elements(block):
            if element.get("type") in INTERACTIVE:
                element.setdefault("action_id", new_id("a"))
    return drawn


def walk(blocks: list[Json]) -> Iterator[Json]:
    """Every block, those inside containers and carousels too."""
    for block in blocks:
        yield block
        inner = block.get("child_blocks") or (block.get("elements") if block.get("type") == "carousel" else [])
        yield from walk(inner or [])


def elements(block: Json) -> Iterator[Json]:
    """The elements that stand directly in a block."""
    candidates: list[Any] = [block.get("element"), block.get("accessory")]
    if block.get("type") in ("actions", "context_actions"):
        candidates += block.get("elements") or []
    if block.get("type") == "card":
        actions = block.get("actions") or []
        candidates += actions if isinstance(actions, list) else [actions]
    yield from (c for c in candidates if isinstance(c, dict))


def find_element(blocks: list[Json], block_id: str, action_id: str) -> Json | None:
    """The element with these ids."""
    for block in walk(blocks):
        if block.get("block_id") == block_id:
            for element in elements(block):
                if element.get("action_id") == action_id:
                    return element
    return None
