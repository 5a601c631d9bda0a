"""The one place where the parts of a message become Block Kit, within Slack's limits whatever the parts."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slackblocks import (
    ActionsBlock,
    Block,
    ConfirmationDialogue,
    ContextBlock,
    DataTableBlock,
    DataVisualizationBlock,
    DividerBlock,
    Element,
    HeaderBlock,
    PlainText,
    RawNumber,
    RawText,
    RichText,
    RichTextBlock,
    RichTextChannel,
    RichTextCodeBlock,
    RichTextElement,
    RichTextLink,
    RichTextSection,
    RichTextUser,
    RichTextUserGroup,
    SectionBlock,
)
from slackblocks import Button as SlackButton
from slackblocks import Text as SlackText

from bot.domain.parts import (
    Button,
    Buttons,
    Cell,
    Chart,
    Divider,
    Facts,
    Heading,
    Inline,
    Line,
    Link,
    Mention,
    Message,
    Note,
    Part,
    Span,
    Table,
    Text,
    cell_words,
    plain,
)
from handlers.slack.blocks import charts
from handlers.slack.blocks.writing import (
    NOTHING,
    clean,
    clipped,
    document,
    escaped,
    literal,
    pieces,
    units,
    unmarked,
    without_emoji,
)

_NAME = re.compile("([a-z][a-z0-9-]*|[0-9]+)( #[0-9]+)?")
"""A value of a button that says to whoever listens what it is about, such as “team-check #2” or “7”; not “2 en-US”."""
MOST_BLOCKS = 50
MOST_IN_VIEW = 80
"""Slack takes a hundred blocks in a modal, and its fields stand among them."""
MOST_CHARTS = 2
MOST_TABLE_ROWS = 100
MOST_TABLE_COLUMNS = 20
MOST_TABLE_TEXT = 19_000
MOST_MESSAGES = 5
PARAGRAPH = 3_000
LONGEST_TEXT = 12_000
LONGEST_CELL = 300
LONGEST_FALLBACK = 4_000
_ID = re.compile(r"[A-Z0-9]{3,30}")
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>|]{1,2900}")


@dataclass(slots=True)
class _Page:
    """One message being filled."""

    blocks: list[Block]
    charts: int = 0
    table_text: int = 0

    def takes(self, block: Block, text: int, most: int) -> bool:
        """Whether the block still fits."""
        charts_after = self.charts + isinstance(block, DataVisualizationBlock)
        return len(self.blocks) < most and charts_after <= MOST_CHARTS and self.table_text + text <= MOST_TABLE_TEXT

    def add(self, block: Block, text: int) -> None:
        """Put it on."""
        self.blocks.append(block)
        self.charts += isinstance(block, DataVisualizationBlock)
        self.table_text += text


def payloads(message: Message) -> list[dict[str, Any]]:
    """The message as one Slack message, or as several where it does not fit: `text` for screen readers, and `blocks`."""
    pages = _pages(message.parts, MOST_BLOCKS - 1)
    if len(pages) > MOST_MESSAGES:
        pages = pages[:MOST_MESSAGES]
        pages[-1].blocks.append(_context("There is more than fits here."))
    first = {"text": fallback(message), "blocks": _settled(pages[0].blocks)}
    more = [{"text": escaped(clipped(f"{message.summary} (continued)", 300)), "blocks": _settled(p.blocks)} for p in pages[1:]]
    return [first, *more]


def payload(message: Message) -> dict[str, Any]:
    """The message as exactly one Slack message; what does not fit is left out and said to be."""
    return {"text": fallback(message), "blocks": blocks(message.parts)}


def blocks(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The parts as the blocks of one message; what does not fit is left out and said to be."""
    first, *rest = _pages(_two_charts(parts), MOST_BLOCKS - 1)
    if rest:
        first.blocks.append(_context("There is more than fits in one message."))
    return _settled(first.blocks)


def for_home(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The parts as the blocks of an App Home."""
    first, *rest = _pages(_two_charts(parts), 99)
    if rest:
        first.blocks.append(_context("There is more than fits here."))
    return _settled(first.blocks)


def for_view(parts: Sequence[Part]) -> list[Block]:
    """The parts as blocks of a modal, which has neither charts nor tables: a table is written in columns."""
    drawn = [block for part in parts for block in _in_view(part)]
    return drawn[:MOST_IN_VIEW]


def fallback(message: Message) -> str:
    """What the message says to somebody who cannot see blocks: everything but the layout, once, escaped. Mentions are
    mentions.
    """
    summary: list[Inline] = [Span(message.summary)]
    told = [runs for part in message.parts if (runs := _told(part))]
    first = next((runs for runs in told if _words(runs) == message.summary), summary)
    others = [[Span("\n"), *runs] for runs in told if not _is_said(runs, message.summary)]
    found, left = "", LONGEST_FALLBACK - 1
    for run in itertools.chain(first, *others):
        mark = _mark(run)
        words = mark or clean(_words([run]))
        if (size := units(words)) > left:
            return found + ("…" if mark else escaped(clipped(words, max(left, 1))))
        found, left = found + (mark or escaped(words)), left - size
    return found or NOTHING


def _is_said(runs: Sequence[Inline], summary: str) -> bool:
    """Whether a summary says all of this already, word for word."""
    words = _words(runs)
    if words in ("", summary):
        return True
    is_plain = not any(isinstance(run, Mention) for run in runs)
    return is_plain and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", summary) is not None


def _mark(run: Inline) -> str:
    """A mention as Slack reads it in a text; empty: it is none."""
    signs = {"user": "@", "channel": "#", "usergroup": "!subteam^"}
    return f"<{signs[run.kind]}{run.id}>" if isinstance(run, Mention) and _ID.fullmatch(run.id) else ""


def _words(runs: Sequence[Inline]) -> str:
    return plain(Text(tuple(runs)))


def _told(part: Part) -> list[Inline]:
    match part:
        case Buttons() | Divider():
            return []
        case Chart(kind="bar"):
            return _told(charts.as_table(part))
        case Chart():
            return _told(charts.as_table(replace(part, categories=part.categories[-3:], series=_latest(part))))
        case Text(spans):
            return list(spans)
        case Table(rows=rows):
            cells = [(" | " if place else "\n", cell) for row in rows for place, cell in enumerate(row)]
            head: list[Inline] = [Span(plain(replace(part, rows=())))]
            return head + [run if isinstance(run, Mention) else Span(run) for pair in cells for run in pair]
        case _:
            return [Span(plain(part))]


def _latest(chart: Chart) -> tuple[Any, ...]:
    start = max(0, len(chart.categories) - 3)
    return tuple(replace(s, values=s.values[start:]) for s in chart.series)


def _pages(parts: Sequence[Part], most: int) -> list[_Page]:
    pages = [_Page([])]
    for block, text in _drawn(parts):
        if not pages[-1].takes(block, text, most):
            pages.append(_Page([]))
        pages[-1].add(block, text)
    if not pages[0].blocks:
        pages[0].add(_context(NOTHING), 0)
    return pages


def _two_charts(parts: Sequence[Part]) -> list[Part]:
    """The parts with every chart after the second as a table."""
    seen = itertools.count()
    return [charts.as_table(p) if isinstance(p, Chart) and next(seen) >= MOST_CHARTS else p for p in parts]


def _drawn(parts: Iterable[Part]) -> Iterator[tuple[Block, int]]:
    for part in parts:
        if isinstance(part, Table):
            yield from _table(part)
        elif isinstance(part, Chart):
            drawn = charts.draw(part)
            if drawn.block is not None:
                yield drawn.block, 0
            yield from _drawn(drawn.beside)
        else:
            yield from ((block, 0) for block in _simple(part))


def _simple(part: Part) -> Iterator[Block]:
    match part:
        case Heading(words):
            yield HeaderBlock(PlainText(literal(words, 150)))
        case Text(spans):
            yield from _paragraph(spans)
        case Facts(rows):
            yield from _facts(rows)
        case Note(words):
            yield from (_context(piece) for piece in pieces(words[:LONGEST_TEXT], 2_000) or [NOTHING])
        case Line():
            yield _line(part)
        case Buttons(items):
            yield from _buttons(items)
        case Divider():
            yield DividerBlock()


def _in_view(part: Part) -> Iterator[Block]:
    match part:
        case Table():
            yield RichTextBlock(RichTextCodeBlock(RichText(clipped(_columns(part), PARAGRAPH))))
        case Chart():
            yield from _in_view(charts.as_table(part))
        case _:
            yield from _simple(part)


def _paragraph(spans: Sequence[Inline]) -> Iterator[Block]:
    elements: list[RichTextElement] = []
    room = LONGEST_TEXT
    for span in spans:
        for element, length in _inline(span):
            if length > room:
                elements.append(RichText("… (the rest does not fit)"))
                break
            elements.append(element)
            room -= length
        else:
            continue
        break
    yield RichTextBlock(RichTextSection(elements or [RichText(NOTHING)]))


def _inline(span: Inline) -> Iterator[tuple[RichTextElement, int]]:
    match span:
        case Span(words, style):
            for piece in pieces(words[: LONGEST_TEXT + 1], PARAGRAPH):
                yield RichText(piece, bold=style == "bold", italic=style == "italic", code=style == "code"), len(piece)
        case Link(url, words):
            if _URL.fullmatch(url):
                yield RichTextLink(url, text=literal(words or url, 300)), 300
            else:
                yield RichText(literal(words or url, 300)), 300
        case Mention(kind, name):
            yield _mention(kind, name), 30


def _mention(kind: str, name: str) -> RichTextElement:
    if not _ID.fullmatch(name):
        return RichText(literal(name, 80))
    match kind:
        case "user":
            return RichTextUser(name)
        case "channel":
            return RichTextChannel(name)
        case _:
            return RichTextUserGroup(name)


def _facts(rows: Sequence[tuple[str, str]]) -> Iterator[Block]:
    elements: list[RichTextElement] = []
    for number, (label, value) in enumerate(rows[:60]):
        start = "\n" if number else ""
        elements += [RichText(start + literal(label, 100), bold=True), RichText(f"  {clipped(value, 500) or NOTHING}")]
    if len(rows) > 60:
        elements.append(RichText(f"\n… and {len(rows) - 60} more"))
    yield RichTextBlock(RichTextSection(elements or [RichText(NOTHING)]))


def _table(table: Table) -> Iterator[tuple[Block, int]]:
    if not table.rows or not table.columns:
        yield _context(f"{literal(table.caption, 200)}: nothing."), 0
        return
    columns = _cells(table.columns, len(table.columns))
    for number, rows in enumerate(_portions(columns, [_cells(row, len(table.columns)) for row in table.rows])):
        caption = literal(table.caption, 200) + (f" ({number + 1})" if number else "")
        lines = [[_cell(cell) for cell in row] for row in (columns, *rows)]
        shown = len(rows) if len(rows) <= 20 else 20
        yield DataTableBlock(lines, caption, page_size=shown), sum(_size(row) for row in (columns, *rows))


def _cell(cell: Cell) -> RawText | RawNumber | RichTextBlock:
    return RichTextBlock(RichTextSection([_mention(cell.kind, cell.id)])) if isinstance(cell, Mention) else RawText(cell)


def _size(row: Sequence[Cell]) -> int:
    return sum(units(cell_words(cell)) for cell in row)


def _portions(columns: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    """The rows in portions that one table takes."""
    head = _size(columns)
    portion: list[Sequence[Cell]] = []
    length = head
    for row in rows:
        size = _size(row)
        if portion and (len(portion) == MOST_TABLE_ROWS or length + size > MOST_TABLE_TEXT):
            yield portion
            portion, length = [], head
        portion.append(row)
        length += size
    yield portion


def _cells(row: Sequence[Cell], columns: int) -> list[Cell]:
    width = min(columns, MOST_TABLE_COLUMNS)
    return [cell if isinstance(cell, Mention) else literal(cell, LONGEST_CELL) for cell in [*row, *[""] * width][:width]]


def _columns(table: Table) -> str:
    cells = (_cells(row, len(table.columns)) for row in (table.columns, *table.rows[:40]))
    rows = [[cell_words(cell) for cell in row] for row in cells]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([clean(table.caption), *lines])


def _buttons(items: Sequence[Button]) -> Iterator[Block]:
    for start in range(0, len(items), 25):
        taken: set[str] = set()
        buttons: list[Element] = []
        for item in items[start : start + 25]:
            name = clipped(item.action, 200).strip() or "button"
            marks = itertools.chain([""], (f"#{n}" for n in itertools.count(2)))
            action = next(name + mark for mark in marks if name + mark not in taken)
            taken.add(action)
            buttons.append(_button(item, action))
        yield ActionsBlock(buttons)


def _line(line: Line) -> Block:
    words = f"*{unmarked(literal(line.title, 150))}*"
    if line.text.strip():
        words += f"\n{unmarked(clipped(line.text, 1_000))}"
    return SectionBlock(SlackText(words), accessory=_button(line.button, clipped(line.button.action, 200)))


def _button(item: Button, action: str) -> SlackButton:
    return SlackButton(
        PlainText(literal(item.text, 75)),
        action_id=action,
        value=clipped(item.value, 2_000) or None,
        style=item.style if item.style != "default" else None,
        accessibility_label=literal(f"{item.text}: {item.value}" if _NAME.fullmatch(item.value) else item.text, 75),
        confirm=_confirm(item) if item.confirm else None,
    )


def _confirm(item: Button) -> ConfirmationDialogue:
    return ConfirmationDialogue(
        PlainText(literal(item.text, 75)),
        PlainText(literal(item.confirm, 300)),
        PlainText(literal(item.text, 30)),
        PlainText(literal(item.cancel or "Cancel", 30)),
    )


def _context(words: str) -> Block:
    return ContextBlock([PlainText(clipped(words, 2_000).strip() or NOTHING)])


def _settled(drawn: Sequence[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON, numbered, and with colons in people's text left alone."""
    settled = []
    for number, block in enumerate(drawn):
        said = document(block)
        said["block_id"] = f"b{number}"
        without_emoji(said)
        settled.append(said)
    return settled
