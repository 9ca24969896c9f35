"""The web chat for whoever has no mouse, no eyes for it, or wants to hear it."""

import itertools
import re
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect
from test_web_page import PHONE, bubble, chat_of, heads, opened, visitor
from web_fakes import World, alert

import bot.platforms
from bot.platforms.web import WebPlatform

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP = (1280, 800)
STYLE = Path(bot.platforms.__file__).with_name("web") / "style.css"
LISTENING = """
window.heard = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.heard += 1;
  return start.apply(this, at);
};
"""
"""Counts the tones that the page makes."""


async def walk(page: Page, steps: int) -> list[str]:
    """What has the focus after each press of Tab, and whether that is to be seen."""
    seen = []
    for _ in range(steps):
        await page.keyboard.press("Tab")
        name, outlined = await page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.id || e.textContent, s.outlineStyle !== 'none'"
            " || e.matches('#input:focus')]; }"
        )
        assert outlined, name
        seen.append(name)
    return seen


# --- keyboard ------------------------------------------------------------------------------------


async def test_everything_is_reached_with_tab_in_the_order_in_which_it_stands(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser, DESKTOP) as context:
        page = await opened(context, platform)
        await page.locator("#scroll").focus()
        buttons = await page.locator("#log .chip").all_text_contents()
        reached = await walk(page, len(buttons) + 3)
        assert reached == [*buttons, "menu", "input", "구독하기"]


async def test_a_button_pressed_by_key_keeps_the_focus_through_its_answer(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser, DESKTOP) as context:
        page = await opened(context, platform)
        await page.get_by_role("button", name="급등·급락").press("Enter")
        await expect(bubble(page, "급등·급락 1판")).to_be_visible()
        await expect(page.get_by_role("button", name="급등·급락")).to_be_focused()
        renew = page.get_by_role("button", name="새로고침")
        for edition in (2, 3):
            await renew.press("Enter") if edition == 2 else await page.keyboard.press("Enter")
            await expect(bubble(page, f"급등·급락 {edition}판")).to_be_visible()
            await expect(renew).to_be_focused()


async def test_behind_the_open_drawer_nothing_takes_the_focus(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("button", name="시세 데이터와 알림 보기").press("Enter")
        within = (
            "document.activeElement === document.body || panel.contains(document.activeElement)"
        )
        for _ in range(30):
            await page.keyboard.press("Tab")
            assert await page.evaluate(within)
        await page.keyboard.press("Escape")
        await expect(page.locator("#panel-open")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.locator("#scroll")).to_be_focused()


async def test_a_phone_gets_the_commands_without_typing_a_slash(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("button", name="명령 고르기").click()
        options = page.get_by_role("option")
        await expect(options.first).to_be_visible()
        below = await page.get_by_role("listbox").bounding_box()
        assert below is not None and below["y"] >= 0 and below["x"] + below["width"] <= PHONE[0]
        await expect(page.get_by_role("combobox")).to_be_focused()
        await page.get_by_role("button", name="명령 고르기").click()
        await expect(options).to_have_count(0)
        await page.get_by_role("combobox").fill("")
        await page.get_by_role("button", name="명령 고르기").click()
        await options.filter(has_text="/movers").click()
        await expect(bubble(page, "급등·급락 1판")).to_be_visible()
        assert (await heads(page))[1] == "/movers"


async def test_a_keyboard_that_lies_over_the_page_leaves_the_input_to_be_seen(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        box = page.get_by_role("combobox")
        covered = (
            "Object.defineProperty(visualViewport, 'height', { value: 480, configurable: true });"
            "visualViewport.dispatchEvent(new Event('resize'))"
        )
        await page.evaluate(covered)
        await expect(bubble(page, "안녕하세요")).to_be_visible()
        low = await box.bounding_box()
        assert low is not None and low["y"] + low["height"] <= 480
        await page.evaluate(covered.replace("480", "844"))
        high = await box.bounding_box()
        assert high is not None and high["y"] > 700


async def test_help_completes_the_names_of_commands(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        box = page.get_by_role("combobox")
        await box.press_sequentially("/help 스프")
        await page.get_by_role("option", name="spread").click()
        await expect(box).to_have_value("/help spread ")


# --- reading aloud -------------------------------------------------------------------------------


async def test_every_control_has_a_name_and_own_lines_say_whose_they_are(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser, DESKTOP) as context:
        page = await opened(context, platform)
        await page.get_by_role("combobox").fill("/movers")
        await page.keyboard.press("Enter")
        await expect(bubble(page, "급등·급락 1판")).to_be_visible()
        tree = await page.locator("body").aria_snapshot()
        assert not re.findall(r"- (?:button|textbox|combobox|link|img)(?: \[.*\])?:?$", tree, re.M)
        assert "나: /movers" in tree
        assert re.search(r"- log", tree) and '- combobox "명령 입력"' in tree
        assert '- main "대화"' in tree and '- complementary "시세 데이터와 알림"' in tree


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(p * share for p, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it: 4.5 is enough for text (level AA)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.asyncio(loop_scope="function")
async def test_all_text_is_readable_in_the_dark_and_in_the_light() -> None:
    dark, light = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))
        for part in STYLE.read_text(encoding="utf-8").split("@media (prefers-color-scheme: light)")
    )
    light = {**dark, **dict(list(light.items()))}
    pairs = [
        *itertools.product(
            ("text", "soft", "muted", "accent"), ("bg", "surface", "bubble", "raised")
        ),
        ("accent-text", "accent"), ("you-text", "you"), ("red", "surface"), ("warn", "warn-bg"),
        ("bad-text", "bad-bg"),
    ]  # fmt: skip
    poor = {
        (theme, front, back): round(contrast(colours[front], colours[back]), 2)
        for theme, colours in (("dark", dark), ("light", light))
        for front, back in pairs
        if contrast(colours[front], colours[back]) < 4.5
    }
    assert poor == {}


# --- sound ---------------------------------------------------------------------------------------


async def test_the_page_is_silent_until_asked_and_then_sounds_for_what_is_to_be_heard(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser, DESKTOP) as context:
        await context.add_init_script(LISTENING)
        page = await opened(context, platform)
        chat = chat_of(world)
        await platform.send(chat, alert("하나"))
        await expect(bubble(page, "하나 대량")).to_be_visible()
        assert await page.evaluate("heard") == 0
        button = page.get_by_role("button", name="소리")
        await expect(button).to_have_attribute("aria-pressed", "false")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#sound")).to_have_text("🔊 소리 켜짐")
        await page.reload()  # it is remembered, and what was there before does not sound
        await expect(button).to_have_attribute("aria-pressed", "true")
        await expect(bubble(page, "하나 대량")).to_be_visible()
        await page.locator("#scroll").click()  # browsers want to be touched first
        await page.wait_for_function("navigator.userActivation.hasBeenActive")
        assert await page.evaluate("heard") == 0
        quiet = msgspec.structs.replace(alert("조용한"), silent=True)
        await platform.send(chat, quiet)
        await expect(bubble(page, "조용한 대량")).to_be_visible()
        assert await page.evaluate("heard") == 0
        sent = await platform.send(chat, alert("둘"))
        await expect(bubble(page, "둘 대량")).to_be_visible()
        await page.wait_for_function("heard === 2")  # two tones
        await platform.edit(sent, alert("둘", note="더 커졌습니다."))
        await expect(bubble(page, "더 커졌습니다.")).to_be_visible()
        assert await page.evaluate("heard") == 2
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false")
