"""What comes of waves: who sees it, what changed, the KPI, the digest, benchmarks, retention, and what was done."""

import bisect
import re
import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.digests import DigestDefinition, Selection
from bot.domain.documents import DefinitionErrors
from bot.domain.errors import BarometerError, InvalidInput, NotAllowed
from bot.domain.material import Material
from bot.domain.parts import Buttons, Chart, Message, Note, load, plain
from bot.domain.people import SYSTEM, Asker
from bot.domain.schedules import from_words
from bot.domain.survey_figures import Figure
from bot.domain.survey_results import CellResult
from bot.domain.survey_waves import ForOthers, NoWave, Terms
from bot.presenters import kpi_origin, pulse_courses, pulse_results
from bot.presenters import kpis as kpi_messages
from bot.services import (
    Services,
    definitions,
    kpis,
    survey_actions,
    survey_benchmarks,
    survey_clock,
    survey_close,
    survey_export,
    survey_opening,
    survey_people,
    survey_results,
    survey_terms,
    survey_waves,
    surveys,
)
from bot.services.digest_material import gather
from bot.services.digest_runs import readers
from bot.services.sections import surveys as section
from storage import observations, outbox
from storage import surveys as stored
from storage.tables import audit, observation
from storage.waves import StoredWave
from tests.services.survey_world import OF_A_KPI, OWNER, SURVEY, Directory, World, people, world_in

ADMIN = Asker("U0ADMIN", admin=True)
ROTATING = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: turns
    title: Turns
    each: 1
    closes: 3d
    questions:
      - {id: goals, kind: agree, text: I know what we want to reach.}
      - {id: pride, kind: agree, text: I am proud of what we do.}
"""
TURNS_OF_A_KPI = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: turns
    title: Turns
    each: 2
    closes: 3d
    kpi: engagement
    questions:
      - {id: a1, kind: agree, text: I know what we want to reach., index: true}
      - {id: a2, kind: agree, text: I am proud of what we do., index: true}
      - {id: b1, kind: agree, text: I have what I need., index: true}
      - {id: b2, kind: agree, text: I learn something every week., index: true}
"""
DIGEST = DigestDefinition(
    "weekly", "Weekly", "executive", from_words("weekly monday 09:00", "UTC"), "weekly", Selection(everything=True), "C0TEAM"
)


@pytest.fixture
def world(services: Services) -> World:
    made = world_in(services)
    made.directory = Directory(people(24))
    definitions.apply_files(made.services, SYSTEM)
    return made


def everybody(n: int) -> list[str]:
    return [m.user_id for m in people(n)]


def play(world: World, answers: Sequence[dict[str, str]], survey: str = "team-check", **terms: str) -> StoredWave:
    """A wave from its opening to its close, in which the nth person answers the nth of `answers`."""
    row = world.open(survey, **{"mode": "anonymous", **terms})
    for user, given in zip(everybody(len(answers)), answers, strict=True):
        world.answer(row, user, **given)
    assert world.close(survey) == "closed"
    world.clock.on(days=7)
    return world.row(row.id)


def high(n: int = 20) -> list[dict[str, str]]:
    return [{"goals": str(4 + i % 2), "pride": str(2 + i % 4)} for i in range(n)]


def low(n: int = 20) -> list[dict[str, str]]:
    return [{"goals": str(1 + i % 3), "pride": str(2 + i % 4)} for i in range(n)]


def said(message: Message) -> str:
    return "\n".join([message.summary, *map(plain, message.parts)])


def test_a_fall_that_stays_is_watched_then_flagged_and_the_course_shows_it(world: World) -> None:
    for _ in range(3):
        play(world, high())
    play(world, low())
    found = survey_results.results(world.services, OWNER, "team-check")
    told = found.trend("goals")
    assert told is not None
    assert told.state == "watch"
    assert "watched: seen once: I know what we want to reach." in said(pulse_results.results(found))
    play(world, low())
    text = said(pulse_results.results(survey_results.results(world.services, OWNER, "team-check")))
    assert "seen two waves running: I know what we want to reach." in text
    assert "On scales, changes are mostly seen from" in text
    assert "Changed against up to four waves before, taken together:\n• −48 points (" in text
    assert "I am proud of what we do. | 63 (57 to 68) | 50% (42 to 58) | 20 of 24 | none seen | " in text
    earlier = survey_results.results(world.services, OWNER, "team-check", "4").trend("goals")
    assert earlier == told, "an earlier wave is told as it was"
    course = survey_results.trend(world.services, OWNER, "team-check")
    assert course.labels == tuple(f"team-check #{n}" for n in range(1, 6))
    shown = said(pulse_courses.trend(course))
    before, after = "88 (85 to 90)", "24 (20 to 28)"
    row = ("I know what we want to reach.", before, before, before, after, after, "−48 points, seen two waves running")
    assert " | ".join(row) in shown
    assert "Benjamini–Hochberg" in shown


def test_a_share_in_place_of_a_mean_is_called_one_in_the_course_and_is_drawn_as_none(world: World) -> None:
    play(world, high())
    play(world, [{"goals": "4", "pride": str(2 + i % 4)} for i in range(7)])
    shown = pulse_courses.trend(survey_results.trend(world.services, OWNER, "team-check"))
    assert "I know what we want to reach. | 88 (85 to 90) | at least 80% favourable | not tested" in said(shown)
    chart = next(part for part in shown.parts if isinstance(part, Chart))
    assert [round(each) if each else each for each in chart.series[0].values] == [88, None]


@pytest.mark.parametrize("end", ["open", "unopened"])
def test_how_a_later_wave_stands_is_said_beside_the_results_of_the_one_before(world: World, end: str) -> None:
    play(world, high())
    world.open("team-check")
    if end == "unopened":
        survey_close.throw_away(world.services, ADMIN, "team-check")
    stands = {"open": "team-check #2 is open until", "unopened": "team-check #2 was destroyed unopened on"}[end]
    for made in (
        pulse_results.results(survey_results.results(world.services, OWNER, "team-check")),
        pulse_results.comments(survey_results.comments(world.services, OWNER, "team-check")),
        pulse_courses.trend(survey_results.trend(world.services, OWNER, "team-check")),
    ):
        assert stands in said(made)
    assert stands not in said(pulse_results.results(survey_results.results(world.services, OWNER, "team-check", "1")))


def test_a_question_in_new_words_is_not_compared_with_the_old(world: World) -> None:
    for _ in range(3):
        play(world, high())
    surveys.save(world.services, ADMIN, SURVEY.replace("I know what we want to reach.", "Our goals are right."))
    play(world, low())
    found = survey_results.results(world.services, OWNER, "team-check")
    told = found.trend("goals")
    assert told is not None
    assert told.change is None
    text = said(pulse_results.results(found))
    assert "Asked in new words, and compared only from there: “Our goals are right.” since team-check #4." in text
    assert "| new words" in text
    shown = said(pulse_courses.trend(survey_results.trend(world.services, OWNER, "team-check")))
    assert "Our goals are right. | – | – | – | 24 (20 to 28) | new words" in shown


def test_questions_asked_in_turn_are_compared_with_their_own_waves(world: World) -> None:
    surveys.save(world.services, ADMIN, ROTATING)
    for n in range(8):
        play(world, [{"goals" if n % 2 == 0 else "pride": str(4 + i % 2)} for i in range(20)], "turns")
    for n in range(4):
        play(world, [{"goals" if n % 2 == 0 else "pride": str((1 if n % 2 == 0 else 4) + i % 2)} for i in range(20)], "turns")
        found = survey_results.results(world.services, OWNER, "turns")
        told = found.trend("goals" if n % 2 == 0 else "pride")
        assert told is not None
        assert told.change is not None
        assert (told.state, told.change.n_before) == (["watch", "none", "flag", "none"][n], 80)


def test_earlier_waves_that_somebody_may_not_see_are_not_compared(world: World) -> None:
    play(world, high())
    other = Asker("U0001", roles=frozenset({"team_lead"}))
    row = world.open(asker=other)
    for user, given in zip(everybody(20), low(), strict=True):
        world.answer(row, user, **given)
    world.close(asker=other)
    assert survey_results.results(world.services, other, "team-check").course.first == {
        "goals",
        "pride",
        "recommend",
        "remote",
        "more",
    }
    assert survey_results.trend(world.services, other, "team-check").labels == ("team-check #2",)
    assert survey_results.results(world.services, OWNER, "team-check").label == "team-check #1"
    with pytest.raises(NotAllowed):
        survey_results.results(world.services, OWNER, "team-check", "2")


def figures(world: World, name: str) -> list[tuple[float, int | None, str]]:
    with world.services.db.read() as connection:
        found = observations.recent(connection, [name], 50).get(name, ())
    return [(float(o.value or 0), o.n, o.provenance.source) for o in found]


def items(world: World, survey: str) -> list[str]:
    found = next(s.survey for s in surveys.listing(world.services) if s.survey.name == survey)
    return [q.id for q in found.questions if q.index]


@pytest.mark.parametrize(
    ("survey", "kpi", "roles"),
    [("engagement", "engagement", {"executive"}), ("tool-satisfaction", "clinician-satisfaction", {"product_owner"})],
)
def test_a_survey_feeds_its_kpi_with_an_interval(world: World, survey: str, kpi: str, roles: set[str]) -> None:
    index = items(world, survey)
    assert len(index) == 5
    play(world, [{q: str(2 + (i + k) % 4) for k, q in enumerate(index)} for i in range(18)], survey)
    mean = statistics.fmean(25 * (1 + (i + k) % 4) for i in range(18) for k in range(5))
    assert figures(world, kpi) == [(pytest.approx(mean, abs=0.006), 18, "pulse")]
    reading = kpis.show(world.services, Asker("U0EXEC", roles=frozenset(roles)), kpi).reading
    assert reading.observation is not None
    interval = reading.figures["value"].interval
    assert interval is not None
    assert interval.low < mean < interval.high
    assert reading.observation.provenance.note == f"{survey} #1"
    assert float(reading.observation.figures["response_rate"] or 0) == 0.75
    assert reading.figures["response_rate"].interval is None, "all who were asked are counted"
    shown = kpis.show(world.services, Asker("U0EXEC", roles=frozenset(roles)), kpi)
    assert "This interval is about what people like those asked would answer" in said(kpi_messages.shown(shown, "UTC"))
    results = said(pulse_results.results(survey_results.results(world.services, OWNER, survey)))
    assert (
        "Intervals are about those who were asked, now; changes, the KPI and /pulse compare are about people like them"
        in results
    )


def test_whoever_may_not_record_a_kpi_feeds_none_with_a_survey_of_theirs(world: World) -> None:
    index, anybody = items(world, "engagement"), Asker("U0009", frozenset({"member"}))
    row = world.open("engagement", asker=anybody, mode="anonymous")
    for i, user in enumerate(everybody(18)):
        world.answer(row, user, **{q: str(2 + (i + k) % 4) for k, q in enumerate(index)})
    world.close("engagement", asker=anybody)
    assert world.row(row.id).receipt["kpi"]["why"] == "whoever started it may not record that KPI"
    assert figures(world, "engagement") == []


def test_where_somebody_skipped_an_item_the_kpi_has_an_interval_all_the_same(world: World) -> None:
    index = items(world, "engagement")
    answers = [{q: str(1 + (i + k) % 5) for k, q in enumerate(index)} for i in range(18)]
    del answers[0][index[2]]
    play(world, answers, "engagement")
    reading = kpis.show(world.services, Asker("U0EXEC", roles=frozenset({"executive"})), "engagement").reading
    assert reading.figures["value"].interval is not None
    assert reading.observation is not None
    assert reading.observation.n == 17


def test_a_small_group_gives_no_figure_and_a_later_wave_takes_the_place_of_the_one_before(world: World) -> None:
    index = items(world, "engagement")
    one = [{q: str(2 + (i + k) % 4) for k, q in enumerate(index)} for i in range(18)]
    play(world, one[:9], "engagement")
    assert figures(world, "engagement") == []
    play(world, one, "engagement")
    play(world, [{q: str(1 + (i + k) % 4) for k, q in enumerate(index)} for i in range(20)], "engagement")
    assert figures(world, "engagement") == [(37.5, 20, "pulse")]
    assert told_of_kpi(world, "engagement", "1") == "Nothing was recorded for the KPI engagement: fewer than ten answered."
    assert told_of_kpi(world, "engagement", "2") == "Recorded for the KPI engagement: 62/100 for H2 2026."
    last = "Recorded for the KPI engagement: 38/100 for H2 2026, in place of engagement #2."
    assert told_of_kpi(world, "engagement", "3") == last
    executive = Asker("U0EXEC", roles=frozenset({"executive"}))
    past = said(kpi_origin.history(kpis.history(world.services, executive, "engagement"), "UTC"))
    assert "later wave: engagement #3, in place of engagement #2" in past
    assert "correction" not in past


def told_of_kpi(world: World, survey: str, number: str = "") -> str:
    """What the message of results says of the KPI."""
    text = said(pulse_results.results(survey_results.results(world.services, OWNER, survey, number)))
    found = re.search(r"(?:Recorded|Nothing was recorded) for the KPI .*?\.(?=\s|$)", text)
    return found[0] if found else ""


def in_turns(world: World, question: str, value: int) -> StoredWave:
    return play(world, [{f"{question}{n}": str(value + (i + n) % 2) for n in (1, 2)} for i in range(20)], "turns")


def test_a_score_of_other_questions_is_not_recorded_until_somebody_records_one_by_hand(world: World) -> None:
    surveys.save(world.services, ADMIN, TURNS_OF_A_KPI)
    for question, value in (("a", 3), ("b", 1), ("a", 4)):
        in_turns(world, question, value)
    assert figures(world, "engagement") == [(87.5, 20, "pulse")]
    assert told_of_kpi(world, "turns", "2") == f"Nothing was recorded for the KPI engagement: {unlike('turns #1')}."
    assert told_of_kpi(world, "turns", "3").endswith("for H2 2026, in place of turns #1.")
    texts = [said(pulse_results.results(survey_results.results(world.services, OWNER, "turns", n))) for n in "123"]
    assert "make it up than in" not in texts[0]
    assert "n 20 of 24. Other questions, or other words, make it up than in turns #1." in texts[1]
    assert "Other questions, or other words, make it up than in turns #2." in texts[2]
    world.clock.on(days=183)
    in_turns(world, "b", 1)
    assert told_of_kpi(world, "turns") == f"Nothing was recorded for the KPI engagement: {unlike('turns #3')}."
    executive = Asker("U0EXEC", roles=frozenset({"executive"}))
    with world.services.db.read() as connection:
        newest = observations.recent(connection, ["engagement"], 1)["engagement"][-1]
    assert newest.provenance.run == "turns #3"
    assert newest.provenance.note == "turns #3, in place of turns #1"
    kpis.record(world.services, executive, "engagement", "", {"score": "13", "responses": "20", "period": "2027-H1"})
    world.clock.on(days=183)
    in_turns(world, "a", 1)
    assert told_of_kpi(world, "turns").startswith("Recorded for the KPI engagement")


def unlike(other: str) -> str:
    made = f"other questions, or other words, make up its score than that of {other}, the last figure"
    return f"{made}; to go on with these, record it by hand with /kpi record engagement"


@pytest.mark.parametrize("waiting", [False, True])
def test_a_figure_that_a_person_gave_stands(world: World, waiting: bool) -> None:
    index = items(world, "engagement")
    one = [{q: str(2 + (i + k) % 4) for k, q in enumerate(index)} for i in range(18)]
    executive = Asker("U0EXEC", roles=frozenset({"executive"}))
    if waiting:
        play(world, one, "engagement")
        given = {"score": "70", "responses": "30", "reason": "counted by hand"}
        kpis.correct(world.services, executive, "engagement", "", given)
    else:
        kpis.record(world.services, executive, "engagement", "", {"score": "70", "responses": "30"})
    play(world, one, "engagement")
    assert figures(world, "engagement") == [(70, 30, "typed")]
    told = "Nothing was recorded for the KPI engagement: the figure that somebody gave for H2 2026 stands."
    assert told_of_kpi(world, "engagement") == told


@pytest.mark.parametrize("name", ["nope", "mttr"])
def test_a_survey_of_a_kpi_that_it_cannot_feed_is_neither_kept_nor_started(world: World, name: str) -> None:
    one = SURVEY.replace("closes: 3d", f"closes: 3d\n    kpi: {name}")
    why = f"no KPI “{name}” takes the score of a survey"
    with pytest.raises(DefinitionErrors) as refused:
        surveys.save(world.services, ADMIN, one)
    told = "write clinician-satisfaction or engagement, or leave kpi out"
    assert [(p.field, p.problem, p.mend) for p in refused.value.problems] == [("surveys[0].kpi", why, told)]
    with pytest.raises(DefinitionErrors, match="write clinician-satisfaction, or leave kpi out"):
        surveys.save(world.services, Asker("U0NEW"), one.replace("team-check", "own"))
    keep_as_before(world, one)
    for refuse in (
        world.open,
        lambda: surveys.schedule(world.services, OWNER, "team-check", "weekly monday 09:00", Terms(audience="C0TEAM")),
    ):
        with pytest.raises(InvalidInput) as not_started:
            refuse()
        assert f"team-check is of the KPI “{name}”, and {why}." in not_started.value.text
        assert "/pulse new team-check: write" in not_started.value.text


@pytest.mark.parametrize("turns", [False, True])
def test_a_survey_of_a_kpi_has_two_questions_of_its_score_in_one_wave(world: World, turns: bool) -> None:
    one = OF_A_KPI.replace("closes: 3d", "closes: 3d\n    each: 1") if turns else OF_A_KPI.replace(", index: true", "", 1)
    with pytest.raises(DefinitionErrors, match="a score takes two questions in one wave; write index: true at two or more"):
        surveys.save(world.services, ADMIN, one)
    keep_as_before(world, one)
    with pytest.raises(InvalidInput, match="a score takes two questions in one wave"):
        world.open()


def keep_as_before(world: World, source: str) -> None:
    """Have a survey as it was kept before anybody asked whether it can feed its KPI."""
    with world.services.db.begin() as connection:
        stored.save(connection, "team-check", source, by=ADMIN.user_id, at=world.clock.now)


def test_a_wave_that_recurs_goes_on_where_its_kpi_takes_no_score(world: World) -> None:
    keep_as_before(world, SURVEY.replace("closes: 3d", "closes: 3d\n    kpi: mttr"))
    with world.services.db.begin() as connection:
        terms, now = Terms(audience="C0TEAM"), world.clock.now
        opening = survey_waves.begin(world.services, connection, OWNER, "team-check", terms, opens_at=now)
    survey_opening.run(world.services, world.directory, str(opening.id))
    world.all_answer(world.row(opening.id), everybody(18))
    assert world.close() == "closed"
    assert survey_results.results(world.services, OWNER, "team-check").cells["score"]["all"].value("mean") is not None
    assert figures(world, "mttr") == []


def material(world: World, target: str = "C0TEAM", asking: Sequence[Asker] = ()) -> Material:
    definition = replace(DIGEST, target=target)
    with world.services.db.read() as connection:
        who = [*readers(world.services, definition), *asking]
        return gather(world.services, connection, definition, who, as_of=world.clock.now)


def digest(world: World, target: str = "C0TEAM", asking: Sequence[Asker] = ()) -> str:
    made = section.build(material(world, target, asking))
    return "\n".join(map(plain, made.root))


def test_a_digest_tells_of_the_waves_whose_results_go_where_it_goes(world: World) -> None:
    row = world.open(channel="C0TEAM")
    for user, given in zip(everybody(20), high(), strict=True):
        world.answer(row, user, **given)
    world.close()
    said_there = digest(world)
    assert "Team check (team-check #1): 20 of 24 answered (83%)." in said_there
    assert "\nScore 75 of 100 (" in said_there
    assert "Questions, the strongest first: 88 (" in said_there
    assert said_there.index("I know what we want") < said_there.index("I am proud")
    assert digest(world, "C0OTHER") == ""
    assert digest(world, "U0001") == "", "asked, and no viewer"
    assert digest(world, OWNER.user_id) != ""
    assert digest(world, asking=[Asker("U0001")]) == "", "a preview for somebody who may not see it"
    assert digest(world, asking=[OWNER]) != ""
    world.clock.on(days=8)
    assert digest(world) == "", "told once"


def test_what_is_for_its_viewers_alone_is_in_no_channel(world: World) -> None:
    play(world, high())
    world.clock.on(days=-6)
    assert digest(world, "C0TEAM") == ""
    assert "team-check #1" in digest(world, OWNER.user_id)


def test_a_digest_says_what_is_flagged_and_overdue(world: World) -> None:
    for _ in range(3):
        play(world, high(), channel="C0TEAM")
    due = (world.clock.now.date() + timedelta(days=3)).isoformat()
    survey_actions.add(world.services, OWNER, "team-check", {"add": "Say the goals <!channel>", "owner": "U0ANA", "due": due})
    later = {"add": "Another", "owner": "U0ANA", "due": "2027-12-01"}
    survey_actions.add(world.services, OWNER, "team-check", later)
    play(world, low(), channel="C0TEAM")
    play(world, low(), channel="C0TEAM")
    world.clock.on(days=-6)
    results = survey_results.results(world.services, OWNER, "team-check")
    assert results.today == world.clock.now.date()
    assert "was due" in "\n".join(map(plain, pulse_results.results(results).parts))
    text = digest(world)
    assert "Changed against up to four waves before, taken together: −48 points (" in text
    assert "2 actions open, 1 overdue." in text
    assert "Was due" in text
    assert "Say the goals <!channel>, U0ANA" in text
    assert "Another" not in text


def test_a_digest_tells_the_enps_that_few_answered_and_leads_to_each_wave(world: World) -> None:
    words = (
        "How likely is it that you would recommend this team for all that it does and does not do; to a good friend of yours?"
    )
    surveys.save(world.services, ADMIN, SURVEY.replace("Would you recommend this team?", words))
    for _ in range(2):
        play(world, [{**given, "recommend": str(10 - i % 11)} for i, given in enumerate(high(14))], channel="C0TEAM")
        world.clock.on(days=-6)
    told = digest(world)
    cut = words.removesuffix(" friend of yours?")
    assert told.count("\neNPS −21 (") == told.count(f"): {cut}…\n") == 2
    assert told.count("Under 60% answered: those who did not may think otherwise.") == 2
    steps = [b.value for p in section.build(material(world)).root if isinstance(p, Buttons) for b in p.items]
    assert steps == ["team-check #1", "team-check #2"]


def test_a_sealed_wave_is_told_of_when_it_is_counted(world: World) -> None:
    """Its key came after a digest that was written when nobody could answer any more."""
    from bot import ballots
    from bot.services import survey_close

    private, public = ballots.key_pair()
    row = world.open(mode="sealed", custodian="U0KEEPER", public_key=public, channel="C0TEAM")
    for user, given in zip(everybody(20), high(), strict=True):
        world.answer(row, user, **given)
    world.clock.on(days=10)
    survey_clock.run(world.services)
    assert digest(world) == ""
    survey_close.unlock(world.services, Asker("U0KEEPER"), row.id, private)
    world.clock.on(hours=1)
    assert "team-check #1" in digest(world)


def test_the_score_against_a_benchmark(world: World) -> None:
    index = items(world, "engagement")
    play(world, [{q: str(4 + (i + k) % 2) for k, q in enumerate(index)} for i in range(20)], "engagement")
    found = survey_benchmarks.compare(world.services, OWNER, "engagement")
    assert found.verdict is not None
    assert (found.source.name, found.verdict.verdict) == ("uk-civil-service", "met")
    text = said(pulse_courses.compared(found))
    assert "This interval is about what people like those asked would answer" in text
    assert text.startswith("Top quartile: ")
    assert "against 67.4, n 20." in text
    assert "Open Government Licence" in text
    assert "lower 60.5 · median 64.1 · upper 67.4" in text
    with pytest.raises(InvalidInput, match="no benchmark “nobody” for engagement; there is uk-civil-service"):
        survey_benchmarks.compare(world.services, OWNER, "engagement", "nobody")


def test_a_benchmark_of_another_score_is_not_held_against_it(world: World) -> None:
    index = items(world, "tool-satisfaction")
    play(world, [{q: str(4 + (i + k) % 2) for k, q in enumerate(index)} for i in range(20)], "tool-satisfaction")
    with pytest.raises(InvalidInput, match="measures clinician-satisfaction"):
        survey_benchmarks.compare(world.services, OWNER, "tool-satisfaction", "uk-civil-service")
    with pytest.raises(InvalidInput, match=r"no benchmark for clinician-satisfaction; import one with barometer surv"):
        survey_benchmarks.compare(world.services, OWNER, "tool-satisfaction")
    own = (
        b'{"title": "T", "year": 2025, "top_quartile": 99.5, "source": "S", "licence": "L", "score": "clinician-satisfaction"}'
    )
    survey_benchmarks.save(world.services, ADMIN, "Ward", own)
    found = survey_benchmarks.compare(world.services, OWNER, "tool-satisfaction")
    assert found.verdict is not None
    assert (found.source.name, found.verdict.verdict) == ("ward", "missed")
    with pytest.raises(InvalidInput, match="Name the file after"):
        survey_benchmarks.save(world.services, ADMIN, "../x", own)


def test_a_survey_without_a_score_is_compared_with_nothing(world: World) -> None:
    play(world, [{"enps": str(i % 11)} for i in range(12)], "enps")
    with pytest.raises(InvalidInput, match="enps has no score"):
        survey_benchmarks.compare(world.services, OWNER, "enps")


STAFF = "person,joined,left\n" + "\n".join(
    [*(f"p{n},2020-01-01," for n in range(36)), *(f"q{n},2020-01-01,2025-0{n + 2}-01" for n in range(4)), "new,2025-06-01,"]
)


@pytest.fixture
def executive(world: World) -> Asker:
    return Asker("U0EXEC", roles=frozenset({"executive", "executive_sponsor"}))


def test_retention_lands_in_its_kpi_with_its_verdict(world: World, executive: Asker) -> None:
    found = survey_people.retention(world.services, executive, {"year": "2025", "start": "40", "stayed": "36"})
    assert (found.verdict, found.approval, found.is_over) == ("cannot tell", "", True)
    assert figures(world, "retention") == [(0.9, 40, "typed")]
    with pytest.raises(BarometerError, match="already has"):
        survey_people.retention(world.services, executive, {"year": "2025", "start": "40", "stayed": "30"})
    with pytest.raises(InvalidInput, match=r"^41 of 40 cannot have stayed; write 40 or fewer\.$"):
        survey_people.retention(world.services, executive, {"year": "2025", "start": "40", "stayed": "41"})
    sponsor_less = Asker("U0OTHER", roles=frozenset({"executive"}))
    waits = survey_people.retention(world.services, sponsor_less, {"year": "2024", "start": "100", "stayed": "60"})
    assert (waits.verdict, waits.approval) == ("missed", "the approval of an admin or somebody with the role executive sponsor")


def test_retention_of_a_file_has_turnover_and_survival(world: World, executive: Asker) -> None:
    found = survey_people.retention_of_file(world.services, executive, "2025", STAFF.encode())
    assert found.staff is not None
    assert (found.start, found.stayed, found.staff.end, found.staff.joined, found.staff.left) == (40, 36, 37, 1, 4)
    assert found.turnover is not None
    assert found.turnover.value == pytest.approx(4 / 38.5)
    assert found.survival is not None
    assert figures(world, "retention") == [(0.9, 40, "typed")]
    with world.services.db.read() as connection:
        kept = [*connection.execute(observation.select()), *connection.execute(audit.select())]
    assert not any("q0" in str(row) or "p35" in str(row) for row in kept), "only numbers are kept of people"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("person,joined\na,2020-01-01", "no column left"),
        ("person,joined,left\na,2020-01-01,soon", "Line 2: left is no date"),
        ("person,joined,left\na,,", "Line 2: person and joined must not be empty"),
        ("person,joined,left\na,2020-01-01,2019-01-01", "Line 2: left is before joined"),
        ("person,joined,left\na,2020-01-01,\na,2021-01-01,", "Line 3: this person is in the file twice"),
        ("person,joined,left\na,2020-01-01", "Line 2 has more or fewer cells"),
        ("person,joined,left\na,2026-03-01,", "Nobody in the file was here at the start of 2025"),
    ],
)
def test_what_is_wrong_in_a_file_of_people_is_said(world: World, executive: Asker, content: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        survey_people.retention_of_file(world.services, executive, "2025", content.encode())
    assert figures(world, "retention") == []


def invitations(world: World) -> list[Message]:
    with world.services.db.read() as connection:
        return [load(d.payload) for d in outbox.everything(connection) if d.kind == "survey" and d.target in everybody(24)]


def test_an_invitation_says_what_was_done_since_the_wave_before_and_the_same_to_all(world: World) -> None:
    play(world, high())
    due = (world.clock.now.date() + timedelta(days=30)).isoformat()
    for words in ("Fewer meetings.", "A second screen"):
        made = survey_actions.add(world.services, OWNER, "team-check", {"add": words, "owner": "U0ANA", "due": due}).made
        if words == "Fewer meetings.":
            survey_actions.end(world.services, OWNER, "team-check", str(made), "two a week")
    world.open()
    told = {said(m) for m in invitations(world)}
    assert len(told) == 1
    assert "You said, we did: Fewer meetings. (two a week)." in told.pop()


def test_the_first_invitation_says_nothing_of_it(world: World) -> None:
    world.open()
    assert not any("You said" in said(m) for m in invitations(world))


def test_the_next_results_report_on_actions(world: World) -> None:
    play(world, high())
    due = (world.clock.now.date() + timedelta(days=30)).isoformat()
    survey_actions.add(world.services, OWNER, "team-check", {"add": "Fewer meetings", "owner": "U0ANA", "due": due})
    with pytest.raises(NoWave):
        survey_results.results(world.services, OWNER, "team-check", "2")
    assert "You said" not in said(pulse_results.results(survey_results.results(world.services, OWNER, "team-check")))
    play(world, high())
    text = said(pulse_results.results(survey_results.results(world.services, OWNER, "team-check")))
    assert "You said, we do\n1. Fewer meetings, by U0ANA, until" in text


def shade(points: Sequence[float]) -> str:
    return "░▒▓█"[bisect.bisect_right([25, 50, 75], statistics.fmean(points))]


def test_groups_have_a_heatmap_in_which_what_is_withheld_is_marked(world: World) -> None:
    teams = ["Red"] * 11 + ["Blue"] * 8 + ["Grey"] * 3
    file = "person,team\n" + "\n".join(f"{user},{team}" for user, team in zip(everybody(22), teams, strict=True))
    world.directory = Directory(people(22))
    row = world.open(audience="", file=file, cuts="team")
    for i, user in enumerate(everybody(22)):
        world.answer(row, user, goals=str(1 + i % 5), pride=str(1 + (i + 1) % 5))
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check")
    table = next(p for p in pulse_results.heatmap(found, "team").parts if hasattr(p, "rows"))
    assert table.columns == ("Question", "All", "Blue", "Grey", "Red")
    assert table.rows[0] == ("Answered", "22 of 22", "–", "–", "11 of 11")
    rows = {row[0]: row[1:] for row in table.rows}
    assert [row[1:3] for row in rows.values()] == [("–", "–")] * len(rows)
    shares = rows["I know what we want to reach. Favourable"]
    assert (shares[0], shares[3]) == ("▒ 36% (everyone answered)",) * 2, "8 of 22, and 4 of 11"
    scores = rows["Score, 0 to 100"]
    means = [[25 * ((i + shift) % 5) for i in those for shift in (0, 1)] for those in (range(22), range(11))]
    assert scores[0] == f"{shade(means[0])} {statistics.fmean(means[0]):.0f} (everyone answered)"
    assert scores[3] == f"{shade(means[1])} {statistics.fmean(means[1]):.0f} (everyone answered)"
    none = said(pulse_results.heatmap(found, "site"))
    assert none.startswith("team-check #1 has no groups by site: it has them by team.")


def test_a_wave_of_before_whose_cut_has_an_equals_sign_closes_with_right_figures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams = dict(zip(everybody(36), ["Red", "Blue"] * 18, strict=True))
    file = "person,team\n" + "\n".join(f"{user},{team}" for user, team in teams.items())
    real = survey_terms.contract
    world.directory = Directory(people(36))
    with monkeypatch.context() as before:
        before.setattr(survey_terms, "contract", lambda *given: replace(real(*given), cuts=("a=b",)))
        before.setattr(survey_opening, "_groups", lambda *_: {user: {"a=b": team} for user, team in teams.items()})
        row = world.open(audience="", file=file, cuts="team")
    for i, user in enumerate(everybody(30)):
        world.answer(row, user, goals=str(1 + i % 5), pride=str(1 + (i + 1) % 5))
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check")
    table = next(p for p in pulse_results.heatmap(found, "a=b").parts if hasattr(p, "rows"))
    assert table.columns == ("Question", "All", "Blue", "Red")
    assert table.rows[0] == ("Answered", "30 of 36", "15 of 18", "15 of 18")
    assert "everyone answered" not in str(table.rows)
    assert "by=a=b shows its groups" in said(pulse_results.results(found))
    assert said(pulse_results.heatmap(found, "a")).startswith("team-check #1 has no groups by a")


def test_comments_are_told_of_an_earlier_wave_and_in_pages(world: World) -> None:
    answers = [{"goals": str(1 + i % 5), "more": f"Deployment is slow, says {i}"} for i in range(20)]
    play(world, answers)
    play(world, high())
    assert survey_results.comments(world.services, OWNER, "team-check").found == ()
    found = survey_results.comments(world.services, OWNER, "team-check", "1")
    assert len(found.found) == 20
    assert dict(found.themes) == {"deployment": 20, "slow": 20, "says": 20}
    many = replace(found, found=found.found * 2)
    first, second = (said(pulse_results.comments(many, page)) for page in (1, 2))
    assert "40 comments, in no order" in first
    assert "Page 1 of 2: /pulse comments team-check page=2." in first
    assert first.count("“Deployment") == 30
    assert second.count("“Deployment") == 10
    assert isinstance(pulse_results.comments(many, 99).parts[-2], Note)


def test_low_answering_is_judged_by_everybody_and_unevenness_by_one_cut_at_a_time() -> None:
    def told(**groups: tuple[int | None, int]) -> dict[str, dict[str, CellResult]]:
        cells = {}
        for name, (answered, invited) in groups.items():
            known = {"answered": answered, "invited": invited}
            figures = {n: Figure("response", name, n, v, "" if v is not None else "5–9") for n, v in known.items()}
            cells[name.replace("_", "=")] = CellResult(figures=figures)
        return {"response": cells}

    half = survey_results._rates(told(all=(26, 52), team_a=(12, 12), team_b=(None, 20), team_c=(None, 20)))
    assert half is not None
    assert (half.overall.value, half.is_low, half.is_uneven) == (0.5, True, False)
    once = survey_results._rates(told(all=(43, 60), team_a=(28, 30), team_b=(15, 30)))
    twice = survey_results._rates(told(all=(43, 60), team_a=(28, 30), team_b=(15, 30), site_x=(28, 30), site_y=(15, 30)))
    assert once is not None
    assert twice is not None
    assert once.p is not None
    assert twice.p == 2 * once.p, "the same people looked at twice are not twice as many"
    assert survey_results._rates(told(all=(None, 40))) is None


@pytest.mark.parametrize(("red", "is_told"), [(24, True), (17, False)])
def test_results_say_that_the_groups_answered_unevenly_where_they_did(world: World, red: int, is_told: bool) -> None:
    users = everybody(60)
    world.directory = Directory(people(60))
    file = "person,team\n" + "\n".join(f"{user},{'Red' if n < 30 else 'Blue'}" for n, user in enumerate(users))
    row = world.open(audience="", file=file, cuts="team")
    world.all_answer(row, [*users[:red], *users[30:45]])
    assert world.close() == "closed"
    found = survey_results.results(world.services, OWNER, "team-check")
    assert found.rates is not None
    assert found.rates.groups.keys() == {"team=Red", "team=Blue"}
    uneven = "The groups answered unevenly, so the whole leans to those that answered more."
    assert (uneven in said(pulse_results.results(found))) is is_told


def test_without_a_wave_the_latest_is_shown_that_the_asker_may_see_and_nothing_of_others(world: World) -> None:
    reader = Asker("U0100")
    play(world, high(), viewers=reader.user_id)
    with pytest.raises(
        ForOthers, match=r"^Only those .+ may see the results of team-check #1; ask @U0OWNER, who started it\.$"
    ):
        survey_results.results(world.services, Asker("U0009"), "team-check")
    for _ in range(2):
        play(world, low())
    found = survey_results.results(world.services, reader, "team-check")
    assert found.label == "team-check #1"
    assert found.trend("goals") is None or found.trend("goals").change is None, "the later two are none of theirs"  # type: ignore[union-attr]
    assert survey_results.trend(world.services, reader, "team-check").labels == ("team-check #1",)
    assert survey_results.comments(world.services, reader, "team-check").label == "team-check #1"
    assert survey_export.export(world.services, reader, "team-check", "csv").words.startswith("team-check #1")
    assert "results" in survey_results.standing(world.services, reader, "team-check").steps
    noted = survey_actions.add(world.services, reader, "team-check", {"add": "Meet less", "owner": "U0100", "due": "7d"})
    assert [each.number for each in noted.found] == [1]
    assert survey_actions.listing(world.services, reader, "team-check").may_add
    for look in (survey_results.results, survey_results.comments):
        with pytest.raises(ForOthers, match="the results of team-check #3"):
            look(world.services, reader, "team-check", "3")
    assert survey_results.results(world.services, OWNER, "team-check").label == "team-check #3"


def test_the_latest_one_may_see_is_compared_with_a_benchmark(world: World) -> None:
    surveys.save(world.services, ADMIN, OF_A_KPI)
    play(world, high(), viewers="U0100")
    play(world, low())
    assert survey_benchmarks.compare(world.services, Asker("U0100"), "team-check").label == "team-check #1"
