"""Questions back to the authors of comments, and their answers: in daily batches, and nobody learns who they are."""

import logging
import random
import secrets
import time
from datetime import datetime, timedelta

from bot import ballots
from bot.domain.deliveries import Envelope, Missing, Postponed, Sent, Throttled, Unknown, Unreadable
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.survey_reports import Comment
from bot.domain.survey_waves import label
from bot.key_files import KeysNotHere
from bot.presenters import pulse_results as presenter
from bot.services import Services, deliveries, survey_hours, survey_viewers, survey_waves
from bot.services.dispatch import Poster
from storage import Connection, audit, queue, wave_results, waves
from storage.people import zone_of
from storage.wave_results import FollowUp
from storage.waves import StoredWave

JOB = "survey.follow"
"""The job of the queue that carries one day's questions and answers."""
KEPT = timedelta(days=30)
"""How long after its close the authors of a wave's comments can be asked; then the key to their names is destroyed."""
LONGEST_NAME = 40
LONGEST_REPLY = 1_200
LONGEST_QUESTION = 1_000
TRIES = 4
ARRIVED = "\n"
"""In place of an answer, sealed as one: the question has reached its author."""

log = logging.getLogger(__name__)


class TooLateToAsk(BarometerError):
    """Nobody can be asked about that comment: its author did not agree to it, or {days} days have passed."""


def ask(services: Services, asker: Asker, comment_id: str, question: str) -> None:
    """Have the author of a comment asked something, in the next daily batch.

    :raises TooLateToAsk: they did not agree to it, or their name is locked away for good.
    :raises NotAllowed: the asker does not see these comments.
    """
    words = _on_a_line(question)
    if not words or len(words) > LONGEST_QUESTION:
        raise InvalidInput(f"Ask in up to {LONGEST_QUESTION} characters.", "question")
    with services.db.begin() as connection:
        comment = wave_results.comment(connection, comment_id)
        row = waves.get(connection, comment.wave_id) if comment else None
        if comment is None or row is None or comment.author is None:
            raise TooLateToAsk(days=KEPT.days)
        survey_viewers.insist_may_see(asker, row, "")
        key = _key(services, row)
        new = secrets.token_hex(16)
        wave_results.add_follow_up(
            connection,
            id=new,
            comment_id=comment_id,
            question=words,
            asked_by=asker.user_id,
            state="waiting",
            reply=ballots.hidden(key, new, "", LONGEST_REPLY),
        )
        audit.write(connection, services.now(), Change(asker.user_id, "survey.ask", label(row.survey, row.number)))


def reply(services: Services, user: str, follow_up_id: str, words: str) -> None:
    """Keep what the author of a comment answers, sealed until the next daily batch. Nobody else can answer for them.

    :raises TooLateToAsk: it is not theirs, or the time is over.
    """
    said = _on_a_line(words)
    if not said or len(said.encode()) > LONGEST_REPLY:
        raise InvalidInput("Answer in up to 300 characters.", "reply")
    with services.db.begin() as connection:
        found = wave_results.follow_up(connection, follow_up_id)
        comment = wave_results.comment(connection, found.comment_id) if found else None
        row = waves.get(connection, comment.wave_id, lock=True) if comment else None
        if found is None or comment is None or row is None or comment.author is None or found.state != "asked":
            raise TooLateToAsk(days=KEPT.days)
        key = _key(services, row)
        if ballots.shown(key, comment.id, comment.author) != user:
            raise TooLateToAsk(days=KEPT.days)
        # All that wait are sealed anew: from outside, each has changed.
        for each in wave_results.follow_ups(connection, row.id, "asked"):
            kept = said if each.id == found.id else ballots.shown(key, each.id, each.reply or b"")
            wave_results.change_follow_up(connection, each.id, reply=ballots.hidden(key, each.id, kept, LONGEST_REPLY))


def _on_a_line(typed: str) -> str:
    """What was typed, without what a database does not take: one such answer would hold up all others of its batch."""
    return " ".join(typed.replace("\0", " ").encode("utf-8", "replace").decode().split())


def fire(services: Services) -> None:
    """Once a day, at an hour drawn for it, have questions and answers taken up; each hour, have questions carried to those
    who may be written to then; and let keys go whose time is over.
    """
    now = services.now()
    turn = _hour_of(now)
    with services.db.read() as connection:
        found = [(row, wave_results.has_follow_ups(connection, row.id)) for row in wave_results.with_authors(connection)]
    for row, has_follow_ups in found:
        if row.closes_at + KEPT <= now:
            _let_go(services, row)
        elif has_follow_ups:
            day = f"{row.id} {turn.date().isoformat()}"
            with services.db.begin() as connection:
                for argument in (day, f"{day} {now:%H}")[now < turn :]:
                    queue.enqueue(connection, JOB, argument, f"{JOB}:{argument}")


def run(services: Services, poster: Poster, argument: str) -> None:
    """Take up the day's questions and answers of one wave, or in an hour of it carry the questions that may arrive then."""
    number, _, *hour = argument.split()
    with services.db.begin() as connection:
        row = waves.get(connection, int(number), lock=True)
        if row is None or not survey_waves.key_files(services).has(reply_key(row)):
            return
        key = _key(services, row)
        if not hour:
            _tell_answers(services, connection, row, key)
            # All at once, wherever their authors are.
            for each in wave_results.follow_ups(connection, row.id, "waiting"):
                wave_results.change_follow_up(connection, each.id, state="asked")
            return
        due = _due(services, connection, row, key)
    random.SystemRandom().shuffle(due)
    carried = {each.id for each in due if _put(poster, each)}
    with services.db.begin() as connection:
        waves.get(connection, row.id, lock=True)
        # All sealed anew, carried or not: whose hours these are is nobody's business.
        for each in wave_results.follow_ups(connection, row.id, "asked"):
            kept = ballots.shown(key, each.id, each.reply or b"") or (ARRIVED if each.id in carried else "")
            wave_results.change_follow_up(connection, each.id, reply=ballots.hidden(key, each.id, kept, LONGEST_REPLY))


def _due(services: Services, connection: Connection, row: StoredWave, key: bytes) -> list[Envelope]:
    """The questions that have not reached their authors and may now."""
    comments = {each.id: each for each in wave_results.comments(connection, row.id)}
    asked = wave_results.follow_ups(connection, row.id, "asked")
    found = [
        _envelope(key, each, comments[each.comment_id]) for each in asked if not ballots.shown(key, each.id, each.reply or b"")
    ]
    zones = {each.target: zone_of(connection, each.target) or services.settings.timezone for each in found}
    now = services.now()
    return [each for each in found if survey_hours.next_hour(services, zones[each.target], by_hand=False) <= now]


def _envelope(key: bytes, each: FollowUp, comment: Comment) -> Envelope:
    author = ballots.shown(key, comment.id, comment.author or b"")
    return Envelope(each.id, "survey", author, presenter.question(each.id, comment.text, each.question))


def _tell_answers(services: Services, connection: Connection, row: StoredWave, key: bytes) -> None:
    """Tell whoever asked what was answered by now."""
    comments = {each.id: each for each in wave_results.comments(connection, row.id)}
    for each in wave_results.follow_ups(connection, row.id, "asked"):
        words = ballots.shown(key, each.id, each.reply).strip() if each.reply else ""
        if words:
            wave_results.change_follow_up(connection, each.id, state="told", reply=None, reply_text=words)
            message = presenter.answer(comments[each.comment_id].text, each.question, words)
            told = f"{waves.FOLLOWED}{each.id}"
            deliveries.post(services, connection, key=told, kind="notice", target=each.asked_by, message=message)


def _put(poster: Poster, envelope: Envelope) -> bool:
    """Post once, however often it is tried. False: that is left to the next batch."""
    for attempt in range(TRIES):
        found = poster.find(envelope)
        if isinstance(found, Sent | Unreadable):
            # Where the history cannot be read, the first try is the only one.
            if isinstance(found, Sent) or attempt:
                return True
            found = Missing()
        outcome = poster.post(envelope, lambda: True) if isinstance(found, Missing) else found
        match outcome:
            case Throttled(pause):
                time.sleep(min(pause.total_seconds(), 60))
            case Postponed() | Unknown():
                time.sleep(2**attempt)
            case _:
                return True
    return False


def _let_go(services: Services, row: StoredWave) -> None:
    """Tell what was answered in time, destroy the key, and forget whom it named.

    A process that does not have the key leaves that to one that does; a key that none finds is lost.
    """
    files, name = survey_waves.key_files(services), reply_key(row)
    with services.db.begin() as connection:
        held = waves.get(connection, row.id, lock=True)
        if held is None:
            return
        if files.has(name):
            _tell_answers(services, connection, held, _key(services, held))
    try:
        files.destroy(name)
    except KeysNotHere as error:
        if row.closes_at + 2 * KEPT > services.now():
            log.info("the authors of %s are not forgotten yet: %s", label(row.survey, row.number), error)
            return
    with services.db.begin() as connection:
        wave_results.forget_authors(connection, row.id)
    files.forget(name)


def _hour_of(now: datetime) -> datetime:
    """The hour of the day's batch: the same for all replicas, another each day, between 9 and 17 UTC."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(minutes=random.Random(day.isoformat()).randrange(9 * 60, 17 * 60))  # noqa: S311 - an hour of work


def _key(services: Services, row: StoredWave) -> bytes:
    return survey_waves.key_files(services).read(reply_key(row))


def reply_key(row: StoredWave) -> str:
    """What the key file is called that opens the names of a wave's authors."""
    return f"{row.key_id}-replies"
