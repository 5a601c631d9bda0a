"""Incidents that only their people may see"""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("incident", sa.Column("members", Json(), nullable=False, server_default="[]"))
    op.add_column("incident", sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
