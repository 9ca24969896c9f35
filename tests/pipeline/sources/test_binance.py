"""The live source against the simulated exchange: what it delivers whatever the network does."""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from pipeline import course
from pipeline.course import Unfollowed
from pipeline.errors import Refused, TooFast, Unreachable
from pipeline.model import ALL, Book, Event, Feed, Gap, Ticker, Trade
from pipeline.sources.binance import FEW, BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulator import Simulator
from pipeline.sources.sockets import Socket

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
START_MS = 1_760_000_000_000
DEADLINE_S = 15.0


@pytest.fixture(autouse=True)
def prompt(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events of one engine are taken as they arrive, those of the other by ``stream`` alone."""
    monkeypatch.setattr(Rig, "prompt", engine == "picows")


class Rig:
    """A source that streams from a simulator, and everything it delivered; ``prompt``: taken as it
    arrived."""

    prompt = False

    def __init__(self, sim: Simulator, source: BinanceSource) -> None:
        self.sim = sim
        self.source = source
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    async def run(self) -> None:
        if self.prompt:
            self.source.call(self._take)
        async with aclosing(self.source.stream()) as stream:  # type: ignore[type-var]
            async for event in stream:
                self.events.append(event)
                self._changed.set()

    def _take(self) -> None:
        self.events += self.source.waiting
        self.source.waiting.clear()
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something the source shows by its events or its status."""
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                self._changed.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._changed.wait()
                except TimeoutError:
                    continue

    def trades(self, symbol: str) -> list[Trade]:
        return [e for e in self.events if isinstance(e, Trade) and e.symbol == symbol]

    def gaps(self) -> list[Gap]:
        return [e for e in self.events if isinstance(e, Gap)]

    async def newest_id(self, symbol: str) -> int:
        """What the exchange itself says was the last aggregate."""
        url = f"{self.sim.rest_url}/api/v3/aggTrades?symbol={symbol}&limit=1"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return int((await response.json())[-1]["a"])

    async def caught_up(self, symbols: Collection[str] = SYMBOLS) -> None:
        """Wait until the newest trade of each symbol has been delivered."""
        for symbol in symbols:
            newest = await self.newest_id(symbol)
            await self.until(
                lambda symbol=symbol, newest=newest: any(
                    t.id == newest for t in reversed(self.trades(symbol))
                )
            )

    def assert_whole(self) -> None:
        """Every trade came once and in order, from the first one delivered to the newest."""
        ids = defaultdict(list)
        for event in self.events:
            if isinstance(event, Trade):
                ids[event.symbol].append(event.id)
        assert ids
        for symbol, seen in ids.items():
            assert seen == list(range(seen[0], seen[0] + len(seen))), symbol


@asynccontextmanager
async def rig(
    sim: Simulator,
    *,
    feeds: Collection[Feed] | None = None,
    resume: dict[str, tuple[int, int]] | None = None,
    wait: bool = True,
    monotonic: Callable[[], float] = time.monotonic,
    **changes: float,
) -> AsyncIterator[Rig]:
    settings = Settings(
        ws_url=sim.ws_url,
        rest_url=sim.rest_url,
        **{"backoff_floor_s": 0.01, "backoff_cap_s": 0.05, "silence_s": 5.0, **changes},  # type: ignore[arg-type]
    )
    async with BinanceRest(sim.rest_url) as rest:
        source = BinanceSource(settings, rest, resume=resume, monotonic=monotonic)
        await source.follow(feeds or [Feed(symbol, "trade") for symbol in SYMBOLS])
        it = Rig(sim, source)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(it.run())
            if wait:
                wanted = {"btcusdt@aggTrade", "solusdt@aggTrade"} if feeds is None else set()
                await sim.until(lambda: sim.connections > 0 and wanted <= sim.streams)
            yield it
            running.cancel()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=7, manual=True, start_ms=START_MS) as market:
        yield market


async def test_delivers_every_trade_of_the_followed_symbols_in_order(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(20_000)
        await it.caught_up()
        it.assert_whole()
        assert {e.symbol for e in it.events if isinstance(e, Trade)} == set(SYMBOLS)
        assert not any(e.recovered for e in it.events if isinstance(e, Trade))
        assert it.source.status().problem == ""


async def test_a_cut_connection_is_reopened_and_what_was_missed_is_back_filled(
    sim: Simulator,
) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        await it.caught_up()
        sim.refuse(503, times=3, doors=["handshakes"])
        sim.cut()
        await sim.advance(20_000)  # nobody is connected
        await it.until(lambda: it.source.status().reconnects == 1)
        await it.caught_up()
        it.assert_whole()
        recovered = [e for e in it.events if isinstance(e, Trade) and e.recovered]
        assert recovered
        assert it.source.status().recovered == len(recovered)
        assert it.gaps() == []
        await sim.until(lambda: sim.connections > 0)
        await sim.advance(3_000)
        await it.caught_up()
        it.assert_whole()


async def test_trades_of_an_outage_are_found_before_the_symbol_trades_again(
    sim: Simulator,
) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        await it.caught_up()
        sim.refuse(503, times=1, doors=["handshakes"])
        sim.cut()
        await sim.advance(10_000)
        # The market stands still from here on: only asking can tell what happened.
        await it.caught_up()
        it.assert_whole()


async def test_a_connection_that_stays_open_without_data_is_replaced(sim: Simulator) -> None:
    async with rig(sim, silence_s=0.2) as it:
        await sim.advance(5_000)
        await it.caught_up()
        sim.go_silent()
        await it.until(lambda: it.source.status().reconnects >= 1)
        sim.go_silent(False)
        await sim.until(lambda: sim.connections > 0)
        await sim.advance(5_000)
        await it.caught_up()
        it.assert_whole()
        assert it.source.status().problem == ""


async def test_silence_is_counted_from_the_last_data_however_many_mute_connections_came_since(
    sim: Simulator,
) -> None:
    clock_s = 0.0
    async with rig(sim, monotonic=lambda: clock_s, silence_s=0.2) as it:
        await sim.advance(5_000)
        await it.caught_up()
        sim.go_silent()
        for lost in (1, 2, 3):
            clock_s += 10.0
            await it.until(lambda: it.source.status().reconnects == lost)  # noqa: B023
            status = it.source.status()
            assert (status.problem, status.heard_s) == ("silent", clock_s)
            await it.until(lambda: it.source.status().connections == 1)
            clock_s += 1.0
            status = it.source.status()
            assert (status.problem, status.heard_s) == ("silent", clock_s)
        sim.go_silent(False)
        await sim.until(lambda: sim.connections > 0)
        await sim.advance(5_000)
        await it.caught_up()
        status = it.source.status()
        assert (status.problem, status.heard_s) == ("", 0.0)


async def test_garbage_is_counted_and_skipped_and_costs_nothing_else(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(3_000)
        sent = sim.send_garbage()
        await sim.advance(3_000)
        await it.caught_up()
        it.assert_whole()
        status = it.source.status()
        assert 0 < status.bad_frames <= sent
        assert status.bad_frames + status.ignored_frames == sent
        assert status.reconnects == 0


async def test_an_announced_shutdown_loses_nothing_and_is_no_reconnect(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        sim.announce_shutdown()
        async with asyncio.timeout(DEADLINE_S):
            while it.source.status().rotations == 0:  # a successor has to hear something
                await sim.advance(50)
        await sim.advance(10_000)  # the old connection is closed by now
        await it.caught_up()
        it.assert_whole()
        status = it.source.status()
        assert status.reconnects == 0
        assert not any(e.recovered for e in it.events if isinstance(e, Trade))


async def test_connections_are_renewed_before_their_age_limit(sim: Simulator) -> None:
    async with rig(sim, rotate_s=0.2, silence_s=2.0) as it:
        async with asyncio.timeout(DEADLINE_S):
            while it.source.status().rotations < 3:
                await sim.advance(50)
        await it.caught_up()
        it.assert_whole()
        assert it.source.status().reconnects == 0


async def test_trades_sent_twice_are_delivered_once(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        await it.caught_up()
        before = len(it.events)
        repeated = sim.repeat_last(40)
        assert repeated > 0
        await it.until(lambda: it.source.status().repeated > 0)
        await sim.advance(2_000)
        await it.caught_up()
        assert len(it.events) > before
        it.assert_whole()


async def test_frames_lost_on_the_way_are_fetched_by_their_ids(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        sim.lose(4_000)
        await sim.advance(10_000)
        await it.caught_up()
        it.assert_whole()
        status = it.source.status()
        assert status.recovered > 0
        assert status.reconnects == 0
        assert it.gaps() == []


async def test_what_the_exchange_no_longer_has_becomes_a_gap(sim: Simulator) -> None:
    async with rig(sim, feeds=[Feed("BTCUSDT", "trade")]) as it:
        await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
        await sim.advance(5_000)
        await it.caught_up(["BTCUSDT"])
        last = it.trades("BTCUSDT")[-1]
        sim.lose(4_000)
        await sim.advance(4_000)
        sim.forget()
        await sim.advance(4_000)
        await it.until(lambda: bool(it.gaps()))
        await it.caught_up(["BTCUSDT"])
        gap = it.gaps()[0]
        after = it.events[it.events.index(gap) + 1]
        assert isinstance(after, Trade)
        assert gap.symbols == ("BTCUSDT",)
        assert (gap.from_ms, gap.to_ms) == (last.at_ms, after.at_ms)
        assert after.id > last.id + 1
        assert it.source.status().gaps == 1


async def test_follow_changes_the_streams_of_an_open_connection(sim: Simulator) -> None:
    async with rig(sim) as it:
        trades = [Feed(symbol, "trade") for symbol in SYMBOLS]
        await it.source.follow([*trades, Feed("ETHUSDT", "book"), Feed(ALL, "ticker")])
        await sim.until(lambda: {"ethusdt@depth20@100ms", "!miniTicker@arr"} <= sim.streams)
        await sim.advance(3_000)
        await it.until(lambda: any(isinstance(e, Book) for e in it.events))
        await it.until(lambda: any(isinstance(e, Ticker) for e in it.events))
        await it.source.follow([Feed("BTCUSDT", "trade")])
        await sim.until(lambda: "ethusdt@aggTrade" not in sim.streams)
        assert "btcusdt@aggTrade" in sim.streams
        assert it.source.status().reconnects == 0  # never more than 5 messages a second


async def test_streams_are_spread_over_connections(sim: Simulator) -> None:
    async with rig(sim, streams_per_connection=2) as it:
        await sim.until(lambda: sim.connections == len(SYMBOLS))
        await sim.advance(5_000)
        await it.caught_up()
        it.assert_whole()


async def test_a_restart_goes_on_where_the_last_run_stopped(sim: Simulator) -> None:
    async with rig(sim) as it:
        await sim.advance(5_000)
        await it.caught_up()
        positions = {s: (t.id, t.at_ms) for s, t in it.source.continuity.positions.items()}
        first = {symbol: positions[symbol][0] + 1 for symbol in SYMBOLS}
    await sim.advance(10_000)  # the program is down
    async with rig(sim, resume=positions) as it:
        await it.caught_up()
        it.assert_whole()
        assert {symbol: it.trades(symbol)[0].id for symbol in SYMBOLS} == first
        assert all(e.recovered for e in it.events if isinstance(e, Trade))


@pytest.mark.parametrize(
    ("status", "problem"), [(451, "region"), (429, "limited"), (418, "limited"), (403, "refused")]
)
async def test_a_refusal_is_named_and_overcome(sim: Simulator, status: int, problem: str) -> None:
    retry_after = 0 if status in (418, 429) else None
    sim.refuse(status, retry_after=retry_after, times=3, doors=["handshakes"])
    async with rig(sim, wait=False) as it:
        await it.until(lambda: it.source.status().problem == problem)
        assert str(status) in it.source.status().detail
        await sim.until(lambda: sim.connections > 0)
        await sim.advance(2_000)
        await it.caught_up()
        assert it.source.status().problem == ""


async def drained(source: BinanceSource) -> None:
    """Take everything that comes."""
    async with aclosing(source.stream()) as stream:  # type: ignore[type-var]
        async for _ in stream:
            pass


async def test_attempts_to_connect_are_spaced_and_never_stop() -> None:
    """The pause doubles, is capped, and is never below the floor, even after refusals in a row."""
    loop = asyncio.get_running_loop()
    attempts: list[float] = []
    enough = asyncio.Event()

    async def nobody(_url: str) -> Socket:
        attempts.append(loop.time())
        if len(attempts) == 8:
            enough.set()
        raise Unreachable("nobody is there")

    settings = Settings(backoff_floor_s=0.01, backoff_cap_s=0.04)
    async with BinanceRest("http://127.0.0.1:9") as rest:
        source = BinanceSource(settings, rest, open_socket=nobody)
        await source.follow([Feed("BTCUSDT", "trade")])
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(drained(source))
            await enough.wait()
            running.cancel()
    gaps = [b - a for a, b in itertools.pairwise(attempts)]
    assert min(gaps) >= 0.009
    assert source.status().problem == "unreachable"
    assert "nobody is there" in source.status().detail


async def test_a_ban_of_rest_makes_attempts_rare_and_ends_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody says that sockets are banned with REST. Their own refusals are for all of them."""
    rare_s, stay_away_s = 0.05, 0.12
    monkeypatch.setattr("pipeline.sources.binance.BANNED_S", rare_s)
    monkeypatch.setattr("pipeline.sources.binance.GRACE_S", -1.0)
    attempts: list[float] = []
    made: list[Line] = []

    async def open_line(_url: str) -> Socket:
        attempts.append(source._tried_s)  # when its turn came: to be scheduled takes time as well
        if len(attempts) == 2:
            raise TooFast(429, stay_away_s)
        made.append(Line())
        made[-1].tick()
        return made[-1]

    settings = Settings(streams_per_connection=3, backoff_floor_s=0.001, backoff_cap_s=0.001)
    async with BinanceRest("http://127.0.0.1:9") as rest, asyncio.TaskGroup() as tasks:
        rest.block(3 * 86_400)
        source = BinanceSource(settings, rest, open_socket=open_line)
        await source.follow([Feed(f"S{n:03}USDT", "trade") for n in range(8)])

        running = tasks.create_task(drained(source))
        seen: set[tuple[str, str]] = set()
        async with asyncio.timeout(DEADLINE_S):
            while len(made) < 4 or source.status().problem:
                seen.add((source.status().problem, source.status().detail))
                await asyncio.sleep(0)
        assert rest.blocked_s > 86_400
        running.cancel()
    gaps = [b - a for a, b in itertools.pairwise(attempts)]
    rounding_s = 1e-9
    assert gaps[0] >= rare_s - rounding_s
    assert gaps[1] >= stay_away_s - rounding_s, "what a connection is told is obeyed by all"
    assert min(gaps[2:]) >= rare_s - rounding_s
    assert {problem for problem, _ in seen} <= {"connecting", "limited"}
    assert any("REST is blocked for 259" in detail for _, detail in seen)
    assert any("connections are refused for" in detail for _, detail in seen)


async def test_a_symbol_outside_ascii_is_followed_from_the_first_connection_on(
    sim: Simulator,
) -> None:
    async with rig(sim, feeds=[Feed("币安人生USDT", "trade")]) as it:
        await sim.until(lambda: "币安人生usdt@aggTrade" in sim.streams)
        await sim.sweep("币安人生USDT", "buy", 50_000)
        await it.caught_up(["币安人生USDT"])
        it.assert_whole()


class Line:
    """A socket whose other side is the test: it answers what it is told to."""

    def __init__(self, *, mute: bool = False, refusals: int = 0, refused: str = "") -> None:
        self._frames: asyncio.Queue[bytes | list[bytes]] = asyncio.Queue()
        self._mute = mute
        self._refusals = refusals
        self._refused = refused
        self.asked: list[set[str]] = []
        self.carried: set[str] = set()  # as far as asked for by messages

    async def recv(self) -> Sequence[bytes]:
        frames = await self._frames.get()
        return frames if isinstance(frames, list) else [frames]

    def bring(self, frames: list[bytes]) -> None:
        """They have arrived together."""
        self._frames.put_nowait(frames)

    async def send(self, text: str) -> None:
        if self._mute:
            await asyncio.Event().wait()
        request = json.loads(text)
        self.asked.append(set(request["params"]))
        answer: dict[str, object] = {"result": None, "id": request["id"]}
        if self._refusals or self._refused in self.asked[-1]:
            self._refusals = max(0, self._refusals - 1)
            answer = {"code": 2, "msg": "Invalid request", "id": request["id"]}
        elif request["method"] == "SUBSCRIBE":
            self.carried |= self.asked[-1]
        self._frames.put_nowait(json.dumps(answer).encode())

    async def close(self) -> None:
        """Nothing to say."""

    def abort(self) -> None:
        """Nothing to drop."""

    def tick(self, at_ms: int = 1) -> None:
        """A sign of life."""
        self._frames.put_nowait(
            b'{"stream":"btcusdt@miniTicker","data":{"e":"24hrMiniTicker","E":%d,"s":"BTCUSDT",'
            b'"c":"1","o":"1","h":"1","l":"1","v":"1","q":"1"}}' % at_ms
        )


class Past:
    """A REST that never blocks and knows of no missed trade."""

    backfills = 4
    blocked_s = 0.0

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def block(self, seconds: float) -> None:
        """Not needed."""

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        """Nothing is missing."""
        self.asked.add(symbol)
        return []


class Archive(Past):
    """One that knows all trades of a symbol."""

    def __init__(self, *trades: Trade) -> None:
        super().__init__()
        self.trades = list(trades)
        self.since: list[tuple[str, int]] = []

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        self.asked.add(symbol)
        return [t for t in self.trades if t.symbol == symbol and t.id >= from_id]

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        self.since.append((symbol, at_ms))
        return [t for t in self.trades if t.symbol == symbol and t.at_ms >= at_ms]


class Lines:
    """A Tap that keeps what the source writes between frames."""

    def __init__(self) -> None:
        self.written: list[course.Line] = []

    def frames(self, frames: Sequence[bytes], received_ns: int, emitted: int) -> None:
        """Of no interest."""

    def line(self, line: course.Line, emitted: int) -> None:
        """Keep it."""
        self.written.append(line)


@asynccontextmanager
async def lines(
    opened: Callable[[str], Line], symbols: int, **changes: float
) -> AsyncIterator[BinanceSource]:
    async def open_line(url: str) -> Socket:
        return opened(url)

    settings = Settings(
        **{"backoff_floor_s": 0.01, "backoff_cap_s": 0.02, "silence_s": 0.2, **changes}  # type: ignore[arg-type]
    )
    async with BinanceRest("http://127.0.0.1:9") as rest, asyncio.TaskGroup() as tasks:
        source = BinanceSource(settings, rest, open_socket=open_line)
        await source.follow([Feed(f"S{n:03}USDT", "trade") for n in range(symbols)])

        running = tasks.create_task(drained(source))
        yield source
        running.cancel()


async def test_few_events_are_taken_as_they_arrive_and_many_in_their_turn() -> None:
    """All of them in their order, whichever way they go."""
    line, ids = Line(), itertools.count(1)

    def frames(count: int) -> list[bytes]:
        return [
            json.dumps(
                {
                    "stream": "s000usdt@aggTrade",
                    "data": {
                        "e": "aggTrade", "E": 1, "s": "S000USDT", "a": next(ids), "p": "1",
                        "q": "1", "f": 1, "l": 1, "T": START_MS, "m": True, "M": True,
                    },
                }
            ).encode()
            for _ in range(count)
        ]  # fmt: skip

    async def open_line(_url: str) -> Socket:
        return line

    taken: list[int] = []
    seen: list[Trade] = []
    async with BinanceRest("http://127.0.0.1:9") as rest, asyncio.TaskGroup() as tasks:
        source = BinanceSource(Settings(), rest, open_socket=open_line)
        await source.follow([Feed("S000USDT", "trade")])

        def take(*first: Event) -> None:
            seen.extend((*first, *source.waiting))  # type: ignore[arg-type]
            source.waiting.clear()

        def take_at_once() -> None:
            taken.append(len(source.waiting))
            take()

        async def consume() -> None:
            source.call(take_at_once)
            async with aclosing(source.stream()) as stream:  # type: ignore[type-var]
                async for event in stream:
                    take(event)

        running = tasks.create_task(consume())
        counts = (1, FEW, FEW + 1, 2, 3 * FEW, 1)
        for count in counts:
            line.bring(frames(count))
        async with asyncio.timeout(DEADLINE_S):
            while len(seen) < sum(counts):
                await asyncio.sleep(0)
        running.cancel()
    assert [trade.id for trade in seen] == list(range(1, sum(counts) + 1))
    assert taken[:2] == [1, FEW]
    assert max(taken) <= FEW


async def test_books_of_a_pair_that_is_followed_again_come_whatever_their_ids() -> None:
    """A pair that is listed again counts from the start, on a connection that lived all the time;
    recordings have what makes a replay do the same."""
    line, told = Line(), list[Book]()

    def bring(*ids: int) -> None:
        line.bring(
            [
                b'{"stream":"lunausdt@depth20@100ms","data":{"lastUpdateId":%d,'
                b'"bids":[["1","2"]],"asks":[["1.1","2"]]}}' % update_id
                for update_id in ids
            ]
        )

    async def open_line(_url: str) -> Socket:
        return line

    tap = Lines()
    async with BinanceRest("http://127.0.0.1:9") as rest, asyncio.TaskGroup() as tasks:
        source = BinanceSource(Settings(), rest, open_socket=open_line, tap=tap)
        feeds = [Feed("LUNAUSDT", "book")]
        await source.follow(feeds)

        async def consume() -> None:
            async with aclosing(source.stream()) as stream:  # type: ignore[type-var]
                async for event in stream:
                    assert isinstance(event, Book)
                    told.append(event)

        running = tasks.create_task(consume())
        async with asyncio.timeout(DEADLINE_S):
            bring(900, 899)
            while source.status().frames < 2:
                await asyncio.sleep(0)
            await source.follow([])
            await source.follow(feeds)
            bring(1, 2)
            while len(told) < 3:
                await asyncio.sleep(0)
        running.cancel()
    assert [book.update_id for book in told] == [900, 1, 2]
    assert Unfollowed((), ("LUNAUSDT",)) in tap.written


async def test_a_message_that_cannot_be_sent_costs_the_connection_and_nothing_else() -> None:
    made: list[Line] = []

    def opened(_url: str) -> Line:
        made.append(Line(mute=len(made) == 0))
        made[-1].tick()
        return made[-1]

    async with lines(opened, symbols=60) as source, asyncio.timeout(DEADLINE_S):
        while len(made) < 2 or not made[1].asked:
            await asyncio.sleep(0)
        assert source.status().reconnects == 1


async def test_streams_that_were_refused_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.sources.subscriptions.ASK_AGAIN_S", 0.01)
    line = Line(refusals=1)

    def opened(_url: str) -> Line:
        line.tick()
        return line

    async with lines(opened, symbols=60, silence_s=30) as source, asyncio.timeout(DEADLINE_S):
        while len(line.asked) < 4:
            await asyncio.sleep(0)
            line.tick()
        assert line.asked[0] == line.asked[2] | line.asked[3]
        assert source.status().bad_frames == 1


async def test_a_stream_that_is_refused_costs_no_other_and_no_back_fill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a message the exchange refuses all or nothing; trades of an earlier run's end are asked
    for once the connection carries everything."""
    monkeypatch.setattr("pipeline.sources.subscriptions.ASK_AGAIN_S", 0.001)
    monkeypatch.setattr("pipeline.sources.binance.PACE_S", 0.001)
    bad, symbols = "s055usdt@aggTrade", [f"S{n:03}USDT" for n in range(60)]
    opened: list[tuple[str, Line]] = []

    async def open_line(url: str) -> Socket:
        opened.append((url, Line(refused=bad)))
        opened[-1][1].tick()
        return opened[-1][1]

    rest = Past()
    resume = {symbol: (100, START_MS) for symbol in symbols}
    settings = Settings(silence_s=30.0, backoff_floor_s=0.01, backoff_cap_s=0.02)
    async with asyncio.TaskGroup() as tasks:
        source = BinanceSource(settings, rest, open_socket=open_line, resume=resume)  # type: ignore[arg-type]
        await source.follow([Feed(symbol, "trade") for symbol in symbols])

        async def ticking(true: Callable[[], bool]) -> None:
            async with asyncio.timeout(DEADLINE_S):
                while not true():
                    for _, each in opened:
                        each.tick()
                    await asyncio.sleep(0)

        running = tasks.create_task(drained(source))
        await ticking(lambda: source.status().refused == 1)
        await ticking(lambda: rest.asked == set(symbols))
        assert source.status().problem == ""
        _, line = opened[0]
        assert line.carried == {f"s{n:03}usdt@aggTrade" for n in range(50, 60)} - {bad} | {
            "btcusdt@miniTicker"
        }
        source.reopen(Feed("S001USDT", "trade"))
        await ticking(lambda: source.status().rotations == 1)
        (_, (url, line)) = opened
        assert bad not in url
        await ticking(lambda: {bad} in line.asked and line.carried >= {"s059usdt@aggTrade"})
        await source.follow([])
        assert source.status().refused == 0
        running.cancel()


async def test_one_connection_down_among_several_is_a_problem() -> None:
    """Half the symbols without data must not look well."""

    def opened(url: str) -> Line:
        if "s002usdt" in url:
            raise Refused(403, "not this one")
        line = Line()
        line.tick()
        return line

    clock = [0.0]
    settings = Settings(streams_per_connection=3, backoff_floor_s=0.01, backoff_cap_s=0.02)

    async def open_line(url: str) -> Socket:
        return opened(url)

    async with BinanceRest("http://127.0.0.1:9") as rest, asyncio.TaskGroup() as tasks:
        source = BinanceSource(settings, rest, open_socket=open_line, monotonic=lambda: clock[0])
        await source.follow([Feed(f"S{n:03}USDT", "trade") for n in range(4)])

        running = tasks.create_task(drained(source))
        async with asyncio.timeout(DEADLINE_S):
            while source.status().connections < 1 or source.status().frames < 1:
                await asyncio.sleep(0)
            clock[0] = 10.0
            while source.status().problem != "refused":
                await asyncio.sleep(0)
        status = source.status()
        assert "1 of 2 connections are down" in status.detail
        assert status.heard_s == 10.0
        running.cancel()


# --- on a clock that passes at once --------------------------------------------------------------


class Exchange:
    """A source and the lines that it opens, each of which ticks once a second until told not to."""

    def __init__(self, rest: Past, **options: Any) -> None:
        self.opened: list[Line] = []
        self.events: list[Event] = []
        self.silent: list[Line] = []
        self.refused = False
        changes = {name: options.pop(name) for name in ("rotate_s",) if name in options}
        self.source = BinanceSource(
            Settings(**changes),
            rest,  # type: ignore[arg-type]
            open_socket=self._open,
            monotonic=asyncio.get_running_loop().time,
            **options,
        )

    async def _open(self, _url: str) -> Socket:
        if self.refused:
            raise Unreachable("no route")
        self.opened.append(Line())
        return self.opened[-1]

    async def run(self) -> None:
        async with aclosing(self.source.stream()) as stream:  # type: ignore[type-var]
            async for event in stream:
                self.events.append(event)

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            for line in self.opened:
                if line not in self.silent:
                    line.tick(self.now_ms())

    @staticmethod
    def now_ms() -> int:
        """By the exchange's clock."""
        return START_MS + round(asyncio.get_running_loop().time() * 1_000)

    def trades(self) -> list[Trade]:
        return [event for event in self.events if isinstance(event, Trade)]


def quiet(number: int, symbol: str = "ETHUSDT") -> Trade:
    return Trade(symbol, number, 1.0, 1.0, START_MS + number, False, recovered=True)


@pytest.fixture
def during(instantly: Callable) -> Callable[..., None]:
    """Runs what happens to an exchange whose connections are kept meanwhile."""

    def play(happens: Callable[[Exchange], Coroutine[Any, Any, None]], *args: Any, **options: Any):
        async def main() -> None:
            it = Exchange(*args, **options)
            async with asyncio.TaskGroup() as tasks:
                working = [tasks.create_task(work) for work in (it.run(), it.tick())]
                await happens(it)
                for work in working:
                    work.cancel()

        instantly(main())

    return play


def test_what_a_connection_did_not_deliver_that_fell_silent_before_its_renewal_is_asked_for(
    during: Callable,
) -> None:
    rest = Archive()

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed("ETHUSDT", "trade")])
        await asyncio.sleep(55)
        it.silent.append(it.opened[0])
        rest.trades.append(quiet(101))
        await asyncio.sleep(30)
        assert it.source.status().rotations == 1
        assert it.trades() == [quiet(101)]

    during(happens, rest, rotate_s=60.0, resume={"ETHUSDT": (100, START_MS)})


def test_a_renewal_between_connections_that_both_deliver_asks_for_nothing(
    during: Callable,
) -> None:
    rest = Archive()

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed("ETHUSDT", "trade")])
        await asyncio.sleep(50)
        rest.asked.clear()
        await asyncio.sleep(50)
        assert it.source.status().rotations == 1
        assert rest.asked == set()

    during(happens, rest, rotate_s=60.0, resume={"ETHUSDT": (100, START_MS)})


def test_a_pair_of_an_earlier_run_that_is_followed_later_is_asked_for_once_it_is_carried(
    during: Callable,
) -> None:
    """A contract, for instance: its connection is there before anybody names it."""
    rest = Archive(quiet(101), quiet(101, "BNBUSDT"))

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed(ALL, "ticker")])
        await asyncio.sleep(10)
        await it.source.follow([Feed(ALL, "ticker"), Feed("ETHUSDT", "trade")])
        assert not rest.asked
        await asyncio.sleep(10)
        assert it.opened[0].asked == [{"ethusdt@aggTrade"}]
        assert it.trades() == [quiet(101)]

    resume = {symbol: (100, START_MS) for symbol in ("ETHUSDT", "BNBUSDT")}
    during(happens, rest, resume=resume)


@pytest.mark.parametrize("lost", ["connection", "stream"])
def test_what_a_pair_trades_in_an_outage_that_had_not_traded_before_is_asked_for(
    during: Callable, lost: str
) -> None:
    """By the time when the connection was opened that nothing has come of it by."""
    rest = Archive()

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed("ETHUSDT", "trade")])
        await asyncio.sleep(100)
        if lost == "connection":
            it.silent.append(it.opened[0])
        missed = msgspec.structs.replace(quiet(7), at_ms=it.now_ms() + 500)
        rest.trades.append(missed)
        await asyncio.sleep(10)
        if lost == "stream":
            it.source.reopen(Feed("ETHUSDT", "trade"))
        await asyncio.sleep(20)
        assert it.trades() == [missed]
        ((symbol, since_ms),) = rest.since
        assert symbol == "ETHUSDT"
        assert START_MS - 20_000 < since_ms < START_MS + 2_000

    during(happens, rest)


def test_a_pair_that_is_followed_again_is_asked_for_by_no_earlier_time(during: Callable) -> None:
    """What came of it before, on the same connection, does not come again."""
    rest = Archive()

    async def happens(it: Exchange) -> None:
        eth = Feed("ETHUSDT", "trade")
        for feeds in ([eth], [], [eth]):
            await it.source.follow(feeds)
            await asyncio.sleep(50)
        it.silent += it.opened
        await asyncio.sleep(30)
        ((_, since_ms),) = rest.since
        assert START_MS + 80_000 < since_ms <= START_MS + 102_000

    during(happens, rest)


def test_a_pair_whose_connection_never_delivered_anything_has_missed_nothing(
    during: Callable,
) -> None:
    rest = Archive(quiet(7))

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed("ETHUSDT", "trade")])
        await asyncio.sleep(0.5)
        it.silent += it.opened
        await asyncio.sleep(30)
        assert it.source.status().reconnects == 1
        assert (it.trades(), rest.since) == ([], [])

    during(happens, rest)


def test_what_was_not_asked_for_after_an_outage_when_another_source_goes_on_is_a_gap(
    during: Callable,
) -> None:
    """As long as there is no connection nobody asks."""

    async def happens(it: Exchange) -> None:
        await it.source.follow([Feed("ETHUSDT", "trade")])
        await asyncio.sleep(10)
        it.refused = True
        it.silent += it.opened
        await asyncio.sleep(60)
        it.source.settle(START_MS + 70_000)
        await asyncio.sleep(0.1)
        assert it.events[-1] == Gap(
            ("ETHUSDT",), START_MS, START_MS + 70_000, "not fetched before another source went on"
        )

    during(happens, Archive(), resume={"ETHUSDT": (100, START_MS)})
