"""A Telegram of our own on loopback: the Bot API with its blocking, limits and wording.

Chats, members, topics and messages are kept; what people do is done with methods (``say``,
``press``, ``add``, ``remove``, ``migrate`` …) and reaches the bot as updates. Everything asked and
answered is held to the Bot API's tables; what is wrong is in ``problems``. Messages over a limit
are refused with 429 and counted in ``floods``: in normal work there are none.
"""

import asyncio
import hashlib
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from aiohttp import web
from contracts.telegram_spec import TelegramSpec
from contracts.telegram_text import MAX_CAPTION, MAX_TEXT, CannotParse, read_html, units

DEADLINE_S = 10.0
ANONYMOUS = 1087968824
BOT_ID = 4242
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120
RESTRICTED = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
ADMINISTRATOR = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)

Json = dict[str, Any]


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.body: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class FakeChat:
    """One chat. ``members`` maps a user's id to a status; ``topics`` a topic's id to its state."""

    def __init__(self, id: int, kind: str, title: str = "") -> None:
        self.id = id
        self.kind = kind
        self.title = title
        self.members: dict[int, str] = {}
        self.topics: dict[int, str] = {}
        self.messages: dict[int, Json] = {}
        self.bot = "member" if kind != "channel" else "administrator"
        self.refusal: Refusal | None = None
        """What every message to the chat is answered with."""
        self.photos = True
        """Whether the bot may post pictures there."""
        self.hidden = False
        """Whether nobody but administrators sees who is a member."""
        self.next_id = 1

    @property
    def somebody(self) -> int:
        """Who writes and presses there: a private chat has its person's id."""
        return self.id if self.kind == "private" else 7

    def as_json(self) -> Json:
        """A Chat of the Bot API."""
        name = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    def shown(self) -> list[Json]:
        """The bot's messages, oldest first."""
        return [m for m in self.messages.values() if m.get("from", {}).get("id") == BOT_ID]


class TelegramServer:
    """The server and its world. ``second_s`` is how long its second lasts, for impatient tests."""

    def __init__(
        self,
        spec: TelegramSpec | None,
        token: str = "4242:TEST-token_x",
        second_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.token = token
        self.username = "goraebot"
        self.can_join_groups = True
        self.valid = True
        self.problems: list[str] = []
        self.calls: list[tuple[str, Json]] = []
        self.chats: dict[int, FakeChat] = {}
        self.floods = 0
        self.conflicts = 0
        self.acknowledged: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}
        """Pictures by the first part of their file ids."""
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        """By what they are ("description", "short_description") and language, "" for the others."""
        self.menu_button: Json = {"type": "default"}
        self.trouble: dict[str, list[Refusal | Callable[[], web.Response]]] = defaultdict(list)
        """By method: what the next calls are answered with instead."""
        self.hold: dict[str, asyncio.Event] = {}
        """By method: calls that were carried out are answered only once the event is set."""
        self._spec = spec
        self._second_s = second_s
        self._clock = clock
        self._updates: deque[Json] = deque()
        self._update_id = 100
        self._query_id = 0
        self._poll: object | None = None
        """The one that waits."""
        self._changed = asyncio.Event()
        self._closing = False
        self._sent_all: deque[float] = deque()
        self._sent: dict[int, deque[float]] = defaultdict(deque)

    # --- serving -------------------------------------------------------------------------------

    async def __aenter__(self) -> "TelegramServer":
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        # A poll whose asker has died is over, as it is for Telegram.
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for event in self.hold.values():
            event.set()
        self._tell()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base that the bot is given."""
        return f"http://127.0.0.1:{self.port}"

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                await self._changed.wait()

    async def left(self) -> None:
        """Wait until nobody is connected, and what a client that died had sent is dealt with."""
        assert self._runner.server is not None
        async with asyncio.timeout(DEADLINE_S):
            while self._runner.server.connections:
                await asyncio.sleep(0)

    @property
    def polled(self) -> bool:
        """Whether somebody is waiting for updates."""
        return self._poll is not None

    @property
    def unconfirmed(self) -> int:
        """Updates that nobody has confirmed."""
        return len(self._updates)

    def called(self, method: str) -> list[Json]:
        """The parameters of every call of a method."""
        return [given for name, given in self.calls if name == method]

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = await request.post()
        given: Json = {name: value for name, value in form.items() if isinstance(value, str)}
        files = {name: value for name, value in form.items() if not isinstance(value, str)}
        if request.match_info["token"] != self.token:
            return _body(Refusal(404, "Not Found"))
        if not self.valid:
            return _body(Refusal(401, "Unauthorized"))
        if self._spec is not None:
            self.problems += self._spec.request(method, given, files)
        given |= {name: file.file.read() for name, file in files.items()}
        handler = getattr(self, f"_{_snake(method)}", None)
        if handler is None:
            self.problems.append(f"{method}: the fake has no such method")
            return _body(Refusal(404, "Not Found"))
        try:
            if self.trouble[method]:
                trouble = self.trouble[method].pop(0)
                if callable(trouble):
                    return trouble()
                raise trouble
            result = await handler(given)
        except Refusal as refusal:
            self.calls.append((method, {**given, "refused": str(refusal)}))
            self._tell()
            return _body(refusal)
        if self._spec is not None and method != "getUpdates":  # updates are held to them earlier
            self.problems += self._spec.answer(method, result)
        self.calls.append((method, given))
        self._tell()
        if method in self.hold:
            await self.hold[method].wait()
        return web.json_response({"ok": True, "result": result})

    # --- methods of the Bot API ----------------------------------------------------------------

    async def _get_me(self, given: Json) -> Json:
        return {
            **_user(BOT_ID, "고래봇", bot=True),
            "username": self.username,
            "can_join_groups": self.can_join_groups,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _delete_webhook(self, given: Json) -> bool:
        return True

    async def _get_updates(self, given: Json) -> list[Json]:
        """A poll that has to wait ends the one that waits already (telegram-bot-api, Client.cpp:
        ``do_get_updates``, ``abort_long_poll``): of two programs each refuses the other's."""
        offset = int(given.get("offset", 0))
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        allowed = json.loads(given.get("allowed_updates", "[]"))

        def found() -> list[Json]:
            return [u for u in self._updates if not allowed or any(k in allowed for k in u)][:100]

        timeout_s = float(given.get("timeout", 0))
        if found() or not timeout_s:
            return found()
        self._poll = poll = object()
        self._tell()
        try:
            async with asyncio.timeout(timeout_s):
                while self._poll is poll and not found() and not self._closing:
                    await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            ended = self._poll is not poll
            if not ended:
                self._poll = None
        if ended:
            self.conflicts += 1
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot "
                "instance is running",
            )
        return found()

    async def _send_message(self, given: Json) -> Json:
        chat = self._chat(given)
        topic = self._topic(chat, given)
        text, entities = self._text(given)
        markup = self._markup(given)
        self._count(chat)
        return self._keep(chat, text, entities, markup, given, topic)

    async def _edit_message_text(self, given: Json) -> Json:
        chat = self._chat(given)
        message = self._editable(given)
        if "text" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        text, entities = self._text(given)
        markup = self._markup(given)
        self._count(chat)
        new = {**message, "text": text, "entities": entities, "edit_date": 1_760_000_001}
        new.pop("reply_markup", None)
        if markup is not None:
            new["reply_markup"] = markup
        same = ("text", "entities", "reply_markup")
        if [new.get(k) for k in same] == [message.get(k) for k in same]:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        chat.messages[message["message_id"]] = new
        return new

    async def _send_photo(self, given: Json) -> Json:
        chat = self._chat(given)
        if not chat.photos:
            raise Refusal(400, "Bad Request: not enough rights to send photos to the chat")
        topic = self._topic(chat, given)
        photo = self._photo(given["photo"])
        caption, entities = self._caption(given)
        markup = self._markup(given)
        self._count(chat)
        message = self._keep(chat, None, entities, markup, given, topic)
        del message["entities"]
        message["photo"] = photo
        self._put_caption(message, caption, entities)
        return message

    async def _edit_message_caption(self, given: Json) -> Json:
        message = self._editable(given)
        if "photo" not in message:
            raise Refusal(400, "Bad Request: there is no caption in the message to edit")
        caption, entities = self._caption(given)
        return self._edited(given, message, photo=message["photo"], caption=(caption, entities))

    async def _edit_message_media(self, given: Json) -> Json:
        message = self._editable(given)
        media = json.loads(given["media"])
        if not self._chat(given).photos:
            raise Refusal(400, "Bad Request: not enough rights to send photos to the chat")
        photo = self._photo(given[media["media"].removeprefix("attach://")])
        return self._edited(given, message, photo=photo, caption=self._caption(media))

    def _editable(self, given: Json) -> Json:
        message = self._chat(given).messages.get(int(given["message_id"]))
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message.get("from", {}).get("id") != BOT_ID:
            raise Refusal(400, "Bad Request: message can't be edited")
        return message

    def _edited(
        self, given: Json, message: Json, photo: list[Json], caption: tuple[str, list[Json]]
    ) -> Json:
        chat, markup = self._chat(given), self._markup(given)
        self._count(chat)
        gone = ("text", "entities", "caption", "caption_entities", "reply_markup")
        new = {name: value for name, value in message.items() if name not in gone}
        new |= {"photo": photo, "edit_date": 1_760_000_001}
        if markup is not None:
            new["reply_markup"] = markup
        self._put_caption(new, *caption)
        same = ("photo", "caption", "caption_entities", "reply_markup")
        if [new.get(k) for k in same] == [message.get(k) for k in same]:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        chat.messages[message["message_id"]] = new
        return new

    def _put_caption(self, message: Json, caption: str, entities: list[Json]) -> None:
        if caption:
            message |= {"caption": caption, "caption_entities": entities}

    def _caption(self, given: Json) -> tuple[str, list[Json]]:
        if not given.get("caption"):
            return "", []
        return self._text({**given, "text": given["caption"]}, MAX_CAPTION, "caption")

    def _photo(self, png: object) -> list[Json]:
        """Two sizes, the small one first; the file's name is made from what is in it."""
        if not isinstance(png, bytes) or not png.startswith(b"\x89PNG\r\n\x1a\n"):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        if len(png) > 10 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        name = hashlib.sha256(png).hexdigest()[:24]
        self.files[name] = png
        return [
            {"file_id": f"{name}-{size}", "file_unique_id": f"{name}{size}", "width": w,
             "height": h}
            for size, w, h in (("s", width // 4, height // 4), ("x", width, height))
        ]  # fmt: skip

    async def _answer_callback_query(self, given: Json) -> bool:
        id = given["callback_query_id"]
        if id in self.acknowledged or int(id) > self._query_id:
            raise Refusal(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        if units(given.get("text", "")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.acknowledged[id] = given
        return True

    async def _get_chat_member(self, given: Json) -> Json:
        chat = self._chat(given)
        user = int(given["user_id"])
        if chat.hidden and chat.bot != "administrator":
            raise Refusal(400, "Bad Request: CHAT_ADMIN_REQUIRED")
        return _member(chat.members.get(user, "left"), _user(user, f"사람{user}"))

    async def _get_chat_administrators(self, given: Json) -> list[Json]:
        members = self._chat(given).members.items()
        return [
            _member(status, _user(id, f"사람{id}"))
            for id, status in members
            if status in ("creator", "administrator")
        ]

    async def _send_chat_action(self, given: Json) -> bool:
        self._chat(given)
        return True

    async def _get_my_commands(self, given: Json) -> list[Json]:
        return self.menus.get(_menu(given), [])

    async def _set_my_commands(self, given: Json) -> bool:
        self.menus[_menu(given)] = json.loads(given["commands"])
        return True

    async def _get_my_description(self, given: Json) -> Json:
        return self._described("description", given)

    async def _set_my_description(self, given: Json) -> bool:
        return self._describe("description", given, MAX_DESCRIPTION)

    async def _get_my_short_description(self, given: Json) -> Json:
        return self._described("short_description", given)

    async def _set_my_short_description(self, given: Json) -> bool:
        return self._describe("short_description", given, MAX_SHORT_DESCRIPTION)

    def _described(self, what: str, given: Json) -> Json:
        return {what: self.descriptions.get((what, given.get("language_code", "")), "")}

    def _describe(self, what: str, given: Json, limit: int) -> bool:
        text = given.get(what, "")
        if units(text) > limit:
            self.problems.append(f"{what}: more than {limit} characters")
        self.descriptions[what, given.get("language_code", "")] = text
        return True

    async def _get_chat_menu_button(self, given: Json) -> Json:
        return self.menu_button

    async def _set_chat_menu_button(self, given: Json) -> bool:
        self.menu_button = json.loads(given.get("menu_button", '{"type": "default"}'))
        return True

    # --- what people do ------------------------------------------------------------------------

    def chat(self, id: int, kind: str = "private", title: str = "방") -> FakeChat:
        """A chat that the bot is in."""
        self.chats[id] = chat = FakeChat(id, kind, title)
        return chat

    def say(
        self,
        chat: FakeChat,
        text: str | None,
        user: int | None = None,
        topic: int | None = None,
        **more: Any,
    ) -> Json:
        """Somebody writes; ``more`` are further fields of the message."""
        user = chat.somebody if user is None else user
        if chat.kind == "channel":
            message = self._message(chat, text, sender_chat=chat.as_json(), **more)
            self._deliver(channel_post=message)
            return message
        message = self._message(chat, text, **{"from": _user(user, f"사람{user}"), **more})
        if text and text.startswith("/"):
            length = units(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        self._deliver(message=message)
        return message

    def say_anonymously(self, chat: FakeChat, text: str) -> Json:
        """An administrator writes in the group's own name."""
        group = {**_user(ANONYMOUS, "Group", bot=True), "username": "GroupAnonymousBot"}
        return self.say(chat, text, **{"from": group, "sender_chat": chat.as_json()})

    def forward(self, chat: FakeChat, text: str, user: int | None = None) -> Json:
        """Somebody passes on what somebody else wrote."""
        origin = {"type": "hidden_user", "date": 1_750_000_000, "sender_user_name": "누군가"}
        return self.say(chat, text, user, forward_origin=origin)

    def forbid(self, chat: FakeChat, forbidden: bool = True) -> None:
        """Nobody but administrators may write any more (or again); bots are not told."""
        chat.refusal = (
            Refusal(400, "Bad Request: not enough rights to send text messages to the chat")
            if forbidden
            else None
        )

    def correct(self, chat: FakeChat, message: Json, text: str) -> None:
        """Somebody edits what they wrote."""
        self._deliver(edited_message={**message, "text": text, "edit_date": 1_760_000_009})

    def press(
        self,
        chat: FakeChat,
        message: Json,
        data: str,
        user: int | None = None,
        *,
        forged: bool = False,
    ) -> str:
        """Somebody presses a button of the bot's message; returns the id of the press. A modified
        client may send data (``forged``) that no button has."""
        shown = chat.messages[message["message_id"]]
        rows = shown.get("reply_markup", {}).get("inline_keyboard", [])
        offered = [button.get("callback_data") for row in rows for button in row]
        assert forged or data in offered, f"{data} is not among {offered}"
        self._query_id += 1
        user = chat.somebody if user is None else user
        self._deliver(
            callback_query={
                "id": str(self._query_id),
                "from": _user(user, f"사람{user}"),
                "chat_instance": "1",
                "data": data,
                "message": shown,
            }
        )
        return str(self._query_id)

    def standing(self, chat: FakeChat, status: str, **rights: bool) -> None:
        """The bot is added, promoted, restricted, kicked or blocked."""
        before, chat.bot = chat.bot, status
        bot = _user(BOT_ID, "고래봇", bot=True)
        self._deliver(
            my_chat_member={
                "chat": chat.as_json(),
                "from": _user(7, "사람7"),
                "date": 1_760_000_000,
                "old_chat_member": _member(before, bot),
                "new_chat_member": {**_member(status, bot), **rights},
            }
        )

    def add_by_link(self, chat: FakeChat, url: str, *, said_first: bool = False) -> None:
        """Somebody opens ?startgroup= and chooses the group: the bot is added if it is not there,
        and what the link carries is said in their name, before or after."""
        link, _, payload = url.partition("?startgroup=")
        assert link == f"https://t.me/{self.username}" and re.fullmatch(r"[\w-]{1,64}", payload)
        words = f"/start@{self.username} {payload}"
        if said_first:
            self.say(chat, words)
        if chat.bot in ("left", "kicked"):
            self.standing(chat, "member")
        if not said_first:
            self.say(chat, words)

    def migrate(self, chat: FakeChat, new_id: int) -> FakeChat:
        """The group becomes a supergroup."""
        new = self.chat(new_id, "supergroup", chat.title)
        new.members = dict(chat.members)
        chat.refusal = Refusal(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=new_id,
        )
        return new

    def announce_migration(self, chat: FakeChat, new: FakeChat) -> None:
        """Both chats say so, as they do when the bot was there."""
        person = {"from": _user(7, "사람7")}
        self._deliver(message=self._message(chat, None, migrate_to_chat_id=new.id, **person))
        self._deliver(message=self._message(new, None, migrate_from_chat_id=chat.id, **person))

    def reopen(self, chat: FakeChat, topic: int) -> None:
        """A closed topic is opened again."""
        chat.topics[topic] = "open"
        person = {"from": _user(7, "사람7")}
        message = self._message(chat, None, forum_topic_reopened={}, **person)
        self._deliver(message={**message, "message_thread_id": topic, "is_topic_message": True})

    def garble(self) -> None:
        """Telegram delivers something that no version of the library knows."""
        self._update_id += 1
        self._updates.append({"update_id": self._update_id, "message": {"nonsense": 1}})
        self._tell()

    def _deliver(self, **content: Json) -> None:
        self._update_id += 1
        update = {"update_id": self._update_id, **content}
        if self._spec is not None:
            self.problems += self._spec.update(update)
        self._updates.append(update)
        self._tell()

    # --- parts of the above --------------------------------------------------------------------

    def _chat(self, given: Json) -> FakeChat:
        chat = self.chats.get(int(given["chat_id"]))
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.refusal is not None:
            raise chat.refusal
        if chat.bot in ("kicked", "left"):
            if chat.kind == "private":
                raise Refusal(403, "Forbidden: bot was blocked by the user")
            raise Refusal(403, f"Forbidden: bot was kicked from the {chat.kind} chat")
        return chat

    def _topic(self, chat: FakeChat, given: Json) -> int | None:
        reply = json.loads(given.get("reply_parameters", "{}")).get("message_id")
        answered = chat.messages.get(reply, {}).get("message_thread_id")  # answers stay in a topic
        if "message_thread_id" not in given and answered is None:
            return None
        topic = int(given.get("message_thread_id", answered))
        state = chat.topics.get(topic)
        if state is None:
            raise Refusal(400, "Bad Request: message thread not found")
        if state == "closed" and chat.bot != "administrator":
            raise Refusal(400, "Bad Request: TOPIC_CLOSED")
        return topic

    def _text(
        self, given: Json, limit: int = MAX_TEXT, what: str = "text"
    ) -> tuple[str, list[Json]]:
        text, entities = given["text"], []
        if given.get("parse_mode") == "HTML":
            try:
                text, entities = read_html(text)
            except CannotParse as error:
                raise Refusal(400, f"Bad Request: can't parse entities: {error}") from error
        text = text.strip()
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if units(text) > limit:
            long = "message is too long" if what == "text" else "message caption is too long"
            raise Refusal(400, f"Bad Request: {long}")
        return text, entities

    def _markup(self, given: Json) -> Json | None:
        if "reply_markup" not in given:
            return None
        markup: Json = json.loads(given["reply_markup"])
        for row in markup["inline_keyboard"]:
            for button in row:
                if not button["text"].strip():
                    raise Refusal(400, "Bad Request: text buttons are unallowed in the keyboard")
                if ("url" in button) == ("callback_data" in button):
                    raise Refusal(400, "Bad Request: text buttons are unallowed in the keyboard")
                if "url" in button and not button["url"].startswith(("https://", "http://")):
                    raise Refusal(400, "Bad Request: BUTTON_URL_INVALID")
                if "url" not in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        return markup

    def rest(self) -> None:
        """A minute passes in which nothing is sent."""
        self._sent.clear()
        self._sent_all.clear()

    def _count(self, chat: FakeChat) -> None:
        """30 a second in all, 1 a second to a chat, 20 a minute to a group."""
        now_s = self._clock()
        second, minute = self._second_s, 60 * self._second_s
        sent = self._sent[chat.id]
        while self._sent_all and self._sent_all[0] <= now_s - second:
            self._sent_all.popleft()
        while sent and sent[0] <= now_s - minute:
            sent.popleft()
        recent = bool(sent) and sent[-1] > now_s - second
        if len(self._sent_all) >= 30 or recent or (chat.id < 0 and len(sent) >= 20):
            self.floods += 1
            raise Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        self._sent_all.append(now_s)
        sent.append(now_s)

    def _keep(
        self,
        chat: FakeChat,
        text: str | None,
        entities: list[Json],
        markup: Json | None,
        given: Json,
        topic: int | None,
    ) -> Json:
        bot = {"from": _user(BOT_ID, "고래봇", bot=True)}
        if chat.kind == "channel":
            bot["sender_chat"] = chat.as_json()
        message = self._message(chat, text, entities=entities, **bot)
        if markup is not None:
            message["reply_markup"] = markup
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        reply = json.loads(given.get("reply_parameters", "{}"))
        if reply:
            to = chat.messages.get(reply["message_id"])
            if to is not None:
                short = {k: v for k, v in to.items() if k != "reply_to_message"}
                message["reply_to_message"] = short
            elif not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        return message

    def _message(self, chat: FakeChat, text: str | None, **more: Any) -> Json:
        message: Json = {
            "message_id": chat.next_id,
            "date": 1_760_000_000,
            "chat": chat.as_json(),
            **more,
        }
        if text is not None:
            message["text"] = text
        chat.messages[chat.next_id] = message
        chat.next_id += 1
        return message


def _body(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.code)


def _snake(method: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in method)


def _user(id: int, name: str, *, bot: bool = False) -> Json:
    return {"id": id, "is_bot": bot, "first_name": name}


def _member(status: str, user: Json) -> Json:
    if status == "creator":
        return {"status": status, "user": user, "is_anonymous": False}
    if status == "administrator":
        return {"status": status, "user": user, **dict.fromkeys(ADMINISTRATOR, False)}
    if status == "restricted":
        rights = dict.fromkeys(RESTRICTED, False)
        return {"status": status, "user": user, "is_member": True, "until_date": 0, **rights}
    if status == "kicked":
        return {"status": status, "user": user, "until_date": 0}
    return {"status": status, "user": user}


def _menu(given: Json) -> tuple[str, str]:
    scope = json.loads(given.get("scope", '{"type": "default"}'))
    return scope["type"], given.get("language_code", "")
