"""What tests of the page in a real browser share."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from chromium import chromium
from playwright.async_api import Browser, expect
from web_fakes import World

from bot.platforms.web import WebPlatform


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=15_000)
    async with chromium() as browser:
        yield browser


@pytest.fixture
def world() -> World:
    return World()


@pytest_asyncio.fixture(loop_scope="module")
async def platform(world: World) -> AsyncIterator[WebPlatform]:
    async with world.serving(world.platform()) as platform:
        yield platform
