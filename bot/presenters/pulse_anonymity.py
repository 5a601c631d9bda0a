"""Who can learn what of the answers to a survey, in short: docs/anonymity.md says it whole."""

from bot.domain.parts import Heading, Inline, Message, Note, Span, Text, bold, text
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS

WHO = {
    "A colleague": "while it is open, nothing; once it is closed, the results that are released to them. Never who answered.",
    "A manager who reads results": "the same. If they are asked as well, groups that they are in need one more answer.",
    "Whoever runs the survey": "while it is open, how many are asked; once it is closed, its results: nothing of fewer than "
    f"{LEAST_ANSWERS} people, no comments where fewer than {LEAST_COMMENTS} answered. If they close it too early, once, that "
    "too few had answered.",
    "Whoever owns the database": "while it is open, who is asked, and when somebody answers, but not who or what; once it is "
    "closed, the released results, and no answer even with copies from before.",
    "Slack's administrators": "the messages: who is asked, and whom a reminder reached, so who had not answered by then; and "
    "whom a question back reached, so who wrote a comment; which one stands in the form alone. "
    "Answers stand in forms, which are no messages; what Slack itself keeps of forms, we do not know.",
    "Root of the host": "while it is open, everything; of a sealed survey, who has answered, and what comes in from then on. "
    "Once it is closed, what disk and memory may still hold.",
    "Those who work together": "four of five who tell each other what they answered know what the fifth did.",
}


def anonymity() -> Message:
    """What each of those who could be curious learns while a wave is open and after it is closed."""
    runs: list[Inline] = []
    for who, learns in WHO.items():
        runs += [Span("\n" if runs else ""), bold(who), Span(f"  {learns}")]
    title = "Who can learn what of your answers"
    first = (
        "Confidential while open, unlinkable after close. An attributed survey is none of this: it keeps names for two years."
    )
    note = "Say /pulse opt-out to be asked no more, /pulse delete me to be taken out of all that is open or recurs. "
    return Message(title, (Heading(title), text(first), Text(tuple(runs)), Note(f"{note}docs/anonymity.md says it whole.")))
