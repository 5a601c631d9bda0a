"""`/kpi` in the running program."""

from tests.acceptance.conftest import Person, Program, words


def test_the_list_has_the_shipped_kpis(ada: Person) -> None:
    said = ada.says("/kpi list")
    assert "mttr" in said
    assert "uptime" in said


def test_a_figure_goes_in_and_is_shown_and_explained(ada: Person) -> None:
    assert "Recorded" in ada.says("/kpi record automation-rate 0.42 period=2026-10")
    assert "42" in ada.says("/kpi show automation-rate")
    assert ada.id in str(ada.last()) or "Why this number" in str(ada.last())
    assert "Why this number" in ada.presses("kpi.why")
