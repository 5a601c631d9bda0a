"""The pieces of the local Slack, together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from playground.app import Installation
from playground.courier import Courier
from playground.faults import Faults
from playground.feed import Feed
from playground.http_door import HttpDoor
from playground.journal import Journal
from playground.limits import RateLimits
from playground.socket_mode import SocketDoor
from playground.tickets import ResponseUrls, Triggers
from playground.workspace import Workspace


@dataclass
class Slack:
    """One workspace with one app installed, and everything that stands between the two."""

    workspace: Workspace
    app: Installation
    feed: Feed
    journal: Journal
    courier: Courier
    socket: SocketDoor
    http: HttpDoor
    faults: Faults = field(default_factory=Faults)
    limits: RateLimits = field(default_factory=RateLimits)
    triggers: Triggers = field(default_factory=Triggers)
    response_urls: ResponseUrls = field(default_factory=ResponseUrls)
    upload_tickets: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    travel: Callable[[datetime], None] | None = None
