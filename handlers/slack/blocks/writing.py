"""Text on its way to Slack: nothing in it is markup, nothing breaks the line, everything has its limit."""

import re
from typing import Any

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufffe\uffff]")
_LONE = re.compile("[\ud800-\udfff]")
_JOINING = re.compile("[\u200d\ufe0e\ufe0f\u0300-\u036f]+$")
_LIKENESSES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", ">": "›"})
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
NOTHING = "–"


def clean(text: str) -> str:
    """The text without control characters, direction overrides and halves of characters; line breaks and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE.sub("\ufffd", _UNFIT.sub(" ", text))


def clipped(text: str, limit: int) -> str:
    """Clean text of at most `limit` UTF-16 units, as Slack counts them; what was cut is marked."""
    text = clean(text[: limit + 1])
    if units(text) <= limit:
        return text
    kept = text[: limit - 1]
    while units(kept) > limit - 1:
        kept = kept[:-1]
    return _JOINING.sub("", kept) + "…"


def literal(text: str, limit: int) -> str:
    """One line of clean text that is never empty."""
    return clipped(" ".join(clean(text[: 2 * limit]).split()) + ("…" if len(text) > 2 * limit else ""), limit) or NOTHING


def escaped(text: str) -> str:
    """Clean text in which Slack finds no mention and no link."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unmarked(text: str) -> str:
    """Text for where Slack reads marks: nothing in it is a mention, a link, bold, struck out, code, a quotation or an emoji."""
    return _EMOJI.sub(":\u2060", escaped(text.translate(_LIKENESSES)))


def pieces(text: str, limit: int) -> list[str]:
    """Clean text cut into pieces of at most `limit` UTF-16 units, at a line break or a space where there is one."""
    text, found = clean(text), []
    while text:
        piece = text[:limit]
        while units(piece) > limit:
            piece = piece[:-1]
        if len(piece) < len(text):
            cut = max(piece.rfind("\n"), piece.rfind(" ")) + 1
            piece = piece[:cut] if cut > limit // 2 else piece
        found.append(piece)
        text = text[len(piece) :]
    return found


def units(text: str) -> int:
    """How long a text is in UTF-16 units: one for most characters, two for emoji."""
    return len(text) if text.isascii() else len(text) + sum(c > "\uffff" for c in text)


def document(drawn: Any) -> dict[str, Any]:
    """The JSON of something of slackblocks, which names its own method for that a private one."""
    resolved: dict[str, Any] = drawn._resolve()  # noqa: SLF001
    return resolved


def without_emoji(node: Any) -> None:
    """Say of every plain text that `:words:` in it are no emoji."""
    if isinstance(node, dict):
        if node.get("type") == "plain_text":
            node["emoji"] = False
        for inner in node.values():
            without_emoji(inner)
    elif isinstance(node, list):
        for inner in node:
            without_emoji(inner)
