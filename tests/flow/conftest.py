"""What the tests of the whole program share."""

from collections.abc import AsyncIterator

import pytest

from pipeline.sources.simulator import Simulator


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A market in which nothing is planned."""
    async with Simulator(seed=3, plan=()) as market:
        yield market
