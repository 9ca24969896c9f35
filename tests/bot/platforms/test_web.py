"""The web chat's server, met over real sockets by a client that speaks as the page does."""

import asyncio
import base64
import contextlib
import gzip
import itertools
import json
import os
import re
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from drafts import Commented
from hypothesis import given
from hypothesis import strategies as st
from pictures import png
from web_fakes import COMMANDS, DEADLINE_S, World, alert, told

import bot.platforms.web
from bot.alarm import Trouble
from bot.answer import catalog
from bot.errors import SettingsError
from bot.health_words import problem_text
from bot.model import Chat, Message, Sent
from bot.platforms import in_time, web_frames, web_sessions, web_tab, web_talk
from bot.platforms.web import WebPlatform
from bot.platforms.web_frames import MAX_TEXT
from bot.platforms.web_rooms import BACKLOG
from bot.platforms.web_site import MAX_BODY, SESSION_COOKIE, VISITOR_COOKIE

GUARD = web_sessions.Guard("열려라", lambda: 1_750_000_000.0, lambda: 0.0)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["type", "id", "text", "how", "since", "epoch", "label"]) | st.text(),
            inner,
        )
    ),
)
PAGE_FOLDER = Path(bot.platforms.web.__file__).with_name("web")


class Page:
    """One socket, with the frames read so far."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.frames: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}

    async def until(self, kind: str, **fields: object) -> dict[str, Any]:
        """The next frame of this type whose fields have these values."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame: dict[str, Any] = await self.ws.receive_json()
                self.frames.append(frame)
                if frame["type"] == kind and all(frame[k] == v for k, v in fields.items()):
                    return frame

    async def entry(self) -> dict[str, Any]:
        """The next bubble shown."""
        entry: dict[str, Any] = (await self.until("entry"))["entry"]
        return entry

    async def say(self, text: str, say_id: str = "", **fields: object) -> str:
        """Say something with an id of its own."""
        say_id = say_id or f"id-{next(_ids)}"
        await self.ws.send_json({"type": "say", "id": say_id, "text": text, **fields})
        return say_id

    async def ask(self, text: str, **fields: object) -> dict[str, Any]:
        """Say something; the bubble that answers it."""
        say_id = await self.say(text, **fields)
        while True:
            entry = await self.entry()
            if entry["who"] == "bot" and entry.get("id") == say_id:
                return entry

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(DEADLINE_S):
            while (await self.ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return self.ws.close_code


_ids = itertools.count()


class Visitor:
    """A browser: cookies, and pages on the platform."""

    def __init__(self, platform: WebPlatform, before: "Visitor | None" = None) -> None:
        self.platform = platform
        self.cookies = before.cookies if before else aiohttp.CookieJar(unsafe=True)
        self.http = aiohttp.ClientSession(
            cookie_jar=self.cookies, timeout=aiohttp.ClientTimeout(DEADLINE_S)
        )

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.http.close()

    def get(self, path: str, **kwargs: Any) -> Any:
        """GET without following redirects."""
        return self.http.get(f"{self.platform.url}{path}", allow_redirects=False, **kwargs)

    def post(self, path: str, *, origin: str | None = "", **kwargs: Any) -> Any:
        """POST as the page itself does, or from another origin (None: without the header)."""
        headers = kwargs.pop("headers", {})
        if origin is not None:
            headers["Origin"] = origin or self.platform.url
        return self.http.post(
            f"{self.platform.url}{path}", allow_redirects=False, headers=headers, **kwargs
        )

    async def log_in(self, password: str) -> int:
        """The status of a login."""
        async with self.post("/login", data={"password": password}) as response:
            return int(response.status)

    @contextlib.asynccontextmanager
    async def page(self, epoch: str = "", since: int = 0, run: str = "") -> AsyncIterator[Page]:
        """An open page that has been welcomed."""
        page = await self.open()
        await page.ws.send_json({"type": "hello", "epoch": epoch, "since": since, "run": run})
        page.hello = await page.until("hello")
        try:
            yield page
        finally:
            await page.ws.close()

    async def open(self, origin: str | None = "", **headers: str) -> Page:
        """A socket on which nothing has been said."""
        if origin is not None:
            headers["Origin"] = origin or self.platform.url
        return Page(await self.http.ws_connect(f"{self.platform.url}/ws", headers=headers))

    @contextlib.asynccontextmanager
    async def page_that_does_not_read(self) -> AsyncIterator[None]:
        """A page of this visitor that says hello and then takes nothing off the wire."""
        while self.platform.open_pages:
            await asyncio.sleep(0)
        (cookie,) = [c.value for c in self.cookies if c.key == VISITOR_COOKIE]
        host, port = self.platform.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {self.platform.url}\r\n"
            f"Cookie: {VISITOR_COOKIE}={cookie}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        hello = b'{"type":"hello"}'
        writer.write(struct.pack("!BB4s", 0x81, 0x80 | len(hello), b"\0\0\0\0") + hello)
        try:
            assert b"101" in await reader.readline()
            while self.platform.open_pages == 0:
                await asyncio.sleep(0)
            yield
        finally:
            writer.transport.abort()

    async def refused(self, origin: str | None = "", **headers: str) -> int:
        """The HTTP status with which the handshake is refused."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await self.open(origin, **headers)
        return refusal.value.status


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def platform(world: World) -> AsyncIterator[WebPlatform]:
    async with world.serving(world.platform()) as platform:
        yield platform


@pytest.fixture
async def visitor(platform: WebPlatform) -> AsyncIterator[Visitor]:
    async with Visitor(platform) as visitor:
        yield visitor


def basic(password: str) -> dict[str, str]:
    """The headers of a metrics scraper."""
    encoded = base64.b64encode(f"prometheus:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


async def chat_of(world: World, page: Page) -> Chat:
    """The chat of an open page, as the bot learns it."""
    await page.ask("/start", how="quiet")
    return world.bot.requests[-1].chat


def heads(entries: list[dict[str, Any]]) -> list[str]:
    """The first lines of bubbles."""
    return [entry["message"]["head"] if "message" in entry else entry["text"] for entry in entries]


# --- the conversation ----------------------------------------------------------------------------


async def test_the_welcome_carries_all_that_the_page_shows(world: World, visitor: Visitor) -> None:
    world.watching = ["모든 종목 · 대량 체결"]
    async with visitor.page() as page:
        assert [command["name"] for command in page.hello["commands"]] == [c.name for c in COMMANDS]
        assert page.hello["kinds"] == [["large_trade", "대량 체결"], ["spread", "스프레드 확대"]]
        assert page.hello["unreal"]["name"] == "모의 시장"
        assert page.hello["locked"] is False
        assert page.hello["version"] == "1.2.3"
        assert page.hello["entries"] == []
        assert page.hello["watching"] == ["모든 종목 · 대량 체결"]
        assert page.hello["health"]["feed"]["age_ms"] == 412
        assert page.hello["health"]["text"] == "정상입니다."


async def test_what_is_typed_is_shown_then_worked_on_then_answered(visitor: Visitor) -> None:
    async with visitor.page() as page:
        say_id = await page.say("/spread btc")
        await page.until("typing", on=False)
        said, typing, answer = page.frames[1:4]
        assert (said["entry"]["who"], said["entry"]["text"]) == ("you", "/spread btc")
        assert said["entry"]["id"] == say_id
        assert typing == {"type": "typing", "on": True}
        assert answer["entry"]["message"]["head"] == "BTCUSDT 스프레드 1.5bp"
        assert said["entry"]["ref"] < answer["entry"]["ref"]


async def test_a_visitor_is_the_admin_of_a_private_chat(world: World, visitor: Visitor) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    request = world.bot.requests[0]
    assert request.admin
    assert request.private
    assert request.user == chat.id
    assert chat.platform == "web"


async def test_a_visit_is_written_down_once_in_half_a_day(world: World, visitor: Visitor) -> None:
    for later_s, visits in ((0, 1), (43_199, 1), (1, 2)):
        world.clock.now_s += later_s
        async with visitor.page() as page:
            await page.ask("/start", how="quiet")
        assert len(world.store.visits) == visits


async def test_alerts_that_rested_go_on_when_the_page_is_opened(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    world.store.resting = {chat}
    world.clock.now_s += 31 * 86_400
    async with visitor.page() as page:
        shown = await page.until("entry")
        assert shown["entry"]["message"]["head"] == "▶️ 쉬던 알림을 다시 보냅니다"
        await page.until("watching")  # it said that nothing comes
    assert not world.store.resting


async def test_alerts_that_rest_go_on_once_the_database_answers_again(
    world: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_talk, "_VISIT_AGAIN_S", 0.01)
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    world.store.resting, world.store.broken = {chat}, True
    world.clock.now_s += 31 * 86_400
    async with visitor.page() as page:
        await page.ask("/start", how="quiet")
        assert world.store.resting
        world.store.broken = False
        shown = await page.until("entry")
        assert shown["entry"]["message"]["head"] == "▶️ 쉬던 알림을 다시 보냅니다"
    assert not world.store.resting


async def test_a_chat_id_does_not_open_the_chat(world: World, visitor: Visitor) -> None:
    """What logs and databases show is not what the cookie holds."""
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    (cookie,) = [c.value for c in visitor.cookies if c.key == VISITOR_COOKIE]
    assert chat.id not in cookie
    assert cookie not in chat.id


async def test_two_visitors_have_two_chats_and_two_pages_of_one_share_theirs(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with Visitor(platform) as other, visitor.page() as first, other.page() as theirs:
        async with visitor.page() as second:
            assert await chat_of(world, first) != await chat_of(world, theirs)
            await second.until("typing", on=False)
            await first.say("/spread btc")
            assert (await second.entry())["text"] == "/spread btc"
            assert (await second.entry())["message"]["head"] == "BTCUSDT 스프레드 1.5bp"
        assert all("spread" not in json.dumps(frame["type"]) for frame in theirs.frames)


async def test_bad_input_is_answered_with_the_bots_own_line(visitor: Visitor) -> None:
    async with visitor.page() as page:
        message = (await page.ask("/없음"))["message"]
    assert message["tone"] == "error"
    assert message["head"] == "없음은(는) 없는 명령입니다. 예: /spread btcusdt"


async def test_a_failing_command_is_answered_politely_and_logged(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    async with visitor.page() as page:
        message = (await page.ask("/crash"))["message"]
    assert "문제가 생겼습니다" in message["head"]
    assert "secret detail" not in json.dumps(message)
    assert "secret detail" in caplog.text


async def test_an_answer_that_never_comes_is_given_up(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "ANSWER_S", 0.01)
    async with visitor.page() as page:
        assert "너무 늦어져" in (await page.ask("/slow"))["message"]["head"]


async def test_what_is_said_again_after_a_cut_is_answered_once(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        await page.say("/slow", "same")
        await world.bot.started.wait()
        await page.say("/slow", "same")
        await page.say("/start", how="quiet")
        await page.until("entry")
        world.bot.go.set()
        await page.until("typing", on=False)
        await page.say("/slow", "same")
        await page.ask("/spread btc")
    assert world.bot.times("/slow") == 1


async def test_an_answer_finished_after_the_page_left_waits_in_the_log(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        await page.say("/slow")
        await world.bot.started.wait()
    async with visitor.page() as page:
        assert page.hello["typing"] is True
        world.bot.go.set()
        assert (await page.entry())["message"]["head"] == "오래 걸린 답"


async def test_too_many_requests_get_a_polite_line_until_time_passes(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        for _ in range(10):
            await page.ask("/start")
        await page.say("/start", "eleven")
        refusal = await page.until("refused")
        assert refusal["id"] == "eleven"
        assert refusal["text"] == "요청이 너무 잦습니다. 1초 뒤에 다시 보내 주세요."
        world.clock.now_s += 1
        await page.ask("/start", say_id="eleven")
    assert world.bot.times("/start") == 11


async def test_a_few_answers_at_a_time_are_worked_on_per_visitor(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        for number in range(web_talk.MAX_ANSWERS_PER_VISITOR + 1):
            await page.say("/slow", f"slow-{number}")
        refusal = await page.until("refused")
        assert refusal["id"] == f"slow-{web_talk.MAX_ANSWERS_PER_VISITOR}"
        assert "앞의 요청" in refusal["text"]
        world.bot.go.set()
        await page.until("typing", on=False)


async def test_answers_under_way_are_bounded_over_all_visitors(
    world: World, platform: WebPlatform, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_talk, "MAX_ANSWERS", 1)
    async with Visitor(platform) as other, visitor.page() as page, other.page() as theirs:
        await page.say("/slow")
        await world.bot.started.wait()
        await theirs.say("/start")
        assert "요청이 많습니다" in (await theirs.until("refused"))["text"]
        world.bot.go.set()
        await page.until("typing", on=False)
        await theirs.ask("/start")


async def test_a_pressed_button_renews_its_bubble_in_place(visitor: Visitor) -> None:
    async with visitor.page() as page:
        first = await page.ask("/movers")
        again = await page.ask("/movers", how="pressed", label="새로고침")
        assert again["ref"] == first["ref"]
        assert again["message"]["head"] == "급등·급락 2판"
        typed = await page.ask("/movers")
        assert typed["ref"] > first["ref"]
    async with visitor.page() as page:
        assert heads(page.hello["entries"]) == [
            "/movers",
            "급등·급락 2판",
            "/movers",
            "급등·급락 3판",
        ]


async def test_a_press_whose_bubble_is_a_later_one_s_by_now_is_waited_for_no_more(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        await page.ask("/movers", how="pressed")
        await page.ask("/movers", how="pressed", say_id="cut off")
        await page.ask("/movers", how="pressed")
        await page.say("/movers", "cut off", how="pressed")
        await page.until("answered", id="cut off")
        await page.say("/slow", "slow")
        await world.bot.started.wait()
        await page.say("/slow", "slow")
        await page.ask("/spread btc")
        assert [f["id"] for f in page.frames if f["type"] == "answered"] == ["cut off"]
    assert world.bot.times("/movers") == 3


async def test_a_pressed_button_with_a_new_answer_shows_its_label(visitor: Visitor) -> None:
    async with visitor.page() as page:
        await page.ask("/spread btc", how="pressed", label="📊 스프레드")
    async with visitor.page() as page:
        assert heads(page.hello["entries"]) == ["📊 스프레드", "BTCUSDT 스프레드 1.5bp"]


async def test_symbols_are_suggested_with_their_korean_names(visitor: Visitor) -> None:
    async with visitor.page() as page:
        await page.ws.send_json({"type": "suggest", "id": 7, "text": "비트"})
        frame = await page.until("suggest")
    assert frame == {
        "type": "suggest",
        "id": 7,
        "symbols": [{"symbol": "BTCUSDT", "name": "비트코인"}],
    }


async def test_subscriptions_are_told_again_after_each_command(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        assert page.hello["watching"] == []
        world.watching = ["비트코인 · 모든 종류"]
        await page.say("/start")
        assert (await page.until("watching"))["lines"] == ["비트코인 · 모든 종류"]


async def test_health_is_told_again_and_again(world: World) -> None:
    async with (
        world.serving(world.platform(health_every_s=0.001)) as platform,
        Visitor(platform) as visitor,
        visitor.page() as page,
    ):
        world.market.ok, world.market.problem = False, "silent"
        while (await page.until("health"))["health"]["feed"]["ok"]:
            pass
        health = page.frames[-1]["health"]
        assert health["text"] == problem_text("silent")


# --- pushed messages -----------------------------------------------------------------------------


async def test_a_pushed_message_reaches_every_open_page_of_its_chat_and_no_other(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with Visitor(platform) as other, visitor.page() as page, other.page() as theirs:
        chat = await chat_of(world, page)
        sent = await platform.send(chat, alert("고래"))
        entry = await page.entry()
        assert entry["message"]["head"] == "🐳 고래 대량 매수 체결"
        assert entry["pushed"] is True
        assert sent == Sent(chat, str(entry["ref"]))
        await theirs.ask("/start", how="quiet")
        assert "고래 대량" not in json.dumps(theirs.frames, ensure_ascii=False)


async def test_an_absent_visitor_finds_the_message_at_the_next_visit(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    await platform.send(chat, alert("고래"))
    async with visitor.page() as page:
        assert heads(page.hello["entries"])[-1] == "🐳 고래 대량 매수 체결"


async def test_a_message_can_be_sent_before_the_server_listens(world: World) -> None:
    platform = world.platform()
    sent = await platform.send(Chat("web", "early"), alert("고래"))
    assert sent.ref == str(world.clock.us())


async def test_a_page_that_reconnects_gets_what_it_missed_and_nothing_else(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
        old = await platform.send(chat, alert("하나"))
        await platform.send(chat, alert("둘"))
        await page.entry()
        last = await page.until("entry")
        epoch = page.hello["epoch"]
    await platform.edit(old, alert("하나", "AI 설명입니다."))
    await platform.send(chat, alert("셋"))
    async with visitor.page(epoch, last["seq"]) as page:
        missed = page.hello["entries"]
        assert heads(missed) == ["🐳 하나 대량 매수 체결", "🐳 셋 대량 매수 체결"]
        assert missed[0]["message"]["note"] == "AI 설명입니다."
    async with visitor.page(page.hello["epoch"], page.hello["seq"]) as page:
        assert page.hello["entries"] == []


async def test_a_key_sent_twice_stays_one_bubble_with_one_ref(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
        first = await platform.send(chat, alert("고래"))
        world.clock.now_s += 5
        assert await platform.send(chat, alert("고래")) == first
    async with visitor.page() as page:
        assert heads(page.hello["entries"]).count("🐳 고래 대량 매수 체결") == 1


async def test_messages_without_a_key_are_all_shown(platform: WebPlatform) -> None:
    chat = Chat("web", "x")
    refs = [(await platform.send(chat, Message("같은 말"))).ref for _ in range(3)]
    assert len(set(refs)) == 3


async def test_an_edit_replaces_by_ref_and_where_that_is_unknown_by_key(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
        sent = await platform.send(chat, alert("고래"))
        shown = await page.entry()
        await platform.edit(sent, alert("고래", "AI 설명입니다."))
        edited = await page.entry()
        assert edited["ref"] == shown["ref"]
        assert edited["message"]["note"] == "AI 설명입니다."
        await platform.edit(Sent(chat, ""), alert("고래", "열쇠로 찾았습니다."))
        assert (await page.entry())["ref"] == shown["ref"]
        await platform.edit(Sent(chat, ""), alert("모르는 것"))
        await page.ask("/start", how="quiet")
        assert "모르는 것" not in json.dumps(page.frames, ensure_ascii=False)


async def test_an_edit_of_a_message_that_left_the_backlog_is_only_for_where_it_stands(
    world: World, platform: WebPlatform, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
        old = await platform.send(chat, alert("옛것"))
        await page.entry()
        for number in range(BACKLOG):
            await platform.send(chat, alert(f"{number}번"))
            await page.entry()
        await platform.edit(old, alert("옛것", "늦은 설명"))
        frame = await page.until("entry")
        assert frame["known"] is True
        assert frame["entry"]["ref"] == int(old.ref)
    async with visitor.page() as page:
        assert len(page.hello["entries"]) == BACKLOG
        assert heads(page.hello["entries"])[-1] == f"🐳 {BACKLOG - 1}번 대량 매수 체결"


async def test_a_restart_neither_loses_nor_repeats(world: World) -> None:
    """Delivered messages come back from the store, with refs that go on growing."""
    async with world.serving(world.platform()) as platform, Visitor(platform) as visitor:
        async with visitor.page() as page:
            chat = await chat_of(world, page)
            sent = await world.store.deliver(platform, chat, alert("하나"))
        async with world.serving(world.platform()) as after:
            # In the new process: an edit of the old, a send repeated after a crash, a new one.
            await world.store.revise(after, sent, alert("하나", "AI 설명입니다."))
            world.clock.now_s -= 3600  # and a clock that was set back meanwhile
            async with Visitor(after, visitor) as again:
                async with again.page(page.hello["epoch"], page.hello["seq"]) as page:
                    new = await world.store.deliver(after, chat, alert("둘"))
                    await page.entry()
                async with again.page() as page:
                    entries = page.hello["entries"]
    assert heads(entries) == ["🐳 하나 대량 매수 체결", "🐳 둘 대량 매수 체결"]
    assert entries[0]["message"]["note"] == "AI 설명입니다."
    assert int(new.ref) > int(sent.ref)


async def test_a_page_that_knew_a_former_run_of_a_program_that_keeps_nothing_is_told_so_once(
    world: World,
) -> None:
    async with world.serving(world.platform(run="one")) as platform, Visitor(platform) as visitor:
        async with visitor.page() as page:
            first = page.hello["run"]
            await page.ask("/start")
        async with visitor.page(page.hello["epoch"], page.hello["seq"], first) as page:
            assert "🔄 처음부터 새로 시작했습니다" not in heads(page.hello["entries"])
        async with world.serving(world.platform(run="two")) as after:
            async with Visitor(after, visitor) as again:
                for _ in range(2):  # two pages of one visitor
                    async with again.page(page.hello["epoch"], page.hello["seq"], first) as old:
                        (told,) = old.hello["entries"]
                async with again.page() as new:
                    assert new.hello["entries"] == [told]
            async with Visitor(after) as stranger, stranger.page() as page:
                assert page.hello["entries"] == []
            async with Visitor(after) as stranger, stranger.page() as page:
                await page.ask("/start")  # what has been set since is no more at its beginning
                async with stranger.page(run=first) as old:
                    assert "🔄 처음부터 새로 시작했습니다" not in heads(old.hello["entries"])
    assert told["message"]["head"] == "🔄 처음부터 새로 시작했습니다"
    assert told["message"]["lines"][0].startswith("모의 시장은 아무것도 저장하지 않아")
    assert told["message"]["buttons"] == [[{"label": "▶️ 다시 시작", "command": "/start"}]]


async def test_a_page_that_knew_another_programs_run_is_not_told_that_this_one_keeps_nothing(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page(run="of a demo") as page:
        (told,) = page.hello["entries"]
    assert told["message"]["head"] == "🔄 처음부터 새로 시작했습니다"
    assert told["message"]["lines"][0].startswith("지금은 다른 데이터베이스를 쓰고 있어")


async def test_a_store_that_fails_does_not_keep_the_page_from_new_messages(
    world: World, platform: WebPlatform, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    world.store.delivered[chat] = {"1740000000000000": alert("옛것")}
    async with world.serving(world.platform()) as after, Visitor(after, visitor) as again:
        world.store.broken = True
        async with again.page() as page:
            assert page.hello["entries"] == []
            await after.send(chat, alert("새것"))
            await page.entry()
            epoch, seq = page.hello["epoch"], page.frames[-1]["seq"]
        assert "database is locked" in caplog.text
        world.store.broken = False
        async with again.page(epoch, seq) as page:
            assert heads(page.hello["entries"]) == [
                "🐳 옛것 대량 매수 체결",
                "🐳 새것 대량 매수 체결",
            ]


async def test_a_forgotten_room_comes_back_from_the_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_talk, "MAX_ROOMS", 3)
    async with world.serving(world.platform()) as platform, Visitor(platform) as visitor:
        async with visitor.page() as page:
            chat = await chat_of(world, page)
            await world.store.deliver(platform, chat, alert("고래"))
        while platform.open_pages:
            await asyncio.sleep(0)
        for number in range(10):
            await platform.send(Chat("web", f"other-{number}"), alert("고래"))
        async with visitor.page() as page:
            assert heads(page.hello["entries"]) == ["🐳 고래 대량 매수 체결"]
            for number in range(10):
                await platform.send(Chat("web", f"other-{number}"), alert("고래"))
            await platform.send(chat, alert("보는 동안"))  # a room in use is kept
            assert heads([await page.entry()]) == ["🐳 보는 동안 대량 매수 체결"]


@pytest.mark.parametrize("limit", [("QUEUE", 20), ("_SEND_S", 0.05)])
async def test_a_reader_that_does_not_read_is_cut_and_finds_everything_later(
    world: World,
    platform: WebPlatform,
    visitor: Visitor,
    limit: tuple[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the queue's bound or the time a frame may take, each with the other out of reach."""
    monkeypatch.setattr(web_tab, "QUEUE", 1_000_000)
    monkeypatch.setattr(web_tab, *limit)
    async with visitor.page() as page:
        chat = await chat_of(world, page)
    async with visitor.page_that_does_not_read(), asyncio.timeout(DEADLINE_S):
        number = 0
        while platform.open_pages == 1:
            number += 1
            await platform.send(chat, alert(f"{number}번", "긴 설명 " * 600))
            await asyncio.sleep(0)
    async with visitor.page() as page:
        assert heads(page.hello["entries"])[-1] == f"🐳 {number}번 대량 매수 체결"


async def test_a_reader_that_does_not_read_cannot_keep_the_server_from_ending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_tab, "QUEUE", 1_000_000)
    monkeypatch.setattr(web_tab, "_SEND_S", 3600)
    monkeypatch.setattr(web_tab, "_CLOSE_S", 0.01)
    platform = world.platform()
    async with (
        asyncio.timeout(DEADLINE_S),
        contextlib.AsyncExitStack() as stack,
        world.serving(platform),
        Visitor(platform) as visitor,
    ):
        async with visitor.page() as page:
            chat = await chat_of(world, page)
        await stack.enter_async_context(visitor.page_that_does_not_read())
        for number in range(2000):  # 20 MB, more than the system takes off our hands
            await platform.send(chat, alert(f"{number}번", "긴 설명 " * 800))
            await asyncio.sleep(0)
        assert platform.open_pages == 1
    assert platform.open_pages == 0


# --- who may come in -----------------------------------------------------------------------------


async def test_cookies_are_for_this_site_and_not_for_scripts(visitor: Visitor) -> None:
    async with visitor.post("/session") as response:
        assert response.status == 204
        cookie = response.cookies[VISITOR_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert not cookie["secure"]


async def test_a_cookie_lasts_from_the_last_visit_on(visitor: Visitor) -> None:
    given = []
    for _ in range(2):
        async with visitor.post("/session") as response:
            given.append(response.cookies[VISITOR_COOKIE])
    first, again = given
    assert again.value == first.value
    assert again["max-age"] == str(400 * 86_400)


async def test_cookies_are_secure_behind_https(visitor: Visitor) -> None:
    async with visitor.post("/session", headers={"X-Forwarded-Proto": "https"}) as response:
        assert response.cookies[VISITOR_COOKIE]["secure"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", None, "http://127.0.0.1:1", "file://", "http://["]
)
async def test_another_sites_page_is_refused(visitor: Visitor, origin: str | None) -> None:
    assert await visitor.refused(origin) == 403
    for path in ("/session", "/login", "/logout"):
        async with visitor.post(path, origin=origin) as response:
            assert response.status == 403


@pytest.mark.parametrize("path", ["/", "/ws", "/metrics", "/app.js", "/session"])
async def test_a_foreign_name_for_this_machine_is_refused(visitor: Visitor, path: str) -> None:
    """DNS rebinding: evil.example resolves to 127.0.0.1, and its page asks."""
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    async with visitor.get(path, headers=headers) as response:
        assert response.status == 421
        assert "GORAEBOT_WEB_PASSWORD" in await response.text()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:80", "goraebot.localhost"])
async def test_the_own_machine_may_be_called_by_its_names(visitor: Visitor, host: str) -> None:
    async with visitor.get("/", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.com", ""])
@pytest.mark.parametrize("password", [None, ""])
def test_a_host_open_to_others_needs_a_password(
    world: World, host: str, password: str | None
) -> None:
    with pytest.raises(SettingsError, match="GORAEBOT_WEB_PASSWORD"):
        world.platform(host=host, password=password)
    world.platform(host=host, password="열려라")


async def test_a_busy_port_is_a_clear_error(world: World, platform: WebPlatform) -> None:
    port = int(platform.url.rpartition(":")[2])
    with pytest.raises(SettingsError, match=f"{port}.*GORAEBOT_WEB_PORT"):
        async with world.serving(world.platform(port=port)):
            pass


async def test_an_address_of_another_machine_is_a_clear_error(world: World) -> None:
    with pytest.raises(SettingsError, match="GORAEBOT_WEB_HOST"):
        async with world.serving(world.platform(host="192.0.2.1", password="pw")):
            pass


async def test_nothing_behind_the_password_is_open_without_it(world: World) -> None:
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        Visitor(platform) as visitor,
    ):
        async with visitor.get("/") as response:
            assert (response.status, response.headers["Location"]) == (303, "/login")
        async with visitor.post("/session") as response:
            assert response.status == 401
        assert await visitor.refused() == 401
        assert await visitor.log_in("닫혀라") == 401
        assert await visitor.refused() == 401
        assert await visitor.log_in("열려라") == 303
        async with visitor.get("/") as response:
            assert response.status == 200
        async with visitor.page() as page:
            assert page.hello["locked"] is True
        async with visitor.post("/logout") as response:
            assert (response.status, response.headers["Location"]) == (303, "/login")
        assert await visitor.refused() == 401


async def test_a_login_is_a_strict_cookie_that_survives_a_restart_but_not_a_new_password(
    world: World,
) -> None:
    async with (
        world.serving(world.platform(password="하나")) as platform,
        Visitor(platform) as visitor,
        visitor.post("/login", data={"password": "하나"}) as response,
    ):
        cookie = response.cookies[SESSION_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"

    async def status(password: str, value: str) -> int:
        headers = {"Cookie": f"{SESSION_COOKIE}={value}"}
        async with (
            world.serving(world.platform(password=password)) as platform,
            Visitor(platform) as visitor,
            visitor.post("/session", headers=headers) as response,
        ):
            return int(response.status)

    assert await status("하나", cookie.value) == 204
    assert await status("둘", cookie.value) == 401
    issued, nonce, signature = cookie.value.split(".")
    assert await status("하나", f"{int(issued) + 1}.{nonce}.{signature}") == 401
    assert await status("하나", f"{issued}.{nonce}.") == 401
    assert await status("하나", "é..") == 401
    world.clock.now_s += 31 * 86_400
    assert await status("하나", cookie.value) == 401


async def test_guessing_passwords_is_slow(world: World) -> None:
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        Visitor(platform) as visitor,
    ):
        for _ in range(5):
            assert await visitor.log_in("닫혀라") == 401
        async with visitor.post("/login", data={"password": "열려라"}) as response:
            assert response.status == 429
            assert response.headers["Retry-After"] == "12"
            assert "12초 뒤에" in await response.text()
        world.clock.now_s += 12
        assert await visitor.log_in("열려라") == 303


async def test_without_a_password_there_is_nothing_to_log_in_to(visitor: Visitor) -> None:
    async with visitor.get("/login") as response:
        assert (response.status, response.headers["Location"]) == (303, "/")
    assert await visitor.log_in("") == 401


async def test_a_visitor_may_open_a_few_pages_only(visitor: Visitor) -> None:
    async with contextlib.AsyncExitStack() as pages:
        for _ in range(web_talk.MAX_PAGES_PER_VISITOR):
            await pages.enter_async_context(visitor.page())
        one_more = await visitor.open()
        await one_more.ws.send_json({"type": "hello"})
        assert await one_more.closed() == aiohttp.WSCloseCode.TRY_AGAIN_LATER


async def test_pages_are_bounded_over_all_visitors(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.platforms.web, "MAX_PAGES", 1)
    async with visitor.page():
        assert await visitor.refused() == 503


@given(st.text(), st.text(), st.one_of(st.none(), st.text()))
def test_no_header_or_cookie_can_break_the_checks(host: str, origin: str, cookie: str) -> None:
    web_sessions.host_of(host)
    assert not web_sessions.same_origin(origin, "")
    assert not web_sessions.same_origin(f"https://{host}", f"{host}x")
    web_sessions.visitor_chat_id(cookie)
    assert not GUARD.open_to(cookie)
    assert not GUARD.try_basic(origin, host)
    assert not GUARD.try_basic(f"Basic {origin}", host)


@given(st.one_of(st.text(), st.binary(), JSON.map(json.dumps)))
def test_no_frame_can_break_the_decoder(frame: str | bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        web_frames.decode(frame)


@given(st.text(max_size=50), st.integers(0, 2**62))
def test_a_session_holds_for_its_signature_only(other: str, now_s: int) -> None:
    session = GUARD.new_session()
    assert GUARD.open_to(session)
    assert not GUARD.open_to(session + (other or "x"))
    assert not GUARD.open_to(f"{now_s}{session}")


# --- operators -----------------------------------------------------------------------------------


async def test_healthz_says_ok_or_what_is_wrong(world: World, visitor: Visitor) -> None:
    async with visitor.get("/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "ok", "feed_age_ms": 412, "queued": 0}
    world.market.ok, world.market.problem = False, "unreachable"
    async with visitor.get("/healthz") as response:
        assert response.status == 503
        answer = await response.json()
        assert "인터넷·DNS·프록시" in await response.text(), "to be read as it comes"
    assert answer["status"] == "problem"
    assert answer["problem"] == "unreachable"
    assert "인터넷·DNS·프록시" in answer["what"]


async def test_healthz_tells_strangers_only_whether_it_works(world: World) -> None:
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        Visitor(platform) as visitor,
    ):
        async with visitor.get("/healthz", headers={"Host": "goraebot.example"}) as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
        world.market.ok, world.market.problem = False, "region"
        async with visitor.get("/healthz") as response:
            assert (response.status, await response.json()) == (503, {"status": "problem"})
        async with visitor.get("/healthz", headers=basic("열려라")) as response:
            assert (await response.json())["problem"] == "region"


async def test_healthz_fails_while_alerts_cannot_flow_and_only_then(
    world: World, visitor: Visitor
) -> None:
    world.troubles = {"ai_key": Trouble("AI 게이트웨이가 키를 거절했습니다.")}
    async with visitor.get("/healthz") as response:
        answer = await response.json()
        assert (response.status, answer["status"]) == (200, "degraded")
        assert answer["troubles"] == {"ai_key": "AI 게이트웨이가 키를 거절했습니다."}
    world.troubles["telegram"] = Trouble("텔레그램: 토큰을 거부했습니다.", stops=True)
    async with visitor.get("/healthz") as response:
        answer = await response.json()
        assert (response.status, answer["status"]) == (503, "problem")
        assert "텔레그램" in answer["troubles"]["telegram"]
    world.troubles = {}
    async with visitor.get("/healthz") as response:
        assert (response.status, (await response.json())["status"]) == (200, "ok")


async def test_metrics_are_prometheus_text(visitor: Visitor) -> None:
    async with visitor.get("/metrics") as response:
        assert response.content_type == "text/plain"
        assert await response.text() == "goraebot_alerts_total 7\n"


async def test_metrics_need_the_password_but_not_patience(world: World) -> None:
    """A scraper asks many times a minute; only wrong passwords are slowed down."""
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        Visitor(platform) as visitor,
    ):
        async with visitor.get("/metrics") as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Basic")
        for _ in range(30):
            async with visitor.get("/metrics", headers=basic("열려라")) as response:
                assert response.status == 200
        for wrong in (
            "Basic !",
            "Basic " + base64.b64encode(b"\xff").decode(),
            "Bearer x",
            "Basic",
        ):
            async with visitor.get("/metrics", headers={"Authorization": wrong}) as response:
                assert response.status == 401


@pytest.mark.parametrize("code", ["", "connecting", "unreachable", "region", "limited", "silent"])
def test_every_problem_has_a_korean_sentence(code: str) -> None:
    assert re.fullmatch(r"[^a-z]*[가-힣].*[.]", problem_text(code))
    assert code not in problem_text(code) or code == ""


def test_an_unknown_problem_is_named() -> None:
    assert "newly-invented" in problem_text("newly-invented")


# --- hostile requests ----------------------------------------------------------------------------


async def test_every_answer_carries_the_security_headers(visitor: Visitor) -> None:
    paths = ("/", "/app.js", "/nowhere", "/healthz", "/metrics", "/login", "/ws")
    for path in paths:
        async with visitor.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self';")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "same-origin"
            assert "aiohttp" not in response.headers["Server"]


def test_the_page_has_no_inline_code_and_no_other_host() -> None:
    for file in PAGE_FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        for url in re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text):
            assert url == "http://www.w3.org", file.name
        if file.suffix == ".html":
            assert not re.search(r"<style|<script(?![^>]*src=)| style=| on\w+=", text), file.name
        assert "innerHTML" not in text, file.name


def test_the_page_completes_every_kind_of_parameter_that_commands_have() -> None:
    text = (PAGE_FOLDER / "composer.js").read_text(encoding="utf-8")
    kinds = {parameter.kind for command in catalog() for parameter in command.parameters}
    assert {kind for kind in kinds - {"price", "code", "text"} if f'"{kind}"' not in text} == set()


async def test_every_file_of_the_page_is_served_and_revalidated(visitor: Visitor) -> None:
    for file in PAGE_FOLDER.iterdir():
        path = {"index.html": "/", "login.html": None}.get(file.name, f"/{file.name}")
        if path is None:
            continue
        async with visitor.get(path) as response:
            assert response.status == 200
            assert await response.read() == file.read_bytes()
            tag = response.headers["ETag"]
        async with visitor.get(path, headers={"If-None-Match": tag}) as response:
            assert response.status == 304


@pytest.mark.parametrize(
    "path", ["/../web.py", "/..%2fweb.py", "/web/app.js", "//etc/passwd", "/%00", "/app.js/../x"]
)
async def test_no_other_file_can_be_reached(platform: WebPlatform, path: str) -> None:
    host, port = platform.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(DEADLINE_S):
        answer = await reader.read()
    writer.close()
    assert re.match(rb"HTTP/1.1 40[04] ", answer)
    assert b"import" not in answer


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 1007),
        ("[]", 1007),
        ("{}", 1007),
        ('{"type":"drop"}', 1007),
        ('{"type":"say","id":1,"text":"/start"}', 1007),
        ('{"type":"say","id":"","text":"/start"}', 1007),
        (json.dumps({"type": "say", "id": "x", "text": "가" * (MAX_TEXT + 1)}), 1007),
        ('{"type":"say","id":"x","text":"\\ud800"}', 1007),
        ('{"type":"suggest","id":1e99,"text":"x"}', 1007),
        (json.dumps({"type": "say", "id": "x", "text": "x" * 100_000}), 1009),
        ("[" * 10_000, 1007),
        ('{"type":' + "[" * 10_000, 1007),
        (b"binary", 1003),
    ],
)
async def test_a_page_that_breaks_the_rules_is_closed_and_others_go_on(
    visitor: Visitor, frame: str | bytes, code: int
) -> None:
    async with visitor.page() as other:
        async with visitor.page() as page:
            if isinstance(frame, str):
                await page.ws.send_str(frame)
            else:
                await page.ws.send_bytes(frame)
            assert await page.closed() == code
        await other.ask("/start")


async def test_a_strange_expectation_is_refused_on_every_path(visitor: Visitor) -> None:
    for path in ("/", "/login", "/nowhere"):
        async with visitor.get(path, headers={"Expect": "the unexpected"}) as response:
            assert response.status == 417
            assert "unexpected" not in await response.text()


async def test_the_longest_text_allowed_is_answered(visitor: Visitor) -> None:
    async with visitor.page() as page:
        await page.ask("/" + "가" * (MAX_TEXT - 1))


async def test_the_first_frame_is_a_hello_or_nothing(visitor: Visitor) -> None:
    page = await visitor.open()
    await page.ws.send_json({"type": "say", "id": "x", "text": "/start"})
    assert await page.closed() == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_flood_of_frames_is_closed(visitor: Visitor) -> None:
    async with visitor.page() as page:
        for number in range(100):
            await page.ws.send_json({"type": "suggest", "id": number, "text": "x"})
        assert await page.closed() == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_body_too_long_or_not_a_form_is_refused(visitor: Visitor) -> None:
    async with visitor.post("/login", data={"password": "x" * (MAX_BODY + 1)}) as response:
        assert response.status == 413
    for kind in ("application/x-www-form-urlencoded; charset=klingon", "multipart/form-data"):
        async with visitor.post("/login", data=b"\xff", headers={"Content-Type": kind}) as response:
            assert response.status in (400, 401)


@pytest.mark.parametrize(
    "asked",
    ["GET /", "GET /nowhere", "GET /a%0Ab", "GET /%0a", "GET http://x", "GET http://x?y",
     "OPTIONS *"],
)  # fmt: skip
async def test_an_expectation_that_is_no_utf8_is_refused(platform: WebPlatform, asked: str) -> None:
    host, port = platform.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"{asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nExpect: ".encode()
    writer.write(head + b"\xf5\r\n\r\n")
    async with asyncio.timeout(DEADLINE_S):
        assert (await reader.read()).startswith(b"HTTP/1.1 417 ")
    writer.close()


FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


async def wired(
    platform: WebPlatform, asked: str, headers: bytes, body: bytes = b"", close: bool = True
) -> tuple[int, bytes, bytes]:
    """The status, the head and the body of the answer to a request that no client would send.

    Reads to the end of the connection, or with ``close`` off of the head alone.
    """
    host, port = platform.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"{asked} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {platform.url}\r\n".encode()
    length = f"Content-Length: {len(body)}\r\n".encode() if body else b""
    writer.write(head + headers + length + (b"Connection: close\r\n" if close else b""))
    writer.write(b"\r\n" + body)
    try:
        async with asyncio.timeout(DEADLINE_S):
            answer = await (reader.read() if close else reader.readuntil(b"\r\n\r\n"))
    finally:
        writer.transport.abort()
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split(b" ")[1]), top, rest


NO_STREAM = [
    pytest.param(b"gzip", b"abcdefgh", id="gzip"),
    pytest.param(b"gzip", gzip.compress(b"password=x")[:-8] + bytes(8), id="wrong sum"),
    pytest.param(b"deflate", b"\x78\x9cgarbage", id="deflate"),
]


@pytest.mark.parametrize(("encoding", "body"), NO_STREAM)
async def test_a_form_that_does_not_unpack_is_refused_with_a_line(
    platform: WebPlatform, caplog: pytest.LogCaptureFixture, encoding: bytes, body: bytes
) -> None:
    headers = FORM + b"Content-Encoding: " + encoding + b"\r\n"
    status, _, text = await wired(platform, "POST /login", headers, body)
    assert (status, text.decode()) == (
        400,
        "보낸 내용을 읽을 수 없습니다. 로그인 화면에서 다시 입력해 주세요.\n",
    )
    assert not told(caplog)


@pytest.mark.parametrize(("encoding", "body"), NO_STREAM)
@pytest.mark.parametrize(
    ("asked", "status"),
    [("GET /", 200), ("POST /", 404), ("POST /session", 204), ("POST /logout", 303),
     ("GET /nothing", 404), ("PUT /login", 404)],
)  # fmt: skip
async def test_a_body_that_does_not_unpack_is_no_line_in_the_log(
    platform: WebPlatform,
    caplog: pytest.LogCaptureFixture,
    asked: str,
    status: int,
    encoding: bytes,
    body: bytes,
) -> None:
    headers = b"Content-Encoding: " + encoding + b"\r\n"
    assert (await wired(platform, asked, headers, body))[0] == status
    assert not told(caplog)


@pytest.mark.parametrize(
    "asked",
    [*(f"{method} http://xn--/" for method in ("GET", "HEAD", "POST", "OPTIONS")),
     "GET http://xn--/login?x=1", "GET ws://xn--a-ecp.xn--/ws", "CONNECT xn--:1",
     pytest.param("CONNECT \r\nX:", id="none at all, nor a version")],
)  # fmt: skip
async def test_an_address_that_cannot_be_read_is_refused_at_once(
    world: World, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    async with world.serving(world.platform()) as platform:
        status, head, text = await wired(platform, asked, b"")
    assert status == 400
    assert b"\r\nX-Frame-Options: DENY" in head
    assert text.decode() == ("" if asked.startswith("HEAD") else "주소를 읽을 수 없습니다.\n")
    assert not told(caplog)


@pytest.mark.parametrize(
    "name", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Upgrade", "Connection"]
)
@pytest.mark.parametrize("value", [b"\xff", "키".encode(), b"", b"MDEyMzQ1"])
async def test_a_handshake_that_is_none_is_refused(
    platform: WebPlatform, caplog: pytest.LogCaptureFixture, name: str, value: bytes
) -> None:
    headers = re.sub(f"{name}: [^\r]*".encode(), f"{name}: ".encode() + value, UPGRADE)
    assert (await wired(platform, "GET /ws", headers, close=False))[0] == 400
    assert not told(caplog)


async def test_a_protocol_that_a_page_asks_for_is_no_line_in_the_log(
    platform: WebPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    for asked in (b"\xff,,", b"chat"):
        headers = UPGRADE + b"Sec-WebSocket-Protocol: " + asked + b"\r\n"
        assert (await wired(platform, "GET /ws", headers, close=False))[0] == 101
    assert not told(caplog)


async def test_a_mistake_of_our_own_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> bytes:
        raise ValueError("our own mistake")

    platform = world.platform()
    monkeypatch.setattr(platform._site, "_metrics", broken)
    async with world.serving(platform):
        assert (await wired(platform, "GET /metrics", b""))[0] == 500
    assert "Traceback" in caplog.text and "our own mistake" in caplog.text


async def test_garbage_on_the_wire_does_not_stop_the_server(
    platform: WebPlatform, visitor: Visitor
) -> None:
    host, port = platform.url.removeprefix("http://").split(":")
    garbage = (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: \xf5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        os.urandom(2000),
    )
    for piece in garbage:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(piece)
        writer.write_eof()
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()
    async with visitor.page() as page:
        await page.ask("/start")


# --- answers that a comment follows --------------------------------------------------------------


async def test_a_comment_renews_the_bubble_when_it_comes(world: World, visitor: Visitor) -> None:
    async with visitor.page() as page:
        world.bot.commented = Commented()
        first = await page.ask("/spread btc")
        assert first["message"]["note"] == "plain 1"
        world.bot.commented.release(1)
        better = await page.entry()
        assert better["ref"] == first["ref"]
        assert better["message"]["note"] == "AI 1"


async def test_a_comment_that_does_not_come_leaves_the_answer(
    world: World, visitor: Visitor
) -> None:
    async with visitor.page() as page:
        world.bot.commented = Commented()
        await page.ask("/spread btc")
        world.bot.commented.release(1, comes=False)
        world.bot.commented = None
        await page.ask("/start")
    async with visitor.page() as page:
        notes = [entry["message"].get("note", "") for entry in page.hello["entries"][1::2]]
        assert notes[0] == "plain 1"


# --- pictures -----------------------------------------------------------------------------------


async def test_a_picture_comes_from_the_same_server_under_a_name_nobody_can_guess(
    world: World,
) -> None:
    async with world.serving(world.platform()) as platform, Visitor(platform) as visitor:
        async with visitor.page() as page:
            shown = (await page.ask("/picture"))["message"]["picture"]
            assert shown["alt"] == "비트코인 차트 그림"
            assert (shown["width"], shown["height"]) == (120, 80)
            path = f"/pictures/{shown['name']}.png"
        async with visitor.get(path) as response:
            assert response.status == 200 and await response.read() == png()
            assert response.content_type == "image/png"
            assert response.headers["Cache-Control"] == "private, max-age=86400, immutable"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        for wrong in ("0" * 32, "..", "x" * 32, f"{shown['name']}0"):
            async with visitor.get(f"/pictures/{wrong}.png") as response:
                assert response.status == 404
        # A page that comes back finds the picture where it was.
        async with visitor.page() as page:
            entries = [entry for entry in page.hello["entries"] if entry["who"] == "bot"]
            assert entries[-1]["message"]["picture"] == shown


async def test_behind_a_password_a_pictures_name_alone_opens_nothing(world: World) -> None:
    picture = world.album.add(png(), "")
    async with (
        world.serving(world.platform(password="열려라")) as platform,
        Visitor(platform) as visitor,
    ):
        async with visitor.get(f"/pictures/{picture.name}.png") as response:
            assert response.status == 401
        await visitor.log_in("열려라")
        async with visitor.get(f"/pictures/{picture.name}.png") as response:
            assert response.status == 200
