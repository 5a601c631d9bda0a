"""Who can learn what of the answers to a survey, in short: docs/anonymity.md says it whole."""

from dataclasses import replace

from bot.domain.parts import Button, Buttons, Heading, Inline, Message, Note, Span, Text, bold, text
from bot.domain.sentences import say
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS

WHO = {
    "colleague": "colleague_learns",
    "manager": "manager_learns",
    "runner": "runner_learns",
    "database": "database_learns",
    "slack": "slack_learns",
    "root": "root_learns",
    "together": "together_learn",
}
"""Those who could be curious and what each learns, by the names of the sentences."""


def anonymity(language: str = "", *, is_asked: bool = True) -> Message:
    """What each of those who could be curious learns while a wave is open and after it is closed.

    `is_asked`: whoever reads it did not say that they do not want to be asked. Below stands what they can do now.
    """
    floors = {"minimum": LEAST_ANSWERS, "comments": LEAST_COMMENTS}
    runs: list[Inline] = []
    for who, learns in WHO.items():
        runs += [Span("\n" if runs else ""), bold(say(who, language)), Span(f"  {say(learns, language, **floors)}")]
    title = say("learn_title", language)
    told = (text(say("learn_first", language)), Text(tuple(runs)), Note(say("learn_more", language)))
    asked = _step("ask_no_more", "ask_no_more_sure", "pulse.opt-out", language)
    if not is_asked:
        asked = _step("ask_again", "ask_again_sure", "pulse.opt-in", language)
    return Message(title, (Heading(title), *told, Buttons((asked, _out(language)))))


def sure(language: str = "") -> Message:
    """Whether somebody who said so really is to be taken out."""
    out = _out(language)
    asked = f"{out.text}?"
    return Message(asked, (text(asked), Buttons((out,))))


def _out(language: str) -> Button:
    return replace(_step("take_out", "take_out_sure", "pulse.erase", language), style="danger")


def _step(name: str, sure: str, action: str, language: str) -> Button:
    return Button(say(name, language), action, confirm=say(sure, language), cancel=say("cancel", language))
