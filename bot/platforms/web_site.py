"""The web chat's plain HTTP side: the page's files, login, /healthz, /metrics, security headers."""

import asyncio
import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from bot.alarm import Trouble
from bot.platforms import web_sessions
from bot.platforms.web_frames import feed_now
from bot.platforms.web_sessions import Guard
from bot.platforms.web_wire import refuse_unreadable
from bot.ports import Album, Health

VISITOR_COOKIE = "goraebot_visitor"
SESSION_COOKIE = "goraebot_session"
MAX_BODY = 4096
"""Bytes of a request's body; only the login form has one."""

_BODY_S = 10.0
_HTML = "text/html; charset=utf-8"
_SCRIPT = "text/javascript; charset=utf-8"
# Nothing outside this table is ever read from the disk.
_FILES = {
    "/app.js": _SCRIPT,
    "/chat.js": _SCRIPT,
    "/composer.js": _SCRIPT,
    "/connection.js": _SCRIPT,
    "/hangul.js": _SCRIPT,
    "/login.js": _SCRIPT,
    "/panel.js": _SCRIPT,
    "/sound.js": _SCRIPT,
    "/time.js": _SCRIPT,
    "/style.css": "text/css; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it, browsers send "Origin: null" with the login form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "goraebot",
}
_ERROR_SLOT = "<!--error-->"


FORGOTTEN = 4096
"""Cookies of forgotten visitors that are replaced; the oldest of more names an empty chat again."""


class Site:
    """Everything but the chat's socket. Reads the page's files when it is made."""

    def __init__(
        self,
        guard: Guard,
        health: Health,
        metrics: Callable[[], bytes],
        album: Album | None,
        troubles: Callable[[], Mapping[str, Trouble]],
    ) -> None:
        self._troubles = troubles
        self._album = album
        self._guard = guard
        self._health = health
        self._metrics = metrics
        folder = Path(__file__).with_name("web")
        self._forgotten: dict[str, None] = {}
        self._index = (folder / "index.html").read_bytes()
        self._login = (folder / "login.html").read_text(encoding="utf-8")
        self._files = {path: (folder / path[1:]).read_bytes() for path in _FILES}

    def application(
        self,
        socket: Callable[[web.Request], Awaitable[web.StreamResponse]],
        count: Middleware,
    ) -> web.Application:
        """The routes, with ``socket`` answering ``/ws`` and ``count`` around every request."""
        app = web.Application(
            middlewares=[count, refuse_unreadable, self._check_host], client_max_size=MAX_BODY
        )
        app.on_response_prepare.append(_add_headers)
        files = dict.fromkeys(_FILES, self._get_file)
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/", self._get_index),
            ("GET", "/login", self._get_login),
            ("POST", "/login", self._post_login),
            ("POST", "/logout", self._post_logout),
            ("POST", "/session", self._post_session),
            ("GET", "/healthz", self._get_health),
            ("GET", "/metrics", self._get_metrics),
            ("GET", "/ws", socket),
            ("GET", "/pictures/{name:[0-9a-f]{32}}.png", self._get_picture),
            *(("GET", path, handler) for path, handler in files.items()),
        ]
        for method, path, handler in routes:
            known = [method, "HEAD"] if method == "GET" else [method]
            for one in known:
                app.router.add_route(one, path, handler, expect_handler=_expect)
        # aiohttp's own answer to a path without a route fails at an Expect that is no UTF-8; one
        # with a line break has a route as well.
        app.router.add_route("*", r"/{any:[\s\S]*}", _get_nothing, expect_handler=_expect)
        return app

    def may_enter(self, request: web.Request) -> bool:
        """Whether the visitor gave the password, if there is one."""
        return self._guard.open_to(request.cookies.get(SESSION_COOKIE))

    def forget(self, chat_id: str) -> None:
        """Whoever comes with this visitor's cookie is a newcomer."""
        self._forgotten[chat_id] = None
        while len(self._forgotten) > FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]

    def visitor(self, request: web.Request, response: web.StreamResponse) -> str:
        """The visitor's chat id. The cookie is put on the response, so that it lasts from now on;
        a newcomer gets a new one."""
        cookie = request.cookies.get(VISITOR_COOKIE)
        chat_id = web_sessions.visitor_chat_id(cookie)
        if cookie is None or chat_id is None or chat_id in self._forgotten:
            cookie = web_sessions.new_visitor()
            chat_id = web_sessions.visitor_chat_id(cookie)
        assert chat_id is not None  # noqa: S101 (a new cookie is valid)
        _set_cookie(request, response, VISITOR_COOKIE, cookie, web_sessions.VISITOR_DAYS)
        return chat_id

    @web.middleware
    async def _check_host(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # Without a password only the own machine may ask. A foreign name that resolves to
        # 127.0.0.1 (DNS rebinding) would make a hostile page same-origin with this one.
        host = web_sessions.host_of(request.host)
        own = self._guard.locked or web_sessions.is_loopback(host)
        if not own and request.path != "/healthz":
            raise web.HTTPMisdirectedRequest(
                text="이 주소로 열려면 GORAEBOT_WEB_PASSWORD에 비밀번호를 정해 주세요.\n"
            )
        return await handler(request)

    async def _get_index(self, request: web.Request) -> web.StreamResponse:
        if not self.may_enter(request):
            raise web.HTTPSeeOther("/login")
        return _file(request, self._index, _HTML)

    async def _get_file(self, request: web.Request) -> web.StreamResponse:
        return _file(request, self._files[request.path], _FILES[request.path])

    async def _get_picture(self, request: web.Request) -> web.StreamResponse:
        """A picture of a message. Whoever knows its name was shown the message; behind a password
        that alone is not enough."""
        if not self.may_enter(request):
            raise web.HTTPUnauthorized(text="password needed\n")
        png = await self._album.png(request.match_info["name"]) if self._album else None
        if png is None:
            raise web.HTTPNotFound(text="this picture is not kept any more\n")
        return web.Response(
            body=png,
            content_type="image/png",
            headers={"Cache-Control": "private, max-age=86400, immutable"},
        )

    async def _post_session(self, request: web.Request) -> web.StreamResponse:
        """204 and a visitor's cookie, or 401: what the page asks before it opens its socket.

        Cookies are SameSite=Strict, so a page reached by a foreign link has none at first; asking
        from the page itself brings them back instead of replacing them.
        """
        require_same_origin(request)
        if not self.may_enter(request):
            raise web.HTTPUnauthorized(text="password needed\n")
        response = web.Response(status=204)
        self.visitor(request, response)
        return response

    async def _get_login(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.locked:
            raise web.HTTPSeeOther("/")
        return self._login_page(200, "")

    async def _post_login(self, request: web.Request) -> web.StreamResponse:
        require_same_origin(request)
        if request.content_type != "application/x-www-form-urlencoded":  # files would be kept
            raise web.HTTPBadRequest(text="not a form\n")
        try:
            async with asyncio.timeout(_BODY_S):
                form = await request.post()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ValueError, LookupError):  # the latter for an unknown charset
            raise web.HTTPBadRequest(text="not a form\n") from None
        except web.RequestPayloadError:
            raise web.HTTPBadRequest(
                text="보낸 내용을 읽을 수 없습니다. 로그인 화면에서 다시 입력해 주세요.\n"
            ) from None
        wait_s = self._guard.try_password(str(form.get("password", "")), request.remote or "")
        if wait_s is None:
            response = web.HTTPSeeOther("/")
            session = self._guard.new_session()
            _set_cookie(request, response, SESSION_COOKIE, session, web_sessions.SESSION_DAYS)
            raise response
        if wait_s:
            page = self._login_page(
                429, f"시도가 너무 많습니다. {math.ceil(wait_s)}초 뒤에 다시 시도해 주세요."
            )
            page.headers["Retry-After"] = str(math.ceil(wait_s))
            return page
        return self._login_page(401, "비밀번호가 맞지 않습니다. 다시 입력해 주세요.")

    async def _post_logout(self, request: web.Request) -> web.StreamResponse:
        require_same_origin(request)
        response = web.HTTPSeeOther("/login")
        response.del_cookie(SESSION_COOKIE, path="/")
        raise response

    def _login_page(self, status: int, error: str) -> web.Response:
        text = self._login.replace(_ERROR_SLOT, error)
        return web.Response(
            status=status,
            text=text,
            content_type="text/html",
            headers={"Cache-Control": "no-store"},
        )

    async def _get_health(self, request: web.Request) -> web.StreamResponse:
        """200 while alerts flow ("degraded" if something else is wrong), 503 while they do not."""
        now = feed_now(self._health)
        troubles = dict(self._troubles())
        flowing = now.feed.ok and not any(trouble.stops for trouble in troubles.values())
        status = "problem" if not flowing else "degraded" if troubles else "ok"
        answer: dict[str, object] = {"status": status}
        # A stranger learns whether it works, not why.
        if not self._guard.locked or self._may_measure(request):
            answer["feed_age_ms"] = now.feed.age_ms
            answer["queued"] = now.queued
            if not now.feed.ok:
                answer["problem"] = now.feed.problem or "connecting"
                answer["what"] = now.text
            if troubles:
                answer["troubles"] = {name: trouble.text for name, trouble in troubles.items()}
        return web.json_response(
            answer,
            status=200 if flowing else 503,
            headers={"Cache-Control": "no-store"},
            dumps=partial(json.dumps, ensure_ascii=False),  # for those who read it with curl
        )

    async def _get_metrics(self, request: web.Request) -> web.StreamResponse:
        if not self._may_measure(request):
            raise web.HTTPUnauthorized(
                text="password needed\n", headers={"WWW-Authenticate": 'Basic realm="goraebot"'}
            )
        return web.Response(
            body=self._metrics(),
            headers={
                "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
                "Cache-Control": "no-store",
            },
        )

    def _may_measure(self, request: web.Request) -> bool:
        return self.may_enter(request) or self._guard.try_basic(
            request.headers.get("Authorization"), request.remote or ""
        )


async def _get_nothing(request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound(text="not found\n")


async def _expect(request: web.Request) -> None:
    """As aiohttp does it, but without repeating what was expected, which may be no text."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="unknown expectation\n")
    if request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def require_same_origin(request: web.Request) -> None:
    """Raises HTTPForbidden for a request that another site's page made."""
    if not web_sessions.same_origin(request.headers.get("Origin"), request.host):
        raise web.HTTPForbidden(text="cross-site request refused\n")


def _set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, days: int
) -> None:
    # The forwarded header can only make the sender's own cookie stricter.
    https = request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    response.set_cookie(
        name, value, max_age=days * 86_400, path="/", httponly=True, samesite="Strict", secure=https
    )


def _file(request: web.Request, body: bytes, content_type: str) -> web.Response:
    tag = hashlib.sha256(body).hexdigest()[:16]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Content-Type": content_type}
    known = request.if_none_match or ()
    if any(other.value == tag for other in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
