"""The rules of alerts: which there are, how often each was right, and what one would have done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert_answers import JudgedRule
from bot.domain.alert_backtest import Backtest, replay
from bot.domain.alerts import Alert, patience_of
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Kpi
from bot.domain.people import Asker
from bot.domain.periods import containing
from bot.domain.rules import RULES, Rule, rules_of, split_name
from bot.services import Services, beginnings, definitions
from storage import Connection, alerts, incidents, observations

BACK = timedelta(days=90)
"""How far back rules are judged and tried."""
MOST_POINTS = 400


def listing(services: Services, asker: Asker, name: str = "") -> list[JudgedRule]:
    """The rules of one KPI, or of all that the asker may see, in the order of their names; what is on first.

    :raises UnknownKpi: there is no such KPI.
    """
    with services.db.read() as connection:
        kpis = [definitions.named(services, connection, asker, name)] if name else _seen(services, connection, asker)
        fired = alerts.fired(connection, since=services.now() - BACK)
    rules = [rule for kpi in kpis for rule in rules_of(kpi, on=not name)]
    known = {rule.name for rule in rules}
    senders = sorted({one.rule for one in fired if not one.kpi and one.rule not in known}) if not name else []
    found = [_judged(rule.name, rule.check.words(rule.kpi), fired, is_on=rule.is_on) for rule in rules]
    return found + [_judged(sender, "what it says itself", fired, is_on=True) for sender in senders]


def backtest(services: Services, asker: Asker, name: str, dimensions: dict[str, str]) -> Backtest:
    """What a rule would have done over the last 90 days with the figures that are in force.

    :raises UnknownKpi: there is no such KPI.
    :raises InvalidInput: there is no such rule, or the KPI has not what it needs.
    """
    wanted, check = split_name(name)
    now = services.now()
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, wanted)
        if not RULES[check].applies(kpi):
            raise InvalidInput(f"{kpi.name} has not what the rule {check} needs; /alert rules {kpi.name} shows what it has.")
        if unknown := [each for each in dimensions if each not in kpi.dimensions]:
            raise InvalidInput(f"{kpi.name} has no dimension “{unknown[0][:30]}”; leave it out, or name one that it has.")
        length = containing(now, kpi.grain, kpi.timezone, kpi.week_starts).length
        since = now - BACK - 60 * length
        found = observations.recent(connection, [kpi.name], MOST_POINTS, since=since, dimensions=dimensions)
        start = beginnings.of(connection, [kpi], now, dimensions=dimensions).get(kpi.name, ())
        spans = incidents.spans_linked(connection, "kpi", kpi.name, now - BACK)
    window = (now - BACK, now)
    patience = patience_of(kpi.alerts, length)
    done = replay(Rule(kpi, RULES[check]), found.get(kpi.name, []), window, patience, start)
    met = sum(any(_overlaps(one, begin, end or now) for begin, end in spans) for one in done.alerts)
    return replace(done, met=met, incidents=len(spans))


def words_of(kpi: Kpi | None, rule: str) -> str:
    """What a rule looks for, by its name."""
    check = RULES.get(rule.rpartition("/")[2])
    return check.words(kpi) if kpi and check else ""


def _seen(services: Services, connection: Connection, asker: Asker) -> list[Kpi]:
    known = definitions.current(services, connection).values()
    return [kpi for kpi in known if asker.may_see(kpi.visibility, kpi.owner)]


def _judged(name: str, words: str, fired: Sequence[Alert], *, is_on: bool) -> JudgedRule:
    own = [one for one in fired if one.rule == name]
    verdicts = [one.verdict for one in own if one.verdict]
    return JudgedRule(name, is_on, words, len(own), len(verdicts), verdicts.count("real"))


def _overlaps(one: Alert, begin: datetime, end: datetime) -> bool:
    first = one.since or one.fired_at
    return first is not None and first <= end and (one.resolved_at is None or begin <= one.resolved_at)
