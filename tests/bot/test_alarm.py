"""Operators hear once of each trouble and once of its end, whatever is broken."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from test_deliver import NOW, Room, chat

import bot.alarm
from bot.alarm import (
    AGAIN_MS,
    CALM_MS,
    CALMEST_MS,
    CHANGED_MS,
    RECALLED_MS,
    Alarm,
    Trouble,
)
from bot.errors import ChatGone, ChatMoved, RetryLater, StoreError
from bot.health_words import database_trouble, platform_trouble
from bot.model import Chat, Message, Sent
from bot.trouble_words import LOST

FULL = Trouble("디스크가 가득 찼습니다.", after_ms=2_000)


class Watched:
    """An alarm, what it finds wrong, and the time."""

    def __init__(
        self,
        now_ms: int = NOW,
        kept: str | None = None,
        room: Room | None = None,
        chats: Sequence[int] = (1, 2),
    ) -> None:
        self.wrong: dict[str, Trouble] = {}
        self.now_ms = now_ms
        self.kept = kept
        self.refusals = 0
        self.room = room or Room()
        self.alarm = Alarm(
            lambda: self.wrong,
            [self.room],
            [chat(number) for number in chats],
            now_ms=lambda: self.now_ms,
            keep=self.keep,
            recall=self.recall,
        )

    async def keep(self, told: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("database is locked")
        self.kept = told

    async def recall(self) -> str | None:
        return self.kept

    def look(self, after_ms: int = 1_000) -> None:
        self.now_ms += after_ms
        self.alarm.look()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.alarm.run())
            await asyncio.sleep(0)
            yield
            running.cancel()


async def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = Watched()
    async with watched.running():
        watched.wrong = {"database": FULL}
        for _ in range(5):
            watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
        assert watched.alarm.since == {"database": NOW + 1_000}
        for _ in range(3):  # it comes and goes
            watched.wrong = {}
            watched.look(CALM_MS - 1_000)
            watched.wrong = {"database": FULL}
            watched.look()
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 4)
    assert watched.alarm.since == {}
    for person in (chat(1), chat(2)):
        assert watched.room.heads(person) == [
            "🚨 디스크가 가득 찼습니다.",
            "✅ 해결되었습니다: 디스크가 가득 찼습니다.",
        ]
    levels = [record.levelno for record in caplog.records if "trouble" in record.message]
    assert levels == [logging.ERROR, logging.WARNING]
    incidents = [record.incident for record in caplog.records if hasattr(record, "incident")]
    assert [one["state"] for one in incidents] == ["begins", "ends"]
    assert {one["name"] for one in incidents} == {"database"}
    assert incidents[1]["ended_ms"] > incidents[1]["began_ms"] == incidents[0]["began_ms"]


async def test_the_end_of_what_began_on_another_day_has_its_date() -> None:
    watched = Watched()
    async with watched.running():
        watched.wrong = {"disk": Trouble("가득 찼습니다.")}
        watched.look()
        watched.look(2 * 86_400_000)
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 4)
    assert list(watched.room.lines[chat(1)].values()) == [
        ("17:53:21 KST부터",),
        ("10월 9일(목) 17:53:21 KST부터 17:53:21 KST까지",),
    ]


async def test_another_reason_that_lasts_is_told_once_and_looked_up_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = Watched()
    away = Trouble("연결할 수 없습니다. 다시 시도합니다.", stops=True, reason="unreachable")
    refused = Trouble("토큰을 거부했습니다. 토큰을 확인해 주세요.", stops=True, reason="refused")
    async with watched.running():
        watched.wrong = {"telegram": away}
        watched.look()
        for _ in range(3):  # it changes to and fro
            watched.wrong = {"telegram": refused}
            watched.look()
            assert watched.alarm.told(chat(1)) == [refused.text]
            watched.wrong = {"telegram": away}
            watched.look(CHANGED_MS - 1_000)
        watched.wrong = {"telegram": refused}
        for _ in range(3):
            watched.look()
            watched.look(CHANGED_MS)
        watched.wrong = {"telegram": away}  # which has been told
        watched.look()
        watched.look(CHANGED_MS)
        assert watched.alarm.standing == {"telegram": away}
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 6)
    assert watched.room.heads(chat(1)) == [
        "🚨 연결할 수 없습니다. 다시 시도합니다.",
        "🚨 토큰을 거부했습니다. 토큰을 확인해 주세요.",
        "✅ 해결되었습니다: 토큰을 거부했습니다.",
    ]
    incidents = [record.incident for record in caplog.records if hasattr(record, "incident")]
    assert [one["state"] for one in incidents] == ["begins", "changes", "ends"]
    assert len({one["began_ms"] for one in incidents}) == 1


async def test_numbers_that_change_are_no_other_reason() -> None:
    watched = Watched()
    async with watched.running():
        for free in range(9, 0, -1):
            watched.wrong = {"disk": Trouble(f"{free}MB뿐입니다.")}
            watched.look(CHANGED_MS)
        assert watched.alarm.told(chat(1)) == ["1MB뿐입니다."]
        await watched.room.until(lambda: len(watched.room.order) == 2)
    assert watched.room.heads(chat(1)) == ["🚨 9MB뿐입니다."]


async def test_what_comes_and_goes_every_minute_is_not_told_every_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = Watched()

    def comes_and_goes(times: int) -> int:
        caplog.clear()
        for _ in range(times):
            watched.wrong = {"telegram": Trouble("같은 토큰입니다.")}
            watched.look()
            watched.wrong = {}
            for _ in range(70):
                watched.look()
        return sum(hasattr(record, "incident") for record in caplog.records)

    assert comes_and_goes(60) == 5  # it begins, ends, begins, ends after a minute, and begins
    for _ in range(CALMEST_MS // 1_000):
        watched.look()
    assert not watched.alarm.standing
    watched.look(AGAIN_MS)
    assert comes_and_goes(1) == 2, "as if for the first time"


REFUSED = Trouble("토큰을 거부했습니다. 토큰을 확인해 주세요.", stops=True, reason="refused")


async def stopped_in_trouble() -> Watched:
    """A run that told of trouble and ended in the middle of it."""
    before = Watched()
    async with before.running():
        before.wrong = {"telegram": REFUSED}
        before.look()
        await before.room.until(lambda: len(before.room.order) == 2)
    assert before.kept
    return before


async def test_a_restart_in_the_middle_of_a_trouble_does_not_repeat_it() -> None:
    before = await stopped_in_trouble()
    for _ in range(3):  # it is started anew again and again
        watched = Watched(before.now_ms + 60_000, before.kept)
        async with watched.running():
            watched.look()
            assert not watched.alarm.standing, "not by what an earlier run saw"
            watched.wrong = {"telegram": REFUSED}
            watched.look()
            assert watched.alarm.told(chat(1)) == [REFUSED.text]
        assert not watched.room.order
    async with watched.running():
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 2)
        await asyncio.sleep(0)
    assert watched.room.heads(chat(1)) == ["✅ 해결되었습니다: 토큰을 거부했습니다."]
    assert watched.kept == "{}"


async def test_what_a_restart_mended_is_told_to_be_over(caplog: pytest.LogCaptureFixture) -> None:
    before = await stopped_in_trouble()
    watched = Watched(before.now_ms + 60_000, before.kept)
    caplog.clear()
    async with watched.running():
        watched.look(RECALLED_MS - 1_000)
        assert not watched.room.order
        watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
    assert watched.room.heads(chat(1)) == ["✅ 해결되었습니다: 토큰을 거부했습니다."]
    (incident,) = [record.incident for record in caplog.records if hasattr(record, "incident")]
    assert incident["state"] == "ends" and incident["began_ms"] == NOW + 1_000


async def test_what_nobody_could_be_told_of_is_told_by_the_next_run() -> None:
    before = Watched()
    for one in (chat(1), chat(2)):
        before.room.failing[one] = [RetryLater(3_600.0, "no route")]
    async with before.running():
        before.wrong = {"telegram": REFUSED}
        before.look()
        await asyncio.sleep(0)
    assert before.kept == "{}" and not before.room.order
    watched = Watched(before.now_ms + 60_000, before.kept)
    async with watched.running():
        watched.wrong = {"telegram": REFUSED}
        watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
        async with asyncio.timeout(10.0):
            while "telegram" not in (watched.kept or ""):
                await asyncio.sleep(0)
    assert watched.room.heads(chat(1)) == [f"🚨 {REFUSED.text}"]


@pytest.mark.parametrize("kept", [None, "", "no JSON", '{"telegram": 3}', "{}"])
async def test_nothing_or_nonsense_that_was_kept_stops_no_alarm(kept: str | None) -> None:
    watched = Watched(kept=kept)
    async with watched.running():
        watched.wrong = {"telegram": REFUSED}
        watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)


async def test_what_was_told_is_kept_once_the_database_takes_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.alarm, "KEEP_AGAIN_S", 0.0)
    watched = Watched()
    watched.refusals = 3
    async with watched.running():
        watched.wrong = {"telegram": REFUSED}
        watched.look()
        while watched.kept is None:
            await asyncio.sleep(0)
    assert watched.refusals == 0
    complaints = [r for r in caplog.records if "kept later" in r.getMessage()]
    assert {r.levelname for r in complaints} == {"WARNING"}  # so that bot.logs thins them out


async def test_another_reason_after_a_restart_is_told_at_once() -> None:
    before = await stopped_in_trouble()
    watched = Watched(before.now_ms + 60_000, before.kept)
    async with watched.running():
        watched.wrong = {"telegram": Trouble("같은 토큰입니다.", reason="conflict")}
        watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
    assert watched.room.heads(chat(1)) == ["🚨 같은 토큰입니다."]


async def test_what_cannot_be_made_good_is_not_called_solved() -> None:
    watched = Watched()
    async with watched.running():
        watched.wrong = {"lost": LOST}
        watched.look()
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 4)
    begins, ends = watched.room.heads(chat(1))
    assert begins == "🚨 알림을 보내지 못했습니다. 로그에서 이유를 확인해 주세요."
    assert "해결" not in ends and "다시 보내지 않습니다" in ends


async def test_what_lasts_a_moment_is_not_told() -> None:
    watched = Watched()
    async with watched.running():
        watched.wrong = {"database": FULL}
        watched.look()
        watched.wrong = {}
        watched.look(CALM_MS)
        watched.wrong = {"feed": Trouble("시세가 멈췄습니다.")}
        watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
    assert watched.room.heads(chat(1)) == ["🚨 시세가 멈췄습니다."]


async def test_a_clock_that_is_set_back_puts_no_word_off() -> None:
    watched = Watched()
    async with watched.running():
        watched.wrong = {"database": FULL}
        watched.look()
        watched.look(-9 * 3_600_000)
        watched.look(2_000)
        await watched.room.until(lambda: len(watched.room.order) == 2)
        watched.wrong = {}
        watched.look(-9 * 3_600_000)
        await watched.room.until(lambda: len(watched.room.order) == 4)


async def test_an_operator_out_of_reach_is_tried_again_and_delays_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.alarm, "RETRY_S", (0.0, 0.0))
    watched = Watched()
    watched.room.failing[chat(1)] = [RetryLater(0.0), RuntimeError("a mistake"), ChatGone("gone")]
    async with watched.running():
        for name in ("a", "b", "c"):
            watched.wrong = {**watched.wrong, name: Trouble(f"문제 {name}")}
            watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 4)
    assert watched.room.heads(chat(1)) == ["🚨 문제 c"]
    assert watched.room.heads(chat(2)) == ["🚨 문제 a", "🚨 문제 b", "🚨 문제 c"]
    assert caplog.text.count("was not told") == 2


class Moves(Room):
    """A platform on which chat 1 has become chat 9, as a Telegram group becomes a supergroup."""

    async def send(self, chat: Chat, message: Message) -> Sent:
        if chat.id == "1":
            raise ChatMoved("9")
        return await super().send(chat, message)


async def test_a_chat_that_has_another_id_is_told_there_and_the_settings_are_asked_for_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = Watched(room=Moves())
    async with watched.running():
        for name in ("a", "b"):
            watched.wrong = {name: Trouble(f"문제 {name}.")}
            watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 6)
        assert watched.alarm.told(chat(1)) == watched.alarm.told(chat(9)) == ["문제 b."]
        assert watched.alarm.told(chat(8)) == []
    assert watched.room.heads(chat(9)) == watched.room.heads(chat(2))
    assert len(watched.room.heads(chat(9))) == 3 and not watched.room.heads(chat(1))
    (asked,) = [one.getMessage() for one in caplog.records if "alarm_chats" in one.getMessage()]
    assert "room:1 is room:9 now" in asked and "was not told" not in caplog.text


async def test_a_chat_that_is_named_by_both_its_ids_is_told_once() -> None:
    watched = Watched(room=Moves(), chats=(1, 9))
    async with watched.running():
        for name in ("a", "b"):
            watched.wrong = {**watched.wrong, name: Trouble(f"문제 {name}.")}
            watched.look()
        await watched.room.until(lambda: len(watched.room.order) == 2)
        for _ in range(20):  # turns in which the word to the old id would follow
            await asyncio.sleep(0)
    assert watched.room.heads(chat(9)) == ["🚨 문제 a.", "🚨 문제 b."]


async def test_what_began_while_a_platform_was_away_is_told_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.alarm, "RETRY_S", (0.0, 0.0))
    watched = Watched()
    watched.room.failing[chat(1)] = [RetryLater(None, "no answer") for _ in range(20)]
    async with watched.running():
        watched.wrong = {"database": Trouble("디스크가 가득 찼습니다. 파일을 지워 주세요.")}
        watched.look()
        watched.wrong = {}
        watched.look(CALM_MS)
        await watched.room.until(lambda: len(watched.room.order) == 4)
    assert (
        watched.room.heads(chat(1))
        == watched.room.heads(chat(2))
        == [
            "🚨 디스크가 가득 찼습니다. 파일을 지워 주세요.",
            "✅ 해결되었습니다: 디스크가 가득 찼습니다.",
        ]
    )
    assert caplog.text.count("cannot be told for now: no answer") == 1


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("database or disk is full", "디스크의 남은 공간"),
        ("database is locked", "다른 프로그램"),
        ("database disk image is malformed", "백업으로"),
        ("file is not a database", "백업으로"),
        ("removed while in use: goraebot.db", "끝내기 전에"),
    ],
)
def test_what_to_do_depends_on_what_the_database_says(reason: str, advice: str) -> None:
    text = database_trouble(reason).text
    assert reason in text and advice in text


def test_words_name_what_to_do() -> None:
    conflict = platform_trouble("telegram", "conflict")
    assert conflict is not None
    assert conflict.text.startswith("텔레그램: 같은 토큰으로 다른 프로그램이")
    assert platform_trouble("telegram", "") is None
    assert platform_trouble("telegram", "connecting") is None
