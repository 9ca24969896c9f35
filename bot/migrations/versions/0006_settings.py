"""How each chat wants its alerts.

Follows: 0005. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "chats", sa.Column("settings", sa.Text, nullable=False, server_default=sa.text("''"))
    )
