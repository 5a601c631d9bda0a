"""The shipped surveys and the question bank: all there, within Slack's limits, and asking what they should when they should."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import bot.catalogue
from bot.domain.file_schemas import file_schema
from bot.domain.question_inputs import units
from bot.domain.questions import KINDS, Input
from bot.domain.survey_documents import is_bank_file, is_survey_file, parse_bank, parse_surveys, to_yaml
from bot.domain.survey_lengths import Length, length_of
from bot.domain.survey_waves import pages
from bot.domain.surveys import DECLINED, Question, Survey, Texts, said
from bot.presenters.pulse import length, promise
from bot.services import surveys
from bot.services.definition_files import read_files
from bot.settings import Settings

FOLDER = Path(bot.catalogue.__path__[0]) / "surveys"
FILES = sorted(FOLDER.glob("*.yaml"))
BANK = parse_bank((FOLDER / "bank.yaml").read_text(encoding="utf-8"), "bank.yaml")
SHIPPED = {
    survey.name: survey
    for file in FILES
    if is_survey_file(text := file.read_text(encoding="utf-8"))
    for survey in parse_surveys(text, file.name, BANK)
}
NAMED = "weekly-pulse engagement enps onboarding exit incident-retrospective tool-satisfaction kpi-literacy"

each = pytest.mark.parametrize("survey", SHIPPED.values(), ids=lambda s: s.name)


def test_a_bank_of_the_team_stands_before_the_shipped_one_and_its_surveys_take_from_it(tmp_path: Path) -> None:
    head = "apiVersion: barometer/v1\nkind: "
    asked = "[{id: pride, kind: ten, text: How proud are you?}, {id: lunch, kind: yes_no, text: Was lunch good?}]"
    (tmp_path / "bank.yaml").write_text(f"{head}QuestionBank\nquestions: {asked}\n")
    own = "{name: our-lunch, title: Lunch, questions: [{bank: lunch}, {bank: pride}]}"
    (tmp_path / "ours.yaml").write_text(f"{head}SurveySet\nsurveys: [{own}]\n")
    found = surveys.from_files(tmp_path)
    assert [(q.id, q.kind) for q in found["our-lunch"].questions] == [("lunch", "yes_no"), ("pride", "ten")]
    assert next(q.kind for q in found["engagement"].questions if q.id == "pride") == "agree", "what ships stays as it is"
    assert surveys.bank(tmp_path).keys() - surveys.bank().keys() == {"lunch"}


def test_all_are_there() -> None:
    assert sorted(SHIPPED) == sorted(NAMED.split())
    assert [f.name for f in FILES if is_bank_file(f.read_text(encoding="utf-8"))] == ["bank.yaml"]
    assert {p.name for p in FOLDER.iterdir()} == {p.name for p in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_each_file_follows_the_schema(file: Path) -> None:
    document = YAML(typ="safe", pure=True).load(file)
    assert list(Draft202012Validator(file_schema()).iter_errors(document)) == []


@each
def test_each_can_be_written_down_and_read_again(survey: Survey) -> None:
    assert parse_surveys(to_yaml(survey)) == [survey]


@each
def test_each_keeps_the_promise_of_no_names_and_says_what_it_is_for(survey: Survey) -> None:
    assert survey.mode == ("sealed" if survey.name == "engagement" else "anonymous")
    assert survey.minimum >= 5
    assert survey.comment_minimum >= 10
    assert len(said(survey.about)) > 40
    assert any(q.kind == "comment" and not q.required for q in survey.questions)


@each
def test_no_text_is_longer_than_slack_takes(survey: Survey) -> None:
    languages = {language for q in survey.questions for language in q.text} | {"fr"}
    for language in sorted(languages):
        assert units(said(survey.title, language)) <= 24, "Slack's limit for the title of a form"
        assert units(said(survey.about, language)) <= 3000
        for question in survey.questions:
            for asked in KINDS[question.kind].inputs(question, language):
                assert within_the_limits(asked), f"{question.id} in {language}"


def within_the_limits(asked: Input) -> bool:
    most = {"one": 10, "several": 10}.get(asked.kind, 100)
    picks = all(0 < units(p.text) <= 75 and len(p.value) <= 150 for p in asked.picks)
    return 0 < units(asked.label) <= 2000 and units(asked.hint) <= 2000 and picks and len(asked.picks) <= most


def test_a_wave_of_the_pulse_asks_three_and_a_comment_and_four_waves_ask_everything() -> None:
    pulse = SHIPPED["weekly-pulse"]
    assert len(pulse.questions) == 13
    for first in range(1, 30):
        waves = [pulse.asked(wave) for wave in range(first, first + 4)]
        assert [[q.kind for q in wave] for wave in waves] == [["agree", "agree", "agree", "comment"]] * 4
        assert {q.id for wave in waves for q in wave} == {q.id for q in pulse.questions}


def takes(survey: Survey, wave: int, language: str) -> Length:
    """How long its form takes, with what stands above the questions."""
    above = f"{promise(survey.mode, survey.minimum, language)} {said(survey.about, language)}"
    return length_of(pages(survey, survey.mode, wave), language, above)


@pytest.mark.parametrize("language", ["en", "no", "de"])
def test_every_wave_of_the_pulse_takes_under_a_minute(language: str) -> None:
    pulse = SHIPPED["weekly-pulse"]
    for wave in range(1, len(pulse.questions) + 1):
        found = takes(pulse, wave, language)
        assert found.seconds < 60, f"wave {wave}"
        assert length(found) == "3 questions, under a minute; a comment if you wish."


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "engagement": "21 questions, about 4 minutes; a comment if you wish.",
        "enps": "1 question, under a minute; a comment if you wish.",
        "onboarding": "8 questions, about 2 minutes; a comment if you wish.",
        "exit": "6 questions, about 2 minutes; 2 comments if you wish.",
        "incident-retrospective": "8 questions, about 2 minutes; a comment if you wish.",
        "tool-satisfaction": "11 questions, about 3 minutes; a comment if you wish.",
        "kpi-literacy": "6 questions, about 2 minutes; 2 comments if you wish.",
    }.items(),
)
def test_invitations_to_the_others_say_how_long_they_take(name: str, expected: str) -> None:
    assert {length(takes(SHIPPED[name], 1, language)) for language in ("en", "no", "de")} == {expected}


@each
def test_only_the_invitation_says_how_long_a_survey_takes(survey: Survey) -> None:
    """Its own words would say something else one day."""
    assert not re.search(r"minut", " ".join(survey.about.values()), re.IGNORECASE)


def words_of(question: Question) -> list[Texts]:
    """All that a question says, and whatever is not said at all left out."""
    return [each for each in (question.text, question.hint, question.unit, *(o.text for o in question.options)) if each]


@each
def test_each_is_asked_in_three_languages_throughout(survey: Survey) -> None:
    texts = [survey.title, survey.about, *(text for question in survey.questions for text in words_of(question))]
    assert [text for text in texts if list(text) != ["en", "no", "de"]] == []
    assert [q.text for q in survey.questions if len(set(q.text.values())) < 3] == [], "each in words of its own"
    assert len(set(survey.about.values())) == 3


@pytest.mark.parametrize("question", BANK.values(), ids=lambda q: q.id)
def test_the_bank_is_in_three_languages_throughout(question: Question) -> None:
    assert [text for text in words_of(question) if list(text) != ["en", "no", "de"]] == []
    assert len(set(question.text.values())) == 3


def test_the_score_of_engagement_has_five_items() -> None:
    engagement = SHIPPED["engagement"]
    index = [q for q in engagement.questions if q.index]
    assert [q.id for q in index] == ["pride", "recommend", "attachment", "inspires", "motivates"]
    assert {(q.kind, q.points) for q in index} == {("agree", 5)}
    others = [q for q in engagement.questions if q.kind == "agree" and not q.index]
    assert len(others) >= 15
    assert [q.kind for q in engagement.questions if q.kind != "agree"] == ["ten", "comment"]


def test_scores_go_to_kpis_that_there_are() -> None:
    recorded = {s.name: s.kpi for s in SHIPPED.values() if s.kpi}
    assert recorded == {"engagement": "engagement", "tool-satisfaction": "clinician-satisfaction"}
    assert set(recorded.values()) <= set(read_files(Settings()))


def test_a_question_has_one_id_and_one_text_in_all_surveys() -> None:
    """Answers of two surveys to the same id can be compared."""
    texts: dict[str, str] = {}
    for question in (q for s in SHIPPED.values() for q in s.questions):
        assert texts.setdefault(question.id, said(question.text)) == said(question.text), question.id
        assert DECLINED not in {o.id for o in question.options}


def test_the_bank_holds_nothing_that_is_never_asked() -> None:
    asked = {q.id for s in SHIPPED.values() for q in s.questions}
    assert set(BANK) <= asked
