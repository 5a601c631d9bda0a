"""What people read of what is done because of surveys, of who stayed, and of what was deleted."""

from collections.abc import Sequence
from datetime import date

from bot.domain.parts import Button, Buttons, Facts, Heading, Inline, Message, Note, Part, Span, Text, bold, text
from bot.domain.retention import TARGET, YOURS, Kept, chance_at_target
from bot.domain.survey_reports import Action, Actions, Erased
from bot.domain.times import show_date
from bot.presenters.digest_words import counted
from bot.presenters.kpi_words import mentioning, person

NOTHING_KEPT = (
    "nothing is deleted: you are in no survey that takes answers, none that recurs names you, and no answer has your name"
)


def actions(found: Actions) -> Message:
    """The list, and what was just changed in it."""
    if not found.found:
        words = f"Nothing is noted yet because of {found.survey}."
        if found.only_own:
            words = f"You noted nothing because of {found.survey}, and have nothing to do; all else is for who sees results."
        how = f'/pulse actions {found.survey} add="what is done" owner=@somebody due=21d'
        return Message(words, (text(words), *((Note(how),) if found.may_add else ())))
    first = f"{len(found.found)} noted because of {found.survey}."
    if found.made is not None:
        first = f"Noted as action {found.made}; the next wave reports on it."
    if found.ended is not None:
        first = f"Action {found.ended} is done; the next wave reports on it."
    told: list[Part] = []
    for each in found.found:
        told.append(_line(each, found.today))
        step = "Done" if each.done_at is None else "What came of it"
        told += [Buttons((Button(step, "pulse.done", f"{found.survey} {each.id}"),))] if each.id in found.to_end else []
    return Message(first, (text(bold(first)), *told))


def said_and_done(found: Sequence[Action], today: date | None) -> tuple[Part, ...]:
    """ "You said, we do", for the results of a wave that are read today."""
    return (Heading("You said, we do"), *(_line(each, today) for each in found)) if found else ()


def erased(found: Erased) -> Message:
    """What was deleted of a person, for themselves."""
    out = [
        *([f"of {counted(found.waves, 'open survey')}"] if found.waves else []),
        *([f"of {counted(found.schedules, 'survey')} that {_verb(found.schedules, 'recur')}"] if found.schedules else []),
    ]
    told = [
        *([f"you are taken out {' and '.join(out)}"] if out else []),
        *([f"your answers are deleted from {counted(found.attributed, 'survey')} that kept names"] if found.attributed else []),
        *([f"you are not asked in what is being opened now ({counted(found.opening, 'survey')})"] if found.opening else []),
    ]
    changed = ", and ".join(told or [NOTHING_KEPT])
    words = f"{changed[0].upper()}{changed[1:]}.{_still_there(found.over, found.sealed)}"
    return Message(words, (text(words), *((_COUNTED,) if told else ())))


def _verb(n: int, verb: str) -> str:
    return f"{verb}s" if n == 1 else verb


def _still_there(over: int, sealed: int) -> str:
    """What becomes of the surveys whose end had come before, of which nothing is changed any more; the `sealed` ones among them
    take no answers again.
    """
    if not over:
        return ""
    again = f"; if {'it' if over == 1 else 'one'} takes answers again, say this again" if over > sealed else ""
    if over == 1:
        return f" 1 survey whose end has come is not changed any more: {_NOT_CHANGED}{again}."
    return (
        f" {over} surveys whose end has come are not changed any more: they are counted without names or destroyed, and who "
        f"was asked in them is deleted with that{again}."
    )


_NOT_CHANGED = "it is counted without names or destroyed, and who was asked in it is deleted with that"


def erased_of(whom: str) -> Message:
    """That a person was deleted, for an admin: the same whatever there was, which would tell who was asked and who answered."""
    words = " is taken out of every survey that is open or recurs, and every answer that was kept with their name is deleted."
    over = Note(f"A survey without names whose end has come is not changed any more: {_NOT_CHANGED}.")
    return Message(f"Somebody{words}", (text(person(whom), words), over, _COUNTED))


def sure_of(whom: str) -> Message:
    """Whether what is kept of somebody is really to be deleted, for an admin."""
    after = "? They are taken out of every survey that is open or recurs, and every answer kept with their name is deleted."
    delete = Button("Delete", "pulse.erase-other", whom, "danger", confirm="What is deleted cannot be brought back.")
    return Message(
        "Delete what is kept of somebody?", (text("Delete what is kept of ", person(whom), after), Buttons((delete,)))
    )


def sure_of_survey(name: str) -> Message:
    """Whether a survey is really to be deleted."""
    words = f"Delete {name}? It is asked no more, and the results of its waves stay."
    delete = Button("Delete", "pulse.delete", name, "danger", confirm="What is deleted cannot be brought back.")
    return Message(words, (text(words), Buttons((delete,))))


def deleted(name: str, by: str = "", *, recurred: bool = False) -> Message:
    """That a survey was deleted; `by` somebody else, for whoever made it or scheduled it."""
    if not by:
        words = f"{name} is deleted; the results of its waves stay."
        return Message(words, (text(words),))
    words = f"{name} was deleted by @{by}{' and does not recur any more' if recurred else ''}; the results of its waves stay."
    return Message(words, (Text(mentioning(words, (by,))),))


_COUNTED = Note(
    "What was counted without names are figures of at least five people: nobody can be taken out of them, or found in them. "
    "What kept names is counted anew without the one who is deleted; a figure that a KPI took from it stays."
)


def opted(changed: bool, *, out: bool) -> Message:
    """Whether somebody is asked from now on."""
    now = "You are not asked any more, from the next survey on." if out else "You are asked again, from the next survey on."
    words = now if changed else f"Nothing changed: {now[0].lower()}{now[1:]}"
    stays = text("In what is open you stay asked: you can still answer it, and are reminded of nothing.")
    return Message(words, (text(words), *([stays] if out else [])))


def yours(action: int, survey: str, words: str, due_on: date, by: str) -> Message:
    """That an action is theirs to do, for its owner."""
    until = show_date(due_on)
    told = text(bold("An action is yours: "), f"{words}, until {until}. ", person(by), f" noted it because of {survey}.")
    done = Buttons((Button("Done", "pulse.done", f"{survey} {action}"),))
    return Message(f"An action is yours: {words}, until {until}.", (told, done))


def retention(found: Kept) -> Message:
    """Who stayed in a year: the share, its interval and the verdict; and where a file told it, turnover and survival."""
    line = f"{TARGET:.0%}"
    verdict = {"met": f"above {line}", "missed": f"not above {line}"}.get(found.verdict, f"cannot tell whether above {line}")
    so_far = "" if found.is_over else " so far"
    rate = f"{found.rate.value:.1%} ({found.rate.low:.1%} to {found.rate.high:.1%})"
    words = f"Retention {found.year}{so_far}: {rate}, {found.stayed} of {found.start}: {verdict}."
    chance = chance_at_target(found.stayed, found.start)
    why = (
        f"Wilson's 95% interval. Were it just {line}, so many or more would stay with a chance of {chance:.0%}."
        + ("" if found.is_over else " The year is not over: more may leave.")
        + (f" The figure waits for {found.approval}." if found.approval else "")
    )
    steps = (Buttons((Button("Look at what waits", "kpi.waiting"),)),) if found.approval == YOURS else ()
    facts = (Facts(rows),) if (rows := _staff(found)) else ()
    return Message(words, (text(bold(words)), *facts, Note(f"Recorded for the KPI retention. {why}"), *steps))


def _staff(found: Kept) -> tuple[tuple[str, str], ...]:
    staff, rows = found.staff, list[tuple[str, str]]()
    if staff is None:
        return ()
    rows.append(("People", f"{staff.start} at the start, {staff.joined} joined, {staff.left} left, {staff.end} at the end"))
    if (left := found.turnover) is not None:
        rows.append(("Turnover", f"{left.value:.1%} a year ({left.low:.1%} to {left.high:.1%}), exact Poisson"))
    if (stays := found.survival) is not None:
        ends = f"{stays.low:.1%} to {stays.high:.1%}"
        rows.append(("With joiners", f"{stays.value:.1%} ({ends}) stay for {staff.days} days, n {stays.n}, Kaplan and Meier"))
    return tuple(rows)


def _line(each: Action, today: date | None) -> Text:
    when = f", until {show_date(each.due_on)}"
    if each.done_at is not None:
        when = f", done{f': {each.outcome}' if each.outcome else ''}"
    elif today is not None and each.due_on < today:
        when = f", was due {show_date(each.due_on)}"
    runs: tuple[Inline, ...] = (Span(f"{each.id}. {each.text}, by "), person(each.owner), Span(when))
    return Text(runs)
