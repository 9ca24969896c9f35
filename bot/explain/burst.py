"""One text for a burst of near-identical alerts: whoever comes first makes it, the others wait."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from bot.errors import ExplainError

MOST_BURSTS: Final = 256

Key = tuple[str, str, str | None]
"""Kind, symbol, and side or direction; "" and None where there is none."""


class Burst(msgspec.Struct):
    """A text in the making, or made at ``made_at`` (steady seconds)."""

    text: "asyncio.Future[str | ExplainError | None]"
    made: str = ""
    made_at: float | None = None


class Bursts:
    """The texts of the last ``share_s`` seconds.

    When there are too many, the oldest gives way: its text is just not shared any more.
    """

    def __init__(self, share_s: float) -> None:
        self._share_s = share_s
        self._bursts: dict[Key, Burst] = {}

    def __len__(self) -> int:
        return len(self._bursts)

    async def text(self, key: Key, now: float) -> str | ExplainError | None:
        """What the burst's text is or will be, or why it has none; None if there is no burst."""
        for one, burst in list(self._bursts.items()):
            if burst.made_at is not None and burst.made_at < now - self._share_s:
                del self._bursts[one]
        burst_of_key = self._bursts.get(key)
        if burst_of_key is None:
            return None
        # A waiter who leaves must not take the text from the others.
        return await asyncio.shield(burst_of_key.text)

    @contextmanager
    def making(self, key: Key, clock: Callable[[], float]) -> Iterator[Burst]:
        """Make the text of a new burst: set ``made`` within, or raise ExplainError for all."""
        mine = Burst(asyncio.get_running_loop().create_future())
        self._bursts.pop(key, None)
        while len(self._bursts) >= MOST_BURSTS:
            del self._bursts[next(iter(self._bursts))]
        self._bursts[key] = mine
        outcome: str | ExplainError | None = None
        try:
            yield mine
            outcome, mine.made_at = mine.made, clock()
        except ExplainError as error:
            outcome = error
            raise
        finally:
            mine.text.set_result(outcome)
            if mine.made_at is None and self._bursts.get(key) is mine:
                del self._bursts[key]
