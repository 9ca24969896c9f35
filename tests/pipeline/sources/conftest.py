"""Which event loops and engines the source tests run on."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

from pipeline.sources import sockets


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Python's own; for both ends of the wire uvloop's as well, for `goraebot demo` runs on it."""
    plain = {"asyncio": asyncio.new_event_loop}
    both = item.path.name in ("test_sockets.py", "test_simulator.py")
    return {**plain, "uvloop": uvloop.new_event_loop} if both else plain


@pytest.fixture(params=["websockets", "picows"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whichever library the sockets are made by."""
    name: str = request.param
    monkeypatch.setattr(sockets, "chosen", lambda engine: name)
    return name
