"""What people read of a wave once it is closed: the number first, then its interval, then why something is not shown."""

import re
from collections.abc import Sequence

from bot.domain.parts import (
    Button,
    Buttons,
    Cell,
    Chart,
    Heading,
    Inline,
    Mention,
    Message,
    Note,
    Part,
    Table,
    Text,
    bold,
    text,
)
from bot.domain.questions import KINDS
from bot.domain.release_coding import FULL_FROM
from bot.domain.release_groups import cut_of, value_of
from bot.domain.sentences import say
from bot.domain.survey_changes import Trend
from bot.domain.survey_counts import SCORE
from bot.domain.survey_figures import WHOLE
from bot.domain.survey_receipts import as_counted
from bot.domain.survey_reports import AskedBack, Comment, Comments, Results
from bot.domain.survey_results import CellResult, group_means
from bot.domain.surveys import Question, said
from bot.presenters import pulse_questions, pulse_words
from bot.presenters.digest_words import counted
from bot.presenters.kpi_words import person
from bot.presenters.pulse_actions import said_and_done

MOST_COMMENTS = 30
MOST_ASSOCIATED = 3
MOST_CHANGES = 6
CHARTS, PARTS = 2, 14
"""Charts, and parts about questions, on one page of results."""
GROUPS = 18
"""In one table of groups: Slack takes twenty columns."""
SHADES = "░▒▓█"
"""Of a quarter each of the scale of a figure."""
_SLACK_ID = re.compile(r"[CGS](?=[A-Z]*\d)[A-Z0-9]{4,}")
COMPARABLE = "To compare groups: means of 0 to 100, drawn together the more the fewer answered"

NOBODY_ANSWERED = "Nobody answered, so there is nothing to show of its questions."
WRITERS_KEPT = "Who wrote what is kept with names for two years, for those alone whom its invitation named."


def pages_of(found: Results | Comments) -> int:
    """How many pages results or comments have."""
    return (
        max(-(-len(found.found) // MOST_COMMENTS), 1)
        if isinstance(found, Comments)
        else len(_pages(pulse_questions.pieces(found)))
    )


def results(found: Results, page: int | None = 1, *, thanks: bool = False) -> Message:
    """A wave: who answered, the score, each question with its interval and its change, and what is done because of it.

    Its questions are on pages, since Slack takes two charts in a message. None: all of them, where there is room. `thanks`:
    it is read by those who were asked.
    """
    is_empty = as_counted(found.receipt).get("opened") == 0
    pages = [[text(NOBODY_ANSWERED)]] if is_empty else _pages(pulse_questions.pieces(found))
    if page is None:
        pages = [[part for each in pages for part in each]]
    page = min(max(page or 1, 1), len(pages))
    first = pulse_words.response(found)
    summary = f"{found.label}: {first}" + (f", page {page} of {len(pages)}" if page > 1 else "")
    title = f"{said(found.survey.title)} · {found.label}"
    if page > 1:
        head = Heading(f"{title}, page {page} of {len(pages)}")
        return Message(summary, (head, *pages[page - 1], Buttons(_steps(found, page, len(pages)))))
    score = pulse_words.score(found)
    parts: tuple[Part, ...] = (
        Heading(title),
        text(bold(f"{first}.{' Thank you.' if thanks and not is_empty else ''}")),
        *((text(bold(f"{score}."), pulse_words.changed(found, SCORE)),) if score else ()),
        _changes(found),
        *pages[0],
        *_associations(found),
        *said_and_done(found.said_and_done, found.today),
        *pulse_questions.silence(found),
        *((Note(found.since),) if found.since else ()),
        Note(f"Close receipt: {pulse_words.receipt(found.receipt)}"),
        *((Note(small),) if (small := _small_print(found)) else ()),
        Buttons(_steps(found, page, len(pages))),
    )
    return Message(summary, parts)


def _pages(pieces: Sequence[pulse_questions.Piece]) -> list[list[Part]]:
    pages: list[list[Part]] = [[]]
    for piece in pieces:
        charts = sum(isinstance(part, Chart) for part in (*pages[-1], *piece))
        if pages[-1] and (charts > CHARTS or len(pages[-1]) + len(piece) > PARTS):
            pages.append([])
        pages[-1] += piece
    return pages


def heatmap(found: Results, cut: str) -> Message:
    """The score, the favourable share or eNPS of each question, and who answered, in each group of a cut.

    What is withheld is marked.
    """
    groups = sorted({name for by in found.cells.values() for name in by if cut_of(name, found.contract.cuts) == cut})
    if not groups:
        how = f"none were declared at its opening; start the next one with cuts={cut[:60]}"
        known = f"it has them by {', '.join(found.contract.cuts)}" if found.contract.cuts else how
        words = f"{found.label} has no groups by {cut[:60]}: {known}."
        return Message(words, (text(words), _to_results(found.label)))
    title = f"{found.label} by {cut}"
    tables = [_of_groups(found, cut, groups[start : start + GROUPS]) for start in range(0, len(groups), GROUPS)]
    comparable = _comparable(found, groups)
    is_marked = any(pulse_words.HIDDEN in row for table in (*tables, *comparable) for row in table.rows)
    told = _told(found, groups)
    changed = (text(bold("Changed"), f" {pulse_words.AGAINST}:\n" + "\n".join(told)),) if told else ()
    return Message(
        title,
        (
            Heading(title),
            *_named(found, groups),
            *tables,
            *changed,
            *comparable,
            *((Note(pulse_words.EXPLAIN_HIDDEN),) if is_marked else ()),
            _to_results(found.label),
        ),
    )


def _to_results(label: str) -> Buttons:
    return Buttons((Button("Results", "pulse.results", label),))


def _comparable(found: Results, groups: Sequence[str]) -> list[Table]:
    """The means by which groups may be compared: as they stand, the smallest would be at both ends by chance alone."""
    means = [(q, known) for q in found.questions if (known := group_means(q, found.cells.get(q.id, {})))]
    shown = [g for g in groups if any(g in known for _, known in means)]
    tables = []
    for start in range(0, len(shown), GROUPS):
        some = shown[start : start + GROUPS]
        rows = [
            (said(q.text), *(pulse_words.rounded(known[g]) if g in known else pulse_words.HIDDEN for g in some))
            for q, known in means
        ]
        columns = ("Question", *(_group_name(found, g) for g in some))
        tables.append(Table(COMPARABLE, columns, tuple(rows), frozenset(range(1, len(columns)))))
    return tables


def _group_name(found: Results, group: str) -> str:
    """What a group is called: its value, or what Slack called it when the wave was opened."""
    value = value_of(group, found.contract.cuts)
    return found.names.get(value, value)


def _named(found: Results, groups: Sequence[str]) -> tuple[Text, ...]:
    """What the groups are called of which only the ids are known: whoever may know of them sees their names."""
    ids = [value for value in (_group_name(found, group) for group in groups) if _SLACK_ID.fullmatch(value)]
    named: list[str | Inline] = []
    for each in ids:
        named += [", " if named else "", f"{each} is ", Mention("usergroup" if each[0] == "S" else "channel", each)]
    return (text(*named, "."),) if named else ()


def comments(found: Comments, page: int = 1) -> Message:
    """What people wrote, in no order, by question, with the words that several have in common."""
    since = (Note(found.since),) if found.since else ()
    if not found.found:
        why = f"none were written, or fewer than {found.least} people answered, without whoever sees them"
        words = f"No comments are shown of {found.label}: {why}."
        return Message(words, (text(words), *since, _to_results(found.label)))
    pages = -(-len(found.found) // MOST_COMMENTS)
    page = min(max(page, 1), pages)
    ordered = [c for q in dict.fromkeys(c.question for c in found.found) for c in found.found if c.question == q]
    some = ordered[(page - 1) * MOST_COMMENTS : page * MOST_COMMENTS]
    shown: list[Part] = []
    for name in dict.fromkeys(c.question for c in some):
        shown.append(text(bold(found.titles.get(name, name))))
        shown += [part for c in some if c.question == name for part in _comment(c, found.asked.get(c.id, ()))]
    themes = ", ".join(f"{word} ({n})" for word, n in found.themes)
    note = f"Words that at least five comments have: {themes}." if themes else "No word is in five comments or more."
    following = page % pages + 1
    more = f" Page {page} of {pages}: /pulse comments {found.survey} page={following}." if pages > 1 else ""
    turn = Button("Next page" if following > 1 else "First page", "pulse.comments", f"{found.label} {following}")
    steps = Buttons((*((turn,) if pages > 1 else ()), *_to_results(found.label).items))
    first = f"{found.label}: {counted(len(found.found), 'comment')}, in no order."
    why = WRITERS_KEPT if found.mode == "attributed" else "Nothing tells who wrote what, or when."
    return Message(first, (Heading(f"Comments of {found.label}"), *shown, Note(f"{note} {why}{more}"), *since, steps))


def _comment(each: Comment, asked: Sequence[AskedBack]) -> tuple[Part, ...]:
    """A comment in its own words, what was asked about it, and a button where its author can be asked back."""
    back = () if each.author is None else (Buttons((Button("Ask back", "pulse.ask", each.id),)),)
    return (text(f"“{each.text}”"), *map(_asked_back, asked), *back)


def _asked_back(each: AskedBack) -> Text:
    told = f"\nAnswered: “{each.answer}”" if each.answer else ""
    return text(person(each.by), f" asked: “{each.question}”{told}")


def question(number: str, words: str, language: str = "") -> Message:
    """A question back to the author of a comment. The comment stands in the form alone, for Slack keeps messages."""
    steps = Buttons((Button(say("answer", language), "pulse.reply", f"{number} {language}".rstrip(), "primary"),))
    note = Note(say("asked_back_note", language))
    return Message(words, (text(say("asked_back", language)), text(bold(words)), steps, note))


def answer(comment: str, asked: str, words: str) -> Message:
    """What the author of a comment answered, for whoever asked."""
    return Message(f"An answer: {words}", (text("To “", asked, "” about “", comment[:500], "”:"), text(bold(words))))


def _of_groups(found: Results, cut: str, groups: Sequence[str]) -> Table:
    rows: list[tuple[Cell, ...]] = [("Answered", *(_answered(found, g) for g in (WHOLE, *groups)))]

    def row(title: str, name: str, figure: str, unit: str = "") -> None:
        by = found.cells.get(name, {})
        if by:
            cells = [by.get(g) for g in (WHOLE, *groups)]
            shown = (f"{_shade(c, figure)}{pulse_words.estimate(c, figure, unit)}" for c in cells)
            rows.append((title, *shown))

    row(f"{pulse_words.score_name(found.survey)}, 0 to 100", SCORE, "mean")
    for question in found.questions:
        if KINDS[question.kind].SHAPE == "scale" or question.kind == "yes_no":
            row(f"{said(question.text)} Favourable", question.id, "favourable", "%")
        elif KINDS[question.kind].SHAPE == "nps":
            row(f"{said(question.text)} eNPS", question.id, "enps")
    seen = [pulse_words.seen_in(found.course, found.questions, g) for g in (WHOLE, *groups)]
    if any(seen):
        rows.append((f"{pulse_words.MOSTLY_SEEN}, points on scales", *(each or pulse_words.HIDDEN for each in seen)))
    columns = ("Question", "All", *(_group_name(found, g) for g in groups))
    return Table(
        f"By {cut}, with 95% intervals, {SHADES} from low to high", columns, tuple(rows), frozenset(range(1, len(columns)))
    )


def _shade(cell: CellResult | None, figure: str) -> str:
    """How high a figure is, in four shades of its scale; empty where it is withheld."""
    value = cell.value(figure) if cell and not cell.withheld else None
    if value is None:
        return ""
    share = (value + 100) / 200 if figure == "enps" else value / 100
    return f"{SHADES[min(int(share * len(SHADES)), len(SHADES) - 1)]} "


def _answered(found: Results, group: str) -> str:
    cell = found.cells.get("response", {}).get(group)
    if cell is None or cell.withheld:
        return pulse_words.HIDDEN
    answered = cell.value("answered")
    return f"{pulse_words.people(cell) if answered is None else f'{answered:.0f}'} of {cell.value('invited') or 0:.0f}"


def _changes(found: Results) -> Text:
    """What changed, against what, and beside it from where on changes are seen."""
    groups = [WHOLE, *sorted({cut for by in found.cells.values() for cut in by} - {WHOLE})]
    told = _told(found, groups)
    smallest = pulse_words.mostly_seen(found.course, found.questions)
    beside = f" {smallest}" if smallest else ""
    if told:
        return text(bold("Changed"), f" {pulse_words.AGAINST}:\n" + "\n".join(told), f"\n{beside.strip()}" if beside else "")
    if any(t.change is not None for t in found.course.trends.values()):
        return text(f"No question changed by the published rule.{beside}")
    asked = [q for q in found.questions if KINDS[q.kind].SHAPE != "text"]
    shapes = {KINDS[q.kind].SHAPE for q in asked}
    if all(q.id in found.course.first for q in asked) and (smallest or "scale" not in shapes):
        return text(f"Nothing to compare with yet.{beside}")
    cell = found.cells.get("response", {}).get(WHOLE)
    if cell is None or (cell.value("answered") or 0) < FULL_FROM:
        return text("With fewer than ten answers no change is tested.")
    if shapes <= {"shares", "ranks"} and not any(q.kind == "yes_no" for q in asked):
        return text("Of choices and rankings no change is tested.")
    if found.course.detectable:
        return text(f"No change is tested: before, fewer than ten answered, or nearly all alike.{beside}")
    return text("Where nearly all answered alike, no change is tested.")


def _told(found: Results, groups: Sequence[str]) -> list[str]:
    """The changes that are flagged or watched: flagged ones first, then the larger, and of many the first few."""
    asked = {q.id: q for q in found.questions}
    made = [(t, name, g) for g in groups for name in (SCORE, *asked) if _is_told(t := found.trend(name, g)) and t is not None]
    made.sort(key=lambda each: (each[0].state != "flag", -abs(each[0].change.points) if each[0].change else 0))
    lines = [_change_line(found, t, asked.get(name), g) for t, name, g in made]
    more = [f"and {len(lines) - MOST_CHANGES} more: see the tables"] if len(lines) > MOST_CHANGES else []
    return [*lines[:MOST_CHANGES], *more]


def _is_told(found: Trend | None) -> bool:
    return found is not None and found.state in ("flag", "watch")


def _change_line(found: Results, made: Trend, question: Question | None, cut: str) -> str:
    group = "" if cut == WHOLE else f" ({cut.rpartition('=')[0]} {_group_name(found, cut)})"
    of = pulse_words.score_title(found.survey) if question is None else said(question.text)
    return f"• {pulse_words.change(made, question)}: {of}{group}"


def _small_print(found: Results) -> str:
    told = pulse_words.not_shown(found)
    told += [words for words in (pulse_words.bands(found), pulse_words.ends(found)) if words]
    is_tested = any(made.change is not None for made in found.course.trends.values())
    told += [pulse_words.OF_THOSE_ASKED] if is_tested or (found.survey.kpi and pulse_words.score(found)) else []
    told += [words] if (words := pulse_words.reworded(found)) else []
    told += [words] if (words := _reliability(found)) else []
    told += [words] if (words := pulse_words.low_answering(found)) else []
    if found.rates is not None and found.rates.is_uneven:
        told.append("The groups answered unevenly, so the whole leans to those that answered more.")
    if cuts := _shown_cuts(found):
        told.append(f"/pulse results {found.survey.name} by={cuts[0]} shows its groups.")
    elif found.contract.cuts:
        told.append("No group can be shown: too few people, or it would tell of other groups.")
    return " ".join(told)


def _reliability(found: Results) -> str:
    cell = found.cells.get("score", {}).get(WHOLE)
    alpha, low, high = (cell.value(each) if cell else None for each in ("alpha", "alpha_low", "alpha_high"))
    if cell is None or alpha is None or low is None or high is None:
        return ""
    omega = f", omega {cell.value('omega'):.2f}" if cell.value("omega") is not None else ""
    told = f"alpha {alpha:.2f} ({low:.2f} to {high:.2f}){omega}".replace("-", "−")
    return f"The items of the score go together with {told}; 0.7 is usual."


def _associations(found: Results) -> tuple[Part, ...]:
    """The questions that go with the score most clearly, by the end of the interval that is nearer to nothing."""
    known = []
    for question in found.questions:
        cell = found.cells.get(question.id, {}).get(WHOLE)
        r, low, high = (cell.value(f"association{end}") if cell else None for end in ("", "_low", "_high"))
        if r is not None and low is not None and high is not None and low * high > 0:
            known.append((min(abs(low), abs(high)), f"• {said(question.text)}  {r:.2f} ({low:.2f} to {high:.2f})"))
    lines = [line for _, line in sorted(known, reverse=True)[:MOST_ASSOCIATED]]
    if not lines:
        return ()
    why = "Rank correlations of everybody who answered the question and all of the score: associations, which are no causes."
    return (text(bold("Goes with the score"), "\n" + "\n".join(lines)), Note(why))


def _steps(found: Results, page: int, pages: int) -> tuple[Button, ...]:
    name, contract = found.survey.name, found.contract
    cuts = (*_shown_cuts(found), *(("people",) if found.reads_names else ()))
    turn, after = "More questions" if page < pages else "First page", f"{found.label} {page % pages + 1}"
    return (
        Button("Note an action", "pulse.action", name, "primary"),
        *((Button(turn, "pulse.results", after),) if pages > 1 else ()),
        Button("Actions", "pulse.actions", name),
        *((Button("Comments", "pulse.comments", found.label),) if found.comments else ()),
        *(Button(f"By {cut}", "pulse.by", f"{found.label} {cut}") for cut in cuts),
        Button("Trend", "pulse.trend", name),
        *((Button("Compare", "pulse.compare", name),) if _is_comparable(found) else ()),
        Button("Export", "pulse.export", f"{found.label} {contract.mode}"),
    )


def _shown_cuts(found: Results) -> tuple[str, ...]:
    """The kinds of groups of which something is shown."""
    shown = {
        cut_of(group, found.contract.cuts) for by in found.cells.values() for group, cell in by.items() if not cell.withheld
    }
    return tuple(cut for cut in found.contract.cuts if cut in shown)


def _is_comparable(found: Results) -> bool:
    """Whether the score has what a comparison with a benchmark takes: it is of a KPI, and released of ten people and more."""
    cell = found.cells.get(SCORE, {}).get(WHOLE)
    return bool(found.survey.kpi) and cell is not None and all(cell.value(figure) is not None for figure in ("mean", "sd", "n"))
