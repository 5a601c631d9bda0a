"""Many people of many places in one channel of a workspace, each of whom answers a survey in a way of their own."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.server import Playground
from playground.workspace import Channel, Person

ZONES = ("Europe/Oslo", "America/Sao_Paulo", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham")
TITLES = {"en-US": "Weekly pulse", "no-NO": "Ukepuls", "de-DE": "Wochenpuls"}
"""What the survey is called in the language that somebody chose for Slack."""
SAID = {
    "en-US": {
        "promise": "Confidential while open, unlinkable after close",
        "both": "take the tick away",
        "long": "This text is too long",
        "again": "You have answered;",
        "answered": "You answered.",
        "withdrawn": "Your answers are taken back.",
        "stranger": "not among those who are asked",
        "reminder": "is open until",
        "over": "is closed and takes no answers any more",
    },
    "no-NO": {
        "promise": "Fortrolig mens undersøkelsen er åpen, umulig å knytte til deg etterpå",
        "both": "fjern krysset",
        "long": "Denne teksten er for lang",
        "again": "Du har svart før;",
        "answered": "Du har svart.",
        "withdrawn": "Svarene dine er trukket tilbake.",
        "stranger": "ikke blant dem som blir spurt",
        "reminder": "er åpen til",
        "over": "er lukket og tar ikke imot flere svar",
    },
    "de-DE": {
        "promise": "Vertraulich, solange die Umfrage offen ist, danach niemandem zuzuordnen",
        "both": "nehmen Sie das Häkchen weg",
        "long": "Dieser Text ist zu lang",
        "again": "Sie haben schon geantwortet;",
        "answered": "Sie haben geantwortet.",
        "withdrawn": "Ihre Antworten sind zurückgezogen.",
        "stranger": "nicht zu denen, die bei",
        "reminder": "ist bis",
        "over": "ist geschlossen und nimmt keine Antworten mehr an",
    },
}
"""What whoever is asked reads, in that language and in no other."""
POINTS, WEIGHTS = ("1", "2", "3", "4", "5", "declined", ""), (4, 9, 17, 34, 26, 6, 4)
"""What people choose, and how often: a point of agreement, that they prefer not to say, or nothing."""
NEVER_ASKED = ("U0CROWDBOT", "U0GUEST1", "U0GUEST2", "U0LEFT", "U0OUT1", "U0OUT2")
"""Who is in the channel as well: a bot, two guests, somebody who left, and two who do not want to be asked."""
Values = dict[str, dict[str, dict[str, Any]]]


@dataclass
class Plan:
    """What one person does: the points they choose in the end, and what they do before that."""

    user: str
    points: list[str]
    comment: str = ""
    errs: bool = False
    sends_twice: bool = False
    thought_first: list[str] = field(default_factory=list)
    withdraws: bool = False

    @property
    def counts(self) -> bool:
        """Whether they have answered when all is done."""
        return not self.withdraws


@dataclass(frozen=True)
class Crowd:
    """The people who are asked, and what those of them do who press the button."""

    channel: str
    people: tuple[Person, ...]
    plans: tuple[Plan, ...]

    @property
    def ids(self) -> set[str]:
        return {person.id for person in self.people}

    @property
    def silent(self) -> set[str]:
        """Those who have not answered when all others are done."""
        return self.ids - {plan.user for plan in self.plans if plan.counts}

    def chosen(self, question: int) -> list[int]:
        """The points that were chosen in answer to a question (from 0), of those who chose one."""
        return [int(plan.points[question]) for plan in self.plans if plan.counts and plan.points[question].isdecimal()]


def is_said(workspace: Playground, user: str, name: str, told: str) -> bool:
    """Whether somebody is told this in their own language, and not in another."""
    own = workspace.workspace.person(user).locale
    return [locale for locale, said in SAID.items() if said[name] in told] == [own]


def gather(workspace: Playground, size: int, seed: int) -> Crowd:
    """Put so many people and some others into a channel; four fifths of the people will have answered."""
    draw = random.Random(seed)
    locales = tuple(TITLES)
    people = tuple(
        Person(f"U0C{n:04}", f"person-{n}", f"Person {n}", tz=draw.choice(ZONES), locale=draw.choice(locales))
        for n in range(size)
    )
    others = (
        Person(NEVER_ASKED[0], "helper", "Helper", is_bot=True),
        *(Person(each, each.lower(), "Guest", is_restricted=True) for each in NEVER_ASKED[1:3]),
        Person(NEVER_ASKED[3], "left", "Left", deleted=True),
        *(Person(each, each.lower(), "Out") for each in NEVER_ASKED[4:]),
    )
    everybody = [*people, *others]
    draw.shuffle(everybody)
    team = workspace.workspace
    team.people |= {person.id: person for person in everybody}
    team.channels["C0CROWD"] = Channel("C0CROWD", "everybody", members=[person.id for person in everybody])
    return Crowd("C0CROWD", people, tuple(_plans(draw, [person.id for person in people])))


def _plans(draw: random.Random, ids: list[str]) -> Iterator[Plan]:
    pressing = draw.sample(ids, len(ids) * 4 // 5 + len(ids) // 20)
    for number, user in enumerate(pressing):
        plan = Plan(user, _points(draw), comment=f"Words of {user}: <!channel> & “more” 😀" if draw.random() < 0.3 else "")
        plan.errs, plan.sends_twice = draw.random() < 0.15, draw.random() < 0.15
        plan.thought_first = _points(draw) if draw.random() < 0.2 else []
        plan.withdraws = number < len(ids) // 20
        yield plan


def _points(draw: random.Random) -> list[str]:
    return draw.choices(POINTS, WEIGHTS, k=3)


def filled(view: dict[str, Any], points: list[str], comment: str = "", declines: bool = False) -> Values:
    """What is chosen and typed in the form of a survey."""
    values: Values = {}
    statements = iter(points)
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        given: dict[str, Any] = {}
        match element["type"]:
            case "radio_buttons":
                point = next(statements)
                option = next((each for each in element["options"] if each["value"] == point), None)
                given = {"selected_option": option}
            case "plain_text_input":
                given = {"value": comment or None}
            case "checkboxes" if block["block_id"].endswith(".declined"):
                given = {"selected_options": element["options"] if declines else []}
        if given:
            values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **given}}
    return values
