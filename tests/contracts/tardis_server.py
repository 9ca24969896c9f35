"""api.tardis.dev on loopback, as its documentation has it: exchange pages without a key, data feeds
as gzip NDJSON a minute, the first day of each month for everybody, other days for a key."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer

CHANNELS = ["trade", "aggTrade", "ticker", "depth", "depthSnapshot", "bookTicker"]
SINCE = "2019-03-30T00:00:00.000Z"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


class TardisServer:
    """Holds lines by minute; ``asked`` are the paths and queries, ``status`` answers everything
    with an error of that number while it is set; no feed is answered before ``open``."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.minutes: dict[datetime, list[str]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.url = ""
        self.open = asyncio.Event()
        self.open.set()

    def line(self, at: datetime, message: object) -> None:
        """A message that was received then."""
        stamp = f"{at:%Y-%m-%dT%H:%M:%S.%f}0Z"
        assert STAMP.fullmatch(stamp)
        minute = at.replace(second=0, microsecond=0)
        self.minutes.setdefault(minute, []).append(f"{stamp} {json.dumps(message)}")

    def disconnect(self, at: datetime) -> None:
        """An empty line: Tardis' own connection was lost."""
        self.minutes.setdefault(at.replace(second=0, microsecond=0), []).append("")

    async def page(self, request: web.Request) -> web.Response:
        """``/v1/exchanges/{id}``."""
        self._note(request)
        if self.status >= 500:
            return self._refused(self.status, "Internal server error")
        symbols = [
            {"id": name, "type": "spot", "availableSince": SINCE} for name in ("btcusdt", "ethusdt")
        ]
        symbols.append(
            {
                "id": "lunausdt",
                "type": "spot",
                "availableSince": SINCE,
                "availableTo": "2022-05-13T00:00:00.000Z",
            }
        )
        return web.json_response(
            {
                "id": request.match_info["exchange"],
                "availableSince": SINCE,
                "availableChannels": CHANNELS,
                "availableSymbols": symbols,
            }
        )

    async def feed(self, request: web.Request) -> web.Response:
        """``/v1/data-feeds/{exchange}``: minutes from an offset on."""
        self._note(request)
        await self.open.wait()
        if self.status:
            return self._refused(self.status, "Told by the test.")
        begin = datetime.fromisoformat(request.query["from"])
        minute = begin + timedelta(minutes=int(request.query["offset"]))
        filters = json.loads(request.query.get("filters", "[]"))
        unknown = [f["channel"] for f in filters if f["channel"] not in CHANNELS]
        if unknown:
            return self._refused(400, f"Invalid 'filters' param: {', '.join(unknown)}")
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if (sent and sent != self.key) or (not sent and minute.day != 1):
            return self._refused(401, "Unauthorized. API key is missing, invalid or expired.")
        size = int(request.query.get("sliceSize", "1"))
        lines = [
            line
            for number in range(size)
            for line in self.minutes.get(minute.astimezone(UTC) + timedelta(minutes=number), [])
        ]
        return web.Response(
            body=gzip.compress("".join(f"{line}\n" for line in lines).encode()),
            headers={
                "Content-Encoding": "gzip",
                "x-slice-size": str(size),
                "x-suggested-slice-size": "10",
            },
        )

    def _note(self, request: web.Request) -> None:
        self.asked.append((request.path, dict(request.query)))

    def _refused(self, status: int, text: str) -> web.Response:
        return web.json_response({"message": text}, status=status, headers=self.headers)


@asynccontextmanager
async def tardis_server(key: str = "") -> AsyncIterator[TardisServer]:
    """The server; its ``url`` is what GORAEBOT_TARDIS_API_URL would be."""
    it = TardisServer(key)
    app = web.Application()
    app.router.add_get("/v1/exchanges/{exchange}", it.page)
    app.router.add_get("/v1/data-feeds/{exchange}", it.feed)
    async with TestServer(app) as server:
        it.url = str(server.make_url("/v1"))
        yield it
