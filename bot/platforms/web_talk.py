"""The conversations of the web chat: what a page is told, and how what it says is answered."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from bot.compose_welcome import RESTED, anew
from bot.errors import BotError
from bot.model import Chat, Draft, Message, Request, Sent, Unreal
from bot.platforms import web_frames, web_sessions
from bot.platforms.in_time import answered
from bot.platforms.web_frames import CommandInfo, Entry
from bot.platforms.web_rooms import Page, Room, Rooms, Stamps
from bot.ports import Answer, Directory, Health
from pipeline.model import SymbolInfo

MAX_PAGES_PER_VISITOR = 8
MAX_ROOMS = 500
"""Chats in memory; Rooms says what happens when there are more."""
MAX_ANSWERS = 100
"""Answers under way in all, and per visitor below; more are refused with a line that says so."""
MAX_ANSWERS_PER_VISITOR = 4

_SAYS_AT_ONCE = 10
_SAYS_PER_S = 1.0
_VISIT_S = 43_200.0
"""A page that stays open is written down so often,"""
_VISIT_AGAIN_S = 60.0
"""and looked at so often whether that is due, or could not be done."""
_STORE_S = 5.0
_SUGGESTIONS = 8

T = TypeVar("T")

log = logging.getLogger(__name__)


class Offer(msgspec.Struct, frozen=True):
    """What every page is told once.

    ``kinds`` are (name, Korean) of alert kinds, ``locked`` whether there is a password, ``run`` as
    in web_frames.Welcome.
    """

    commands: tuple[CommandInfo, ...]
    kinds: tuple[tuple[str, str], ...]
    unreal: Unreal | None
    locked: bool
    version: str
    run: str


class Talk:
    """Every chat's log, its open pages and its answers under way; see WebPlatform for the rest."""

    def __init__(
        self,
        offer: Offer,
        directory: Directory,
        name_of: Callable[[SymbolInfo], str],
        health: Health,
        history: Callable[[Chat], Awaitable[Sequence[tuple[str, Message]]]],
        visited: Callable[[Chat], Awaitable[bool]],
        watching: Callable[[Chat], Awaitable[Sequence[str]]] | None,
        stamps: Stamps,
        monotonic: Callable[[], float],
    ) -> None:
        self._offer = offer
        self._directory = directory
        self._name_of = name_of
        self._health = health
        self._history = history
        self._visited = visited
        self._watching = watching
        self._monotonic = monotonic
        self._rooms = Rooms(stamps, MAX_ROOMS)
        self._says = web_sessions.Buckets(_SAYS_AT_ONCE, _SAYS_PER_S)
        self._answers = 0

    def push(self, chat: Chat, message: Message) -> Sent:
        """Show a message that nobody asked for; open pages get it at once."""
        room = self._rooms.get(chat)
        entry = room.push(message)
        _show(room, entry)
        return Sent(chat, str(entry.ref))

    def edit(self, sent: Sent, message: Message) -> None:
        """Show a new edition."""
        room = self._rooms.get(sent.chat)
        found = room.edit(sent.ref, message)
        if found is not None:
            entry, in_log = found
            _show(room, entry, known=not in_log)

    def forget(self, chat: Chat) -> None:
        """Forget what was said; open pages leave once they have the answer under way."""
        self._rooms.get(chat).clear()

    async def enter(self, chat: Chat, page: Page, hello: web_frames.Hello) -> Room | None:
        """Welcome a page and keep it told until ``leave``; None when the visitor has too many."""
        room = self._rooms.get(chat)
        if len(room.pages) + room.holds >= MAX_PAGES_PER_VISITOR:
            return None
        room.holds += 1  # the room must not be forgotten while its history is read
        try:
            if not room.restored:
                await self._restore(room)
            lines = await self._lines(chat)
        finally:
            room.holds -= 1
        if hello.run not in ("", self._offer.run) and not room:  # else it has been seen by now
            room.reply("", anew(self._offer.unreal, lasting=not self._offer.run))
        page.offer(
            web_frames.encode(
                web_frames.Welcome(
                    epoch=room.epoch,
                    seq=room.seq,
                    run=self._offer.run,
                    entries=room.after(hello.epoch, hello.since),
                    typing=bool(room.under_way),
                    health=web_frames.feed_now(self._health),
                    watching=lines,
                    commands=self._offer.commands,
                    kinds=self._offer.kinds,
                    unreal=self._offer.unreal,
                    locked=self._offer.locked,
                    version=self._offer.version,
                )
            )
        )
        room.pages.add(page)
        return room

    async def stay(self, room: Room) -> None:
        """Have it written down that the visitor is here, until cancelled. What rested goes on."""
        while True:
            if self._monotonic() >= room.visit_due_s:
                await self._note_visit(room)
            await asyncio.sleep(_VISIT_AGAIN_S)

    async def _note_visit(self, room: Room) -> None:
        rested = await _stored(self._visited(room.chat), "write down a web chat's visit")
        if rested is not None:
            room.visit_due_s = self._monotonic() + _VISIT_S
        if rested:
            self.push(room.chat, RESTED)
            await self._tell_lines(room)

    def leave(self, room: Room, page: Page) -> None:
        """Tell the page nothing more; its answers under way go to the log."""
        room.pages.discard(page)

    def suggest(self, page: Page, asked: web_frames.Suggest) -> None:
        """Complete a symbol."""
        symbols = [
            web_frames.Suggestion(info.symbol, _without(info.symbol, self._name_of(info)))
            for info in self._directory.suggest(asked.text, _SUGGESTIONS)
        ]
        page.offer(web_frames.encode(web_frames.Suggestions(asked.id, symbols)))

    def say(
        self, room: Room, page: Page, say: web_frames.Say, answer: Answer, tasks: asyncio.TaskGroup
    ) -> None:
        """Begin to answer, or refuse with the reason; what was said before is not said again."""
        if room.heard(say.id):
            # The bubble that answered it may be that of a later press by now, or left the log.
            if say.id not in room.under_way:
                page.offer(web_frames.encode(web_frames.Answered(say.id)))
            return
        refusal = self._refusal(room)
        if refusal:
            page.offer(web_frames.encode(web_frames.Refused(say.id, refusal)))
            return
        room.hear(say.id)  # not in the task: the next frame may be read before the task runs
        self._answers += 1
        if say.how == "typed":
            _show(room, room.said(say.id, say.text))
        if len(room.under_way) == 1:
            _tell(room, web_frames.Typing(True))
        tasks.create_task(self._work(room, say, answer), name="web answer")

    def _refusal(self, room: Room) -> str:
        if len(room.under_way) >= MAX_ANSWERS_PER_VISITOR:
            return "앞의 요청을 처리하고 있습니다. 답이 온 뒤에 다시 보내 주세요."
        if self._answers >= MAX_ANSWERS:
            return "지금 요청이 많습니다. 잠시 뒤에 다시 보내 주세요."
        wait_s = self._says.of(room.chat.id).wait_s(self._monotonic())
        if wait_s:
            return f"요청이 너무 잦습니다. {math.ceil(wait_s)}초 뒤에 다시 보내 주세요."
        return ""

    async def _work(self, room: Room, say: web_frames.Say, answer: Answer) -> None:
        try:
            answered = await self._ask(room.chat, say.text, answer)
            # What is shown is kept and sent to pages: a draft's edition at hand is.
            message = answered.first if isinstance(answered, Draft) else answered
            entry = room.reply_in_place(say.id, message) if say.how == "pressed" else None
            if entry is None:
                if say.how == "pressed":
                    _show(room, room.said(say.id, say.label or say.text))
                entry = room.reply(say.id, message)
            _show(room, entry)
        finally:
            self._answers -= 1
            room.under_way.discard(say.id)
            if not room.under_way:
                _tell(room, web_frames.Typing(False))
        if room.forgotten and not room.under_way:
            _tell(room, web_frames.Goodbye())
            return
        await self._tell_lines(room)
        if isinstance(answered, Draft):
            better = await answered.later()
            if better is not None and (changed := room.improve(entry, better)) is not None:
                _show(room, changed)

    async def _ask(self, chat: Chat, text: str, answer: Answer) -> Message:
        request = Request(chat=chat, user=chat.id, text=text, admin=True, private=True)
        return await answered(answer, request)

    async def _restore(self, room: Room) -> None:
        # Live messages matter more than old ones; the next page to open tries again.
        history = await _stored(self._history(room.chat), "read a web chat's history")
        if history is not None and not room.restored:  # another page may have been faster
            room.restore(history)

    async def _tell_lines(self, room: Room) -> None:
        lines = await self._lines(room.chat)
        if lines is not None:
            _tell(room, web_frames.Watching(lines))

    async def _lines(self, chat: Chat) -> Sequence[str] | None:
        if self._watching is None:
            return None
        return await _stored(self._watching(chat), "read a web chat's subscriptions")


async def _stored(work: Awaitable[T], what: str) -> T | None:
    """What the store says, None if it does not in time: the conversation goes on without."""
    try:
        async with asyncio.timeout(_STORE_S):
            return await work
    except (BotError, TimeoutError) as error:
        log.warning("cannot %s: %r", what, error)
        return None


def _without(symbol: str, name: str) -> str:
    # The list shows the symbol beside the name: "비트코인(BTCUSDT)" needs only "비트코인".
    return "" if name == symbol else name.removesuffix(f"({symbol})")


def _show(room: Room, entry: Entry, *, known: bool = False) -> None:
    if room.pages:
        _tell(room, web_frames.Shown(room.seq, entry, known))


def _tell(room: Room, frame: web_frames.ToPage) -> None:
    if room.pages:
        text = web_frames.encode(frame)
        for page in room.pages:
            page.offer(text)
