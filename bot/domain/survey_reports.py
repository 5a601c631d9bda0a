"""What is told of surveys: how a wave ended, its results, its course, comments, and what is done because of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.domain.survey_changes import Trend
from bot.domain.survey_comparisons import Benchmark, ResponseRates
from bot.domain.survey_results import CellResult
from bot.domain.survey_waves import Contract
from bot.domain.surveys import Question, Survey


@dataclass(frozen=True, slots=True)
class Action:
    """What is done because of a wave: by whom, until when, and what became of it."""

    id: int
    wave_id: int
    number: int
    survey: str
    text: str
    owner: str
    due_on: date
    made_by: str
    made_at: datetime
    done_at: datetime | None
    done_by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions because of a survey, the latest first, on a day. `made` or `ended` is the one that was just changed."""

    survey: str
    found: tuple[Action, ...]
    today: date
    made: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote. `author` is sealed, and there only if they agreed to be asked back."""

    id: str
    wave_id: int
    question: str
    text: str
    author: bytes | None


@dataclass(frozen=True, slots=True)
class Comments:
    """What people wrote in a wave, in no order. `themes` are words with how many comments have each."""

    label: str
    least: int
    found: tuple[Comment, ...]
    titles: Mapping[str, str]
    themes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a wave ended, or why it did not: counted, open for longer, waiting for its key, or destroyed unopened.

    `answered` is None where it is not told. `until` is when it ends, or ended.
    """

    label: str
    survey: Survey
    contract: Contract
    what: Literal["closed", "extended", "sealed", "unopened"]
    invited: int
    answered: int | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """One closed wave. `cells` has what was released by question and group; `trends` what the published rule says of each
    question of everybody, `detectable` the smallest change in points that could be seen.
    """

    label: str
    survey: Survey
    contract: Contract
    questions: tuple[Question, ...]
    receipt: Mapping[str, object]
    cells: Mapping[str, Mapping[str, CellResult]]
    trends: Mapping[str, Trend] = field(default_factory=dict)
    detectable: float | None = None
    rates: ResponseRates | None = None
    actions: tuple[Action, ...] = ()
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """The closed waves of a survey, oldest first: their labels, and what was released of everybody, by question."""

    survey: Survey
    labels: tuple[str, ...]
    questions: tuple[Question, ...]
    cells: tuple[Mapping[str, CellResult], ...]
    trends: Mapping[str, Trend]


@dataclass(frozen=True, slots=True)
class Compared:
    """The score of a wave against the lines of a benchmark."""

    label: str
    survey: Survey
    name: str
    source: Mapping[str, object]
    score: CellResult | None
    verdict: Benchmark | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A survey, how its latest wave stands, and what it asks: the words and the kind of each question."""

    survey: Survey
    words: str
    contract: Contract | None
    questions: tuple[tuple[str, str], ...]
