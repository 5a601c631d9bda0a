"""Whether this process can do its work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import BarometerError
from handlers.metrics import Metrics

OK = "ok"
Check = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Health:
    """What is looked at: each check says `ok` or what is wrong. `deliveries` counts the ledger by state."""

    metrics_of: Metrics
    deliveries: Callable[[], Mapping[str, int]]
    checks: Mapping[str, Check] = field(default_factory=dict)

    def findings(self) -> dict[str, str]:
        """What each check says."""
        return {name: _said(check) for name, check in self.checks.items()}

    def metrics(self) -> str:
        """Every counter; the ledger is left out while the database cannot be read."""
        try:
            return self.metrics_of.text(self.deliveries())
        except BarometerError:
            return self.metrics_of.text({})


def _said(check: Check) -> str:
    try:
        return check()
    except BarometerError as error:
        return error.text
