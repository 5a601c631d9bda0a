"""How long it takes to detect, acknowledge and resolve incidents, over any period, as it was known at any moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from bot.domain.detection import Detection, split
from bot.domain.incident_answers import MEASURES, Course, Onsets, Stats
from bot.domain.incident_stats import Span, summarize
from bot.domain.incidents import ESTIMATES, SEVERITIES, hours, read_severity, targets
from bot.domain.people import Asker
from bot.domain.times import read_time
from bot.services import Services
from storage import alerts, incidents


def stats(services: Services, asker: Asker, fields: Mapping[str, str]) -> Stats:
    """The measures over incidents detected since a moment. `fields`: since, as_of (times), model, severity.

    Drills, tests and what was merged are left out, and counted apart. Open incidents are in MTTA and MTTR as running so far.
    An incident whose beginning nobody knows is not in MTTD: as detected at once it would only flatter. What the asker may not
    see is left out without a count: asked model by model and day by day, a count would tell of each that it is there.

    :raises InvalidInput: a field cannot be read.
    """
    now = services.now()
    since, known = (read_time(fields[name], now, asker.timezone) if fields.get(name) else None for name in ("since", "as_of"))
    severity = read_severity(fields["severity"]) if fields.get("severity") else ""
    model, as_of = fields.get("model", ""), known or now
    with services.db.read() as connection:
        every = incidents.courses(connection, asker, as_of)
        told = alerts.of_incidents(connection, as_of)
    asked = [each for each in every if _is_asked(each, since, model, severity)]
    counted = [each for each in asked if each.left_out is None]
    left_out = Counter(why for each in asked if (why := each.left_out))
    critical = services.settings.critical_models
    phases = split(_detection(each, told[each.id]) for each in counted if each.id in told)
    measures = {name: summarize(spans(counted, name, as_of, critical)) for name in MEASURES}
    return Stats(
        since, as_of, model, severity, len(counted), measures, _onsets(counted), dict(left_out), phases, whole=asker.admin
    )


def _detection(one: Course, told: alerts.Told) -> Detection:
    """How an incident was detected by its alert. When it began is taken for known only where somebody or something says so."""
    arose = one.arose if one.onset_known else None
    return Detection(arose, told.data, told.true, told.fired, told.delivered, one.acknowledged or told.acknowledged)


def _is_asked(one: Course, since: datetime | None, model: str, severity: str) -> bool:
    if one.detected is None or (since is not None and one.detected < since):
        return False
    return model in ("", one.model) and severity in ("", one.severity)


def spans(counted: Sequence[Course], measure: str, as_of: datetime, critical: frozenset[str]) -> list[Span]:
    """How many hours each took, or has taken so far. What was resolved without ever being acknowledged does not run."""
    started, ended = (attrgetter(moment) for moment in MEASURES[measure])
    kinds = [(severity, is_critical) for severity in SEVERITIES for is_critical in (False, True)]
    aims = {kind: targets(kind[0], critical_model=kind[1]).of(measure) for kind in kinds}
    found = []
    for one in counted:
        start, end = started(one), ended(one)
        over = end is not None and end <= as_of
        if start is None or not (over or one.is_open) or (measure == "mttd" and not one.onset_known):
            continue
        length = hours(start, end if over else as_of)
        found.append(Span(max(length or 0.0, 0.0), over, aims[one.severity, one.model in critical]))
    return found


def _onsets(counted: Sequence[Course]) -> Onsets:
    unknown = sum(not each.onset_known for each in counted)
    estimated = sum(each.onset in ESTIMATES for each in counted)
    return Onsets(len(counted) - unknown - estimated, estimated, unknown)
