"""Alerts reach their chats once though the database is full, locked or read-only, and are in it
afterwards."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, Engine, event
from test_deliver import ALERT, FAR, NOW, Room, chat, notice
from test_outage import WELL
from test_store import locked

import bot.announce
import bot.unrecorded
from bot.announce import Announcer
from bot.deliver import Deliverer
from bot.elaborate import Elaborator
from bot.errors import ChatGone, RetryLater
from bot.explain.template import TemplateExplainer
from bot.model import Chat, Delivery, Message
from bot.outage import META, OutageWatch
from bot.store import Recorded, Store, open_store
from bot.symbols import read_symbol
from bot.unrecorded import Unrecorded
from pipeline.model import ALL, AnyAlert, Spread
from pipeline.moves import alone

DEADLINE_S = 10.0
LATER = msgspec.structs.replace(ALERT, id="b")
PEOPLE = [chat(number) for number in range(5)]


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Nothing more fits on the disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (folder / "store.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], AbstractContextManager[None]]]:
    """The file lets itself be read only, as after an error of the disk."""
    switch = ["OFF"]

    def turn(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA query_only = {switch[0]}")

    @contextmanager
    def made(_folder: Path) -> Iterator[None]:
        switch[0] = "ON"
        try:
            yield
        finally:
            switch[0] = "OFF"

    event.listen(Engine, "begin", turn)
    yield made
    event.remove(Engine, "begin", turn)


@pytest.fixture(params=["full", "locked", "read_only"])
def fault(request: pytest.FixtureRequest) -> Callable[[Path], AbstractContextManager[None]]:
    """What the database suffers from."""
    known = {"full": full, "locked": locked}
    made: Callable[[Path], AbstractContextManager[None]] = known.get(
        request.param
    ) or request.getfixturevalue(request.param)
    return made


class Program:
    """Announcing and delivering over a database in a file."""

    def __init__(self, store: Store, room: Room, try_s: float) -> None:
        self.store, self.room = store, room
        self.deliverer = Deliverer(store, [room], now_ms=lambda: NOW)
        self.unrecorded = Unrecorded(store, self.deliverer, now_ms=lambda: NOW, try_s=try_s)
        self.announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=["room"],
            expires_s=600,
            now_ms=lambda: NOW,
            newest_ms=lambda: NOW,
            wake=self.deliverer.wake,
            unrecorded=self.unrecorded,
        )

    async def alert(self, number: int) -> Spread:
        """The next alert, of a symbol of its own."""
        alert = msgspec.structs.replace(ALERT, id=f"spread:{number}", symbol=f"C{number}USDT")
        await self.announcer.announce(alone(alert))
        return alert

    def told(self, number: int) -> list[int]:
        """How often each person was told of the alert."""
        return [sum(f"C{number}" in h for c, h in self.room.order if c == one) for one in PEOPLE]

    async def delivered(self) -> None:
        """Nothing is on its way any more, edits included."""
        async with asyncio.timeout(DEADLINE_S):
            while await self.store.pending("room", 9):
                await asyncio.sleep(0.005)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running(
    folder: Path, room: Room | None = None, try_s: float = 0.02
) -> AsyncIterator[Program]:
    url = f"sqlite+aiosqlite:///{folder / 'store.db'}"
    async with open_store(url, clock=lambda: NOW, busy_ms=1) as store:
        for one in PEOPLE:
            await store.subscribe(one, [ALL], [ALL])
        program = Program(store, room or Room(), try_s)
        async with asyncio.TaskGroup() as tasks:
            began = [
                tasks.create_task(program.deliverer.run()),
                tasks.create_task(program.unrecorded.run()),
            ]
            yield program
            for task in began:
                task.cancel()


async def test_alerts_reach_every_chat_once_whatever_the_database_suffers_from(
    tmp_path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    async with running(tmp_path) as program:
        await program.alert(1)
        await program.room.until(lambda: len(program.room.order) == 5)
        with fault(tmp_path):
            for number in (2, 3):
                await program.alert(number)
                await program.room.until(lambda number=number: program.told(number) == [1] * 5)
            assert program.store.trouble
            assert program.announcer.lost == 0
            await program.alert(3)  # the events come again, as they do after a reconnect
        await program.until(lambda: program.unrecorded.owed == 0)
        await program.alert(4)
        await program.room.until(lambda: program.told(4) == [1] * 5)
        assert program.store.trouble == ""
    async with running(tmp_path) as program:  # the next run finds all of it done
        assert await program.store.pending("room", 100) == []
        assert {row.alert.id for row in await program.store.recent(ALL, None, 0, 9)} == {
            f"spread:{number}" for number in (1, 2, 3, 4)
        }
        for number in (1, 2, 3, 4):
            decided = await program.store.decisions(f"spread:{number}")
            assert [decision.send for decision in decided] == [True] * 5


async def test_an_outage_is_told_once_whatever_the_database_suffers_from(
    tmp_path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """Both its beginning and its end, and the next run knows that it is over."""
    seen = [NOW, 100]  # the time, and the age of the newest data

    def watch(program: Program) -> OutageWatch:
        return OutageWatch(
            program.store,
            lambda: msgspec.structs.replace(WELL, age_ms=seen[1]),
            stale_s=60,
            now_ms=lambda: seen[0],
            wake=program.deliverer.wake,
            unrecorded=program.unrecorded,
        )

    async with running(tmp_path) as program:
        outage = watch(program)
        await program.alert(1)
        await program.until(lambda: len(program.room.order) == 5)
        await outage.look()
        with fault(tmp_path):
            for at_ms, age_ms, told in ((NOW + 90_000, 90_000, 10), (NOW + 91_000, 50, 15)):
                seen[:] = at_ms, age_ms
                for _ in range(3):
                    await outage.look()
                await program.until(lambda told=told: len(program.room.order) == told)
        await program.until(lambda: not program.unrecorded.behind)
    heads = [[head for who, head in program.room.order[5:] if who == one] for one in PEOPLE]
    assert len(heads[0]) == 2 and heads == [heads[0]] * 5
    async with running(tmp_path) as program:
        assert await program.store.pending("room", 100) == []
        assert not await program.store.get_meta(META)


async def test_an_edit_of_words_read_before_the_database_made_it_replaces_none_of_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, release = asyncio.Event(), asyncio.Event()

    def noted(message: Message) -> Message:
        return msgspec.structs.replace(message, lines=(*message.lines, "설명"))

    def gone_on(message: Message) -> Message:
        return msgspec.structs.replace(message, head="2분째")

    async with running(tmp_path, try_s=3_600) as program:
        store, copies = program.store, program.store.copies

        async def slow(keys: Collection[str]) -> list[Delivery]:
            found = await copies(keys)
            read.set()
            await release.wait()
            return found

        await store.enqueue([notice(PEOPLE[0], "하나")])
        program.deliverer.wake()
        await program.room.until(lambda: bool(program.room.order))
        await program.delivered()
        monkeypatch.setattr(store, "copies", slow)
        program.unrecorded.later(lambda: store.amend(["하나"], noted, FAR))  # refused before
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(program.unrecorded.amend(["하나"], gone_on, FAR))
            async with asyncio.timeout(DEADLINE_S):
                await read.wait()
            await program.unrecorded.settle()
            await program.delivered()
            release.set()
        await store.enqueue([notice(PEOPLE[0], "둘")])
        program.deliverer.wake()
        await program.room.until(lambda: "둘" in program.room.heads(PEOPLE[0]))
        (shown, _) = program.room.lines[PEOPLE[0]].values()
    assert program.room.heads(PEOPLE[0]) == ["2분째", "둘"] and shown == ("설명",)


async def test_alerts_that_wait_unrecorded_go_out_in_the_order_of_their_coming(
    tmp_path: Path,
) -> None:
    held = asyncio.Event()
    async with running(tmp_path) as program:
        program.room.holding[PEOPLE[0]] = held
        with locked(tmp_path):
            for number in range(4):
                await program.alert(number)
            await program.room.until(lambda: program.told(3)[1:] == [1] * 4)
            held.set()
            await program.room.until(lambda: program.told(3)[0] == 1)
            told = [head for one, head in program.room.order if one == PEOPLE[0]]
    assert [f"C{number}" in head for number, head in enumerate(told)] == [True] * 4


async def test_what_is_being_read_while_it_is_marked_as_sent_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording took too long, so that the alert went out unrecorded, and succeeded then."""
    entry = Recorded(ALERT, (), [(PEOPLE[0], Message("한 번만", key="a"), FAR)])
    read, release = asyncio.Event(), asyncio.Event()
    async with running(tmp_path, try_s=3_600) as program:
        pending = program.store.pending

        async def slow(*arguments: object) -> list[Delivery]:
            rows = await pending(*arguments)  # type: ignore[arg-type]
            if rows:
                read.set()
                await release.wait()
            return rows

        await program.unrecorded.send(entry)
        await program.room.until(lambda: bool(program.deliverer.reached(["a"])))
        monkeypatch.setattr(program.store, "pending", slow)
        await program.store.record([entry], NOW)
        program.deliverer.wake()
        async with asyncio.timeout(DEADLINE_S):
            await read.wait()
            await program.unrecorded.settle()
        release.set()
        await program.delivered()
        await program.unrecorded.send(Recorded(LATER, (), [(PEOPLE[0], Message("둘"), FAR)]))
        await program.room.until(lambda: len(program.room.order) > 1)
    assert program.room.heads(PEOPLE[0]) == ["한 번만", "둘"]


async def test_an_alert_that_comes_while_changes_are_made_is_written_down_before_its_own(
    tmp_path: Path,
) -> None:
    entry = Recorded(ALERT, (), [(PEOPLE[0], Message("하나", key="a"), FAR)])
    async with running(tmp_path, try_s=3_600) as program:

        async def meanwhile() -> None:
            await program.unrecorded.send(entry)
            program.unrecorded.later(lambda: program.store.revise("a", Message("둘", key="a"), FAR))

        program.unrecorded.later(meanwhile)
        await program.unrecorded.settle()
        assert not program.unrecorded.behind
        (copy,) = await program.store.copies(["a"])
        assert copy.message.head == "둘"


async def test_what_is_sent_while_it_is_written_down_is_sent_once(tmp_path: Path) -> None:
    """At that moment of five chats one has it, one is being sent it, one waits for its turn after
    a refusal, one waits behind another message, and one seemed to be gone."""
    room = Room()
    _, busy, refused, behind, gone = PEOPLE
    async with running(tmp_path, room) as program:
        room.holding[busy] = asyncio.Event()
        room.holding[behind] = asyncio.Event()
        room.failing[refused] = [RetryLater(0.2)]
        room.failing[gone] = [ChatGone("blocked")]
        with locked(tmp_path):
            await program.alert(1)
            await room.until(lambda: program.told(1)[0] == 1)
            await program.alert(2)
            await room.until(lambda: program.told(2)[0] == 1)
        await program.until(lambda: program.unrecorded.owed == 0)
        for held in room.holding.values():
            held.set()
        for number in (1, 2):
            await program.until(lambda number=number: program.told(number) == [1] * 5)
        await program.delivered()
    assert program.told(1) == program.told(2) == [1] * 5


async def test_a_database_that_takes_too_long_does_not_hold_up_the_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.announce, "RECORD_S", 0.0)
    async with running(tmp_path) as program:
        await program.alert(1)  # whose recording goes on, and succeeds
        await program.room.until(lambda: program.told(1) == [1] * 5)
        program.deliverer.wake()
        await program.until(lambda: program.unrecorded.owed == 0)
        await program.alert(2)
        await program.room.until(lambda: program.told(2) == [1] * 5)
        await program.until(lambda: program.unrecorded.owed == 0)
    async with running(tmp_path) as again:
        assert await again.store.pending("room", 100) == []
    assert program.told(1) == program.told(2) == [1] * 5


async def test_a_message_sent_unrecorded_is_edited_once_it_is_written_down(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        with locked(tmp_path):
            alert = await program.alert(1)
            await program.room.until(lambda: program.told(1) == [1] * 5)
        await program.until(lambda: program.unrecorded.owed == 0)
        await program.store.revise(alert.id, Message("새 소식", key=alert.id), FAR)
        program.deliverer.wake()
        await program.room.until(
            lambda: all(program.room.heads(one) == ["새 소식"] for one in PEOPLE)
        )


class Notes(Room):
    """Shows the explanation."""

    def _show(self, chat: Chat, ref: str, message: Message) -> None:
        super()._show(chat, ref, msgspec.structs.replace(message, head=message.note))


class Writer:
    """A model that always finds words."""

    async def explain(self, alert: AnyAlert) -> str:
        """One for each alert."""
        return f"{alert.id}의 설명"


async def test_alerts_are_explained_whatever_the_database_suffers_from(
    tmp_path: Path,
    fault: Callable[[Path], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.sender.AGAIN_S", 0.05)
    room = Notes()
    async with running(tmp_path, room) as program, asyncio.TaskGroup() as tasks:
        elaborator = Elaborator(
            program.store,
            Writer(),
            now_ms=lambda: NOW,
            wake=program.deliverer.wake,
            unrecorded=program.unrecorded,
        )
        elaborating = tasks.create_task(elaborator.run())
        recorded = await program.alert(0)
        await room.until(lambda: len(room.order) == 5)
        with fault(tmp_path):
            owed = await program.alert(1)
            await room.until(lambda: len(room.order) == 10)
            for alert in (recorded, owed):
                elaborator.put(alert)
            await room.until(
                lambda: all(
                    room.heads(one) == ["spread:0의 설명", "spread:1의 설명"] for one in PEOPLE
                )
            )
            assert program.unrecorded.behind
        await program.until(lambda: not program.unrecorded.behind)
        await program.delivered()
        elaborating.cancel()
    async with running(tmp_path) as again:
        kept = await again.store.copies(["spread:0", "spread:1"])
        assert {one.message.note for one in kept} == {"spread:0의 설명", "spread:1의 설명"}
        assert await again.store.unexplained(0, 9) == []
        assert await again.store.pending("room", 9) == []


async def test_more_than_can_be_kept_is_sent_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.unrecorded, "ALERTS", 2)
    async with running(tmp_path, try_s=3_600) as program:
        with locked(tmp_path):
            for number in range(4):
                await program.alert(number)
                await program.room.until(lambda number=number: program.told(number) == [1] * 5)
            assert program.unrecorded.owed == 2
        await program.unrecorded.settle()
        assert len(await program.store.recent(ALL, None, 0, 9)) == 2
    assert program.unrecorded.forgotten == 2
    assert "alert spread:0 is sent, but will not be recorded" in caplog.text


async def test_nothing_of_a_forgotten_chat_is_written_down(tmp_path: Path) -> None:
    """Unless it is being written down at that moment, which here it is not."""
    async with running(tmp_path, try_s=3_600) as program:
        with locked(tmp_path):
            await program.alert(1)
            await program.room.until(lambda: program.told(1) == [1] * 5)
            program.unrecorded.forget(PEOPLE[0])
            program.deliverer.forget(PEOPLE[0])
        await program.unrecorded.settle()
        assert program.unrecorded.owed == 0
        assert await program.store.having(["spread:1"]) == set(PEOPLE[1:])
        told = {decision.chat for decision in await program.store.decisions("spread:1")}
        assert told == set(PEOPLE[1:])


async def test_reading_goes_on_while_marks_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the outbox had before the fault goes out, once."""
    monkeypatch.setattr("bot.sender.WINDOW", 4)
    monkeypatch.setattr("bot.sender.AGAIN_S", 0.01)
    async with running(tmp_path) as program:
        await program.store.enqueue([notice(one, "하나") for one in PEOPLE])
        with locked(tmp_path):
            program.deliverer.wake()
            await program.room.until(lambda: len(program.room.order) >= 4)
        await program.room.until(lambda: len(program.room.order) == 5)

        async with asyncio.timeout(DEADLINE_S):
            while await program.store.pending("room", 9):
                await asyncio.sleep(0.005)
    assert sorted(one.id for one, _ in program.room.order) == [one.id for one in PEOPLE]


class Lines(Room):
    """Shows the lines below the head that tell what became of a move."""

    def _show(self, chat: Chat, ref: str, message: Message) -> None:
        told = " ".join((message.head, *message.progress))
        super()._show(chat, ref, msgspec.structs.replace(message, head=told))


async def test_moves_are_edited_whatever_the_database_suffers_from(
    tmp_path: Path,
    fault: Callable[[Path], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message of one was recorded before, that of the other is not; a slow chat gets the last
    of its editions."""
    monkeypatch.setattr("bot.sender.AGAIN_S", 0.05)
    room = Lines()
    slow = PEOPLE[4]

    async def becomes(program: Program, number: int, stage: str) -> None:
        alert = msgspec.structs.replace(ALERT, id=f"spread:{number}", symbol=f"C{number}USDT")
        move = alone(alert)
        how = {"stage": stage, "counts": {"spread": 1, "volume_surge": 2}}
        later = msgspec.structs.replace(move, alert=None, at_ms=NOW + 180_000, **how)
        await program.announcer.announce(later)

    def reads(words: str, *people: Chat) -> bool:
        return all(len(room.heads(one)) == 2 == str(room.heads(one)).count(words) for one in people)

    async with running(tmp_path, room) as program:
        await program.alert(1)
        await room.until(lambda: program.told(1) == [1] * 5)
        with fault(tmp_path):
            await program.alert(2)
            await room.until(lambda: program.told(2) == [1] * 5)
            room.holding[slow] = asyncio.Event()
            for number in (1, 2):
                await becomes(program, number, "grew")
            await room.until(lambda: reads("급등 2건", *PEOPLE[:4]))
            for number in (1, 2):
                await becomes(program, number, "closed")
            room.holding.pop(slow).set()
            await room.until(lambda: reads("진정", *PEOPLE))
            assert program.unrecorded.behind
            assert program.announcer.lost == 0
        await program.until(lambda: not program.unrecorded.behind)
        await program.alert(3)
        async with asyncio.timeout(DEADLINE_S):
            while program.told(3) != [1] * 5 or await program.store.pending("room", 9):
                await asyncio.sleep(0.005)
    async with running(tmp_path, room) as again:
        assert {d.version for d in await again.store.copies(["spread:1", "spread:2"])} == {3}
        assert await again.store.pending("room", 100) == []
        assert all(str(room.heads(one)).count("진정") == 2 for one in PEOPLE)


async def test_a_change_that_fails_by_itself_does_not_keep_the_database_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as program:
        program.unrecorded.tell([notice(chat("stranger"), "하나")])  # nobody that the store knows
        await program.until(lambda: not program.unrecorded.behind)
        await program.alert(1)
        await program.room.until(lambda: program.told(1) == [1] * 5)
        assert len(await program.store.recent(ALL, None, 0, 9)) == 1
    assert len(program.room.heads(chat("stranger"))) == 1
