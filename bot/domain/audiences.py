"""Who is invited to a survey: channels, user groups and people, or a file that says who is in which group."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.domain.csv_tables import CsvTable, Row, read_csv
from bot.domain.errors import InvalidInput
from bot.domain.periods import quoted

MOST_NAMED = 100
"""So many channels, user groups and people together may be named. More people go into a file."""
LONGEST_CUT = 60
MOST_GROUPS = 50
"""So many values a column of a file may have: each is a group that results may be shown for."""
SAID_PROBLEMS = 3

Reason = Literal["unknown", "bot", "deactivated", "guest", "opted out"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why somebody is not invited. Where several hold, the first counts."""

_WORDS = re.compile(r"<[^<>]*>|[^\s,<>]+|[<>]")
_MENTION = re.compile(r"<(?:@(?=[UW])|#(?=[CG])|!subteam\^(?=S))(?P<id>[A-Z0-9]+)(?:\|[^<>]*)?>")
_ID = re.compile(r"[@#]?(?P<id>[CGSUW][A-Z0-9]{2,})")
_EVERYBODY = re.compile(r"<!(?:channel|here|everyone)(?:\|[^<>]*)?>|@(?:channel|here|everyone)")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the workspace. `zone` is an IANA name, `language` a tag such as en-US; either may be empty.

    `is_guest`: a guest, or somebody of another organisation. `is_unknown`: the workspace knows nobody of this id.
    """

    user_id: str
    zone: str = ""
    language: str = ""
    is_bot: bool = False
    is_guest: bool = False
    is_deleted: bool = False
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in these channels and user groups, and these people, by their ids."""

    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The words from which `read_audience` reads it."""
        return " ".join((*self.channels, *self.groups, *self.people))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is invited, each once and in order of ids, and how many are not, by the reason."""

    invited: tuple[Member, ...]
    left_out: Mapping[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a file, each with their group in every cut ("team": "search"); without one where the cell is empty."""

    cuts: tuple[str, ...]
    people: Mapping[str, Mapping[str, str]]

    @property
    def audience(self) -> Audience:
        return Audience(people=tuple(self.people))


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """What is wrong with a line of a file; `column` is empty if it is the line as a whole."""

    line: int
    column: str
    text: str

    @property
    def words(self) -> str:
        """The problem with its place: "line 4, team: is longer than …"."""
        return f"line {self.line}{', ' if self.column else ''}{self.column}: {self.text}"


class BadRoster(InvalidInput):
    """{problem}"""

    def __init__(self, problems: tuple[RosterProblem, ...]) -> None:
        said = "; ".join(problem.words for problem in problems[:SAID_PROBLEMS])
        more = f"; and {len(problems) - SAID_PROBLEMS:,} more" if len(problems) > SAID_PROBLEMS else ""
        super().__init__(f"The file was not taken. Mend {said}{more}.")
        self.problems = problems


def read_audience(text: str) -> Audience:
    """The audience in words: mentions or ids of channels, user groups and people, between spaces or commas.

    :raises InvalidInput: there is none, or one of the words is something else.
    """
    ids = list(dict.fromkeys(_id(word) for word in _WORDS.findall(text)))
    if not ids:
        raise InvalidInput("Say who is asked: name channels, user groups or people, such as #ml-ops, @on-call or @ada.")
    if len(ids) > MOST_NAMED:
        raise InvalidInput(f"That names {len(ids)} channels, groups and people; name at most {MOST_NAMED}, or give a file.")
    return Audience(_of_kind(ids, "CG"), _of_kind(ids, "S"), _of_kind(ids, "UW"))


def chosen(members: Collection[Member], opted_out: Collection[str] = ()) -> Chosen:
    """Those of `members` who can be invited. `opted_out` are the ids of people who take part in no survey."""
    refusing = frozenset(opted_out)
    by_id = {member.user_id: member for member in members}
    reasons = {user: _reason(member, refusing) for user, member in by_id.items()}
    counted = Counter(reason for reason in reasons.values() if reason)
    invited = tuple(by_id[user] for user in sorted(by_id) if not reasons[user])
    return Chosen(invited, {reason: counted[reason] for reason in REASONS if counted[reason]})


def read_file(content: bytes) -> Roster:
    """The people in a CSV file: ids or mentions in its first column; every other column is a cut, such as team or tenure.

    :raises BadRoster: lines of it are wrong; nothing of it is taken.
    :raises InvalidInput: it cannot be read at all, or names nobody.
    """
    table = read_csv(content)
    cuts = table.columns[1:]
    if _is_user(table.columns[0].upper()) and any(letter.isdigit() for letter in table.columns[0]):
        raise InvalidInput("The first line of the file names a person; put a line before it that names the columns.")
    if not all(table.columns):
        raise InvalidInput("A column of the file has no name; name each column in its first line, or take the column out.")
    if wrong := next((cut for cut in cuts if "=" in cut), ""):
        raise InvalidInput(f"The name of the column {quoted(wrong)} has “=” in it; give the column another name.")
    if long := next((cut for cut in cuts if len(cut) > LONGEST_CUT), ""):
        raise InvalidInput(f"The name of the column {quoted(long)} is too long; use at most {LONGEST_CUT} characters.")
    if problems := tuple(sorted(_problems(table), key=lambda problem: problem.line)):
        raise BadRoster(problems)
    if not table.rows:
        raise InvalidInput("The file has a header but names nobody; add a line for each person.")
    return Roster(cuts, {_person(table, row): _groups(cuts, row) for row in table.rows})


def audience_without(text: str, user: str) -> str:
    """The words of an audience without a person, all others as they were written."""
    words = _WORDS.findall(text)
    kept = [word for word in words if _reference(word) != user]
    return text if len(kept) == len(words) else " ".join(kept)


def file_without(text: str, user: str) -> str:
    """A file that `read_file` reads, without a person.

    :raises InvalidInput: it cannot be read.
    """
    table = read_csv(text.encode())
    kept = [row for row in table.rows if _person(table, row) != user]
    if len(kept) == len(table.rows):
        return text
    written = io.StringIO()
    csv.writer(written).writerows([table.columns, *([row.cells[name] for name in table.columns] for row in kept)])
    return written.getvalue()


def _id(word: str) -> str:
    if _EVERYBODY.fullmatch(word):
        raise InvalidInput(f"{quoted(word)} names no channel; name the channel whose members are asked, such as #ml-ops.")
    if found := _reference(word):
        return found
    raise InvalidInput(f"{quoted(word)} is no channel, user group or person; mention it, or copy its id from its details.")


def _of_kind(ids: list[str], letters: str) -> tuple[str, ...]:
    return tuple(each for each in ids if each[0] in letters)


def _reason(member: Member, opted_out: frozenset[str]) -> Reason | None:
    holds = (member.is_unknown, member.is_bot, member.is_deleted, member.is_guest, member.user_id in opted_out)
    return next((reason for reason, is_so in zip(REASONS, holds, strict=True) if is_so), None)


def _problems(table: CsvTable) -> Iterator[RosterProblem]:
    for line in table.uneven:
        yield RosterProblem(line, "", f"has not {len(table.columns)} cells as the header has; check its separators and quotes")
    yield from _wrong_people(table)
    for cut in table.columns[1:]:
        yield from _wrong_groups(table, cut)


def _wrong_people(table: CsvTable) -> Iterator[RosterProblem]:
    first_line: dict[str, int] = {}
    for row in table.rows:
        user = _person(table, row)
        if not user:
            written = row.cells[table.columns[0]].strip()
            problem = f"{quoted(written)} is no person" if written else "nobody is named"
            yield RosterProblem(row.line, table.columns[0], f"{problem}; write an id from a profile, such as U01ABCDEF")
        elif first_line.setdefault(user, row.line) != row.line:
            yield RosterProblem(row.line, table.columns[0], f"{user} is on line {first_line[user]} already; keep one of them")


def _wrong_groups(table: CsvTable, cut: str) -> Iterator[RosterProblem]:
    groups: set[str] = set()
    for row in table.rows:
        group = _group(row, cut)
        if len(group) > LONGEST_CUT:
            yield RosterProblem(row.line, cut, f"is longer than {LONGEST_CUT} characters; shorten it")
        elif group and group not in groups:
            groups.add(group)
            if len(groups) == MOST_GROUPS + 1:
                yield RosterProblem(row.line, cut, f"is the {len(groups)}st group; use at most {MOST_GROUPS} in a column")


def _person(table: CsvTable, row: Row) -> str:
    """The id that a line names; empty: none."""
    cell = row.cells[table.columns[0]].strip()
    return _reference(cell) if _is_user(cell) else ""


def _is_user(word: str) -> bool:
    return _reference(word)[:1] in ("U", "W")


def _reference(word: str) -> str:
    """The id in a mention or an id; empty: it is neither."""
    found = _MENTION.fullmatch(word) or _ID.fullmatch(word)
    return found["id"] if found else ""


def _groups(cuts: tuple[str, ...], row: Row) -> Mapping[str, str]:
    return {cut: group for cut in cuts if (group := _group(row, cut))}


def _group(row: Row, cut: str) -> str:
    return " ".join(row.cells[cut].split())
