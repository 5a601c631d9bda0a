"""`barometer kpis validate | diff | apply | schema`, as they are typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from handlers.terminal.kpis import kpis

FILE = """\
apiVersion: barometer/v1
kind: KPISet
kpis:
  - name: answer-rate
    title: Answer rate
    category: business_impact
    definition: Share of questions that were answered.
    inputs: {answered: Answered, asked: Asked}
    formula: answered / asked
    unit: {code: ratio}
    direction: up
    frequency: [week]
    owner: sre
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'barometer.db'}")
    monkeypatch.setenv("BAROMETER_KPIS", str(tmp_path / "team.yaml"))


def typed(*words: str) -> Result:
    return CliRunner().invoke(kpis, words)


def test_right_files_are_said_to_be_right() -> None:
    assert typed("validate").output == "28 KPIs are right, and so are their worked examples; so are 4 digests.\n"
    found = json.loads(typed("validate", "--json").output)
    assert found["ok"]
    assert "answer-rate" in found["kpis"]


def test_one_of_each_is_said_in_words_of_one(tmp_path: Path) -> None:
    (tmp_path / "digests.yaml").write_text(
        "apiVersion: barometer/v1\nkind: DigestSet\ndigests:\n"
        "  - {name: a, audience: ops, schedule: {every: daily}, kpis: {names: [answer-rate]}}\n",
        encoding="utf-8",
    )
    assert typed("validate", str(tmp_path)).output == "1 KPI is right, and so are its worked examples; so is 1 digest.\n"


def test_digests_in_files_are_validated_as_well(tmp_path: Path) -> None:
    file = tmp_path / "digests.yaml"
    file.write_text(
        "apiVersion: barometer/v1\nkind: DigestSet\ndigests:\n"
        "  - {name: a, audience: ops, schedule: {every: weekly, on: monday}, kpis: {names: [answer-rat]}}\n",
        encoding="utf-8",
    )
    result = typed("validate", str(file))
    assert result.exit_code == 1
    assert result.output == f"{file}:4: a.kpis.names: there is no KPI “answer-rat”; write answer-rate, if that is meant.\n"
    file.write_text(file.read_text(encoding="utf-8").replace("answer-rat]", "answer-rate], nmes: [x]"), encoding="utf-8")
    assert "use all, category, names or owner" in typed("validate", str(file)).output


def test_everything_wrong_is_said_and_the_command_fails(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(FILE.replace("up", "upp").replace("asked\n", "asked ** 2\n"), encoding="utf-8")
    result = typed("validate", str(bad))
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{bad}:9: answer-rate.formula: the formula raises to a power; only + - * / are known; multiply instead.",
        f"{bad}:11: answer-rate.direction: is “upp”; write up, if that is meant.",
    ]
    found = json.loads(typed("validate", str(bad), "--json").output)
    assert (found["ok"], found["problems"][1]["line"], found["problems"][1]["field"]) == (False, 11, "answer-rate.direction")
    assert typed("diff", str(bad)).exit_code == 1


def test_what_would_change_is_shown_then_applied(tmp_path: Path) -> None:
    early = typed("diff")
    assert early.exit_code == 1
    assert "barometer migrate" in early.output
    assert "answer-rate: added" in typed("apply").output
    assert typed("apply").output == "Nothing has changed.\n"
    assert typed("diff").output == "Nothing would change.\n"
    (tmp_path / "team.yaml").write_text(FILE.replace("Answer rate", "Rate of answers"), encoding="utf-8")
    assert typed("diff").output == "answer-rate: changed\n  - title: Answer rate\n  + title: Rate of answers\n"
    (change,) = json.loads(typed("diff", "--json").output)
    assert (change["name"], change["after"]) == ("answer-rate", {"title": "Rate of answers"})


def test_a_wrong_team_file_is_not_applied(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("kpis: [", encoding="utf-8")
    result = typed("apply")
    assert result.exit_code == 1
    assert "team.yaml:1: this is not YAML" in result.output


def test_the_schema_is_printed() -> None:
    printed = json.loads(typed("schema").output)
    Draft202012Validator.check_schema(printed)
    kinds = [each["properties"]["kind"] for each in printed["oneOf"]]
    assert [kind.get("const") or kind["enum"][0] for kind in kinds] == ["KPISet", "DigestSet", "SurveySet", "QuestionBank"]
