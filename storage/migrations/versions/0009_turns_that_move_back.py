"""How long Slack made a crowd wait, so that its turns move back and keep their places"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("pace", sa.Column("paused_seconds", sa.Float(), nullable=False, server_default="0"))
