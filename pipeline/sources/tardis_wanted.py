"""Pure: what is asked of Tardis, in its own names, and why something cannot be had."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from pipeline.errors import PipelineError
from pipeline.sources.recording import bare

CHANNELS: Final = {
    "binance": ("aggTrade", "bookTicker", "depth", "depthSnapshot", "ticker", "trade"),
    "binance-futures": (
        "aggTrade", "bookTicker", "depth", "depthSnapshot", "forceOrder", "markPrice", "ticker",
        "trade",
    ),
}  # fmt: skip
"""The exchanges whose messages are read here, and Tardis' channels of each that are."""
USUAL: Final = ("aggTrade", "bookTicker", "depth", "depthSnapshot")
"""What the detectors look at. Books begin with a depthSnapshot."""
_ALIASES: Final = {
    "binance-spot": "binance",
    "binance-usdm": "binance-futures",
    "binance-future": "binance-futures",
    "binance-perp": "binance-futures",
}

Code = Literal[
    "exchange", "channels", "symbols", "dates", "no_data", "key", "plan", "refused", "limited",
    "unreachable", "cache", "folder",
]  # fmt: skip


class TardisError(PipelineError):
    """A replay that cannot be had. ``code`` says why, ``given`` what was wrong, ``choices`` what
    would be right; the text is Tardis' own."""

    def __init__(
        self, code: Code, text: str, *, given: str = "", choices: Sequence[str] = ()
    ) -> None:
        super().__init__(text)
        self.code: Code = code
        self.given = given
        self.choices = tuple(choices)


class Wanted(msgspec.Struct, frozen=True):
    """What is to be replayed, made by ``wanted``: whole minutes from ``begin`` up to ``end``."""

    exchange: str
    symbols: tuple[str, ...]
    begin: datetime
    end: datetime
    channels: tuple[str, ...]


def wanted(
    exchange: str,
    symbols: Collection[str],
    begin: datetime,
    end: datetime,
    channels: Collection[str] = (),
) -> Wanted:
    """What people write, in Tardis' own names (``Binance`` → ``binance``). Raises TardisError for
    what cannot be, before anything is asked."""
    name = "-".join(exchange.strip().lower().replace("_", "-").split())
    name = _ALIASES.get(name, name)
    if name not in CHANNELS:
        raise TardisError("exchange", "not read here", given=exchange, choices=tuple(CHANNELS))
    if not symbols:
        raise TardisError("symbols", "no symbol given", choices=("BTCUSDT", "ETHUSDT"))
    known = {channel.lower(): channel for channel in CHANNELS[name]}
    unknown = [channel for channel in channels if channel.lower() not in known]
    if unknown:
        raise TardisError(
            "channels", "not read here", given=", ".join(unknown), choices=CHANNELS[name]
        )
    begin, end = (minute(time) for time in (begin, end))
    if begin >= end:
        raise TardisError("dates", "the end is not after the beginning", given=f"{begin} … {end}")
    return Wanted(
        exchange=name,
        symbols=tuple(sorted({bare(symbol).lower() for symbol in symbols})),
        begin=begin,
        end=end,
        channels=tuple(known[c.lower()] for c in channels) or USUAL,
    )


def whole(asked: Wanted) -> Wanted:
    """With every channel that is read: single matches besides their aggregates are left out."""
    channels = tuple(name for name in CHANNELS[asked.exchange] if name != "trade")
    return msgspec.structs.replace(asked, channels=channels)


def minute(time: datetime) -> datetime:
    """The beginning of its minute in UTC, which a time without a zone is in."""
    utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return utc.replace(second=0, microsecond=0)
