"""Keys in files of their own that only Barometer's user reads: outside the database and its backups."""

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from bot.domain.errors import BarometerError

log = logging.getLogger(__name__)
_ROOM = "Make room on its disk, and try again."
_ADVICE = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM}
_FOLDER = "Let Barometer's user write there, or set BAROMETER_SURVEY_KEYS to a folder of its own."


class KeysNotHere(BarometerError):
    """Barometer cannot read the keys of this survey ({why}). Ask an admin: all its processes need one BAROMETER_SURVEY_KEYS."""


class KeysNotKept(BarometerError):
    """Barometer cannot keep the keys of a survey now. Ask an admin: the log of Barometer says why."""

    @property
    def for_admins(self) -> str:
        """The same with the folder on the server, which is nobody else's business, and with what to do there."""
        return "Barometer cannot keep the keys of a survey in {folder} ({why}). {advice}".format(**self.facts)


class KeyFiles:
    """A folder of keys, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, secret: bytes) -> None:
        """Write a secret down, on the disk itself, before anything is sealed with it; one of that name before is destroyed.

        :raises KeysNotKept: that was not possible.
        """
        try:
            if self.has(name):
                self._shred(name)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path(name), secret)
            self._note(name).unlink(missing_ok=True)
            self._sync()
        except OSError as error:
            advice = _ADVICE.get(error.errno or 0, _FOLDER)
            problem = KeysNotKept(folder=self._folder, why=error.strerror, advice=advice)
            log.warning("%s", problem.for_admins)
            raise problem from error

    def read(self, name: str) -> bytes:
        """The secret of that name.

        :raises KeysNotHere: it is not there.
        """
        with self._in_plain_words():
            return self._path(name).read_bytes()

    def has(self, name: str) -> bool:
        """Whether a secret of that name is in the folder."""
        return self._path(name).exists()

    def destroy(self, name: str) -> None:
        """Overwrite a secret and let go of it. An empty note of that stays until `forget`: done twice it is done once.

        A disk may keep what was overwritten, which docs/anonymity.md says.

        :raises KeysNotHere: this folder never had it, so it may lie in the folder of another process.
        """
        path = self._path(name)
        if not path.exists() and self._note(name).exists():
            return
        with self._in_plain_words():
            self._shred(name)

    def forget(self, name: str) -> None:
        """Take away the note that a secret was destroyed, once that is written down elsewhere."""
        with contextlib.suppress(OSError):
            self._note(name).unlink()

    @contextlib.contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KeysNotHere(why=error.strerror) from error

    def _shred(self, name: str) -> None:
        path = self._path(name)
        with path.open("r+b") as opened:
            opened.write(os.urandom(path.stat().st_size))
            opened.flush()
            os.fsync(opened.fileno())
            opened.truncate(0)
        path.rename(self._note(name))
        self._sync()

    def _write(self, path: Path, secret: bytes) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(secret)
                opened.flush()
                os.fsync(opened.fileno())
        except OSError:
            # Half a secret would be taken for the whole by whoever looks for it.
            path.unlink(missing_ok=True)
            raise

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def _note(self, name: str) -> Path:
        return self._folder / f"{name}.gone"

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
