"""Moves whose messages go on being edited: which those are, and which chats have them."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from bot.compose_moves import CONTINUED, LEFT_BEHIND, MERGED, progressing, told, unless_left
from bot.errors import StoreError
from bot.korean import kst_time
from bot.model import Chat, Delivery, Message
from bot.ports import Editor
from bot.store import Store
from pipeline.model import SEVERITIES, Move, Severity, SymbolInfo

log = logging.getLogger("goraebot.living")

META = "moves"
LIVING = 500
EDIT_MS = 10 * 60_000
"""An edit that cannot be made for so long is not worth making."""
EDITS = "edits"


class Living:
    """A move whose messages are still edited: their keys, and the chats that have one, with the
    severity that each was told. ``listing``: keys of messages about one symbol that tell of all."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}
        self.chats: dict[Chat, Severity] = {}
        self.listing: set[str] = set()


class LivingMoves:
    """At most ``LIVING`` of them: beyond that the one opened first is left as it is.

    Whoever has a message of a symbol that turns out to be the first of many reads of the others in
    it. What the database has of this as ``META`` lets the next run say where it cannot go on.
    """

    def __init__(
        self,
        store: Store,
        editor: Editor,
        *,
        lookup: Callable[[str], SymbolInfo | None],
        now_ms: Callable[[], int],
        wake: Callable[[Sequence[Delivery]], None],
    ) -> None:
        self._store = store
        self._editor = editor
        self._lookup = lookup
        self._now_ms = now_ms
        self._wake = wake
        self._moves: dict[str, Living] = {}
        self._noted: set[str] = set()  # their keys, as the database has them

    def get(self, move: str) -> Living | None:
        """The move of that id, if there are messages of it."""
        return self._moves.get(move)

    async def follow(self, move: Move, key: str, receivers: Mapping[Chat, Severity]) -> None:
        """These chats have a message of the move from now on."""
        living = self._of(move)
        if move.stage == "escalated" and key not in living.keys:
            # The others have nothing but the former message, which goes on.
            others = living.chats.keys() - receivers.keys()
            continued = progressing((f"{CONTINUED} · {kst_time(move.at_ms)}",), move.at_ms)
            await self._amend(living, continued, others)
            if not others:
                living.keys = {}
        living.keys[key] = None
        living.chats.update(receivers)

    def _of(self, move: Move) -> Living:
        living = self._moves.get(move.id)
        if living is None:
            living = self._moves[move.id] = Living()
            while len(self._moves) > LIVING:
                del self._moves[next(iter(self._moves))]
        return living

    async def take_over(self, move: Move, absorbed: str, listing: Collection[Chat]) -> None:
        """A symbol's move goes on in that of many: in a message that its chat has of that and that
        lists them, as those of the chats ``listing`` do, else in its own. May be tried again."""
        former = self._moves[absorbed]
        living = self._moves.get(move.id)
        others = former.chats.keys() - (living.chats.keys() & listing if living else set())
        await self._amend(former, progressing((MERGED,)), others)
        del self._moves[absorbed]
        if not others:
            return
        living = self._of(move)
        living.keys |= former.keys
        living.listing |= former.keys.keys()
        living.chats = {chat: former.chats[chat] for chat in others} | living.chats
        await self.go_on(move)

    async def go_on(self, move: Move) -> None:
        """The messages of the move say how it stands."""
        if (living := self._moves.get(move.id)) is not None:
            await self._amend(living, told(move, self._lookup, living.listing))

    def end(self, move: Move) -> None:
        """The messages of the move stay as they are."""
        self._moves.pop(move.id, None)

    async def _amend(
        self,
        living: Living,
        change: Callable[[Message], Message],
        besides: Collection[Chat] = (),
    ) -> None:
        """What goes on in another message is no longer edited."""
        if not living.keys:
            return
        until_ms = self._now_ms() + EDIT_MS
        change = unless_left(change)
        keys = list(living.keys)
        if await self._editor.taken(
            lambda: self._store.amend(keys, change, until_ms, besides), EDITS
        ):
            self._wake(())
        else:
            await self._editor.amend(keys, change, until_ms, besides)

    def note(self, besides: Collection[str] = ()) -> dict[str, str]:
        """What the database is to keep: the keys of all messages that are edited still, and of
        those that are about to be. Nothing if it has just that."""
        keys = {key for living in self._moves.values() for key in living.keys}
        keys.update(besides)
        return {META: msgspec.json.encode(sorted(keys)).decode()} if keys != self._noted else {}

    def noted(self, note: Mapping[str, str]) -> None:
        """The database keeps it."""
        if META in note:
            self._noted = set(msgspec.json.decode(note[META], type=list[str]))

    async def remember(self) -> None:
        """Write down which messages are edited still: a restart cannot go on with them."""
        note = self.note()
        if note and await self._editor.taken(lambda: self._store.set_meta(META, note[META]), EDITS):
            self.noted(note)

    async def leave_behind(self) -> None:
        """Say in the messages of the last run's moves that nobody follows them any more."""
        try:
            kept = await self._store.get_meta(META)
            keys = msgspec.json.decode(kept, type=list[str]) if kept else []
            former = Living()
            former.keys = dict.fromkeys(keys)
            await self._amend(former, progressing((LEFT_BEHIND,)))
            await self._store.set_meta(META, "")
        except (StoreError, msgspec.MsgspecError) as error:
            log.warning("messages of the last run's moves stay as they are: %s", error)

    async def keep_to(self, known: Collection[Chat]) -> None:
        """Chats that left have no part in moves any more; one that moved goes on under its new id,
        where its messages are found, with the severity that it was told before."""
        for living in self._moves.values():
            lost = living.chats.keys() - known
            if not lost:
                continue
            having = await self._store.having(list(living.keys))
            severities = [living.chats[chat] for chat in lost]
            for chat in having & set(known) - living.chats.keys():
                living.chats[chat] = max(severities, key=SEVERITIES.index)
            for chat in lost:
                del living.chats[chat]
