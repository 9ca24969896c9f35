"""Planted orders in the steady feed: when their last frame was sent, and when they were told of."""

import re
import time
from collections.abc import Sequence

from firehose import MARK, PLANTED

from pipeline.bus import LocalBus
from pipeline.detectors import KINDS, large_trade
from pipeline.gate import Settings as GateSettings
from pipeline.model import LargeTrade, Move
from pipeline.sources.sockets import Engine, Socket, open_socket
from pipeline.watch import Settings

MARKED = MARK.encode()
PARTS = re.compile(rb'"s":"(\w+)".*"T":(\d+).*"sent":(\d+)')

Key = tuple[str, int]
"""An order's symbol and time."""


class Arrivals:
    """What a socket brought of planted orders: ``sent`` maps each to when the frame that ends it
    was sent, ``took_ms`` are the times from there to the handler."""

    def __init__(self, engine: Engine = "auto") -> None:
        self.sent: dict[Key, int] = {}
        self.took_ms: list[float] = []
        self._engine = engine
        self._order: Key | None = None

    def see(self, frame: bytes) -> None:
        """Take a frame that carries the mark."""
        now_ns = time.monotonic_ns()
        found = PARTS.search(frame)
        assert found is not None
        if self._order is None:
            self._order = found[1].decode(), int(found[2])
        else:
            self.sent[self._order] = int(found[3])
            self.took_ms.append((now_ns - int(found[3])) / 1e6)
            self._order = None

    async def open(self, url: str) -> Socket:
        """A socket that shows its frames here."""
        socket = await open_socket(url, self._engine)
        inner = socket.recv

        async def recv() -> Sequence[bytes]:
            frames = await inner()
            for frame in frames:
                if MARKED in frame:
                    self.see(frame)
            return frames

        socket.recv = recv  # type: ignore[method-assign]
        return socket


class TimedBus(LocalBus):
    """Notes when each large trade was published, how often, and which opened a move."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ns: dict[Key, int] = {}
        self.opened: list[str] = []
        self.times = 0

    def publish(self, move: Move) -> None:
        """See LocalBus."""
        if isinstance(move.alert, LargeTrade):
            self.times += 1
            if move.stage == "opened":
                self.opened.append(move.symbol)
            self.at_ns[move.alert.symbol, move.alert.at_ms] = time.monotonic_ns()
        super().publish(move)


def planted_only() -> Settings:
    """Every detector; of large trades the planted ones, and each of them."""
    detectors = {kind: entry.settings() for kind, entry in KINDS.items()}
    detectors["large_trade"] = large_trade.Settings(min_notional=PLANTED / 2, per_day=1e9)
    return Settings(gate=GateSettings(0.0, {}), detectors=detectors)
