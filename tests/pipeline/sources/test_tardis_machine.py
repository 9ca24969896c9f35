"""tardis-machine: what its messages become, and what losing it costs."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from contracts.machine_server import MachineServer, machine_server, said, trade

from pipeline.errors import FrameError
from pipeline.model import Book, Event, Feed, Gap, Liquidation, Mark, Quote, Trade
from pipeline.sources.tardis_frames import Disconnected, Failed, NormalisedParser, address
from pipeline.sources.tardis_machine import MachineSource, Settings

AT = "2026-11-22T14:50:00.421Z"
AT_MS = 1_795_359_000_421
SIZES = {"okex-swap:BTC-USDT-SWAP": 0.01}


# --- messages ------------------------------------------------------------------------------------


def heard(message: object, sizes: dict[str, float] = SIZES) -> Event:
    found = NormalisedParser(sizes).parse(json.dumps(message).encode())
    assert isinstance(found, tuple)
    return found[0]


@pytest.mark.parametrize(
    ("symbol", "known_as", "quantity"),
    [
        ("binance:BTCUSDT", "BTCUSDT", 0.5),
        ("okex:BTC-USDT", "okex:BTC-USDT", 0.5),
        ("upbit:KRW-BTC", "upbit:KRW-BTC", 0.5),
        ("huobi:BTCUSDT", "huobi:BTCUSDT", 0.5),
        ("bybit:BTCUSDT", "bybit:BTCUSDT", 0.5),
        ("binance-futures:BTCUSDT", "binance-futures:BTCUSDT", 0.5),
        # Contracts of a hundredth of a coin, and amounts in dollars.
        ("okex-swap:BTC-USDT-SWAP", "okex-swap:BTC-USDT-SWAP", 0.005),
        ("bybit:BTCUSD", "bybit:BTCUSD", 0.5 / 65_000),
        ("deribit:BTC-PERPETUAL", "deribit:BTC-PERPETUAL", 0.5 / 65_000),
        ("deribit:SOL_USDC-PERPETUAL", "deribit:SOL_USDC-PERPETUAL", 0.5),
    ],
)
def test_a_trade_is_counted_in_coins(symbol: str, known_as: str, quantity: float) -> None:
    event = heard(trade(symbol, "1001", AT))
    assert isinstance(event, Trade)
    assert (event.symbol, event.price, event.side) == (known_as, 65_000, "buy")
    assert event.quantity == pytest.approx(quantity)
    assert event.at_ms == AT_MS
    # Only Binance's ids are those by which the direct connection knows the same trades.
    assert event.id == (1001 if known_as == "BTCUSDT" else -1)


def test_microseconds_are_kept() -> None:
    event = heard(trade("upbit:KRW-BTC", "17", "2026-11-22T14:50:00.421882Z"))
    assert isinstance(event, Trade)
    assert (event.at_ms, event.micros) == (AT_MS, 882)


def test_books_quotes_valuations_and_liquidations() -> None:
    levels = [{"price": 65_000, "amount": 2}, {"price": 64_999, "amount": 1}, {}]
    book = said("book_snapshot", "okex:BTC-USDT", at=AT, bids=levels, asks=[])
    assert heard(book) == Book("okex:BTC-USDT", [(65_000, 2), (64_999, 1)], [], at_ms=AT_MS)
    offers = {"bidPrice": 65_000, "bidAmount": 1.5, "askPrice": 65_000.2, "askAmount": 2}
    assert heard(said("book_ticker", "binance:BTCUSDT", at=AT, **offers)) == Quote(
        "BTCUSDT", 65_000, 1.5, 65_000.2, 2, at_ms=AT_MS
    )
    valued = {
        "markPrice": 65_010,
        "indexPrice": 65_000,
        "fundingRate": 0.0001,
        "fundingTimestamp": AT,
    }
    assert heard(said("derivative_ticker", "deribit:BTC-PERPETUAL", at=AT, **valued)) == Mark(
        "deribit:BTC-PERPETUAL", 65_010, 65_000, 0.0001, AT_MS, AT_MS
    )
    # "sell": a long was closed.
    closed = said("liquidation", "bybit:BTCUSDT", at=AT, price=9_910, amount=0.014, side="sell")
    assert heard(closed) == Liquidation("bybit:BTCUSDT", "long", 9_910, 0.014, AT_MS)


def test_what_says_nothing_is_nothing_and_what_is_wrong_is_told() -> None:
    parse = NormalisedParser({}).parse
    assert parse(b'{"type":"trade_bar","symbol":"BTCUSDT","exchange":"binance"}') is None
    unknown = said("derivative_ticker", "deribit:BTC-PERPETUAL", at=AT, markPrice=1)
    assert parse(json.dumps(unknown).encode()) is None
    contracts = trade("okex-swap:BTC-USDT-SWAP", "1", AT)
    assert parse(json.dumps(contracts).encode()) is None  # of which size?
    assert parse(b'{"type":"disconnect","exchange":"okex"}') == Disconnected("okex")
    assert parse(b'{"type":"error","exchange":"okex","details":"x"}') == Failed("okex", "x")
    for wrong in (
        b"", b"[]", b"{}", b'{"type":"trade"}',
        json.dumps(trade("binance:BTCUSDT", "1", AT, side="unknown")).encode(),
        json.dumps(trade("binance:BTCUSDT", "1", AT, amount=-1)).encode(),
        json.dumps(trade("kraken:XBTUSD", "1", AT)).encode(),
        json.dumps(trade("binance:BTCUSDT", "1", "yesterday")).encode(),
        json.dumps(trade("binance:BTCUSDT", "1", "2026-11-22T14:50:00")).encode(),
    ):  # fmt: skip
        with pytest.raises(FrameError):
            parse(wrong)


def test_the_address_names_pairs_and_data_types() -> None:
    url = urlsplit(address("ws://127.0.0.1:8001/", "okex", ["ETH-USDT"]))
    options = json.loads(parse_qs(url.query)["options"][0])
    assert url.path == "/ws-stream-normalized"
    assert options["symbols"] == ["BTC-USDT", "ETH-USDT"]  # the first is never quiet
    assert options["dataTypes"] == ["trade", "book_snapshot_20_100ms"]
    assert options["withDisconnectMessages"] is True


# --- the source ----------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[MachineServer]:
    async with machine_server() as it:
        yield it


class Following:
    """A source and what it has delivered so far."""

    def __init__(self, url: str, silence_s: float = 5.0, **options: Any) -> None:
        settings = Settings(url, silence_s, SIZES)
        self.now_ms = AT_MS + 60_000
        self.source = MachineSource(settings, **{"now_ms": lambda: self.now_ms, **options})
        self.events: list[Event] = []
        self._more = asyncio.Event()

    async def run(self) -> None:
        async for event in self.source.stream():
            self.events.append(event)
            self._more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.events) < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def following(server: MachineServer) -> AsyncIterator[Following]:
    it = Following(server.url)
    running = asyncio.create_task(it.run())
    yield it
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def connected(server: MachineServer, asked: int, still_open: int | None = None) -> None:
    async with asyncio.timeout(5):
        while len(server.asked) < asked or server.connections != (still_open or asked):
            await asyncio.sleep(0.01)


def feeds(*symbols: str) -> list[Feed]:
    return [Feed(symbol, "trade") for symbol in symbols]


async def test_each_exchange_has_its_connection_and_only_wanted_pairs_are_delivered(
    server: MachineServer, following: Following
) -> None:
    await following.source.follow(
        feeds("okex:ETH-USDT", "upbit:KRW-BTC", "okex-swap:SOL-USDT-SWAP")
    )
    await connected(server, 2)  # of a swap nobody knows what a contract is
    assert {tuple(options["symbols"]) for options in server.asked} == {
        ("BTC-USDT", "ETH-USDT"),
        ("KRW-BTC",),
    }
    assert await server.say(trade("okex:BTC-USDT", "1", AT)) == 1  # followed to hear that it flows
    await server.say(trade("okex:ETH-USDT", "2", AT))
    await server.say(trade("okex:ETH-USDT", "2", AT))
    await server.say(trade("upbit:KRW-BTC", "3", AT))
    await following.until(2)
    assert [event.symbol for event in following.events] == [  # type: ignore[union-attr]
        "okex:ETH-USDT",
        "upbit:KRW-BTC",
    ]
    assert following.source.repeated == 1
    assert {one.exchange: one.problem for one in following.source.status()} == {
        "okex": "",
        "upbit": "",
    }


async def test_another_pair_is_added_on_a_successor_before_the_old_connection_is_left(
    server: MachineServer, following: Following
) -> None:
    await following.source.follow(feeds("okex:ETH-USDT"))
    await connected(server, 1)
    await server.say(trade("okex:ETH-USDT", "1", AT))
    await following.source.follow(feeds("okex:ETH-USDT", "okex:XRP-USDT"))
    await connected(server, 2)
    assert server.connections == 2  # the old one stays until the new one has spoken
    assert await server.say(trade("okex:ETH-USDT", "2", AT)) == 2
    await connected(server, 2, still_open=1)
    await server.say(trade("okex:XRP-USDT", "3", AT))
    await following.until(3)
    assert not any(isinstance(event, Gap) for event in following.events)
    await following.source.follow([])
    async with asyncio.timeout(5):
        while server.connections:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", ["closed", "disconnect"])
async def test_what_was_missed_is_a_gap(
    server: MachineServer, following: Following, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.tardis_machine.CAP_S", 0.05)
    monkeypatch.setattr("pipeline.sources.tardis_machine.FLOOR_S", 0.01)
    await following.source.follow(feeds("okex:ETH-USDT"))
    await connected(server, 1)
    await server.say(trade("okex:ETH-USDT", "1", AT))
    await following.until(1)
    if how == "closed":
        await server.hang_up()
        await connected(server, 2, still_open=1)
        assert following.source.well_s("okex") == 0
    else:
        await server.say({"type": "disconnect", "exchange": "okex", "localTimestamp": AT})
    await server.say(trade("okex:BTC-USDT", "2", "2026-11-22T14:50:09.000Z"))
    await server.say(trade("okex:ETH-USDT", "3", "2026-11-22T14:50:10.000Z"))
    await following.until(3)
    gap = following.events[1]
    assert isinstance(gap, Gap)
    assert gap.symbols == ("okex:ETH-USDT",)
    assert (gap.from_ms, gap.to_ms) == (AT_MS, AT_MS + 8_579)
    assert following.source.gaps == 1


async def test_a_pair_that_is_followed_again_has_a_gap(
    server: MachineServer, following: Following
) -> None:
    await following.source.follow(feeds("okex:ETH-USDT", "okex:BTC-USDT"))
    await connected(server, 1)
    await server.say(trade("okex:ETH-USDT", "1", AT))
    await following.until(1)
    await following.source.follow(feeds("okex:BTC-USDT"))
    await following.source.follow(feeds("okex:ETH-USDT", "okex:BTC-USDT"))
    await server.say(trade("okex:ETH-USDT", "2", "2026-11-22T14:50:10.421Z"))
    await following.until(3)
    gap = following.events[1]
    assert isinstance(gap, Gap)
    assert (gap.symbols, gap.to_ms - gap.from_ms) == (("okex:ETH-USDT",), 10_000)


async def test_a_time_in_the_future_is_a_mistake(
    server: MachineServer, following: Following
) -> None:
    await following.source.follow(feeds("okex:BTC-USDT"))
    await connected(server, 1)
    await server.say(trade("okex:BTC-USDT", "1", "2226-11-22T14:50:10.421Z"))
    await server.say(trade("okex:BTC-USDT", "2", AT))
    await following.until(1)
    assert following.events[0].at_ms == AT_MS
    assert following.source.bad == 1


async def test_a_clock_that_is_set_back_costs_nothing(
    server: MachineServer, following: Following
) -> None:
    """Neither of what flows nor of an exchange that is asked for later."""
    await following.source.follow(feeds("BTCUSDT"))
    await connected(server, 1)
    await server.say(trade("binance:BTCUSDT", "1", AT))
    await following.until(1)
    following.now_ms -= 3_600_000
    await server.say(trade("binance:BTCUSDT", "2", "2026-11-22T14:50:01.421Z"))
    await server.say(trade("binance:BTCUSDT", "3", "2026-11-22T15:50:01.421Z"))
    await following.source.follow(feeds("BTCUSDT", "okex:BTC-USDT"))
    await connected(server, 2)
    await server.say(trade("okex:BTC-USDT", "4", "2026-11-22T14:50:02.421Z"))
    await following.until(3)
    assert [event.at_ms - AT_MS for event in following.events] == [0, 1_000, 2_000]
    assert following.source.bad == 1  # an hour ahead is the future all the same
    assert {one.problem for one in following.source.status()} == {""}


class Telling:
    """A Socket that tells of a trade each second, with the time it is."""

    def __init__(self) -> None:
        self._number = 0

    async def recv(self) -> list[bytes]:
        await asyncio.sleep(1)
        self._number += 1
        at_s = AT_MS / 1000 + asyncio.get_running_loop().time()
        at = f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        return [json.dumps(trade("okex:BTC-USDT", str(self._number), at)).encode()]

    async def send(self, text: str) -> None: ...

    async def close(self) -> None: ...

    def abort(self) -> None: ...


def test_where_all_times_are_in_the_future_no_data_flow_until_the_clock_is_right(
    instantly: Any,
) -> None:
    """A clock that was behind when the program was started."""

    async def open_socket(url: str) -> Telling:
        return Telling()

    async def happens() -> None:
        clock = asyncio.get_running_loop().time
        behind_ms = 600_000
        it = Following(
            "ws://machine",
            open_socket=open_socket,
            monotonic=clock,
            now_ms=lambda: AT_MS + int(clock() * 1000) - behind_ms,
        )
        source = it.source
        running = asyncio.create_task(it.run())
        await source.follow(feeds("okex:BTC-USDT"))
        await asyncio.sleep(120)
        (status,) = source.status()
        assert (status.problem, source.well_s("okex"), it.events) == ("ahead", 0.0, [])
        behind_ms = 0
        await asyncio.sleep(120)
        (status,) = source.status()
        assert (status.problem, status.detail) == ("", "")
        assert source.well_s("okex") > 0
        assert it.events
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    instantly(happens())


async def test_a_machine_that_is_silent_is_connected_to_anew(server: MachineServer) -> None:
    it = Following(server.url, silence_s=0.1)
    running = asyncio.create_task(it.run())
    await it.source.follow(feeds("okex:ETH-USDT"))
    async with asyncio.timeout(5):
        while it.source.status()[0].problem != "silent":
            await asyncio.sleep(0.01)
    assert server.asked
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
