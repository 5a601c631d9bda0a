"""Keys in files: all of one, or nothing."""

import errno
import os
from pathlib import Path

import pytest

from bot.key_files import KeyFiles, KeysNotKept


def test_a_key_that_could_not_be_kept_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    files = KeyFiles(tmp_path)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(KeysNotKept):
            files.keep("one", b"secret")
    assert list(tmp_path.iterdir()) == []
    files.keep("one", b"secret")
    assert files.read("one") == b"secret"


def test_of_a_key_that_cannot_take_the_place_of_another_the_true_reason_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    files = KeyFiles(tmp_path)
    files.keep("one", b"secret")
    monkeypatch.setattr(Path, "open", read_only)
    with pytest.raises(KeysNotKept):
        files.keep("one", b"another")
    assert "(Read-only file system)" in caplog.text
    assert "File exists" not in caplog.text


def test_a_key_takes_the_place_of_another_and_of_the_note_that_one_was_destroyed(tmp_path: Path) -> None:
    files = KeyFiles(tmp_path)
    for secret in (b"first", b"second"):
        files.keep("one", secret)
        assert files.read("one") == secret
    files.destroy("one")
    files.keep("one", b"third")
    assert files.read("one") == b"third"
    assert [each.name for each in tmp_path.iterdir()] == ["one.key"]


def test_a_key_is_overwritten_before_it_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen through another name of the same file: to unlink it alone would leave the key there."""
    files, other, seen, through = KeyFiles(tmp_path), tmp_path / "other", list[bytes](), os.fsync
    files.keep("one", b"secret")
    os.link(tmp_path / "one.key", other)

    def look(file: int) -> None:
        seen.append(other.read_bytes())
        through(file)

    monkeypatch.setattr(os, "fsync", look)
    files.destroy("one")
    assert len(seen[0]) == len(b"secret")
    assert seen[0] != b"secret"
    assert other.read_bytes() == b""
