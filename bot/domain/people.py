"""Who asks, and what they may see."""

from dataclasses import dataclass

ROLES = (
    "ai_lead",
    "compliance_officer",
    "data_engineer",
    "executive",
    "executive_sponsor",
    "model_steward",
    "ops",
    "product",
    "product_owner",
    "risk",
    "risk_officer",
    "sre",
    "team_lead",
)
"""The roles of the framework: owners of KPIs, and the audiences of digests."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A person (or a machine) on whose behalf a service acts.

    `timezone` is an IANA name; times that the person types are read in it. `outside` says why they are none of the workspace
    ("guest", "bot", "deactivated"); empty: they are, or nobody knows.
    """

    user_id: str
    roles: frozenset[str] = frozenset()
    timezone: str = "UTC"
    admin: bool = False
    outside: str = ""

    def may_see(self, visibility: frozenset[str], owner: str | None = None) -> bool:
        """Whether a KPI limited to the roles `visibility` (empty: everybody) is open to this person."""
        return not visibility or self.admin or bool(self.roles & visibility) or owner in self.roles


SYSTEM = Asker("barometer", admin=True)
"""The bot itself: start-up, the clock, the terminal."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit log."""

    actor: str
    action: str
    subject: str
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None
    reason: str = ""
