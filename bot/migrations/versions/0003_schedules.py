"""What chats want by the clock and at most a day; which alerts had their explanation asked for.

Follows: 0002. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("platform", sa.String, primary_key=True),
        sa.Column("chat_id", sa.String, primary_key=True),
        sa.Column("topic", sa.String, primary_key=True),
        sa.Column("task", sa.String, primary_key=True),
        sa.Column("symbol", sa.String, primary_key=True),
        sa.Column("at", sa.String, primary_key=True),
        sa.Column("every_s", sa.Integer, nullable=False),
        sa.Column("days", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform", "chat_id", "topic"],
            ["chats.platform", "chats.chat_id", "chats.topic"],
            ondelete="CASCADE",
        ),
    )
    op.add_column(
        "alerts",
        sa.Column("explained", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column("chats", sa.Column("daily_limit", sa.Integer, nullable=False, server_default="0"))
