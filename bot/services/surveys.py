"""The surveys that there are: shipped, from the team's own files, and made in Slack."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import bot.catalogue
from bot.domain.documents import DefinitionErrors, Problem
from bot.domain.entries import did_you_mean
from bot.domain.errors import InvalidInput, NotAllowed, Unavailable
from bot.domain.people import Asker, Change
from bot.domain.questions import KINDS
from bot.domain.schedules import from_words, in_words
from bot.domain.survey_documents import is_bank_file, is_survey_file, parse_bank, parse_surveys, to_yaml
from bot.domain.survey_reports import Recurring, Step
from bot.domain.survey_waves import NoSuchSurvey, Terms
from bot.domain.surveys import Question, Survey
from bot.presenters import pulse_actions as presenter
from bot.services import Services, deliveries, survey_kpi_checks, survey_recurring
from bot.services.survey_audience import insist_belongs
from storage import Connection, audit, surveys, waves
from storage.surveys import StoredSchedule
from storage.waves import StoredWave


@dataclass(frozen=True, slots=True)
class Listed:
    """A survey with its latest wave, how it recurs, whether it was made here, and the start after that wave if it failed."""

    survey: Survey
    latest: StoredWave | None
    recurs: Recurring | None
    own: bool = False
    failed: StoredWave | None = None

    @property
    def is_running(self) -> bool:
        """Whether its latest wave is open, or being opened."""
        return self.latest is not None and self.latest.state in ("open", "opening")


def everything(services: Services, connection: Connection) -> dict[str, Survey]:
    """Every survey by name; one that was made in Slack stands before a file's, a team's file before a shipped one."""
    made = {name: read_one(source) for name, source in surveys.sources(connection).items()}
    return dict(sorted({**from_files(services.settings.kpis), **made}.items()))


def named(services: Services, connection: Connection, name: str) -> Survey:
    """A survey.

    :raises NoSuchSurvey: there is none of that name.
    """
    found = everything(services, connection)
    word = name.strip().lower()
    if word not in found:
        raise NoSuchSurvey(name=name.strip()[:60], hint=did_you_mean(word, found) if word else f"There are {', '.join(found)}.")
    return found[word]


def names(services: Services) -> list[str]:
    """What surveys are called."""
    with services.db.read() as connection:
        return list(everything(services, connection))


def listing(services: Services) -> list[Listed]:
    """Every survey, with its latest wave and when the next one starts."""
    with services.db.read() as connection:
        found, latest, failed = everything(services, connection), waves.latest(connection), waves.failed(connection)
        planned = {each.survey: each for each in surveys.schedules(connection)}
        made = surveys.sources(connection)
    return [
        Listed(each, latest.get(name), recurring(services, planned.get(name)), name in made, failed.get(name))
        for name, each in found.items()
    ]


def save(services: Services, asker: Asker, text: str) -> list[Survey]:
    """Make surveys, or change those of the same names, from YAML. Waves that are open keep what they were opened with.

    :raises DefinitionErrors: something in it is wrong; all of it is told.
    :raises NotAllowed: it takes the place of a shipped one or of somebody else's, and the asker is no admin.
    """
    read = parsed(services, text)
    with services.db.begin() as connection:
        return keep(services, connection, asker, read, surveys.makers(connection))


def parsed(services: Services, text: str) -> list[Survey]:
    """The surveys that YAML defines, with the questions that they take from the bank.

    :raises DefinitionErrors: something in it is wrong; all of it is told.
    """
    return parse_surveys(text, "", bank(services.settings.kpis))


def keep(
    services: Services, connection: Connection, asker: Asker, read: list[Survey], makers: Mapping[str, str]
) -> list[Survey]:
    """As `save`, if this transaction is kept. Whoever made a survey can change it after an admin did.

    `makers` made those that there were when it was decided what may be kept: none takes the place of one that came since.

    :raises InvalidInput: somebody else has made one of a new name since.
    :raises DefinitionErrors: one names a KPI that it cannot feed.
    """
    now, made = services.now(), surveys.sources(connection)
    _insist_feed_kpis(services, connection, asker, read)
    for each in read:
        _insist_may_change(services, makers, asker, each.name)
        if each.name == "me":
            raise InvalidInput("Call it something else: /pulse delete me takes out the answers of whoever says it.", "name")
        source = to_yaml(each)
        if each.name in makers:
            surveys.save(connection, each.name, source, by=makers[each.name], at=now)
        elif not surveys.add(connection, each.name, source, by=asker.user_id, at=now):
            raise InvalidInput(f"There is a survey called {each.name[:80]} by now; give yours another name.", "name")
        change = Change(asker.user_id, "survey.save", each.name, {"source": made.get(each.name)}, {"source": source})
        audit.write(connection, now, change)
    return read


def _insist_feed_kpis(services: Services, connection: Connection, asker: Asker, read: Sequence[Survey]) -> None:
    """Insist that each of these surveys can feed the KPI that it names, if it names one."""
    found = ((n, survey_kpi_checks.problem(services, connection, asker, each)) for n, each in enumerate(read))
    if problems := [Problem("", 0, f"surveys[{n}].kpi", *told) for n, told in found if told]:
        raise DefinitionErrors(problems)


def may_change(services: Services, connection: Connection, asker: Asker, name: str) -> bool:
    """Whether somebody may change a survey, or make one of that name: whoever made it, and admins."""
    return _may_change(services, surveys.makers(connection), asker, name)


def insist_may_change(services: Services, connection: Connection, asker: Asker, name: str) -> None:
    """Insist that somebody may change a survey.

    :raises NotAllowed: they did not make it and are no admin.
    :raises Outsider: they are none of the workspace.
    """
    _insist_may_change(services, surveys.makers(connection), asker, name)


def _may_change(services: Services, makers: Mapping[str, str], asker: Asker, name: str) -> bool:
    if asker.outside:
        return False
    own = makers[name] == asker.user_id if name in makers else name not in from_files(services.settings.kpis)
    return asker.admin or own


def _insist_may_change(services: Services, makers: Mapping[str, str], asker: Asker, name: str) -> None:
    insist_belongs(asker)
    if _may_change(services, makers, asker, name):
        return
    if name in makers:
        raise NotAllowed(who="admins and whoever made it", what=f"change {name}; give yours another name")
    raise NotAllowed(who="admins", what=f"change {name}, which comes from a file; give yours another name")


def running(services: Services, names: Sequence[str]) -> list[str]:
    """Those of some surveys of which a wave is open, or being opened."""
    with services.db.read() as connection:
        return [name for name in names if waves.open_of(connection, name)]


def steps(services: Services, connection: Connection, asker: Asker, name: str) -> tuple[Step, ...]:
    """What somebody can do with a survey itself, whatever becomes of its waves."""
    planned, makers = surveys.schedule_of(connection, name), surveys.makers(connection)
    found: list[Step] = ["change", "copy"] if _may_change(services, makers, asker, name) else ["copy"]
    if planned and (asker.admin or asker.user_id == planned.owner):
        found.append("recur no more")
    maker = makers.get(name)
    if maker and (asker.admin or asker.user_id == maker) and not waves.open_of(connection, name):
        found.append("delete")
    return tuple(found)


def deletable(services: Services, asker: Asker) -> list[Survey]:
    """The surveys that somebody can delete now."""
    with services.db.read() as connection:
        makers, known, latest = surveys.makers(connection), everything(services, connection), waves.latest(connection)
    running = {name for name, row in latest.items() if row.state in ("open", "opening")}
    return [known[name] for name in sorted(makers.keys() - running) if asker.admin or makers[name] == asker.user_id]


def delete(services: Services, asker: Asker, name: str) -> str:
    """Forget a survey that was made in Slack, and let it recur no more; its results stay. Whoever made or scheduled it is told,
    if somebody else deletes it.

    :raises InvalidInput: it was not made here, which is said to all, or a wave of it is open.
    :raises NotAllowed: the asker did not make it and is no admin.
    """
    now = services.now()
    with services.db.begin() as connection:
        survey = named(services, connection, name)
        surveys.hold(connection, survey.name)
        maker = _insist_may_delete(connection, asker, survey.name)
        recurred = surveys.schedule_of(connection, survey.name, lock=True)
        surveys.remove(connection, survey.name)
        audit.write(connection, now, Change(asker.user_id, "survey.delete", survey.name))
        for whom in {maker, recurred.owner if recurred else maker} - {asker.user_id}:
            message = presenter.deleted(survey.name, by=asker.user_id, recurred=recurred is not None)
            key = f"survey-deleted:{survey.name}:{now.isoformat()}:{whom}"
            deliveries.post(services, connection, key=key, kind="notice", target=whom, message=message)
    _overwrite_people(services, recurred)
    return survey.name


def to_delete(services: Services, asker: Asker, name: str) -> str:
    """What a survey is called that somebody could delete now.

    :raises BarometerError: as `delete`, if they cannot.
    """
    with services.db.read() as connection:
        survey = named(services, connection, name)
        _insist_may_delete(connection, asker, survey.name)
    return survey.name


def _insist_may_delete(connection: Connection, asker: Asker, name: str) -> str:
    """Who made the survey that is to be deleted."""
    maker = surveys.makers(connection).get(name)
    if maker is None:
        raise InvalidInput(f"{name} comes from a file, and nobody can delete it here; take it out of the file.")
    if not asker.admin and maker != asker.user_id:
        raise NotAllowed(who="admins and whoever made it", what=f"delete {name}")
    if waves.open_of(connection, name):
        raise InvalidInput(f"A wave of {name} is open; close it first.")
    return maker


def schedule(services: Services, asker: Asker, name: str, when: str, terms: Terms) -> Recurring:
    """Have waves of a survey started again and again, in place of how it recurred before; whoever else had said so is told.

    :raises InvalidInput: the schedule cannot be read.
    :raises NotAllowed: it recurs already as somebody else said, and the asker is no admin.
    :raises Outsider: the asker is none of the workspace.
    """
    insist_belongs(asker)
    now = services.now()
    found = from_words(when, asker.timezone)
    with services.db.begin() as connection:
        survey = named(services, connection, name)
        survey_kpi_checks.insist_feeds(services, connection, asker, survey)
        before = surveys.schedule_of(connection, survey.name, lock=True)
        if before and not asker.admin and asker.user_id != before.owner:
            raise NotAllowed(who="admins and whoever scheduled it", what=f"change when {survey.name} recurs")
        kept = {key: value for key, value in _as_dict(terms).items() if value}
        stored = StoredSchedule(survey.name, in_words(found), kept, asker.user_id, paused=False, last_due=now)
        surveys.keep_schedule(connection, stored)
        told: dict[str, object] = {"schedule": stored.schedule, "terms": survey_recurring.without_people(kept)}
        change = Change(asker.user_id, "survey.schedule", survey.name, None, told)
        audit.write(connection, now, change)
        made = survey_recurring.described(found, surveys.schedule_of(connection, survey.name) or stored, now)
        made = replace(made, before=recurring(services, before), dropped=survey_recurring.dropped(before, kept))
        survey_recurring.tell_owner(services, connection, before, asker, made)
    _overwrite_people(services, before)
    return made


def unschedule(services: Services, asker: Asker, name: str) -> bool:
    """Let a survey recur no more; whoever scheduled it is told, if somebody else does. False: it did not.

    :raises NoSuchSurvey: there is none of that name, and none recurs.
    :raises NotAllowed: the asker did not schedule it and is no admin.
    """
    with services.db.begin() as connection:
        stored = surveys.schedule_of(connection, name, lock=True)
        if stored is None:
            named(services, connection, name)
        if stored and not asker.admin and asker.user_id != stored.owner:
            raise NotAllowed(who="admins and whoever scheduled it", what=f"stop {name}")
        if stored:
            audit.write(connection, services.now(), Change(asker.user_id, "survey.unschedule", name))
            survey_recurring.tell_owner(services, connection, stored, asker)
        surveys.drop_schedule(connection, name)
    _overwrite_people(services, stored)
    return stored is not None


def overwrite(services: Services, *tables: str) -> None:
    """Overwrite what was deleted from these tables: now, or if that cannot be, when the next wave is closed."""
    with contextlib.suppress(Unavailable):
        services.db.rewrite(tables)


def read_one(source: str) -> Survey:
    """The survey in YAML that was written before."""
    return _read(source)


def written(survey: Survey) -> str:
    """A survey as YAML."""
    return to_yaml(survey)


def longest_payload(questions: Sequence[Question]) -> int:
    """How many bytes the answers to these questions may have, with their ids."""
    return 2 + sum(2 * len(q.id.encode()) + 20 + KINDS[q.kind].size(q) for q in questions)


@lru_cache(maxsize=8)
def bank(folder: Path | None = None) -> dict[str, Question]:
    """The questions that ship, and those in the team's own files, which stand before them; by id.

    :raises DefinitionErrors: something in a file is wrong; all of it is told.
    """
    found: dict[str, Question] = {}
    for path in (*_shipped("*.yaml"), *_team_files(folder)):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        found |= parse_bank(text, str(path)) if is_bank_file(text) else {}
    return found


@lru_cache(maxsize=256)
def _read(source: str) -> Survey:
    (survey,) = parse_surveys(source, "", bank())
    return survey


@lru_cache(maxsize=8)
def from_files(folder: Path | None) -> dict[str, Survey]:
    """The surveys that ship, and those in the team's own files, which stand before them.

    :raises DefinitionErrors: something in a file is wrong; all of it is told.
    """
    shipped = {s.name: s for path in _shipped("*.yaml") for s in _surveys_in(path, bank())}
    return shipped | {s.name: s for path in _team_files(folder) for s in _surveys_in(path, bank(folder))}


def _surveys_in(path: Path, known: Mapping[str, Question]) -> list[Survey]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return parse_surveys(text, str(path), known) if is_survey_file(text) else []


def _shipped(pattern: str) -> list[Path]:
    return sorted((Path(bot.catalogue.__path__[0]) / "surveys").glob(pattern))


def _team_files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    return sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml")) if folder.is_dir() else [folder]


def recurring(services: Services, stored: StoredSchedule | None) -> Recurring | None:
    """How a survey recurs. None: it does not."""
    if stored is None or stored.paused:
        return None
    return survey_recurring.described(from_words(stored.schedule, services.settings.timezone), stored, services.now())


def _overwrite_people(services: Services, stored: StoredSchedule | None) -> None:
    """Leave nobody in old pages whom a schedule named that is no more, or not as it was."""
    if stored and survey_recurring.naming(stored.terms):
        overwrite(services, "survey_schedule")


def _as_dict(terms: Terms) -> dict[str, str]:
    return {name: getattr(replace(terms), name) for name in Terms.__dataclass_fields__}
