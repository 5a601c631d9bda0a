"""A wave to play with: people, a directory that knows them, and a clock."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import ballots
from bot.domain.audiences import Audience, Member
from bot.domain.people import Asker
from bot.domain.survey_waves import Terms
from bot.services import Services, survey_answers, survey_cleaning, survey_close, survey_opening, survey_waves, surveys
from bot.services.people import grant
from storage import outbox, waves
from storage.waves import StoredWave
from tests.conftest import NOW

OWNER = Asker("U0OWNER", roles=frozenset({"team_lead"}))
CHANNEL = "C0TEAM"
SURVEY = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: team-check
    title: Team check
    closes: 3d
    questions:
      - {id: goals, kind: agree, text: I know what we want to reach., index: true}
      - {id: pride, kind: agree, text: I am proud of what we do., index: true}
      - {id: recommend, kind: ten, text: Would you recommend this team?}
      - {id: remote, kind: yes_no, text: Do you work from home?}
      - {id: more, kind: comment, text: Anything else?}
"""

OF_A_KPI = SURVEY.replace("    closes: 3d\n", "    closes: 3d\n    kpi: engagement\n")
"""The same, whose score is of a KPI."""


@dataclass
class Directory:
    """The workspace as it tells of people: those of the audience, and who may keep a key."""

    members: tuple[Member, ...]
    others: tuple[Member, ...] = (Member("U0KEEPER", "UTC", "en-US"),)

    def of(self, audience: Audience) -> tuple[Member, ...]:
        if audience.people:
            known = {m.user_id: m for m in (*self.members, *self.others)}
            return tuple(known.get(p, Member(p, is_unknown=True)) for p in audience.people)
        return self.members

    def names(self, audience: Audience) -> Mapping[str, str]:
        return {}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **span: float) -> None:
        self.now += timedelta(**span)


def people(n: int) -> tuple[Member, ...]:
    return tuple(Member(f"U{i:04}", "UTC", "en-US") for i in range(1, n + 1))


@dataclass
class World:
    """Services at a clock of their own, with a survey in them."""

    services: Services
    clock: Clock
    directory: Directory = field(default_factory=lambda: Directory(people(12)))
    delivers: bool = False
    """Whether invitations arrive as soon as they are written."""

    def open(self, survey: str = "team-check", asker: Asker = OWNER, **terms: str) -> StoredWave:
        opening = survey_waves.start(self.services, asker, survey, Terms(**{"audience": CHANNEL, **terms}))
        survey_opening.run(self.services, self.directory, str(opening.id))
        if self.delivers:
            self.invite_all(self.row(opening.id))
        return self.row(opening.id)

    def invite_all(self, row: StoredWave, users: Collection[str] = ()) -> None:
        """Have every invitation to a wave arrive, or those of some."""
        with self.services.db.begin() as connection:
            sent = {"state": "sent", "sent_at": self.clock.now}
            for each in outbox.everything(connection):
                if each.subject == survey_waves.SUBJECT.format(id=row.id) and (not users or each.target in users):
                    outbox.change(connection, each.id, **sent)

    def row(self, wave_id: int) -> StoredWave:
        with self.services.db.read() as connection:
            row = waves.get(connection, wave_id)
        assert row is not None
        return row

    def answer(self, row: StoredWave, user: str, **given: str) -> None:
        page = 1
        while True:
            kept = survey_answers.keep(self.services, user, row.id, page, given)
            if not hasattr(kept, "inputs"):
                return
            page += 1

    def all_answer(self, row: StoredWave, users: Iterable[str], answers: Mapping[str, Mapping[str, str]] | None = None) -> None:
        for n, user in enumerate(users):
            given = (answers or {}).get(user) or {
                "goals": str(1 + n % 5),
                "pride": str(1 + (n + 2) % 5),
                "recommend": str(n % 11),
            }
            self.answer(row, user, **given)

    def close(self, survey: str = "team-check", asker: Asker = OWNER) -> str:
        """Close a wave, and clean up after it, as the clock does until it can."""
        ended = survey_close.by_hand(self.services, asker, survey)
        if ended.what != "extended":
            self.clean(survey)
        return ended.what

    def clean(self, survey: str = "team-check") -> None:
        with self.services.db.read() as connection:
            row = waves.of_survey(connection, survey)[0]
        until = time.monotonic() + 60
        while not survey_cleaning.clean(self.services, row.id):
            assert time.monotonic() < until, "somebody else is at work in the database for very long"
            time.sleep(0.2)

    def state_of(self, row: StoredWave, user: str) -> int:
        keys = survey_answers.keys_of(self.services, row)
        slot = ballots.slot_of(keys, row.key_id, user)
        with self.services.db.read() as connection:
            body = waves.ballot_at(connection, row.id, slot)
        assert body is not None
        return ballots.opened(keys, row.key_id, slot, body).state


def world_in(services: Services) -> World:
    clock = Clock()
    own = replace(services, now=clock)
    admin = Asker("U0ADMIN", admin=True)
    surveys.save(own, admin, SURVEY)
    for lead in (OWNER.user_id, "U0001"):
        grant(own, admin, lead, "team_lead")
    return World(own, clock)
