"""What is due by the clock reaches whoever asked for it once, whatever is restarted meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pictures import png

import bot.schedule
from bot.album import Album
from bot.errors import UserError
from bot.model import Chat, ChatSettings, Colours, Edition, Message, Quiet, Schedule
from bot.occasions import LATE_S, Occasion
from bot.schedule import AT_ONCE, DAY_MS, PRUNED, SEOUL, Agenda, scheduled
from bot.store import Notice, Store, open_store
from pipeline.model import ALL

READER, OTHER = Chat("telegram", "reader"), Chat("discord", "other", "thread")


def at(text: str, zone: str = "Asia/Seoul") -> int:
    """Milliseconds of a local time "2026-01-12 09:00:00"."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return round(local.timestamp() * 1000)


MONDAY = at("2026-01-12 08:00:00")


def summary(chat: Chat = READER, time: str = "09:00", **changed: object) -> Schedule:
    how = {"since_ms": MONDAY, **changed}
    return Schedule(chat, "summary", at=time, **how)  # type: ignore[arg-type]


class Program:
    """The agenda of a running program over a database, and the time."""

    def __init__(self, store: Store, now_ms: int) -> None:
        self.store = store
        self.now_ms = now_ms
        self.made = 0
        self.fails = 0
        self.better: str | None = None
        self.pictured = False
        self.drawn: list[Colours] = []
        self.album = Album(store.picturebook, now_ms=lambda: self.now_ms)
        self.scheduler = AsyncIOScheduler(timezone=SEOUL)  # never started: the test is its clock
        self.agenda = Agenda(
            store,
            self.scheduler,
            self.make,
            now_ms=lambda: self.now_ms,
            wake=lambda: None,
            keep=self.album.keep,
        )

    async def make(self, occasion: Occasion, colours: Collection[Colours]) -> Edition:
        self.made += 1
        if self.fails:
            self.fails -= 1
            raise UserError("바이낸스가 응답하지 않습니다.")
        head = f"{occasion.task} {occasion.symbol}".strip()

        async def later() -> Message | None:
            return None if self.better is None else Message(head, note=self.better)

        copies: dict[Colours, Message] = {}
        for one in sorted(colours):
            self.drawn.append(one)
            picture = self.album.add(png(), f"시장 요약 그림 {one}") if self.pictured else None
            copies[one] = Message(head, note="plain", picture=picture)
        return Edition(copies, later)

    async def look(self) -> None:
        """Follow what chats want; what is due then is sent."""
        async with asyncio.TaskGroup() as tasks:
            await self.agenda.follow(tasks)

    async def strike(self) -> None:
        """What APScheduler does when a job's time has come, until that is sent."""
        async with asyncio.TaskGroup() as tasks:
            await self.agenda.follow(tasks)
            for job in self.scheduler.get_jobs():
                await job.func(*job.args)

    async def due(self, chat: Chat) -> list[tuple[str, str]]:
        return [
            (one.key, one.message.note)
            for one in await self.store.pending(chat.platform, 100)
            if one.chat == chat
        ]


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: MONDAY) as opened:
        yield opened


async def test_a_summary_goes_out_at_its_time_and_once(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, at("2026-01-12 08:59:59"))
    await program.look()
    await program.strike()
    assert await program.due(READER) == []
    program.now_ms = at("2026-01-12 09:00:00") + 4
    await program.strike()
    await program.strike()
    await program.look()
    key = f"due:summary:{at('2026-01-12 09:00:00')}"
    assert await program.due(READER) == [(key, "plain")]
    assert program.made == 1


async def test_chats_of_one_time_share_one_message(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    await store.timetable.schedule(OTHER, "summary", None, [summary(OTHER)])
    program = Program(store, at("2026-01-12 09:00:01"))
    await program.look()
    assert program.made == 1
    assert len(await program.due(READER)) == len(await program.due(OTHER)) == 1


async def test_a_restart_sends_what_was_missed_while_it_is_news(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, at("2026-01-12 09:00:00") + LATE_S * 1000)
    await program.look()
    assert len(await program.due(READER)) == 1
    late = Program(store, at("2026-01-13 09:00:00") + LATE_S * 1000 + 1_000)
    await late.look()
    assert late.made == 0


async def test_a_restart_does_not_repeat_what_was_sent(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    async with open_store(url, clock=lambda: MONDAY) as store:
        await store.timetable.schedule(READER, "summary", None, [summary()])
        await Program(store, at("2026-01-12 09:00:01")).look()
    async with open_store(url, clock=lambda: MONDAY) as store:
        program = Program(store, at("2026-01-12 09:05:00"))
        await program.look()
        assert len(await program.due(READER)) == 1


async def test_whoever_asks_after_nine_gets_the_next_one(store: Store) -> None:
    asked = Schedule(READER, "summary", at="09:00", since_ms=at("2026-01-12 09:05:00"))
    await store.timetable.schedule(READER, "summary", None, [asked])
    program = Program(store, at("2026-01-12 09:05:01"))
    await program.look()
    assert await program.due(READER) == []
    program.now_ms = at("2026-01-13 09:00:00")
    await program.strike()
    assert len(await program.due(READER)) == 1


async def test_only_the_chosen_weekdays_and_the_chosen_zone_count(store: Store) -> None:
    working = summary(days=(0, 1, 2, 3, 4), zone="America/New_York")
    await store.timetable.schedule(READER, "summary", None, [working])
    sunday = Program(store, at("2026-01-18 09:00:00", "America/New_York"))
    await sunday.look()
    assert sunday.made == 0
    monday = Program(store, at("2026-01-19 09:00:00", "America/New_York"))
    await monday.look()
    assert monday.made == 1


async def test_a_spread_comes_at_its_interval_from_midnight_and_without_a_sound(
    store: Store,
) -> None:
    every = Schedule(READER, "spread", symbol="BTCUSDT", every_s=1_800, since_ms=MONDAY)
    await store.timetable.schedule(READER, "spread", "BTCUSDT", [every])
    program = Program(store, at("2026-01-12 08:30:10"))
    program.better = "better"
    await program.look()
    program.now_ms = at("2026-01-12 09:00:00")
    await program.strike()
    found = await store.pending("telegram", 10)
    assert [one.key for one in found] == [
        f"due:spread:BTCUSDT:{at('2026-01-12 08:30:00')}",
        f"due:spread:BTCUSDT:{at('2026-01-12 09:00:00')}",
    ]
    assert all(one.message.silent and one.message.note == "better" for one in found)


async def test_a_better_edition_is_edited_into_every_copy(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    await store.timetable.schedule(OTHER, "summary", None, [summary(OTHER)])
    program = Program(store, at("2026-01-12 09:00:00"))
    program.better = "비트코인이 올랐습니다."
    await program.look()
    for chat in (READER, OTHER):
        assert [note for _, note in await program.due(chat)] == ["비트코인이 올랐습니다."]


async def test_each_chat_is_told_its_own_next_summary_also_by_the_better_edition(
    store: Store,
) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary(), summary(time="21:00")])
    await store.timetable.schedule(OTHER, "summary", None, [summary(OTHER)])
    program = Program(store, at("2026-01-12 09:00:00"))
    program.better = "비트코인이 올랐습니다."
    await program.look()
    told = {one.chat: one.message for one in await store.pending(READER.platform, 100)}
    told |= {one.chat: one.message for one in await store.pending(OTHER.platform, 100)}
    assert told[READER].lines == ("⏰ 다음 요약: 1월 12일(월) 21:00 KST",)
    assert told[OTHER].lines == ("⏰ 다음 요약: 1월 13일(화) 09:00 KST",)
    assert {message.note for message in told.values()} == {program.better}


async def test_many_chats_of_one_time_cost_each_its_own_and_alerts_do_not_wait_for_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Chat("web", str(n)) for n in range(4 * AT_ONCE)]
    for chat in many:
        await store.timetable.schedule(
            chat, "summary", None, [summary(chat), summary(chat, "21:00")]
        )
    program = Program(store, at("2026-01-12 09:00:00"))
    turns = compared = 0
    at_turn: dict[str, int] = {}
    make, enqueue, equal = program.make, store.enqueue, Chat.__eq__

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def made(occasion: Occasion, colours: Collection[Colours]) -> Edition:
        edition = await make(occasion, colours)
        at_turn["made"] = turns
        monkeypatch.setattr(Chat, "__eq__", counted)
        return edition

    def counted(one: Chat, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    async def enqueued(notices: Sequence[Notice]) -> None:
        monkeypatch.setattr(Chat, "__eq__", equal)
        at_turn["enqueued"] = turns
        await enqueue(notices)

    monkeypatch.setattr(program.agenda, "_make", made)
    monkeypatch.setattr(store, "enqueue", enqueued)
    running = asyncio.create_task(others())
    await program.look()
    running.cancel()
    told = [one.message.lines for one in await store.pending("web", 1000)]
    assert told == [("⏰ 다음 요약: 1월 12일(월) 21:00 KST",)] * len(many)
    assert at_turn["enqueued"] - at_turn["made"] >= 3
    assert compared <= 2 * len(many)


async def test_who_muted_everything_or_cannot_be_reached_gets_nothing(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    await store.timetable.schedule(OTHER, "summary", None, [summary(OTHER)])
    await store.mute(READER, ALL, at("2026-01-12 10:00:00"))
    await store.gone(OTHER)
    program = Program(store, at("2026-01-12 09:00:00"))
    await program.look()
    assert program.made == 0
    await store.resume(OTHER)
    program.now_ms = at("2026-01-13 09:00:00")
    await program.look()
    await program.strike()
    assert len(await program.due(OTHER)) == 1
    assert len(await program.due(READER)) == 1


async def test_what_cannot_be_made_yet_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.schedule, "RETRY_S", 0)
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, at("2026-01-12 09:00:00"))
    program.fails = 2
    await program.look()
    assert program.made == 3
    assert len(await program.due(READER)) == 1


async def test_a_mistake_in_one_message_ends_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, at("2026-01-12 09:00:00"))

    async def broken(occasion: Occasion, colours: Collection[Colours]) -> Edition:
        raise ZeroDivisionError

    monkeypatch.setattr(program.agenda, "_make", broken)
    await program.look()
    assert await program.due(READER) == []
    assert "is not sent" in caplog.text


async def test_what_nobody_wants_any_more_has_no_job(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary(), summary(time="21:00")])
    program = Program(store, MONDAY)
    await program.look()
    assert len(program.scheduler.get_jobs()) == 2
    await store.timetable.schedule(READER, "summary", None, [summary(time="21:00")])
    await program.look()
    assert len(program.scheduler.get_jobs()) == 1
    program.now_ms = at("2026-01-12 09:00:00")
    await program.strike()
    assert program.made == 0


async def test_a_moved_chat_keeps_its_schedules_and_a_deleted_one_has_none(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    await store.timetable.schedule(OTHER, "summary", None, [summary(OTHER)])
    await store.move(READER, "new")
    await store.erase(OTHER)
    assert [one.chat for one in await store.timetable.all()] == [Chat("telegram", "new")]
    assert await store.timetable.schedules(READER) == []


@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/New_York", "UTC"])
def test_an_occasion_is_due_on_each_of_its_days_across_a_change_of_the_clocks(zone: str) -> None:
    occasion = Occasion("summary", "", "09:00", 0, tuple(range(7)), zone)
    for day in range(1, 15):  # clocks change in New York on 8 March 2026
        due_ms = at(f"2026-03-{day:02d} 09:00:00", zone)
        assert occasion.last(due_ms - 1) is None
        assert occasion.last(due_ms) == occasion.last(due_ms + LATE_S * 1000) == due_ms
        assert occasion.last(due_ms + LATE_S * 1000 + 1) is None


def test_what_a_change_of_the_clocks_repeats_is_due_once_and_what_it_skips_is_not_lost() -> None:
    zone = "America/New_York"
    repeated = Occasion("summary", "", "01:30", 0, tuple(range(7)), zone)
    first = at("2026-11-01 01:30:00", zone)  # in the first of the two hours
    for minute in range(0, 30, 5):
        assert repeated.last(first + minute * 60_000) == first
    assert repeated.last(first + 3_600_000) is None
    assert repeated.next(first) == at("2026-11-02 01:30:00", zone)
    skipped = Occasion("summary", "", "02:30", 0, tuple(range(7)), zone)
    assert skipped.last(at("2026-03-08 03:35:00", zone)) == at("2026-03-08 03:30:00", zone)


def test_an_interval_begins_at_midnight_in_its_zone() -> None:
    daily = Occasion("spread", "BTCUSDT", "", 86_400, tuple(range(7)), "America/New_York")
    midnight = at("2026-07-01 00:00:00", "America/New_York")
    assert daily.last(midnight + 1_000) == midnight
    assert daily.next(midnight) == midnight + 86_400_000


async def test_a_job_plans_the_one_after(store: Store) -> None:
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, MONDAY)
    for day in (12, 13, 14):
        await program.look()
        job = program.scheduler.get_jobs()[-1]  # not started, it keeps what was replaced
        assert round(job.trigger.run_date.timestamp() * 1000) == at(f"2026-01-{day} 09:00:00")
        program.now_ms = at(f"2026-01-{day} 09:00:00")
        await program.strike()
        assert len(await program.due(READER)) == day - 11


async def test_a_message_that_takes_longer_than_its_interval_does_not_end_the_schedule(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """APScheduler leaves out a job whose last one is at work: then nothing would plan the next."""
    wish = Schedule(READER, "spread", "BTCUSDT", every_s=60, since_ms=MONDAY)
    await store.timetable.schedule(READER, "spread", "BTCUSDT", [wish])
    program = Program(store, MONDAY)
    answered = asyncio.Event()

    async def slow(occasion: Occasion, colours: Collection[Colours]) -> Edition:
        await answered.wait()
        return Edition(dict.fromkeys(colours, Message("spread")), None)

    monkeypatch.setattr(program.agenda, "_make", slow)
    async with asyncio.TaskGroup() as tasks:
        await program.agenda.follow(tasks)
        await asyncio.sleep(0)  # it begins
        for minute in (1, 2, 3):
            program.now_ms = MONDAY + minute * 60_000
            for job in program.scheduler.get_jobs():
                async with asyncio.timeout(1):  # its time of work: none
                    await job.func(*job.args)
            planned = program.scheduler.get_jobs()[-1].trigger.run_date.timestamp() * 1000
            assert planned == program.now_ms + 60_000
        answered.set()
    keys = [key for key, _ in await program.due(READER)]
    assert keys == [f"due:spread:BTCUSDT:{MONDAY + m * 60_000}" for m in (0, 3)]


@pytest.mark.parametrize("to", ["2026-01-13 09:10:00", "2026-01-01 09:10:00"])
async def test_a_schedule_outlasts_a_clock_that_is_set_and_a_machine_that_slept(
    store: Store, to: str
) -> None:
    """APScheduler drops a job that is later than its grace, and keeps one far in the future."""
    await store.timetable.schedule(READER, "summary", None, [summary(since_ms=0)])
    program = Program(store, MONDAY)
    async with asyncio.TaskGroup() as tasks:
        program.scheduler.start(paused=True)
        await program.agenda.follow(tasks)
        (job,) = program.scheduler.get_jobs()
        assert job.misfire_grace_time is None
        program.now_ms = at(to)
        program.agenda.plan()
        (job,) = program.scheduler.get_jobs()
        assert job.trigger.run_date.timestamp() * 1000 == at(to.replace("09:10", "09:00")) + 864e5
    program.scheduler.shutdown(wait=False)
    assert len(await program.due(READER)) == 1


async def test_a_clock_that_was_ahead_for_a_while_silences_no_schedule_and_repeats_nothing(
    store: Store,
) -> None:
    # As where two systems share a computer whose clock is in Korean time, until it is corrected.
    wish = Schedule(READER, "spread", "BTCUSDT", every_s=60, since_ms=0)
    await store.timetable.schedule(READER, "spread", "BTCUSDT", [wish])
    program = Program(store, MONDAY)
    for minute in (0, 9 * 60, 9 * 60 + 1, 1, 2, 9 * 60, 9 * 60 + 1, 9 * 60 + 2):
        program.now_ms = MONDAY + minute * 60_000
        await program.look()
        await program.strike()
    keys = [key for key, _ in await program.due(READER)]
    minutes = (0, 9 * 60, 9 * 60 + 1, 1, 2, 9 * 60 + 2)
    assert keys == [f"due:spread:BTCUSDT:{MONDAY + m * 60_000}" for m in minutes]
    assert program.made == len(minutes)


async def test_housekeeping_that_the_night_has_missed_is_done_by_day(store: Store) -> None:
    now_ms = MONDAY

    async def started() -> dict[str, Job]:
        async with scheduled(store, keep_days=1, now_ms=lambda: now_ms) as scheduler:
            return {job.id: job for job in scheduler.get_jobs()}

    await store.mute(READER, "BTCUSDT", MONDAY - 2 * DAY_MS)
    jobs = await started()
    # However late a machine that slept comes to it.
    assert {job.misfire_grace_time for job in jobs.values()} == {None}
    await jobs["prune soon"].func()
    assert await store.prune(MONDAY) == 0  # the mute is gone already
    now_ms += DAY_MS
    assert set(await started()) == {"prune"}
    now_ms += 1
    assert set(await started()) == {"prune", "prune soon"}
    await store.set_meta(PRUNED, "what nobody can read")
    assert set(await started()) == {"prune", "prune soon"}


async def test_housekeeping_lets_web_chats_rest_whose_page_nobody_opens() -> None:
    page, now_ms = Chat("web", "page"), [MONDAY]
    async with open_store("sqlite+aiosqlite://", clock=lambda: now_ms[0]) as store:
        for chat in (READER, page):
            await store.subscribe(chat, [ALL], [ALL])
        now_ms[0] += 2 * DAY_MS
        async with scheduled(store, keep_days=1, now_ms=lambda: now_ms[0]) as scheduler:
            await scheduler.get_job("prune").func()
        assert [state.chat for state in await store.audience()] == [READER]


async def test_a_web_chat_does_not_rest_within_a_day_however_little_is_kept() -> None:
    page, now_ms = Chat("web", "page"), [MONDAY]
    async with open_store("sqlite+aiosqlite://", clock=lambda: now_ms[0]) as store:
        await store.subscribe(page, [ALL], [ALL])
        now_ms[0] += DAY_MS // 2
        async with scheduled(store, keep_days=0.25, now_ms=lambda: now_ms[0]) as scheduler:
            await scheduler.get_job("prune").func()
        assert [state.chat for state in await store.audience()] == [page]


async def test_a_chat_that_was_gone_and_asks_for_summaries_is_alerted_again(store: Store) -> None:
    await store.subscribe(READER, [ALL], [ALL])
    await store.gone(READER)
    before = store.revision
    await store.timetable.schedule(READER, "summary", None, [summary()])
    assert store.revision > before
    assert [state.chat for state in await store.audience()] == [READER]


async def test_each_chat_gets_it_in_its_colours_and_whoever_wants_no_ai_keeps_the_plain_words(
    store: Store,
) -> None:
    await store.preferences.change(OTHER, lambda had: ChatSettings(colours="global", ai=False))
    await store.preferences.change(READER, lambda had: ChatSettings(colours="global"))
    for chat in (READER, OTHER):
        await store.timetable.schedule(chat, "summary", None, [summary(chat)])
    program = Program(store, at("2026-01-12 09:00:05"))
    program.better = "🔴 ▲ 좋아졌습니다"
    await program.look()
    notes = {
        chat: [d.message.note for d in await store.pending(chat.platform, 9)]
        for chat in (READER, OTHER)
    }
    assert notes == {READER: ["🟢 ▲ 좋아졌습니다"], OTHER: ["plain"]}


async def test_each_chat_gets_the_picture_in_its_colours_which_is_drawn_once_and_stays(
    store: Store,
) -> None:
    third = Chat("telegram", "third")
    await store.preferences.change(OTHER, lambda had: ChatSettings(colours="global"))
    for chat in (READER, OTHER, third):
        await store.timetable.schedule(chat, "summary", None, [summary(chat)])
    program = Program(store, at("2026-01-12 09:00:05"))
    program.pictured, program.better = True, "더 나은 글"
    await program.look()
    assert sorted(program.drawn) == ["global", "korean"]
    found = [d for platform in ("telegram", "discord") for d in await store.pending(platform, 9)]
    assert {d.message.note for d in found} == {"더 나은 글"}
    assert {d.chat: d.message.picture.alt for d in found if d.message.picture} == {
        READER: "시장 요약 그림 korean",
        OTHER: "시장 요약 그림 global",
        third: "시장 요약 그림 korean",
    }


async def test_in_quiet_hours_a_summary_comes_without_a_sound_and_its_comment_leaves_it_so(
    store: Store,
) -> None:
    quiet = ChatSettings(quiet=Quiet("08:00", "10:00"))
    await store.preferences.change(READER, lambda had: quiet)
    await store.timetable.schedule(READER, "summary", None, [summary()])
    program = Program(store, at("2026-01-12 09:00:05"))
    program.better = "더 나은 글"
    await program.look()
    (delivery,) = await store.pending("telegram", 9)
    assert (delivery.message.silent, delivery.message.note) == (True, "더 나은 글")


async def test_the_picture_of_a_scheduled_message_is_there_after_a_restart(
    tmp_path: Path,
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    async with open_store(url) as store:
        await store.timetable.schedule(READER, "summary", None, [summary()])
        program = Program(store, at("2026-01-12 09:00:00"))
        program.pictured = True
        await program.look()
    async with open_store(url) as store:
        (delivery,) = await store.pending(READER.platform, 10)
        assert delivery.message.picture is not None
        assert delivery.message.picture.alt == "시장 요약 그림 korean"
        album = Album(store.picturebook, now_ms=lambda: MONDAY)
        assert await album.png(delivery.message.picture.name) == png()
