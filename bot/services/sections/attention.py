"""What needs attention, ranked by the published rule, with why it is shown; the rest is routine variation."""

from bot.domain.material import Material, Section
from bot.domain.parts import Button, Buttons, Heading, Message, Note, Part, Text, text
from bot.domain.ranking import RULE, Item
from bot.presenters.digest_words import counted, paragraph

BUTTONS = 5
A_MESSAGE = 10


def build(material: Material) -> Section:
    """The first few in the message, the others in its thread, with the rule."""
    top, rest = material.ranked.items[: material.definition.top], material.ranked.items[material.definition.top :]
    if not material.with_data:
        return Section()
    root: tuple[Part, ...] = (*_titled(top, material), text(_routine(material, len(rest))))
    thread = tuple(_more(rest[start : start + A_MESSAGE], material) for start in range(0, len(rest), A_MESSAGE))
    rule = Message("How this digest ranks", (text(RULE),))
    return Section("", (*root, *_why_buttons(top)), (*thread, rule))


def _titled(items: tuple[Item, ...], material: Material) -> tuple[Part, ...]:
    return (Heading("Needs attention"), *_paragraphs(items, material)) if items else ()


def _paragraphs(items: tuple[Item, ...], material: Material) -> tuple[Part, ...]:
    return tuple(Text(paragraph(item, material.definition.compare, material.zone)) for item in items)


def _routine(material: Material, in_thread: int) -> str:
    routine = f"{counted(material.ranked.routine, 'KPI')}: routine variation."
    needs = "needs" if in_thread == 1 else "need"
    return f"{in_thread} more {needs} attention: see the thread. {routine}" if in_thread else routine


def _why_buttons(items: tuple[Item, ...]) -> tuple[Part, ...]:
    buttons = tuple(Button(f"Why {i.reading.kpi.title}?", "kpi.why", i.reading.kpi.name) for i in items[:BUTTONS])
    return (Buttons(buttons),) if buttons else ()


def _more(items: tuple[Item, ...], material: Material) -> Message:
    return Message(f"{len(items)} more need attention", (Note("Also needs attention"), *_paragraphs(items, material)))
