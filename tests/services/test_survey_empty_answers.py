"""A form with nothing in it is no answer: it is refused, in the language of whoever sends it, and counts nowhere."""

import pytest

from bot import ballots
from bot.ballots import CAST, DRAFT, EMPTY
from bot.domain.errors import InvalidInput
from bot.domain.sentences import Unfit, spoken_in
from bot.domain.survey_waves import Kept, Sheet
from bot.services import Services, survey_answers, surveys
from storage.waves import StoredWave
from tests.services.survey_world import OWNER, World, world_in

PAGES = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: two-pages
    title: Two pages
    a_page: 1
    closes: 3d
    questions:
      - {id: goals, kind: agree, text: I know what we want to reach.}
      - {id: more, kind: comment, text: Anything else?}
"""


@pytest.fixture
def world(services: Services) -> World:
    made = world_in(services)
    surveys.save(made.services, OWNER, PAGES)
    return made


def send(world: World, row: StoredWave, page: int = 1, **given: str) -> Sheet | Kept:
    return survey_answers.keep(world.services, "U0001", row.id, page, given)


def refused(world: World, row: StoredWave, page: int = 1, **given: str) -> tuple[str, str]:
    with pytest.raises(Unfit) as error:
        send(world, row, page, **given)
    return error.value.field, error.value.text


def test_one_page_without_an_answer_is_refused_at_its_first_question(world: World) -> None:
    row = world.open()
    assert refused(world, row) == ("goals", "Nothing is answered yet; answer at least one question, or close this form.")
    assert refused(world, row, **{"more": "  ", "more.ask": "yes"})[0] == "goals"
    assert world.state_of(row, "U0001") == EMPTY
    assert isinstance(send(world, row, goals="declined"), Kept), "to prefer not to say is an answer"
    assert world.state_of(row, "U0001") == CAST


def test_an_answer_that_is_changed_to_nothing_stays_and_the_way_to_take_it_back_is_named(world: World) -> None:
    row = world.open()
    send(world, row, goals="4")
    field, words = refused(world, row)
    assert field == "goals"
    assert words.endswith("or close this form and choose “Take my answers back”.")
    assert survey_answers.sheet(world.services, "U0001", row.id).filled == {"goals": "4"}


def test_of_several_pages_all_of_them_together_are_looked_at(world: World) -> None:
    row = world.open("two-pages")
    assert isinstance(send(world, row, 1), Sheet)
    assert refused(world, row, 2)[0] == "more"
    assert world.state_of(row, "U0001") == DRAFT
    assert isinstance(send(world, row, 1, goals="4"), Sheet)
    assert isinstance(send(world, row, 2), Kept), "the last page may be empty where another is not"
    assert isinstance(send(world, row, 1), Sheet)
    assert world.state_of(row, "U0001") == DRAFT, "an emptied ballot does not count, whether the last page comes or not"
    assert isinstance(send(world, row, 2, more="Less"), Kept)
    assert world.state_of(row, "U0001") == CAST


def test_a_sealed_form_without_an_answer_is_refused_as_well(world: World) -> None:
    row = world.open(mode="sealed", custodian="U0KEEPER", public_key=ballots.key_pair()[1])
    assert refused(world, row)[1].startswith("Nothing is answered yet")
    send(world, row, goals="4")
    assert "Take my answers back" in refused(world, row)[1]


@pytest.mark.parametrize(("language", "words"), [("no", "svar på minst ett spørsmål"), ("de", "mindestens eine Frage")])
def test_it_is_said_in_the_language_of_whoever_is_asked(world: World, language: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words), spoken_in(language):
        send(world, world.open())
