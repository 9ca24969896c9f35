"""Takes the README's pictures from running programs: `make screenshots`.

The web chat is that of `goraebot demo`. Telegram's and Discord's pictures are drawn from the
messages that `goraebot run` sent to the loopback servers of tests/contracts.
"""

import asyncio
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from messengers import conversations
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
NEEDED = ("Nanum", "Noto Color Emoji")
WATCHED_MS = 75_000
"""Long enough for some planted events."""
PATIENT_MS = 180_000
"""For an answer on a machine with much else to do."""

GAP = 8
STAGES = (re.compile(r"$"), re.compile("⏱ .*진행"), re.compile(".*진정됨"))
"""The lines under an alert's head when it comes, while it grows and in the end."""
JUMPS = """
() => [...document.querySelectorAll("#log > li.bot")]
  .filter((row) => /^[📈📉].* 급[등락] · /u.test(row.querySelector(".head")?.textContent))
  .map((row, index) => {
    row.dataset.number ??= String(performance.now() + index);
    const lines = [...row.querySelectorAll(".progress")].map((line) => line.textContent);
    return [row.dataset.number, lines.join(" ")];
  })
"""
"""Alerts of one symbol's price jumps: a number that each keeps, and its lines of progress."""


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


async def say(page: Page, text: str, answer: str) -> None:
    """Say something and wait for these words."""
    await page.get_by_role("combobox").fill(f"{text} ")
    await page.get_by_role("combobox").press("Enter")
    await page.get_by_text(answer).last.wait_for()


async def take_living(browser: Browser, url: str) -> None:
    """living.png: one alert when it came, while it grew and when it had calmed down; light.png:
    the page then."""
    page = await browser.new_page(
        viewport={"width": 390, "height": 844}, color_scheme="light", locale="ko-KR"
    )
    page.set_default_timeout(PATIENT_MS)
    await page.goto(url)
    stages: dict[str, list[bytes]] = {}
    while not any(len(taken) == len(STAGES) for taken in stages.values()):
        await page.wait_for_timeout(200)
        for number, progress in await page.evaluate(JUMPS):
            taken = stages.setdefault(number, [])
            if len(taken) < len(STAGES) and STAGES[len(taken)].match(progress):
                # The row: what is in it is replaced by each edit, perhaps at this moment.
                taken.append(await page.locator(f'[data-number="{number}"]').screenshot())
    await page.locator("#scroll").evaluate("area => { area.scrollTop = area.scrollHeight; }")
    await page.screenshot(path=str(FOLDER / "light.png"))
    await page.close()
    stack(next(taken for taken in stages.values() if len(taken) == len(STAGES)), "living")


async def take_digest(browser: Browser, url: str) -> None:
    """digest.png: what quiet hours held back, when they are over."""
    page = await browser.new_page(
        viewport={"width": 390, "height": 844}, color_scheme="dark", locale="ko-KR"
    )
    page.set_default_timeout(PATIENT_MS)
    await page.goto(url)
    await page.get_by_text("고래봇입니다").first.wait_for()
    await say(page, "/settings 방해금지 00:00-23:59", "방해금지 시간을 정했습니다")
    await page.wait_for_timeout(WATCHED_MS)
    await say(page, "/settings 방해금지 끄기", "방해금지를 껐습니다")
    told = page.locator("#log > li", has_text="방해금지 동안 모아 둔 알림").last
    await told.wait_for()
    await told.screenshot(path=str(FOLDER / "digest.png"))
    await page.close()


def stack(pictures: Sequence[bytes], name: str) -> None:
    """One picture of several, one above the other."""
    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    height = sum(one.height + GAP for one in opened) + GAP
    whole = Image.new("RGB", (max(one.width for one in opened) + 2 * GAP, height), "#e8eef5")
    y = GAP
    for one in opened:
        whole.paste(one, (GAP, y))
        y += one.height + GAP
    whole.save(FOLDER / f"{name}.png")


@contextlib.asynccontextmanager
async def demo(*arguments: str) -> AsyncIterator[str]:
    """The address of a demo that runs meanwhile."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        *arguments,
        env={**os.environ, "GORAEBOT_WEB_PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        found = re.search(rb"http://[\w.:]+", await program.stdout.readline())
        assert found is not None
        yield found.group().decode()
    finally:
        program.terminate()
        await program.wait()


async def take_web_chat(browser: Browser) -> None:
    """phone.png and desktop.png, and the pictures."""
    async with demo() as url:
        await asyncio.gather(
            take(browser, url, "phone", 390, 844, "시세 비트"),
            take(browser, url, "desktop", 1280, 800, "/spread btcusdt "),
            take_pictures(browser, url),
        )


async def take_course(browser: Browser) -> None:
    """What takes time: living.png, light.png and digest.png, of a market three times as fast."""
    async with demo("--speed", "3") as url:
        await asyncio.gather(take_living(browser, url), take_digest(browser, url))


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


SETS = {"web": take_web_chat, "messengers": take_messengers, "course": take_course}
"""What can be taken alone, by the name given on the command line."""
SHOWN = ("web", "messengers", "course")
"""What the README shows, and is taken without a name."""


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
    """Those that the README shows, or those named, at once."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        wanted = sys.argv[1:] or SHOWN
        await asyncio.gather(*(SETS[name](browser) for name in wanted))
        await browser.close()


if __name__ == "__main__":
    require_fonts()
    asyncio.run(main())
    slim()
