"""What is read of a survey that is asked again and again, by whoever had it asked so, now or before."""

from bot.domain.parts import Message, Note, Part, Text, bold, text
from bot.domain.survey_reports import Recurring
from bot.presenters.kpi_words import mentioning
from bot.presenters.pulse_listing import next_time, whom_and_where


def scheduled(name: str, found: Recurring, zone: str, few: str = "") -> Message:
    """For whoever had a survey asked again and again; `few` says that too few can be asked now, if so."""
    words = f"{name} is asked {found.words}, {next_time(found, zone)}."
    days = ", not on a Saturday or Sunday" if found.workdays else ""
    note = f"Each is asked when their own clock next shows that hour{days}. None is started while the one before is open."
    warned = (text(few),) if few else ()
    return Message(words, (text(bold(words)), text(*whom_and_where(found)), *warned, *_replaced(found), Note(note)))


def scheduled_anew(name: str, found: Recurring, by: str, zone: str) -> Message:
    """For whoever had scheduled a survey, that somebody else did so anew."""
    words = f"{name} was scheduled anew by @{by}: it is asked {found.words}, {next_time(found, zone)}."
    return Message(words, (Text(mentioning(words, (by,))), text(*whom_and_where(found)), *_replaced(found)))


def stopped(name: str, by: str) -> Message:
    """For whoever had scheduled a survey, that somebody else had it recur no more."""
    words = f"{name} was stopped by @{by} and does not recur any more; the results of its waves stay."
    return Message(words, (Text(mentioning(words, (by,))),))


def _replaced(found: Recurring) -> tuple[Part, ...]:
    """How it recurred before, and what of that is gone since it was not said again."""
    if (was := found.before) is None:
        return ()
    gone = ", ".join(f"{each}=" for each in found.dropped)
    left = f" Not kept, as it was not said again: {gone}." if gone else ""
    return (text(f"Before, it was asked {was.words}. ", *whom_and_where(was), left),)
