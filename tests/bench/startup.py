"""How soon the bot is ready, and what it weighs. Limits: 3 s and 200 MB."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_LIMIT_SECONDS = 3.0
MEMORY_LIMIT_MB = 200.0
RUNS = 5


def run() -> list[str]:
    """Start the whole bot on a new SQLite file, several times, against a workspace of our own."""
    from playground.server import Playground

    with Playground() as workspace, tempfile.TemporaryDirectory() as folder:
        first = _start(workspace, Path(folder))
        again = [_start(workspace, Path(folder)) for _ in range(RUNS)]
    ready = statistics.median(seconds for seconds, _ in again)
    weight = max(megabytes for _, megabytes in [first, *again])
    return [
        f"first start, schema and definitions: {first[0]:.2f} s = {first[0] / READY_LIMIT_SECONDS:.2f} × the limit of 3 s",
        f"start again: median {ready:.2f} s of {RUNS} = {ready / READY_LIMIT_SECONDS:.2f} × the limit of 3 s",
        f"memory when ready: {weight:.0f} MB = {weight / MEMORY_LIMIT_MB:.2f} × the limit of 200 MB",
    ]


def _start(workspace: object, folder: Path) -> tuple[float, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_APP_TOKEN": "",
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "PORT": str(port),
    }
    begun = time.perf_counter()
    process = subprocess.Popen([Path(sys.executable).parent / "barometer", "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        return time.perf_counter() - begun, _resident(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError("the bot did not get ready")


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return kilobytes / 1024
