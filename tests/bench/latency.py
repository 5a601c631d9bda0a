"""A command's latency and throughput, against a bare Bolt handler behind Bolt's stock adapter and against the floor."""

import asyncio
import hashlib
import hmac
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx

SECRET = "bench"
ALONE, TOGETHER, AT_ONCE = 300, 1_500, 16
WARM_UP = 40
_numbers = itertools.count()


def run() -> list[str]:
    """Three servers, each in a process of its own, asked the same way by the same client, in turn."""
    from tests.bench.latency_servers import postgres

    with tempfile.TemporaryDirectory() as folder, postgres() as postgresql:
        stock = _measured("stock", "")
        floor = _measured("floor", "")
        ours = {
            "SQLite": _measured("ours", f"sqlite:///{Path(folder) / 'bench.db'}"),
            "PostgreSQL": _measured("ours", postgresql),
        }
    lines = [
        f"stock adapter, bare handler: {stock}",
        f"floor, bare handler with its answer in the ack: {floor}",
    ]
    for name, found in ours.items():
        lines.append(f"/kpi show mttr, {name}: {found}")
        lines.append(
            f"  = {found.median / floor.median:.1f} × the floor's median, "
            f"{found.rate / stock.rate:.1f} × the stock adapter's throughput, {found.rate / floor.rate:.2f} × the floor's"
        )
    return lines


class Found:
    """What was measured: median and p99 in milliseconds one at a time, requests a second and p99 with 16 at once."""

    def __init__(self, alone: list[float], together: list[float], seconds: float) -> None:
        self.median = statistics.median(alone) * 1000
        self.p99 = statistics.quantiles(alone, n=100)[98] * 1000
        self.rate = len(together) / seconds
        self.busy_p99 = statistics.quantiles(together, n=100)[98] * 1000

    def __str__(self) -> str:
        alone = f"median {self.median:.1f} ms, p99 {self.p99:.1f} ms"
        return f"{alone}; {AT_ONCE} at once: {self.rate:.0f} requests/s, p99 {self.busy_p99:.0f} ms"


def _measured(sort: str, database: str) -> Found:
    with _server(sort, database) as url:
        return asyncio.run(_ask(url))


async def _ask(url: str) -> Found:
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        await _many(client, WARM_UP, 4)
        alone = await _many(client, ALONE, 1)
        start = time.perf_counter()
        together = await _many(client, TOGETHER, AT_ONCE)
        return Found(alone, together, time.perf_counter() - start)


async def _many(client: httpx.AsyncClient, count: int, at_once: int) -> list[float]:
    left = iter(range(count))
    took: list[float] = []

    async def worker() -> None:
        took.extend([await _one(client) for _ in left])

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return took


async def _one(client: httpx.AsyncClient) -> float:
    body = urlencode(
        {
            "command": "/kpi",
            "text": "show mttr",
            "user_id": "U0ADA",
            "channel_id": "C0GEN",
            "team_id": "T1",
            "trigger_id": f"t{next(_numbers)}",
        }
    )
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }
    start = time.perf_counter()
    answer = await client.post("/slack/events", content=body, headers=headers)
    took = time.perf_counter() - start
    assert answer.status_code == 200, answer.text
    assert "4 h" in answer.text or "bare" in answer.text, answer.text
    return took


@contextmanager
def _server(sort: str, database: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.latency_servers", sort, str(port), database]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"SLACK_SIGNING_SECRET": SECRET})
    try:
        _until(lambda: _listens(port), process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("a server of the measurement did not start")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
