"""Phrases about released answers that more than one message uses: a figure with its interval, and why one is not shown."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bot.domain.parts import Text, text
from bot.domain.questions import KINDS
from bot.domain.release_coding import FULL_FROM
from bot.domain.survey_benchmarks import Source
from bot.domain.survey_changes import Trend
from bot.domain.survey_comparisons import LEAST_PARTICIPATION, Benchmark
from bot.domain.survey_counts import LEFT_OUT, SCORE
from bot.domain.survey_courses import CourseOf, cell_name
from bot.domain.survey_figures import ROUGHLY, WHOLE
from bot.domain.survey_receipts import KPI, RECOUNT, TEXTS, as_counted
from bot.domain.survey_reports import Results
from bot.domain.survey_results import CellResult, is_shown
from bot.domain.survey_waves import LOST
from bot.domain.surveys import LEAST_ANSWERS, Question, Survey, said
from bot.presenters.digest_words import counted
from bot.presenters.kpi_words import person

HIDDEN = "–"
EXPLAIN_HIDDEN = (
    f"{HIDDEN} is not shown: too few people, or it would tell what nearly all of them answered, or of other groups."
)
NOT_TESTED = "not tested"
MOSTLY_SEEN = "Changes mostly seen from"
AGAINST = "against up to four waves before, taken together"
"""With what a change is compared, as `RULE` says."""
BOUNDS = ("at least", "at most")
OF_THE_LIKE = "This interval is about what people like those asked would answer; that of results, about those asked alone."
OF_THOSE_ASKED = (
    "Intervals are about those who were asked, now; changes, the KPI and /pulse compare are about people like them, and less "
    "certain."
)
OTHERWISE = "those who did not may think otherwise."


def receipt(told: Mapping[str, Any]) -> str:
    """What became of a wave that has ended: "12 invited, 11 opened, 3 figures suppressed, keys destroyed 2026-11-24."; and what
    was counted anew since.
    """
    invited = int(str(told.get("invited", 0)))
    parts = [f"{invited} invited", f"{band(str(told.get('opened', 0)), invited)} opened"]
    if "suppressed" in told:
        parts.append(_suppressed(told))
    if told.get("spoilt"):
        parts.append(f"{told['spoilt']} spoilt")
    day = str(told.get("keys_destroyed", ""))
    parts.append("keys not destroyed yet" if not day else "keys lost" if day == LOST else f"keys destroyed {day}")
    why = f" Its answers were destroyed unopened: {told['why']}." if "why" in told else ""
    missed = f" {str(told['uninvited']).capitalize()} had no invitation yet." if told.get("uninvited") else ""
    return f"{', '.join(parts)}.{missed}{why}{_recorded(told)}{_anew(told)}"


def by(words: str, whom: str) -> Text:
    """A sentence, at its end by whom that was done."""
    return text(words.removesuffix("."), " by ", person(whom), ".") if whom else text(words)


def _suppressed(told: Mapping[str, Any]) -> str:
    """Such as "5 figures suppressed, 12 more in groups, and what people wrote", or "what people wrote is not shown"."""
    figures, in_groups, texts = (int(told.get(name) or 0) for name in ("suppressed", "suppressed_in_groups", TEXTS))
    if not figures and in_groups:
        return f"{counted(in_groups, 'figure')} of groups suppressed{' and what people wrote' if texts else ''}"
    if not figures and texts:
        return "what people wrote is not shown"
    groups = f", {in_groups} more in groups" if in_groups else ""
    wrote = f"{',' if groups else ''} and what people wrote" if texts else ""
    return f"{counted(figures, 'figure')} suppressed{groups}{wrote}"


def _recorded(told: Mapping[str, Any]) -> str:
    """Such as " Recorded for the KPI engagement: 66/100 for H2 2026, in place of engagement #1."; or why nothing was."""
    made = told.get(KPI)
    if not made:
        return ""
    if "why" in made:
        return f" Nothing was recorded for the KPI {made['name']}: {made['why']}."
    instead = f", in place of {made['instead']}" if made["instead"] else ""
    return f" Recorded for the KPI {made['name']}: {made['value']} for {made['period']}{instead}."


def _anew(told: Mapping[str, Any]) -> str:
    """Such as " Counted anew since, without 3 who were deleted: 4 of 4 answered, 5 figures suppressed."."""
    found = told.get(RECOUNT)
    if not found:
        return ""
    without = f"{found['without']} who {'was' if found['without'] == 1 else 'were'} deleted"
    return f" Counted anew since, without {without}: {found['opened']} of {found['invited']} answered, {_suppressed(found)}."


def estimate(cell: CellResult | None, figure: str, unit: str = "", digits: str = ".0f") -> str:
    """A figure with its interval: "72 (59–87)", "at least 80%", or – where it is not shown."""
    value = cell.value(figure) if cell and not cell.withheld else None
    if cell is None or value is None:
        return HIDDEN
    bound = cell.words(figure) if cell.words(figure) in BOUNDS else ""
    low, high = cell.value(f"{figure}_low"), cell.value(f"{figure}_high")
    # Where nearly all answered alike, a mean or an eNPS is that of their answer, whatever the one gave.
    is_coded = figure in ("mean", "enps") and cell.words("form") == "coded" and not bound
    is_coarse = is_coded or cell.words(figure) == ROUGHLY
    shown = f"{'about ' if is_coarse else ''}{_plain(value, digits)}"
    if bound or low is None or high is None:
        return f"{bound} {shown}{unit}".strip()
    if low == high:
        return f"{shown}{unit} (everyone answered)"
    return f"{shown}{unit} ({_plain(low, digits)} to {_plain(high, digits)})"


def rounded(value: float, digits: str = ".0f") -> str:
    """A figure in whole numbers, or with so many digits after the point, halves away from nothing: 62.5 is 63."""
    if not digits.endswith("f"):
        return f"{value:{digits}}"
    smallest = Decimal(1).scaleb(-int(digits[1:-1]))
    return str(Decimal(repr(round(value, 6))).quantize(smallest, ROUND_HALF_UP) + 0)


def percent(some: float, of: float) -> str:
    """A share in whole per cent."""
    return f"{rounded(100 * some / of)}%"


def shortened(words: str, longest: int) -> str:
    """Words of so many characters at most; longer ones are cut after a word, with "…"."""
    if len(words) <= longest:
        return words
    cut = words.rfind(" ", 0, longest)
    return f"{words[: cut if cut > 0 else longest - 1].rstrip(' ,;:.')}…"


def size(found: Results, cell: CellResult | None) -> str:
    """How many of everybody who was asked stand behind a cell: "12 of 18", or a band of them."""
    if cell is None or (cell.value("n") is None and not cell.words("n")):
        return HIDDEN
    asked = found.cells.get("response", {}).get(WHOLE)
    invited = int(asked.value("invited") or 0) if asked else 0
    n = cell.value("n")
    return f"{band(cell.words('n'), invited) if n is None else f'{n:.0f}'} of {invited}"


def why_hidden(cell: CellResult | None, question: Question) -> str:
    """Why nothing is shown of a question, as a part of a sentence."""
    takes = f": it takes {FULL_FROM}" if _needs_a_histogram(question) else ""
    return {
        "": "not shown",
        "too few": f"too few answers to show{takes}",
        LEFT_OUT: "too few answers to show, or it would tell of other groups",
        "it would tell of a single answer": "not shown, since it would tell of a single answer",
    }.get(cell.withheld if cell else "too few", "not shown")


def not_shown(found: Results) -> list[str]:
    """What the mark of what is not shown means, where it stands, and that what people wrote is not shown, where it is not."""
    asked = [q for q in found.questions if KINDS[q.kind].SHAPE != "text"]
    everybody = [found.cells.get(q.id, {}).get(WHOLE) for q in asked]
    bounds = [cell for q, cell in zip(asked, everybody, strict=True) if cell and KINDS[q.kind].SHAPE == "scale"]
    is_marked = not all(map(is_shown, everybody)) or any(cell.value("mean") is None for cell in bounds)
    least = f"{found.contract.comment_minimum} people, without whoever sees it"
    wrote = f"What people wrote (comments and short texts) is not shown: it takes answers of {least}."
    return [*([EXPLAIN_HIDDEN] if is_marked else []), *([wrote] if as_counted(found.receipt).get(TEXTS) else [])]


def _needs_a_histogram(question: Question) -> bool:
    """Whether nothing but how many answered can be told of it without one: it has neither a mean nor a favourable share."""
    return KINDS[question.kind].SHAPE in ("number", "shares", "ranks") and question.kind != "yes_no"


def response(found: Results, cut: str = WHOLE) -> str:
    """Who answered: "11 of 12 answered (92%)"."""
    cell = found.cells.get("response", {}).get(cut)
    if cell is None and cut == WHOLE:
        # With names, a wave that too few answered has no figures, and is counted all the same.
        told = as_counted(found.receipt)
        return f"{told.get('opened', 0)} of {told.get('invited', 0)} answered"
    invited = int(cell.value("invited") or 0) if cell else 0
    answered = cell.value("answered") if cell else None
    if answered is None:
        return f"{people(cell) if cell else 'Some'} of {invited} answered"
    return f"{answered:.0f} of {invited} answered ({percent(answered, invited)})" if invited else f"{answered:.0f} answered"


def people(cell: CellResult) -> str:
    """How many answered, where that is a band: never more than were asked."""
    return band(cell.words("answered") or "Some", int(cell.value("invited") or 0))


def low_answering(found: Results) -> str:
    """That those who did not answer may think otherwise; where how many answered is a band, by its ends alone."""
    if found.rates is not None:
        return f"Under {LEAST_PARTICIPATION:.0%} answered: {OTHERWISE}" if found.rates.is_low else ""
    cell = found.cells.get("response", {}).get(WHOLE)
    invited = int(cell.value("invited") or 0) if cell else 0
    if cell is None or cell.withheld or LEAST_PARTICIPATION * invited <= LEAST_ANSWERS:
        return ""
    most = min(FULL_FROM - 1, invited)
    return f"Between {percent(LEAST_ANSWERS, invited)} and {percent(most, invited)} answered: {OTHERWISE}"


def band(words: str, invited: int) -> str:
    """A band such as "5–9", of so many who were asked."""
    low, _, high = words.partition("–")
    if not high or invited >= int(high):
        return words
    return f"{low}–{invited}" if invited > int(low) else low


def bands(found: Results) -> str:
    """That how many answered is a band, where one is shown; else empty."""
    sizes = [size(found, by[WHOLE]) for by in found.cells.values() if WHOLE in by and not by[WHOLE].withheld]
    if _is_band(response(found)):
        return "Under ten, how many answered is a band."
    # Where names are kept, how many answered in all is a number.
    return "Under ten, how many answered a question is a band." if any(map(_is_band, sizes)) else ""


def ends(found: Results) -> str:
    """That ends of intervals are moved outwards, where such are shown; else empty.

    Whether everybody answered makes no difference: to say it only then would tell that they did.
    """
    own = [cell for q in found.questions if (cell := found.cells.get(q.id, {}).get(WHOLE)) and not cell.withheld]
    rounded = [cell for cell in own if cell.words("form") in ("summary", "coded")]
    if not any(cell.value(f"{name}_low") is not None for cell in rounded for name in ("mean", "favourable", "enps")):
        return ""
    outwards = "to multiples of five, or five from the figure"
    return f"Where exact ends of intervals would tell too much, they are moved outwards: {outwards}."


def _is_band(words: str) -> bool:
    return "–" in words and words != HIDDEN


def score_name(survey: Survey) -> str:
    """What its score is called: as the KPI that it is of. One of no KPI is like no other, and has no name."""
    return survey.kpi.replace("-", " ").capitalize() if survey.kpi else "Score"


def score_title(survey: Survey) -> str:
    """What its score is called among questions: "Engagement score"."""
    return f"{score_name(survey)} score" if survey.kpi else "Score"


def score(found: Results) -> str:
    """The score with its interval: "Engagement 72 of 100 (59 to 87), n 12"; empty where there is none."""
    cell = found.cells.get("score", {}).get(WHOLE)
    value = cell.value("mean") if cell else None
    if cell is None or value is None:
        return ""
    low, high = cell.value("mean_low"), cell.value("mean_high")
    ends = "everyone answered" if low is None or high is None or low == high else f"{rounded(low)} to {rounded(high)}"
    about = "about " if cell.words("mean") == ROUGHLY else ""
    return f"{score_name(found.survey)} {about}{rounded(value)} of 100 ({ends}), n {size(found, cell)}"


def change(found: Trend | None, question: Question | None = None) -> str:
    """A change that the rule watches or flags: "−12 points (−20 to −4), seen two waves running"."""
    if found is None or found.change is None:
        return ""
    made = found.change
    marks = {"flag": ", seen two waves running", "watch": ", watched: seen once"}
    low, high = (_in_unit(end, question) for end in (made.low, made.high))
    return f"{_in_unit(made.points, question, with_unit=True)} ({low} to {high}){marks.get(found.state, '')}"


def changed(found: Results, name: str, question: Question | None = None) -> str:
    """What is said of a change where there was one to look for, with what could not have been seen beside it; and of a score
    that other questions make up than that of the wave before.
    """
    other = found.course.other_score if name == SCORE else ""
    unlike = f" Other questions, or other words, make it up than in {other}." if other else ""
    return f"{_changed(found, name, question)}{unlike}"


def _changed(found: Results, name: str, question: Question | None) -> str:
    made = found.trend(name)
    if made is None or made.change is None:
        return ""
    smallest = seen_from(found.course, name, question)
    beside = "" if smallest == NOT_TESTED else f"; changes mostly seen from {smallest}"
    return f" Change: {trend_words(made, question)}{beside}."


def seen_from(found: CourseOf, name: str, question: Question | None = None) -> str:
    """The smallest change that as many answers would mostly show, of everybody's answers to a question or of the score."""
    points = found.detectable.get(cell_name(name))
    return NOT_TESTED if points is None else _in_unit(points, question, with_unit=True).removeprefix("+")


def mostly_seen(found: CourseOf, questions: Sequence[Question]) -> str:
    """What the scales of a wave would show: "On scales, changes are mostly seen from 9 to 14 points on, by question."."""
    points = seen_in(found, questions)
    by = ", by question" if " to " in points else ""
    return f"On scales, changes are mostly seen from {points} points on{by}." if points else ""


def seen_in(found: CourseOf, questions: Sequence[Question], group: str = WHOLE) -> str:
    """From how many points on the scales of a group would mostly show a change: "9 to 14"; empty: none is tested."""
    scales = [q for q in questions if KINDS[q.kind].SHAPE == "scale"]
    points = sorted(int(rounded(p)) for q in scales if (p := found.detectable.get(cell_name(q.id, group))) is not None)
    return " to ".join(dict.fromkeys(str(each) for each in (*points[:1], *points[-1:])))


def trend(found: Results, question: Question) -> str:
    """What is said of a question's change, in few letters, for a cell of a table."""
    label = found.course.anew.get(question.id)
    return trend_words(found.trend(question.id), question, is_first=question.id in found.course.first, anew=label or "")


def trend_words(made: Trend | None, question: Question | None = None, *, is_first: bool = False, anew: str = "") -> str:
    """The same, of a trend: "first time", "new words", "not tested", "none seen", or the change."""
    if is_first:
        return "new words" if anew else "first time"
    if made is None or made.change is None:
        return NOT_TESTED
    points = _in_unit(made.change.points, question, with_unit=True)
    return {"flag": f"{points}, seen two waves running", "watch": f"{points}, watched"}.get(made.state, "none seen")


def verdict(found: Benchmark, source: Source) -> str:
    """The verdict on a score against a benchmark, with what it rests on."""
    named = {"met": "Top quartile", "missed": "Not top quartile"}.get(found.verdict, "Cannot tell whether top quartile")
    bounds = f"{rounded(found.low, '.1f')} to {rounded(found.high, '.1f')} with 90% confidence on each side"
    return f"{named}: {rounded(found.value, '.1f')} of 100 ({bounds}) against {source.top_quartile:g}, n {found.n}."


def reworded(found: Results) -> str:
    """Which questions are compared only since they were asked in new words."""
    titles = {q.id: said(q.text) for q in found.questions}
    told = [f"“{titles[q][:80]}” since {wave}" for q, wave in found.course.anew.items() if q in titles and wave]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return f"Asked in new words, and compared only from there: {', '.join(told[:3])}{more}." if told else ""


def _in_unit(points: float, question: Question | None, *, with_unit: bool = False) -> str:
    """A signed number of points, whole; between the limits of a number in its own unit, with two digits."""
    if question is None or KINDS[question.kind].SHAPE != "number" or question.low is None or question.high is None:
        return f"{_signed(points)}{' points' if with_unit else ''}"
    own = float(f"{points * (question.high - question.low) / 100:.2g}")
    signed = "0" if own == 0 else f"{own:+g}".replace("-", "−")
    return f"{signed}{f' {said(question.unit)}'.rstrip() if with_unit else ''}"


def _signed(points: float) -> str:
    return f"{int(rounded(points)):+}".replace("-", "−").replace("+0", "0")


def _plain(value: float, digits: str) -> str:
    return rounded(value, digits).replace("-", "−")
