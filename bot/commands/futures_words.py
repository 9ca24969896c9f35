"""What the commands on futures have in common: which contract is meant, and how fresh it is all."""

from typing import Final

from bot.command import Context
from bot.commands.layout import ago
from bot.errors import UserError
from bot.korean import display_name
from pipeline.futures import Futures
from pipeline.model import FUTURES, Mark
from pipeline.venues import SPOT, exchange_of

STALE_MS: Final = 30_000
"""The exchange values every contract each 3 seconds."""


def futures(context: Context) -> Futures:
    """What is known of futures. Raises UserError where that is nothing, and says why."""
    if context.futures is None:
        raise UserError("이 봇에는 선물 데이터가 없습니다. 현물은 볼 수 있습니다. 예: /price btc")
    if not context.futures.newest_ms:
        raise UserError("선물 데이터를 아직 받지 못했습니다. 잠시 뒤에 다시 시도해 주세요.")
    return context.futures


def contract(context: Context, known: Futures, text: str) -> Mark:
    """How the contract is valued that goes by this name, or the one of the coin called so.

    Raises UserError for one that there is not.
    """
    market, _, typed = text.strip().upper().rpartition(":")
    elsewhere = exchange_of(market) not in (None, SPOT, FUTURES)
    mark = None if elsewhere else known.mark(typed)
    if mark is not None:
        return mark
    info = context.directory.find(text)
    mark = known.mark(info.symbol)
    if mark is None:
        raise UserError(f"{display_name(info)}: 바이낸스 무기한 선물이 없습니다. 예: BTC, 이더리움")
    return mark


def name(context: Context, symbol: str) -> str:
    """ "비트코인(BTCUSDT)"."""
    return display_name(context.market.info(symbol))


def freshness(context: Context, known: Futures) -> tuple[str, ...]:
    """A line of warning while nothing new comes."""
    now_ms = context.now_ms()
    if now_ms - known.newest_ms <= STALE_MS:
        return ()
    return (f"⚠️ 선물 데이터가 멈췄습니다. {ago(known.newest_ms, now_ms)} 값입니다.",)
