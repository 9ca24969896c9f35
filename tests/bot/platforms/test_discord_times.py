"""Times on Discord: each reader's own where an embed shows them, Korea's in plain words."""

import fakes
import pytest
from busy_bot import busy
from contracts.discord_things import CHANNEL, EMBED, GUILD, POSTING, channel
from discord_fakes import texts, world
from fakes import NOW_MS

from bot.compose import alert_message, with_note
from bot.compose_digest import digest_message
from bot.compose_moves import CONTINUED, market_message, progressing
from bot.compose_targets import reached_message
from bot.korean import kst, kst_time
from bot.model import Chat, Message, Target
from bot.platforms.discord_dress import dress, plain
from bot.platforms.unbroken import joined
from pipeline.model import ALL, Move

CHAT = Chat("discord", str(CHANNEL))
LATER_MS = NOW_MS + 83_000
NOW_S, LATER_S = NOW_MS // 1000, LATER_MS // 1000
KOREAN = joined(kst_time(NOW_MS))
TRADE = fakes.large_trade("BTCUSDT", "buy", 5_000_000, NOW_MS).alert
ALERT = alert_message(TRADE, None, note="큰 매수입니다.", by="template")
MOVE = Move(
    id="move:1",
    symbol=ALL,
    at_ms=LATER_MS,
    stage="opened",
    severity="warning",
    direction="up",
    opened_ms=NOW_MS,
    alert=TRADE,
    symbols=12,
    parts=(),
    counts={"price_jump": 12},
)
TARGET = Target(CHAT, "BTCUSDT", 100.0, "up", NOW_MS - 10**9, NOW_MS + 10**9, id=1)
DIGEST = digest_message(
    {"large_trade": 1, "market": 1},
    {},
    [(TRADE, None)],
    [MOVE],
    since_ms=NOW_MS - 10**7,
    key="digest:1",
    lookup=lambda _: None,
)


@pytest.mark.parametrize(
    ("message", "times"),
    [
        (ALERT, 1),
        (market_message(MOVE, lambda _: None, key="market:1"), 1),
        (reached_message(TARGET, None, 100.0, NOW_MS, None), 1),
        (DIGEST, 2),
    ],
    ids=["alert", "market", "target", "digest"],
)
async def test_what_happened_is_told_in_each_reader_s_own_zone(
    message: Message, times: int
) -> None:
    embed = dress(message, pushed=True).embed
    assert embed is not None and embed.description is not None
    assert embed.description.count(f"<t:{NOW_S}:T>") == times
    assert KOREAN not in embed.description
    assert plain(message).count(KOREAN) == times and "<t:" not in plain(message)


async def test_what_an_alert_became_is_told_so_as_well() -> None:
    line = f"{CONTINUED} · {kst_time(LATER_MS)}"
    message = progressing((line,), LATER_MS)(ALERT)
    embed = dress(message, pushed=True).embed
    assert embed is not None and embed.description is not None
    assert f"<t:{LATER_S}:T>" in embed.description and f"<t:{NOW_S}:T>" in embed.description
    assert progressing((line,), LATER_MS)(message) == message


async def test_a_time_with_its_date_stays_korea_s_and_says_how_long_ago() -> None:
    dated = Message("요약", lines=(f"{kst(NOW_MS)} 기준",), moments=(NOW_MS,))
    embed = dress(dated).embed
    assert embed is not None
    assert embed.description == f"{joined(kst(NOW_MS))}(<t:{NOW_S}:R>) 기준"


async def test_the_same_clock_of_another_day_is_no_moment_of_the_message() -> None:
    day_before = f"{kst(NOW_MS - 86_400_000)}부터"
    message = Message("모음", lines=(day_before, f"• {kst_time(NOW_MS)} 급등"), moments=(NOW_MS,))
    embed = dress(message).embed
    assert embed is not None
    assert embed.description == f"{joined(day_before)}\n• <t:{NOW_S}:T> 급등"


async def test_words_cannot_bring_a_time_of_their_own() -> None:
    message = Message("뉴스", lines=("<t:1:R>",), note="<t:2:R>", moments=(NOW_MS,))
    embed = dress(message).embed
    assert embed is not None and embed.description is not None
    assert "<t:" not in embed.description.replace("\\<t:", "")


async def test_an_alert_and_its_explained_edition_show_the_same_time() -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        assert await platform.send(CHAT, ALERT) == sent  # as after a crash in between
        (message,) = w.discord.in_channel()
        assert message["edited_timestamp"] is None
        assert f"<t:{NOW_S}:T>" in texts(message) and KOREAN not in texts(message)
        await platform.edit(sent, with_note(ALERT, "AI가 쓴 설명입니다."))
        (message,) = w.discord.in_channel()
        assert "AI가 쓴" in texts(message) and f"<t:{NOW_S}:T>" in texts(message)


async def test_where_nothing_may_be_embedded_the_words_have_korea_s_time() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [channel(CHANNEL, deny=EMBED)]
        async with w.listening() as platform:
            await platform.send(CHAT, ALERT)
            (message,) = w.discord.in_channel()
            assert KOREAN in message["content"] and "<t:" not in message["content"]


async def test_a_summary_has_korea_s_time_and_how_long_ago_it_was() -> None:
    async with world() as w:
        w.bot = busy()
        async with w.listening():
            asked = await w.discord.slash("summary", permissions=POSTING)
            await w.discord.until(lambda: asked.edited)
            assert asked.original is not None
            at = f"{joined(kst(w.bot.now_ms))}(<t:{w.bot.now_ms // 1000}:R>) 기준"
            assert at in texts(asked.original)
