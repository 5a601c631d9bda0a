"""Files of results: what was published and nothing else, with what is withheld marked and nothing that computes."""

import csv
import io
import json
import zipfile
from xml.etree import ElementTree

import pytest

from bot.domain.errors import InvalidInput, NotAllowed
from bot.domain.people import Asker
from bot.domain.survey_counts import LEFT_OUT
from bot.services import Services, survey_export, survey_results, surveys
from bot.services.survey_export import COLUMNS, HIDDEN, export
from storage import wave_results, waves
from storage.tables import audit
from tests.services.survey_world import OWNER, Directory, World, people, world_in

SURVEY = """
apiVersion: barometer/v1
kind: SurveySet
surveys:
  - name: team-check
    title: Team check
    closes: 3d
    questions:
      - {id: goals, kind: agree, text: "=HYPERLINK(\\"http://example.org\\")", index: true}
      - {id: pride, kind: agree, text: "+1 for pride", index: true}
      - {id: hours, kind: number, text: "@SUM(A1)", low: 0, high: 200}
      - {id: recommend, kind: ten, text: "-2+3"}
      - {id: more, kind: comment, text: Anything else?}
"""
CHOICES = (
    SURVEY.partition("      - ")[0]
    + """\
      - {id: best, kind: one, text: Which is best?, options: [{id: a, text: A}, {id: b, text: B}]}
      - {id: some, kind: several, text: Which are good?, options: [{id: a, text: A}, {id: b, text: B}]}
      - {id: order, kind: ranking, text: Which first?, ranked: 1, options: [{id: a, text: A}, {id: b, text: B}]}
"""
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


FOLLOW = {"change", "change_low", "change_high", "change_p", "change_q", "change_seen_from", "mean_to_compare"}
"""Figures that are computed of stored ones when they are read."""
USERS = [m.user_id for m in people(22)]
FILE = "person,team\n" + "\n".join(
    f"{user},{team}" for user, team in zip(USERS, ["Red"] * 11 + ["Blue"] * 8 + ["=Grey"] * 3, strict=True)
)


@pytest.fixture
def world(services: Services) -> World:
    """22 people in three teams, of whom two are too few to show."""
    made = world_in(services)
    surveys.save(made.services, Asker("U0ADMIN", admin=True), SURVEY)
    made.directory = Directory(people(22))
    row = made.open(audience="", file=FILE, cuts="team")
    for i, user in enumerate(USERS):
        made.answer(row, user, goals=str(1 + i % 5), pride=str(1 + i % 4), hours=str(i), more="secret words", recommend="9")
    made.close()
    return made


def stored(world: World) -> set[tuple[str, str, str, float]]:
    """Every figure in the database, by question, group and name."""
    with world.services.db.read() as connection:
        counts, figures = (find(connection, [1])[1] for find in (wave_results.counts, wave_results.figures))
    found = {(c.question, c.cut, f"count:{c.value}", float(c.n)) for c in counts}
    return found | {(f.question, f.cut, f.figure, float(f.value)) for f in figures if f.value is not None}


def rows(world: World, kind: str) -> list[dict[str, str]]:
    content = export(world.services, OWNER, "team-check", kind).content
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if kind == "json":
        return [
            {key: "" if value is None else str(value) for key, value in row.items()} for row in json.loads(content)["figures"]
        ]
    lines = cells_of(content)
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def cells_of(content: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        words = ["".join(t.text or "" for t in each.iter(f"{SHEET}t")) for each in shared]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{SHEET}f")), "a formula"
    return [[_text(cell, words) for cell in row] for row in sheet.iter(f"{SHEET}row")]


def _text(cell: ElementTree.Element, words: list[str]) -> str:
    value = cell.find(f"{SHEET}v")
    text = "" if value is None else value.text or ""
    return words[int(text)] if cell.get("t") == "s" else text


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_every_figure_is_one_of_the_database_and_none_is_left_out(world: World, kind: str) -> None:
    found = rows(world, kind)
    assert tuple(found[0]) == COLUMNS
    told = {
        (r["question"], r["group"].removeprefix("'"), r["figure"], float(r["value"]))
        for r in found
        if r["value"] not in ("", HIDDEN) and r["figure"] not in FOLLOW
    }
    assert told == stored(world)
    assert len(told) > 50


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_follows_from_the_figures_is_what_slack_says_and_of_nothing_withheld(world: World, kind: str) -> None:
    again = world.open(audience="", file=FILE, cuts="team")
    for i, user in enumerate(USERS):
        world.answer(again, user, goals=str(1 + i % 2), pride=str(1 + i % 4), hours=str(i), recommend="9")
    world.close()
    found = survey_results.results(world.services, OWNER, "team-check")
    told = [r for r in rows(world, kind) if r["figure"] in FOLLOW]
    changes = {(r["question"], r["group"]): r for r in told if r["figure"] == "change"}
    made = found.trend("goals")
    assert made is not None
    assert made.change is not None
    assert float(changes["goals", "all"]["value"].replace("−", "-")) == pytest.approx(made.change.points, abs=0.006)
    assert changes["goals", "all"]["words"] == "watch"
    assert {question for question, _ in changes} >= {"goals", "pride", "hours", "score"}
    hidden = {(q, g) for q, by in found.cells.items() for g, cell in by.items() if cell.withheld}
    assert hidden
    assert not hidden & {(r["question"], r["group"].removeprefix("'")) for r in told}
    seen = {(r["question"], r["group"]): float(r["value"]) for r in told if r["figure"] == "change_seen_from"}
    assert seen["goals", "all"] == pytest.approx(found.course.detectable["goals all"], abs=0.006)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_is_withheld_is_marked_with_its_reason_and_has_no_figure(world: World, kind: str) -> None:
    hidden = [r for r in rows(world, kind) if r["figure"] == "withheld"]
    assert {r["value"] for r in hidden} == {"" if kind == "json" else HIDDEN}
    assert {r["words"] for r in hidden} >= {LEFT_OUT}
    grey = [r for r in rows(world, kind) if "Grey" in r["group"]]
    assert {r["figure"] for r in grey} == {"withheld"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_choice_among_so_few_that_it_has_no_counts_is_marked_with_its_reason(services: Services, kind: str) -> None:
    world = world_in(services)
    surveys.save(world.services, Asker("U0ADMIN", admin=True), CHOICES)
    world.directory = Directory(people(22))
    for users in (USERS[:7], USERS[:7] + USERS[11:]):
        row = world.open(audience="", file=FILE.replace("=Grey", "Blue"), cuts="team")
        for i, user in enumerate(users):
            world.answer(row, user, **{"best": "ab"[i % 2], "some": "a", "order.1": "a"})
        world.close()
        marked = {(r["question"], r["group"]): r["words"] for r in rows(world, kind) if r["figure"] == "withheld"}
        hidden = {about: why for about, why in marked.items() if about[0] in ("best", "some", "order")}
        assert {why for (_, group), why in hidden.items() if group == "team=Red"} == {LEFT_OUT}
        of_all = {why for (_, group), why in hidden.items() if group == "all"}
        assert of_all == ({"too few"} if len(users) == 7 else set())
        receipt = survey_results.results(world.services, OWNER, "team-check").receipt
        told = [receipt["suppressed"], receipt["suppressed_in_groups"]]
        assert told == [sum((group == "all") is whole for _, group in hidden) for whole in (True, False)]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_no_comment_and_nobody_is_in_it(world: World, kind: str) -> None:
    content = export(world.services, OWNER, "team-check", kind).content
    whole = str(cells_of(content)) if kind == "xlsx" else content.decode()
    assert "secret words" not in whole
    assert "U0001" not in whole


def test_no_text_is_a_formula(world: World) -> None:
    for row in rows(world, "csv"):
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row.values())
        assert not any(row[name].startswith("-") for name in ("text", "group", "words"))
    assert any(r["text"] == '\'=HYPERLINK("http://example.org")' for r in rows(world, "csv"))
    assert any(r["text"] == '=HYPERLINK("http://example.org")' for r in rows(world, "xlsx")), "as text, whatever it looks like"


def test_what_a_spreadsheet_might_compute_is_marked_as_text_in_excel_too(world: World) -> None:
    with zipfile.ZipFile(io.BytesIO(export(world.services, OWNER, "team-check", "xlsx").content)) as book:
        sheet, styles = (ElementTree.fromstring(book.read(f"xl/{each}.xml")) for each in ("worksheets/sheet1", "styles"))
    apart = [n for n, each in enumerate(styles.iterfind(f"{SHEET}cellXfs/{SHEET}xf")) if each.get("quotePrefix") == "1"]
    marked = {c.get("r", "") for c in sheet.iter(f"{SHEET}c") if int(c.get("s", "0")) in apart}
    texts = rows(world, "xlsx")
    assert marked == {f"C{n}" for n, row in enumerate(texts, 2) if row["text"].startswith(("=", "+", "-", "@"))}
    assert len(marked) > 50


def test_files_are_named_after_their_wave_and_only_for_viewers_and_written_down(world: World) -> None:
    assert export(world.services, OWNER, "team-check", "xlsx").name == "team-check-1.xlsx"
    with pytest.raises(NotAllowed):
        export(world.services, Asker("U0001"), "team-check", "csv")
    with pytest.raises(InvalidInput, match="csv, xlsx or json"):
        export(world.services, OWNER, "team-check", "pdf")
    with world.services.db.read() as connection:
        written = [row.action for row in connection.execute(audit.select())]
    assert written.count("survey.export") == 1


def test_json_says_the_terms(world: World) -> None:
    content = json.loads(survey_export.export(world.services, OWNER, "team-check", "json").content)
    assert content["wave"] == "team-check #1"
    assert content["terms"] == {"mode": "anonymous", "minimum": 5, "cuts": ["team"]}
    assert content["receipt"]["invited"] == 22


def test_a_file_calls_groups_by_their_names_says_why_a_value_is_missing_and_tells_nothing_of_requests(world: World) -> None:
    row = world.row(1)
    with world.services.db.begin() as connection:
        waves.change(connection, row.id, receipt={**row.receipt, "ended_by": "command:1.2.3", "names": {"Red": "#red"}})
    found = json.loads(export(world.services, OWNER, "team-check", "json").content)
    groups = {figure["group"] for figure in found["figures"]}
    assert "team=#red" in groups
    assert "team=Red" not in groups
    assert "1.2.3" not in json.dumps(found)
    missing = [figure for figure in found["figures"] if figure["value"] is None]
    assert missing
    assert all(figure["words"] for figure in missing)
