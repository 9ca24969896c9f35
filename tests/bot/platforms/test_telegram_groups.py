"""What groups, topics and channels go through: lost rights, lost topics, forwards, other bots."""

import asyncio

import pytest
from contracts.telegram_server import Refusal
from test_telegram import (  # noqa: F401 (the fixture)
    ADMIN,
    NOW,
    World,
    _until,
    at,
    group,
    private,
    world,
)

from bot.compose_welcome import BACK
from bot.errors import ChatGone, RetryLater, StoreError
from bot.model import Button, Chat, Message, Schedule
from bot.platforms import telegram_inbox
from bot.store import Notice

MOVED = "토픽이 닫히거나 삭제되어"


async def test_a_group_that_may_write_again_goes_on_with_the_first_answer(
    world: World,  # noqa: F811
) -> None:
    """Telegram tells bots nothing when everybody's right to write comes back."""
    chat = group(world)
    for topic in ("", "5"):
        await world.store.subscribe(at(chat, topic), ["BTCUSDT"], ["spread"])
    world.server.forbid(chat)
    with pytest.raises(ChatGone):
        await world.telegram.send(at(chat, "5"), Message("소식"))
    assert await world.store.audience() == []
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.server.until(lambda: len(world.server.called("sendMessage")) == 2)
        assert await world.store.audience() == []  # nothing could be written yet
        world.server.forbid(chat, False)
        world.server.say(chat, "/price BTC")
        assert (await world.answered(chat, 2))["text"].startswith(BACK.head)
        assert [s.chat.topic for s in await world.store.audience()] == ["", "5"]
        world.server.say(chat, "/price ETH")
        assert (await world.answered(chat, 3))["text"].startswith("답:")  # and it is told once


async def test_a_removal_that_the_database_takes_late_does_not_undo_the_return(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram_inbox, "RETRY_S", (0.0, 0.0))
    chat = group(world)
    await world.store.subscribe(at(chat), ["BTCUSDT"], ["spread"])
    left, joined = world.lobby.left, world.lobby.joined
    refused, back = asyncio.Event(), asyncio.Event()
    tries = 0

    async def busy(one: Chat) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            refused.set()
            await back.wait()
            raise StoreError("database is locked")
        await left(one)

    async def joining(one: Chat) -> Message | None:
        await refused.wait()
        word = await joined(one)
        back.set()
        return word

    monkeypatch.setattr(world.lobby, "left", busy)
    monkeypatch.setattr(world.lobby, "joined", joining)
    async with world.listening():
        world.server.standing(chat, "kicked")
        world.server.standing(chat, "member")
        await world.answered(chat)  # the greeting
    assert tries == 1 and [s.chat for s in await world.store.audience()] == [at(chat)]


async def test_a_press_where_nothing_may_be_written_says_which_right_is_missing(
    world: World,  # noqa: F811
) -> None:
    chat = group(world)
    await world.telegram.send(at(chat), Message("알림", buttons=((Button("📊", "/price BTC"),),)))
    world.server.forbid(chat)
    async with world.listening():
        press = world.server.press(chat, chat.shown()[0], "/price BTC")
        await world.server.until(lambda: press in world.server.acknowledged)
    said = world.server.acknowledged[press]
    assert "‘메시지 보내기’" in said["text"] and said["show_alert"] == "true"
    assert len(chat.shown()) == 1


async def test_slow_mode_is_waited_out_and_pauses_nobody(world: World) -> None:  # noqa: F811
    chat = group(world)
    await world.store.subscribe(at(chat), ["BTCUSDT"], ["spread"])
    world.server.trouble["sendMessage"].append(Refusal(400, "Bad Request: SLOWMODE_WAIT_30"))
    with pytest.raises(RetryLater) as raised:
        await world.telegram.send(at(chat), Message("소식"))
    assert raised.value.after_s == 30.0
    assert [s.chat for s in await world.store.audience()] == [at(chat)]


async def test_a_lost_topic_is_told_of_once_even_after_a_restart(world: World) -> None:  # noqa: F811
    chat = group(world)
    chat.topics[5] = "closed"
    sent = await world.telegram.send(at(chat, "5"), Message("하나"))
    await world.telegram.edit(sent, Message("하나", note="설명"))
    world.server.rest()  # every start begins to count anew
    await world.bot().send(at(chat, "5"), Message("둘"))
    assert [MOVED in shown["text"] for shown in chat.shown()] == [True, False]
    chat.topics[5] = "open"  # while the program is down
    world.server.rest()  # every start begins to count anew
    await world.bot().send(at(chat, "5"), Message("셋"))
    assert chat.shown()[-1]["message_thread_id"] == 5
    chat.topics[5] = "closed"
    world.server.rest()  # every start begins to count anew
    await world.bot().send(at(chat, "5"), Message("넷"))
    assert MOVED in chat.shown()[-1]["text"]  # it is news again


async def test_topics_that_are_lost_are_told_the_same_once_in_the_general_one(
    world: World,  # noqa: F811
) -> None:
    chat = group(world)
    chat.topics |= {5: "closed", 7: "open"}  # and a sixth one was deleted
    alert = Message("🐳 하나", key="1")
    sent = [await world.telegram.send(at(chat, topic), alert) for topic in ("5", "6", "7", "")]
    general, open_one = chat.shown()
    assert MOVED in general["text"] and open_one["message_thread_id"] == 7
    assert [one.ref for one in sent] == [
        str(general["message_id"]),
        str(general["message_id"]),
        str(open_one["message_id"]),
        str(general["message_id"]),
    ]
    for one in sent:
        await world.telegram.edit(one, Message("🐳 하나", key="1", note="설명"))
    for shown in chat.shown():
        assert "설명" in shown["text"]
    assert MOVED in chat.shown()[0]["text"]  # whichever of them is edited
    world.now_s += 60
    for topic in ("5", "6"):
        await world.telegram.send(at(chat, topic), Message("🌙 3건", key="digest"))
    for topic, held in (("5", 3), ("6", 9)):  # each what was held back of its own
        await world.telegram.send(at(chat, topic), Message(f"🌙 {held}건", key="digest:2"))
    assert len(chat.shown()) == 5


async def test_what_the_general_topic_receives_itself_is_not_told_again_for_a_lost_one(
    world: World,  # noqa: F811
) -> None:
    chat = group(world)
    chat.topics[5] = "closed"
    for topic in ("", "5"):
        await world.telegram.send(at(chat, topic), Message("🐳 하나", key="1"))
    assert [MOVED in shown["text"] for shown in chat.shown()] == [False]
    await world.telegram.send(at(chat, "5"), Message("🐳 둘", key="2"))  # of the topic alone
    assert [MOVED in shown["text"] for shown in chat.shown()] == [False, True]


async def test_topics_lost_at_the_same_moment_are_told_the_same_once(
    world: World,  # noqa: F811
) -> None:
    chat = group(world)
    chat.topics |= {5: "closed", 6: "closed"}
    async with asyncio.TaskGroup() as tasks:
        for topic in ("5", "6"):
            tasks.create_task(world.telegram.send(at(chat, topic), Message("🐳 하나", key="1")))
    assert [MOVED in shown["text"] for shown in chat.shown()] == [True]


async def test_a_question_in_a_closed_topic_is_answered_in_the_general_one(
    world: World,  # noqa: F811
) -> None:
    """An answer that refers to the question would go into the topic with it."""
    chat = group(world)
    chat.topics[5] = "closed"
    async with world.listening():
        world.server.say(chat, "/price BTC", ADMIN, topic=5)
        answered = await world.answered(chat)
    assert "message_thread_id" not in answered and "reply_to_message" not in answered
    assert MOVED in answered["text"]


async def test_a_lost_topic_stays_known_when_the_group_moves(world: World) -> None:  # noqa: F811
    old = group(world, -5)
    await world.store.subscribe(at(old, "5"), ["BTCUSDT"], ["spread"])
    await world.telegram.send(at(old, "5"), Message("하나"))
    new = world.server.migrate(old, -1005)
    await world.lobby.moved(at(old), str(new.id))
    await world.telegram.send(at(new, "5"), Message("둘"))
    assert MOVED in old.shown()[0]["text"] and MOVED not in new.shown()[0]["text"]


async def test_what_is_forwarded_is_no_command(world: World) -> None:  # noqa: F811
    crowd, alone = group(world), private(world)
    async with world.listening():
        world.server.forward(crowd, "/subscribe all", ADMIN)
        world.server.forward(alone, "/subscribe all")
        assert "전달된 메시지는 명령으로" in (await world.answered(alone))["text"]
        world.server.say(crowd, "/price BTC")
        await world.answered(crowd)
    assert [request.text for request in world.talker.requests] == ["/price BTC"]


async def test_a_forwarded_post_in_a_channel_is_no_command(world: World) -> None:  # noqa: F811
    chat = world.server.chat(-100900, "channel", "채널")
    async with world.listening():
        world.server.forward(chat, "/subscribe all")
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == ["/price BTC"]


async def test_another_channel_that_speaks_in_a_group_is_no_admin(world: World) -> None:  # noqa: F811
    chat, other = group(world), world.server.chat(-100900, "channel", "채널")
    async with world.listening():
        world.server.say(chat, "/mute", sender_chat=other.as_json())
        assert "관리자만" in (await world.answered(chat))["text"]


async def test_a_move_takes_mutes_schedules_and_what_waits_along(world: World) -> None:  # noqa: F811
    old = group(world, -5, "group")
    await world.store.subscribe(at(old), ["BTCUSDT"], ["spread"])
    await world.store.limit(at(old), 20)
    await world.store.mute(at(old), "ETHUSDT", NOW + 1)
    daily = Schedule(at(old), "summary", at="09:00", since_ms=NOW)
    await world.store.timetable.schedule(at(old), "summary", None, [daily])
    waiting = Notice(at(old), "k", Message("소식"), "notice", NOW, NOW + 60_000)
    await world.store.enqueue([waiting])
    new = world.server.migrate(old, -1005)
    async with world.listening():
        world.server.announce_migration(old, new)
        await _until(world, lambda states: [s.chat for s in states] == [at(new)])
    state = await world.store.chat(at(new))
    assert (state.muted, state.daily_limit) == ({"ETHUSDT": NOW + 1}, 20)
    assert [s.chat for s in await world.store.timetable.all()] == [at(new)]
    assert [d.chat for d in await world.store.pending("telegram", 9)] == [at(new)]
