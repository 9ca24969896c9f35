"""Levels that are read when somebody looks are the levels that were sent."""

import gc
import json
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors import KINDS
from pipeline.errors import FrameError
from pipeline.market import Market
from pipeline.model import Book
from pipeline.sources.binance_frames import Answer, Books, FrameParser, Run
from pipeline.sources.binance_wire import read_whole
from pipeline.sources.streamed_book import StreamedBook
from pipeline.watch import Watch

LEVELS = ((61837.63, 3.78826), (61837.62, 0.617))


def frame(bids: str, asks: str = '[["61837.64","1"]]', number: int = 7) -> bytes:
    """A depth20 frame, a second after the one before."""
    return (
        f'{{"stream":"btcusdt@depth20@100ms","data":{{"lastUpdateId":{number},'
        f'"bids":{bids},"asks":{asks}}}}}'
    ).encode()


def read(bids: str) -> Book:
    book = FrameParser().parse(frame(bids), 5_000.0)
    assert isinstance(book, Book)
    return book


def test_levels_are_read_when_they_are_looked_at_and_once():
    looks = []

    def look(frame: bytes) -> tuple[tuple[tuple[float, float], ...], ...]:
        looks.append(frame)
        return LEVELS, LEVELS[:1]

    book = StreamedBook("BTCUSDT", (), (), 7, 5_000, 61837.63, 61837.64, b"sent", look)
    assert (book.bid, book.ask, looks) == (61837.63, 61837.64, [])
    assert (book.bids, book.asks, book.bids) == (LEVELS, LEVELS[:1], LEVELS)
    assert looks == [b"sent"]
    assert book.frame == b"", "what has been read is not kept twice"


def test_a_book_without_levels_is_looked_at_once_as_well():
    looks = []
    book = StreamedBook("BTCUSDT", (), (), read=lambda frame: looks.append(frame) or ((), ()))
    assert (book.bids, book.asks, len(looks)) == ((), (), 1)


@pytest.mark.parametrize("bids", ["[]", " [ ] "])
def test_a_side_may_be_empty(bids):
    book = read(bids)
    assert (book.bid, book.ask, len(book.bids), bool(book.bids)) == (0.0, 61837.64, 0, False)


@pytest.mark.parametrize(
    "bids",
    [
        '[ ["61837.63", "3.78826"], ["61837.62","0.617"] ]',
        "[[61837.63,3.78826],[61837.62,0.617]]",
    ],
)
def test_other_ways_to_write_the_same_are_read_at_once(bids):
    book = read(bids)
    assert (book.bid, tuple(book.bids)) == (61837.63, LEVELS)


@pytest.mark.parametrize(
    "bids",
    [
        '[["61837.6.3","1"]]',
        '[["nan","1"]]',
        '[["1e400","1"]]',
        '[["-1","1"]]',
        '[["",""]]',
        '"61837.63","1"]',
        '[["9999999999999999999","1"]]',
        "[[]]",
        "[7]",
        '[["61837.63","1"],["61837.62"',
        '[["61837.63","1"],]',
        '[["61837.63","1"],}]',
        "{}",
        "null",
        "",
    ],
)
def test_a_side_without_a_readable_beginning_is_refused_at_once(bids):
    with pytest.raises(FrameError):
        FrameParser().parse(frame(bids), 5_000.0)


@pytest.mark.parametrize("cut", [1, 2, 3, 20, 60])
def test_a_truncated_frame_is_refused_at_once(cut):
    with pytest.raises(FrameError):
        FrameParser().parse(frame('[["61837.63","1"]]')[:-cut], 5_000.0)


@pytest.mark.parametrize(
    "levels",
    [
        '["61837.63"]',
        '["61837.63","1","2"]',
        '["61837.63","x"]',
        '["61837.63","1"],["61837.62"]',
        '["61837.63","1"],["61837.62","x"]',
        '["61837.63","1"],["inf","1"]',
        '["61837.63","1"],7',
        '["61837.63","1"],["1","-2"]',
        '["61837.63","1"],[[]]',
    ],
)
def test_a_book_of_which_a_level_cannot_be_read_has_none_and_is_counted_once(levels):
    parser = FrameParser()
    book = parser.parse(frame(f"[{levels}]"), 5_000.0)
    assert isinstance(book, Book)
    assert (book.bid, book.ask, parser.bad) == (61837.63, 61837.64, 0)
    assert (tuple(book.bids), tuple(book.asks), len(book.bids)) == ((), (), 0)
    assert parser.bad == 1


amounts = st.decimals(0, 10**12, places=8).map(lambda x: f"{x:.8f}")


@given(st.lists(st.tuples(amounts, amounts), max_size=30))
def test_whatever_the_exchange_sends_is_read_as_it_would_be_at_once(levels):
    book = read(json.dumps(levels, separators=(",", ":")))
    expected = tuple((float(price), float(quantity)) for price, quantity in levels)
    assert tuple(book.bids) == expected
    assert book.bid == (expected[0][0] if expected else 0.0)


@given(st.integers(0, 10_000), st.sampled_from(b'0123456789."[]{}:,ax-e'))
def test_a_frame_with_a_wrong_byte_is_refused_or_its_levels_are_those_that_stand_there(place, byte):
    sent = bytearray(frame('[["61837.63","1"],["61837.62","2"]]', '[["61837.64","3"]]'))
    at = sent.index(b"lastUpdateId") + place % (len(sent) - sent.index(b"lastUpdateId"))
    sent[at] = byte
    parser = FrameParser()
    try:
        book = parser.parse(bytes(sent), 5_000.0)
    except FrameError:
        return
    assert isinstance(book, Book)
    sides = tuple(book.bids), tuple(book.asks)
    if parser.bad:
        assert sides == ((), ())
    else:
        whole = read_whole(bytes(sent)).data
        assert sides == (whole.bids, whole.asks)
        assert (book.bid, book.ask) == (whole.bids[0][0], whole.asks[0][0])


def test_keys_may_come_in_any_order():
    sent = (
        b'{"data":{"asks":[["61837.64","1"]],"bids":[["61837.63","3.78826"],["61837.62","0.617"]],'
        b'"lastUpdateId":7},"stream":"btcusdt@depth20"}'
    )
    book = FrameParser().parse(sent, 5_000.0)
    assert isinstance(book, Book)
    assert (book.symbol, book.update_id, book.at_ms) == ("BTCUSDT", 7, 5_000)
    assert (book.bid, book.ask, book.bids) == (61837.63, 61837.64, LEVELS)


def test_a_book_that_tells_its_time_has_it():
    timed = frame('[["61837.63","1"]]').replace(b'"bids"', b'"T":1760000000122,"bids"')
    book = FrameParser().parse(timed, 5_000.0)
    assert isinstance(book, Book)
    assert (book.bid, book.at_ms) == (61837.63, 1_760_000_000_122)


def test_a_crossed_book_and_one_of_a_single_level_are_given_as_they_are():
    book = read('[["61837.65","2"]]')
    assert (book.bid, book.ask) == (61837.65, 61837.64)
    assert (tuple(book.bids), tuple(book.asks)) == (((61837.65, 2.0),), ((61837.64, 1.0),))


def test_books_and_trades_that_came_together_keep_their_order_in_runs():
    trade = (
        b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1,"s":"BTCUSDT","a":%d,'
        b'"p":"1","q":"1","f":1,"l":1,"T":7000,"m":true,"M":true}}'
    )
    side = json.dumps([[f"{61837.63 - n:.8f}", "1.00000000"] for n in range(20)]).replace(" ", "")
    odd = frame('[["x","1"]]')
    answer = b'{"result":null,"id":1}'
    frames = [trade % 1, frame(side), frame(side), odd, frame(side), trade % 2, trade % 3, answer]
    bad: list[FrameError] = []
    seen = [
        [trade.id for trade in run.trades]
        if isinstance(run, Run)
        else [book.at_ms for book in run.books]
        if isinstance(run, Books)
        else type(run)
        for run in FrameParser().parse_all([*frames, frame(side)], 5_000.0, bad.append)
    ]
    assert seen == [[1], [7_000] * 3, [2, 3], Answer, [7_000]]
    assert len(bad) == 1


def test_a_book_that_nobody_looks_at_keeps_nothing_of_its_connection():
    parser = FrameParser()
    gone = weakref.ref(parser)
    book = parser.parse(frame('[["61837.63","1"]]'), 5_000.0)
    del parser
    gc.collect()
    assert gone() is None
    assert book.bids == ((61837.63, 1.0),)


def test_a_streamed_book_is_a_book():
    book = read('[["100.0","1"]]')
    assert (book.bid, book.ask, book.update_id, book.at_ms) == (100.0, 61837.64, 7, 5_000)
    assert (book.bids, book.asks) == (((100.0, 1.0),), ((61837.64, 1.0),))


def test_unreadable_levels_are_counted_and_leave_no_detector_out():
    parser, loop = FrameParser(), Watch(Market(), kinds=KINDS, raw=True)
    for number in range(40):
        odd = frame('[["61837.63","1"],["99.9"]]', number=number)
        book = parser.parse(odd, number * 1_000.0)
        assert not loop.on(book)
    assert loop.failed == 0
    assert parser.bad >= 39


def test_what_is_no_book_of_a_pair_is_none_however_long():
    sides = json.dumps([[f"{100 + n}", "1"] for n in range(30)], separators=(",", ":"))
    sent = frame(sides, sides).replace(b"btcusdt@", b"!btcusdt@")
    parser = FrameParser()
    assert list(parser.parse_all([sent], 0.0, pytest.fail)) == []
    assert parser.ignored == 1
