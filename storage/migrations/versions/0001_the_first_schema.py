"""The first schema"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import guard
from storage.columns import Exact, Instant, Json

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", Json(), nullable=True),
        sa.Column("after", Json(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=400), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("applied_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_definition_name_version")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("deadline", Instant(), nullable=False),
        sa.Column("slot_at", Instant(), nullable=True),
        sa.Column("first_try_at", Instant(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("ts", sa.String(length=40), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["delivery.id"], name=op.f("fk_delivery_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(op.f("ix_delivery_kind_subject"), "delivery", ["kind", "subject"], unique=False)
    op.create_index(op.f("ix_delivery_parent_id_position"), "delivery", ["parent_id", "position"], unique=False)
    op.create_index(op.f("ix_delivery_state_due_at"), "delivery", ["state", "due_at"], unique=False)
    op.create_table(
        "digest",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=400), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("last_due", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_digest")),
    )
    op.create_table(
        "digest_run",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("fired_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_run")),
    )
    op.create_index(op.f("ix_digest_run_digest"), "digest_run", ["digest"], unique=False)
    op.create_table(
        "pace",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("next_free_at", Instant(), nullable=False),
        sa.Column("blocked_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_pace")),
    )
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_at"), "receipt", ["at"], unique=False)
    op.create_table(
        "role",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_role")),
    )
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kpi", sa.String(length=80), nullable=False),
        sa.Column("dimensions", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("kpi", "dimensions", name=op.f("uq_series_kpi_dimensions")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("grain", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("period_start", Instant(), nullable=False),
        sa.Column("period_end", Instant(), nullable=False),
        sa.Column("value", Exact(), nullable=True),
        sa.Column("also", Json(), nullable=False),
        sa.Column("inputs", Json(), nullable=False),
        sa.Column("numerator", Exact(), nullable=True),
        sa.Column("denominator", Exact(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("run", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("supersedes", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_observation_period")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_observation_series_id")),
        sa.ForeignKeyConstraint(["supersedes"], ["observation.id"], name=op.f("fk_observation_supersedes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_observation_idempotency_key")),
        sa.UniqueConstraint("supersedes", name=op.f("uq_observation_supersedes")),
    )
    op.create_index(op.f("ix_observation_recorded_at"), "observation", ["recorded_at"], unique=False)
    op.create_index(op.f("ix_observation_series_id_period_start"), "observation", ["series_id", "period_start"], unique=False)
    op.create_index(
        "uq_observation_first_of_period",
        "observation",
        ["series_id", "period_start", "period_end"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NULL"),
        postgresql_where=sa.text("supersedes IS NULL"),
    )
    op.create_table(
        "decision",
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["observation_id"], ["observation.id"], name=op.f("fk_decision_observation_id")),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_decision")),
    )
    op.create_table(
        "publication",
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.Column("correction_told_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_publication_delivery_id")),
        sa.ForeignKeyConstraint(["observation_id"], ["observation.id"], name=op.f("fk_publication_observation_id")),
        sa.PrimaryKeyConstraint("delivery_id", "observation_id", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_observation_id"), "publication", ["observation_id"], unique=False)
    guard(op.get_bind(), "definition", "observation", "decision", "audit")
