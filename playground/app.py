"""The app that is installed in the workspace: its names, tokens, and what its manifest allows."""

from dataclasses import dataclass, field
from typing import Any

from playground.workspace import Channel, Person, Workspace

Json = dict[str, Any]


@dataclass
class Installation:
    """One app with one bot. Without a manifest, every scope, command and event is allowed."""

    manifest: Json | None = None
    id: str = "A0PLAYGROUND"
    bot_id: str = "B0PLAYGROUND"
    bot_user_id: str = "U0BOT"
    bot_token: str = "xoxb-playground-bot"
    app_token: str = "xapp-1-playground-app"
    signing_secret: str = "playground-signing-secret"
    verification_token: str = "playground-verification"
    request_url: str | None = None
    revoked: bool = False
    joined: tuple[str, ...] = field(
        default=("C0GENERAL", "C0MLOPS", "C0INCIDENTS", "C0PRODUCT", "C0LEADERS", "C0RISK", "C0BAROADM")
    )

    def _part(self, *path: str) -> Any:
        part: Any = self.manifest or {}
        for key in path:
            part = part.get(key, {}) if isinstance(part, dict) else {}
        return part

    @property
    def name(self) -> str:
        return str(self._part("features", "bot_user", "display_name") or "Barometer")

    @property
    def scopes(self) -> list[str] | None:
        """The bot's scopes; None when nothing says."""
        return None if self.manifest is None else list(self._part("oauth_config", "scopes", "bot") or [])

    @property
    def commands(self) -> list[Json]:
        keys = ("command", "description", "usage_hint")
        return [{k: c.get(k, "") for k in keys} for c in self._slash_commands]

    @property
    def shortcuts(self) -> list[Json]:
        return list(self._part("features", "shortcuts") or [])

    def subscribed(self, event: str) -> bool:
        """Whether the app listens to an event, by its name in the manifest (`message.channels`)."""
        return self.manifest is None or event in (self._part("settings", "event_subscriptions", "bot_events") or [])

    def accepts_command(self, command: str) -> bool:
        return self.manifest is None or command in {c["command"] for c in self.commands}

    def has_references(self, command: str) -> bool:
        """Whether names of people, user groups and channels in a command come as references: `should_escape`."""
        return any(c["command"] == command and c.get("should_escape") for c in self._slash_commands)

    @property
    def _slash_commands(self) -> list[Json]:
        return list(self._part("features", "slash_commands") or [])

    @property
    def profile(self) -> Json:
        """The `bot_profile` that the bot's messages carry."""
        return {"id": self.bot_id, "app_id": self.id, "name": self.name, "team_id": Workspace.team_id, "deleted": False}

    def install(self, workspace: Workspace) -> None:
        """Make the bot a member of the workspace and of the channels that it was invited to."""
        workspace.people[self.bot_user_id] = Person(
            self.bot_user_id, self.name.lower(), self.name, is_bot=True, avatar_color="#1d3557"
        )
        for channel_id in self.joined:
            channel = workspace.channels.get(channel_id)
            if channel and not channel.is_archived and self.bot_user_id not in channel.members:
                channel.members.append(self.bot_user_id)

    def is_in(self, channel: Channel) -> bool:
        return self.bot_user_id in channel.members
