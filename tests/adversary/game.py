"""The linkage game: a wave is answered one by one while somebody looks at all of the database, and then guesses."""

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scipy.stats import binomtest

from bot.domain.audiences import Member
from bot.domain.survey_waves import label
from bot.services import survey_answers
from storage import Database
from storage.waves import StoredWave
from tests.adversary.attacks import WHO_SAID_WHAT, WHO_WHEN, Attack, Case
from tests.adversary.careless import Careless
from tests.adversary.looks import eye_on
from tests.services.survey_world import Directory, World

PEOPLE = 40
ALPHA = 0.001
"""The chance that any of all attacks seems to succeed, though each only guesses."""
Answer = Callable[[StoredWave, str, str], None]
"""Lets a person answer a wave with these words."""


@dataclass
class Tally:
    """How often an attack was right."""

    right: int = 0
    of: int = 0

    @property
    def chance(self) -> float:
        """The chance to be right so often by guessing: one-sided."""
        return float(binomtest(self.right, self.of, 1 / PEOPLE, alternative="greater").pvalue)


@dataclass
class Game:
    """Everything that was guessed so far, by attack."""

    said: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in WHO_SAID_WHAT})
    when: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in WHO_WHEN})

    def judge(self, case: Case, truth: Mapping[str, str], chance: random.Random) -> None:
        """Let every attack guess: who said what, and who answered in each step."""
        steps = {str(n): user for n, user in enumerate(case.arrived)}
        for which, tallies, true in ((WHO_SAID_WHAT, self.said, truth), (WHO_WHEN, self.when, steps)):
            for name, attack in which.items():
                _count(tallies[name], attack, case, true, chance)

    @property
    def every(self) -> dict[str, Tally]:
        """All attacks with what they are after."""
        return {f"said: {n}": t for n, t in self.said.items()} | {f"when: {n}": t for n, t in self.when.items()}

    @property
    def above_chance(self) -> dict[str, Tally]:
        """The attacks that were right too often to have guessed: Bonferroni's bound over all of them."""
        return {name: tally for name, tally in self.every.items() if tally.chance < ALPHA / len(self.every)}


def _count(tally: Tally, attack: Attack, case: Case, truth: Mapping[str, str], chance: random.Random) -> None:
    guessed = attack(case, chance)
    assert guessed.keys() == truth.keys()
    tally.right += sum(guessed[what] == who for what, who in truth.items())
    tally.of += len(truth)


def crowd() -> list[str]:
    """People with ids that stand nowhere else, not even in what other tests leave on the same server."""
    mark = secrets.token_hex(4).upper()
    return [f"U{mark}{n:02}" for n in range(PEOPLE)]


def words(n: int) -> str:
    """What somebody says: words that stand nowhere else, each of another length."""
    return f"canary {secrets.token_hex(8)} {'x' * (n + 1)}"


def services_answer(world: World) -> Answer:
    """Answers through the service."""

    def answer(row: StoredWave, user: str, said: str) -> None:
        world.answer(row, user, goals=str(1 + len(said) % 5), more=said)

    return answer


def play(
    world: World,
    answer: Answer,
    chance: random.Random,
    *,
    restless: bool = False,
    settled: Callable[[], object] = lambda: None,
) -> tuple[Case, dict[str, str]]:
    """One wave; what the adversary saw of it, and who really said what.

    `restless`: before that, some people answer and take it back, so that ballots are in every state. `settled` returns once
    every invitation has gone out.
    """
    people, database = crowd(), world.services.db
    world.directory = Directory(tuple(Member(user, "UTC", "en-US") for user in people))
    row = world.open()
    settled()
    if restless:
        for user in chance.sample(people, 5):
            answer(row, user, words(3))
            survey_answers.withdraw(world.services, user, row.id)
    arrived = chance.sample(people, len(people))
    eye, looks, truth = eye_on(database), [], {}
    looks.append(eye.look())
    for n, user in enumerate(arrived):
        truth[said := words(n)] = user
        answer(row, user, said)
        looks.append(eye.look())
    world.close()
    after = eye.look()
    eye.close()
    known = (str(row.id), row.key_id, label(row.survey, row.number), row.survey)
    return Case(people, arrived, looks, after, "wave_comment", "ballot", known, row.id), truth


def play_carelessly(database: Database, chance: random.Random) -> dict[str, tuple[Case, dict[str, str]]]:
    """The same with a careless survey, as each attack may find it: by the table that it looks at."""
    careless, people = Careless(database), crowd()
    arrived = chance.sample(people, len(people))
    eye, looks, truth = eye_on(database), [], {}
    looks.append(eye.look())
    for n, user in enumerate(arrived):
        truth[said := words(n)] = user
        careless.keep(user, said)
        looks.append(eye.look())
    careless.close()
    after = eye.look()
    eye.close()
    tables = {"answer": "answer", "coded": "coded", "unpadded": "answer", "done": "answer"}
    return {kept: (Case(people, arrived, looks, after, said, kept, ()), truth) for kept, said in tables.items()}


CARELESS: Mapping[str, str] = {
    **dict.fromkeys(WHO_SAID_WHAT, "answer"),
    "enumerated hashes": "coded",
    "lengths": "unpadded",
    **{f"when: {name}": "done" for name in WHO_WHEN},
}
"""In which careless table each attack must find everybody."""
