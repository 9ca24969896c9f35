"""Upbit's frames: all four formats, recorded ones without loss, and what is none."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FrameError
from pipeline.model import Book, Trade, WonTicker
from pipeline.sources.simulated.upbit import _SHORT
from pipeline.sources.upbit_frames import Alive, Refusal, parse, request

AT = 1_768_176_201_000
TICKER = {
    "type": "ticker", "code": "KRW-BTC", "opening_price": 90e6, "trade_price": 91_000_000.0,
    "signed_change_rate": 0.012, "acc_trade_price_24h": 3.1e11, "ask_bid": "BID",
    "trade_timestamp": AT, "timestamp": AT + 40, "market_state": "ACTIVE",
    "is_trading_suspended": False, "delisting_date": None, "stream_type": "REALTIME",
}  # fmt: skip
SEEN = WonTicker("upbit:KRW-BTC", 91e6, AT, AT + 40, 1.2, 3.1e11)


def bytes_of(value: object) -> bytes:
    return json.dumps(value).encode()


def in_short(row: dict[str, object]) -> dict[str, object]:
    return {_SHORT[name]: value for name, value in row.items()}


@pytest.mark.parametrize(
    "frame",
    [TICKER, in_short(TICKER), [TICKER], [in_short(TICKER)]],
    ids=["DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"],
)
def test_a_ticker_is_the_same_in_every_format(frame: object) -> None:
    assert parse(bytes_of(frame)) == [SEEN]


def test_a_coin_that_is_not_traded_now_is_marked() -> None:
    for change in ({"is_trading_suspended": True}, {"market_state": "DELISTED"}):
        (event,) = parse(bytes_of(TICKER | change))
        assert isinstance(event, WonTicker)
        assert event.halted


def test_answers_are_no_events() -> None:
    said = bytes_of({"error": {"name": "NO_CODES", "message": "codes is missing"}})
    assert parse(said) == [Refusal("NO_CODES", "codes is missing")]
    assert parse(b'{"status":"UP"}') == [Alive()]


@pytest.mark.parametrize(
    "frame",
    [
        b"", b"null", b"[]]", b"{}", b"\xff\xfe", b'{"status":"DOWN"}', b'"ticker"', b"[" * 5_000,
        *(
            bytes_of(TICKER | change)
            for change in (
                {"type": "whale"}, {"code": "BTC"}, {"code": "-BTC"}, {"code": "KRW--"},
                {"trade_price": 0}, {"trade_price": -1}, {"trade_price": "91"},
                {"trade_timestamp": "now"}, {"signed_change_rate": 1e307},
            )
        ),
        bytes_of({**TICKER, "trade_price": 91}).replace(b"91", b"1e999"),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_said_to_be_none(frame: bytes) -> None:
    with pytest.raises(FrameError):
        parse(frame)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for frame in (data, bytes_of(TICKER)[: len(data)] + data):
        try:
            parse(frame)
        except FrameError:
            continue


def test_a_request_names_all_codes_and_asks_for_newest_prices_first() -> None:
    ticket, asked, form = json.loads(request({"KRW-ETH", "KRW-BTC"}))
    assert len(ticket["ticket"]) > 10
    assert asked == {"type": "ticker", "codes": ["KRW-BTC", "KRW-ETH"]}
    assert form == {"format": "DEFAULT"}


def test_recorded_frames_are_read_without_loss(recordings: Path) -> None:
    """Half a minute of trades and order books in the format SIMPLE, of 2021."""
    count = {"trade": 0, "orderbook": 0}
    for line in (recordings / "samples" / "upbit.log").read_text().splitlines():
        found = re.fullmatch(r"[\d.]+: b'(.*)'", line)
        if found is None:
            continue
        row = json.loads(found[1])
        (event,) = parse(found[1].encode())
        count[row["ty"]] += 1
        if isinstance(event, Trade):
            assert event.symbol == f"upbit:{row['cd']}"
            assert (event.id, event.at_ms, event.price) == (row["sid"], row["ttms"], row["tp"])
            assert (event.quantity, event.side) == (
                row["tv"],
                {"ASK": "sell", "BID": "buy"}[row["ab"]],
            )
        else:
            assert isinstance(event, Book)
            assert (event.symbol, event.at_ms) == (f"upbit:{row['cd']}", row["tms"])
            assert [list(level) for level in event.bids] == [[u["bp"], u["bs"]] for u in row["obu"]]
            assert [list(level) for level in event.asks] == [[u["ap"], u["as"]] for u in row["obu"]]
    assert count == {"trade": 304, "orderbook": 145}
