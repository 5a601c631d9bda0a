"""How often a message was looked for in vain"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("looks", sa.Integer(), nullable=False, server_default="0"))
