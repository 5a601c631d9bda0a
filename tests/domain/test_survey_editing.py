"""Surveys changed in forms: what a form writes and what a file says are the same, and nothing is lost on the way."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.documents import DefinitionErrors
from bot.domain.errors import InvalidInput
from bot.domain.questions import KINDS
from bot.domain.survey_documents import dump, parse_surveys, plain
from bot.domain.survey_editing import (
    TERMS,
    filled,
    in_words,
    languages,
    moved_up,
    named,
    on_terms,
    put,
    read_language,
    seen,
    terms_filled,
    without,
    written,
)
from bot.domain.surveys import DECLINED, Option, Question, Survey, said
from bot.services.surveys import from_files

CHOSEN = ("one", "several", "ranking")
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]).filter(
    lambda c: c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
WORDS = st.text(LETTERS, min_size=1, max_size=37).map(str.strip).filter(bool)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
TONGUES = ("en", "no", "de", "ar")


def texts(words: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(TONGUES), words, min_size=1, max_size=4)


IDS = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True).filter(lambda i: i != DECLINED)


def told_apart(options: list[dict[str, str]]) -> bool:
    """Whether no two options have the same words, be it in two languages."""
    words = [word for option in options for word in {" ".join(said.split()).casefold() for said in option.values()}]
    return len(words) == len(set(words))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A question of any kind, in some languages."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    ids = draw(st.lists(IDS, min_size=2, max_size=9, unique=True))
    low = draw(st.none() | st.integers(-(10**9), 10**9).map(float))
    special = {
        "options": tuple(
            map(Option, ids, draw(st.lists(texts(WORDS), min_size=len(ids), max_size=len(ids)).filter(told_apart)))
        ),
        "points": draw(st.sampled_from([5, 7])),
        "ranked": draw(st.integers(1, min(5, len(ids)))),
        "low": low,
        "high": None if low is None else low + draw(st.integers(1, 10**9)) / 4,
        "unit": draw(st.just({}) | texts(WORDS.filter(lambda w: len(w) <= 30))),
        "index": draw(st.booleans()),
    }
    own = {name: special[name] for name in KINDS[kind].FIELDS}
    hint = draw(st.just({}) | texts(LINES))
    return Question(draw(IDS), kind, draw(texts(LINES)), hint, draw(st.booleans()), **own)


def survey(*asked: Question) -> Survey:
    return Survey("ours", {"en": "Ours"}, asked)


def read(fields: object) -> Survey:
    (found,) = parse_surveys(dump(fields))  # type: ignore[arg-type]
    return found


@settings(max_examples=200, deadline=None)
@given(questions(), st.sampled_from(TONGUES))
def test_a_question_that_goes_through_its_form_unchanged_is_the_same(asked: Question, language: str) -> None:
    """In any language, whether it has words in it or not."""
    again = written(filled(asked, language), asked, language, [asked.id])
    assert read(put(survey(asked), again, asked.id)).questions == (asked,)


@settings(max_examples=200, deadline=None)
@given(questions())
def test_what_is_filled_in_anew_is_what_a_file_of_the_same_words_says(asked: Question) -> None:
    """A question in one language, typed into an empty form under its id: only ids of options may differ."""
    plainer = replace(
        asked,
        text={"en": next(iter(asked.text.values()))},
        hint={"en": next(iter(asked.hint.values()))} if asked.hint else {},
        unit={"en": next(iter(asked.unit.values()))} if asked.unit else {},
        options=tuple(Option(o.id, {"en": next(iter(o.text.values()))}) for o in asked.options),
    )
    made = written({**filled(plainer, "en"), "id": plainer.id}, None, "en")
    (found,) = read(put(survey(), made)).questions
    assert [o.text for o in found.options] == [{"en": " ".join(o.text["en"].split())} for o in plainer.options]
    assert replace(found, options=()) == replace(plainer, options=())


@pytest.mark.parametrize("name", sorted(from_files(None)))
def test_a_shipped_survey_goes_through_all_forms_unchanged(name: str) -> None:
    found = from_files(None)[name]
    assert read(on_terms(found, terms_filled(found))) == found
    for language in ("en", "no", "de"):
        assert read(in_words(found, said(found.title, language), said(found.about, language), language)) == found
        for asked in found.questions:
            again = written(filled(asked, language), asked, language)
            assert read(put(found, again, asked.id)) == found


PROUD = Question("proud", "agree", {"en": "I am proud", "no": "Jeg er stolt"}, {"en": "Of us", "no": "Av oss"}, index=True)
COST = Question(
    "cost",
    "one",
    {"en": "What cost most?"},
    options=(
        Option("tests", {"en": "Tests", "no": "Tester"}),
        Option("review", {"en": "Review", "no": "Gjennomgang"}),
        Option("ops", {"en": "Ops"}),
    ),
)


def changed(asked: Question, language: str = "en", **typed: str) -> Question:
    again = written({**filled(asked, language), **typed}, asked, language, [asked.id])
    return read(put(survey(asked), again, asked.id)).questions[0]


def test_other_languages_stay_when_words_are_changed() -> None:
    assert changed(PROUD, text="I am very proud").text == {"en": "I am very proud", "no": "Jeg er stolt"}
    assert changed(PROUD, "de", text="Ich bin stolz").text == {**PROUD.text, "de": "Ich bin stolz"}
    assert changed(PROUD, "no", hint="").hint == {"en": "Of us"}
    spent = Question("spent", "number", {"en": "How long?"}, unit={"en": "hours", "no": "timer"})
    assert changed(spent, unit="days").unit == {"en": "days", "no": "timer"}
    assert changed(spent, "de", unit="Stunden").unit == {**spent.unit, "de": "Stunden"}
    assert changed(PROUD, hint="").hint == {}, "without its first language nothing is left to fall back to"


def options(asked: Question) -> dict[str, dict[str, str]]:
    return {o.id: dict(o.text) for o in asked.options}


def test_choices_keep_their_ids_and_languages() -> None:
    before = options(COST)
    moved = changed(COST, options="Ops\nTests\nReview")
    assert list(options(moved)) == ["ops", "tests", "review"]
    assert options(moved) == before
    respelled = changed(COST, options="tests\nReview.\nOps")
    texts = {"tests": {"en": "tests", "no": "Tester"}, "review": {"en": "Review.", "no": "Gjennomgang"}}
    assert options(respelled) == {**before, **texts}
    fewer = changed(COST, options="Tests\n\n  Ops ")
    assert options(fewer) == {"tests": before["tests"], "ops": before["ops"]}
    more = changed(COST, options="Tests\nReview\nOps\nWaiting for data")
    assert options(more) == {**before, "waiting-for-data": {"en": "Waiting for data"}}
    told = changed(COST, "no", options="Tester\nGjennomgang\nDrift")
    assert options(told) == {**before, "ops": {"en": "Ops", "no": "Drift"}}


def test_words_of_choices_in_another_language_are_taken_in_their_order() -> None:
    """Those that stood at the wrong choice are put right by writing them in the other order."""
    wrong = replace(
        COST, options=(Option("soup", {"en": "Soup", "no": "Salat"}), Option("salad", {"en": "Salad", "no": "Suppe"}))
    )
    right = {"soup": {"en": "Soup", "no": "Suppe"}, "salad": {"en": "Salad", "no": "Salat"}}
    mended = options(changed(wrong, "no", options="Suppe\nSalat"))
    assert list(mended.items()) == list(right.items())
    turned = options(changed(replace(COST, options=wrong.options[::-1]), "no", options="Salat\nSuppe"))
    assert turned == right
    other = options(changed(wrong, "de", options="Suppe\nSalat"))
    assert other["soup"] == {"en": "Soup", "no": "Salat", "de": "Suppe"}
    own = changed(wrong, options="Salad\nSoup")
    assert list(options(own).items()) == [("salad", {"en": "Salad", "no": "Suppe"}), ("soup", {"en": "Soup", "no": "Salat"})]


def test_a_choice_that_has_no_words_in_the_first_language_gets_them() -> None:
    asked = replace(COST, options=(Option("a", {"en": "A"}), Option("kanskje", {"no": "Kanskje"})))
    told = changed(asked, options="A\nMaybe")
    assert options(told) == {"a": {"en": "A"}, "kanskje": {"en": "Maybe", "no": "Kanskje"}}
    assert said(told.options[1].text, "de") == "Maybe", "in the language that a survey is written in first"


@pytest.mark.parametrize(
    ("typed", "says"), [("Prüfungen", "1 line for 3 choices"), ("A\nB\nC\nD", "4 lines for 3 choices"), ("", "0 lines for 3")]
)
def test_choices_are_added_and_taken_out_in_the_first_language_alone(typed: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{says}.*in its order, and add or take out choices in en first") as caught:
        changed(COST, "de", options=typed)
    assert caught.value.field == "options"
    asked = replace(COST, kind="yes_no", options=())
    assert options(changed(asked, "no", kind="one", options="Ja\nNei")) == {"ja": {"no": "Ja"}, "nei": {"no": "Nei"}}


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("meetings", "Meetings ", True),
        ("Follow-up", "follow  up!", True),
        ("No, thanks", "No thanks", True),
        ("I don't know", "I don’t know", True),
        ("Other (what?)", "“Other”: what", True),
        ("Meetings", "Salary", False),
        ("Tuesday", "Thursday", False),
        ("Austria", "Australia", False),
        ("Employee", "Employer", False),
        ("Interviewer", "Interviewee", False),
        ("Remote work", "Remove work", False),
        ("Meetings", "meeting", False),
        ("Oppsumering", "Oppsummering", False),
        ("Bar", "Bär", False),
        ("In Maßen", "In Massen", False),
        ("Satisfied", "Not satisfied", False),
        ("Resign", "Re-sign", False),
        ("Under 15 hours", "Under 16 hours", False),
        ("1.5 hours", "15 hours", False),
        (".5 hours", "5 hours", False),
        ("→", "←", False),
        ("< 5 hours", "> 5 hours", False),
        ("-5 degrees", "5 degrees", False),
        ("!", "?", False),
    ],
)
def test_a_choice_of_other_letters_is_another_one(before: str, after: str, is_same: bool) -> None:
    asked = replace(COST, options=(Option("meet", {"en": before, "no": "Møter"}), Option("ops", {"en": "Ops"})))
    told = options(changed(asked, options=f"{after}\nOps"))
    assert (told.get("meet") == {"en": " ".join(after.split()), "no": "Møter"}) is is_same
    assert len(told) == 2
    assert ("meet" in told) is is_same


def test_a_kind_is_changed_without_what_it_does_not_have() -> None:
    assert changed(COST, kind="several").options == COST.options
    assert changed(COST, kind="yes_no") == replace(COST, kind="yes_no", options=())
    assert changed(PROUD, kind="ten") == replace(PROUD, kind="ten", index=False)


def test_a_decimal_comma_and_a_minus_sign_are_understood() -> None:
    asked = Question("hours", "number", {"en": "How long?"})
    assert (changed(asked, low="−0,5", high="7.25").low, changed(asked, low="−0,5", high="7.25").high) == (-0.5, 7.25)
    assert (changed(asked, low="1 000", high="").low, changed(asked, low="0", high="1 000").high) == (1000, 1000)
    assert filled(changed(asked, high="1.2340"), "en")["high"] == "1.2340"


@pytest.mark.parametrize(
    ("high", "says"),
    [
        ("many", "not a number"),
        ("1.000,5", "not a number"),
        ("1.000", "“1.000” may be two numbers; write 1000, or 1."),
        ("0,00000001", "at most 6 digits after the point"),
        ("9" * 13, "of less than 1,000,000,000,000"),
    ],
)
def test_a_limit_is_read_as_an_answer_is(high: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)) as caught:
        changed(Question("hours", "number", {"en": "How long?"}), low="0", high=high)
    assert caught.value.field == "high"


def test_an_id_that_there_is_is_refused_and_one_that_is_made_is_free() -> None:
    with pytest.raises(InvalidInput, match="“proud” in this survey already") as caught:
        written({"kind": "comment", "text": "x", "id": "proud"}, None, "en", ["proud"])
    assert caught.value.field == "id"
    assert written({"kind": "comment", "text": "Proud?"}, None, "en", ["proud"])["id"] == "proud-2"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What cost you most this week, and why did it?", "what-cost-you-most-this-week"),
        ("Hvor går vi?", "hvor-gar-vi"),
        ("هل أنت فخور؟", "question"),
        ("🎉", "question"),
        ("3 days", "question-3-days"),
        ("x" * 99, "x" * 30),
        ("", "question"),
    ],
)
def test_names_are_made_of_texts(text: str, name: str) -> None:
    assert named(text, (), "question") == name
    assert named(text, {name}, "question") == f"{name}-2"


def test_a_question_that_may_be_declined_has_no_option_of_that_name() -> None:
    made = written({"kind": "one", "text": "x", "options": "Declined\nDeclined"}, None, "en")
    assert [o["id"] for o in made["options"]] == ["declined-2", "declined-3"]


def test_questions_are_moved_and_taken_out() -> None:
    both = survey(PROUD, COST)
    assert [q["id"] for q in moved_up(both, "cost")["questions"]] == ["cost", "proud"]
    assert moved_up(both, "proud") == moved_up(both, "gone") == plain(both)
    turns = replace(both, each=1, always=("proud",))
    left = read(without(turns, "proud"))
    assert ([q.id for q in left.questions], left.always) == (["cost"], ())
    with pytest.raises(InvalidInput, match="one question at least"):
        without(survey(PROUD), "proud")


def test_a_mark_tells_of_each_part_alone() -> None:
    one, other = survey(PROUD, COST), survey(replace(PROUD, required=True), COST)
    assert seen(one, "proud") != seen(other, "proud")
    assert (seen(one, "cost"), seen(one)) == (seen(other, "cost"), seen(other))
    assert seen(replace(one, a_page=3)) != seen(one)
    assert seen(one, "gone") == ""


def test_terms_that_are_left_empty_are_those_of_a_file_that_does_not_say() -> None:
    found = read(on_terms(survey(PROUD), dict.fromkeys(TERMS, "") | {"mode": "sealed", "closes": "2d", "cuts": "team, site"}))
    assert (found.mode, found.cuts, found.reminders, found.minimum) == ("sealed", ("team", "site"), (), 5)
    assert read(on_terms(survey(PROUD), {**terms_filled(survey(PROUD)), "cuts": "Team"})).cuts == ("team",)
    for field, typed, says in (("cuts", "équipe", "in letters a to z"), ("closes", "0d", "it is open for no time")):
        with pytest.raises(DefinitionErrors, match=says):
            read(on_terms(survey(PROUD), {**terms_filled(survey(PROUD)), field: typed}))
    with pytest.raises(DefinitionErrors, match="wedding"):
        read(on_terms(survey(PROUD), {**terms_filled(survey(PROUD)), "mode": "wedding"}))


def test_the_languages_of_a_survey_are_those_of_all_its_parts() -> None:
    assert languages(survey(PROUD, COST)) == ("en", "no")
    assert (read_language(" de-AT "), read_language("NO"), read_language("NO-no")) == ("de-AT", "no", "no-no")
    for word in ("", "german", "e", "de_AT", "ar; DROP", "ｅｎ"):
        with pytest.raises(InvalidInput, match="code of a language"):
            read_language(word)
