"""Several people who change one survey at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.people import Asker, Change
from bot.domain.survey_editing import ChangedMeanwhile, filled, seen
from bot.domain.surveys import Survey
from bot.services import Services, survey_editing, surveys
from storage import audit
from tests.services.survey_world import SURVEY

ADMIN = Asker("U0ADMIN", admin=True)


def test_what_many_add_at_once_is_all_there(services: Services) -> None:
    """Even while a shipped survey becomes one that was made here."""

    def add(number: int) -> None:
        given = {"kind": "comment", "text": f"Number {number}?", "id": f"n{number}"}
        survey_editing.change_question(services, Asker(f"U0A{number}", admin=True), "enps", given, "en")

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(add, range(8)))
    survey = survey_editing.look(services, ADMIN, "enps").survey
    assert {f"n{number}" for number in range(8)} < {q.id for q in survey.questions}


def test_of_many_changes_of_one_question_the_first_is_kept_and_the_others_are_told(services: Services) -> None:
    survey = survey_editing.fresh(services, ADMIN, "ours", "", origin="enps")
    asked = survey.questions[0]
    was = seen(survey, asked.id)

    def change(number: int) -> str:
        given = {**filled(asked, "en"), "text": f"Words of {number}"}
        try:
            survey_editing.change_question(services, ADMIN, "ours", given, "en", before=asked.id, was=was)
        except ChangedMeanwhile:
            return ""
        return given["text"]

    with ThreadPoolExecutor(8) as crowd:
        (kept,) = filter(None, crowd.map(change, range(8)))
    assert survey_editing.look(services, ADMIN, "ours").survey.questions[0].text["en"] == kept


def test_whoever_made_a_survey_may_change_it_after_an_admin_did(services: Services) -> None:
    lead = Asker("U0LEAD")
    survey_editing.fresh(services, lead, "ours", "", origin="enps")
    survey_editing.move_up(services, ADMIN, "ours", "why")
    survey_editing.move_up(services, lead, "ours", "why")
    assert surveys.delete(services, lead, "ours") == "ours"


@pytest.mark.parametrize("who", [Asker("U0OTHER"), Asker("U0LEAD", frozenset({"team_lead"}))])
def test_a_shipped_survey_is_changed_by_admins_alone(services: Services, who: Asker) -> None:
    with pytest.raises(NotAllowed, match="comes from a file; give yours another name"):
        survey_editing.move_up(services, who, "enps", "why")
    assert not surveys.running(services, ["enps"])
    assert [each.own for each in surveys.listing(services) if each.survey.name == "enps"] == [False]


def test_of_many_who_make_a_survey_of_one_name_the_first_has_it(services: Services) -> None:
    def make(number: int) -> str:
        try:
            survey_editing.fresh(services, Asker(f"U0A{number}"), "ours", f"Of {number}", origin="enps")
        except InvalidInput:
            return ""
        return f"Of {number}"

    with ThreadPoolExecutor(8) as crowd:
        (kept,) = filter(None, crowd.map(make, range(8)))
    made = survey_editing.look(services, ADMIN, "ours").survey
    assert made.title["en"] == kept
    survey_editing.look(services, Asker(f"U0A{kept[-1]}"), "ours")


def test_yaml_takes_the_place_of_no_other_survey_than_the_one_that_was_opened(services: Services) -> None:
    one, other = (survey_editing.fresh(services, ADMIN, name, "", origin="enps") for name in ("one", "other"))
    text = surveys.written(replace(one, name="other"))
    for name, was in (("one", survey_editing.whole(one)), ("", "")):
        with pytest.raises(InvalidInput, match="There is a survey called other; open it to change it"):
            survey_editing.rewrite(services, ADMIN, text, name, was)
    assert survey_editing.look(services, ADMIN, "other").survey == other
    (made,) = survey_editing.rewrite(services, ADMIN, text, "other", survey_editing.whole(other))
    assert made.title == one.title


def test_of_many_who_send_yaml_of_a_new_survey_the_first_has_it(services: Services) -> None:
    text = surveys.written(replace(surveys.from_files(None)["enps"], name="ours"))

    def send(number: int) -> str:
        try:
            survey_editing.rewrite(services, Asker(f"U0A{number}", admin=True), text)
        except InvalidInput:
            return ""
        return f"U0A{number}"

    with ThreadPoolExecutor(8) as crowd:
        (first,) = filter(None, crowd.map(send, range(8)))
    assert survey_editing.look(services, Asker(first), "ours").survey.name == "ours"
    with services.db.read() as connection:
        (kept,) = [each.change for each in audit.entries(connection) if each.change.action == "survey.save"]
    assert kept.before == {"source": None}, "it was not there before"


def test_while_a_text_is_read_others_can_write(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    read = surveys.parsed

    def slowly(services: Services, text: str) -> list[Survey]:
        with services.db.begin() as connection:
            audit.write(connection, services.now(), Change(ADMIN.user_id, "survey.test", "meanwhile"))
        return read(services, text)

    monkeypatch.setattr(surveys, "parsed", slowly)
    assert [each.name for each in survey_editing.rewrite(services, ADMIN, SURVEY)] == ["team-check"]


def test_no_survey_is_called_as_whoever_speaks(services: Services) -> None:
    with pytest.raises(InvalidInput, match="Call it something else"):
        surveys.save(services, ADMIN, SURVEY.replace("name: team-check", "name: me"))
