"""Troubles on request: the next calls that match get a fault instead of an answer."""

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

Json = dict[str, Any]
Kind = Literal["ratelimited", "http_500", "http_503", "cut_before", "cut_after", "hang", "no_charts", "error"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class UnknownFault(ValueError):
    """A fault was asked for that the playground cannot make."""


@dataclass(frozen=True)
class Fault:
    """What shall happen to the next `times` calls (None: until cleared) of `method` ("*": any) for `channel` (None: any).

    `seconds` is Retry-After for `ratelimited` and the wait for `hang`; `error` is Slack's code for `error`.
    `cut_before` cuts the connection with nothing done, `cut_after` once everything was done; `no_charts` refuses
    native charts as `invalid_blocks` and leaves every other message alone.
    """

    kind: Kind
    method: str = "*"
    channel: str | None = None
    times: int | None = 1
    seconds: float = 1.0
    error: str = "internal_error"

    def matches(self, method: str, args: Json) -> bool:
        if self.method not in ("*", method):
            return False
        if self.kind == "no_charts" and '"data_visualization"' not in _as_text(args):
            return False
        return self.channel is None or self.channel in (args.get("channel"), args.get("channel_id"))


@dataclass
class Faults:
    """The faults in waiting, oldest first."""

    _waiting: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def listing(self) -> list[Json]:
        with self._lock:
            return [asdict(f) for f in self._waiting]

    def take(self, method: str, args: Json) -> Fault | None:
        """The fault for this call, counted down; None when it shall pass."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.matches(method, args):
                    self._count_down(index, fault)
                    return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._waiting[index]
        else:
            self._waiting[index] = replace(fault, times=fault.times - 1)


def read_fault(asked: Json) -> Fault:
    """A fault from JSON. Raises UnknownFault."""
    if asked.get("kind") not in KINDS:
        raise UnknownFault(f"kind must be one of {', '.join(KINDS)}")
    known = {k: v for k, v in asked.items() if k in Fault.__dataclass_fields__}
    return Fault(**known)


def _as_text(args: Json) -> str:
    return json.dumps(args, default=str)
