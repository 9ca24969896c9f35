"""Levels that are read when somebody looks are the levels that were sent."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors import KINDS
from pipeline.market import Market
from pipeline.model import Book
from pipeline.sources.binance_frames import Amount, FrameParser
from pipeline.sources.raw_levels import RawLevels
from pipeline.watch import Watch

DECODE = msgspec.json.Decoder(tuple[tuple[Amount, Amount], ...], strict=False).decode
SENT = b'[["61837.63000000","3.78826000"],["61837.62000000","0.61700000"]]'
LEVELS = ((61837.63, 3.78826), (61837.62, 0.617))


class Decoder:
    """Decodes and counts how often."""

    def __init__(self) -> None:
        self.times = 0
        self.refused = 0

    def __call__(self, raw: bytes) -> tuple[tuple[float, float], ...]:
        self.times += 1
        return DECODE(raw)

    def refuse(self) -> None:
        self.refused += 1

    def of(self, raw: bytes) -> RawLevels:
        return RawLevels(raw, self, self.refuse)


def test_the_best_price_costs_no_decoding_and_the_rest_is_decoded_once():
    decoder = Decoder()
    side = decoder.of(SENT)
    assert side.best == 61837.63
    assert decoder.times == 0
    assert (side[0], side[-1], side[:1], len(side)) == (LEVELS[0], LEVELS[1], LEVELS[:1], 2)
    assert tuple(side) == side[:] == LEVELS
    assert decoder.times == 1


def test_they_compare_like_the_tuple_they_stand_for():
    side = Decoder().of(SENT)
    assert side == LEVELS
    assert Book("X", LEVELS, LEVELS) == Book("X", side, side)
    assert side == Decoder().of(SENT)
    assert side != LEVELS[:1]
    assert side != "levels"
    assert hash(side) == hash(LEVELS)
    assert repr(side) == repr(LEVELS)
    assert side


@pytest.mark.parametrize("raw", [b"[]", b" [ ] "])
def test_a_side_may_be_empty(raw):
    side = Decoder().of(raw)
    assert (side.best, len(side), bool(side)) == (0.0, 0, False)


@pytest.mark.parametrize(
    "raw",
    [
        b'[ ["61837.63", "3.78826"], ["61837.62","0.617"] ]',
        b"[[61837.63,3.78826],[61837.62,0.617]]",
    ],
)
def test_other_ways_to_write_the_same_are_read_at_once(raw):
    side = Decoder().of(raw)
    assert (side.best, tuple(side)) == (61837.63, LEVELS)


@pytest.mark.parametrize(
    "raw",
    [
        b'[["61837.63"]]',
        b'[["61837.63","1","2"]]',
        b'[["61837.63","x"]]',
        b'[["nan","1"]]',
        b'[["1e400","1"]]',
        b'[["-1","1"]]',
        b'[["",""]]',
        b'["61837.63","1"]',
        b'[["9999999999999999999","1"]]',
        b"{}",
        b"null",
        b"",
    ],
)
def test_a_side_without_a_readable_beginning_is_refused_at_once(raw):
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        Decoder().of(raw)


@pytest.mark.parametrize(
    "tail", ['["61837.62"]', '["61837.62","x"]', '["nan","1"]', "7", '["1","-2"]']
)
def test_a_side_that_cannot_be_read_further_on_has_no_levels_and_is_counted_once(tail):
    decoder = Decoder()
    side = decoder.of(b'[["61837.63000000","3.78826000"],%b]' % tail.encode())
    assert decoder.refused == 0
    assert (tuple(side), len(side)) == ((), 0)
    assert decoder.refused == 1


amounts = st.decimals(0, 10**12, places=8).map(lambda x: f"{x:.8f}")


@given(st.lists(st.tuples(amounts, amounts), max_size=30))
def test_whatever_the_exchange_sends_is_read_as_it_would_be_at_once(levels):
    raw = json.dumps(levels, separators=(",", ":")).encode()
    side = Decoder().of(raw)
    expected = tuple((float(price), float(quantity)) for price, quantity in levels)
    assert tuple(side) == expected
    assert side.best == (expected[0][0] if expected else 0.0)


def streamed(number: int, tail: str = "") -> bytes:
    """A depth20 frame of one level a side, a second after the one before."""
    return (
        f'{{"stream":"btcusdt@depth20@100ms","data":{{"lastUpdateId":{number},'
        f'"bids":[["100.0","1"]{tail}],"asks":[["100.1","1"]]}}}}'
    ).encode()


def test_a_streamed_book_is_a_book():
    book = FrameParser().parse(streamed(7), 5_000.0)
    assert isinstance(book, Book)
    assert (book.bid, book.ask, book.update_id, book.at_ms) == (100.0, 100.1, 7, 5_000)
    assert (book.bids, book.asks) == (((100.0, 1.0),), ((100.1, 1.0),))


def test_unreadable_levels_are_counted_and_leave_no_detector_out():
    parser, loop = FrameParser(), Watch(Market(), kinds=KINDS, raw=True)
    for number in range(40):
        book = parser.parse(streamed(number, ',["99.9"]'), number * 1_000.0)
        assert not loop.on(book)
    assert loop.failed == 0
    assert parser.bad >= 39
