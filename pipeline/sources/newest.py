"""States that are newer than the last one: two connections may carry a stream while they overlap,
and older books and rolling days are dropped. Pure."""

from collections.abc import Iterable
from typing import Final

from pipeline.model import Book, Event, Ticker

AFRESH_MS: Final = 60_000
"""Connections overlap for less: a book with a smaller id that comes so long after the last one is
no older one. Its ids have begun afresh, as they may where a pair is listed again."""
_NONE = Book("", (), ())


class Newest:
    """Remembers by symbol how far books and rolling days have come."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._ticker_ms: dict[str, int] = {}

    def is_news(self, event: Event) -> bool:
        """Whether nothing newer of its kind has been seen; always true of events that are no
        states."""
        if isinstance(event, Book):
            return bool(self.newer((event,)))
        if isinstance(event, Ticker):
            if event.at_ms < self._ticker_ms.get(event.symbol, 0):
                return False
            self._ticker_ms[event.symbol] = event.at_ms
        return True

    def newer(self, books: Iterable[Book]) -> list[Book]:
        """Of books those that are news."""
        newest = self._books
        newer: list[Book] = []
        for book in books:
            symbol = book.symbol
            last = newest.get(symbol, _NONE)
            if book.update_id >= last.update_id or book.at_ms > last.at_ms + AFRESH_MS:
                newest[symbol] = book
                newer.append(book)
        return newer

    def forget(self, symbols: Iterable[str]) -> None:
        """Books of these are no longer followed: the next one, if ever, may be any."""
        for symbol in symbols:
            self._books.pop(symbol, None)

    def count_afresh(self) -> None:
        """The exchange may count books from anywhere after an outage."""
        self._books.clear()
