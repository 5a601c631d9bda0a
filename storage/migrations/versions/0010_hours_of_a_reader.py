"""On whose clocks a message waits for hours that are not quiet, and for days that are none off"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("zone", sa.String(64), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("workdays", sa.Boolean(), nullable=False, server_default=sa.false()))
