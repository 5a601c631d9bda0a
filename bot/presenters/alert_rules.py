"""How rules are told: what each looks for, how often it was right, and what it would have done."""

from collections.abc import Sequence

from bot.domain.alert_answers import JudgedRule
from bot.domain.alert_backtest import Backtest
from bot.domain.alerts import Alert
from bot.domain.incident_stats import FEWEST
from bot.domain.incidents import hours
from bot.domain.intervals import wilson
from bot.domain.parts import Heading, Message, Note, Part, Table, bold, code, text
from bot.domain.times import show_time
from bot.presenters.incident_words import elapsed

DAYS = 90


def listing(found: Sequence[JudgedRule]) -> Message:
    """The rules, and the share of their alerts that was real."""
    if not found:
        return Message("There are no rules.", (text("There are no rules: no KPI has a threshold."),))
    line = f"{len(found)} rule{'s' if len(found) > 1 else ''}, with their alerts of the last {DAYS} days."
    rows = tuple((r.name, "on" if r.is_on else "off", r.words, str(r.fired), _precision(r)) for r in found)
    table = Table("Rules", ("Rule", "", "Looks for", "Fired", "Real"), rows, frozenset({3}))
    hint = "/alert test NAME shows what one would have done; alerts.on in the definition of its KPI switches it."
    return Message(line, (text(bold(line)), table, Note(hint)))


def backtest(found: Backtest, zone: str) -> Message:
    """What a rule would have done."""
    name, count = found.rule.name, len(found.alerts)
    if not found.judged:
        words = f"{name}: no figure of the last {DAYS} days can be judged, so there is nothing to try it on."
        return Message(words, (text(words),))
    line = f"{name} would have fired {count} time{'' if count == 1 else 's'} in the last {DAYS} days."
    parts: list[Part] = [Heading(f"What {name} would have done"), text(bold(line), f" {_share(found)}")]
    parts.append(text(code(name), f" looks for: {found.rule.check.words(found.rule.kpi)}."))
    if rows := tuple(_row(one, zone, found) for one in found.alerts):
        parts.append(Table("Alerts that it would have given", ("Fired", "For", "Level", "Why"), rows))
    state = "It is on." if found.rule.is_on else f"It is off: add {found.rule.check.NAME} to alerts.on in the definition."
    parts.append(Note(f"{_false(found)} {state} Tried on the figures that are in force, each as if it had come in time."))
    return Message(line, tuple(parts))


def _share(found: Backtest) -> str:
    spent = sum(hours(one.fired_at, one.resolved_at or found.until) or 0.0 for one in found.alerts)
    return f"It would have fired for {elapsed(spent)} in all." if found.alerts else ""


def _false(found: Backtest) -> str:
    count = len(found.alerts)
    if not count:
        return "No alert, no false alarm."
    if not found.incidents:
        return "No incident of that time is tied to this KPI, so nobody can say which of them were false alarms."
    false = count - found.met
    interval = wilson(false, count, 0.95)
    between = f", 95 % interval {interval[0]:.0%} to {interval[1]:.0%}" if interval and count >= FEWEST else ", n too small"
    return f"False alarms: {false} of {count} met none of the {found.incidents} incidents tied to this KPI{between}."


def _row(one: Alert, zone: str, found: Backtest) -> tuple[str, ...]:
    lasting = elapsed(hours(one.fired_at, one.resolved_at or found.until) or 0.0)
    fired = show_time(one.fired_at, zone) if one.fired_at else ""
    again = f" ({one.times} times)" if one.times > 1 else ""
    return fired, f"{lasting}{'' if one.resolved_at else ' so far'}", one.level, f"{one.fired_words}{again}"


def _precision(rule: JudgedRule) -> str:
    if not rule.judged:
        return "not judged"
    ends = rule.precision
    between = f" ({ends[0]:.0%}–{ends[1]:.0%})" if ends and rule.judged >= FEWEST else ", n too small"
    return f"{rule.real} of {rule.judged}{between}"
