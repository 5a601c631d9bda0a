import pytest

from bot.domain.csv_tables import as_typed, neutral
from bot.domain.errors import InvalidInput, UnknownKpi
from bot.domain.kpi_answers import Imported
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, definitions, kpis
from storage import audit

ANA = Asker("U0ANA", frozenset({"sre"}), "Europe/Oslo")


@pytest.fixture(autouse=True)
def shipped(services: Services) -> None:
    """The shipped definitions are in force."""
    definitions.apply_files(services, SYSTEM)


def apply(services: Services, text: str, name: str = "mttr") -> Imported:
    return kpis.import_apply(services, ANA, name, text.encode())


def values(services: Services, name: str = "mttr") -> list[str]:
    return [str(o.value) for o in reversed(kpis.history(services, ANA, name).observations)]


def test_a_good_file_is_recorded_whole(services: Services) -> None:
    text = 'Period,Hours,Note,Model\n2026-W40,"4, 20","one\ntwo",\n2026-W41,8,,\n2026-W41,9,,fraud-v7\n'
    checked = kpis.import_check(services, ANA, "mttr", text.encode())
    assert (len(checked.values), checked.problems, checked.applied) == (3, (), False)
    assert values(services) == []
    done = apply(services, text)
    assert (len(done.values), done.applied) == (3, True)
    assert values(services) == ["12", "8"]
    assert kpis.show(services, ANA, "mttr", {"model": "fraud-v7"}).reading.value == 9
    first = kpis.history(services, ANA, "mttr").observations[-1]
    assert first.provenance.note == "one\ntwo"
    assert (first.provenance.source, first.provenance.actor) == ("file", "U0ANA")
    with services.db.read() as connection:
        line = audit.entries(connection, "mttr", 1)[0].change
    assert line.action == "kpi.import"
    assert line.after is not None
    assert line.after["values"] == 3


def test_the_same_file_again_changes_nothing(services: Services) -> None:
    text = "period,hours\n2026-W40,4\n2026-W41,8\n"
    apply(services, text)
    again = apply(services, text + "2026-W42,9\n")
    assert (len(again.values), again.already) == (1, 2)
    assert values(services) == ["4", "8", "9"]


def test_every_bad_line_is_told_and_nothing_recorded(services: Services) -> None:
    kpis.record(services, ANA, "mttr", "5", {"period": "2026-W39"})
    text = "\n".join(
        [
            "period,hours,model",
            "2026-W40,4,",
            "2026-W41,NaN,",
            "2026-W42,=1+1,",
            '2026-W43,"=HYPERLINK(""x"")",',
            "2027-W20,4,",
            ",4,",
            "2026-W40,5,",
            "2026-W39,6,",
            "2026-W44,4",
            "2026-W45,-4,",
            "",
            "2026-W46,@SUM(A1),",
            "2026-Q3,4,",
        ]
    )
    found = apply(services, text)
    told = {p.line: p.problem for p in found.problems}
    assert list(told) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14]
    assert "no number" in told[3]
    assert all("is a formula; paste its value instead" in told[line] for line in (4, 5, 13))
    assert "future" in told[6]
    assert "period" in told[7]
    assert "as line 2 does" in told[8]
    assert "already has 5.0 h by @U0ANA" in told[9]
    assert "cells" in told[10]
    assert "less than 0" in told[11]
    assert "needs a week" in told[14]
    assert not found.applied
    assert values(services) == ["5"]


def test_a_file_with_semicolons_has_decimal_commas(services: Services) -> None:
    text = "\ufeffperiod;hours\r\n2026-W40;4,5\r\n2026-W41;4,5 2,5\r\n"
    apply(services, text)
    assert values(services) == ["4.5", "3.5"]
    problems = apply(services, "period;hours\n2026-W42;1,200\n").problems
    assert "may be 1.200 or 1200" in problems[0].problem


def test_a_comma_in_a_cell_of_several_values_is_asked_about(services: Services) -> None:
    problems = apply(services, 'period,hours\n2026-W40,"2,5"\n2026-W41,1h 2h\n').problems
    assert [p.line for p in problems] == [2]
    assert "may be one number or several" in problems[0].problem
    apply(services, "period,hours\n2026-W41,1h 2h\n2026-W42,1h 30m\n")
    assert values(services) == ["1.5", "1.5"]


def test_an_export_comes_back_as_it_went(services: Services) -> None:
    apply(services, 'period,hours,note,model\n2026-W40,"4, 20",=cmd,+x\n2026-W41,8,,\n')
    kpis.correct(services, ANA, "mttr", "9", {"reason": "-late", "period": "2026-W41"})
    text = kpis.export(services, ANA, "mttr")
    assert "'=cmd" in text
    assert "'+x" in text
    assert "'-late" in text
    again = apply(services, text)
    assert (again.problems, len(again.values), again.already) == ((), 0, 2)


def test_a_changed_value_beside_its_inputs_is_an_error_of_its_line(services: Services) -> None:
    apply(services, "period,auto,eligible\n2026-09,190,200\n2026-10,1,3\n", "automation-rate")
    text = kpis.export(services, ANA, "automation-rate")
    changed = apply(services, text.replace(",0.95,", ",0.40,"), "automation-rate")
    (problem,) = changed.problems
    assert (problem.line, problem.column) == (2, "value")
    assert problem.problem == "value 0.40 contradicts its inputs, which give 0.95; mend one or leave value empty"
    assert apply(services, text, "automation-rate").already == 2
    assert values(services, "automation-rate")[0] == "0.95"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("0.5,190,200", "value 0.5 contradicts its inputs, which give 0.95; mend one or leave value empty"),
        ("0.5,0,0", "value 0.5 contradicts its inputs, which give no value; mend one or leave value empty"),
        ("half,190,200", "no number"),
        ("95%,190,200", ""),
        ("0.333333333,1,3", ""),
        (",190,200", ""),
    ],
)
def test_a_value_must_follow_from_the_inputs_beside_it(services: Services, row: str, says: str) -> None:
    found = apply(services, f"period,value,auto,eligible\n2026-09,{row}\n", "automation-rate")
    assert bool(found.problems) == bool(says)
    assert all(says in p.problem for p in found.problems)


def test_the_header_of_an_export_names_each_column_once(services: Services) -> None:
    admin = Asker("U0ADMIN", admin=True)
    for name, _ in kpis.names(services, admin):
        header = kpis.export(services, admin, name).splitlines()[0].split(",")
        assert len(header) == len(set(header)), name


def test_an_export_comes_back_where_an_input_is_called_like_a_figure(services: Services) -> None:
    officer, name = Asker("U0RISK", frozenset({"risk_officer"}), "Europe/Oslo"), "compliance-issues"
    text = b"period,major,minor,minor_planned,audits,evidence\n2026-Q3,1,5,2,2,A-7\n"
    first = kpis.import_apply(services, officer, name, text)
    assert first.problems == ()
    again = kpis.import_apply(services, officer, name, kpis.export(services, officer, name).encode())
    assert (again.problems, again.already) == ((), 1)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_compute_is_neutralised(start: str) -> None:
    assert neutral(f"{start}1+1") == f"'{start}1+1"
    assert as_typed(neutral(f"{start}1+1")) == f"{start}1+1"


@pytest.mark.parametrize("cell", ["", "plain", "-2", "+1.5", "a-b"])
def test_text_and_numbers_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"period,hours\n", "no values"),
        (b"period,hours\n\xff\xfe\xfa,1\n", "UTF-8"),
        (b"period,hours\n2026\0,1\n", "not text"),
        (b'period,hours\n"2026-W40,1\n', "Line 2 cannot be read"),
        (b"period,houres\n2026-W40,1\n", "Did you mean hours"),
        (b"hours\n1\n", "column named period"),
        (b"period,note\n2026-W40,x\n", "column named value, or the inputs"),
        (b"period,period\n2026-W40,2026-W40\n", "twice"),
        (b"x" * 5_000_001, "split it"),
        (b"period,hours\n" + b"2026-W40,1\n" * 20_001, "more than 20,000 rows"),
        (b",".join(b"c%d" % n for n in range(101)), "101 columns"),
    ],
    ids=lambda v: repr(v)[:24],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(services: Services, content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        kpis.import_check(services, ANA, "mttr", content)


def test_utf_16_with_its_mark_is_read(services: Services) -> None:
    done = kpis.import_apply(services, ANA, "mttr", "period\thours\n2026-W40\t4\n".encode("utf-16"))
    assert len(done.values) == 1


def test_a_file_for_what_one_may_not_see_is_refused(services: Services) -> None:
    with pytest.raises(UnknownKpi):
        apply(services, "period,major\n2026-Q1,0\n", "compliance-issues")


def test_what_was_rejected_may_be_given_again(services: Services) -> None:
    sponsor, other = Asker("U0BEA", frozenset({"executive_sponsor"})), Asker("U0OPS", frozenset({"executive"}))
    text = b"period,stayed,start\n2025,34,40\n"
    made = kpis.import_apply(services, other, "retention", text).values
    assert made[0].state == "provisional"
    waits = kpis.waiting(services, sponsor)[0][1]
    kpis.decide(services, sponsor, waits.id, "rejected", "the count is wrong")
    again = kpis.import_apply(services, other, "retention", b"period,stayed,start\n2025,35,40\n")
    assert again.applied
    assert [o.state for o in kpis.history(services, other, "retention").observations] == ["provisional", "rejected"]
