"""The linkage game on real databases: no attack ties answers to people, or people to moments, better than guessing does."""

import os
import random

from bot.services import Services
from storage import Database
from tests.adversary.game import (
    AGAIN,
    ATTACKS,
    CARELESS,
    PEOPLE,
    WITHDRAWN,
    Game,
    play,
    play_carelessly,
    services_answer,
    true_for,
)
from tests.services.survey_world import world_in

ONLY_ON_POSTGRESQL = ("said: order of transactions", "said: same transaction", "when: ids in the database's log")
GUESSES = {"said": PEOPLE - WITHDRAWN, "when": PEOPLE, "again": AGAIN}
"""In each wave, by what an attack is after."""


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
    guesses = {name: tally.of for name, tally in game.every.items()}
    assert guesses == {name: GUESSES[name.partition(": ")[0]] * waves_of(services.db) for name in ATTACKS}


def test_every_attack_finds_everybody_in_a_careless_survey(db: Database) -> None:
    """What finds nothing in ours is worth nothing unless it finds everybody where nobody took care."""
    chance = random.Random(20261124)
    cases, truth = play_carelessly(db, chance)
    missed = {}
    for name, attack in ATTACKS.items():
        if not (db.is_sqlite and name in ONLY_ON_POSTGRESQL):
            guessed = attack(cases[CARELESS[name]], chance)
            missed[name] = sum(guessed.get(what) != who for what, who in true_for(name, truth).items())
    assert missed == dict.fromkeys(missed, 0)
    assert len(missed) > 8
