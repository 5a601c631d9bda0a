"""Each extension is one file and one line: a file whose line was forgotten fails here."""

import re
from pathlib import Path

import pytest

from bot.domain.definition_schema import KPI
from bot.domain.rules import RULES
from bot.domain.survey_documents import parse_surveys
from bot.services.sections import SECTIONS
from bot.services.surveys import bank
from handlers.cli import main
from handlers.clock import JOBS
from handlers.slack.register import COMMANDS

ROOT = Path(__file__).parent.parent


def _files(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def test_every_section_is_listed() -> None:
    """A digest shows what is in the folder."""
    assert set(SECTIONS) == _files("bot/services/sections")


def test_every_rule_is_listed() -> None:
    """A KPI can have what is in the folder, and a definition can switch it."""
    assert set(RULES) == _files("bot/domain/rules")
    switched = KPI.fields["alerts"].schema()["properties"]["on"]["items"]["enum"]
    assert set(switched) == set(RULES)


def test_every_command_is_listed() -> None:
    """Slack can say what is in the folder."""
    assert {c.__name__.rpartition(".")[2] for c in COMMANDS} == _files("handlers/slack/commands")


def test_every_job_is_listed() -> None:
    """The clock wakes what is in the folder."""
    assert {job.name for job in JOBS} == _files("handlers/clock") - {"job"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.COMMAND)
def test_every_word_of_a_command_says_what_it_does(command: object) -> None:
    """`help` has a line for each."""
    assert command.COMMAND.startswith("/")
    assert "help" in command.VERBS
    assert all(words and not words.endswith(".") for words in command.VERBS.values())


def test_every_command_of_the_terminal_says_what_it_does() -> None:
    """`--help` is complete."""
    import click

    def walk(group: click.Group) -> list[click.Command]:
        found = []
        for name in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), name)
            assert command is not None, name
            found.append(command)
            if isinstance(command, click.Group):
                found += walk(command)
        return found

    commands = walk(main)
    assert len(commands) > 15
    assert [c.name for c in commands if not c.help] == []


def test_every_setting_is_documented() -> None:
    """Whoever runs it finds each name in the manual."""
    manual = (ROOT / "docs/operations.md").read_text()
    names = set(re.findall(r'"((?:SLACK|BAROMETER|DATABASE)_[A-Z_]+|HOST|PORT)"', (ROOT / "bot/settings.py").read_text()))
    assert len(names) > 10
    assert {name for name in names if name not in manual} == set()


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_no_link_between_our_pages_is_broken(page: Path) -> None:
    """A reader can follow each."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_definitions_in_the_manual_are_valid(tmp_path: Path) -> None:
    """What a page says to write can be written."""
    from bot.domain.definitions import parse_kpis
    from bot.domain.digest_documents import parse_digests

    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/adding.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [k.name for k in parse_kpis(blocks[0])] == ["grounded-answers"]
    assert [d.name for d in parse_digests(blocks[1], "adding.md")] == ["risk-weekly"]
    assert [s.name for s in parse_surveys(blocks[2], "adding.md", bank())] == ["after-release"]
