"""Times of day, weekdays and time zones as people type them. Pure."""

import re
from collections.abc import Sequence
from typing import Final
from zoneinfo import available_timezones

import msgspec

from bot.errors import UserError
from bot.korean import unify

EVERY_DAY: Final = tuple(range(7))
EXAMPLE: Final = "/schedule 09:00,21:00 평일"

_LETTERS: Final = "월화수목금토일"
_DAY_WORDS: Final = {
    "매일": EVERY_DAY,
    "평일": (0, 1, 2, 3, 4),
    "주중": (0, 1, 2, 3, 4),
    "주말": (5, 6),
}
_ZONES: Final = {
    "한국": "Asia/Seoul", "서울": "Asia/Seoul", "kst": "Asia/Seoul",
    "일본": "Asia/Tokyo", "도쿄": "Asia/Tokyo", "jst": "Asia/Tokyo",
    "홍콩": "Asia/Hong_Kong", "싱가포르": "Asia/Singapore", "베트남": "Asia/Ho_Chi_Minh",
    "런던": "Europe/London", "영국": "Europe/London", "베를린": "Europe/Berlin",
    "독일": "Europe/Berlin", "뉴욕": "America/New_York", "la": "America/Los_Angeles",
    "시카고": "America/Chicago", "utc": "UTC",
    "로스앤젤레스": "America/Los_Angeles", "시드니": "Australia/Sydney",
}  # fmt: skip
_NAMES: Final = {
    "Asia/Seoul": "KST", "Asia/Tokyo": "일본 시간", "America/New_York": "뉴욕 시간",
    "America/Los_Angeles": "로스앤젤레스 시간", "Europe/London": "런던 시간", "UTC": "UTC",
}  # fmt: skip
_TIME: Final = re.compile(
    r"(?P<half>오전|오후|새벽|아침|낮|저녁|밤)?(?P<h>\d{1,2})(?::(?P<m>\d{2})|시(?:(?P<km>\d{1,2})분)?(?P<half_past>반)?)"
)
_DAYS: Final = re.compile(rf"(?P<days>[{_LETTERS}](?:[,·/]?[{_LETTERS}])*)(?:요일)?(?:마다)?")


class NoTime(UserError):
    """A time of day that there is none of."""


class When(msgspec.Struct, frozen=True):
    """Times "HH:MM" in order, weekdays (0 is Monday) and an IANA zone; () and None: not named."""

    times: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    zone: str | None = None


def read_when(words: Sequence[str]) -> When:
    """ "09:00,21:00 평일", "오전 9시 월수금", "9시반 뉴욕" → when.

    Raises UserError for anything else.
    """
    pieces = [piece for word in words for piece in re.split(r"[,、]+", word) if piece]
    # "오전 9시" is one time.
    joined: list[str] = []
    for piece in map(unify, pieces):
        if joined and joined[-1] in ("오전", "오후", "새벽", "아침", "낮", "저녁", "밤", "매주"):
            joined[-1] = piece if joined[-1] == "매주" else joined[-1] + piece
        elif joined and re.fullmatch(r"\d{1,2}분|반", piece) and joined[-1].endswith("시"):
            joined[-1] += piece
        else:
            joined.append(piece)
    times: set[str] = set()
    days: set[int] = set()
    zone = None
    for piece in joined:
        if time := _TIME.fullmatch(piece):
            times.add(_time(time))
        elif piece in _DAY_WORDS:
            days |= set(_DAY_WORDS[piece])
        elif named := _DAYS.fullmatch(piece):
            days |= {_LETTERS.index(letter) for letter in re.sub(r"[,·/]", "", named["days"])}
        elif found := zone_of(piece):
            zone = found
        else:
            shown = "".join(char for char in piece if char.isalnum() or char in ":_/")[:12]
            raise UserError(f"‘{shown}’의 뜻을 알아보지 못했습니다. 예: {EXAMPLE}")
    return When(tuple(sorted(times)), tuple(sorted(days)), zone)


def zone_of(word: str) -> str | None:
    """The IANA name of a time zone as typed, None if it is none."""
    bare = unify(word).removesuffix("시간")
    if bare in _ZONES:
        return _ZONES[bare]
    return {name.lower(): name for name in available_timezones()}.get(bare)


def zone_name(zone: str) -> str:
    """ "KST", "뉴욕 시간", "Asia/Dubai"."""
    return _NAMES.get(zone, zone)


def days_name(days: Sequence[int]) -> str:
    """ "매일", "평일", "주말", "월·수·금"."""
    for word, named in _DAY_WORDS.items():
        if tuple(days) == named:
            return word
    return "·".join(_LETTERS[day] for day in days)


def _time(found: re.Match[str]) -> str:
    hour = int(found["h"])
    minute = int(found["m"] or found["km"] or (30 if found["half_past"] else 0))
    half = found["half"]
    if half == "밤" and (hour == 12 or hour <= 5):
        hour %= 12  # the hours after midnight
    elif (half in ("오후", "저녁", "밤") and hour < 12) or (half == "낮" and hour <= 5):
        hour += 12
    elif half in ("오전", "새벽", "아침") and hour == 12:
        hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise NoTime(f"시각은 00:00부터 23:59까지입니다. 예: {EXAMPLE}")
    return f"{hour:02d}:{minute:02d}"
