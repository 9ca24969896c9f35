"""Which event loops the source tests run on."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Python's own; for the contract of sockets uvloop's as well."""
    plain = {"asyncio": asyncio.new_event_loop}
    both = item.path.name == "test_sockets.py"
    return {**plain, "uvloop": uvloop.new_event_loop} if both else plain
