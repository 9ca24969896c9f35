"""/whales: the large trades of the last day, and which side they were on.

Every one that this run has seen counts, message or not; of earlier runs, those that became alerts.
"""

from collections.abc import Sequence
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.layout import at, market_foot, rows, symbol_name
from bot.commands.offered import receive
from bot.korean import HOUR_MS, as_told, display_name, dollars, money
from bot.model import Button, Message, Request
from bot.survey_words import counted_when
from pipeline.market import Flow
from pipeline.model import ALL, LargeTrade, bare

KIND: Final = "large_trade"
SHOWN: Final = 8
COUNTED: Final = 1_000
"""At most so many are read; more are counted as "and more"."""

DAY_MS: Final = 24 * HOUR_MS


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a symbol that does not exist."""
    info = context.directory.find(" ".join(words)) if words else None
    symbol = info.symbol if info is not None else None
    since_ms = context.now_ms() - DAY_MS
    found = {
        row.alert.id: row.alert
        for row in await context.journal.recent(KIND, symbol, since_ms, COUNTED)
        if isinstance(row.alert, LargeTrade) and _meant(row.alert.symbol, symbol)
    }
    for trade in context.market.large_trades:
        if _meant(trade.symbol, symbol) and trade.at_ms >= since_ms:
            found[trade.id] = trade
    newest = sorted(found.values(), key=lambda trade: (-trade.at_ms, trade.id))
    offer = await receive(
        context, request.chat, symbol or ALL, KIND, label="🔔 대량 체결 알림 받기"
    )
    return render(context, symbol, newest[:COUNTED], offer)


def _meant(traded: str, symbol: str | None) -> bool:
    """Whether orders of a symbol are among those asked for; futures where they are named."""
    return traded == (bare(traded) if symbol is None else symbol)


def flow(context: Context, trades: Sequence[LargeTrade]) -> Flow:
    """The two sides added up, whatever the quote currencies."""
    total = Flow()
    for trade in trades:
        rate = context.market.dollars(context.market.info(trade.symbol).quote)
        total.add(trade.side, None if rate is None else trade.notional * rate)
    return total


def render(
    context: Context, symbol: str | None, trades: Sequence[LargeTrade], offer: Button
) -> Message:
    """The answer in words; ``trades`` are those of the last 24 hours, newest first."""
    now_ms = context.now_ms()
    name = "" if symbol is None else f"{symbol_name(context, symbol)} "
    again = "/whales" if symbol is None else f"/whales {symbol}"
    buttons = rows((Button("🔄 새로고침", again), offer))
    if not trades:
        return Message(
            head=f"🐳 {name}최근 24시간 동안 기록된 대량 체결이 없습니다",
            lines=("고래봇이 켜져 있던 동안의 기록만 볼 수 있습니다.",),
            foot=market_foot(context),
            buttons=buttons,
        )
    full = len(trades) >= COUNTED
    seen = context.market.large_trades
    lines = [*_flow_lines(context, trades, full), f"최근 {min(SHOWN, len(trades))}건"]
    lines += [_row(context, trade, symbol, now_ms) for trade in trades[:SHOWN]]
    if seen and seen[0].at_ms > now_ms - DAY_MS + HOUR_MS:
        lines.append(f"{at(seen[0].at_ms, now_ms)} 이전은 알림으로 남은 것만 셉니다.")
    return Message(
        head=f"🐳 {name}대량 체결 {len(trades):,}건{' 이상' if full else ''} (최근 24시간)",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=buttons,
    )


def _flow_lines(context: Context, trades: Sequence[LargeTrade], full: bool) -> list[str]:
    hour_ms = context.now_ms() - HOUR_MS
    since_ms = max(hour_ms, context.began_ms)  # of what was before only alerts are known
    when = counted_when(1, since_ms if since_ms > hour_ms else 0)
    lately = [trade for trade in trades if trade.at_ms >= since_ms]
    if not lately:
        return [f"{when}: 기록된 대량 체결 없음"]
    sums = flow(context, lately)
    if full and len(lately) == len(trades):
        title = f"최근 {len(lately):,}건(1시간 이내)"
    else:
        title = f"{when} {len(lately):,}건"
    if sums.unpriced == sums.count:
        return [title]
    net = as_told(sums.bought) - as_told(sums.sold)
    side = "🔴 순매수" if net > 0 else "🔵 순매도" if net < 0 else "순매수"
    lines = [
        f"{title}: {side} {dollars(abs(net))}",
        f"시장가 매수 {dollars(sums.bought)} · 시장가 매도 {dollars(sums.sold)}",
    ]
    if sums.unpriced:
        lines.append(f"달러로 바꿀 시세가 없는 {sums.unpriced:,}건은 합계에서 뺐습니다.")
    return lines


def _row(context: Context, trade: LargeTrade, symbol: str | None, now_ms: int) -> str:
    info = context.market.info(trade.symbol)
    side = "🔴 매수" if trade.side == "buy" else "🔵 매도"
    parts = [at(trade.at_ms, now_ms), f"{side} {money(trade.notional, info.quote)}"]
    if symbol is None:
        parts.insert(1, display_name(info))
    return " · ".join(parts)


COMMAND = Command(
    name="whales",
    korean="고래",
    description="최근 24시간의 대량 체결과 1시간 순매수·순매도",
    example="/whales BTC",
    run=run,
    parameters=(Parameter("symbol", "심볼", "한 종목만 보기. 예: BTC", "symbol"),),
    aliases=("대량체결", "고래체결"),
)
