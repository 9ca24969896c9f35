"""A loopback server that sends combined-stream aggTrade frames as fast as they are taken.

Run as a process of its own: ``python firehose.py SYMBOLS FRAMES``; prints its port.
"""

import asyncio
import random
import sys
import time

from websockets.asyncio.server import ServerConnection, serve


def frames(symbols: int, count: int) -> list[str]:
    """Made-up but well-formed trades: random walks, heavy-tailed sizes, orders of several fills."""
    rng = random.Random(1)
    names = [f"S{n:03}USDT" for n in range(symbols)]
    prices = {name: 10 ** rng.uniform(-2, 4) for name in names}
    ids = dict.fromkeys(names, 0)
    at_ms = int(time.time() * 1000)
    made: list[str] = []
    while len(made) < count:
        name = rng.choice(names)
        maker = "true" if rng.random() < 0.5 else "false"
        at_ms += rng.random() < 0.3
        for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
            prices[name] *= 1 + rng.gauss(0, 1e-4)
            ids[name] += 1
            dollars = rng.lognormvariate(4, 1.5) if rng.random() < 0.999 else 80_000.0
            quantity = dollars / prices[name]
            made.append(
                f'{{"stream":"{name.lower()}@aggTrade","data":{{"e":"aggTrade","E":{at_ms + 1},'
                f'"s":"{name}","a":{ids[name]},"p":"{prices[name]:.8f}","q":"{quantity:.8f}",'
                f'"f":{ids[name]},"l":{ids[name]},"T":{at_ms},"m":{maker},"M":true}}}}'
            )
    return made[:count]


async def main() -> None:
    feed = frames(int(sys.argv[1]), int(sys.argv[2]))

    async def send(socket: ServerConnection) -> None:
        for frame in feed:
            await socket.send(frame)
        await socket.close()

    async with serve(
        send, "127.0.0.1", 0, compression=None, ping_interval=None, write_limit=1 << 20
    ) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main())
