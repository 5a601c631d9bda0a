"""`/pulse`: ask people, so that nobody can tell who said what; and what came of it."""

from collections.abc import Callable, Mapping

from bot.domain.errors import InvalidInput
from bot.domain.parts import Message, text
from bot.domain.quantities import whole
from bot.domain.survey_reports import Comments, Results
from bot.domain.survey_waves import Terms
from bot.presenters import pulse as presenter
from bot.presenters import pulse_actions as actions_presenter
from bot.presenters import pulse_anonymity as anonymity_presenter
from bot.presenters import pulse_courses as courses_presenter
from bot.presenters import pulse_listing as listing_presenter
from bot.presenters import pulse_people as people_presenter
from bot.presenters import pulse_results as results_presenter
from bot.services import (
    survey_actions,
    survey_attributed,
    survey_benchmarks,
    survey_names,
    survey_people,
    survey_reminders,
    survey_results,
    survey_waves,
    surveys,
)
from handlers.slack.forms import (
    pulse_answer,
    pulse_close,
    pulse_delete,
    pulse_edit,
    pulse_export,
    pulse_forms,
    pulse_new,
    pulse_start,
)
from handlers.slack.forms.pulse_export import wave_of
from handlers.slack.listeners import Listeners
from handlers.slack.manual import manual
from handlers.slack.places import verify, verify_owner
from handlers.slack.request import Answer, Request
from handlers.slack.words import is_person, person, place, unknown

COMMAND = "/pulse"
VERBS: Mapping[str, str] = {
    "new": "makes a survey of your own in a form; with from=weekly-pulse, from one that there is; with its name, changes it",
    "templates": "the surveys that Barometer ships with",
    "start": "asks people, as in start weekly-pulse audience=#ops closes=3d; alone, the form. Without an audience, the "
    "people of this channel; results go to you, or with channel=#ops there, and you see them too",
    "schedule": 'asks again and again, as in schedule weekly-pulse when="weekly tuesday 10:00" audience=#ops; each at that '
    "hour of their own clock, or at= another; when=never ends it",
    "list": "every survey, and how its latest wave stands",
    "show": "what a survey asks and promises, as in show weekly-pulse",
    "remind": "reminds those who have not answered yet, twice a wave at most, as in remind weekly-pulse; who they are, nobody "
    "is told",
    "extend": "lets it end later, as in extend weekly-pulse until=2d",
    "close": "ends it and counts the answers, as in close weekly-pulse; with notice=2h, those who have not answered are told "
    "before, and it ends then; with unopened=yes, admins throw them away unread",
    "results": "what was answered, as in results weekly-pulse; wave=3 for an earlier one, page=2 for more questions, "
    "by=team for its groups, by=people if it keeps names",
    "trend": "how it went over the last waves, as in trend weekly-pulse",
    "compare": "against an outside benchmark, as in compare engagement with=uk-civil-service",
    "comments": "what people wrote, in no order, as in comments weekly-pulse; wave=3 for an earlier one",
    "actions": 'what is done because of it, as in actions weekly-pulse add="Fewer meetings" owner=@somebody due=21d; '
    "done=1 says that it is done",
    "retention": "records who stayed in a year, as in retention year=2026 start=40 stayed=36; alone, the form, which "
    "takes a file as well",
    "export": "sends you what was published as a file, as in export weekly-pulse as=xlsx; or csv, or json, or people if it "
    "keeps names; with as=yaml, the survey itself",
    "delete": "deletes a survey of your own by its name; alone, the form; delete me takes you out of all that is open or "
    "recurs; for admins, delete @somebody does so for who left",
    "opt-out": "asks you no more; opt-in takes it back",
    "opt-in": "asks you again",
    "help": "this list, or one line of it, as in help start; who can learn what of answers, as in help anonymity",
}
NOTE = (
    "Confidential while open, unlinkable after close. The running Barometer sees your answers when you send them; once it "
    "is closed they are numbers of at least five people, and nobody can tell whose they were. "
    "/pulse help anonymity says who can learn what."
)
TERMS = ("audience", "closes", "channel", "viewers", "mode", "cuts", "at", "custodian", "key")


def run(request: Request) -> Answer:
    """Do what the words say; without any, list."""
    verb = request.words.verb or "list"
    if verb not in _RUN:
        raise unknown(COMMAND, verb, VERBS)
    try:
        return _RUN[verb](request)
    except survey_names.WhichSurvey as error:
        if request.words.options or verb not in listing_presenter.OF_ONE:
            raise
        return listing_presenter.which(error.text, verb, error.names)


def listen(listeners: Listeners) -> None:
    """The buttons of invitations and results, and the forms."""
    listeners.button("pulse.answer", pulse_answer.opened, discreet=True)
    listeners.button("pulse.back", pulse_answer.back, discreet=True)
    listeners.button("pulse.withdraw", pulse_answer.withdraw, discreet=True)
    listeners.form(pulse_answer.FORM, pulse_answer.submit, discreet=True)
    listeners.button("pulse.show", lambda request: _shown(request, request.value))
    listeners.button("pulse.remind", lambda request: _reminded(request, request.value))
    listeners.button("pulse.extend", pulse_forms.extend_form)
    listeners.button("pulse.list", _listed)
    listeners.button("pulse.opt-out", _opt_out)
    listeners.button("pulse.opt-in", _opt_in)
    listeners.button("pulse.unschedule", lambda request: _unscheduled(request, request.value))
    listeners.button("pulse.results", _turned)
    listeners.button("pulse.by", _cut)
    listeners.button("pulse.comments", lambda request: _commented(request, *wave_of(request.value)))
    listeners.button("pulse.trend", lambda request: _course(request, request.value))
    listeners.button("pulse.compare", lambda request: _compared(request, *request.value.split(" ")[:2]))
    listeners.button("pulse.actions", _noted)
    listeners.button("pulse.action", pulse_forms.action_form)
    listeners.button("pulse.done", pulse_forms.done_form)
    listeners.button("pulse.unlock", pulse_forms.unlock_form)
    listeners.button("pulse.ask", pulse_forms.ask_form)
    listeners.button("pulse.reply", pulse_forms.reply_form, discreet=True)
    listeners.form("pulse.extend.until", pulse_forms.extend)
    for forms in (pulse_start, pulse_new, pulse_edit, pulse_export, pulse_close, pulse_delete):
        forms.listen(listeners)
    listeners.form("pulse.action.add", pulse_forms.action)
    listeners.form("pulse.done.say", pulse_forms.done)
    listeners.form("pulse.unlock.key", pulse_forms.unlock, discreet=True)
    listeners.form("pulse.ask.question", pulse_forms.ask)
    listeners.form(pulse_forms.REPLY, pulse_forms.reply, discreet=True)
    listeners.form("pulse.retention", pulse_forms.retention)


def _help(request: Request) -> Message:
    user = request.asker.user_id
    language, is_asked = survey_waves.language_of(request.services, user), survey_people.is_asked(request.services, user)
    told = anonymity_presenter.anonymity(language, is_asked=is_asked)
    return manual(request.words, COMMAND, VERBS, NOTE, {"anonymity": told})


def _list(request: Request) -> Message:
    request.words.alone()
    return _listed(request)


def _listed(request: Request) -> Message:
    found = surveys.listing(request.services)
    stands = survey_results.stands(found, request.asker.timezone)
    return listing_presenter.listing(list(zip(found, stands, strict=True)), request.asker.timezone)


def _templates(request: Request) -> Message:
    request.words.alone()
    found = [each for each in surveys.listing(request.services) if not each.own]
    return listing_presenter.listing([(each, "") for each in found], request.asker.timezone, "Surveys to start from")


def _new(request: Request) -> Answer:
    request.words.only("from")
    return pulse_new.form(request, (request.words.target or "").lower(), request.words.options.get("from", ""))


def _start(request: Request) -> Answer:
    words = request.words
    words.only(*TERMS)
    terms = _terms(request)
    if not words.target:
        return pulse_start.form(request, "", terms)
    here = request.place.conversation
    opening = survey_waves.start(request.services, request.asker, words.target, terms, here=here, key=request.key)
    return presenter.started(opening, request.asker.timezone)


def _schedule(request: Request) -> Answer:
    words = request.words
    words.only("when", *TERMS)
    when = words.options.get("when", "")
    if not when:
        return pulse_start.form(request, _said(request), _terms(request), recurs=True)
    name = _named(request)
    if when.strip().lower() == "never":
        words.apart("when", TERMS, "when=never ends what recurs")
        return _unscheduled(request, name)
    return pulse_start.scheduled(request, name, when, _terms(request))


def _unscheduled(request: Request, name: str) -> Message:
    stopped = surveys.unschedule(request.services, request.asker, name)
    said = f"{name} does not recur any more." if stopped else f"{name} did not recur."
    return Message(said, (text(said),))


def _terms(request: Request) -> Terms:
    given = request.words.options
    channel = place(given["channel"]) if given.get("channel") else ""
    if channel:
        verify(request.client, channel, request.asker)
    viewers = " ".join(person(each) for each in given.get("viewers", "").replace(",", " ").split())
    custodian = person(given["custodian"]) if given.get("custodian") else ""
    plain = {name: given.get(name, "") for name in ("audience", "closes", "mode", "cuts", "at")}
    return Terms(**plain, channel=channel, viewers=viewers, custodian=custodian, public_key=given.get("key", ""))


def _show(request: Request) -> Message:
    request.words.only()
    return _shown(request, _named(request))


def _shown(request: Request, name: str) -> Message:
    found = survey_results.standing(request.services, request.asker, name, request.place.channel)
    return listing_presenter.shown(found, request.asker.timezone)


def _remind(request: Request) -> Message:
    request.words.only()
    return _reminded(request, _running(request))


def _reminded(request: Request, name: str) -> Message:
    asked = survey_reminders.ask(request.services, request.asker, name)
    return presenter.reminded(asked.label, asked.uninvited)


def _extend(request: Request) -> Message:
    request.words.only("until")
    until = request.words.options.get("until", "")
    return presenter.extended(
        survey_waves.extend(request.services, request.asker, _running(request), until), request.asker.timezone
    )


def _close(request: Request) -> Message:
    request.words.only("unopened", "notice")
    unopened, notice = request.words.options.get("unopened", "").lower(), request.words.options.get("notice")
    if unopened not in ("", "yes"):
        raise InvalidInput("unopened=yes throws the answers away unread; to count them, leave it out.", "unopened")
    if unopened and notice is not None:
        raise InvalidInput("What is thrown away unread needs no notice; leave one of the two out.", "notice")
    if notice is not None:
        return pulse_close.with_notice(request, _running(request), notice)
    end = pulse_close.thrown_away if unopened else pulse_close.at_once
    return end(request, _running(request))


def _results(request: Request) -> Message:
    request.words.only("wave", "by", "page")
    request.words.apart("by", ["page"], "by= shows everything on one page")
    options = request.words.options
    wave, by, page = (options.get(name, "") for name in ("wave", "by", "page"))
    name = _with_results(request)
    if by.lower() == "people":
        return _people(request, name, wave)
    found = survey_results.results(request.services, request.asker, name, wave, request.place.channel)
    number = _page(page, found)
    return results_presenter.heatmap(found, by) if by else results_presenter.results(found, number)


def _people(request: Request, name: str, wave: str) -> Message:
    found = survey_attributed.answers(request.services, request.asker, name, wave, request.place.channel)
    return people_presenter.people(found)


def _turned(request: Request) -> Message:
    """A button of results: of the latest wave of a survey, of one, or of a page of it; of the last, where that is gone."""
    name, wave, page = wave_of(request.value)
    found = survey_results.results(request.services, request.asker, name, wave, request.place.channel)
    return results_presenter.results(found, whole(page) or 1)


def _cut(request: Request) -> Message:
    name, wave, by = wave_of(request.value)
    if by.lower() == "people":
        return _people(request, name, wave)
    found = survey_results.results(request.services, request.asker, name, wave, request.place.channel)
    return results_presenter.heatmap(found, by)


def _page(said: str, found: Results | Comments) -> int:
    """The page that somebody names in words.

    :raises InvalidInput: there is none of that number.
    """
    if not said:
        return 1
    number, pages = whole(said), results_presenter.pages_of(found)
    if number is None or not 1 <= number <= pages:
        there = f"{found.label} has {f'pages 1 to {pages}' if pages > 1 else 'only page 1'}."
        raise InvalidInput(f"page= is a number, and {there}" if number is None else there, "page")
    return number


def _trend(request: Request) -> Message:
    request.words.only()
    return _course(request, _with_results(request))


def _course(request: Request, name: str) -> Message:
    return courses_presenter.trend(survey_results.trend(request.services, request.asker, name, request.place.channel))


def _compare(request: Request) -> Message:
    request.words.only("with")
    return _compared(request, _with_results(request), request.words.options.get("with", ""))


def _compared(request: Request, name: str, against: str = "") -> Message:
    found = survey_benchmarks.compare(request.services, request.asker, name, against, request.place.channel)
    return courses_presenter.compared(found)


def _comments(request: Request) -> Message:
    request.words.only("wave", "page")
    options = request.words.options
    wave, page = options.get("wave", ""), options.get("page", "")
    found = survey_results.comments(request.services, request.asker, _with_results(request), wave, request.place.channel)
    return results_presenter.comments(found, _page(page, found))


def _commented(request: Request, name: str, number: str, page: str) -> Message:
    """A button of comments; of a page that is gone, the last."""
    found = survey_results.comments(request.services, request.asker, name, number, request.place.channel)
    return results_presenter.comments(found, whole(page) or 1)


def _actions(request: Request) -> Message:
    words = request.words
    words.only("add", "owner", "due", "done", "outcome")
    words.apart("done", ["add", "owner", "due"], "done= ends an action, and add= notes a new one")
    words.needs(["owner", "due"], "add", 'add="Fewer meetings" owner=@somebody due=21d')
    words.needs(["outcome"], "done", 'done=1 outcome="two a week"')
    given = {key: words.options.get(key, "") for key in ("add", "owner", "due", "done", "outcome")}
    if given["owner"]:
        given["owner"] = person(given["owner"])
        verify_owner(request.client, given["owner"])
    found = survey_actions.asked(request.services, request.asker, _named(request), given, request.place.channel)
    return actions_presenter.actions(found)


def _noted(request: Request) -> Message:
    found = survey_actions.listing(request.services, request.asker, request.value, request.place.channel)
    return actions_presenter.actions(found)


def _retention(request: Request) -> Answer:
    words = request.words
    words.alone("year", "start", "stayed")
    if not words.options:
        return pulse_forms.retention_form(request)
    given = {key: words.options.get(key, "") for key in ("year", "start", "stayed")}
    return actions_presenter.retention(survey_people.retention(request.services, request.asker, given, request.key))


def _export(request: Request) -> Message:
    request.words.only("as", "wave")
    kind, number = (request.words.options.get(name, "") for name in ("as", "wave"))
    if kind.lower() == "yaml":
        request.words.apart("as", ["wave"], "as=yaml sends the survey itself, whatever the wave")
    return pulse_export.sent(request, _named(request), kind.lower() or "csv", number)


def _delete(request: Request) -> Answer:
    request.words.only()
    target = request.words.target
    if not target:
        return pulse_delete.form(request)
    if target.lower() == pulse_delete.ME:
        return pulse_delete.sure(request)
    return pulse_delete.sure(request, person(target)) if is_person(target) else pulse_delete.sure_of(request, _named(request))


def _opt_out(request: Request) -> Message:
    request.words.alone()
    return actions_presenter.opted(survey_people.opt_out(request.services, request.asker), out=True)


def _opt_in(request: Request) -> Message:
    request.words.alone()
    return actions_presenter.opted(survey_people.opt_in(request.services, request.asker), out=False)


def _named(request: Request) -> str:
    if not request.words.target:
        raise survey_names.WhichSurvey(surveys.names(request.services))
    return _said(request)


def _running(request: Request) -> str:
    return _said(request) or survey_names.to_run(request.services, request.asker)


def _with_results(request: Request) -> str:
    return _said(request) or survey_names.with_results(request.services, request.asker, request.place.channel)


def _said(request: Request) -> str:
    return request.words.target.strip().lower()


_RUN: Mapping[str, Callable[[Request], Answer]] = {
    "new": _new,
    "templates": _templates,
    "start": _start,
    "schedule": _schedule,
    "list": _list,
    "show": _show,
    "remind": _remind,
    "extend": _extend,
    "close": _close,
    "results": _results,
    "trend": _trend,
    "compare": _compare,
    "comments": _comments,
    "actions": _actions,
    "retention": _retention,
    "export": _export,
    "delete": _delete,
    "opt-out": _opt_out,
    "opt-in": _opt_in,
    "help": _help,
}
