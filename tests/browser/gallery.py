"""One example of every block and element, as an app would send it."""

from typing import Any

Json = dict[str, Any]

WEEKS = ["W38", "W39", "W40", "W41", "W42", "W43", "W44", "W45", "W46", "W47"]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str, **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def chart(kind: str, title: str, series: dict[str, list[float | None]], x: str = "Week", y: str = "Hours") -> Json:
    drawn = [
        {"name": name, "data": [{"label": w, "value": v} for w, v in zip(WEEKS, values, strict=False)]}
        for name, values in series.items()
    ]
    axes = {"categories": WEEKS[: max(len(v) for v in series.values())], "x_label": x, "y_label": y}
    return {"type": "data_visualization", "title": title, "chart": {"type": kind, "series": drawn, "axis_config": axes}}


RICH = rich(
    rich_section(
        words("Bold", bold=True),
        words(", "),
        words("italic", italic=True),
        words(", "),
        words("struck", strike=True),
        words(", "),
        words("code", code=True),
        words(". "),
        {"type": "user", "user_id": "U0SRE"},
        words(" in "),
        {"type": "channel", "channel_id": "C0MLOPS"},
        words(", "),
        {"type": "usergroup", "usergroup_id": "S0MLOPS"},
        words(", "),
        {"type": "broadcast", "range": "here"},
        words(", "),
        {"type": "emoji", "name": "rocket", "unicode": "1f680"},
        words(", "),
        {"type": "link", "url": "https://example.org/runbook", "text": "the runbook"},
        words(", "),
        {"type": "date", "timestamp": 1795514400, "format": "{date_short} at {time}", "fallback": "a day"},
        words(", "),
        {"type": "color", "value": "#b7791f"},
    ),
    {"type": "rich_text_list", "style": "bullet", "elements": [rich_section(words("first")), rich_section(words("second"))]},
    {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [rich_section(words("inside the second"))]},
    {"type": "rich_text_list", "style": "ordered", "elements": [rich_section(words("one")), rich_section(words("two"))]},
    {"type": "rich_text_quote", "elements": [words("What is measured can be argued about.")]},
    {"type": "rich_text_preformatted", "elements": [words("psi = sum((p - q) * ln(p / q))")]},
)

TEXT: list[Json] = [
    {"type": "header", "text": plain("Everything a message can say")},
    section(
        "*Bold*, _italic_, ~struck~, `code`, <https://example.org|a link>, <@U0EXEC>, <#C0MLOPS>, :tada: and "
        "a_snake_case_name.\n"
        "> A quote of one line\nUnknown :not_an_emoji: stays. 3 &lt; 5 &amp; 5 &gt; 3. <!date^1795514400^{date_short}|a day>\n"
        "```\ndef mttr(hours):\n    return sum(hours) / len(hours)\n```"
    ),
    {
        "type": "section",
        "fields": [
            mrkdwn("*Value*\n1.9 h"),
            mrkdwn("*Target*\nat most 2 h"),
            mrkdwn("*n*\n14 incidents"),
            mrkdwn("*Verdict*\n:white_check_mark: met"),
        ],
    },
    {"type": "divider"},
    RICH,
    {
        "type": "markdown",
        "text": "## Findings\n\n1. Drift in **two** features\n2. Retrained, see `model-card`\n   - deployed\n\n"
        "> It held.\n\n| KPI | Value |\n|:--|--:|\n| AUC | 0.94 |\n| F1 | 0.88 |",
    },
    {"type": "context", "elements": [mrkdwn("Source: *incident log* · week 47 · `v3`"), plain("as of 09:00")]},
    {
        "type": "image",
        "image_url": "https://images.example.org/confusion.png",
        "alt_text": "Confusion matrix",
        "title": plain("Confusion matrix"),
    },
    {
        "type": "video",
        "title": plain("How the digest is read"),
        "title_url": "https://example.org/v",
        "video_url": "https://example.org/e",
        "thumbnail_url": "https://example.org/t.png",
        "alt_text": "video",
        "provider_name": "Example",
    },
    {"type": "hologram", "payload": {"depth": 3}},
]

CHARTS: list[Json] = [
    chart("line", "MTTR, weekly", {"MTTR": [5.2, 4.1, 4.4, None, 3.2, 3.6, 2.8, 2.6, 2.2, 1.9], "Target": [2.0] * 10}),
    chart("bar", "Incidents by severity", {"Minor": [4, 6, 3, 5, 2, 4], "Major": [1, 0, 2, 1, 1, 0]}, y="Incidents"),
    chart("area", "Automated decisions", {"Automated": [42, 45, 44, 49, 53, 55, 58, 61, 63, 66]}, y="%"),
    {
        "type": "data_visualization",
        "title": "Cost by model",
        "chart": {
            "type": "pie",
            "segments": [
                {"label": "Ranking", "value": 5200},
                {"label": "Fraud", "value": 3100},
                {"label": "Support", "value": 1400},
            ],
        },
    },
]

_NAMES = ["Model AUC", "Model F1", "MTTD", "MTTR", "Uptime", "Latency p95", "Drift (PSI)", "Engagement"]

TABLES: list[Json] = [
    {
        "type": "data_table",
        "caption": "Scorecard, week 47",
        "page_size": 5,
        "rows": [
            [{"type": "raw_text", "text": t} for t in ("KPI", "Value", "Change", "Verdict")],
            *(
                [
                    {"type": "raw_text", "text": name},
                    {"type": "raw_number", "value": 100 - i * 9, "text": f"{100 - i * 9}"},
                    {"type": "raw_text", "text": f"{'+' if i % 2 else '−'}{i}.{i} %"},
                    {"type": "raw_text", "text": "met" if i % 3 else "missed"},
                ]
                for i, name in enumerate(_NAMES)
            ),
        ],
    },
    {
        "type": "table",
        "column_settings": [{"align": "left"}, {"align": "right"}, {"align": "center"}],
        "rows": [
            [{"type": "raw_text", "text": t} for t in ("Team", "Incidents", "State")],
            [
                rich(rich_section(words("Search", bold=True))),
                {"type": "raw_text", "text": "3"},
                {"type": "raw_text", "text": "open"},
            ],
            [{"type": "raw_text", "text": "Fraud"}, {"type": "raw_text", "text": "12"}, {"type": "raw_text", "text": "closed"}],
        ],
    },
]

_BUTTON = {"type": "button", "action_id": "card_open", "text": plain("Open"), "value": "1"}
_CARD = {
    "type": "card",
    "title": mrkdwn("*Ranking model*"),
    "subtitle": mrkdwn("v12, since 3 Nov"),
    "body": mrkdwn("AUC 0.94 on 14,000 requests"),
    "actions": [_BUTTON],
    "subtext": mrkdwn("Owner: ML"),
}

PANELS: list[Json] = [
    {**_CARD},
    {
        "type": "carousel",
        "elements": [
            {**_CARD, "title": mrkdwn(f"*Model {n}*"), "actions": [{**_BUTTON, "action_id": f"c{n}"}]} for n in (1, 2, 3)
        ],
    },
    {
        "type": "container",
        "title": plain("Why this number"),
        "is_collapsible": True,
        "child_blocks": [section("sum of hours / number of incidents")],
    },
    {
        "type": "plan",
        "title": "Retraining",
        "tasks": [
            {"task_id": "1", "title": "Collect labels", "status": "complete"},
            {"task_id": "2", "title": "Train", "status": "in_progress"},
            {"task_id": "3", "title": "Deploy", "status": "pending"},
            {"task_id": "4", "title": "Announce", "status": "error"},
        ],
    },
]

_CHOICES = [option("Weekly", "w", description=plain("every Monday")), option("Monthly", "m")]

CONTROLS: list[Json] = [
    {
        "type": "actions",
        "block_id": "buttons",
        "elements": [
            {"type": "button", "action_id": "why", "text": plain("Why this number"), "value": "mttr"},
            {"type": "button", "action_id": "record", "text": plain("Record"), "style": "primary", "value": "mttr"},
            {
                "type": "button",
                "action_id": "drop",
                "text": plain("Withdraw"),
                "style": "danger",
                "value": "mttr",
                "confirm": {
                    "title": plain("Withdraw?"),
                    "text": mrkdwn("The figure will be *withdrawn*."),
                    "confirm": plain("Withdraw"),
                    "deny": plain("Keep"),
                },
            },
            {"type": "overflow", "action_id": "more", "options": [option("History", "h"), option("Export", "e")]},
        ],
    },
    {
        "type": "actions",
        "block_id": "selects",
        "elements": [
            {
                "type": "static_select",
                "action_id": "grain",
                "placeholder": plain("Grain"),
                "options": [option("Day", "d"), option("Week", "w"), option("Month", "m")],
            },
            {
                "type": "multi_static_select",
                "action_id": "kpis",
                "placeholder": plain("KPIs"),
                "option_groups": [
                    {"label": plain("Models"), "options": [option("AUC", "auc"), option("F1", "f1")]},
                    {"label": plain("Operations"), "options": [option("MTTR", "mttr")]},
                ],
            },
            {"type": "users_select", "action_id": "owner", "placeholder": plain("Owner")},
            {"type": "conversations_select", "action_id": "where", "placeholder": plain("Where")},
            {"type": "datepicker", "action_id": "from", "initial_date": "2026-11-23"},
            {"type": "timepicker", "action_id": "hour", "initial_time": "09:00"},
        ],
    },
    {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {"type": "radio_buttons", "action_id": "pace", "options": _CHOICES, "initial_option": _CHOICES[0]},
            {"type": "checkboxes", "action_id": "send", "options": _CHOICES},
        ],
    },
]


def field(label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": element["action_id"], "label": plain(label), "element": element, **more}


FORM: list[Json] = [
    {"type": "alert", "level": "info", "text": mrkdwn("Values are *provisional* until approved.")},
    field("Name", {"type": "plain_text_input", "action_id": "name", "max_length": 40}, hint=plain("Lower case, with hyphens")),
    field(
        "Value",
        {"type": "number_input", "action_id": "value", "is_decimal_allowed": True, "min_value": "0", "max_value": "100"},
    ),
    field("Note", {"type": "plain_text_input", "action_id": "note", "multiline": True}, optional=True),
    field("KPI", {"type": "external_select", "action_id": "kpi", "min_query_length": 1, "placeholder": plain("Search KPIs")}),
    field("Readers", {"type": "multi_users_select", "action_id": "readers"}, optional=True),
    field("Pace", {"type": "radio_buttons", "action_id": "pace", "options": _CHOICES, "initial_option": _CHOICES[0]}),
    field("Day", {"type": "datepicker", "action_id": "day"}, optional=True),
    field("Mail", {"type": "email_text_input", "action_id": "mail"}, optional=True),
    field("Page", {"type": "url_text_input", "action_id": "page"}, optional=True),
    field("When", {"type": "datetimepicker", "action_id": "when"}, optional=True),
    field("Evidence", {"type": "file_input", "action_id": "evidence"}, optional=True),
]

FORM_VIEW: Json = {
    "type": "modal",
    "callback_id": "form",
    "notify_on_close": True,
    "title": plain("Record a value"),
    "submit": plain("Save"),
    "close": plain("Cancel"),
    "blocks": FORM,
}

HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='owned'\"> </script><script>document.title='owned'</script>",
    "long": "x" * 10_000,
    "override": "\u202egnp.exe report\u202c and \u2067right\u2069",
    "zalgo": "Z" + "\u0300\u0301\u0302\u0303\u0315\u0334\u0336\u0488" * 40 + "algo",
    "arabic": "مرحبا بالعالم 2026 KPI *مهم*",
    "marks": "*" * 3000 + "_" * 3000 + "`" * 999,
}
