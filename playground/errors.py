"""How the workspace says no: a method of the Web API, and its clock."""

from typing import Any


class SlackError(Exception):
    """An answer `{"ok": false, "error": …}`; `more` holds what stands beside the error."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    @property
    def answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}


class CannotTravel(Exception):
    """The workspace's clock cannot be moved there; the text says why, for the page."""
