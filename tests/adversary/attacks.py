"""How an adversary ties answers to people, and finds out who answered when, from looks at a database.

Each attack guesses somebody for everything: where it learns nothing, anybody. So by chance it is right once in as many times as
there are people.
"""

import hashlib
import hmac
import itertools
import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from bot.ballots import FLAG
from tests.adversary.looks import PLACE, WRITER, Look, Row

NEAR = 64
"""Bytes around what changed in a page that are searched for somebody's id."""
STEP = 32
BESIDE = 300
"""Bytes around an answer in what is left of a database."""


@dataclass(frozen=True)
class Case:
    """One wave as the adversary knows it: looks before the first answer, after each, and after the close.

    `arrived` is who answered in which order. To find out who said what it is given: whoever saw people come may know it.
    `authors` is who said anything in the end, in no order: somebody may know that as well.
    `again` are looks in a second pass, before the first change and after each, in which nobody saw who came.
    `answers` is the table of what was said in the end, with `text`; `kept` the one that is changed by every answer; `asked`
    the one of the people who are asked.
    """

    people: Sequence[str]
    arrived: Sequence[str]
    authors: Collection[str]
    looks: Sequence[Look]
    again: Sequence[Look]
    after: Look
    answers: str
    kept: str
    asked: str
    secrets: Sequence[str]
    wave: int = 0

    @property
    def said(self) -> list[Row]:
        """What was said in this wave, in the order in which it lies there."""
        return [row for row in self.after.rows[self.answers] if row.get("wave_id", 0) == self.wave]

    @property
    def steps(self) -> Iterator[tuple[Look, Look]]:
        return itertools.pairwise(self.looks)


Attack = Callable[[Case, random.Random], Mapping[str, str]]
"""The person that an attack guesses for each answer; or for each step of a pass (by its number), who came in it."""


def by_time(case: Case, chance: random.Random) -> dict[str, str]:
    """The person beside whose id the nearest time stands."""
    people = [(at, user) for row in _everything(case.after) for user in named(row, case.people) for at in _times(row)]
    found = {}
    for row in case.said:
        times = _times(row)
        near = min(people, key=lambda each: abs(each[0] - times[0]), default=None) if times else None
        found[row["text"]] = near[1] if near else chance.choice(case.people)
    return found


def by_order(case: Case, chance: random.Random) -> dict[str, str]:
    """The answers as they lie, beside the people as they came."""
    return _zipped(case.said, case.arrived, chance)


def by_ids(case: Case, chance: random.Random) -> dict[str, str]:
    """The answers as they lie, beside their authors in the order of their ids."""
    return _zipped(case.said, sorted(case.authors), chance)


def by_invitations(case: Case, chance: random.Random) -> dict[str, str]:
    """The answers as they lie, beside their authors in the order in which their invitations lay."""
    asked = (row["user_id"] for row in case.looks[-1].rows[case.asked])
    return _zipped(case.said, [user for user in asked if user in case.authors], chance)


def by_writer_order(case: Case, chance: random.Random) -> dict[str, str]:
    """The answers in the order of the transactions that wrote them, beside the people as they came."""
    return _zipped(sorted(case.said, key=lambda row: (row.get(WRITER, 0), _place(row))), case.arrived, chance)


def by_writer(case: Case, chance: random.Random) -> dict[str, str]:
    """The person whose id was written by the same transaction, in whichever table."""
    writers: dict[int, set[str]] = {}
    for row in _everything(case.after):
        writers.setdefault(row.get(WRITER, -1), set()).update(named(row, case.people))
    return {row["text"]: _one(writers.get(row.get(WRITER, -2), ()), case.people, chance) for row in case.said}


def by_difference(case: Case, chance: random.Random) -> dict[str, str]:
    """The row that was added or changed when somebody came; and at the close, what lies in its place."""
    owners: dict[object, str] = {}
    for (before, after), user in zip(case.steps, case.arrived, strict=True):
        owners[_key(chance.choice(changed(before.rows[case.kept], after.rows[case.kept])))] = user
    if case.kept == case.answers:
        return {row["text"]: owners.get(_key(row)) or chance.choice(case.people) for row in case.said}
    # Elsewhere the places of rows are all that may tell.
    places = sorted(_key(row) for row in case.looks[-1].rows[case.kept])
    return _zipped(case.said, [owners.get(place, "") for place in places], chance)


def by_enumeration(case: Case, chance: random.Random) -> dict[str, str]:
    """The person of whom a digest that anybody can work out stands in the row, or in the row in its place."""
    known = {digest: user for user in case.people for digest in _digests(user, case.secrets)}
    found = {}
    kept = sorted(case.looks[-1].rows[case.kept], key=_key)
    for row, other in itertools.zip_longest(case.said, kept):
        if row is not None:
            values = [*row.values(), *(other or {}).values()] if case.kept != case.answers else list(row.values())
            found[row["text"]] = _one({known[d] for d in map(_plain, values) if d in known}, case.people, chance)
    return found


def by_size(case: Case, chance: random.Random) -> dict[str, str]:
    """The only person whose ballot is as long as the answer; where ballots have no names, those of their order."""
    kept = sorted(case.looks[-1].rows[case.kept], key=_key)
    lengths: dict[int, list[str]] = {}
    for row, user in zip(kept, sorted(case.people), strict=False):
        lengths.setdefault(len(row["body"]), []).append(row.get("user_id") or user)
    more = min(lengths) - min(len(row["text"]) for row in case.said)
    return {row["text"]: _one(lengths.get(len(row["text"]) + more, ()), case.people, chance) for row in case.said}


def by_residue(case: Case, chance: random.Random) -> dict[str, str]:
    """The person whose id is nearest to the words anywhere in the bytes that are left."""
    found = {}
    for row in case.said:
        near: list[tuple[int, str]] = []
        for place in _places(case.after.raw, row["text"].encode()):
            around = case.after.raw[max(0, place - BESIDE) : place + BESIDE]
            middle = min(place, BESIDE)
            near += [(abs(p - middle), u) for u in case.people for p in _places(around, u.encode())]
        found[row["text"]] = min(near)[1] if near else chance.choice(case.people)
    return found


WHO_SAID_WHAT: Mapping[str, Attack] = {
    "nearest time": by_time,
    "order of rows": by_order,
    "order of ids": by_ids,
    "order of invitations": by_invitations,
    "order of transactions": by_writer_order,
    "same transaction": by_writer,
    "which row changed": by_difference,
    "enumerated hashes": by_enumeration,
    "lengths": by_size,
    "what is left in the bytes": by_residue,
}


def by_named_rows(case: Case, chance: random.Random) -> dict[str, str]:
    """The person whose id stands in a row of any table that was added or changed meanwhile: job, receipt, pace, ledger …"""
    found = {}
    for n, (before, after) in enumerate(case.steps):
        rows = [row for name in after.rows for row in changed(before.rows.get(name, ()), after.rows[name])]
        found[str(n)] = _one({u for row in rows for u in named(row, case.people)}, case.people, chance)
    return found


def by_changed_bytes(case: Case, chance: random.Random) -> dict[str, str]:
    """The person whose id is near to the bytes of a page that changed, and better, was not there before."""
    found = {}
    for n, (before, after) in enumerate(case.steps):
        was, now = near_changes(before.pages, after.pages, case.people)
        found[str(n)] = _one(now - was or now, case.people, chance)
    return found


def by_log(case: Case, chance: random.Random) -> dict[str, str]:
    """The person whose id the database logged meanwhile, and better, for the first time."""
    found, seen = {}, set[str]()
    for n, (_, after) in enumerate(case.steps):
        logged = _ids(case.people, after.log.decode("latin-1"))
        found[str(n)] = _one(logged - seen or logged, case.people, chance)
        seen |= logged
    return found


WHO_WHEN: Mapping[str, Attack] = {
    "ids in changed rows of any table": by_named_rows,
    "ids near changed bytes": by_changed_bytes,
    "ids in the database's log": by_log,
}


def by_known_row(case: Case, chance: random.Random) -> dict[str, str]:
    """The person in whose step of the first pass, when it was seen who came, the row changed that changes again."""
    owners = {_changed_one(step, case, chance): user for step, user in zip(case.steps, case.arrived, strict=True)}
    again = (_changed_one(step, case, chance) for step in itertools.pairwise(case.again))
    return {str(n): owners.get(key) or chance.choice(case.people) for n, key in enumerate(again)}


def by_known_flag(case: Case, chance: random.Random) -> dict[str, str]:
    """As that, where only the beginning of a ballot is looked at: its flag, which says whether it was cast."""
    looks, again = ([_flags(look, case.kept) for look in each] for each in (case.looks, case.again))
    return by_known_row(replace(case, looks=looks, again=again), chance)


WHO_AGAIN: Mapping[str, Attack] = {
    "whose row changed before": by_known_row,
    "whose flag changed before": by_known_flag,
}


def _changed_one(step: tuple[Look, Look], case: Case, chance: random.Random) -> object:
    """What the row is called that changed, or one of them."""
    before, after = step
    return _key(chance.choice(changed(before.rows[case.kept], after.rows[case.kept]) or after.rows[case.kept]))


def _flags(look: Look, table: str) -> Look:
    return replace(look, rows={table: [_begun(row) for row in look.rows[table]]})


def _everything(look: Look) -> Iterator[Row]:
    return itertools.chain.from_iterable(look.rows.values())


def _zipped(rows: Iterable[Row], people: Sequence[str], chance: random.Random) -> dict[str, str]:
    return {row["text"]: who or chance.choice(people) for row, who in zip(rows, people, strict=False)}


def _begun(row: Row) -> Row:
    return {name: value[:FLAG] if name == "body" else value for name, value in row.items()}


def _one(candidates: Iterable[str], people: Sequence[str], chance: random.Random) -> str:
    return chance.choice(sorted(candidates) or list(people))


def _place(row: Row) -> object:
    found = row[PLACE]
    return tuple(int(each) for each in found.strip("()").split(",")) if isinstance(found, str) else found


def _key(row: Row) -> object:
    """What a row is called: its first column that is no number."""
    return next(_plain(v) for name, v in row.items() if name not in (PLACE, WRITER) and not isinstance(v, int))


def _plain(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def _facts(row: Row) -> tuple[str, ...]:
    return tuple(_plain(value) for name, value in row.items() if name not in (PLACE, WRITER))


def changed(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    if before == after:
        return []
    was = {_facts(row) for row in before}
    return [row for row in after if _facts(row) not in was]


def named(row: Row, people: Sequence[str]) -> set[str]:
    """The people whose ids stand in a row, in words or as bytes."""
    words = "\0".join(_facts(row))
    return _ids(people, words) | {bytes.fromhex(each).decode() for each in _ids([u.encode().hex() for u in people], words)}


def _ids(people: Sequence[str], words: str) -> set[str]:
    return set(_pattern(tuple(people)).findall(words))


@lru_cache(maxsize=16)
def _pattern(people: tuple[str, ...]) -> re.Pattern[str]:
    first, last = min(people), max(people)
    shared = first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    return re.compile(f"{shared}(?:{'|'.join(each.removeprefix(shared) for each in people)})")


def _times(row: Row) -> list[float]:
    found = []
    for value in row.values():
        try:
            found.append(value.timestamp() if isinstance(value, datetime) else datetime.fromisoformat(value).timestamp())
        except (TypeError, ValueError):
            continue
    return found


def _digests(user: str, secrets: Sequence[str]) -> Iterator[str]:
    """Digests of somebody with what stands in the database, or in public code."""
    for secret, kind in itertools.product(("", "survey", *secrets), ("md5", "sha1", "sha256", "blake2b")):
        for text in (secret + user, user + secret, f"{secret}\0{user}", f"{secret}:{user}"):
            yield from _cut(hashlib.new(kind, text.encode()).digest())
        yield from _cut(hmac.digest(secret.encode(), user.encode(), kind))


def _cut(digest: bytes) -> Iterator[str]:
    yield digest.hex()
    yield digest[:16].hex()


def _places(raw: bytes, wanted: bytes) -> Iterator[int]:
    place = raw.find(wanted)
    while place >= 0:
        yield place
        place = raw.find(wanted, place + 1)


Pages = Mapping[tuple[str, int], bytes]


def near_changes(before: Pages, after: Pages, people: Sequence[str]) -> tuple[set[str], set[str]]:
    """The ids near to changed bytes, as they were and as they are."""
    was, now = [], []
    for place, page in after.items():
        old = before.get(place, b"").ljust(len(page), b"\0")
        if page != old:
            for start in range(0, len(page), STEP):
                if page[start : start + STEP] != old[start : start + STEP]:
                    near = slice(max(0, start - NEAR), start + STEP + NEAR)
                    was.append(old[near])
                    now.append(page[near])
    return tuple(_ids(people, b"\xff".join(each).decode("latin-1")) for each in (was, now))  # type: ignore[return-value]
