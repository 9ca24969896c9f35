"""The web chat's page in a real browser (Debian's headless Chromium)."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    WebSocketRoute,
    expect,
)
from web_fakes import DEADLINE_S, World, alert

from bot.model import Button, Chat
from bot.platforms.web import WebPlatform

PHONE = (390, 844)
REF = "0123456789abcdef"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@contextlib.asynccontextmanager
async def visitor(browser: Browser, size: tuple[int, int] = PHONE) -> AsyncIterator[BrowserContext]:
    """A browser profile; a script error on one of its pages fails the test."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="ko-KR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(15_000)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    try:
        yield context
        assert errors == []
    finally:
        await context.close()


async def opened(context: BrowserContext, platform: WebPlatform) -> Page:
    """The page, when it has been welcomed."""
    page = await context.new_page()
    await page.goto(platform.url)
    await expect(bubble(page, "안녕하세요, 고래봇입니다")).to_be_visible()
    return page


def bubble(page: Page, text: str):  # type: ignore[no-untyped-def]
    """The bubbles with this text."""
    return page.locator("#log .bubble", has_text=text)


@pytest.mark.parametrize(
    ("delay_ms", "shown"),
    [
        (-999, "거래소 지연0ms"),
        (1_250, "거래소 지연1,250ms"),
        (-879_801, "고래봇의 시계880초 느림"),
    ],
)
async def test_a_clock_behind_the_exchange_s_is_no_delay(
    browser: Browser, world: World, delay_ms: int, shown: str
) -> None:
    world.market.delay_ms = delay_ms
    async with (
        world.serving(world.platform()) as platform,
        visitor(browser, (1280, 800)) as context,
    ):
        page = await opened(context, platform)
        await expect(page.locator("#figures")).to_contain_text(shown)


def chat_of(world: World) -> Chat:
    """The chat that asked last."""
    return world.bot.requests[-1].chat


async def heads(page: Page) -> list[str]:
    """The first lines of all bubbles, from top to bottom, as they are seen."""
    return await page.locator("#log .row").evaluate_all(
        "rows => rows.map(row => (row.querySelector('.head')"
        " ?? row.querySelector('.bubble').lastChild).textContent)"
    )


async def test_a_newcomer_is_welcomed_without_typing_and_without_any_other_host(
    browser: Browser, platform: WebPlatform
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with visitor(browser) as context:
        context.on("request", lambda request: asked.append(request.url))
        context.on("console", lambda message: complaints.append(message.text))
        page = await opened(context, platform)
        await expect(page.locator("#unreal")).to_have_text("모의 시장입니다. 실제 시세가 아닙니다.")
        await expect(page.locator("#state-text")).to_have_text("모의 시장 · 36개 종목")
        await expect(page.locator(".row.you")).to_have_count(0)
        await page.reload()
        await expect(bubble(page, "안녕하세요")).to_have_count(1)
    assert complaints == []
    assert asked
    assert all(url.startswith(platform.url) for url in asked)


async def test_a_pushed_alert_appears_as_a_bubble_and_among_the_latest(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser, (1280, 800)) as context:
        page = await opened(context, platform)
        await platform.send(chat_of(world), alert("고래"))
        shown = bubble(page, "🐳 고래 대량 매수 체결")
        await expect(shown).to_have_class("bubble tone-up")
        await expect(shown.locator(".note")).to_have_text("💬 자동 설명입니다.")
        await expect(shown.locator(".foot")).to_contain_text("투자 조언이 아닙니다")
        await expect(page.locator("#latest li")).to_contain_text(["🐳 고래 대량 매수 체결"])
        # 2025-06-15T15:06:40Z is the next morning in Korea, whatever the browser's zone.
        await expect(page.locator(".day")).to_have_text("6월 16일 월요일")
        await expect(page.locator(".row.bot .time").last).to_have_text("00:06")


async def test_a_hidden_page_counts_in_its_title_what_may_be_heard_and_nothing_else(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        title = await page.title()
        await page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
        quiet = msgspec.structs.replace(alert("조용한"), silent=True)
        await platform.send(chat_of(world), quiet)
        await expect(bubble(page, "조용한 대량 매수")).to_be_visible()
        assert await page.title() == title
        sent = await platform.send(chat_of(world), alert("큰"))
        await expect(page).to_have_title(f"(1) {title}")
        await platform.edit(sent, alert("큰", note="더 커졌습니다."))
        await expect(bubble(page, "더 커졌습니다.")).to_be_visible()
        await expect(page).to_have_title(f"(1) {title}")


async def test_global_colours_make_the_bar_of_a_rise_green(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    bar = "node => getComputedStyle(node, '::before').backgroundColor"
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await platform.send(chat_of(world), alert("한국식"))
        world_wide = msgspec.structs.replace(alert("글로벌"), colours="global")
        await platform.send(chat_of(world), world_wide)
        await expect(bubble(page, "글로벌 대량 매수")).to_be_visible()
        shades = [await bubble(page, f"{n} 대량 매수").evaluate(bar) for n in ("한국식", "글로벌")]
        red, green = (tuple(map(int, re.findall(r"\d+", shade)[:3])) for shade in shades)
        assert red[0] > red[1] and green[1] > green[0]


async def test_text_from_outside_stays_text(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await platform.send(chat_of(world), alert("<img src=x onerror=alert(1)><b>굵게</b>"))
        await expect(bubble(page, "<b>굵게</b>")).to_be_visible()
        assert await page.locator("#log b, #latest b, #log img[src='x']").count() == 0


async def test_a_command_is_typed_with_completion_and_answered(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    """By keyboard alone: command by Tab, symbol by Korean name, arrow and Enter."""
    async with visitor(browser) as context:
        page = await opened(context, platform)
        box = page.get_by_role("combobox")
        await box.press_sequentially("/spr")
        await expect(page.get_by_role("option")).to_have_text(
            ["/spread스프레드매수·매도 호가 차이를 봅니다"]
        )
        await expect(box).to_have_attribute("aria-activedescendant", "option-0")
        await box.press("Tab")
        await expect(box).to_have_value("/spread ")
        await expect(page.get_by_role("option")).to_have_count(3)
        await box.press_sequentially("이더")
        await expect(page.get_by_role("option")).to_have_text(["ETHUSDT이더리움"])
        await box.press("ArrowDown")
        await expect(page.get_by_role("option")).to_have_attribute("aria-selected", "true")
        await box.press("Enter")
        await expect(box).to_have_value("/spread ETHUSDT ")
        await expect(page.get_by_role("listbox")).to_be_hidden()
        assert world.bot.times("/spread ETHUSDT") == 0
        await box.press("Enter")
        await expect(bubble(page, "ETHUSDT 스프레드 1.5bp")).to_be_visible()
        await expect(box).to_have_value("")
        await expect(page.get_by_role("listbox")).to_be_hidden()
        await box.press("ArrowUp")
        await expect(box).to_have_value("/spread ETHUSDT")
        assert await heads(page) == [
            "안녕하세요, 고래봇입니다",
            "/spread ETHUSDT",
            "ETHUSDT 스프레드 1.5bp",
        ]


async def test_completion_offers_what_fits_the_place(
    browser: Browser, platform: WebPlatform
) -> None:
    wanted = {
        "/": "/start",
        "스프ㄹ": "/spread",
        "스플": "/spread",
        "ㅅㅍㄹㄷ": "/spread",
        "/구독": "/subscribe",
        "/mov": "/movers",
        "/spread ": "BTCUSDT",
        "스프레드 솔": "SOLUSDT",
        "/subscribe ": "all",
        "/subscribe 이더": "ETHUSDT",
        "/subscribe btc 스프": "스프레드확대",
        "/subscribe btc 이더": "ETHUSDT",
        "/subscribe btc spread 대": "대량체결",
        "/subscribe btc larg": "대량체결",
        "/mute 1": "1시간",
    }
    async with visitor(browser) as context:
        page = await opened(context, platform)
        for typed, first in wanted.items():
            await page.get_by_role("combobox").fill(typed)
            await expect(page.get_by_role("option").first.locator(".value")).to_have_text(first)
            await page.get_by_role("combobox").press("Escape")
            await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_a_late_suggestion_keeps_what_was_chosen_and_opens_nothing_after_escape(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await context.new_page()
        late: list[Callable[[], None]] = []
        came = asyncio.Event()

        def relay(route: WebSocketRoute) -> None:
            server = route.connect_to_server()

            def to_page(frame: str | bytes) -> None:
                if '"suggest"' in str(frame):
                    late.append(lambda: route.send(frame))
                    came.set()
                else:
                    route.send(frame)

            server.on_message(to_page)

        async def asked() -> None:
            async with asyncio.timeout(DEADLINE_S):
                await came.wait()
            came.clear()

        await page.route_web_socket(re.compile("/ws$"), relay)
        await page.goto(platform.url)
        await expect(bubble(page, "안녕하세요")).to_be_visible()
        box = page.get_by_role("combobox")
        await box.fill("/spread ")
        await asked()
        late.pop()()
        await expect(page.get_by_role("option")).to_have_count(3)
        await box.fill("/spread 이더")
        await expect(page.get_by_role("option")).to_have_text(["ETHUSDT이더리움"])
        await box.press("ArrowDown")
        first = page.get_by_role("option").first
        await first.evaluate("option => { option.dataset.old = 'yes'; }")
        await asked()
        late.pop()()
        await expect(first).not_to_have_attribute("data-old", "yes")
        await expect(first).to_have_attribute("aria-selected", "true")
        await box.fill("/spread 비트")
        await asked()
        await box.press("Escape")
        late.pop()()
        await platform.send(chat_of(world), alert("그 뒤"))
        await expect(bubble(page, "그 뒤")).to_be_visible()
        await expect(page.get_by_role("listbox")).to_be_hidden()
        await box.press("Enter")
        await expect(bubble(page, "BTCUSDT 스프레드")).to_be_visible()


async def test_enter_during_composition_of_a_syllable_sends_nothing(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    """A Korean input method uses Enter to finish a syllable."""
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("combobox").fill("시")
        await page.evaluate(
            "document.getElementById('input').dispatchEvent(new KeyboardEvent('keydown',"
            "{key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
        )
        await expect(page.get_by_role("combobox")).to_have_value("시")
        assert len(world.bot.requests) == 1


async def test_typing_is_shown_while_an_answer_is_worked_on(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("combobox").fill("/slow")
        await page.get_by_role("combobox").press("Enter")
        await expect(page.locator("#typing")).to_be_visible()
        world.bot.go.set()
        await expect(bubble(page, "오래 걸린 답")).to_be_visible()
        await expect(page.locator("#typing")).to_be_hidden()


async def test_an_edit_replaces_the_bubble_in_place(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        sent = await platform.send(chat_of(world), alert("하나"))
        await platform.send(chat_of(world), alert("둘"))
        await expect(bubble(page, "둘 대량")).to_be_visible()
        before = await heads(page)
        await platform.edit(sent, alert("하나", "AI 설명입니다."))
        await expect(bubble(page, "하나 대량").locator(".note")).to_have_text("💬 AI 설명입니다.")
        assert await heads(page) == before


async def test_a_button_sends_its_command_and_can_renew_its_own_bubble(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("button", name="급등·급락").click()
        await expect(bubble(page, "급등·급락 1판")).to_be_visible()
        await page.get_by_role("button", name="새로고침").click()
        await expect(bubble(page, "급등·급락 2판")).to_be_visible()
        assert await heads(page) == ["안녕하세요, 고래봇입니다", "급등·급락", "급등·급락 2판"]
        await expect(page.get_by_role("button", name="급등·급락")).to_be_enabled()


async def test_a_press_that_was_answered_unseen_is_not_said_again_for_ever(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    deaf, sockets, said, settled = False, list[WebSocketRoute](), list[str](), asyncio.Event()

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)

        def up(frame: str | bytes) -> None:
            said.append(str(frame))
            server.send(frame)

        def down(frame: str | bytes) -> None:
            if not deaf:
                socket.send(frame)
            if "answered" in str(frame):
                settled.set()

        socket.on_message(up)
        server.on_message(down)

    async with visitor(browser) as context:
        page = await context.new_page()
        await page.route_web_socket(re.compile("/ws$"), route)
        await page.goto(platform.url)
        await page.get_by_role("button", name="급등·급락").first.click()
        await expect(bubble(page, "급등·급락 1판")).to_be_visible()
        other = await context.new_page()
        await other.goto(platform.url)
        deaf = True
        refresh = "새로고침"
        await bubble(page, "1판").get_by_role("button", name=refresh).click()
        await bubble(other, "2판").get_by_role("button", name=refresh).click()
        await expect(bubble(other, "3판")).to_be_visible()
        deaf = False
        await sockets[-1].close()
        await expect(bubble(page, "3판")).to_be_visible()
        async with asyncio.timeout(DEADLINE_S):
            await settled.wait()
        await sockets[-1].close()
        await expect(page.locator("#offline")).to_be_visible()
        await expect(page.locator("#offline")).to_be_hidden()
        await bubble(page, "3판").get_by_role("button", name=refresh).click()
        await expect(bubble(page, "4판")).to_be_visible()
        # Once when pressed, again after the first cut, and not after the second.
        assert [refresh in frame for frame in said].count(True) == 3
    assert world.bot.times("/movers") == 4


async def test_behind_the_buttons_of_an_alert_stands_one_that_explains_it(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        why, chart = Button("❔ 왜 왔나요?", f"/why #{REF}"), Button("📈 차트", "/chart BTC")
        buttons = ((Button("🔕 1시간", "/mute 1시간 BTC"), why, chart),)
        await platform.send(chat_of(world), msgspec.structs.replace(alert("고래"), buttons=buttons))
        chips = bubble(page, "고래 대량").locator(".chip")
        await expect(chips).to_have_text(["🔕 1시간", "❔ 왜 왔나요?", "📈 차트", "💬 설명"])
        await chips.last.click()
        await expect(bubble(page, "💬 설명").last).to_be_visible()
        assert world.bot.requests[-1].text == f"/explain #{REF}"
        box = await bubble(page, "고래 대량").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE[0]


async def test_a_server_restart_neither_loses_nor_repeats(browser: Browser, world: World) -> None:
    async with visitor(browser) as context:
        async with world.serving(world.platform()) as platform:
            page = await opened(context, platform)
            chat = chat_of(world)
            one = await world.store.deliver(platform, chat, alert("하나"))
            # Sent, but the process dies before it is recorded: it will be sent again.
            await platform.send(chat, alert("둘"))
            await expect(bubble(page, "둘 대량")).to_be_visible()
            port = int(platform.url.rpartition(":")[2])
        await expect(page.locator("#offline")).to_have_text("다시 연결하는 중…")
        await page.get_by_role("combobox").fill("/spread btc")
        await page.get_by_role("combobox").press("Enter")
        await expect(page.locator(".row.you.pending")).to_have_text(re.compile("/spread btc"))
        world.clock.now_s += 60
        after = world.platform(port=port)
        await world.store.deliver(after, chat, alert("둘"))
        await world.store.revise(after, one, alert("하나", "AI 설명입니다."))
        await world.store.deliver(after, chat, alert("셋"))
        async with world.serving(after):
            await expect(page.locator("#offline")).to_be_hidden()
            await expect(bubble(page, "셋 대량")).to_be_visible()
            await expect(bubble(page, "BTCUSDT 스프레드 1.5bp")).to_be_visible()
            await world.store.deliver(after, chat, alert("넷"))
            await expect(bubble(page, "넷 대량")).to_be_visible()
            await expect(bubble(page, "하나 대량").locator(".note")).to_have_text(
                "💬 AI 설명입니다."
            )
            assert await heads(page) == [
                "안녕하세요, 고래봇입니다",
                "🐳 하나 대량 매수 체결",
                "🐳 둘 대량 매수 체결",
                "🐳 셋 대량 매수 체결",
                "/spread btc",
                "BTCUSDT 스프레드 1.5bp",
                "🐳 넷 대량 매수 체결",
            ]
            assert world.bot.times("/spread btc") == 1
            await page.reload()
            await expect(bubble(page, "넷 대량")).to_be_visible()
            # A fresh page has what was delivered and this process's conversation.
            assert (await heads(page))[:3] == [
                "🐳 하나 대량 매수 체결",
                "🐳 둘 대량 매수 체결",
                "🐳 셋 대량 매수 체결",
            ]


async def test_an_open_page_says_that_a_program_which_keeps_nothing_has_started_anew(
    browser: Browser, world: World
) -> None:
    async with visitor(browser) as context:
        async with world.serving(world.platform(run="one")) as platform:
            page = await opened(context, platform)
            port = int(platform.url.rpartition(":")[2])
        await expect(page.locator("#offline")).to_be_visible()
        world.clock.now_s += 60
        async with world.serving(world.platform(port=port, run="two")):
            told = bubble(page, "처음부터 새로 시작했습니다")
            await expect(told).to_contain_text("지금은 알림이 오지 않습니다.")
            await told.get_by_role("button", name="다시 시작").click()
            await expect(page.locator("#log .row").last).to_contain_text("안녕하세요, 고래봇입니다")
            await page.reload()
            await expect(bubble(page, "처음부터 새로 시작했습니다")).to_have_count(1)
            await expect(bubble(page, "안녕하세요, 고래봇입니다")).to_have_count(1)


async def test_older_messages_that_come_later_stand_above(browser: Browser, world: World) -> None:
    """Here because the store failed at first; the day before has its own line."""
    async with visitor(browser) as context:
        async with world.serving(world.platform()) as platform:
            world.store.broken = True
            page = await opened(context, platform)
            chat = chat_of(world)
            await platform.send(chat, alert("새것"))
            await expect(bubble(page, "새것")).to_be_visible()
            port = int(platform.url.rpartition(":")[2])
        world.store.broken = False
        day_us = 86_400_000_000
        for days in (2, 1):
            ref = str(world.clock.us() - days * day_us)
            world.store.delivered.setdefault(chat, {})[ref] = alert(f"{days}일 전")
        async with world.serving(world.platform(port=port)):
            await expect(bubble(page, "1일 전")).to_be_visible()
            rows = page.locator("#log > li")
            await expect(rows).to_have_text(
                [
                    "6월 14일 토요일",
                    re.compile("2일 전"),
                    "6월 15일 일요일",
                    re.compile("1일 전"),
                    "6월 16일 월요일",
                    re.compile("안녕하세요"),
                    re.compile("새것"),
                ]
            )


async def test_another_version_of_the_server_reloads_the_page(
    browser: Browser, world: World
) -> None:
    async with visitor(browser) as context:
        async with world.serving(world.platform()) as platform:
            page = await opened(context, platform)
            port = int(platform.url.rpartition(":")[2])
        async with (
            page.expect_event("load"),
            world.serving(world.platform(port=port, version="2.0.0")),
        ):
            await expect(page.locator("#version")).to_have_text("고래봇 2.0.0")


async def test_a_reader_who_scrolled_up_is_left_there_and_told(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        chat = chat_of(world)
        for number in range(12):
            await platform.send(chat, alert(f"{number}번"))
        await expect(bubble(page, "11번")).to_be_in_viewport()
        await page.locator("#scroll").evaluate("scroll => { scroll.scrollTop = 0; }")
        await expect(bubble(page, "안녕하세요")).to_be_in_viewport()
        await page.wait_for_function("new Promise(requestAnimationFrame)")
        await platform.send(chat, alert("새것"))
        await platform.send(chat, alert("더 새것"))
        pill = page.locator("#pill")
        await expect(pill).to_have_text("새 메시지 2개 ↓")
        await expect(bubble(page, "안녕하세요")).to_be_in_viewport()
        await pill.click()
        await expect(bubble(page, "더 새것")).to_be_in_viewport()
        await expect(pill).to_be_hidden()


async def test_a_refused_line_says_why_under_it(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        for _ in range(9):
            await page.get_by_role("combobox").fill("/start ")
            await page.get_by_role("combobox").press("Enter")
        await expect(bubble(page, "안녕하세요")).to_have_count(10)
        await page.get_by_role("combobox").fill("/spread btc")
        await page.get_by_role("combobox").press("Enter")
        await expect(page.locator(".row.you.failed")).to_contain_text("요청이 너무 잦습니다.")
        await page.get_by_role("button", name="급등·급락").last.click()
        await expect(page.locator(".bubble.tone-error")).to_contain_text("요청이 너무 잦습니다.")
        await expect(page.get_by_role("button", name="급등·급락").last).to_be_enabled()
        await platform.send(chat_of(world), alert("그 뒤의 소식"))
        await expect(page.locator("#log .row").last).to_contain_text("그 뒤의 소식")


async def test_a_problem_with_the_market_data_is_said_in_words(
    browser: Browser, world: World
) -> None:
    async with (
        world.serving(world.platform(health_every_s=0.05)) as platform,
        visitor(browser) as context,
    ):
        page = await opened(context, platform)
        await expect(page.locator("#trouble")).to_be_hidden()
        world.market.ok, world.market.problem = False, "region"
        await expect(page.locator("#trouble")).to_contain_text("make demo")
        await expect(page.locator("#state")).to_have_attribute("data-state", "problem")
        world.market.ok, world.market.problem = True, ""
        await expect(page.locator("#trouble")).to_be_hidden()


async def test_a_phone_shows_no_sideways_scroll_and_the_panel_as_a_drawer(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    world.watching = ["비트코인(BTCUSDT) · 모든 종류"]
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await platform.send(chat_of(world), alert("가나다라마바사" * 20 + "x" * 200))
        await expect(bubble(page, "가나다라")).to_be_visible()
        wide = "document.documentElement.scrollWidth"
        assert await page.evaluate(wide) <= PHONE[0]
        assert await page.locator("#scroll").evaluate("s => s.scrollWidth - s.clientWidth") == 0
        panel = page.locator("#panel")
        await expect(panel).to_be_hidden()
        await page.get_by_role("button", name="시세 데이터와 알림 보기").click()
        await expect(panel).to_be_visible()
        await expect(page.get_by_role("button", name="닫기")).to_be_focused()
        await expect(panel).to_contain_text("비트코인(BTCUSDT) · 모든 종류")
        await expect(panel).to_contain_text("정상입니다.")
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(page.locator("#panel-open")).to_be_focused()
        await page.get_by_role("button", name="시세 데이터와 알림 보기").click()
        await panel.get_by_role("button", name="구독하기").click()
        await expect(page.get_by_role("combobox")).to_have_value("/subscribe ")
        await expect(page.get_by_role("combobox")).to_be_focused()


async def test_two_pages_of_one_visitor_show_one_conversation(
    browser: Browser, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        first = await opened(context, platform)
        second = await opened(context, platform)
        await first.get_by_role("combobox").fill("/spread btc")
        await first.get_by_role("combobox").press("Enter")
        await expect(bubble(second, "BTCUSDT 스프레드 1.5bp")).to_be_visible()
        await expect(bubble(first, "BTCUSDT 스프레드 1.5bp")).to_be_visible()
        assert await heads(first) == await heads(second)


async def test_a_password_is_asked_for_once(browser: Browser, world: World) -> None:
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        visitor(browser) as context,
    ):
        page = await context.new_page()
        await page.goto(platform.url)
        await expect(page).to_have_url(f"{platform.url}/login")
        await page.get_by_label("비밀번호").fill("닫혀라")
        await page.get_by_role("button", name="들어가기").click()
        await expect(page.get_by_role("alert")).to_contain_text("비밀번호가 맞지 않습니다.")
        await page.get_by_label("비밀번호").fill("열려라")
        await page.get_by_role("button", name="들어가기").click()
        await expect(bubble(page, "안녕하세요")).to_be_visible()
        # A link on another site: the browser holds the strict cookie back at first.
        await page.goto("data:text/html,<a>link</a>")
        await page.evaluate(f"document.querySelector('a').href = '{platform.url}/'")
        await page.get_by_text("link").click()
        await expect(bubble(page, "안녕하세요")).to_be_visible()
        await page.locator("#panel-open").click()
        await page.get_by_role("button", name="로그아웃").click()
        await expect(page).to_have_url(f"{platform.url}/login")
        await page.goto(platform.url)
        await expect(page).to_have_url(f"{platform.url}/login")


async def test_the_page_comes_back_to_a_server_that_went_silent(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    """A half-open connection says nothing; the page does not wait for a goodbye."""
    async with visitor(browser) as context:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(platform.url)
        await expect(bubble(page, "안녕하세요")).to_be_visible()
        # The platform of this test is silent about its health for an hour.
        async with page.expect_websocket():
            await page.clock.run_for(20_000)
        await platform.send(chat_of(world), alert("고래"))
        await expect(bubble(page, "고래 대량")).to_be_visible()
        await expect(page.locator("#offline")).to_be_hidden()
        assert await heads(page) == ["안녕하세요, 고래봇입니다", "🐳 고래 대량 매수 체결"]


async def test_a_picture_stands_in_its_bubble_with_its_words_and_is_as_wide_as_the_bubble(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("combobox").fill("/picture")
        await page.get_by_role("combobox").press("Enter")
        image = bubble(page, "그림이 있는 답").get_by_role("img", name="비트코인 차트 그림")
        await expect(image).to_be_visible()
        assert await image.evaluate("e => e.decode().then(() => e.naturalWidth)") == 120
        box = await image.bounding_box()
        assert box is not None and box["width"] > 0.7 * PHONE[0]
        await page.reload()
        await expect(image).to_be_visible()


async def test_a_picture_that_is_not_kept_any_more_leaves_its_words(
    browser: Browser, world: World, platform: WebPlatform
) -> None:
    async with visitor(browser) as context:
        page = await opened(context, platform)
        await page.get_by_role("combobox").fill("/picture")
        await page.route("**/pictures/*", lambda route: route.fulfill(status=404))
        await page.get_by_role("combobox").press("Enter")
        await expect(bubble(page, "🖼️ 비트코인 차트 그림")).to_be_visible()
