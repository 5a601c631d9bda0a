"""What a sentence of a command says in a form: fields by their labels, where a command has `name=`."""

import re
from collections.abc import Mapping

_WORD = re.compile(r'“[^”]*”|(?<!\S)/[a-z]+ (?:"[^"]*"|[^.;,:"])*|\b(?P<name>[a-z_]+)=(?P<value>"[^"]*"|[^\s,;"]*[^\s,;."])?')
"""What was typed and whole commands, which stay as they are; or a word of a command, with or without its value."""


def in_form(sentence: str, own: str, labels: Mapping[str, str]) -> str:
    """A sentence that is said at the field `own` of a form with these labels: "“Year” is a whole number, such as 2026."."""

    def labelled(found: re.Match[str]) -> str:
        name, value = found["name"], (found["value"] or "").strip('"')
        if name not in labels:
            return found[0]
        label = f"“{labels[name]}”"
        return value if value and name == own else f"{label} {value}".rstrip()

    return _WORD.sub(labelled, sentence)


def errors_in_form(errors: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Errors by the fields of a form, in its words. What follows a colon in the name of a field is no part of it."""
    labels = {name.partition(":")[0]: label for name, label in fields.items()}
    return {name: in_form(sentence, name.partition(":")[0], labels) for name, sentence in errors.items()}
