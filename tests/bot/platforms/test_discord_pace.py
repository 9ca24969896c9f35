"""Discord's limit over all requests is kept before Discord has to say so."""

import asyncio

import aiohttp
from contracts.discord_server import PER_SECOND, FakeDiscord

from bot.platforms.discord_pace import SECOND_S, Pace

TICK_S = 0.1


async def crowd(server: FakeDiscord, *traces: aiohttp.TraceConfig) -> float:
    """More requests at once than a second may have; how long they took."""
    headers = {"Authorization": f"Bot {server.token}"}
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with aiohttp.ClientSession(headers=headers, trace_configs=[*traces]) as session:

        async def ask() -> None:
            async with session.get(f"{server.url}/users/@me") as answer:
                await answer.read()

        await asyncio.gather(*(ask() for _ in range(PER_SECOND + 10)))
    return loop.time() - began_s


async def test_a_crowd_of_requests_breaks_no_limit_and_uses_all_of_it() -> None:
    async with FakeDiscord(second_s=TICK_S).running() as server:
        took_s = await crowd(server, Pace(SECOND_S * TICK_S).trace)
        assert not server.limited
        assert took_s >= TICK_S
    async with FakeDiscord(second_s=3_600.0).running() as server:
        await crowd(server)
        assert server.limited.total() == 10, "else this shows nothing"


async def test_answers_to_interactions_are_not_held_back() -> None:
    async with FakeDiscord(second_s=3_600.0).running() as server:
        pace = Pace(3_600.0)
        async with aiohttp.ClientSession(trace_configs=[pace.trace]) as session:
            for _ in range(PER_SECOND + 1):
                async with session.patch(f"{server.url}/webhooks/1/x/messages/@original") as answer:
                    assert answer.status != 429
