"""The simulated exchange's one port on loopback: its doors for WebSocket clients and for REST."""

import socket
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from aiohttp import web

from pipeline.sources.simulated.futures import WEIGHT_PER_MINUTE, Futures
from pipeline.sources.simulated.limits import Refusal, Weights
from pipeline.sources.simulated.parameters import BadRequest
from pipeline.sources.simulated.rest import Rest
from pipeline.sources.simulated.sockets import Sockets, refused

Door = Literal["handshakes", "rest"]

SEND_BUFFER = 256 * 1024


class Server:
    """HTTP around ``Rest`` and ``Sockets``, and around the ``futures`` with sockets of their own;
    ``clock_ms`` is the limits' clock."""

    def __init__(
        self,
        rest: Rest,
        sockets: Sockets,
        futures: Futures,
        futures_sockets: Sockets,
        books_sockets: Sockets,
        clock_ms: Callable[[], float],
    ) -> None:
        self.weights = Weights()
        self._futures = futures
        self._futures_sockets = {"market": futures_sockets, "public": books_sockets}
        self._futures_weights = Weights(WEIGHT_PER_MINUTE)
        self.port = 0
        self._rest = rest
        self._sockets = sockets
        self._clock_ms = clock_ms
        self._refusals: dict[Door, tuple[int, Refusal]] = {}
        self._runner: web.AppRunner | None = None

    async def open(self, port: int) -> None:
        """Listen on 127.0.0.1; raises OSError if the port is busy. 0 takes any free one."""
        app = web.Application()
        app.router.add_get("/stream", self._on_stream)
        app.router.add_get("/ws", self._on_raw)
        app.router.add_get("/ws/{streams:.*}", self._on_raw)
        app.router.add_get("/api/v3/{path:.+}", self._on_rest)
        app.router.add_get("/{group:market|public}/stream", self._on_futures_stream)
        app.router.add_get("/fapi/v1/{path:.+}", self._on_futures_rest)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # A kernel buffer that grows by itself would hide slow readers for a long time.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            listener.bind(("127.0.0.1", port))
            self.port = listener.getsockname()[1]
            self._runner = web.AppRunner(
                app, access_log=None, shutdown_timeout=1.0, max_line_size=65_536
            )
            await self._runner.setup()
            await web.SockSite(self._runner, listener).start()
        except BaseException:
            listener.close()
            raise

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()

    def refuse(self, refusal: Refusal, times: int, doors: Iterable[Door]) -> None:
        """Answer the next ``times`` requests at each door with a refusal."""
        for door in doors:
            self._refusals[door] = (times, refusal)

    def _refusal(self, door: Door) -> Refusal | None:
        left, refusal = self._refusals.get(door, (0, None))
        if refusal is None or left <= 0:
            return None
        self._refusals[door] = (left - 1, refusal)
        return refusal

    async def _on_stream(self, request: web.Request) -> web.StreamResponse:
        return await self._connect(request, request.query.get("streams", ""), combined=True)

    async def _on_raw(self, request: web.Request) -> web.StreamResponse:
        names = request.match_info.get("streams", "")
        return await self._connect(request, names, combined=False)

    async def _on_futures_stream(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal("handshakes")
        if refusal is not None:
            return refused(refusal)
        streams = tuple(n for n in request.query.get("streams", "").split("/") if n)
        sockets = self._futures_sockets[request.match_info["group"]]
        return await sockets.accept(request, streams, combined=True)

    async def _on_futures_rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        weight = self._futures.weight(path)
        if weight is None:
            return web.Response(status=404, text="Not Found")
        refusal = self._futures_weights.spend(self._clock_ms(), weight)
        if refusal is not None:
            return refused(refusal)
        try:
            status, body = 200, self._futures.answer(path, dict(request.query))
        except BadRequest as error:
            status = 400
            body = msgspec.json.encode({"code": error.code, "msg": str(error)})
        return web.Response(
            status=status,
            body=body,
            headers={"X-MBX-USED-WEIGHT-1M": str(self._futures_weights.used)},
            content_type="application/json",
            charset="UTF-8",
        )

    async def _connect(
        self, request: web.Request, names: str, *, combined: bool
    ) -> web.StreamResponse:
        refusal = self._refusal("handshakes")
        if refusal is not None:
            return refused(refusal)
        streams = tuple(name for name in names.split("/") if name)
        return await self._sockets.accept(request, streams, combined=combined)

    async def _on_rest(self, request: web.Request) -> web.Response:
        refusal = self._refusal("rest")
        if refusal is not None:
            return refused(refusal)
        path = request.match_info["path"]
        params = dict(request.query)
        weight = self._rest.weight(path, params)
        if weight is None:
            return web.Response(status=404, text="Not Found")
        refusal = self.weights.spend(self._clock_ms(), weight)
        if refusal is not None:
            return refused(refusal)
        try:
            unit = request.headers.get("X-MBX-TIME-UNIT", "MILLISECOND").upper()
            if unit not in ("MILLISECOND", "MICROSECOND"):
                raise BadRequest(
                    -1194,
                    "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
                )
            if len(params) != len(request.query):
                raise BadRequest(-1101, "Duplicate values for a parameter detected.")
            status, body = 200, self._rest.answer(path, params, unit == "MICROSECOND")
        except BadRequest as error:
            status = 400
            body = msgspec.json.encode({"code": error.code, "msg": str(error)})
        used = str(self.weights.used)
        return web.Response(
            status=status,
            body=body,
            headers={"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used},
            content_type="application/json",
            charset="UTF-8",
        )
