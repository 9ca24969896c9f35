"""Measured figures, and what a text must say around a number that stands for one. Pure."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import msgspec

from bot.hindsight import Standing
from bot.korean import NAMES
from pipeline.model import BookSide, Position, Severity, Side, SymbolInfo
from pipeline.venues import coin_of

Unit = Literal["%", "pp", "bp", "배", "건", "회", "초", "원", "money", "coin"]
Direction = Literal["up", "down"]
Risk = Literal["낮음", "보통", "높음"]

RISKS: Final[Mapping[Severity, Risk]] = {"notice": "낮음", "warning": "보통", "critical": "높음"}
"""The level of risk that the excess over the threshold stands for."""

FLAT_PCT: Final = 0.005
"""A smaller change is shown as 0.00% and has no direction."""

# What stands around a number and tells what it is of, as regular expressions.
USUAL = "평소|통상|보통 때|평상시|일반적"
THRESHOLD = "기준|임계|문턱|설정"
AVERAGE = "평균|단가|체결가|가격|개당"
OUTDONE = "(?:보다|대비|웃도|넘|수준을|폭을|변동을)"
MOVED = (
    r"만큼|(?:가량 |정도 |더 |넘게 )*(?:상승|하락|오르|오른|오릅|올랐|올라|내리|내립|내린|내렸|"
    r"내려|급등|급락|떨어|빠[지진져졌집]|밀[리린려렸립]|[뛰뛴뜁]|치솟|높아|낮아|높[습은다]|낮[습은다]|"
    r"커[졌진져지]|커 |늘|증가|줄|감소)"
)
OTHER_THAN = r"(?<=[가-힣])(?<!전)(?<!전 가격)(?<!전의 가격)(?<!전 시세)(?:보다|대비) ?(?:약 )?$"
"""Right before a number: it is told as the distance from something that was not measured."""
PRICED = (
    "가격|시세|상승|하락|급등|급락|오르|오른|오릅|올라|올랐|내리|내린|내립|내려|내렸|떨어|"
    "빠[지진져졌집]|밀[리린려렸립]|[뛰뛴뜁]|치솟|높아|낮아|높은|낮은|움직|변동|변화|변하"
)
"""Words of a price that moved, or did not."""
TRADED = "매수|매도|체결|거래|사들|팔"
MOST = "가장|최대"
WIDER = "벌어|넓어|확대|커"
HERE = "\x00"
"""Stands for the number itself in what ``near`` is looked for."""
BY_USUAL = rf"(?:{USUAL})(?=.*{HERE})|{HERE}(?:인|이던|였던|의)? ?\(?(?:{USUAL})"
"""Usual is what stands behind the word, not all that is told beside it."""
NOT_USUAL = rf"(?:{USUAL})[^,]*(?:보다|대비|웃도|넘|비해)[^,]*$"
TO_HERE = r"로|으로|까지|선까지|선으로|에 도달|에 이르"
FROM_HERE = r"에서(?! 거래| 체결| 형성| 머)|부터| ?→| ?->"


class Figure(msgspec.Struct, frozen=True):
    """One number that may appear: ``value`` in ``unit`` (money: quote currency, coin: base).

    ``of`` are the concepts that it may be told of (see concepts.py), apart by spaces. What those do
    not tell apart, such as before and now or usual and now, regular expressions do, over the words
    between it and the numbers around it: ``near`` must occur before or after it, ``before_not``
    must not occur before it, ``after_not`` not directly behind it. A ``signed`` one has a
    direction. A ``least`` one is a lower bound, and has to be told as one ("이상"). Only a
    ``change`` may be what something rose by, or is higher by than something else.
    """

    value: float
    unit: Unit
    of: str
    near: str = ""
    before_not: str = ""
    after_not: str = ""
    signed: bool = False
    least: bool = False
    change: bool = False


@lru_cache(maxsize=512)
def compiled(words: str) -> "re.Pattern[str]":
    """The regular expression, compiled once."""
    return re.compile(words)


@lru_cache(maxsize=256)
def concepts(of: str) -> frozenset[str]:
    """The concepts of a figure."""
    return frozenset(of.split())


class Facts(msgspec.Struct, frozen=True):
    """Everything that may be said about one alert.

    ``kind`` is the alert's, of a book imbalance its ``what``, of a premium below zero "reverse_…".
    ``words`` are the facts as people read them, for the model. ``side`` is the taker's, None where
    nobody is known to have bought or sold; ``direction`` is the price's (a premium's, of one), None
    where it did not move or that is not known; ``book_side`` is where orders rest, ``position`` the
    one that was closed by force or pays (``turned``: the other one did before). ``moments`` are the
    times (ms) that may be named, ``settles_ms`` the one at which a funding rate is paid next.
    ``subject`` are the concepts of what was held against a threshold. ``usual`` says whether "than
    usual" has been measured, ``rare`` whether "seldom" has. ``past``: what came after alerts like
    it, None where that is not clear; ``following``: what to look at next, "" for nothing.
    """

    kind: str
    pair: SymbolInfo
    words: Mapping[str, str]
    figures: tuple[Figure, ...]
    moments: tuple[int, ...]
    risk: Risk
    subject: str
    side: Side | None = None
    direction: Direction | None = None
    book_side: BookSide | None = None
    position: Position | None = None
    turned: bool = False
    settles_ms: int | None = None
    usual: bool = True
    rare: bool = True
    recovered: bool = False
    past: Standing | None = None
    following: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the alert's coin and pair are called."""
        return (coin_of(self.pair.symbol), self.pair.base, *NAMES.get(self.pair.base, ()))


def from_to(before: float, after: float) -> tuple[Figure, ...]:
    """Two prices, one after the other, and what lies between them."""
    return (
        Figure(
            before,
            "money",
            "price past",
            near=rf"(?<!직)전|{HERE}(?:{FROM_HERE}|보다)",
            before_not=r"(?:지금|현재|이제)(?!.*전)[^,.]{0,16}$",
            after_not=TO_HERE,
        ),
        Figure(
            after,
            "money",
            "price now",
            before_not=r"(?<!직)전(?![^,.]*(?:보다|대비|비해|지금|현재))[^,.]{0,16}$",
            after_not=FROM_HERE,
        ),
        Figure(
            abs(after - before),
            "money",
            "move price",
            near=rf"차이|폭|{HERE} ?(?:{MOVED})",
            after_not=f"{TO_HERE}|{FROM_HERE}",
            change=True,
        ),
    )


def direction_word(direction: Direction | None) -> str:
    """How a change is named; down where there is none."""
    return "상승" if direction == "up" else "하락"
