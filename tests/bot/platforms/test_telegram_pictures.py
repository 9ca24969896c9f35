"""Pictures on Telegram: captions and their limit, edits, chats that take none, half-sent ones."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from contracts.telegram_server import FakeChat, Refusal
from pictures import png
from test_telegram import World, at, group, private, world  # noqa: F401 (the fixture)

from bot.album import Album
from bot.errors import RetryLater
from bot.model import Button, Draft, Message, Request, Sent
from bot.platforms.telegram_dress import MAX_CAPTION, dress, fits_caption, units
from bot.platforms.unbroken import joined

LONG = tuple(f"{i}번째 줄: 시장의 여러 가지 숫자가 이어지는 한 줄입니다." for i in range(30))


@pytest.fixture
def pictured(world: World) -> World:  # noqa: F811
    """A bot that has an album."""
    world.album = Album(now_ms=lambda: 0)  # type: ignore[attr-defined]
    world.telegram = world.bot(album=world.album)  # type: ignore[attr-defined]
    return world


def chart(world: World, head: str = "📈 차트", shade: int = 1, **more: Any) -> Message:  # noqa: F811
    album: Album = world.album  # type: ignore[attr-defined]
    values: dict[str, Any] = {"buttons": ((Button("🔄", "/chart BTC"),),)} | more
    return Message(head, picture=album.add(png(shade=shade), "차트 그림"), **values)


def shown_png(world: World, message: dict[str, Any]) -> bytes:  # noqa: F811
    return world.server.files[message["photo"][-1]["file_id"].split("-")[0]]


def made(chat: FakeChat) -> list[str]:
    return ["photo" if "photo" in each else "text" for each in chat.shown()]


async def test_a_short_message_is_the_caption_of_its_picture(pictured: World) -> None:
    chat = private(pictured)
    message = chart(pictured, "📈 <BTC> & 차트", lines=("1 < 2",), foot="※ 안내", silent=True)
    sent = await pictured.telegram.send(at(chat), message)
    (shown,) = chat.shown()
    assert sent == Sent(at(chat), str(shown["message_id"]))
    assert shown_png(pictured, shown) == png(shade=1)
    assert shown["caption"] == "📈 <BTC> & 차트\n1 < 2\n※ 안내"
    assert [each["type"] for each in shown["caption_entities"]] == ["bold", "italic"]
    assert shown["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "/chart BTC"
    assert pictured.server.called("sendPhoto")[0]["disable_notification"] == "true"


async def test_what_is_too_long_for_a_caption_follows_silently_and_refers_to_the_picture(
    pictured: World,
) -> None:
    chat = private(pictured)
    message = chart(pictured, "📋 시장 요약", lines=LONG, note="설명", foot="※ 안내")
    sent = await pictured.telegram.send(at(chat), message)
    photo, text = chat.shown()
    assert sent.ref == f"{photo['message_id']},{text['message_id']}"
    assert photo["caption"] == "📋 시장 요약" and "reply_markup" not in photo
    assert text["text"] == joined("\n".join((*LONG, "💬 설명", "※ 안내")))
    assert text["reply_to_message"]["message_id"] == photo["message_id"]
    assert text["reply_markup"]["inline_keyboard"][0][0]["text"] == "🔄"
    assert pictured.server.called("sendMessage")[0]["disable_notification"] == "true"
    assert "disable_notification" not in pictured.server.called("sendPhoto")[0]


async def test_an_edit_of_a_message_in_two_parts_reaches_both(pictured: World) -> None:
    chat = private(pictured)
    message = chart(pictured, "📋 요약 1", lines=LONG, note="자동")
    sent = await pictured.telegram.send(at(chat), message)
    await pictured.telegram.edit(
        sent, msgspec.structs.replace(message, head="📋 요약 2", note="AI")
    )
    photo, text = chat.shown()
    assert photo["caption"] == "📋 요약 2" and text["text"].endswith("💬 AI")
    assert shown_png(pictured, photo) == png(shade=1)
    assert pictured.server.called("editMessageMedia") == []  # the same picture is not sent again
    again = msgspec.structs.replace(message, head="📋 요약 2", note="더 나은 AI")
    await pictured.telegram.edit(sent, again)
    assert len(pictured.server.called("editMessageCaption")) == 1  # nor are the same words under it
    assert chat.shown()[1]["text"].endswith("💬 더 나은 AI")


async def test_a_better_note_fits_under_the_picture_that_the_plain_one_stood_under(
    pictured: World,
) -> None:
    chat = private(pictured)
    message = chart(pictured, lines=LONG[:8], note="짧은 설명", foot="※ 안내")
    assert fits_caption(message)
    sent = await pictured.telegram.send(at(chat), message)
    await pictured.telegram.edit(sent, msgspec.structs.replace(message, note="긴" * 590))
    (shown,) = chat.shown()
    assert shown["caption"].count("긴") == 590 and shown["caption"].endswith("※ 안내")


@pytest.mark.parametrize("note", ["", "짧은 설명", "긴" * 2_000])
@pytest.mark.parametrize("lines", range(0, 40, 3))
async def test_no_caption_is_over_the_limit(pictured: World, note: str, lines: int) -> None:
    message = chart(pictured, "🐳" * 40, lines=("🐳 한 줄" * 4,) * lines, note=note, foot="※" * 90)
    assert units(dress(message, MAX_CAPTION).plain) <= MAX_CAPTION
    chat = private(pictured)
    await pictured.telegram.send(at(chat), message)
    assert made(chat) == (["photo"] if fits_caption(message) else ["photo", "text"])


async def test_another_picture_replaces_the_one_shown(pictured: World) -> None:
    chat = private(pictured)
    sent = await pictured.telegram.send(at(chat), chart(pictured, "하나", shade=1))
    await pictured.telegram.edit(sent, chart(pictured, "둘", shade=2))
    (shown,) = chat.shown()
    assert shown["caption"] == "둘" and shown_png(pictured, shown) == png(shade=2)


async def test_a_picture_that_is_not_kept_any_more_costs_only_itself(pictured: World) -> None:
    chat = private(pictured)
    message = chart(pictured, "말은 남습니다")
    lost = msgspec.structs.replace(message.picture, name="0" * 32)  # type: ignore[type-var]
    sent = await pictured.telegram.send(at(chat), msgspec.structs.replace(message, picture=lost))
    assert made(chat) == ["text"] and chat.shown()[0]["text"] == "말은 남습니다"
    await pictured.telegram.edit(sent, msgspec.structs.replace(message, head="x", picture=lost))
    assert chat.shown()[0]["text"] == "x"


async def test_a_group_that_takes_no_photos_gets_the_words_and_is_told_once(
    pictured: World,
) -> None:
    chat = group(pictured)
    chat.photos = False
    for head in ("하나", "둘"):
        await pictured.telegram.send(at(chat), chart(pictured, head))
    first, second = chat.shown()
    assert made(chat) == ["text", "text"]
    assert "사진 보내기를 허용" in first["text"] and second["text"] == "둘"
    assert (await pictured.store.chat(at(chat))).active
    chat.photos = True
    await pictured.telegram.send(at(chat), chart(pictured, "셋"))
    assert made(chat)[-1] == "photo"


@pytest.mark.parametrize("lines", [(), LONG])
async def test_words_are_edited_after_a_restart_though_photos_are_not_taken_any_more(
    pictured: World, lines: tuple[str, ...]
) -> None:
    chat = group(pictured)
    message = chart(pictured, "📋 요약 1", lines=lines, note="자동")
    sent = await pictured.telegram.send(at(chat), message)
    chat.photos = False
    pictured.server.rest()  # every start begins to count anew
    restarted = pictured.bot(album=pictured.album)  # type: ignore[attr-defined]
    await restarted.edit(sent, msgspec.structs.replace(message, head="📋 요약 2", note="AI"))
    first, last = chat.shown()[0], chat.shown()[-1]
    assert first["caption"].startswith("📋 요약 2") and "photo" in first
    assert last.get("text", last.get("caption")).endswith("💬 AI")


async def test_a_photo_that_telegram_cannot_read_does_not_cost_the_words(pictured: World) -> None:
    chat = private(pictured)
    pictured.server.trouble["sendPhoto"] = [Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")]
    await pictured.telegram.send(at(chat), chart(pictured, "말"))
    assert [each["text"] for each in chat.shown()] == ["말"]


async def test_a_push_that_was_interrupted_between_its_parts_goes_on_where_it_stopped(
    pictured: World,
) -> None:
    chat = private(pictured)
    message = chart(pictured, "📋 요약", lines=LONG, key="due:summary:1")
    pictured.server.trouble["sendMessage"] = [Refusal(500, "Internal Server Error")]
    with pytest.raises(RetryLater):
        await pictured.telegram.send(at(chat), message)
    assert made(chat) == ["photo"]
    sent = await pictured.telegram.send(at(chat), message)
    photo, text = chat.shown()
    assert sent.ref == f"{photo['message_id']},{text['message_id']}"


async def test_a_push_whose_words_take_too_long_goes_on_with_them(pictured: World) -> None:
    """Whoever sends gives up by its own clock, whatever the request still waits for."""
    chat = private(pictured)
    message = chart(pictured, "📋 요약", lines=LONG, key="due:summary:1")
    asked, send_message = asyncio.Event(), pictured.server._send_message

    async def hang(given: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        await asyncio.Event().wait()
        return {}

    pictured.server._send_message = hang  # type: ignore[method-assign]
    sending = asyncio.create_task(pictured.telegram.send(at(chat), message))
    async with asyncio.timeout(10):
        await asked.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    pictured.server._send_message = send_message  # type: ignore[method-assign]
    await pictured.telegram.send(at(chat), message)
    assert made(chat) == ["photo", "text"]


async def test_markup_that_cannot_be_read_goes_as_plain_caption(pictured: World) -> None:
    chat = private(pictured)
    pictured.server.trouble["sendPhoto"] = [
        Refusal(400, "Bad Request: can't parse entities: unclosed start tag")
    ]
    await pictured.telegram.send(at(chat), chart(pictured, "<b>"))
    assert chat.shown()[0]["caption"] == "<b>"


async def test_a_topic_that_is_gone_is_told_under_the_picture(pictured: World) -> None:
    chat = group(pictured)
    chat.topics[5] = "closed"
    await pictured.telegram.send(at(chat, "5"), chart(pictured))
    assert "토픽" in chat.shown()[0]["caption"]


class Charter:
    """Answers with a picture, another one each time, and comments on it later."""

    def __init__(self, world: World, lines: tuple[str, ...] = ()) -> None:  # noqa: F811
        self.world = world
        self.lines = lines
        self.asked = 0

    async def __call__(self, request: Request) -> Message:
        self.asked += 1
        message = chart(
            self.world, f"차트 {self.asked}", shade=self.asked, lines=self.lines, note="자동"
        )
        better = msgspec.structs.replace(message, note=f"AI {self.asked}")

        async def later() -> Message:
            return better

        fields = {name: getattr(message, name) for name in Message.__struct_fields__}
        return Draft(**fields, later=later)


@pytest.mark.parametrize("lines", [(), LONG])
async def test_an_answers_comment_and_a_refresh_are_edited_into_the_same_picture(
    pictured: World, lines: tuple[str, ...]
) -> None:
    chat = private(pictured)
    charter = Charter(pictured, lines)

    def reads(number: int) -> bool:
        return any(
            f"AI {number}" in each.get("caption", each.get("text", "")) for each in chat.shown()
        )

    async with pictured.listening(charter):
        pictured.server.say(chat, "/chart BTC")
        await pictured.server.until(lambda: reads(1))
        before = [each["message_id"] for each in chat.shown()]
        assert made(chat) == (["photo", "text"] if lines else ["photo"])
        assert shown_png(pictured, chat.shown()[0]) == png(shade=1)
        pictured.server.press(chat, chat.shown()[-1], "/chart BTC")
        await pictured.server.until(lambda: reads(2))
        assert [each["message_id"] for each in chat.shown()] == before
        assert shown_png(pictured, chat.shown()[0]) == png(shade=2)
        assert chat.shown()[0]["caption"].startswith("차트 2")


async def test_a_refresh_that_has_no_picture_does_not_stand_under_an_old_one(
    pictured: World,
) -> None:
    chat = private(pictured)
    messages = [chart(pictured, "하나"), Message("둘", buttons=((Button("🔄", "/chart BTC"),),))]

    async def answer(request: Request) -> Message:
        return messages.pop(0)

    async with pictured.listening(answer):
        pictured.server.say(chat, "/chart BTC")
        shown = await pictured.answered(chat)
        pictured.server.press(chat, shown, "/chart BTC")
        assert (await pictured.answered(chat, 2))["text"] == "둘"
        assert chat.shown()[0]["caption"] == "하나"


async def test_while_a_photo_is_under_way_the_chat_sees_so(
    pictured: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.telegram_inbox.UPLOADING_AFTER_S", 0.0)
    chat = private(pictured)
    charter = Charter(pictured)
    async with pictured.listening(charter):
        pictured.server.say(chat, "/chart BTC")
        await pictured.server.until(lambda: bool(pictured.server.called("sendChatAction")))
        assert pictured.server.called("sendChatAction")[0]["action"] == "upload_photo"


async def test_every_multipart_request_is_as_the_bot_api_wants_it(pictured: World) -> None:
    chat = private(pictured)
    sent = await pictured.telegram.send(at(chat), chart(pictured, shade=1))
    await pictured.telegram.edit(sent, chart(pictured, shade=2))
    (given,) = pictured.server.called("editMessageMedia")
    media = json.loads(given["media"])
    assert media["type"] == "photo" and given[media["media"].removeprefix("attach://")]
    assert pictured.server.problems == []
