"""How much the simulated exchange lets one address ask: request weight and connection attempts."""

import math
from collections import deque
from typing import NamedTuple

WEIGHT_PER_MINUTE = 6000
ATTEMPTS = 300
ATTEMPTS_MS = 300_000
STRIKES = 5
"""Refusals within a minute that are borne before the address is banned."""
FIRST_BAN_MS = 120_000
LONGEST_BAN_MS = 3 * 86_400_000


class Refusal(NamedTuple):
    """Why a request is not answered: HTTP status, seconds to wait, and the words for it."""

    status: int
    retry_after_s: int | None
    message: str


class Weights:
    """Request weight per clock minute: 429 above ``allowed``, 418 for those who go on
    regardless."""

    def __init__(self, allowed: int = WEIGHT_PER_MINUTE) -> None:
        self._allowed = allowed
        self.used = 0
        self._minute = 0
        self._strikes = 0
        self._banned_until_ms = 0.0
        self._ban_ms = FIRST_BAN_MS

    def spend(self, now_ms: float, weight: int) -> Refusal | None:
        """Count a request; returns the refusal if it is one too many."""
        if now_ms < self._banned_until_ms:
            return self._banned(now_ms)
        minute = int(now_ms // 60_000)
        if minute != self._minute:
            self._minute = minute
            self.used = 0
            self._strikes = 0
        if self.used + weight <= self._allowed:
            self.used += weight
            return None
        self._strikes += 1
        if self._strikes > STRIKES:
            self._banned_until_ms = now_ms + self._ban_ms
            self._ban_ms = min(LONGEST_BAN_MS, 2 * self._ban_ms)
            return self._banned(now_ms)
        return Refusal(
            429,
            math.ceil(((minute + 1) * 60_000 - now_ms) / 1000),
            f"Too much request weight used; current limit is {self._allowed} request weight "
            "per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.",
        )

    def _banned(self, now_ms: float) -> Refusal:
        return Refusal(
            418,
            math.ceil((self._banned_until_ms - now_ms) / 1000),
            f"Way too much request weight used; IP banned until {int(self._banned_until_ms)}. "
            "Please use WebSocket Streams for live updates to avoid bans.",
        )


class Attempts:
    """Connection attempts, refused ones included: 300 in any five minutes."""

    def __init__(self) -> None:
        self._stamps: deque[float] = deque(maxlen=ATTEMPTS)

    def try_one(self, now_ms: float) -> Refusal | None:
        """Count an attempt; returns the refusal if it is one too many."""
        oldest = self._stamps[0] if len(self._stamps) == ATTEMPTS else None
        self._stamps.append(now_ms)
        if oldest is None or now_ms - oldest >= ATTEMPTS_MS:
            return None
        wait_s = math.ceil((self._stamps[0] + ATTEMPTS_MS - now_ms) / 1000)
        return Refusal(429, wait_s, "Too many connection attempts.")
