"""Reads Telegram's updates: is it for the bot, from which chat and topic, may the asker change it.

Pure but for ``Rights``, which asks Telegram who is an administrator.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from telegram import (
    Bot,
    CallbackQuery,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    InaccessibleMessage,
    MaybeInaccessibleMessage,
    Message,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, TelegramError
from telegram.helpers import create_deep_linked_url

from bot.model import Button, Chat
from bot.model import Message as Answer
from bot.platforms.telegram_dress import fits_caption

log = logging.getLogger("goraebot.telegram")

PLATFORM: Final = "telegram"
RIGHTS_S: Final = 60.0
"""How long an administrator stays one for typed commands without asking again; for presses, which
change something at a touch, it is asked each time, and for whoever is none as well."""
MAX_RIGHTS: Final = 10_000
_PAYLOAD: Final = "true"
INVITED: Final = f"/start {_PAYLOAD}"
"""What Telegram says in the name of whoever adds the bot to a group by its ``invitation``."""


def chat_of(message: MaybeInaccessibleMessage) -> Chat:
    """The chat and, in a forum, the topic that the message is in."""
    topic = ""
    if isinstance(message, Message) and message.is_topic_message and message.message_thread_id:
        topic = str(message.message_thread_id)
    return Chat(PLATFORM, str(message.chat.id), topic)


def is_private(message: MaybeInaccessibleMessage) -> bool:
    """Whether one person and the bot are alone."""
    return message.chat.type == ChatType.PRIVATE


def invitation(bot: Bot) -> str:
    """The address that adds the bot to a group of one's choice; "" if groups are closed to it."""
    if not bot.can_join_groups:
        return ""
    return create_deep_linked_url(bot.username, _PAYLOAD, group=True)


def asked(message: Message, username: str, is_command: Callable[[str], bool]) -> str | None:
    """What the message asks the bot; None if it is not for it.

    Alone with the bot everything is. Elsewhere it is a command, or what begins with the bot's
    name. ``/spread@otherbot`` never is.
    """
    author = message.from_user
    if author is not None and author.is_bot and message.sender_chat is None:
        return None
    if message.is_automatic_forward:  # the channel's own post was read in the channel
        return None
    private = is_private(message)
    text = message.text or message.caption
    if text is None:
        # A sticker deserves a word, a service message ("pinned a message") does not.
        return "" if private and message.effective_attachment else None
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    mine = f"@{username}".lower()
    if first.lower() == mine:
        return rest or "/help"
    name, at, _ = first.partition("@")
    if at and name.startswith("/"):
        return f"{name} {rest}".rstrip() if first[len(name) :].lower() == mine else None
    return text if private or is_command(text) else None


def asker(message: Message) -> str:
    """The id of whoever wrote it: a person, or the chat or channel they speak for."""
    if message.sender_chat is not None:
        return str(message.sender_chat.id)
    return str(message.from_user.id) if message.from_user is not None else str(message.chat.id)


def replied_to(message: Message) -> str:
    """The id of the message that this one answers, "" for none.

    In a forum every message of a topic that answers nothing refers to the topic's first one.
    """
    other = message.reply_to_message
    if other is None or other.forum_topic_created is not None:
        return ""
    return str(other.message_id)


def speaks_for_chat(message: Message) -> bool:
    """Channel posts and anonymous administrators: Telegram itself checked their rights."""
    if message.chat.type == ChatType.CHANNEL:
        return True
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


def may_write(member: ChatMember, chat_type: str) -> bool:
    """Whether a bot of this standing can post."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    if isinstance(member, ChatMemberAdministrator):
        return chat_type != ChatType.CHANNEL or bool(member.can_post_messages)
    return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.MEMBER)


def edits_in_place(query: CallbackQuery, answer: Answer) -> bool:
    """Whether the answer to a press replaces the message with the button.

    It does for a view that is refreshed, whose first button repeats it, and for a panel, most of
    whose buttons do what was pressed. It never replaces an alert, or what an error is about.
    """
    message = query.message
    if not isinstance(message, Message) or isinstance(message, InaccessibleMessage):
        return False
    # Answers refer to what they answer; alerts and notices refer to nothing.
    if message.reply_to_message is None or message.reply_markup is None or answer.tone == "error":
        return False
    had = [b.callback_data for row in message.reply_markup.inline_keyboard for b in row]
    commands = [data for data in had if isinstance(data, str)]
    if not commands:
        return False
    pressed = query.data or ""
    if commands[0] == pressed == _first(answer.buttons):
        return True
    name = pressed.split(" ")[0]
    if answer.picture is not None and commands[0].split(" ")[0] == name:
        return name == _first(answer.buttons).split(" ")[0]  # another look at the same thing
    same = sum(command.split(" ")[0] == name for command in commands)
    return answer.private and 2 * same > len(commands)


def place_of(query: CallbackQuery, answer: Answer) -> str:
    """What a Sent of the message with the button refers to; "" if the answer cannot stand there:
    no text becomes a picture, and none stays under a picture of something else."""
    message = query.message
    if not isinstance(message, Message):
        return ""
    ref, above = str(message.message_id), message.reply_to_message
    if message.photo:
        fits = answer.picture is not None and fits_caption(answer)
        return ref if fits else ""
    ours = (
        above is not None
        and above.from_user is not None
        and (above.from_user.id == query.get_bot().id)
    )
    if above is not None and above.photo and ours:
        return f"{above.message_id},{ref}" if answer.picture is not None else ""
    return ref if answer.picture is None else ""


def _first(rows: Sequence[Sequence[Button]]) -> str:
    return rows[0][0].command if rows and rows[0] else ""


class Rights:
    """Who may change a chat's settings, asked of Telegram; administrators are remembered."""

    def __init__(self, bot: Bot, monotonic: Callable[[], float]) -> None:
        self._bot = bot
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()  # until when

    async def is_admin(self, chat: Chat, user: str, *, anew: bool = False) -> bool:
        """Whether the user is owner or administrator; no, if Telegram does not say."""
        key = (chat.id, user)
        now_s = self._monotonic()
        if not anew and self._known.get(key, 0.0) > now_s:
            return True
        try:
            admin = await self._ask(int(chat.id), int(user))
        except TelegramError as error:
            log.warning("%s: cannot ask who is an administrator: %s", chat, error)
            return False
        self._known.pop(key, None)
        if admin:
            self._known[key] = now_s + RIGHTS_S
        if len(self._known) > MAX_RIGHTS:
            self._known.popitem(last=False)
        return admin

    async def _ask(self, chat_id: int, user_id: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except BadRequest:
            # Where members are hidden a bot that is no administrator itself sees these alone; the
            # Bot API promises it no more.
            administrators = await self._bot.get_chat_administrators(chat_id)
            return any(one.user.id == user_id for one in administrators)
        return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)

    def forget(self, chat: Chat) -> None:
        """The bot's own standing in the chat has changed; ask anew."""
        for key in [key for key in self._known if key[0] == chat.id]:
            del self._known[key]
