"""Surveys and the question bank as YAML: read with every problem found, and written so that they read the same again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.digests import span_words
from bot.domain.documents import DefinitionErrors, Report, read_yaml
from bot.domain.questions import KINDS
from bot.domain.specs import Invalid, Record, nearest
from bot.domain.survey_schema import API_VERSION, BANK_KIND, EVERY_KIND, KIND, QUESTION_BANK, SURVEY_SET
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, LEAST_ITEMS, Option, Question, Survey, Texts

Fields = Mapping[str, Any]
Found = Iterator[tuple[str, str, str]]
"""Problems: the field, what is wrong, and the mend."""

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=60)
"""How long a wave may be open."""
_OWN = Survey("", {}, ())
"""What a survey is when its file does not say."""
_NOBODY = Question("", "", {})


def parse_surveys(text: str, file: str = "", bank: Mapping[str, Question] | None = None) -> list[Survey]:
    """The surveys of a YAML file; `bank` holds the questions that they may take, by id.

    :raises DefinitionErrors: every problem, each with file, line, field and what to write instead.
    """
    report = Report(file)
    found = _read(text, SURVEY_SET, report).get("surveys", [])
    surveys = [_survey(fields, f"surveys[{n}]", bank or {}, report) for n, fields in enumerate(found)]
    _none_twice([s.name for s in surveys], "surveys", "name", report)
    _raise(report)
    return surveys


def parse_bank(text: str, file: str = "") -> dict[str, Question]:
    """The questions of a question bank, by id.

    :raises DefinitionErrors: every problem, each with file, line, field and what to write instead.
    """
    report = Report(file)
    found = _read(text, QUESTION_BANK, report).get("questions", [])
    questions = [_question(fields, f"questions[{n}]", report) for n, fields in enumerate(found)]
    _none_twice([q.id for q in questions], "questions", "id", report)
    _raise(report)
    return {q.id: q for q in questions}


def is_survey_file(text: str) -> bool:
    """Whether a YAML file says that it holds surveys."""
    return _says(text, KIND)


def is_bank_file(text: str) -> bool:
    """Whether a YAML file says that it is a question bank."""
    return _says(text, BANK_KIND)


def no_score(survey: Survey) -> tuple[str, str] | None:
    """Why no wave of a survey can have a score, and the mend; None: one can."""
    turns = range(1, len(survey.questions) + 1)
    if any(sum(q.index for q in survey.asked(turn)) >= LEAST_ITEMS for turn in turns):
        return None
    return "a score takes two questions in one wave", "write index: true at two or more, or leave kpi out"


def to_yaml(survey: Survey) -> str:
    """The file that defines this one survey, its questions written out; reading it gives the same survey."""
    return dump(plain(survey))


def dump(fields: Fields) -> str:
    """The file that defines one survey with these fields, as `plain` gives them."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    out = io.StringIO()
    yaml.dump({"apiVersion": API_VERSION, "kind": KIND, "surveys": [fields]}, out)
    return out.getvalue()


def _says(text: str, kind: str) -> bool:
    return re.search(rf"^kind:\s*[\"']?{kind}\b", text, re.MULTILINE) is not None


def _read(text: str, record: Record, report: Report) -> Fields:
    root = read_yaml(text, report)
    found = record.read(root, "", report) if root else {}
    return {} if isinstance(found, Invalid) else found


def _raise(report: Report) -> None:
    if report.problems:
        raise DefinitionErrors(sorted(report.problems, key=lambda p: p.line))


def _none_twice(names: Sequence[str], path: str, field: str, report: Report) -> None:
    for n, name in enumerate(names):
        first = names.index(name)
        if name and first < n:
            line = report.line_of(f"{path}[{first}].{field}")
            report.add(f"{path}[{n}].{field}", f"“{name}” stands on line {line} already", "give it another name")


def _survey(fields: Fields, path: str, bank: Mapping[str, Question], report: Report) -> Survey:
    asked = [_asked(f, f"{path}.questions[{n}]", bank, report) for n, f in enumerate(fields["questions"])]
    _none_twice([q.id for q in asked], f"{path}.questions", "id", report)
    closes = fields.get("closes", _OWN.closes)
    minimum = int(fields.get("minimum", LEAST_ANSWERS))
    survey = Survey(
        name=fields["name"],
        title=_texts(fields.get("title", fields["name"].replace("-", " ").capitalize())),
        questions=tuple(asked),
        about=_texts(fields.get("about", {})),
        mode=fields.get("mode", _OWN.mode),
        minimum=minimum,
        comment_minimum=int(fields.get("comment_minimum", max(minimum, LEAST_COMMENTS))),
        cuts=tuple(fields.get("cuts", ())),
        each=int(fields.get("each", 0)),
        always=tuple(fields.get("always", ())),
        a_page=int(fields.get("a_page", _OWN.a_page)),
        closes=closes,
        reminders=tuple(sorted(fields.get("reminders", [r for r in _OWN.reminders if r < closes]))),
        kpi=fields.get("kpi", ""),
    )
    for name, problem, mend in _problems(survey):
        report.add(f"{path}.{name}", problem, mend)
    return survey


def _problems(survey: Survey) -> Found:
    """What does not fit together in a survey whose fields are each well-formed."""
    ids = [q.id for q in survey.questions]
    for name in survey.always:
        if name not in ids:
            yield "always", f"there is no question “{name}”", nearest(name, ids)
    rest = sum(name not in survey.always for name in ids)
    if survey.each > rest:
        yield "each", f"only {rest} questions take turns", f"write {rest} or fewer, or leave it out"
    if survey.always and not survey.each:
        yield "always", "without each, every wave asks all questions", "add each, or leave always out"
    if survey.comment_minimum < survey.minimum:
        yield "comment_minimum", "comments would show where figures do not", f"write {survey.minimum} or more"
    if survey.kpi and not any(q.index for q in survey.questions):
        yield "kpi", "no question counts towards a score", "write index: true at those that do, or leave kpi out"
    if not SHORTEST <= survey.closes <= LONGEST:
        yield (
            "closes",
            f"it is open for {span_words(survey.closes) if survey.closes else 'no time'}",
            f"write from {span_words(SHORTEST)} to 60d",
        )
    if any(not timedelta() < reminder < survey.closes for reminder in survey.reminders):
        closes = span_words(survey.closes)
        yield "reminders", "one is not while the survey is open", f"write spans shorter than {closes}, or []"


def _asked(fields: Fields, path: str, bank: Mapping[str, Question], report: Report) -> Question:
    name = fields.get("bank")
    if name is None:
        return _question(fields, path, report)
    if name not in bank:
        mend = nearest(name, sorted(bank)) if bank else "write the question out"
        report.add(f"{path}.bank", f"the question bank has no “{name}”", mend)
        return replace(_NOBODY, id=name)
    return replace(bank[name], required=fields.get("required", bank[name].required))


def _question(fields: Fields, path: str, report: Report) -> Question:
    kind = KINDS[fields["kind"]]
    for name in fields:
        if name not in (*EVERY_KIND, *kind.FIELDS):
            report.add(f"{path}.{name}", f"a question of the kind {kind.NAME} has none", "leave it out")
            return replace(_NOBODY, id=fields["id"])
    question = Question(
        id=fields["id"],
        kind=kind.NAME,
        text=_texts(fields["text"]),
        hint=_texts(fields.get("hint", {})),
        required=fields.get("required", _NOBODY.required),
        options=tuple(Option(o["id"], _texts(o["text"])) for o in fields.get("options", ())),
        points=int(fields.get("points", _NOBODY.points)),
        ranked=int(fields.get("ranked", _NOBODY.ranked)),
        low=_float(fields.get("low")),
        high=_float(fields.get("high")),
        unit=_texts(fields.get("unit", {})),
        index=fields.get("index", _NOBODY.index),
    )
    problem, _, mend = kind.problem(question).partition("; ")
    if problem:
        report.add(path, problem, mend)
    return question


def _texts(given: str | Texts) -> Texts:
    return {"en": given} if isinstance(given, str) else given


def _float(given: Any) -> float | None:
    return None if given is None else float(given)


def plain(survey: Survey) -> dict[str, Any]:
    """A survey as it stands in its file, field by field."""
    fields: dict[str, Any] = {
        "name": survey.name,
        "title": plain_texts(survey.title),
        "about": plain_texts(survey.about),
        "mode": survey.mode,
        "minimum": survey.minimum,
        "comment_minimum": survey.comment_minimum,
        "cuts": list(survey.cuts),
        "each": survey.each,
        "always": list(survey.always),
        "a_page": survey.a_page,
        "closes": span_words(survey.closes),
        "kpi": survey.kpi,
    }
    said = {name: value for name, value in fields.items() if value}
    reminders = [span_words(reminder) for reminder in survey.reminders]
    return said | {"reminders": reminders, "questions": [plain_question(q) for q in survey.questions]}


def plain_question(question: Question) -> dict[str, Any]:
    """A question as it stands in a file."""
    kind = KINDS[question.kind]
    special: dict[str, Any] = {
        "options": [{"id": o.id, "text": plain_texts(o.text)} for o in question.options],
        "points": question.points,
        "ranked": question.ranked,
        "low": question.low,
        "high": question.high,
        "unit": plain_texts(question.unit),
        "index": question.index,
    }
    fields: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "text": plain_texts(question.text),
        "hint": plain_texts(question.hint),
        "required": question.required,
    }
    fields |= {name: special[name] for name in kind.FIELDS}
    return {name: value for name, value in fields.items() if value not in ("", {}, None)}


def plain_texts(texts: Texts) -> str | dict[str, str]:
    """Words as they stand in a file."""
    return texts["en"] if list(texts) == ["en"] else dict(texts)
