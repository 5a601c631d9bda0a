"""An incident: its moments as a ledger, the state that follows from them, and what may be changed when."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.people import SYSTEM, Asker

Moment = Literal["arose", "detected", "acknowledged", "mitigated", "resolved", "closed"]
Status = Literal["open", "acknowledged", "mitigated", "resolved", "closed"]
Severity = Literal["critical", "high", "medium", "low"]
Kind = Literal["real", "drill", "test"]
Source = Literal["person", "first bad point", "change-point", "alert", "declared", "state", "merge"]
"""Who or what gave a moment: a person, the KPI's series, an alert, or, where nothing better is known, when it was declared."""

MOMENTS: tuple[Moment, ...] = get_args(Moment)
"""In the order in which they happen."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
KINDS: tuple[Kind, ...] = get_args(Kind)
ESTIMATES: frozenset[Source] = frozenset({"first bad point", "change-point"})
MEASURED: frozenset[Source] = frozenset({"person", "alert"})
TIME_WORDS = ("started", *MOMENTS)
"""How people name a moment: `read_moment` knows which is meant."""
ROLES = ("commander", "communications", "steward")
"""Who does what in an incident: leads, tells others, looks after the model."""
MEMBER = "member"
"""Somebody who is in an incident without a role."""
LINKS = ("model", "dataset", "kpi", "alert", "runbook", "message", "incident")
"""What an incident may be tied to; a model with its version, as in fraud-scoring@7."""
HOUR = timedelta(hours=1)
REOPEN_WITHIN = timedelta(days=7)
"""How long after its resolution an incident may be opened again; what comes back later is another one."""
LONGEST_TITLE = 150
LONGEST_WORDS = 2000
SEVERITY_WORDS: Mapping[str, Severity] = {f"sev{n}": s for n, s in enumerate(SEVERITIES, 1)} | {
    "sev-1": "critical",
    "sev-2": "high",
    "sev-3": "medium",
    "sev-4": "low",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry of the ledger: when a moment was, as somebody knew it. `at` None takes the moment back.

    `low` and `high` bound an estimate. The latest entry of a moment is in force; none is ever changed.
    """

    moment: Moment
    at: datetime | None
    source: Source
    actor: str
    recorded_at: datetime
    reason: str = ""
    low: datetime | None = None
    high: datetime | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person set it: no rule writes over that."""
        return self.actor != SYSTEM.user_id


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands. `marks` are the moments in force; `key` is what at most one open incident may be about.

    `roles` maps commander, communications and steward to the ids of people, `members` are the ids of others who are in it.
    `channel` is where it is told, `own_channel` one that was made for it alone.
    `private`: only its people and admins may know of it. `merged_into`: it was the same as that one.
    """

    id: int
    key: str
    title: str
    severity: Severity
    kind: Kind
    model: str
    opened_by: str
    opened_at: datetime
    marks: Mapping[Moment, Mark] = field(default_factory=dict)
    merged_into: int | None = None
    backfilled: bool = False
    channel: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    members: Sequence[str] = ()
    private: bool = False
    own_channel: str = ""

    @property
    def people(self) -> frozenset[str]:
        """The ids of those who are in it: who opened it, who has a role in it, and its members."""
        return frozenset({self.opened_by, *self.roles.values(), *self.members})

    def may_see(self, asker: Asker) -> bool:
        """Whether it is open to this person."""
        return not self.private or asker.admin or asker.user_id in self.people

    @property
    def name(self) -> str:
        """How it is called everywhere: "INC-7"."""
        return f"INC-{self.id}"

    @property
    def status(self) -> Status:
        """What follows from its moments; what was merged into another is closed."""
        return "closed" if self.merged_into else status(self.marks)

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return self.status not in ("resolved", "closed")

    @property
    def counts(self) -> bool:
        """Whether it is in the measures: drills, tests and what was merged are not."""
        return self.kind == "real" and self.merged_into is None

    @property
    def onset_known(self) -> bool:
        """Whether anybody or anything says when it began; where not, it stands as begun when it was detected."""
        mark = self.marks.get("arose")
        return mark is not None and mark.source != "declared"

    @property
    def resolve_by(self) -> datetime | None:
        """Until when it is to be resolved; None where its severity asks for nothing."""
        aim, detected = targets(self.severity, critical_model=False).resolve, self.at("detected")
        return detected + timedelta(hours=aim) if aim is not None and detected is not None else None

    def at(self, moment: Moment) -> datetime | None:
        """When a moment was; None if it has not been."""
        mark = self.marks.get(moment)
        return mark.at if mark else None


@dataclass(frozen=True, slots=True)
class Targets:
    """How many hours detection and resolution may take; None where nothing is asked."""

    detect: float | None
    resolve: float | None

    def of(self, measure: str) -> float | None:
        """That of a measure: mttd or mttr; None for any other."""
        return {"mttd": self.detect, "mttr": self.resolve}.get(measure)


def targets(severity: Severity, *, critical_model: bool) -> Targets:
    """The framework's targets: detected within 2 h for critical models, resolved within 24 h where the impact is high."""
    detect = 2.0 if critical_model or severity == "critical" else None
    return Targets(detect, 24.0 if severity in ("critical", "high") else None)


UPDATE_EVERY: Mapping[Severity, timedelta] = {
    "critical": timedelta(minutes=30),
    "high": timedelta(hours=2),
    "medium": timedelta(hours=24),
}
"""How often those concerned are to hear what is new; of low ones when there is something to say."""
NUDGE_AT = 0.75
"""The share of the time that its resolution may take after which people are told that it runs out."""


def reminders(one: Incident, last_word: datetime, *, nudged: bool) -> dict[str, datetime]:
    """When people are to be reminded of an incident, by kind; nothing once it is over, or where it is a drill or test."""
    detected = one.at("detected")
    if not (one.is_open and one.counts and (one.channel or one.own_channel)) or detected is None:
        return {}
    found: dict[str, datetime] = {}
    if one.resolve_by is not None and not nudged:
        found["nudge"] = detected + (one.resolve_by - detected) * NUDGE_AT
    if every := UPDATE_EVERY.get(one.severity):
        found["update"] = last_word + every
    return found


def status(marks: Mapping[Moment, Mark]) -> Status:
    """The state that follows from the moments in force."""
    for moment in ("closed", "resolved", "mitigated", "acknowledged"):
        mark = marks.get(moment)
        if mark and mark.at is not None:
            return moment
    return "open"


def in_force(ledger: Iterable[Mark], as_of: datetime | None = None) -> dict[Moment, Mark]:
    """The latest entry of each moment, as it was known at `as_of`."""
    found: dict[Moment, Mark] = {}
    for mark in ledger:
        if as_of is None or mark.recorded_at <= as_of:
            found[mark.moment] = mark
    return {moment: mark for moment, mark in found.items() if mark.at is not None}


def check_order(marks: Mapping[Moment, Mark], show: Callable[[datetime], str]) -> None:
    """Insist that no moment is before one that comes before it.

    :raises InvalidInput: two are out of order; the text names both.
    """
    known = [(moment, mark.at) for moment in MOMENTS if (mark := marks.get(moment)) and mark.at is not None]
    for (earlier, first), (later, second) in pairwise(known):
        if second < first:
            raise InvalidInput(
                f"It cannot be {later} at {show(second)}, before it {_was(earlier)} at {show(first)}; "
                "mend one of the two with edit."
            )


def may_follow(incident: Incident, moment: Moment) -> None:
    """Insist that the state allows a step.

    :raises Conflict: it has been taken already, or the incident is closed.
    """
    standing = incident.status
    if standing == "closed":
        raise Conflict(f"{incident.name} is closed, and that is final; open a new incident and link this one to it.")
    if moment == "closed" and standing != "resolved":
        raise Conflict(f"{incident.name} is {standing}; resolve it before you close it.")
    reached = MOMENTS.index(moment) <= MOMENTS.index(standing) if standing != "open" else False
    if reached:
        raise Conflict(f"{incident.name} is {standing} already; there is nothing left to do.")


def may_reopen(incident: Incident, now: datetime) -> None:
    """Insist that an incident may be opened again.

    :raises Conflict: it still is open, is closed, was merged, or was resolved too long ago.
    """
    if incident.is_open:
        raise Conflict(f"{incident.name} is {incident.status}; it need not be opened again.")
    if incident.status == "closed":
        raise Conflict(f"{incident.name} is closed, and that is final; open a new incident and link this one to it.")
    resolved = incident.at("resolved")
    if resolved is not None and now - resolved > REOPEN_WITHIN:
        raise Conflict(
            f"{incident.name} was resolved over {REOPEN_WITHIN.days} days ago; open a new incident and link this one to it."
        )


def key_of(title: str, model: str, private_to: str = "") -> str:
    """What at most one open incident of people may be about: the words of its title (its signs, if it has none), and the model.

    Of a private one it is so for the person who opens it: nobody else may learn from a refusal that it is there.
    """
    words = re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or title.casefold()
    return f"{f'private to {private_to}|' if private_to else ''}{model.casefold()}|{words}"[:200]


def read_severity(text: str) -> Severity:
    """A severity as people type it: its name, or sev1 to sev4.

    :raises InvalidInput: it is none.
    """
    word = text.strip().casefold()
    for severity in SEVERITIES:
        if word == severity:
            return severity
    if word in SEVERITY_WORDS:
        return SEVERITY_WORDS[word]
    raise InvalidInput(f"There is no severity “{text[:30]}”; choose {', '.join(SEVERITIES)} (or sev1 to sev4).", "severity")


def read_kind(text: str) -> Kind:
    """What an incident is: real, drill or test.

    :raises InvalidInput: it is none of them.
    """
    for kind in KINDS:
        if text.strip().casefold() == kind:
            return kind
    raise InvalidInput(f"There is no kind “{text[:30]}”; choose {', '.join(KINDS)}.", "kind")


def read_yes(text: str, name: str) -> bool:
    """Whether the option `name` is to hold: yes or no; no, unless somebody says so.

    :raises InvalidInput: it is neither.
    """
    word = text.strip().casefold()
    if word not in ("", "yes", "no"):
        raise InvalidInput(f"Say {name}=yes or {name}=no; “{text[:30]}” is neither.", name)
    return word == "yes"


def one_line(text: str) -> str:
    """What a person typed, on one line and without characters that cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def read_words(text: str) -> str:
    """A note or a reason, on one line.

    :raises InvalidInput: it is too long.
    """
    words = one_line(text)
    if len(words) > LONGEST_WORDS:
        raise InvalidInput(f"A note has up to {LONGEST_WORDS:,} characters; put the rest where a link can lead.")
    return words


def read_title(text: str) -> str:
    """A title on one line.

    :raises InvalidInput: it is empty or too long.
    """
    title = one_line(text)
    if not title:
        raise InvalidInput('Say what happened, as in /incident open "Fraud model scores everything 0".', "title")
    if len(title) > LONGEST_TITLE:
        raise InvalidInput(f"A title has up to {LONGEST_TITLE} characters; say the rest with /incident update.", "title")
    return title


def read_role(text: str) -> str:
    """A role in an incident: commander, communications or steward, also written as "model steward".

    :raises InvalidInput: it is none of them.
    """
    word = text.strip().casefold().replace("_", " ").removeprefix("model ")
    if word in ROLES:
        return word
    raise InvalidInput(f"An incident has no role “{text[:30]}”; there are {', '.join(ROLES)}, and member.")


def read_link(text: str) -> str:
    """What kind of thing an incident is tied to.

    :raises InvalidInput: it is none.
    """
    word = text.strip().casefold()
    if word in LINKS:
        return word
    raise InvalidInput(f"An incident cannot be linked to a “{text[:30]}”; there are {', '.join(LINKS)}.")


def read_moment(text: str) -> Moment:
    """The name of a moment, as in edit INC-3 arose="14:00"; started is arose.

    :raises InvalidInput: it is none.
    """
    word = {"started": "arose", "acked": "acknowledged"}.get(text, text)
    for moment in MOMENTS:
        if word == moment:
            return moment
    raise InvalidInput(f"An incident has no moment “{text[:30]}”; there are {', '.join(MOMENTS)}.")


def read_moments(words: Iterable[str]) -> dict[str, Moment]:
    """The moment that each of these words names.

    :raises InvalidInput: one names none, or two name the same.
    """
    found: dict[str, Moment] = {}
    for word in words:
        moment = read_moment(word)
        if first := next((known for known, named in found.items() if named == moment), None):
            raise InvalidInput(f"{first} and {word} name one moment; give only one of them.", word)
        found[word] = moment
    return found


def read_runbook(text: str) -> str:
    """Where it says what to do: an address of the web, or its name in plain words.

    :raises InvalidInput: it is an address of another kind, such as javascript:.
    """
    if re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE) and not re.fullmatch(r"https?://[^\s/]\S*", text, re.IGNORECASE):
        raise InvalidInput("A runbook is an address that begins with https://, or a name in plain words; write one of these.")
    return text


def read_number(text: str) -> int:
    """The number of an incident, written as INC-7, inc7 or 7.

    :raises InvalidInput: it is none.
    """
    found = re.fullmatch(r"(?:inc-?)?#?(\d{1,9})", text.strip().casefold())
    if found is None:
        said = f"“{text[:30]}” is no incident; write" if text.strip() else "Say which incident:"
        raise InvalidInput(f"{said} its number, such as INC-7. /incident list shows those that are open.")
    return int(found[1])


def _was(moment: Moment) -> str:
    return moment if moment == "arose" else f"was {moment}"


def hours(start: datetime | None, end: datetime | None) -> float | None:
    """Elapsed hours, exact to the microsecond; None where either is unknown."""
    return (end - start) / HOUR if start is not None and end is not None else None


def severities_first(incidents: Sequence[Incident]) -> list[Incident]:
    """The gravest first, and of those the oldest."""
    return sorted(incidents, key=lambda each: (SEVERITIES.index(each.severity), each.opened_at, each.id))
