"""A loopback server of combined-stream frames that is no brake on the fastest client.

Run as a process of its own; prints its port. It speaks just enough WebSocket: frames are made and
packed beforehand and written in large pieces, one client after the other.

``trades SYMBOLS FRAMES [APART_MS]`` and ``books SYMBOLS ROUNDS`` are sent as fast as they are
taken. ``paced SYMBOLS RATE SECONDS EVERY_S`` is sent steadily, and ``EVERY_S`` an order of
``PLANTED`` dollars of the next symbol, with another trade of that symbol right behind it, which
ends it. These two carry the moment they were sent, in nanoseconds of the monotonic clock, which all
processes of a machine share.
"""

import base64
import hashlib
import itertools
import random
import select
import socket
import sys
import time

from made_frames import books, trade, trades

PIECE = 64 * 1024
PLANTED = 1_000_000.0
LARGEST_ELSE = 20_000.0
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
PING, PONG = 0x9, 0xA
LISTEN_S = 0.2
CLOSE = b"\x88\x02\x03\xe8"  # 1000
MARK = '"sent":'


def packed(text: str) -> bytes:
    """One WebSocket text frame, unmasked as servers send them."""
    payload = text.encode()
    size = len(payload)
    head = bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + payload


def handshake(client: socket.socket) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    lines = dict(line.partition(b": ")[::2] for line in request.split(b"\r\n"))
    key = next(value for name, value in lines.items() if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def flood(client: socket.socket, pieces: list[bytes]) -> None:
    """As fast as it is taken."""
    for piece in pieces:
        client.sendall(piece)


def listen(client: socket.socket) -> None:
    """Answer the pings that have come: who gets none for long hangs up."""
    while select.select([client], [], [], 0)[0]:
        head = client.recv(2, socket.MSG_WAITALL)
        if len(head) < 2:
            raise ConnectionError("the client is gone")
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(client.recv(2, socket.MSG_WAITALL), "big")
        mask = client.recv(4, socket.MSG_WAITALL)
        payload = client.recv(size, socket.MSG_WAITALL) if size else b""
        if head[0] & 0x0F == PING:
            plain = bytes(b ^ m for b, m in zip(payload, itertools.cycle(mask), strict=False))
            client.sendall(bytes((0x80 | PONG, size)) + plain)


def steady(client: socket.socket, symbols: int, rate: int, seconds: float, every_s: float) -> None:
    """``rate`` frames a second; whatever is due is one write, as an exchange sends it."""
    rng = random.Random(1)
    names = [f"S{n:03}USDT" for n in range(symbols)]
    prices = [10 ** rng.uniform(-2, 4) for _ in names]
    sizes = [min(LARGEST_ELSE, rng.lognormvariate(4, 1.5)) for _ in range(10_000)]
    ids = [itertools.count(1) for _ in names]
    makers = ("true", "false")

    def one(place: int, dollars: float, maker: str, later_ms: int = 0) -> str:
        prices[place] *= 1 + 1e-5 * (1 if maker == "false" else -1)
        at_ms = time.time_ns() // 1_000_000 + later_ms
        price = prices[place]
        return trade(names[place], next(ids[place]), price, dollars / price, at_ms, maker)

    def marked(text: str) -> str:
        return f"{text[:-2]},{MARK}{time.monotonic_ns()}}}}}"

    began_s = time.monotonic()
    sent = planted = listened = 0
    total = int(rate * seconds)
    while sent < total:
        now_s = time.monotonic() - began_s
        if now_s >= listened * LISTEN_S:
            listen(client)
            listened += 1
        due = min(total, int(now_s * rate)) - sent
        if due < 1:
            time.sleep(max(0.0, (sent + 1) / rate - now_s))
            continue
        frames = []
        if now_s >= planted * every_s and total - sent >= 2:
            place, maker = planted % symbols, makers[planted // symbols % 2]
            planted += 1
            order = one(place, PLANTED, maker)
            behind = one(place, 10.0, makers[maker == "true"], later_ms=1)
            frames = [marked(order), marked(behind)]
        frames += [
            one(rng.randrange(symbols), sizes[(sent + n) % 10_000], makers[(sent + n) % 2])
            for n in range(due - len(frames))
        ]
        client.sendall(b"".join(map(packed, frames)))
        sent += len(frames)


def main() -> None:
    """Serve one client after the other until the process is ended."""
    kind, symbols, amount = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    pieces: list[bytes] = []
    if kind != "paced":
        made = books(symbols, amount)
        if kind == "trades":
            made = trades(symbols, amount, *map(float, sys.argv[4:5]))
        feed = b"".join(map(packed, made))
        pieces = [feed[at : at + PIECE] for at in range(0, len(feed), PIECE)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _address = server.accept()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    handshake(client)
                    if kind == "paced":
                        steady(client, symbols, amount, *map(float, sys.argv[4:6]))
                    else:
                        flood(client, pieces)
                    client.sendall(CLOSE)
                    client.recv(4096)  # its own close frame
                except OSError:
                    continue  # a client that left early


if __name__ == "__main__":
    main()
