"""Mutated requests and frames against the running web chat: none is answered with 5xx or kept."""

import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS / "bot" / "platforms")]

import pytest  # noqa: E402
from measure import resident  # noqa: E402
from web_fakes import World, told  # noqa: E402
from web_fuzzer import send_frames, send_requests  # noqa: E402

PART = float(os.environ.get("FUZZ_PART", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
REQUESTS, PAGES = 100_000, 20_000
MOST_GROWTH = 10 << 20
PASSWORD = "열려라"


async def test_a_hundred_thousand_mutated_requests(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with world.serving(world.platform(password=PASSWORD)) as platform:
        await send_requests(platform, PASSWORD, 2_000, SEED - 1)
        before, began_s, count = resident(), time.monotonic(), round(REQUESTS * PART)
        statuses = await send_requests(platform, PASSWORD, count, SEED)
        grown, took_s = resident() - before, time.monotonic() - began_s
    came = ", ".join(f"{code or 'none'}: {n:,}" for code, n in sorted(statuses.items()))
    print(f"\n{count:,} requests, {count / took_s:,.0f}/s, {grown / 2**20:+.1f} MiB; {came}")
    assert not [code for code in statuses if code >= 500]
    assert not told(caplog)
    assert grown < MOST_GROWTH


async def test_twenty_thousand_pages_with_mutated_frames(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with world.serving(world.platform()) as platform:
        await send_frames(platform, 500, SEED - 1)
        before, began_s, count = resident(), time.monotonic(), round(PAGES * PART)
        await send_frames(platform, count, SEED)
        grown, took_s = resident() - before, time.monotonic() - began_s
        assert platform.open_pages == 0
    print(f"\n{count:,} pages, {count / took_s:,.0f}/s, {grown / 2**20:+.1f} MiB")
    assert not told(caplog)
    assert grown < MOST_GROWTH
