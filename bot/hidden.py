"""Takes secrets out of text, in every form in which they may have got into it."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN: Final = "[hidden]"
SHORTEST: Final = 4
"""Characters of a secret that can be hidden: shorter ones are all over any text."""
_LONG_PART: Final = 16
_SUB_DELIMS: Final = "!$&'()*+,;="
_IN_ADDRESS: Final = re.compile(r"(?<=://)([^/@\s:]*):\S+(?=@)")


class Hider:
    """Replaces every secret by ``[hidden]``: as it is, escaped as in an address, JSON, a page or a
    Python literal, in base64, and the long parts of a token alone."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        longest_first = sorted(forms, key=len, reverse=True)
        self._found = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        return self._found.sub(HIDDEN, text) if self._found is not None else text


def passwords_of(address: str) -> list[str]:
    """The password in an address (``scheme://user:password@host``), as it stands there, as it is
    meant, and with its user, as HTTP's headers have it in base64 (which aiohttp's errors show);
    none in anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    if not parts.password:
        return []
    meant = unquote(parts.password)
    return list({parts.password, meant, f"{unquote(parts.username or '')}:{meant}"})


def without_password(text: str) -> str:
    """The text, where it is or holds an address without that one's password."""
    return _IN_ADDRESS.sub(rf"\1:{HIDDEN}", text)


def _forms(secret: str) -> Iterator[str]:
    if len(secret) < SHORTEST:
        return
    for text in {secret, secret.strip()}:
        yield text
        yield quote(text, safe="", errors="replace")
        yield quote(text, errors="replace")
        yield quote(text, safe=_SUB_DELIMS, errors="replace")  # as yarl writes an address
        yield quote_plus(text, errors="replace")
        yield html.escape(text)
        yield html.escape(text, quote=False)
        yield repr(text)[1:-1]
        yield repr(text.encode(errors="replace"))[2:-1]
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        for encoding in ("utf-8", "latin-1"):  # HTTP's headers once were in the latter
            raw = text.encode(encoding, errors="replace")
            yield base64.b64encode(raw).decode().rstrip("=")
            yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
    # "123456:secret" and "id.time.secret": libraries take tokens apart.
    yield from (part for part in re.split(r"[:.]", secret) if len(part) >= _LONG_PART)
