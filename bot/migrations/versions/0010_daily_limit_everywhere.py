"""How many alerts a chat wants a day, where an early 0003 had no place for it.

Follows: 0009. There is no way back: an older program refuses the database. For an hour of its
development 0003 made no such column, and databases of that hour had none in any later version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    columns = sa.inspect(op.get_bind()).get_columns("chats")
    if not any(column["name"] == "daily_limit" for column in columns):
        op.add_column(
            "chats", sa.Column("daily_limit", sa.Integer, nullable=False, server_default="0")
        )
