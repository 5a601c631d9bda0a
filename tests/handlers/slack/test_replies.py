"""What a form carries with it, which Slack keeps short."""

import json
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest_answers import Form
from handlers.slack.blocks.modals import Modal
from handlers.slack.replies import drawn
from handlers.slack.request import Place

METADATA_MOST = 3000
WHERE = Place("U0123456789", "C0123456789", "https://hooks.slack.com/commands/" + "x" * 120)


@given(title=st.text(max_size=120), names=st.text(alphabet="abcxyz-, ", max_size=1000))
def test_the_longest_digest_fits_into_its_form(title: str, names: str) -> None:
    """Counted as Slack may count: in characters, or in the halves of those beyond the first plane."""
    long = Form("x" * 120, "C0123456789", "reliability", names, title, "10", "U0123456789", "x" * 80, "x" * 80)
    modal = Modal("digest.save", "Is this right?", submit="Schedule", state={"name": "x" * 80, **asdict(long)})
    carried = drawn(modal, WHERE)["private_metadata"]
    assert len(carried.encode("utf-16-le", "surrogatepass")) // 2 <= METADATA_MOST
    assert json.loads(carried)["state"]["title"] == title


@given(st.text(alphabet="🎉👩é", max_size=80))
def test_a_character_counts_once(text: str) -> None:
    carried = drawn(Modal("kpi.reject.form", "Reject", state={"kpi": text}), WHERE)["private_metadata"]
    assert len(carried) <= len(text) + 300
