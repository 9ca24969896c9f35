"""Binance's frames: what each of them means, and that nothing else gets through."""

import gzip
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import FrameError
from pipeline.model import (
    ALL,
    Book,
    BookDelta,
    Candle,
    Feed,
    Liquidation,
    Mark,
    Quote,
    Snapshot,
    Ticker,
    Trade,
)
from pipeline.sources.binance_frames import Answer, FrameParser, Shutdown, stream_name

RECEIVED_MS = 1_760_000_000_200.0

TRADE = (
    '{"e":"trade","E":1760000000123,"s":"BTCUSDT","t":5000001,"p":"65000.10","q":"0.0100",'
    '"T":1760000000122,"m":true,"M":true}'
)
AGG_TRADE = (
    '{"e":"aggTrade","E":1760000000123,"s":"BTCUSDT","a":3000001,"p":"65000.10","q":"0.5",'
    '"f":5000001,"l":5000004,"T":1760000000122,"m":false,"M":true}'
)
KLINE = (
    '{"e":"kline","E":1760000000123,"s":"BTCUSDT","k":{"t":1759999980000,"T":1760000039999,'
    '"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"4","l":"0.5","v":"10","n":101,'
    '"x":false,"q":"11","V":"5","Q":"6","B":"0"}}'
)
MINI_TICKER = (
    '{"e":"24hrMiniTicker","E":1760000000123,"s":"BTCUSDT","c":"65000","o":"64000","h":"66000",'
    '"l":"63000","v":"1000","q":"65000000"}'
)
TICKER = (
    '{"e":"24hrTicker","E":1760000000123,"s":"BTCUSDT","p":"1","P":"1.0","w":"1","x":"1",'
    '"c":"65000","Q":"1","b":"1","B":"1","a":"1","A":"1","o":"64000","h":"66000","l":"63000",'
    '"v":"1000","q":"65000000","O":0,"C":86400000,"F":0,"L":9,"n":10}'
)
BOOK_TICKER = '{"u":400900217,"s":"BTCUSDT","b":"64999.9","B":"1.0","a":"65000.0","A":"2.0"}'
PARTIAL_DEPTH = '{"lastUpdateId":160,"bids":[["64999.9","1.0"]],"asks":[["65000.0","2.0"]]}'
DIFF_DEPTH = (
    '{"e":"depthUpdate","E":1760000000123,"s":"BTCUSDT","U":157,"u":160,'
    '"b":[["64999.9","0"]],"a":[["65000.0","3"]]}'
)
FUTURES_AGG_TRADE = (
    '{"e":"aggTrade","E":1760000000123,"s":"BTCUSDT","a":1,"p":"65000","q":"1","nq":"1","f":1,'
    '"l":3,"T":1760000000122,"m":true,"st":1}'
)
FUTURES_BOOK_TICKER = (
    '{"e":"bookTicker","u":1,"E":1760000000124,"T":1760000000122,"s":"BTCUSDT","ps":"BTCUSDT",'
    '"b":"1","B":"2","a":"3","A":"4","st":1}'
)
FUTURES_DEPTH = (
    '{"e":"depthUpdate","E":1760000000124,"T":1760000000122,"s":"BTCUSDT","ps":"BTCUSDT","U":1,'
    '"u":2,"pu":0,"b":[["1","1"]],"a":[["2","1"]],"st":1}'
)

DAY = Ticker("BTCUSDT", 1760000000123, 65000, 64000, 66000, 63000, 1000, 65_000_000)
BAR = Candle(
    symbol="BTCUSDT",
    interval="1m",
    open_ms=1759999980000,
    close_ms=1760000039999,
    open=1,
    high=4,
    low=0.5,
    close=2,
    volume=10,
    quote_volume=11,
    trades=101,
    taker_buy_volume=5,
    taker_buy_quote_volume=6,
    closed=False,
    at_ms=1760000000123,
)
FRAMES = [
    ("btcusdt@trade", TRADE, Trade("BTCUSDT", 5000001, 65000.1, 0.01, 1760000000122, True)),
    (
        "btcusdt@aggTrade",
        AGG_TRADE,
        Trade("BTCUSDT", 3000001, 65000.1, 0.5, 1760000000122, False, 0, 5000001, 5000004),
    ),
    ("btcusdt@kline_1m", KLINE, BAR),
    ("btcusdt@miniTicker", MINI_TICKER, DAY),
    ("btcusdt@ticker", TICKER, DAY),
    (
        "btcusdt@bookTicker",
        BOOK_TICKER,
        Quote("BTCUSDT", 64999.9, 1, 65000, 2, 400900217, 1760000000200),
    ),
    *(
        (
            f"btcusdt@depth{levels}",
            PARTIAL_DEPTH,
            Book("BTCUSDT", ((64999.9, 1),), ((65000, 2),), 160, 1760000000200),
        )
        for levels in ("5", "10", "20", "20@100ms")
    ),
    (
        "btcusdt@depthSnapshot",
        PARTIAL_DEPTH,
        Snapshot("BTCUSDT", ((64999.9, 1),), ((65000, 2),), 160, 1760000000200),
    ),
    *(
        (
            f"btcusdt@depth{speed}",
            DIFF_DEPTH,
            BookDelta("BTCUSDT", 157, 160, ((64999.9, 0),), ((65000, 3),), 1760000000123),
        )
        for speed in ("", "@100ms", "@0ms")
    ),
]
FUTURES = [
    (
        "btcusdt@aggTrade",
        FUTURES_AGG_TRADE,
        Trade("BTCUSDT", 1, 65000, 1, 1760000000122, True, 0, 1, 3),
    ),
    ("btcusdt@bookTicker", FUTURES_BOOK_TICKER, Quote("BTCUSDT", 1, 2, 3, 4, 1, 1760000000122)),
    ("!bookTicker", FUTURES_BOOK_TICKER, Quote("BTCUSDT", 1, 2, 3, 4, 1, 1760000000122)),
    (
        "btcusdt@depth20@500ms",
        FUTURES_DEPTH,
        Book("BTCUSDT", ((1, 1),), ((2, 1),), 2, 1760000000122),
    ),
    (
        "btcusdt@depth@0ms",
        FUTURES_DEPTH,
        BookDelta("BTCUSDT", 1, 2, ((1, 1),), ((2, 1),), 1760000000122, 0),
    ),
]


def combined(stream: str, data: str) -> bytes:
    return f'{{"stream":"{stream}","data":{data}}}'.encode()


def same(event, expected) -> bool:
    """Equal field by field: an event may be of a subclass with the wire's names."""
    return isinstance(event, type(expected)) and all(
        getattr(event, name) == getattr(expected, name) for name in expected.__struct_fields__
    )


@pytest.mark.parametrize(("stream", "data", "event"), FRAMES + FUTURES)
def test_a_combined_frame_becomes_its_event(stream, data, event):
    assert same(FrameParser().parse(combined(stream, data), RECEIVED_MS), event)


@pytest.mark.parametrize(
    ("stream", "data", "event"), [f for f in FRAMES if "depth5" not in f[0] and "10" not in f[0]]
)
def test_an_unwrapped_frame_becomes_the_same_event(stream, data, event):
    """As on /ws; a partial book says nothing of its symbol there."""
    parser = FrameParser(only_symbol="BTCUSDT")
    assert same(parser.parse(data.encode(), RECEIVED_MS), event)


@pytest.mark.parametrize(("stream", "data", "event"), FRAMES)
def test_the_order_of_the_wrapper_s_keys_does_not_matter(stream, data, event):
    frame = f'{{ "data": {data} , "stream" : "{stream}"}}'.encode()
    assert same(FrameParser().parse(frame, RECEIVED_MS), event)


@pytest.mark.parametrize(("stream", "data"), [("x@trade", TRADE), ("x@aggTrade", AGG_TRADE)])
def test_m_says_that_the_buyer_was_the_maker_so_that_the_taker_sold(stream, data):
    for flag, side in (("true", "sell"), ("false", "buy")):
        changed = data.replace('"m":true', f'"m":{flag}').replace('"m":false', f'"m":{flag}')
        assert FrameParser().parse(combined(stream, changed), RECEIVED_MS).side == side


def test_an_aggregate_stands_for_the_matches_it_names():
    assert FrameParser().parse(combined("x@aggTrade", AGG_TRADE), RECEIVED_MS).fills == 4
    assert FrameParser().parse(combined("x@trade", TRADE), RECEIVED_MS).fills == 1


@pytest.mark.parametrize(("stream", "data"), [("x@trade", TRADE), ("x@aggTrade", AGG_TRADE)])
def test_microsecond_stamps_keep_what_is_below_the_millisecond(stream, data):
    trade = FrameParser().parse(
        combined(stream, data.replace("1760000000122", "1760000000122987")), RECEIVED_MS
    )
    assert (trade.at_ms, trade.micros) == (1760000000122, 987)


def test_microsecond_stamps_of_other_frames_become_milliseconds():
    parser = FrameParser()
    micros = KLINE.replace("1760000000123", "1760000000123987").replace(
        "1759999980000", "1759999980000000"
    )
    micros = micros.replace("1760000039999", "1760000039999999")
    assert parser.parse(combined("x@kline_1m", micros), RECEIVED_MS) == BAR
    delta = parser.parse(combined("x@depth", DIFF_DEPTH.replace("123,", "123987,")), RECEIVED_MS)
    assert delta.at_ms == 1760000000123
    day = parser.parse(combined("x@miniTicker", MINI_TICKER.replace("123,", "123987,")), 0)
    assert day.at_ms == 1760000000123
    quote = FUTURES_BOOK_TICKER.replace("1760000000122", "1760000000122987")
    assert parser.parse(combined("x@bookTicker", quote), RECEIVED_MS).at_ms == 1760000000122


def test_an_array_of_rolling_days_is_one_event_a_symbol():
    other = MINI_TICKER.replace("BTCUSDT", "币安人生USDT")
    for stream in ("!miniTicker@arr", "!ticker@arr"):
        frame = combined(stream, f"[{MINI_TICKER},{other}]")
        events = FrameParser().parse(frame, RECEIVED_MS)
        assert [e.symbol for e in events] == ["BTCUSDT", "币安人生USDT"]
        assert same(events[0], DAY)


def test_one_odd_row_of_an_array_does_not_cost_the_others():
    parser = FrameParser()
    odd = [
        MINI_TICKER.replace('"65000"', "null").encode(),
        b'{"e":"somethingNew"}',
        MINI_TICKER.encode().replace(b"BTCUSDT", b"\xff\xfe"),
        b"[]",
        b'"?"',
    ]
    rows = b",".join([*odd, MINI_TICKER.encode()])
    events = parser.parse(b'{"stream":"!miniTicker@arr","data":[' + rows + b"]}", RECEIVED_MS)
    assert [e.symbol for e in events] == ["BTCUSDT"]
    assert parser.bad == len(odd)


@pytest.mark.parametrize("name", ["币安人生usdt", r"\u5e01\u5b89\u4eba\u751fusdt"])
def test_a_symbol_need_not_be_ascii(name):
    book = FrameParser().parse(combined(f"{name}@depth20@100ms", PARTIAL_DEPTH), RECEIVED_MS)
    assert book.symbol == "币安人生USDT"


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        ("btcusdt@blockTrade", '{"e":"blockTrade","E":1,"s":"BTCUSDT","t":7}'),
        ("btcusdt@ticker_1h", '{"e":"1hTicker","E":1,"s":"BTCUSDT"}'),
        ("!ticker_1h@arr", "[]"),
        ("btcusdt@avgPrice", '{"e":"avgPrice","E":1,"s":"BTCUSDT","i":"5m","w":"1","T":1}'),
        ("btcusdt@referencePrice", '{"e":"referencePrice","s":"BTCUSDT","r":null,"t":1}'),
        ("btcusdt@continuousKline_1m", '{"e":"continuous_kline","E":1,"ps":"BTCUSDT"}'),
        ("!assetIndex@arr", "[]"),
        ("btcusdt@somethingNew", "{}"),
        ("btcusdt@trade", TRADE.replace('"0.0100"', '"0"')),
        ("btcusdt@trade", TRADE.replace('"65000.10"', '"0"')),
        ("btcusdt@aggTrade", AGG_TRADE.replace('"0.5"', '"0.00000000"')),
    ],
)
def test_frames_of_no_use_here_are_counted_and_passed_over(stream, data):
    parser = FrameParser()
    assert parser.parse(combined(stream, data), RECEIVED_MS) is None
    assert parser.ignored == 1


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('{"result":null,"id":1}', Answer(1)),
        ('{"result":["btcusdt@aggTrade"],"id":3}', Answer(3)),
        ('{"result":true,"id":"6f0"}', Answer("6f0")),
        ('{"result":null,"id":null}', Answer()),
        ('{"code":0,"msg":"Unknown property","id":5}', Answer(5, 0, "Unknown property")),
        ('{"code":3,"msg":"Invalid JSON"}', Answer(None, 3, "Invalid JSON")),
        ('{"error":{"code":2,"msg":"Invalid request"},"id":7}', Answer(7, 2, "Invalid request")),
    ],
)
def test_a_control_answer_arrives_unwrapped(frame, answer):
    assert FrameParser().parse(frame.encode(), RECEIVED_MS) == answer


@pytest.mark.parametrize(
    "frame",
    [
        '{"e":"serverShutdown","E":1760000000123}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1760000000123}}',
    ],
)
def test_the_server_s_notice_of_its_shutdown_is_understood(frame):
    assert FrameParser().parse(frame.encode(), RECEIVED_MS) == Shutdown()


def test_a_frame_without_a_time_is_stamped_by_the_exchange_s_clock():
    """The newest exchange time plus what has passed since, however wrong the receiver's clock."""
    parser = FrameParser()
    parser.parse(combined("btcusdt@trade", TRADE), 5_000.0)  # a receiver in 1970
    quote = parser.parse(combined("btcusdt@bookTicker", BOOK_TICKER), 5_250.0)
    book = parser.parse(combined("btcusdt@depth20", PARTIAL_DEPTH), 6_000.0)
    assert quote.at_ms == 1760000000122 + 250
    assert book.at_ms == 1760000000122 + 1000


def test_before_any_exchange_time_the_receiver_s_clock_has_to_do():
    quote = FrameParser().parse(combined("btcusdt@bookTicker", BOOK_TICKER), RECEIVED_MS)
    assert quote.at_ms == int(RECEIVED_MS)


def test_a_venue_qualifies_every_symbol():
    parser = FrameParser(venue="binance-futures")
    for stream, data, _ in FRAMES + FUTURES:
        event = parser.parse(combined(stream, data), RECEIVED_MS)
        assert event.symbol == "binance-futures:BTCUSDT", stream
    days = parser.parse(combined("!miniTicker@arr", f"[{MINI_TICKER},{MINI_TICKER}]"), RECEIVED_MS)
    assert {day.symbol for day in days} == {"binance-futures:BTCUSDT"}


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        (Feed("BTCUSDT", "trade"), "btcusdt@aggTrade"),
        (Feed("BTCUSDT", "quote"), "btcusdt@bookTicker"),
        (Feed("BTCUSDT", "book"), "btcusdt@depth20@100ms"),
        (Feed("BTCUSDT", "ticker"), "btcusdt@miniTicker"),
        (Feed("BTCUSDT", "candle"), "btcusdt@kline_1m"),
        (Feed(ALL, "ticker"), "!miniTicker@arr"),
    ],
)
def test_a_feed_has_one_stream_whose_symbol_is_lower_case(feed, name):
    assert stream_name(feed) == name


# --- what is not a frame -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b"<html>502 Bad Gateway</html>",
        b'{"stream":"btcusdt@trade"}',
        b'{"stream":"btcusdt@trade","data":null}',
        b'{"stream":"btcusdt@trade","data":{"e":"trade"}}',
        b'{"stream":"!miniTicker@arr","data":{}}',
        combined("btcusdt@trade", TRADE.replace('"65000.10"', '"nan"')),
        combined("btcusdt@trade", TRADE.replace('"65000.10"', '"inf"')),
        combined("btcusdt@trade", TRADE.replace('"65000.10"', '"-1"')),
        combined("btcusdt@trade", TRADE.replace('"65000.10"', '"1e400"')),
        combined("btcusdt@trade", TRADE.replace('"65000.10"', '""')),
        combined("btcusdt@trade", TRADE.replace("1760000000122", "-5")),
        combined("btcusdt@trade", TRADE.replace("1760000000122", "1760000000122000000000")),
        combined("btcusdt@trade", TRADE.replace("5000001", '"x"')),
        combined("btcusdt@trade", TRADE.replace('"m":true', '"m":null')),
        combined("btcusdt@trade", TRADE).replace(b"BTCUSDT", b"\xff"),
        combined("btcusdt@depth20", PARTIAL_DEPTH.replace('["65000.0","2.0"]', '["x","2.0"]')),
        PARTIAL_DEPTH.encode(),  # a book of nobody knows which symbol
    ],
)
def test_what_the_protocol_does_not_say_is_a_frame_error(frame):
    with pytest.raises(FrameError):
        FrameParser().parse(frame, RECEIVED_MS)


@pytest.mark.parametrize(
    "start",
    [b"[", b'{"a":', b'{"stream":"x@trade","data":{"a":', b'{"stream":"!miniTicker@arr","data":['],
)
def test_a_frame_nested_without_end_is_a_frame_error(start):
    with pytest.raises(FrameError):
        FrameParser().parse(start + b"[" * 100_000, RECEIVED_MS)


WHOLE = [combined(stream, data) for stream, data, _ in FRAMES + FUTURES] + [
    combined("!miniTicker@arr", f"[{MINI_TICKER},{TICKER}]"),
    b'{"code":0,"msg":"Unknown property","id":5}',
    b'{"result":null,"id":1}',
]
KNOWN = (Trade, Quote, Book, BookDelta, Ticker, Candle, Mark, Liquidation, Answer, Shutdown)


def parsed_or_refused(frame: bytes) -> None:
    """Anything but an understood frame or a FrameError fails the test."""
    try:
        parsed = FrameParser("BTCUSDT").parse(frame, RECEIVED_MS)
    except FrameError:
        return
    for event in parsed if isinstance(parsed, list) else [parsed]:
        assert event is None or isinstance(event, KNOWN)


@given(st.binary(max_size=300).filter(lambda frame: not frame.startswith(b'{"stream":"')))
def test_random_bytes_are_refused_as_frames(frame):
    """But for streams nobody here uses, which are not looked into."""
    with pytest.raises(FrameError):
        FrameParser("BTCUSDT").parse(frame, RECEIVED_MS)


@given(st.sampled_from(WHOLE), st.data())
def test_a_truncated_frame_is_never_anything_but_a_frame_error(frame, data):
    """But for streams nobody here uses, which are not looked into."""
    cut = data.draw(st.integers(0, len(frame) - 1))
    with pytest.raises(FrameError):
        FrameParser("BTCUSDT").parse(frame[:cut], RECEIVED_MS)


@given(st.sampled_from(WHOLE), st.data())
@example(b'{"stream":"\xff@trade","data":{}}', None)
def test_a_frame_with_bytes_changed_is_understood_or_refused(frame, data):
    changed = bytearray(frame)
    if data is not None:
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(changed) - 1))
            changed[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    parsed_or_refused(bytes(changed))


@given(
    st.sampled_from([json.loads(data) for _, data, _ in FRAMES]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
    st.data(),
)
def test_a_field_of_another_type_is_understood_or_refused(payload, value, data):
    stream = data.draw(st.sampled_from([stream for stream, _, _ in FRAMES]))
    field = data.draw(st.sampled_from(sorted(payload)))
    changed = {**payload, field: value}
    parsed_or_refused(json.dumps({"stream": stream, "data": changed}).encode())
    parsed_or_refused(json.dumps(changed).encode())


# --- recorded frames -----------------------------------------------------------------------------


def frames_of(path: Path, limit: int | None = None):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as lines:
        for line in itertools.islice(lines, limit):
            stamp, _, frame = line.partition(b" ")
            if frame.startswith(b"{"):
                yield float(stamp.rstrip(b":")), frame.strip()


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (
            "spot_btcusdt_20240808",
            {"TradeFrame": 9_757, "QuoteFrame": 28_040, "BookDelta": 3_451, "Snapshot": 1},
        ),
        (
            "spot_ethusdt_20240808",
            {"TradeFrame": 6_106, "QuoteFrame": 24_077, "BookDelta": 3_434, "Snapshot": 1},
        ),
        (
            "usdm_btcusdt_20240808",
            {"TradeFrame": 21_313, "QuoteFrame": 66_089, "BookDelta": 6_551, "Snapshot": 1},
        ),
    ],
)
def test_every_recorded_frame_is_understood(recordings, name, counts):
    symbol = name.split("_")[1].upper()
    parser = FrameParser(only_symbol=symbol)
    seen: Counter[str] = Counter()
    ignored = 0
    for received_ns, frame in frames_of(recordings / "frames" / f"{name}.ndjson.gz"):
        event = parser.parse(frame, received_ns / 1e6)
        if event is None:
            ignored += 1
            continue
        assert event.symbol == symbol
        seen[type(event).__name__] += 1
    assert seen + Counter(TradeFrame=ignored) == counts
    assert parser.ignored == ignored  # futures trades outside the market have no price


def test_quotes_recorded_by_a_slow_clock_are_stamped_with_the_exchange_s_time(recordings):
    """The recorder's clock was 1.27 s behind; no quote may be stamped by it."""
    parser = FrameParser(only_symbol="BTCUSDT")
    path = recordings / "frames" / "spot_btcusdt_20240808.ndjson.gz"
    worst = 0.0
    newest_trade_ms = 0
    for received_ns, frame in frames_of(path, 5_000):
        event = parser.parse(frame, received_ns / 1e6)
        if isinstance(event, Trade):
            newest_trade_ms = event.at_ms
        elif isinstance(event, Quote) and newest_trade_ms:
            true_ms = received_ns / 1e6 + 1_272
            worst = max(worst, abs(event.at_ms - true_ms))
    assert newest_trade_ms
    assert worst < 250


@pytest.mark.parametrize("name", ["binance_spot.log", "binance_usdm.log"])
def test_every_frame_of_the_thirty_second_samples_is_understood(recordings, name):
    parser = FrameParser()
    frames = list(frames_of(recordings / "samples" / name))
    events = [parser.parse(frame, received_s * 1000) for received_s, frame in frames]
    assert len(events) == {"binance_spot.log": 265, "binance_usdm.log": 1_535}[name]
    assert all(isinstance(event, KNOWN) for event in events)


def test_single_frames_of_many_types_are_understood_or_of_no_use_here(recordings):
    folder = recordings / "samples" / "single_frames"
    frames = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    lines = (folder / "crypto_msg_parser_binance_frames.jsonl").read_bytes().splitlines()
    frames += [json.loads(line) for line in lines]
    seen: Counter[str] = Counter()
    unused = set()
    for frame in frames:
        if "stream" not in frame:
            continue  # answers of REST
        parsed = FrameParser().parse(json.dumps(frame).encode(), RECEIVED_MS)
        if parsed is None:
            unused.add(frame["stream"].partition("@")[2].lower())
        for event in parsed if isinstance(parsed, list) else [parsed]:
            seen[type(event).__name__] += 1
    assert unused == {"trade_all", "markprice", "ticker_all"}  # coin-margined, without an index
    assert seen["Mark"] == 3
    kinds = ("AggTradeFrame", "TradeFrame", "QuoteFrame", "Book", "BookDelta", "Candle")
    assert all(seen[kind] for kind in (*kinds, "TickerFrame"))
