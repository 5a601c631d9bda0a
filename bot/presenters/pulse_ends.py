"""What is read of the end of a wave: that it is closed, stays open, waits for its key, or is destroyed, and its receipt."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.parts import Button, Buttons, Mention, Message, Note, bold, text
from bot.domain.survey_reports import Ended
from bot.domain.surveys import said
from bot.domain.times import show_time
from bot.presenters import pulse_words
from bot.presenters.pulse import readers
from bot.presenters.pulse_words import percent

REMINDED = "Those who have not answered are reminded, at their next hour that is not quiet and no holiday. "
NAMES_KEPT = "Who answered what is kept with names for two years, for those alone whom its invitation named."


def closed(ended: Ended, zone: str, *, may_see: bool) -> Message:
    """How a wave ended, for whoever runs it or where its results go; `may_see`: the results are for them."""
    match ended.what:
        case "closed":
            words = f"{ended.label} is closed: {_how_many(ended)}.{_thanks(ended)}"
            steps = (Buttons((Button("Results", "pulse.results", ended.label, "primary"),)),) if may_see else ()
            uninvited = "Some" if ended.uninvited.people is None else str(ended.uninvited.people)
            missed = f"{uninvited} had no invitation yet and count as not having answered. " if ended.uninvited else ""
            deleted = "Its ballots and invitations are deleted, and its keys are destroyed next. The results then go to "
            left = NAMES_KEPT if ended.contract.mode == "attributed" else "What is left are figures of at least five people."
            whom = readers(ended.contract)
            return Message(words, (text(bold(words)), text(f"{missed}{deleted}", *whom, f". {left}"), *steps))
        case "extended":
            until, reminded = show_time(ended.until, zone), REMINDED if ended.is_reminded else ""
            words = f"Too few answered {ended.label} to show anything: {ended.needed} are needed. It stays open until {until}."
            return Message(words, (text(words), Note(f"{reminded}If too few answer by then, all is destroyed unopened.")))
        case "sealed":
            over, until = f"{ended.label} takes no answers any more; its custodian", show_time(ended.until, zone)
            custodian, asked = Mention("user", ended.contract.custodian), f" is asked for the key, until {until}."
            without = Note("Without it, all is destroyed unopened then.")
            return Message(f"{over}{asked}", (text(over, " ", custodian, asked), without))
        case _:
            words = f"{ended.label} ended, and its answers are destroyed unopened: {ended.why}."
            return Message(words, (pulse_words.by(words, ended.by), _again(ended.label)))


def closes_later(label: str, until: datetime, zone: str) -> Message:
    """For whoever gave notice of the end of a wave, which was told late."""
    words = f"{label} closes {show_time(until, zone)}, later than you gave notice of: people were told late and have as long."
    return Message(words, (text(words),))


def _thanks(ended: Ended) -> str:
    return "" if ended.answered == 0 else " Thank you."


def _again(label: str) -> Buttons:
    return Buttons((Button("Start it again", "pulse.form", label.partition(" ")[0]),))


def thanks(ended: Ended) -> Message:
    """The thanks to the people of a channel who were asked: how many answered, and nothing of what."""
    title = said(ended.survey.title)
    if ended.what == "unopened":
        words = f"“{title}” is closed, and its answers are destroyed unopened: {ended.why}."
        return Message(words, (pulse_words.by(words, ended.by),))
    first = f"{'' if ended.answered == 0 else 'Thank you: '}{_how_many(ended, f' “{title}”')}."
    kept = NAMES_KEPT if ended.contract.mode == "attributed" else "Its ballots are deleted, and its keys are destroyed next."
    return Message(first, (text(bold(first)), Note(f"{kept} What is done because of it, the next invitation tells.")))


def receipt(label: str, told: Mapping[str, object], *, again: bool = False) -> Message:
    """What became of a wave, once its keys are destroyed and its old pages overwritten; `again`: it may be started again."""
    words = f"{label}: {pulse_words.receipt(told)}"
    return Message(words, (pulse_words.by(words, str(told.get("by", ""))), *((_again(label),) if again else ())))


def _how_many(ended: Ended, what: str = "") -> str:
    if ended.answered is None:
        return f"{pulse_words.band('5–9', ended.invited)} of {ended.invited} answered{what}"
    rate = f" ({percent(ended.answered, ended.invited)})" if ended.invited else ""
    return f"{ended.answered} of {ended.invited} answered{what}{rate}"
