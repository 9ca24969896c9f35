"""Takes the README's pictures from a running `goraebot demo`: `make screenshots`."""

import asyncio
import os
import re
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
WATCHED_MS = 75_000
"""Long enough for some planted events."""


async def take(browser: Browser, url: str, name: str, width: int, height: int, ask: str) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark", locale="ko-KR"
    )
    await page.goto(url)
    await page.get_by_text("고래봇입니다").first.wait_for()
    await page.wait_for_timeout(WATCHED_MS)
    await page.get_by_role("combobox").fill(ask)
    await page.get_by_role("combobox").press("Enter")
    await page.wait_for_timeout(2_500)
    await page.screenshot(path=str(FOLDER / f"{name}.png"))
    await page.close()


async def main() -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        env={**os.environ, "GORAEBOT_WEB_PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert demo.stdout is not None
        found = re.search(rb"http://[\w.:]+", await demo.stdout.readline())
        assert found is not None
        url = found.group().decode()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=ARGUMENTS.split()
            )
            await asyncio.gather(
                take(browser, url, "phone", 390, 844, "시세 비트"),
                take(browser, url, "desktop", 1280, 800, "/spread btcusdt "),
            )
            await browser.close()
    finally:
        demo.terminate()
        await demo.wait()


if __name__ == "__main__":
    asyncio.run(main())
