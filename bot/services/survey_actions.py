"""What is done because of a survey: an action with an owner and a date, which the next wave reports on."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.parts import Message
from bot.domain.people import Asker, Change
from bot.domain.periods import read_date
from bot.domain.quantities import whole
from bot.domain.survey_reports import Action, Actions
from bot.domain.survey_waves import label
from bot.presenters import pulse_actions as presenter
from bot.services import Services, deliveries, survey_viewers
from bot.services.survey_audience import insist_belongs
from storage import Connection, audit, waves
from storage import surveys as stored

LONGEST = 300
LATEST = timedelta(days=3 * 365)
TOLD = 3
"""Actions that an invitation tells of."""


def asked(services: Services, asker: Asker, name: str, given: Mapping[str, str], channel: str = "") -> Actions:
    """The actions because of a survey; with `add`, one more; with `done`, one is done.

    :raises InvalidInput: a word cannot be read, or a new action lacks its owner or its date.
    :raises NotAllowed: the results are for others, or the asker neither owns the action nor made it.
    :raises NoWave: nothing of this survey was closed yet.
    """
    if given.get("add"):
        return add(services, asker, name, given, channel)
    if given.get("done"):
        return end(services, asker, name, given["done"], given.get("outcome", ""))
    return listing(services, asker, name, channel)


def listing(services: Services, asker: Asker, name: str, channel: str = "") -> Actions:
    """The actions because of a survey: all of them for those who may see its results, for others their own."""
    with services.db.read() as connection:
        row = survey_viewers.closed(services, connection, name, zone=asker.timezone)
        found = _all(services, connection, asker, row.survey)
        sees_some = survey_viewers.latest_for(connection, asker, row.survey, channel) is not None
    if asker.admin or survey_viewers.may_see(asker, row, channel):
        return replace(found, may_add=True)
    own = tuple(each for each in found.found if asker.user_id in (each.owner, each.made_by))
    return replace(found, found=own, may_add=sees_some, only_own=True)


def add(services: Services, asker: Asker, name: str, given: Mapping[str, str], channel: str = "") -> Actions:
    """Write an action down for the latest closed wave that the asker may see, or for admins the latest of all; the next
    invitation tells of it once it is done. Its owner is told, if that is somebody else.

    :raises ForOthers: the results of all waves are for others.
    :raises Outsider: the asker is none of the workspace.
    """
    insist_belongs(asker)
    words, owner, due = " ".join(given["add"].split()), given.get("owner", ""), given.get("due", "")
    if not words or len(words) > LONGEST:
        raise InvalidInput(f"Say what is done in up to {LONGEST} characters.", "add")
    if not owner:
        raise InvalidInput("Say who does it: owner=@somebody.", "owner")
    due_on = _day(due, services.now())
    now = services.now()
    with services.db.begin() as connection:
        if asker.admin:
            row = survey_viewers.closed(services, connection, name, zone=asker.timezone)
        else:
            row = survey_viewers.shown(services, connection, asker, name, channel=channel)
        new = stored.add_action(
            connection,
            wave_id=row.id,
            text=words,
            owner=owner,
            due_on=due_on,
            made_by=asker.user_id,
            made_at=now,
        )
        about = {"action": new, "text": words, "owner": owner, "due": due_on.isoformat()}
        audit.write(connection, now, Change(asker.user_id, "survey.action", label(row.survey, row.number), None, about))
        if owner != asker.user_id:
            told = presenter.yours(new, row.survey, words, due_on, asker.user_id)
            _tell(services, connection, owner, f"survey-action:{new}", told, by=asker.user_id)
        found = _all(services, connection, asker, row.survey)
    return replace(found, made=new)


def end(services: Services, asker: Asker, name: str, number: str, outcome: str) -> Actions:
    """Say that an action is done, and what came of it; that may be said later, once.

    :raises InvalidInput: there is no such action, or something else was said to have come of it.
    :raises NotAllowed: the asker neither owns it nor made it, and is no admin.
    """
    now = services.now()
    which = whole(number)
    if which is None:
        raise InvalidInput("done= is the number of an action, as the list shows it.", "done")
    with services.db.begin() as connection:
        survey = survey_viewers.closed(services, connection, name, zone=asker.timezone).survey
        action = stored.action(connection, which)
        if action is None or action.survey != survey:
            raise InvalidInput(f"{survey} has no action {number.strip()}; say /pulse actions {survey} to see them.")
        if not _may_end(asker, action):
            raise NotAllowed(who="its owner, whoever made it, and admins", what="say that an action is done")
        words = " ".join(outcome.split())[:LONGEST]
        if action.outcome and words not in ("", action.outcome):
            noted = f"“{action.outcome}” stays as what came of it"
            raise InvalidInput(f"Action {action.id} was done already, and {noted}; leave the outcome out.", "outcome")
        if action.done_at is None or (words and not action.outcome):
            done = {"done_at": now, "done_by": asker.user_id} if action.done_at is None else {}
            stored.change_action(connection, action.id, **done, outcome=words)
            about = {"action": action.id, "outcome": words}
            audit.write(connection, now, Change(asker.user_id, "survey.action.done", survey, None, about))
        found = _all(services, connection, asker, survey)
    return replace(found, ended=action.id)


def said_and_done(connection: Connection, survey: str, number: int) -> tuple[Action, ...]:
    """The actions of earlier waves that a wave reports on: those that are open, and those done since the wave before."""
    since = [w for w in waves.of_survey(connection, survey, ("closed",)) if w.number < number]
    before = since[0].opens_at if since else None
    found = [a for a in stored.actions(connection, survey) if a.number < number]
    return tuple(a for a in found if a.done_at is None or (before is not None and a.done_at >= before))


def done_before(connection: Connection, survey: str, number: int) -> tuple[str, ...]:
    """What was done since the wave before, in the words of its actions, the first before the others; at most three."""
    done = [each for each in said_and_done(connection, survey, number)[::-1] if each.done_at is not None]
    return tuple(f"{each.text}{f' ({each.outcome})' if each.outcome else ''}" for each in done[-TOLD:])


def _tell(services: Services, connection: Connection, owner: str, key: str, said: Message, *, by: str) -> None:
    """Tell the owner of an action; whoever noted it hears if that is not delivered."""
    subject = "That an action is theirs"
    deliveries.post(services, connection, key=key, kind="notice", target=owner, message=said, subject=subject, owner=by)


def _all(services: Services, connection: Connection, asker: Asker, survey: str) -> Actions:
    found = tuple(stored.actions(connection, survey))
    to_end = frozenset(each.id for each in found if not (each.done_at and each.outcome) and _may_end(asker, each))
    return Actions(survey, found, services.now().date(), to_end=to_end)


def _may_end(asker: Asker, action: Action) -> bool:
    return asker.admin or asker.user_id in (action.owner, action.made_by)


def _day(text: str, now: datetime) -> date:
    words, example = text.strip().lower(), (now + timedelta(weeks=3)).date()
    if found := re.fullmatch(r"(\d{1,3})d", words):
        return now.date() + timedelta(days=int(found[1]))
    try:
        day = read_date(words, now.date())
    except InvalidInput:
        day = None
    if day is None:
        raise InvalidInput(f"Say until when: a number of days such as due=21d, or a date such as due={example}.", "due")
    if day < now.date():
        raise InvalidInput("That day has passed; name one that is to come.", "due")
    if day > now.date() + LATEST:
        raise InvalidInput("That is more than three years from now; name a day that people can look forward to.", "due")
    return day
