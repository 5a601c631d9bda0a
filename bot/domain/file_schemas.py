"""The JSON Schema of what may lie in a folder of definitions: KPIs, digests, surveys and the question bank."""

from collections.abc import Collection

from bot.domain import definition_schema as kpis
from bot.domain import digest_documents as digests
from bot.domain.digests import AUDIENCES, COMPARISONS, GRAINS, MAX_CHARTS, MAX_TOP, SECTIONS, SKIPS
from bot.domain.kpis import Category
from bot.domain.people import ROLES
from bot.domain.schedules import LAST, WEEKDAYS
from bot.domain.specs import JsonSchema
from bot.domain.survey_schema import bank_schema, survey_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def file_schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of a file of any kind; its `kind` says which."""
    kinds = [_embedded(kpis.schema()), digest_schema(), survey_schema(), bank_schema()]
    return {"$schema": DRAFT, "title": "Barometer definitions", "oneOf": kinds}


def digest_schema() -> JsonSchema:
    """The JSON Schema of a file of digests."""
    return {
        "title": "Barometer digests",
        "type": "object",
        "properties": {
            "apiVersion": {"const": digests.API_VERSION},
            "kind": {"const": digests.KIND},
            "digests": {"type": "array", "items": _digest(), "minItems": 1},
        },
        "required": ["apiVersion", "kind", "digests"],
        "additionalProperties": False,
    }


def _embedded(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "$schema"}


def _digest() -> JsonSchema:
    who = {"type": "string", "pattern": f"^{digests.ID.pattern}$"}
    fields: dict[str, JsonSchema] = {
        "name": {"type": "string", "pattern": f"^{digests.NAME.pattern}$", "description": "the short name that people type"},
        "title": {"type": "string", "description": "the name that people read"},
        "audience": {"enum": list(AUDIENCES), "description": "for whom; a channel is shown what all of them may see"},
        "target": who | {"description": "the id of a channel or person; left out, it goes nowhere yet"},
        "owner": who | {"description": "the id of the person who hears when it cannot be sent"},
        "schedule": _schedule(),
        "cadence": {"enum": list(GRAINS), "description": "the length of the periods that it speaks about"},
        "kpis": {"anyOf": [{"const": "all"}, _selection()]},
        "compare": _words(COMPARISONS),
        "top": {"type": "integer", "minimum": 1, "maximum": MAX_TOP, "description": "how many need attention at most"},
        "sections": _words(SECTIONS),
        "charts": {"anyOf": [{"enum": ["auto", "none", False]}, _words(most=MAX_CHARTS)]},
        "skip_if": _words(SKIPS),
        "stale": {"enum": ["mark", "skip"], "description": "what becomes of it when every KPI of it is stale"},
        "deadline": {"type": "string", "pattern": f"^{digests.SPAN.pattern}$", "description": "how late it still makes sense"},
    }
    return {
        "type": "object",
        "properties": {name: fields[name] for name in digests.FIELDS},
        "required": ["name", "audience", "schedule", "kpis"],
        "additionalProperties": False,
    }


def _schedule() -> JsonSchema:
    return {
        "type": "object",
        "properties": {
            "every": {"enum": list(digests.CADENCES)},
            "at": {"type": "string", "description": 'when on the clock, in quotes, such as "09:00"'},
            "timezone": {"type": "string", "description": "an IANA name such as Europe/Oslo"},
            "on": _words(WEEKDAYS),
            "day": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 28}, {"const": LAST}]},
            "month": {"type": "integer", "minimum": 1, "maximum": 3, "description": "which month of the quarter"},
        },
        "required": ["every"],
        "additionalProperties": False,
    }


def _selection() -> JsonSchema:
    return {
        "type": "object",
        "properties": {
            "all": {"type": "boolean"},
            "category": _words([c.value for c in Category]),
            "names": _words(),
            "owner": _words(ROLES),
        },
        "minProperties": 1,
        "additionalProperties": False,
    }


def _words(known: Collection[str] = (), most: int = 0) -> JsonSchema:
    """One word, or a list of them."""
    word: JsonSchema = {"enum": list(known)} if known else {"type": "string"}
    several: JsonSchema = {"type": "array", "items": word}
    return {"anyOf": [word, several | {"maxItems": most} if most else several]}
