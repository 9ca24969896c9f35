"""A Discord that behaves, on loopback: REST, gateway, servers, channels, people who type and press.

It enforces what the real one enforces and answers as that does: tokens, three seconds and once
only for callbacks, embed and button limits, channel rate limits, gone channels. With a Spec every
request and answer is held to Discord's OpenAPI document; see ``violations``.
"""

import asyncio
import contextlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from aiohttp import web
from contracts.discord_gateway import Gateway
from contracts.discord_spec import Spec
from contracts.discord_things import (
    APP,
    AT,
    ATTACH,
    BOT,
    CHANNEL,
    DM,
    EMBED,
    GUILD,
    POSTING,
    SEND,
    USER,
    VIEW,
    Refusal,
    attachment,
    channel,
    dress,
    guild,
    limited,
    member,
    places,
    read_body,
    require_form,
    rights,
    text_of,
    user,
)

TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Gabcde.discord-secret-of-the-test"
FILES = web.RequestKey("files", dict[str, tuple[str, bytes]])
EPHEMERAL, LOADING, SILENT = 1 << 6, 1 << 7, 1 << 12
CALLBACK_S = 3.0
TOKEN_S = 15 * 60.0
PER_CHANNEL, PER_CHANNEL_S = 5, 5.0
PER_SECOND = 50
WAIT_S = 10.0


class Interaction:
    """One thing that a person did, and what came of it.

    ``acknowledged`` is the callback's type, ``hidden`` whether only the asker sees the answer.
    ``original`` is the message that answers it (for a press: the one pressed), ``follow_ups`` the
    further ones, ``choices`` what autocompletion offered.
    """

    def __init__(self, number: int, kind: int, at_s: float) -> None:
        self.id = number
        self.kind = kind
        self.token = f"interaction-token-{number}"
        self.told: tuple[dict[str, Any], int | None] = ({}, None)
        self.at_s = at_s
        self.acknowledged: int | None = None
        self.hidden = False
        self.original: dict[str, Any] | None = None
        self.deleted = False
        self.edited = False
        self.follow_ups: list[dict[str, Any]] = []
        self.choices: list[dict[str, Any]] | None = None
        self.may_attach = True

    @property
    def waiting(self) -> bool:
        """Whether the person still sees "thinking…"."""
        return self.acknowledged == 5 and not self.edited and not self.deleted


class FakeDiscord:
    """The service. ``refuse`` plans errors; ``until`` waits for what a test expects to see.
    ``second_s`` is how long its second lasts, for floods in a hurry."""

    def __init__(
        self,
        spec: Spec | None = None,
        *,
        shards: int = 1,
        token: str = TOKEN,
        second_s: float = 1.0,
    ) -> None:
        self.token = token
        self._second_s = second_s
        self._all_s: deque[float] = deque()
        self.shards = shards
        self.sign_ins_left = 1000
        self.heartbeat_ms = 41_250
        self.guilds: dict[int, dict[str, Any]] = {GUILD: guild(GUILD, [channel(CHANNEL)])}
        self.channels: dict[int, dict[str, Any]] = {DM: {"id": str(DM), "type": 1}}
        self.closed: dict[int, Refusal] = {}
        """Channels that take nothing, with the reason."""
        self.messages: dict[int, dict[str, Any]] = {}
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.interactions: dict[str, Interaction] = {}
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.limited: Counter[str] = Counter()
        self.violations: list[str] = []
        self.url = ""
        self.late_s = 0.0
        """How much later than it is the service believes it to be."""
        self.gateway = Gateway(
            token, self._ready, lambda: list(self.guilds.values()), self.tell, self.heartbeat_ms
        )
        self.no_files: set[int] = set()
        """Channels where the bot may attach no files."""
        self.uploads: dict[str, bytes] = {}
        """What was attached, by its address."""
        self._files: dict[int, list[dict[str, Any]]] = {}
        self._spec = spec
        self.checked = spec is not None
        self._planned: list[tuple[str, str, Refusal]] = []
        self._nonces: dict[tuple[int, str], int] = {}
        self._sent_s: dict[int, deque[float]] = {}
        self._number = 1_400_000_000_000_000_000
        self._changed = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    # --- running ---------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FakeDiscord"]:
        """Serve on loopback."""
        app = web.Application(client_max_size=11 * 1024 * 1024)
        base = "/api/v10"
        routes: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/gateway/bot", self._gateway_bot),
            ("GET", "/applications/{app}/commands", self._get_commands),
            ("PUT", "/applications/{app}/commands", self._put_commands),
            ("POST", "/interactions/{id}/{token}/callback", self._callback),
            ("POST", "/webhooks/{app}/{token}", self._follow_up),
            ("GET", "/webhooks/{app}/{token}/messages/{message}", self._get_answer),
            ("PATCH", "/webhooks/{app}/{token}/messages/{message}", self._edit_answer),
            ("DELETE", "/webhooks/{app}/{token}/messages/{message}", self._delete_answer),
            ("POST", "/channels/{channel}/messages", self._create),
            ("PATCH", "/channels/{channel}/messages/{message}", self._edit),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, base + path, self._route(handler))
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/resume", self.gateway.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}{base}"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        try:
            yield self
        finally:
            await self.gateway.close(1001)
            await runner.cleanup()

    async def until(self, seen: Callable[[], Any], within_s: float = WAIT_S) -> None:
        """Wait until ``seen()`` is true."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(seen)

    def refuse(self, method: str, path: str, refusal: Refusal) -> None:
        """Answer the next such request (the path contains ``path``) with an error."""
        self._planned.append((method, path, refusal))

    def tell(self) -> None:
        """Something has changed that ``until`` may wait for."""

        async def tell() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.create_task(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _next(self) -> int:
        self._number += 1 << 22
        return self._number

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() + self.late_s

    # --- people ----------------------------------------------------------------------------------

    async def slash(
        self, name: str, options: Mapping[str, str] | None = None, **where: Any
    ) -> Interaction:
        """Somebody sends a slash command, as far as it was registered."""
        return await self._command(2, name, options or {}, "", where)

    async def choose(self, message: Mapping[str, Any], name: str, **where: Any) -> Interaction:
        """Somebody chooses a command in the menu of a message."""
        assert any((c["type"], c["name"]) == (3, name) for c in self.commands), "not registered"
        interaction = self._new_interaction(2)
        target = str(message["id"])
        data = {
            "id": str(self._next()),
            "name": name,
            "type": 3,
            "target_id": target,
            "resolved": {"messages": {target: dict(message)}},
        }
        await self._tell_interaction(interaction, data, where)
        return interaction

    async def typing(self, name: str, option: str, text: str, **where: Any) -> Interaction:
        """Somebody is typing an option."""
        return await self._command(4, name, {option: text}, option, where)

    async def press(self, message: Mapping[str, Any], label: str, **where: Any) -> Interaction:
        """Somebody presses the button with this label."""
        for row in message["components"]:
            for button in row["components"]:
                if button["label"] == label:
                    interaction = self._new_interaction(3)
                    interaction.original = dict(message)
                    data = {"custom_id": button["custom_id"], "component_type": 2, "id": 1}
                    await self._tell_interaction(
                        interaction, data, {**where, "message": dict(message)}
                    )
                    return interaction
        raise AssertionError(f"no button {label}")

    async def forge(self, message: Mapping[str, Any], custom_id: str, **where: Any) -> Interaction:
        """A press of a button that the message had never had, in a message that says it has."""
        (row, *_) = message["components"]
        button = {**row["components"][0], "custom_id": custom_id}
        message = {**message, "components": [{**row, "components": [button]}]}
        interaction = self._new_interaction(3)
        interaction.original = dict(message)
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        await self._tell_interaction(interaction, data, {**where, "message": dict(message)})
        return interaction

    async def replay(self, interaction: Interaction) -> None:
        """The same interaction arrives once more."""
        await self.gateway.dispatch("INTERACTION_CREATE", *interaction.told)

    async def _command(
        self, kind: int, name: str, options: Mapping[str, str], focused: str, where: dict[str, Any]
    ) -> Interaction:
        command = next((c for c in self.commands if (c["type"], c["name"]) == (1, name)), None)
        assert command is not None or where.pop("stale", False), f"/{name} is not registered"
        if command is not None:
            known = {option["name"]: option for option in command.get("options", [])}
            assert set(options) <= set(known), "unknown option"
            if kind == 2:
                needed = {o for o in known if known[o].get("required")}
                assert needed <= set(options), "an option is missing"
        given = [
            {
                "type": 3,
                "name": key,
                "value": value,
                **({"focused": True} if key == focused else {}),
            }
            for key, value in options.items()
        ]
        interaction = self._new_interaction(kind)
        interaction.at_s -= where.pop("age_s", 0.0)
        data = {"id": str(self._next()), "name": name, "type": 1, "options": given}
        await self._tell_interaction(interaction, data, where)
        return interaction

    def _new_interaction(self, kind: int) -> Interaction:
        interaction = Interaction(self._next(), kind, self._now_s())
        self.interactions[interaction.token] = interaction
        return interaction

    async def _tell_interaction(
        self, interaction: Interaction, data: dict[str, Any], where: dict[str, Any]
    ) -> None:
        """``where``: guild (None: a direct message), channel, user, permissions, context …"""
        guild_id: int | None = where.get("guild", GUILD)
        user_id: int = where.get("user", USER)
        rights = int(where.get("app_permissions", POSTING))
        interaction.may_attach = guild_id is None or not rights or bool(rights & ATTACH)
        place = where.get("channel") or (channel(CHANNEL) if guild_id else {"id": str(DM)})
        frame: dict[str, Any] = {
            "id": str(interaction.id),
            "application_id": str(APP),
            "type": interaction.kind,
            "data": data,
            "token": interaction.token,
            "version": 1,
            "locale": "ko",
            "channel": {"type": 1, **place} if guild_id is None else place,
            "channel_id": place["id"],
            "app_permissions": str(where.get("app_permissions", POSTING)),
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
            "context": where.get("context", 0 if guild_id else 1),
            "authorizing_integration_owners": where.get(
                "owners", {"0": str(guild_id)} if guild_id else {"0": "0"}
            ),
        }
        if guild_id is None:
            frame["user"] = user(user_id)
        else:
            frame["guild_id"] = str(guild_id)
            frame["guild_locale"] = "ko"
            frame["guild"] = {"id": str(guild_id), "locale": "ko", "features": []}
            rights = str(where.get("permissions", POSTING))
            frame["member"] = {**member(user_id), "permissions": rights}
        if "message" in where:
            frame["message"] = where["message"]
        interaction.told = (frame, guild_id)
        await self.gateway.dispatch("INTERACTION_CREATE", frame, guild_id)

    async def add_guild(self, new: dict[str, Any]) -> None:
        """The bot is added to a server."""
        self.guilds[int(new["id"])] = new
        await self.gateway.dispatch("GUILD_CREATE", new, int(new["id"]))

    async def remove_guild(self, guild_id: int) -> None:
        """The bot is removed from a server."""
        for each in self.guilds.pop(guild_id)["channels"]:
            self.closed[int(each["id"])] = Refusal(403, 50001, "Missing Access")
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild_id)}, guild_id)

    async def lose_guild(self, guild_id: int) -> None:
        """Discord has an outage that makes a server unavailable."""
        data = {"id": str(guild_id), "unavailable": True}
        await self.gateway.dispatch("GUILD_DELETE", data, guild_id)

    async def restore_guild(self, guild_id: int) -> None:
        """The outage is over."""
        data = {**self.guilds[guild_id], "unavailable": False}
        await self.gateway.dispatch("GUILD_CREATE", data, guild_id)

    async def delete_channel(self, guild_id: int, channel_id: int) -> None:
        """A channel is deleted."""
        channels = self.guilds[guild_id]["channels"]
        gone = next(each for each in channels if each["id"] == str(channel_id))
        channels.remove(gone)
        self.closed[channel_id] = Refusal(404, 10003, "Unknown Channel")
        await self.gateway.dispatch("CHANNEL_DELETE", {**gone, "guild_id": str(guild_id)}, guild_id)

    async def permit(
        self, guild_id: int, channel_id: int, *, allow: int = 0, deny: int = 0
    ) -> None:
        """What everybody may do in a channel is changed."""
        each = self.guilds[guild_id]
        place = next(c for c in each["channels"] if c["id"] == str(channel_id))
        everyone = {"id": str(guild_id), "type": 0, "allow": str(allow), "deny": str(deny)}
        place["permission_overwrites"] = [everyone]
        data = {**place, "guild_id": str(guild_id)}
        await self.gateway.dispatch("CHANNEL_UPDATE", data, guild_id)

    async def change_role(self, guild_id: int, permissions: int) -> None:
        """What everybody may do in a server is changed."""
        role = self.guilds[guild_id]["roles"][0]
        role["permissions"] = str(permissions)
        data = {"guild_id": str(guild_id), "role": role}
        await self.gateway.dispatch("GUILD_ROLE_UPDATE", data, guild_id)

    async def give_role(self, guild_id: int, permissions: int) -> None:
        """The bot gets a new role. (Its own changes are told without the intent for members.)"""
        each = self.guilds[guild_id]
        role = {**each["roles"][0], "id": str(self._next()), "name": "알림"}
        role["permissions"] = str(permissions)
        each["roles"].append(role)
        data = {"guild_id": str(guild_id), "role": role}
        await self.gateway.dispatch("GUILD_ROLE_CREATE", data, guild_id)
        (bot,) = each["members"]
        bot["roles"] = [*bot["roles"], role["id"]]
        await self.gateway.dispatch(
            "GUILD_MEMBER_UPDATE", {**bot, "guild_id": str(guild_id)}, guild_id
        )

    async def lock(
        self, guild_id: int, thread_id: int, locked: bool = True, *, archived: bool = False
    ) -> None:
        """A thread is locked, or unlocked; people's clients often archive it with that."""
        each = self.guilds[guild_id]
        found = next(t for t in each["threads"] if t["id"] == str(thread_id))
        state = {"locked": locked, "archived": archived}
        found["thread_metadata"] = {**found["thread_metadata"], **state}
        await self.gateway.dispatch("THREAD_UPDATE", found, guild_id)

    async def delete_thread(self, guild_id: int, thread_id: int) -> None:
        """A thread is deleted."""
        threads = self.guilds[guild_id]["threads"]
        gone = next(t for t in threads if t["id"] == str(thread_id))
        threads.remove(gone)
        short = {k: gone[k] for k in ("id", "guild_id", "parent_id", "type")}
        await self.gateway.dispatch("THREAD_DELETE", short, guild_id)

    def in_channel(self, channel_id: int = CHANNEL) -> list[dict[str, Any]]:
        """What everybody in the channel sees, oldest first."""
        seen = [m for m in self.messages.values() if m["channel_id"] == str(channel_id)]
        return [m for m in seen if not m["flags"] & EPHEMERAL]

    # --- REST: the frame -------------------------------------------------------------------------

    def _route(self, handler: Callable[..., Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            method, path = request.method, request.path.removeprefix("/api/v10")
            self.requests.append((method, path))
            body, files = await read_body(request)
            self.bodies.append(body)
            if self._spec is not None:
                self.violations += self._spec.request(method, path, body, files)
            request[FILES] = files
            try:
                self._check(request, method, path)
                status, answer, headers = await handler(request, body)
            except Refusal as refusal:
                status, answer, headers = refusal.status, refusal.body, refusal.headers
                if status == 429:
                    self.limited[path] += 1
            if self._spec is not None and not isinstance(answer, str):
                self.violations += self._spec.answer(method, path, status, answer)
            self.tell()
            if answer is None:
                return web.Response(status=status, headers=headers)
            if isinstance(answer, str):
                kind, content = "text/html", answer
            else:  # exactly this, without a charset, or discord.py takes it for text
                kind, content = "application/json", json.dumps(answer)
            return web.Response(
                status=status, body=content.encode(), headers={**headers, "Content-Type": kind}
            )

        return handle

    def _check(self, request: web.Request, method: str, path: str) -> None:
        for planned in self._planned:
            if planned[0] == method and planned[1] in path:
                self._planned.remove(planned)
                raise planned[2]
        if path.startswith(("/webhooks", "/interactions")):
            return  # the token in the address is all they ask for
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")
        self._spend_in_all()

    def _spend_in_all(self) -> None:
        """Fifty requests a second, whatever they ask for; the next is refused."""
        now_s = self._now_s()
        while self._all_s and self._all_s[0] + self._second_s <= now_s:
            self._all_s.popleft()
        if len(self._all_s) >= PER_SECOND:
            raise limited(self._all_s[0] + self._second_s - now_s, everywhere=True)
        self._all_s.append(now_s)

    # --- REST: the application -------------------------------------------------------------------

    async def _me(self, request: web.Request, body: Any) -> Any:
        return (
            200,
            {**user(BOT, bot=True), "mfa_enabled": True, "locale": "ko", "verified": True},
            {},
        )

    async def _application(self, request: web.Request, body: Any) -> Any:
        application = {
            "id": str(APP),
            "name": "고래봇",
            "icon": None,
            "description": "",
            "type": None,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": user(USER),
            "approximate_guild_count": len(self.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
            "bot_public": True,
            "bot_require_code_grant": False,
        }
        return 200, application, {}

    async def _gateway_bot(self, request: web.Request, body: Any) -> Any:
        limit = {
            "total": 1000,
            "remaining": self.sign_ins_left,
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        }
        answer = {"url": self.gateway.url, "shards": self.shards, "session_start_limit": limit}
        return 200, answer, {}

    async def _get_commands(self, request: web.Request, body: Any) -> Any:
        return 200, self.commands, {}

    async def _put_commands(self, request: web.Request, body: Any) -> Any:
        """Bulk overwrite: what is not in the list is no more."""
        if request.match_info["app"] != str(APP):
            raise Refusal(403, 50001, "Missing Access")
        # A slash command and an entry of the message menu may have the same name.
        names = [(command.get("type", 1), command["name"]) for command in body]
        if len(set(names)) != len(names) or len(names) > 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        self.syncs += 1
        self.commands = [
            {
                "type": 1,
                "description": "",  # as it is told of entries of the message menu
                **command,
                "id": str(self._next()),
                "application_id": str(APP),
                "version": str(self._next()),
                "default_member_permissions": text_of(command.get("default_member_permissions")),
                "nsfw": False,
            }
            for command in body
        ]
        return 200, self.commands, {}

    def _ready(self) -> dict[str, Any]:
        return {
            "user": {**user(BOT, bot=True), "email": None, "mfa_enabled": True, "verified": True},
            "application": {"id": str(APP), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
        }

    # --- REST: interactions ----------------------------------------------------------------------

    async def _callback(self, request: web.Request, body: Any) -> Any:
        interaction = self.interactions.get(request.match_info["token"])
        if interaction is None or interaction.id != int(request.match_info["id"]):
            raise Refusal(404, 10062, "Unknown interaction")
        if interaction.acknowledged is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if self._now_s() - interaction.at_s > CALLBACK_S:
            raise Refusal(404, 10062, "Unknown interaction")
        kind, data = body["type"], body.get("data") or {}
        allowed = {2: (4, 5), 3: (4, 5, 6, 7), 4: (8,)}[interaction.kind]
        if kind not in allowed:
            raise Refusal(400, 50035, "Invalid Form Body")
        if kind == 8:
            if len(data["choices"]) > 25:
                raise Refusal(400, 50035, "Invalid Form Body")
            interaction.choices = data["choices"]
        elif kind in (4, 5):
            interaction.hidden = bool(data.get("flags", 0) & EPHEMERAL)
            flags = (EPHEMERAL if interaction.hidden else 0) | (LOADING if kind == 5 else 0)
            interaction.original = self._add(DM, {**data, "flags": flags}, webhook=True)
        interaction.acknowledged = kind
        if request.query.get("with_response") not in ("1", "true"):
            return 204, None, {}
        answer: dict[str, Any] = {
            "interaction": {"id": str(interaction.id), "type": interaction.kind}
        }
        if interaction.original is not None:
            answer["interaction"]["response_message_id"] = interaction.original["id"]
        if kind == 4:
            answer["resource"] = {"type": kind, "message": interaction.original}
        return 200, answer, {}

    def _acknowledged(self, request: web.Request) -> Interaction:
        interaction = self.interactions.get(request.match_info["token"])
        if interaction is None or request.match_info["app"] != str(APP):
            raise Refusal(404, 10015, "Unknown Webhook")
        if self._now_s() - interaction.at_s > TOKEN_S:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if interaction.acknowledged is None:
            raise Refusal(404, 10015, "Unknown Webhook")
        return interaction

    async def _follow_up(self, request: web.Request, body: Any) -> Any:
        interaction = self._acknowledged(request)
        self._may_attach(request, interaction.may_attach)
        require_form(body)
        if interaction.waiting and interaction.original is not None:
            # The first follow-up takes the placeholder's place, as hidden as that was.
            message = self._change(interaction.original, body, request)
            interaction.edited = True
        else:
            message = self._add(DM, body, webhook=True, request=request)
        interaction.follow_ups.append(message)
        waits = request.query.get("wait") in ("1", "true")  # discord.py sends 1
        return (200, message, {}) if waits else (204, None, {})

    def _answer(self, request: web.Request) -> tuple[Interaction, dict[str, Any]]:
        interaction = self._acknowledged(request)
        name = request.match_info["message"]
        message = (
            interaction.original
            if name == "@original"
            else next((m for m in interaction.follow_ups if m["id"] == name), None)
        )
        if message is None or (interaction.deleted and name == "@original"):
            raise Refusal(404, 10008, "Unknown Message")
        return interaction, message

    async def _get_answer(self, request: web.Request, body: Any) -> Any:
        return 200, self._answer(request)[1], {}

    async def _edit_answer(self, request: web.Request, body: Any) -> Any:
        interaction, message = self._answer(request)
        self._may_attach(request, interaction.may_attach)
        require_form(body, message)
        changed = self._change(message, body, request)
        if request.match_info["message"] == "@original":
            interaction.original, interaction.edited = changed, True
        return 200, changed, {}

    async def _delete_answer(self, request: web.Request, body: Any) -> Any:
        interaction, message = self._answer(request)
        self.messages.pop(int(message["id"]), None)
        if request.match_info["message"] == "@original":
            interaction.deleted = True
        return 204, None, {}

    # --- REST: messages --------------------------------------------------------------------------

    async def _create(self, request: web.Request, body: Any) -> Any:
        channel_id = self._open_channel(request)
        headers = self._spend(channel_id)
        require_form(body)
        self._require_rights(channel_id, body)
        nonce = (channel_id, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self._nonces:
            return 200, self.messages[self._nonces[nonce]], headers
        self._may_attach(request, channel_id not in self.no_files)
        message = self._add(channel_id, body, request=request)
        if body.get("nonce") is not None:
            self._nonces[nonce] = int(message["id"])
        return 200, message, headers

    async def _edit(self, request: web.Request, body: Any) -> Any:
        channel_id = self._open_channel(request)
        message = self.messages.get(int(request.match_info["message"]))
        if message is None or message["channel_id"] != str(channel_id):
            raise Refusal(404, 10008, "Unknown Message")
        require_form(body, message)
        self._require_rights(channel_id, body)
        self._may_attach(request, channel_id not in self.no_files)
        return 200, self._change(message, body, request), {}

    def _require_rights(self, channel_id: int, body: Mapping[str, Any]) -> None:
        """View, send, and for an embed the right to embed; direct messages need none."""
        for each in self.guilds.values():
            allowed = rights(each, channel_id)
            if allowed is None:
                continue
            if not allowed & VIEW:
                raise Refusal(403, 50001, "Missing Access")
            if not allowed & SEND or (body.get("embeds") and not allowed & EMBED):
                raise Refusal(403, 50013, "Missing Permissions")
            for thread in each["threads"]:
                if thread["id"] == str(channel_id) and thread["thread_metadata"]["locked"]:
                    raise Refusal(400, 160005, "Thread is locked")

    def _open_channel(self, request: web.Request) -> int:
        channel_id = int(request.match_info["channel"])
        if channel_id in self.closed:
            raise self.closed[channel_id]
        known = {int(c["id"]) for g in self.guilds.values() for c in places(g)}
        if channel_id not in known and channel_id not in self.channels:
            raise Refusal(404, 10003, "Unknown Channel")
        return channel_id

    def _spend(self, channel_id: int) -> dict[str, str]:
        """Five messages in five seconds a channel, said in headers; the sixth is refused."""
        now_s = self._now_s()
        sent = self._sent_s.setdefault(channel_id, deque())
        length_s = PER_CHANNEL_S * self._second_s
        while sent and sent[0] + length_s <= now_s:
            sent.popleft()
        if len(sent) >= PER_CHANNEL:
            raise limited(sent[0] + length_s - now_s)
        sent.append(now_s)
        return {
            "X-RateLimit-Limit": str(PER_CHANNEL),
            "X-RateLimit-Remaining": str(PER_CHANNEL - len(sent)),
            "X-RateLimit-Reset-After": f"{sent[0] + length_s - now_s:.3f}",
            "X-RateLimit-Reset": "1768176206.000",
            "X-RateLimit-Bucket": "channel-messages",
        }

    def _may_attach(self, request: web.Request, allowed: bool) -> None:
        if request[FILES] and not allowed:
            raise Refusal(403, 50013, "Missing Permissions")

    def _dress(
        self, message: dict[str, Any], body: Mapping[str, Any], request: web.Request | None
    ) -> None:
        """Put the body on the message: new files first, since embeds may show them."""
        files = {} if request is None else request[FILES]
        kept = [each for each in self._attached(message)]
        if "attachments" in body or files:
            named = body.get("attachments") or [
                {"id": i, "filename": name} for i, (name, _) in enumerate(files.values())
            ]
            kept = [each for each in kept if any(str(n["id"]) == each["id"] for n in named)]
            for each in named:
                if (file := files.get(f"files[{each['id']}]")) is not None:
                    kept.append(attachment(self._next(), file, each.get("description")))
        self._files[int(message["id"])] = kept
        for each in kept:
            if each["url"] in self.uploads:
                continue
            number = next(i for i, f in enumerate(files.values()) if f[0] == each["filename"])
            self.uploads[each["url"]] = list(files.values())[number][1]
        dress(message, body)
        shown = set()
        for embed in message["embeds"]:
            image = embed.get("image")
            if image and image["url"].startswith("attachment://"):
                name = image["url"].removeprefix("attachment://")
                found = next((each for each in kept if each["filename"] == name), None)
                if found is None:
                    self.violations.append(f"an embed shows {name}, which is not attached")
                    continue
                embed["image"] = {
                    key: found[key] for key in ("url", "proxy_url", "width", "height")
                }
            if image:
                shown.add(embed["image"]["url"])
        # What an embed shows is not listed a second time.
        message["attachments"] = [each for each in kept if each["url"] not in shown]

    def _attached(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        return self._files.get(int(message["id"]), [])

    def _add(
        self,
        channel_id: int,
        body: Mapping[str, Any],
        webhook: bool = False,
        request: web.Request | None = None,
    ) -> Any:
        number = self._next()
        message = {
            "id": str(number),
            "channel_id": str(channel_id),
            "type": 20 if webhook else 0,
            "content": "",
            "embeds": [],
            "components": [],
            "author": user(BOT, bot=True),
            "timestamp": AT,
            "edited_timestamp": None,
            "flags": body.get("flags") or 0,
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "attachments": [],
            "pinned": False,
            "tts": False,
        }
        if webhook:
            message |= {"webhook_id": str(APP), "application_id": str(APP)}
        self.messages[number] = message
        self._dress(message, body, request)
        return message

    def _change(
        self, message: dict[str, Any], body: Mapping[str, Any], request: web.Request
    ) -> dict[str, Any]:
        kept = self.messages.get(int(message["id"]), message)
        self._dress(kept, body, request)
        kept["edited_timestamp"] = AT
        kept["flags"] &= ~LOADING
        return kept
