"""Requests that go wrong below the page's own code: what they and the log are told."""

import logging
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawRequestMessage
from aiohttp.typedefs import Handler
from yarl import URL


class _OursOnly(logging.Filter):
    """Lets through what is our own mistake.

    A malformed request is answered with 400 and no more, a body that does not unpack is read no
    further: aiohttp would write a traceback for each, which quotes the request with its cookies,
    and a stranger could fill the disk. A visitor that is gone before the answer is nobody's
    mistake.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        foreign = HttpProcessingError | web.RequestPayloadError | ConnectionError
        return not isinstance(error, foreign)


class _NotOfProtocols(logging.Filter):
    """Keeps back that a visitor asked for a subprotocol, of which the page has none."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("%s: Client protocols")


server_log: Final = logging.getLogger("goraebot.web.server")
server_log.addFilter(_OursOnly())
logging.getLogger("aiohttp.websocket").addFilter(_NotOfProtocols())

_UNREADABLE: Final = web.RequestKey("unreadable", bool)


def mark_unreadable(server: web.Server) -> None:
    """Lets ``refuse_unreadable`` have requests whose address cannot be read, as ``http://xn--/``.

    aiohttp makes the request where nothing catches what yarl raises at such a host: there would be
    no answer, an open connection and a traceback. It has no routes for "GET http://host", which
    means the "/" there (RFC 9110, 4.2.3), nor for "OPTIONS *": both are made to have that path. A
    line "CONNECT " and no more is let through without any address. To be called before the server
    has connections.
    """
    make = server.request_factory

    def made(message: RawRequestMessage, *rest: Any) -> web.BaseRequest:
        try:
            if message.url is None:
                raise ValueError("no address")
            request = make(message, *rest)
            has_path = request.path.startswith("/")
            return request if has_path else make(message._replace(url=URL("/")), *rest)
        except ValueError:
            request = make(message._replace(url=URL("/")), *rest)
            request[_UNREADABLE] = True
            return request

    server.request_factory = made


@web.middleware
async def refuse_unreadable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers what ``mark_unreadable`` found with 400."""
    if _UNREADABLE in request:
        raise web.HTTPBadRequest(text="주소를 읽을 수 없습니다.\n")
    return await handler(request)
