"""${message}"""

import sqlalchemy as sa
from alembic import op

${"\n".join(imports)}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades}
