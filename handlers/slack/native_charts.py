"""What answers do about charts in a workspace that does not take native ones: they show the figures in a table."""

import time
from collections.abc import Callable
from dataclasses import replace

from bot.domain.errors import BarometerError
from bot.domain.parts import Chart, Message
from bot.services import Services, native_charts
from handlers.slack.blocks import charts

KEPT_SECONDS = 30


class NativeCharts:
    """What is remembered of the workspace, looked up again after half a minute."""

    def __init__(self, services: Services, seconds: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._seconds = seconds
        self._taken = True
        self._until = float("-inf")

    def fitted(self, message: Message) -> Message:
        """The message as this workspace takes it."""
        if not any(isinstance(part, Chart) for part in message.parts) or self._are_taken():
            return message
        drawn = tuple(charts.as_table(part) if isinstance(part, Chart) else part for part in message.parts)
        return replace(message, parts=drawn)

    def _are_taken(self) -> bool:
        now = self._seconds()
        if now >= self._until:
            self._until = now + KEPT_SECONDS
            try:
                self._taken = native_charts.are_taken(self._services)
            except BarometerError:
                return self._taken
        return self._taken
