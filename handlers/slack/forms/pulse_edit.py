"""The forms with which a survey is changed part by part: all of it in one, and a form for each part that takes its place.

Each change is kept at once, so nothing but what is shown stands in the state of a form: the survey, a language, a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.domain.documents import DefinitionErrors
from bot.domain.errors import BarometerError, InvalidInput
from bot.domain.parts import Button, Buttons, Note, Part, text
from bot.domain.question_inputs import LONGEST_HINT, LONGEST_TEXT, TICKED
from bot.domain.questions import KINDS
from bot.domain.survey_editing import TERMS, filled, language_of, languages, read_language, seen, terms_filled
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Survey, said
from bot.presenters import pulse_editor as presenter
from bot.services import survey_editing as editing
from handlers.slack.blocks.modals import LONGEST, Choice, Field, Modal
from handlers.slack.blocks.writing import units
from handlers.slack.listeners import Listeners
from handlers.slack.request import Answer, Errors, Request

QUESTION, WORDS, TERMS_FORM = "pulse.question.save", "pulse.words.save", "pulse.terms.save"
BANK, LANGUAGE = "pulse.bank.take", "pulse.language.show"
KIND = "pulse.edit.kind"
LINES = ("options", "options2", "options3", "options4")
"""The fields for the choices of a question: one takes 3,000 characters."""
ROOM = LONGEST - 100
TICKS = (Choice("Optional", "no"), Choice("Required", TICKED))
MODES = (
    Choice("Anonymous: confidential while open, unlinkable after close", "anonymous"),
    Choice("Sealed: a second person keeps the key until it closes", "sealed"),
    Choice("Attributed: answers are kept with names", "attributed"),
)
CHOICES = "One a line, of 75 characters at most."
ANOTHER = f"{CHOICES} One in which a letter or a figure changes is another choice; mend a spelling under YAML."
BACK = Buttons((Button("Back", "pulse.edit.page"),))
_FIELDS: Mapping[str, Field] = {
    "points": Field("points", "Points of the scale", "select", choices=(Choice("5", "5"), Choice("7", "7")), initial="5"),
    "ranked": Field(
        "ranked", "How many are put in order", "select", choices=tuple(Choice(str(n), str(n)) for n in range(1, 6)), initial="3"
    ),
    "low": Field("low", "Least", optional=True, longest=30, hint="The least number that may be given."),
    "high": Field("high", "Greatest", optional=True, longest=30, hint="The greatest number that may be given."),
    "unit": Field("unit", "Unit", optional=True, longest=30, placeholder="hours"),
    "index": Field("index", "Score", "check", optional=True, placeholder="It counts towards the score"),
}
"""The inputs for the fields of a definition that only some kinds of questions read."""
_TERMS: Mapping[str, Field] = {
    "mode": Field("mode", "Kind", "select", choices=MODES),
    "closes": Field("closes", "Open for", longest=10, placeholder="3d"),
    "reminders": Field("reminders", "Reminders after", optional=True, longest=40, placeholder="1d, 2d"),
    "minimum": Field("minimum", "Answers before a figure is shown", longest=4, hint=f"Never fewer than {LEAST_ANSWERS}."),
    "comment_minimum": Field(
        "comment_minimum", "Answers before comments are shown", longest=4, hint=f"Never fewer than {LEAST_COMMENTS}."
    ),
    "cuts": Field(
        "cuts", "Groups to show", optional=True, longest=130, placeholder="team", hint="Columns of a file, or group."
    ),
    "each": Field("each", "Questions a wave", optional=True, longest=2, hint="Empty: all of them. Else so many, in turn."),
    "always": Field(
        "always", "Always asked besides", optional=True, hint="Short names of questions, with commas.", longest=LONGEST
    ),
    "a_page": Field("a_page", "Questions a page", longest=2),
    "kpi": Field("kpi", "KPI", optional=True, longest=80, hint="The KPI that its score is recorded for."),
}


def listen(listeners: Listeners) -> None:
    """The buttons and forms with which a survey is changed."""
    listeners.button("pulse.change", lambda request: opened(request, request.value))
    listeners.button("pulse.edit.question", question_form)
    listeners.button("pulse.edit.add", add_form)
    listeners.button(KIND, kind_chosen)
    listeners.button("pulse.edit.up", up)
    listeners.button("pulse.edit.remove", remove)
    listeners.button("pulse.edit.bank", bank_form)
    listeners.button("pulse.edit.words", words_form)
    listeners.button("pulse.edit.terms", terms_form)
    listeners.button("pulse.edit.language", language_form)
    listeners.button("pulse.edit.page", page)
    listeners.form(QUESTION, save_question)
    listeners.form(BANK, take)
    listeners.form(WORDS, save_words)
    listeners.form(TERMS_FORM, save_terms)
    listeners.form(LANGUAGE, show_language)


def opened(request: Request, name: str) -> Modal:
    """A survey, to be changed.

    :raises BarometerError: there is none of that name, or it is somebody else's.
    """
    return _editor(request, name)


def page(request: Request) -> Modal:
    """Another page of its questions, or back to where one was."""
    return _editor(request, request.state["survey"], page=request.value or request.state.get("page", "1"))


def up(request: Request) -> Modal:
    """Ask a question one place earlier."""
    return _pressed(request, lambda name: editing.move_up(request.services, request.asker, name, request.value))


def remove(request: Request) -> Modal:
    """Take a question out."""
    question, _, was = request.value.partition(" ")
    return _pressed(request, lambda name: editing.remove(request.services, request.asker, name, question, was))


def question_form(request: Request) -> Modal:
    """One question, to be changed."""
    survey = _survey(request)
    question = next((q for q in survey.questions if q.id == request.value), None)
    if question is None:
        return _editor(request, survey.name, problem="Somebody took that question out meanwhile.")
    language = _language(request, survey)
    number = survey.questions.index(question) + 1
    state = {"question": question.id, "was": seen(survey, question.id), "mark": _mark(survey, language)}
    others = [code for code in question.text if code != language]
    stay = f" These are its words in {language}; those in {', '.join(others)} stay." if others else ""
    if question.options and language != next(iter(question.text)):
        stay += " Leave its choices in their order."
        state["in_order"] = "yes"
    told = f"Question {number} of {len(survey.questions)}.{stay}"
    return _question(filled(question, language), {**_state(request, language), **state, "told": told})


def add_form(request: Request) -> Modal:
    """A new question."""
    survey = _survey(request)
    language = _language(request, survey)
    others = len(survey.questions)
    told = "It is asked after the other one." if others == 1 else f"It is asked after the other {others}."
    state = {"question": "", "mark": _mark(survey, language), "told": told}
    return _question({"kind": "agree", "index": ""}, {**_state(request, language), **state})


def first_form(survey: str, title: str, language: str) -> Modal:
    """The first question of a new survey."""
    state = {
        "survey": survey,
        "title": title,
        "language": language,
        "question": "",
        "mark": "first",
        "told": "Its first question.",
    }
    return _question({"kind": "agree"}, state)


def kind_chosen(request: Request) -> Modal:
    """The form of a question with the fields of another kind; what is filled in stays."""
    given = {**_given(request), "kind": request.value}
    return _question(given, request.state)


def save_question(request: Request) -> Answer:
    """Keep a question; the survey as it is then."""
    state, given = request.state, _given(request)
    names = list(request.values.texts)

    def save() -> Survey:
        if "title" in state:
            survey, title = state["survey"], state["title"]
            return editing.first(request.services, request.asker, survey, title, question=given, language=state["language"])
        return editing.change_question(
            request.services,
            request.asker,
            state["survey"],
            given,
            state["language"],
            before=state["question"],
            was=state.get("was", ""),
        )

    return _saved(request, save, ["text", *(n for n in names if n != "text")], at_end=not state["question"])


def bank_form(request: Request) -> Modal:
    """Questions of the bank that the survey does not have."""
    survey = _survey(request)
    language = _language(request, survey)
    found = editing.in_bank(request.services, survey)
    if not found:
        return _editor(request, survey.name, problem="Every question of the bank is in this survey already.")
    choices = tuple(Choice(said(q.text, language), q.id) for q in found)
    fields = (Field(f"taken:{_mark(survey, language)}", "Questions", "several", choices=choices),)
    return _part(request, BANK, "From the bank", fields, language, submit="Add")


def take(request: Request) -> Answer:
    """Add them."""
    chosen = [each for each in request.values["taken"].split(",") if each]
    name = request.state["survey"]
    return _saved(
        request, lambda: editing.take_from_bank(request.services, request.asker, name, chosen), ["taken"], at_end=True
    )


def words_form(request: Request) -> Modal:
    """The title and the introduction, in one language."""
    survey = _survey(request)
    language = _language(request, survey)
    mark = _mark(survey, language)
    about = said(survey.about, language)
    fields = (
        Field(f"title:{mark}", "Title", initial=" ".join(said(survey.title, language).split()), longest=120),
        Field(
            f"about:{mark}",
            "Introduction",
            "long",
            initial=about,
            optional=True,
            longest=2000 if units(about) <= 2000 else LONGEST,
        ),
    )
    return _part(request, WORDS, "Title", fields, language, was=seen(survey))


def save_words(request: Request) -> Answer:
    """Keep the title and the introduction."""
    values, state = request.values, request.state
    return _saved(
        request,
        lambda: editing.reword(
            request.services,
            request.asker,
            state["survey"],
            values["title"],
            values["about"],
            language=state["language"],
            was=state["was"],
        ),
        ["title", "about"],
    )


def terms_form(request: Request) -> Modal:
    """Everything else that is said of a survey as a whole."""
    survey = _survey(request)
    mark, now = _mark(survey, ""), terms_filled(survey)
    fields = tuple(_with(_TERMS[name], f"{name}:{mark}", now[name]) for name in TERMS)
    return _part(request, TERMS_FORM, "Terms", fields, _language(request, survey), was=seen(survey))


def save_terms(request: Request) -> Answer:
    """Keep them."""
    name, was = request.state["survey"], request.state["was"]
    given = {term: request.values[term] for term in TERMS}
    return _saved(request, lambda: editing.change_terms(request.services, request.asker, name, given, was), TERMS)


def language_form(request: Request) -> Modal:
    """Which language is shown and changed."""
    survey = _survey(request)
    language = _language(request, survey)
    hint = f"The code of a language; this survey is in {', '.join(languages(survey))}."
    fields = (Field("language", "Language", initial=language, hint=hint, longest=16),)
    return _part(request, LANGUAGE, "Language", fields, language, submit="Show")


def show_language(request: Request) -> Modal:
    """The survey in that language.

    :raises InvalidInput: that is none.
    """
    return _editor(request, request.state["survey"], language=read_language(request.values["language"]))


def _editor(request: Request, name: str, *, language: str = "", page: str = "", problem: str = "") -> Modal:
    found = editing.look(request.services, request.asker, name)
    shown = language or request.state.get("language", "") or language_of(found.survey)
    number = page or request.state.get("page", "1")
    parts = presenter.editor(
        found.survey,
        shown,
        int(number) if number.isdecimal() else 1,
        is_running=found.is_running,
        recurs=found.recurs,
        problem=problem,
    )
    state = {"survey": found.survey.name, "language": shown, "page": number}
    return Modal("pulse.editor", "Change a survey", above=parts, state=state)


def _pressed(request: Request, change: Callable[[str], object]) -> Modal:
    """What a button in the survey changes, and the survey as it is then: why, if it was not changed."""
    name = request.state["survey"]
    try:
        change(name)
    except DefinitionErrors as error:
        return _editor(request, name, problem=presenter.told(error.problems))
    except BarometerError as error:
        return _editor(request, name, problem=error.text)
    return _editor(request, name)


def _saved(request: Request, save: Callable[[], Survey], fields: Sequence[str], *, at_end: bool = False) -> Answer:
    """The survey as it is once a form is kept, or what is wrong, each at its field."""
    try:
        survey = save()
    except DefinitionErrors as error:
        return Errors(_at(request, presenter.blamed(error.problems, fields)))
    except BarometerError as error:
        wrong = error.field if isinstance(error, InvalidInput) else ""
        return Errors(_at(request, {wrong if wrong in fields else fields[0]: error.text}))
    last = -(-len(survey.questions) // presenter.A_PAGE)
    return _editor(request, survey.name, page=str(last) if at_end else "")


def _at(request: Request, errors: Mapping[str, str]) -> dict[str, str]:
    """Errors by the names that the fields of this form have in Slack."""
    mark = request.state.get("mark", "")
    return {f"{name}:{mark}" if mark else name: words for name, words in errors.items()}


def _question(given: Mapping[str, str], state: Mapping[str, str]) -> Modal:
    mark, is_new = state["mark"], not state["question"]
    kinds = tuple(Choice(kind.TITLE, name) for name, kind in KINDS.items())
    fields = [
        Field("kind", "Kind", "select", choices=kinds, initial=given["kind"], live=KIND),
        Field("text", "Question", "long", initial=given.get("text", ""), longest=LONGEST_TEXT),
        Field("hint", "A line below it", "long", initial=given.get("hint", ""), optional=True, longest=LONGEST_HINT),
    ]
    for name in KINDS[given["kind"]].FIELDS:
        if name == "options":
            fields += _choices(given.get(name, ""), CHOICES if "in_order" in state else ANOTHER)
        else:
            fields.append(_with(_FIELDS[name], name, given.get(name, _FIELDS[name].initial)))
    is_required = TICKED if given.get("required") == TICKED else "no"
    hint = "“Prefer not to say” can always be chosen."
    fields.append(Field("required", "Answer", "one", choices=TICKS, initial=is_required, hint=hint))
    if is_new:
        hint = "Answers are kept under it. Empty: it is made of the question."
        fields.append(Field("id", "Short name", initial=given.get("id", ""), optional=True, hint=hint, longest=40))
    marked = tuple(_with(each, f"{each.name}:{mark}", each.initial) for each in fields)
    below = () if "title" in state else (BACK,)
    title = "Add a question" if is_new else "Change a question"
    leave = "Close" if below else "Cancel"
    return Modal(QUESTION, title, marked, "Save", (Note(state["told"]),), below, state=state, close=leave)


def _choices(lines: str, hint: str) -> list[Field]:
    """As many fields as the lines of the choices need, and one more if the last is nearly full."""
    packed = [""]
    for line in lines.splitlines():
        if units(packed[-1]) + units(line) > ROOM:
            packed.append("")
        packed[-1] += f"{line}\n"
    if units(packed[-1]) > ROOM // 2:
        packed.append("")
    fields = [Field(LINES[0], "Choices", "long", initial=packed[0].rstrip("\n"), hint=hint)]
    for name, some in zip(LINES[1:], packed[1:], strict=False):
        fields.append(Field(name, "More choices", "long", initial=some.rstrip("\n"), optional=True))
    return fields


def _given(request: Request) -> dict[str, str]:
    """What is filled in of a question."""
    typed = dict(request.values.texts)
    lines = "\n".join(typed.pop(name) for name in LINES if name in typed)
    return {**typed, "options": lines} if lines else typed


def _part(
    request: Request, form: str, title: str, fields: tuple[Field, ...], language: str, *, was: str = "", submit: str = "Save"
) -> Modal:
    """A form for one part of the survey."""
    mark = fields[0].name.partition(":")[2]
    state = {**_state(request, language), "was": was, "mark": mark}
    above: tuple[Part, ...] = (text(f"In {language}."),) if form == WORDS else ()
    return Modal(form, title, fields, submit, above, (BACK,), state=state, close="Close")


def _with(asked: Field, name: str, initial: str) -> Field:
    return replace(asked, name=name, initial=initial)


def _state(request: Request, language: str) -> dict[str, str]:
    return {"survey": request.state["survey"], "language": language, "page": request.state.get("page", "1")}


def _survey(request: Request) -> Survey:
    return editing.look(request.services, request.asker, request.state["survey"]).survey


def _language(request: Request, survey: Survey) -> str:
    return request.state.get("language") or language_of(survey)


def _mark(survey: Survey, language: str) -> str:
    """What the names of fields end with, so that Slack puts nothing into one that was typed into another."""
    return f"{editing.whole(survey)[:8]}{language}"
