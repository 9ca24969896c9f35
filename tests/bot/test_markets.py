"""The wired markets go on where an earlier run stopped, whatever is known of that."""

from contextlib import AsyncExitStack

import pytest

from bot.settings import load
from bot.wiring.markets import live
from pipeline.baselines import Baselines
from pipeline.sources.continuity import NO_ID

AT_MS = 1_760_000_000_000


@pytest.mark.parametrize("last", [(500, AT_MS), (NO_ID, AT_MS)], ids=["by id", "by time"])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "binance-futures:BTCUSDT"])
async def test_a_restart_goes_on_without_tardis_machine_too(
    symbol: str, last: tuple[int, int]
) -> None:
    """The run before may have had it; of a contract without a trade the time is known alone."""
    async with AsyncExitStack() as stack:
        markets = await live(
            load(environ={}), stack, unreal=None, read={symbol: last}, baselines=Baselines()
        )
        trade = markets.positions()[symbol]
        assert (trade.id, trade.at_ms) == last
