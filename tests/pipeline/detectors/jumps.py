"""What the tests of price jumps share: a watch that looks for nothing else, and made-up prices."""

from collections.abc import Iterable

from pipeline import watch
from pipeline.detectors.price_jump import Settings
from pipeline.market import Market
from pipeline.model import Candle, Event, PriceJump, Trade
from pipeline.watch import Watch

START_MS = 1_760_000_100_000  # where five minutes begin
AT_ONCE = {"confirm_trades": 1, "confirm_s": 0.0}
FLOORS_ONLY = {"threshold": 1e-6}  # the usual size of moves does not matter


def watching(**settings) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["price_jump"] = Settings(**settings)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={"price_jump"}, raw=True)


def said(events: Iterable[Event], **settings) -> list[PriceJump]:
    loop = watching(**settings)
    return [alert for event in events for alert in loop.on(event)]


def trades(prices: Iterable[float], start_s=0, every_ms=1_000) -> list[Trade]:
    """One trade a second."""
    began_ms = START_MS + start_s * 1_000
    return [
        Trade("BTCUSDT", began_ms // 1_000 + n, price, 1.0, began_ms + n * every_ms, False)
        for n, price in enumerate(prices)
    ]


def nameless(prices: Iterable[tuple[float, float]]) -> list[Trade]:
    """Trades without ids, at (second, price)."""
    return [Trade("BTCUSDT", -1, p, 1.0, START_MS + int(s * 1_000), False) for s, p in prices]


def calm(seconds: int, price=100.0) -> list[float]:
    """A little up and down, as any market does: 0.02 % within ten seconds."""
    steps = (0.0, 0.01, 0.02, 0.01, -0.01, 0.0, -0.02)
    return [price * (1 + steps[n % 7] / 100) for n in range(seconds)]


def ramp(before: float, after: float, seconds: int) -> list[float]:
    return [before + (after - before) * n / seconds for n in range(1, seconds + 1)]


def candle(minute: int, close: float, *, closed=True, prints=100, minutes=1) -> Candle:
    open_ms = START_MS + minute * 60_000
    close_ms = open_ms + minutes * 60_000 - 1
    return Candle(
        symbol="BTCUSDT",
        interval=f"{minutes}m",
        open_ms=open_ms,
        close_ms=close_ms,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=float(prints),
        quote_volume=prints * close,
        trades=prints,
        taker_buy_volume=prints / 2,
        taker_buy_quote_volume=prints * close / 2,
        closed=closed,
        at_ms=close_ms,
    )
