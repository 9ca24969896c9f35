"""Who may use the web chat: visitor cookies, the password, where requests may come from, limits."""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

VISITOR_DAYS = 400
"""How long a browser keeps a visitor's cookie (browsers allow no more)."""
SESSION_DAYS = 30
"""How long a login lasts."""

_LOGIN_FAILURES = 5
_LOGIN_WINDOW_S = 60.0


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, IPv6 without brackets) is this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The name or address in a Host header, lower case; "" when it is not one."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def same_origin(origin: str | None, host: str) -> bool:
    """Whether an Origin header names the site that the Host header names.

    The schemes are not compared: a proxy in front may speak https for us. Browsers send Origin
    with every WebSocket handshake and POST, so a missing one is refused.
    """
    if not origin or not host:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def new_visitor() -> str:
    """A cookie value that nobody can guess."""
    return secrets.token_hex(16)


def visitor_chat_id(cookie: str | None) -> str | None:
    """The chat id of a visitor's cookie; None when the cookie is not one of ours.

    The id is a digest, so that one read in a log or a database opens nobody's chat.
    """
    if cookie is None or len(cookie) != 32 or not set(cookie) <= set("0123456789abcdef"):
        return None
    return hashlib.sha256(cookie.encode()).hexdigest()[:20]


class Bucket:
    """A token bucket: ``burst`` at once, then ``per_second``; ``now`` in seconds, any origin."""

    def __init__(self, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._level = burst
        self._at: float | None = None

    def wait_s(self, now: float) -> float:
        """Takes one token and returns 0, or returns the seconds until there is one."""
        if self._at is not None:
            self._level = min(self._burst, self._level + (now - self._at) * self._per_second)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return (1 - self._level) / self._per_second

    def give_back(self) -> None:
        """Undo the taking of one token."""
        self._level = min(self._burst, self._level + 1)


class Buckets:
    """One bucket per key, at most ``limit``; when full, the one unused for longest goes."""

    def __init__(self, burst: float, per_second: float, limit: int = 4096) -> None:
        self._burst = burst
        self._per_second = per_second
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str) -> Bucket:
        """The bucket of this key, a full one at first."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._limit:
                self._buckets.popitem(last=False)
            bucket = self._buckets[key] = Bucket(self._burst, self._per_second)
        self._buckets.move_to_end(key)
        return bucket


class Guard:
    """The password, if there is one.

    Sessions are signed, not stored: they survive a restart and end with the password. The key is
    stretched, so that a stolen session does not help to guess a weak password quickly.
    ``now_s`` is the wall clock, ``monotonic`` any clock that never goes back, both in seconds.
    """

    def __init__(
        self, password: str | None, now_s: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self.locked = bool(password)
        self._now_s = now_s
        self._monotonic = monotonic
        self._digest = hashlib.sha256((password or "").encode()).digest()
        self._key = b""
        if password:
            self._key = hashlib.scrypt(
                password.encode(), salt=b"goraebot web session 1", n=2**14, r=8, p=1, dklen=32
            )
        # Behind a proxy all visitors share one address; the second limit bounds guessing from many.
        refill = _LOGIN_FAILURES / _LOGIN_WINDOW_S
        self._per_address = Buckets(_LOGIN_FAILURES, refill, limit=1024)
        self._overall = Bucket(_LOGIN_FAILURES * 10, refill * 10)

    def try_password(self, password: str, address: str) -> float | None:
        """None: right. 0: wrong. More: not looked at, ask again in so many seconds."""
        now = self._monotonic()
        bucket = self._per_address.of(address)
        wait_s = bucket.wait_s(now) or self._overall.wait_s(now)
        if wait_s:
            return wait_s
        given = hashlib.sha256(password.encode(errors="replace")).digest()
        if not (self.locked and hmac.compare_digest(given, self._digest)):
            return 0.0
        bucket.give_back()  # only failures count: a metrics scraper asks many times a minute
        self._overall.give_back()
        return None

    def new_session(self) -> str:
        """A cookie value that ``open_to`` accepts for SESSION_DAYS."""
        text = f"{int(self._now_s())}.{secrets.token_hex(8)}"
        return f"{text}.{self._sign(text)}"

    def open_to(self, session: str | None) -> bool:
        """Whether there is no password, or the session cookie proves that it was given."""
        if not self.locked:
            return True
        text, _, signature = (session or "").rpartition(".")
        signed = hmac.compare_digest(signature.encode(errors="replace"), self._sign(text).encode())
        if not signed:
            return False
        age_s = self._now_s() - int(text.partition(".")[0])
        return age_s < SESSION_DAYS * 86_400

    def try_basic(self, header: str | None, address: str) -> bool:
        """Whether an Authorization header (Basic, any user name) carries the password."""
        scheme, _, encoded = (header or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            _, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:  # not ASCII, not base64, not UTF-8
            return False
        return self.try_password(password, address) is None

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(errors="replace"), hashlib.sha256).hexdigest()
