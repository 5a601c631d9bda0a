"""The form with which people are asked, once or again and again; what is rarely said stands in a second step."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from slack_sdk import WebClient

from bot.domain.audiences import Audience, read_audience
from bot.domain.digests import span_words
from bot.domain.errors import BarometerError, InvalidInput, NotAllowed
from bot.domain.parts import Message
from bot.domain.survey_waves import Terms
from bot.domain.surveys import Survey, said
from bot.presenters import pulse as presenter
from bot.presenters import pulse_schedules
from bot.services import survey_terms, survey_waves, surveys
from bot.services.survey_audience import insist_belongs
from handlers.slack import files
from handlers.slack.blocks.modals import Choice, Field, Modal
from handlers.slack.forms.pulse_edit import MODES
from handlers.slack.listeners import Listeners
from handlers.slack.members import SlackMembers
from handlers.slack.places import CannotPost, verify
from handlers.slack.replies import UNREACHED, WEB_SECONDS
from handlers.slack.request import Answer, Errors, Request

FORM, MORE, GROUPS = "pulse.start", "pulse.start.more", "pulse.groups"
WHEN = "weekly tuesday 10:00, monthly 3 09:00 or quarterly 5 10:00."
AUDIENCE = "Everybody in them is asked: bots, guests and people who do not want to be asked are left out."
ALSO = "A file of people, groups to show, an hour, who sees the results"
KEPT_SECONDS = 60
FEW = 12
"""Of more people than so many it is not looked up whether they can be asked: somebody waits."""


def listen(listeners: Listeners) -> None:
    """The button that opens the form, its two steps, and the search for user groups."""
    listeners.button("pulse.form", lambda request: form(request, request.value))
    listeners.form(FORM, submit)
    listeners.form(MORE, submit_more)
    listeners.search(GROUPS, groups)


def form(request: Request, name: str, terms: Terms | None = None, *, recurs: bool = False) -> Modal:
    """What a wave is started with; with `terms`, filled in with what was typed. `recurs`: it is asked again and again.

    :raises InvalidInput: a word of the terms cannot be read.
    :raises Outsider: the asker is none of the workspace.
    """
    insist_belongs(request.asker)
    known = {each.survey.name: each.survey for each in surveys.listing(request.services)}
    choices = tuple(Choice(f"{said(each.title)} ({each.name})", each.name) for each in known.values())
    given = terms or Terms()
    survey_terms.insist_on_words(given)
    asked = read_audience(given.audience) if given.audience.strip() else Audience((request.place.conversation,))
    mode = given.mode.strip().lower() or (known[name].mode if name in known else "")
    span = "Empty: as the survey says" + (f" ({name}: {span_words(known[name].closes)})" if name in known else "")
    rest = {rare: said for rare, said in _rare(given).items() if said}
    fields = (
        Field("survey", "Survey", "select", choices=choices, initial=name if name in known else ""),
        Field("audience", "Channels", "channels", initial=",".join(asked.channels), hint=AUDIENCE, optional=True),
        _group_field(request, asked.groups),
        Field("people", "People", "people", initial=",".join(asked.people), optional=True),
        Field("closes", "Open for", initial=given.closes, optional=True, placeholder=span, longest=40),
        Field(
            "when",
            "Again and again",
            optional=not recurs,
            placeholder="weekly tuesday 10:00",
            hint=f"Such as {WHEN}" if recurs else f"Empty: once, now. Else such as {WHEN}",
            longest=120,
        ),
        Field(
            "results",
            "Results go to",
            "channel",
            initial=given.channel,
            optional=True,
            hint="Nowhere chosen: to you. You see them either way.",
        ),
        Field("mode", "Kind", "select", choices=MODES, initial=mode, optional=True, placeholder="As the survey says"),
        Field("more", "More", "check", initial="yes" if rest else "", optional=True, placeholder=ALSO),
    )
    instead = f"/pulse start {name or 'NAME'} audience=#channel"
    if recurs:
        again = f'/pulse schedule {name or "NAME"} when="weekly tuesday 10:00" audience=#channel'
        return Modal(FORM, "Ask again and again", fields, submit="Schedule", instead=again, state=rest)
    return Modal(FORM, "Ask people", fields, submit="Ask", instead=instead, state=rest)


def groups(request: Request) -> tuple[Choice, ...]:
    """The user groups whose handle or name has what was typed in it; none, where Slack does not tell."""
    typed = request.value.casefold().lstrip("@")
    try:
        known = _user_groups(request.client, int(time.monotonic() // KEPT_SECONDS))
    except (*UNREACHED, KeyError):
        return ()
    return tuple(each for each in known if typed in each.text.casefold())


def submit(request: Request) -> Answer:
    """Start what the form says, or ask for the rest of it."""
    values = request.values
    chosen = ",".join(filter(None, (values[name] for name in ("audience", "groups", "people"))))
    kept = {name: values[name] for name in ("survey", "closes", "when", "results", "mode")} | {"audience": chosen}
    with request.services.db.read() as connection:
        survey = surveys.named(request.services, connection, values["survey"])
    kept["mode"] = kept["mode"] or survey.mode
    if wrong := _wrong(request, survey, kept):
        return Errors(wrong)
    if values.checked("more") or kept["mode"] == "sealed":
        return _more(kept, request.state)
    if not chosen:
        return Errors({"audience": "Choose channels, user groups or people; or tick More, and share a file of people."})
    return _begun(request, kept, {}, "audience")


def submit_more(request: Request) -> Answer:
    """Start what both steps say."""
    shared = next(iter(request.values.files.get("file", ())), "")
    if not shared and not request.state["audience"]:
        return Errors({"file": "Share a file of people: no channel, user group or person is chosen."})
    said_more = {name: request.values[name] for name in ("cuts", "at", "viewers", "custodian", "key")}
    if shared:
        said_more["file"] = files.read(request.client, shared, request.asker.user_id).decode("utf-8-sig", "replace")
    return _begun(request, request.state, said_more, "file")


def scheduled(request: Request, name: str, when: str, terms: Terms) -> Message:
    """Have it asked again and again; where so few are in its channels now that nobody could be asked, that is said."""
    whole = terms if terms.audience or terms.file else replace(terms, audience=request.place.conversation)
    contract = survey_waves.check(request.services, request.asker, name, whole, when)
    found = surveys.schedule(request.services, request.asker, name, when, whole)
    few = ""
    if not whole.file:
        members = SlackMembers(request.client, timeout=WEB_SECONDS).few(read_audience(whole.audience), FEW)
        few = survey_terms.too_few(contract, members)
    return pulse_schedules.scheduled(name, found, request.asker.timezone, few)


def _rare(terms: Terms) -> dict[str, str]:
    """What stands in the second step, by its fields."""
    viewers = ",".join(terms.viewers.split())
    key = {"custodian": terms.custodian, "key": terms.public_key}
    return {"cuts": terms.cuts, "at": terms.at, "viewers": viewers, **key}


def _group_field(request: Request, chosen: Sequence[str]) -> Field:
    """User groups by their names, as far as Slack tells them."""
    called: dict[str, str] = {}
    if chosen:
        with suppress(*UNREACHED, KeyError):
            called = {each.value: each.text for each in _user_groups(request.client, int(time.monotonic() // KEPT_SECONDS))}
    choices = tuple(Choice(called.get(each, each), each) for each in chosen)
    return Field(
        "groups",
        "User groups",
        "searches",
        placeholder="Type a part of the name",
        initial=",".join(chosen),
        choices=choices,
        source=GROUPS,
        optional=True,
    )


@lru_cache(maxsize=4)
def _user_groups(client: WebClient, _minute: int) -> tuple[Choice, ...]:
    """Every user group; Slack is asked once a minute, for people type letter by letter."""
    found = client.usergroups_list()["usergroups"]
    return tuple(
        Choice(f"@{each['handle']} ({each['name']})", str(each["id"])) for each in found if not each.get("date_delete")
    )


def _wrong(request: Request, survey: Survey, kept: Mapping[str, str]) -> dict[str, str]:
    """What is wrong in the first step, which nobody sees any more in the second."""
    if kept["audience"]:
        try:
            read_audience(kept["audience"])
        except InvalidInput as error:
            return {"audience": error.text}
    try:
        if kept["when"]:
            survey_terms.insist_on_turns(request.asker, survey, kept["when"], kept["closes"])
        elif kept["closes"]:
            now = request.services.now()
            survey_terms.until(kept["closes"], now, request.asker.timezone, now)
    except InvalidInput as error:
        return {error.field or "when": error.text}
    try:
        if kept["results"]:
            verify(request.client, kept["results"], request.asker)
    except CannotPost as error:
        return {"results": error.text}
    return {}


def _more(kept: Mapping[str, str], given: Mapping[str, str]) -> Modal:
    """The second step, filled in with what was given before."""
    file = "CSV: ids of people, then columns such as team. It takes the place of whom you chose before."
    fields = [
        Field("file", "A file of people", "file", hint=file, optional=True),
        Field("cuts", "Groups to show", optional=True, placeholder="team", hint="Columns of the file, or group.", longest=130),
        Field("at", "Hour on everybody's own clock", optional=True, placeholder="10:00", longest=5),
        Field("viewers", "Who sees the results besides you", "people", optional=True),
    ]
    if kept["mode"] == "sealed":
        keys = "They say barometer surveys keys on a machine of their own, and give you the public half."
        fields += [
            Field("custodian", "Who keeps the key", "person", hint=keys),
            Field("key", "Public key", longest=200),
        ]
    filled = tuple(replace(each, initial=given.get(each.name, "")) for each in fields)
    return Modal(MORE, "Ask people", filled, submit="Ask", state=dict(kept))


def _begun(request: Request, kept: Mapping[str, str], more: Mapping[str, str], top: str) -> Answer:
    """Start or schedule it; what is wrong with all of it is said at the field `top`."""
    file = more.get("file", "")
    terms = Terms(
        audience="" if file else kept["audience"],
        file=file,
        closes=kept["closes"],
        channel=kept["results"],
        viewers=more.get("viewers", ""),
        mode=kept["mode"],
        cuts=more.get("cuts", ""),
        at=more.get("at", ""),
        custodian=more.get("custodian", ""),
        public_key=more.get("key", ""),
    )
    try:
        if kept["when"]:
            return scheduled(request, kept["survey"], kept["when"], terms)
        opening = survey_waves.start(request.services, request.asker, kept["survey"], terms, key=request.key)
    except BarometerError as error:
        typed = request.values.texts
        wrong = error.field if isinstance(error, InvalidInput) else ""
        if isinstance(error, NotAllowed):
            wrong = next((name for name in ("groups", "people") if typed.get(name)), "")
        return Errors({wrong if wrong in typed else top: error.text})
    return presenter.started(opening, request.asker.timezone)
