"""What is told of surveys: how a wave ended, its results, its course, comments, and what is done because of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.domain.survey_asked import NOBODY, ToCome
from bot.domain.survey_benchmarks import Source
from bot.domain.survey_changes import Trend
from bot.domain.survey_comparisons import Benchmark, ResponseRates
from bot.domain.survey_courses import CourseOf, cell_name
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_results import CellResult
from bot.domain.survey_waves import Contract
from bot.domain.surveys import Mode, Question, Survey

Step = Literal["start", "results", "remind", "extend", "close", "change", "copy", "delete", "recur no more"]
"""What can be done with a survey."""


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
    """The actions because of a survey, the latest first, on a day. `made` or `ended` is the one that was just changed.

    `to_end` are those of which the reader may say that they are done, or what came of them where nobody did; `may_add`: they
    may note one; `only_own`: they see no others than those that they noted or are to do.
    """

    survey: str
    found: tuple[Action, ...]
    today: date
    made: int | None = None
    ended: int | None = None
    to_end: frozenset[int] = frozenset()
    may_add: bool = False
    only_own: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote. `author` is sealed, and there only if they agreed to be asked back."""

    id: str
    wave_id: int
    question: str
    text: str
    author: bytes | None


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A question back about a comment, who asked it, and what was answered; empty: nothing, or it is not told yet."""

    question: str
    by: str
    answer: str


@dataclass(frozen=True, slots=True)
class Comments:
    """What people wrote in a wave, in no order. `themes` are words with how many comments have each.

    `asked` are the questions back by the id of their comment, for those who may ask. `since` is as in `Results`.
    """

    label: str
    survey: str
    least: int
    found: tuple[Comment, ...]
    titles: Mapping[str, str]
    themes: tuple[tuple[str, int], ...] = ()
    mode: Mode = "anonymous"
    asked: Mapping[str, tuple[AskedBack, ...]] = field(default_factory=dict)
    since: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a wave ended, or why it did not: counted, open for longer, waiting for its key, or destroyed unopened.

    `answered` is None where it is not told, `uninvited` who had no invitation yet. `until` is when it ends, or ended,
    or until when it waits for its key.
    `why` it was destroyed unopened, and `by` whom, if somebody did. Open for longer: how many answers are `needed`, and whether
    people are reminded of it.
    """

    label: str
    survey: Survey
    contract: Contract
    what: Literal["closed", "extended", "sealed", "unopened"]
    invited: int
    answered: int | None
    until: datetime
    why: str = ""
    uninvited: ToCome = NOBODY
    by: str = ""
    needed: str = ""
    is_reminded: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """One closed wave. `cells` has what was released by question and group.

    `course` says what changed since earlier waves. `said_and_done` are actions of those: done since, or still open. `names` are
    what groups were called, by their ids, when the wave was opened. `today` is the day on which this is read. `reads_names`:
    its reader may see who answered what. `since` says of later waves that have no results for the reader, or did not open.
    """

    label: str
    survey: Survey
    contract: Contract
    questions: tuple[Question, ...]
    receipt: Mapping[str, object]
    cells: Mapping[str, Mapping[str, CellResult]]
    course: CourseOf
    rates: ResponseRates | None = None
    said_and_done: tuple[Action, ...] = ()
    comments: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    today: date | None = None
    reads_names: bool = False
    since: str = ""

    def trend(self, question: str, cut: str = WHOLE) -> Trend | None:
        """What the published rule says of a question in a group."""
        return self.course.trends.get(cell_name(question, cut))


@dataclass(frozen=True, slots=True)
class News:
    """A wave in a digest: its results, and the actions because of its survey that were open on a day."""

    results: Results
    open_actions: tuple[Action, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Course:
    """The closed waves of a survey, oldest first: their labels, and what was released of everybody, by question.

    Of a question that was asked otherwise before, only what came after. `since` is as in `Results`.
    """

    survey: Survey
    labels: tuple[str, ...]
    questions: tuple[Question, ...]
    cells: tuple[Mapping[str, CellResult], ...]
    course: CourseOf
    since: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """The score of a wave against the top quartile of a benchmark; `verdict` is None where the wave has no score.

    `others` are the names of the other benchmarks of this score.
    """

    label: str
    survey: Survey
    source: Source
    verdict: Benchmark | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recurring:
    """How a survey recurs: when in words, the next time, whom it asks, and where its results go: to `channel`, or `viewers`.

    `asks` are the ids of channels and user groups; of people who are named one by one there is only how many. `terms` are how
    long each is open, its hour, kind, groups and custodian, as far as that was said. `before` is how it recurred until this was
    said, if it did, and `dropped` are the terms that were said then and not any more. With `workdays`, nobody is asked on a
    Saturday or Sunday. `held` is the wave that is open for so long that what is due before that time falls out, and its end.
    """

    words: str
    due_at: datetime
    asks: tuple[str, ...]
    people: int
    channel: str
    viewers: tuple[str, ...]
    terms: Mapping[str, str] = field(default_factory=dict)
    before: "Recurring | None" = None
    workdays: bool = False
    dropped: tuple[str, ...] = ()
    held: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A survey, how its latest wave stands, and what it asks: the words and the kind of each question.

    `label` is what its latest wave is called, whose terms are `contract` and which `is_open` or not; `steps` are what the
    reader can do with it now. `receipt` says what became of that wave, if it has ended and the reader may see it. `recurs` says
    how it is asked again and again, if it is.
    """

    survey: Survey
    words: str
    contract: Contract | None
    questions: tuple[tuple[str, str], ...]
    label: str = ""
    steps: tuple[Step, ...] = ()
    receipt: Mapping[str, object] = field(default_factory=dict)
    recurs: Recurring | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """Of how much a person was deleted: open waves and schedules they were in, and waves whose answers had their name.

    `over` are the waves that keep no names, and whose end has come: nothing of these is changed any more; `sealed` of them wait
    for their key, and take no answers again. `opening` are all of which it is not settled yet whom they ask: not this person
    any more, whether they would have been asked or not.
    """

    waves: int
    schedules: int
    attributed: int
    over: int
    opening: int
    sealed: int = 0
