"""One function for each thing that a person, the clock or another program may ask for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.settings import Settings
from storage import Database


@dataclass(frozen=True, slots=True)
class Services:
    """What a service needs besides its arguments. `now` gives the moment in UTC."""

    db: Database
    settings: Settings
    now: Callable[[], datetime]
