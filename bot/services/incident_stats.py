"""How long it takes to detect, acknowledge and resolve incidents, over any period, as it was known at any moment."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.domain.incident_answers import MEASURES, Onsets, Stats
from bot.domain.incident_stats import Span, summarize
from bot.domain.incidents import ESTIMATES, Incident, hours, read_severity, targets
from bot.domain.people import Asker
from bot.domain.times import read_time
from bot.services import Services
from storage import incidents


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
        every = incidents.everything(connection, asker, as_of=as_of)
    asked = [each for each in every if _is_asked(each, since, model, severity)]
    counted = [each for each in asked if _why_left_out(each) is None]
    left_out = Counter(why for each in asked if (why := _why_left_out(each)))
    critical = services.settings.critical_models
    measures = {name: summarize([s for each in counted if (s := _span(each, name, as_of, critical))]) for name in MEASURES}
    onsets = _onsets(counted)
    return Stats(since, as_of, model, severity, len(counted), measures, onsets, dict(left_out), whole=asker.admin)


def _is_asked(one: Incident, since: datetime | None, model: str, severity: str) -> bool:
    detected = one.at("detected")
    if detected is None or (since is not None and detected < since):
        return False
    return model in ("", one.model) and severity in ("", one.severity)


def _why_left_out(one: Incident) -> str | None:
    if one.merged_into:
        return "merged"
    return None if one.kind == "real" else one.kind


def _span(one: Incident, measure: str, as_of: datetime, critical: frozenset[str]) -> Span | None:
    first, last = MEASURES[measure]
    start, end = one.at(first), one.at(last)
    if start is None or (measure == "mttd" and not one.onset_known):
        return None
    aim = targets(one.severity, critical_model=one.model in critical)
    target = {"mttd": aim.detect, "mttr": aim.resolve}.get(measure)
    over = end is not None and end <= as_of
    if not over and not one.is_open:
        return None  # resolved without ever being acknowledged: nothing runs
    length = hours(start, end if over else as_of)
    return Span(max(length or 0.0, 0.0), over, target)


def _onsets(counted: list[Incident]) -> Onsets:
    unknown = sum(not each.onset_known for each in counted)
    estimated = sum((m := each.marks.get("arose")) is not None and m.source in ESTIMATES for each in counted)
    return Onsets(len(counted) - unknown - estimated, estimated, unknown)
