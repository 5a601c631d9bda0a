"""The keys of sealed surveys, in the terminal."""

import json

from click.testing import CliRunner

from bot import ballots
from handlers.cli import main


def test_a_pair_of_keys_is_new_each_time_and_belongs_together() -> None:
    found = [json.loads(CliRunner().invoke(main, ["surveys", "keys", "--json"]).output) for _ in range(2)]
    assert all(ballots.public_of(each["private"]) == each["public"] for each in found)
    assert found[0]["private"] != found[1]["private"]
    said = CliRunner().invoke(main, ["surveys", "keys"]).output
    private = said.splitlines()[0].partition(": ")[2]
    public = said.splitlines()[1].partition(": ")[2]
    assert ballots.public_of(private) == public
