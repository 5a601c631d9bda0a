"""The sections of a digest, one file each, in the order in which they are read."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from bot.domain import digests
from bot.domain.material import Material
from bot.domain.parts import Heading, Message, Note, Part
from bot.domain.periods import before, containing, label

SECTIONS: Mapping[str, ModuleType] = {name: import_module(f"{__name__}.{name}") for name in digests.SECTIONS}
"""Every section: a module with `build(material) -> Section`."""


def write(material: Material) -> Message:
    """The digest: what its reader sees first, and the details in its thread."""
    title = heading(material)
    chosen = [section.build(material) for name, section in SECTIONS.items() if name in material.definition.sections]
    late: tuple[Part, ...] = (Note(material.late),) if material.late else ()
    root = tuple(part for section in chosen for part in section.root)
    words = next((section.words for section in chosen if section.words), "")
    thread = tuple(message for section in chosen for message in section.thread)
    return Message(f"{title}: {words}" if words else title, (Heading(title), *late, *root), thread)


def heading(material: Material) -> str:
    """The title with the period that it is about, which is the latest that was over when it was due."""
    over = before(containing(material.as_of, material.definition.grain, material.zone))
    return f"{material.definition.title} · {label(over)}"
