"""Time that costs nothing, for tests of what waits."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Instead of waiting until the next timer is due, moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise AssertionError("everything waits and nothing is ever going to happen")
            self.now += timeout
        return ready


class InstantLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock starts at 0 and jumps from timer to timer."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


@pytest.fixture
def instantly() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine to its end; every pause in it passes at once, in the right order."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=InstantLoop) as runner:
            return runner.run(main)

    return run
