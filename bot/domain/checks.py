"""What `barometer check` finds: each finding says what is so and, if it is not right, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` is empty where all is well."""

    what: str
    state: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not self.mend


def good(what: str, state: str) -> Finding:
    """All is well."""
    return Finding(what, state)


def bad(what: str, state: str, mend: str) -> Finding:
    """Something must be done."""
    return Finding(what, state, mend)
