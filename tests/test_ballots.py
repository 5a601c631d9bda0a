"""Ballots that are sealed anew: from outside all have changed, inside nothing has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ballots
from bot.ballots import Ballot

LENGTH = 40
BALLOTS = st.builds(Ballot, st.sampled_from((ballots.EMPTY, ballots.DRAFT, ballots.CAST)), st.binary(max_size=LENGTH))


@given(st.dictionaries(st.binary(min_size=ballots.SLOT, max_size=ballots.SLOT), BALLOTS, max_size=8))
def test_every_ballot_changes_and_says_the_same(urn: dict[bytes, Ballot]) -> None:
    keys = ballots.new_keys()
    lying = {slot: ballots.closed(keys, "w", slot, ballot, LENGTH) for slot, ballot in urn.items()}
    renewed = ballots.renewed(keys, "w", lying)
    assert {slot: ballots.opened(keys, "w", slot, body) for slot, body in renewed.items()} == urn
    assert all(renewed[slot] != body and len(renewed[slot]) == len(body) for slot, body in lying.items())
    nonces = {body[:12] for body in (*lying.values(), *renewed.values())}
    assert len(nonces) == 2 * len(urn), "none is used twice"


@pytest.mark.parametrize("body", [b"", b"short", b"x" * 80])
def test_one_that_does_not_open_stays_as_it_is(body: bytes) -> None:
    keys, good, bad = ballots.new_keys(), b"g" * ballots.SLOT, b"b" * ballots.SLOT
    lying = {bad: body, good: ballots.closed(keys, "w", good, Ballot(ballots.CAST, b"yes"), LENGTH)}
    renewed = ballots.renewed(keys, "w", lying)
    assert renewed[bad] == body
    assert ballots.opened(keys, "w", good, renewed[good]).payload == b"yes"
