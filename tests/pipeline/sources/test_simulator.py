"""The simulated exchange's streams against what Binance documents, records show and faults do."""

import asyncio
import gzip
import itertools
import json
import logging
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from pipeline.model import ALL
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulated.plan import Step
from pipeline.sources.simulator import Simulator

START_MS = 1_760_000_000_000 - 1_760_000_000_000 % 60_000
SMALL = [pair for pair in PAIRS if pair.symbol in ("BTCUSDT", "ETHUSDT", "AAVEUSDT", "NKNUSDT")]
BTC = SMALL[:1]
DECIMAL = re.compile(r"\d+\.\d{8}")
DEADLINE_S = 10


def exchange(**options: Any) -> Simulator:
    """An exchange whose clock stands still but for ``advance``."""
    options = {"pairs": SMALL, "start_ms": START_MS, "clock": lambda: 0.0, **options}
    return Simulator(manual=True, **options)


class Client:
    """A real WebSocket client that reads until it has what it was asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def frame(self) -> Any:
        async with asyncio.timeout(DEADLINE_S):
            return json.loads(await self.socket.recv())

    async def ask(self, **message: Any) -> Any:
        """Send a control message; answers come in order, so what is before it is dropped."""
        return (await self.until_answer(json.dumps(message)))[-1]

    async def until_answer(self, text: str) -> list[Any]:
        """Everything received until the answer to a control message, which is the last."""
        await self.socket.send(text)
        frames = []
        while True:
            frames.append(await self.frame())
            if isinstance(frames[-1], dict) and {"result", "code"} & set(frames[-1]):
                return frames

    async def drain(self) -> list[Any]:
        """Everything that was sent so far; takes one of the five messages per second."""
        return (await self.until_answer('{"method":"LIST_SUBSCRIPTIONS","id":"drain"}'))[:-1]

    async def ended(self) -> ConnectionClosed:
        """Read on until the connection ends, and say how it did."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    await self.socket.recv()
                except ConnectionClosed as end:
                    return end


@asynccontextmanager
async def client(sim: Simulator, path: str) -> AsyncIterator[Client]:
    url = sim.ws_url + quote(path, safe="/?=&@!")
    async with connect(
        url, proxy=None, compression=None, ping_interval=None, max_queue=None, max_size=2**24
    ) as socket:
        yield Client(socket)


def combined(*streams: str) -> str:
    return "/stream?streams=" + "/".join(streams)


def data_of(frames: list[Any], stream: str) -> list[Any]:
    return [frame["data"] for frame in frames if frame["stream"] == stream]


# --- addresses and control messages ----------------------------------------------------------


async def test_combined_payloads_are_wrapped_and_raw_ones_are_not() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@aggTrade", "ethusdt@aggTrade")) as wrapped,
        client(sim, "/ws/btcusdt@aggTrade") as raw,
        client(sim, "/ws/btcusdt@aggTrade/ethusdt@aggTrade") as both,
    ):
        await sim.advance(3_000)
        frames = await wrapped.drain()
        assert {frame["stream"] for frame in frames} == {"btcusdt@aggTrade", "ethusdt@aggTrade"}
        assert all(set(frame) == {"stream", "data"} for frame in frames)
        assert await raw.drain() == data_of(frames, "btcusdt@aggTrade")
        assert await both.drain() == [frame["data"] for frame in frames]


@pytest.mark.parametrize(("path", "is_combined"), [("/stream", True), ("/ws", False)])
async def test_streams_come_and_go_while_connected(path: str, is_combined: bool) -> None:
    async with exchange() as sim, client(sim, path) as one:
        assert await one.ask(method="GET_PROPERTY", params=["combined"], id=6) == {
            "result": is_combined,
            "id": 6,
        }
        names = ["btcusdt@aggTrade", "ethusdt@aggTrade"]
        assert await one.ask(method="SUBSCRIBE", params=names, id=1) == {"result": None, "id": 1}
        assert sim.streams == set(names)
        await sim.advance(2_000)
        answer = await one.ask(method="UNSUBSCRIBE", params=names[:1], id=None)
        assert answer == {"result": None, "id": None}
        listed = await one.ask(method="LIST_SUBSCRIPTIONS", id="abc3")
        assert listed == {"result": ["ethusdt@aggTrade"], "id": "abc3"}
        await sim.advance(2_000)
        frames = await one.drain()
        payloads = [frame["data"] for frame in frames] if is_combined else frames
        assert {payload["s"] for payload in payloads} == {"ETHUSDT"}


async def test_the_property_combined_turns_wrapping_on_and_off() -> None:
    async with exchange() as sim, client(sim, "/ws/btcusdt@aggTrade") as one:
        answer = await one.ask(method="SET_PROPERTY", params=["combined", True], id=5)
        assert answer == {"result": None, "id": 5}
        await sim.advance(1_000)
        assert all("stream" in frame for frame in await one.drain())
        await one.ask(method="SET_PROPERTY", params=["combined", False], id=5)
        await sim.advance(1_000)
        assert all("stream" not in frame for frame in await one.drain())


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            '{"method":"SET_PROPERTY","params":["colour",true],"id":5}',
            {"code": 0, "msg": "Unknown property", "id": 5},
        ),
        (
            '{"method":"SET_PROPERTY","params":["combined","yes"],"id":5}',
            {"code": 1, "msg": "Invalid value type: expected Boolean"},
        ),
        (
            '{"method":"GET_PROPERTY","params":[7],"id":5}',
            {"code": 2, "msg": "Invalid request: property name must be a string"},
        ),
        (
            '{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":5}',
            {"code": 2, "msg": "Invalid request: too many parameters"},
        ),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":1,"extra":2}',
            {"code": 2, "msg": "Invalid request: too many parameters"},
        ),
        (
            '{"params":["btcusdt@trade"],"id":1}',
            {"code": 2, "msg": "Invalid request: missing field `method` at line 1 column 35"},
        ),
    ],
)
async def test_errors_of_control_messages_are_word_for_word(
    text: str, answer: dict[str, Any]
) -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        assert (await one.until_answer(text))[-1] == answer


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"method":"DANCE","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"]}', 2),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1.5}', 2),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":true}', 2),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":9223372036854775808}', 2),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":"no blanks"}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ("[]", 2),
        ('{"method":', 3),
        ("hello", 3),
    ],
)
async def test_malformed_control_messages_are_refused_and_change_nothing(
    text: str, code: int
) -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        answer = (await one.until_answer(text))[-1]
        assert answer["code"] == code
        assert "result" not in answer
        assert sim.streams == set()


async def test_an_unknown_symbol_is_answered_as_success_and_stays_silent() -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        params = ["nosuchusdt@aggTrade", "BTCUSDT@aggTrade", "btcusdt@whales"]
        assert (await one.ask(method="SUBSCRIBE", params=params, id=1))["result"] is None
        await sim.advance(3_000)
        assert await one.drain() == []


async def test_a_connection_holds_1024_streams_and_no_more() -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        names = [f"coin{number}usdt@trade" for number in range(1_024)]
        assert (await one.ask(method="SUBSCRIBE", params=names, id=1))["result"] is None
        assert (await one.ask(method="SUBSCRIBE", params=names[:1], id=2))["result"] is None
        assert (await one.ask(method="SUBSCRIBE", params=["onemore@trade"], id=3))["code"] == 2
        assert len(sim.streams) == 1_024
        with pytest.raises(InvalidStatus):
            async with client(sim, combined(*names, "onemore@trade")):
                pass


async def test_symbols_need_not_be_ascii() -> None:
    pairs = [*BTC, *(pair for pair in PAIRS if not pair.symbol.isascii())]
    stream = f"{pairs[1].symbol.lower()}@aggTrade"
    async with (
        exchange(pairs=pairs) as sim,
        client(sim, combined(stream)) as by_address,
        client(sim, "/stream") as by_message,
    ):
        await by_message.ask(method="SUBSCRIBE", params=[stream], id=1)
        await sim.advance(10_000)
        frames = await by_address.drain()
        assert {frame["data"]["s"] for frame in frames} == {pairs[1].symbol}
        assert await by_message.drain() == frames


async def test_times_come_in_microseconds_when_asked_for() -> None:
    streams = ("btcusdt@trade", "btcusdt@miniTicker", "btcusdt@kline_1m", "btcusdt@depth5")
    async with (
        exchange() as sim,
        client(sim, combined(*streams)) as in_millis,
        client(sim, combined(*streams) + "&timeUnit=MICROSECOND") as in_micros,
    ):
        await sim.advance(3_000)
        for one, two in zip(await in_millis.drain(), await in_micros.drain(), strict=True):
            a, b = one["data"], two["data"]
            if "E" in a:
                assert b["E"] == a["E"] * 1000
            if "T" in a:
                assert b["T"] // 1000 == a["T"]
            if "k" in a:
                assert (b["k"]["t"], b["k"]["T"]) == (a["k"]["t"] * 1000, a["k"]["T"] * 1000 + 999)


# --- limits ----------------------------------------------------------------------------------


async def test_the_sixth_message_within_a_second_ends_the_connection() -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        for _ in range(2):
            for _ in range(5):
                await one.drain()
            await sim.advance(1_000)
        for _ in range(5):
            await one.drain()
        await one.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        end = await one.ended()
        assert end.rcvd is not None
        assert end.rcvd.code == 1008
        await sim.until(lambda: sim.connections == 0)


async def test_pings_and_pongs_count_as_messages() -> None:
    async with exchange() as sim, client(sim, "/stream") as one:
        await one.socket.pong()
        for _ in range(4):
            async with asyncio.timeout(DEADLINE_S):
                await (await one.socket.ping())
        await one.socket.pong()
        assert isinstance(await one.ended(), ConnectionClosedError)


@asynccontextmanager
async def raw_client(sim: Simulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A client that does not answer pings by itself."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(sim.ws_url + "/ws", autoping=False) as socket,
    ):
        yield socket


async def test_the_server_pings_every_20_seconds_and_a_matching_pong_keeps_alive() -> None:
    async with exchange(pairs=BTC) as sim, raw_client(sim) as socket:
        payloads = []
        for _ in range(6):
            await sim.advance(20_000)
            message = await socket.receive(DEADLINE_S)
            assert message.type is aiohttp.WSMsgType.PING
            payloads.append(message.data)
            await socket.pong(message.data)
            await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
            assert (await socket.receive(DEADLINE_S)).type is aiohttp.WSMsgType.TEXT
        assert len(set(payloads)) == 6
        assert all(payloads)


async def test_without_a_matching_pong_for_60_seconds_the_connection_is_dropped() -> None:
    async with exchange(pairs=BTC) as sim, raw_client(sim) as socket:
        await sim.advance(79_900)
        await socket.pong()  # unsolicited: allowed, but keeps nothing alive
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        kinds = [(await socket.receive(DEADLINE_S)).type for _ in range(4)]
        assert kinds == [aiohttp.WSMsgType.PING] * 3 + [aiohttp.WSMsgType.TEXT]
        assert sim.connections == 1
        await sim.advance(100)
        assert sim.connections == 0


async def test_a_connection_lives_no_longer_than_its_life() -> None:
    async with exchange(life_s=5) as sim, client(sim, "/ws/btcusdt@trade") as one:
        await sim.advance(4_900)
        assert sim.connections == 1
        await sim.advance(100)
        assert (await one.ended()).rcvd is not None
        await sim.until(lambda: sim.streams == set())


async def test_after_300_attempts_in_five_minutes_handshakes_get_429() -> None:
    async with exchange(pairs=BTC) as sim, aiohttp.ClientSession() as http:
        for _ in range(300):
            async with http.get(f"{sim.rest_url}/stream") as answer:
                assert answer.status == 400  # no WebSocket handshake, but an attempt
        with pytest.raises(InvalidStatus) as refused:
            async with client(sim, "/stream"):
                pass
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "300"
        await sim.advance(300_000)
        async with client(sim, "/stream"):
            assert sim.connections == 1


async def test_a_client_that_does_not_read_is_disconnected() -> None:
    async with exchange(outbox_bytes=100_000) as sim:
        host, port = sim.ws_url.removeprefix("ws://").split(":")
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        lazy.setblocking(False)
        await asyncio.get_running_loop().sock_connect(lazy, (host, int(port)))
        _, writer = await asyncio.open_connection(sock=lazy, limit=1_024)
        writer.write(
            b"GET /stream?streams=btcusdt@depth20@100ms/ethusdt@depth20@100ms HTTP/1.1\r\n"
            b"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await writer.drain()
        await sim.until(lambda: sim.connections == 1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with client(sim, combined("btcusdt@depth20@100ms")) as other:
            for _ in range(75):  # a dead client would be noticed by its pongs after 80 s
                await sim.advance(1_000)
                await other.drain()
                if sim.connections == 1:
                    break
            assert sim.connections == 1, "the one that reads stays"
        writer.close()


# --- what is streamed ------------------------------------------------------------------------


async def test_aggregates_streamed_are_those_of_rest() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@aggTrade")) as one,
        aiohttp.ClientSession() as http,
    ):
        await sim.advance(10_000)
        streamed = data_of(await one.drain(), "btcusdt@aggTrade")
        url = f"{sim.rest_url}/api/v3/aggTrades?symbol=BTCUSDT&limit=1000"
        async with http.get(url) as answer:
            rows = await answer.json()
        assert len(rows) > 50
        assert [{k: v for k, v in one.items() if k not in ("e", "E", "s")} for one in streamed] == (
            rows
        )


async def test_single_trades_make_up_the_aggregates_and_share_the_orders_time() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@aggTrade", "btcusdt@trade")) as one,
    ):
        await sim.advance(10_000)
        frames = await one.drain()
        trades = {trade["t"]: trade for trade in data_of(frames, "btcusdt@trade")}
        aggregates = data_of(frames, "btcusdt@aggTrade")
        assert sorted(trades) == list(range(min(trades), max(trades) + 1))
        for row in aggregates:
            parts = [trades[number] for number in range(row["f"], row["l"] + 1)]
            assert {(part["p"], part["T"], part["m"]) for part in parts} == {
                (row["p"], row["T"], row["m"])
            }
            assert sum(float(part["q"]) for part in parts) == pytest.approx(float(row["q"]))
        assert sum(row["l"] - row["f"] + 1 for row in aggregates) == len(trades)


async def test_the_best_quotes_and_the_books_agree_and_never_cross() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@bookTicker", "btcusdt@depth20@100ms")) as one,
    ):
        await sim.advance(10_000)
        frames = await one.drain()
        best, compared = None, 0
        for frame in frames:
            data = frame["data"]
            if frame["stream"] == "btcusdt@bookTicker":
                assert set(data) == {"u", "s", "b", "B", "a", "A"}
                assert float(data["b"]) < float(data["a"])
                assert best is None or data["u"] > best["u"]
                best = data
            elif best is not None:
                assert data["bids"][0] == [best["b"], best["B"]]
                assert data["asks"][0] == [best["a"], best["A"]]
                compared += 1
        assert compared > 50


async def test_partial_books_have_their_levels_and_their_pace() -> None:
    names = ("btcusdt@depth5", "btcusdt@depth10@100ms", "btcusdt@depth20@100ms")
    async with exchange() as sim, client(sim, combined(*names)) as one:
        await sim.advance(5_000)
        frames = await one.drain()
        for name, levels, least, most in (
            (names[0], 5, 5, 5),
            (names[1], 10, 30, 50),
            (names[2], 20, 30, 50),
        ):
            books = data_of(frames, name)
            assert least <= len(books) <= most
            for book in books:
                assert set(book) == {"lastUpdateId", "bids", "asks"}
                assert (len(book["bids"]), len(book["asks"])) == (levels, levels)
            ids = [book["lastUpdateId"] for book in books]
            assert ids == sorted(ids)


async def test_mini_tickers_come_every_second_and_only_for_what_changed() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("!miniTicker@arr", "btcusdt@miniTicker")) as one,
    ):
        await sim.advance(10_000)
        frames = await one.drain()
        single = data_of(frames, "btcusdt@miniTicker")
        lists = data_of(frames, "!miniTicker@arr")
        assert [row["E"] for row in single] == [START_MS + s * 1000 for s in range(1, 11)]
        assert {row["s"] for row in lists[0]} == {pair.symbol for pair in SMALL}
        assert any("NKNUSDT" not in {row["s"] for row in rows} for rows in lists)
        last = [row for rows in lists for row in rows if row["s"] == "BTCUSDT"][-1]
        assert last in single
        assert set(last) == {"e", "E", "s", "c", "o", "h", "l", "v", "q"}


async def test_bars_come_every_two_seconds_and_once_more_when_they_close() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@kline_1m")) as one:
        await sim.advance(64_000)
        bars = data_of(await one.drain(), "btcusdt@kline_1m")
        closed = [bar["k"] for bar in bars if bar["k"]["x"]]
        assert [(k["t"], k["T"]) for k in closed] == [(START_MS, START_MS + 59_999)]
        assert len(bars) == 33
        async with aiohttp.ClientSession() as http:
            url = f"{sim.rest_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2"
            async with http.get(url) as answer:
                row = (await answer.json())[0]
        (k,) = closed
        assert [k["t"], k["o"], k["h"], k["l"], k["c"], k["v"], k["T"], k["q"], k["n"]] == row[:9]
        assert k["L"] - k["f"] + 1 == k["n"]


def recordings() -> Path:
    given = os.environ.get("GORAEBOT_RECORDINGS")
    return Path(given) if given else Path(__file__).parents[4] / "shared" / "data"


def shape(value: Any) -> Any:
    """What a payload looks like: its keys in order, and what kind of value each has."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, str):
        return "decimal" if DECIMAL.fullmatch(value) else "text"
    return type(value).__name__


async def test_frames_look_like_recorded_ones() -> None:
    data = recordings()
    if not (data / "frames").is_dir():
        pytest.skip("no recorded frames: set GORAEBOT_RECORDINGS")
    recorded: dict[str, Any] = {}
    with gzip.open(data / "frames" / "spot_btcusdt_20240808.ndjson.gz", "rt") as lines:
        for line in itertools.islice(lines, 2_000):
            frame = json.loads(line.partition(" ")[2])
            if "stream" in frame:
                recorded[frame["stream"]] = frame["data"]
    for path in (data / "samples" / "single_frames").glob("*.json"):
        frame = json.loads(path.read_text())
        recorded.setdefault(frame["stream"], frame["data"])
    for line in (data / "samples" / "binance_spot.log").read_text().splitlines():
        text = line.partition(": ")[2]
        if text.startswith("{"):
            frame = json.loads(text)
            recorded["btcusdt@" + frame["stream"].split("@", 1)[1]] = frame["data"]
    names = [
        f"btcusdt@{kind}"
        for kind in ("trade", "aggTrade", "bookTicker", "depth20@100ms", "miniTicker", "kline_1m")
    ]
    async with exchange() as sim, client(sim, combined(*names)) as one:
        await sim.advance(3_000)
        frames = await one.drain()
    for name in names:
        ours, theirs = data_of(frames, name)[-1], recorded[name]
        assert shape(ours) == shape(theirs), name
        assert list(ours) == list(theirs), name


# --- planted events --------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_a_planted_sweep_is_seen_as_many_fills_of_one_time(side: str) -> None:
    async with (
        exchange() as sim,
        client(sim, combined("ethusdt@aggTrade", "ethusdt@bookTicker")) as one,
    ):
        await sim.advance(2_000)
        await one.drain()
        record = await sim.sweep("ETHUSDT", "buy" if side == "buy" else "sell", 400_000)
        frames = await one.drain()
        assert sim.planted == (record,)
        fills = data_of(frames, "ethusdt@aggTrade")
        assert {row["T"] for row in fills} == {record.at_ms}
        assert {row["m"] for row in fills} == {side == "sell"}
        assert len(fills) == record.prints > 5
        assert sum(row["l"] - row["f"] + 1 for row in fills) == record.fills
        notional = sum(float(row["p"]) * float(row["q"]) for row in fills)
        assert notional == pytest.approx(record.notional)
        assert notional >= 400_000
        assert frames[0]["stream"] == "ethusdt@bookTicker", "as recorded, the quote moves first"


async def test_a_plan_is_carried_out_at_its_times() -> None:
    plan = [
        Step(after_ms=1_000, kind="sweep", symbol="BTCUSDT", side="sell", size=300_000),
        Step(after_ms=500, kind="spread", symbol="AAVEUSDT", size=20),
        Step(after_ms=500, kind="pump", symbol="NKNUSDT", size=20),
        Step(after_ms=500, kind="crash", size=3),
        Step(after_ms=500, kind="shutdown"),
        Step(after_ms=5_500, kind="disconnect"),
    ]
    async with exchange(plan=plan) as sim, client(sim, combined("btcusdt@trade")) as one:
        await sim.advance(8_000)
        assert isinstance(await one.ended(), ConnectionClosed)
        async with client(sim, "/stream") as other:
            await sim.advance(1_000)
            end = await other.ended()
            assert end.rcvd is None, "a cut has no close frame"
    planted = {record.kind: record for record in sim.planted}
    assert [record.kind for record in sim.planted] == [step.kind for step in plan]
    assert [record.at_ms - START_MS for record in sim.planted] == [
        1_000, 1_500, 2_000, 2_500, 3_000, 8_500,
    ]  # fmt: skip
    assert (planted["shutdown"].symbol, planted["shutdown"].connections) == (ALL, 1)
    assert planted["disconnect"].connections == 1
    assert not planted["pump"].done


async def test_frames_are_the_same_for_the_same_seed() -> None:
    async def texts(seed: int) -> list[Any]:
        names = ("btcusdt@trade", "ethusdt@bookTicker", "aaveusdt@depth20@100ms")
        async with exchange(seed=seed) as sim, client(sim, combined(*names)) as one:
            await sim.crash(3)
            await sim.advance(5_000)
            return await one.drain()

    assert await texts(7) == await texts(7)
    assert await texts(7) != await texts(8)


# --- faults ----------------------------------------------------------------------------------


async def test_a_cut_has_no_close_frame_and_may_hit_one_connection_only() -> None:
    async with exchange() as sim, client(sim, "/stream") as one, client(sim, "/stream") as two:
        assert sim.connections == 2
        assert sim.cut(1) == 1
        assert (await two.ended()).rcvd is None
        assert (sim.connections, await one.drain()) == (1, [])
        assert sim.cut() == 1
        assert (await one.ended()).rcvd is None
        assert sim.cut() == 0


async def test_silence_sends_no_data_but_keeps_connections_and_the_market() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@aggTrade")) as one:
        await sim.advance(2_000)
        last = (await one.drain())[-1]["data"]["a"]
        sim.go_silent()
        await sim.advance(5_000)
        assert await one.drain() == []
        sim.go_silent(False)
        await sim.advance(2_000)
        assert (await one.drain())[0]["data"]["a"] > last + 20


async def test_garbage_is_sent_and_the_connection_goes_on() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@aggTrade")) as one:
        sent = sim.send_garbage()
        async with asyncio.timeout(DEADLINE_S):
            garbage = [await one.socket.recv() for _ in range(sent)]
        assert any(isinstance(frame, bytes) for frame in garbage)
        broken = 0
        for frame in garbage:
            try:
                json.loads(frame)
            except ValueError:
                broken += 1
        assert broken >= 3
        assert any(b"whale" in (f if isinstance(f, bytes) else f.encode()) for f in garbage)
        await sim.advance(2_000)
        assert len(await one.drain()) > 5


async def test_a_shutdown_is_announced_in_both_forms_and_spares_who_connects_afterwards() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@trade")) as one,
        client(sim, "/ws/btcusdt@trade") as raw,
    ):
        record = sim.announce_shutdown(3_000)
        assert (record.kind, record.connections) == ("shutdown", 2)
        event = {"e": "serverShutdown", "E": START_MS}
        assert await one.frame() == {"stream": "!serverShutdown", "data": event}
        assert await raw.frame() == event
        async with client(sim, combined("btcusdt@trade")) as late:
            await sim.advance(2_900)
            assert sim.connections == 3
            await sim.advance(100)
            for old in (one, raw):
                assert (await old.ended()).rcvd is not None
            assert len(await late.drain()) > 5


async def test_repeated_frames_have_ids_that_were_there_before() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@aggTrade")) as one:
        await sim.advance(3_000)
        frames = await one.drain()
        assert sim.repeat_last(7) == 7
        assert await one.drain() == frames[-7:]


async def test_lost_frames_leave_a_hole_that_rest_can_fill_until_it_forgets() -> None:
    async with (
        exchange() as sim,
        client(sim, combined("btcusdt@aggTrade", "ethusdt@aggTrade")) as one,
        aiohttp.ClientSession() as http,
    ):
        await sim.advance(2_000)
        sim.lose(3_000, "BTCUSDT")
        await sim.advance(6_000)
        frames = await one.drain()
        ids = [row["a"] for row in data_of(frames, "btcusdt@aggTrade")]
        holes = [(a, b) for a, b in itertools.pairwise(ids) if b != a + 1]
        assert len(holes) == 1
        others = [row["a"] for row in data_of(frames, "ethusdt@aggTrade")]
        assert others == list(range(others[0], others[-1] + 1))
        (before, after) = holes[0]
        url = f"{sim.rest_url}/api/v3/aggTrades?symbol=BTCUSDT&fromId={before + 1}&limit=1000"
        async with http.get(url) as answer:
            missing = [row["a"] for row in await answer.json()]
        assert missing[: after - before - 1] == list(range(before + 1, after))
        sim.forget()
        async with http.get(url) as answer:
            assert await answer.json() == []


async def test_what_happens_just_after_a_loss_is_sent() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@aggTrade")) as one:
        sim.lose(2_000)
        await sim.advance(2_000)
        record = await sim.sweep("BTCUSDT", "buy", 200_000)
        assert {frame["data"]["T"] for frame in await one.drain()} == {record.at_ms}


async def test_a_client_that_goes_during_its_handshake_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handshake = (
        "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    async with exchange() as sim:
        address = urlsplit(sim.rest_url)
        for _ in range(20):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(handshake.encode())
            writer.transport.abort()
        async with client(sim, "/stream"):  # it has come to those before
            pass
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_handshakes_are_refused_as_often_as_told() -> None:
    async with exchange() as sim:
        sim.refuse(451, times=2, doors=["handshakes"])
        for _ in range(2):
            with pytest.raises(InvalidStatus) as refused:
                async with client(sim, "/stream"):
                    pass
            assert refused.value.response.status_code == 451
        async with client(sim, "/stream"):
            assert sim.connections == 1


async def test_listed_pairs_begin_and_delisted_ones_cease_to_stream() -> None:
    names = ("newusdt@aggTrade", "ethusdt@aggTrade", "ethusdt@depth5@100ms")
    async with exchange() as sim, client(sim, combined(*names)) as one:
        await sim.advance(3_000)
        assert {frame["stream"] for frame in await one.drain()} == set(names[1:])
        sim.delist_symbol("ETHUSDT")
        sim.list_symbol("NEWUSDT")
        await sim.advance(10_000)
        assert {frame["stream"] for frame in await one.drain()} == {names[0]}


# --- time ------------------------------------------------------------------------------------


async def test_nothing_happens_by_itself_in_manual_mode_and_only_then_can_it_be_advanced() -> None:
    async with exchange() as sim, client(sim, combined("btcusdt@bookTicker")) as one:
        assert await one.drain() == []
        assert sim.now_ms == START_MS
        await sim.advance(1_234)
        assert sim.now_ms == START_MS + 1_234
    async with Simulator(pairs=BTC) as running:
        with pytest.raises(RuntimeError, match="manual"):
            await running.advance(1)


class Clock:
    """Passes a little whenever somebody looks, and more when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 0.005
        return self.now_s


async def test_by_itself_the_market_runs_and_plants_what_the_demo_shows_first() -> None:
    async with (
        Simulator(speed=40, start_ms=START_MS, clock=Clock()) as sim,
        client(sim, combined("btcusdt@aggTrade")) as one,
    ):
        rows: list[Any] = []
        while not sim.planted or rows[-1]["T"] < sim.planted[0].at_ms + 1_000:
            rows.append((await one.frame())["data"])
        record = sim.planted[0]
    assert (record.kind, record.symbol) == ("sweep", "BTCUSDT")
    assert 8_000 <= record.at_ms - START_MS < 8_010
    ids = [row["a"] for row in rows]
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert len([row for row in rows if row["T"] == record.at_ms]) == record.prints


async def test_a_machine_that_slept_wakes_to_the_present_without_trades_in_between() -> None:
    clock = Clock()
    async with (
        Simulator(pairs=BTC, start_ms=START_MS, speed=10, plan=(), clock=clock) as sim,
        client(sim, combined("btcusdt@aggTrade")) as one,
    ):
        rows = [(await one.frame())["data"]]
        slept_ms = sim.now_ms
        clock.now_s += 60
        while rows[-1]["T"] < slept_ms + 600_000:
            rows.append((await one.frame())["data"])
        assert all(row["T"] <= slept_ms + 1_000 for row in rows[:-1])
        assert [row["a"] for row in rows] == list(range(rows[0]["a"], rows[-1]["a"] + 1))


async def test_a_busy_port_is_an_error() -> None:
    async with exchange() as sim:
        port = int(sim.ws_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with exchange(port=port):
                pass


async def test_errors_of_the_caller_pass_through_unchanged() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with Simulator(pairs=BTC):
            raise LookupError("mine")


async def test_a_failure_of_the_market_ends_the_caller_with_its_reason() -> None:
    plan = [Step(after_ms=10, kind="sweep", symbol="NOSUCHUSDT", size=1)]
    with pytest.raises(ExceptionGroup) as failed:
        async with Simulator(pairs=BTC, plan=plan):
            async with asyncio.timeout(DEADLINE_S):
                await asyncio.Event().wait()
    assert "NOSUCHUSDT is not trading" in str(failed.value.exceptions[0])
