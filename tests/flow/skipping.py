"""An event loop whose clock jumps to the next timer as soon as nothing is left to do before it."""

import asyncio
import selectors
import socket
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    now = 0.0
    busy: Callable[[], bool] = staticmethod(lambda: False)

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if timeout == 0:
            return ready
        while not ready and self.busy():
            ready = super().select(PATIENCE_S)  # a thread works, and wakes the loop when it is done
            if not ready:
                raise AssertionError(f"said to be at work, and nothing for {PATIENCE_S:g} s")
        if not ready:
            if timeout is None:
                raise AssertionError("everything waits and nothing is ever going to happen")
            self.now += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """Both ends of every connection live on it, so that nothing real is waited for but threads:
    while ``busy`` tells that one works, the clock stands. Unknown names are not resolved."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._clock.now

    def busy_while(self, busy: Callable[[], bool]) -> None:
        """Threads are at work while this is true."""
        self._clock.busy = busy  # type: ignore[method-assign]

    async def getaddrinfo(self, host: Any, port: Any, **how: Any) -> Any:  # type: ignore[override]
        """Names that end with .invalid do not exist; there are no others here."""
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        how.setdefault("type", socket.SOCK_STREAM)
        return socket.getaddrinfo(host, port, **how)
