"""When the page of each web chat was last open: one that nobody opens any more rests.

Follows: 0010. There is no way back: an older program refuses the database.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("chats", sa.Column("seen_ms", sa.BigInteger))
    chats = sa.table("chats", sa.column("platform"), sa.column("seen_ms"))
    # Nobody knows when those of before were; their time begins now.
    now = chats.update().where(chats.c.platform == "web").values(seen_ms=time.time_ns() // 10**6)
    op.execute(now)
