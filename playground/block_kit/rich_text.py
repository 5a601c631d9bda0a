"""Rich text: sections, lists, quotes, preformatted, and the runs in them."""

from playground.block_kit.checks import TYPE, Check, array, flag, integer, one_of, pattern, shape, string, typed

_STYLE = shape(
    {"bold": flag, "italic": flag, "strike": flag, "code": flag, "underline": flag, "highlight": flag}
    | {"client_highlight": flag, "unlink": flag}
)

_TEXT = shape({**TYPE, "text": string(40_000, 0), "style": _STYLE}, ["text"])
_LINK = shape({**TYPE, "url": string(3000), "text": string(40_000, 0), "unsafe": flag, "style": _STYLE}, ["url"])

_RUNS: dict[str, Check] = {
    "text": _TEXT,
    "link": _LINK,
    "user": shape({**TYPE, "user_id": string(255), "style": _STYLE}, ["user_id"]),
    "usergroup": shape({**TYPE, "usergroup_id": string(255), "style": _STYLE}, ["usergroup_id"]),
    "channel": shape({**TYPE, "channel_id": string(255), "style": _STYLE}, ["channel_id"]),
    "broadcast": shape({**TYPE, "range": one_of("here", "channel", "everyone"), "style": _STYLE}, ["range"]),
    "color": shape({**TYPE, "value": pattern("#[0-9a-fA-F]{6}", "must be a colour as #RRGGBB")}, ["value"]),
    "emoji": shape({**TYPE, "name": string(255), "unicode": string(255), "style": _STYLE}, ["name"]),
    "date": shape(
        {
            **TYPE,
            "timestamp": integer(0, 10**11),
            "format": string(255),
            "url": string(3000),
            "fallback": string(255),
            "style": _STYLE,
        },
        ["timestamp", "format"],
    ),
}

_INLINE = typed(_RUNS, "unsupported rich text element")
_BORDER = integer(0, 1)
_SECTION = shape({**TYPE, "elements": array(_INLINE, 0, 1000)}, ["elements"])
_ONLY_SECTION = typed({"rich_text_section": _SECTION}, "a list holds rich_text_section only, not")

PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": shape(
        {
            **TYPE,
            "style": one_of("bullet", "ordered"),
            "elements": array(_ONLY_SECTION, 1, 1000),
            "indent": integer(0, 8),
            "offset": integer(0, 10_000),
            "border": _BORDER,
        },
        ["style", "elements"],
    ),
    "rich_text_quote": shape({**TYPE, "elements": array(_INLINE, 0, 1000), "border": _BORDER}, ["elements"]),
    "rich_text_preformatted": shape(
        {
            **TYPE,
            "elements": array(
                typed({"text": _TEXT, "link": _LINK}, "preformatted text holds text and link only, not"), 0, 1000
            ),
            "border": _BORDER,
            "language": string(255),
        },
        ["elements"],
    ),
}

RICH_TEXT = shape(
    {**TYPE, "block_id": string(255), "elements": array(typed(PARTS, "unsupported rich text element"), 1, 1000)}, ["elements"]
)
