"""How often a person and a chat may ask, and how often for answers that cost money.

Pure: the time is given. Each person and chat has a bucket of requests that refills steadily; the
``most_keys`` buckets used last are kept, so that a crowd of strangers costs no memory. Whoever is
forgotten begins with a full bucket, which never refuses anybody too much.
"""

import math
from collections import OrderedDict
from typing import Annotated, Final, Literal

import msgspec

from bot.model import Request

Sort = Literal["reading", "ai"]
Whose = Literal["user", "chat"]
_Key = tuple[Sort, Whose, str]

Count = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Rate = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]

_MINUTE_MS: Final = 60_000.0
_HOUR_MS: Final = 3_600_000.0
_FAR_MS: Final = 3_600_000  # a wall clock that jumped so far back says nothing of what was used


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[pace]``: so many requests at once (burst), and then so many a minute or hour."""

    user_burst: Count = 20
    user_per_minute: Rate = 20.0
    chat_burst: Count = 40
    chat_per_minute: Rate = 40.0
    ai_user_burst: Count = 5
    ai_user_per_hour: Rate = 20.0
    ai_chat_burst: Count = 10
    ai_chat_per_hour: Rate = 40.0
    most_keys: Annotated[int, msgspec.Meta(ge=10, le=1_000_000)] = 10_000


class Refusal(msgspec.Struct, frozen=True):
    """Too often: ``wait_ms`` until it is allowed again, and whose limit it was."""

    sort: Sort
    whose: Whose
    wait_ms: int


class _Bucket(msgspec.Struct):
    left: float
    at_ms: int


class Pace:
    """Counts requests. One that is refused counts nothing, so that waiting always helps."""

    def __init__(self, settings: Settings) -> None:
        self._limits: dict[tuple[Sort, Whose], tuple[float, float]] = {
            ("reading", "user"): (settings.user_burst, settings.user_per_minute / _MINUTE_MS),
            ("reading", "chat"): (settings.chat_burst, settings.chat_per_minute / _MINUTE_MS),
            ("ai", "user"): (settings.ai_user_burst, settings.ai_user_per_hour / _HOUR_MS),
            ("ai", "chat"): (settings.ai_chat_burst, settings.ai_chat_per_hour / _HOUR_MS),
        }
        self._most = settings.most_keys
        self._buckets: OrderedDict[_Key, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def ask(self, request: Request, sort: Sort, now_ms: int) -> Refusal | None:
        """Count the request; None if it is allowed, else whose limit it meets and for how long.

        Alone with the bot a person is the chat.
        """
        platform = request.chat.platform
        keys: list[_Key] = [(sort, "user", f"{platform}:{request.user}")]
        if not request.private:
            keys.append((sort, "chat", f"{platform}:{request.chat.id}"))
        wait_ms, (_, whose, _) = max(
            ((self._wait_ms(key, now_ms), key) for key in keys), key=lambda one: one[0]
        )
        if wait_ms:
            return Refusal(sort, whose, wait_ms)
        for key in keys:
            self._bucket(key, now_ms).left -= 1
        return None

    def _wait_ms(self, key: _Key, now_ms: int) -> int:
        """Milliseconds until there is a whole request in the bucket."""
        _, per_ms = self._limits[key[:2]]
        left = self._bucket(key, now_ms).left
        return 0 if left >= 1 else math.ceil((1 - left) / per_ms)

    def _bucket(self, key: _Key, now_ms: int) -> _Bucket:
        """The bucket as it is now, as the one used last."""
        burst, per_ms = self._limits[key[:2]]
        bucket = self._buckets.get(key)
        if bucket is None or bucket.at_ms - now_ms > _FAR_MS:
            bucket = self._buckets[key] = _Bucket(burst, now_ms)
        elif now_ms > bucket.at_ms:
            # A hair is added so that waiting as long as was said is enough, whatever rounding does.
            grown = bucket.left + (now_ms - bucket.at_ms) * per_ms + 1e-9
            bucket.left, bucket.at_ms = min(burst, grown), now_ms
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket


def told(refusal: Refusal) -> str:
    """The refusal as a person reads it."""
    wait_s = math.ceil(refusal.wait_ms / 1000)
    wait = f"{wait_s}초" if wait_s < 60 else f"{math.ceil(wait_s / 60)}분"
    if refusal.sort == "ai":
        who = "이 채팅방에서 AI 설명을" if refusal.whose == "chat" else "AI 설명을"
        return f"{who} 자주 요청하셔서 잠시 쉬어 갑니다. {wait} 뒤에 다시 시도해 주세요."
    who = "이 채팅방의 요청이" if refusal.whose == "chat" else "요청이"
    return f"{who} 너무 잦습니다. {wait} 뒤에 다시 시도해 주세요."
