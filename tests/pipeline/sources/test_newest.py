"""Which books are news."""

from pipeline.model import Book
from pipeline.sources.newest import AFRESH_MS, Newest

AT_MS = 1_760_000_000_000


def book(update_id: int, at_ms: int = AT_MS, symbol: str = "BTCUSDT") -> Book:
    return Book(symbol, ((1.0, 2.0),), ((1.1, 2.0),), update_id, at_ms)


def test_a_book_that_another_connection_brought_before_is_none() -> None:
    newest = Newest()
    told = newest.newer([book(7), book(9), book(8), book(9), book(10), book(1, symbol="ETHUSDT")])
    assert [(one.symbol, one.update_id) for one in told] == [
        ("BTCUSDT", 7), ("BTCUSDT", 9), ("BTCUSDT", 9), ("BTCUSDT", 10), ("ETHUSDT", 1),
    ]  # fmt: skip


def test_ids_that_begin_afresh_count_once_no_newer_book_came_for_a_minute() -> None:
    newest = Newest()
    newest.newer([book(900_000)])
    assert newest.newer([book(1, AT_MS + 1_000), book(2, AT_MS + AFRESH_MS)]) == []
    afresh = [book(3, AT_MS + AFRESH_MS + 1), book(4, AT_MS + AFRESH_MS + 2)]
    assert newest.newer(afresh) == afresh


def test_of_a_pair_that_is_followed_again_any_book_is_news() -> None:
    newest = Newest()
    newest.newer([book(900_000), book(900_000, symbol="ETHUSDT")])
    newest.forget(["BTCUSDT", "SOLUSDT"])
    assert newest.is_news(book(1))
    assert not newest.is_news(book(1, symbol="ETHUSDT"))
