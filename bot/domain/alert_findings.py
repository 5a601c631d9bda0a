"""What a run of settled figures says, as a finding."""

from bot.domain.alerts import Finding
from bot.domain.breaches import Run
from bot.domain.kpis import Level
from bot.domain.readings import Reading


def of_run(reading: Reading, run: Run, level: Level, words: str) -> Finding:
    """The finding of a run that ends with the latest settled figure; its indexes are those of `reading.settled`."""
    last = reading.settled[-1]
    since, good_since = (
        None if place is None else reading.settled[place].period.start for place in (run.first_bad, run.first_good)
    )
    return Finding(run.outcome, level, words, since, run.bad, run.good, good_since, last.id, last.n)
