"""What differs between two versions of a definition, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.domain.definition_writing import flow, plain, to_document
from bot.domain.kpis import Kpi


@dataclass(frozen=True, slots=True)
class Changed:
    """A definition that was added, changed or retired: the fields that differ, as they were and as they are."""

    name: str
    action: Literal["added", "changed", "retired"]
    before: dict[str, object] | None
    after: dict[str, object] | None
    version: int = 0

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> list[str]:
        """As people read changes: - what was, + what is."""
        fields = dict.fromkeys([*(self.before or {}), *(self.after or {})])
        found = [f"{self.name}: {self.action}"]
        for field in fields:
            found += [f"  {sign} {field}: {flow(side[field])}" for sign, side in self._sides() if field in side]
        return found

    def _sides(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        return ("-", self.before or {}), ("+", self.after or {})


def compared(before: Kpi | None, after: Kpi | None) -> Changed:
    """What differs, even if it is nothing. One of the two may be missing: added, or retired."""
    old = {} if before is None else plain(to_document(before))
    new = {} if after is None else plain(to_document(after))
    fields = [f for f in {**new, **old} if old.get(f) != new.get(f)]
    name = after.name if after else before.name if before else ""
    return Changed(
        name,
        "retired" if after is None else "added" if before is None else "changed",
        {f: old[f] for f in fields if f in old} if before else None,
        {f: new[f] for f in fields if f in new} if after else None,
    )


def changes_to(before: Kpi | None, after: Kpi) -> Changed | None:
    """What `after` changes; None where it says the same."""
    found = compared(before, after)
    return found if found.before or found.after else None
