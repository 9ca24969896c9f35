"""Frames of USDⓈ-M futures: the shapes of the exchange's documents, and recorded ones whole."""

import collections
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import FrameError
from pipeline.model import ALL, Book, BookDelta, Candle, Feed, Liquidation, Mark, Quote, Trade
from pipeline.sources.binance_frames import FrameParser, stream_name
from pipeline.sources.recording import Tally, read

AT = 1_760_000_000_123
NAME = "binance-futures:BTCUSDT"


def parsed(stream: str, data: Any, parser: FrameParser | None = None) -> Any:
    frame = json.dumps({"stream": stream, "data": data}, separators=(",", ":")).encode()
    return (parser or FrameParser(venue="binance-futures")).parse(frame, AT)


def mark(**changes: Any) -> dict[str, Any]:
    return {
        "e": "markPriceUpdate", "E": AT, "s": "BTCUSDT", "p": "65000.5", "ap": "65000.4",
        "P": "65001", "i": "65010", "r": "-0.00012500", "T": AT + 5, "st": 1, **changes,
    }  # fmt: skip


def forced(side: str = "SELL", st: int = 1, **changes: Any) -> dict[str, Any]:
    order = {
        "s": "BTCUSDT", "S": side, "o": "LIMIT", "f": "IOC", "q": "0.020", "p": "64000",
        "ap": "64010", "X": "FILLED", "l": "0.004", "z": "0.014", "T": AT - 7, **changes,
    }  # fmt: skip
    return {"e": "forceOrder", "E": AT, "o": order, "ps": "BTCUSDT", "st": st}


def test_streams_have_the_names_of_the_exchange() -> None:
    assert stream_name(Feed(ALL, "mark")) == "!markPrice@arr"
    assert stream_name(Feed(ALL, "liquidation")) == "!forceOrder@arr"
    assert stream_name(Feed("BTCUSDT", "liquidation")) == "btcusdt@forceOrder"


def test_a_valuation_has_both_prices_and_the_rate() -> None:
    expected = Mark(NAME, 65_000.5, 65_010.0, -0.000125, AT + 5, AT)
    assert parsed("btcusdt@markPrice", mark()) == expected
    assert parsed("btcusdt@markPrice@1s", mark()) == expected
    assert parsed("!markPrice@arr@1s", [mark(), mark(s="ETHUSDT")])[0] == expected


def test_a_sell_order_closed_a_long_and_a_buy_order_a_short() -> None:
    assert parsed("btcusdt@forceOrder", forced()) == [
        Liquidation(NAME, "long", 64_010.0, 0.014, AT - 7)
    ]
    assert parsed("!forceOrder@arr", forced("BUY"))[0].position == "short"
    assert len(parsed("!forceOrder@arr", [forced(), forced("BUY")])) == 2


def test_what_was_filled_counts_and_not_what_was_ordered() -> None:
    (event,) = parsed("!forceOrder@arr", forced())
    assert event.notional == pytest.approx(0.014 * 64_010)


def test_coin_margined_and_expiring_contracts_and_empty_orders_are_left_out_and_counted() -> None:
    parser = FrameParser(venue="binance-futures")
    rows = [mark(st=2), mark(s="BTCUSDT_260327", r="", T=0), mark(s="BTCUSD_PERP"), mark()]
    del rows[2]["i"], rows[2]["st"]
    assert len(parsed("!markPrice@arr", rows, parser)) == 1
    assert parsed("!forceOrder@arr", forced(st=2), parser) == []
    assert parsed("!forceOrder@arr", forced(z="0"), parser) == []
    assert (parser.ignored, parser.bad) == (5, 0)


def test_without_the_field_a_contract_is_margined_in_dollars() -> None:
    row = mark()
    del row["st"]
    assert isinstance(parsed("btcusdt@markPrice", row), Mark)


def test_one_odd_row_does_not_cost_the_others() -> None:
    parser = FrameParser(venue="binance-futures")
    rows = [mark(r="7"), mark(p=None), mark(r="x"), mark()]
    assert len(parsed("!markPrice@arr", rows, parser)) == 1
    assert parser.bad == 3
    assert parsed("!forceOrder@arr", [forced("HOLD"), forced()], parser)[0].position == "long"
    assert parser.bad == 4


@pytest.mark.parametrize("data", [{}, {"o": 5}, [1], "x", mark(T=-1), {"e": "forceOrder"}])
def test_what_the_protocol_does_not_say_is_refused(data: Any) -> None:
    with pytest.raises(FrameError):
        parsed("btcusdt@markPrice", data)
    with pytest.raises(FrameError):
        parsed("!forceOrder@arr", data)


def test_raw_frames_are_told_by_their_type() -> None:
    parser = FrameParser(venue="binance-futures")
    assert isinstance(parser.parse(json.dumps(mark()).encode(), AT), Mark)
    (event,) = parser.parse(json.dumps(forced()).encode(), AT)  # type: ignore[misc]
    assert isinstance(event, Liquidation)


OF_STREAM = {
    "trade": Trade, "aggTrade": Trade, "bookTicker": Quote, "depth": BookDelta, "kline": Candle,
}  # fmt: skip


def test_recorded_frames_are_read_without_loss(recordings: Path) -> None:
    """Every frame of the recording is one event of its stream's kind, but for trades outside the
    market, which futures announce with price or quantity 0."""
    path = recordings / "frames" / "usdm_btcusdt_20240808.ndjson.gz"
    sent: collections.Counter[type] = collections.Counter()
    outside = 0
    with gzip.open(path, "rb") as lines:
        for line in lines:
            stream = re.search(rb'"stream": ?"[^"@]+@(\w+)', line)
            if stream is None:
                continue  # the REST snapshot
            if b"@trade" in line and re.search(rb'"[pq]": ?"0(\.0*)?"', line):
                outside += 1
            else:
                sent[OF_STREAM[stream.group(1).decode()]] += 1
    tally = Tally()
    told: collections.Counter[type] = collections.Counter()
    for event in read([path], tally):
        assert getattr(event, "symbol", "").startswith("binance-futures:")
        told[next(kind for kind in (*sent, Book) if isinstance(event, kind))] += 1
    assert tally.unreadable == 0, tally.samples
    assert told[Trade] > 1_000
    assert {kind: told[kind] for kind in sent} == dict(sent)
