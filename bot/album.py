"""Pictures by their names: messages carry only the name, and platforms come here for the PNG.

In memory there is room for the answers of the last while; a picture that has to outlast the
program, because a message in the outbox has it, is kept in the database as well.
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bot.errors import StoreError
from bot.model import Picture
from bot.picturebook import Picturebook

log = logging.getLogger("goraebot.album")

MAX_BYTES: Final = 24 * 1024 * 1024
"""In memory, about 200 pictures; the one unused for longest goes."""


class Album:
    """Implements bot.ports.Album. ``book`` None keeps nothing beyond the program's end."""

    def __init__(
        self,
        book: Picturebook | None = None,
        *,
        now_ms: Callable[[], int],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._book = book
        self._now_ms = now_ms
        self._max_bytes = max_bytes
        self._pngs: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._loading: dict[str, asyncio.Future[bytes | None]] = {}

    def add(self, png: bytes, alt: str) -> Picture:
        """A new picture under a name that nobody can guess."""
        width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        picture = Picture(secrets.token_hex(16), alt, width, height)
        self._remember(picture.name, png)
        return picture

    async def png(self, name: str) -> bytes | None:
        """See bot.ports.Album. Who asks while a picture is read waits for that."""
        while True:
            png = self._pngs.get(name)
            if png is not None:
                self._pngs.move_to_end(name)
                return png
            if self._book is None:
                return None
            loading = self._loading.get(name)
            if loading is None:
                return await self._load(name, self._book)
            await asyncio.wait({loading})
            if not loading.cancelled():
                return loading.result()

    async def keep(self, picture: Picture) -> None:
        """Keep the picture beyond the program's end. Raises StoreError."""
        png = self._pngs.get(picture.name)
        if png is not None and self._book is not None:
            await self._book.keep(picture.name, png, self._now_ms())

    async def _load(self, name: str, book: Picturebook) -> bytes | None:
        loading = self._loading[name] = asyncio.get_running_loop().create_future()
        try:
            try:
                png = await book.find(name)
            except StoreError as error:
                log.warning("a picture cannot be read: %s", error)
                png = None
            if png is not None:
                self._remember(name, png)
            loading.set_result(png)
            return png
        finally:
            del self._loading[name]
            loading.cancel()  # unless it has a result: somebody else reads it then

    def _remember(self, name: str, png: bytes) -> None:
        self._bytes -= len(self._pngs.pop(name, b""))
        self._pngs[name] = png
        self._bytes += len(png)
        while self._bytes > self._max_bytes and len(self._pngs) > 1:
            self._bytes -= len(self._pngs.popitem(last=False)[1])
