"""What a digest is written from, loaded once, and what each of its sections gives back."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.digests import DigestDefinition
from bot.domain.observations import Observation
from bot.domain.parts import Message, Part
from bot.domain.ranking import Ranked
from bot.domain.readings import Reading
from bot.domain.survey_reports import News


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that was published and has been corrected since.

    `was` is what stood in a message, `now` the figure at present.
    """

    published_at: datetime
    was: Observation
    now: Observation

    @property
    def reason(self) -> str:
        """Why it was corrected, in the words of who did it."""
        return self.now.provenance.note


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many messages went out since a moment, how many could not, and how many still wait."""

    since: datetime
    sent: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a digest says. `readings` are those of the KPIs that its reader may see, by category, then title.

    `as_of` is the moment at which the figures are read, `previous` that of the digest before; `late` says why it comes late.
    `published` are the ids of the observations that are said; `surveys`, what was counted since the digest before.
    """

    definition: DigestDefinition
    as_of: datetime
    readings: tuple[Reading, ...]
    ranked: Ranked
    traffic: Traffic
    corrections: tuple[Correction, ...] = ()
    previous: datetime | None = None
    next_due: datetime | None = None
    late: str = ""
    published: tuple[int, ...] = ()
    surveys: tuple[News, ...] = ()

    @property
    def with_data(self) -> tuple[Reading, ...]:
        return tuple(r for r in self.readings if r.observation)

    @property
    def stale(self) -> tuple[Reading, ...]:
        return tuple(r for r in self.readings if r.observation and r.stale)

    @property
    def missing(self) -> tuple[Reading, ...]:
        return tuple(r for r in self.readings if r.observation is None)

    @property
    def zone(self) -> str:
        """The IANA zone in which its times are shown."""
        return self.definition.schedule.zone


@dataclass(frozen=True, slots=True)
class Section:
    """What one section says: `words` for the fallback text, `root` in the message itself, `thread` below it."""

    words: str = ""
    root: tuple[Part, ...] = ()
    thread: tuple[Message, ...] = ()
