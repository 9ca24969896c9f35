"""How the run before ended. One that was killed, or failed, is told to operators by the next."""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self

from bot.errors import SettingsError, StoreError, single

log = logging.getLogger("goraebot")

META: Final = "running"
"""The database has something under this name while a run goes on, and "" when it has ended well."""
PROVEN_S: Final = 600.0
"""A run that has lasted so long goes well."""


class Notes(Protocol):
    """Where the mark is kept: see store.Store."""

    async def get_meta(self, key: str) -> str | None: ...

    async def set_meta(self, key: str, value: str) -> None: ...


class Ending:
    """Marks that a run goes on, for as long as the block lasts. The mark stays where that ends by
    anything but its end or wrong settings, and is found by the run after it; it stays as well where
    this run found one and did not last: perhaps nobody could be told of it yet."""

    def __init__(self, notes: Notes, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._notes = notes
        self._monotonic = monotonic
        self._found_s: float | None = None  # when this run found the mark

    def broke_off(self) -> bool:
        """Whether a run before broke off, and this one has not yet lasted for ``PROVEN_S``."""
        return self._found_s is not None and self._monotonic() - self._found_s < PROVEN_S

    async def __aenter__(self) -> Self:
        try:
            if await self._notes.get_meta(META):
                log.error("a run before this one did not end as it should")
                self._found_s = self._monotonic()
        except StoreError as error:
            log.warning("how the run before ended cannot be read: %s", error)
        await self._mark("yes")
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        errors = () if error is None else single(error)
        if not self.broke_off() and not any(_is_mistake(one) for one in errors):
            await self._mark("")

    async def _mark(self, value: str) -> None:
        try:
            await self._notes.set_meta(META, value)
        except StoreError as error:
            log.warning("how this run ends cannot be kept: %s", error)


def _is_mistake(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, SettingsError)
