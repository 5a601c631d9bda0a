"""Questions back to the authors of comments, and their answers: in daily batches; whoever asks does not learn who they are."""

import hashlib
import hmac
import logging
import random
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot import ballots
from bot.domain.deliveries import Envelope, Missing, Postponed, Sent, Throttled, Unknown, Unreadable
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.sentences import Spoken, Unfit
from bot.domain.survey_reports import AskedBack, Comment
from bot.domain.survey_waves import label
from bot.key_files import KeysNotHere
from bot.presenters import pulse_results as presenter
from bot.services import Services, deliveries, survey_hours, survey_viewers, survey_waves
from bot.services.dispatch import Poster
from storage import Connection, audit, queue, surveys, wave_results, waves
from storage.wave_results import FollowUp
from storage.waves import StoredWave

JOB = "survey.follow"
"""The job of the queue that carries one day's questions and answers."""
KEPT = timedelta(days=30)
"""How long after its close the authors of a wave's comments can be asked; then the key to their names is destroyed."""
LONGEST_NAME = 100
LONGEST_REPLY, LETTERS = 1_200, 300
"""Bytes of UTF-8, and the letters of any script that always fit."""
LONGEST_QUESTION = 1_000
MOST_ASKED = 3
"""About one comment: each more tells more of who wrote it."""
TRIES = 4
NOBODY = ("", "", "")
"""The author of a comment who does not want to be asked any more."""
ARRIVED = "\n"
"""In place of an answer, sealed as one: the question has reached its author."""

log = logging.getLogger(__name__)


class TooLateToAsk(Spoken):
    """{words}"""

    def __init__(self) -> None:
        """The author did not agree to it, or their name is locked away for good."""
        super().__init__("too_late_to_ask", days=KEPT.days)


def ask(services: Services, asker: Asker, comment_id: str, question: str) -> None:
    """Have the author of a comment asked something, in the next daily batch.

    :raises InvalidInput: it has no words or too many, or as many as may be asked about one comment were.
    :raises TooLateToAsk: they did not agree to it, or their name is locked away for good.
    :raises NotAllowed: the asker does not see these comments.
    """
    words = _on_a_line(question)
    if not words:
        raise InvalidInput("The question is missing; write what you would like to know.", "question")
    if len(words) > LONGEST_QUESTION:
        raise InvalidInput(f"Ask in up to {LONGEST_QUESTION} characters.", "question")
    with services.db.begin() as connection:
        comment = wave_results.comment(connection, comment_id)
        row = waves.get(connection, comment.wave_id, lock=True) if comment else None
        if comment is None or row is None or comment.author is None:
            raise TooLateToAsk
        survey_viewers.insist_may_see(asker, row, "")
        before = len(asked_back(connection, row.id).get(comment_id, ()))
        if before >= MOST_ASKED:
            raise InvalidInput(_all_asked(row), "question")
        key = _key(services, row)
        new = f"{before}{secrets.token_hex(16)[1:]}"  # they are read by their ids: those of a comment as they were asked
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


def _all_asked(row: StoredWave) -> str:
    there = f"/pulse comments {row.survey} wave={row.number} shows them and what was answered."
    return f"{MOST_ASKED} questions were asked about this comment, and no more can be; {there}"


def asked_back(connection: Connection, wave_id: int) -> dict[str, tuple[AskedBack, ...]]:
    """The questions back about the comments of a wave, by comment, each with its answer once whoever asked was told."""
    found: dict[str, tuple[AskedBack, ...]] = {}
    for each in wave_results.follow_ups(connection, wave_id):
        told = AskedBack(each.question, each.asked_by, each.reply_text)
        found[each.comment_id] = (*found.get(each.comment_id, ()), told)
    return found


def reply(services: Services, user: str, follow_up_id: str, words: str) -> None:
    """Keep what the author of a comment answers, sealed until the next daily batch. Nobody else can answer for them.

    :raises TooLateToAsk: it is not theirs, or the time is over.
    """
    said = _on_a_line(words)
    if not said or len(said.encode()) > LONGEST_REPLY:
        raise Unfit("reply_length", "reply", most=LETTERS)
    with services.db.begin() as connection:
        row, key, found, _ = _own(services, connection, user, follow_up_id)
        _seal_anew(connection, row, key, lambda number, before: said if number == found.id else before)


def asked(services: Services, user: str, follow_up_id: str) -> tuple[str, str, str]:
    """What the author of a comment is asked about it: the comment, the question, and what they answered and may still change.
    Nobody else is told.

    :raises TooLateToAsk: it is not theirs, or the time is over.
    """
    with services.db.begin() as connection:
        _, key, found, comment = _own(services, connection, user, follow_up_id)
        return comment.text, found.question, ballots.shown(key, found.id, found.reply or b"").strip()


def forget(services: Services, wave_id: int, user: str) -> None:
    """Nobody can ask this person back any more in a wave. All its names are sealed anew: whose went, nobody can tell."""
    with services.db.begin() as connection:
        held = waves.get(connection, wave_id, lock=True)
        if held is None or not survey_waves.key_files(services).has(reply_key(held)):
            return
        key = _key(services, held)
        for each in wave_results.comments(connection, held.id):
            if each.author is not None:
                author = author_of(key, each)
                kept = sealed_author(key, each.id, *(NOBODY if author[0] == user else author))
                wave_results.change_author(connection, each.id, kept)


def sealed_author(key: bytes, comment: str, user: str, zone: str, language: str) -> bytes:
    """Who wrote a comment, the zone of their clock and their language, sealed under the key for replies of its wave."""
    return ballots.hidden(key, comment, f"{user} {zone} {language}", LONGEST_NAME)


def author_of(key: bytes, comment: Comment) -> tuple[str, str, str]:
    """Who wrote a comment, the zone of their clock and their language; `NOBODY` if they do not want to be asked any more."""
    user, _, rest = ballots.shown(key, comment.id, comment.author or b"").partition(" ")
    zone, _, language = rest.partition(" ")
    return user, zone, language


def _own(
    services: Services, connection: Connection, user: str, follow_up_id: str
) -> tuple[StoredWave, bytes, FollowUp, Comment]:
    """A question that has reached its author, for nobody else; its wave is held until the transaction ends."""
    found = wave_results.follow_up(connection, follow_up_id)
    comment = wave_results.comment(connection, found.comment_id) if found else None
    row = waves.get(connection, comment.wave_id, lock=True) if comment else None
    if found is None or comment is None or row is None or comment.author is None or found.state != "asked":
        raise TooLateToAsk
    key = _key(services, row)
    if author_of(key, comment)[0] != user:
        raise TooLateToAsk
    return row, key, found, comment


def _on_a_line(typed: str) -> str:
    """What was typed, without what a database does not take: one such answer would hold up all others of its batch."""
    return " ".join(typed.replace("\0", " ").encode("utf-8", "replace").decode().split())


def fire(services: Services) -> None:
    """Once a day, at an hour drawn for it, have questions and answers taken up; each hour, have questions carried to those
    who may be written to then; and let keys go whose time is over. A process without the key of a wave leaves it to others.
    """
    now, files = services.now(), survey_waves.key_files(services)
    with services.db.read() as connection:
        found = [(row, wave_results.has_follow_ups(connection, row.id)) for row in wave_results.with_authors(connection)]
    for row, has_follow_ups in found:
        if row.closes_at + KEPT <= now:
            _let_go(services, row)
        elif has_follow_ups and files.has(reply_key(row)):
            turn = _hour_of(now, _key(services, row))
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
        _seal_anew(connection, row, key, lambda number, before: before or (ARRIVED if number in carried else ""))


def _seal_anew(connection: Connection, row: StoredWave, key: bytes, words: Callable[[str, str], str]) -> None:
    """Seal all that wait, as `words` has it of their ids and what was sealed: from outside each has changed, whosever it is."""
    for each in wave_results.follow_ups(connection, row.id, "asked"):
        kept = words(each.id, ballots.shown(key, each.id, each.reply or b""))
        wave_results.change_follow_up(connection, each.id, reply=ballots.hidden(key, each.id, kept, LONGEST_REPLY))


def _due(services: Services, connection: Connection, row: StoredWave, key: bytes) -> list[Envelope]:
    """The questions that have not reached their authors and may now."""
    comments = {each.id: each for each in wave_results.comments(connection, row.id)}
    left_alone, found = surveys.opted_out(connection), []
    for each in wave_results.follow_ups(connection, row.id, "asked"):
        if not ballots.shown(key, each.id, each.reply or b""):
            user, zone, language = author_of(key, comments[each.comment_id])
            if user and user not in left_alone and survey_hours.next_hour(services, zone, by_hand=False) <= services.now():
                found.append(Envelope(each.id, "survey", user, presenter.question(each.id, each.question, language)))
    return found


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


def _hour_of(now: datetime, key: bytes) -> datetime:
    """The hour of the day's batch between 9 and 17 UTC: another each day, the same for all replicas, known to no one else."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    drawn = int.from_bytes(hmac.digest(key, day.isoformat().encode(), hashlib.sha256))
    return day + timedelta(minutes=9 * 60 + drawn % (8 * 60))


def _key(services: Services, row: StoredWave) -> bytes:
    return survey_waves.key_files(services).read(reply_key(row))


def reply_key(row: StoredWave) -> str:
    """What the key file is called that opens the names of a wave's authors."""
    return f"{row.key_id}-replies"
