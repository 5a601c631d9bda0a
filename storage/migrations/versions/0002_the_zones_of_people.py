"""The zones of people"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=80), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_person")),
    )
