"""What the example organisation was asked: two weekly pulses and an engagement survey of the past, and one that is open.

Those who answered the past ones are twenty people of three teams: their ballots and invitations are gone. Six are of the cast,
so that whoever asks back about a comment of theirs reaches somebody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from bot import ballots
from bot.domain.audiences import Audience, Member
from bot.domain.people import Asker
from bot.domain.periods import Period
from bot.domain.questions import KINDS, TICKED
from bot.domain.survey_counts import ASK
from bot.domain.survey_waves import Sheet, Terms
from bot.domain.surveys import Question
from bot.services import Services, survey_actions, survey_answers, survey_close, survey_opening, survey_waves
from handlers.demo.outage import Tell
from storage import outbox, waves

LEAD = Asker("U0ADMIN", frozenset({"ai_lead", "ops"}), "Europe/Oslo", admin=True)
TEAMS = ("research", "platform", "product")
CAST = ("U0MLENG", "U0SRE", "U0DATA", "U0EXEC", "U0PRODUCT", "U0RISK")
PEOPLE = (*CAST, *(f"U9P{n:03}" for n in range(7, 21)))
READERS = "U0ADMIN U0MLENG U0SRE U0PRODUCT U0EXEC U0RISK U0DATA"
CUSTODIAN = Asker("U0RISK")
"""Who keeps the key of what is sealed."""
ENGAGED_AGO, LASTED = timedelta(weeks=5), timedelta(days=2)
PULSE, ENGAGEMENT, OPEN = "weekly-pulse", "engagement", "kpi-literacy"
COMMENTS = (
    "Deploys got quicker, thank you.",
    "Too many meetings on Mondays.",
    "I would like to know earlier what we stop doing.",
    "The new evaluation set helps.",
)


@dataclass(frozen=True, slots=True)
class _Directory:
    """The people of the past, for whom no workspace is asked."""

    def of(self, audience: Audience) -> tuple[Member, ...]:
        return tuple(Member(user, "Europe/Oslo", "en-GB") for user in audience.people)

    def names(self, _: Audience) -> Mapping[str, str]:
        return {}


def play(services: Services, tell: Tell) -> None:
    """Ask, answer and close what lies in the past; start what is open."""
    now, rng = services.now(), Random(7)  # noqa: S311 - an example is to be the same every time
    for weeks, low in ((3, False), (2, True)):
        _wave(services, tell, PULSE, now - timedelta(weeks=weeks), rng, leaning=-1 if low else 0)
    _wave(services, tell, ENGAGEMENT, now - ENGAGED_AGO, rng, leaning=0)
    noted = replace(services, now=lambda: now - timedelta(weeks=1))
    due = (now + timedelta(days=10)).date().isoformat()
    action = {"add": "No meetings on Monday mornings", "owner": "U0PRODUCT", "due": due}
    survey_actions.add(noted, LEAD, PULSE, action)
    tell(noted)
    survey_waves.start(services, LEAD, OPEN, Terms(audience="C0GENERAL", closes="5d", viewers=READERS), key="example")


def covers(services: Services, kpi: str, period: Period) -> bool:
    """Whether the figure of a period comes from the survey of the past, and from no story."""
    return kpi == ENGAGEMENT and period.contains(services.now() - ENGAGED_AGO + LASTED)


def _wave(services: Services, tell: Tell, name: str, opens: datetime, rng: Random, *, leaning: int) -> None:
    then = replace(services, now=lambda: opens)
    file = "\n".join(["person,team", *(f"{user},{TEAMS[n % 3]}" for n, user in enumerate(PEOPLE))])
    private, public = ballots.key_pair()
    kept = {"custodian": CUSTODIAN.user_id, "public_key": public} if name == ENGAGEMENT else {}
    terms = Terms(file=file, closes="3d", channel="C0GENERAL", viewers=READERS, cuts="team", **kept)
    opening = survey_waves.start(then, LEAD, name, terms)
    survey_opening.run(then, _Directory(), str(opening.id))
    with services.db.read() as connection:
        row = waves.get(connection, opening.id)
    assert row is not None
    questions = survey_waves.questions_of(row)
    later = replace(services, now=lambda: opens + timedelta(days=1))
    for number, user in enumerate(PEOPLE[:-2]):
        _answer(later, opening.id, user, _answers(questions, rng, number, leaning))
    closes = replace(services, now=lambda: opens + LASTED)
    _arrived(services, row.id, opens)
    if survey_close.by_hand(closes, LEAD, name).what == "sealed":
        survey_close.unlock(closes, CUSTODIAN, opening.id, private)
    tell(closes)


def _arrived(services: Services, wave: int, at: datetime) -> None:
    """Take the invitations for sent: nobody is written to about the past."""
    with services.db.begin() as connection:
        for each in outbox.everything(connection):
            if each.subject == survey_waves.SUBJECT.format(id=wave):
                outbox.change(connection, each.id, state="sent", sent_at=at)


def _answer(services: Services, wave: int, user: str, given: dict[str, str]) -> None:
    kept = survey_answers.keep(services, user, wave, 1, given)
    while isinstance(kept, Sheet):
        kept = survey_answers.keep(services, user, wave, kept.page, given)


def _answers(questions: Sequence[Question], rng: Random, number: int, leaning: int) -> dict[str, str]:
    given: dict[str, str] = {}
    for question in questions:
        given |= _given(question, rng, number, leaning)
    return given


def _given(question: Question, rng: Random, number: int, leaning: int) -> dict[str, str]:
    match question.kind:
        case "agree":
            return {question.id: str(min(question.points, max(1, rng.choice((2, 3, 4, 4, 5)) + leaning)))}
        case "ten":
            return {question.id: str(rng.choice((5, 7, 8, 9, 9, 10)))}
        case "comment":
            if number % 4 or number // 4 >= len(COMMENTS):
                return {}
            may_be_asked = {question.id + ASK: TICKED} if number < len(CAST) else {}
            return {question.id: COMMENTS[number // 4], **may_be_asked}
    asked = KINDS[question.kind].inputs(question, "en")[0]
    return {asked.name: _first(pick.value for pick in asked.picks)} if asked.picks else {}


def _first(values: Iterable[str]) -> str:
    return next(iter(values))
