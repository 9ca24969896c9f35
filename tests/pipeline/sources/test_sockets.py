"""What every engine promises of a socket, on every event loop it may run on."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.utils import accept_key

from pipeline.errors import EngineMissing, Refused, TooFast, Unreachable
from pipeline.sources import sockets
from pipeline.sources.sockets import Socket, SocketClosed, chosen, open_socket

DEADLINE_S = 10.0
Handler = Callable[[ServerConnection], Awaitable[None]]
Opener = Callable[[str], Awaitable[Socket]]


@pytest.fixture(params=["websockets", "picows"])
def opening(request: pytest.FixtureRequest) -> Opener:
    return partial(open_socket, engine=request.param)


@asynccontextmanager
async def server(handler: Handler, **options: object) -> AsyncIterator[str]:
    """A real server that agrees to compress and leaves pings to the tests."""
    async with (
        serve(handler, "127.0.0.1", 0, ping_interval=None, **options) as running,  # type: ignore[arg-type]
        asyncio.timeout(DEADLINE_S),
    ):
        yield f"ws://127.0.0.1:{next(iter(running.sockets)).getsockname()[1]}/stream"


@asynccontextmanager
async def scripted(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that says byte by byte what a test wants."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()

    running = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/stream"
    finally:
        running.close()


def packed(payload: bytes, opcode: int = 0x1, fin: bool = True) -> bytes:
    """One WebSocket frame, unmasked as servers send them."""
    size = len(payload)
    head = bytes(((0x80 if fin else 0) | opcode,))
    if size < 126:
        return head + bytes((size,)) + payload
    return head + b"\x7e" + size.to_bytes(2, "big") + payload


def acceptance(request: bytes) -> bytes:
    lines = dict(line.partition(": ")[::2] for line in request.decode().split("\r\n"))
    key = next(value for name, value in lines.items() if name.lower() == "sec-websocket-key")
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key).encode() + b"\r\n\r\n"
    )


async def upgraded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server's part of the handshake."""
    writer.write(acceptance(await reader.readuntil(b"\r\n\r\n")))


async def taken(socket: Socket, count: int) -> list[bytes]:
    messages: list[bytes] = []
    while len(messages) < count:
        came = await socket.recv()
        assert came
        messages += came
    return messages


async def rest_of(socket: Socket) -> tuple[list[bytes], str]:
    """Everything until the connection is over, and how it ended."""
    messages: list[bytes] = []
    while True:
        try:
            messages += await socket.recv()
        except SocketClosed as error:
            return messages, str(error)


async def test_messages_come_as_bytes_in_their_order_however_many_arrive_at_once(
    opening: Opener,
) -> None:
    sent = [f"번호 {n}".encode() for n in range(30_000)]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        writer.write(b"".join(map(packed, sent)))
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        messages = await taken(socket, len(sent))
        assert messages == sent
        assert {type(message) for message in messages} == {bytes}
        socket.abort()


async def test_what_is_sent_arrives_and_is_answered(opening: Opener) -> None:
    async def echo(peer: ServerConnection) -> None:
        async for message in peer:
            await peer.send(message)

    async with server(echo) as url:
        socket = await opening(url)
        for text in ('{"method":"SUBSCRIBE"}', "고래"):
            await socket.send(text)
            assert await taken(socket, 1) == [text.encode()]
        await socket.close()


async def test_fragments_and_what_comes_between_them_are_put_in_order(opening: Opener) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        for piece in (
            packed(b"1") + packed(b"2", 0x2) + packed(b"3"),
            packed(b"4-", fin=False) + packed(b"ping", 0x9) + packed(b"4", 0x0),
            packed(b"5") + packed(b"6-", fin=False) + packed(b"6-", 0x0, fin=False),
            packed(b"6", 0x0) + packed(b"7"),
        ):
            writer.write(piece)
            await writer.drain()
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        wanted = [b"1", b"2", b"3", b"4-4", b"5", b"6-6-6", b"7"]
        assert await taken(socket, len(wanted)) == wanted
        socket.abort()


@pytest.mark.parametrize("piece", [b"x", b""])
async def test_a_message_in_pieces_without_end_is_ended_and_stops_nothing(
    opening: Opener, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few bytes in many pieces: the other side pays nothing for them, and neither do we."""
    monkeypatch.setattr(sockets, "CLOSE_S", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        writer.write(packed(b"1") + packed(b"x", fin=False))
        writer.write(packed(piece, 0x0, fin=False) * 10_000)
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        assert await taken(socket, 1) == [b"1"]
        with pytest.raises(SocketClosed, match="1009"):
            await socket.recv()


async def test_a_ping_is_answered_with_its_payload(opening: Opener) -> None:
    answered = asyncio.Event()

    async def talk(peer: ServerConnection) -> None:
        await (await peer.ping("1760000000000"))  # only a pong of this payload ends the wait
        answered.set()
        await peer.wait_closed()

    async with server(talk) as url:
        socket = await opening(url)
        await answered.wait()
        await socket.close()


async def test_who_does_not_answer_pings_is_given_up(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_S", 0.05)
    monkeypatch.setattr(sockets, "CLOSE_S", 0.05)
    heard = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        while data := await reader.read(1024):
            heard.extend(data)

    async with scripted(talk) as url:
        socket = await opening(url)
        messages, _how = await rest_of(socket)
        assert messages == []
        assert heard[0] == 0x89, "a ping went out first"


async def test_who_answers_pings_is_kept_and_pinged_though_data_come(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_S", 0.3)  # also the deadline of an answer

    async def send_data(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(packed(b"a price"))
            await asyncio.sleep(sockets.PING_S / 8)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        sending = asyncio.create_task(send_data(writer))
        for _ in range(2):
            opcode, size = await reader.readexactly(2)
            assert opcode == 0x89
            mask = await reader.readexactly(4)
            masked = await reader.readexactly(size & 0x7F)
            payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))
            writer.write(packed(payload, 0xA))
        sending.cancel()
        writer.write(packed(b"still here"))
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        while b"still here" not in await taken(socket, 1):
            pass
        socket.abort()


async def test_a_message_above_the_limit_ends_the_connection(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MESSAGE_BYTES", 1000)
    codes: list[int | None] = []

    async def talk(peer: ServerConnection) -> None:
        await peer.send("x" * 1000)
        await peer.send("x" * 1001)
        await peer.wait_closed()
        codes.append(peer.close_code)

    async with server(talk) as url:
        socket = await opening(url)
        messages, _how = await rest_of(socket)
        assert [len(message) for message in messages] in ([1000], [])
        await socket.close()
    assert codes == [1009]


async def test_what_came_before_a_close_is_delivered_and_its_reason_told(opening: Opener) -> None:
    async def talk(peer: ServerConnection) -> None:
        for number in range(5000):
            await peer.send(str(number))
        await peer.close(1001, "Server shutdown")

    async with server(talk) as url:
        socket = await opening(url)
        messages, how = await rest_of(socket)
        assert messages == [str(number).encode() for number in range(5000)]
        assert "1001" in how
        assert "Server shutdown" in how
        with pytest.raises(SocketClosed):
            await socket.send("anybody there?")
        await socket.close()


async def test_what_came_before_a_cut_is_delivered(opening: Opener) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        writer.write(b"".join(packed(b"%d" % number) for number in range(5000)))
        writer.write(packed(b"never whole")[:5])

    async with scripted(talk) as url:
        socket = await opening(url)
        messages, how = await rest_of(socket)
        assert messages == [b"%d" % number for number in range(5000)]
        assert how
        with pytest.raises(SocketClosed):
            await socket.recv()
        await socket.close()


async def test_closing_takes_leave(opening: Opener) -> None:
    codes: list[int | None] = []

    async def talk(peer: ServerConnection) -> None:
        await peer.wait_closed()
        codes.append(peer.close_code)

    async with server(talk) as url:
        socket = await opening(url)
        await socket.close()
        with pytest.raises(SocketClosed):
            await socket.recv()
        await socket.close()
    assert codes == [1000]


async def test_closing_does_not_wait_for_a_side_that_says_nothing(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "CLOSE_S", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await upgraded(reader, writer)
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        await socket.close()


async def test_an_aborted_connection_is_over_at_once_on_both_sides(opening: Opener) -> None:
    codes: list[int | None] = []

    async def talk(peer: ServerConnection) -> None:
        await peer.wait_closed()
        codes.append(peer.close_code)

    async with server(talk) as url:
        socket = await opening(url)
        socket.abort()
        with pytest.raises(SocketClosed):
            await socket.recv()
    assert codes == [1006]


async def test_a_receive_that_was_cancelled_loses_nothing(opening: Opener) -> None:
    go_on = asyncio.Event()

    async def talk(peer: ServerConnection) -> None:
        await go_on.wait()
        for number in range(100):
            await peer.send(str(number))
        await peer.wait_closed()

    async with server(talk) as url:
        socket = await opening(url)
        receiving = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        go_on.set()
        assert await taken(socket, 100) == [str(number).encode() for number in range(100)]
        await socket.close()


@pytest.mark.parametrize("fragmented", [False, True])
async def test_reading_stops_while_nobody_takes_and_goes_on_without_a_loss(
    opening: Opener, fragmented: bool
) -> None:
    count, size = 20_000, 4_000
    written = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await upgraded(reader, writer)
        if fragmented:  # only once: an engine may treat the rest otherwise from then on
            writer.write(packed(b"0-", fin=False) + packed(b"0", 0x0))
        for number in range(fragmented, count):
            writer.write(packed(b"%d" % number + b" " * size))
            await writer.drain()
            written += 1
        await reader.read()

    async with scripted(talk) as url:
        socket = await opening(url)
        known = -1
        while written == 0 or written != known:  # until the server can write no more
            known = written
            await asyncio.sleep(0.05)
        assert written < count - 2_000
        messages = await taken(socket, count)
        numbers = [int(message.split(b"-")[0]) for message in messages]
        assert numbers == list(range(count))
        socket.abort()


async def test_compression_is_not_asked_for(opening: Opener) -> None:
    heads: list[str] = []

    async def talk(peer: ServerConnection) -> None:
        assert peer.request is not None
        heads.extend(name.lower() for name, _ in peer.request.headers.raw_items())
        await peer.send("x" * 1000)
        await peer.wait_closed()

    async with server(talk, compression="deflate") as url:
        socket = await opening(url)
        assert await taken(socket, 1) == [b"x" * 1000]
        await socket.close()
    assert "upgrade" in heads
    assert "sec-websocket-extensions" not in heads


async def test_the_exchange_sees_who_is_there(opening: Opener) -> None:
    seen: list[tuple[str, str | None]] = []

    async def talk(peer: ServerConnection) -> None:
        assert peer.request is not None
        seen.append((peer.request.path, peer.request.headers.get("User-Agent")))

    async with server(talk) as url:
        socket = await opening(f"{url}?streams=btcusdt@aggTrade/%E5%B8%81usdt@aggTrade")
        await rest_of(socket)
        await socket.close()
    path = "/stream?streams=btcusdt@aggTrade/%E5%B8%81usdt@aggTrade"
    assert seen == [(path, "goraebot")]


# --- what may come of opening ---------------------------------------------------------------------


def answer(head: str, body: str = "", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {head}", *more, f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[str]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)

    async with scripted(talk) as url:
        yield url


@pytest.mark.parametrize(
    ("head", "headers", "status", "retry_after_s"),
    [
        ("429 Too Many Requests", ["Retry-After: 17"], 429, 17.0),
        ("418 I'm a teapot", ["retry-after: 120"], 418, 120.0),
        ("429 Too Many Requests", [], 429, 60.0),
        ("429 Too Many Requests", ["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], 429, 60.0),
        ("429 Too Many Requests", ["Retry-After: inf"], 429, 60.0),
    ],
)
async def test_a_limit_says_when_to_come_back(
    opening: Opener, head: str, headers: Sequence[str], status: int, retry_after_s: float
) -> None:
    async with answering(answer(head, '{"code":-1003}', *headers)) as url:
        with pytest.raises(TooFast) as caught:
            await opening(url)
    assert (caught.value.status, caught.value.retry_after_s) == (status, retry_after_s)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (answer("403 Forbidden", "<html>Request blocked.</html>"), "Request blocked."),
        (answer("451 Unavailable For Legal Reasons"), "HTTP 451: Unavailable For Legal Reasons"),
        (answer("451 Unavailable For Legal Reasons", '{"msg":"region"}'), "HTTP 451: .*region"),
        (answer("503 Service Unavailable", "later"), "HTTP 503: later"),
        (answer("520 Web server is odd", "origin"), "HTTP 520: origin"),  # has no name in Python
        (answer("200 OK", "a page"), "HTTP 200: a page"),
    ],
)
async def test_a_refusal_gives_status_and_what_was_said(
    opening: Opener, reply: bytes, text: str
) -> None:
    async with answering(reply) as url:
        with pytest.raises(Refused, match=text) as caught:
            await opening(url)
    assert str(caught.value.status) in text or caught.value.status == 403


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: somebody else's\r\n\r\n",
    ],
)
async def test_an_answer_that_is_none_is_no_connection(opening: Opener, reply: bytes) -> None:
    async with answering(reply) as url:
        with pytest.raises(Unreachable):
            await opening(url)


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:9/stream", "http://127.0.0.1/", "ws:///nowhere", "ws://127.0.0.1:x/"]
)
async def test_an_address_where_nobody_is_is_no_connection(opening: Opener, url: str) -> None:
    with pytest.raises(Unreachable):
        await opening(url)


async def test_opening_has_a_deadline(opening: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "OPEN_S", 0.1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with scripted(talk) as url:
        with pytest.raises(Unreachable):
            await opening(url)


async def test_an_opening_that_was_cancelled_leaves_no_connection(opening: Opener) -> None:
    asked, go_on, hung_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go_on.wait()
        writer.write(acceptance(request))
        try:
            await reader.read()
        finally:
            hung_up.set()

    async with scripted(talk) as url:
        trying = asyncio.ensure_future(opening(url))
        await asked.wait()
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        go_on.set()
        await hung_up.wait()


async def test_a_proxy_is_asked_for_what_is_not_on_loopback(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")[0])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    async with scripted(talk) as url, answering(answer("403 Forbidden", "no proxy")) as near:
        monkeypatch.setenv("https_proxy", url.replace("ws://", "http://").removesuffix("/stream"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(Unreachable):
            await opening("ws://exchange.invalid:9443/stream")
        with pytest.raises(Refused, match="no proxy"):
            await opening(near)
    assert asked == ["CONNECT exchange.invalid:9443 HTTP/1.1"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def test_a_trusted_certificate_opens(
    opening: Opener, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "trusted.pem"
    authority.cert_pem.write_to_path(trusted)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    sent = [b"%d" % number + b" " * 500 for number in range(5_000)]

    async def talk(peer: ServerConnection) -> None:
        for message in sent:
            await peer.send(message, text=True)
        await peer.close()

    async with server(talk, ssl=served(authority, "127.0.0.1")) as url:
        socket = await opening(url.replace("ws://", "wss://"))
        messages, _how = await rest_of(socket)
        await socket.close()
    assert messages == sent


@pytest.mark.parametrize(("name", "trusted"), [("elsewhere.example", True), ("127.0.0.1", False)])
async def test_a_wrong_certificate_is_no_connection(
    opening: Opener,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    trusted: bool,
) -> None:
    if trusted:
        authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))

    async def talk(peer: ServerConnection) -> None:
        await peer.wait_closed()

    async with server(talk, ssl=served(authority, name)) as url:
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            await opening(url.replace("ws://", "wss://"))


def served(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


# --- which engine ---------------------------------------------------------------------------------


def test_the_fast_engine_is_taken_where_it_is_installed() -> None:
    assert chosen("auto") == "picows"
    assert chosen("picows") == "picows"
    assert chosen("websockets") == "websockets"


def test_without_it_websockets_serves_unless_picows_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "find_spec", lambda name: None)
    assert chosen("auto") == chosen("websockets") == "websockets"
    with pytest.raises(EngineMissing, match="goraebot\\[fast\\]"):
        chosen("picows")
