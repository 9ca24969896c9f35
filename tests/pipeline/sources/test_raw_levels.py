"""Levels that are read when somebody looks are the levels that were sent."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors import KINDS
from pipeline.errors import FrameError
from pipeline.market import Market
from pipeline.model import Book
from pipeline.sources.binance_frames import FrameParser
from pipeline.sources.binance_wire import Amount
from pipeline.sources.raw_levels import RawLevels
from pipeline.watch import Watch

DECODE = msgspec.json.Decoder(tuple[tuple[Amount, Amount], ...], strict=False).decode
SENT = b'[["61837.63000000","3.78826000"],["61837.62000000","0.61700000"]]'
LEVELS = ((61837.63, 3.78826), (61837.62, 0.617))


class Reader:
    """Reads levels and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, raw: bytes) -> tuple[tuple[float, float], ...]:
        self.times += 1
        return DECODE(raw)

    def of(self, raw: bytes) -> RawLevels:
        return RawLevels(raw, self)


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


def test_levels_are_decoded_when_they_are_looked_at_and_once():
    reader = Reader()
    side = reader.of(SENT)
    assert reader.times == 0
    assert (side[0], side[-1], side[:1], len(side)) == (LEVELS[0], LEVELS[1], LEVELS[:1], 2)
    assert tuple(side) == side[:] == LEVELS
    assert reader.times == 1


def test_they_compare_like_the_tuple_they_stand_for():
    side = Reader().of(SENT)
    assert side == LEVELS
    assert Book("X", LEVELS, LEVELS) == Book("X", side, side)
    assert side == Reader().of(SENT)
    assert side != LEVELS[:1]
    assert side != "levels"
    assert hash(side) == hash(LEVELS)
    assert repr(side) == repr(LEVELS)
    assert side


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
        '[["61837.63"]]',
        '[["61837.63","1","2"]]',
        '[["61837.63","x"]]',
        '[["61837.6.3","1"]]',
        '[["nan","1"]]',
        '[["1e400","1"]]',
        '[["-1","1"]]',
        '[["",""]]',
        '"61837.63","1"]',
        '[["9999999999999999999","1"]]',
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
    "tail", ['["61837.62"]', '["61837.62","x"]', '["inf","1"]', "7", '["1","-2"]']
)
def test_a_side_that_cannot_be_read_further_on_has_no_levels_and_is_counted_once(tail):
    parser = FrameParser()
    book = parser.parse(frame(f'[["61837.63000000","3.78826000"],{tail}]'), 5_000.0)
    assert isinstance(book, Book)
    assert (book.bid, parser.bad) == (61837.63, 0)
    assert (tuple(book.bids), len(book.bids)) == ((), 0)
    assert parser.bad == 1


amounts = st.decimals(0, 10**12, places=8).map(lambda x: f"{x:.8f}")


@given(st.lists(st.tuples(amounts, amounts), max_size=30))
def test_whatever_the_exchange_sends_is_read_as_it_would_be_at_once(levels):
    book = read(json.dumps(levels, separators=(",", ":")))
    expected = tuple((float(price), float(quantity)) for price, quantity in levels)
    assert tuple(book.bids) == expected
    assert book.bid == (expected[0][0] if expected else 0.0)


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
