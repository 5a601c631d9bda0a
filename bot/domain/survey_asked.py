"""How many a wave asked, in all, by group and by hour: as it was when it opened, whoever was taken out since."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
Groups = Mapping[str, str]
"""The values of cuts that somebody belongs to; a cut of which they have none is missing."""


@dataclass(frozen=True, slots=True)
class Hour:
    """How many people are asked from an hour on, and when the first of them."""

    people: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ToCome:
    """How many are still to be invited, and when the last of them; without that, it is late or being worked out.

    None: some, who should have been by now, and so few that one fewer could be somebody who was deleted. False: nobody is.
    """

    people: int | None
    last: datetime | None

    def __bool__(self) -> bool:
        return self.people != 0


NOBODY = ToCome(0, None)


def hours(zones: Iterable[str], at: Mapping[str, datetime]) -> dict[str, tuple[int, str]]:
    """How many are asked in each zone from its hour on, and when that is, to be kept; `zones` are those of these people."""
    people = Counter(zones)
    return {zone: (people[zone], moment.isoformat()) for zone, moment in sorted(at.items())}


def later(moments: Iterable[datetime]) -> list[tuple[int, str]]:
    """How many are asked from other hours on, to be kept; `moments` are theirs."""
    return [(n, moment.isoformat()) for moment, n in sorted(Counter(moments).items())]


def later_kept(kept: Iterable[tuple[int, str]]) -> list[Hour]:
    """What `later` kept."""
    return [Hour(n, datetime.fromisoformat(at)) for n, at in kept]


def hours_kept(kept: Mapping[str, tuple[int, str]]) -> dict[str, Hour]:
    """What `hours` kept, by zone."""
    return {zone: Hour(n, datetime.fromisoformat(at)) for zone, (n, at) in kept.items()}


def still_waiting(found: Iterable[Hour], now: datetime, each: timedelta) -> tuple[int, datetime | None]:
    """How many are asked at hours after `now`; and when the last is, where those of one hour are asked one after the other.

    None: within a minute, or before.
    """
    by_hour: Counter[datetime] = Counter()
    for hour in found:
        by_hour[hour.at] += hour.people
    last = max((at + (n - 1) * each for at, n in by_hour.items() if n), default=now)
    return sum(n for at, n in by_hour.items() if at > now), last if last > now + MINUTE else None


def counted(cuts: Sequence[str], asked: Sequence[Groups]) -> dict[str, dict[str, int]]:
    """How many of those who are asked belong to each value of each cut, and nothing of two cuts together."""
    return {cut: dict(sorted(Counter(each[cut] for each in asked if cut in each).items())) for cut in cuts}


def everybody(left: Sequence[Groups], frozen: Mapping[str, Mapping[str, int]], total: int) -> list[Groups]:
    """The groups of all `total` who were asked: of those who are `left`, and of as many others as the `frozen` counts say.

    Which cuts the others had together is not kept: each is taken to be like somebody who is left where the counts allow it,
    since a combination that nobody has would be audited as if it told groups apart.
    """
    away = max(total - len(left), 0)
    missing = {cut: _missing(cut, values, left, away) for cut, values in frozen.items()}
    found: list[Groups] = []
    for like in dict.fromkeys(tuple((cut, each.get(cut, "")) for cut in frozen) for each in left):
        for _ in range(min((missing[cut][value] for cut, value in like), default=0)):
            missing = {cut: missing[cut] - Counter([value]) for cut, value in like}
            found.append(dict(like))
    rest = [list(each.elements()) for each in missing.values()]
    found += [dict(zip(frozen, values, strict=True)) for values in zip(*rest, strict=False)]
    found += [{}] * (away - len(found))
    return [*left, *({cut: value for cut, value in each.items() if value} for each in found[:away])]


def _missing(cut: str, frozen: Mapping[str, int], left: Sequence[Groups], away: int) -> Counter[str]:
    """Of which values those are who are `away`; "" for those who had none."""
    missing = Counter(frozen) - Counter(each[cut] for each in left if cut in each)
    return missing + Counter({"": away - missing.total()})
