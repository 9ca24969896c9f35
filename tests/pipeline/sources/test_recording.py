"""Recordings: every format reads to the same events, and what cannot be read is counted."""

import gzip
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import RecordingError
from pipeline.model import Book, BookDelta, Candle, Event, Quote, Trade
from pipeline.sources.recording import Tally, read

START_MS = 1_723_161_600_000


def frame(number: int, at_ms: int, symbol="BTCUSDT", **more) -> str:
    data = {
        "e": "trade",
        "E": START_MS + at_ms,
        "s": symbol,
        "t": number,
        "p": "61686.00000000",
        "q": "0.01000000",
        "T": START_MS + at_ms,
        "m": False,
        "M": True,
        **more,
    }
    stream = f"{symbol.lower()}@trade"
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"))


def recorded(numbers: Iterable[int], every_ms=100, **more) -> str:
    return "".join(
        f"{(START_MS + n * every_ms) * 1_000_000} {frame(n, n * every_ms, **more)}\n"
        for n in numbers
    )


def expected(numbers: Iterable[int], every_ms=100, symbol="BTCUSDT") -> list[tuple]:
    return [
        plain(Trade(symbol, n, 61_686.0, 0.01, START_MS + n * every_ms, False)) for n in numbers
    ]


def plain(event: Event) -> tuple:
    return msgspec.structs.astuple(event)


def events_of(*paths: Path, tally: Tally | None = None, symbols=()) -> list[Event]:
    return list(read(paths, tally or Tally(), symbols))


def whole(*paths: Path) -> list[tuple]:
    """The events of files in which every line can be read."""
    events = events_of(*paths, tally=(tally := Tally()))
    assert (tally.unreadable, tally.samples) == (0, [])
    return [plain(event) for event in events]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        if name.endswith(".gz"):
            data = gzip.compress(data)
        path.write_bytes(data)
        return path

    return write


def archive(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "."), content)
    return path


# --- frame recordings ----------------------------------------------------------------------------

BOOK_TICKER = (
    '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}}'
)


@pytest.mark.parametrize("colon", ["", ":"])
@pytest.mark.parametrize(
    "stamp", ["1723161600250123456", "1723161600250123", "1723161600250", "1723161600.250123"]
)
def test_a_receive_time_is_in_any_unit_with_or_without_a_colon(file, stamp, colon):
    """A quote has no time of its own: its stamp shows how the receive time was read."""
    path = file("frames.log", f"{stamp}{colon} {BOOK_TICKER}\n")
    (quote,) = events_of(path)
    assert quote.at_ms == START_MS + 250


def test_quotes_are_stamped_by_the_exchange_s_clock_and_not_the_recorder_s(file):
    late = START_MS - 1_272  # the recorder is behind
    lines = [f"{late + 100} {frame(1, 100)}", f"{late + 350} {BOOK_TICKER}"]
    quote = events_of(file("frames.log", "\n".join(lines)))[1]
    assert quote.at_ms == START_MS + 350


@pytest.mark.parametrize("name", ["frames.ndjson", "frames.ndjson.gz", "frames.log", "noname"])
def test_a_recording_reads_plain_and_packed(file, name):
    assert whole(file(name, recorded(range(50)))) == expected(range(50))


def test_every_member_of_a_zip_is_read(tmp_path):
    one, two = recorded(range(0, 20, 2)), recorded(range(1, 20, 2))
    path = archive(tmp_path / "frames.zip", one__ndjson=one, two__ndjson=two)
    assert whole(path) == expected(range(20))


def test_line_ends_and_blank_lines_do_not_matter(file):
    text = "\r\n\n" + recorded(range(5)).replace("\n", "\r\n\r\n") + "  \n"
    assert whole(file("frames.log", text)) == expected(range(5))
    assert whole(file("cut.log", recorded(range(5)).rstrip("\n"))) == expected(range(5))


def test_spaces_within_the_json_do_not_matter(file):
    lines = [
        f"{START_MS + n * 100} {json.dumps(json.loads(frame(n, n * 100)))}\n" for n in range(9)
    ]
    assert whole(file("frames.log", "".join(lines))) == expected(range(9))


def test_the_head_of_a_capture_is_no_unreadable_line(file):
    head = "wss://stream.binance.com:9443/stream?streams=btcusdt@trade <-> 1633998511.159679\n"
    assert whole(file("capture.log", head + recorded(range(5)))) == expected(range(5))


def test_everything_before_a_cut_is_read(tmp_path):
    """A recorder that crashed leaves a .gz without an end."""
    content = recorded(range(3_000)).encode()
    packed = gzip.compress(content)
    for share in (0.2, 0.5, 0.97):
        cut = packed[: int(len(packed) * share)]
        path = tmp_path / f"{share}.ndjson.gz"
        path.write_bytes(cut)
        readable = b""
        with gzip.open(io.BytesIO(cut)) as reader, pytest.raises(EOFError):
            while True:
                readable += reader.read1()
        assert len(readable) > 1_000
        assert whole(path) == expected(range(readable.count(b"\n")))


def test_a_gzip_damaged_in_the_middle_is_an_error_that_names_the_file(tmp_path):
    packed = bytearray(gzip.compress(recorded(range(3_000)).encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    path = tmp_path / "damaged.ndjson.gz"
    path.write_bytes(packed)
    seen = []
    with pytest.raises(RecordingError, match="damaged"):
        seen.extend(plain(event) for event in read([path], Tally()))
        raise AssertionError("damage was not noticed")


def test_events_before_the_damage_are_delivered_before_the_error(tmp_path):
    packed = gzip.compress(recorded(range(500)).encode())
    path = tmp_path / "damaged.ndjson.gz"
    path.write_bytes(packed + b"no gzip member")
    seen = []
    with pytest.raises(RecordingError):
        for event in read([path], Tally()):
            seen.append(plain(event))  # noqa: PERF401 (what came before the error counts)
    assert seen == expected(range(500))


SNAPSHOT = f'{START_MS + 250} {{"lastUpdateId":7,"bids":[["1","2"]],"asks":[["3","4"]]}}\n'


def test_a_rest_snapshot_belongs_to_the_file_s_only_symbol(file):
    path = file("frames.log", recorded(range(3)) + SNAPSHOT)
    (book,) = (e for e in events_of(path) if isinstance(e, Book))
    assert plain(book) == ("BTCUSDT", ((1.0, 2.0),), ((3.0, 4.0),), 7, START_MS + 250)


def test_a_rest_snapshot_among_several_symbols_is_nobody_s(file):
    text = recorded(range(3)) + recorded(range(3), symbol="ETHUSDT") + SNAPSHOT
    events = events_of(file("frames.log", text), tally=(tally := Tally()))
    assert len(events) == 6
    assert tally.unreadable == 1
    assert "book without a symbol" in tally.samples[0]


@pytest.mark.parametrize(
    "sign",
    [
        frame(9, 900, X="MARKET"),
        '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161600900,'
        '"T":1723161600900,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[],"a":[]}}',
        '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1",'
        '"B":"1","a":"2","A":"1","T":1723161600900,"E":1723161600900}}',
        '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161600900,"s":"BTCUSDT",'
        '"a":1,"p":"1","q":"1","nq":"1","f":9,"l":9,"T":1723161600900,"m":true}}',
        '{"stream": "btcusdt@markPrice", "data": {"e": "markPriceUpdate", "s": "BTCUSDT"}}',
        '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1,"o":{"s":"BTCUSDT"}}}',
        '{"stream":"btcusdt@somethingNew","data":{"e":"new","s":"BTCUSDT","ps":"BTCUSDT"}}',
    ],
)
def test_futures_are_told_by_fields_that_spot_does_not_have(file, sign):
    path = file("frames.log", recorded(range(3)) + f"{START_MS + 900} {sign}\n")
    assert {e.symbol for e in events_of(path)} == {"binance-futures:BTCUSDT"}


def test_spot_and_futures_of_one_symbol_stay_apart(file):
    spot = file("spot.log", recorded(range(3)))
    futures = file("futures.log", recorded(range(3), X="MARKET"))
    symbols = [event.symbol for event in events_of(spot, futures)]
    assert symbols == ["BTCUSDT", "binance-futures:BTCUSDT"] * 3
    assert len(events_of(spot, futures, symbols=["btcusdt"])) == 6, "the bare name means both"


def test_lines_that_cannot_be_read_are_counted_and_the_first_few_kept(file):
    garbage = [
        "no frame",
        "1723161600000 {",
        "1723161600000 {}",
        "\xff\x00",
        f"{'1' * 400} {BOOK_TICKER}",
    ]
    garbage += [f"1723161600000 {{ {n}" for n in range(5)]
    lines = recorded(range(20)).splitlines()
    mixed = [line for pair in itertools.zip_longest(lines, garbage) for line in pair if line]
    events = events_of(file("frames.log", "\n".join(mixed)), tally=(tally := Tally()))
    assert [plain(event) for event in events] == expected(range(20))
    assert tally.unreadable == len(garbage)
    assert len(tally.samples) == 5
    assert tally.samples[0].startswith("frames.log:2: ")


def test_a_recording_may_begin_in_the_middle_of_a_line(file):
    text = '"0.5"],["61.2","0.1"]]}}\n' + recorded(range(5))
    events = events_of(file("frames.log", text), tally=(tally := Tally()))
    assert [plain(event) for event in events] == expected(range(5))
    assert tally.unreadable == 1


def test_streams_nobody_uses_are_passed_over(file):
    ignored = f'{START_MS} {{"stream":"btcusdt@avgPrice","data":{{"e":"avgPrice"}}}}\n'
    assert whole(file("frames.log", ignored + recorded(range(3)))) == expected(range(3))


# --- exchange CSV files --------------------------------------------------------------------------

TRADE_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker\n"
SPOT_TRADE_ROWS = "".join(
    f"{n},61686.00000000,0.01000000,616.86,{START_MS + n * 100},False,True\n" for n in range(5)
)
FUTURES_TRADE_ROWS = "".join(
    f"{n},61686.0,0.01,616.86,{START_MS + n * 100},false\n" for n in range(5)
)
AGG_HEADER = (
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
)
AGG_ROWS = "".join(
    f"{n},61686.00000000,0.01,{10 * n},{10 * n + 9},{START_MS + n * 100},True,True\n"
    for n in range(5)
)
KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n"
)


def kline_rows(step_ms=60_000, scale=1) -> str:
    return "".join(
        f"{(START_MS + n * step_ms) * scale},1.0,4.0,0.5,2.0,10.0,"
        f"{(START_MS + (n + 1) * step_ms) * scale - 1},20.0,3,5.0,10.0,0\n"
        for n in range(3)
    )


@pytest.mark.parametrize("rows", [SPOT_TRADE_ROWS, FUTURES_TRADE_ROWS])
@pytest.mark.parametrize("head", ["", TRADE_HEADER])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_csv_file_of_trades_is_named_after_its_symbol(file, head, rows, suffix):
    path = file(f"btcusdt-trades-2024-08-09.csv{suffix}", head + rows)
    assert whole(path) == expected(range(5))


@pytest.mark.parametrize("head", ["", AGG_HEADER])
@pytest.mark.parametrize("rows", [AGG_ROWS, AGG_ROWS.replace("True,True", "true")])
def test_a_csv_file_of_aggregates_names_the_matches_behind_them(file, head, rows):
    trades = events_of(file("BTCUSDT-aggTrades-2024-08-09.csv", head + rows))
    assert [(t.id, t.first_id, t.last_id, t.fills, t.side) for t in trades] == [
        (n, 10 * n, 10 * n + 9, 10, "sell") for n in range(5)
    ]


@pytest.mark.parametrize("head", ["", KLINE_HEADER])
@pytest.mark.parametrize(
    ("step_ms", "interval"),
    [(1_000, "1s"), (60_000, "1m"), (900_000, "15m"), (14_400_000, "4h"), (86_400_000, "1d")],
)
def test_a_csv_file_of_klines_becomes_closed_candles(file, head, step_ms, interval):
    bars = events_of(file("BTCUSDT-1m-2024-08.csv", head + kline_rows(step_ms)))
    assert bars[1] == Candle(
        symbol="BTCUSDT",
        interval=interval,
        open_ms=START_MS + step_ms,
        close_ms=START_MS + 2 * step_ms - 1,
        open=1.0,
        high=4.0,
        low=0.5,
        close=2.0,
        volume=10.0,
        quote_volume=20.0,
        trades=3,
        taker_buy_volume=5.0,
        taker_buy_quote_volume=10.0,
        closed=True,
        at_ms=START_MS + 2 * step_ms - 1,
    )
    assert len(bars) == 3


def test_microseconds_in_a_csv_file_are_kept(file):
    rows = SPOT_TRADE_ROWS.replace(",False", "987,False")
    trades = events_of(file("BTCUSDT-trades-2025-01-01.csv", rows))
    assert [(t.at_ms, t.micros) for t in trades] == [(START_MS + n * 100, 987) for n in range(5)]
    bars = events_of(file("BTCUSDT-1m-2025-01.csv", kline_rows(scale=1_000)))
    assert (bars[0].open_ms, bars[0].close_ms) == (START_MS, START_MS + 59_999)


@pytest.mark.parametrize("stamp", ["1723161600.250123", "1723161600250123", "1723161600250123456"])
def test_a_time_in_a_csv_file_is_in_any_unit(file, stamp):
    (trade,) = events_of(file("BTCUSDT-trades-1.csv", f"1,61686,0.01,1,{stamp},False\n"))
    assert (trade.at_ms, trade.micros) == (START_MS + 250, 123)
    (trade,) = events_of(file("x.csv", NAMED_HEADER + named_row(0).replace(f"{START_MS}", stamp)))
    assert (trade.at_ms, trade.micros) == (START_MS + 250, 123)


def test_whole_seconds_in_a_csv_file_are_seconds(file):
    """They were taken for milliseconds of January 1970."""
    for stamp in ("1723161600", "1723161600.0"):
        (trade,) = events_of(file("BTCUSDT-trades-1.csv", f"1,61686,0.01,1,{stamp},False\n"))
        assert (trade.at_ms, trade.micros) == (START_MS, 0)


def test_a_zip_of_an_exchange_s_csv_files_reads_like_them(tmp_path):
    path = archive(
        tmp_path / "month.zip",
        **{"BTCUSDT-trades-1__csv": SPOT_TRADE_ROWS, "ETHUSDT-trades-1__csv": SPOT_TRADE_ROWS},
    )
    assert [e.symbol for e in events_of(path)] == ["BTCUSDT", "ETHUSDT"] * 5


def test_rows_that_cannot_be_read_are_counted(file):
    odd = [
        "x,61686,0.01,1,1723161600000,False,True",
        "7,-1,0.01,1,1723161600000,False,True",
        "7,nan,0.01,1,1723161600000,False,True",
        "7,1,0,1,1723161600000,False,True",
        "7,1,1,1,1723161600000,perhaps,True",
        "7,1,1,1,0,False,True",
        "7,1,1,1,99999999999999999999,False,True",
        "7,1",
        '"',
        '7,"1',
        "x" * 200_000,
        '"' + "x" * 200_000,
    ]
    text = SPOT_TRADE_ROWS + "\n".join(odd) + "\n" + SPOT_TRADE_ROWS
    events = events_of(file("BTCUSDT-trades-1.csv", text), tally=(tally := Tally()))
    assert len(events) == 10, "a stray quote costs its own line and not the rest"
    assert tally.unreadable == len(odd)
    assert tally.lines == 10 + len(odd)


# --- trade CSV files with names of columns -------------------------------------------------------

NAMED_HEADER = "symbol,timestamp,datetime,side,price,amount,btc_volume\n"


def named_row(n: int, side="buy", amount="5.69") -> str:
    return f"APPC/BTC,{START_MS + n * 100},then,{side},3.54e-05,{amount},0.0002\n"


def test_columns_are_found_by_their_names(file):
    text = "price,amount,Side,timestamp,symbol\n0.5,2,SELL,1723161600000,appc-btc\n"
    (trade,) = events_of(file("whatever.csv", text))
    assert plain(trade) == ("APPCBTC", -1, 0.5, 2.0, START_MS, True, 0, -1, -1, False)


def test_the_side_of_a_named_trade_is_the_taker_s(file):
    rows = NAMED_HEADER + named_row(0, "buy") + named_row(1, "sell")
    assert [t.side for t in events_of(file("APPC_2020.csv.gz", rows))] == ["buy", "sell"]


def test_exact_duplicates_without_an_id_are_dropped_and_counted(file):
    rows = [
        named_row(0),
        named_row(0, amount="7"),
        named_row(0),  # a duplicate that does not follow its original
        named_row(1),
        named_row(1),
        named_row(2),
    ]
    events = events_of(file("x.csv", NAMED_HEADER + "".join(rows)), tally=(tally := Tally()))
    assert [t.quantity for t in events] == [5.69, 7.0, 5.69, 5.69]
    assert (tally.duplicates, tally.unreadable) == (2, 0)


def test_rows_without_an_id_that_two_files_have_are_one_trade(file):
    """Two days of a pair around each of two pumps overlap where those lie three days apart."""
    rows = [named_row(n // 3, amount=f"{n + 1}.5") for n in range(30)]
    whole_file = file("x.csv", NAMED_HEADER + "".join(rows))
    parts = [file(f"{n}.csv", NAMED_HEADER + "".join(rows[n : n + 20])) for n in (0, 5, 10)]
    for paths in (parts, parts[::-1], [whole_file, whole_file], [*parts, whole_file]):
        trades = events_of(*paths, tally=(tally := Tally()))
        assert sorted(t.quantity for t in trades) == [n + 1.5 for n in range(30)]
        assert [t.at_ms for t in trades] == [START_MS + n // 3 * 100 for n in range(30)]
        assert tally.duplicates == tally.lines - len(trades)


def test_what_differs_within_one_file_is_not_the_same_trade(file):
    """For instance by a column of which nobody here knows."""
    header, row = "symbol,timestamp,side,price,amount,more\n", "BTCUSDT,1723161600000,buy,1,1"
    one = file("1.csv", f"{header}{row},a\n{row},b\n{row},b\n")
    other = file("2.csv", f"{header}BTCUSDT,1723161600000,buy,1,2,c\n")
    assert [t.quantity for t in events_of(one, other)] == [1, 1, 2]


def test_rows_with_an_id_are_told_apart_by_it(file):
    text = "id,symbol,timestamp,side,price,amount\n" + "".join(
        f"{n},BTCUSDT,1723161600000,buy,1,1\n" for n in (5, 6, 6)
    )
    assert [t.id for t in events_of(file("x.csv", text))] == [5, 6, 6], "the loop counts by id"


def test_a_named_row_with_another_side_is_unreadable(file):
    rows = NAMED_HEADER + named_row(0, "bid") + named_row(1)
    events = events_of(file("x.csv", rows), tally=(tally := Tally()))
    assert (len(events), tally.unreadable) == (1, 1)


def test_quoted_columns_and_a_byte_order_mark_are_understood(file):
    head = '\ufeff"symbol","timestamp","side","price","amount"\n'
    (trade,) = events_of(file("x.csv", head + '"BTCUSDT",1723161600000,"buy","1","2"\n'))
    assert (trade.symbol, trade.quantity) == ("BTCUSDT", 2.0)


# --- several files -------------------------------------------------------------------------------


def test_several_files_are_merged_by_event_time(file):
    paths = [
        file("a.log", recorded(range(0, 30, 3))),
        file("b.log.gz", recorded(range(1, 30, 3))),
        file(
            "BTCUSDT-trades-1.csv",
            TRADE_HEADER
            + "".join(
                f"{n},61686,0.01,616.86,{START_MS + n * 100},False\n" for n in range(2, 30, 3)
            ),
        ),
    ]
    assert whole(*paths) == expected(range(30))
    assert whole(*reversed(paths)) == expected(range(30))


@given(st.lists(st.lists(st.integers(0, 40), max_size=25), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_event_of_every_file_comes_once_and_in_order(tmp_path, files):
    paths = []
    for number, times in enumerate(files):
        path = tmp_path / f"{number}.log"
        path.write_text(
            "".join(
                f"{START_MS} {frame(1_000 * number + n, at_ms)}\n" for n, at_ms in enumerate(times)
            )
            + f"{START_MS} {frame(1_000 * number + 999, 50)}\n"
        )
        paths.append(path)
    events = events_of(*paths)
    assert [e.at_ms for e in events] == sorted(e.at_ms for e in events)
    assert sorted(e.id for e in events) == sorted(
        1_000 * number + n for number, times in enumerate(files) for n in [*range(len(times)), 999]
    )


def test_what_was_recorded_a_little_out_of_order_is_put_right(file):
    numbers = [n + (7 if n % 2 else 0) for n in range(2_000)]
    assert whole(file("frames.log", recorded(numbers))) == expected(sorted(numbers))


def test_rows_of_one_time_come_in_the_order_of_their_ids(file):
    """The fills of an order are one order whatever else stands between their rows."""
    times = [f"{START_MS}100", f"{START_MS}300", f"{START_MS}300", f"{START_MS + 1}000"]
    rows = [f"{n},61686,0.01,616.86,{at},False\n" for n, at in enumerate(times, 1)]
    for mixed in itertools.permutations(rows):
        trades = events_of(file("BTCUSDT-trades-1.csv", "".join(mixed)))
        assert [trade.id for trade in trades] == [1, 2, 3, 4]


def test_a_time_far_in_the_future_holds_nothing_up(file):
    """One damaged stamp must not keep a file behind all others."""
    text = recorded(range(100)) + f"{START_MS} {frame(999, 10**12)}\n" + recorded(range(100, 3_000))
    other = recorded(range(3_000), symbol="ETHUSDT")
    events = events_of(file("a.log", text), file("b.log", other))
    assert events[-1].id == 999
    symbols = [event.symbol for event in events[:-1]]
    assert symbols == ["BTCUSDT", "ETHUSDT"] * 3_000


def test_events_of_one_time_keep_their_order(file):
    text = "".join(f"{START_MS} {frame(n, 0)}\n" for n in range(2_500))
    assert [e.id for e in events_of(file("frames.log", text))] == list(range(2_500))


def test_only_the_symbols_asked_for_are_delivered(file):
    text = recorded(range(3)) + recorded(range(3), symbol="ETHUSDT")
    events = events_of(file("frames.log", text), symbols=["ethusdt"])
    assert [e.symbol for e in events] == ["ETHUSDT"] * 3


# --- what is no recording ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.log", "", "empty"),
        ("blank.csv", "\n \n\n", "empty"),
        ("poem.txt", "Roses are red\nViolets are blue\n", "neither a frame recording nor a CSV"),
        ("page.html", "<html><body>502</body></html>\n", "neither a frame recording nor a CSV"),
        ("random.bin", bytes(range(256)) * 20, "neither"),
        ("people.csv", "name,age\nA,1\nB,2\n", "columns symbol, timestamp, side, price, amount"),
        ("numbers.csv", "1,2,3\n4,5,6\n", "neither trades, aggTrades, klines"),
        ("BTCUSDT-trades-1.csv", TRADE_HEADER + "x,x,x,x,x,x\n", "no row can be read"),
        ("x.csv", NAMED_HEADER + "a,b,c,d,e,f,g\n", "no row can be read"),
        ("frames.log", "1723161600000 {x\n1723161600000 {y\n", "no line holds a frame"),
        ("frames.gz", b"not packed at all", ""),
    ],
)
def test_a_file_of_no_known_kind_is_an_error_that_names_it(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(RecordingError) as caught:
        events_of(path)
    assert says in str(caught.value)
    assert name.removesuffix(".gz") in str(caught.value)


def test_a_file_of_rows_none_of_which_happened_is_no_error(file):
    assert events_of(file("BTCUSDT-trades-1.csv", TRADE_HEADER)) == []


def test_a_file_that_is_missing_is_an_error_that_names_it(tmp_path):
    with pytest.raises(RecordingError, match=r"missing\.log: no such file"):
        events_of(tmp_path / "missing.log")
    with pytest.raises(RecordingError, match=f"{tmp_path}: a folder"):
        events_of(tmp_path)
    with pytest.raises(RecordingError, match="no recording given"):
        events_of()


def test_a_zip_that_is_none_or_empty_or_locked_is_an_error_that_names_it(tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK but not really")
    empty = archive(tmp_path / "empty.zip")
    locked = archive(tmp_path / "locked.zip", a__log=recorded(range(3)))
    data = bytearray(locked.read_bytes())
    data[6] |= 1  # general purpose bit 0, local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    locked.write_bytes(data)
    for path in (broken, empty, locked):
        with pytest.raises(RecordingError, match=path.name):
            events_of(path)


@given(
    st.sampled_from(("x.log", "x.csv", "x.gz", "x.zip")),
    st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    *recorded(range(2)).splitlines(),
                    *SPOT_TRADE_ROWS.splitlines()[:2],
                    NAMED_HEADER.strip(),
                    named_row(0).strip(),
                    '"',
                    ",,,,,,",
                    "1723161600000 {",
                    SNAPSHOT.strip(),
                    "\x00",
                ]
            )
        ).map(lambda lines: "\n".join(lines).encode()),
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("x.csv", b'id,"')
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    try:
        events = events_of(path)
    except RecordingError:
        return
    assert all(isinstance(e, Trade | Quote | Book | BookDelta | Candle) for e in events)


# --- the recordings ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "lines"), [("binance_spot.log", 265), ("binance_usdm.log", 1535)])
def test_the_thirty_second_samples_are_read_without_loss(recordings, name, lines):
    tally = Tally()
    events = events_of(recordings / "samples" / name, tally=tally)
    assert (tally.lines, tally.unreadable) == (lines, 0)
    assert len(events) == lines
    assert {":" in event.symbol for event in events} == {"usdm" in name}


def test_another_exchange_s_capture_is_refused(recordings):
    with pytest.raises(RecordingError, match=r"upbit\.log"):
        events_of(recordings / "samples" / "upbit.log")


def test_every_row_of_the_pumps_is_read_once(recordings):
    paths = sorted((recordings / "pumps").glob("*.csv.gz"))
    assert len(paths) == 23
    for path in paths:
        with gzip.open(path, "rb") as lines:
            rows = lines.read().splitlines()[1:]
        events = events_of(path, tally=(tally := Tally()))
        assert len(events) == len(set(rows)), path.name
        assert tally.duplicates == len(rows) - len(events)
        assert tally.unreadable == 0
        symbol = path.name.partition("_")[0] + "BTC"
        assert {event.symbol for event in events} == {symbol}


def test_every_row_of_the_klines_is_read(recordings):
    path = recordings / "klines" / "NEARUSDT-1m-2025-06.csv.gz"
    bars = whole(path)
    assert len(bars) == 30 * 1_440
    assert {bar[:2] for bar in bars} == {("NEARUSDT", "1m")}


def test_every_frame_of_two_recordings_is_read_in_one(recordings):
    names = ("spot_btcusdt_20240808", "spot_ethusdt_20240808")
    paths = [recordings / "frames" / f"{name}.ndjson.gz" for name in names]
    events = events_of(*paths, tally=(tally := Tally()))
    assert (tally.lines, tally.unreadable, len(events)) == (41_249 + 33_618, 0, 41_249 + 33_618)
    times = [event.at_ms for event in events]
    assert times == sorted(times)
    assert sum(isinstance(event, Book) for event in events) == 2


# --- as files come in the wild --------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\n",
        "Trade Id,Price,Quantity,Quote,Timestamp,Maker,Best\n",
        "",
    ],
)
def test_trades_are_known_by_the_shape_of_their_rows_whatever_the_header(file, head):
    rows = (
        '"7","100.5","2","201","1723161600000","true","true"\n'
        "8,100.6,1,100.6,1723161600001,false,true\n"
    )
    trades = events_of(file("BTCUSDT-trades-2024-08-09.csv", head + rows))
    assert [(t.id, t.side) for t in trades] == [(7, "sell"), (8, "buy")]


def test_what_is_no_data_in_an_archive_is_left_out(tmp_path):
    path = archive(
        tmp_path / "BTCUSDT-aggTrades-1.ZIP",
        **{
            "BTCUSDT-aggTrades-1.csv": "1,100,2,1,1,1723161600000,true,true\n",
            "BTCUSDT-aggTrades-1.csv.CHECKSUM": "abc  BTCUSDT-aggTrades-1.csv\n",
            "__MACOSX/._BTCUSDT-aggTrades-1.csv": "junk",
        },
    )
    assert len(events_of(path)) == 1


def test_a_useless_file_beside_good_ones_is_left_out_and_named(file):
    good = file("BTCUSDT-aggTrades-1.csv", "1,100,2,1,1,1723161600000,true,true\n")
    tally = Tally()
    assert len(events_of(good, file("notes", "hello\n"), file("empty.log", ""), tally=tally)) == 1
    assert [sample.split(":")[0] for sample in tally.samples] == ["notes", "empty.log"]


def test_a_byte_order_mark_and_a_missing_space_cost_no_frame(file):
    frame = (
        '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161600001,"s":"BTCUSDT",'
        '"t":%d,"p":"1","q":"1","T":1723161600000,"m":true}}'
    )
    path = file("x.log", f"\ufeff1723161600.5:{frame % 1}\n1723161600.6:{frame % 2}\n")
    assert [t.id for t in events_of(path)] == [1, 2]


def test_columns_by_name_may_have_spaces_and_stamps_a_fraction_of_zero(file):
    text = "symbol, timestamp, side, price, amount\nAPPC/BTC, 1723161600000.0, buy, 0.1, 2\n"
    (trade,) = events_of(file("x.csv", text), symbols=["appc-btc"])
    assert (trade.symbol, trade.at_ms, trade.side) == ("APPCBTC", 1723161600000, "buy")


def test_a_stream_whose_name_is_no_text_costs_its_frames_alone(tmp_path):
    frame = (
        b'1723161600.5 {"stream":"b\xf4cusdt@trade","data":{"e":"trade","E":1723161600001,'
        b'"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1723161600000,"m":true}}\n'
    )
    path = tmp_path / "x.log"
    path.write_bytes(frame)
    assert [t.symbol for t in events_of(path)] == ["BTCUSDT"]
