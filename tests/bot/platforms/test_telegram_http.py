"""Requests to Telegram: whatever the way there does becomes one of the library's errors, in time,
and none of them tells the token."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.errors import RetryLater
from bot.platforms import telegram, telegram_http
from bot.platforms.telegram_http import Http, NotNow, taking

TOKEN = "4242:TEST-token_x"
HEAD = "HTTP/1.1 {}\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}"

Line = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def says(status: str, body: str, *headers: str, length: int | None = None) -> Line:
    lines = "".join(f"{header}\r\n" for header in headers)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = len(body) if length is None else length
        writer.write(HEAD.format(status, lines, size, body).encode())

    return answer


async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def mute(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 not http\r\n\r\n")


FLOOD = '{"ok":false,"description":"Too Many Requests","parameters":{"retry_after":7}}'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (cut, NetworkError),
        (mute, TimedOut),
        (garbage, NetworkError),
        (says("302 Found", "", "Location: http://127.0.0.1:1/"), NetworkError),
        (says("200 OK", "<html>"), TelegramError),
        (says("200 OK", '{"ok"', length=99), NetworkError),
        (says("200 OK", "x" * 2_000), NetworkError),
        (says("200 OK", "{}", "Content-Encoding: gzip"), NetworkError),
        (says("502 Bad Gateway", "<html>"), NetworkError),
        (says("429 Too Many Requests", FLOOD), RetryAfter),
    ],
    ids=["cut", "mute", "garbage", "moved", "html", "short", "long", "unzippable", "502", "flood"],
)
async def test_whatever_becomes_of_a_request_is_an_error_of_the_library_without_the_token(
    line: Line,
    expected: type[TelegramError],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(telegram_http, "LONGEST_BODY", 1_000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await line(reader, writer)
        finally:
            writer.close()

    caplog.set_level(logging.DEBUG, "aiohttp")
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        http = Http(base, 2, 0.2)
        bot = telegram._bot(TOKEN, base, http, Http(base, 1, 0.2))
        try:
            with pytest.raises(expected) as raised:
                await bot.send_message(1, "고래")
        finally:
            await http.shutdown()
        assert type(raised.value) is expected
        told = "".join(traceback.format_exception(raised.value)) + caplog.text
        assert TOKEN not in told
        with pytest.raises(NetworkError, match="closed"):
            await http.do_request(f"{base}/bot{TOKEN}/getMe", "POST")
        for one in list(asyncio.all_tasks() - {asyncio.current_task()}):
            one.cancel()


async def test_what_could_not_be_written_does_not_name_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def request(_method: str, url: str, **_: object) -> None:
        raise aiohttp.ClientOSError(None, f"Can not write request body for {url}")

    http = Http("http://127.0.0.1:1", 2, 5.0)
    monkeypatch.setattr(http._open(), "_request", request)
    try:
        with pytest.raises(NetworkError) as raised:
            await http.do_request(f"http://127.0.0.1:1/bot{TOKEN}/sendMessage", "POST")
    finally:
        await http.shutdown()
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_a_request_has_its_turn_when_it_is_sent_and_until_it_is_answered() -> None:
    happened: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"message_id=2")
        happened.append("asked")
        await says("200 OK", '{"ok": true, "result": true}', "Connection: close")(reader, writer)
        writer.close()

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        happened.append("begins")
        yield
        happened.append("over")

    @asynccontextmanager
    async def refused() -> AsyncIterator[None]:
        raise RetryLater(3.0, "the chat's turn")
        yield

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        http = Http(base, 2, 5.0)
        bot = telegram._bot(TOKEN, base, http, Http(base, 1, 5.0))
        try:
            with taking(turn()):
                assert happened == []
                assert await bot.delete_message(1, 2)
            assert happened == ["begins", "asked", "over"]
            with pytest.raises(NotNow) as raised, taking(refused()):
                await bot.delete_message(1, 2)
            assert raised.value.later.after_s == 3.0
            assert await bot.delete_message(1, 2), "a request of nobody's turn goes at once"
        finally:
            await http.shutdown()
    assert happened == ["begins", "asked", "over", "asked"]


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4))
def test_what_is_written_reads_as_it_was_meant(fields: dict[str, str]) -> None:
    parameters = [RequestParameter.from_input(name, value) for name, value in fields.items()]
    body, kind = telegram_http._written(RequestData(parameters))
    assert isinstance(body, bytes)
    assert kind == {"Content-Type": "application/x-www-form-urlencoded"}
    assert dict(parse_qsl(body.decode(), keep_blank_values=True)) == fields
