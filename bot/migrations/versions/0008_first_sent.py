"""When a message was first sent stays known when it is edited.

Follows: 0007. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Of messages that were never edited it is when they were sent; of others it is not known."""
    op.add_column("outbox", sa.Column("first_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE outbox SET first_ms = sent_ms WHERE sent_version = 1")
