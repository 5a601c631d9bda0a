"""A storm of alerts: many things that fire and recover, told out of order and partly twice; and the process that tells it.

Arguments: the database's address, how many signals there are, and the moment by the bot's clock.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.errors import Unavailable
from bot.services import Services, alert_signals
from bot.services.alert_signals import Signal
from bot.settings import Clock, Settings
from storage import Database, queue

SENDER = "storm"
BEGAN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PACE = 60 / 2_000
"""Seconds from one signal to the next: 2,000 come in a minute."""
THREADS = 6
STORIES = ("FFRFFRRF", "FRFFRFFR", "FFFFFFFF", "FFFFFFFR")
"""What a key says, one word after the other: it fires, or it is resolved. Half of them fire at the end."""
ORDERS = ((0, 1, 2, 3, 4, 2, 5, 6, 7, 7), (0, 1, 3, 2, 4, 2, 6, 5, 7, 7))
"""In which order its words arrive: some come twice, some after a later one."""
KEYS_OF_A_CHANNEL = 10


@dataclass(frozen=True)
class Storm:
    """How much there is of it."""

    signals: int

    @property
    def keys(self) -> range:
        """The things that fire."""
        return range(self.signals // len(ORDERS[0]))

    @property
    def channels(self) -> list[str]:
        """Where they are told."""
        return [channel_of(key) for key in self.keys[::KEYS_OF_A_CHANNEL]]

    def rounds(self) -> Iterator[list[Signal]]:
        """What is said at about the same time: a word of every key. The first word of each comes before all others."""
        draw = random.Random(7)
        for turn in range(len(ORDERS[0])):
            told = [signal(key, ORDERS[key % 3 % 2][turn]) for key in self.keys]
            draw.shuffle(told)
            yield told


def channel_of(key: int) -> str:
    """Where a key is told."""
    return f"C0STORM{key // KEYS_OF_A_CHANNEL:02}"


def title(key: int) -> str:
    """What people read."""
    return f"Disk {key:03}"


def signal(key: int, word: int) -> Signal:
    """One word of a key; its number stands in what people read."""
    story, level = STORIES[key % len(STORIES)], "critical" if (key + word) % 5 == 0 else "warning"
    return Signal(
        SENDER,
        str(key),
        title(key),
        story[word] == "F",
        BEGAN + timedelta(minutes=word),
        level=level,  # type: ignore[arg-type]
        words=f"word {word}",
        channel=channel_of(key),
    )


def last(key: int) -> Signal:
    """The word that counts in the end."""
    return signal(key, len(STORIES[0]) - 1)


def main(database_url: str, signals: int, now: str) -> None:
    """Say all of it, and then how long that took and how often a word had to be repeated, as senders of webhooks do."""
    database = Database(database_url)
    services = Services(database, Settings(database_url=database_url), Clock(datetime.fromisoformat(now)))
    joined = queue.join(database)
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        said = 0
        repeats: list[int] = []
        for told in Storm(signals).rounds():
            moments = [began + (said + n) * PACE for n in range(len(told))]
            repeats += threads.map(_say, [services] * len(told), told, moments)
            said += len(told)
    print(json.dumps({"seconds": round(time.monotonic() - began, 1), "repeats": sum(repeats)}))
    joined.stop()
    database.close()


def _say(services: Services, said: Signal, moment: float) -> int:
    time.sleep(max(0.0, moment - time.monotonic()))
    for repeat in range(100):
        try:
            alert_signals.receive(services, said)
        except Unavailable:
            time.sleep(0.1)
        else:
            return repeat
    raise AssertionError("the database never took it")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
