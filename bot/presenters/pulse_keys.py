"""What the custodian of a sealed survey reads: that they keep its key, when they are asked for it, and until when."""

from datetime import datetime

from bot.domain.parts import Button, Buttons, Message, Note, bold, code, text
from bot.domain.survey_waves import Contract, Opening
from bot.domain.surveys import said
from bot.domain.times import show_time
from bot.presenters.kpi_words import person


def kept(opening: Opening, contract: Contract, starter: str, days: int, zone: str) -> Message:
    """For the custodian of a sealed wave that opens, who may not know of it: whoever started it may have made the key alone."""
    words = f"You keep the key of “{said(opening.title)}” ({opening.label})."
    until = show_time(opening.closes_at, zone)
    when = (
        "Answers are sealed to the public key below, and only its private half opens them. You are asked for that half when "
        f"the survey ends, {until} unless that is changed; without it, all is destroyed unopened {days} days later."
    )
    unread = f"/pulse close {opening.label.partition(' ')[0]} unopened=yes"
    return Message(
        words,
        (
            text(bold(words), " ", person(starter), " started it, and named you."),
            text(when),
            text("Public key: ", code(contract.public_key)),
            text(
                "If you do not have the private half, or did not make this key yourself, tell an admin: whoever made it may "
                "have a copy, and admins can end the survey unread with ",
                code(unread),
                ".",
            ),
        ),
    )


def wanted(wave: int, label: str, until: datetime, zone: str) -> Message:
    """For the custodian of a sealed wave that is over."""
    return _to_open(wave, f"{label} is over. Open it with the private key that you kept.", until, zone)


def still_wanted(wave: int, label: str, until: datetime, zone: str) -> Message:
    """For the custodian of a sealed wave that is destroyed soon, as they have not opened it."""
    return _to_open(wave, f"{label} still waits for you. Open it with the private key that you kept.", until, zone)


def _to_open(wave: int, words: str, until: datetime, zone: str) -> Message:
    steps = Buttons((Button("Open it", "pulse.unlock", str(wave), "primary"),))
    return Message(words, (text(bold(words)), Note(f"Without it, all is destroyed unopened {show_time(until, zone)}."), steps))
