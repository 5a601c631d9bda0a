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
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

SECRET = "bench"
ROUNDS, ALONE, TOGETHER, AT_ONCE = 3, 300, 1500, 16
WARM_UP = 60
_numbers = itertools.count()


def run() -> list[str]:
    """Servers in processes of their own, asked the same way by the same client, in turn, several times over."""
    from tests.bench.latency_servers import postgres

    rounds: dict[str, list[Round]] = {name: [] for name in ("stock", "floor", "SQLite", "PostgreSQL")}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder, postgres() as postgresql:
            rounds["stock"].append(_measured("stock", ""))
            rounds["floor"].append(_measured("floor", ""))
            rounds["SQLite"].append(_measured("ours", f"sqlite:///{Path(folder) / 'bench.db'}"))
            rounds["PostgreSQL"].append(_measured("ours", postgresql))
    found = {name: Found(of) for name, of in rounds.items()}
    stock, floor = found.pop("stock"), found.pop("floor")
    lines = [
        f"{ROUNDS} rounds, each {ALONE} requests one at a time and {TOGETHER} with {AT_ONCE} at once; medians of the rounds",
        f"stock adapter, bare handler: {stock}",
        f"floor, bare handler with its answer in the ack: {floor}",
    ]
    for name, ours in found.items():
        lines.append(f"/kpi show mttr, {name}: {ours}")
        lines.append(
            f"  = {ours.median / floor.median:.1f} × the floor's median, "
            f"{ours.rate / stock.rate:.1f} × the stock adapter's throughput, {ours.rate / floor.rate:.2f} × the floor's"
        )
    return lines


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of each request, one at a time and many at once, and seconds that the many took together."""

    alone: list[float]
    together: list[float]
    seconds: float


class Found:
    """Median and p99 in milliseconds one at a time, requests a second and p99 with many at once: medians of the rounds."""

    def __init__(self, rounds: list[Round]) -> None:
        self.median = statistics.median(statistics.median(r.alone) for r in rounds) * 1000
        self.p99 = statistics.median(_p99(r.alone) for r in rounds) * 1000
        self.rate = statistics.median(len(r.together) / r.seconds for r in rounds)
        self.busy_p99 = statistics.median(_p99(r.together) for r in rounds) * 1000

    def __str__(self) -> str:
        alone = f"median {self.median:.1f} ms, p99 {self.p99:.1f} ms"
        return f"{alone}; {AT_ONCE} at once: {self.rate:.0f} requests/s, p99 {self.busy_p99:.0f} ms"


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def _measured(sort: str, database: str) -> Round:
    with _server(sort, database) as port:
        return asyncio.run(_ask(port))


async def _ask(port: int) -> Round:
    await _many(port, WARM_UP, 4)
    alone, _ = await _many(port, ALONE, 1)
    return Round(alone, *await _many(port, TOGETHER, AT_ONCE))


async def _many(port: int, count: int, at_once: int) -> tuple[list[float], float]:
    """How long each of `count` requests took, on `at_once` connections that stay open, and all of them together."""
    requests = iter([_request() for _ in range(count)])
    took: list[float] = []
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(at_once)]

    async def worker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in requests:
            start = time.perf_counter()
            writer.write(request)
            answer = await _answer(reader)
            took.append(time.perf_counter() - start)
            assert b"4 h" in answer or b"bare" in answer, answer
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(worker(*connection) for connection in connections))
    return took, time.perf_counter() - start


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    [length] = [line.split(b":")[1] for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    return await reader.readexactly(int(length))


def _request() -> bytes:
    """A signed command, ready to be sent: made by hand, as a client library would take more of the machine than the servers."""
    fields = {"command": "/kpi", "text": "show mttr", "user_id": "U0ADA", "channel_id": "C0GEN", "team_id": "T1"}
    body = urlencode(fields | {"trigger_id": f"t{next(_numbers)}"})
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/x-www-form-urlencoded",
        f"content-length: {len(body)}",
        f"x-slack-request-timestamp: {stamp}",
        f"x-slack-signature: v0={digest}",
    )
    return "\r\n".join((*head, "", body)).encode()


@contextmanager
def _server(sort: str, database: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.latency_servers", sort, str(port), database]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"SLACK_SIGNING_SECRET": SECRET})
    try:
        _until(lambda: _listens(port), process)
        yield port
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
