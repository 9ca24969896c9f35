"""The web chat: one page in the browser as a platform like Telegram and Discord."""

import asyncio
import errno
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import WSCloseCode, web

from bot.alarm import Trouble
from bot.errors import SettingsError
from bot.model import Chat, Limits, Message, Sent, Unreal
from bot.platforms import web_frames, web_sessions
from bot.platforms.web_doors import Doors
from bot.platforms.web_frames import CommandInfo
from bot.platforms.web_rooms import Stamps
from bot.platforms.web_site import Site, require_same_origin
from bot.platforms.web_tab import Tab
from bot.platforms.web_talk import Offer, Talk
from bot.platforms.web_wire import mark_unreadable, server_log
from bot.ports import Album, Answer, Directory, Health
from pipeline.model import SymbolInfo

__all__ = ["CommandInfo", "WebPlatform"]

MAX_PAGES = 500
"""Open pages in all; another one is refused with 503 and tries again."""

_HELLO_S = 10.0
_HANDSHAKE = ("Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key")


class WebPlatform:
    """The Platform of the browser, its HTTP server included.

    ``password`` None or "" asks nobody for one, which only a loopback ``host`` may do.
    ``commands`` and ``kinds`` ((name, Korean) of alert kinds) are what the page completes,
    ``name_of`` what it calls a symbol. ``metrics`` gives Prometheus text. ``history`` gives what
    was delivered to a chat before, as (ref, message), oldest first; ``visited`` is told of open
    pages and says whether their chat's alerts had been paused; ``watching`` gives Korean lines on
    what it is subscribed to; ``album`` has the pictures of messages,
    ``run`` names this run where the next one will know nothing of it;
    ``troubles`` what operators have been told to be wrong, for /healthz. ``now_us`` is the wall
    clock in microseconds, ``monotonic`` any clock in seconds that never goes back.

    Chats never go away by themselves, so neither ``send`` nor ``edit`` raises: a visitor without
    an open page finds the message at the next visit. Raises SettingsError for a host that needs a
    password.
    """

    name = "web"
    limits = Limits()

    def __init__(
        self,
        *,
        host: str,
        port: int,
        password: str | None,
        unreal: Unreal | None,
        commands: Sequence[CommandInfo],
        directory: Directory,
        health: Health,
        metrics: Callable[[], bytes],
        version: str,
        run: str = "",
        history: Callable[[Chat], Awaitable[Sequence[tuple[str, Message]]]],
        visited: Callable[[Chat], Awaitable[bool]],
        kinds: Sequence[tuple[str, str]] = (),
        name_of: Callable[[SymbolInfo], str] = lambda info: f"{info.base}/{info.quote}",
        watching: Callable[[Chat], Awaitable[Sequence[str]]] | None = None,
        album: Album | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        monotonic: Callable[[], float] = time.monotonic,
        health_every_s: float = 3.0,
        troubles: Callable[[], Mapping[str, Trouble]] = dict,
    ) -> None:
        if not password and not web_sessions.is_loopback(host):
            raise SettingsError(
                f"[web] host = {host}: 이 컴퓨터 밖에서도 열리는 주소에는 비밀번호가 필요합니다. "
                "GORAEBOT_WEB_PASSWORD를 정하거나 GORAEBOT_WEB_HOST를 127.0.0.1로 두세요."
            )
        self._host = host
        self._port = port
        self._health = health
        self._monotonic = monotonic
        self._health_every_s = health_every_s
        guard = web_sessions.Guard(password, lambda: now_us() / 1e6, monotonic)
        self._site = Site(guard, health, metrics, album, troubles)
        offer = Offer(tuple(commands), tuple(kinds), unreal, guard.locked, version, run)
        stamps = Stamps(now_us)
        self._talk = Talk(
            offer, directory, name_of, health, history, visited, watching, stamps, monotonic
        )
        self._doors = Doors(monotonic)
        self._tabs: set[Tab] = set()
        self.ready = asyncio.Event()
        """Set while ``listen`` accepts connections."""

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page (with the real port once ready)."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def open_pages(self) -> int:
        """Pages connected right now."""
        return len(self._tabs)

    # --- Platform --------------------------------------------------------------------------------

    async def listen(self, answer: Answer) -> None:
        """Serve the page until cancelled. Raises SettingsError when host or port can't be used."""

        async def open_socket(request: web.Request) -> web.StreamResponse:
            return await self._socket(request, answer, tasks)

        app = self._site.application(open_socket, self._doors.count)
        app.on_shutdown.append(self._close_tabs)
        # No access log: it would hold nothing but addresses of visitors.
        runner = web.AppRunner(app, access_log=None, logger=server_log, shutdown_timeout=2.0)
        await runner.setup()
        server = runner.server
        assert server is not None  # noqa: S101 (it is set up)
        mark_unreadable(server)
        try:
            listening = await self._bind(server)
            async with asyncio.TaskGroup() as tasks:
                try:
                    self.ready.set()
                    await self._tell_health(server)
                finally:
                    self.ready.clear()
                    listening.close()
                    await runner.cleanup()  # before the answers end: pages may still ask
        finally:
            await runner.cleanup()

    def is_group(self, chat: Chat) -> bool:
        """Every web chat has one reader."""
        return False

    async def send(self, chat: Chat, message: Message) -> Sent:
        """Show the message; sent twice with one key, it stays one bubble with one ref."""
        return self._talk.push(chat, message)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace the bubble with the ref, else the one with the message's key.

        Where neither is known, no page shows the message and there is nothing to do.
        """
        self._talk.edit(sent, message)

    def forget(self, chat: Chat) -> None:
        """Forget the visitor: what was said here, and who its cookie says that it is."""
        self._site.forget(chat.id)
        self._talk.forget(chat)

    # --- server ----------------------------------------------------------------------------------

    async def _bind(self, server: web.Server) -> asyncio.Server:
        try:
            listening = await self._doors.open(server, self._host, self._port)
        except socket.gaierror as error:
            raise SettingsError(
                f"{self._host}이라는 주소를 찾을 수 없습니다. GORAEBOT_WEB_HOST를 확인해 주세요."
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"포트 {self._port}번을 이미 다른 프로그램이 쓰고 있습니다. "
                    "GORAEBOT_WEB_PORT에 다른 번호를 정해 주세요."
                ) from error
            if error.errno == errno.EACCES:
                raise SettingsError(
                    f"포트 {self._port}번을 열 권한이 없습니다. "
                    "GORAEBOT_WEB_PORT에 1024 이상의 번호를 정해 주세요."
                ) from error
            raise SettingsError(
                f"{self._host}에서 웹 채팅을 열 수 없습니다({error.strerror}). "
                "GORAEBOT_WEB_HOST를 확인해 주세요."
            ) from error
        self._port = int(listening.sockets[0].getsockname()[1])
        return listening

    async def _tell_health(self, server: web.Server) -> None:
        while True:
            self._doors.sweep(server)
            if self._tabs:
                frame = web_frames.encode(web_frames.HealthNow(web_frames.feed_now(self._health)))
                for tab in self._tabs:
                    tab.offer(frame)
            await asyncio.sleep(self._health_every_s)

    async def _close_tabs(self, app: web.Application) -> None:
        await asyncio.gather(*(tab.close(WSCloseCode.GOING_AWAY) for tab in self._tabs))

    async def _socket(
        self, request: web.Request, answer: Answer, tasks: asyncio.TaskGroup
    ) -> web.StreamResponse:
        require_same_origin(request)
        if not self._site.may_enter(request):
            raise web.HTTPUnauthorized(text="password needed\n")
        if len(self._tabs) >= MAX_PAGES:
            raise web.HTTPServiceUnavailable(text="too many open pages\n")
        # aiohttp takes them for ASCII and fails at what is none.
        if not all(request.headers.get(name, "").isascii() for name in _HANDSHAKE):
            raise web.HTTPBadRequest(text="not a WebSocket handshake\n")
        ws = web.WebSocketResponse(
            heartbeat=20.0, max_msg_size=web_frames.MAX_FRAME, compress=False, timeout=2.0
        )
        chat = Chat(self.name, self._site.visitor(request, ws))
        await ws.prepare(request)
        tab = Tab(ws, request.transport, self._monotonic)
        self._tabs.add(tab)
        try:
            await self._serve(tab, chat, answer, tasks)
        finally:
            self._tabs.discard(tab)
        return ws

    async def _serve(self, tab: Tab, chat: Chat, answer: Answer, tasks: asyncio.TaskGroup) -> None:
        try:
            async with asyncio.timeout(_HELLO_S):
                hello = await tab.read()
        except TimeoutError:
            hello = None
        if not isinstance(hello, web_frames.Hello):
            await tab.close(WSCloseCode.POLICY_VIOLATION)
            return
        room = await self._talk.enter(chat, tab, hello)
        if room is None:
            await tab.close(WSCloseCode.TRY_AGAIN_LATER)
            return
        try:
            async with asyncio.TaskGroup() as both:
                writing = both.create_task(tab.write(), name="web page writer")
                staying = both.create_task(self._talk.stay(room), name="web visit")
                while (frame := await tab.read()) is not None:
                    if isinstance(frame, web_frames.Say):
                        self._talk.say(room, tab, frame, answer, tasks)
                    elif isinstance(frame, web_frames.Suggest):
                        self._talk.suggest(tab, frame)
                writing.cancel()
                staying.cancel()
        finally:
            self._talk.leave(room, tab)
