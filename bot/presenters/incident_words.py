"""Phrases about incidents that more than one message uses."""

from bot.domain.incidents import Mark
from bot.domain.times import show_time


def elapsed(hours: float) -> str:
    """A length of time as people say it, in two units at most: "3 d 4 h", "2 h 30 min", "45 s", "0 s"."""
    seconds = round(hours * 3600)
    days, rest = divmod(seconds, 86_400)
    whole, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    told = [f"{n} {unit}" for n, unit in ((days, "d"), (whole, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(told[:2]) or "0 s"


def known_by(mark: Mark, zone: str) -> str:
    """How a moment is known, where that says how far to trust it."""
    match mark.source:
        case "declared" if mark.moment == "arose":
            return " (unknown: taken as when it was detected)"
        case "first bad point" | "change-point":
            since = f"after {show_time(mark.low, zone)}, " if mark.low else ""
            until = f"by {show_time(mark.high, zone)} at the latest; " if mark.high else ""
            return f" (estimated: {since}{until}{mark.reason})"
        case "alert":
            return " (from the alert)"
    return ""
