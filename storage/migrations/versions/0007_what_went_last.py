"""When something last went to a channel, beside who reserved which turn"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("pace", sa.Column("last_at", Instant(), nullable=True))
