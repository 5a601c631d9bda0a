"""The fixed words of questions in every language that they are known in: answers, places, and declining to answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.surveys import Texts, family_of, shown_in

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `agree5` and `agree7` go from the least agreement to the most; `places` from the first place.

    `lowest` and `highest` stand beside the ends of a scale from 0 to 10, `instead` above the tick that declines what is typed,
    `required` below what has to be typed; the limits of a number are `between`, `at_least` or `at_most`.
    """

    agree5: tuple[str, ...]
    agree7: tuple[str, ...]
    declined: str
    yes: str
    no: str
    places: tuple[str, ...]
    lowest: str
    highest: str
    instead: str
    required: str
    between: str
    at_least: str
    at_most: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        agree5=("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"),
        agree7=(
            "Strongly disagree",
            "Disagree",
            "Somewhat disagree",
            "Neither agree nor disagree",
            "Somewhat agree",
            "Agree",
            "Strongly agree",
        ),
        declined="Prefer not to say",
        yes="Yes",
        no="No",
        places=("First", "Second", "Third", "Fourth", "Fifth"),
        lowest="lowest",
        highest="highest",
        instead="Instead of an answer",
        required="Required; a dash (-) says that you prefer not to.",
        between="From {low} to {high}.",
        at_least="{low} at least.",
        at_most="{high} at most.",
    ),
    "no": Words(
        agree5=("Helt uenig", "Uenig", "Verken enig eller uenig", "Enig", "Helt enig"),
        agree7=("Helt uenig", "Uenig", "Litt uenig", "Verken enig eller uenig", "Litt enig", "Enig", "Helt enig"),
        declined="Ønsker ikke å svare",
        yes="Ja",
        no="Nei",
        places=("På første plass", "På andre plass", "På tredje plass", "På fjerde plass", "På femte plass"),
        lowest="lavest",
        highest="høyest",
        instead="I stedet for et svar",
        required="Må besvares; en strek (-) sier at du ikke ønsker det.",
        between="Fra {low} til {high}.",
        at_least="Minst {low}.",
        at_most="Høyst {high}.",
    ),
    "de": Words(
        agree5=(
            "Stimme überhaupt nicht zu",
            "Stimme eher nicht zu",
            "Stimme weder zu noch nicht zu",
            "Stimme eher zu",
            "Stimme voll und ganz zu",
        ),
        agree7=(
            "Stimme überhaupt nicht zu",
            "Stimme nicht zu",
            "Stimme eher nicht zu",
            "Stimme weder zu noch nicht zu",
            "Stimme eher zu",
            "Stimme zu",
            "Stimme voll und ganz zu",
        ),
        declined="Keine Angabe",
        yes="Ja",
        no="Nein",
        places=("An erster Stelle", "An zweiter Stelle", "An dritter Stelle", "An vierter Stelle", "An fünfter Stelle"),
        lowest="niedrigster Wert",
        highest="höchster Wert",
        instead="Statt einer Antwort",
        required="Pflichtfrage; ein Strich (-) heißt: keine Angabe.",
        between="Von {low} bis {high}.",
        at_least="Mindestens {low}.",
        at_most="Höchstens {high}.",
    ),
    "fr": Words(
        agree5=(
            "Pas du tout d’accord",
            "Pas d’accord",
            "Ni d’accord ni pas d’accord",
            "D’accord",
            "Tout à fait d’accord",
        ),
        agree7=(
            "Pas du tout d’accord",
            "Pas d’accord",
            "Plutôt pas d’accord",
            "Ni d’accord ni pas d’accord",
            "Plutôt d’accord",
            "D’accord",
            "Tout à fait d’accord",
        ),
        declined="Je préfère ne pas répondre",
        yes="Oui",
        no="Non",
        places=("En premier", "En deuxième", "En troisième", "En quatrième", "En cinquième"),
        lowest="le plus bas",
        highest="le plus haut",
        instead="Au lieu d’une réponse",
        required="Obligatoire ; un tiret (-) dit que vous préférez ne pas répondre.",
        between="De {low} à {high}.",
        at_least="Au moins {low}.",
        at_most="Au plus {high}.",
    ),
    "es": Words(
        agree5=(
            "Totalmente en desacuerdo",
            "En desacuerdo",
            "Ni de acuerdo ni en desacuerdo",
            "De acuerdo",
            "Totalmente de acuerdo",
        ),
        agree7=(
            "Totalmente en desacuerdo",
            "En desacuerdo",
            "Algo en desacuerdo",
            "Ni de acuerdo ni en desacuerdo",
            "Algo de acuerdo",
            "De acuerdo",
            "Totalmente de acuerdo",
        ),
        declined="Prefiero no responder",
        yes="Sí",
        no="No",
        places=("En primer lugar", "En segundo lugar", "En tercer lugar", "En cuarto lugar", "En quinto lugar"),
        lowest="el más bajo",
        highest="el más alto",
        instead="En lugar de una respuesta",
        required="Obligatoria; un guion (-) dice que prefiere no responder.",
        between="De {low} a {high}.",
        at_least="Al menos {low}.",
        at_most="Como máximo {high}.",
    ),
}
"""By language. Every language has all of them."""


def words(language: str) -> Words:
    """The words of a language, or of its family ("no" for "no-NO"); English where there are none."""
    return WORDS.get(language) or WORDS.get(family_of(language)) or WORDS[ENGLISH]


def words_beside(texts: Texts, language: str) -> Words:
    """The words in the language in which a reader of `language` is shown `texts`, so that a question does not mix two."""
    return words(shown_in(texts, language) if texts else ENGLISH)
