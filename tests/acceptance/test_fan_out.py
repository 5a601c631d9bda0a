"""A survey goes out to many while Slack fails and processes are killed: everybody is invited once, and no answer is lost.

BAROMETER_FAN_OUT_PEOPLE says how many there are (300 by default; 10,000 take half an hour), BAROMETER_FAN_OUT_RATE how many
messages a second are allowed (20 by default), BAROMETER_FAN_OUT_KILLS how often a process is killed (4 times, and one more for
each 1,000 people).
"""

import os
import threading
import time
from collections import Counter
from pathlib import Path

from bot.services.dispatch import CATCHING_UP
from storage import wave_results
from tests.acceptance.fan_out import FanOut, asked, fan_out, seconds_of

PEOPLE = int(os.environ.get("BAROMETER_FAN_OUT_PEOPLE", "300"))
RATE = float(os.environ.get("BAROMETER_FAN_OUT_RATE", "20"))
KILLS = int(os.environ.get("BAROMETER_FAN_OUT_KILLS", 4 + PEOPLE // 1_000))
ENOUGH = min(40, PEOPLE // 5)
"""Answers: so many at least, that their distribution is published whole."""
MANY = 5_000
"""From so many on, what is missed while a process that was killed starts again is caught up on before the end."""
LONGEST_WAIT = 300 + 4 * PEOPLE / RATE
"""Seconds: longer than the longest pause between two tries, five minutes."""


def test_everybody_is_invited_once_and_no_answer_is_lost_though_processes_are_killed(database_url: str, tmp_path: Path) -> None:
    with fan_out(database_url, tmp_path, PEOPLE, RATE) as stage:
        stage.slack.retry_after = "2"
        stage.slack.fail_now_and_then(7, 1 / 8)
        began = time.monotonic()
        stage.open()
        people = threading.Thread(target=stage.keep_answering, args=[max(0.05, PEOPLE / 3_000)])
        people.start()
        try:
            stage.kill_one(within=0.4)
            while stage.kills < KILLS:
                stage.kill_one(within=max(2.5, 1.5 * PEOPLE / RATE / KILLS))
            stage.wait_until_all_is_said(LONGEST_WAIT)
            during = len(stage.answers)
            while len(stage.answers) < ENOUGH:
                time.sleep(0.2)
        finally:
            stage.stop.set()
            people.join()
        report(stage, time.monotonic() - began)
        stage.assert_everybody_was_invited_once()
        assert during > 0, "some answered while others were still being invited"
        assert_as_fast_as_is_allowed(stage)
        assert_every_answer_counts(stage)


def test_it_goes_as_fast_as_is_allowed_and_no_faster(database_url: str, tmp_path: Path) -> None:
    with fan_out(database_url, tmp_path, PEOPLE, RATE) as stage:
        began = time.monotonic()
        stage.open()
        stage.wait_until_all_is_said(LONGEST_WAIT)
        report(stage, time.monotonic() - began)
        stage.assert_everybody_was_invited_once()
        assert_as_fast_as_is_allowed(stage)


def assert_as_fast_as_is_allowed(stage: FanOut) -> None:
    if PEOPLE >= MANY:
        assert stage.rate() >= 0.95 * RATE
    assert stage.most_within(10) <= (10 / CATCHING_UP + 1) * RATE, "those who missed their turns catch up, but not in a burst"


def assert_every_answer_counts(stage: FanOut) -> None:
    """What was acknowledged, before a kill or between two, is counted, each once."""
    wave = stage.close()
    assert wave.receipt["opened"] == len(stage.answers)
    with stage.database.read() as connection:
        counts = wave_results.counts(connection, [wave.id])[wave.id]
    for question in asked(wave):
        found = {each.value: each.n for each in counts if each.question == question and each.cut == "all" and each.n}
        assert found == dict(Counter(stage.answers.values())), question


def report(stage: FanOut, seconds: float) -> None:
    calls, waits = Counter(method for method, _ in stage.slack.calls), len(stage.slack.throttled)
    print(f"{PEOPLE} people in {seconds / 60:.1f} min, {stage.kills} kills, {len(stage.answers)} answers; {dict(calls)}")
    free, rate = seconds_of(stage.unhindered()), stage.rate()
    print(f"{rate:.2f} of {RATE:g} posts a second ({rate / RATE:.1%}) in {free:.0f} s, {waits} times asked to wait")
    print(f"the most in ten seconds: {stage.most_within(10)}")
