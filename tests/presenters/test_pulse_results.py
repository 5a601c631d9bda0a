"""What people read of surveys: in Slack's limits whatever was answered, with the number first and the reason beside it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.parts import Buttons, Chart, Mention, Message, Table, Text, plain
from bot.domain.retention import Stay, kept, staff_of
from bot.domain.sentences import say
from bot.domain.survey_changes import RULE, Change, Trend
from bot.domain.survey_comparisons import response_rates, shrunken
from bot.domain.survey_counts import Respondent, publish
from bot.domain.survey_courses import WaveAsked, cell_name, course_of
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.survey_receipts import suppressed
from bot.domain.survey_reports import Action, AskedBack, Comment, Comments, Course, Erased, Results
from bot.domain.survey_results import CellResult, cells_of, common_words
from bot.domain.survey_stats import moments
from bot.domain.survey_waves import Contract, Opening
from bot.domain.surveys import Option, Question, Survey
from bot.presenters import pulse, pulse_actions, pulse_courses, pulse_results, pulse_words
from handlers.slack.blocks.lint import problems
from handlers.slack.blocks.render import fallback, payload, payloads
from playground.block_kit import validate
from storage.waves import Invitation
from tests.conftest import NOW
from tests.test_catalogue_surveys import SHIPPED

HOSTILE = [
    "<!channel>",
    "*b* _i_ ~s~ `c`",
    "&lt;@U0ADA&gt;",
    "שלום\u202eolleh",
    ":tada: 🎉" * 20,
    "x" * 290,
    "a\nb\r\n> c",
    "é" * 200,
]
OPTIONS = tuple(Option(f"o{n}", {"en": f"Option {n}"}) for n in range(6))
KINDS = ("agree", "agree", "ten", "yes_no", "number", "one", "several", "ranking", "comment")


def questions_of(words: list[str], count: int) -> tuple[Question, ...]:
    options = tuple(Option(o.id, {"en": f"{words[n % len(words)]}"[:75] or "-"}) for n, o in enumerate(OPTIONS))
    return tuple(
        Question(
            f"q{n}",
            KINDS[n % len(KINDS)],
            {"en": words[n % len(words)] or "-"},
            options=options if KINDS[n % len(KINDS)] in ("one", "several", "ranking") else (),
            unit={"en": "hours"},
            index=n < 2,
        )
        for n in range(count)
    )


def answer_to(question: Question, i: int) -> object:
    ids = [o.id for o in question.options]
    return {
        "agree": lambda: str(1 + i % 5),
        "ten": lambda: str(i % 11),
        "yes_no": lambda: "yes" if i % 3 else "no",
        "number": lambda: str(i % 9),
        "one": lambda: ids[i % 5],
        "several": lambda: tuple(ids[: 1 + i % 4]),
        "ranking": lambda: (ids[i % 6], ids[(i + 1) % 6], ids[(i + 2) % 6]),
        "comment": lambda: "words",
    }[question.kind]()


def results_of(questions: tuple[Question, ...], n: int = 24, teams: int = 0, asked: int = 0, **changed: object) -> Results:
    """A wave in which n of n + 6 people answered, or of so many who were asked, in so many teams."""
    asked = asked or n + 6
    own = [{"team": f"T{i % teams}"} if teams else {} for i in range(asked)]
    people = [Respondent(f"U{i}", own[i], {q.id: answer_to(q, i) for q in questions}) for i in range(n)]  # type: ignore[misc]
    cuts = ("team",) if teams else ()
    found = publish(questions, cuts, people, own, viewers=frozenset(), minimum=5, comment_minimum=10)
    assert found is not None
    cells = cells_of(found.counts, found.figures)
    survey = Survey("team-check", {"en": questions[0].text["en"][:100]}, questions, kpi="engagement")
    contract = Contract("", "anonymous", 5, 10, cuts, "#team", ("U0OWNER",))
    receipt: Mapping[str, object] = {"invited": asked, "opened": n, **suppressed(questions, found)}
    course = course_of([WaveAsked("team-check #1", questions, cells), WaveAsked("team-check #2", questions, cells)])
    known: dict[str, object] = {
        "label": "team-check #2",
        "survey": survey,
        "contract": contract,
        "questions": questions,
        "receipt": receipt,
        "cells": cells,
        "course": course,
        "rates": response_rates({"all": (n, asked)}),
        "comments": 3,
    }
    return Results(**known | changed)  # type: ignore[arg-type]


def said(message: Message) -> str:
    return "\n".join([message.summary, *map(plain, message.parts)])


def fits(message: Message) -> None:
    """Slack takes it, in one message and in several."""
    for each in (payload(message), *payloads(message)):
        assert validate(each) == []
        assert problems(each["blocks"]) == []
        assert len(each["blocks"]) <= 50
        assert "<!channel>" not in each["text"]
        assert not marked_up(each["blocks"])


def marked_up(node: object) -> bool:
    """Whether any text in mrkdwn has something in it that Slack would carry out."""
    if isinstance(node, dict):
        return (node.get("type") == "mrkdwn" and "<!" in node["text"]) or any(marked_up(v) for v in node.values())
    return isinstance(node, list) and any(marked_up(v) for v in node)


@pytest.mark.parametrize("count", [1, 9, 60])
@pytest.mark.parametrize("n", [6, 24])
def test_whatever_the_words_results_fit(count: int, n: int) -> None:
    found = results_of(questions_of(HOSTILE, count), n, teams=3)
    action = Action(1, 1, 1, "team-check", "<!channel> *do*", "U0ANA", date(2026, 12, 1), "U1", NOW, None, "", "")
    found = replace(found, said_and_done=(action,))
    fits(pulse_results.results(found))
    fits(pulse_results.heatmap(found, "team"))
    fits(pulse_courses.trend(Course(found.survey, ("a #1",), found.questions, ({},), found.course)))


def test_the_results_of_engagement_are_on_one_page() -> None:
    assert pulse_results.pages_of(results_of(SHIPPED["engagement"].questions)) == 1


def test_forty_groups_are_in_tables_that_slack_takes() -> None:
    found = results_of(questions_of(["Fine"], 4), 480, teams=40)
    made = pulse_results.heatmap(found, "team")
    tables = [p for p in made.parts if isinstance(p, Table)]
    assert [len(t.columns) for t in tables] == [20, 20, 6]
    assert len({c for t in tables for c in t.columns[2:]}) == 40
    fits(made)


def test_groups_of_slack_are_called_what_slack_calls_them() -> None:
    found = results_of(questions_of(["Fine"], 4), 48, teams=3)
    ids = {"team=T0": "group=S0RED", "team=T1": "group=C0BLUE", "team=T2": "group=SALES"}
    cells = {q: {ids.get(cut, cut): cell for cut, cell in by.items()} for q, by in found.cells.items()}
    made = pulse_results.heatmap(replace(found, cells=cells), "group")
    named = next(p for p in made.parts if isinstance(p, Text))
    mentions = [each for each in named.spans if isinstance(each, Mention)]
    assert mentions == [Mention("channel", "C0BLUE"), Mention("usergroup", "S0RED")]
    fits(made)
    named = pulse_results.heatmap(replace(found, cells=cells, names={"S0RED": "@red", "C0BLUE": "#blue"}), "group")
    heads = [p.columns for p in named.parts if isinstance(p, Table)]
    assert heads[0] == ("Question", "All", "#blue", "@red", "SALES")
    assert not [p for p in named.parts if isinstance(p, Text) and any(isinstance(each, Mention) for each in p.spans)]
    fits(named)


def test_beside_groups_stands_from_which_change_on_each_would_show_one() -> None:
    found = results_of(questions_of(["Fine", "Fair"], len(KINDS) + 1), 48, teams=3)
    scales = [q.id for q in found.questions if q.kind == "agree"]
    seen = {cell_name(q, cut): 9.0 + 5 * n for n, q in enumerate(scales) for cut in ("all", "team=T0")}
    known = replace(found, course=replace(found.course, detectable={**seen, cell_name(scales[0], "team=T2"): 21.4}))
    (row,) = [r for r in table_of(known) if r[0] == "Changes mostly seen from, points on scales"]
    assert row[1:] == (f"9 to {4 + 5 * len(scales)}",) * 2 + ("–", "21")
    none = replace(found, course=replace(found.course, detectable={}))
    assert [r for r in table_of(none) if r[0].startswith("Changes mostly seen")] == []


def table_of(found: Results) -> tuple[tuple[Any, ...], ...]:
    """The rows of the first table of groups."""
    return next(p.rows for p in pulse_results.heatmap(found, "team").parts if isinstance(p, Table))


@settings(max_examples=25)
@given(st.lists(st.text(max_size=300) | st.sampled_from(HOSTILE), min_size=1, max_size=4), st.integers(1, 12))
def test_any_words_fit(words: list[str], count: int) -> None:
    fits(pulse_results.results(results_of(questions_of(words, count))))


def comments_of(texts: list[str], authored: bool = False) -> Comments:
    found = tuple(Comment(f"{n:032}", 1, f"q{n % 2}", text, b"x" if authored else None) for n, text in enumerate(texts))
    return Comments("team-check #1", "team-check", 10, found, {"q0": "First?", "q1": "<!here>"}, common_words(texts, 8))


@pytest.mark.parametrize("authored", [False, True])
def test_comments_fit_whatever_is_in_them(authored: bool) -> None:
    for page in (1, 2, 3):
        fits(pulse_results.comments(comments_of([*HOSTILE, "y" * 1000] * 8, authored), page))


def test_every_comment_is_on_one_page() -> None:
    texts = [f"number {n} of all" for n in range(70)]
    shown = [said(pulse_results.comments(comments_of(texts), page)) for page in (1, 2, 3)]
    assert sum(text.count("“number") for text in shown) == 70
    assert all(any(f"“number {n} of all”" in text for text in shown) for n in range(70))


def test_a_button_turns_the_pages_of_comments() -> None:
    texts = [f"number {n} of all" for n in range(70)]
    made = [pulse_results.comments(comments_of(texts), page) for page in (1, 2, 3)]
    shown = [b for each in made for p in each.parts if isinstance(p, Buttons) for b in p.items]
    turned = [b for b in shown if b.action == "pulse.comments"]
    assert [b.value.rpartition(" ")[2] for b in turned] == ["2", "3", "1"]
    assert [b.text for b in turned] == ["Next page", "Next page", "First page"]
    few = pulse_results.comments(comments_of(texts[:30])).parts
    assert [b.text for p in few if isinstance(p, Buttons) for b in p.items] == ["Results"]


def test_a_comment_with_ask_back_is_as_exact_as_the_others() -> None:
    words = "<!channel> *bold* _i_ `c` " + "y" * 2000
    for authored in (False, True):
        message = pulse_results.comments(comments_of([words], authored))
        assert f"“{words}”" in said(message)
        assert not re.search(r'"mrkdwn", "text": "[^"]*channel', json.dumps(payloads(message)))
    many = pulse_results.comments(comments_of([f"number {n} of all" for n in range(30)], True))
    assert json.dumps(payloads(many)).count("Ask back") >= 30


def test_what_was_asked_back_stands_below_its_comment_and_all_of_it_fits() -> None:
    found = comments_of(["First", "Second"], True)
    first = found.found[0]
    asked = (AskedBack("Which?", "U0ANA", ""), AskedBack("<!channel> When?", "U0BO", "On *Fridays*"))
    shown = said(pulse_results.comments(replace(found, asked={first.id: asked})))
    below = shown[shown.index("“First”") : shown.index("“Second”")]
    assert "U0ANA asked: “Which?”\n" in below
    assert "U0BO asked: “<!channel> When?”\nAnswered: “On *Fridays*”" in below
    assert "asked: " not in shown.replace(below, "")
    many = comments_of(["y" * 1000] * 30, True)
    full = replace(many, asked={each.id: (AskedBack("q" * 1000, "U0ANA", "a" * 1200),) * 3 for each in many.found})
    fits(pulse_results.comments(full))
    blocks = [block for each in payloads(pulse_results.comments(full)) for block in each["blocks"]]
    assert json.dumps(blocks).count("asked: ") == 90


def test_words_in_common_leave_out_what_says_nothing_in_three_languages() -> None:
    texts = ["Deployment takes too long because it is very slow", "Deployment ist nicht schnell, weil alles wartet"] * 5
    texts += ["Utrulling tar lang tid fordi alle venter, ikke sant"] * 4
    assert dict(common_words(texts, 9)) == {
        "deployment": 10, "takes": 5, "long": 5, "slow": 5, "schnell": 5, "wartet": 5
    }  # fmt: skip


def test_the_number_comes_first_then_its_interval_then_how_many() -> None:
    text = said(pulse_results.results(results_of(questions_of(["Is it fine?"], 9)), None))
    assert text.startswith("team-check #2: 24 of 30 answered (80%)")
    assert "Engagement 48 of 100 (" in text
    assert "eNPS −" in text
    assert "Mean 3.62 hours (" in text
    assert "67% yes (" in text
    assert "Put first | Among the first 3" in text
    assert "No question changed by the published rule. On scales, changes are mostly seen from" in text
    assert "1. Is it fine? | 48 (41 to 55) | 38% (30 to 47) | 24 of 30 | none seen | " in text
    assert "n 24 of 30. 4. Is it fine? Change: none seen; changes mostly seen from " in text
    assert "24 opened" in text


def test_a_score_of_no_kpi_is_called_that_and_held_against_nothing() -> None:
    found = results_of(questions_of(["Is it fine?"], 9))
    own = replace(found, survey=replace(found.survey, kpi=""))
    assert "Score 48 of 100 (" in said(pulse_results.results(own, None))
    assert "Engagement" not in said(pulse_results.results(own, None))
    assert ("Compare" in steps_of(found), "Compare" in steps_of(own)) == (True, False)


def test_what_is_not_shown_says_why() -> None:
    text = said(pulse_results.results(results_of(questions_of(["Is it fine?"], 9), 6)))
    assert "5–9 of 12 answered" in text
    assert "– 5. Is it fine? (too few answers to show: it takes 10)" in text
    assert "How the answers are spread is shown from ten people on." in text
    assert "With fewer than ten answers no change is tested." in text
    assert "Engagement 42 of 100 (20 to 75), n 5–9 of 12." in text
    assert "1. Is it fine? | 42 (20 to 75) | 33% (15 to 70) | 5–9 of 12" in text
    assert "| not tested" in text
    assert "Compare" not in steps_of(results_of(questions_of(["Is it fine?"], 9), 6))
    assert "Compare" in steps_of(results_of(questions_of(["Is it fine?"], 9)))


def test_a_band_is_explained_once_where_one_is_shown() -> None:
    why, asked = "Under ten, how many answered is a band.", questions_of(["Is it fine?"], 9)
    small = said(pulse_results.results(results_of(asked, 6, asked=6), None))
    assert "5–6 of 6 answered" in small
    assert small.count(why) == 1
    named = results_of(asked, 6, asked=6)
    exact = replace(
        named.cells["response"][WHOLE], figures={n: Figure("response", WHOLE, n, 6.0) for n in ("answered", "invited")}
    )
    told = said(pulse_results.results(replace(named, cells={**named.cells, "response": {WHOLE: exact}}), None))
    assert "6 of 6 answered (100%)" in told
    assert "Under ten, how many answered a question is a band." in told
    for n, of in ((24, 30), (5, 5)):
        assert "is a band" not in said(pulse_results.results(results_of(asked, n, asked=of), None)), "no band is shown"


def test_ends_that_are_moved_outwards_are_explained_whether_everybody_answered_or_not() -> None:
    why, asked = "they are moved outwards: to multiples of five, or five from the figure.", questions_of(["Is it fine?"], 9)
    everybody = said(pulse_results.results(results_of(asked, 6, asked=6), None))
    assert "33% (28 to 38)" in everybody, "five from it, though nothing is uncertain"
    assert everybody.count(why) == said(pulse_results.results(results_of(asked, 6), None)).count(why) == 1
    assert why not in said(pulse_results.results(results_of(asked, 24, asked=24), None))
    bound = tuple(replace(each, kind="number") for each in asked[:1])
    assert why not in said(pulse_results.results(results_of(bound, 6), None)), "no interval is shown"


@pytest.mark.parametrize("n", [5, 7, 10, 24])
@pytest.mark.parametrize("asked", [questions_of(["A", "B"], 9), questions_of(["A"], 45), questions_of(["A"], 2)])
def test_the_receipt_counts_the_lines_that_are_marked_as_not_shown(n: int, asked: tuple[Question, ...]) -> None:
    found = results_of(asked, n)
    parts = pulse_results.results(found, None).parts
    lines = [part for part in parts if isinstance(part, Text) and plain(part).startswith("– ")]
    rows = [row for part in parts if isinstance(part, Table) and "95%" in part.caption for row in part.rows if row[1] == "–"]
    assert found.receipt["suppressed"] == len(lines) + len(rows)
    assert len(lines) == (4 * len(asked) // 9 if n < 10 else 0), "a choice, several, a ranking and a number take ten"
    words = said(pulse_results.results(found, None))
    assert ("– is not shown" in words) is bool(lines or rows)
    hides_texts = n < 10 and len(asked) > 8
    assert ("suppressed and what people wrote" in words) is hides_texts
    assert ("What people wrote (comments and short texts) is not shown: it takes answers of 10 people" in words) is hides_texts


def test_a_chart_of_several_questions_is_named_by_their_numbers() -> None:
    parts = pulse_results.results(results_of(questions_of(["A"], 45)), None).parts
    titles = [part.title for part in parts if isinstance(part, Chart)]
    assert titles[:2] == ["How people answered 1. to 10.", "How people answered 11., 17., 23., 29., 35."]
    assert len(set(titles)) == len(titles)


def test_the_receipt_counts_groups_for_themselves() -> None:
    told = {"invited": 12, "opened": 12, "suppressed": 1, "suppressed_in_groups": 3, "suppressed_texts": 1}
    assert "1 figure suppressed, 3 more in groups, and what people wrote, keys" in pulse_words.receipt(told)
    assert "1 figure suppressed, 3 more in groups, keys" in pulse_words.receipt(told | {"suppressed_texts": 0})
    found = results_of(questions_of(["A"], 2), 24, teams=12)
    assert found.receipt["suppressed"] == 0
    assert found.receipt["suppressed_in_groups"] == sum(
        bool(cell.withheld) for q in found.questions for cell in found.cells[q.id].values()
    )
    assert found.receipt["suppressed_in_groups"]


@pytest.mark.parametrize(
    ("figures", "in_groups", "texts", "line"),
    [
        (0, 0, 1, "what people wrote is not shown"),
        (0, 3, 1, "3 figures of groups suppressed and what people wrote"),
        (0, 1, 0, "1 figure of groups suppressed"),
        (0, 0, 0, "0 figures suppressed"),
        (1, 0, 1, "1 figure suppressed and what people wrote"),
    ],
)
def test_a_receipt_in_which_no_figure_is_suppressed_counts_none(figures: int, in_groups: int, texts: int, line: str) -> None:
    told = {"invited": 6, "opened": 6, "suppressed": figures, "suppressed_in_groups": in_groups, "suppressed_texts": texts}
    assert pulse_words.receipt(told) == f"6 invited, 6 opened, {line}, keys not destroyed yet."


def test_a_receipt_from_before_is_read_as_it_was() -> None:
    told = {"invited": 4, "opened": 4, "suppressed": 1}
    assert pulse_words.receipt(told) == "4 invited, 4 opened, 1 figure suppressed, keys not destroyed yet."


def test_a_receipt_opens_no_more_than_were_invited() -> None:
    assert pulse_words.receipt({"invited": 7, "opened": "5–9"}) == "7 invited, 5–7 opened, keys not destroyed yet."
    assert pulse_words.receipt({"invited": 12, "opened": "5–9"}).startswith("12 invited, 5–9 opened")
    assert pulse_words.receipt({"invited": 12, "opened": 11}).startswith("12 invited, 11 opened")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        *((kind, ": it takes 10") for kind in ("number", "one", "several", "ranking")),
        *((kind, "") for kind in ("agree", "ten", "yes_no")),
    ],
)
def test_what_nothing_is_shown_of_under_ten_says_so(kind: str, why: str) -> None:
    assert pulse_words.why_hidden(None, Question("q", kind, {"en": "Is it fine?"})) == f"too few answers to show{why}"


def test_what_should_be_done_by_now_was_due_in_results() -> None:
    action = Action(1, 1, 1, "team-check", "Fewer meetings", "U0ANA", date(2026, 12, 8), "U1", NOW, None, "", "")
    found = results_of(questions_of(["Is it fine?"], 2), said_and_done=(action,))
    assert "was due Tue 8 Dec" in said(pulse_results.results(replace(found, today=date(2026, 12, 11))))
    assert "until Tue 8 Dec" in said(pulse_results.results(replace(found, today=date(2026, 12, 8))))


def steps_of(found: Results) -> list[str]:
    return [b.text for p in pulse_results.results(found, 1).parts if isinstance(p, Buttons) for b in p.items]


def test_groups_are_offered_where_something_of_them_is_shown() -> None:
    found = results_of(questions_of(["Is it fine?"], 3))
    cut, cells = "team", {q: {**by, "team=red": by["all"]} for q, by in found.cells.items() if "all" in by}
    found = replace(found, contract=replace(found.contract, cuts=(cut,)), cells={**found.cells, **cells})
    assert f"By {cut}" in steps_of(found)
    assert f"by={cut} shows its groups" in said(pulse_results.results(found))
    hidden = {
        q: {
            g: c if g == "all" else replace(c, figures={"withheld": Figure(q, g, "withheld", None, "too few")})
            for g, c in by.items()
        }
        for q, by in found.cells.items()
    }
    none = replace(found, cells=hidden)
    assert not [each for each in steps_of(none) if each.startswith("By ")]
    text = said(pulse_results.results(none))
    assert "shows its groups" not in text
    assert text.count("No group can be shown: too few people, or it would tell of other groups.") == 1


def test_a_question_without_a_chart_is_named() -> None:
    found = results_of(questions_of(["Is it fine?"], 11))
    bare = replace(found.cells["q1"]["all"], counts={})
    text = said(pulse_results.results(replace(found, cells={**found.cells, "q1": {"all": bare}}), None))
    assert "Without a chart: 2. How their answers are spread is not shown." in text
    assert "Without a chart" not in said(pulse_results.results(found, None))


@pytest.mark.parametrize(
    ("words", "short"),
    [
        ("1. Short enough of it", "1. Short enough of…"),
        ("1. I can do it today", "1. I can do it today"),
        ("1. Verbundenheitsgefuehl", "1. Verbundenheitsge…"),
    ],
)
def test_a_series_is_cut_after_a_word(words: str, short: str) -> None:
    assert pulse_courses._short(words) == short
    assert len(short) <= 20


def test_below_ten_enps_is_said_with_its_interval_and_no_spread() -> None:
    questions = (Question("q", "ten", {"en": "Recommend?"}),)
    text = said(pulse_results.results(results_of(questions, 8)))
    assert "eNPS at most −60, n 5–9 of 14. 1. Recommend? How the answers are spread is shown from ten people on." in text
    found = results_of(questions, 8)
    cell = replace(found.cells["q"]["all"], figures={n: Figure("q", "all", n, v) for n, v in MIDDLE.items()})
    text = said(pulse_results.results(replace(found, cells={**found.cells, "q": {"all": cell}})))
    assert "eNPS 17 (−35 to 60)" in text
    assert "0 to 6" not in text


MIDDLE = {"enps": 17.0, "enps_low": -35.0, "enps_high": 60.0}


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (8, ""),
        (9, "Between 56% and 100% answered: those who did not may think otherwise."),
        (12, "Between 42% and 75% answered: those who did not may think otherwise."),
        (40, "Between 13% and 23% answered: those who did not may think otherwise."),
    ],
)
def test_that_few_answered_is_said_below_ten_by_the_ends_of_the_band_alone(asked: int, note: str) -> None:
    told = set()
    for n in range(5, min(asked, 9) + 1):
        found = results_of(questions_of(["Is it fine?"], 1), n, asked=asked)
        text = said(pulse_results.results(replace(found, rates=None)))
        assert (note in text) if note else ("may think otherwise" not in text)
        told.add(pulse_words.low_answering(replace(found, rates=None)))
    assert told == {note}, "the same whoever answered"


@pytest.mark.parametrize(("answered", "is_told"), [((20, 10), True), ((15, 14), False)])
def test_that_the_groups_answered_unevenly_is_said_where_they_did(answered: tuple[int, int], is_told: bool) -> None:
    found = results_of(questions_of(["Is it fine?"], 1), sum(answered), asked=40)
    rates = response_rates({"team=A": (answered[0], 20), "team=B": (answered[1], 20)})
    assert (UNEVENLY in said(pulse_results.results(replace(found, rates=rates)))) is is_told
    assert UNEVENLY not in said(pulse_results.results(replace(found, rates=None)))


UNEVENLY = "The groups answered unevenly, so the whole leans to those that answered more."


def test_no_channel_of_nobody_is_told_a_zero() -> None:
    """Nobody answered a question: it is said, and never 0."""
    found = results_of(questions_of(["Is it fine?"], 4))
    cells = {q: by for q, by in found.cells.items() if q != "q2"}
    text = said(pulse_results.results(replace(found, cells=cells)))
    assert "– 3. Is it fine? (too few answers to show)" in text


def charts_of(found: Results) -> list[Chart]:
    return [part for part in pulse_results.results(found, None).parts if isinstance(part, Chart)]


def test_every_kind_that_can_be_counted_has_a_chart_of_what_was_released() -> None:
    """The heights are the released counts as shares of those who answered; each share of several is of people."""
    options = tuple(Option(o, {"en": o.title()}) for o in ("pay", "growth", "tools"))
    asked = (
        Question("seven", "agree", {"en": "Seven?"}, points=7),
        Question("ten", "ten", {"en": "Recommend?"}),
        Question("yes", "yes_no", {"en": "Remote?"}),
        Question("one", "one", {"en": "Which?"}, options=options),
        Question("several", "several", {"en": "Which of them?"}, options=options),
        Question("rank", "ranking", {"en": "In which order?"}, options=options, ranked=2),
        Question("hours", "number", {"en": "Hours?"}, low=0, high=10, unit={"en": "hours"}),
        Question("free", "number", {"en": "How many?"}),
    )
    given = [
        {
            "seven": str(1 + i % 7),
            "ten": str(i % 11),
            "yes": "yes" if i % 3 else "no",
            "one": options[i % 3].id,
            "several": tuple(o.id for n, o in enumerate(options) if n != i % 3),
            "rank": (options[i % 3].id, options[(i + 1) % 3].id),
            "hours": str(i % 11),
            "free": str(i % 9),
        }
        for i in range(24)
    ]
    made = publish(asked, (), [Respondent(f"U{i}", {}, a) for i, a in enumerate(given)], [{}] * 30, viewers=frozenset(),
                   minimum=5, comment_minimum=10)  # fmt: skip
    assert made is not None
    found = replace(results_of(asked[:1]), questions=asked, cells=cells_of(made.counts, made.figures))
    drawn = {chart.title: chart for chart in charts_of(found)}
    assert list(drawn) == [
        "1. Seven?", "2. Recommend?", "3. Remote?", "4. Which?", "5. Which of them?", "6. In which order?", "7. Hours?"
    ], "a number without limits has no fifths"  # fmt: skip
    assert all(chart.kind == "bar" and len(chart.series) == 1 for chart in drawn.values())

    def heights(title: str) -> tuple[float | None, ...]:
        return drawn[title].series[0].values

    def told(question: str, *matching: str) -> tuple[float, ...]:
        answers = [a[question] for a in given]
        return tuple(round(100 * sum(m == a or (isinstance(a, tuple) and m in a) for a in answers) / 24, 1) for m in matching)

    assert heights("1. Seven?") == told("seven", *"1234567")
    assert drawn["1. Seven?"].categories == ("1 disagree", "2", "3", "4", "5", "6", "7 agree")
    assert heights("2. Recommend?") == told("ten", *map(str, range(11)))
    assert heights("3. Remote?") == told("yes", "yes", "no")
    assert heights("4. Which?") == told("one", "pay", "growth", "tools")
    assert heights("5. Which of them?") == told("several", "pay", "growth", "tools")
    assert sum(each or 0 for each in heights("5. Which of them?")) > 100
    assert drawn["5. Which of them?"].unit == "% of people"
    assert heights("6. In which order?") == (33.3, 33.3, 33.3)
    assert drawn["7. Hours?"].categories == ("0 to 2", "2 to 4", "4 to 6", "6 to 8", "8 to 10")
    fifths = [sum(5 * int(a["hours"]) // 10 == n or (n == 4 and a["hours"] == "10") for a in given) for n in range(5)]  # type: ignore[call-overload]
    assert heights("7. Hours?") == tuple(round(100 * each / 24, 1) for each in fifths)
    fits(pulse_results.results(found, None))


def test_below_ten_and_where_nearly_all_answered_alike_nothing_is_drawn() -> None:
    questions = tuple(q for q in questions_of(["Is it fine?"], 9) if q.kind != "number")
    assert charts_of(results_of(questions, 9)) == []
    found = results_of(questions, 24)
    coded = {q: {cut: replace(cell, counts={}) for cut, cell in by.items()} for q, by in found.cells.items()}
    assert charts_of(replace(found, cells=coded)) == []


@pytest.mark.parametrize(
    ("kind", "points", "count", "shapes"),
    [
        ("agree", 5, 28, [(20, 5), (8, 5)]),
        ("agree", 7, 8, [(7, 6), (7, 2)]),
        ("ten", 5, 3, [(11, 3)]),
        ("yes_no", 5, 22, [(20, 2), (2, 2)]),
    ],
)
def test_questions_with_the_same_answers_share_a_chart_in_slacks_limits(
    kind: str, points: int, count: int, shapes: list[tuple[int, int]]
) -> None:
    asked = tuple(Question(f"q{n}", kind, {"en": f"Question {n}?"}, points=points) for n in range(count))
    found = results_of(asked)
    drawn = charts_of(found)
    assert [(len(chart.categories), len(chart.series)) for chart in drawn] == shapes
    first = found.cells["q0"]["all"].counts[{"agree": "1", "ten": "0", "yes_no": "yes"}[kind]]
    assert drawn[0].series[0].values[0] == round(100 * first / 24, 1)
    fits(pulse_results.results(found))


def test_more_options_than_a_chart_takes_are_in_the_table_alone() -> None:
    options = tuple(Option(f"o{n}", {"en": f"Option {n}"}) for n in range(21))
    asked = (Question("q", "one", {"en": "Which?"}, options=options),)
    found = results_of(asked, 30)
    assert charts_of(found) == []
    assert "Option 20 | 0%" in said(pulse_results.results(found))


def test_results_are_on_pages_of_two_charts_with_every_question_on_one() -> None:
    found = results_of(tuple(replace(q, text={"en": f"About {q.id}?"}) for q in questions_of(["-"], 27)), 24)
    found = replace(found, survey=replace(found.survey, title={"en": "Team check"}))
    messages = [pulse_results.results(found, 1)]
    buttons = {b.text: (b.action, b.value) for p in messages[0].parts if isinstance(p, Buttons) for b in p.items}
    assert buttons["More questions"] == ("pulse.results", f"{found.label} 2")
    pages = int(said(pulse_results.results(found, 2)).partition("page 2 of ")[2].partition("\n")[0])
    messages += [pulse_results.results(found, n) for n in range(2, pages + 1)]
    assert pages > 2
    for message in messages:
        assert sum(isinstance(part, Chart) for part in message.parts) <= 2
        assert len(payloads(message)) == 1
        fits(message)
    told = [said(message) for message in messages]
    for question in found.questions:
        where = [n for n, text in enumerate(told) if f"About {question.id}?" in text]
        assert len(where) == (question.kind != "comment"), question.id
    turned = {b.text: b.value for p in messages[-1].parts if isinstance(p, Buttons) for b in p.items}
    assert turned["First page"] == f"{found.label} 1"
    assert said(pulse_results.results(found, 99)) == told[-1], "there is none behind the last"


def test_where_few_answered_it_is_told_what_their_silence_leaves_possible() -> None:
    """24 of 60: of the shares between nobody and everybody of the 36 others."""
    found = results_of(questions_of(["Is it fine?"], 4), 24, asked=60)
    text = said(pulse_results.results(found))
    assert "Had all who did not answer been of the least favourable opinion, or all of the most" in text
    for number, question, k in ((1, "q0", 9), (2, "q1", 9), (4, "q3", 16)):
        assert found.cells[question]["all"].value("favourable") == pytest.approx(100 * k / 24, abs=0.01)
        assert f"{number}. {100 * k // 60} to {-(-100 * (k + 36) // 60)}%" in text
    assert "had all" not in said(pulse_results.results(results_of(questions_of(["Is it fine?"], 4), 24, asked=30))).lower()


def test_the_course_follows_numbers_and_shares_of_yes_in_their_unit() -> None:
    asked = (
        Question("q0", "agree", {"en": "Fine?"}),
        Question("q1", "yes_no", {"en": "Remote?"}),
        Question("q2", "number", {"en": "Hours?"}, low=0, high=20, unit={"en": "hours"}),
    )
    found = results_of(asked)
    everybody = {q: by["all"] for q, by in found.cells.items() if "all" in by}
    text = said(pulse_courses.trend(Course(found.survey, ("a #1", "a #2"), asked, (everybody, everybody), found.course)))
    low, high = (everybody["q1"].value(f"favourable_{end}") for end in ("low", "high"))
    share = f"67% ({low:.0f} to {high:.0f})"
    assert f"Remote? | {share} | {share} | none seen | 38 points" in text
    hours = found.course.detectable["q2 all"]
    low, high = (everybody["q2"].value(f"mean_{end}") for end in ("low", "high"))
    mean = f"3.62 hours ({low:.4g} to {high:.4g})"
    assert f"Hours? | {mean} | {mean} | none seen | {float(f'{hours / 5:.2g}'):g} hours" in text
    assert "Chart: Means of everybody (0 to 100)" in text


def test_the_course_draws_an_enps_beside_means_and_numbers_questions_as_results_do() -> None:
    asked = (
        Question("q0", "ten", {"en": "Recommend?"}),
        Question("q1", "yes_no", {"en": "Remote?"}),
        Question("q2", "comment", {"en": "Else?"}),
        Question("q3", "agree", {"en": "Fine?"}),
    )
    found = results_of(asked)
    everybody = {q: by["all"] for q, by in found.cells.items() if "all" in by}
    course = Course(found.survey, ("a #1", "a #2"), asked, (everybody, everybody), found.course)
    made = pulse_courses.trend(course)
    drawn = [(p.title, p.unit, [each.name for each in p.series]) for p in made.parts if isinstance(p, Chart)]
    assert drawn == [("Means of everybody", "0 to 100", ["1. Fine?"]), ("eNPS of everybody", "−100 to 100", ["2. Recommend?"])]
    (table,) = [p for p in made.parts if isinstance(p, Table)]
    titles = ["1. Fine?", "2. Recommend?", "3. Remote?"]
    assert [row[0] for row in table.rows if row[0] != "Engagement score"] == titles
    results = said(pulse_results.results(found, None))
    assert all(title in results for title in titles)
    fits(made)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (None, "−12 points (−21 to 0), seen two waves running"),
        (
            Question("q", "number", {"en": "?"}, low=0, high=10, unit={"en": "cases"}),
            "−1.2 cases (−2.1 to +0.04), seen two waves running",
        ),
        (Question("q", "number", {"en": "?"}, low=0, high=1000), "−120 (−210 to +4), seen two waves running"),
    ],
)
def test_a_change_is_told_in_points_or_in_the_unit_of_a_number(question: Question | None, told: str) -> None:
    made = Trend("flag", Change(-12.0, -21.0, 0.4, 0.01, 20, 80, "welch"), 0.02)
    assert pulse_words.change(made, question) == told


@pytest.mark.parametrize(
    ("value", "told"), [(62.5, "63"), (37.5, "38"), (0.5, "1"), (62.4999, "62"), (-12.5, "−13"), (-0.4, "0")]
)
def test_halves_are_rounded_away_from_nothing_in_every_figure(value: float, told: str) -> None:
    figures = {name: Figure("q0", "all", name, value) for name in ("mean", "enps", "favourable")}
    cell = CellResult({}, figures)
    assert [pulse_words.estimate(cell, name) for name in figures] == [told] * 3
    assert (
        pulse_words.change(Trend("watch", Change(value, value, value, 0.01, 20, 80, "welch")))
        .removeprefix("+")
        .startswith(told)
    )
    assert pulse_words.percent(5, 8) == "63%"
    assert pulse_words.rounded(65.25, ".1f") == "65.3"


def test_an_enps_is_written_in_one_way_in_results_groups_and_over_waves() -> None:
    asked = (Question("q0", "ten", {"en": "Recommend?"}),)
    cell = CellResult(
        {}, {name: Figure("q0", "all", name, v) for name, v in (("enps", 20.0), ("enps_low", 0.0), ("enps_high", 40.0))}
    )
    found = results_of(asked, 60, teams=3)
    found = replace(found, cells={**found.cells, "q0": {"all": cell, "team=T0": cell}})
    course = Course(found.survey, ("a #1",), asked, ({"q0": cell},), found.course)
    for made in (pulse_results.results(found), pulse_results.heatmap(found, "team"), pulse_courses.trend(course)):
        assert "20 (0 to 40)" in said(made)
        assert "+20" not in said(made)


def test_groups_are_compared_by_means_that_are_drawn_together() -> None:
    asked = (Question("q0", "agree", {"en": "Fine?"}),)
    found = results_of(asked, 60, teams=3)
    (table,) = [p for p in pulse_results.heatmap(found, "team").parts if isinstance(p, Table) and "To compare" in p.caption]
    samples = [moments([found.cells["q0"][f"team=T{t}"].counts[str(p)] for p in range(1, 6)]) for t in range(3)]
    assert all(samples)
    assert table.rows == (("Fine?", *(f"{m:.0f}" for m in shrunken([s for s in samples if s]))),)
    assert table.columns == ("Question", "T0", "T1", "T2")
    small = results_of(asked, 21, teams=3)
    assert "To compare" not in said(pulse_results.heatmap(small, "team")), "of fewer than ten there are no counts"


def test_buttons_lead_on() -> None:
    made = pulse_results.results(results_of(questions_of(["Is it fine?"], 2)))
    names = [b.action for p in made.parts if isinstance(p, Buttons) for b in p.items]
    assert names[:3] == ["pulse.action", "pulse.actions", "pulse.comments"]
    assert names[3:] == ["pulse.trend", "pulse.compare", "pulse.export"]


def test_an_invitation_is_the_same_for_all_and_says_what_was_done() -> None:
    class Reader:
        zone, language = "UTC", "en"

    opening = Opening(
        1, "team-check #2", {"en": "Team check"}, "anonymous", 5, NOW, datetime(2026, 11, 30, tzinfo=NOW.tzinfo), "#team"
    )
    pages = [questions_of(["Is it fine?"], 2)[:1]]
    takes = pulse.takes(opening, "", pages, Reader.language)
    made = pulse.invitation(opening, "", takes, Reader(), ("Fewer meetings.", "<!channel> screens"))
    assert "1 question, under a minute." in said(made)
    assert "You said, we did: Fewer meetings; <!channel> screens." in said(made)
    assert "You said" not in said(pulse.invitation(opening, "", takes, Reader()))
    fits(made)


def test_an_invitation_read_aloud_says_once_that_one_is_asked_how_much_and_until_when() -> None:
    opening = Opening(
        1, "a #2", {"en": "Do our numbers help?"}, "anonymous", 5, NOW, datetime(2026, 11, 30, tzinfo=NOW.tzinfo), "#team"
    )
    takes = pulse.takes(opening, "", [questions_of(["Is it fine?"], 2)], "en")
    first, *others = fallback(pulse.invitation(opening, "", takes, Invitation("U1", {}, "UTC", "en"))).splitlines()
    assert first == ("You are asked: Do our numbers help? 2 questions, under a minute. Open until Mon 30 Nov 2026 00:00 UTC.")
    assert others == [pulse.promise("anonymous", 5), say("who_learns")]


def test_retention_says_its_verdict_and_why_it_cannot_tell() -> None:
    first, end = date(2025, 1, 1), date(2026, 1, 1)
    stays = [Stay(date(2020, 1, 1))] * 36 + [Stay(date(2020, 1, 1), first + timedelta(days=90 * n)) for n in (1, 2, 3, 4)]
    found = kept(2025, 40, 36, is_over=True, staff=staff_of(stays, first, end))
    text = said(pulse_actions.retention(found))
    assert text.startswith("Retention 2025: 90.0% (76.9% to 96.0%), 36 of 40: cannot tell whether above 85%.")
    assert "chance of 26%" in text, "the p-value of the note: .263"
    assert "40 at the start, 0 joined, 4 left, 36 at the end" in text
    assert "Turnover: 10.5% a year (" in text
    assert "With joiners: 90.0% (" in text
    running = said(pulse_actions.retention(replace(found, is_over=False, approval="the approval of a second person")))
    assert "so far" in running
    assert "The year is not over" in running
    assert "The figure waits for the approval of a second person." in running
    fits(pulse_actions.retention(found))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            Erased(0, 0, 0, 0, 0),
            "Nothing is deleted: you are in no survey that takes answers, none that recurs names you, and no",
        ),
        (Erased(1, 0, 0, 0, 0), "You are taken out of 1 open survey."),
        (
            Erased(0, 1, 2, 0, 0),
            "You are taken out of 1 survey that recurs, and your answers are deleted from 2 surveys that kept names.",
        ),
        (Erased(2, 3, 0, 0, 0), "You are taken out of 2 open surveys and of 3 surveys that recur."),
        (
            Erased(0, 0, 0, 1, 0),
            "Nothing is deleted: you are in no survey that takes answers, none that recurs names you, and no",
        ),
        (Erased(0, 0, 0, 0, 2), "You are not asked in what is being opened now (2 surveys)."),
        (Erased(0, 0, 1, 0, 0), "Your answers are deleted from 1 survey that kept names."),
    ],
)
def test_who_is_deleted_hears_only_of_what_there_was(found: Erased, expected: str) -> None:
    assert pulse_actions.erased(found).summary.startswith(expected)


def test_a_trend_of_nothing_says_so_in_a_sentence() -> None:
    found = results_of(questions_of(["Is it fine?"], 1))
    made = pulse_courses.trend(Course(found.survey, ("a #1",), (), ({},), found.course))
    assert "There is nothing to follow" in said(made)
    assert RULE not in said(made)
    assert not any(isinstance(part, Table) for part in made.parts)


def test_the_chart_of_a_trend_has_the_figures_of_its_table() -> None:
    asked = tuple(Question(f"q{n}", "agree", {"en": f"Question {n}"}) for n in range(2))
    found = results_of(asked, 24)
    everybody = {name: by[WHOLE] for name, by in found.cells.items() if WHOLE in by}
    made = pulse_courses.trend(Course(found.survey, ("a #1", "a #2"), asked, (everybody, everybody), found.course))
    (chart,) = [part for part in made.parts if isinstance(part, Chart)]
    (table,) = [part for part in made.parts if isinstance(part, Table)]
    for series, row in zip(chart.series, table.rows, strict=True):
        assert [f"{value:g}" for value in series.values if value is not None] == [str(cell).split(" ")[0] for cell in row[1:3]]


def test_what_is_kept_in_the_ledger_can_be_drawn_again() -> None:
    from bot.domain.parts import dump, load

    made = pulse_results.results(results_of(questions_of(HOSTILE, 9)))
    assert load(dump(made)) == made
    assert json.loads(dump(made))


def test_what_goes_with_the_score_is_said_from_thirty_people_on_and_called_an_association() -> None:
    asked = tuple(Question(f"q{n}", "agree", {"en": f"Question {n}"}, index=n < 3) for n in range(5))

    def answers(i: int) -> dict[str, str]:
        score = 1 + i % 5
        return {**{f"q{n}": str(score) for n in range(4)}, "q4": str(1 + (i // 5) % 5)}

    def shown(n: int) -> str:
        people = [Respondent(f"U{i}", {}, answers(i)) for i in range(n)]  # type: ignore[arg-type]
        found = publish(asked, (), people, [{}] * n, viewers=frozenset(), minimum=5, comment_minimum=10)
        assert found is not None
        cells = cells_of(found.counts, found.figures)
        made = replace(results_of(asked, 24), cells=cells)
        return "\n".join(plain(part) for part in pulse_results.results(made).parts)

    said = shown(50)
    assert "Goes with the score\n• Question 3  1.00" in said
    assert "associations, which are no causes" in said
    assert "• Question 4" not in said, "its interval holds nothing"
    assert "Goes with the score" not in shown(29)


@pytest.mark.parametrize(
    ("kinds", "n", "before", "told"),
    [
        (("agree",), 24, 24, "No question changed by the published rule."),
        (("agree",), 24, None, "Nothing to compare with yet."),
        (("agree",), 24, 8, "No change is tested: before, fewer than ten answered, or nearly all alike."),
        (("ten",), 8, 24, "With fewer than ten answers no change is tested."),
        (("one", "ranking"), 24, 24, "Of choices and rankings no change is tested."),
        (("one",), 24, None, "Nothing to compare with yet."),
    ],
)
def test_why_no_change_is_told_is_said(kinds: Sequence[str], n: int, before: int | None, told: str) -> None:
    asked = tuple(q for q in questions_of(["Is it fine?"], 9) if q.kind in kinds)
    found = results_of(asked, n)
    waves = [WaveAsked("team-check #2", asked, found.cells)]
    if before is not None:
        waves.insert(0, WaveAsked("team-check #1", asked, results_of(asked, before).cells))
    assert told in said(pulse_results.results(replace(found, course=course_of(waves))))


def test_a_mark_of_what_is_not_shown_is_explained_where_it_stands_and_nowhere_else() -> None:
    def told(answers: Sequence[str]) -> str:
        people = [Respondent(f"U{i}", {}, {"q": a}) for i, a in enumerate(answers)]
        asked = (Question("q", "agree", {"en": "Is it fine?"}),)
        made = publish(asked, (), people, [{}] * len(people), viewers=frozenset(), minimum=5, comment_minimum=10)
        assert made is not None
        found = results_of(asked, len(answers))
        return said(pulse_results.results(replace(found, cells=cells_of(made.counts, made.figures)), None))

    why = "– is not shown: too few people, or it would tell what nearly all of them answered, or of other groups."
    bound = told(["4"] * 7)
    assert "Is it fine? | – | at least 80%" in bound
    assert why in bound
    assert why not in told([str(1 + i % 5) for i in range(7)])
    in_teams = results_of(questions_of(["Fine"], 1), 13, teams=3)
    assert in_teams.receipt["suppressed_in_groups"]
    assert why not in said(pulse_results.results(in_teams, None)), "it stands beside groups alone"


def test_results_say_how_well_the_items_of_the_score_go_together() -> None:
    found = results_of(questions_of(["One", "Two"], 2))
    told = {"alpha": 0.814, "alpha_low": 0.7, "alpha_high": 0.891, "omega": 0.826}
    score = found.cells["score"][WHOLE]
    assert "go together" not in said(pulse_results.results(found))
    known = score.figures | {name: Figure("score", WHOLE, name, value) for name, value in told.items()}
    cells = {**found.cells, "score": {WHOLE: replace(score, figures=known)}}
    words = said(pulse_results.results(replace(found, cells=cells)))
    assert "The items of the score go together with alpha 0.81 (0.70 to 0.89), omega 0.83; 0.7 is usual." in words
