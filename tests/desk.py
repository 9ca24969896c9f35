"""An announcer at work over a store, with the time in one place."""

from collections.abc import Callable, Collection, Sequence

from fakes import ashore

from bot.announce import Announcer
from bot.explain.template import TemplateExplainer
from bot.hindsight import Standing
from bot.model import Delivery
from bot.ports import Explainer
from bot.store import Store
from bot.symbols import read_symbol
from pipeline.model import AnyAlert, PriceJump
from pipeline.moves import Moves
from pipeline.won import Rate

NOW = 1_760_000_000_000
"""17:53:20 in Korea."""


def fall(symbol: str, at_s: float, pct: float, excess: float = 1.0) -> PriceJump:
    """So many percent down within a minute, so many seconds after NOW."""
    at_ms = NOW + int(at_s * 1000)
    return PriceJump(
        id=f"price_jump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess,
        direction="down", change_pct=pct, window_s=60, price=100.0 + pct, from_price=100.0,
        zscore=9.0, usual_pct=0.1,
    )  # fmt: skip


class Desk:
    """An announcer that is told what becomes of moves.

    The exchange's time (``newest_ms``) is the machine's ``now_ms`` unless a test sets it. ``woken``
    counts how often the sender was, and ``told`` is called then; ``explained`` are the alerts that
    a model is to put into words. ``prices`` are the last ones of symbols, ``past`` is what is known
    of alerts before, ``rate`` the banks' exchange rate.
    """

    def __init__(
        self,
        store: Store,
        *,
        now_ms: int = NOW,
        platforms: Collection[str] = ("web",),
        explainer: Explainer | None = None,
    ) -> None:
        self.now_ms = now_ms
        self.newest_ms: int | None = None
        self.woken = 0
        self.told: Callable[[Sequence[Delivery]], None] = lambda due: None
        self.explained: list[str] = []
        self.prices: dict[str, float] = {}
        self.past: Standing | None = None
        self.rate: Rate | None = None
        self.moves = Moves()
        self.unrecorded = ashore(store)
        self.announcer = Announcer(
            store,
            explainer or TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=platforms,
            expires_s=600,
            now_ms=lambda: self.now_ms,
            newest_ms=lambda: self.now_ms if self.newest_ms is None else self.newest_ms,
            wake=self._wake,
            unrecorded=self.unrecorded,
            elaborate=lambda alert: self.explained.append(alert.id),
            price_of=lambda symbol: self.prices.get(symbol),
            past=lambda alert: self.past,
            rate=lambda: self.rate,
        )

    async def alert(self, *alerts: AnyAlert) -> None:
        """What the detectors say, each at its own time."""
        for alert in alerts:
            self.now_ms = alert.at_ms
            for move in self.moves.take(alert):
                await self.announcer.announce(move)

    async def look(self, second: float, **prices: float) -> None:
        """So many seconds after NOW the market is at these prices."""
        self.now_ms = NOW + int(second * 1000)
        for move in self.moves.tick(self.now_ms, prices.get):
            await self.announcer.announce(move)

    def _wake(self, due: Sequence[Delivery]) -> None:
        self.woken += 1
        self.told(due)
