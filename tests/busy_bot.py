"""A bot that everything can be asked: prices, books, bars and past alerts of every pair."""

from fakes import MINUTE_MS, NOW_MS, Bot, large_trade, minute_bars

from bot.commands.chart import INTERVALS
from pipeline.futures import Futures
from pipeline.model import Book, Liquidation, Mark, Ticker, WonTicker
from pipeline.won import Rate, Won


def busy(*, simulated: bool = False) -> Bot:
    """A bot that everything can be asked."""
    bot = Bot(simulated=simulated)
    bot.futures = Futures()
    bot.won = Won()
    bot.won.rate = Rate(1_400.0, NOW_MS - 3 * 60 * MINUTE_MS, "open.er-api.com")
    bot.won.on(WonTicker("upbit:KRW-USDT", 1_410.0, NOW_MS - 400, NOW_MS - 400, 0.4))
    opened_ms = NOW_MS - NOW_MS % MINUTE_MS
    for i, (symbol, info) in enumerate(bot.market.listing.items()):
        if not info.trading:
            continue
        price = 100.0 + i
        bot.exchange.books[symbol] = Book(
            symbol,
            tuple((price - 0.01 * (n + 1), 5.0) for n in range(30)),
            tuple((price + 0.01 * (n + 1), 4.0) for n in range(30)),
            at_ms=NOW_MS,
        )
        day = Ticker(symbol, NOW_MS, price, price - i + 3, price * 2, price / 2, 9.0, 5e6)
        bot.exchange.days[symbol] = day
        bot.exchange.bars[symbol] = [
            bar
            for interval in INTERVALS
            for bar in minute_bars(symbol, [price] * 61, opened_ms, interval)
        ]
        bot.market[symbol].day = day
        bot.tick(symbol, price, NOW_MS - 500)
        won = price * 1_400 * (1.01 + i / 1_000)
        code = f"upbit:KRW-{info.base}"
        bot.won.on(WonTicker(code, won, NOW_MS - 300, NOW_MS - 300, 1.2))
        rate = (i - 2) / 10_000
        next_ms = NOW_MS + 90 * MINUTE_MS
        future = f"binance-futures:{symbol}"
        bot.futures.on(Mark(future, price * 1.001, price, rate, next_ms, NOW_MS - 1_000))
        bot.futures.on(Liquidation(future, "long", price, 10.0 + i, NOW_MS - i * MINUTE_MS))
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 60_000.0 + i, NOW_MS - i * MINUTE_MS) for i in range(30)
    ]
    return bot
