"""The terms on which a wave is started, read from what somebody says: its contract, and how long it is open."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast, get_args

from bot import ballots
from bot.domain.audiences import Audience, Member, chosen, read_audience, read_file
from bot.domain.digests import span_words
from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.people import Asker
from bot.domain.periods import quoted
from bot.domain.schedules import from_words, shortest_gap
from bot.domain.survey_schema import MOST_CUTS
from bot.domain.survey_waves import LONGEST_OPEN, SHORTEST_OPEN, Contract, Terms, insist_on_one_page
from bot.domain.surveys import Mode, Survey
from bot.domain.times import read_time
from bot.services import Services, surveys
from bot.services.survey_audience import insist_belongs

LEADS = frozenset({"ai_lead", "executive", "executive_sponsor", "product_owner", "team_lead"})
"""The roles that may ask people outside the channels that they are in themselves."""
_SPAN = re.compile(r"(\d{1,4})(m|h|d|w)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def contract(asker: Asker, survey: Survey, terms: Terms, here: str) -> Contract:
    """What a wave on these terms promises. Without an audience, those in the channel `here` are asked.

    :raises InvalidInput: a word of the terms cannot be read.
    :raises NotAllowed: the asker has no role that may ask such an audience.
    :raises Outsider: the asker is none of the workspace.
    """
    insist_belongs(asker)
    words, columns, named = _audience(asker, terms, here)
    mode = _mode(terms.mode.strip().lower() or survey.mode)
    if mode == "sealed":
        _insist_on_custodian(asker, terms)
        insist_on_one_page(survey)
    elif terms.custodian or terms.public_key:
        keeps = f"A custodian keeps the key of a sealed survey, and this one is {mode}"
        raise InvalidInput(f"{keeps}; add mode=sealed, or leave custodian= and key= out.", "custodian")
    made = Contract(
        survey=surveys.written(survey),
        mode=mode,
        minimum=survey.minimum,
        comment_minimum=survey.comment_minimum,
        cuts=_cuts(survey, terms, columns),
        audience=words,
        viewers=tuple(dict.fromkeys([asker.user_id, *terms.viewers.replace(",", " ").split()])),
        channel=terms.channel,
        at=_hour(terms.at),
        custodian=terms.custodian,
        public_key=ballots.check_public(terms.public_key) if mode == "sealed" else "",
    )
    if named is not None:
        _insist_on_enough(made, named, "file" if terms.file else "audience")
    return made


def insist_on_words(terms: Terms) -> None:
    """Insist that the kind and the hour can be read, where they are said.

    :raises InvalidInput: one cannot.
    """
    if word := terms.mode.strip().lower():
        _mode(word)
    _hour(terms.at)


def least(contract: Contract, invited: Collection[str]) -> tuple[int, str]:
    """How many have to be asked at least, and that in words: one more than may be shown, where any of them sees the results."""
    is_seen = bool(contract.channel or set(contract.viewers).intersection(invited))
    number = contract.minimum + is_seen
    return number, f"{number} are needed{', as one of them sees the results' if is_seen else ''}"


def _insist_on_enough(contract: Contract, named: frozenset[str], field: str) -> None:
    """Insist that so many people are named one by one as have to be asked; who is in a channel or a group only Slack knows."""
    number, needed = least(contract, named)
    if len(named) < number:
        people = "1 person is" if len(named) == 1 else f"{len(named)} people are"
        raise InvalidInput(f"{people} named, and at least {needed}; name more of them, or a channel.", field)


def too_few(contract: Contract, members: Collection[Member] | None) -> str:
    """That no wave opens for an audience of these members, in words. Empty: enough of them can be asked, or nobody knows."""
    invited = [person.user_id for person in chosen(members or ()).invited]
    number, needed = least(contract, invited)
    if members is None or len(invited) >= number:
        return ""
    people = "1 person" if len(invited) == 1 else f"{len(invited)} people"
    return f"{people} can be asked there now, and at least {needed}: no wave opens before more have joined."


def named_people(terms: Terms) -> frozenset[str]:
    """Who is asked, where that is said person by person; nobody, where channels or groups are asked as well.

    :raises InvalidInput: the audience or its file cannot be read.
    """
    if terms.file:
        return frozenset(read_file(terms.file.encode()).people)
    read = read_audience(terms.audience) if terms.audience.strip() else Audience()
    return frozenset() if read.channels or read.groups else frozenset(read.people)


def span(services: Services, asker: Asker, survey: Survey, text: str) -> timedelta:
    """How long a wave is open that starts now, as the terms say or else its survey.

    :raises InvalidInput: that cannot be read, or is too short or too long.
    """
    now = services.now()
    return until(text, now, asker.timezone, now) - now if text.strip() else survey.closes


def insist_on_turns(asker: Asker, survey: Survey, when: str, closes: str) -> None:
    """Insist that each wave of a schedule can be over when the next one is due. Without `closes`, the survey says how long one
    is open.

    :raises InvalidInput: `closes` is a moment, or a longer time than that from one turn to the next; or `when` cannot be read.
    """
    found = _span(closes) if closes.strip() else survey.closes
    if found is None:
        raise InvalidInput("closes= of a schedule is how long each wave is open, such as closes=3d.", "closes")
    gap = shortest_gap(from_words(when, asker.timezone))
    if gap < found <= LONGEST_OPEN:
        told = f"Each wave would be open for {span_words(found)}, and the next is due {span_words(gap)} after it"
        raise InvalidInput(f"{told}; write closes={gap.days}d or less, or ask less often.", "closes")


def notice(text: str, least: timedelta) -> timedelta:
    """How long before its end people hear that a wave is closed early.

    :raises InvalidInput: that cannot be read, or is too short.
    """
    found = _span(text)
    if found is None or found < least:
        hours = int(least.total_seconds() // 3600)
        raise InvalidInput(f"notice= is how long people have left, {hours} hours at least, such as notice={hours}h.", "notice")
    return found


def until(text: str, now: datetime, zone: str, opens_at: datetime) -> datetime:
    """When a wave ends: after a span such as 3d, or at a moment.

    :raises InvalidInput: that cannot be read, or is too near or too far.
    """
    found = _span(text)
    moment = _moment(text, now, zone) if found is None else now + found
    if moment - now < SHORTEST_OPEN or moment - opens_at > LONGEST_OPEN:
        least, most = int(SHORTEST_OPEN.total_seconds() // 60), LONGEST_OPEN.days
        raise InvalidInput(f"A survey is open for at least {least} minutes from now, and {most} days at most.", "closes")
    return moment


def _span(text: str) -> timedelta | None:
    """A time such as 3d, of twice the longest that a survey is open at most: a longer one is as wrong. None: it is none."""
    found = _SPAN.fullmatch(text.strip().lower())
    return min(int(found[1]) * _UNITS[found[2]], 2 * LONGEST_OPEN) if found else None


def _moment(text: str, now: datetime, zone: str) -> datetime:
    try:
        return read_time(text, now, zone, future=True)
    except InvalidInput as error:
        example = f"{now + timedelta(days=3):%Y-%m-%d} 17:00"
        said = f"{quoted(text)} is no time to come that I can read" if text.strip() else "Say until when"
        raise InvalidInput(f'{said}: write how long, such as 3d or 2w, or a moment, such as "{example}".', "closes") from error


def _audience(asker: Asker, terms: Terms, here: str) -> tuple[str, tuple[str, ...], frozenset[str] | None]:
    """Who is asked, in words, the columns of the file that says so, and all of their ids, where nobody else is asked."""
    if terms.file:
        _insist_may_ask(asker)
        found = read_file(terms.file.encode())
        return f"{len(found.people)} people of a file", found.cuts, frozenset(found.people)
    audience = terms.audience.strip() or here
    if not audience:
        raise InvalidInput("Say who is asked: audience= with a channel, a user group or people.", "audience")
    read = read_audience(audience)
    if len(read.channels) != 1 or read.groups or read.people:
        _insist_may_ask(asker)
    words = " ".join((*read.channels, *read.groups, *([f"{len(read.people)} people"] if read.people else [])))
    return words, (), None if read.channels or read.groups else frozenset(read.people)


def _cuts(survey: Survey, terms: Terms, columns: tuple[str, ...]) -> tuple[str, ...]:
    known = (*columns, "group")
    cuts = tuple(dict.fromkeys(terms.cuts.lower().replace(",", " ").split())) or tuple(c for c in survey.cuts if c in known)
    if wrong := [cut for cut in cuts if "=" in cut]:
        raise InvalidInput(f"No column is called “{wrong[0][:40]}”: no name of a column may have “=” in it.", "cuts")
    if unknown := [cut for cut in cuts if cut not in known]:
        raise InvalidInput(
            f"Nobody knows who belongs to which “{unknown[0][:40]}”: give a file with such a column, or cuts=group for the "
            "user groups and channels of the audience.",
            "cuts",
        )
    if len(cuts) > MOST_CUTS:
        raise InvalidInput(f"Results are shown by at most {MOST_CUTS} kinds of groups; name the ones that matter most.", "cuts")
    return cuts


def _insist_on_custodian(asker: Asker, terms: Terms) -> None:
    if not (terms.public_key and terms.custodian):
        raise InvalidInput(
            "A sealed survey needs somebody who keeps its key: they say barometer surveys keys on a machine of their own and "
            "give you the public half; then add custodian=@them key=PUBLIC, or mode=anonymous to ask without a key.",
            "custodian",
        )
    if terms.custodian == asker.user_id:
        raise InvalidInput("Somebody else than you keeps the key of a sealed survey; name another custodian.", "custodian")


def _insist_may_ask(asker: Asker) -> None:
    if not asker.admin and not asker.roles & LEADS:
        roles = ", ".join(sorted(role.replace("_", " ") for role in LEADS))
        raise NotAllowed(
            who=f"admins and people with one of the roles {roles}", what="ask people, user groups or several channels"
        )


def _mode(word: str) -> Mode:
    if word not in get_args(Mode):
        *some, last = get_args(Mode)
        raise InvalidInput(f"A survey is {', '.join(some)} or {last}; “{word[:40]}” is none of them.", "mode")
    return cast(Mode, word)


def _hour(text: str) -> str:
    if not text.strip():
        return ""
    hour, _, minute = text.strip().partition(":")
    whole = text.isascii() and hour.isdecimal() and minute.isdecimal() and len(minute) == 2
    if not (whole and int(hour) < 24 and int(minute) < 60):
        raise InvalidInput("at= is a time of day, such as at=10:00.", "at")
    return f"{int(hour):02}:{minute}"
