"""Messages, modals and Home tabs as a whole."""

from collections.abc import Iterator
from typing import Any

from playground.block_kit.blocks import BLOCK, BLOCKS, MARKDOWN_MOST
from playground.block_kit.checks import TYPE, Check, Problem, Report, array, flag, shape, string
from playground.block_kit.data import TABLE_TEXT, table_text
from playground.block_kit.objects import plain

BLOCKS_MOST = {"message": 50, "modal": 100, "home": 100}
CHARTS_MOST = 2
METADATA_MOST, ID_MOST, TITLE_MOST = 3000, 255, 24
NESTED_MOST = 40

_MESSAGE_ONLY = {"markdown", "plan", "task_card", "context_actions", "file"}
_NOT_IN_MODALS = {"data_visualization", "data_table", "table", "container", "carousel"}

REFUSED = {
    "message": {"alert"},
    "modal": _MESSAGE_ONLY | _NOT_IN_MODALS,
    "home": _MESSAGE_ONLY | {"alert"},
}
"""The blocks that each surface does not show."""

_VIEW: dict[str, Check] = {
    **TYPE,
    "blocks": lambda _report, _pointer, _value: None,
    "private_metadata": string(METADATA_MOST, 0),
    "callback_id": string(ID_MOST, 0),
    "external_id": string(ID_MOST, 0),
}
_MODAL = shape(
    {
        **_VIEW,
        "title": plain(TITLE_MOST),
        "submit": plain(TITLE_MOST),
        "close": plain(TITLE_MOST),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
    ["type", "title", "blocks"],
)
_HOME = shape(_VIEW, ["type", "blocks"])


def validate(payload: Any, surface: str = "message") -> list[Problem]:
    """What Slack would refuse in a message (`{"text", "blocks", "attachments"}`), a modal or a Home tab (a view).

    Never raises, whatever it is given; an empty list means that Slack would take it. Raises ValueError for an
    unknown surface.
    """
    if surface not in BLOCKS_MOST:
        raise ValueError(f"surface must be message, modal or home, not {surface}")
    report = Report(surface)
    if not isinstance(payload, dict):
        report.add("", "must be an object")
    elif _too_deep(payload):
        report.add("", "nested too deeply")
    elif surface == "message":
        _message(report, payload)
    else:
        _view(report, payload)
    return report.problems


def _message(report: Report, payload: dict[str, Any]) -> None:
    if payload.get("blocks") is not None:
        _blocks(report, "/blocks", payload["blocks"])
    attachments = payload.get("attachments")
    if isinstance(attachments, list):
        for index, attachment in enumerate(attachments):
            if isinstance(attachment, dict) and attachment.get("blocks") is not None:
                _blocks(report, f"/attachments/{index}/blocks", attachment["blocks"])


def _view(report: Report, payload: dict[str, Any]) -> None:
    if payload.get("type") != report.surface:
        report.add("/type", f"must be {report.surface}")
    (_MODAL if report.surface == "modal" else _HOME)(report, "", payload)
    blocks = payload.get("blocks")
    if blocks is None:
        return
    _blocks(report, "/blocks", blocks)
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if report.surface == "modal" and has_input and not payload.get("submit"):
        report.add("/submit", "submit is required when blocks hold an input")


def _blocks(report: Report, pointer: str, blocks: Any) -> None:
    array(BLOCK, 1 if report.surface == "modal" else 0, BLOCKS_MOST[report.surface])(report, pointer, blocks)
    if not isinstance(blocks, list):
        return
    every = list(_every(blocks, pointer))
    _surfaces(report, every)
    _unique_ids(report, every)
    _totals(report, pointer, [block for _, block in every])
    _one_focus(report, every)


def _every(blocks: list[Any], pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block with its pointer, those inside containers and carousels too."""
    for index, block in enumerate(blocks):
        if isinstance(block, dict):
            here = f"{pointer}/{index}"
            yield here, block
            name = "child_blocks" if block.get("type") == "container" else "elements" if block.get("type") == "carousel" else ""
            if name and isinstance(block.get(name), list):
                yield from _every(block[name], f"{here}/{name}")


def _surfaces(report: Report, every: list[tuple[str, dict[str, Any]]]) -> None:
    for pointer, block in every:
        kind = block.get("type")
        if isinstance(kind, str) and kind in BLOCKS and kind in REFUSED[report.surface]:
            report.add(pointer, f"{kind} blocks are not shown in a {report.surface}")


def _unique_ids(report: Report, every: list[tuple[str, dict[str, Any]]]) -> None:
    blocks_seen: set[str] = set()
    for pointer, block in every:
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in blocks_seen:
                report.add(f"{pointer}/block_id", f"block_id {block_id[:60]} is used twice")
            blocks_seen.add(block_id)
        actions_seen: set[str] = set()
        for where, element in _elements(pointer, block):
            action_id = element.get("action_id")
            if isinstance(action_id, str):
                if action_id in actions_seen:
                    report.add(f"{where}/action_id", f"action_id {action_id[:60]} is used twice in one block")
                actions_seen.add(action_id)


def _elements(pointer: str, block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The elements directly in a block that could be used."""
    for name in ("element", "accessory"):
        if isinstance(block.get(name), dict):
            yield f"{pointer}/{name}", block[name]
    for name in ("elements", "actions"):
        items = block.get(name)
        if isinstance(items, list) and block.get("type") != "carousel":
            yield from ((f"{pointer}/{name}/{i}", item) for i, item in enumerate(items) if isinstance(item, dict))


def _totals(report: Report, pointer: str, blocks: list[dict[str, Any]]) -> None:
    charts = sum(b.get("type") == "data_visualization" for b in blocks)
    if charts > CHARTS_MOST:
        report.add(pointer, f"no more than {CHARTS_MOST} data_visualization blocks allowed")
    markdown = sum(len(b["text"]) for b in blocks if b.get("type") == "markdown" and isinstance(b.get("text"), str))
    if markdown > MARKDOWN_MOST:
        report.add(pointer, f"markdown blocks hold more than {MARKDOWN_MOST} characters together")
    if sum(table_text(b) for b in blocks if b.get("type") == "data_table") > TABLE_TEXT:
        report.add(pointer, f"data_table blocks hold more than {TABLE_TEXT} characters together")


def _one_focus(report: Report, every: list[tuple[str, dict[str, Any]]]) -> None:
    focused = [where for pointer, block in every for where, e in _elements(pointer, block) if e.get("focus_on_load") is True]
    for where in focused[1:]:
        report.add(f"{where}/focus_on_load", "only one element may have the focus on load")


def _too_deep(value: Any) -> bool:
    """Whether something is nested deeper than any block could be."""
    level = [value]
    for _ in range(NESTED_MOST):
        level = [v for item in level for v in _inside(item)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
