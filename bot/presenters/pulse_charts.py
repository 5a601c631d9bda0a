"""How answers are spread, in charts that Slack takes: questions with the same bars share one."""

from collections.abc import Sequence

from bot.domain.parts import Chart, Series
from bot.domain.question_bars import Bars
from bot.domain.surveys import Question, said

MOST_POINTS = 20
MOST_SERIES = 6
"""What one chart takes."""

Numbered = tuple[int, Question, Bars]
"""A question with its number in the results and its bars."""


def charts(drawn: Sequence[Numbered]) -> tuple[Chart, ...]:
    """The charts of questions whose bars have the same labels; of more options than a chart takes, there is none."""
    if not drawn or len(drawn[0][2].labels) > MOST_POINTS:
        return ()
    if len(drawn) == 1:
        number, question, bars = drawn[0]
        return (_chart(f"{number}. {said(question.text)}", bars.labels, [("Answers", bars.heights)], bars.unit),)
    bars = drawn[0][2]
    few = len(bars.labels) <= MOST_SERIES
    most = MOST_POINTS if few else MOST_SERIES
    chunks = [drawn[start : start + most] for start in range(0, len(drawn), most)]
    return tuple((_by_label if few else _by_question)(chunk) for chunk in chunks)


def _by_label(drawn: Sequence[Numbered]) -> Chart:
    """Questions side by side, with a series for each label."""
    labels, unit = drawn[0][2].labels, drawn[0][2].unit
    series = [(label, tuple(bars.heights[i] for _, _, bars in drawn)) for i, label in enumerate(labels)]
    return _chart(_title(drawn), tuple(f"{number}." for number, _, _ in drawn), series, unit)


def _by_question(drawn: Sequence[Numbered]) -> Chart:
    """Labels side by side, with a series for each question."""
    series = [(f"{number}. {said(question.text)}", bars.heights) for number, question, bars in drawn]
    return _chart(_title(drawn), drawn[0][2].labels, series, drawn[0][2].unit)


def _title(drawn: Sequence[Numbered]) -> str:
    """With the numbers of its questions, each run of them by its ends: “1. to 3., 6.”."""
    runs: list[list[int]] = []
    for number, _, _ in drawn:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = (
        f"{first}. to {last}." if last > first + 1 else ", ".join(f"{n}." for n in range(first, last + 1))
        for first, last in runs
    )
    return f"How people answered {', '.join(told)}"


def _chart(title: str, categories: tuple[str, ...], series: Sequence[tuple[str, tuple[float, ...]]], unit: str) -> Chart:
    return Chart(title, categories, tuple(Series(name, values) for name, values in series), unit, "bar")
