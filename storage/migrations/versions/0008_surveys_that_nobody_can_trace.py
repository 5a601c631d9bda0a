"""Surveys that nobody can trace"""

import sqlalchemy as sa
from alembic import op

from storage.append_only import freeze
from storage.columns import Instant, Json

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "benchmark",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_benchmark")),
    )
    op.create_table(
        "survey",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_survey")),
    )
    op.create_table(
        "survey_opt_out",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_survey_opt_out")),
    )
    op.create_table(
        "survey_schedule",
        sa.Column("survey", sa.String(length=80), nullable=False),
        sa.Column("schedule", sa.String(length=200), nullable=False),
        sa.Column("terms", Json(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("last_due", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("survey", name=op.f("pk_survey_schedule")),
    )
    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("open_key", sa.String(length=80), nullable=True),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("extended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("invited", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cleaned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("receipt", Json(), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=True),
        sa.Column("asks", Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("key", name=op.f("uq_wave_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_wave_key_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_wave_open_key")),
        sa.UniqueConstraint("survey", "number", name=op.f("uq_wave_survey_number")),
    )
    op.create_table(
        "attributed_answer",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("answers", Json(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_attributed_answer_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "user_id", name=op.f("pk_attributed_answer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_ballot_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "slot", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("groups", Json(), nullable=False),
        sa.Column("zone", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_invitation_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "user_id", name=op.f("pk_invitation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_survey_action_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_action")),
    )
    op.create_index(op.f("ix_survey_action_wave_id"), "survey_action", ["wave_id"], unique=False)
    op.create_table(
        "wave_comment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_comment_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_comment")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_wave_comment_wave_id"), "wave_comment", ["wave_id"], unique=False)
    op.create_table(
        "wave_count",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("cut", sa.String(length=130), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_count_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "question", "cut", "value", name=op.f("pk_wave_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wave_figure",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("cut", sa.String(length=130), nullable=False),
        sa.Column("figure", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_figure_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "question", "cut", "figure", name=op.f("pk_wave_figure")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wave_reminder",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("begun", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_reminder_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "number", "due_at", name=op.f("pk_wave_reminder")),
    )
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("reply_text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["wave_comment.id"], name=op.f("fk_follow_up_comment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sqlite_with_rowid=False,
    )
    freeze(op.get_bind(), "wave", "contract")
