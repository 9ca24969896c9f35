"""Pictures on Discord: attached and shown in the embed, replaced by edits, missing rights told."""

from typing import Any

import msgspec
import pytest
from contracts.discord_things import ATTACH, CHANNEL, POSTING, Refusal
from discord_fakes import World, texts, world
from pictures import png
from test_discord_talk import answered

from bot.album import Album
from bot.errors import RetryLater
from bot.model import Button, Chat, Draft, Message, Picture, Sent

CHAT = Chat("discord", str(CHANNEL))
album = Album(now_ms=lambda: 0)


def picture(shade: int) -> Picture:
    return album.add(png(shade=shade), f"그림 {shade}")


def chart(shade: int = 1, **more: Any) -> Message:
    values: dict[str, Any] = {"buttons": ((Button("🔄", "/price BTC"),),)} | more
    return Message(f"📈 차트 {shade}", picture=picture(shade), **values)


def shown_png(w: World, message: dict[str, Any]) -> bytes:
    return w.discord.uploads[message["embeds"][0]["image"]["url"]]


async def test_a_pushed_picture_is_attached_and_shown_in_the_embed() -> None:
    async with world() as w, w.listening(album=album) as platform:
        message = chart(1, lines=("줄",))
        await platform.send(CHAT, message)
        (posted,) = w.discord.in_channel()
        assert shown_png(w, posted) == png(shade=1)
        assert posted["content"] == "📈 차트 1" and "줄" in texts(posted)
        assert posted["attachments"] == []  # once is enough
        (sent,) = [body for body in w.discord.bodies if body and "nonce" in body]
        assert sent["attachments"][0]["description"] == "그림 1"
        assert message.picture is not None
        assert sent["attachments"][0]["filename"] == f"{message.picture.name}.png"


async def test_the_same_words_sent_more_than_once_each_have_their_picture_and_their_button() -> (
    None
):
    async with world() as w, w.listening(album=album) as platform:
        w.answers["/price BTC"] = Message("다시")
        message = chart(1)
        for _ in range(3):
            await platform.send(CHAT, message)
        posted = w.discord.in_channel()
        assert [shown_png(w, one) for one in posted] == [png(shade=1)] * 3
        for one in posted:
            answer = await answered(w.discord, await w.discord.press(one, "🔄"))
            assert "다시" in texts(answer)


async def test_an_edit_brings_its_own_picture() -> None:
    async with world() as w, w.listening(album=album) as platform:
        sent = await platform.send(CHAT, chart(1))
        await platform.edit(sent, chart(2))
        (posted,) = w.discord.in_channel()
        assert shown_png(w, posted) == png(shade=2) and "차트 2" in texts(posted)


async def test_sent_again_after_a_crash_it_stays_one_message_with_its_picture() -> None:
    async with world() as w, w.listening(album=album) as platform:
        message = chart(1, key="due:summary:1", note="자동")
        first = await platform.send(CHAT, message)
        second = await platform.send(CHAT, msgspec.structs.replace(message, note="AI"))
        assert first == second
        (posted,) = w.discord.in_channel()
        assert shown_png(w, posted) == png(shade=1) and "AI" in texts(posted)


async def test_a_picture_that_is_not_kept_any_more_costs_only_itself() -> None:
    async with world() as w, w.listening(album=album) as platform:
        lost = Picture("0" * 32, "잃은 그림", 9, 8)
        await platform.send(CHAT, Message("말은 남습니다", lines=("줄",), picture=lost))
        (posted,) = w.discord.in_channel()
        assert "말은 남습니다" in texts(posted) and "image" not in posted["embeds"][0]


async def test_a_channel_that_takes_no_files_gets_the_words_and_is_told_once() -> None:
    async with world(second_s=0.05) as w, w.listening(album=album) as platform:
        w.discord.no_files.add(CHANNEL)
        for shade in (1, 2):
            await platform.send(CHAT, chart(shade))
        first, second = w.discord.in_channel()
        assert "파일 첨부" in texts(first) and "차트 1" in texts(first)
        assert "파일 첨부" not in texts(second) and "차트 2" in texts(second)
        await platform.edit(Sent(CHAT, second["id"]), chart(3))
        assert "차트 3" in texts(w.discord.in_channel()[1])
        assert CHAT not in w.lobby.away
        w.discord.no_files.clear()
        await platform.send(CHAT, chart(4))
        assert shown_png(w, w.discord.in_channel()[-1]) == png(shade=4)


async def test_the_words_that_told_of_the_missing_right_go_on_telling_when_edited() -> None:
    async with world() as w, w.listening(album=album) as platform:
        w.discord.no_files.add(CHANNEL)
        message = chart(1, key="due:summary:2", note="자동")
        better = msgspec.structs.replace(message, note="AI")
        sent = await platform.send(CHAT, message)
        for change in (platform.edit(sent, better), platform.send(CHAT, better)):
            await change
            (posted,) = w.discord.in_channel()
            assert "AI" in texts(posted) and "파일 첨부" in texts(posted)


async def test_a_missing_right_is_told_by_the_first_words_that_arrive() -> None:
    async with world() as w, w.listening(album=album) as platform:
        w.discord.no_files.add(CHANNEL)
        w.discord.refuse("POST", "/messages", Refusal(403, 50013, "Missing Permissions"))
        w.discord.refuse("POST", "/messages", Refusal(503, 0, "Service Unavailable"))
        with pytest.raises(RetryLater):
            await platform.send(CHAT, chart(1))
        await platform.send(CHAT, chart(1))
        (posted,) = w.discord.in_channel()
        assert "파일 첨부" in texts(posted)


async def test_a_form_that_discord_refuses_is_sent_as_plain_words() -> None:
    async with world() as w, w.listening(album=album) as platform:
        w.discord.refuse("POST", "/messages", Refusal(400, 50035, "Invalid Form Body"))
        await platform.send(CHAT, chart(1))
        (posted,) = w.discord.in_channel()
        assert "차트 1" in posted["content"] and posted["embeds"] == []


async def test_an_answer_shows_its_picture_and_a_refresh_another_one() -> None:
    async with world() as w, w.listening(album=album):
        w.answers["/price BTC"] = chart(1)
        asked = await w.discord.slash("price", {"symbol": "BTC"})
        message = await answered(w.discord, asked)
        assert shown_png(w, message) == png(shade=1)
        w.answers["/price BTC"] = chart(2)
        pressed = await w.discord.press(message, "🔄")
        await w.discord.until(lambda: pressed.edited)
        assert pressed.original is not None and shown_png(w, pressed.original) == png(shade=2)


async def test_a_refresh_without_a_picture_takes_the_old_one_away() -> None:
    async with world() as w, w.listening(album=album):
        w.answers["/price BTC"] = chart(1)
        asked = await w.discord.slash("price", {"symbol": "BTC"})
        message = await answered(w.discord, asked)
        w.answers["/price BTC"] = Message("그림 없이", lines=("줄",))
        pressed = await w.discord.press(message, "🔄")
        await w.discord.until(lambda: pressed.edited)
        assert pressed.original is not None
        assert "image" not in pressed.original["embeds"][0]
        assert pressed.original["attachments"] == []


async def test_a_button_under_an_alert_shows_the_picture_to_whoever_pressed() -> None:
    async with world() as w, w.listening(album=album) as platform:
        await platform.send(CHAT, Message("알림", buttons=((Button("차트", "/chart BTC"),),)))
        w.answers["/chart BTC"] = chart(5)
        pressed = await w.discord.press(w.discord.in_channel()[0], "차트")
        message = await answered(w.discord, pressed)
        assert shown_png(w, message) == png(shade=5) and message["flags"] & (1 << 6)


async def test_where_the_bot_may_attach_nothing_an_answer_is_words_and_says_so_once() -> None:
    async with world() as w, w.listening(album=album):
        w.answers["/price BTC"] = chart(1)
        bare = {"app_permissions": POSTING & ~ATTACH}
        said = []
        for _ in range(2):
            asked = await w.discord.slash("price", {"symbol": "BTC"}, **bare)
            said.append(texts(await answered(w.discord, asked)))
        assert "파일 첨부" in said[0] and "파일 첨부" not in said[1]
        assert all("차트 1" in text for text in said)


@pytest.mark.parametrize("how", ["slash", "press"])
async def test_a_comment_is_edited_in_beside_the_picture(how: str) -> None:
    async with world() as w, w.listening(album=album) as platform:
        plain = chart(7, note="자동")
        better = msgspec.structs.replace(plain, note="AI 설명")

        async def later() -> Message:
            return better

        fields = {name: getattr(plain, name) for name in Message.__struct_fields__}
        w.answers["/summary"] = Draft(**fields, later=later)
        if how == "slash":
            asked = await w.discord.slash("summary")
        else:
            await platform.send(CHAT, Message("알림", buttons=((Button("요약", "/summary"),),)))
            asked = await w.discord.press(w.discord.in_channel()[0], "요약")
        message = await answered(w.discord, asked)
        await w.discord.until(lambda: "AI 설명" in texts(w.discord.messages[int(message["id"])]))
        assert shown_png(w, w.discord.messages[int(message["id"])]) == png(shade=7)
