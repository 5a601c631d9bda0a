"""How many a wave asked, in all and by group: as it was when it opened, whoever was taken out since."""

from collections import Counter
from collections.abc import Mapping, Sequence

Groups = Mapping[str, str]
"""The values of cuts that somebody belongs to; a cut of which they have none is missing."""


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
