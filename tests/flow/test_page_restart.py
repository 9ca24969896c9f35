"""A page that stays open while the whole program is killed and started again."""

import asyncio
import socket
from pathlib import Path

from chromium import chromium
from playwright.async_api import expect
from program import DEADLINE_S, Hurried
from test_flow import positions_saved

from pipeline.sources.simulator import Simulator


def free_port() -> int:
    """A port that nobody uses: the page comes back to where it was."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_an_open_page_finds_the_program_again_and_shows_everything_once(
    tmp_path: Path,
) -> None:
    expect.set_options(timeout=30_000)
    where = {"GORAEBOT_WEB_PORT": str(free_port())}
    async with (
        asyncio.timeout(4 * DEADLINE_S),
        Simulator(seed=3, plan=()) as sim,
        chromium() as browser,
    ):
        page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="ko-KR")
        bubble, box = page.locator("#log .bubble"), page.get_by_role("combobox")
        bought = bubble.filter(has=page.locator(".head", has_text="매수 체결 · 500만"))
        sold = bubble.filter(has=page.locator(".head", has_text="매도 체결 · 1,200만"))
        async with Hurried(tmp_path, sim, **where) as program:
            await page.goto(program.url)
            await page.get_by_role("button", name="모든 알림 받기").first.click()
            await expect(bubble.filter(has_text="모든 종목").first).to_be_visible()
            await box.press_sequentially("/구독 이더")
            await expect(page.get_by_role("option", name="ETHUSDT")).to_be_visible()
            await box.fill("/co")  # /cost is for operators alone, and listed nowhere
            await expect(page.get_by_role("listbox")).to_be_hidden()
            await box.fill("")
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            first = await sim.sweep("BTCUSDT", "buy", 5_000_000)
            await expect(bought).to_have_count(1)
            await positions_saved(program.database, first.at_ms)
            await program.kill()
        await expect(page.locator("#offline")).to_be_visible()
        await box.fill("/price BTC")
        await box.press("Enter")  # it waits for the program
        await sim.sweep("BTCUSDT", "sell", 12_000_000)  # found when it is back
        async with Hurried(tmp_path, sim, **where):
            await expect(page.locator("#offline")).to_be_hidden()
            await expect(bubble.filter(has_text="📊 비트코인(BTCUSDT)")).to_have_count(1)
            await expect(sold).to_have_count(1)
            await expect(sold).to_contain_text("복구")
            await expect(bought).to_have_count(1)
            await expect(page.locator(".row.you", has_text="/price BTC")).to_have_count(1)
            await expect(bubble.filter(has_text="고래봇입니다")).to_have_count(1)
            order = "\n".join(await bubble.locator(".head").all_text_contents())
            assert order.index("매수 체결 · 500만") < order.index("매도 체결 · 1,200만")
