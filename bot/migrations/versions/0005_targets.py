"""Prices that chats wait for; short names of alerts, for the buttons under them.

Follows: 0004. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat_id", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("price", sa.Double, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform", "chat_id", "topic"],
            ["chats.platform", "chats.chat_id", "chats.topic"],
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("targets_by_chat", "targets", ["platform", "chat_id", "topic"])
    op.create_index("targets_by_end", "targets", ["until_ms"])
    # Alerts of before have no button that names them.
    op.add_column("alerts", sa.Column("ref", sa.String, nullable=False, server_default=""))
    op.create_index("alerts_by_ref", "alerts", ["ref"])
