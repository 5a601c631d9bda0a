"""What a workspace shows of the program's deliveries: the roots of digests, and whether all is at rest."""

from typing import Any

import httpx

from playground.server import Playground
from tests.acceptance.conftest import Program, words

IN_MOTION = ("due", "sending", "checking", "waiting")


def digests(workspace: Playground, channel: str, title: str) -> list[dict[str, Any]]:
    """The messages of digests whose summary begins with `title`, without what stands in their threads."""
    return [
        m
        for m in workspace.messages(channel)
        if m.get("metadata", {}).get("event_payload", {}).get("kind") == "digest"
        and m["text"].startswith(title)
        and m.get("thread_ts", m["ts"]) == m["ts"]
    ]


def thread(workspace: Playground, channel: str, root: dict[str, Any]) -> str:
    """Everything said in the thread of a message."""
    return words([m for m in workspace.messages(channel) if m.get("thread_ts") == root["ts"] != m["ts"]])


def at_rest(program: Program) -> bool:
    """Whether every delivery in the program's ledger has ended, as its /metrics say."""
    told = httpx.get(f"http://127.0.0.1:{program.port}/metrics", timeout=5).text
    counts = {
        line.split('"')[1]: int(line.split()[-1]) for line in told.splitlines() if line.startswith("barometer_deliveries{")
    }
    return not any(counts.get(state) for state in IN_MOTION)


def delivery_ids(workspace: Playground, channel: str) -> list[str]:
    """The ids of the deliveries that stand in a channel, threads too."""
    told = (m.get("metadata", {}).get("event_payload", {}).get("delivery_id") for m in workspace.messages(channel))
    return [each for each in told if each]
