"""Composition objects: text, options, confirmations, images."""

from typing import Any

from playground.block_kit.checks import (
    TYPE,
    Check,
    Report,
    any_one,
    array,
    flag,
    integer,
    one_of,
    shape,
    string,
    typed,
)

TEXT_MOST = 3000


def plain(most: int = TEXT_MOST) -> Check:
    """A plain_text object."""
    return typed({"plain_text": shape({**TYPE, "text": string(most), "emoji": flag}, ["text"])}, "must be plain_text, not")


def text(most: int = TEXT_MOST) -> Check:
    """A plain_text or mrkdwn object."""
    return typed(
        {
            "plain_text": shape({**TYPE, "text": string(most), "emoji": flag}, ["text"]),
            "mrkdwn": shape({**TYPE, "text": string(most), "verbatim": flag}, ["text"]),
        },
        "unsupported text type",
    )


CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30), "style": one_of("primary", "danger")},
    ["title", "text", "confirm", "deny"],
)

OPTION = shape({"text": plain(75), "value": string(150), "description": plain(75)}, ["text", "value"])
MARKED_OPTION = shape({"text": text(75), "value": string(150), "description": text(75)}, ["text", "value"])
OVERFLOW_OPTION = shape(
    {"text": plain(75), "value": string(150), "description": plain(75), "url": string(3000)}, ["text", "value"]
)
OPTION_GROUP = shape({"label": plain(75), "options": array(OPTION, 1, 100)}, ["label", "options"])

SLACK_FILE = shape({"id": string(255), "url": string(3000)}, [], any_one("id", "url"))

IMAGE_FIELDS: dict[str, Check] = {
    **TYPE,
    "image_url": string(3000),
    "slack_file": SLACK_FILE,
    "alt_text": string(2000),
}
IMAGE_ELEMENT = shape(IMAGE_FIELDS, ["alt_text"], any_one("image_url", "slack_file"))

CONVERSATION_FILTER = shape(
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    }
)

DISPATCH = shape({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)})


def initial_matches(report: Report, pointer: str, value: dict[str, Any]) -> None:
    """What a select shows as chosen is one of its options."""
    groups = value.get("option_groups") or []
    options = [*(value.get("options") or []), *(o for g in groups for o in g["options"])]
    chosen = [value["initial_option"]] if value.get("initial_option") else value.get("initial_options") or []
    name = "initial_option" if value.get("initial_option") else "initial_options"
    if any(c not in options for c in chosen):
        report.add(f"{pointer}/{name}", f"{name} must match one of the options")


POSITIVE = integer(1, 10_000)
