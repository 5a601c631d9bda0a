"""Ballots: all of one length, each found by a keyed slot and sealed so that only the wave's keys open it.

The one place that knows the library `cryptography`. Nothing here is written anywhere; keys and answers stay in memory.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.domain.errors import InvalidInput
from bot.domain.surveys import Answer, answers_of

KEY = 32
"""Bytes of every key."""
LETTERS = 52
"""So many letters and digits a key has as text."""
SLOT = 16
"""Bytes of a slot."""
_NONCE, _TAG, _HEAD = 12, 16, 4
FLAG = _NONCE + 1 + _TAG
"""Bytes of the flag with which a ballot begins: whether it was cast, sealed under a key of its own. Its body follows."""
SEALED = 32 + _NONCE + _TAG
"""How many bytes longer a payload is once it is sealed to a public key."""
State = Literal[0, 1, 2]
EMPTY: State = 0
DRAFT: State = 1
CAST: State = 2
_INFO = b"barometer sealed ballot"
PRIVATE, PUBLIC = "private", "public"
"""With which of the two the halves of a key pair begin. Those that were made before have neither."""


class Spoilt(Exception):
    """A ballot does not open with the wave's keys: it was changed, moved, or belongs to another wave."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one wave: `slot` finds somebody's ballot, `flag` tells whether it was cast, `body` opens what it says."""

    slot: bytes = field(repr=False)
    flag: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def raw(self) -> bytes:
        """All three, as a file holds them."""
        return self.slot + self.flag + self.body


@dataclass(frozen=True, slots=True)
class Ballot:
    """What is in a ballot: nothing yet, a draft, or a vote that was cast, and its payload."""

    state: State = EMPTY
    payload: bytes = field(default=b"", repr=False)


def new_keys() -> Keys:
    """Keys for a new wave, drawn by the system's generator."""
    return Keys(*(secrets.token_bytes(KEY) for _ in range(3)))


def digest(contract: str) -> bytes:
    """SHA-256 of a contract: kept beside the keys, it tells whether the contract in the database is still the one promised."""
    return hashlib.sha256(contract.encode()).digest()


def written(keys: Keys, contract: str) -> bytes:
    """What the key file of a wave holds."""
    return keys.raw + digest(contract)


def read(raw: bytes) -> tuple[Keys, bytes]:
    """The keys and the digest of the contract that a key file holds.

    :raises ValueError: it has another length, so it is no key file, or one of another version.
    """
    if len(raw) != 4 * KEY:
        raise ValueError(f"a key file has {4 * KEY} bytes")
    slot, flag, body, contract = (raw[start : start + KEY] for start in range(0, len(raw), KEY))
    return Keys(slot, flag, body), contract


def slot_of(keys: Keys, wave: str, user: str) -> bytes:
    """Where the ballot of somebody is: HMAC-SHA256 (RFC 2104) of wave and person, so nobody without the key can tell."""
    return hmac.digest(keys.slot, f"{wave}\0{user}".encode(), hashlib.sha256)[:SLOT]


def closed(keys: Keys, wave: str, slot: bytes, ballot: Ballot, length: int) -> bytes:
    """A ballot as it lies there: its flag and its body, each sealed with ChaCha20-Poly1305 (RFC 8439) under a fresh nonce.

    Payloads up to `length` bytes look the same. It opens in its own slot of its own wave only, and its body only behind a flag
    of the same state.

    :raises ValueError: the payload is longer.
    """
    if len(ballot.payload) > length:
        raise ValueError("the payload is longer than the ballots of this wave")
    place, state = wave.encode() + slot, bytes([ballot.state])
    plain = (len(ballot.payload).to_bytes(_HEAD) + ballot.payload).ljust(_HEAD + length, b"\0")
    first, second = secrets.token_bytes(_NONCE), secrets.token_bytes(_NONCE)
    flag = first + ChaCha20Poly1305(keys.flag).encrypt(first, state, place)
    return flag + second + ChaCha20Poly1305(keys.body).encrypt(second, plain, place + state)


def state_of(keys: Keys, wave: str, slot: bytes, lying: bytes) -> State:
    """Whether a ballot was cast, by its flag alone: its body stays shut, and may be one that does not open.

    :raises Spoilt: the flag was changed, moved, or sealed with other keys.
    """
    return _state(_flag(ChaCha20Poly1305(keys.flag), lying, wave.encode() + slot))


def opened(keys: Keys, wave: str, slot: bytes, lying: bytes) -> Ballot:
    """What is in a ballot.

    :raises Spoilt: it was changed, moved, put together from two, or sealed with other keys.
    """
    place = wave.encode() + slot
    state = _flag(ChaCha20Poly1305(keys.flag), lying, place)
    plain = _decrypted(ChaCha20Poly1305(keys.body), lying[FLAG:], place + state)
    return Ballot(_state(state), plain[_HEAD : _HEAD + int.from_bytes(plain[:_HEAD])])


def renewed(keys: Keys, wave: str, urn: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Ballots by slot, the same under fresh nonces: from outside each has changed, one that does not open as well.

    If it stayed as it is, whoever changes a byte of every ballot would see in which of them somebody then answers.

    :raises Spoilt: most do not open: these are not their keys, and nothing may be written over them.
    """
    flags, bodies, nonces = ChaCha20Poly1305(keys.flag), ChaCha20Poly1305(keys.body), secrets.token_bytes(2 * _NONCE * len(urn))
    found, spoilt, name = dict(urn), 0, wave.encode()
    for number, (slot, lying) in enumerate(urn.items()):
        start, place = 2 * _NONCE * number, name + slot
        first, second = nonces[start : start + _NONCE], nonces[start + _NONCE : start + 2 * _NONCE]
        try:
            state = _flag(flags, lying, place)
            plain = _decrypted(bodies, lying[FLAG:], place + state)
        except Spoilt:
            spoilt += 1
            found[slot] = secrets.token_bytes(len(lying))
        else:
            flag = first + flags.encrypt(first, state, place)
            found[slot] = flag + second + bodies.encrypt(second, plain, place + state)
    if 2 * spoilt > len(urn):
        raise Spoilt
    return found


def _flag(cipher: ChaCha20Poly1305, lying: bytes, place: bytes) -> bytes:
    return _decrypted(cipher, lying[:FLAG], place)


def _decrypted(cipher: ChaCha20Poly1305, sealed_text: bytes, to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed_text[:_NONCE], sealed_text[_NONCE:], to)
    except (InvalidTag, ValueError) as error:
        raise Spoilt from error


def _state(flag: bytes) -> State:
    return CAST if flag[0] == CAST else DRAFT if flag[0] == DRAFT else EMPTY


def pack(answers: Mapping[str, Answer]) -> bytes:
    """Answers as bytes, by the ids of their questions."""
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unpack(payload: bytes) -> dict[str, Answer]:
    """The answers that `pack` wrote."""
    return answers_of(json.loads(payload)) if payload else {}


def key_pair() -> tuple[str, str]:
    """A private key for whoever keeps a sealed wave shut, and the public key to which its ballots are sealed, as text."""
    private = X25519PrivateKey.generate()
    return f"{PRIVATE}-{_text(private.private_bytes_raw())}", _public(private)


def public_of(private: str) -> str:
    """The public key that belongs to a private one.

    :raises InvalidInput: it is none.
    """
    return _public(_private(private))


def check_public(text: str) -> str:
    """A public key as it is kept.

    :raises InvalidInput: it is none, or a private one, or one to which nothing can be sealed (RFC 7748, 6.1).
    """
    if _letters(text, PRIVATE) is not None:
        raise InvalidInput(
            "That is the private half of a key, which others may have seen now: throw both halves away, let the custodian make "
            "a new pair with barometer surveys keys, and give its public half.",
            "key",
        )
    raw = _bytes(text, PUBLIC)
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError as error:
        raise InvalidInput("Nothing can be sealed to that key. Let the custodian make one anew, and copy it.", "key") from error
    return f"{PUBLIC}-{_text(raw)}"


def sealed(public: str, payload: bytes) -> bytes:
    """A payload that only the private key opens: X25519 (RFC 7748), HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305."""
    raw = _bytes(public, PUBLIC)
    once, to = X25519PrivateKey.generate(), X25519PublicKey.from_public_bytes(raw)
    own = once.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    nonce = secrets.token_bytes(_NONCE)
    return own + nonce + ChaCha20Poly1305(_shared(once.exchange(to), own, raw)).encrypt(nonce, payload, own)


def unsealed(private: str, body: bytes) -> bytes:
    """The payload that `sealed` sealed.

    :raises Spoilt: it was sealed to another key, or changed.
    :raises InvalidInput: the private key is none.
    """
    key, own, nonce = _private(private), body[:KEY], body[KEY : KEY + _NONCE]
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(own))
        return ChaCha20Poly1305(_shared(shared, own, public)).decrypt(nonce, body[KEY + _NONCE :], own)
    except (InvalidTag, ValueError) as error:
        raise Spoilt from error


def hidden(key: bytes, what: str, words: str, length: int) -> bytes:
    """The name of a comment's author, or their reply, sealed under the wave's key for replies and padded to `length` bytes."""
    nonce = secrets.token_bytes(_NONCE)
    plain = words.encode()
    if len(plain) > length:
        raise ValueError("the words are longer than what they are padded to")
    padded = len(plain).to_bytes(4) + plain.ljust(length, b"\0")
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, padded, what.encode())


def shown(key: bytes, what: str, body: bytes) -> str:
    """The words that `hidden` sealed.

    :raises Spoilt: they were changed, or sealed for something else.
    """
    try:
        plain = ChaCha20Poly1305(key).decrypt(body[:_NONCE], body[_NONCE:], what.encode())
    except (InvalidTag, ValueError) as error:
        raise Spoilt from error
    return plain[4 : 4 + int.from_bytes(plain[:4])].decode()


def _shared(secret: bytes, own: bytes, public: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY, salt=own + public, info=_INFO).derive(secret)


def _private(text: str) -> X25519PrivateKey:
    if _letters(text, PUBLIC) is not None:
        raise InvalidInput("That is the public half of the key; the private one is needed, which its custodian kept.", "key")
    return X25519PrivateKey.from_private_bytes(_bytes(text, PRIVATE))


def _public(private: X25519PrivateKey) -> str:
    return f"{PUBLIC}-{_text(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}"


def _text(raw: bytes) -> str:
    """Bytes in groups of letters and digits that a person can copy, and check against a paper."""
    letters = base64.b32encode(raw).decode().rstrip("=")
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _letters(text: str, half: str) -> str | None:
    """What follows the word that this half begins with; None: it begins otherwise."""
    letters, word = _plain(text), half.upper()
    return letters.removeprefix(word) if letters.startswith(word) else None


def _plain(text: str) -> str:
    return "".join(each for each in text.upper() if each.isalnum())


def _bytes(text: str, half: str) -> bytes:
    marked = _letters(text, half)
    letters = _plain(text) if marked is None else marked
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        raw = b""
    if len(raw) != KEY:
        raise InvalidInput(
            f"That is no key: it has the word {half}, and {LETTERS} letters and digits in groups of four. Copy it again, all "
            "of it.",
            "key",
        )
    return raw
