"""A loopback server of combined-stream depth20 frames, as fast as they are taken.

Run as a process of its own: ``python depth_firehose.py SYMBOLS ROUNDS``; prints its port. In every
round each symbol gets a book, and one trade says that 100 ms have passed: depth20 carries no time,
so without it a second's worth of books would count as a few milliseconds'. It speaks just enough
WebSocket to be no brake on the fastest client: frames are made beforehand.
"""

import base64
import hashlib
import random
import socket
import sys
import time
from collections.abc import Iterator

LEVELS = 20
PIECE = 64 * 1024
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
CLOSE = b"\x88\x02\x03\xe8"  # 1000


def sides(rng: random.Random, middle: float) -> list[str]:
    """Bids and asks on a fine tick: most levels small, few large, the best one larger, as
    recorded."""
    rows = []
    for sign in (-1, 1):
        price = middle
        levels = []
        for place in range(LEVELS):
            price += sign * middle * 1e-7 * rng.choice((1, 1, 2, 5, 20))
            dollars = rng.lognormvariate(8, 1.8) * (20 if place == 0 else 1)
            levels.append(f'["{price:.8f}","{dollars / middle:.8f}"]')
        rows.append(f"[{','.join(levels)}]")
    return rows


def rounds(symbols: int, count: int) -> Iterator[str]:
    """The frames of ``count`` rounds."""
    rng = random.Random(1)
    names = [f"s{n:03}usdt" for n in range(symbols)]
    middles = [10 ** rng.uniform(2, 5) for _ in names]
    at_ms = int(time.time() * 1000)
    for number in range(1, count + 1):
        at_ms += 100
        yield (
            f'{{"stream":"s000usdt@aggTrade","data":{{"e":"aggTrade","E":{at_ms},"s":"S000USDT",'
            f'"a":{number},"p":"{middles[0]:.8f}","q":"0.01","f":{number},"l":{number},'
            f'"T":{at_ms},"m":true,"M":true}}}}'
        )
        for place, name in enumerate(names):
            middles[place] *= 1 + rng.gauss(0, 1e-6)
            bids, asks = sides(rng, middles[place])
            yield (
                f'{{"stream":"{name}@depth20@100ms","data":{{"lastUpdateId":{number},'
                f'"bids":{bids},"asks":{asks}}}}}'
            )


def _packed(text: bytes) -> bytes:
    """One WebSocket text frame, unmasked as servers send them."""
    size = len(text)
    head = bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + text


def _handshake(client: socket.socket) -> None:
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


def main() -> None:
    """Serve one client after the other until the process is ended."""
    symbols, count = map(int, sys.argv[1:])
    feed = b"".join(_packed(frame.encode()) for frame in rounds(symbols, count)) + CLOSE
    pieces = [feed[at : at + PIECE] for at in range(0, len(feed), PIECE)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _address = server.accept()
            with client:
                try:
                    _handshake(client)
                    for piece in pieces:
                        client.sendall(piece)
                    client.recv(4096)  # its own close frame
                except OSError:
                    continue  # a client that left early


if __name__ == "__main__":
    main()
