"""What services tell people to say in Slack, as it is said in a terminal."""

import re
from collections.abc import Mapping

GROUPS: Mapping[str, tuple[str, frozenset[str]]] = {
    "/kpi": ("barometer kpis", frozenset({"list", "show", "record", "correct", "history", "why", "import", "export"})),
    "/alert": ("barometer alerts", frozenset({"list", "rules", "test"})),
    "/incident": ("barometer incidents", frozenset({"list", "stats"})),
    "/digest": ("barometer digest", frozenset({"list", "preview", "send", "history"})),
    "/pulse": ("barometer surveys", frozenset({"list", "results"})),
}
"""Each slash command with its group in the terminal, and the verbs that both have. The others are said in Slack."""

_SAID = re.compile(r"(/kpi|/digest|/alert|/incident|/pulse) ([a-z]+)\b((?: [\w-]+=?[\w-]*)*)")
_OPTION = re.compile(r" (\w+)=([\w-]+)")


def in_terminal(text: str) -> str:
    """A sentence with the terminal's commands in place of the slash commands that it tells people to say."""
    return _SAID.sub(_translated, text)


def _translated(match: re.Match[str]) -> str:
    command, verb, rest = match.groups()
    group, verbs = GROUPS[command]
    if verb not in verbs:
        return match[0]
    # KPIs take fields as they are typed in Slack; digests and surveys have options.
    return f"{group} {verb}{rest if command not in ('/digest', '/pulse') else _OPTION.sub(_as_option, rest)}"


def _as_option(match: re.Match[str]) -> str:
    return f" --{match[1].replace('_', '-')} {match[2]}"
