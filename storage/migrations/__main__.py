"""Write the next revision from what changed in `storage.tables`: `python -m storage.migrations "why"`.

Read it before you keep it. Triggers are not seen: guard a new append-only table with `append_only.guard`.
"""

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import Database
from storage.migrations import FOLDER, HEAD, revisions, upgrade
from storage.tables import metadata


def main(why: str) -> str:
    """Write the revision, and return the path of its file."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'schema.db'}")
        upgrade(database)
        with database.read() as connection:
            found = produce_migrations(MigrationContext.configure(connection), metadata)
        database.close()
    scripts = ScriptDirectory(str(FOLDER))
    name = f"{len(revisions()) + 1:04}"
    imports = ["from storage.columns import Exact, Instant, Json"]
    assert found.upgrade_ops is not None
    code = render_python_code(found.upgrade_ops).replace("storage.columns.", "")
    code = "\n".join(line for line in code.splitlines() if "###" not in line).strip()
    made = scripts.generate_revision(name, why, head=HEAD if revisions() else "base", upgrades=code, imports=imports)
    return str(made.path) if made else ""


if __name__ == "__main__":
    why = " ".join(sys.argv[1:])
    if not why or why.startswith("-"):
        sys.exit(__doc__)
    sys.stdout.write(f"{main(why)}\n")
