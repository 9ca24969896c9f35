"""What the price did after alerts, against random times that are alike.

Follows: 0008. There is no way back: an older program refuses the database. Alerts of before have no
outcomes: the price of when they were told was not kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("alert_id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("told_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("price", sa.Double, nullable=False),
        sa.Column("matched", sa.Boolean, nullable=True),
        sa.Column("due_ms", sa.BigInteger, nullable=True),
        *(
            sa.Column(f"{what}_{horizon}", sa.Double, nullable=True)
            for horizon in ("5m", "1h", "24h")
            for what in ("move", "base", "like")
        ),
    )
    op.create_index("outcomes_by_group", "outcomes", ["kind", "way", "told_ms"])
    op.create_index("outcomes_by_symbol", "outcomes", ["symbol", "kind", "way", "last_ms"])
    op.create_index("outcomes_due", "outcomes", ["due_ms"])
    op.create_index("outcomes_by_time", "outcomes", ["told_ms"])
