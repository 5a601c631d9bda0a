"""What stands in the fields of a message, a modal or a Home tab, and what Slack's client will not let through."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from playground.drawing import elements, walk
from playground.workspace import Json

_ONE_OPTION = ("static_select", "external_select", "radio_buttons")
_MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")

STATE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", ""),
    **dict.fromkeys(_ONE_OPTION, ("selected_option", "initial_option")),
    **dict.fromkeys(_MANY_OPTIONS, ("selected_options", "initial_options")),
}
"""For each kind of element that holds something: its key in `state.values`, and the key that prefills it."""

Values = dict[str, dict[str, Json]]


def values(blocks: list[Json], changed: Values) -> Values:
    """`state.values` as Slack sends it: what people changed, else what was prefilled, else empty."""
    state: Values = {}
    for block in walk(blocks):
        for element in elements(block):
            if element.get("type") in STATE_KEYS:
                given = changed.get(block["block_id"], {}).get(element["action_id"])
                state.setdefault(block["block_id"], {})[element["action_id"]] = _value(element, given)
    return state


def _value(element: Json, given: Json | None) -> Json:
    kind = element["type"]
    key, initial = STATE_KEYS[kind]
    content = given[key] if given is not None and key in given else element.get(initial)
    if content in (None, ""):
        content = [] if key.endswith("s") else None
    return {"type": kind, key: content}


def problems(blocks: list[Json], state: Values) -> dict[str, str]:
    """For each input block that the client would not submit: what it says under the field."""
    found = {}
    for block in walk(blocks):
        if block.get("type") == "input":
            element = block["element"]
            value = state[block["block_id"]][element["action_id"]]
            words = _problem(element, value[STATE_KEYS[element["type"]][0]], bool(block.get("optional")))
            if words:
                found[block["block_id"]] = words
    return found


def _problem(element: Json, content: Any, optional: bool) -> str:
    if content in (None, []):
        return "" if optional else "Please complete this required field."
    check = _CHECKS.get(element["type"])
    return check(element, content) if check else ""


def _text_problem(element: Json, content: Any) -> str:
    length = len(str(content))
    if length < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    most = element.get("max_length", 3000)
    return f"Please enter no more than {most} characters." if length > most else ""


def _number_problem(element: Json, content: Any) -> str:
    try:
        number = Decimal(str(content))
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite():
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and not re.fullmatch(r"-?\d+", str(content)):
        return "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < Decimal(str(low)):
        return f"Please enter a number of at least {low}."
    return f"Please enter a number of at most {high}." if high is not None and number > Decimal(str(high)) else ""


def _email_problem(_element: Json, content: Any) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(content)) else "Please enter a valid email address."


def _url_problem(_element: Json, content: Any) -> str:
    return "" if re.fullmatch(r"https?://[^\s/]+\S*", str(content)) else "Please enter a valid URL."


def _many_problem(element: Json, content: Any) -> str:
    most = element.get("max_selected_items")
    return f"Please choose no more than {most}." if most and len(content) > most else ""


_CHECKS = {
    "plain_text_input": _text_problem,
    "number_input": _number_problem,
    "email_text_input": _email_problem,
    "url_text_input": _url_problem,
    **{kind: _many_problem for kind in STATE_KEYS if kind.startswith("multi_")},
}
