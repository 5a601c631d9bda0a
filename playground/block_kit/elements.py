"""Elements: buttons, menus, pickers, fields."""

from typing import Any

from playground.block_kit.checks import (
    TYPE,
    Check,
    Report,
    anything,
    array,
    flag,
    integer,
    one_of,
    ordered,
    pattern,
    shape,
    string,
)
from playground.block_kit.objects import (
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH,
    IMAGE_ELEMENT,
    MARKED_OPTION,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    POSITIVE,
    initial_matches,
    plain,
)

_ID: dict[str, Check] = {**TYPE, "action_id": string(255)}
_FOCUS: dict[str, Check] = {**_ID, "focus_on_load": flag}
_PLACED: dict[str, Check] = {**_FOCUS, "placeholder": plain(150)}
_MENU: dict[str, Check] = {**_PLACED, "confirm": CONFIRM}
_NUMBER = pattern(r"-?\d+(\.\d+)?", "must be a number written as a string")
_DATE = pattern(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "must be a date as YYYY-MM-DD")
_TIME = pattern(r"([01]\d|2[0-3]):[0-5]\d", "must be a time as HH:mm")


def _one_kind_of_options(report: Report, pointer: str, value: dict[str, Any]) -> None:
    if (value.get("options") is None) == (value.get("option_groups") is None):
        report.add(pointer, "exactly one of options, option_groups must be given")


def _initial_length(report: Report, pointer: str, value: dict[str, Any]) -> None:
    initial, most = value.get("initial_value"), value.get("max_length", 3000)
    if initial is not None and len(initial) > most:
        report.add(f"{pointer}/initial_value", f"must be less than {most + 1} characters")


def _whole_unless_decimal(report: Report, pointer: str, value: dict[str, Any]) -> None:
    for name in ("initial_value", "min_value", "max_value"):
        if "." in (value.get(name) or "") and not value["is_decimal_allowed"]:
            report.add(f"{pointer}/{name}", "must be a whole number unless is_decimal_allowed")


def _menu(many: bool, fields: dict[str, Check], *rules: Any) -> Check:
    more: dict[str, Check] = {"max_selected_items": POSITIVE} if many else {}
    return shape({**_MENU, **more, **fields}, [], *rules)


def _options(many: bool) -> dict[str, Check]:
    initial: dict[str, Check] = {"initial_options": array(OPTION, 1, 100)} if many else {"initial_option": OPTION}
    return {**initial, "options": array(OPTION, 1, 100), "option_groups": array(OPTION_GROUP, 1, 100)}


def _external(many: bool) -> dict[str, Check]:
    initial: dict[str, Check] = {"initial_options": array(OPTION, 1, 100)} if many else {"initial_option": OPTION}
    return {**initial, "min_query_length": integer(0, 255)}


def _ids(name: str, many: bool) -> dict[str, Check]:
    return {f"initial_{name}s": array(string(255), 1, 100)} if many else {f"initial_{name}": string(255)}


def _conversations(many: bool) -> dict[str, Check]:
    more: dict[str, Check] = {"default_to_current_conversation": flag, "filter": CONVERSATION_FILTER}
    return {**_ids("conversation", many), **more, **({} if many else {"response_url_enabled": flag})}


def _channels(many: bool) -> dict[str, Check]:
    return {**_ids("channel", many), **({} if many else {"response_url_enabled": flag})}


_BUTTON = shape(
    {
        **_ID,
        "text": plain(75),
        "url": string(3000),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
    ["text"],
)

_FEEDBACK = shape({"text": plain(75), "value": string(2000), "accessibility_label": string(75)}, ["text", "value"])

BUTTONS: dict[str, Check] = {
    "button": _BUTTON,
    "workflow_button": shape(
        {
            **_ID,
            "text": plain(75),
            "workflow": anything,
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
        ["text", "workflow"],
    ),
}

MENUS: dict[str, Check] = {
    "static_select": _menu(False, _options(False), _one_kind_of_options, initial_matches),
    "multi_static_select": _menu(True, _options(True), _one_kind_of_options, initial_matches),
    "external_select": _menu(False, _external(False)),
    "multi_external_select": _menu(True, _external(True)),
    "users_select": _menu(False, _ids("user", False)),
    "multi_users_select": _menu(True, _ids("user", True)),
    "conversations_select": _menu(False, _conversations(False)),
    "multi_conversations_select": _menu(True, _conversations(True)),
    "channels_select": _menu(False, _channels(False)),
    "multi_channels_select": _menu(True, _channels(True)),
}

CHOICES: dict[str, Check] = {
    "checkboxes": shape(
        {**_FOCUS, "options": array(MARKED_OPTION, 1, 10), "initial_options": array(MARKED_OPTION, 1, 10), "confirm": CONFIRM},
        ["options"],
        initial_matches,
    ),
    "radio_buttons": shape(
        {**_FOCUS, "options": array(MARKED_OPTION, 1, 10), "initial_option": MARKED_OPTION, "confirm": CONFIRM},
        ["options"],
        initial_matches,
    ),
}

DAYS: dict[str, Check] = {
    "datepicker": shape({**_MENU, "initial_date": _DATE}),
    "timepicker": shape({**_MENU, "initial_time": _TIME, "timezone": string(255)}),
}

MOMENT: dict[str, Check] = {
    "datetimepicker": shape({**_FOCUS, "initial_date_time": integer(10**9, 10**10 - 1), "confirm": CONFIRM}),
}

OVERFLOW: dict[str, Check] = {
    "overflow": shape({**_ID, "options": array(OVERFLOW_OPTION, 1, 5), "confirm": CONFIRM}, ["options"]),
}

_FIELD: dict[str, Check] = {**_PLACED, "dispatch_action_config": DISPATCH}

FIELDS: dict[str, Check] = {
    "plain_text_input": shape(
        {
            **_FIELD,
            "initial_value": string(3000, 0),
            "multiline": flag,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        [],
        ordered("min_length", "max_length"),
        _initial_length,
    ),
    "email_text_input": shape({**_FIELD, "initial_value": string(3000)}),
    "url_text_input": shape({**_FIELD, "initial_value": string(3000)}),
    "number_input": shape(
        {**_FIELD, "is_decimal_allowed": flag, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        ["is_decimal_allowed"],
        ordered("min_value", "max_value"),
        ordered("min_value", "initial_value"),
        ordered("initial_value", "max_value"),
        _whole_unless_decimal,
    ),
    "rich_text_input": shape({**_FIELD, "initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100)}),
    "file_input": shape({**_ID, "filetypes": array(string(255), 1, 100), "max_files": integer(1, 10)}),
}

SMALL: dict[str, Check] = {
    "icon_button": shape(
        {
            **_ID,
            "icon": one_of("trash"),
            "text": plain(75),
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": array(string(255), 1, 10),
        },
        ["icon", "text"],
    ),
    "feedback_buttons": shape(
        {**_ID, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, ["positive_button", "negative_button"]
    ),
}

_PICTURE: dict[str, Check] = {"image": IMAGE_ELEMENT}

IN_ACTIONS = {**BUTTONS, **MENUS, **CHOICES, **DAYS, **MOMENT, **OVERFLOW}
IN_SECTION = {**BUTTONS, **MENUS, **CHOICES, **DAYS, **OVERFLOW, **_PICTURE}
IN_INPUT = {**MENUS, **CHOICES, **DAYS, **MOMENT, **FIELDS}
IN_CONTEXT_ACTIONS = SMALL
