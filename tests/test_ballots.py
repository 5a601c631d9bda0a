"""Ballots that are sealed anew: from outside all have changed, inside nothing has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ballots
from bot.ballots import Ballot
from bot.domain.errors import InvalidInput

LENGTH = 40
BALLOTS = st.builds(Ballot, st.sampled_from((ballots.EMPTY, ballots.DRAFT, ballots.CAST)), st.binary(max_size=LENGTH))


@given(st.dictionaries(st.binary(min_size=ballots.SLOT, max_size=ballots.SLOT), BALLOTS, max_size=8))
def test_every_ballot_changes_and_says_the_same(urn: dict[bytes, Ballot]) -> None:
    keys = ballots.new_keys()
    lying = {slot: ballots.closed(keys, "w", slot, ballot, LENGTH) for slot, ballot in urn.items()}
    renewed = ballots.renewed(keys, "w", lying)
    assert {slot: ballots.opened(keys, "w", slot, body) for slot, body in renewed.items()} == urn
    assert all(renewed[slot] != body and len(renewed[slot]) == len(body) for slot, body in lying.items())
    nonces = {part[:12] for each in (*lying.values(), *renewed.values()) for part in (each, each[ballots.FLAG :])}
    assert len(nonces) == 4 * len(urn), "none is used twice"


@pytest.mark.parametrize("body", [b"short", b"x" * 80])
def test_one_that_does_not_open_changes_as_the_others_do_and_opens_no_more_than_before(body: bytes) -> None:
    keys, good, bad = ballots.new_keys(), b"g" * ballots.SLOT, b"b" * ballots.SLOT
    lying = {bad: body, good: ballots.closed(keys, "w", good, Ballot(ballots.CAST, b"yes"), LENGTH)}
    renewed = ballots.renewed(keys, "w", lying)
    assert (renewed[bad] != body, len(renewed[bad])) == (True, len(body))
    with pytest.raises(ballots.Spoilt):
        ballots.opened(keys, "w", bad, renewed[bad])
    assert ballots.opened(keys, "w", good, renewed[good]).payload == b"yes"


def test_nothing_is_written_over_ballots_of_which_most_do_not_open() -> None:
    keys, slots = ballots.new_keys(), [bytes([n]) * ballots.SLOT for n in range(5)]
    lying = {slot: ballots.closed(keys, "w", slot, Ballot(ballots.CAST, b"yes"), LENGTH) for slot in slots}
    two, three = ({**lying, **dict.fromkeys(slots[:n], b"x" * 80)} for n in (2, 3))
    assert ballots.renewed(keys, "w", two).keys() == lying.keys()
    for wrong in (replace(keys, body=bytes(ballots.KEY)), replace(keys, flag=bytes(ballots.KEY))):
        with pytest.raises(ballots.Spoilt):
            ballots.renewed(wrong, "w", lying)
    with pytest.raises(ballots.Spoilt):
        ballots.renewed(keys, "w", three)


def test_neither_half_of_a_key_is_taken_for_the_other() -> None:
    private, public = ballots.key_pair()
    assert (private[:8], public[:7]) == ("private-", "public-")
    assert ballots.public_of(private) == ballots.check_public(public) == public
    for half in (private, private.upper(), private.replace("-", " ")):
        with pytest.raises(InvalidInput, match=r"That is the private half of a key.+throw both halves away.+make a new pair"):
            ballots.check_public(half)
    with pytest.raises(InvalidInput, match="That is the public half of the key; the private one is needed"):
        ballots.public_of(public)


def test_a_key_that_was_made_before_its_halves_had_names_works_as_it_did() -> None:
    private, public = ballots.key_pair()
    old_private, old_public = private.removeprefix("private-"), public.removeprefix("public-")
    assert ballots.check_public(old_public) == public
    assert ballots.public_of(old_private) == public
    for to, by in ((old_public, old_private), (old_public, private), (public, old_private.lower())):
        assert ballots.unsealed(by, ballots.sealed(to, b"answers")) == b"answers"


@pytest.mark.parametrize(
    "key", ["public", "private-", "public-AAAA", "private-AAAA-BBBB", "A" * 53, "public-" + "1" * 52, f"public-{'A' * 46}"]
)
def test_what_is_cut_off_or_mistyped_is_no_key(key: str) -> None:
    for read in (ballots.check_public, ballots.public_of):
        with pytest.raises(InvalidInput, match=r"That is (no key: it has the word|the p)"):
            read(key)


@pytest.mark.parametrize("state", [ballots.EMPTY, ballots.DRAFT, ballots.CAST])
def test_a_flag_tells_the_state_without_the_key_of_the_bodies(state: ballots.State) -> None:
    keys, slot = ballots.new_keys(), b"s" * ballots.SLOT
    lying = ballots.closed(keys, "w", slot, Ballot(state, b"words"), LENGTH)
    blind = replace(keys, body=bytes(ballots.KEY))
    assert ballots.state_of(blind, "w", slot, lying) == state
    assert ballots.state_of(blind, "w", slot, lying[: ballots.FLAG]) == state
    for shut in (lambda: ballots.opened(blind, "w", slot, lying), lambda: ballots.state_of(keys, "v", slot, lying)):
        with pytest.raises(ballots.Spoilt):
            shut()
    with pytest.raises(ballots.Spoilt):
        ballots.opened(replace(keys, flag=bytes(ballots.KEY)), "w", slot, lying)


def test_a_flag_and_a_body_of_different_states_do_not_open_together() -> None:
    keys, slot = ballots.new_keys(), b"s" * ballots.SLOT
    made = {state: ballots.closed(keys, "w", slot, Ballot(state, b"words"), LENGTH) for state in (ballots.EMPTY, ballots.CAST)}
    for one, other in ((ballots.EMPTY, ballots.CAST), (ballots.CAST, ballots.EMPTY)):
        mixed = made[one][: ballots.FLAG] + made[other][ballots.FLAG :]
        with pytest.raises(ballots.Spoilt):
            ballots.opened(keys, "w", slot, mixed)
        with pytest.raises(ballots.Spoilt):
            ballots.renewed(keys, "w", {slot: mixed})
    assert len({len(each) for each in made.values()}) == 1


def test_a_key_file_is_read_as_it_was_written_and_of_another_length_not_at_all() -> None:
    keys = ballots.new_keys()
    file = ballots.written(keys, "a contract")
    assert ballots.read(file) == (keys, ballots.digest("a contract"))
    assert len({keys.slot, keys.flag, keys.body}) == 3
    for raw in (b"", file[: 3 * ballots.KEY], file[:-1], file + b"x"):
        with pytest.raises(ValueError, match="128 bytes"):
            ballots.read(raw)
