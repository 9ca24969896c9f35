"""Whether what a program has written holds one of the secrets that it was given, in any form."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

NAMES = (
    "TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "HOLYSHEEP_API_KEY", "TARDIS_API_KEY",
    "GORAEBOT_WEB_PASSWORD",
)  # fmt: skip
LOGIN = re.compile(r"://([^:/@]*):([^@]+)@")
PROXY = "proxy-password-of-the-test"
TARDIS = "TD.tardis-key-of-the-test"
GIVEN = {"TARDIS_API_KEY": TARDIS, "HTTPS_PROXY": f"http://user:{PROXY}@127.0.0.1:1"}
"""What every program is given, whether it has a use for it or not."""


def secrets_in(environment: Mapping[str, str]) -> set[str]:
    """Tokens, keys and passwords, with the parts of them that say as much."""
    found = {environment[name] for name in NAMES if environment.get(name)}
    found |= {re.split("[:.]", token)[-1] for token in found}
    for address in environment.values():
        for user, password in LOGIN.findall(address):
            found |= {password, unquote(password), f"{user}:{unquote(password)}"}
    return found


def forms(secret: str) -> set[str]:
    """The ways in which a secret is written."""
    raw = secret.encode()
    return {
        secret, quote(secret, safe=""), html.escape(secret), json.dumps(secret)[1:-1],
        repr(raw)[2:-1], base64.b64encode(raw).decode().rstrip("="),
    }  # fmt: skip


def leaks(secrets: Iterable[str], *written: str | bytes) -> list[str]:
    """The forms of secrets that are in a text."""
    texts = [text.encode() if isinstance(text, str) else text for text in written]
    searched = {form for secret in secrets for form in forms(secret)}
    return sorted(form for form in searched if any(form.encode() in text for text in texts))


def files_in(folder: Path) -> Iterator[bytes]:
    """All that was written there, databases as they are on the disk."""
    yield from (file.read_bytes() for file in folder.rglob("*") if file.is_file())
