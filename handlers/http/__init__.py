"""The HTTP door."""

from handlers.http.health import Health
from handlers.http.server import application

__all__ = ["Health", "application"]
