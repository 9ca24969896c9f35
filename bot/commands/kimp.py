"""/kimp: what coins cost in won beside what they cost in dollars, by two exchange rates."""

from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.layout import ago, at, market_foot, rows
from bot.commands.price import FRESH_MS, read
from bot.commands.won_words import bank_line, coin_name, named, rate_source, tether_line
from bot.errors import UserError
from bot.korean import MINUTE_MS, percent, price, signed_share, unify
from bot.model import Button, Message, Request
from pipeline.model import Premium, SymbolInfo
from pipeline.won import PRICE_MS, TETHER, Won

TOP: Final = 5
OLD_MS: Final = 5 * MINUTE_MS
"""A price in won that was last paid so long ago is compared with nothing."""
ODD_PCT: Final = 30.0
KIND: Final = "kimchi"

_TETHER_WORDS = frozenset({"usdt", "테더", "tether", "krw-usdt", "usdtkrw", "달러", "환율", "usd"})


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a coin that is not traded in won, and where nothing is known."""
    won = known(context)
    if not words:
        return await overview(context, won)
    text = " ".join(words)
    if unify(text) in _TETHER_WORDS:
        return one(context, won, TETHER, 1.0, context.now_ms())
    info = context.directory.find(text)
    if won.ticker(info.base) is None:
        raise UserError(
            f"{coin_name(info.base)}: 업비트 원화 시세가 없습니다. 예: /kimp BTC, /kimp 이더리움"
        )
    reading = await read(context, in_dollars(context, info))
    return one(context, won, info.base, reading.price, reading.at_ms)


def known(context: Context) -> Won:
    """Prices in won. Raises UserError where there are none, or none any more, and says why."""
    if context.won is None:
        raise UserError("이 봇에는 원화 시세가 없습니다. 달러 시세: /price btc")
    if not context.won.heard_ms:
        raise UserError("업비트 원화 시세를 아직 받지 못했습니다. 잠시 뒤에 다시 시도해 주세요.")
    now_ms = context.now_ms()
    if not context.won.current(now_ms):
        since = ago(context.won.heard_ms, now_ms)
        raise UserError(
            f"업비트 원화 시세가 멈춰 김프를 알 수 없습니다. 마지막 시세는 {since}입니다."
        )
    return context.won


def in_dollars(context: Context, info: SymbolInfo) -> SymbolInfo:
    """The coin's pair in USDT, whichever of its pairs was named."""
    pair = context.market.listing.get(f"{info.base}USDT")
    if pair is None:
        if info.quote == "USDT":
            return info
        raise UserError(f"{coin_name(info.base)}: 바이낸스에 견줄 달러(USDT) 시세가 없습니다.")
    return pair


def one(context: Context, won: Won, base: str, dollars: float, dollars_ms: int) -> Message:
    """One coin in words; a premium is told only of prices of about the same time."""
    now_ms = context.now_ms()
    ticker = won.ticker(base)
    premium = won.premium(f"{base}USDT", base, dollars, now_ms)
    if ticker is None or premium is None:
        raise UserError(f"{coin_name(base)}: 업비트 원화 시세가 없습니다.")
    old = now_ms - ticker.at_ms > OLD_MS or now_ms - dollars_ms > OLD_MS
    bank, tether = (None, None) if old else (premium.bank_pct, premium.tether_pct)
    lines = [f"업비트 {price(ticker.price, unit='원')} ({ago(ticker.at_ms, now_ms)} 체결)"]
    if base != TETHER:
        lines[0] += f" · 바이낸스 {price(dollars)}"
        if now_ms - dollars_ms > FRESH_MS:
            lines[0] += f" ({ago(dollars_ms, now_ms)})"
    if old:
        lines.append("⚠️ 최근 체결이 없어 김프를 계산하지 않았습니다.")
    else:
        lines.append(bank_line(won, bank, now_ms))
        if base != TETHER:
            lines.append(tether_line(won, tether, now_ms))
    if bank is not None and tether is not None and bank * tether < 0:
        lines.append("두 기준의 부호가 다릅니다. 테더도 은행 환율과 다르게 거래되기 때문입니다.")
    if tether is not None and abs(tether) >= ODD_PCT:
        lines.append("⚠️ 차이가 너무 큽니다. 입출금이 막혔거나 이름만 같은 코인일 수 있습니다.")
    if ticker.halted:
        lines.append("⚠️ 업비트에서 거래가 멈춘 코인입니다.")
    lines.append(f"업비트 09시 이후 {percent(ticker.change_pct)}")
    lines += rate_source(won, context.unreal is not None)
    return Message(
        head=f"🇰🇷 {coin_name(base)} {named(bank, tether)}",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/kimp {base}"),
                Button("📋 전체", "/kimp"),
                *(_alerts(context, base) if base != TETHER else []),
            )
        ),
    )


async def overview(context: Context, won: Won) -> Message:
    """Bitcoin by both rates, and the coins with the highest and the lowest premium."""
    now_ms = context.now_ms()
    premiums = compared(context, won)
    by_bank = won.per_dollar(now_ms) is not None
    leader = premiums.pop("BTC", None)
    bank = leader.bank_pct if leader else None
    tether = leader.tether_pct if leader else None
    lines = [bank_line(won, bank, now_ms), tether_line(won, tether, now_ms)]
    found = [
        (value, base)
        for base, premium in premiums.items()
        if (value := premium.bank_pct if by_bank else premium.tether_pct) is not None
    ]
    found.sort(key=lambda one: (-one[0], one[1]))
    if found:
        basis = "은행 환율" if by_bank else "업비트 테더"
        lines.append(f"다른 코인 {len(found):,}개 ({basis} 기준)")
        high, low = found[:TOP], [one for one in reversed(found) if one not in found[:TOP]][:TOP]
        lines += ["높은 쪽", *_ranked(high)]
        lines += ["낮은 쪽", *_ranked(low)] if low else []
    lines.append(f"업비트 · {at(won.heard_ms, now_ms)} 기준")
    lines += rate_source(won, context.unreal is not None)
    return Message(
        head=f"🇰🇷 비트코인 {named(bank, tether)}",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", "/kimp"),
                Button("비트코인", "/kimp BTC"),
                Button("테더", "/kimp USDT"),
                *_alerts(context, "BTC"),
            )
        ),
    )


def _alerts(context: Context, base: str) -> list[Button]:
    """To be told of it, where there are such alerts."""
    return [Button("🔔 김프 알림", f"/subscribe {base} kimchi")] if KIND in context.kinds else []


def compared(context: Context, won: Won) -> dict[str, Premium]:
    """Every coin that was traded on both exchanges within the last minute."""
    now_ms, found = context.now_ms(), {}
    for ticker in won.tickers():
        state = context.market.symbols.get(f"{ticker.base}USDT")
        trade = state.trade if state is not None else None
        if trade is None or ticker.halted:
            continue
        if max(now_ms - ticker.at_ms, now_ms - trade.at_ms) > PRICE_MS:
            continue
        premium = won.premium(trade.symbol, ticker.base, trade.price, now_ms)
        if premium is not None:
            found[ticker.base] = premium
    return found


def _ranked(found: list[tuple[float, str]]) -> list[str]:
    return [
        f"{rank}. {coin_name(base)} {signed_share(value)}"
        for rank, (value, base) in enumerate(found, 1)
    ]


COMMAND = Command(
    name="kimp",
    korean="김프",
    description="원화 시세와 김치 프리미엄",
    example="/kimp btc",
    parameters=(Parameter("symbol", "심볼", "볼 심볼 (없으면 상위·하위)", "symbol"),),
    run=run,
    aliases=("김치프리미엄", "김치", "역프", "프리미엄", "원화", "환율", "kimchi", "premium"),
    details=(
        "김프는 업비트 원화 시세가 해외 달러 시세보다 비싼 정도입니다. 음수이면 역프입니다.",
        "은행 환율은 하루 한 번 바뀌고, 업비트 테더 기준은 실시간입니다. 둘은 다를 수 있습니다.",
    ),
)
