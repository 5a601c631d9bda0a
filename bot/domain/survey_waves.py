"""One wave of a survey: its contract, which is frozen when it opens, and what those who are asked see of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal

from bot.domain.errors import BarometerError, InvalidInput, NotAllowed
from bot.domain.questions import KINDS, Input
from bot.domain.sentences import Spoken
from bot.domain.survey_counts import Unshown
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Mode, Question, Survey, Texts

LONGEST_OPEN = timedelta(days=60)
SHORTEST_OPEN = timedelta(minutes=10)
MOST_INPUTS = 95
"""On one page: Slack takes a hundred blocks in a form, and the promise stands above them."""


class NotInvited(Spoken):
    """{words}"""

    def __init__(self, wave: str = "") -> None:
        """They are not among those who are asked in it."""
        super().__init__("not_invited" if wave else "not_invited_there", wave=wave)


class Over(Spoken):
    """{words}"""

    def __init__(self, wave: str, state: str) -> None:
        """It takes no answers any more; by its state, what becomes of those before."""
        kept = {"open": "over_open", "closed": "over_closed"}
        super().__init__(kept.get(state, "over_unopened"), wave=wave)


class NoSuchSurvey(BarometerError):
    """There is no survey called “{name}”. {hint}"""


TOO_FEW = "too few answers"
"""Why a wave was destroyed unopened, where nobody decided it."""
KEY_NOT_GIVEN = "its key was not given in time"
"""Why a sealed wave was destroyed unopened, whose custodian did not open it."""
LOST = "(lost before)"
"""When the keys of a wave were destroyed, where nobody found them for so long that they were taken for lost."""


class NoWave(BarometerError):
    """{survey} has no wave {state}. {hint}"""

    def __init__(self, people: tuple[str, ...] = (), **facts: object) -> None:
        super().__init__(**facts)
        self.people = people


class ForOthers(NotAllowed):
    """Only those who were named when it was started may see the results of {wave}; {where}ask @{by}, who started it."""

    def __init__(self, wave: str, by: str, *, in_channel: bool = False) -> None:
        """Of one whose results go to a channel, whoever is in that sees them there."""
        super().__init__(wave=wave, by=by, where="say this in the channel that they go to, or " if in_channel else "")
        self.people = (by,)


class NamesForOthers(NotAllowed):
    """Only {who} may see who answered what in {wave}."""

    def __init__(self, wave: str, readers: tuple[str, ...]) -> None:
        super().__init__(wave=wave, who=", ".join(f"@{each}" for each in readers))
        self.people = readers


class CountedAnew(NotAllowed):
    """Only {who} may see the results of {wave}: somebody was deleted since, and what changed would tell their answers."""

    def __init__(self, wave: str, readers: tuple[str, ...]) -> None:
        super().__init__(wave=wave, who=", ".join(f"@{each}" for each in readers))
        self.people = readers


@dataclass(frozen=True, slots=True)
class Terms:
    """How a wave is to be started, as somebody says it: every word may be empty.

    `audience` are mentions or ids, `file` the text of a CSV file in their place; `channel` is where the results go, `viewers`
    are people who see them besides whoever starts it; `at` is the hour on each person's clock.
    """

    audience: str = ""
    file: str = ""
    closes: str = ""
    channel: str = ""
    viewers: str = ""
    mode: str = ""
    cuts: str = ""
    at: str = ""
    custodian: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What is promised at the opening of a wave, and never changed after it.

    `survey` is its YAML, `audience` says in words who is asked. Results are shown in `channel`, or to `viewers` alone. A sealed
    wave is opened with the private half of `public_key`, which `custodian` keeps. `turn` says which of its questions a survey
    asks that asks some of them each time; 0: the wave's own number does, as it did once. With `workdays`, nobody is asked on a
    Saturday or Sunday.
    """

    survey: str
    mode: Mode
    minimum: int
    comment_minimum: int
    cuts: tuple[str, ...]
    audience: str
    viewers: tuple[str, ...]
    channel: str = ""
    at: str = ""
    custodian: str = ""
    public_key: str = ""
    turn: int = 0
    workdays: bool = False

    def __post_init__(self) -> None:
        """The floors hold whatever a contract says."""
        if self.minimum < LEAST_ANSWERS or self.comment_minimum < LEAST_COMMENTS:
            raise InvalidInput(f"No survey may publish fewer than {LEAST_ANSWERS} answers or {LEAST_COMMENTS} with comments.")

    @property
    def hour(self) -> time | None:
        """The hour on each person's clock at which they are asked; None: at once."""
        return time.fromisoformat(self.at) if self.at else None


def dump(contract: Contract) -> str:
    """A contract as JSON."""
    return json.dumps(asdict(contract), ensure_ascii=False, sort_keys=True)


def load(text: str) -> Contract:
    """The contract that `dump` wrote."""
    found = json.loads(text)
    return Contract(**found | {"cuts": tuple(found["cuts"]), "viewers": tuple(found["viewers"])})


def label(survey: str, number: int) -> str:
    """What a wave is called: "weekly-pulse #3"; one that could not be opened has no number above zero, and none to be seen."""
    return f"{survey} #{number}" if number > 0 else survey


def pages(survey: Survey, mode: Mode, turn: int) -> list[tuple[Question, ...]]:
    """The questions of a wave, a page each. A sealed ballot cannot be read back, so it is filled in on one page."""
    asked = survey.asked(turn)
    size = len(asked) if mode == "sealed" else max(1, survey.a_page)
    return [asked[start : start + size] for start in range(0, len(asked), size)]


def insist_on_one_page(survey: Survey) -> None:
    """Insist that every wave of a survey can be filled in on one page.

    :raises InvalidInput: it has too many questions for that.
    """
    most = max(len(survey.questions) - len(survey.always), 1) if survey.each else 1
    for turn in range(1, most + 1):
        # A comment has a tick besides: whether its author may be asked back.
        inputs = sum(len(KINDS[q.kind].inputs(q, "")) + (q.kind == "comment") for q in survey.asked(turn))
        if inputs > MOST_INPUTS:
            raise InvalidInput(
                f"A sealed survey is filled in on one page, and {survey.name} is too long for one; ask fewer questions, or "
                "choose mode=anonymous.",
                "mode",
            )


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the form of a wave. `filled` is what was answered so far, by the names of the inputs.

    `viewers` alone read the names of an attributed wave, `custodian` keeps the key of a sealed one.
    """

    wave: int
    label: str
    title: str
    about: str
    mode: Mode
    minimum: int
    closes_at: datetime
    page: int
    pages: int
    inputs: tuple[Input, ...]
    language: str = ""
    zone: str = "UTC"
    answered: bool = False
    filled: Mapping[str, str] = field(default_factory=dict)
    viewers: tuple[str, ...] = ()
    custodian: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody is told who has answered, or taken their answers back: nothing else is written of it anywhere."""

    wave: int
    label: str
    mode: Mode
    closes_at: datetime
    what: Literal["answered", "withdrawn"]
    language: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Opening:
    """A wave as it was started. `left_out` says how many were not invited, and why; `language` is its reader's, if known.

    `is_earlier`: it ends before the time that its invitations said. `at` is the hour on each person's clock; empty: at once.
    `unshown` are the questions of which nothing can be shown with so many asked, as far as that is known. `kpi` is the KPI that
    its score goes to as well, `next_at` when the next one starts, where this one makes what is due before fall out.
    """

    id: int
    label: str
    title: Texts
    mode: Mode
    minimum: int
    opens_at: datetime
    closes_at: datetime
    audience: str
    channel: str = ""
    viewers: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()
    invited: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    again: bool = False
    language: str = ""
    is_earlier: bool = False
    custodian: str = ""
    unshown: Unshown | None = None
    at: str = ""
    kpi: str = ""
    next_at: datetime | None = None
