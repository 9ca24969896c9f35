"""The running server outlasts requests and frames that no browser would send."""

import logging
import re

import pytest
from test_web import Visitor
from web_fakes import World, told
from web_fuzzer import send_frames, send_requests

PASSWORD = "열려라"


async def test_no_mutated_request_is_answered_with_an_error_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    async with (
        world.serving(world.platform(password=PASSWORD)) as platform,
        Visitor(platform) as visitor,
    ):
        statuses = await send_requests(platform, PASSWORD, 600, seed=1)
        assert len(statuses) >= 6 and not [code for code in statuses if code >= 500], statuses
        world.clock.now_s += 600
        assert await visitor.log_in(PASSWORD) == 303
        async with visitor.page() as page:
            await page.ask("/start")
    assert not told(caplog)
    assert not re.search("Traceback|열려라", caplog.text)


async def test_no_mutated_frame_ends_more_than_its_own_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    async with (
        world.serving(world.platform()) as platform,
        Visitor(platform) as visitor,
        visitor.page() as page,
    ):
        await send_frames(platform, 150, seed=1)
        await page.ask("/start")
    assert platform.open_pages == 0
    assert not told(caplog)
