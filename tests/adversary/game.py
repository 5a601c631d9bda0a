"""The linkage game: a wave is answered one by one while somebody looks at all of the database, and then guesses."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scipy.stats import binomtest

from bot.ballots import CAST, Ballot
from bot.domain.audiences import Member
from bot.domain.survey_waves import label
from bot.services import survey_answers
from storage import Database
from storage.waves import StoredWave
from tests.adversary.attacks import WHO_AGAIN, WHO_SAID_WHAT, WHO_WHEN, Attack, Case
from tests.adversary.careless import Careless
from tests.adversary.looks import eye_on
from tests.services.survey_world import Directory, World

PEOPLE = 40
ALPHA = 0.001
"""The chance that any of all attacks seems to succeed, though each only guesses."""
AGAIN, WITHDRAWN = 15, 5
"""How many come a second time, and how many of them take back what they answered."""
TOLD_WHO = ("said: order of ids", "said: order of invitations")
"""The attacks that are told who said anything: they guess one of these, and not of all."""
ATTACKS: Mapping[str, Attack] = {
    **{f"said: {name}": attack for name, attack in WHO_SAID_WHAT.items()},
    **{f"when: {name}": attack for name, attack in WHO_WHEN.items()},
    **{f"again: {name}": attack for name, attack in WHO_AGAIN.items()},
}
Truth = Mapping[str, Mapping[str, str]]
"""Who "said" what in the end, "when" who came, by the number of the step, and who came "again" in the second pass."""
Answer = Callable[[StoredWave, str, str], None]
"""Lets a person answer a wave with these words."""


@dataclass
class Tally:
    """How often an attack was right that guesses one `among` so many people."""

    among: int = PEOPLE
    right: int = 0
    of: int = 0

    @property
    def chance(self) -> float:
        """The chance to be right so often by guessing: one-sided."""
        return float(binomtest(self.right, self.of, 1 / self.among, alternative="greater").pvalue)


@dataclass
class Game:
    """Everything that was guessed so far, by attack with what it is after."""

    every: dict[str, Tally] = field(default_factory=lambda: {name: Tally(_among(name)) for name in ATTACKS})

    def judge(self, case: Case, truth: Truth, chance: random.Random) -> None:
        """Let every attack guess."""
        for name, attack in ATTACKS.items():
            _count(self.every[name], attack, case, true_for(name, truth), chance)

    @property
    def above_chance(self) -> dict[str, Tally]:
        """The attacks that were right too often to have guessed: Bonferroni's bound over all of them."""
        return {name: tally for name, tally in self.every.items() if tally.chance < ALPHA / len(self.every)}


def _among(attack: str) -> int:
    return PEOPLE - WITHDRAWN if attack in TOLD_WHO else PEOPLE


def true_for(attack: str, truth: Truth) -> Mapping[str, str]:
    """What an attack would guess if it saw through."""
    return truth[attack.partition(": ")[0]]


def _count(tally: Tally, attack: Attack, case: Case, true: Mapping[str, str], chance: random.Random) -> None:
    guessed = attack(case, chance)
    assert guessed.keys() == true.keys()
    tally.right += sum(guessed[what] == who for what, who in true.items())
    tally.of += len(true)


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
) -> tuple[Case, Truth]:
    """One wave, which all answer and some answer otherwise or take it back; what the adversary saw of it, and what is true.

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
    arrived, returned = chance.sample(people, len(people)), chance.sample(people, AGAIN)
    taken_back = set(chance.sample(returned, WITHDRAWN))
    eye, said = eye_on(database), {user: words(n) for n, user in enumerate(arrived)}
    looks = [eye.look()]
    for user in arrived:
        answer(row, user, said[user])
        looks.append(eye.look())
    again = looks[-1:]
    for n, user in enumerate(returned, PEOPLE):
        if user in taken_back:
            survey_answers.withdraw(world.services, user, row.id)
            del said[user]
        else:
            said[user] = words(n)
            answer(row, user, said[user])
        again.append(eye.look())
    world.close()
    after = eye.look()
    eye.close()
    known = (str(row.id), row.key_id, label(row.survey, row.number), row.survey)
    case = Case(people, arrived, frozenset(said), looks, again, after, "wave_comment", "ballot", "invitation", known, row.id)
    return case, _truth(said, arrived, returned)


def _truth(said: Mapping[str, str], arrived: Sequence[str], returned: Sequence[str]) -> Truth:
    passes = {"when": arrived, "again": returned}
    steps = {what: {str(n): user for n, user in enumerate(came)} for what, came in passes.items()}
    return {"said": {text: user for user, text in said.items()}, **steps}


OF_THEIR_OWN = ("coded", "counted", "counted_as_asked")
"""The careless tables of answers in which one attack alone finds everybody."""


def play_carelessly(database: Database, chance: random.Random) -> tuple[dict[str, Case], Truth]:
    """The same with a careless survey, as each attack may find it: by the table that it looks at."""
    people = crowd()
    careless = Careless(database, chance.sample(people, len(people)))
    arrived, returned = chance.sample(people, len(people)), chance.sample(people, AGAIN)
    eye, said = eye_on(database), {user: words(n) for n, user in enumerate(arrived)}
    # PostgreSQL logs rows once more when they are first read, and writes that out at the second look.
    looks = [eye.look() for _ in range(3)][-1:]
    for user in arrived:
        careless.keep(user, said[user])
        looks.append(eye.look())
    again = looks[-1:]
    for n, user in enumerate(returned):
        careless.put(user, Ballot() if n < WITHDRAWN else Ballot(CAST, b"otherwise"))
        again.append(eye.look())
    careless.close()
    after = eye.look()
    eye.close()
    tables = {**dict.fromkeys(("answer", "unpadded", "done", "sealed"), "answer"), **{name: name for name in OF_THEIR_OWN}}
    cases = {
        kept: Case(people, arrived, frozenset(said), looks, again, after, lies, kept, "asked", ())
        for kept, lies in tables.items()
    }
    return cases, _truth(said, arrived, returned)


CARELESS: Mapping[str, str] = {
    **{name: {"said": "answer", "when": "done", "again": "sealed"}[name.partition(": ")[0]] for name in ATTACKS},
    "said: order of ids": "counted",
    "said: order of invitations": "counted_as_asked",
    "said: enumerated hashes": "coded",
    "said: lengths": "unpadded",
}
"""In which careless table each attack must find everybody."""
