"""What people read of a wave once it is closed: the number first, then its interval, then why something is not shown."""

from collections.abc import Mapping, Sequence

from bot.domain.parts import (
    Button,
    Buttons,
    Cell,
    Chart,
    Facts,
    Heading,
    Line,
    Message,
    Note,
    Part,
    Series,
    Table,
    bold,
    text,
)
from bot.domain.questions import KINDS
from bot.domain.survey_changes import RULE, Trend
from bot.domain.survey_reports import Comments, Compared, Course, Ended, Results
from bot.domain.survey_results import WHOLE, CellResult
from bot.domain.surveys import Question, said
from bot.domain.times import show_time
from bot.presenters.pulse_actions import said_and_done

MOST_CHARTED = 20
"""Questions: a chart takes so many points."""
MOST_COMMENTS = 30
HIDDEN = "–"
EXPLAIN_HIDDEN = "– is not shown: too few people, or it would tell of a smaller group."


def closed(ended: Ended, zone: str) -> Message:
    """How a wave ended, for whoever runs it or where its results go."""
    match ended.what:
        case "closed":
            how = (
                f"{ended.answered} of {ended.invited} answered"
                if ended.answered is not None
                else f"5–9 of {ended.invited} answered"
            )
            rate = f" ({ended.answered / ended.invited:.0%})" if ended.answered is not None and ended.invited else ""
            words = f"{ended.label} is closed: {how}{rate}. Thank you."
            steps = Buttons((Button("Results", "pulse.results", ended.survey.name, "primary"),))
            note = "Its ballots, its invitations and its keys are destroyed; what is left are figures of at least five people."
            return Message(words, (text(bold(words)), Note(note), steps))
        case "extended":
            words = f"Too few answered {ended.label} to show anything; it stays open until {show_time(ended.until, zone)}."
            return Message(words, (text(words), Note("If too few answer until then, all is destroyed unopened.")))
        case "sealed":
            words = f"{ended.label} takes no answers any more; its custodian is asked for the key."
            return Message(words, (text(words),))
        case _:
            words = f"{ended.label} ended without enough answers; they were destroyed unopened."
            return Message(words, (text(words),))


def key_wanted(wave: int, label: str, days: int) -> Message:
    """For the custodian of a sealed wave that is over."""
    words = f"{label} is over. Open it with the private key that you kept."
    steps = Buttons((Button("Open it", "pulse.unlock", str(wave), "primary"),))
    return Message(words, (text(bold(words)), Note(f"Without it, all is destroyed unopened in {days} days."), steps))


def results(found: Results) -> Message:
    """A wave: who answered, the score, each question with its interval and its change, and what is done because of it."""
    first = _response(found)
    score = _score(found)
    scales = [q for q in found.questions if KINDS[q.kind].SHAPE == "scale"]
    others = [q for q in found.questions if KINDS[q.kind].SHAPE not in ("scale", "text")]
    parts: tuple[Part, ...] = (
        Heading(f"{said(found.survey.title)} · {found.label}"),
        text(bold(first)),
        *((text(score),) if score else ()),
        *_changes(found),
        *_scales(found, scales),
        *(part for q in others for part in _other(q, found.cells.get(q.id, {}).get(WHOLE))),
        *said_and_done(found.actions),
        Note(_small_print(found)),
        Buttons(_steps(found)),
    )
    return Message(f"{found.label}: {first}", parts)


def heatmap(found: Results, cut: str) -> Message:
    """The favourable share of each question in each group of a cut; what is withheld is marked."""
    groups = sorted({name for by in found.cells.values() for name in by if name.startswith(f"{cut}=")})
    if not groups:
        known = ", ".join(found.contract.cuts) or "none were declared when it opened"
        words = f"{found.label} has no groups by {cut}: {known}."
        return Message(words, (text(words),))
    rows = []
    for question in found.questions:
        by = found.cells.get(question.id, {})
        if by and KINDS[question.kind].SHAPE == "scale":
            rows.append((said(question.text), *(_share_words(by.get(g)) for g in (WHOLE, *groups))))
    columns = ("Question", "All", *(g.partition("=")[2] for g in groups))
    numeric = frozenset(range(1, len(columns)))
    table = Table(f"Favourable, by {cut}", columns, tuple(rows), numeric)
    return Message(f"{found.label} by {cut}", (Heading(f"{found.label} by {cut}"), table, Note(EXPLAIN_HIDDEN)))


def trend(found: Course) -> Message:
    """The means of all questions over the last waves, with what the published rule says of the latest."""
    shown = [
        q for q in found.questions if any(q.id in each for each in found.cells) and KINDS[q.kind].SHAPE in ("scale", "nps")
    ]
    rows: list[tuple[Cell, ...]] = []
    for question in shown:
        means = [_mean_of(each.get(question.id)) for each in found.cells]
        rows.append(
            (
                said(question.text),
                *(HIDDEN if m is None else f"{m:.0f}" for m in means),
                _trend_words(found.trends.get(question.id)),
            )
        )
    labels = tuple(name.partition(" ")[2] for name in found.labels)
    table = Table("Means, 0 to 100", ("Question", *labels, "Change"), tuple(rows), frozenset(range(1, len(labels) + 1)))
    series = tuple(Series(said(q.text)[:20], tuple(_mean_of(each.get(q.id)) for each in found.cells)) for q in shown[:6])
    chart = (Chart("Means of everybody", labels, series, "0–100"),) if len(labels) > 1 and series else ()
    title = f"{said(found.survey.title)}, {len(labels)} waves"
    return Message(title, (Heading(title), *chart, table, Note(RULE)))


def compared(found: Compared) -> Message:
    """The score against a benchmark: the verdict, and why."""
    source = found.source
    title = str(source.get("title", found.name))
    if found.verdict is None or found.score is None:
        words = (
            f"{found.label} has no released engagement score to compare: it needs every index item, of at least five people."
        )
        return Message(words, (text(words),))
    made = found.verdict
    verdict = {"met": "Top quartile", "missed": "Not top quartile"}.get(made.verdict, "Cannot tell whether top quartile")
    first = f"{verdict}: {made.value:.1f} of 100 ({made.low:.1f}–{made.high:.1f}, 90 % one-sided each) against {made.line:g}."
    facts = Facts(
        (
            ("Benchmark", f"{title}, {source.get('year', '')}"),
            (
                "Quartiles",
                " · ".join(str(source.get(line, HIDDEN)) for line in ("lower_quartile", "median", "top_quartile")),
            ),
            ("n", f"{made.n}"),
        )
    )
    note = f"{source.get('caveat', '')} {source.get('source', '')}; {source.get('licence', '')}."
    return Message(first, (text(bold(first)), facts, Note(note.strip())))


def comments(found: Comments) -> Message:
    """What people wrote, in no order, with the words that several have in common."""
    if not found.found:
        words = f"No comments are shown of {found.label}: none were written, or fewer than {found.least} people answered."
        return Message(words, (text(words),))
    shown: list[Part] = []
    for each in found.found[:MOST_COMMENTS]:
        if each.author is not None:
            shown.append(
                Line(found.titles.get(each.question, each.question), each.text, Button("Ask back", "pulse.ask", each.id))
            )
        else:
            shown.append(text(f"“{each.text}”"))
    themes = ", ".join(f"{word} ({n})" for word, n in found.themes)
    note = f"Words that at least five comments have: {themes}." if themes else "No word is in five comments or more."
    first = f"{found.label}: {len(found.found)} comments, in no order."
    return Message(
        first, (Heading(f"Comments of {found.label}"), *shown, Note(f"{note} Nothing tells who wrote what, or when."))
    )


def question(number: str, comment: str, words: str) -> Message:
    """A question back to the author of a comment, who agreed to it."""
    steps = Buttons((Button("Answer", "pulse.reply", number, "primary"),))
    note = "Whoever asks does not know who you are. Your answer is sealed until the next daily round."
    return Message(
        words, (text("About your comment “", comment[:500], "” somebody asks:"), text(bold(words)), steps, Note(note))
    )


def answer(comment: str, asked: str, words: str) -> Message:
    """What the author of a comment answered, for whoever asked."""
    return Message(f"An answer: {words}", (text("To “", asked, "” about “", comment[:500], "”:"), text(bold(words))))


def estimate(cell: CellResult | None, figure: str, unit: str = "") -> str:
    """A figure with its interval: "72 (59–87)", "at least 80 %", or why it is not shown."""
    if cell is None or cell.withheld:
        return HIDDEN
    value = cell.value(figure)
    if value is None:
        return HIDDEN
    bound = cell.words(figure) if cell.words(figure) in ("at least", "at most") else ""
    low, high = cell.value(f"{figure}_low"), cell.value(f"{figure}_high")
    if bound or low is None or high is None:
        return f"{bound} {value:.0f}{unit}".strip()
    if low == high:
        return f"{value:.0f}{unit} (everyone answered)"
    return f"{value:.0f}{unit} ({low:.0f}–{high:.0f})"


def _response(found: Results) -> str:
    cell = found.cells.get("response", {}).get(WHOLE)
    invited = int(cell.value("invited") or 0) if cell else 0
    answered = cell.value("answered") if cell else None
    if answered is None:
        return f"{cell.words('answered') if cell else 'Some'} of {invited} answered"
    return f"{answered:.0f} of {invited} answered ({answered / invited:.0%})" if invited else "Nobody was asked"


def _score(found: Results) -> str:
    cell = found.cells.get("score", {}).get(WHOLE)
    if cell is None or cell.value("mean") is None:
        return ""
    alpha = ""
    if cell.value("alpha") is not None:
        omega = f", omega {cell.value('omega'):.2f}" if cell.value("omega") is not None else ""
        ends = f"{cell.value('alpha_low'):.2f}–{cell.value('alpha_high'):.2f}"
        alpha = f" Its items hold together: alpha {cell.value('alpha'):.2f} ({ends}){omega}."
    return f"Engagement {estimate(cell, 'mean')} of 100, n {cell.value('n') or 0:.0f}.{alpha}"


def _changes(found: Results) -> tuple[Part, ...]:
    titles = {q.id: said(q.text) for q in found.questions}
    told = [f"{titles[q]}: {_trend_words(t)}" for q, t in found.trends.items() if q in titles and t.state in ("flag", "watch")]
    if told:
        return (text(bold("Changed"), "\n" + "\n".join(told)),)
    return (text("No question changed by the published rule."),) if found.trends else ()


def _scales(found: Results, scales: Sequence[Question]) -> tuple[Part, ...]:
    if not scales:
        return ()
    rows: list[tuple[Cell, ...]] = []
    charted: list[tuple[str, Mapping[str, int]]] = []
    for number, question in enumerate(scales, 1):
        cell = found.cells.get(question.id, {}).get(WHOLE)
        n = _n(cell)
        rows.append(
            (
                f"{number}. {said(question.text)}",
                estimate(cell, "mean"),
                estimate(cell, "favourable", " %"),
                n,
                _trend_words(found.trends.get(question.id)),
            )
        )
        if cell is not None and cell.counts and len(charted) < MOST_CHARTED:
            charted.append((f"{number}.", cell.counts))
    columns = ("Question", "Mean, 0–100", "Favourable", "n", "Change")
    return (*_distribution(charted), Table("Questions, with 95 % intervals", columns, tuple(rows), frozenset({1, 2, 3})))


def _distribution(charted: Sequence[tuple[str, Mapping[str, int]]]) -> tuple[Part, ...]:
    if not charted:
        return ()
    points = max((len(counts) for _, counts in charted), default=0)
    if points > 6:
        return ()
    names = {5: ("1 disagree", "2", "3", "4", "5 agree")}.get(points, tuple(str(p + 1) for p in range(points)))
    series = []
    for point in range(points):
        values = [100 * counts.get(str(point + 1), 0) / max(1, sum(counts.values())) for _, counts in charted]
        series.append(Series(names[point], tuple(round(v, 1) for v in values)))
    return (Chart("How people answered", tuple(name for name, _ in charted), tuple(series), "% of answers", "bar"),)


def _other(question: Question, cell: CellResult | None) -> tuple[Part, ...]:
    title = said(question.text)
    if cell is None or cell.withheld:
        return (text(f"{title}: {HIDDEN}"),)
    match KINDS[question.kind].SHAPE:
        case "nps":
            return (text(bold(f"eNPS {estimate(cell, 'enps')}"), f", n {_n(cell)}. {title}"),)
        case "number":
            unit = f" {question.unit}" if question.unit else ""
            if cell.value("mean") is None:
                return (text(f"{title}: {HIDDEN}"),)
            return (text(f"{title}: mean {cell.value('mean'):g}{unit}, median {cell.value('median'):g}{unit}, n {_n(cell)}"),)
    if question.kind == "yes_no":
        return (text(f"{title}: {estimate(cell, 'favourable', ' %')} yes, n {_n(cell)}"),)
    return _shares(question, cell)


def _shares(question: Question, cell: CellResult) -> tuple[Part, ...]:
    labels = {o.id: said(o.text) for o in question.options}
    rows: list[tuple[Cell, ...]] = []
    for value in KINDS[question.kind].cells(question):
        name = labels.get(value, value)
        if cell.counts:
            n = cell.value("n") or 1
            rows.append((name, f"{100 * cell.counts.get(value, 0) / n:.0f} %", str(cell.counts.get(value, 0))))
        elif cell.value(f"share:{value}") is not None:
            rows.append((name, f"{cell.words(f'share:{value}')} {cell.value(f'share:{value}'):.0f} %".strip(), HIDDEN))
    if not rows:
        return (text(f"{said(question.text)}: {HIDDEN} (under ten people, so no distribution)"),)
    return (Table(f"{said(question.text)} (n {_n(cell)})", ("Answer", "Share", "n"), tuple(rows), frozenset({1, 2})),)


def _n(cell: CellResult | None) -> str:
    if cell is None or cell.withheld:
        return HIDDEN
    n = cell.value("n")
    return cell.words("n") if n is None else f"{n:.0f}"


def _share_words(cell: CellResult | None) -> str:
    if cell is None or cell.withheld or cell.value("favourable") is None:
        return HIDDEN
    bound = cell.words("favourable") if cell.words("favourable") in ("at least", "at most") else ""
    sign = {"at least": "≥ ", "at most": "≤ "}.get(bound, "")
    return f"{sign}{cell.value('favourable'):.0f} %"


def _mean_of(cell: CellResult | None) -> float | None:
    if cell is None:
        return None
    return cell.value("mean") if cell.value("mean") is not None else cell.value("enps")


def _trend_words(found: Trend | None) -> str:
    if found is None or found.change is None:
        return "" if found is None else "too few to tell"
    change = f"{found.change.points:+.0f} points"
    return {"flag": f"{change}, two waves running", "watch": f"{change}, watch"}.get(found.state, "no change to speak of")


def _small_print(found: Results) -> str:
    said_so = [EXPLAIN_HIDDEN] if any(c.withheld for by in found.cells.values() for c in by.values()) else []
    if found.detectable is not None:
        said_so.append(f"Too small to see changes under {found.detectable:.0f} points.")
    if found.rates is not None and found.rates.is_low:
        said_so.append("Under 60 % answered: those who did not may think otherwise.")
    if found.rates is not None and found.rates.is_uneven:
        said_so.append("The groups answered unevenly, so the whole leans to those that answered more.")
    receipt = found.receipt
    said_so.append(
        f"Close receipt: {receipt.get('invited', 0)} invited, {receipt.get('opened', 0)} opened, "
        f"{receipt.get('suppressed', 0)} figures suppressed, keys destroyed {receipt.get('keys_destroyed', 'in a moment')}."
    )
    return " ".join(said_so)


def _steps(found: Results) -> tuple[Button, ...]:
    name = found.survey.name
    own = (Button("Note an action", "pulse.action", name, "primary"),)
    return (*own, Button("Comments", "pulse.comments", name)) if found.comments else own
