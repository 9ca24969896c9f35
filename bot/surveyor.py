"""Looks at the whole market for a summary: majors, movers, large trades, mood, notable alerts."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from bot.coin_names import moves_itself
from bot.commands import ladder
from bot.commands.movers import movers
from bot.errors import BotError, UserError
from bot.followed import hour_after, needed, price_of
from bot.jumped_together import most_together
from bot.korean import DAY_MS, HOUR_MS, MINUTE_MS, as_told
from bot.model import Minute, includes, named_as
from bot.ports import Directory, Exchange, History, Journal
from bot.readings import After, Coin, Mood, Survey, WhaleFlow
from pipeline.market import Market
from pipeline.model import ALL, AnyAlert, Book, Candle, Move, SymbolInfo

log = logging.getLogger("goraebot.surveyor")

MAJORS: Final = ("BTC", "ETH", "XRP", "BNB", "SOL", "DOGE")
QUOTE: Final = "USDT"
TOP: Final = 3
NOTABLE: Final = 3
HOURS: Final = 12
"""What happened since the last of two summaries a day."""

KEPT_S: Final = 20.0
"""A survey asks the exchange about forty things: whoever asks again at once gets the same one."""

READ_ALERTS: Final = 2_000
NEAR_PCT: Final = 0.5
BOOK_LEVELS: Final = 100
BARS: Final = 60

YOUNG_MS: Final = 60_000
"""A day that has just begun has no change yet."""
STALE_MS: Final = 120_000
"""A price that old is not the one of now."""

SOON_MS: Final = 300_000
"""So soon after an alert there is nothing to tell of what followed."""


class _Major(msgspec.Struct, frozen=True):
    """What is known of one major: the bid and ask money near its price, and its last hour."""

    coin: Coin
    near: tuple[float, float]
    bought: float
    turnover: float


class MarketSurveyor:
    """Implements ports.Surveyor. ``history`` has the minutes kept after alerts."""

    def __init__(
        self,
        market: Market,
        directory: Directory,
        exchange: Exchange,
        journal: Journal,
        history: History,
        *,
        age_ms: Callable[[], int | None],
        now_ms: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._market = market
        self._directory = directory
        self._exchange = exchange
        self._journal = journal
        self._history = history
        self._age_ms = age_ms
        self._now_ms = now_ms
        self._clock = clock
        self._began_ms = now_ms()
        self._turn = asyncio.Lock()
        self._kept: tuple[float, Survey] | None = None

    async def survey(self) -> Survey:
        """See ports.Surveyor."""
        async with self._turn:
            if self._kept is None or self._clock() - self._kept[0] > KEPT_S:
                self._kept = self._clock(), await self._survey()
            return self._kept[1]

    async def _survey(self) -> Survey:
        ranked = movers(self._market)
        now_ms = self._now_ms()
        newest_ms = max((mover.day.at_ms for mover in ranked), default=0)
        # Both: one of several connections may be away, and this machine's clock may be wrong.
        if (self._age_ms() or 0) > STALE_MS and now_ms - newest_ms > STALE_MS:
            raise UserError("지금 시세가 들어오지 않아 시장을 요약할 수 없습니다. 상태: /status")
        if not ranked:
            raise UserError("아직 24시간 시세가 모이지 않았습니다. 잠시 뒤에 다시 시도해 주세요.")
        open_ms = now_ms // DAY_MS * DAY_MS  # 09:00 in Korea is midnight UTC
        infos = [info for base in MAJORS if (info := self._listed(base)) is not None]
        since_ms = open_ms if now_ms - open_ms >= YOUNG_MS else None
        found = await asyncio.gather(*(self._major(info, since_ms) for info in infos))
        majors = [major for major in found if major is not None]
        coins = [
            Coin(
                info=mover.info,
                price=mover.day.last,
                open_pct=None,
                day_pct=mover.change_pct,
            )
            for mover in ranked
        ]
        own = [coin for coin in coins if moves_itself(coin.info.base)]
        alerts, together = await self._notable(now_ms - HOURS * HOUR_MS)
        hours = min(HOURS, max(1, (now_ms - self._began_ms) // HOUR_MS))
        flow = self._market.flow(now_ms - hours * HOUR_MS)
        young = now_ms - self._began_ms < HOUR_MS  # later the hours are those that are known
        return Survey(
            at_ms=now_ms,
            open_ms=open_ms,
            majors=tuple(major.coin for major in majors),
            risers=tuple(coin for coin in own[:TOP] if coin.day_pct > 0),
            fallers=tuple(coin for coin in own[::-1][:TOP] if coin.day_pct < 0),
            whales=WhaleFlow(
                hours,
                flow.count,
                as_told(flow.bought),
                as_told(flow.sold),
                self._began_ms if young else 0,
            ),
            mood=_mood(majors, own or coins),
            alerts=alerts,
            alert_hours=HOURS,
            after=tuple(await asyncio.gather(*(self._after(alert, now_ms) for alert in alerts))),
            together=together,
        )

    def _listed(self, base: str) -> SymbolInfo | None:
        symbol = f"{base}{QUOTE}"
        try:
            info = self._directory.find(symbol)
        except UserError:
            return None  # not listed there
        return info if info.symbol == symbol else None

    async def _major(self, info: SymbolInfo, open_ms: int | None) -> _Major | None:
        """With its change since ``open_ms``. None when the exchange does not even tell its day."""
        day, bars, book, minutes = await asyncio.gather(
            self._exchange.day(info.symbol),
            self._exchange.candles(info.symbol, "1d", 1),
            self._exchange.book(info.symbol, BOOK_LEVELS),
            self._exchange.candles(info.symbol, "1m", BARS),
            return_exceptions=True,
        )
        for answer in (day, bars, book, minutes):
            if isinstance(answer, UserError):
                log.warning("%s is not surveyed wholly: %s", info.symbol, answer)
            elif isinstance(answer, BaseException):
                raise answer
        if isinstance(day, BaseException) or day.last <= 0 or day.open <= 0:
            return None
        known_bars: Sequence[Candle] = [] if isinstance(bars, BaseException) else bars
        known_minutes: Sequence[Candle] = [] if isinstance(minutes, BaseException) else minutes
        today = next((b for b in known_bars if b.open_ms == open_ms and b.open > 0), None)
        return _Major(
            coin=Coin(
                info=info,
                price=day.last,
                open_pct=None if today is None else (day.last / today.open - 1) * 100,
                day_pct=(day.last / day.open - 1) * 100,
            ),
            near=(0.0, 0.0) if isinstance(book, BaseException) else _near(book),
            bought=sum(bar.taker_buy_quote_volume for bar in known_minutes),
            turnover=sum(bar.quote_volume for bar in known_minutes),
        )

    async def _notable(self, since_ms: int) -> tuple[tuple[AnyAlert, ...], Move | None]:
        """The alerts that stood out most, one for each symbol, of what whoever wants all gets; and
        what most symbols did together, whose own alerts are left out if there are others."""
        try:
            stored = await self._journal.recent(ALL, None, since_ms, READ_ALERTS)
        except BotError as error:
            log.warning("a summary leaves the alerts out: %s", error)
            return (), None
        # A crash is hundreds of alerts: other work goes on meanwhile.
        found = [alert for row in stored if _for_all(alert := row.alert)]
        together = await asyncio.to_thread(most_together, found)
        best: dict[str, AnyAlert] = {}
        by_size = sorted(found, key=lambda alert: (-alert.excess, alert.id))
        within = together.ids if together is not None else frozenset()
        apart = [alert for alert in by_size if alert.id not in within]
        for alert in apart or by_size:
            best.setdefault(alert.symbol, alert)
        move = together.move if together is not None else None
        return tuple(list(best.values())[:NOTABLE]), move

    async def _after(self, alert: AnyAlert, now_ms: int) -> After | None:
        """What the price did in the hour after the alert, until now while that is not over; None:
        not known."""
        if now_ms >= needed(alert)[1]:
            pct = hour_after(alert, await self._minutes(alert, now_ms))
            if pct is not None:
                return After(1, pct)
        state = self._market.symbols.get(alert.symbol)
        day = None if state is None else state.day
        before = price_of(alert)
        if day is None or before is None:
            return None
        fresh = day.at_ms >= max(now_ms - STALE_MS, alert.at_ms + SOON_MS)
        return After(0, (day.last / before - 1) * 100) if fresh and day.last > 0 else None

    async def _minutes(self, alert: AnyAlert, now_ms: int) -> Sequence[Minute | Candle]:
        """The minutes kept of the hour after the alert; the exchange's while they are not kept
        yet, none if it does not tell them."""
        first_ms, end_ms = needed(alert)
        try:
            kept = await self._history.candles(alert.symbol, first_ms, end_ms)
            if kept and kept[-1].open_ms + MINUTE_MS >= end_ms:
                return kept
            missing = (now_ms - first_ms) // MINUTE_MS + 1
            return await self._exchange.candles(alert.symbol, "1m", missing)
        except BotError as error:
            log.warning("what followed %s is not told: %s", alert.id, error)
            return ()


def _for_all(alert: AnyAlert) -> bool:
    """Whether a chat that subscribes to everything gets it; not what somebody asks for by name."""
    return ALL in named_as(alert.symbol, alert.kind) and includes((ALL,), alert.kind)


def _near(book: Book) -> tuple[float, float]:
    if ladder.condition(book) != "fine":
        return 0.0, 0.0
    found = ladder.balance(book, NEAR_PCT)
    return found.bids, found.asks


def _mood(majors: Sequence[_Major], coins: Sequence[Coin]) -> Mood:
    turnover = sum(major.turnover for major in majors)
    # Each major's share counts alike: Bitcoin's book would speak for all otherwise.
    shares = [b / (b + a) for b, a in (major.near for major in majors) if b + a > 0]
    return Mood(
        buy_share=sum(m.bought for m in majors) / turnover * 100 if turnover > 0 else None,
        bid_share=sum(shares) / len(shares) * 100 if shares else None,
        rising=sum(coin.day_pct > 0 for coin in coins) / len(coins) * 100,
        pairs=len(coins),
    )
