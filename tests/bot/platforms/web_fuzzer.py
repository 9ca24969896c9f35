"""Mutated requests and frames against the running web chat."""

import asyncio
import base64
import contextlib
import gzip
import json
import os
import random
import struct
import zlib
from collections import Counter
from collections.abc import Iterator

from fuzzers import mutated

from bot.platforms import web_site
from bot.platforms.web import WebPlatform

PATHS = (
    "/", "/login", "/logout", "/session", "/healthz", "/metrics", "/ws",
    "/pictures/0123456789abcdef0123456789abcdef.png", "/../../etc/passwd", "/%2e%2e/%2e%2e/x",
    "/login?next=//evil.example", "/app.js%00.png", "*", "http://evil.example/", "http://xn--/",
    *sorted(web_site._FILES),
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
KEYS = ("MDEyMzQ1Njc4OWFiY2RlZg==", "MDEyMzQ1", "열쇠")


def requests(host: str, password: str, session: str) -> list[bytes]:
    """Requests of every kind, mostly well-formed, from which others are made."""
    made = [*_packed(host), *_handshakes(host, session)]
    basic = base64.b64encode(f"x:{password}".encode()).decode()
    for path in PATHS:
        for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT"):
            body = f"password={password}".encode() if path == "/login" else b""
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                f"Connection: close\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
                f"Cookie: goraebot_visitor={'a' * 32}; goraebot_session=1.a.b\r\n"
                f'Authorization: Basic {basic}\r\nIf-None-Match: "x", W/"y"\r\n'
                "X-Forwarded-Proto: https\r\nRange: bytes=0-1\r\nExpect: 100-continue\r\n\r\n"
            )
            made.append(head.encode() + body)
    boundary = (
        f"POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 85\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="password"; filename="a"\r\n\r\nhello\r\n'
        "--x--\r\n"
    )
    chunked = (
        f"POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n"
        f"Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\na\r\npassword=x\r\n0\r\n\r\n"
    )
    tail = f"\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    bare = [(line + tail).encode() for line in ("CONNECT xn--:1 HTTP/1.1", "CONNECT ")]
    return [*made, boundary.encode(), chunked.encode(), *bare]


def _packed(host: str) -> Iterator[bytes]:
    body = b"password=x"
    bodies = (
        ("gzip", gzip.compress(body, mtime=0)),
        ("gzip", body),
        ("deflate", zlib.compress(body)),
        ("deflate", b"\x78\x9c" + body),
        ("br", body),
    )
    for asked in ("POST /login", "POST /session", "GET /", "GET /nothing"):
        for encoding, packed in bodies:
            head = (
                f"{asked} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                f"Connection: close\r\nContent-Type: {FORM}\r\nContent-Encoding: {encoding}\r\n"
                f"Content-Length: {len(packed)}\r\n\r\n"
            )
            yield head.encode() + packed


def _handshakes(host: str, session: str) -> Iterator[bytes]:
    for key in KEYS:
        for protocols in ("", "Sec-WebSocket-Protocol: chat, superchat\r\n"):
            yield (
                f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                f"Cookie: goraebot_session={session}\r\nConnection: Upgrade\r\n"
                f"Upgrade: websocket\r\n{protocols}Sec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()


AT_ONCE = 40
PATIENCE_S = 0.2


async def send_requests(
    platform: WebPlatform, password: str, count: int, seed: int
) -> Counter[int]:
    """Send each request as it is, then mutated ones, so many in all; how often each status came, 0
    for none (an unfinished request waits for its rest, and is given up here)."""
    host, port = platform.url.removeprefix("http://").split(":")
    session = platform._site._guard.new_session()
    corpus, rng = requests(f"{host}:{port}", password, session), random.Random(seed)
    statuses: Counter[int] = Counter()

    async def send(data: bytes) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        answer = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                writer.write(data)
                answer = await reader.readline()
                if b" 100 " in answer:  # "go on"; the answer itself comes behind an empty line
                    await reader.readline()
                    answer = await reader.readline()
        writer.transport.abort()
        first = answer.split(b" ", 2)
        statuses[int(first[1]) if len(first) > 1 and first[1].isdigit() else 0] += 1

    for start in range(0, count, AT_ONCE):
        await asyncio.gather(
            *(
                send(corpus[at] if at < len(corpus) else mutated(rng, corpus))
                for at in range(start, min(start + AT_ONCE, count))
            )
        )
    return statuses


FRAMES = tuple(
    json.dumps(frame, ensure_ascii=False).encode()
    for frame in (
        {"type": "say", "id": "x1", "text": "/price btc", "how": "pressed", "label": "새로고침"},
        {"type": "suggest", "id": 1, "text": "비트"},
        {"type": "hello", "epoch": "abc", "since": 1},
    )
)


def framed(data: bytes, opcode: int = 1) -> bytes:
    """A masked frame of the WebSocket protocol."""
    size = len(data)
    length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
    mask = os.urandom(4)
    return (
        bytes([0x80 | opcode]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    )


async def send_frames(platform: WebPlatform, count: int, seed: int) -> None:
    """Open so many pages and send each a hello and a few mutated frames."""
    host, port = platform.url.removeprefix("http://").split(":")
    rng = random.Random(seed)
    for _ in range(count):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {platform.url}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        try:
            async with asyncio.timeout(10.0):
                assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
                with contextlib.suppress(ConnectionError):
                    writer.write(framed(FRAMES[2]))
                    for _ in range(rng.randrange(1, 4)):
                        whole = framed(mutated(rng, FRAMES), rng.choice((1, 1, 1, 2, 0, 9, 11)))
                        # Mostly well framed, so that what is in the frame is looked at.
                        writer.write(whole if rng.random() < 0.8 else mutated(rng, [whole]))
                    writer.write(framed(b"\x03\xe8", 8))
                    writer.write_eof()  # a broken length swallows the goodbye
                    while await reader.read(65_536):
                        pass
        finally:
            writer.transport.abort()
