"""What an eNPS tells of how many are passives, who are as much alike as detractors are or promoters."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.domain.release_coding import Kept
from bot.domain.release_groups import Group, cut_of, have_nobody_in_common
from bot.domain.release_shares import Span
from bot.domain.survey_figures import WHOLE

DETRACTORS, PASSIVES, PROMOTERS = range(7), range(7, 9), range(9, 11)
"""Where they stand among the counts of 0 to 10."""
PROMOTER_SCORES = (*[0] * len(DETRACTORS), *[50] * len(PASSIVES), *[100] * len(PROMOTERS))
"""Detractors, passives and promoters from 0 to 100: the mean of these, twice, less 100 is the eNPS."""


@dataclass(frozen=True, slots=True)
class _Told:
    """How many promoters and detractors a group has at least, by what is published of it.

    `is_exact`: if there are more, there are as many of both. `is_counted`: there are no more.
    """

    people: int
    promoters: int
    detractors: int
    is_exact: bool
    is_counted: bool = False


def spans(published: Sequence[Group], forms: Mapping[str, Kept], counts: Mapping[str, Sequence[int]]) -> dict[str, Span]:
    """Between what the number of those lies who are no passives, for each group, by the eNPS of all and everybody's counts.

    Promoters and detractors who stand against each other are not told of: there may be as many of both as everybody's counts
    leave when all that other groups have is taken from them, of any cut where no two groups share people, else of the same.
    """
    groups = [g for g in published if g.name != WHOLE]
    are_apart = have_nobody_in_common(groups)
    told = {g.name: _told(forms[g.name], counts[g.name]) for g in published}
    is_open = WHOLE in forms and forms[WHOLE].form == "full"
    found = {}
    for group in published:
        own, cut = told[group.name], cut_of(group.name)
        promoters = detractors = own.people
        if is_open:
            others = [told[g.name] for g in groups if g != group and (are_apart or cut_of(g.name) == cut)]
            promoters = told[WHOLE].promoters - sum(each.promoters for each in others)
            detractors = told[WHOLE].detractors - sum(each.detractors for each in others)
        found[group.name] = _not_passive(own, promoters, detractors)
    return found


def _not_passive(told: _Told, promoters: int, detractors: int) -> Span:
    """Between what their number lies where so many promoters and detractors are left for them."""
    least = told.promoters + told.detractors
    if told.is_counted:
        return Fraction(least), Fraction(least)
    if not told.is_exact:
        if least:
            # So many must one side be ahead: of the other there can be no more than leaves that.
            ahead, behind = (promoters, detractors) if told.promoters else (detractors, promoters)
            promoters, detractors = ahead, min(behind, ahead - least)
        return Fraction(least), Fraction(min(told.people, promoters + detractors))
    pairs = min(promoters - told.promoters, detractors - told.detractors, (told.people - least) // 2)
    return Fraction(least), Fraction(least + 2 * pairs)


def _told(form: Kept, counts: Sequence[int]) -> _Told:
    people, promoters, detractors = (sum(counts[place] for place in part) for part in (range(11), PROMOTERS, DETRACTORS))
    if form.form == "full":
        return _Told(people, promoters, detractors, is_exact=True, is_counted=True)
    ahead, is_bound = promoters - detractors, form.mean is None or bool(form.mean.bound)
    if is_bound:
        bound = Fraction(people * (2 * form.mean.value - 100), 100) if form.mean else Fraction(0)
        ahead = math.ceil(bound) if bound > 0 else math.floor(bound)
    return _Told(people, max(0, ahead), max(0, -ahead), is_exact=not is_bound)
