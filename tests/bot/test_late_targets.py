"""A price touched while the program was down for long is found in the candles, and told once."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from fakes import MINUTE_MS, minute_bars

from bot.late_targets import BACK_MS, META, MOST, TRY_FOR_MS, LateTargets, crossing_in
from bot.model import Chat, Target
from bot.store import Store, open_store
from bot.targets import END_AFTER_MS, END_EVERY_MS, HOLD_MS, TargetWatch
from pipeline.errors import Refused, SourceError, Unreachable
from pipeline.levels import Levels
from pipeline.model import ALL, Candle, Trade

NOW = 1_768_176_240_000  # a minute begins, 09:04 in Korea
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
ALICE = Chat("web", "alice")
BOB = Chat("telegram", "-100", "7")


class Exchange:
    """Minute candles as the REST endpoint gives them; ``trouble`` is raised instead."""

    def __init__(self) -> None:
        self.bars: dict[str, list[Candle]] = {}
        self.trouble: SourceError | None = None
        self.asked = 0

    def flat(self, symbol: str, price: float, minutes: int) -> None:
        """So many minutes up to now at one price."""
        self.bars[symbol] = minute_bars(symbol, [price] * (minutes + 1), NOW)

    def spike(self, symbol: str, price: float, minutes_ago: int) -> None:
        """A minute that opens and closes like the others, with a high or low of its own."""
        bars = self.bars[symbol]
        at = len(bars) - 1 - minutes_ago
        high, low = max(bars[at].high, price), min(bars[at].low, price)
        bars[at] = Candle(
            **{n: getattr(bars[at], n) for n in Candle.__struct_fields__}
            | {"high": high, "low": low}
        )

    async def fetch(self, symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        """At most a thousand at a time."""
        assert limit <= 1_000
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return [bar for bar in self.bars.get(symbol, ()) if bar.open_ms >= since_ms][:limit]


class World:
    """A store and an exchange; ``start`` begins a run of the program on them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.exchange = Exchange()
        self.now_ms = NOW

    async def start(self, seen: dict[str, int]) -> None:
        self.levels = Levels()
        self.watch = TargetWatch(
            self.store,
            self.levels,
            lookup=lambda symbol: None,
            now_ms=lambda: self.now_ms,
            newest_ms=lambda: 0,
            wake=lambda: None,
        )
        self.late = LateTargets(
            self.store,
            self.watch,
            self.exchange.fetch,
            now_ms=lambda: self.now_ms,
            wake=lambda: None,
        )
        await self.watch.follow()
        await self.late.begin(seen)

    async def wait_for(self, price: float, way: str = "up", **other: object) -> Target:
        wanted = {"since_ms": NOW - 10 * HOUR_MS, "until_ms": NOW + DAY_MS, "chat": ALICE, **other}
        return await self.store.targetbook.add(
            Target(symbol="BTCUSDT", price=price, way=way, **wanted)  # type: ignore[arg-type]
        )

    def trade(self, price: float) -> None:
        self.levels.trade(Trade("BTCUSDT", 1, price, 1.0, self.now_ms, buyer_is_maker=False))

    async def told(self, platform: str = "web") -> list[str]:
        """The heads of what is to be sent."""
        await self.watch.settle()
        return [d.message.head for d in await self.store.pending(platform, 100)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as store:
        yield World(store)


def stopped(ago_ms: int) -> dict[str, int]:
    return {ALL: NOW - ago_ms, "BTCUSDT": NOW - ago_ms - 5_000}


async def test_a_price_touched_and_left_again_is_told_late_with_the_minute_it_happened_in(
    world: World,
) -> None:
    up, down = await world.wait_for(105_000.0), await world.wait_for(95_000.0, "down")
    await world.wait_for(120_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 348)
    world.exchange.spike("BTCUSDT", 107_000.0, 20)  # again: the first one counts
    world.exchange.spike("BTCUSDT", 94_000.0, 100)
    await world.start(stopped(6 * HOUR_MS))
    await world.late.look()
    assert await world.told() == [
        "🎯 비트코인(BTCUSDT) 🔴 ▲ 105,000달러 도달 · 늦은 알림, 1월 12일(월) 03:16 KST",
        "🎯 비트코인(BTCUSDT) 🔵 ▼ 95,000달러 도달 · 늦은 알림, 1월 12일(월) 07:24 KST",
    ]
    first = (await world.store.pending("web", 9))[0]
    assert first.key == up.key
    assert first.message.lines[0] == "그때 1분 고가 106,000달러 · 지연 5시간 48분(복구)"
    assert [one.price for one in await world.watch.targets(ALICE)] == [120_000.0]
    assert down.id not in {one.id for one in await world.watch.targets(ALICE)}
    # Neither a trade nor another start tells it again.
    world.trade(106_000.0)
    await world.start({})
    await world.late.look()
    assert len(await world.told()) == 2


async def test_what_was_seen_before_the_stop_or_before_it_was_asked_for_does_not_count(
    world: World,
) -> None:
    await world.wait_for(105_000.0)
    await world.wait_for(104_000.0, since_ms=NOW - 30 * MINUTE_MS + 20_000, chat=BOB)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 500)
    world.exchange.spike("BTCUSDT", 104_500.0, 30)  # in the minute in which Bob asked
    await world.start(stopped(6 * HOUR_MS))
    await world.late.look()
    assert await world.told() == await world.told("telegram") == []


async def test_a_trade_at_the_start_waits_for_the_candles_which_know_better(world: World) -> None:
    await world.wait_for(105_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    for minutes in range(200):
        world.exchange.spike("BTCUSDT", 106_000.0, minutes)
    await world.start(stopped(6 * HOUR_MS))
    world.trade(106_500.0)
    assert await world.told() == []
    assert world.watch.settled < world.watch.crossed, "positions of the run are not kept meanwhile"
    await world.late.look()
    (head,) = await world.told()
    assert "늦은 알림, 1월 12일(월) 05:45 KST" in head
    assert world.watch.settled == world.watch.crossed


async def test_a_trade_is_not_kept_waiting_for_an_exchange_that_does_not_answer(
    world: World,
) -> None:
    await world.wait_for(105_000.0)
    await world.start(stopped(6 * HOUR_MS))
    world.exchange.trouble = Unreachable("down")
    with pytest.raises(Unreachable):
        await world.late.look()
    world.trade(106_500.0)
    world.now_ms += HOLD_MS
    (head,) = await world.told()
    assert head.endswith("105,000달러 도달 · 106,500달러")


async def test_a_crash_before_all_was_looked_at_begins_it_anew(world: World) -> None:
    await world.wait_for(105_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 300)
    await world.start(stopped(6 * HOUR_MS))  # killed here; the next stop is short
    await world.start({})
    assert world.watch.held == {"BTCUSDT"}
    await world.late.look()
    assert len(await world.told()) == 1
    assert await world.store.get_meta(META) == ""
    await world.start({})
    assert not world.watch.held


async def test_stopped_again_before_it_was_done_the_earlier_stop_counts(world: World) -> None:
    await world.wait_for(105_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 300)
    await world.start(stopped(6 * HOUR_MS))
    await world.start(stopped(HOUR_MS))
    await world.late.look()
    assert len(await world.told()) == 1


async def test_a_stop_longer_than_is_looked_back_is_said_to_be_once_for_each_chat(
    world: World,
) -> None:
    long_ago = NOW - 10 * DAY_MS
    for price in (105_000.0, 130_000.0, 140_000.0):
        await world.wait_for(price, since_ms=long_ago)
    await world.wait_for(150_000.0, chat=BOB)  # asked for within what is looked at
    world.exchange.flat("BTCUSDT", 100_000.0, 5_000)
    world.exchange.spike("BTCUSDT", 135_000.0, 4_000)  # nobody looks there
    world.exchange.spike("BTCUSDT", 106_000.0, 2_800)
    await world.start(stopped(7 * DAY_MS))
    await world.late.look()
    assert world.exchange.asked == BACK_MS // MINUTE_MS // MOST + 1
    late, unseen = sorted(await world.told(), key=lambda head: "확인" in head)
    assert "105,000달러" in late
    assert unseen == "🎯 시세를 받지 못한 동안 목표가에 닿았는지 다 확인하지 못했습니다"
    (notice,) = (d for d in await world.store.pending("web", 9) if "unseen" in d.key)
    assert notice.message.lines[0] == (
        "확인하지 못한 때: 1월 5일(월) 09:03 KST ~ 1월 10일(토) 09:04 KST"
    )
    assert await world.told("telegram") == []


async def test_what_ended_during_the_stop_is_told_as_reached_if_it_was(world: World) -> None:
    over = NOW - 2 * HOUR_MS
    await world.wait_for(105_000.0, until_ms=over)
    await world.wait_for(106_500.0, until_ms=over)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 300)
    world.exchange.spike("BTCUSDT", 107_000.0, 100)  # too late
    await world.start(stopped(6 * HOUR_MS))
    world.now_ms += END_EVERY_MS + END_AFTER_MS
    await world.watch.end()
    assert await world.told() == []
    await world.late.look()
    (head,) = await world.told()
    assert "105,000달러 도달" in head
    world.now_ms += END_EVERY_MS
    await world.watch.end()
    assert "기다리기를 끝냈습니다" in (await world.told())[-1]


async def test_a_pair_that_is_listed_no_more_does_not_hold_up_the_others(world: World) -> None:
    await world.wait_for(105_000.0)
    world.exchange.trouble = Refused(400, "Invalid symbol.")
    await world.start(stopped(6 * HOUR_MS))
    await world.late.look()
    assert not world.watch.held
    assert await world.told() == []


async def test_after_an_hour_without_an_answer_it_is_given_up_and_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.wait_for(105_000.0)
    world.exchange.trouble = Unreachable("down")
    await world.start(stopped(6 * HOUR_MS))

    async def pass_by(seconds: float) -> None:
        world.now_ms += int(seconds * 1000)

    monkeypatch.setattr("bot.late_targets.asyncio.sleep", pass_by)
    await world.late.catch_up()
    assert world.now_ms - NOW >= TRY_FOR_MS
    (head,) = await world.told()
    assert "다 확인하지 못했습니다" in head
    assert await world.store.get_meta(META) == ""


async def test_a_price_touched_in_a_gap_of_a_run_is_told_once_with_its_minute(
    world: World,
) -> None:
    await world.wait_for(105_000.0)
    await world.wait_for(95_000.0, "down", chat=BOB)
    world.exchange.flat("BTCUSDT", 100_000.0, 700)
    world.exchange.spike("BTCUSDT", 106_000.0, 4)
    world.exchange.spike("BTCUSDT", 94_000.0, 9)  # before the gap: no trade of it was missed
    await world.start({})
    world.levels.gap("ETHUSDT", NOW - 6 * MINUTE_MS, NOW - 2 * MINUTE_MS)  # nobody waits for it
    assert not world.watch.held
    world.levels.gap("BTCUSDT", NOW - 6 * MINUTE_MS, NOW - 2 * MINUTE_MS)
    world.trade(105_500.0)  # the first one after it
    assert await world.told() == []
    world.exchange.trouble = Unreachable("down")
    with pytest.raises(Unreachable):
        await world.late.look()
    assert await world.store.get_meta(META), "a crash now does not forget the gap"
    world.exchange.trouble = None
    await world.late.look()
    (head,) = await world.told()
    assert head.endswith("105,000달러 도달 · 늦은 알림, 1월 12일(월) 09:00 KST")
    assert await world.told("telegram") == []
    assert await world.store.get_meta(META) == ""
    assert not world.watch.held
    world.levels.gap("BTCUSDT", NOW - 6 * MINUTE_MS, NOW - 2 * MINUTE_MS)
    await world.late.look()
    assert len(await world.told()) == 1


async def test_of_what_trades_told_after_a_gap_candles_tell_nothing_else(world: World) -> None:
    await world.wait_for(105_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 30)
    world.exchange.spike("BTCUSDT", 106_000.0, 0)
    await world.start({})
    world.levels.gap("BTCUSDT", NOW - 6 * MINUTE_MS, NOW - 2 * MINUTE_MS)
    world.trade(105_500.0)  # of the minute of the spike, which is after the gap
    await world.late.look()
    (head,) = await world.told()
    assert head.endswith("105,000달러 도달 · 105,500달러")


async def test_a_gap_that_comes_while_candles_are_fetched_is_looked_at_as_well(
    world: World,
) -> None:
    await world.wait_for(105_000.0)
    world.exchange.flat("BTCUSDT", 100_000.0, 30)
    await world.start({})
    world.levels.gap("BTCUSDT", NOW - 6 * MINUTE_MS, NOW - 5 * MINUTE_MS)
    fetch = world.exchange.fetch

    async def meanwhile(symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        bars = await fetch(symbol, since_ms, limit)
        if world.exchange.asked == 1:
            world.exchange.spike("BTCUSDT", 106_000.0, 2)
            world.levels.gap("BTCUSDT", NOW - 3 * MINUTE_MS, NOW - MINUTE_MS)
        return bars

    world.late._fetch = meanwhile
    await world.late.catch_up()
    (head,) = await world.told()
    assert "105,000달러 도달 · 늦은 알림" in head
    assert not world.watch.held


@pytest.mark.parametrize(
    ("since_s", "until_s", "found"),
    [
        (0, 600, 0),
        (30, 600, 1),
        (61, 600, 1),
        (121, 600, None),
        (0, 30, None),
        (-60, 60, 0),
        (60, 90, None),
    ],
)
def test_of_minutes_in_part_only_the_end_that_surely_counts_does(
    since_s: int, until_s: int, found: int | None
) -> None:
    base = NOW - 10 * MINUTE_MS
    bars = minute_bars("BTCUSDT", [100.0, 100.0, 107.0, 100.0], base + 3 * MINUTE_MS)
    high = Candle(**{n: getattr(bars[0], n) for n in Candle.__struct_fields__} | {"high": 108.0})
    bars = [high, bars[1], bars[3]]  # the second closes at 107, the third is calm
    assert all(a.open_ms < b.open_ms for a, b in pairwise(bars))
    target = Target(ALICE, "BTCUSDT", 105.0, "up", base + since_s * 1000, base + until_s * 1000, 1)
    crossing = crossing_in(target, bars)
    if found is None:
        assert crossing is None
    else:
        assert crossing is not None
        assert crossing.at_ms == max(target.since_ms, bars[found].open_ms)
        assert crossing.recovered and crossing.minute
