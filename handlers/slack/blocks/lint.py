"""What Slack refuses in a list of blocks and slackblocks does not notice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def problems(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every fault found, one sentence each; an empty list when Slack will take the blocks."""
    nodes = list(_nodes(blocks))
    found = [f"block_id {name} stands twice" for name in _repeated(block.get("block_id") for block in blocks)]
    for block in blocks:
        actions = (node.get("action_id") for node in _nodes(block))
        found += [f"action_id {name} stands twice in one block" for name in _repeated(actions)]
    found += [
        "an image has no alt_text"
        for node in nodes
        if node.get("type") == "image" and not str(node.get("alt_text", "")).strip()
    ]
    if sum(bool(node.get("focus_on_load")) for node in nodes) > 1:
        found.append("two elements want the focus")
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        found.append("more than two charts")
    return found


def _repeated(names: Iterator[Any] | Any) -> list[str]:
    return [name for name, times in Counter(n for n in names if n).items() if times > 1]


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _nodes(inner)
