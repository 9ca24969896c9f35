"""How the run before ended. One that was killed, or failed, is told to operators by the next."""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self

from bot.errors import SettingsError, StoreError, single

log = logging.getLogger("goraebot")

META: Final = "running"
"""The database has when the run began under this name, and "" when it has ended as it should."""
PROVEN_MS: Final = 600_000
"""A run that has lasted so long goes well."""


class Notes(Protocol):
    """Where the mark is kept: see store.Store."""

    async def get_meta(self, key: str) -> str | None: ...

    async def set_meta(self, key: str, value: str) -> None: ...


class Ending:
    """Marks that a run goes on, for as long as the block lasts. The mark stays where that ends by
    anything but its end or wrong settings, and is found by the run after it."""

    def __init__(self, notes: Notes, *, now_ms: Callable[[], int]) -> None:
        self._notes = notes
        self._now_ms = now_ms
        self._broken_ms: int | None = None  # when this run found the mark

    def broke_off(self) -> bool:
        """Whether the run before broke off, and this one has not yet lasted for ``PROVEN_MS``."""
        return self._broken_ms is not None and abs(self._now_ms() - self._broken_ms) < PROVEN_MS

    async def __aenter__(self) -> Self:
        now_ms = self._now_ms()
        try:
            if await self._notes.get_meta(META):
                log.error("the run before this one did not end as it should")
                self._broken_ms = now_ms
        except StoreError as error:
            log.warning("how the run before ended cannot be read: %s", error)
        await self._mark(str(now_ms))
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        errors = () if error is None else single(error)
        if not any(_is_mistake(one) for one in errors):
            await self._mark("")

    async def _mark(self, value: str) -> None:
        try:
            await self._notes.set_meta(META, value)
        except StoreError as error:
            log.warning("how this run ends cannot be kept: %s", error)


def _is_mistake(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, SettingsError)
