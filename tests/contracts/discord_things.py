"""Servers, channels, people and messages as Discord describes them."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

APP = 1_100_000_000_000_000_001
BOT = APP
GUILD = 1_200_000_000_000_000_000
CHANNEL = 1_200_000_000_000_000_010
DM = 1_200_000_000_000_000_077
USER = 1_300_000_000_000_000_001
MANAGE_GUILD = 1 << 5
VIEW, SEND, EMBED, ATTACH, THREADS = 1 << 10, 1 << 11, 1 << 14, 1 << 15, 1 << 38
POSTING = VIEW | SEND | EMBED | ATTACH | THREADS
AT = "2026-01-12T00:03:21.000000+00:00"


class Refusal(Exception):
    """An error as Discord words it."""

    def __init__(
        self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] | str = {"message": message, "code": code}
        self.headers = dict(headers or {})


def limited(after_s: float, *, via: bool = True, everywhere: bool = False) -> Refusal:
    """429, from Discord itself, perhaps for all requests (``everywhere``), or from Cloudflare in
    front of it (``via`` False)."""
    refusal = Refusal(429, 0, "You are being rate limited.", {"Retry-After": f"{after_s:g}"})
    if via:
        refusal.headers["Via"] = "1.1 google"
        refusal.body = {
            "message": "You are being rate limited.",
            "code": 0,
            "retry_after": after_s,
            "global": everywhere,
        }
        if everywhere:
            refusal.headers["X-RateLimit-Global"] = "true"
    else:
        refusal.body = "<html>error code: 1015</html>"
    return refusal


def user(number: int, *, bot: bool = False) -> dict[str, Any]:
    """A user as Discord describes one."""
    return {
        "id": str(number),
        "username": "goraebot" if bot else f"user{number % 1000}",
        "global_name": None,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
        "bot": bot,
    }


def member(number: int, *, bot: bool = False) -> dict[str, Any]:
    """A member of a server."""
    return {
        "user": user(number, bot=bot),
        "roles": [],
        "joined_at": AT,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def channel(number: int, name: str = "시세", *, allow: int = 0, deny: int = 0) -> dict[str, Any]:
    """A text channel; ``allow`` and ``deny`` are what everybody may do there."""
    everyone = {"id": str(GUILD), "type": 0, "allow": str(allow), "deny": str(deny)}
    return {
        "id": str(number),
        "type": 0,
        "name": name,
        "position": number % 100,
        "permission_overwrites": [everyone],
        "parent_id": None,
        "nsfw": False,
        "topic": None,
        "rate_limit_per_user": 0,
    }


def thread(number: int, parent: int) -> dict[str, Any]:
    """A thread of a channel."""
    return {
        "id": str(number),
        "type": 11,
        "name": "스레드",
        "guild_id": str(GUILD),
        "parent_id": str(parent),
        "owner_id": str(USER),
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": AT,
            "locked": False,
        },
    }


def guild(
    number: int, channels: list[dict[str, Any]], threads: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A server that the bot is in."""
    everyone = {
        "id": str(number),
        "name": "@everyone",
        "permissions": str(POSTING),
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(number),
        "name": "고래 서버",
        "owner_id": str(USER),
        "roles": [everyone],
        "emojis": [],
        "stickers": [],
        "features": [],
        "channels": channels,
        "threads": threads or [],
        "members": [member(BOT, bot=True)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "member_count": 2,
        "large": False,
        "joined_at": AT,
        "preferred_locale": "ko",
        "system_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "system_channel_flags": 0,
    }


def rights(each: Mapping[str, Any], number: int) -> int | None:
    """What the bot may do in a channel of the server or in a thread of one; None elsewhere."""
    thread = next((t for t in each["threads"] if t["id"] == str(number)), None)
    parent = thread["parent_id"] if thread is not None else str(number)
    place = next((c for c in each["channels"] if c["id"] == parent), None)
    if place is None:
        return None
    (bot,) = each["members"]
    allowed = 0
    for role in each["roles"]:
        if role["id"] in (each["id"], *bot["roles"]):
            allowed |= int(role["permissions"])
    for overwrite in place["permission_overwrites"]:
        if overwrite["id"] == each["id"]:
            allowed = allowed & ~int(overwrite["deny"]) | int(overwrite["allow"])
    if thread is not None:
        allowed = allowed | SEND if allowed & THREADS else allowed & ~SEND
    return allowed


def places(each: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*each["channels"], *each["threads"]]


def dress(message: dict[str, Any], body: Mapping[str, Any]) -> None:
    if "content" in body:
        message["content"] = body["content"] or ""
    if "embeds" in body:
        message["embeds"] = [
            {"type": "rich", **{k: v for k, v in embed.items() if k != "type"}}
            for embed in body["embeds"] or []
        ]
    if "components" in body:
        message["components"] = [
            {
                "type": 1,
                "id": 1,
                "components": [{**button, "id": 2} for button in row["components"]],
            }
            for row in body["components"] or []
        ]


async def read_body(request: web.Request) -> tuple[Any, dict[str, tuple[str, bytes]]]:
    """The JSON of a request and its files (part → name and contents), if it has several parts."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return json.loads(text) if text else None, {}
    form = await request.post()
    files = {
        part: (value.filename, value.file.read())
        for part, value in form.items()
        if isinstance(value, web.FileField)
    }
    return json.loads(str(form["payload_json"])), files


def attachment(number: int, file: tuple[str, bytes], description: str | None) -> dict[str, Any]:
    """A PNG attached to a message."""
    name, png = file
    if not png.startswith(b"\x89PNG"):
        raise Refusal(400, 50035, "Invalid Form Body")
    return {
        "id": str(number),
        "filename": name,
        "size": len(png),
        "url": f"https://cdn.discordapp.com/attachments/{number}/{name}",
        "proxy_url": f"https://media.discordapp.net/attachments/{number}/{name}",
        "width": int.from_bytes(png[16:20], "big"),
        "height": int.from_bytes(png[20:24], "big"),
        "content_type": "image/png",
        **({"description": description} if description else {}),
    }


def texts(embed: Mapping[str, Any]) -> list[str]:
    footer = embed.get("footer") or {}
    return [embed.get("title") or "", embed.get("description") or "", footer.get("text") or ""]


def text_of(value: Any) -> str | None:
    return None if value is None else str(value)


def require_form(body: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """Discord's limits, which its OpenAPI document only partly tells."""
    whole = {**(before or {}), **body}
    content, embeds = whole.get("content") or "", whole.get("embeds") or []
    if not content and not embeds and not whole.get("components"):
        raise Refusal(400, 50006, "Cannot send an empty message")
    sizes = [len(text) for embed in embeds for text in texts(embed)]
    titles = [len(embed.get("title") or "") for embed in embeds]
    bodies = [len(embed.get("description") or "") for embed in embeds]
    rows = [row["components"] for row in whole.get("components") or []]
    ids = [button["custom_id"] for row in rows for button in row]
    fits = (
        len(content) <= 2000
        and sum(sizes) <= 6000
        and max(titles, default=0) <= 256
        and max(bodies, default=0) <= 4096
        and len(rows) <= 5
        and all(0 < len(row) <= 5 for row in rows)
        and all(0 < len(each) <= 100 for each in ids)
        and len(set(ids)) == len(ids)
        and all(0 < len(button.get("label", "")) <= 80 for row in rows for button in row)
    )
    if not fits:
        raise Refusal(400, 50035, "Invalid Form Body")
