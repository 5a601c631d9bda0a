"""Alerts: what is looked at and when, what fires, what is silenced, and what was done about it"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage.append_only import guard
from storage.columns import Instant, Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("dimensions", Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_over"), "silence", ["over"], unique=False)
    op.create_table(
        "alert_watch",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("stamp", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_alert_watch_series_id")),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_alert_watch")),
    )
    op.create_index(op.f("ix_alert_watch_due_at"), "alert_watch", ["due_at"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("open_key", sa.String(length=240), nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("kpi", sa.String(length=80), nullable=False),
        sa.Column("dimensions", Json(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("active_at", Instant(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("fired_at", Instant(), nullable=True),
        sa.Column("fired_words", sa.Text(), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("data_at", Instant(), nullable=True),
        sa.Column("good_since", Instant(), nullable=True),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("point", sa.Integer(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), nullable=False),
        sa.Column("snoozed_until", Instant(), nullable=True),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("heard_at", Instant(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("plan", Json(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_alert_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("open_key", name=op.f("uq_alert_open_key")),
    )
    op.create_index(op.f("ix_alert_key_id"), "alert", ["key", "id"], unique=False)
    op.create_index(op.f("ix_alert_next_at"), "alert", ["next_at"], unique=False)
    op.create_index(op.f("ix_alert_rule_fired_at"), "alert", ["rule", "fired_at"], unique=False)
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_event_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index(op.f("ix_alert_event_alert_id_id"), "alert_event", ["alert_id", "id"], unique=False)
    op.create_table(
        "remedy_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("remedy", sa.String(length=60), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("approvals", Json(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_remedy_run_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_run")),
        sa.UniqueConstraint("key", name=op.f("uq_remedy_run_key")),
    )
    op.create_index(op.f("ix_remedy_run_alert_id_id"), "remedy_run", ["alert_id", "id"], unique=False)
    op.create_index(op.f("ix_remedy_run_next_at"), "remedy_run", ["next_at"], unique=False)
    _look_at_everything()
    guard(op.get_bind(), "alert_event")


def _look_at_everything() -> None:
    """Have the rules of every series that is there looked at."""
    series = sa.table("series", sa.column("id", sa.Integer()))
    watch = sa.table("alert_watch", sa.column("series_id", sa.Integer()), sa.column("due_at", Instant()))
    found = sa.select(series.c.id, sa.literal(datetime(1970, 1, 1, tzinfo=UTC), Instant()))
    op.execute(watch.insert().from_select(["series_id", "due_at"], found))
