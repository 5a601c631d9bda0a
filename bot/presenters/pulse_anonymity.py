"""Who can learn what of the answers to a survey, in short: docs/anonymity.md says it whole."""

from bot.domain.parts import Heading, Inline, Message, Note, Span, Text, bold, text
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


def anonymity(language: str = "") -> Message:
    """What each of those who could be curious learns while a wave is open and after it is closed."""
    floors = {"minimum": LEAST_ANSWERS, "comments": LEAST_COMMENTS}
    runs: list[Inline] = []
    for who, learns in WHO.items():
        runs += [Span("\n" if runs else ""), bold(say(who, language)), Span(f"  {say(learns, language, **floors)}")]
    title = say("learn_title", language)
    told = (text(say("learn_first", language)), Text(tuple(runs)), Note(say("learn_more", language)))
    return Message(title, (Heading(title), *told))
