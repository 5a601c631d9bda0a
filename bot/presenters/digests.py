"""How digests themselves are told: the list, a plan before it is saved, what was sent, and the history."""

from collections.abc import Sequence

from bot.domain.digest_answers import Line, Listed, Plan, Sent
from bot.domain.digests import DigestDefinition, is_person
from bot.domain.parts import Button, Buttons, Cell, Heading, Inline, Mention, Message, Note, Part, Table, Text, bold, code, text
from bot.domain.times import show_time
from bot.presenters.kpi_words import person_cell

SHOWN_RUNS = 20
HOW = "/digest send NAME sends one now, /digest pause NAME stops it for a while."


def listing(found: Sequence[Listed]) -> Message:
    """Every digest: when and where it comes, what is in it, how the last one went, and what can be done next."""
    if not found:
        words = "There are no digests yet; /digest schedule makes one."
        return Message(words, (text(words),))
    told = [part for each in found for part in (Text(_entry(each)), _next_steps(each.definition))]
    return Message(f"{len(found)} digests", (Heading("Digests"), *told, Note(HOW)))


def _entry(each: Listed) -> tuple[Inline, ...]:
    d, zone = each.definition, each.definition.schedule.zone
    first = text(bold(d.title), "  ", code(d.name), f"\n{_capital(d.schedule.words)}, ")
    where = text("to ", *_where(d), ".") if d.target else text("no channel yet.")
    said = "Paused. " if each.paused else f"Next {show_time(each.next_due, zone)}. " if each.next_due else ""
    last = f"Last {show_time(each.last.due_at, zone)}: {RUN_STATES[each.last.state]}." if each.last else "Never sent."
    return (*first.spans, *where.spans, *text(f"\n{said}{last}\nFor the {d.audience} team: {d.kpis.words}.").spans)


def _next_steps(definition: DigestDefinition) -> Buttons:
    name = definition.name
    return Buttons((Button("Preview", "digest.preview", name), Button("Schedule", "digest.form", name)))


RUN_STATES = {
    "queued": "about to be written",
    "building": "being written",
    "built": "written",
    "skipped": "skipped",
    "failed": "failed",
}


def _where(definition: DigestDefinition) -> tuple[Inline, ...]:
    if not definition.target:
        return text("nowhere yet").spans
    return (_place(definition.target),)


def _place(target: str) -> Mention:
    return Mention("user" if is_person(target) else "channel", target)


def preview(message: Message, name: str) -> Message:
    """A digest for the asker only, with what can be done with it."""
    details = (Button("Details", "digest.details", name),) if message.thread else ()
    buttons = (
        Button("Send now", "digest.send", name, "primary", confirm="It goes to its channel at once."),
        Button("Schedule", "digest.form", name),
        *details,
    )
    note = Note(f"A preview, which only you see. {len(message.thread)} messages with details go into its thread.")
    return Message(message.summary, (note, *message.parts, Buttons(buttons)))


def details(message: Message) -> Message:
    """What would go into the thread of a digest."""
    replies = message.thread or (Message("", (text("There are no details."),)),)
    return Message(f"Details of {message.summary}"[:200], tuple(part for reply in replies for part in reply.parts))


def plan_parts(plan: Plan) -> tuple[Part, ...]:
    """What would be saved: when it comes next, three times, with the zone."""
    d = plan.definition
    runs = tuple((str(n), show_time(moment, d.schedule.zone)) for n, moment in enumerate(plan.coming, 1))
    line = Text(
        (bold(d.title), *text(f" {d.schedule.words}, to ").spans, *_where(d), *text(f". {_capital(d.kpis.words)}.").spans)
    )
    return (line, Table("The next three", ("", "When"), runs))


def scheduled(plan: Plan) -> Message:
    """What was saved, and the YAML to keep."""
    first = show_time(plan.coming[0], plan.definition.schedule.zone)
    words = f"{plan.definition.title} is scheduled {plan.definition.schedule.words}; next {first}."
    keep = Note("To keep it with your definitions, put this into a file of BAROMETER_KPIS:")
    return Message(words, (text(words), *plan_parts(plan), keep, text(code(plan.yaml))))


def greeting(plan: Plan) -> Message:
    """What is said once in the place where a digest will go: it shows that it arrives there."""
    first = show_time(plan.coming[0], plan.definition.schedule.zone)
    words = f"“{plan.definition.title}” will come here {plan.definition.schedule.words}; next {first}."
    return Message(words, (text(words), Note(f"Set up by the {plan.definition.audience} team. /digest help says more.")))


def sent(done: Sent) -> Message:
    """That it is on its way."""
    again = "is already on its way" if done.again else "is being written and goes"
    spans = text(bold(done.definition.title), f" {again} to ", *_where(done.definition), ".")
    words = f"{done.definition.title} {again} to {done.definition.target}."
    return Message(words, (spans, Note(f"/digest history {done.definition.name} says what became of it.")))


def paused(definition: DigestDefinition) -> Message:
    """That it comes no more."""
    words = f"{definition.title} is paused. Say /digest resume {definition.name} to have it again."
    return Message(words, (text(words),))


def resumed(definition: DigestDefinition, coming: str) -> Message:
    """That it comes again, and when."""
    words = f"{definition.title} comes again: {coming}."
    return Message(words, (text(words),))


def history(lines: Sequence[Line], zone: str) -> Message:
    """Every run with its state and its delivery, the newest first."""
    if not lines:
        return Message("No digest has been sent yet.", (text("No digest has been sent yet."),))
    rows = tuple(_row(line, zone) for line in lines[:SHOWN_RUNS])
    more = (Note("There are more: narrow it with since=."),) if len(lines) > SHOWN_RUNS else ()
    table = Table("Digests, the newest first", ("Due", "Digest", "To", "State", "Sent", "Tries", "Asked by", "Why"), rows)
    words = "; ".join(f"{row[1]} due {row[0]}: {row[3]}" for row in rows[:5])
    return Message(f"The latest digests: {words}", (Heading("What was sent"), table, *more))


def _thread(line: Line) -> str:
    """What became of its thread, where that is not what became of the message."""
    failed = sum(line.replies.get(state, 0) for state in ("failed", "uncertain", "skipped"))
    return f", {failed} of {sum(line.replies.values())} replies not" if failed else ""


def _row(line: Line, zone: str) -> tuple[Cell, ...]:
    run, delivery = line.run, line.delivery
    state = (delivery.state if delivery else RUN_STATES[run.state]) + _thread(line)
    return (
        show_time(run.due_at, zone),
        run.digest,
        _place(run.target),
        state,
        show_time(delivery.sent_at, zone) if delivery and delivery.sent_at else "",
        str(delivery.tries) if delivery else "",
        person_cell(run.asked_by) if run.asked_by else "",
        "; ".join(filter(None, (run.reason, delivery.error if delivery else ""))),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
