"""Two hundred KPIs with long names in several scripts: everything said about them is within Slack's limits."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import payloads
from tests.acceptance.conftest import GRACE, Person, Program, running, words
from tests.acceptance.ledger import at_rest, digests, thread

MANY = 200
TITLES = (
    "نسبة التنبؤات الصحيحة للنموذج في الإنتاج خلال الفترة الماضية",
    "每周自动化决策的准确率与人工复核结果的一致程度",
    "🚀🎯📈 Wins 👩🏽‍💻👨‍👩‍👧‍👦 of the week 🇳🇴",
    "שיעור ההחלטות שנבדקו בידי אדם לפני פרסום",
    "Anteil der rechtzeitig abgeschlossenen Nachschulungsentscheidungen der Modelle",
    "<!channel> *bold* `code` & <https://example.org|x> _it_",
    "การตัดสินใจอัตโนมัติที่ถูกต้อง ความถูกต้องของแบบจำลอง",
    "Z̸̡a̶͢l̷g̸o̴ text that climbs out of its line",
)
KPI = """  - name: generated-{n:03}
    title: "{title} {n}"
    category: {category}
    definition: "{title}, число {n}. {title}, once more, so that it is long."
    inputs:
      right: {{title: "{short}", min: 0}}
      all: {{title: All, min: 0}}
    formula: right / all
    unit: {{code: ratio}}
    direction: up
    frequency: [month]
    target: {{min: 90%}}
    owner: sre
    entry: {{mode: manual}}
"""
DIGEST = """apiVersion: barometer/v1
kind: DigestSet
digests:
  - name: everything
    title: "كل شيء · 全部 · 🎉 everything"
    audience: ops
    schedule: {every: monthly, day: 3, at: "09:00", timezone: Europe/Oslo}
    kpis: {category: [reliability, model_performance, risk, productivity]}
    top: 10
    charts: auto
    target: C0MLOPS
"""
CATEGORIES = ("reliability", "model_performance", "risk", "productivity")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with the team's own definitions, and a figure for each of them in each of three months."""
    folder = tmp_path_factory.mktemp("team")
    write_definitions(folder)
    url = f"sqlite:///{tmp_path_factory.mktemp('data') / 'barometer.db'}"
    with running(url, more={"BAROMETER_KPIS": str(folder)}) as started:
        yield started


def write_definitions(folder: Path) -> None:
    titles = itertools.islice(itertools.cycle(TITLES), MANY)
    kpis = [
        KPI.format(n=n, title=title, short=title[:60], category=CATEGORIES[n % len(CATEGORIES)])
        for n, title in enumerate(titles)
    ]
    (folder / "kpis.yaml").write_text("apiVersion: barometer/v1\nkind: KPISet\nkpis:\n" + "".join(kpis), encoding="utf-8")
    (folder / "digests.yaml").write_text(DIGEST, encoding="utf-8")


def test_everything_said_of_two_hundred_kpis_is_within_slacks_limits(program: Program) -> None:
    """Lists, forms, a screen, an explanation, a preview, a digest with its thread and Home: the fixture checks each again."""
    workspace = program.workspace
    grace = Person(workspace, GRACE, "C0MLOPS")
    for n, month in itertools.product(range(MANY), ("08", "09", "10")):
        line = f"/kpi record generated-{n:03} right={(n * 7) % 100} all=100 period=2026-{month}"
        assert workspace.command(GRACE, "C0MLOPS", line) == ""
    assert "generated-000" in grace.says("/kpi list")
    for n in range(len(TITLES)):
        assert TITLES[n][:10] in grace.says(f"/kpi show generated-{n:03}")
        grace.presses("kpi.why")
    grace.says("/kpi history generated-002")
    grace.says("/kpi show generated-005")
    form = grace.form("kpi.record")
    assert len(workspace.suggest(GRACE, opened(program), "kpi.chosen", "generated")["options"]) > 0
    workspace.close(GRACE, form, everything=True)
    assert "A preview, which only you see." in grace.says("/digest preview everything")
    grace.presses("digest.details")
    grace.says("/digest list")
    grace.says("/digest send everything")
    (root,) = workspace.wait_for(lambda: digests(workspace, "C0MLOPS", "كل شيء"), 60)
    workspace.wait_for(lambda: at_rest(program) or None, 120)
    said = words(root) + thread(workspace, "C0MLOPS", root)
    assert f"{MANY} KPIs" in said or "KPIs evaluated" in said
    assert any(b["type"] == "data_visualization" for b in root["blocks"])
    workspace.open_home(GRACE)
    workspace.wait_for(lambda: workspace.home(GRACE))
    assert len(list(payloads.sent(workspace))) > MANY
    refused = [e["what"] for e in workspace.log() if not e["ok"]]
    assert refused == []


def opened(program: Program) -> dict[str, object]:
    """The form that asks for a KPI."""
    assert program.workspace.command(GRACE, "C0MLOPS", "/kpi record") == ""
    return program.workspace.wait_for(
        lambda: next(
            (v for v in [program.workspace.view(GRACE)] if v and "kpi.chosen" in str(v)),
            None,
        )
    )
