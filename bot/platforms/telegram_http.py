"""The Bot API over aiohttp: a third of the CPU that python-telegram-bot takes by itself.

No error names an address: it holds the token.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
from telegram import Update
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.errors import RetryLater
from pipeline.proxy import proxy_of

log = logging.getLogger("goraebot.telegram")

CONNECT_S: Final = 5.0
"""For a connection, a free one of those open included."""
UPLOAD_S: Final = 20.0
"""For writing files."""
_OF_A_MESSAGE: Final = ("message_id", "date", "chat")
LONGEST_BODY: Final = 16 * 1024 * 1024
_TURN: Final[ContextVar[AbstractAsyncContextManager[None] | None]] = ContextVar(
    "turn", default=None
)


class NotNow(TelegramError):
    """A request's turn did not come: ``later`` says so. The library lets its own errors through."""

    def __init__(self, later: RetryLater) -> None:
        super().__init__(str(later))
        self.later = later


@contextmanager
def taking(turn: AbstractAsyncContextManager[None]) -> Iterator[None]:
    """The request of the block waits for the turn when all of it but the sending is done, and the
    turn is over with the answer, before the library reads that: the pace is kept more closely.

    Raises NotNow where the turn raises RetryLater.
    """
    token = _TURN.set(turn)
    try:
        yield
    finally:
        _TURN.reset(token)


class Http(BaseRequest):
    """Requests to the server at ``api_url``, at most ``connections`` at a time; its proxy is the
    environment's.

    ``timeout_s``: for a request to be written, and for its answer to begin and to go on. A call's
    own ``read_timeout`` comes first, its other timeouts are not heeded. Raises TimedOut and
    NetworkError. Opened when it is first used, and by ``initialize`` after a ``shutdown``.
    """

    def __init__(self, api_url: str, connections: int, timeout_s: float) -> None:
        self._proxy = proxy_of(api_url)
        self._connections = connections
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return self._timeout_s

    async def initialize(self) -> None:
        """Let it be used, again."""
        self._closed = False

    async def shutdown(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,
        connect_timeout: object = None,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer."""
        with_files = request_data is not None and request_data.contains_files
        read_s = read_timeout if isinstance(read_timeout, int | float) else self._timeout_s
        write_s = max(self._timeout_s, UPLOAD_S) if with_files else self._timeout_s
        connect_s = min(CONNECT_S, self._timeout_s)
        timeout = aiohttp.ClientTimeout(
            total=connect_s + write_s + read_s, connect=connect_s, sock_read=read_s
        )
        body, kind = _written(request_data)
        try:
            async with (
                _TURN.get() or nullcontext(),
                self._open().request(
                    method,
                    url,
                    data=body,
                    headers=kind,
                    timeout=timeout,
                    allow_redirects=False,  # it would turn a POST into a GET
                ) as response,
            ):
                answer = bytearray()
                async for chunk in response.content.iter_any():
                    answer += chunk
                    if len(answer) > LONGEST_BODY:
                        raise NetworkError(f"an answer of more than {LONGEST_BODY} bytes")
                return response.status, bytes(answer)
        except RetryLater as later:
            raise NotNow(later) from None
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientConnectorError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from None
        except aiohttp.ClientError as error:  # some of these name the address
            raise NetworkError(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; of a message that was sent no more than which it is, for the library takes
        as long to read all of it as to send it."""
        answer = _read(payload)
        result = answer.get("result")
        if isinstance(result, dict) and "message_id" in result:
            answer["result"] = {name: result[name] for name in _OF_A_MESSAGE if name in result}
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NetworkError("closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
            )
        return self._session


class Polling(Http):
    """Lets no update hold up the others: one that the library cannot read becomes an empty one."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Telegram's answer."""
        answer = _read(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [_readable(update) for update in answer["result"]]
        return answer


def _read(payload: bytes) -> dict[str, Any]:
    """Raises TelegramError, and logs nothing: what a proxy answers may name the address."""
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except ValueError:
        raise TelegramError("Invalid server response") from None
    if not isinstance(answer, dict):
        raise TelegramError("Invalid server response")
    return answer


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(update, None)
    except Exception as error:  # whatever a constructor makes of a shape it does not know
        log.error("an update cannot be read and is passed over: %r", error)
        return {"update_id": update["update_id"]}
    return update


def _written(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str]]:
    """The body of a request, and the header that says what it is."""
    if data is None:
        return None, {}
    if not data.contains_files:
        # As urlencode does, in a sixth of its time.
        body = URL.build(query=data.json_parameters).raw_query_string.encode()
        return body, {"Content-Type": "application/x-www-form-urlencoded"}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form, {}
