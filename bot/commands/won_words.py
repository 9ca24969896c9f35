"""How premiums and exchange rates are told: with their basis and their age, or not at all."""

from bot.command import Context
from bot.commands.layout import ago
from bot.korean import NAMES, bank_rate, premium_word, price, signed_share
from pipeline.model import SymbolInfo
from pipeline.won import PRICE_MS, TETHER, Won

CREDITS = {"open.er-api.com": "https://www.exchangerate-api.com"}
"""Whose rates these are, where the service wants to be named so."""


def coin_name(base: str) -> str:
    """ "비트코인(BTC)"."""
    names = NAMES.get(base)
    name = names[0] if names else "테더" if base == TETHER else None
    return f"{name}({base})" if name else base


def named(bank: float | None, tether: float | None) -> str:
    """The premium by the better known rate: "김프 +1.93% (은행 환율)"."""
    for value, basis in ((bank, "은행 환율"), (tether, "업비트 테더 기준")):
        if value is not None:
            return f"{premium_word(value)} {signed_share(value)} ({basis})"
    return "김프를 지금은 알 수 없습니다"


def bank_line(won: Won, value: float | None, now_ms: int) -> str:
    """The premium by the banks' rate, with the rate and its age; a clear line without one."""
    rate = won.rate
    if rate is None:
        return "⚠️ 은행 환율을 아직 받지 못했습니다."
    age = ago(rate.at_ms, now_ms)
    if not rate.fresh(now_ms):
        return f"⚠️ 은행 환율이 {age} 것이라 쓰지 않습니다."
    said = "계산할 수 없음" if value is None else f"{premium_word(value)} {signed_share(value)}"
    return f"은행 환율 기준 {said} · {bank_rate(rate.won, now_ms - rate.at_ms)}"


def tether_line(won: Won, value: float | None, now_ms: int) -> str:
    """The premium by what a USDT costs in won."""
    tether = won.tether(now_ms)
    ticker = won.ticker(TETHER)
    if tether is None or ticker is None:
        return "⚠️ 업비트 테더(KRW-USDT) 시세가 없어 테더 기준은 계산하지 않았습니다."
    said = "계산할 수 없음" if value is None else f"{premium_word(value)} {signed_share(value)}"
    age = ago(ticker.at_ms, now_ms)
    return f"업비트 테더 기준 {said} · 1 USDT {price(tether, unit='원')} ({age} 체결)"


def rate_source(won: Won, simulated: bool) -> list[str]:
    """Whose rate it is."""
    if won.rate is None:
        return []
    if simulated:
        return ["환율도 모의 값입니다."]
    return [f"환율 제공: {CREDITS.get(won.rate.source, won.rate.source)}"]


def won_line(context: Context, info: SymbolInfo, dollars: float, dollars_ms: int) -> list[str]:
    """The coin's price in won, where both prices are of the last minute, and its premium by the
    better known rate."""
    won, now_ms = context.won, context.now_ms()
    ticker = won.ticker(info.base) if won is not None and info.quote == "USDT" else None
    if won is None or ticker is None or ticker.halted:
        return []
    if now_ms - min(ticker.at_ms, dollars_ms) > PRICE_MS:
        return []
    lines = [f"업비트 {price(ticker.price, unit='원')}"]
    premium = won.premium(info.symbol, info.base, dollars, now_ms)
    if premium is not None and premium.bank_pct is not None:
        lines.append(bank_line(won, premium.bank_pct, now_ms))
    elif premium is not None and premium.tether_pct is not None:
        lines.append(tether_line(won, premium.tether_pct, now_ms))
    return lines
