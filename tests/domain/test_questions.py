"""Every kind of question: what it asks, what it takes for an answer, and what it counts."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.domain.questions
from bot.domain.errors import InvalidInput
from bot.domain.question_inputs import LONGEST_OPTION, LONGEST_TEXT, MOST_OPTIONS, MOST_RADIOS
from bot.domain.question_words import WORDS
from bot.domain.questions import KINDS, TICKED, Kind
from bot.domain.questions.line import LONGEST as LONGEST_LINE
from bot.domain.surveys import DECLINED, LONGEST_COMMENT, Answer, Option, Question

TEXT = {"en": "How was it?", "no": "Hvordan var det?"}
CHOSEN = {"one", "several", "ranking"}
TYPED = {"number", "line", "comment"}


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"o{n}", {"en": f"Option {n}", "no": f"Valg {n}"}) for n in range(count))


def question(kind: str, **more: object) -> Question:
    return Question(**{"id": "q", "kind": kind, "text": TEXT, "options": options(4) if kind in CHOSEN else ()} | more)


OPTION_IDS = st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True), min_size=2, max_size=12, unique=True).filter(
    lambda ids: DECLINED not in ids
)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=1, max_size=200).filter(
    lambda text: text.strip() == text and text != DECLINED
)


def cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")


@st.composite
def answered(draw: st.DrawFn) -> tuple[Question, Answer]:
    """A question of any kind and an answer to it."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    required = draw(st.booleans())
    ids = draw(OPTION_IDS)
    made = question(
        kind,
        required=required,
        points=draw(st.sampled_from([5, 7])),
        ranked=draw(st.integers(1, min(5, len(ids)))),
        options=tuple(Option(i, {"en": i}) for i in ids) if kind in CHOSEN else (),
    )
    several = st.sets(st.sampled_from(ids), min_size=1).map(lambda s: tuple(i for i in ids if i in s))
    ranked = st.permutations(ids).flatmap(lambda order: st.integers(1, made.ranked).map(lambda n: tuple(order[:n])))
    answers: Mapping[str, st.SearchStrategy[Answer]] = {
        "agree": st.integers(1, made.points).map(str),
        "ten": st.integers(0, 10).map(str),
        "one": st.sampled_from(ids),
        "several": several,
        "ranking": ranked,
        "yes_no": st.sampled_from(["yes", "no"]),
        "number": st.integers(-(10**11), 10**11).map(str)
        | st.sampled_from(["0.5", "-7.25", "1.234", "0.000001", "-999999999999.999999"]),
        "line": LINES.map(lambda text: cut(text, LONGEST_LINE)),
        "comment": st.lists(LINES, min_size=1, max_size=9)
        .map("\n\n".join)
        .map(lambda text: cut(text, LONGEST_COMMENT).strip()),
    }
    return made, draw(st.just(DECLINED) | answers[kind])


@settings(max_examples=120, deadline=None)
@given(answered())
def test_what_is_filled_in_reads_as_the_answer(pair: tuple[Question, Answer]) -> None:
    asked, answer = pair
    kind = KINDS[asked.kind]
    assert kind.problem(asked) == ""
    filled = kind.fill(asked, answer)
    assert kind.read(asked, filled) == answer
    inputs = {i.name: i for i in kind.inputs(asked, "en")}
    assert set(filled) <= set(inputs), "only what is asked for is filled in"
    for name, value in filled.items():
        if inputs[name].picks:
            assert set(value.split(",")) <= {p.value for p in inputs[name].picks}


@settings(max_examples=120, deadline=None)
@given(answered())
def test_no_answer_is_longer_in_a_ballot_than_was_said(pair: tuple[Question, Answer]) -> None:
    asked, answer = pair
    written = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(written) <= KINDS[asked.kind].size(asked)


@settings(max_examples=120, deadline=None)
@given(answered())
def test_bars_are_the_released_counts_as_shares_of_people(pair: tuple[Question, Answer]) -> None:
    """One answer of four: each of its bars is a quarter; of a ranking, only what stands first has one."""
    asked, answer = pair
    kind = KINDS[asked.kind]
    counted = kind.counted(asked, answer)
    bars = kind.bars(asked, dict.fromkeys(counted, 1), 4)
    if kind.SHAPE == "text" or not kind.cells(asked):
        assert bars is None
        return
    assert bars is not None
    assert len(bars.labels) == len(bars.heights)
    assert set(bars.heights) <= {0.0, 25.0}
    assert bars.heights.count(25.0) == (min(1, len(counted)) if kind.SHAPE == "ranks" else len(counted))


@settings(max_examples=120, deadline=None)
@given(answered())
def test_an_answer_is_counted_in_cells_that_there_are_and_declining_in_none(pair: tuple[Question, Answer]) -> None:
    asked, answer = pair
    kind = KINDS[asked.kind]
    counted, cells = kind.counted(asked, answer), kind.cells(asked)
    assert set(counted) <= set(cells)
    assert len(set(cells)) == len(cells)
    expected = 0 if answer == DECLINED or asked.kind in TYPED else 1 if isinstance(answer, str) else len(answer)
    assert len(counted) == expected


each = pytest.mark.parametrize("name", sorted(KINDS))


def test_every_kind_is_listed_under_the_name_of_its_file() -> None:
    folder = Path(bot.domain.questions.__path__[0])
    assert set(KINDS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert all(name == kind.NAME for name, kind in KINDS.items())


@each
def test_the_fields_of_a_kind_are_fields_of_a_question(name: str) -> None:
    assert set(KINDS[name].FIELDS) <= {f.name for f in fields(Question)} - {"id", "kind", "text", "hint", "required"}


@each
def test_anybody_may_decline_and_a_form_says_so_last(name: str) -> None:
    asked = question(name)
    kind = KINDS[name]
    inputs = kind.inputs(asked, "no-NO")
    last = inputs[-1] if name in TYPED else inputs[0]
    assert last.picks[-1].text == "Ønsker ikke å svare"
    assert last.label != last.picks[-1].text, "no words twice"
    assert (inputs[-1].kind == "tick") is (name in TYPED)
    assert kind.read(asked, kind.fill(asked, DECLINED)) == DECLINED
    assert kind.counted(asked, DECLINED) == ()


@each
def test_nothing_is_no_answer_unless_one_is_required(name: str) -> None:
    asked = question(name)
    kind = KINDS[name]
    blank = {i.name: " " for i in kind.inputs(asked, "en")}
    assert kind.read(asked, {}) is None
    assert kind.read(asked, blank) is None
    with pytest.raises(InvalidInput, match="needs an answer; answer it, or choose") as caught:
        kind.read(replace(asked, required=True), blank)
    assert caught.value.field == kind.inputs(asked, "en")[0].name
    assert kind.read(replace(asked, required=True), kind.fill(asked, DECLINED)) == DECLINED


@each
def test_what_is_required_is_held_back_by_the_form(name: str) -> None:
    """What may be left empty, Slack calls optional: so a tick beside what is typed cannot decline it."""
    inputs = KINDS[name].inputs(question(name, required=True), "en")
    assert [i.optional for i in inputs] == [False, *[True] * (len(inputs) - 1)]
    assert len(inputs) == 1 or name == "ranking"
    assert all(i.optional for i in KINDS[name].inputs(question(name), "en"))


@pytest.mark.parametrize("name", sorted(TYPED))
@pytest.mark.parametrize("dash", ["-", " – ", "—", "−"])
def test_a_dash_declines_what_has_to_be_typed_and_its_hint_says_so(name: str, dash: str) -> None:
    kind, asked = KINDS[name], question(name, required=True)
    assert kind.inputs(asked, "en")[0].hint.startswith("Required; a dash (-) says that you prefer not to.")
    assert kind.read(asked, {"q": dash}) == DECLINED
    assert kind.fill(asked, DECLINED) == {"q": "-"}
    assert kind.read(asked, {f"q.{DECLINED}": TICKED}) == DECLINED, "as a form of before has it"
    assert read_or_refused(kind, question(name), {"q": dash})[0] != DECLINED


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0, 80, "From 0 to 80."), (0.5, None, "0.5 at least."), (None, 1e6, "1000000 at most."), (None, None, "")],
)
def test_the_limits_of_a_number_stand_below_it(low: float | None, high: float | None, said: str) -> None:
    asked = question("number", low=low, high=high, hint={"en": "A guess will do."})
    assert KINDS["number"].inputs(asked, "en")[0].hint == f"{said} A guess will do.".strip()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_limits_of_a_number_are_said_in_every_language(language: str) -> None:
    for low, high in ((1, 9), (1, None), (None, 9)):
        hint = KINDS["number"].inputs(question("number", text={language: "?"}, low=low, high=high), language)[0].hint
        assert "{" not in hint
        assert all(str(limit) in hint for limit in (low, high) if limit is not None)


@each
@pytest.mark.parametrize("language", ["en", "no", "sv", ""])
def test_a_form_is_within_the_limits_of_slack(name: str, language: str) -> None:
    longest = {"text": {"en": "t" * LONGEST_TEXT}, "unit": {"en": "u" * 30} if name == "number" else {}}
    many = {"options": tuple(Option(f"o{n}", {"en": f"{n:x>75}"}) for n in range(MOST_OPTIONS)), "ranked": 5}
    asked = question(name, **longest, **(many if name in CHOSEN else {}))
    assert KINDS[name].problem(asked) == ""
    inputs = KINDS[name].inputs(asked, language)
    assert len({i.name for i in inputs}) == len(inputs)
    for one in inputs:
        assert one.name.partition(".")[0] == "q"
        assert 0 < len(one.label) <= 2000
        assert len(one.picks) <= (MOST_RADIOS if one.kind == "one" else 100)
        assert all(0 < len(p.text) <= 75 for p in one.picks)
        assert one.longest <= 3000


@each
def test_a_question_without_words_or_with_too_many_is_refused(name: str) -> None:
    kind = KINDS[name]
    assert kind.problem(question(name)) == ""
    assert "it has no text; write the question" in kind.problem(replace(question(name), text={}))
    assert "has no text" in kind.problem(replace(question(name), text={"en": " "}))
    long = replace(question(name), text={"en": "short", "de": "🎉" * 951})
    assert kind.problem(long) == "the text in “de” has 1,902 characters; shorten it to 1,900"
    assert "the hint in “en” has 301" in kind.problem(replace(question(name), hint={"en": "h" * 301}))
    if name not in CHOSEN:
        assert "leave options out" in kind.problem(replace(question(name), options=options(2)))


@pytest.mark.parametrize("name", sorted(CHOSEN))
@pytest.mark.parametrize(
    ("offered", "says"),
    [
        (options(1), "it has 1 option; give it from 2 to 99"),
        (options(100), "it has 100 options"),
        ((*options(2), Option(DECLINED, {"en": "x"})), "no option may be called declined"),
        ((*options(2), Option("o1", {"en": "x"})), "the option o1 is there twice; keep one of them"),
        (
            (Option("a", {"en": "Same", "de": "Eins"}), Option("b", {"en": " sAME ", "de": "Zwei"})),
            "two options say “Same” in “en”, and nobody can tell them apart; reword one of them",
        ),
        ((Option("a", {"en": "One", "de": "Gleich"}), Option("b", {"en": "Two", "de": "gleich"})), "“Gleich” in “de”"),
        ((*options(2), Option("a,b", {"en": "x"})), "the option “a,b” cannot be called so"),
        ((*options(2), Option("a.b", {"en": "x"})), "the option “a.b” cannot be called so"),
        ((*options(2), Option("x", {})), "the option x has no text; write it"),
        ((*options(2), Option("x", {"en": "x" * (LONGEST_OPTION + 1)})), "the option x in “en” has 76 characters"),
    ],
)
def test_options_that_cannot_be_chosen_from_are_refused(name: str, offered: tuple[Option, ...], says: str) -> None:
    assert says in KINDS[name].problem(question(name, options=offered, ranked=1))


def refused(kind: Kind, asked: Question, given: Mapping[str, str]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        kind.read(asked, given)
    return caught.value.field, caught.value.text


@pytest.mark.parametrize("name", ["agree", "ten", "one", "several", "yes_no"])
def test_a_value_that_was_not_offered_is_no_answer(name: str) -> None:
    field, says = refused(KINDS[name], question(name), {"q": "11"})
    assert field == "q"
    assert "choose" in says


@pytest.mark.parametrize(("points", "last", "middle"), [(5, "5", "Neither agree nor disagree"), (7, "7", "Somewhat disagree")])
def test_agreement_has_five_or_seven_points(points: int, last: str, middle: str) -> None:
    asked = question("agree", points=points)
    kind = KINDS["agree"]
    (form,) = kind.inputs(asked, "en")
    assert (form.kind, len(form.picks)) == ("one", points + 1)
    assert (form.picks[0].text, form.picks[2].text, form.picks[-2].text) == ("Strongly disagree", middle, "Strongly agree")
    assert kind.cells(asked)[-1] == last
    assert kind.problem(replace(asked, points=6)) == "it has 6 points; write 5 or 7"


def test_ten_goes_from_nought_and_is_a_menu() -> None:
    (form,) = KINDS["ten"].inputs(question("ten"), "no")
    assert form.kind == "menu", "eleven numbers and declining are more than radio buttons can be"
    assert [p.value for p in form.picks] == [*map(str, range(11)), DECLINED]
    assert (form.picks[0].text, form.picks[5].text, form.picks[10].text) == ("0 – lavest", "5", "10 – høyest")


@pytest.mark.parametrize(("count", "kind"), [(9, "one"), (10, "menu")])
def test_many_options_are_a_menu(count: int, kind: str) -> None:
    (form,) = KINDS["one"].inputs(question("one", options=options(count)), "en")
    assert form.kind == kind


def test_several_are_kept_in_the_order_of_the_question() -> None:
    kind, asked = KINDS["several"], question("several")
    assert kind.read(asked, {"q": "o3, o0,o3"}) == ("o0", "o3")
    assert kind.counted(asked, ("o0", "o3")) == ("o0", "o3")
    assert refused(kind, asked, {"q": "o1,declined"})[0] == "q"
    assert refused(kind, asked, {"q": "o1,o9"})[0] == "q"


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"q.1": "o1", "q.2": "o1"}, "q.2", "has a place already; choose another"),
        ({"q.1": "o1", "q.2": "o2", "q.3": "o1"}, "q.3", "has a place already"),
        ({"q.2": "o1"}, "q.1", "A place is empty"),
        ({"q.1": "o1", "q.3": "o2"}, "q.2", "A place is empty"),
        ({"q.1": DECLINED, "q.2": "o1"}, "q.1", "empty the other places"),
        ({"q.1": "o9"}, "q.1", "not among the options"),
        ({"q.2": DECLINED}, "q.1", "A place is empty"),
    ],
)
def test_an_order_is_refused_where_it_is_wrong(given: dict[str, str], field: str, says: str) -> None:
    found = refused(KINDS["ranking"], question("ranking"), given)
    assert found[0] == field
    assert says in found[1]


def test_an_order_may_have_fewer_options_than_places() -> None:
    kind, asked = KINDS["ranking"], question("ranking")
    first, second, third = kind.inputs(asked, "en")
    assert (first.label, second.label, third.label) == ("How was it? – First", "Second", "Third")
    assert [p.value for p in first.picks] == ["o0", "o1", "o2", "o3", DECLINED]
    assert DECLINED not in {p.value for p in second.picks}
    assert kind.read(asked, {"q.1": "o2", "q.2": "o0"}) == ("o2", "o0")
    assert kind.counted(asked, ("o2", "o0")) == ("o0.2", "o2.1")
    assert kind.cells(asked)[:4] == ("o0.1", "o0.2", "o0.3", "o1.1")
    assert kind.problem(replace(asked, ranked=5)) == "it ranks 5; write from 1 to 4"
    assert kind.problem(question("ranking", options=options(9), ranked=6)) == "it ranks 6; write from 1 to 5"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("7", "7"),
        (" 7,5 ", "7.5"),
        ("7.50", "7.5"),
        ("−3", "-3"),
        ("-0", "0"),
        (",5", "0.5"),
        ("0,125", "0.125"),
        ("1 500", "1500"),
        ("1\u202f234\u202f567", "1234567"),
        ("1’500", "1500"),
        ("12 h", "12"),
        ("12H", "12"),
        ("007", "7"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: str) -> None:
    assert KINDS["number"].read(question("number", unit={"en": "h"}), {"q": typed}) == number


@pytest.mark.parametrize("typed", ["12 hours", "12 Stunden", "12 h", "12"])
def test_a_number_may_have_its_unit_in_any_language(typed: str) -> None:
    kind, asked = KINDS["number"], question("number", unit={"en": "h", "no": "timer", "de": "Stunden", "en-US": "hours"})
    assert kind.read(asked, {"q": typed}) == "12"
    assert kind.inputs(asked, "de-AT")[0].label.endswith(" (Stunden)")


@pytest.mark.parametrize("typed", ["many", "1.2.3", "1 50", "1e5", "٣", "NaN", "-", ".", "1_000", "0x1f", "9" * 41, "12 days"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert refused(KINDS["number"], question("number", unit={"en": "h"}), {"q": typed}) == (
        "q",
        "This is not a number; write digits only, such as 12 or 7.5.",
    )


def test_a_number_that_may_be_two_is_refused_and_both_are_named() -> None:
    kind, asked = KINDS["number"], question("number")
    assert "“1,500” may be two numbers; write 1500, or 1.5." in refused(kind, asked, {"q": "1,500"})[1]
    assert "“1.000” may be two numbers; write 1000, or 1." in refused(kind, asked, {"q": "1.000"})[1]
    assert "“-1.234” may be two numbers; write -1234, or -1.2340." in refused(kind, asked, {"q": "−1.234"})[1]
    assert kind.read(asked, kind.fill(asked, "1.234")) == kind.read(asked, {"q": "1.2340"}) == "1.234"
    assert kind.read(asked, {"q": "1500"}) == "1500"
    assert kind.read(asked, {"q": "1.5"}) == "1.5"


@pytest.mark.parametrize(
    ("low", "high", "typed", "says"),
    [
        (0, 10, "10,5", "from 0 to 10"),
        (0.5, None, "0.4", "of at least 0.5"),
        (None, 100, "101", "of at most 100"),
        (None, None, "1" + "0" * 12, "less than 1,000,000,000,000"),
        (None, None, "0.1234567", "at most 6 digits after the point"),
    ],
)
def test_a_number_keeps_within_its_limits(low: float | None, high: float | None, typed: str, says: str) -> None:
    assert says in refused(KINDS["number"], question("number", low=low, high=high), {"q": typed})[1]


def test_limits_and_units_of_a_number_are_sane() -> None:
    kind = KINDS["number"]
    assert kind.inputs(question("number", unit={"en": "hours"}), "en")[0].label == "How was it? (hours)"
    assert "its low is not below its high" in kind.problem(question("number", low=3, high=3))
    assert "out of reach" in kind.problem(question("number", high=1e12))
    assert "shorten it to 30" in kind.problem(question("number", unit={"en": "h", "no": "u" * 31}))


@pytest.mark.parametrize(("name", "longest"), [("line", LONGEST_LINE), ("comment", LONGEST_COMMENT)])
def test_words_are_measured_in_bytes(name: str, longest: int) -> None:
    kind, asked = KINDS[name], question(name)
    for text in ("x" * longest, "é" * (longest // 2), '"' * longest):
        assert kind.read(asked, {"q": text}) == text
        assert len(json.dumps(text, ensure_ascii=False).encode()) <= kind.size(asked)
    field, says = refused(kind, asked, {"q": "é" * (longest // 2 + 1)})
    assert field == "q"
    assert f"This text is too long: at most {longest:,} letters" in says


@pytest.mark.parametrize("name", ["line", "comment"])
def test_the_word_declined_is_an_answer_when_it_is_typed(name: str) -> None:
    assert KINDS[name].read(question(name), {"q": DECLINED}) == "Declined"


@pytest.mark.parametrize("name", sorted(TYPED))
def test_an_answer_beside_the_tick_is_refused_at_the_tick(name: str) -> None:
    assert refused(KINDS[name], question(name), {"q": "7", f"q.{DECLINED}": TICKED})[0] == f"q.{DECLINED}"


@pytest.mark.parametrize("name", ["line", "comment"])
@pytest.mark.parametrize("unseen", ["\u200b", " \u200b ", "\u2060\u200d", "\u202e", "\u00ad\n\u3000"])
def test_words_that_nobody_sees_are_no_answer(name: str, unseen: str) -> None:
    assert KINDS[name].read(question(name), {"q": unseen}) is None
    assert KINDS[name].read(question(name), {"q": f"{unseen}x"}) is not None


def test_words_are_clean_and_a_comment_keeps_its_lines() -> None:
    dirty = " a\x00b\r\nc\ud800 "
    assert KINDS["comment"].read(question("comment"), {"q": dirty}) == "a b\nc\ufffd"
    assert KINDS["line"].read(question("line"), {"q": dirty}) == "a b c\ufffd"


@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)))
def test_whatever_is_sent_is_read_or_refused_at_an_input(text: str, name: str) -> None:
    kind, asked = KINDS[name], question(name)
    filled = {i.name: text for i in kind.inputs(asked, "en")}
    for sent in (filled, {"q": text}):
        answer, field = read_or_refused(kind, asked, sent)
        assert field in ("", *filled)
        assert answer is None or kind.read(asked, kind.fill(asked, answer)) == answer


def read_or_refused(kind: Kind, asked: Question, sent: Mapping[str, str]) -> tuple[Answer | None, str]:
    try:
        return kind.read(asked, sent), ""
    except InvalidInput as error:
        return None, error.field
