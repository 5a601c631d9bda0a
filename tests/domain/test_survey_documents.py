"""Surveys as files: what is read, what is refused and how it is said, and that what is written reads the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot.domain.documents import DefinitionErrors, Report, read_yaml
from bot.domain.file_schemas import file_schema
from bot.domain.questions import KINDS
from bot.domain.survey_documents import is_bank_file, is_survey_file, parse_bank, parse_surveys, to_yaml
from bot.domain.survey_schema import MODES
from bot.domain.surveys import DECLINED, Option, Question, Survey

GOOD = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: team-pulse
    title: {en: Team pulse, no: Teampuls}
    about: How the week was.
    minimum: 6
    cuts: [team, site]
    each: 2
    always: [why]
    closes: 3d
    kpi: engagement
    questions:
      - {id: proud, kind: agree, text: {en: I am proud, no: Jeg er stolt}, points: 7, index: true}
      - bank: workload
      - id: tools
        kind: several
        text: What slows you down?
        options:
          - {id: builds, text: Slow builds}
          - {id: reviews, text: {en: Slow reviews, de: Langsame Reviews}}
      - {id: hours, kind: number, text: How long?, low: 0, high: 80.5, unit: h, required: true}
      - {id: why, kind: comment, text: Why?, hint: In a few words}
"""
BANK = """
apiVersion: barometer/v1
kind: QuestionBank
questions:
  - {id: workload, kind: agree, text: My workload is fair}
  - {id: recommend, kind: ten, text: How likely are you to recommend us?}
"""
BOOK = parse_bank(BANK)


def problems(text: str, bank: Mapping[str, Question] = BOOK) -> list[str]:
    with pytest.raises(DefinitionErrors) as caught:
        parse_surveys(text, "team.yaml", bank)
    return [str(p) for p in caught.value.problems]


def test_a_file_says_everything_or_leaves_it_to_good_defaults() -> None:
    (found,) = parse_surveys(GOOD, "team.yaml", BOOK)
    assert found.title == {"en": "Team pulse", "no": "Teampuls"}
    assert found.about == {"en": "How the week was."}
    assert (found.mode, found.minimum, found.comment_minimum, found.a_page) == ("anonymous", 6, 10, 8)
    assert (found.cuts, found.each, found.always, found.kpi) == (("team", "site"), 2, ("why",), "engagement")
    assert (found.closes, found.reminders) == (timedelta(days=3), (timedelta(days=2),)), "none falls after the close"
    proud, workload, tools, hours, why = found.questions
    assert (proud.points, proud.index, proud.text["no"]) == (7, True, "Jeg er stolt")
    assert workload == BOOK["workload"]
    assert tools.options == (
        Option("builds", {"en": "Slow builds"}),
        Option("reviews", {"en": "Slow reviews", "de": "Langsame Reviews"}),
    )
    assert (hours.low, hours.high, hours.unit, hours.required) == (0, 80.5, {"en": "h"}, True)
    assert why.hint == {"en": "In a few words"}


def test_a_survey_needs_no_more_than_a_name_and_a_question() -> None:
    text = "{apiVersion: barometer/v1, kind: SurveySet, surveys: [{name: a-b, questions: [{id: q, kind: ten, text: How?}]}]}"
    (found,) = parse_surveys(text)
    assert found == Survey("a-b", {"en": "A b"}, (Question("q", "ten", {"en": "How?"}),))


def test_a_question_of_the_bank_may_be_required() -> None:
    (found,) = parse_surveys(GOOD.replace("- bank: workload", "- {bank: workload, required: true}"), bank=BOOK)
    assert found.questions[1] == replace(BOOK["workload"], required=True)


def test_comments_keep_to_a_minimum_that_is_greater_than_theirs() -> None:
    (found,) = parse_surveys(GOOD.replace("minimum: 6", "minimum: 25"), bank=BOOK)
    assert (found.minimum, found.comment_minimum) == (25, 25)


def test_a_file_says_what_it_holds() -> None:
    assert [is_survey_file(GOOD), is_bank_file(GOOD)] == [True, False]
    assert [is_survey_file(BANK), is_bank_file(BANK)] == [False, True]
    assert not is_survey_file("kind: DigestSet")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minimum: 6", "minimum: 4", "team.yaml:8: surveys[0].minimum: is 4; write 5 or more."),
        ("minimum: 6", "comment_minimum: 9", "team.yaml:8: surveys[0].comment_minimum: is 9; write 10 or more."),
        ("minimum: 6", "minimum: 0.06e2%", "surveys[0].minimum: is 0.06; write a whole number."),
        (
            "minimum: 6",
            "minimum: 20\n    comment_minimum: 10",
            "team.yaml:9: surveys[0].comment_minimum: comments would show where figures do not; write 20 or more.",
        ),
        ("team-pulse", "Team Pulse", "team.yaml:5: surveys[0].name: is “Team Pulse”; use lower-case letters"),
        ("title: {en", "titel: {en", "team.yaml:6: surveys[0].titel: is not a known field; write title, if that is meant."),
        ("en: Team", "English: Team", "team.yaml:6: surveys[0].title.English: is “English”; use the code of a language"),
        ("cuts: [team, site]", "cuts: [a, b, c, d]", "team.yaml:9: surveys[0].cuts: has 4 entries; write from 0 to 3."),
        ("cuts: [team, site]", "cuts: [a, a]", "surveys[0].cuts: names something twice; keep one of them."),
        (
            "each: 2",
            "each: 5",
            "team.yaml:10: surveys[0].each: only 4 questions take turns; write 4 or fewer, or leave it out.",
        ),
        ("each: 2", "each: 0", "surveys[0].each: is 0; write 1 or more."),
        ("    each: 2\n", "", "surveys[0].always: without each, every wave asks all questions; add each, or leave always out."),
        ("always: [why]", "always: [whi]", "surveys[0].always: there is no question “whi”; write why, if that is meant."),
        ("closes: 3d", "closes: 30m", "team.yaml:12: surveys[0].closes: it is open for 30m; write from 1h to 60d."),
        ("closes: 3d", "closes: 61d", "surveys[0].closes: it is open for 61d; write from 1h to 60d."),
        ("closes: 3d", "closes: soon", "surveys[0].closes: is no length of time; write one such as"),
        (
            "closes: 3d",
            "closes: 3d\n    reminders: [3d]",
            "team.yaml:13: surveys[0].reminders: one is not while the survey is open; write spans shorter than 3d, or [].",
        ),
        ("closes: 3d", "reminders: [1d, 2d, 3d]", "surveys[0].reminders: has 3 entries; write from 0 to 2."),
        ("closes: 3d", "mode: secret", "surveys[0].mode: is “secret”; write one of anonymous, attributed, sealed."),
        ("closes: 3d", "a_page: 16", "surveys[0].a_page: is 16; write 15 or less."),
        ("kpi: engagement", "kpi: Engagement!", "surveys[0].kpi: is “Engagement!”; write the name of a KPI"),
        (", index: true", "", "surveys[0].kpi: no question counts towards a score; write index: true at those that do"),
        (
            "bank: workload",
            "bank: workloads",
            "team.yaml:16: surveys[0].questions[1].bank: the question bank has no “workloads”",
        ),
        ("bank: workload", "bank: workload\n        text: x", "surveys[0].questions[1].text: is not a known field"),
        ("id: tools", "id: why", "surveys[0].questions[4].id: “why” stands on line 17 already; give it another name."),
        ("id: tools", "id: workload", "surveys[0].questions[2].id: “workload” stands on line 16 already"),
        ("id: tools", "id: Tools", "team.yaml:17: surveys[0].questions[2].id: is “Tools”; use up to 40 lower-case letters"),
        ("kind: several", "kind: likert", "questions[2].kind: is “likert”; write one of agree, ten, one, several,"),
        ("minimum: 6", "minimum: six", "surveys[0].minimum: is “six”, not a number; write a whole number."),
        ("kind: several", "kind: sevral", "questions[2].kind: is “sevral”; write several, if that is meant."),
        (
            "kind: several",
            "kind: yes_no",
            "team.yaml:20: surveys[0].questions[2].options: a question of the kind yes_no has none",
        ),
        ("points: 7", "points: 6", "team.yaml:15: surveys[0].questions[0]: it has 6 points; write 5 or 7."),
        ("unit: h", "index: true", "team.yaml:23: surveys[0].questions[3].index: a question of the kind number has none"),
        (
            "id: builds",
            "id: declined",
            "surveys[0].questions[2]: no option may be called declined, for that can always be chosen",
        ),
        ("id: builds", "id: reviews", "surveys[0].questions[2]: the option reviews is there twice; keep one of them."),
        (
            "Slow builds",
            "S" * 76,
            "team.yaml:21: surveys[0].questions[2].options[0].text: is 76 characters long; keep it to 75.",
        ),
        ("Slow builds", "🎉" * 38, "surveys[0].questions[2]: the option builds in “en” has 76 characters; shorten it to 75."),
        ("low: 0", "low: 90", "surveys[0].questions[3]: its low is not below its high; exchange them, or leave one out."),
        ("text: Why?", "text: 5", "surveys[0].questions[4].text: is a number, not text; write text, in quotes"),
        ("kind: SurveySet", "kind: Survey", "kind: is “Survey”; write SurveySet, if that is meant."),
        ("apiVersion: barometer/v1", "", "apiVersion: is missing; write barometer/v1."),
    ],
)
def test_every_problem_names_file_line_field_and_the_mend(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert any(said in problem for problem in problems(GOOD.replace(old, new, 1))), problems(GOOD.replace(old, new, 1))


def test_all_problems_are_told_at_once() -> None:
    bad = GOOD.replace("minimum: 6", "minimum: 1").replace("closes: 3d", "mode: x").replace("id: hours", "id: H")
    assert len(problems(bad)) == 3
    unfit = GOOD.replace("each: 2", "each: 9").replace("points: 7", "points: 6").replace("bank: w", "bank: x")
    assert len(problems(unfit)) == 3


def test_there_are_from_one_to_sixty_questions() -> None:
    start = (
        GOOD[: GOOD.index("      - {id: proud")]
        .replace("    each: 2\n    always: [why]\n", "")
        .replace("    kpi: engagement\n", "")
    )
    rows = [f"      - {{id: q{n}, kind: yes_no, text: Well?}}\n" for n in range(61)]
    assert len(parse_surveys(start + "".join(rows[:60]))[0].questions) == 60
    assert "has 61 entries; write from 1 to 60" in problems(start + "".join(rows))[0]
    assert "has 0 entries; write from 1 to 60" in problems(start.replace("questions:", "questions: []"))[0]


def test_one_name_stands_for_one_survey_and_one_question_of_the_bank() -> None:
    entry = GOOD[GOOD.index("  - name") :]
    assert "team.yaml:25: surveys[1].name: “team-pulse” stands on line 5 already; give it another name." in problems(
        GOOD + entry
    )
    with pytest.raises(DefinitionErrors, match="“workload” stands on line 5 already"):
        parse_bank(BANK + "  - {id: workload, kind: ten, text: Again?}")


def test_without_a_bank_a_question_has_to_be_written_out() -> None:
    assert any("the question bank has no “workload”; write the question out." in p for p in problems(GOOD, {}))


TEXT = (
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\ufeff"), max_size=60)
    .map(str.strip)
    .filter(lambda text: 0 < len(text.encode("utf-16-le")) <= 150)
)
TEXTS = TEXT.map(lambda text: {"en": text}) | st.dictionaries(
    st.sampled_from(["en", "no", "de", "pt-BR"]),
    TEXT | st.sampled_from(["yes", "null", "1.5", "~", "- a", "a: b", "#x"]),
    min_size=1,
)
IDS = st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True)
SPANS = (
    st.integers(61, 60 * 24 * 60)
    .map(lambda minutes: timedelta(minutes=minutes))
    .filter(lambda span: span.total_seconds() // 60 <= 99_999)
)


def told_apart(options: list[dict[str, str]]) -> bool:
    """Whether no two options have the same words in a language."""
    words = [(language, " ".join(said.split()).casefold()) for option in options for language, said in option.items()]
    return len(words) == len(set(words))


@st.composite
def questions(draw: st.DrawFn, name: str) -> Question:
    kind = draw(st.sampled_from(sorted(KINDS)))
    ids = draw(st.lists(IDS.filter(lambda i: i != DECLINED), min_size=2, max_size=6, unique=True))
    low, high = sorted(draw(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 4), min_size=2, max_size=2, unique=True)))
    special: dict[str, Any] = {
        "options": tuple(map(Option, ids, draw(st.lists(TEXTS, min_size=len(ids), max_size=len(ids)).filter(told_apart)))),
        "points": draw(st.sampled_from([5, 7])),
        "ranked": draw(st.integers(1, min(5, len(ids)))),
        "low": draw(st.sampled_from([None, low])),
        "high": draw(st.sampled_from([None, high])),
        "unit": draw(st.just({}) | TEXTS.filter(lambda texts: all(len(words) <= 30 for words in texts.values()))),
        "index": draw(st.booleans()),
    }
    hint = draw(st.just({}) | TEXTS)
    fields = {field: special[field] for field in KINDS[kind].FIELDS}
    return Question(name, kind, draw(TEXTS), hint, draw(st.booleans()), **fields)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    names = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    asked = tuple(draw(questions(name)) for name in names)
    closes = draw(SPANS)
    each = draw(st.integers(0, len(names)))
    always = draw(st.lists(st.sampled_from(names), max_size=len(names) - each, unique=True)) if each else []
    minimum = draw(st.integers(5, 30))
    shorter = st.integers(1, int(closes.total_seconds()) // 60 - 1).map(lambda minutes: timedelta(minutes=minutes))
    return Survey(
        name=draw(st.from_regex(r"[a-z][a-z0-9-]{0,79}", fullmatch=True)),
        title=draw(TEXTS),
        questions=asked,
        about=draw(st.just({}) | TEXTS),
        mode=draw(st.sampled_from(MODES)),
        minimum=minimum,
        comment_minimum=draw(st.integers(max(10, minimum), 40)),
        cuts=tuple(draw(st.lists(st.sampled_from(["team", "group", "site_2"]), max_size=3, unique=True))),
        each=each,
        always=tuple(always),
        a_page=draw(st.integers(1, 15)),
        closes=closes,
        reminders=tuple(sorted(draw(st.lists(shorter, max_size=2, unique=True)))),
        kpi=draw(st.sampled_from(["", "engagement"])) if any(q.index for q in asked) else "",
    )


@settings(max_examples=60, deadline=None)
@given(surveys())
def test_what_is_written_reads_the_same(survey: Survey) -> None:
    (again,) = parse_surveys(to_yaml(survey))
    assert again == survey
    assert list(again.title) == list(survey.title), "the first language is the one that is fallen back to"


@settings(max_examples=15, deadline=None)
@given(surveys())
def test_what_is_written_follows_the_schema(survey: Survey) -> None:
    document = YAML(typ="safe", pure=True).load(to_yaml(survey))
    assert list(Draft202012Validator(file_schema()).iter_errors(document)) == []


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for candidate in (text, f"apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n  - {text}"):
        with pytest.raises(DefinitionErrors):
            assert not parse_surveys(candidate)
    with pytest.raises(DefinitionErrors):
        assert not parse_bank(text)


def test_a_file_of_very_many_values_is_refused_before_all_of_them_are_read() -> None:
    report = Report("")
    assert read_yaml(f"a: [{'x,' * 60_000}]", report) is None
    assert [each.problem for each in report.problems] == ["there are more than 50,000 values"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", "this is text; write its fields, such as apiVersion: …."),
        (
            GOOD.split("    questions:", maxsplit=1)[0] + "    questions: hello\n",
            "is text, not a list; write a list: a dash before each, and its fields below one another.",
        ),
        (GOOD.replace("[team, site]", "team"), "is text, not a list; write a list, such as [a, b]."),
    ],
)
def test_what_is_no_list_and_no_survey_is_told_what_to_write(text: str, problem: str) -> None:
    (told,) = problems(text)
    assert told.endswith(problem)
