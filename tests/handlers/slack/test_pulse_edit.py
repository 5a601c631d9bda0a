"""Making and changing a survey in forms, through the door: part by part, by two people at once, and with what people type."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import bot.domain
from bot.domain.people import SYSTEM, Asker
from bot.domain.questions import KINDS
from bot.domain.surveys import Question, Survey
from bot.presenters import pulse_editor
from bot.services import definitions, surveys
from handlers.slack.forms import pulse_edit
from playground.block_kit import validate
from tests.handlers.slack.conftest import Slack, words
from tests.handlers.slack.test_pulse_life import LEAD, chosen, clock, form, form_of, opened, radio, said, services, team, typed
from tests.services.survey_world import SURVEY

__all__ = ["clock", "services", "team"]

ADMIN = "U0ADMIN"


@dataclass
class Editor:
    """Somebody with a survey open before them: `view` is what Slack shows them now."""

    slack: Slack
    view: dict[str, Any]
    user: str = LEAD

    def press(self, action: str, value: str | None = None, **typed_so_far: dict[str, Any]) -> str:
        """A button of the form, whose value it has; what is shown then."""
        updates = len(self.slack.workspace.called("views.update"))
        known = [b for b in buttons(self.view) if b["action_id"].partition("#")[0] == action]
        assert known or value is not None, f"there is no {action}"
        pressed = value if value is not None else known[0].get("value", "")
        state = {"state": {"values": filled(self.view, typed_so_far)}} if typed_so_far else {}
        self.slack.press(action, pressed, self.user, view={"type": "modal", "id": "V1"} | self.view | state)
        self.show(self.slack.workspace.wait_for("views.update", updates + 1)[-1]["view"])
        return words(self.view)

    def send(self, **values: dict[str, Any]) -> dict[str, str]:
        """Submit the form: what is wrong, by field; nothing, and what is shown next stands there."""
        self.errors = {}
        named = {name(b): b["block_id"] for b in self.view["blocks"] if b["type"] == "input"}
        answer = self.slack.submit(self.view, {named[key]: value for key, value in values.items()}, self.user)
        if answer.get("response_action") == "errors":
            assert set(answer["errors"]) <= set(named.values()), "Slack takes errors only at fields that there are"
            return {block.partition(":")[0]: text for block, text in answer["errors"].items()}
        if answer.get("response_action") == "update":
            self.show(answer["view"])
        return {}

    def show(self, view: Any) -> None:
        self.view = json.loads(view) if isinstance(view, str) else view
        assert validate(self.view, "modal") == []
        assert len(self.view["private_metadata"]) < 3000

    @property
    def text(self) -> str:
        return words(self.view)

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in each field as it is opened."""
        return {name(b): initial(b["element"]) for b in self.view["blocks"] if b["type"] == "input"}

    def question(self, number: int, **values: dict[str, Any]) -> dict[str, str]:
        """Open the question of this number, fill in and send."""
        ids = [b["value"] for b in buttons(self.view) if b["action_id"].partition("#")[0] == "pulse.edit.question"]
        self.press("pulse.edit.question", ids[number - 1])
        return self.send(**{**unchanged(self.view), **values})


def name(block: dict[str, Any]) -> str:
    return str(block["block_id"]).partition(":")[0]


def buttons(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]


def initial(element: dict[str, Any]) -> Any:
    found = element.get("initial_value") or element.get("initial_option") or element.get("initial_options") or ""
    return found["value"] if isinstance(found, dict) else found


def unchanged(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What Slack sends of fields that nobody touched."""
    found = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            value: dict[str, Any] = {"type": element["type"], "value": element.get("initial_value")}
            value |= {"selected_option": element.get("initial_option"), "selected_options": element.get("initial_options")}
            found[name(block)] = value
    return found


def filled(view: dict[str, Any], values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    inputs = {name(b): b for b in view["blocks"] if b["type"] == "input"}
    return {inputs[key]["block_id"]: {inputs[key]["element"]["action_id"]: value} for key, value in values.items()}


def begun(slack: Slack, text: str, user: str = LEAD) -> Editor:
    before = len(slack.workspace.called("views.open"))
    assert said(slack, text, user) == ""
    made = Editor(slack, form(slack, before + 1), user)
    made.show(made.view)
    return made


def kept(slack: Slack, survey: str) -> Survey:
    with slack.services.db.read() as connection:
        return surveys.everything(slack.services, connection)[survey]


def question(slack: Slack, survey: str, number: int) -> Question:
    return kept(slack, survey).questions[number - 1]


def copied(slack: Slack, origin: str = "weekly-pulse") -> Editor:
    made = begun(slack, f"new from={origin}")
    assert made.send(**unchanged(made.view)) == {}
    return made


def test_the_longest_shipped_survey_is_copied_and_changed_without_a_word_of_yaml(team: Slack) -> None:
    """Nothing of it is cut off, in any language."""
    made = begun(team, "new from=engagement")
    assert made.fields == {"origin": "engagement", "name": "our-engagement", "title": "", "language": "en"}
    assert made.send(**unchanged(made.view)) == {}
    before, own = kept(team, "engagement"), kept(team, "our-engagement")
    assert own.questions == before.questions
    assert own.title == before.title
    assert f"{len(before.questions)} questions" in made.text
    assert made.question(2, text=typed("I am told what matters.")) == {}
    changed = question(team, "our-engagement", 2)
    assert changed.text == {**before.questions[1].text, "en": "I am told what matters."}
    assert "I am told what matters." in made.text
    assert kept(team, "our-engagement").questions[2:] == before.questions[2:]


def test_a_survey_begins_with_its_first_question(team: Slack) -> None:
    made = begun(team, "new")
    assert made.send(name=typed("Bad Name!"), title=typed("x"), language=typed("en"))["name"].startswith("It is “Bad Name!”")
    assert "There is a survey called enps" in made.send(name=typed("enps"), language=typed("en"))["name"]
    assert made.send(name=typed("after-release"), title=typed("After the release"), language=typed("en")) == {}
    assert "after-release" not in surveys.names(team.services), "nothing is kept yet"
    assert made.send(**{**unchanged(made.view), "text": typed("I am proud of it.")}) == {}
    assert "After the release" in made.text
    (only,) = kept(team, "after-release").questions
    assert (only.id, only.kind, only.text) == ("i-am-proud-of-it", "agree", {"en": "I am proud of it."})
    opened(team, "start after-release audience=C0TEAM")


def test_a_survey_may_begin_in_another_language(team: Slack) -> None:
    """The words beside its questions, such as those to decline with, are then in that language as well."""
    made = begun(team, "new")
    assert "code of a language" in made.send(name=typed("norsk"), language=typed("Norsk"))["language"]
    assert made.send(name=typed("norsk"), title=typed("Hvordan går det"), language=typed("no")) == {}
    assert made.send(**{**unchanged(made.view), "text": typed("Jeg er stolt.")}) == {}
    found = kept(team, "norsk")
    assert (found.title, found.questions[0].text) == ({"no": "Hvordan går det"}, {"no": "Jeg er stolt."})
    wave = opened(team, "start norsk audience=C0TEAM")
    assert "Ønsker ikke å svare" in words(form_of(team, wave, "U0001"))


def test_a_name_that_is_none_is_blamed_alone_and_a_language_may_be_left_out(team: Slack) -> None:
    made = begun(team, "new")
    assert list(made.send(name=typed("-"), title=typed(""), language=typed(""))) == ["name"]
    assert made.send(name=typed("ours"), title=typed("Ours"), language=typed("")) == {}
    assert made.send(**{**unchanged(made.view), "text": typed("How?")}) == {}
    assert dict(kept(team, "ours").title) == {"en": "Ours"}


def test_every_kind_of_question_can_be_made(team: Slack) -> None:
    """The kinds are those of the registry, each with its own fields."""
    made = copied(team)
    for kind in KINDS:
        made.press("pulse.edit.add")
        kinds = next(b["element"]["options"] for b in made.view["blocks"] if b.get("block_id", "").startswith("kind:"))
        assert [o["value"] for o in kinds] == list(KINDS)
        made.press("pulse.edit.kind", kind)
        own = {each.rstrip("234") for each in made.fields} - {"kind", "text", "hint", "required", "id"}
        assert own == set(KINDS[kind].FIELDS), kind
        values = {**unchanged(made.view), "text": typed(f"A question of the kind {kind}?"), "required": radio("yes")}
        values |= {"options": typed("One\nTwo\nThree")} if "options" in own else {}
        assert made.send(**values) == {}, kind
        asked = kept(team, "our-weekly-pulse").questions[-1]
        assert (asked.kind, asked.required) == (kind, True)
        assert [o.text["en"] for o in asked.options] == (["One", "Two", "Three"] if "options" in own else [])


def test_a_form_within_the_editor_leads_back_or_is_closed(team: Slack) -> None:
    head, asked = SURVEY.replace("name: team-check", "name: single").split("    questions:\n")
    surveys.save(team.services, Asker(ADMIN, admin=True), f"{head}    questions:\n{asked.splitlines()[0]}\n")
    made = copied(team, "single")
    made.press("pulse.edit.add")
    assert "It is asked after the other one." in made.text
    assert made.view["close"]["text"] == "Close"
    values = {**unchanged(made.view), "text": typed("Is it fine?")}
    assert made.send(**values) == {}
    made.press("pulse.edit.add")
    assert "It is asked after the other 2." in made.text


def test_a_name_that_cannot_be_is_quoted_as_it_was_typed(team: Slack) -> None:
    made = begun(team, "new from=enps")
    wrong = made.send(**{**unchanged(made.view), "name": typed(" Team Check! ")})
    assert "“Team Check!”" in wrong["name"]
    assert made.send(**{**unchanged(made.view), "name": typed(" Team-Check-2 ")}) == {}
    assert kept(team, "team-check-2").name == "team-check-2"


def test_what_was_filled_in_stays_when_the_kind_is_chosen_again(team: Slack) -> None:
    made = copied(team)
    made.press("pulse.edit.add")
    made.press("pulse.edit.kind", "one", text=typed("Which?"), hint=typed("Choose well"))
    assert (made.fields["text"], made.fields["hint"], made.fields["kind"]) == ("Which?", "Choose well", "one")
    made.press("pulse.edit.kind", "several", text=typed("Which?"), options=typed("A\nB"))
    assert made.fields["options"] == "A\nB"


def test_questions_are_moved_and_removed(team: Slack) -> None:
    made = copied(team)
    ids = [q.id for q in kept(team, "our-weekly-pulse").questions]
    made.press("pulse.edit.up", ids[1])
    assert [q.id for q in kept(team, "our-weekly-pulse").questions][:2] == [ids[1], ids[0]]
    removals = [b for b in buttons(made.view) if b["action_id"].partition("#")[0] == "pulse.edit.remove"]
    assert "Remove question 1?" in words(removals[0]["confirm"])
    made.press("pulse.edit.remove", removals[0]["value"])
    assert ids[1] not in [q.id for q in kept(team, "our-weekly-pulse").questions]


def test_the_last_question_stays_and_it_is_said_why(team: Slack) -> None:
    made = begun(team, "new")
    made.send(name=typed("short"), title=typed("Short"), language=typed("en"))
    made.send(**{**unchanged(made.view), "text": typed("Only one")})
    assert "A survey has one question at least." in made.press("pulse.edit.remove")
    assert len(kept(team, "short").questions) == 1


def test_questions_come_from_the_bank_in_every_language(team: Slack) -> None:
    made = copied(team, "enps")
    made.press("pulse.edit.bank")
    offered = next(b["element"]["options"] for b in made.view["blocks"] if b["type"] == "input")
    taken = {"type": "multi_static_select", "selected_options": [offered[0], offered[3]]}
    assert made.send(taken=taken) == {}
    bank = surveys.bank()
    assert kept(team, "our-enps").questions[-2:] == (bank[offered[0]["value"]], bank[offered[3]["value"]])
    assert offered[0]["value"] not in [b.get("value") for b in buttons(made.view) if b["action_id"] == "pulse.edit.add"]
    made.press("pulse.edit.bank")
    again = next(b["element"]["options"] for b in made.view["blocks"] if b["type"] == "input")
    assert offered[0]["value"] not in [o["value"] for o in again]


def test_another_language_is_added_and_nothing_of_the_first_is_lost(team: Slack) -> None:
    made = copied(team, "enps")
    before = question(team, "our-enps", 1)
    made.press("pulse.edit.language")
    assert "code of a language" in made.send(language=typed("Norwegian"))["language"]
    assert made.send(language=typed("sv")) == {}
    assert "no words in sv yet" in made.text
    assert made.question(1, text=typed("Hur troligt är det?")) == {}
    assert question(team, "our-enps", 1).text == {**before.text, "sv": "Hur troligt är det?"}
    assert "Hur troligt är det?" in made.text
    made.press("pulse.edit.words")
    assert made.send(title=typed("Hur mår vi"), about=typed("Två frågor.")) == {}
    found = kept(team, "our-enps")
    assert (found.title["sv"], found.about["sv"]) == ("Hur mår vi", "Två frågor.")
    assert found.title["en"] == kept(team, "enps").title["en"]


def test_choices_are_filled_in_in_another_language_in_their_order(team: Slack) -> None:
    made = copied(team, "enps")
    made.press("pulse.edit.add")
    made.press("pulse.edit.kind", "one", text=typed("Where?"))
    assert "is another choice; mend a spelling under YAML" in str(made.view)
    assert made.send(**{**unchanged(made.view), "options": typed("Here\nThere")}) == {}
    made.press("pulse.edit.language")
    assert made.send(language=typed("no")) == {}
    number = len(kept(team, "our-enps").questions)
    made.press("pulse.edit.question", question(team, "our-enps", number).id)
    assert "Leave its choices in their order." in made.text
    assert "is another choice" not in str(made.view)
    assert "1 line for 2 choices" in made.send(**{**unchanged(made.view), "options": typed("Her")})["options"]
    assert made.send(**{**unchanged(made.view), "options": typed("Der\nHer")}) == {}
    made.press("pulse.edit.question", question(team, "our-enps", number).id)
    assert made.send(**{**unchanged(made.view), "options": typed("Her\nDer")}) == {}
    assert [(o.id, dict(o.text)) for o in question(team, "our-enps", number).options] == [
        ("here", {"en": "Here", "no": "Her"}),
        ("there", {"en": "There", "no": "Der"}),
    ]


def test_a_kpi_that_takes_no_score_or_a_score_of_one_question_is_refused_at_its_field(team: Slack) -> None:
    definitions.apply_files(team.services, SYSTEM)
    made = copied(team, "engagement")
    made.press("pulse.edit.terms")
    assert made.send(**{**unchanged(made.view), "kpi": typed("nope")}) == {
        "kpi": "No KPI “nope” takes the score of a survey; write clinician-satisfaction or engagement, or leave “KPI” empty."
    }
    surveys.save(team.services, Asker(LEAD), SURVEY.replace(", index: true", "", 1).replace("team-check", "own"))
    alone = begun(team, "new own")
    assert "(Agreement, in the score, which takes two questions)" in words(alone.view)
    alone.press("pulse.edit.terms")
    mend = "tick “It counts towards the score” at two or more, or leave “KPI” empty."
    assert alone.send(**{**unchanged(alone.view), "kpi": typed("engagement")}) == {
        "kpi": f"A score takes two questions in one wave; {mend}"
    }


def test_terms_are_changed_and_what_is_wrong_stands_at_its_field(team: Slack) -> None:
    made = copied(team, "enps")
    made.press("pulse.edit.terms")
    now = unchanged(made.view)
    wrong = made.send(
        **{**now, "closes": typed("long"), "minimum": typed("2"), "cuts": typed("Team!"), "reminders": typed("9d")}
    )
    assert set(wrong) == {"closes", "minimum", "cuts"}
    assert wrong["closes"] == "It is no length of time; write one such as 12h, 3d or 2w."
    assert "write 5 or more" in wrong["minimum"]
    assert made.send(**{**now, "reminders": typed("9d")}) == {
        "reminders": "One is not while the survey is open; write spans shorter than 5d, or leave it empty."
    }
    assert made.send(**{**now, "kpi": typed("engagement")}) == {
        "kpi": "No question counts towards a score; tick “It counts towards the score” at those that do, or leave “KPI” empty."
    }
    assert made.send(**{**now, "each": typed("60")})["each"].endswith("or fewer, or leave it empty.")
    assert made.send(**{**now, "always": typed("why")}) == {
        "always": "Without “Questions a wave”, every wave asks all questions; fill in “Questions a wave”, or leave "
        "“Always asked besides” empty."
    }
    assert (
        made.send(**{**now, "closes": typed("2d"), "reminders": typed("1d"), "cuts": typed("team"), "mode": chosen("sealed")})
        == {}
    )
    found = kept(team, "our-enps")
    assert (found.closes.days, len(found.reminders), found.cuts, found.mode) == (2, 1, ("team",), "sealed")


def test_two_editors_do_not_overwrite_each_other(team: Slack) -> None:
    """The second is told, with what they typed still before them; other questions are nobody's concern."""
    made = copied(team)
    other = begun(team, "new our-weekly-pulse", ADMIN)
    first = question(team, "our-weekly-pulse", 1).id
    for each in (made, other):
        each.press("pulse.edit.question", first)
    assert made.send(**{**unchanged(made.view), "text": typed("The lead's words")}) == {}
    told = other.send(**{**unchanged(other.view), "text": typed("The admin's words")})
    assert told["text"].startswith("Somebody changed this meanwhile, so yours is not kept. Copy what you typed")
    assert question(team, "our-weekly-pulse", 1).text["en"] == "The lead's words"
    assert "The lead's words" in other.press("pulse.edit.page")
    assert other.question(2, text=typed("The admin's own question")) == {}
    assert made.question(3, text=typed("The lead's third")) == {}, "whoever made it may go on"
    assert [question(team, "our-weekly-pulse", n).text["en"] for n in (1, 2, 3)] == [
        "The lead's words",
        "The admin's own question",
        "The lead's third",
    ]
    stale = next(b["value"] for b in buttons(made.view) if b["action_id"].partition("#")[0] == "pulse.edit.remove")
    other.question(1, text=typed("Changed again"))
    assert "Somebody changed this meanwhile" in made.press("pulse.edit.remove", stale)
    assert question(team, "our-weekly-pulse", 1).id == first


def test_a_question_that_was_taken_out_meanwhile(team: Slack) -> None:
    made = copied(team)
    other = begun(team, "new our-weekly-pulse", ADMIN)
    made.press("pulse.edit.question")
    other.press("pulse.edit.remove")
    assert "Somebody changed this meanwhile" in made.send(**{**unchanged(made.view), "text": typed("Mine")})["text"]
    gone = kept(team, "weekly-pulse").questions[0].id
    made.press("pulse.edit.page")
    assert "Somebody took that question out meanwhile." in made.press("pulse.edit.question", gone)


def test_words_and_terms_of_two_editors(team: Slack) -> None:
    made = copied(team, "enps")
    other = begun(team, "new our-enps", ADMIN)
    made.press("pulse.edit.words")
    other.press("pulse.edit.terms")
    assert other.send(**{**unchanged(other.view), "closes": typed("2d"), "reminders": typed("1d")}) == {}
    assert "Somebody changed this meanwhile" in made.send(title=typed("Mine"), about=typed(""))["title"]
    assert kept(team, "our-enps").closes.days == 2


def test_yaml_of_two_editors(team: Slack) -> None:
    made = copied(team, "enps")
    other = begun(team, "new our-enps", ADMIN)
    other.press("pulse.yaml")
    made.press("pulse.edit.add")
    made.send(**{**unchanged(made.view), "text": typed("One more")})
    assert "Somebody changed this meanwhile" in other.send(source=typed(other.fields["source"]))["source"]
    assert len(kept(team, "our-enps").questions) == len(kept(team, "enps").questions) + 1


def test_a_survey_of_somebody_else_is_copied_and_not_changed(team: Slack) -> None:
    copied(team, "enps")
    made = begun(team, "new our-enps", "U0001")
    assert made.fields["name"] == "our-our-enps"
    assert "our-enps is not yours to change; this begins a copy of it." in made.text
    team.press("pulse.change", "our-enps", "U0001")
    assert "Only admins and whoever made it may change our-enps" in words(team.workspace.wait_for("respond")[-1])


def test_a_wave_that_is_open_keeps_its_questions(team: Slack) -> None:
    copied(team, "enps")
    wave = opened(team, "start our-enps audience=C0TEAM")
    made = begun(team, "new our-enps")
    assert "The wave that is open keeps its questions" in made.text
    assert made.question(1, text=typed("New words?")) == {}
    assert "New words?" not in json.dumps(form_of(team, wave, "U0001"))
    assert question(team, "our-enps", 1).text["en"] == "New words?"


@pytest.mark.parametrize(
    "text",
    [
        "هل أنت فخور بعملك؟",
        "🎉🎉 fertig? 👩‍👩‍👧‍👦",
        "<!channel> *bold* _it_ ~no~ `code` > quoted :tada: <https://x.example|here>",
        "a: {b: [c, 'd']} # no comment\n- list\n---\n&anchor !tag",
        "null",
        "${HOME}",
        "x" * 1900,
    ],
)
def test_whatever_people_type_is_kept_as_it_is(team: Slack, text: str) -> None:
    made = copied(team, "enps")
    made.press("pulse.edit.add")
    made.press("pulse.edit.kind", "one")
    choices = "\n".join(["A", text.splitlines()[0][:35].strip()])
    values = {**unchanged(made.view), "text": typed(text), "hint": typed(text[:150]), "options": typed(choices)}
    assert made.send(**values) == {}
    found = kept(team, "our-enps").questions[-1]
    assert (found.text["en"], found.hint["en"]) == (text, text[:150].strip())
    assert [o.text["en"] for o in found.options] == choices.splitlines()
    assert "<!channel>" not in json.dumps([b for b in made.view["blocks"] if b["type"] == "section"])
    before = found
    assert made.question(len(kept(team, "our-enps").questions)) == {}
    assert kept(team, "our-enps").questions[-1] == before


@pytest.mark.parametrize(
    ("values", "field", "hint"),
    [
        ({"options": typed("Yes\n" + "x" * 300)}, "options", "The second choice is 300 characters long; keep it to 75."),
        ({"options": typed("same\nSame ")}, "options", "two choices say “same” in “en”, and nobody can tell them apart"),
        ({"options": typed("Only one")}, "options", "It has 1 choice; give it from 2 to 99."),
        ({"options": typed("\n".join(f"o {n}" for n in range(120)))}, "options", "it has 120 choices; give it from 2 to 99"),
        ({"id": typed("Bad Id")}, "id", "use up to 40 lower-case letters"),
        ({"id": typed("why")}, "id", "There is a question “why” in this survey already"),
        ({"text": typed("x\u202ey")}, "text", "It holds control characters; type it anew, as plain text."),
        ({"text": typed("\ud800")}, "text", "It holds control characters"),
        ({"text": typed("  ")}, "text", "It is empty"),
        ({"text": typed("👩" * 1900)}, "text", "3,800 characters; shorten it to 1,900"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(
    team: Slack, values: dict[str, Any], field: str, hint: str
) -> None:
    made = copied(team, "enps")
    before = kept(team, "our-enps")
    made.press("pulse.edit.add")
    made.press("pulse.edit.kind", "one")
    good = {**unchanged(made.view), "text": typed("Which?"), "options": typed("A\nB")}
    wrong = made.send(**{**good, **values})
    assert list(wrong) == [field], wrong
    assert hint.lower() in wrong[field].lower()
    assert kept(team, "our-enps") == before


def test_a_ranking_of_more_than_there_is_and_limits_that_cross(team: Slack) -> None:
    made = copied(team, "enps")
    made.press("pulse.edit.add")
    made.press("pulse.edit.kind", "ranking")
    assert list(made.send(**{**unchanged(made.view), "text": typed("Best?"), "options": typed("A\nB")})) == ["ranked"]
    made.press("pulse.edit.kind", "number")
    crossed = {**unchanged(made.view), "text": typed("How long?"), "low": typed("5"), "high": typed("4")}
    assert made.send(**crossed) == {"low": "“Least” is not below “Greatest”; exchange them, or leave one out."}
    assert list(made.send(**{**crossed, "high": typed("many")})) == ["high"]
    assert made.send(**{**crossed, "low": typed("0,5")}) == {}
    assert kept(team, "our-enps").questions[-1].low == 0.5


def test_what_a_form_says_for_a_file_is_said_of_files_and_names_fields_that_there_are() -> None:
    """A sentence that is worded otherwise in the domain would be said in the form as it is in a file."""
    domain = "\n".join(path.read_text(encoding="utf-8") for path in Path(bot.domain.__path__[0]).rglob("*.py"))
    told = {field.label for fields in (pulse_edit._FIELDS, pulse_edit._TERMS) for field in fields.values()}
    told |= {field.placeholder for field in pulse_edit._FIELDS.values()}
    for file, labelled in pulse_editor.LABELLED.items():
        assert file in domain
        assert set(re.findall("“(.*?)”", labelled)) <= told


def test_sixty_questions_are_pages_and_one_more_is_too_many(team: Slack) -> None:
    head = "apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n- name: long\n  questions:\n"
    many = "".join(f"    - {{id: q{n}, kind: agree, text: Statement {n}.}}\n" for n in range(60))
    surveys.save(team.services, Asker(LEAD), head + many)
    made = begun(team, "new long")
    assert "Statement 19." in made.text
    assert "Statement 20." not in made.text
    assert "Statement 20." in made.press("pulse.edit.page", "2")
    assert "Statement 59." in made.press("pulse.edit.page", "3")
    made.press("pulse.edit.add")
    wrong = made.send(**{**unchanged(made.view), "text": typed("One more")})
    assert wrong == {"text": "It has 61 entries; write from 1 to 60."}
    made.press("pulse.edit.page")
    assert "Statement 59." in made.text, "one is back on the page where one was"


def test_ninety_nine_choices_of_the_longest_fit_and_come_back(team: Slack) -> None:
    """One field of Slack takes 3,000 characters, so there are several."""
    options = "".join(f"        - {{id: o{n}, text: {'x' * 72}{n:03}}}\n" for n in range(99))
    asked = f"    - id: q\n      kind: one\n      text: Which?\n      options:\n{options}"
    source = f"apiVersion: barometer/v1\nkind: SurveySet\nsurveys:\n- name: wide\n  questions:\n{asked}"
    surveys.save(team.services, Asker(LEAD), source)
    before = kept(team, "wide")
    made = begun(team, "new wide")
    assert made.question(1) == {}
    assert kept(team, "wide") == before
    assert made.question(1, hint=typed("One")) == {}
    assert kept(team, "wide").questions[0].options == before.questions[0].options


def test_a_long_survey_goes_out_and_in_as_a_file(team: Slack) -> None:
    copied(team, "engagement")
    assert "our-engagement.yaml is in your messages" in said(team, "export our-engagement as=yaml")
    assert team.workspace.called("files.getUploadURLExternal")[-1]["filename"] == "our-engagement.yaml"
    made = begun(team, "new our-engagement")
    made.press("pulse.yaml")
    assert list(made.fields) == ["file"], "a field would cut it off"
    assert "too long for a field of Slack" in made.text
    own = kept(team, "our-engagement")
    team.workspace.files["F1"] = surveys.written(own).replace(f"closes: {own.closes.days}d", "closes: 19d")
    shared = {"type": "file_input", "files": [{"id": "F1"}]}
    assert made.send(file=shared) == {}
    assert "our-engagement is kept." in words(team.workspace.wait_for("respond")[-1])
    assert kept(team, "our-engagement").closes.days == 19 != own.closes.days
    team.workspace.files["F2"] = "surveys: ["
    made = begun(team, "new our-engagement")
    made.press("pulse.yaml")
    assert "this is not YAML" in made.send(file={"type": "file_input", "files": [{"id": "F2"}]})["file"]
    assert made.send(file={"type": "file_input", "files": []})["file"] == "Share a YAML file."


def test_a_state_that_somebody_forged_does_no_harm(team: Slack) -> None:
    made = copied(team, "enps")
    forged = json.loads(made.view["private_metadata"])
    forged["state"] = {"survey": "engagement", "page": "²", "language": "en"}
    made.view["private_metadata"] = json.dumps(forged)
    team.press("pulse.edit.page", "", LEAD, view={"type": "modal", "id": "V1"} | made.view)
    assert "comes from a file; give yours another name" in words(team.workspace.wait_for("respond")[-1])
