"""The gateway of a Discord that behaves: HELLO, IDENTIFY, READY, HEARTBEAT, RESUME and the rest."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
BUFFERED = 500


class Session:
    """What the gateway remembers of one shard, connected or not."""

    def __init__(self, shard: int, shards: int, intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.shards = shards
        self.intents = intents
        self.seq = 0
        self.sent: list[dict[str, Any]] = []
        self.ws: web.WebSocketResponse | None = None

    async def dispatch(self, event: str, data: Any) -> None:
        """Send the event, now or when the session is resumed."""
        self.seq += 1
        frame = {"op": DISPATCH, "t": event, "s": self.seq, "d": data}
        self.sent = [*self.sent, frame][-BUFFERED:]
        if self.ws is not None and not self.ws.closed:
            await self.ws.send_str(json.dumps(frame))


class Gateway:
    """Serves ``/gateway`` and, for RESUME alone, ``/gateway/resume``.

    ``ready`` gives the READY data that concern the application, ``guilds`` the servers of a shard.
    ``told`` is called after everything that a test may wait for.
    """

    def __init__(
        self,
        token: str,
        ready: Callable[[], dict[str, Any]],
        guilds: Callable[[], list[dict[str, Any]]],
        told: Callable[[], None],
        heartbeat_ms: int,
    ) -> None:
        self.token = token
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.silent = self.refusing = False
        """Whether connections are opened and then nothing is said."""
        self.opened = 0
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.invalidate_next: bool | None = None
        """What the next RESUME is answered with (op 9), and whether it may be tried again."""
        self._ready = ready
        self._guilds = guilds
        self._told = told
        self._heartbeat_ms = heartbeat_ms

    @property
    def connected(self) -> list[Session]:
        """Sessions with an open connection."""
        return [s for s in self.sessions.values() if s.ws is not None and not s.ws.closed]

    async def dispatch(self, event: str, data: Any, guild_id: int | None) -> None:
        """Send an event on the shard that the server belongs to; what has none goes to shard 0."""
        for session in self.sessions.values():
            if session.shard == ((guild_id or 0) >> 22) % session.shards:
                await session.dispatch(event, data)

    async def ask_to_reconnect(self) -> None:
        """Op 7 to everybody."""
        await self._everybody({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        """Op 9 to everybody."""
        connected = self.connected
        if not resumable:
            for session in connected:
                del self.sessions[session.id]
        for session in connected:
            if session.ws is not None:
                await session.ws.send_str(json.dumps({"op": INVALID, "d": resumable}))

    async def close(self, code: int) -> None:
        """Close every connection with the code; sessions can be resumed."""
        for session in self.connected:
            ws, session.ws = session.ws, None
            if ws is not None:
                await ws.close(code=code)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        self.opened += 1
        if self.refusing:
            self._told()
            raise web.HTTPServiceUnavailable
        ws = web.WebSocketResponse(max_msg_size=4096)
        await ws.prepare(request)
        self._told()
        resuming = request.path.endswith("/resume")
        if not self.silent:
            hello = {"op": HELLO, "d": {"heartbeat_interval": self._heartbeat_ms}, "s": None}
            await ws.send_str(json.dumps(hello))
        session: Session | None = None
        async for frame in ws:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                break
            said = json.loads(frame.data)
            match said["op"]:
                case 1:
                    self.heartbeats += 1
                    await ws.send_str(json.dumps({"op": ACK}))
                case 2 if session is not None:
                    await ws.close(code=4005)
                case 2:
                    session = await self._identify(ws, said["d"])
                case 6:
                    session = await self._resume(ws, said["d"], resuming)
                case _:
                    await ws.close(code=4001)
            self._told()
        if session is not None and session.ws is ws:
            session.ws = None
            if ws.close_code in (1000, 1001):  # said goodbye: nothing to resume
                self.sessions.pop(session.id, None)
        self._told()
        return ws

    async def _identify(self, ws: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        if said["token"] != self.token:
            await ws.close(code=4004, message=b"Authentication failed.")
            return None
        for required in ("properties", "intents"):
            if required not in said:
                await ws.close(code=4002)
                return None
        shard, shards = said.get("shard", (0, 1))
        session = Session(shard, shards, said["intents"])
        session.ws = ws
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [g for g in self._guilds() if (int(g["id"]) >> 22) % shards == shard]
        await session.dispatch(
            "READY",
            {
                "v": 10,
                **self._ready(),
                "guilds": [{"id": guild["id"], "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": f"{self.url}/resume",
                "shard": [shard, shards],
            },
        )
        if session.intents & 1:
            for guild in guilds:
                await session.dispatch("GUILD_CREATE", {**guild, "unavailable": False})
        return session

    async def _resume(
        self, ws: web.WebSocketResponse, said: dict[str, Any], resuming: bool
    ) -> Session | None:
        if said["token"] != self.token:
            await ws.close(code=4004, message=b"Authentication failed.")
            return None
        session = self.sessions.get(said["session_id"])
        refusal, self.invalidate_next = self.invalidate_next, None
        if session is None or not resuming or refusal is not None:
            await ws.send_str(json.dumps({"op": INVALID, "d": bool(refusal)}))
            return None
        session.ws = ws
        self.resumed += 1
        for frame in session.sent:
            if frame["s"] > said["seq"]:
                await ws.send_str(json.dumps(frame))
        await session.dispatch("RESUMED", {})
        return session

    async def _everybody(self, frame: dict[str, Any]) -> None:
        for session in self.connected:
            if session.ws is not None:
                await session.ws.send_str(json.dumps(frame))
        await asyncio.sleep(0)
