"""The linkage game on real databases: no attack ties answers to people, or people to moments, better than guessing does."""

import os
import random

from bot.services import Services
from storage import Database
from tests.adversary.attacks import WHO_SAID_WHAT, WHO_WHEN
from tests.adversary.game import CARELESS, PEOPLE, Game, play, play_carelessly, services_answer
from tests.services.survey_world import world_in

ONLY_ON_POSTGRESQL = ("order of transactions", "same transaction", "ids in the database's log")


def waves_of(database: Database) -> int:
    """How many waves are played; more with BAROMETER_GAME_WAVES, for the figures of docs/anonymity.md."""
    return int(os.environ.get("BAROMETER_GAME_WAVES", "6" if database.is_sqlite else "2"))


def test_no_attack_is_better_than_guessing(services: Services) -> None:
    chance, game = random.Random(20261124), Game()
    world = world_in(services)
    for n in range(waves_of(services.db)):
        case, truth = play(world, services_answer(world), chance, restless=n % 2 == 1)
        game.judge(case, truth, chance)
    print("\n".join(f"{name}: {t.right} of {t.of}, p = {t.chance:.2f}" for name, t in game.every.items()))
    assert game.above_chance == {}
    assert all(tally.of == PEOPLE * waves_of(services.db) for tally in (*game.said.values(), *game.when.values()))


def test_every_attack_finds_everybody_in_a_careless_survey(db: Database) -> None:
    """What finds nothing in ours is worth nothing unless it finds everybody where nobody took care."""
    chance = random.Random(20261124)
    cases = play_carelessly(db, chance)
    missed = {}
    for name, attack in {**WHO_SAID_WHAT, **{f"when: {name}": each for name, each in WHO_WHEN.items()}}.items():
        case, truth = cases[CARELESS[name]]
        steps = {str(n): user for n, user in enumerate(case.arrived)}
        if not (db.is_sqlite and name.removeprefix("when: ") in ONLY_ON_POSTGRESQL):
            missed[name] = sum(
                attack(case, chance).get(what) != who for what, who in (steps if "when" in name else truth).items()
            )
    assert missed == dict.fromkeys(missed, 0)
    assert len(missed) > 8
