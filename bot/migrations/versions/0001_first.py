"""The first tables: chats and what they want, alerts and what was decided, bodies and the outbox.

Follows: nothing. There is no way back: an older program refuses the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _chat() -> list[sa.Column[str]]:
    return [
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat_id", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
    ]


def _of_chat() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["platform", "chat_id", "topic"],
        ["chats.platform", "chats.chat_id", "chats.topic"],
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "chats",
        *_chat(),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("platform", "chat_id", "topic"),
    )
    op.create_table(
        "subscriptions",
        *_chat(),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("platform", "chat_id", "topic", "symbol", "kind"),
        _of_chat(),
    )
    op.create_table(
        "mutes",
        *_chat(),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("platform", "chat_id", "topic", "symbol"),
        _of_chat(),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("recorded_ms", sa.BigInteger, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        sa.Column("recovered", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("alerts_by_time", "alerts", ["at_ms"])
    op.create_index("alerts_by_kind", "alerts", ["kind", "at_ms"])
    op.create_index("alerts_by_kind_and_symbol", "alerts", ["kind", "symbol", "at_ms"])
    op.create_table(
        "decisions",
        sa.Column("alert_id", sa.String, nullable=False),
        *_chat(),
        sa.Column("send", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "platform", "chat_id", "topic"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bodies",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        *_chat(),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("body_hash", sa.String, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sent_version", sa.Integer, nullable=False),
        sa.Column("ref", sa.String, nullable=False),
        sa.Column("sent_ms", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("key", "platform", "chat_id", "topic", name="outbox_once"),
        sa.ForeignKeyConstraint(["body_hash"], ["bodies.hash"]),
        sqlite_autoincrement=True,
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "outbox_due",
        "outbox",
        ["platform", "rank", "id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index(
        "outbox_expiring",
        "outbox",
        ["expires_ms"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index("outbox_by_chat", "outbox", ["platform", "chat_id", "topic", "id"])
    op.create_index("outbox_by_body", "outbox", ["body_hash"])
    op.create_index("outbox_by_age", "outbox", ["created_ms"])
    op.create_table(
        "meta",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
