"""Prices in won: what is compared, how old a rate may be, and who is told."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime

import pytest

from pipeline.errors import Refused, TooFast, Unreachable
from pipeline.korea import Korea
from pipeline.market import Market
from pipeline.model import Event, Feed, Premium, SymbolInfo, Trade, WonTicker
from pipeline.won import Rate, Won

AT = 1_768_176_201_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def ticker(base: str, price: float, at_ms: int = AT, **more: object) -> WonTicker:
    return WonTicker(f"upbit:KRW-{base}", price, at_ms, at_ms, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "now", "fresh"),
    [
        ("2026-11-24T00:00", "2026-11-25T11:59", True),  # Tuesday to Wednesday: 36 hours
        ("2026-11-24T00:00", "2026-11-25T12:01", False),
        ("2026-11-27T15:00", "2026-11-30T14:59", True),  # Friday to Monday: 72 hours
        ("2026-11-27T15:00", "2026-11-30T15:01", False),
        ("2026-11-29T23:00", "2026-12-01T23:00", True),  # from Sunday
        ("2026-11-30T00:00", "2026-12-01T12:01", False),  # from Monday
        ("2026-11-24T01:00", "2026-11-24T00:00", True),  # a clock that is slow
        ("1970-01-01T00:00", "2026-11-24T00:00", False),
    ],
)
def test_a_rate_holds_36_hours_and_72_with_a_weekend_in_it(
    made: str, now: str, fresh: bool
) -> None:
    assert Rate(1_400.0, ms(made), "x").fresh(ms(now)) is fresh


def test_a_premium_is_by_both_rates_and_by_none_that_is_old() -> None:
    won = Won()
    won.on(ticker("BTC", 143_000_000.0))
    won.on(ticker("USDT", 1_430.0, AT - 59_000))
    won.rate = Rate(1_400.0, AT - 3_600_000, "x")
    premium = won.premium("BTCUSDT", "BTC", 101_000.0, AT)
    assert premium is not None
    assert premium.bank_pct == pytest.approx((143e6 / (101e3 * 1_400) - 1) * 100)  # above
    assert premium.tether_pct == pytest.approx((143e6 / (101e3 * 1_430) - 1) * 100)  # below
    later = won.premium("BTCUSDT", "BTC", 101_000.0, AT + 4 * 86_400_000)
    assert later is not None
    assert (later.bank_pct, later.tether_pct) == (None, None)
    assert won.premium("ETHUSDT", "ETH", 3_500.0, AT) is None


def test_prices_that_come_late_are_left_out_and_delisted_coins_forgotten() -> None:
    won = Won()
    won.on(ticker("BTC", 2.0, AT))
    won.on(ticker("BTC", 1.0, AT - 1))
    known = won.ticker("BTC")
    assert known is not None
    assert known.price == 2.0
    assert won.due(ticker("BTC", 2.0))
    won.list(["ETH"])
    assert (won.ticker("BTC"), won.markets) == (None, {"ETH"})
    assert won.due(ticker("BTC", 2.0)), "nothing is remembered of it"


class FakeSource:
    """Delivers what it is given, then waits; remembers what was asked for."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.followed: list[Collection[Feed]] = []

    async def stream(self) -> AsyncIterator[Event]:
        for event in self.events:
            yield event
        await asyncio.Event().wait()

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.followed.append(wanted)


def korea(source: FakeSource, told: list[Premium], **how: object) -> Korea:
    market = Market()
    for base in ("BTC", "ETH", "OLD"):
        symbol = f"{base}USDT"
        market.listing[symbol] = SymbolInfo(symbol, base, "USDT")
        late_ms = 61_000 if base == "OLD" else 500
        market[symbol].trade = Trade(symbol, 1, 100.0, 1.0, AT - late_ms, False)

    async def markets() -> list[str]:
        return ["KRW-BTC", "KRW-ETH", "KRW-USDT", "KRW-ONLYHERE"]

    async def rate() -> Rate:
        return Rate(1_400.0, AT, "x")

    known = {"markets": markets, "rate": rate, **how}
    return Korea(
        Won(), source, refresh_s=3_600.0, market=market, watched=lambda: market.symbols,
        tell=told.append, **known,
    )  # type: ignore[arg-type]  # fmt: skip


def test_what_was_traded_on_both_sides_within_a_minute_is_compared_once_a_second() -> None:
    it = korea(FakeSource(), [])
    assert it.on(ticker("USDT", 1_430.0)) is None, "there is no pair of it"
    first = it.on(ticker("BTC", 143_000.0))
    assert first is not None
    assert (first.symbol, first.price, first.won, first.tether) == (
        "BTCUSDT", 100.0, 143_000.0, 1_430.0,
    )  # fmt: skip
    assert it.on(ticker("BTC", 143_100.0, AT + 999)) is None
    assert it.on(ticker("BTC", 143_100.0, AT + 1_000)) is not None
    assert it.on(ticker("OLD", 1.0)) is None
    assert it.on(ticker("ETH", 1.0, AT, halted=True)) is None
    assert it.on(ticker("ETH", 1.0, AT - 62_000)) is None, "its newest price is an hour old"
    assert it.on(Trade("upbit:KRW-BTC", 1, 1.0, 1.0, AT, False)) is None


def test_what_cannot_be_had_is_asked_for_again_while_prices_go_on(instantly) -> None:  # type: ignore[no-untyped-def]
    """The rate's service is down for a while, and no price waits for it."""
    told: list[Premium] = []
    source = FakeSource(ticker("USDT", 1_430.0), ticker("BTC", 143_000.0))
    asked = 0

    async def rate() -> Rate:
        nonlocal asked
        asked += 1
        if asked < 4:
            raise Unreachable("down")
        return Rate(1_400.0, AT, "x")

    async def main() -> Rate | None:
        it = korea(source, told, rate=rate)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(it.run())
            await asyncio.sleep(200.0)
            assert it._won.rate is None
            await asyncio.sleep(20.0)
            running.cancel()
        return it._won.rate

    assert instantly(main()) == Rate(1_400.0, AT, "x")
    assert asked == 4, "after 30, 60 and 120 seconds"
    (premium,) = told
    assert (premium.symbol, premium.rate) == ("BTCUSDT", None)
    (wanted,) = source.followed[:1]
    assert [feed.symbol for feed in wanted] == [
        "upbit:KRW-BTC", "upbit:KRW-ETH", "upbit:KRW-USDT",
    ]  # fmt: skip


def test_a_listing_that_cannot_be_had_is_a_problem_until_it_can(instantly) -> None:  # type: ignore[no-untyped-def]
    answers: list[Exception] = [Unreachable("down"), Refused(451, "not here")]

    async def markets() -> list[str]:
        if answers:
            raise answers.pop(0)
        return ["KRW-BTC"]

    async def main() -> list[str]:
        it = korea(FakeSource(), [], markets=markets)
        seen = [it.problem]
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(it.run())
            for pause_s in (1.0, 30.0, 60.0):
                await asyncio.sleep(pause_s)
                seen.append(it.problem)
            running.cancel()
        return seen

    assert instantly(main()) == ["", "unreachable", "region", ""]


def test_who_says_when_to_come_back_is_asked_no_sooner(instantly) -> None:  # type: ignore[no-untyped-def]
    """Asking on while banned prolongs a ban."""
    asked: list[float] = []

    async def markets() -> list[str]:
        asked.append(asyncio.get_running_loop().time())
        raise TooFast(418, 120.0 if len(asked) == 1 else 10.0)

    async def main() -> None:
        it = korea(FakeSource(), [], markets=markets)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(it.run())
            await asyncio.sleep(200.0)
            running.cancel()

    instantly(main())
    assert asked == [0.0, 120.0, 180.0]
