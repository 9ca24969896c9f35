"""What the answers of several commands have in common: small print, buttons, names, times."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.command import Context
from bot.compose import DISCLAIMER
from bot.korean import KIND_NAMES, display_name, duration, kst_from
from bot.model import Button
from pipeline.model import ALL

LONGEST_COMMAND: Final = 60
"""Bytes of UTF-8 that a button's command may have: see bot.model.Button."""

_NAMED = 3


def market_foot(context: Context) -> str:
    """The small print under statements about the market; a simulated one is called so."""
    return DISCLAIMER if context.unreal is None else f"{context.unreal.brief} · {DISCLAIMER}"


def rows(*rows: Iterable[Button]) -> tuple[tuple[Button, ...], ...]:
    """Rows of buttons without those whose command is too long, and without empty rows."""
    fitting = (
        tuple(button for button in row if len(button.command.encode()) <= LONGEST_COMMAND)
        for row in rows
    )
    return tuple(row for row in fitting if row)


def symbol_name(context: Context, symbol: str) -> str:
    """ "비트코인(BTCUSDT)"; 모든 종목 for ALL."""
    return "모든 종목" if symbol == ALL else display_name(context.market.info(symbol))


def symbol_names(context: Context, symbols: Sequence[str]) -> str:
    """The first three by name and how many more there are."""
    named = ", ".join(symbol_name(context, symbol) for symbol in symbols[:_NAMED])
    more = len(symbols) - _NAMED
    return f"{named} 외 {more}개" if more > 0 else named


def kind_name(kind: str) -> str:
    """ "대량 체결"; a kind without a Korean name keeps its own; 모든 알림 for ALL."""
    return "모든 알림" if kind == ALL else KIND_NAMES.get(kind, kind)


def kind_word(kind: str) -> str:
    """The kind's Korean name as one word to type: "대량체결", "급등"."""
    return kind_name(kind).replace(" ", "").partition("·")[0]


def kind_names(kinds: Iterable[str]) -> str:
    """Kinds of alerts as a list."""
    return ", ".join(map(kind_name, kinds))


def ago(at_ms: int, now_ms: int) -> str:
    """ "0.4초 전"; a time that our clock has not reached yet counts as now."""
    return f"{duration(max(0, now_ms - at_ms))} 전"


at = kst_from  # its name beside "ago"
