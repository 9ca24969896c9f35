"""The whole program: a price asked for is told once across a kill, an alert says why it came, and a
chat is forgotten when it wants to be."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from contracts import discord_spec
from contracts.discord_server import FakeDiscord
from contracts.discord_things import POSTING
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from hurried import SECOND_S
from program import DEADLINE_S, Hurried, Program, Visitor
from test_flow import positions_saved

from bot.platforms.unbroken import unbroken
from pipeline.sources.simulator import Simulator

MANAGE_GUILD = 1 << 5


def reached(visitor: Visitor) -> list[dict[str, Any]]:
    messages = (b["message"] for b in visitor.bubbles.values() if b.get("message"))
    return [m for m in messages if " 도달" in m["head"]]


def rows(database: Path, query: str) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return int(db.execute(query).fetchone()[0])


async def killed_while_waiting(program: Program, visitor: Visitor, sim: Simulator) -> None:
    """The visitor waits for a price just above, how far was read is written down, and it ends."""
    await visitor.until(lambda: visitor.health["feed"]["ok"])
    await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
    first = await sim.sweep("BTCUSDT", "sell", 100_000)
    await positions_saved(program.database, first.at_ms)
    answer = await visitor.say("/target BTC +0.1%")
    assert "한 번 알립니다" in answer["head"]
    await program.kill()


async def test_a_price_passed_while_the_program_was_killed_is_told_once_when_it_is_back(
    tmp_path: Path, sim: Simulator
) -> None:
    visitor = Visitor()
    async with contextlib.aclosing(visitor):
        async with Hurried(tmp_path, sim) as program, visitor.open(program):
            await killed_while_waiting(program, visitor, sim)
        for _ in range(4):
            await sim.sweep("BTCUSDT", "buy", 40_000_000)
        async with Hurried(tmp_path, sim) as program, visitor.open(program):
            await visitor.until(lambda: bool(reached(visitor)))
            await sim.sweep("BTCUSDT", "buy", 40_000_000)
            last = await sim.sweep("BTCUSDT", "sell", 100_000)
            await positions_saved(program.database, last.at_ms)
            (message,) = reached(visitor)
            assert message["head"].startswith(unbroken("🎯 비트코인(BTCUSDT) 🔴 ▲ +").rstrip("+"))
            assert "복구" in message["lines"][0]
            assert rows(program.database, "select count(*) from targets") == 0
            # A pair that nothing else watches is watched from now on.
            await visitor.say("/target ETHBTC +10%")
            await sim.until(lambda: "ethbtc@aggTrade" in sim.streams)
        assert not [line for line in program.log if "Traceback" in line]


async def test_a_price_touched_during_a_long_stop_is_told_once_with_the_time_it_happened(
    tmp_path: Path, sim: Simulator
) -> None:
    visitor = Visitor()
    async with contextlib.aclosing(visitor):
        async with Hurried(tmp_path, sim) as program, visitor.open(program):
            await killed_while_waiting(program, visitor, sim)
        an_hour_earlier(program.database)
        for side in ("buy", "sell"):  # there and back
            for _ in range(8):
                await sim.sweep("BTCUSDT", side, 40_000_000)
        async with Hurried(tmp_path, sim) as program, visitor.open(program):
            await visitor.until(lambda: bool(reached(visitor)))
            last = await sim.sweep("BTCUSDT", "sell", 100_000)
            await positions_saved(program.database, last.at_ms)
            (message,) = reached(visitor)
            assert "늦은 알림" in message["head"]
            assert "그때 1분 고가" in message["lines"][0]
            assert "복구" in message["lines"][0]
            assert rows(program.database, "select count(*) from targets") == 0
        async with Hurried(tmp_path, sim) as program, visitor.open(program):
            await visitor.until(lambda: visitor.health["feed"]["ok"])
            assert len(reached(visitor)) == 1
        assert not [line for line in program.log if "Traceback" in line]


def an_hour_earlier(database: Path) -> None:
    """As if the program had been killed an hour before, with what it had been asked for by then."""
    hour_ms = 3_600_000
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        (kept,) = db.execute("select value from meta where key = 'positions:binance'").fetchone()
        positions = {name: (n, at - hour_ms) for name, (n, at) in json.loads(kept).items()}
        db.execute(
            "update meta set value = ? where key = 'positions:binance'", (json.dumps(positions),)
        )
        db.execute("update targets set since_ms = since_ms - ?", (hour_ms,))


async def test_a_visitor_who_wants_to_be_forgotten_is_a_stranger_afterwards(
    tmp_path: Path, sim: Simulator
) -> None:
    visitor = Visitor()
    async with contextlib.aclosing(visitor), Hurried(tmp_path, sim) as program:
        async with visitor.open(program):
            await visitor.until(lambda: visitor.health["feed"]["ok"])
            await visitor.say("/subscribe all")
            await visitor.say("/target BTC +10%")
            asked = await visitor.say("/deletemydata")
            assert "• 구독: 1건" in asked["lines"]
            gone = await visitor.say(asked["buttons"][0][0]["command"])
            assert gone["head"] == "🗑 모두 지웠습니다"
            for table in ("chats", "subscriptions", "targets", "outbox", "decisions"):
                assert rows(program.database, f"select count(*) from {table}") == 0
        before = {c.value for c in visitor._session.cookie_jar}
        async with visitor._session.post(
            f"{program.url}/session", headers={"Origin": program.url}
        ) as response:
            assert response.status == 204
        assert {c.value for c in visitor._session.cookie_jar} != before
        async with visitor.open(program):
            assert visitor.bubbles == {}


async def test_telegram_and_discord_ask_why_wait_for_prices_and_are_forgotten(
    tmp_path: Path, sim: Simulator
) -> None:
    discord = FakeDiscord(discord_spec.load_spec())
    async with (
        discord.running(),
        TelegramServer(load_spec(), second_s=SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "DISCORD_BOT_TOKEN": discord.token,
            "GORAEBOT_DISCORD_API_URL": discord.url,
        }
        person = telegram.chat(77)

        def said(words: str) -> list[dict[str, Any]]:
            return [m for m in person.shown() if words in m["text"]]

        async with Hurried(tmp_path, sim, **environment) as program:
            await telegram.until(lambda: telegram.polled)
            await discord.until(lambda: bool(discord.commands), DEADLINE_S)
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            await sim.sweep("BTCUSDT", "sell", 100_000)
            telegram.say(person, "/subscribe BTC 대량")
            telegram.say(person, "/target BTC +0.1%")
            await telegram.until(lambda: bool(said("한 번 알립니다")))
            subscribing = await discord.slash(
                "subscribe", {"symbols": "BTC", "kinds": "대량"}, permissions=POSTING | MANAGE_GUILD
            )
            await discord.until(lambda: "구독" in str(subscribing.original), DEADLINE_S)
            asked = await discord.slash(
                "target", {"symbol": "BTC", "price": "+0.1%"}, permissions=POSTING | MANAGE_GUILD
            )
            await discord.until(lambda: "한 번 알립니다" in str(asked.original), DEADLINE_S)
            for _ in range(4):
                await sim.sweep("BTCUSDT", "buy", 40_000_000)
            await telegram.until(lambda: bool(said("도달 ·")))
            await discord.until(lambda: "도달 ·" in str(discord.in_channel()), DEADLINE_S)
            await telegram.until(lambda: bool(said("대량 매수 체결")))
            alert = said("대량 매수 체결")[0]
            keyboard = alert["reply_markup"]["inline_keyboard"]
            (why,) = (b for row in keyboard for b in row if "왜 왔나요" in b["text"])
            assert len(why["callback_data"].encode()) <= 64
            telegram.press(person, alert, why["callback_data"])
            await telegram.until(lambda: len(said("1. 감지: 한 주문")) == 1)
            telegram.say(person, "/why", reply_to_message=alert)
            await telegram.until(lambda: len(said("1. 감지: 한 주문")) == 2)
            first, second = said("1. 감지: 한 주문")
            assert first["text"].splitlines()[0] == second["text"].splitlines()[0]
            telegram.say(person, "/explain", reply_to_message=alert)
            await telegram.until(
                lambda: bool(said("💬 알림 설명 · 🐳 비트코인(BTCUSDT) 대량 매수"))
            )
            assert "알림 이후 지금까지" in said("💬 알림 설명")[0]["text"]
            telegram.say(person, "/explain", reply_to_message=first)
            await telegram.until(lambda: bool(said("답장하신 메시지에서 알림을 찾지 못했습니다")))
            assert len(said("도달 ·")) == 1
            telegram.say(person, "/deletemydata")
            await telegram.until(lambda: bool(said("모두 지울까요")))
            (panel,) = said("모두 지울까요")
            confirm = panel["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
            telegram.press(person, panel, confirm)
            await telegram.until(lambda: bool(said("모두 지웠습니다")))
            theirs = "select count(*) from {} where platform = '{}'"
            tables = ("chats", "subscriptions", "targets", "outbox", "decisions")
            for table in tables:
                assert rows(program.database, theirs.format(table, "telegram")) == 0
                assert table == "targets" or rows(program.database, theirs.format(table, "discord"))
            await discord_asks_about_the_alert(discord)
            # Whoever may not manage the server is told so; who may confirms with a button.
            refused = await discord.slash("deletemydata", permissions=POSTING)
            await discord.until(lambda: "관리자만" in str(refused.original), DEADLINE_S)
            assert refused.hidden
            erasing = await discord.slash("deletemydata", permissions=POSTING | MANAGE_GUILD)
            await discord.until(lambda: "모두 지울까요" in str(erasing.original), DEADLINE_S)
            assert erasing.hidden
            shown = erasing.original or {}
            pressed = await discord.press(shown, "🗑 모두 지우기", permissions=POSTING)
            await discord.until(lambda: "관리자만" in str(pressed.original), DEADLINE_S)
            assert rows(program.database, theirs.format("chats", "discord"))
            erasing = await discord.slash("deletemydata", permissions=POSTING | MANAGE_GUILD)
            await discord.until(lambda: "모두 지울까요" in str(erasing.original), DEADLINE_S)
            shown = erasing.original or {}
            pressed = await discord.press(
                shown, "🗑 모두 지우기", permissions=POSTING | MANAGE_GUILD
            )
            await discord.until(lambda: "모두 지웠습니다" in str(pressed.original), DEADLINE_S)
            assert pressed.follow_ups == []
            assert "• 구독: 1건" in str(pressed.original).replace(r"\u2060", "")
            for table in tables:
                assert rows(program.database, theirs.format(table, "discord")) == 0
            assert telegram.problems == []
            assert discord.violations == []
        assert not [line for line in program.log if "Traceback" in line]


async def discord_asks_about_the_alert(discord: FakeDiscord) -> None:
    """The menu of the alert's message: 왜 왔나요? for the asker alone, 설명 for the channel."""

    def alerts() -> list[dict[str, Any]]:
        return [
            m for m in discord.in_channel() if "대량 매수 체결" in f"{m['content']}{m['embeds']}"
        ]

    await discord.until(lambda: bool(alerts()), DEADLINE_S)
    why = await discord.choose(alerts()[0], "why")
    await discord.until(lambda: "1. 감지: 한 주문" in str(why.original), DEADLINE_S)
    assert why.hidden
    explained = await discord.choose(alerts()[0], "explain")
    await discord.until(lambda: "💬 알림 설명 · 🐳" in str(explained.original), DEADLINE_S)
    assert not explained.hidden
    assert "알림 이후 지금까지" in str(explained.original)
    reached = next(m for m in discord.in_channel() if "도달 ·" in str(m))
    lost = await discord.choose(reached, "explain")
    await discord.until(lambda: bool(lost.follow_ups), DEADLINE_S)
    assert "알림을 찾지 못했습니다" in str(lost.follow_ups)
    assert lost.deleted
