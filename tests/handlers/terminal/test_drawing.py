from bot.domain.parts import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Link,
    Mention,
    Message,
    Note,
    Series,
    Table,
    Text,
    bold,
    text,
)
from handlers.terminal.drawing import drawn


def draw(*parts: object) -> str:
    return drawn(Message("s", parts))  # type: ignore[arg-type]


def test_every_part_is_drawn() -> None:
    said = draw(
        Heading("MTTR"),
        text(bold("26 h"), " by ", Mention("user", "U0ANA"), " see ", Link("https://example.org", "the report")),
        Facts((("Target", "at most 24 h"), ("n", "18"))),
        Note("Stale"),
        Divider(),
        Buttons((Button("Record", "kpi.record"),)),
    )
    assert said == (
        "MTTR\n====\n\n26 h by @U0ANA see the report <https://example.org>\n\nTarget  at most 24 h\nn       18\n\n(Stale)\n\n"
        + "-" * 40
    )


def test_columns_are_aligned_whatever_the_script() -> None:
    said = draw(Table("", ("Name", "Value"), (("故障", "1"), ("e\u0301t\u00e9", "12")), frozenset({1})))
    assert said.splitlines()[2:] == ["故障      1", "e\u0301t\u00e9      12"]


def test_a_chart_is_a_line_of_blocks_with_its_ends() -> None:
    chart = Chart(
        "MTTR", ("week 1", "week 2", "week 3"), (Series("mttr", (1.0, None, 8.0)), Series("Target", (24.0,) * 3)), "h"
    )
    assert draw(chart) == "MTTR, week 1 to week 3\n  mttr: ▁·█  1 h to 8 h\n  Target: 24 h"
    assert draw(Chart("MTTR", (), ())) == ""


def test_text_cannot_steer_the_terminal() -> None:
    said = draw(Text((bold("\x1b[31mred\x07\u202e"),)), Table("t\x1b", ("a\nb",), (("c\r",),)), Facts((("\x1b]", "\u200f"),)))
    assert not set(said) & set("\x1b\x07\r\u202e\u200f")


def test_the_thread_is_drawn_when_asked_for() -> None:
    message = Message("s", (text("root"),), (Message("details", (text("reply"),)),))
    assert drawn(message) == "root"
    assert drawn(message, thread=True) == "root\n\n-- details\n\nreply"
