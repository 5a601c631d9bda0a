"""Incidents: their moments and what happened in them are only added to"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import guard
from storage.columns import Instant, Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("edits", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_delivery_edits"), "delivery", ["edits"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("open_key", sa.String(length=200), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=True),
        sa.Column("roles", Json(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["incident.id"], name=op.f("fk_incident_merged_into")),
        sa.ForeignKeyConstraint(["message_id"], ["delivery.id"], name=op.f("fk_incident_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("open_key", name=op.f("uq_incident_open_key")),
    )
    op.create_index(op.f("ix_incident_opened_at"), "incident", ["opened_at"], unique=False)
    op.create_table(
        "incident_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_event_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    op.create_index(op.f("ix_incident_event_incident_id_at"), "incident_event", ["incident_id", "at"], unique=False)
    op.create_table(
        "incident_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=True),
        sa.Column("low", Instant(), nullable=True),
        sa.Column("high", Instant(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_mark_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_mark")),
    )
    op.create_index(op.f("ix_incident_mark_incident_id_id"), "incident_mark", ["incident_id", "id"], unique=False)
    op.create_table(
        "incident_reminder",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_reminder_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "kind", name=op.f("pk_incident_reminder")),
    )
    op.create_index(op.f("ix_incident_reminder_due_at"), "incident_reminder", ["due_at"], unique=False)
    guard(op.get_bind(), "incident_mark", "incident_event")
