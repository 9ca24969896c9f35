"""Takes the README's pictures from running programs: `make screenshots`.

The web chat is that of `goraebot demo`. Telegram's and Discord's pictures are drawn from the
messages that `goraebot run` sent to the loopback servers of tests/contracts.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from messengers import conversations
from PIL import Image
from playwright.async_api import Browser, async_playwright

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
NEEDED = ("Nanum", "Noto Color Emoji")
WATCHED_MS = 75_000
"""Long enough for some planted events."""


async def take(browser: Browser, url: str, name: str, width: int, height: int, ask: str) -> None:
    """A page of the web chat after a while, and a question with its answer."""
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


async def take_pictures(browser: Browser, url: str) -> None:
    """The pictures of answers, as they were drawn: chart.png, book.png, summary.png."""
    page = await browser.new_page(locale="ko-KR")
    await page.goto(url)
    await page.wait_for_timeout(WATCHED_MS)
    pictures = page.locator(".picture img")
    for number, ask in enumerate(("/chart BTC 15분", "/book BTC", "/summary")):
        await page.get_by_role("combobox").fill(f"{ask} ")
        await page.get_by_role("combobox").press("Enter")
        await pictures.nth(number).wait_for()
        answer = await page.request.get(await pictures.nth(number).evaluate("image => image.src"))
        name = ask.split()[0].lstrip("/")
        (FOLDER / f"{name}.png").write_bytes(await answer.body())
    await page.close()


async def take_web_chat(browser: Browser) -> None:
    """phone.png and desktop.png, and the pictures."""
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
        await asyncio.gather(
            take(browser, url, "phone", 390, 844, "시세 비트"),
            take(browser, url, "desktop", 1280, 800, "/spread btcusdt "),
            take_pictures(browser, url),
        )
    finally:
        demo.terminate()
        await demo.wait()


async def draw(browser: Browser, name: str, shown: dict[str, Any]) -> None:
    """A messenger's page with these messages; nothing is fetched from anywhere."""
    page = await browser.new_page(
        viewport={"width": 390, "height": 100}, device_scale_factor=1.25, locale="ko-KR"
    )
    await page.goto((FOLDER / f"{name}.html").as_uri())
    await page.evaluate("shown => show(shown)", shown)
    await page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=True)
    await page.close()


async def take_messengers(browser: Browser) -> None:
    """telegram.png and discord.png."""
    telegram, discord = await conversations()
    await draw(browser, "telegram", telegram)
    await draw(browser, "discord", discord)


def require_fonts() -> None:
    """Without them Korean or emoji would be empty boxes."""
    listed = subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout
    if not shutil.which(CHROMIUM) or not all(name in listed for name in NEEDED):
        sys.exit("apt-get install chromium fonts-nanum fonts-noto-color-emoji")


def slim() -> None:
    """256 colours: few are used, and a repository keeps every edition."""
    for picture in FOLDER.glob("*.png"):
        with Image.open(picture) as taken:
            slimmer = taken.convert("RGB").quantize(256)
        slimmer.save(picture, optimize=True)


async def main() -> None:
    """All of them at once."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        await asyncio.gather(take_web_chat(browser), take_messengers(browser))
        await browser.close()


if __name__ == "__main__":
    require_fonts()
    asyncio.run(main())
    slim()
