"""What holds for the project as a whole."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bot", "handlers", "storage", "playground")


@pytest.mark.parametrize("name", OURS)
def test_no_dependency_ships_our_top_level_names(name: str) -> None:
    """Generic names are safe as long as nobody else installs them."""
    assert set(packages_distributions().get(name, [])) <= {"barometer"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_exact_versions_with_hashes_and_no_address(lock: str) -> None:
    """Whoever installs gets the same files, from whichever index they trust."""
    text = (ROOT / lock).read_text()
    assert "http://" not in text
    assert "https://" not in text
    assert "--index-url" not in text
    blocks = re.findall(r"^[a-z0-9][^\n]*(?:\n    [^\n]*)*", text, flags=re.MULTILINE)
    assert len(blocks) > 20
    for block in blocks:
        assert "==" in block.splitlines()[0]
        assert "--hash=sha256:" in block


def test_every_dependency_is_locked() -> None:
    """What pyproject asks for stands in the lock."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    assert {re.split(r"[=<>~]", name)[0].replace(".", "-") for name in wanted} <= locked


def test_the_core_starts_without_what_only_tests_need() -> None:
    """No module of ours imports a heavy library when it is itself imported."""
    heavy = re.compile(r"^(import|from) (pandas|matplotlib|statsmodels|scipy\.stats|dbos)\b", re.MULTILINE)
    found = [p for top in OURS for p in (ROOT / top).rglob("*.py") if heavy.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_what_the_bot_reads_is_installed_with_it() -> None:
    """A file of the catalogue that is left out of the package is missed only where it was installed."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["bot"]
    installed = {path for pattern in patterns for path in (ROOT / "bot").glob(pattern)}
    assert {path for path in (ROOT / "bot/catalogue").rglob("*.*") if path.suffix not in (".py", ".pyc")} <= installed


def test_files_stay_short() -> None:
    """A file that needs scrolling for ever hides what it is about."""
    long = {
        str(p.relative_to(ROOT)): n
        for top in OURS
        for p in (ROOT / top).rglob("*.py")
        if (n := p.read_text(encoding="utf-8").count("\n")) > 420
    }
    assert long == {}


def test_every_module_says_what_is_inside() -> None:
    """The first line of a file is its sign."""
    silent = [
        str(p.relative_to(ROOT))
        for top in OURS
        for p in (ROOT / top).rglob("*.py")
        if not p.read_text(encoding="utf-8").startswith('"""') and "versions" not in p.parts
    ]
    assert silent == []


@pytest.mark.parametrize("page", ["deliveries.md", "anonymity.md"])
def test_every_test_that_a_page_of_claims_names_exists(page: str) -> None:
    """A claim whose proof was renamed or removed is found out."""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert named <= set(re.findall(r"def (test_\w+)\(", tests))


def test_every_picture_is_taken_by_the_script_shown_in_the_manual_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    script = (ROOT / "tests" / "browser" / "pictures.py").read_text(encoding="utf-8")
    manual = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    assert {f"{name}.png" for name in re.findall(r'keep\([^"\n]*"([a-z-]+)"', script)} == {p.name for p in pictures}
    assert set(re.findall(r"\]\((?:docs/)?pictures/([^)]+)\)", manual)) == {p.name for p in pictures}
    assert [p.name for p in pictures if p.stat().st_size > 250_000] == []
