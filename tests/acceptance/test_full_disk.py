"""A disk that is full: what was acknowledged is there, what was not is not, and the error says what to do."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import DiskFull
from storage import Database, outbox
from storage.tables import metadata

ROOT = Path(__file__).parents[2]
FILL = """
import resource, signal, sys
from datetime import UTC, datetime
from bot.domain.errors import BarometerError
from bot.domain.parts import Message, text
from bot.services import Services, deliveries
from bot.settings import Settings
from storage import Database

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
services = Services(Database(sys.argv[1]), Settings(), lambda: datetime.now(UTC))
for n in range(2_000):
    try:
        with services.db.begin() as connection:
            for part in "ab":
                message = Message(part, (text("x" * 500),))
                deliveries.post(services, connection, key=f"{n}{part}", kind="digest", target="C0OPS", message=message)
    except BarometerError as error:
        print("refused", type(error).__name__, error.text)
        break
    print("kept", n, flush=True)
"""


def test_nothing_acknowledged_is_lost_when_the_disk_is_full(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'barometer.db'}"
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()
    told = subprocess.run(
        [sys.executable, "-c", FILL, url], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    kept = {line.split()[1] for line in told if line.startswith("kept")}
    assert kept
    assert told[-1] == f"refused DiskFull {DiskFull().text}"

    database = Database(url)
    with database.read() as connection:
        keys = {row.key for row in outbox.everything(connection)}
    assert keys == {f"{n}{part}" for n in kept for part in "ab"}, "all of a transaction, or nothing"
    with database.begin() as connection:
        assert outbox.counts(connection, datetime(2020, 1, 1, tzinfo=UTC)) == {"due": 2 * len(kept)}
    database.close()
