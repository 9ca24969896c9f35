"""Pictures of messages in the outbox.

Follows: 0006. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("png", sa.LargeBinary, nullable=False),
    )
