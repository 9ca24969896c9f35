"""What detectors have learnt; scores of alerts and the minutes around them.

Follows: 0003. There is no way back: an older program refuses the database.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

AT_ONCE = 1_000


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("detector", sa.String, primary_key=True),
        sa.Column("symbol", sa.String, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "candles",
        sa.Column("symbol", sa.String, primary_key=True),
        sa.Column("open_ms", sa.BigInteger, primary_key=True),
        sa.Column("open", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("close", sa.Double, nullable=False),
        sa.Column("quote_volume", sa.Double, nullable=False),
        sa.Column("buy_share", sa.Double, nullable=True),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "alerts", sa.Column("score", sa.Double, nullable=False, server_default=sa.text("0"))
    )
    _score_what_is_stored()
    op.create_index("alerts_scores", "alerts", ["at_ms", "kind", "symbol", "score"])


def _score_what_is_stored() -> None:
    """By their bodies, which each database would have to be asked for in words of its own."""
    alerts = sa.table("alerts", sa.column("id"), sa.column("body"), sa.column("score"))
    connection = op.get_bind()
    change = (
        sa.update(alerts)
        .where(alerts.c.id == sa.bindparam("its_id"))
        .values(score=sa.bindparam("its_score"))
    )
    last = ""
    while True:
        some = sa.select(alerts.c.id, alerts.c.body).where(alerts.c.id > last)
        found = connection.execute(some.order_by(alerts.c.id).limit(AT_ONCE)).all()
        if not found:
            return
        last = found[-1].id
        connection.execute(
            change, [{"its_id": id, "its_score": json.loads(body)["excess"]} for id, body in found]
        )
