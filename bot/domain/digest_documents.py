"""Digests as YAML: read with every problem found, and written so that it reads the same again."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from bot.domain.digests import (
    AUDIENCES,
    COMPARISONS,
    GRAINS,
    MAX_CHARTS,
    MAX_TOP,
    SECTIONS,
    SKIPS,
    Audience,
    Cadence,
    DigestDefinition,
    Selection,
    span_words,
)
from bot.domain.documents import DefinitionErrors, Node, Report, read_yaml
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Category
from bot.domain.people import ROLES
from bot.domain.schedules import Every, Schedule, from_mapping

KIND = "DigestSet"
API_VERSION = "barometer/v1"
CADENCES: Mapping[Every, Cadence] = {
    "daily": "daily",
    "weekdays": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "quarterly": "quarterly",
}
"""The cadence of a digest by its schedule, unless its definition says otherwise."""

LATEST: Mapping[Cadence, timedelta] = {
    "daily": timedelta(hours=12),
    "weekly": timedelta(days=3),
    "monthly": timedelta(days=7),
    "quarterly": timedelta(days=14),
}
"""How long after its due time a digest still makes sense, unless its definition says otherwise."""

FIELDS = (
    "name",
    "title",
    "audience",
    "target",
    "owner",
    "schedule",
    "cadence",
    "kpis",
    "compare",
    "top",
    "sections",
    "charts",
    "skip_if",
    "stale",
    "deadline",
)
NAME = re.compile(r"[a-z][a-z0-9-]{0,79}")
"""The names of digests: short enough to stand before the due time in the id of a run."""
ID = re.compile(r"[CGUW][A-Z0-9]{2,39}")
_KPI_NAME = re.compile(r"[a-z][a-z0-9-]{0,79}")
SPAN = re.compile(r"(\d{1,4})(m|h|d)")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
_LONGEST = timedelta(days=60)
_ANY = Schedule("daily", 9, 0, "UTC")
"""Stands in for a schedule that cannot be read, so that the other fields are still looked at."""


def parse_digests(text: str, file: str = "", zone: str = "UTC") -> list[DigestDefinition]:
    """The digests of a YAML file. A schedule without a zone is read in `zone`, an IANA name.

    :raises DefinitionErrors: every problem, each with file, line, field and what to write instead.
    """
    report = Report(file)
    root = read_yaml(text, report)
    found = _digest_set(root, report, zone) if root else []
    if report.problems:
        raise DefinitionErrors(report.problems)
    return found


def is_digest_file(text: str) -> bool:
    """Whether a YAML file says that it holds digests."""
    return re.search(rf"^kind:\s*[\"']?{KIND}\b", text, re.MULTILINE) is not None


def to_yaml(definition: DigestDefinition) -> str:
    """The file that defines this one digest; reading it gives the same definition."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    out = io.StringIO()
    yaml.dump({"apiVersion": API_VERSION, "kind": KIND, "digests": [_plain(definition)]}, out)
    return out.getvalue()


def _plain(definition: DigestDefinition) -> dict[str, Any]:
    d = definition
    fields: dict[str, Any] = {
        "name": d.name,
        "title": d.title,
        "audience": d.audience,
        "target": d.target,
        "owner": d.owner,
        "schedule": _plain_schedule(d.schedule),
        "cadence": d.cadence,
        "kpis": _plain_selection(d.kpis),
        "compare": list(d.compare),
        "top": d.top,
        "sections": list(d.sections),
        "charts": d.charts if d.charts == "auto" else list(d.charts),
        "skip_if": sorted(d.skip_if),
        "stale": d.stale,
        "deadline": span_words(d.deadline),
    }
    return {name: value for name, value in fields.items() if value != ""}


def _plain_schedule(schedule: Schedule) -> dict[str, Any]:
    fields: dict[str, Any] = {"every": schedule.every}
    if schedule.on:
        fields["on"] = list(schedule.on)
    if schedule.every in ("monthly", "quarterly"):
        fields["day"] = schedule.day
    if schedule.every == "quarterly":
        fields["month"] = schedule.month
    return fields | {"at": f"{schedule.hour:02}:{schedule.minute:02}", "timezone": schedule.zone}


def _plain_selection(selection: Selection) -> dict[str, Any]:
    if selection.everything:
        return {"all": True}
    chosen = {
        "category": [c.value for c in selection.categories],
        "names": list(selection.names),
        "owner": list(selection.owners),
    }
    return {name: values for name, values in chosen.items() if values}


def _digest_set(root: Node, report: Report, zone: str) -> list[DigestDefinition]:
    if not isinstance(root.value, Mapping):
        report.add("", "this is no set of digests", f"write kind: {KIND} and digests:", root.line)
        return []
    for name, node in root.value.items():
        if name not in ("apiVersion", "kind", "digests"):
            report.add(name, "this is not known here", "a file has apiVersion, kind and digests", node.line)
    for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        if name not in root.value or root.value[name].value != wanted:
            report.add(name, "it is missing or another", f"write {name}: {wanted}", root.line)
    listed = root.value.get("digests")
    if listed is None or not isinstance(listed.value, tuple) or not listed.value:
        report.add("digests", "there are none", "list at least one digest", root.line)
        return []
    found = [_digest(node, _Reader(report, f"digests[{n}]", zone)) for n, node in enumerate(listed.value)]
    digests = [d for d in found if d]
    _no_name_twice(digests, report)
    return digests


def _no_name_twice(digests: Iterable[DigestDefinition], report: Report) -> None:
    lines: dict[str, int] = {}
    for digest in digests:
        if digest.name in lines:
            report.add(digest.name, f"it stands on line {lines[digest.name]} already", "give it another name", digest.line)
        lines.setdefault(digest.name, digest.line)


@dataclass(slots=True)
class _Reader:
    """Reads the fields of one digest, and notes what is wrong with them under `path`."""

    report: Report
    path: str
    zone: str

    def wrong(self, name: str, node: Node, problem: str, mend: str) -> None:
        self.report.add(f"{self.path}.{name}", problem, mend, node.line)

    def text(self, name: str, node: Node, default: str = "") -> str:
        if node.value is None:
            return default
        if not isinstance(node.value, str):
            self.wrong(name, node, "this is not text", "put it in quotes")
            return default
        return node.value.strip() or default

    def matching(self, name: str, node: Node, pattern: re.Pattern[str], mend: str) -> str:
        word = self.text(name, node)
        if word and not pattern.fullmatch(word):
            self.wrong(name, node, f"“{word[:40]}” cannot be it", mend)
        return word

    def choice(self, name: str, node: Node, known: Collection[str], default: str) -> str:
        word = self.text(name, node, default)
        if word in known:
            return word
        self.wrong(name, node, f"“{word[:40]}” is not known", _hint(word, known))
        return default

    def choices(self, name: str, node: Node, known: Collection[str], default: Iterable[str] = ()) -> tuple[str, ...]:
        words = self.words(name, node)
        if words is None:
            return tuple(default)
        for word in words:
            if known and word not in known:
                self.wrong(name, node, f"“{word[:40]}” is not known", _hint(word, known))
        return tuple(dict.fromkeys(words))

    def words(self, name: str, node: Node) -> list[str] | None:
        if node.value is None:
            return None
        items = node.value if isinstance(node.value, tuple) else (node,)
        words = [item.value for item in items]
        if not all(isinstance(word, str) for word in words):
            self.wrong(name, node, "this is not a list of words", "write them as [one, two]")
            return None
        return [str(word).strip() for word in words]


def _hint(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]}? Otherwise use one of {', '.join(known)}" if near else f"use one of {', '.join(known)}"


def _digest(node: Node, read: _Reader) -> DigestDefinition | None:
    if not isinstance(node.value, Mapping):
        read.report.add(read.path, "this is no digest", "give it name, audience, schedule and kpis", node.line)
        return None
    fields = node.value
    for name, other in fields.items():
        if name not in FIELDS:
            read.wrong(name, other, "a digest has no such field", _hint(name, FIELDS))
    missing = [name for name in ("name", "audience", "schedule", "kpis") if name not in fields]
    for name in missing:
        read.wrong(name, node, "it is missing", "add it")
    schedule = _schedule(fields["schedule"], read) if "schedule" in fields else _ANY
    return _assembled(node, fields, schedule, read)


def _assembled(node: Node, fields: Mapping[str, Node], schedule: Schedule, read: _Reader) -> DigestDefinition:
    def field(name: str) -> Node:
        return fields.get(name, Node(None, node.line))

    cadence = cast(Cadence, read.choice("cadence", field("cadence"), tuple(GRAINS), CADENCES[schedule.every]))
    name = read.matching("name", field("name"), NAME, "use lower-case letters, digits and hyphens, such as team-weekly")
    id_mend = "give the id of a channel or person, such as C0123ABCD or U0123ABCD, not its name"
    return DigestDefinition(
        name=name,
        title=read.text("title", field("title"), name.replace("-", " ").capitalize())[:120],
        audience=cast(Audience, read.choice("audience", field("audience"), tuple(AUDIENCES), "")),
        schedule=schedule,
        cadence=cadence,
        kpis=_selection(field("kpis"), read),
        target=read.matching("target", field("target"), ID, id_mend),
        owner=read.matching("owner", field("owner"), ID, id_mend),
        compare=cast(Any, read.choices("compare", field("compare"), COMPARISONS, COMPARISONS)),
        top=_top(field("top"), read),
        sections=_sections(field("sections"), read),
        charts=_charts(field("charts"), read),
        skip_if=frozenset(cast(Any, read.choices("skip_if", field("skip_if"), SKIPS))),
        stale=cast(Any, read.choice("stale", field("stale"), ("mark", "skip"), "mark")),
        deadline=_span(field("deadline"), read, LATEST[cadence]),
        file=read.report.file,
        line=node.line,
    )


def _schedule(node: Node, read: _Reader) -> Schedule:
    if not isinstance(node.value, Mapping):
        mend = 'write {every: weekly, on: monday, at: "09:00", timezone: Europe/Oslo}'
        read.wrong("schedule", node, "this is no schedule", mend)
        return _ANY
    try:
        return from_mapping({name: _bare(value) for name, value in node.value.items()}, read.zone)
    except InvalidInput as error:
        problem, _, mend = error.text.rstrip(".").partition("; ")
        read.wrong("schedule", node, problem, mend or "correct it")
        return _ANY


def _bare(node: Node) -> object:
    if isinstance(node.value, tuple):
        return [_bare(item) for item in node.value]
    return str(node.value) if isinstance(node.value, Decimal) else node.value


def _selection(node: Node, read: _Reader) -> Selection:
    if node.value == "all":
        return Selection(everything=True)
    if not isinstance(node.value, Mapping) or not node.value:
        read.wrong("kpis", node, "this picks no KPIs", "write {all: true}, or {category: [reliability]}, {names: [mttr]}")
        return Selection()
    for name, other in node.value.items():
        if name not in ("all", "category", "names", "owner"):
            read.wrong(f"kpis.{name}", other, "KPIs cannot be picked by it", "use all, category, names or owner")
    nothing = Node(None, node.line)
    names = read.words("kpis.names", node.value.get("names", nothing)) or []
    for name in names:
        if not _KPI_NAME.fullmatch(name):
            read.wrong(
                "kpis.names", node.value["names"], f"“{name[:40]}” is no name of a KPI", "write it as /kpi list shows it"
            )
    categories = read.choices("kpis.category", node.value.get("category", nothing), [c.value for c in Category])
    return Selection(
        node.value.get("all", nothing).value is True,
        tuple(Category(c) for c in categories if c in list(Category)),
        tuple(dict.fromkeys(names)),
        read.choices("kpis.owner", node.value.get("owner", nothing), ROLES),
    )


def _top(node: Node, read: _Reader) -> int:
    if node.value is None:
        return 3
    if isinstance(node.value, Decimal) and node.value == int(node.value) and 1 <= node.value <= MAX_TOP:
        return int(node.value)
    read.wrong("top", node, "this is no number of KPIs to point out", f"write a whole number from 1 to {MAX_TOP}")
    return 3


def _sections(node: Node, read: _Reader) -> tuple[str, ...]:
    chosen = read.choices("sections", node, SECTIONS, SECTIONS)
    return tuple(name for name in SECTIONS if name in chosen)


def _charts(node: Node, read: _Reader) -> tuple[str, ...] | Literal["auto"]:
    if node.value in (None, "auto"):
        return "auto"
    if node.value in ("none", False):
        return ()
    names = read.words("charts", node) or []
    if len(names) > MAX_CHARTS or not all(_KPI_NAME.fullmatch(name) for name in names):
        read.wrong("charts", node, "these cannot be drawn", f"write auto, none, or the names of up to {MAX_CHARTS} KPIs")
    return tuple(names)


def _span(node: Node, read: _Reader, default: timedelta) -> timedelta:
    word = read.text("deadline", node)
    if not word:
        return default
    match = SPAN.fullmatch(word)
    span = timedelta(minutes=int(match[1]) * _MINUTES[match[2]]) if match else timedelta()
    if not timedelta(0) < span <= _LONGEST:
        read.wrong(
            "deadline", node, f"“{word[:40]}” is no span of time", "write minutes, hours or days, such as 12h, up to 60d"
        )
        return default
    return span
