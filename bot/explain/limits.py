"""How often the gateway may be asked: limiters of starts and tokens per key, a breaker per model
and per gateway.

No clock of their own: callers pass the time in seconds of any steady clock.
"""

import math
from collections import deque
from typing import Final, Literal

MINUTE_S: Final = 60.0


class Limiter:
    """At most ``per_minute`` starts within any 60 seconds, over everything that shares the key.

    Memory is one number per allowed start. When it is full, the next start is later.
    """

    def __init__(self, per_minute: int) -> None:
        if per_minute < 1:
            raise ValueError("per_minute must be at least 1")
        self._starts: deque[float] = deque(maxlen=per_minute)
        self._not_before = 0.0

    def wait_s(self, now: float) -> float:
        """How long the next start would have to wait."""
        full = len(self._starts) == self._starts.maxlen
        free = self._starts[0] + MINUTE_S if full else now
        return max(0.0, free - now, self._not_before - now)

    def take(self, now: float) -> float:
        """Book the next start; returns how long to wait before it."""
        wait = self.wait_s(now)
        self._starts.append(now + wait)
        return wait

    def pause(self, until: float) -> None:
        """No start before then: the gateway said so."""
        self._not_before = max(self._not_before, until)


class Booking:
    """Tokens set aside for one call: the most that it may take, until it is known what it took."""

    __slots__ = ("at", "tokens")

    def __init__(self, at: float, tokens: int) -> None:
        self.at = at
        self.tokens = tokens


class TokenLimiter:
    """At most ``per_minute`` tokens booked within any 60 seconds, questions and answers together.

    Memory is one booking per call of the last minute, whose number the limit of starts bounds.
    """

    def __init__(self, per_minute: int) -> None:
        if per_minute < 1:
            raise ValueError("per_minute must be at least 1")
        self._most = per_minute
        self._bookings: deque[Booking] = deque()  # by time

    def wait_s(self, now: float, tokens: int) -> float:
        """How long a call of so many tokens would have to wait; infinite if it never fits."""
        if tokens > self._most:
            return math.inf
        while self._bookings and self._bookings[0].at + MINUTE_S <= now:
            self._bookings.popleft()
        over = sum(one.tokens for one in self._bookings) + tokens - self._most
        # What is booked ahead counts as well, so nothing starts before the newest of these.
        wait = max(0.0, self._bookings[-1].at - now) if self._bookings else 0.0
        for one in self._bookings:
            if over <= 0:
                break
            over -= one.tokens
            wait = max(wait, one.at + MINUTE_S - now)
        return wait

    def take(self, at: float, tokens: int) -> Booking:
        """Book a call that starts then, not before what has been booked already."""
        booking = Booking(at, tokens)
        self._bookings.append(booking)
        return booking


class Breaker:
    """Stops asking what keeps failing.

    Closed: everything may try. Open after ``failures`` in a row, for ``first_s`` seconds, doubled
    each time up to ``longest_s``. Then half open: a single trial decides. A trial that never
    reports is replaced after ``first_s`` seconds.
    """

    def __init__(self, failures: int = 3, first_s: float = 30.0, longest_s: float = 600.0) -> None:
        self._most = failures
        self._first_s = first_s
        self._longest_s = longest_s
        self._failed = 0
        self._opened = 0
        self._until: float | None = None
        self._trial_until = 0.0

    def state(self, now: float) -> Literal["closed", "open", "half-open"]:
        """What it lets through now."""
        if self._until is None:
            return "closed"
        return "open" if now < self._until else "half-open"

    @property
    def doubted(self) -> bool:
        """Whether the last answer was a failure."""
        return self._failed > 0 or self._until is not None

    def ready(self, now: float) -> bool:
        """Whether ``enter`` would be let through."""
        state = self.state(now)
        return state == "closed" or (state == "half-open" and now >= self._trial_until)

    def enter(self, now: float) -> bool:
        """Ask to try; a half-open breaker lets one through."""
        if not self.ready(now):
            return False
        if self._until is not None:
            self._trial_until = now + self._first_s
        return True

    def succeed(self) -> None:
        """It worked: closed, and all is forgotten."""
        self._failed = self._opened = 0
        self._until = None
        self._trial_until = 0.0

    def withdraw(self) -> None:
        """The trial was given up without an outcome: the next one may try."""
        self._trial_until = 0.0

    def fail(self, now: float, rest_s: float | None = None) -> None:
        """It failed; ``rest_s`` opens at once for that long (at most ``longest_s``)."""
        self._failed += 1
        again = self._until is not None
        self._trial_until = 0.0
        if rest_s is None and not again and self._failed < self._most:
            return
        own = min(self._longest_s, self._first_s * 2**self._opened)
        self._opened = min(self._opened + 1, 16)
        self._until = now + (own if rest_s is None else min(max(rest_s, 0.0), self._longest_s))
