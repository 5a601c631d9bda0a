"""The fixed sentences of surveys: all there in every language, within the limits of Slack, and said in that of their reader."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.documents import DefinitionErrors
from bot.domain.errors import DiskFull, InvalidInput
from bot.domain.question_inputs import units
from bot.domain.question_words import WORDS
from bot.domain.questions import KINDS
from bot.domain.sentences import FOLDER, Spoken, placeholders, say, sentences, spoken_in
from bot.domain.survey_waves import NotInvited, Over
from bot.domain.surveys import Question

LANGUAGES = sorted(sentences())
SETTLED = "hvem det er, ble bestemt da den åpnet, uten dem som er tatt ut siden."
NAMES = sorted(sentences()["en"])
ROOT = Path(__file__).parents[2]
MOST = {"next": 24, "send": 24, "cancel": 24, "close": 24, "thank_you": 24, "answer": 24} | {
    "change": 75,
    "take_back": 75,
    "ask_back": 75,
    "you_are_asked": 150,
    **dict.fromkeys(("ask_no_more", "ask_again", "take_out"), 30),
    **dict.fromkeys(("ask_no_more_sure", "ask_again_sure", "take_out_sure"), 300),
}
"""The limits of Slack: the title of a form and what ends it, a button and a tick, a heading, and what is asked before.
The others have 2,000 at least."""

each_language = pytest.mark.parametrize("language", LANGUAGES)


def facts_of(name: str, words: str, number: int) -> dict[str, object]:
    """Something for every placeholder: a number where the English sentence writes one with commas."""
    sentence = sentences()["en"][name]
    return {each: number if f"{{{each}:,}}" in sentence else words for each in placeholders(sentence)}


def test_the_words_of_scales_are_known_in_each_of_the_languages() -> None:
    assert {"en", "no", "de"} <= set(LANGUAGES) <= set(WORDS)


@given(
    name=st.sampled_from(NAMES),
    language=st.sampled_from([*LANGUAGES, "no-NO", "nb", "de-AT", "en-GB", "fr", "", "12"]),
    words=st.text(max_size=300),
    number=st.integers(0, 10**12),
)
def test_every_sentence_is_filled_in_whatever_stands_in_it(name: str, language: str, words: str, number: int) -> None:
    facts = facts_of(name, words, number)
    said = say(name, language, **facts)
    digits = re.sub(r"(?<=\d),(?=\d)", "", said)
    assert all(each in said if isinstance(each, str) else str(each) in digits for each in facts.values())
    assert not re.search(r"[{}]", say(name, language, **dict.fromkeys(facts, 1)))


@each_language
@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_is_longer_than_slack_takes(name: str, language: str) -> None:
    said = say(name, language, **facts_of(name, "x", 1_000_000))
    assert 0 < units(said) <= MOST.get(name, 600)
    assert said == " ".join(said.split())


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_sentence_was_left_in_english(language: str) -> None:
    found = sentences()
    same = {name for name in NAMES if found[language][name] == found["en"][name]}
    assert same <= {"send"}, "“Send” is the same word in Norwegian"


def test_a_reader_is_spoken_to_in_the_family_of_their_language_and_else_in_english() -> None:
    assert [say("answered", code) for code in ("no", "nb-NO", "nn", "de-CH", "fr", "xx-YY", "")] == [
        *["Du har svart."] * 3,
        "Sie haben geantwortet.",
        *["You answered."] * 3,
    ]


def test_nothing_is_translated_that_nobody_says() -> None:
    files = [file for folder in ("bot", "handlers") for file in (ROOT / folder).rglob("*.py")]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in NAMES if not re.search(rf"[\"']{name}[\"']", code) and not name.startswith("promise_")] == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("page: Seite {page} von {pages}.", "page: Seite {page}.", "de.yaml:LINE: .page: has other {placeholders}"),
        ("page: Seite {page} von {pages}.", "page: Seite {page} von {alle}.", ".page: has other {placeholders}"),
        ("page: Seite {page} von {pages}.", "page: Seite {page von {pages}.", ".page: has other {placeholders}"),
        ("next: Weiter\n", "", ".next: is missing"),
        ("next: Weiter\n", "next: Weiter\nnow: Jetzt\n", ".now: is in no other language"),
        ("next: Weiter\n", "next: []\n", ".next"),
    ],
)
def test_a_file_that_differs_from_the_english_one_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    for code in ("en", "de"):
        shutil.copy(FOLDER / f"{code}.yaml", tmp_path)
    file = tmp_path / "de.yaml"
    made = file.read_text(encoding="utf-8")
    assert made.count(before) == 1
    line = made[: made.index(before)].count("\n") + 1
    file.write_text(made.replace(before, after), encoding="utf-8")
    with pytest.raises(DefinitionErrors) as refused:
        sentences(tmp_path)
    assert says.replace("LINE", str(line)) in refused.value.text


def test_a_fourth_language_is_one_file(tmp_path: Path) -> None:
    for code in LANGUAGES:
        shutil.copy(FOLDER / f"{code}.yaml", tmp_path)
    made = (FOLDER / "en.yaml").read_text(encoding="utf-8").replace("answered: You answered.", "answered: Du har svarat.")
    (tmp_path / "sv.yaml").write_text(made, encoding="utf-8")
    assert sentences(tmp_path)["sv"]["answered"] == "Du har svarat."


def test_what_is_wrong_with_an_answer_is_said_in_the_language_of_whoever_answers() -> None:
    number = Question("q", "number", {"en": "How many?"}, low=0, high=10)
    with pytest.raises(InvalidInput) as refused, spoken_in("de-DE"):
        KINDS["number"].read(number, {"q": "11"})
    assert refused.value.text == "Das liegt außerhalb der Grenzen; schreiben Sie eine Zahl von 0 bis 10."
    assert refused.value.field == "q"
    with pytest.raises(InvalidInput, match=r"This is out of the limits; write a number from 0 to 10\."), spoken_in("fr"):
        KINDS["number"].read(number, {"q": "11"})


@pytest.mark.parametrize(
    ("language", "says"), [("de-AT", "Barometer erreicht seine Datenbank gerade nicht"), ("nb-NO", "Prøv igjen")]
)
def test_that_nothing_could_be_kept_is_said_in_the_language_of_whoever_answers(language: str, says: str) -> None:
    with pytest.raises(Spoken, match=says), spoken_in(language):
        raise DiskFull
    with pytest.raises(DiskFull, match="Make room on it"), spoken_in("en-US"):
        raise DiskFull
    with pytest.raises(DiskFull, match="Make room on it"), spoken_in("fr"):
        raise DiskFull


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NotInvited("pulse #1"), f"Du er ikke blant dem som blir spurt i pulse #1; {SETTLED}"),
        (NotInvited(), f"Du er ikke blant dem som blir spurt i den undersøkelsen; {SETTLED}"),
        (Over("pulse #1", "open"), "pulse #1 er lukket og tar ikke imot flere svar. Svar som kom før, blir stående."),
        (Over("pulse #1", "closed"), "pulse #1 er lukket og tar ikke imot flere svar. Svar som kom før, er talt med."),
        (
            Over("pulse #1", "unopened"),
            "pulse #1 er lukket og tar ikke imot flere svar. Svarene er ødelagt uten å ha vært åpnet.",
        ),
    ],
)
def test_why_nothing_is_taken_is_said_in_the_language_of_whoever_answers(error: NotInvited | Over, says: str) -> None:
    english = error.text
    with pytest.raises(Spoken) as refused, spoken_in("nb"):
        raise error
    assert str(refused.value) == says
    assert error.text == english, "several may be told of one error, each in their own language"


@pytest.mark.parametrize(("language", "quoted"), [("en", "“Why?” is"), ("no", "«Why?» er"), ("de", "„Why?“ ist")])
def test_the_title_of_a_survey_is_quoted_in_its_reminders(language: str, quoted: str) -> None:
    for name in ("still_open", "reminder", "reminder_earlier"):
        assert say(name, language, title="Why?", time="10:00").startswith(quoted)
