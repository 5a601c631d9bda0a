"""How a remedy is told: what would be called, who has to agree, and what came of it."""

from bot.domain.alerts import Alert
from bot.domain.kpis import Remedy
from bot.domain.parts import Button, Buttons, Message, Note, Part, bold, code, text
from bot.domain.remedies import Run, body, needed
from bot.domain.times import show_time
from bot.presenters.kpi_words import person

WENT = {
    "approved": "agreed to it",
    "refused": "refused it",
    "expired": "nobody agreed in time, so nothing was sent",
    "over": "its alert is resolved, so nothing was sent",
    "sent": "it was taken",
    "failed": "it was not taken",
    "recovered": "the KPI is good again",
    "no effect": "the KPI is still not good",
}


def preview(one: Alert, remedy: Remedy, asked_by: str) -> tuple[Part, ...]:
    """What would be sent, and who would have to agree."""
    count = needed(remedy, one, dry_run=False)
    example = Run(0, one.id, remedy.name, False, "asked", count, (), asked_by, one.active_at, one.active_at, "")
    return (
        text(bold(remedy.title), f" for {one.name}: {one.title}, {one.words}."),
        text("It posts to ", code(remedy.url), " with a signature and this body:"),
        text(code(body(example, one).decode())),
        Note(
            f"Within {_minutes(remedy)}, {_people(count)} besides you must agree. A dry run needs nobody and changes nothing."
        ),
    )


def asked(one: Alert, run: Run, remedy: Remedy, zone: str) -> Message:
    """That somebody asks for it, for those who may agree."""
    if run.dry_run:
        return Message(
            f"{remedy.title}: dry run for {one.name}", (text(person(run.asked_by), f" tries {remedy.title}: a dry run."),)
        )
    until = show_time(run.expires_at, zone)
    line = text(person(run.asked_by), " asks to ", bold(remedy.title), f" for {one.name}: it posts to ", code(remedy.url), ".")
    note = Note(f"It is sent when {_people(run.needed)} agreed, until {until}.")
    steps = Buttons(
        (
            Button("Agree", "alert.approve", str(run.id), "primary", confirm=f"Post to {remedy.url}?"),
            Button("Refuse", "alert.refuse", str(run.id), "danger"),
        )
    )
    return Message(f"{remedy.title} is asked for, for {one.name}", (line, note, steps))


def went_on(one: Alert, run: Run, remedy: Remedy | None, actor: str, what: str) -> Message:
    """What came of it, in a line."""
    title = remedy.title if remedy else run.remedy
    if what in ("approved", "refused"):
        more = f"; {_people(run.missing)} more must agree" if what == "approved" and run.missing else ""
        short = f"{title}: {run.missing} more must agree" if more else f"{title}: {what}"
        return Message(short, (text(person(actor), f" {WENT[what]}: {title} for {one.name}{more}."),))
    answer = f" ({run.answer})" if run.answer and what in ("sent", "failed") else ""
    return Message(f"{title}: {what}", (text(f"{title} for {one.name}: {WENT[what]}{answer}."),))


def answered(run: Run, remedy: Remedy) -> Message:
    """What a person is answered who asked for it."""
    if run.state == "asked":
        words = f"{remedy.title}: {_people(run.missing)} must agree; the thread of the alert has the buttons."
    else:
        words = (
            f"{remedy.title} is sent{' as a dry run' if run.dry_run else ''}; its answer comes into the thread of the alert."
        )
    return Message(words, (text(words),))


def decided(run: Run) -> Message:
    """What a person is answered who agreed or refused."""
    words = {
        "asked": f"You agreed; {_people(run.missing)} more must agree.",
        "approved": "You agreed; it is sent now, and its answer comes into the thread of the alert.",
        "refused": "You refused; nothing is sent.",
    }[run.state]
    return Message(words, (text(words),))


def line(run: Run, what: str) -> str:
    """One line for the records."""
    dry = " (dry run)" if run.dry_run else ""
    answer = f": {run.answer}" if run.answer and what in ("sent", "failed") else ""
    return f"{run.remedy}{dry} {what}{answer}"


def _people(count: int) -> str:
    return {0: "nobody", 1: "one person", 2: "two people"}.get(count, f"{count} people")


def _minutes(remedy: Remedy) -> str:
    minutes = int(remedy.within.total_seconds()) // 60
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
