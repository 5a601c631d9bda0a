"""What is wrong in a form is said in the words of the form, and not in those of a command or a file."""

import pytest

from bot.domain.people import SYSTEM
from bot.services import definitions
from handlers.slack.form_words import errors_in_form, in_form
from tests.handlers.slack.conftest import Slack
from tests.handlers.slack.test_pulse_life import clock, services, team, typed
from tests.handlers.slack.test_pulse_start import channels, opened

__all__ = ["clock", "services", "team"]
LABELS = {"year": "Year", "closes": "Open for", "until": "Until when", "for": "For how long"}


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("year= is a whole number, such as year=2026.", "“Year” is a whole number, such as 2026."),
        ('Write when, such as year="the last one"; or 2026.', "Write when, such as the last one; or 2026."),
        ("Say either for= or until=, not both.", "Say either “For how long” or “Until when”, not both."),
        ("Give closes=3d as well.", "Give “Open for” 3d as well."),
        ("“year=2026” is no number.", "“year=2026” is no number."),
        ("Say /pulse extend x until=2d; year= is wrong.", "Say /pulse extend x until=2d; “Year” is wrong."),
        ('Say /pulse schedule x when="tuesday 10:00" closes=3d.', 'Say /pulse schedule x when="tuesday 10:00" closes=3d.'),
        ("mode=anonymous asks without a key.", "mode=anonymous asks without a key."),
        ("A rate of 1/2 closes=3d", "A rate of 1/2 “Open for” 3d"),
    ],
)
def test_a_word_of_a_command_is_the_label_of_its_field(sentence: str, said: str) -> None:
    assert in_form(sentence, "year", LABELS) == said


def test_a_mark_behind_the_name_of_a_field_is_no_part_of_it() -> None:
    found = errors_in_form({"closes:x1": "closes= is wrong, as closes=3d."}, {"closes:x1": "Open for"})
    assert found == {"closes:x1": "“Open for” is wrong, as 3d."}


def test_a_schedule_that_is_open_until_a_moment_is_told_of_the_field(team: Slack) -> None:
    values = {"audience": channels("C0TEAM"), "closes": typed("friday 10:00"), "when": typed("weekly tuesday 10:00")}
    chosen = {"survey": {"type": "static_select", "selected_option": {"value": "team-check"}}}
    told = team.submit(opened(team), {**chosen, **values}, "U0LEAD")["errors"]
    assert told == {"closes": "“Open for” of a schedule is how long each wave is open, such as 3d."}


def test_numbers_of_who_stayed_are_told_of_by_their_labels(team: Slack) -> None:
    definitions.apply_files(team.services, SYSTEM)
    team.say("/pulse", "retention", "U0ADMIN")
    form = team.workspace.wait_for("views.open")[-1]["view"]
    told = team.submit(form, {"year": typed("soon"), "start": typed("4"), "stayed": typed("3")}, "U0ADMIN")["errors"]
    assert told == {"year": "“Year” is a whole number, such as 2026."}
    told = team.submit(form, {"year": typed("2025"), "start": typed("4"), "stayed": typed("9")}, "U0ADMIN")["errors"]
    assert told == {"stayed": "9 of 4 cannot have stayed; write 4 or fewer."}
