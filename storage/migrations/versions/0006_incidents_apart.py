"""Incidents that only their people may see, their own channels, and what Slack is asked for besides messages"""

import sqlalchemy as sa
from alembic import op

from storage.columns import Instant, Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("incident", sa.Column("members", Json(), nullable=False, server_default="[]"))
    op.add_column("incident", sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("incident", sa.Column("own_channel", sa.String(length=40), nullable=False, server_default=""))
    # SQLite takes a constraint with the column, and never after it.
    reference = "CONSTRAINT fk_incident_own_message_id REFERENCES delivery (id)"
    op.execute(f"ALTER TABLE incident ADD COLUMN own_message_id VARCHAR(36) {reference}")
    op.create_table(
        "errand",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("deadline", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_errand_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sa.UniqueConstraint("key", name=op.f("uq_errand_key")),
    )
    op.create_index(op.f("ix_errand_state_due_at"), "errand", ["state", "due_at"], unique=False)
