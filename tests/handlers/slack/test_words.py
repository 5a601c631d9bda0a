"""Words after a slash command are taken apart without surprises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from handlers.slack.words import Words, nearest, parse, person, place, shown, unknown


def test_a_full_command() -> None:
    words = parse('record mttr value=3.5 at="2h ago" note="said “no”, twice"')
    assert words == Words("record", "mttr", {"value": "3.5", "at": "2h ago", "note": "said “no”, twice"}, ())


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_said(text: str) -> None:
    assert parse(text) == Words()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("note=“smart quotes”", "smart quotes"),
        ("note=„low and high“", "low and high"),
        ("note=«guillemets and spaces»", "guillemets and spaces"),
        ("note='single quotes'", "single quotes"),
        ("note=‘typographic single’", "typographic single"),
        ("note=don't", "don't"),
        (r'note="a \"b\" c"', 'a "b" c'),
        (r'note="back\\slash"', r"back\slash"),
        ("note=a=b", "a=b"),
        ("note=", ""),
        ('note=""', ""),
        ("NOTE=x", "x"),
        ("note=🎉", "🎉"),
        ("note=שלום", "שלום"),
        ("note=&lt;!channel&gt;", "<!channel>"),
        ("note=&amp;lt;", "&lt;"),
        ('note="line\nbreak"', "line\nbreak"),
    ],
)
def test_a_value_is_what_was_meant(text: str, note: str) -> None:
    assert parse(text).options == {"note": note}


@pytest.mark.parametrize("text", ['note="open', "“open", "show 'open", 'note="half"way', 'note="'])
def test_an_open_quote_gets_one_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not closed; close it or leave it out"):
        parse(text)


def test_an_option_twice_gets_one_sentence() -> None:
    with pytest.raises(InvalidInput, match="“note=” is given twice; give it once"):
        parse("note=a note=b")


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"“perod=” is not known here\. Did you mean period="):
        parse("record x perod=now").only("period", "note")


def test_words_left_over_ask_for_quotes() -> None:
    with pytest.raises(InvalidInput, match="“words”; put text of several words in quotes"):
        parse("record x note=several words of it").only("note")


def test_words_after_an_option_are_told_with_it() -> None:
    words = parse('correct mttr 3 4 reason=because I can note="all of it" twice')
    assert words.rest == ("3", "4", "I", "can", "twice")
    assert words.strays == (("reason", "I"), ("reason", "can"), ("note", "twice"))
    assert parse("since=now show mttr").strays == ()


@given(st.lists(st.sampled_from(["3", "4h", "a=1", 'b="x y"', "c=w"]), unique=True))
def test_every_word_after_an_option_is_a_stray(said: list[str]) -> None:
    words = parse(" ".join(["record", "mttr", *said]))
    first = next((i for i, w in enumerate(said) if "=" in w), len(said))
    assert [w for _, w in words.strays] == [w for w in said[first:] if "=" not in w]
    assert list(words.rest) == [w for w in said if "=" not in w]


def test_a_great_many_options_are_looked_at_once_each() -> None:
    words = parse(" ".join(f"o{i}=1" for i in range(2_000)))

    class Counted(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    words.only(*(Counted(key) for key in words.options))
    assert Counted.compared < 10 * len(words.options)


def test_an_unknown_verb_names_the_nearest() -> None:
    assert unknown("/kpi", "shwo", ["show", "list"]).text == "/kpi has no “shwo”. Did you mean /kpi show?"
    assert unknown("/kpi", "🎉" * 10_000, ["show"]).text.endswith("Say /kpi help to see what there is.")


def test_nearest_finds_nothing_for_nonsense() -> None:
    assert nearest("qqqq", ["show", "list"]) is None


@pytest.mark.parametrize("text", ["<@U0ADA1|ada>", "<@U0ADA1>", "U0ADA1", "@U0ADA1"])
def test_a_reference_is_an_id(text: str) -> None:
    assert place(text) == "U0ADA1"


@pytest.mark.parametrize("text", ["#general", "<!channel>", "", "U", "u0ada1", "<#C1|x> y"])
def test_a_name_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the id of a channel or person"):
        place(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    said = ""
    try:
        words = parse(text)
    except InvalidInput as error:
        said = error.text
    else:
        assert all(words.options)
    assert len(said.splitlines()) <= 1
    assert len(said) < 200


@given(st.text())
def test_a_quoted_value_comes_back_as_it_was(value: str) -> None:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\\", "\\\\")
    for quote in '"”“':
        escaped = escaped.replace(quote, f"\\{quote}")
    assert parse(f'show x note="{escaped}" after=1').options == {"note": value, "after": "1"}


@given(st.text())
def test_an_echo_is_one_short_line(text: str) -> None:
    assert len(shown(text)) <= 40
    assert len(shown(text).splitlines()) <= 1


@pytest.mark.parametrize("text", ["C0GENERAL", "<#C0GENERAL|general>", "D0ADA", "", "ada", "@ada"])
def test_only_a_person_is_a_person(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"no person|Say whom"):
        person(text)


@pytest.mark.parametrize("text", ["U0ADA", "<@U0ADA|ada>", "@U0ADA"])
def test_a_person_is_mentioned_or_given_by_id(text: str) -> None:
    assert person(text) == "U0ADA"
