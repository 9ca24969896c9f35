"""The simulated exchange's REST side against what Binance documents and what it streams."""

import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from pipeline.sources.simulated.limits import Attempts, Weights
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulator import Simulator

START_MS = 1_760_000_000_000 - 1_760_000_000_000 % 60_000
SMALL = [pair for pair in PAIRS if pair.symbol in ("BTCUSDT", "ETHUSDT", "PEPEUSDT", "WAVESUSDT")]
DECIMAL = re.compile(r"-?\d+\.\d{8}")


class Desk:
    """Asks and keeps what the answer came with."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.status = 0
        self.used = 0
        self.retry_after_s: int | None = None

    async def get(self, path: str, **params: object) -> Any:
        texts = {name: str(value) for name, value in params.items()}
        return await self.ask(path, texts)

    async def ask(
        self, path: str, params: dict[str, str] | list[tuple[str, str]], **headers: str
    ) -> Any:
        async with self._http.get(f"/api/v3/{path}", params=params, headers=headers) as answer:
            self.status = answer.status
            self.used = int(answer.headers.get("X-MBX-USED-WEIGHT-1M", 0))
            retry = answer.headers.get("Retry-After")
            self.retry_after_s = None if retry is None else int(retry)
            return json.loads(await answer.read())


@asynccontextmanager
async def exchange(**options: Any) -> AsyncIterator[tuple[Simulator, Desk]]:
    options = {"pairs": SMALL, "start_ms": START_MS, "clock": lambda: 0.0, **options}
    async with (
        Simulator(manual=True, **options) as sim,
        aiohttp.ClientSession(sim.rest_url, timeout=aiohttp.ClientTimeout(10)) as http,
    ):
        yield sim, Desk(http)


async def test_time_is_the_exchanges_and_advances_with_the_market() -> None:
    async with exchange() as (sim, desk):
        assert await desk.get("ping") == {}
        assert await desk.get("time") == {"serverTime": START_MS}
        await sim.advance(1_234)
        assert await desk.get("time") == {"serverTime": START_MS + 1_234}
        in_micros = await desk.ask("time", {}, **{"X-MBX-TIME-UNIT": "MICROSECOND"})
        assert in_micros == {"serverTime": (START_MS + 1_234) * 1000}


async def test_exchange_info_lists_the_pairs_with_their_increments_and_the_limits() -> None:
    async with exchange(pairs=PAIRS) as (_, desk):
        info = await desk.get("exchangeInfo")
        assert {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE"}.items() <= info[
            "rateLimits"
        ][0].items()
        assert info["rateLimits"][0]["limit"] == 6000
        rows = {row["symbol"]: row for row in info["symbols"]}
        trading = [row for row in rows.values() if row["status"] == "TRADING"]
        assert len([row for row in trading if row["quoteAsset"] == "USDT"]) >= 36
        assert {"ETHBTC", "SOLBTC"} <= set(rows)
        assert rows["WAVESUSDT"]["status"] == "BREAK"
        assert any(not symbol.isascii() for symbol in rows)
        for symbol, tick, step in (
            ("BTCUSDT", "0.01000000", "0.00001000"),
            ("PEPEUSDT", "0.00000001", "1.00000000"),
            ("ETHBTC", "0.00001000", "0.00010000"),
        ):
            row = rows[symbol]
            filters = {one["filterType"]: one for one in row["filters"]}
            assert row["baseAsset"] + row["quoteAsset"] == symbol
            assert filters["PRICE_FILTER"]["tickSize"] == tick
            assert filters["LOT_SIZE"]["stepSize"] == step


async def test_exchange_info_can_be_asked_for_some_pairs_only() -> None:
    async with exchange() as (_, desk):
        names = []
        for params in (
            {"symbol": "ETHUSDT"},
            {"symbols": '["ETHUSDT","BTCUSDT"]'},
            {"symbolStatus": "TRADING"},
            {"symbolStatus": "BREAK"},
            {"permissions": "MARGIN"},
        ):
            info = await desk.ask("exchangeInfo", params)
            names.append([row["symbol"] for row in info["symbols"]])
        assert names == [
            ["ETHUSDT"],
            ["ETHUSDT", "BTCUSDT"],
            ["BTCUSDT", "ETHUSDT", "PEPEUSDT"],
            ["WAVESUSDT"],
            [],
        ]


async def test_listings_and_delistings_show() -> None:
    async with exchange() as (sim, desk):

        async def trading() -> set[str]:
            info = await desk.get("exchangeInfo", symbolStatus="TRADING")
            return {row["symbol"] for row in info["symbols"]}

        before = await trading()
        sim.list_symbol("NEWUSDT", price=2.5)
        sim.delist_symbol("ETHUSDT")
        assert await trading() == before - {"ETHUSDT"} | {"NEWUSDT"}
        await sim.advance(10_000)
        assert 2 < float((await desk.get("ticker/price", symbol="NEWUSDT"))["price"]) < 3
        sim.list_symbol("ETHUSDT")
        sim.list_symbol("WAVESUSDT")
        assert await trading() == before | {"NEWUSDT", "WAVESUSDT"}
        with pytest.raises(ValueError, match="must end"):
            sim.list_symbol("NEWKRW")


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("ping", {}, 1),
        ("time", {}, 1),
        ("exchangeInfo", {}, 20),
        ("depth", {"symbol": "BTCUSDT"}, 5),
        ("depth", {"symbol": "BTCUSDT", "limit": "100"}, 5),
        ("depth", {"symbol": "BTCUSDT", "limit": "101"}, 25),
        ("depth", {"symbol": "BTCUSDT", "limit": "1000"}, 50),
        ("depth", {"symbol": "BTCUSDT", "limit": "5000"}, 250),
        ("trades", {"symbol": "BTCUSDT"}, 25),
        ("aggTrades", {"symbol": "BTCUSDT"}, 4),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("uiKlines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
        ("ticker/24hr", {}, 80),
        ("ticker/price", {"symbol": "BTCUSDT"}, 2),
        ("ticker/price", {}, 4),
        ("ticker/bookTicker", {"symbol": "BTCUSDT"}, 2),
        ("ticker/bookTicker", {"symbols": '["BTCUSDT"]'}, 4),
    ],
)
async def test_each_request_costs_its_documented_weight(
    path: str, params: dict[str, str], weight: int
) -> None:
    async with exchange() as (sim, desk):
        await desk.ask(path, params)
        assert (desk.status, desk.used, sim.used_weight) == (200, weight, weight)


async def test_more_than_twenty_rolling_days_cost_forty() -> None:
    async with exchange(pairs=PAIRS) as (_, desk):
        names = [pair.symbol for pair in PAIRS[:21]]
        rows = await desk.get("ticker/24hr", symbols=json.dumps(names), type="MINI")
        assert [row["symbol"] for row in rows] == names
        assert desk.used == 40


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("ticker/price", {"symbol": "NOSUCHUSDT"}, -1121),
        ("ticker/price", {"symbols": '["BTCUSDT","NOSUCHUSDT"]'}, -1121),
        ("depth", {"symbol": "btcusdt"}, -1100),
        ("depth", {}, -1102),
        ("depth", {"symbol": "BTCUSDT", "limit": "many"}, -1100),
        ("aggTrades", {"symbol": "BTCUSDT", "limit": "0"}, -1130),
        ("aggTrades", {"symbol": "BTCUSDT", "fromId": ""}, -1105),
        ("aggTrades", {"symbol": "BTCUSDT", "fromId": "1", "startTime": "1"}, -1128),
        ("klines", {"symbol": "BTCUSDT"}, -1102),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "timeZone": "15"}, -1130),
        ("ticker/24hr", {"symbol": "BTCUSDT", "type": "TINY"}, -1139),
        ("ticker/24hr", {"symbol": "BTCUSDT", "symbols": '["ETHUSDT"]'}, -1128),
        ("ticker/price", {"symbols": "BTCUSDT,ETHUSDT"}, -1100),
        ("ticker/price", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ("exchangeInfo", {"symbolStatus": "SLEEPING"}, -1122),
        ("ticker/price", {"symbol": "WAVESUSDT", "symbolStatus": "TRADING"}, -1220),
        ("ticker/price", {"symbol": "BTCUSDT", "whale": "1"}, -1104),
    ],
)
async def test_bad_requests_get_status_400_and_binances_code(
    path: str, params: dict[str, str], code: int
) -> None:
    async with exchange() as (_, desk):
        body = await desk.ask(path, params)
        assert (desk.status, body["code"]) == (400, code)
        assert set(body) == {"code", "msg"}
        assert desk.used > 0, "a bad request costs weight too"


async def test_the_error_for_an_unknown_symbol_is_word_for_word() -> None:
    async with exchange() as (_, desk):
        body = await desk.get("ticker/price", symbol="NOSUCHUSDT")
        assert body == {"code": -1121, "msg": "Invalid symbol."}


async def test_parameters_sent_twice_and_unknown_time_units_are_errors() -> None:
    async with exchange() as (_, desk):
        twice = await desk.ask("depth", [("symbol", "BTCUSDT"), ("symbol", "ETHUSDT")])
        assert twice["code"] == -1101
        unit = await desk.ask("time", {}, **{"X-MBX-TIME-UNIT": "FORTNIGHT"})
        assert (desk.status, unit["code"]) == (400, -1194)


async def test_aggregates_are_found_by_id_by_time_and_newest_first_of_all() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(20_000)
        every = await desk.get("aggTrades", symbol="BTCUSDT", limit=1000)
        assert len(every) > 100
        assert list(every[0]) == ["a", "p", "q", "f", "l", "T", "m", "M"]
        assert all(DECIMAL.fullmatch(row["p"]) and DECIMAL.fullmatch(row["q"]) for row in every)
        for one, two in itertools.pairwise(every):
            assert two["a"] == one["a"] + 1
            assert two["f"] == one["l"] + 1
        some = every[10:20]
        by_id = await desk.get("aggTrades", symbol="BTCUSDT", fromId=some[0]["a"], limit=10)
        assert by_id == some, "fromId is inclusive"
        assert await desk.get("aggTrades", symbol="BTCUSDT", limit=3) == every[-3:]
        late = await desk.get("aggTrades", symbol="BTCUSDT", fromId=every[-1]["a"] + 1)
        assert late == []
        start, end = every[30]["T"], every[60]["T"]
        inside = [row for row in every if start <= row["T"] <= end]
        window = {"symbol": "BTCUSDT", "startTime": start, "endTime": end}
        assert await desk.get("aggTrades", **window) == inside
        assert await desk.get("aggTrades", **window, limit=2) == inside[:2]
        assert await desk.get("aggTrades", symbol="BTCUSDT", endTime=end, limit=2) == inside[-2:]
        micros = await desk.ask(
            "aggTrades", {"symbol": "BTCUSDT", "limit": "5"}, **{"X-MBX-TIME-UNIT": "MICROSECOND"}
        )
        assert [row["T"] // 1000 for row in micros] == [row["T"] for row in every[-5:]]


async def test_single_matches_add_up_to_the_aggregates() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(5_000)
        matches = {row["id"]: row for row in await desk.get("trades", symbol="BTCUSDT", limit=1000)}
        for row in await desk.get("aggTrades", symbol="BTCUSDT", limit=1000):
            parts = [matches[number] for number in range(row["f"], row["l"] + 1)]
            assert sum(float(part["qty"]) for part in parts) == pytest.approx(float(row["q"]))
            assert {part["price"] for part in parts} == {row["p"]}
            assert {part["time"] for part in parts} == {row["T"]}
            assert {part["isBuyerMaker"] for part in parts} == {row["m"]}


async def test_what_is_forgotten_is_not_there_though_ids_go_on() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(5_000)
        (newest,) = await desk.get("aggTrades", symbol="BTCUSDT", limit=1)
        sim.forget()
        assert await desk.get("aggTrades", symbol="BTCUSDT", fromId=newest["a"] - 10) == []
        assert await desk.get("trades", symbol="BTCUSDT") == []
        await sim.advance(5_000)
        rows = await desk.get("aggTrades", symbol="BTCUSDT", fromId=newest["a"] - 10)
        assert rows[0]["a"] == newest["a"] + 1


async def test_minute_bars_reach_back_a_day_and_longer_ones_are_made_of_them() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(90_000)
        minutes = await desk.get("klines", symbol="BTCUSDT", interval="1m", limit=1000)
        assert len(minutes) == 1000
        assert all(len(row) == 12 for row in minutes)
        assert minutes[-1][0] == START_MS + 60_000
        assert {row[6] - row[0] for row in minutes} == {59_999}
        start = minutes[0][0] - minutes[0][0] % 3_600_000 + 3_600_000
        inside = [row for row in minutes if start <= row[0] < start + 3_600_000]
        (hour,) = await desk.get(
            "klines", symbol="BTCUSDT", interval="1h", startTime=start, endTime=start
        )
        assert (hour[0], hour[6]) == (start, start + 3_599_999)
        assert (hour[1], hour[4]) == (inside[0][1], inside[-1][4])
        assert float(hour[2]) == max(float(row[2]) for row in inside)
        assert float(hour[3]) == min(float(row[3]) for row in inside)
        assert hour[8] == sum(row[8] for row in inside)
        for place in (5, 7, 9, 10):
            total = sum(float(row[place]) for row in inside)
            assert float(hour[place]) == pytest.approx(total)
        fives = await desk.get("klines", symbol="BTCUSDT", interval="5m", limit=288)
        assert all(row[0] % 300_000 == 0 for row in fives)
        first = await desk.get(
            "klines", symbol="BTCUSDT", interval="1m", startTime=minutes[0][0], limit=2
        )
        assert first == minutes[:2], "with a start, the oldest come first"
        (day,) = await desk.get("klines", symbol="BTCUSDT", interval="1d", timeZone="9", limit=1)
        assert day[0] % 86_400_000 == 54_000_000, "a Korean day begins at 15:00 UTC"


async def test_minute_bars_are_the_trades_that_were_streamed() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(60_000)
        rows = await desk.get(
            "aggTrades",
            symbol="PEPEUSDT",
            startTime=START_MS,
            endTime=START_MS + 59_999,
            limit=1000,
        )
        (bar,) = await desk.get(
            "klines", symbol="PEPEUSDT", interval="1m", startTime=START_MS, limit=1
        )
        assert 50 < len(rows) < 1000
        assert (bar[1], bar[4]) == (rows[0]["p"], rows[-1]["p"])
        assert bar[8] == rows[-1]["l"] - rows[0]["f"] + 1
        assert float(bar[5]) == sum(float(row["q"]) for row in rows)
        assert float(bar[9]) == sum(float(row["q"]) for row in rows if not row["m"])
        value = sum(float(row["q"]) * float(row["p"]) for row in rows)
        assert float(bar[7]) == pytest.approx(value)
        bought = sum(float(row["q"]) * float(row["p"]) for row in rows if not row["m"])
        assert float(bar[10]) == pytest.approx(bought)


async def test_bars_of_a_second_are_the_trades_that_were_streamed() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(60_000)
        rows = await desk.get("aggTrades", symbol="PEPEUSDT", startTime=START_MS, limit=1000)
        bars = await desk.get("klines", symbol="PEPEUSDT", interval="1s", limit=1000)
        assert [bar[0] for bar in bars] == list(range(bars[0][0], bars[-1][0] + 1, 1_000))
        assert bars[-1][0] // 1_000 == sim.now_ms // 1_000
        assert all(bar[6] == bar[0] + 999 for bar in bars)
        assert sum(bar[8] for bar in bars) == rows[-1]["l"] - rows[0]["f"] + 1
        close = None
        for bar in bars:
            some = [row for row in rows if row["T"] // 1_000 == bar[0] // 1_000]
            traded = [row["p"] for row in some]
            assert (bar[1], bar[4]) == ((traded[0], traded[-1]) if traded else (close, close))
            assert float(bar[5]) == pytest.approx(sum(float(row["q"]) for row in some))
            bought = sum(float(row["q"]) for row in some if not row["m"])
            assert float(bar[9]) == pytest.approx(bought)
            close = bar[4]
        assert bars[-10:] == await desk.get("klines", symbol="PEPEUSDT", interval="1s", limit=10)
        start = bars[5][0]
        later = await desk.get("klines", symbol="PEPEUSDT", interval="1s", startTime=start, limit=3)
        assert later == bars[5:8], "with a start, the oldest come first"


async def test_the_rolling_day_agrees_with_the_bars() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(61_000)
        day = await desk.get("ticker/24hr", symbol="BTCUSDT")
        first = await desk.get("klines", symbol="BTCUSDT", interval="1m", startTime=1, limit=1000)
        last = await desk.get("klines", symbol="BTCUSDT", interval="1m", limit=1000)
        bars = {row[0]: row for row in first + last}
        rows = [bars[open_ms] for open_ms in sorted(bars)][-1440:]
        assert day["openPrice"] == rows[0][1]
        assert day["lastPrice"] == rows[-1][4]
        assert float(day["highPrice"]) == max(float(row[2]) for row in rows)
        assert float(day["lowPrice"]) == min(float(row[3]) for row in rows)
        assert float(day["volume"]) == pytest.approx(sum(float(row[5]) for row in rows))
        assert day["count"] == sum(row[8] for row in rows)
        assert day["closeTime"] - day["openTime"] == 86_400_000
        change = float(day["lastPrice"]) - float(day["openPrice"])
        assert float(day["priceChange"]) == pytest.approx(change)
        percent = float(day["priceChangePercent"])
        assert percent == pytest.approx(100 * change / float(day["openPrice"]), abs=0.001)
        assert float(day["lowPrice"]) < float(day["weightedAvgPrice"]) < float(day["highPrice"])


async def test_rolling_days_come_one_several_or_all_full_or_mini() -> None:
    async with exchange() as (_, desk):
        full = await desk.get("ticker/24hr", symbol="ETHUSDT")
        mini = await desk.get("ticker/24hr", symbol="ETHUSDT", type="MINI")
        several = await desk.get("ticker/24hr", symbols='["ETHUSDT","BTCUSDT"]', type="MINI")
        every = await desk.get("ticker/24hr", type="MINI")
        assert set(full) == {
            "symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice",
            "lastPrice", "lastQty", "bidPrice", "bidQty", "askPrice", "askQty", "openPrice",
            "highPrice", "lowPrice", "volume", "quoteVolume", "openTime", "closeTime", "firstId",
            "lastId", "count",
        }  # fmt: skip
        assert set(mini) == {
            "symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume",
            "openTime", "closeTime", "firstId", "lastId", "count",
        }  # fmt: skip
        assert mini.items() <= full.items()
        assert [row["symbol"] for row in several] == ["ETHUSDT", "BTCUSDT"]
        assert several[0] == mini
        assert [row["symbol"] for row in every] == [pair.symbol for pair in SMALL]


async def test_the_book_its_best_and_the_last_price_agree() -> None:
    async with exchange() as (sim, desk):
        await sim.advance(3_000)
        book = await desk.get("depth", symbol="BTCUSDT", limit=20)
        best = await desk.get("ticker/bookTicker", symbol="BTCUSDT")
        assert set(book) == {"lastUpdateId", "bids", "asks"}
        assert (len(book["bids"]), len(book["asks"])) == (20, 20)
        assert [best["bidPrice"], best["bidQty"]] == book["bids"][0]
        assert [best["askPrice"], best["askQty"]] == book["asks"][0]
        bids = [float(price) for price, _ in book["bids"]]
        asks = [float(price) for price, _ in book["asks"]]
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] < asks[0]
        deep = await desk.get("depth", symbol="BTCUSDT", limit=5000)
        assert deep["bids"][:20] == book["bids"]
        (newest,) = await desk.get("aggTrades", symbol="BTCUSDT", limit=1)
        assert (await desk.get("ticker/price", symbol="BTCUSDT"))["price"] == newest["p"]
        assert len(await desk.get("ticker/price")) == len(SMALL)


async def test_too_much_weight_is_refused_until_the_next_minute() -> None:
    async with exchange(pairs=SMALL[:1]) as (sim, desk):
        for _ in range(24):
            await desk.get("depth", symbol="BTCUSDT", limit=5000)
        assert (desk.status, desk.used) == (200, 6000)
        body = await desk.get("ping")
        assert (desk.status, desk.retry_after_s) == (429, 60)
        assert body["code"] == -1003
        assert "6000 request weight per 1 MINUTE" in body["msg"]
        await sim.advance(59_000)
        await desk.get("ping")
        assert (desk.status, desk.retry_after_s) == (429, 1)
        await sim.advance(1_000)
        await desk.get("ping")
        assert (desk.status, desk.used) == (200, 1)


async def test_going_on_after_429_is_a_ban_of_two_minutes() -> None:
    async with exchange(pairs=SMALL[:1]) as (sim, desk):
        for _ in range(24):
            await desk.get("depth", symbol="BTCUSDT", limit=5000)
        for _ in range(5):
            await desk.get("ping")
            assert desk.status == 429
        body = await desk.get("ping")
        assert (desk.status, desk.retry_after_s, body["code"]) == (418, 120, -1003)
        await sim.advance(119_000)
        await desk.get("ping")
        assert (desk.status, desk.retry_after_s) == (418, 1)
        await sim.advance(1_000)
        await desk.get("ping")
        assert desk.status == 200


def test_bans_grow_but_not_beyond_three_days() -> None:
    weights = Weights()
    now_ms, waits = 0.0, []
    for _ in range(15):
        refusal = None
        while refusal is None or refusal.status != 418:
            refusal = weights.spend(now_ms, 6000)
        assert refusal.retry_after_s is not None
        waits.append(refusal.retry_after_s)
        now_ms += refusal.retry_after_s * 1000
        now_ms += -now_ms % 60_000
    assert waits[:3] == [120, 240, 480]
    assert waits[-1] == 3 * 86_400


def test_three_hundred_attempts_in_any_five_minutes_are_allowed() -> None:
    attempts = Attempts()
    assert all(attempts.try_one(second * 1000) is None for second in range(300))
    refusal = attempts.try_one(299_500)
    assert refusal is not None
    assert refusal.status == 429
    assert attempts.try_one(302_000) is None


async def test_refusals_on_order_come_as_often_as_told() -> None:
    async with exchange() as (sim, desk):
        sim.refuse(418, times=2, retry_after=30, doors=["rest"])
        statuses = []
        for _ in range(3):
            await desk.get("ping")
            statuses.append((desk.status, desk.retry_after_s))
        assert statuses == [(418, 30), (418, 30), (200, None)]


async def test_an_unknown_path_is_not_found() -> None:
    async with (
        exchange() as (sim, _),
        aiohttp.ClientSession() as http,
        http.get(f"{sim.rest_url}/api/v3/historicalTrades") as answer,
    ):
        assert answer.status == 404
