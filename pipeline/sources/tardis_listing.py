"""What pairs other exchanges have, as Tardis lists them without a key.

An exchange may refuse all that a connection asks for because of one name that it does not know,
so names are held against this list before they are followed. While it cannot be had, all are let
through.
"""

import asyncio
import difflib
import logging
from collections.abc import Mapping
from typing import Final

import aiohttp
import msgspec

from pipeline.proxy import proxy_of
from pipeline.sources.tardis_frames import TYPES, unusable
from pipeline.venues import SPOT, pair_of

log = logging.getLogger("goraebot.tardis")

ANSWER_S: Final = 60.0
AGAIN_S: Final = 6 * 3_600.0
RETRY_S: Final = 300.0
MOST_BYTES: Final = 64 * 1024 * 1024
UNLISTED: Final = frozenset({SPOT, "deribit"})
"""Binance lists its own pairs; Deribit's page names every option there ever was."""


class _Row(msgspec.Struct):
    id: str
    until: str | None = msgspec.field(default=None, name="availableTo")


class _Page(msgspec.Struct):
    symbols: list[_Row] = msgspec.field(name="availableSymbols")


class Listing:
    """``url`` is Tardis' API, ``sizes`` see venues.Pair; ``run`` keeps the lists fresh."""

    def __init__(self, url: str, sizes: Mapping[str, float]) -> None:
        self._sizes = sizes
        self._url = url.rstrip("/")
        self._names: dict[str, frozenset[str]] = {}

    def lacks(self, symbol: str) -> bool:
        """Whether the symbol's exchange is known to have no such pair."""
        exchange, _, name = symbol.partition(":")
        names = self._names.get(exchange)
        return names is not None and name not in names

    def near(self, symbol: str) -> list[str]:
        """Up to three symbols of the exchange that are written alike."""
        exchange, _, name = symbol.partition(":")
        found = difflib.get_close_matches(name, sorted(self._names.get(exchange, ())), 3)
        return [pair_of(f"{exchange}:{one}").info.symbol for one in found]

    def unusable(self, symbol: str) -> str:
        """Why a pair cannot be followed whatever its exchange has; "" if it can."""
        return unusable(symbol, self._sizes)

    async def run(self) -> None:
        """Read the lists until cancelled."""
        while True:
            whole = True
            for exchange in TYPES.keys() - UNLISTED:
                whole = await self.read(exchange) and whole
            await asyncio.sleep(AGAIN_S if whole else RETRY_S)

    async def read(self, exchange: str) -> bool:
        """Read one exchange's list; whether it could be had."""
        url = f"{self._url}/exchanges/{exchange}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(url)) as session,
                session.get(url) as answer,
            ):
                if answer.status != 200:
                    raise ValueError(f"HTTP {answer.status}")
                body = bytearray()
                async for part in answer.content.iter_chunked(1 << 16):
                    body += part
                    if len(body) > MOST_BYTES:
                        raise ValueError("an endless answer")
            page = msgspec.json.decode(bytes(body), type=_Page)
        except (aiohttp.ClientError, OSError, ValueError, msgspec.MsgspecError) as error:
            log.warning(
                "the pairs of %s are not known: %s", exchange, error or type(error).__name__
            )
            return False
        names = frozenset(row.id.upper() for row in page.symbols if row.until is None)
        if not names:
            log.warning("the pairs of %s are not known: an empty list", exchange)
            return False
        self._names[exchange] = frozenset(name for name in names if _readable(exchange, name))
        return True


def _readable(exchange: str, name: str) -> bool:
    try:
        return bool(pair_of(f"{exchange}:{name}"))
    except ValueError:
        return False
