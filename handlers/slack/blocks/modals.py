"""Forms in, values out: a form is a list of fields, drawn as a modal and read back from what Slack submits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slackblocks import (
    CheckboxGroup,
    ConversationFilter,
    ConversationMultiSelectMenu,
    ConversationSelectMenu,
    DatePicker,
    DispatchActionConfiguration,
    Element,
    ExternalMultiSelectMenu,
    ExternalSelectMenu,
    FileInput,
    InputBlock,
    ModalView,
    NumberInput,
    Option,
    PlainText,
    PlainTextInput,
    RadioButtonGroup,
    StaticMultiSelectMenu,
    StaticSelectMenu,
    UserMultiSelectMenu,
    UserSelectMenu,
)

from bot.domain.parts import Part
from handlers.slack.blocks.render import for_view
from handlers.slack.blocks.writing import clipped, document, literal, without_emoji

FieldKind = Literal[
    "text",
    "long",
    "number",
    "select",
    "one",
    "several",
    "search",
    "searches",
    "date",
    "check",
    "file",
    "channel",
    "channels",
    "person",
    "people",
]
LONGEST = 3000
"""Slack's limit for one input, in characters."""
LONGEST_LABEL = 2000
"""Slack's limit for the words above an input, and for those below it."""
IN_SIGHT = 10
"""Slack's limit for radio buttons and checkboxes; more are a menu."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: the words to show and the value that comes back."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `name` is the key of its value.

    `one` and `several` show all their choices if they are few. Several values are joined by commas, as in `initial`.
    `search` and `searches` ask the listener `source` for choices while the person types; `choices` are the words of `initial`.
    `live` names the listener that hears every change.
    A `file` ends as one of `filetypes`, or in any way if there are none. What follows a colon in `name` is not in its key.
    """

    name: str
    label: str
    kind: FieldKind = "text"
    hint: str = ""
    placeholder: str = ""
    initial: str = ""
    optional: bool = False
    choices: tuple[Choice, ...] = ()
    source: str = ""
    live: str = ""
    longest: int = LONGEST
    longest_label: int = 200
    filetypes: tuple[str, ...] = ("csv",)


@dataclass(frozen=True, slots=True)
class Modal:
    """A form. `form` names the listener that gets its values; `state` comes back with them.

    `instead` is the command that does the same. Without `submit` it only shows its parts. `close` leaves it.
    `above` and `below` are drawn around the fields.
    """

    form: str
    title: str
    fields: tuple[Field, ...] = ()
    submit: str = ""
    above: tuple[Part, ...] = ()
    below: tuple[Part, ...] = ()
    state: Mapping[str, str] = field(default_factory=dict)
    instead: str = ""
    close: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """What was filled in, by field name. A field left empty is the empty string; `files` holds the ids of uploaded files."""

    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def checked(self, name: str) -> bool:
        """Whether the box was ticked."""
        return self[name] == "yes"


def view(modal: Modal, metadata: str) -> dict[str, Any]:
    """The modal as Slack takes it; `metadata` comes back with it, unseen."""
    blocks = [*for_view(modal.above), *(_input(f) for f in modal.fields), *for_view(modal.below)]
    drawn: dict[str, Any] = ModalView(
        title=PlainText(literal(modal.title, 24)),
        blocks=blocks,
        close=PlainText(literal(modal.close or ("Cancel" if modal.submit else "Close"), 24)),
        submit=PlainText(literal(modal.submit, 24)) if modal.submit else None,
        private_metadata=metadata,
        callback_id=modal.form,
    ).to_dict()
    without_emoji(drawn)
    return drawn


def values(state: Mapping[str, Any]) -> Values:
    """What Slack's `view.state.values` says."""
    texts: dict[str, str] = {}
    files: dict[str, tuple[str, ...]] = {}
    for block, actions in state.items():
        for value in actions.values():
            name = block.partition(":")[0]
            texts[name] = _text(value)
            if value.get("files"):
                files[name] = tuple(str(file["id"]) for file in value["files"])
    return Values(texts, files)


def _text(value: Mapping[str, Any]) -> str:
    match value.get("type"):
        case "static_select" | "external_select" | "radio_buttons":
            return str((value.get("selected_option") or {}).get("value") or "")
        case "datepicker":
            return value.get("selected_date") or ""
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            return ",".join(str(option["value"]) for option in value.get("selected_options") or ())
        case "multi_conversations_select" | "multi_users_select":
            return ",".join(value.get("selected_conversations") or value.get("selected_users") or ())
        case "conversations_select" | "users_select":
            return str(value.get("selected_conversation") or value.get("selected_user") or "")
        case _:
            return str(value.get("value") or "")


def options(choices: tuple[Choice, ...]) -> dict[str, Any]:
    """Choices as the answer to a search: the first hundred."""
    return {"options": [document(_option(choice)) for choice in choices[:100]]}


def _option(choice: Choice) -> Option:
    return Option(PlainText(literal(choice.text, 75)), value=clipped(choice.value, 150))


def _input(asked: Field) -> InputBlock:
    return InputBlock(
        PlainText(literal(asked.label, min(asked.longest_label, LONGEST_LABEL))),
        _element(asked, asked.live or asked.source or asked.name),
        dispatch_action=bool(asked.live),
        block_id=asked.name,
        hint=PlainText(literal(asked.hint, LONGEST_LABEL)) if asked.hint else None,
        optional=asked.optional,
    )


def _element(asked: Field, action: str) -> Element:
    placeholder = PlainText(literal(asked.placeholder, 150)) if asked.placeholder else None
    match asked.kind:
        case "select" | "one" | "several":
            return _menu(asked, action, placeholder)
        case "search" | "searches" | "channel" | "channels" | "person" | "people":
            return _of_workspace(asked, action, placeholder)
        case "date":
            return DatePicker(action, initial_date=asked.initial or None, placeholder=placeholder)
        case "check":
            box = Option(PlainText(literal(asked.placeholder or asked.label, 75)), value="yes")
            return CheckboxGroup(action, [box], initial_options=[box] if asked.initial else None)
        case "file":
            return FileInput(action, filetypes=list(asked.filetypes) or None, max_files=1)
        case "number":
            initial = asked.initial or None
            return NumberInput(is_decimal_allowed=True, action_id=action, initial_value=initial, placeholder=placeholder)
        case _:
            return PlainTextInput(
                action,
                initial_value=clipped(asked.initial, asked.longest) or None,
                multiline=asked.kind == "long",
                max_length=asked.longest,
                dispatch_action_config=DispatchActionConfiguration(["on_enter_pressed"]) if asked.live else None,
                placeholder=placeholder,
            )


def _of_workspace(asked: Field, action: str, placeholder: PlainText | None) -> Element:
    """A menu of what Slack or a listener knows."""
    several = asked.initial.split(",") if asked.initial else None
    channels = ConversationFilter(["public", "private"])
    match asked.kind:
        case "search":
            return ExternalSelectMenu(action, initial_option=_initial(asked), min_query_length=0, placeholder=placeholder)
        case "searches":
            chosen = [_option(each) for each in asked.choices if each.value in (several or ())] or None
            return ExternalMultiSelectMenu(action, initial_options=chosen, min_query_length=0, placeholder=placeholder)
        case "channel":
            return ConversationSelectMenu(
                action, initial_conversation=asked.initial or None, filter=channels, placeholder=placeholder
            )
        case "channels":
            return ConversationMultiSelectMenu(action, initial_conversations=several, filter=channels, placeholder=placeholder)
        case "people":
            return UserMultiSelectMenu(action, initial_users=several, placeholder=placeholder)
        case _:
            return UserSelectMenu(action, initial_user=asked.initial or None, placeholder=placeholder)


def _menu(asked: Field, action: str, placeholder: PlainText | None) -> Element:
    offered = [_option(c) for c in asked.choices[:100]]
    if asked.kind == "several":
        wanted = asked.initial.split(",")
        chosen = [option for option in offered if option.value in wanted] or None
        if len(offered) <= IN_SIGHT:
            return CheckboxGroup(action, offered, initial_options=chosen)
        return StaticMultiSelectMenu(action, offered, initial_options=chosen, placeholder=placeholder)
    if asked.kind == "one" and len(offered) <= IN_SIGHT:
        return RadioButtonGroup(action, offered, initial_option=next((o for o in offered if o.value == asked.initial), None))
    return StaticSelectMenu(action, options=offered, initial_option=_initial(asked), placeholder=placeholder)


def _initial(asked: Field) -> Option | None:
    if not asked.initial:
        return None
    text = next((c.text for c in asked.choices if c.value == asked.initial), asked.initial)
    return _option(Choice(text, asked.initial))
