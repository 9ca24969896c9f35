"""Keeps prices in won and the exchange rate current, and compares each coin with its dollar price.

It runs beside the watch, which hears of at most one comparison a second and coin: no trade pays for
it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing
from typing import Final

from pipeline.errors import PipelineError, TooFast
from pipeline.market import Market
from pipeline.model import Event, Feed, Premium, WonTicker
from pipeline.ports import Source
from pipeline.sources import sockets
from pipeline.won import PRICE_MS, TETHER, Rate, Won

log = logging.getLogger("goraebot.korea")

MARKETS_S: Final = 600.0
"""How often listings are looked up."""
AGAIN_S: Final = (30.0, 900.0)
"""Between two attempts at what could not be had: doubled, up to the second, but no sooner than
whoever refuses says."""


class Korea:
    """``markets`` and ``rate`` ask for codes (``KRW-BTC``) and the exchange rate; both raise
    PipelineError. ``watched`` are the pairs that a premium is told of, to ``tell``. ``problem``
    says why the codes cannot be had, "" when they can."""

    def __init__(
        self,
        won: Won,
        source: Source,
        *,
        markets: Callable[[], Awaitable[Collection[str]]],
        rate: Callable[[], Awaitable[Rate]],
        refresh_s: float,
        market: Market,
        watched: Callable[[], Collection[str]],
        tell: Callable[[Premium], None],
    ) -> None:
        self._won = won
        self._source = source
        self._markets = markets
        self._rate = rate
        self._refresh_s = refresh_s
        self._market = market
        self._watched = watched
        self._tell = tell
        self.problem = ""

    async def run(self) -> None:
        """Until cancelled. Whatever fails is tried again, and told in the log."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(self._list, MARKETS_S, "Upbit's markets"), name="markets")
            tasks.create_task(
                self._keep(self._look_up, self._refresh_s, "exchange rate"), name="exchange rate"
            )
            tasks.create_task(self._compare(), name="won")

    async def _keep(self, do: Callable[[], Awaitable[None]], every_s: float, what: str) -> None:
        wait_s = AGAIN_S[0]
        while True:
            try:
                await do()
            except PipelineError as error:
                stay_s = error.retry_after_s if isinstance(error, TooFast) else 0.0
                pause_s = max(wait_s, stay_s)
                log.warning("%s: %s; again in %g s", what, error, pause_s)
                await asyncio.sleep(pause_s)
                wait_s = min(2 * wait_s, AGAIN_S[1])
            else:
                wait_s = AGAIN_S[0]
                await asyncio.sleep(every_s)

    async def _list(self) -> None:
        """Follow what is traded in won there and in dollars here, and the dollar itself."""
        try:
            codes = await self._markets()
        except PipelineError as error:
            self.problem = sockets.problem_of(error)
            raise
        self.problem = ""
        listed = self._market.listing
        bases = {code.partition("-")[2] for code in codes}
        both = {base for base in bases if base == TETHER or not listed or f"{base}USDT" in listed}
        self._won.list(both)
        await self._source.follow([Feed(f"upbit:KRW-{base}", "ticker") for base in sorted(both)])

    async def _look_up(self) -> None:
        self._won.rate = await self._rate()

    async def _compare(self) -> None:
        async with aclosing(self._source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                premium = self.on(event)
                if premium is not None:
                    self._tell(premium)

    def on(self, event: Event) -> Premium | None:
        """Note a price; the comparison that is due with it, of prices of the same minute."""
        if not isinstance(event, WonTicker):
            return None
        won, base = self._won, event.base
        won.on(event)
        symbol = f"{base}USDT"
        state = self._market.symbols.get(symbol)
        trade = state.trade if state is not None else None
        if trade is None or event.halted or symbol not in self._watched():
            return None
        if abs(trade.at_ms - event.at_ms) > PRICE_MS or not won.due(event):
            return None
        return won.premium(symbol, base, trade.price, event.at_ms)
