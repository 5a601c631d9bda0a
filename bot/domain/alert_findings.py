"""What a run of settled figures says, as a finding."""

from bot.domain.alerts import Finding
from bot.domain.breaches import Run
from bot.domain.kpis import Level
from bot.domain.readings import Reading


def of_run(reading: Reading, run: Run, level: Level, words: str) -> Finding:
    """The finding of a run that ends with the latest settled figure; its indexes are those of `reading.settled`."""
    last = reading.settled[-1]
    bad, good = (None if place is None else reading.settled[place] for place in (run.first_bad, run.first_good))
    return Finding(
        run.outcome,
        level,
        words,
        since=bad.period.start if bad else None,
        data_at=bad.recorded_at if bad else None,
        bad=run.bad,
        good=run.good,
        good_since=good.period.start if good else None,
        point=last.id,
        n=last.n,
    )
