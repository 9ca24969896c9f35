"""States that are newer than the last one: two connections may carry a stream while they overlap,
and older books and rolling days are dropped. Pure."""

from collections.abc import Iterable

from pipeline.model import Book, Event, Ticker


class Newest:
    """Remembers by symbol how far books and rolling days have come."""

    def __init__(self) -> None:
        self._book_ids: dict[str, int] = {}
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
        newest = self._book_ids
        newer: list[Book] = []
        for book in books:
            symbol, update_id = book.symbol, book.update_id
            if update_id >= newest.get(symbol, 0):
                newest[symbol] = update_id
                newer.append(book)
        return newer

    def count_afresh(self) -> None:
        """The exchange may count books from anywhere after an outage."""
        self._book_ids.clear()
