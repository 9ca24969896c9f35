"""Which coins Upbit trades in won."""

import msgspec

from pipeline.errors import UNREADABLE, FrameError
from pipeline.sources.fetched import fetch

QUOTE = "KRW-"


class _Market(msgspec.Struct):
    market: str = ""


async def won_markets(base_url: str) -> list[str]:
    """Codes such as ``KRW-BTC`` (FACTS E.2: ``/market/all``; rows have the key ``market``).

    Raises SourceError or FrameError.
    """
    body = await fetch(f"{base_url.rstrip('/')}/market/all")
    try:
        rows = msgspec.json.decode(body, type=list[_Market])
    except UNREADABLE as error:
        raise FrameError(f"market/all: {error}: {body[:120]!r}") from error
    found = sorted({row.market for row in rows if row.market.startswith(QUOTE)})
    if not found:
        raise FrameError("market/all without a market in won")
    return found
