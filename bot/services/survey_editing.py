"""Surveys that are changed in Slack part by part. Each change is kept at once, and none takes the place of another's unseen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.domain.survey_documents import dump, parse_surveys, plain, plain_question
from bot.domain.survey_editing import ChangedMeanwhile, Fields, Plain, in_words, moved_up, on_terms, put, seen, without, written
from bot.domain.survey_editing import digest as mark
from bot.domain.survey_schema import named_so
from bot.domain.surveys import Question, Survey, said
from bot.services import Services, surveys
from storage import Connection, waves
from storage import surveys as stored

Edit = Callable[[Survey], Plain]
_ANY: Plain = {"id": "any", "kind": "comment", "text": "Any"}


@dataclass(frozen=True, slots=True)
class Editing:
    """A survey as whoever changes it sees it."""

    survey: Survey
    is_running: bool
    recurs: bool


def look(services: Services, asker: Asker, name: str) -> Editing:
    """A survey, to be changed.

    :raises NoSuchSurvey: there is none of that name.
    :raises NotAllowed: the asker did not make it and is no admin.
    """
    with services.db.read() as connection:
        survey = surveys.named(services, connection, name)
        surveys.insist_may_change(services, connection, asker, survey.name)
        is_running = waves.open_of(connection, survey.name) is not None
        return Editing(survey, is_running, stored.schedule_of(connection, survey.name) is not None)


def fresh(services: Services, asker: Asker, name: str, title: str, *, origin: str = "", language: str = "en") -> Survey:
    """A copy of a survey under another name; without an origin, what there would be with a first question in a language.

    :raises InvalidInput: there is one of that name already.
    :raises DefinitionErrors: the name or the title is not as it should be.
    """
    with services.db.begin() as connection:
        makers, word = stored.makers(connection), named_so(name)
        if word in surveys.everything(services, connection):
            raise InvalidInput(f"There is a survey called {word[:80]}; give yours another name.", "name")
        if not origin:
            called = {language: title.strip() or word.replace("-", " ").strip().capitalize() or word}
            (survey,) = parse_surveys(dump({"name": word, "title": called, "questions": [_ANY]}))
            return survey
        copied = surveys.named(services, connection, origin)
        is_same = title.strip() in ("", said(copied.title))
        fields = plain(copied) | {"name": word} | ({} if is_same else {"title": title.strip()})
        (survey,) = surveys.keep(services, connection, asker, surveys.parsed(services, dump(fields)), makers)
        return survey


def first(services: Services, asker: Asker, name: str, title: str, *, question: Fields, language: str) -> Survey:
    """A new survey with one question, both in a language.

    :raises InvalidInput: there is one of that name already.
    :raises DefinitionErrors: something is not as it should be.
    """
    with services.db.begin() as connection:
        makers = stored.makers(connection)
        if name in surveys.everything(services, connection):
            raise InvalidInput(f"There is a survey called {name[:80]} by now. Close this, and give yours another name.")
        fields = {"name": name, "title": {language: title}, "questions": [written(question, None, language)]}
        (survey,) = surveys.keep(services, connection, asker, surveys.parsed(services, dump(fields)), makers)
        return survey


def change_question(
    services: Services, asker: Asker, name: str, given: Fields, language: str, *, before: str = "", was: str = ""
) -> Survey:
    """Put what was filled in in the place of the question called `before`, or behind all others.

    :raises ChangedMeanwhile: that question is not as it was when it had the mark `was`.
    :raises DefinitionErrors: something is not as it should be.
    """

    def edit(survey: Survey) -> Plain:
        old = next((q for q in survey.questions if q.id == before), None)
        if before and (old is None or seen(survey, before) != was):
            raise ChangedMeanwhile
        return put(survey, written(given, old, language, [q.id for q in survey.questions]), before)

    return _changed(services, asker, name, edit)


def move_up(services: Services, asker: Asker, name: str, question: str) -> Survey:
    """Ask a question one place earlier."""
    return _changed(services, asker, name, lambda survey: moved_up(survey, question))


def remove(services: Services, asker: Asker, name: str, question: str, was: str) -> Survey:
    """Take a question out.

    :raises ChangedMeanwhile: it is not as it was when it had the mark `was`.
    :raises InvalidInput: it is the only one.
    """

    def edit(survey: Survey) -> Plain:
        if seen(survey, question) not in ("", was):
            raise ChangedMeanwhile
        return without(survey, question)

    return _changed(services, asker, name, edit)


def take_from_bank(services: Services, asker: Asker, name: str, chosen: Sequence[str]) -> Survey:
    """Add questions of the bank behind all others; those that are there already stay as they are."""
    known = surveys.bank(services.settings.kpis)

    def edit(survey: Survey) -> Plain:
        there = {q.id for q in survey.questions}
        fields = plain(survey)
        fields["questions"] += [plain_question(known[each]) for each in chosen if each in known and each not in there]
        return fields

    return _changed(services, asker, name, edit)


def in_bank(services: Services, survey: Survey) -> tuple[Question, ...]:
    """The questions of the bank that a survey does not have yet."""
    there = {q.id for q in survey.questions}
    return tuple(q for q in surveys.bank(services.settings.kpis).values() if q.id not in there)


def reword(services: Services, asker: Asker, name: str, title: str, about: str, *, language: str, was: str) -> Survey:
    """Give a survey another title and introduction in a language.

    :raises ChangedMeanwhile: its words or terms are not as they were when they had the mark `was`.
    """
    return _changed(services, asker, name, lambda survey: in_words(_unchanged(survey, was), title, about, language))


def change_terms(services: Services, asker: Asker, name: str, given: Fields, was: str) -> Survey:
    """Give a survey other terms.

    :raises ChangedMeanwhile: its words or terms are not as they were when they had the mark `was`.
    """
    return _changed(services, asker, name, lambda survey: on_terms(_unchanged(survey, was), given))


def rewrite(services: Services, asker: Asker, text: str, name: str = "", was: str = "") -> list[Survey]:
    """As `surveys.save`, unless the survey called `name` is not as it was when it had the mark `was`.

    :raises ChangedMeanwhile: it is not.
    """
    read = surveys.parsed(services, text)  # it may take a second, in which nobody else could write
    with services.db.begin() as connection:
        stored.hold(connection, name)
        known = surveys.everything(services, connection)
        if was and (name not in known or whole(known[name]) != was):
            raise ChangedMeanwhile
        makers = stored.makers(connection)
        if taken := next((each.name for each in read if each.name in makers.keys() - {name}), ""):
            raise InvalidInput(f"There is a survey called {taken}; open it to change it, or give yours another name.")
        return surveys.keep(services, connection, asker, read, makers)


def whole(survey: Survey) -> str:
    """The mark of a survey with everything in it."""
    return mark(plain(survey))


def _changed(services: Services, asker: Asker, name: str, edit: Edit) -> Survey:
    with services.db.begin() as connection:
        survey = _held(services, connection, asker, name)
        read = surveys.parsed(services, dump(edit(survey)))
        (made,) = surveys.keep(services, connection, asker, read, stored.makers(connection))
        return made


def _held(services: Services, connection: Connection, asker: Asker, name: str) -> Survey:
    """A survey that nobody else changes until this transaction ends; one of a file becomes one that was made here."""
    survey = surveys.named(services, connection, name)
    surveys.insist_may_change(services, connection, asker, survey.name)
    if survey.name not in stored.makers(connection):
        stored.add(connection, survey.name, surveys.written(survey), by=asker.user_id, at=services.now())
    stored.hold(connection, survey.name)
    return surveys.named(services, connection, survey.name)


def _unchanged(survey: Survey, was: str) -> Survey:
    if seen(survey) != was:
        raise ChangedMeanwhile
    return survey
