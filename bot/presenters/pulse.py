"""What people read of surveys before results: invitations, the promise, receipts, and what whoever runs one is told."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from bot.domain.audiences import Reason
from bot.domain.parts import (
    Button,
    Buttons,
    Heading,
    Inline,
    Mention,
    Message,
    Note,
    Part,
    Text,
    bold,
    text,
)
from bot.domain.sentences import say
from bot.domain.survey_asked import ToCome
from bot.domain.survey_lengths import Length, length_of
from bot.domain.survey_reports import Recurring, Step
from bot.domain.survey_waves import Contract, Kept, Opening, Sheet
from bot.domain.surveys import Mode, Question, said
from bot.domain.times import show_time

ONE = {"bots": "bot", "guests": "guest", "who do not want to be asked": "who does not want to be asked"}
LEFT_OUT = {
    "unknown": "whom Slack does not know",
    "bot": "bots",
    "deactivated": "who left",
    "guest": "guests",
    "opted out": "who do not want to be asked",
}

_HERE, _THERE = "\0", "\1"
"""Where runs in a style of their own come into a sentence, one after the other."""


class Reader(Protocol):
    """Somebody who is asked: their zone and language."""

    @property
    def zone(self) -> str: ...

    @property
    def language(self) -> str: ...


def promise(mode: Mode, minimum: int, language: str = "") -> str:
    """What is promised of answers, in the words that everything about them uses."""
    return say(f"promise_{mode}", language, minimum=minimum)


def answer_button(wave: int, language: str, style: Literal["default", "primary"] = "default") -> Button:
    """What leads to the form. It knows the language of its reader, which nothing else does once the wave is closed."""
    return Button(say("answer", language), "pulse.answer", f"{wave} {language}".rstrip(), style)


def takes(opening: Opening, about: str, pages: Sequence[Sequence[Question]], language: str) -> str:
    """How much a wave asks on its `pages` and how long that takes, in a language: the same for all who read it."""
    return length(length_of(pages, language, f"{promise(opening.mode, opening.minimum, language)} {about}"), language)


def invitation(opening: Opening, about: str, takes: str, reader: Reader, done: Sequence[str] = ()) -> Message:
    """What everybody who is asked gets, the same for all: how long it takes, what is promised, how to answer.

    `done` is what was done since the wave before, because of it.
    """
    language = reader.language
    title = said(opening.title, language)
    ends = say("open_until", language, time=show_time(opening.closes_at, reader.zone))
    parts: tuple[Part, ...] = (
        Heading(title),
        *((text(about),) if about else ()),
        *((text(bold(say("you_said", language)), f" {'; '.join(each.rstrip('.') for each in done)}."),) if done else ()),
        text(takes),
        text(promise(opening.mode, opening.minimum, language)),
        *_unshown_to_asked(opening, language),
        *results_go(opening, language),
        *feeds(opening.kpi, language),
        Buttons((answer_button(opening.id, language, "primary"),)),
        Note(ends),
        Note(say("who_learns", language)),
    )
    asked = f"{say('you_are_asked', language)}: {title}{'' if title[-1:] in '.?!…' else '.'}"
    return Message(" ".join(each for each in (asked, takes, ends) if each), parts)


def _unshown_to_asked(opening: Opening, language: str) -> tuple[Text, ...]:
    """Of how many questions nothing can be shown: where names are kept, all that is answered is seen."""
    found = opening.unshown
    if found is None or opening.mode == "attributed":
        return ()
    if found.questions == found.of:
        return (text(say("unshown_all", language)),)
    return (text(say("unshown", language, n=found.questions, all=found.of)),)


def _unshown(opening: Opening) -> tuple[Text, ...]:
    """The same for whoever starts a wave, with how many answers would be enough."""
    found = opening.unshown
    if found is None:
        return ()
    which = "Its only question" if found.of == 1 else f"{found.questions} of its {found.of} questions"
    need = "it needs" if found.questions == 1 else "they need"
    answers = f"{found.least}" if found.least == found.most else f"{found.least} to {found.most}"
    what = "no figures" if opening.mode == "attributed" else "nothing"
    return (text(bold(f"{which} can show {what}:"), f" {need} {answers} answers, and {people(found.asked)} asked."),)


def results_go(wave: Opening | Contract, language: str = "") -> tuple[Text, ...]:
    """Who sees the results, and by which groups: in a line of its own, where anybody does. Below, in whose hands it is."""
    whom, people = [Mention("channel", wave.channel)] if wave.channel else [], _people(wave.viewers)
    if not whom and not people:
        return entrusted(wave, language)
    alone, beside = ("results_go_by", "results_go_by_too") if wave.cuts else ("results_go", "results_go_too")
    name = beside if whom and people else alone
    sentence = say(name, language, whom=_HERE, too=_THERE, cuts=", ".join(wave.cuts))
    return (_around(whom or people, sentence, people), *entrusted(wave, language))


def feeds(kpi: str, language: str = "") -> tuple[Text, ...]:
    """That the score goes to a KPI as well, whose readers the wave does not name; nothing where it does not."""
    return (text(say("feeds_kpi", language, kpi=kpi)),) if kpi else ()


def entrusted(wave: Opening | Contract | Sheet, language: str = "") -> tuple[Text, ...]:
    """Who alone reads the names of an attributed wave, or who keeps the key of a sealed one; of others nothing."""
    if wave.mode == "attributed" and (whom := _people(wave.viewers)):
        return (_around(whom, say("names_read", language, whom=_HERE)),)
    if wave.mode == "sealed" and wave.custodian:
        return (_around([Mention("user", wave.custodian)], say("key_kept", language, whom=_HERE)),)
    return ()


def _around(runs: Sequence[Inline], sentence: str, others: Sequence[Inline] = ()) -> Text:
    """A sentence with these runs where it has `_HERE`, and others where it has `_THERE`."""
    before, _, after = sentence.partition(_HERE)
    between, _, last = after.partition(_THERE)
    told = [*([before] if before else []), *runs, between]
    return text(*told, *([*others, last] if last else []))


def readers(wave: Opening | Contract | Recurring) -> list[Inline]:
    """Where results go, and who sees them: people alone, or a channel and "; @Ada may see them too"."""
    people = _people(wave.viewers)
    if not wave.channel:
        return people
    too: list[Inline] = [*text("; ").spans, *people, *text(" may see them too").spans] if people else []
    return [Mention("channel", wave.channel), *too]


def _people(ids: Sequence[str]) -> list[Inline]:
    found: list[Inline] = []
    for each in ids:
        if each[:1] in ("U", "W"):
            found += [*(text(", ").spans if found else ()), Mention("user", each)]
    return found


def length(found: Length, language: str = "") -> str:
    """How much is asked and how long it takes, in minutes rounded up: "3 questions, under a minute; a comment if you wish."."""
    n, more = (found.questions, found.comments) if found.questions else (found.comments, 0)
    minutes = math.ceil(found.seconds / 60)
    asked = say("one_question" if n == 1 else "questions", language, n=n)
    time = say("under_a_minute" if minutes <= 1 else "minutes", language, n=minutes)
    comments = f"; {say('one_comment' if more == 1 else 'comments', language, n=more)}" if more else ""
    return f"{asked}, {time}{comments}."


def reminder(opening: Opening, reader: Reader) -> Message:
    """What those get who have not answered yet. Nobody is told who they are."""
    language = reader.language
    title, until = said(opening.title, language), show_time(opening.closes_at, reader.zone)
    words = say("reminder_earlier" if opening.is_earlier else "reminder", language, title=_HERE, time=until)
    parts: tuple[Part, ...] = (
        _around([bold(title)], words),
        Buttons((answer_button(opening.id, language, "primary"),)),
        Note(say("who_is_reminded", language)),
    )
    return Message(say("still_open", language, title=title), parts)


def above(sheet: Sheet) -> tuple[Part, ...]:
    """What stands above the questions: first of all the promise."""
    language = sheet.language
    hands = (run for each in entrusted(sheet, language) for run in (" ", *each.spans))
    first: list[Part] = [text(promise(sheet.mode, sheet.minimum, language), *hands)]
    if sheet.page == 1 and sheet.about:
        first.append(text(sheet.about))
    told: list[str] = []
    if sheet.pages > 1:
        told += [say("page", language, page=sheet.page, pages=sheet.pages), say("kept_on_next", language)]
    if sheet.answered:
        told.append(say("answered_sealed" if sheet.mode == "sealed" else "answered_before", language))
    until = say("open_until", language, time=show_time(sheet.closes_at, sheet.zone))
    return (*first, Note(" ".join((*told, until))))


def below(sheet: Sheet) -> tuple[Part, ...]:
    """The way back to the page before, where there is one."""
    return (Buttons((Button(say("back", sheet.language), "pulse.back"),)),) if sheet.page > 1 else ()


def receipt(kept: Kept) -> tuple[Part, ...]:
    """All that is ever said of it: that you answered."""
    language, until = kept.language, show_time(kept.closes_at, kept.zone)
    if kept.what == "withdrawn":
        again = Buttons((answer_button(kept.wave, language),))
        return (text(bold(say("withdrawn", language))), Note(say("answer_again", language, time=until)), again)
    own = f"{say('with_your_name', language)} " if kept.mode == "attributed" else ""
    change = replace(answer_button(kept.wave, language), text=say("change", language))
    steps = Buttons((change, replace(change, text=say("take_back", language), action="pulse.withdraw")))
    return (text(bold(say("answered", language))), Note(f"{own}{say('change_until', language, time=until)}"), steps)


def started(opening: Opening, zone: str) -> Message:
    """For whoever started a wave."""
    again = "was started by that already" if opening.again else "is being opened"
    # Whoever is asked last, at an hour of their own, has a day or as long as was said: when that is, only the opening knows.
    least = "" if opening.invited else " at the earliest"
    words = f"{opening.label} {again}; it closes {show_time(opening.closes_at, zone)}{least}."
    whom = readers(opening) if opening.channel or len(opening.viewers) > 1 else text("you alone").spans
    hands = (run for each in entrusted(opening) for run in (" ", *each.spans))
    return Message(
        words,
        (
            text(bold(words)),
            text("Results go to ", *whom, _terms_of(opening), *hands),
            *feeds(opening.kpi),
            *_unshown(opening),
            Note(
                f"People are written to {_hour_of(opening)}, outside quiet hours and holidays. You hear in a direct message "
                "when it is open and until when, and if it cannot be."
            ),
        ),
    )


def unreached(opening: Opening, n: int) -> Message:
    """For whoever started a wave: of how many people it is not known that their invitation arrived; who, nobody is told."""
    words = f"{opening.label}: {n} of {opening.invited} people could not be reached with its invitation."
    return Message(
        words,
        (
            text(bold(words)),
            text(
                "Who, nobody is told. They count among those who were asked, and can answer in Barometer's App Home if they "
                "open it; nothing else can be done in this wave. The next one asks whom Slack knows then. Why Slack did not "
                "take it stands in the log of Barometer."
            ),
        ),
    )


def _hour_of(opening: Opening) -> str:
    return f"at {opening.at} on their own clocks" if opening.at else "at their own hour"


def _terms_of(opening: Opening) -> str:
    if opening.mode == "attributed":
        return ". Answers are kept with names for two years, and people are told so first."
    return f", never of fewer than {opening.minimum} answers."


def opened(opening: Opening, zone: str) -> Message:
    """For whoever started a wave, once its audience is settled."""
    left = left_out(opening.left_out)
    until = show_time(opening.closes_at, zone)
    words = f"{opening.label} is open until {until}: {people(opening.invited)} asked{f', {left} left out' if left else ''}."
    note = "Who is asked stays as it is until it closes: who joins later is asked the next time, who leaves still counts."
    hour = f" They are written to {_hour_of(opening)}." if opening.at else ""
    return Message(words, (text(words), *_unshown(opening), Note(f"{note}{hour}"), _run_buttons(opening)))


def left_out(counts: Mapping[Reason, int] | Mapping[str, int]) -> str:
    """Who was not asked, and why: "2 bots, 1 guest"."""
    told = ((n, LEFT_OUT.get(why, why)) for why, n in counts.items() if n)
    return ", ".join(f"1 {ONE.get(words, words)}" if n == 1 else f"{n} {words}" for n, words in told)


def people(n: int) -> str:
    """How many people."""
    return "1 person is" if n == 1 else f"{n:,} people are"


def still(to_come: ToCome) -> str:
    """How many are still to be invited: "3 people are", or "Some are"."""
    return "Some are" if to_come.people is None else people(to_come.people)


def reminded(label: str, uninvited: ToCome) -> Message:
    """For whoever asked for a reminder, which leaves out who is still to be invited."""
    words = f"Those who have not answered {label} yet are reminded, at their next hour that is not quiet and no holiday."
    left_out = f"{still(uninvited)} still to be invited, and not reminded now. " if uninvited else ""
    return Message(words, (text(words), Note(f"{left_out}Who they are, nobody is told.")))


def extended(opening: Opening, zone: str) -> Message:
    """For whoever let a wave end later."""
    words = f"{opening.label} is open until {show_time(opening.closes_at, zone)} now."
    if opening.next_at:
        words += f" What is due until then falls out, and the next one starts {show_time(opening.next_at, zone)}."
    return Message(words, (text(words),))


def noticed(opening: Opening, zone: str) -> Message:
    """For whoever gave notice that a wave is closed early."""
    until = show_time(opening.closes_at, zone)
    words = f"{opening.label} closes {until}; those who have not answered are told before, at their own hours."
    return Message(words, (text(words), Note("Who they are, nobody is told.")))


def _run_buttons(opening: Opening) -> Buttons:
    name = opening.label.partition(" ")[0]
    return Buttons(tuple(step_button(step, name) for step in ("remind", "extend", "close")))


def step_button(step: Step, name: str) -> Button:
    """What leads to a step with the survey of this name."""
    match step:
        case "start":
            return Button("Start", "pulse.form", name)
        case "delete":
            return Button("Delete", "pulse.delete", name, "danger", f"Delete {name}? The results of its waves stay.")
        case "recur no more":
            return Button("Recur no more", "pulse.unschedule", name, "default", f"Ask {name} no more by itself?")
        case _:
            return Button(step.capitalize(), f"pulse.{step}", name)
