"""A secret in bytes that somebody else wrote, however it was written down."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from tests.adversary.looks import Look


def traces(raw: bytes, *secrets: bytes) -> list[str]:
    """How each secret stands in `raw`: as it is, or in an encoding, also in the middle of something that was encoded whole."""
    raw, small, found = raw + raw.replace(rb"\'", b"'"), raw.lower(), []
    for secret in secrets:
        for name, form in encodings(secret):
            if form in raw or (name == "hex" and form in small):
                found.append(name)
    return found


def encodings(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """A secret as it is written down in files, logs, JSON, environments, and by people."""
    yield "bytes", secret
    yield "repr", repr(secret)[2:-1].replace(r"\'", "'").encode()
    yield "hex", secret.hex().encode()
    yield "hex in pairs", secret.hex(":").encode()
    yield "numbers", json.dumps(list(secret))[1:-1].encode()
    yield "numbers, close", ",".join(map(str, secret)).encode()
    yield "latin-1 as UTF-8", secret.decode("latin-1").encode()
    for before in range(3):
        plain = _inside(base64.b64encode(bytes(before) + secret), before, 4, 3)
        yield f"base64 after {before}", plain
        yield f"base64 for addresses after {before}", plain.translate(bytes.maketrans(b"+/", b"-_"))
    for before in range(5):
        letters = _inside(base64.b32encode(bytes(before) + secret), before, 8, 5)
        yield f"base32 after {before}", letters
        yield f"small base32 after {before}", letters.lower()
    letters = base64.b32encode(secret).rstrip(b"=")
    yield "base32 in groups", b"-".join(letters[start : start + 4] for start in range(0, len(letters) - 4, 4))


def _inside(encoded: bytes, before: int, letters: int, group: int) -> bytes:
    """What of an encoded secret is the same whatever stands before and after it: all but the letters at its edges."""
    first = -(-before * letters // group)
    return encoded.rstrip(b"=")[first:-1]


def everything(look: Look) -> bytes:
    """All of a database: the bytes in which it lies, and its values as they are read, for some lie there compressed."""
    values = (_bytes(value) for rows in look.rows.values() for row in rows for value in row.values())
    return b"\0".join([look.raw, *values])


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview | bytearray) else str(value).encode()
