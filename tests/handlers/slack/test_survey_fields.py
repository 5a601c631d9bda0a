"""The inputs of surveys in a modal: what Slack gets for each, and that what people fill in comes back."""

from typing import Any

import pytest

from bot.domain.questions import KINDS, Input
from bot.domain.surveys import DECLINED, Answer, Option, Question
from handlers.slack.blocks.lint import problems
from handlers.slack.blocks.modals import Choice, Field, FieldKind, Modal, values, view
from playground import forms
from playground.block_kit import validate

Json = dict[str, Any]


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Option {n}", f"o{n}") for n in range(count))


def drawn(*fields: Field) -> Json:
    made = view(Modal("survey.answer", "Weekly pulse", fields, submit="Send"), "{}")
    assert validate(made, "modal") == []
    assert problems(made["blocks"]) == []
    return made


def element(asked: Field) -> Json:
    (block,) = drawn(asked)["blocks"]
    found: Json = block["element"]
    return found


def submitted(made: Json, changed: forms.Values | None = None) -> Any:
    """What comes back from the playground's client when somebody changes these fields and submits."""
    state = forms.values(made["blocks"], changed or {})
    assert forms.problems(made["blocks"], state) == {}
    return values(state)


@pytest.mark.parametrize(
    ("kind", "count", "drawn_as"),
    [
        ("one", 1, "radio_buttons"),
        ("one", 10, "radio_buttons"),
        ("one", 11, "static_select"),
        ("several", 10, "checkboxes"),
        ("several", 11, "multi_static_select"),
        ("several", 100, "multi_static_select"),
        ("select", 100, "static_select"),
    ],
)
def test_a_few_choices_are_in_sight_and_many_are_a_menu(kind: FieldKind, count: int, drawn_as: str) -> None:
    found = element(Field("q", "Which?", kind, choices=choices(count)))
    assert found["type"] == drawn_as
    assert [option["value"] for option in found["options"]] == [f"o{n}" for n in range(count)]
    assert not {"initial_option", "initial_options"} & set(found)


@pytest.mark.parametrize("count", [10, 11])
def test_several_values_are_joined_by_commas_both_ways(count: int) -> None:
    made = drawn(Field("q", "Which?", "several", choices=choices(count), initial="o1,o7,o99"))
    assert submitted(made)["q"] == "o1,o7"
    state = {"q": {"q": {"selected_options": [{"value": "o3"}, {"value": "o0"}]}}}
    assert submitted(made, state)["q"] == "o3,o0"
    assert submitted(drawn(Field("q", "Which?", "several", choices=choices(count), optional=True)))["q"] == ""


@pytest.mark.parametrize("count", [10, 11])
def test_one_value_comes_back_and_none_is_empty(count: int) -> None:
    made = drawn(Field("q", "Which?", "one", choices=choices(count), initial="o2"))
    assert submitted(made)["q"] == "o2"
    assert submitted(made, {"q": {"q": {"selected_option": {"value": "o5"}}}})["q"] == "o5"
    assert submitted(drawn(Field("q", "Which?", "one", choices=choices(count), optional=True)))["q"] == ""


def test_radio_buttons_do_not_begin_with_a_choice_that_is_not_offered() -> None:
    assert "initial_option" not in element(Field("q", "Which?", "one", choices=choices(3), initial="gone"))


def test_a_number_may_have_decimals_and_be_negative() -> None:
    asked = Field("q", "How long?", "number", initial="-7.25", optional=True)
    assert element(asked) == {
        "type": "number_input",
        "action_id": "q",
        "is_decimal_allowed": True,
        "initial_value": "-7.25",
    }
    assert submitted(drawn(asked))["q"] == "-7.25"
    assert submitted(drawn(asked), {"q": {"q": {"value": "0.5"}}})["q"] == "0.5"
    assert submitted(drawn(Field("q", "How long?", "number", optional=True)))["q"] == ""


def test_a_tick_still_says_yes() -> None:
    made = drawn(Field("q", "Prefer not to say", "check", optional=True))
    assert submitted(made)["q"] == ""
    assert submitted(drawn(Field("q", "Prefer not to say", "check", initial="yes", optional=True))).checked("q")


def test_a_label_is_as_long_as_its_field_lets_it_be_and_slack_takes() -> None:
    def label(**more: int) -> str:
        (block,) = drawn(Field("q", "x" * 3000, "one", choices=choices(2), **more))["blocks"]
        return str(block["label"]["text"])

    assert [len(label()), len(label(longest_label=2000)), len(label(longest_label=9999))] == [200, 2000, 2000]


def test_hostile_choices_stay_words() -> None:
    hostile = (Choice("<!channel> :tada:", "a"), Choice("\u202e" + "é" * 200, "b"), Choice("", "c"))
    for kind in ("one", "several", "select"):
        found = element(Field("q", "<!here>", kind, choices=hostile, initial="a"))
        assert {option["text"]["type"] for option in found["options"]} == {"plain_text"}
        assert all(option["text"]["emoji"] is False for option in found["options"])


def field(asked: Input, filled: str) -> Field:
    kinds: dict[str, FieldKind] = {"menu": "select", "line": "text", "lines": "long", "tick": "check", "number": "text"}
    return Field(
        asked.name,
        asked.label,
        kinds.get(asked.kind, asked.kind),  # type: ignore[arg-type]
        hint=asked.hint,
        initial=filled,
        optional=asked.optional,
        choices=tuple(Choice(p.text, p.value) for p in asked.picks),
        longest=asked.longest or 3000,
        longest_label=2000,
    )


ANSWERS: dict[str, tuple[Answer, ...]] = {
    "agree": ("1", "5"),
    "ten": ("0", "10"),
    "one": ("o0", "o11"),
    "several": (("o0",), ("o1", "o3", "o11")),
    "ranking": (("o3",), ("o3", "o0", "o11")),
    "yes_no": ("yes", "no"),
    "number": ("0", "-7.25", "1200"),
    "line": ("A few words", 'quoted "so"'),
    "comment": ("One line\nand another", "x" * 1000),
}


@pytest.mark.parametrize("name", sorted(KINDS))
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_answer_to_every_kind_of_question_survives_its_form(name: str, language: str) -> None:
    options = tuple(Option(f"o{n}", {"en": f"Option {n}", "de": f"Möglichkeit {n}"}) for n in range(12))
    asked = Question("q", name, {"en": "How?", "de": "Wie?"}, required=True, options=options)
    kind = KINDS[name]
    for answer in (DECLINED, *ANSWERS[name]):
        filled = kind.fill(asked, answer)
        made = drawn(*(field(i, filled.get(i.name, "")) for i in kind.inputs(asked, language)))
        assert kind.read(asked, submitted(made).texts) == answer


@pytest.mark.parametrize(
    ("kind", "key", "drawn_as"),
    [
        ("channels", "selected_conversations", "multi_conversations_select"),
        ("people", "selected_users", "multi_users_select"),
    ],
)
def test_several_channels_or_people_are_joined_by_commas_both_ways(kind: FieldKind, key: str, drawn_as: str) -> None:
    made = drawn(Field("q", "Who?", kind, initial="C0ONE,C0TWO"))
    assert made["blocks"][0]["element"]["type"] == drawn_as
    assert submitted(made)["q"] == "C0ONE,C0TWO"
    assert submitted(made, {"q": {"q": {key: ["C0TWO"]}}})["q"] == "C0TWO"
    assert submitted(drawn(Field("q", "Who?", kind, optional=True)))["q"] == ""


def test_several_of_a_search_are_joined_by_commas() -> None:
    made = drawn(Field("q", "Which?", "searches", source="some.search", optional=True))
    assert (element(Field("q", "Which?", "searches", source="s"))["type"], submitted(made)["q"]) == (
        "multi_external_select",
        "",
    )
    state = {"q": {"some.search": {"selected_options": [{"value": "S1"}, {"value": "S2"}]}}}
    assert submitted(made, state)["q"] == "S1,S2"


@pytest.mark.parametrize(("filetypes", "told"), [(("csv",), ["csv"]), ((), None)])
def test_a_file_is_of_the_types_that_are_asked_for(filetypes: tuple[str, ...], told: list[str] | None) -> None:
    assert element(Field("q", "File", "file", filetypes=filetypes)).get("filetypes") == told
