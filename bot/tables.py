"""The tables of the store: what is kept of chats, alerts, decisions and messages, and how.

Times are milliseconds since the epoch. A chat is stored as its three parts, so that a row of the
outbox can be sent without looking anything else up.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    exists,
    false,
    literal_column,
    text,
)
from sqlalchemy.dialects import sqlite

from bot.model import (
    Chat,
    Decision,
    Delivery,
    Message,
    Minute,
    Schedule,
    StoredAlert,
    Target,
    Weighed,
    short_ref,
)
from bot.ports import Spend, SpendSum
from pipeline.model import SEVERITIES, AnyAlert, Candle, Severity

metadata = MetaData()

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def _chat_columns(*, key: bool) -> list[Column[Any]]:
    """The three parts of a Chat, as part of the primary key or not."""
    return [
        Column("platform", String, primary_key=key, nullable=False),
        Column("chat_id", String, primary_key=key, nullable=False),
        Column("topic", String, primary_key=key, nullable=False),
    ]


def _of_chat() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["platform", "chat_id", "topic"],
        ["chats.platform", "chats.chat_id", "chats.topic"],
        ondelete="CASCADE",
    )


chats = Table(
    "chats",
    metadata,
    *_chat_columns(key=True),
    Column("active", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("daily_limit", Integer, nullable=False, server_default="0"),
    # A ChatSettings as JSON, empty for the defaults.
    Column("settings", Text, nullable=False, server_default=""),
    # When the page of a web chat was last known to be open.
    Column("seen_ms", BigInteger),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    *_chat_columns(key=True),
    Column("symbol", String, primary_key=True),
    Column("kind", String, primary_key=True),
    _of_chat(),
)

mutes = Table(
    "mutes",
    metadata,
    *_chat_columns(key=True),
    Column("symbol", String, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    _of_chat(),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("recorded_ms", BigInteger, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("recovered", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    # An explanation was asked for, and came or did not.
    Column("explained", Boolean, nullable=False, server_default=false()),
    # The excess of the body, so that many can be read without reading bodies.
    Column("score", Double, nullable=False, server_default=text("0")),
    # A short name of the id, for buttons.
    Column("ref", String, nullable=False, server_default=""),
    Index("alerts_by_ref", "ref"),
    Index("alerts_by_time", "at_ms"),
    Index("alerts_scores", "at_ms", "kind", "symbol", "score"),
    Index("alerts_by_kind", "kind", "at_ms"),
    Index("alerts_by_kind_and_symbol", "kind", "symbol", "at_ms"),
)

# ``days`` are digits, 0 is Monday.
schedules = Table(
    "schedules",
    metadata,
    *_chat_columns(key=True),
    Column("task", String, primary_key=True),
    Column("symbol", String, primary_key=True),
    Column("at", String, primary_key=True),
    Column("every_s", Integer, nullable=False),
    Column("days", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    _of_chat(),
)

# Prices that chats wait for, each told once. An id is never used again: it names the message.
targets = Table(
    "targets",
    metadata,
    Column("id", RowId, primary_key=True),
    *_chat_columns(key=False),
    Column("symbol", String, nullable=False),
    Column("price", Double, nullable=False),
    Column("way", String, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    _of_chat(),
    Index("targets_by_chat", "platform", "chat_id", "topic"),
    Index("targets_by_end", "until_ms"),
    sqlite_autoincrement=True,
)

# One row per alert and chat: by far the most rows, so the table is its own index.
decisions = Table(
    "decisions",
    metadata,
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    *_chat_columns(key=True),
    Column("send", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    sqlite_with_rowid=False,
)

# A thousand chats that get the same words share one body.
bodies = Table(
    "bodies",
    metadata,
    Column("hash", String, primary_key=True),
    Column("body", Text, nullable=False),
)

PENDING: Final = "pending"  # something is due: the first send, or an edit if sent_version > 0
SENT: Final = "sent"  # the chat has the newest edition, or will not get it any more
EXPIRED: Final = "expired"  # never sent and no longer news
REFUSED: Final = "refused"  # never sent, because the platform does not take it
GONE: Final = "gone"  # the chat could not be reached any more
MOVED: Final = "moved"  # sent under an id that the chat has no more: not edited, but sent anew

_STILL_PENDING = text("state = 'pending'")

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    *_chat_columns(key=False),
    Column("key", String, nullable=False),
    Column("body_hash", ForeignKey("bodies.hash"), nullable=False),
    # Sending goes by (rank, id), both ascending, so that one index serves a page of it.
    Column("rank", SmallInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sent_version", Integer, nullable=False),
    Column("ref", String, nullable=False),
    # When the newest edition was sent, and when the first one was.
    Column("sent_ms", BigInteger, nullable=True),
    Column("first_ms", BigInteger, nullable=True),
    UniqueConstraint("key", "platform", "chat_id", "topic", name="outbox_once"),
    Index(
        "outbox_due",
        "platform",
        "rank",
        "id",
        sqlite_where=_STILL_PENDING,
        postgresql_where=_STILL_PENDING,
    ),
    Index(
        "outbox_expiring",
        "expires_ms",
        sqlite_where=_STILL_PENDING,
        postgresql_where=_STILL_PENDING,
    ),
    Index("outbox_by_chat", "platform", "chat_id", "topic", "id"),
    Index("outbox_by_body", "body_hash"),
    Index("outbox_by_age", "created_ms"),
    # An id is never used again, so that a late mark cannot meet another chat's row.
    sqlite_autoincrement=True,
)

# One row per call of an AI model. Alerts are forgotten before the money that they cost is.
spendings = Table(
    "spendings",
    metadata,
    Column("id", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("day_ms", BigInteger, nullable=False),
    Column("task", String, nullable=False),
    Column("model", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    # A billionth of a dollar: whole numbers, so that sums are exact.
    Column("nanodollars", BigInteger, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Index("spendings_by_time", "at_ms"),
)

NANODOLLARS: Final = 1_000_000_000

# Minutes around alerts, to judge them by. ``buy_share`` is of the quote volume, 0 to 1, NULL
# without any. Another table of many rows that is its own index.
candles = Table(
    "candles",
    metadata,
    Column("symbol", String, primary_key=True),
    Column("open_ms", BigInteger, primary_key=True),
    Column("open", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("close", Double, nullable=False),
    Column("quote_volume", Double, nullable=False),
    Column("buy_share", Double, nullable=True),
    sqlite_with_rowid=False,
)

# What the price did after alerts, one row for each move (see bot.hindsight): ``told_ms`` and
# ``price`` are of when it was told, ``last_ms`` of the newest alert of the same move. Of each
# horizon the move in percent, the share of its controls that went in its direction, and the move of
# the one most like it; NULL: not known (yet). ``matched``: whether there are controls, NULL before
# that is known. ``due_ms``: when there is something to find out, NULL when there is no more.
# Rows outlast their alerts.
outcomes = Table(
    "outcomes",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("way", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("told_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("price", Double, nullable=False),
    Column("matched", Boolean, nullable=True),
    Column("due_ms", BigInteger, nullable=True),
    *(
        Column(f"{what}_{horizon}", Double, nullable=True)
        for horizon in ("5m", "1h", "24h")
        for what in ("move", "base", "like")
    ),
    Index("outcomes_by_group", "kind", "way", "told_ms"),
    Index("outcomes_by_symbol", "symbol", "kind", "way", "last_ms"),
    Index("outcomes_due", "due_ms"),
    Index("outcomes_by_time", "told_ms"),
)

# What detectors have learnt of each symbol, as bytes that only they understand.
baselines = Table(
    "baselines",
    metadata,
    Column("detector", String, primary_key=True),
    Column("symbol", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

# Pictures of messages, by the names that the messages have of them.
pictures = Table(
    "pictures",
    metadata,
    Column("name", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("png", LargeBinary, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

OF_CHATS: Final = tuple(table for table in metadata.sorted_tables if "chat_id" in table.c)
"""Every table with something about single chats; those that others refer to come first."""

# A literal, not a parameter: only then do the databases see that a partial index applies.
is_pending = outbox.c.state == literal_column("'pending'")
is_unused = ~exists().where(outbox.c.body_hash == bodies.c.hash)


# --- the model's words as rows -----------------------------------------------------------------

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    Insert = sqlite.Insert | postgresql.Insert
else:
    Insert = sqlite.Insert


def insert_into(table: Table, dialect: str) -> Insert:
    """An INSERT that knows ``on_conflict_…``, which each dialect spells in its own class."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # loaded for nobody else: a start waits for it

        return postgresql.insert(table)
    return sqlite.insert(table)


def of(table: Table, chat: Chat) -> ColumnElement[bool]:
    """The rows of the table that belong to the chat."""
    return and_(
        table.c.platform == chat.platform,
        table.c.chat_id == chat.id,
        table.c.topic == chat.topic,
    )


def of_id(table: Table, chat: Chat) -> ColumnElement[bool]:
    """The rows of the table that belong to the chat's id, whatever the topic."""
    return and_(table.c.platform == chat.platform, table.c.chat_id == chat.id)


def lobby_key(chat: Chat) -> str:
    """Where ``meta`` keeps what is remembered of the bot's coming and going in a chat."""
    return f"lobby:{chat.platform}:{chat.id}"


def chat_keys(chat: Chat, topics: Iterable[str]) -> list[str]:
    """Everything of ``meta`` that is about the chat's id and these topics of it: the lobby's word,
    and where a platform said that it posts no embeds (see bot.platforms.discord_posts)."""
    numbers = sorted({chat.id, chat.topic, *topics} - {""})
    return [lobby_key(chat), *(f"{chat.platform}:plain:{number}" for number in numbers)]


def chat_row(chat: Chat) -> dict[str, str]:
    """The chat's three parts by column name."""
    return {"platform": chat.platform, "chat_id": chat.id, "topic": chat.topic}


def chat_from(row: RowMapping) -> Chat:
    """The opposite of ``chat_row``."""
    return Chat(row["platform"], row["chat_id"], row["topic"])


def rank_of(severity: Severity) -> int:
    """0 critical, 1 warning, 2 notice: the order of sending."""
    return len(SEVERITIES) - 1 - SEVERITIES.index(severity)


def severity_from(rank: int) -> Severity:
    """The opposite of ``rank_of``."""
    return SEVERITIES[len(SEVERITIES) - 1 - rank]


def alert_row(alert: AnyAlert, recorded_ms: int) -> dict[str, object]:
    """One row of ``alerts``."""
    return {
        "id": alert.id,
        "kind": alert.kind,
        "symbol": alert.symbol,
        "at_ms": alert.at_ms,
        "recorded_ms": recorded_ms,
        "rank": rank_of(alert.severity),
        "recovered": alert.recovered,
        "score": alert.excess,
        "ref": short_ref(alert.id),
        "body": msgspec.json.encode(alert).decode(),
    }


def alert_from(row: RowMapping) -> StoredAlert:
    """The opposite of ``alert_row``."""
    return StoredAlert(msgspec.json.decode(row["body"], type=AnyAlert), row["recorded_ms"])


DECISION_COLUMNS: Final = ("alert_id", "platform", "chat_id", "topic", "send", "reason")


def decision_row(decision: Decision) -> tuple[object, ...]:
    """The ``DECISION_COLUMNS`` of one row of ``decisions``."""
    chat = decision.chat
    return decision.alert_id, chat.platform, chat.id, chat.topic, decision.send, decision.reason


def decision_from(row: RowMapping) -> Decision:
    """The opposite of ``decision_row``."""
    return Decision(row["alert_id"], chat_from(row), row["send"], row["reason"])


class _Excess(msgspec.Struct):
    excess: float


def weighed_from(row: RowMapping) -> Weighed:
    """Of an alert's body only its excess is read: there may be thousands."""
    excess = msgspec.json.decode(row["body"], type=_Excess).excess
    return Weighed(row["recorded_ms"], excess, bool(row["send"]), row["reason"])


def body_row(message: Message) -> dict[str, str]:
    """One row of ``bodies``: the message and the name it is shared under."""
    body = msgspec.json.encode(message)
    return {"hash": hashlib.blake2b(body, digest_size=16).hexdigest(), "body": body.decode()}


def body_from(row: RowMapping) -> Message:
    """The opposite of ``body_row``."""
    return msgspec.json.decode(row["body"], type=Message)


OUTBOX_COLUMNS: Final = (
    "platform", "chat_id", "topic", "key", "body_hash", "rank", "created_ms", "expires_ms",
    "state", "attempts", "version", "sent_version", "ref",
)  # fmt: skip


def outbox_row(
    chat: Chat, key: str, body_hash: str, severity: Severity, created_ms: int, expires_ms: int
) -> tuple[object, ...]:
    """The ``OUTBOX_COLUMNS`` of one row of ``outbox`` for a message that nobody has tried to
    send."""
    where = chat.platform, chat.id, chat.topic
    what = key, body_hash, rank_of(severity), created_ms, expires_ms
    return *where, *what, PENDING, 0, 1, 0, ""


def delivery_from(row: RowMapping, message: Message) -> Delivery:
    """A row of ``outbox`` with the message that it refers to."""
    return Delivery(
        id=row["id"],
        chat=chat_from(row),
        key=row["key"],
        message=message,
        severity=severity_from(row["rank"]),
        created_ms=row["created_ms"],
        expires_ms=row["expires_ms"],
        attempts=row["attempts"],
        version=row["version"],
        sent_version=row["sent_version"],
        ref=row["ref"],
        first_ms=row["first_ms"] or 0,
    )


def new_chat_row(chat: Chat, now_ms: int) -> dict[str, object]:
    """One row of ``chats`` for a chat that nothing is stored about."""
    return {**chat_row(chat), "active": True, "created_ms": now_ms}


def schedule_row(schedule: Schedule) -> dict[str, object]:
    """One row of ``schedules``."""
    return {
        **chat_row(schedule.chat),
        "task": schedule.task,
        "symbol": schedule.symbol,
        "at": schedule.at,
        "every_s": schedule.every_s,
        "days": "".join(map(str, schedule.days)),
        "zone": schedule.zone,
        "since_ms": schedule.since_ms,
    }


def schedule_from(row: RowMapping) -> Schedule:
    """The opposite of ``schedule_row``."""
    return Schedule(
        chat_from(row),
        row["task"],
        row["symbol"],
        row["at"],
        row["every_s"],
        tuple(map(int, row["days"])),
        row["zone"],
        row["since_ms"],
    )


def target_row(target: Target) -> dict[str, object]:
    """One row of ``targets``; the database numbers it."""
    return {
        **chat_row(target.chat),
        "symbol": target.symbol,
        "price": target.price,
        "way": target.way,
        "since_ms": target.since_ms,
        "until_ms": target.until_ms,
    }


def target_from(row: RowMapping) -> Target:
    """The opposite of ``target_row``."""
    return Target(
        chat_from(row),
        row["symbol"],
        row["price"],
        row["way"],
        row["since_ms"],
        row["until_ms"],
        row["id"],
    )


def spending_row(entry: Spend) -> dict[str, object]:
    """One row of ``spendings``."""
    return {
        "id": entry.id,
        "at_ms": entry.at_ms,
        "day_ms": entry.day_ms,
        "task": entry.task,
        "model": entry.model,
        "subject": entry.subject,
        "outcome": entry.outcome,
        "tokens_in": entry.tokens_in,
        "tokens_out": entry.tokens_out,
        "nanodollars": round(entry.usd * NANODOLLARS),
        "estimated": entry.estimated,
    }


def spend_sum_from(row: RowMapping) -> SpendSum:
    """Sums over rows of ``spendings``, which PostgreSQL gives as decimals."""
    return SpendSum(
        day_ms=row["day_ms"],
        task=row["task"],
        model=row["model"],
        calls=int(row["calls"]),
        shown=int(row["shown"]),
        estimated=int(row["estimates"]),
        tokens_in=int(row["tokens_in"]),
        tokens_out=int(row["tokens_out"]),
        usd=int(row["nanodollars"]) / NANODOLLARS,
    )


def candle_row(candle: Candle) -> dict[str, object]:
    """One row of ``candles`` for a candle of a minute."""
    share = candle.taker_buy_quote_volume / candle.quote_volume if candle.quote_volume else None
    return {
        "symbol": candle.symbol,
        "open_ms": candle.open_ms,
        "open": candle.open,
        "high": candle.high,
        "low": candle.low,
        "close": candle.close,
        "quote_volume": candle.quote_volume,
        "buy_share": share,
    }


def minute_from(row: RowMapping) -> Minute:
    """What is kept of a candle."""
    return Minute(**row)
