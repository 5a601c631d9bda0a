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
