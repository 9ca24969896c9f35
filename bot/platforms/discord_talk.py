"""Conversations on Discord: a slash command or a pressed button becomes a request and its answer.

Discord wants to hear something within three seconds, so everything is acknowledged at once and
answered by editing. Whether only the asker sees an answer is decided with the acknowledgement:
settings are hidden from the start. Where a public command turns out to have an answer for the
asker alone (bad input, above all), the public placeholder is taken away and a hidden answer sent.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

import discord
import msgspec

from bot.answer import CatalogEntry
from bot.model import Chat, Draft, Message, Request
from bot.platforms.discord_dress import dress, plain
from bot.platforms.discord_errors import PASSING, describe
from bot.platforms.discord_pictures import Pictures
from bot.platforms.discord_places import EMBEDS, lacking
from bot.platforms.editions import Editions
from bot.platforms.in_time import ANSWER_S, answered
from bot.ports import Answer

MAX_ANSWERS: Final = 200
"""Answers under way in all, and per user below; more are refused with a line that says so."""
MAX_ANSWERS_PER_USER: Final = 4
REPLY_S: Final = 30.0

_BUSY = Message(
    "앞의 요청을 처리하고 있습니다. 답이 온 뒤에 다시 시도해 주세요.", tone="error", private=True
)
_CROWDED = Message(
    "지금 요청이 많습니다. 잠시 뒤에 다시 시도해 주세요.", tone="error", private=True
)
_OUTSIDE = Message(
    "이곳에는 알림을 보낼 수 없습니다. 고래봇을 서버에 초대하거나 고래봇과의 개인 메시지에서 "
    "설정해 주세요.",
    tone="error",
    private=True,
)
log = logging.getLogger("goraebot.discord")


class Place(NamedTuple):
    """Where somebody typed, and what that means right now.

    ``admin``: may change the chat's settings. ``alone``: nobody else reads along.
    ``reachable``: the bot can post there by itself. ``lacking``: rights it does not have there.
    ``attach``: it may attach files there.
    """

    chat: Chat
    admin: bool
    alone: bool
    reachable: bool
    lacking: tuple[str, ...] = ()
    attach: bool = True


Edit = Callable[[Message], Awaitable[object]]


class Shown(NamedTuple):
    """An answer that somebody sees, how to replace it, and whether nothing newer has."""

    message: Message
    edit: Edit
    is_newest: Callable[[], bool]


class Talk:
    """Answers every interaction once; never raises for what people or Discord do.

    ``writable`` is told of chats that somebody asked in and the bot may post in by itself.
    """

    def __init__(
        self,
        answer: Answer,
        catalog: Sequence[CatalogEntry],
        platform: str,
        pictures: Pictures,
        writable: Callable[[Chat], Awaitable[None]],
    ) -> None:
        self._pictures = pictures
        self._answer = answer
        self._entries = {entry.name: entry for entry in catalog}
        self._platform = platform
        self._writable = writable
        self._tasks: set[asyncio.Task[Any]] = set()
        self._by_user: Counter[int] = Counter()
        self._editions = Editions()

    async def slash(
        self,
        interaction: discord.Interaction[Any],
        entry: CatalogEntry,
        words: list[str],
        about: str = "",
    ) -> None:
        """Answer a slash command, or one chosen in the menu of the message ``about``."""
        text = " ".join((f"/{entry.name}", *words))
        place = self._place(interaction)
        hidden = not place.alone and (entry.who != "all" or entry.private)

        async def work() -> Shown:
            await interaction.response.defer(thinking=True, ephemeral=hidden)
            message = await self._ask(interaction, place, text, about)
            if message.private and not hidden and not place.alone:
                await interaction.delete_original_response()
                ref, edit = await self._follow_up(interaction, message, entry.name, hidden=True)
            else:
                ref, edit = await self._edit_original(interaction, message, entry.name)
            return Shown(message, edit, self._editions.new(ref))

        await self._work(interaction, work)

    async def press(self, interaction: discord.Interaction[Any], origin: str, command: str) -> None:
        """Answer a pressed button.

        The answer to the command that the message answers replaces it (a refreshed price, a panel
        after a choice). Any other comes as a message for whoever pressed, so that a button under
        an alert does not fill the channel.
        """
        name = command.split()[0].lstrip("/") if command.strip() else ""
        place = self._place(interaction)
        message = interaction.message
        seen_by_all = message is not None and not message.flags.ephemeral and not place.alone

        async def work() -> Shown:
            await interaction.response.defer()
            about = str(message.id) if message is not None else ""
            answer = await self._ask(interaction, place, command, about)
            if origin and origin == name and not (answer.private and seen_by_all):
                is_newest = self._editions.new(message.id if message is not None else 0)
                _, edit = await self._edit_original(interaction, answer, name)
            else:
                ref, edit = await self._follow_up(interaction, answer, name, hidden=not place.alone)
                is_newest = self._editions.new(ref)
            return Shown(answer, edit, is_newest)

        await self._work(interaction, work)

    async def unknown(self, interaction: discord.Interaction[Any]) -> None:
        """Answer what this version of the program does not know any more."""

        async def work() -> None:
            await _respond(
                interaction,
                Message("지금은 없는 명령입니다. 쓸 수 있는 명령: /help", tone="error"),
            )

        await self._work(interaction, work)

    async def finish(self, within_s: float) -> None:
        """Let answers under way end, and cancel those that do not end in time."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()

    # --- one interaction -------------------------------------------------------------------------

    async def _work(
        self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable["Shown | None"]]
    ) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("interactions are answered in tasks")
        user = interaction.user.id
        refusal = self._refusal(user)
        self._tasks.add(task)
        self._by_user[user] += 1
        busy = True
        try:
            async with asyncio.timeout(ANSWER_S + REPLY_S):
                shown = None
                if refusal is not None:
                    await _respond(interaction, refusal)
                else:
                    shown = await work()
            busy = self._released(user)
            if shown is not None:
                await self._improve(shown)
                place = self._place(interaction)
                if place.reachable and not set(place.lacking) - {EMBEDS}:
                    await self._writable(place.chat)
        except (*PASSING, discord.InteractionResponded) as error:
            # Too late, deleted, or Discord is down: there is no way left to say anything.
            log.warning("an answer on Discord did not arrive: %s", describe(error))
        finally:
            self._tasks.discard(task)
            if busy:
                self._released(user)

    def _released(self, user: int) -> bool:
        """The user may ask for something else; whoever waits for a comment is not busy."""
        self._by_user[user] -= 1
        if not self._by_user[user]:
            del self._by_user[user]
        return False

    async def _improve(self, shown: "Shown") -> None:
        """Edit a better edition in when it comes, unless the message has a newer one by then."""
        if not isinstance(shown.message, Draft):
            return
        better = await shown.message.later()
        if better is not None and shown.is_newest():
            async with asyncio.timeout(REPLY_S):
                await shown.edit(better)

    def _refusal(self, user: int) -> Message | None:
        if self._by_user[user] >= MAX_ANSWERS_PER_USER:
            return _BUSY
        if len(self._tasks) >= MAX_ANSWERS:
            return _CROWDED
        return None

    async def _ask(
        self, interaction: discord.Interaction[Any], place: Place, text: str, about: str
    ) -> Message:
        entry = self._entries.get(text.split()[0].lstrip("/") if text.strip() else "")
        changes = entry is not None and entry.who == "admins"
        if changes and not place.reachable:
            return _OUTSIDE
        request = Request(
            chat=place.chat,
            user=str(interaction.user.id),
            text=text,
            admin=place.admin,
            private=place.alone,
            reply_to=about,
        )
        message = await answered(self._answer, request)
        if message.picture is not None and not place.attach:
            channel = place.chat.topic or place.chat.id
            message = self._pictures.without(channel, message)
            self._pictures.told(channel)
        if changes and place.lacking and message.tone != "error":
            return _warned(message, place.lacking)
        return message

    def _place(self, interaction: discord.Interaction[Any]) -> Place:
        channel = interaction.channel
        chat = chat_of(channel, self._platform)
        if interaction.guild_id is None:
            group = interaction.context.private_channel or isinstance(channel, discord.GroupChannel)
            return Place(chat, admin=True, alone=not group, reachable=not group)
        rights = interaction.permissions
        known = interaction.client.get_guild(interaction.guild_id) is not None
        return Place(
            chat,
            admin=rights.manage_guild or rights.administrator,
            alone=False,
            reachable=known or interaction.is_guild_integration(),
            lacking=_lacking(interaction),
            attach=_may_attach(interaction),
        )

    async def _edit_original(
        self, interaction: discord.Interaction[Any], message: Message, origin: str
    ) -> tuple[int, Edit]:
        """Make the message the placeholder's, or the pressed message's, new contents."""
        pressed = interaction.message
        had = pressed is not None and any(embed.image.url for embed in pressed.embeds)

        async def edit(message: Message) -> int:
            dressed = dress(message, origin=origin, png=await self._pictures.png(message))
            try:
                shown = await interaction.edit_original_response(
                    embed=dressed.embed,
                    view=dressed.view,
                    attachments=dressed.files or ([] if had else discord.utils.MISSING),
                )
            except discord.HTTPException as error:
                _require_bad_form(error)
                text = plain(message)
                shown = await interaction.edit_original_response(
                    content=text, embed=None, view=None
                )
            return shown.id

        return await edit(message), edit

    async def _follow_up(
        self, interaction: discord.Interaction[Any], message: Message, origin: str, *, hidden: bool
    ) -> tuple[int, Edit]:
        """Send a message of its own."""
        dressed = dress(message, origin=origin, png=await self._pictures.png(message))
        try:
            sent = await interaction.followup.send(
                embed=dressed.embed or discord.utils.MISSING,
                view=dressed.view or discord.utils.MISSING,
                files=dressed.files or discord.utils.MISSING,
                ephemeral=hidden,
                wait=True,
            )
        except discord.HTTPException as error:
            _require_bad_form(error)
            sent = await interaction.followup.send(plain(message), ephemeral=hidden, wait=True)

        async def edit(message: Message) -> None:
            dressed = dress(message, origin=origin, png=await self._pictures.png(message))
            await sent.edit(
                embed=dressed.embed,
                view=dressed.view,
                attachments=dressed.files or discord.utils.MISSING,
            )

        return sent.id, edit


def chat_of(channel: Any, platform: str) -> Chat:
    """A channel's chat; a thread is a topic of the channel that it belongs to."""
    if isinstance(channel, discord.Thread):
        return Chat(platform, str(channel.parent_id), str(channel.id))
    return Chat(platform, str(channel.id) if channel is not None else "")


def _lacking(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """The Korean names of the rights that posting there needs and the bot does not have."""
    rights = interaction.app_permissions
    if not rights.value:  # nothing said
        return ()
    return lacking(rights, thread=isinstance(interaction.channel, discord.Thread))


def _may_attach(interaction: discord.Interaction[Any]) -> bool:
    rights = interaction.app_permissions
    return not rights.value or rights.administrator or rights.attach_files


def _warned(message: Message, lacking: Sequence[str]) -> Message:
    what = "글로만 보냅니다" if set(lacking) <= {EMBEDS} else "보내지 못합니다"
    line = (
        f"⚠️ 봇에게 이 채널의 권한이 없어 알림을 {what}. "
        f"서버 설정에서 허용해 주세요: {', '.join(lacking)}"
    )
    return msgspec.structs.replace(message, lines=(*message.lines, line))


async def _respond(interaction: discord.Interaction[Any], message: Message) -> None:
    """Answer at once, where there is nothing to wait for."""
    embed = dress(message).embed or discord.utils.MISSING
    await interaction.response.send_message(embed=embed, ephemeral=True)


def _require_bad_form(error: discord.HTTPException) -> None:
    """Go on only if Discord dislikes the form: the words matter more than their dress."""
    if error.status != 400:
        raise error
    log.warning("Discord refuses an answer's form: %s", describe(error))
