"""Counters and latencies of this process, in Prometheus's text format."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Upper edges of the latency histogram, in seconds; the last is Slack's own limit."""


class Metrics:
    """What the doors count. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: dict[str, float] = {}

    def request(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a request of Slack: its `outcome` is answered, late, refused, repeated or busy."""
        with self._lock:
            self._requests[kind, outcome] += 1
            self._seconds[kind] = self._seconds.get(kind, 0.0) + seconds
            for edge in BUCKETS:
                self._buckets[kind, edge] += seconds <= edge

    def text(self, deliveries: Mapping[str, int]) -> str:
        """Everything counted, with how many deliveries there are in each state."""
        with self._lock:
            lines = [*self._request_lines(), *self._latency_lines()]
        states = [f'barometer_deliveries{{state="{state}"}} {n}' for state, n in sorted(deliveries.items())]
        lines += _family("barometer_deliveries", "gauge", "Messages in the ledger, by state.", states)
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> list[str]:
        name = "barometer_slack_requests_total"
        counts = [f'{name}{{kind="{k}",outcome="{o}"}} {n}' for (k, o), n in sorted(self._requests.items())]
        return _family(name, "counter", "Requests from Slack, by kind and outcome.", counts)

    def _latency_lines(self) -> list[str]:
        name, lines = "barometer_slack_request_seconds", []
        for kind in sorted(self._seconds):
            total = sum(n for (k, _), n in self._requests.items() if k == kind)
            lines += [f'{name}_bucket{{kind="{kind}",le="{edge:g}"}} {self._buckets[kind, edge]}' for edge in BUCKETS]
            lines += [
                f'{name}_bucket{{kind="{kind}",le="+Inf"}} {total}',
                f'{name}_sum{{kind="{kind}"}} {self._seconds[kind]:.6f}',
                f'{name}_count{{kind="{kind}"}} {total}',
            ]
        return _family(name, "histogram", "Time to the acknowledgement, in seconds.", lines)


def _family(name: str, sort: str, words: str, lines: Iterable[str]) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} {sort}", *lines]
