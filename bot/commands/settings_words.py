"""What the words typed after /settings mean: thresholds, quiet hours, switches. Pure."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from bot.command import Context
from bot.commands.layout import kind_name, kind_word
from bot.commands.times import EVERY_DAY, NoTime, read_when
from bot.errors import UserError
from bot.korean import (
    HOUR_MS,
    MINUTE_MS,
    amount,
    in_won,
    josa,
    kind_of,
    number,
    parse_amount,
    parse_duration_ms,
    unify,
)
from bot.model import Colours, Quiet, Threshold

Topic = Literal["kinds", "thresholds", "cooldown", "quiet", "colours", "limit", "ai"]

BIG: Final = 3.0
"""큰 것만: so many times the standard threshold."""

EVERYTHING: Final = Threshold(0.0)
MOST_TIMES: Final = 1_000.0
COOLDOWN_MS: Final = (MINUTE_MS, 24 * HOUR_MS)

EXAMPLES: Final = {
    "large_trade": "10만달러",
    "price_jump": "5%",
    "pump": "10%",
    "spread": "50bp",
    "kimchi": "7%",
}
QUIET_EXAMPLE: Final = "/settings 방해금지 23:00-07:00 평일"
COOLDOWN_EXAMPLE: Final = "/settings 쿨다운 10분"

_TOPIC_WORDS: Final[dict[Topic, str]] = {
    "kinds": "종류 알림종류 kinds",
    "thresholds": "기준 임계값 문턱 기준값 threshold thresholds",
    "cooldown": "쿨다운 쿨타임 간격 재알림 cooldown",
    "quiet": "방해금지 방해금지시간 조용한시간 무음시간 야간 quiet dnd",
    "colours": "색 색상 색깔 colour color colours colors",
    "limit": "한도 하루한도 하루제한 하루알림수 limit",
    "ai": "ai 에이아이 인공지능 설명 ai설명",
}
TOPICS: Final = {word: topic for topic, words in _TOPIC_WORDS.items() for word in words.split()}

ON: Final = frozenset({"켜기", "켜", "켬", "켜줘", "받기", "on"})
OFF: Final = frozenset(
    {"끄기", "꺼", "끔", "꺼줘", "안받기", "해제", "없음", "없이", "off", "none"}
)
_STANDARD = frozenset({"표준", "기본", "보통", "기본값", "standard"})
_BIG = frozenset({"큰것만", "큰거만", "큰것", "큰", "크게", "big", "large"})
_EVERYTHING = frozenset({"전부", "모두", "전체", "다", "모든것", "all", "everything"})
_COLOURS: Final[dict[str, Colours]] = {
    **dict.fromkeys(("한국식", "한국", "국내", "업비트", "korean", "korea"), "korean"),
    **dict.fromkeys(("글로벌", "해외", "세계", "바이낸스", "미국식", "global"), "global"),
}
_SOUND = frozenset({"소리", "소리로", "울리기", "울림", "알림음", "loud"})
_SILENT = frozenset({"조용히", "무음", "무음으로", "소리없이", "silent"})
_ENOUGH = re.compile(r"(?:이상만|이상|부터|넘으면|초과)$")
_UNITS: Final = {"배": "times", "%": "percent", "퍼센트": "percent", "프로": "percent", "bp": "bp"}
_FIGURE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)(배|%|퍼센트|프로|bp)")
_FITTING: Final = {
    "price_jump": "percent",
    "pump": "percent",
    "spread": "bp",
    "kimchi": "percent",
}
_MOST: Final = {"price_jump": 100, "pump": 1_000, "spread": 10_000, "kimchi": 100}
"""Beyond these nothing ever comes, which is what 끄기 is for."""


def kind_at(words: Sequence[str], context: Context) -> tuple[str, list[str]] | None:
    """The kind that the first word means, or two together ("대량 체결"), and the rest."""
    for taken in (2, 1):
        kind = kind_of("".join(words[:taken]))
        if kind is not None and len(words) >= taken and kind in context.kinds:
            return kind, list(words[taken:])
    return None


def switch(word: str) -> bool | None:
    """켜기, 끄기; None for anything else."""
    return True if word in ON else False if word in OFF else None


def read_level(word: str) -> Threshold | Literal["?"] | None:
    """표준 (None: none of the chat's own), 큰것만, 전부; "?" for anything else."""
    if word in _STANDARD:
        return None
    if word in _BIG:
        return Threshold(BIG)
    return EVERYTHING if word in _EVERYTHING else "?"


def read_threshold(words: Sequence[str], kind: str, context: Context) -> Threshold | None:
    """ "큰 것만", "3배", "10만달러 이상", "5%"; None for the standard.

    Raises UserError for what its kind does not measure and for less than is detected.
    """
    typed = _ENOUGH.sub("", unify("".join(words)).replace(" ", ""))
    level = read_level(typed)
    if level != "?":
        return level
    figure = _FIGURE.fullmatch(typed)
    floor = context.floors.get(kind, 0.0)
    if figure is not None:
        value, unit = float(figure[1]), _UNITS[figure[2]]
        if unit == "times":
            if not 1 <= value <= MOST_TIMES:
                most = f"{MOST_TIMES:,.0f}"
                raise UserError(f"배수는 1부터 {most}까지입니다. 예: {example(kind)}")
            return Threshold(value) if value > 1 else None
        if unit == _FITTING.get(kind) and floor > 0:
            _check_floor(value, floor, kind, f"{number(floor, 1)}{figure[2]}")
            if value > _MOST[kind]:
                raise UserError(
                    f"{kind_name(kind)} 기준은 {_MOST[kind]:,}{figure[2]}까지 정할 수 있습니다. "
                    f"예: {example(kind)}, 받지 않으려면: {example(kind).rpartition(' ')[0]} 끄기"
                )
            return Threshold(value, "percent" if unit == "percent" else "bp")
    if kind == "large_trade" and floor > 0:
        try:
            dollars = parse_amount(typed)
        except ValueError:
            dollars = -1.0
        if dollars >= 0 and in_won(typed):
            raise UserError(
                f"{kind_name(kind)} 기준은 원이 아니라 달러로 정합니다. 예: {example(kind)}"
            )
        if dollars >= 0:
            _check_floor(dollars, floor, kind, amount(floor, "달러"))
            return Threshold(dollars / floor, "size")
    raise UserError(
        f"{kind_name(kind)} 기준을 알아보지 못했습니다. 표준, 큰것만, 전부, 3배처럼 "
        f"입력해 주세요. 예: {example(kind)}"
    )


def example(kind: str) -> str:
    """A command that sets the kind's threshold."""
    return f"/settings {kind_word(kind)} {EXAMPLES.get(kind, '3배')}"


def read_cooldown_s(words: Sequence[str], context: Context) -> int:
    """Seconds; 0 for none. Raises UserError."""
    typed = unify("".join(words))
    if typed in OFF:
        return 0
    try:
        lasts_ms = parse_duration_ms(typed, context.now_ms())
    except ValueError:
        lasts_ms = 0
    least, most = COOLDOWN_MS
    if not least <= lasts_ms <= most or typed in ("오늘", "today"):
        raise UserError(
            f"쿨다운은 1분부터 24시간까지로 입력해 주세요. 예: {COOLDOWN_EXAMPLE}, "
            "/settings 쿨다운 끄기"
        )
    return lasts_ms // 1000


class NoQuietHours(UserError):
    """There are none to be changed; the buttons that set some are the answer."""


def read_quiet(words: Sequence[str], had: Quiet | None, zone: str) -> Quiet | None:
    """ "23:00-07:00 평일", "밤 11시부터 아침 7시까지", "긴급 소리", "끄기" → the quiet hours.

    Raises UserError for anything else.
    """
    rest, loud = _loud(list(map(unify, words)))
    if not rest and loud is not None:
        if had is None:
            raise NoQuietHours(f"먼저 방해금지 시간을 정해 주세요. 예: {QUIET_EXAMPLE}")
        return _replaced(had, loud)
    if "".join(rest) in OFF:
        return None
    text = re.sub(r"\s*(?:부터|에서|[~〜–—−-])\s*", "-", " ".join(rest), count=1)
    sides = text.replace("까지", " ").split("-")
    if len(sides) != 2:
        raise _quiet_problem()
    try:
        first, last = (read_when(list(map(_hours, side.split()))) for side in sides)
    except NoTime:
        raise UserError(f"시각은 00:00부터 23:59까지입니다. 예: {QUIET_EXAMPLE}") from None
    except UserError as error:
        raise _quiet_problem() from error
    if len(first.times) != 1 or len(last.times) != 1:
        raise _quiet_problem()
    if first.times == last.times:
        raise UserError(f"시작과 끝을 다른 시각으로 정해 주세요. 예: {QUIET_EXAMPLE}")
    return Quiet(
        first.times[0],
        last.times[0],
        tuple(sorted({*first.days, *last.days})) or EVERY_DAY,
        first.zone or last.zone or zone,
        loud=loud if loud is not None else had is not None and had.loud,
    )


def read_colours(words: Sequence[str]) -> Colours:
    """한국식, 글로벌. Raises UserError for anything else."""
    typed = unify("".join(words))
    if typed not in _COLOURS:
        raise UserError(
            "색은 한국식(빨강 상승)과 글로벌(초록 상승) 가운데 골라 주세요. 예: /settings 색 글로벌"
        )
    return _COLOURS[typed]


def names_colours(words: Sequence[str]) -> bool:
    """Whether the words are nothing but the name of colours."""
    return unify("".join(words)) in _COLOURS


def _check_floor(value: float, floor: float, kind: str, shown: str) -> None:
    if value < floor:
        raise UserError(
            f"{josa(kind_name(kind), '은/는')} {shown}부터 감지합니다. 그 이상으로 입력해 주세요. "
            f"예: {example(kind)}"
        )


def _loud(words: list[str]) -> tuple[list[str], bool | None]:
    """The words without "긴급 소리", and whether they asked for it."""
    for at, word in enumerate(words):
        if word.removesuffix("은").removesuffix("알림") == "긴급":
            said = "".join(words[at + 1 :])
            if said in _SOUND | _SILENT:
                return words[:at], said in _SOUND
            raise UserError(
                "방해금지 시간의 긴급 알림은 소리나 조용히로 정할 수 있습니다. "
                "예: /settings 방해금지 23:00-07:00 긴급 소리"
            )
    return words, None


def _replaced(had: Quiet, loud: bool) -> Quiet:
    return Quiet(had.start, had.end, had.days, had.zone, loud)


def _hours(word: str) -> str:
    return f"{word}시" if re.fullmatch(r"\d{1,2}", word) else word


def _quiet_problem() -> UserError:
    return UserError(
        f"방해금지 시간은 시작과 끝을 함께 입력해 주세요. 예: {QUIET_EXAMPLE}, "
        "/settings 방해금지 끄기"
    )
