"""/explain: what was measured about the alert replied to, or about a pair, in sentences."""

from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands import ladder, price, spread
from bot.commands.arguments import leading_symbol
from bot.commands.commented import commented
from bot.commands.layout import ago, market_foot, rows
from bot.compose import alert_message, why_button
from bot.errors import UserError
from bot.korean import DAY_MS, bp, display_name, josa, money, percent, quote_unit, times
from bot.korean import price as price_text
from bot.model import Button, Message, Request
from bot.situation import (
    Change,
    Situation,
    changes_around,
    label,
    level,
    moved,
    price_at,
    price_of,
    turnover_of_hour,
)
from pipeline.model import ALL, AnyAlert, Candle, SymbolInfo

MOST_BARS: Final = 1_000
"""Minutes that one request to the exchange brings."""
MOST_ALERTS: Final = 200
"""More of one pair in a day are not counted."""

_EXAMPLE = "/explain BTC"
_HOW: Final = {
    "discord": "설명할 알림의 메뉴에서 앱 → ‘설명’을 고르거나",
    "web": "설명할 알림의 ‘설명’ 버튼을 누르거나",
}
_BY_REPLY: Final = "설명할 알림에 답장으로 /explain 명령을 보내거나"
_OLD = "기록에 없는 알림입니다(오래되면 지워집니다). 심볼을 입력해 주세요. 예: " + _EXAMPLE
_UNKNOWN = "답장하신 메시지에서 알림을 찾지 못했습니다. 심볼을 함께 입력해 주세요. 예: " + _EXAMPLE


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without an alert or a symbol, and when nothing is known of the pair."""
    alert: AnyAlert | None = None
    if words and words[0].startswith("#"):
        stored = await context.casebook.alert(words[0].removeprefix("#"))
        if stored is None:
            raise UserError(_OLD)
        alert, words = stored.alert, []
    elif request.reply_to:
        told = await context.casebook.told_by(request.chat, request.reply_to)
        alert = told.alert if told is not None else None
    if words:
        info = leading_symbol(words, context, _EXAMPLE)
        alert = alert if alert is not None and alert.symbol == info.symbol else None
    elif alert is not None:
        info = context.market.info(alert.symbol)
    else:
        if request.reply_to:
            raise UserError(_UNKNOWN)
        how = _HOW.get(request.chat.platform, _BY_REPLY)
        raise UserError(f"{how} 심볼을 함께 입력해 주세요. 예: {_EXAMPLE}")
    situation = await measure(context, info, alert)
    return commented(context, render(context, situation), situation)


async def measure(context: Context, info: SymbolInfo, alert: AnyAlert | None) -> Situation:
    """Everything that is known; raises UserError if that is not even a price."""
    now_ms = context.now_ms()
    reading = await price.read(context, info)
    bars = await _bars(context, info)
    changes = [
        Change("past", seconds, pct)
        for seconds, pct in (
            (60, reading.minute_pct),
            (3_600, reading.hour_pct),
            (86_400, reading.day_pct),
        )
        if pct is not None
    ]
    then = None
    if alert is not None:
        then = price_of(alert) or price_at(bars, alert.at_ms)
        if then:
            # Against an alert the last minute is noise; what counts is what followed.
            changes = [change for change in changes if change.seconds > 60]
            changes = [*changes_around(bars, alert, then, reading.price, now_ms), *changes]
    day = reading.day
    situation = Situation(
        info=info,
        at_ms=now_ms,
        price=reading.price,
        changes=tuple(changes),
        alert=alert,
        then=then,
        turnover=turnover_of_hour(bars, now_ms),
        usual_turnover=day.quote_volume / 24 if day is not None and day.quote_volume else None,
        alerts=await _alerts(context, info, now_ms),
    )
    return await _with_spread(context, situation)


def render(context: Context, situation: Situation) -> Message:
    """The answer in words, with a plain sentence for its note."""
    info, alert = situation.info, situation.alert
    unit = quote_unit(info.quote)
    now_ms = situation.at_ms
    lines = [f"지금 {price_text(situation.price, info.tick, unit)}"]
    head = f"💬 {display_name(info)} 설명"
    if alert is not None:
        shown = alert_message(alert, info, note="", by="template")
        head = f"💬 알림 설명 · {shown.head}"
        lines = [*shown.lines, f"{ago(alert.at_ms, now_ms)} 알림"]
        lines.append(f"지금 {price_text(situation.price, info.tick, unit)}")
    lines += [f"{label(one)} {_change(one)}" for one in situation.changes]
    lines += _activity(situation)
    return Message(
        head=head,
        lines=tuple(lines),
        note=sentence(situation),
        foot=market_foot(context),
        buttons=rows(
            (
                *([why_button(alert)] if alert is not None else []),
                Button("📊 현재가", f"/price {info.symbol}"),
                Button("↔️ 스프레드", f"/spread {info.symbol}"),
                Button("🐳 대량 체결", f"/whales {info.symbol}"),
            )
        ),
    )


def sentence(situation: Situation) -> str:
    """One or two plain sentences on what was measured; no cause, no advice."""
    name = display_name(situation.info)
    parts = []
    told = _told(situation)
    if told:
        what = " · ".join(f"{label(change)} {_ended(change)}" for change in told[:1])
        parts.append(f"{josa(name, '은/는')} {what}.")
    ratio = situation.turnover_times
    if ratio is not None:
        words = {"less": "보다 적습니다", "usual": "와 비슷합니다", "more": "보다 많습니다"}
        parts.append(f"최근 1시간 거래대금은 평소(24시간 평균){words[level(ratio)]}.")
    parts.append("배경은 확인되지 않았습니다.")
    return " ".join(parts)


def _told(situation: Situation) -> list[Change]:
    since = situation.of("since")
    return since or [one for one in situation.of("past") if one.seconds > 60]


def _ended(change: Change) -> str:
    said = moved(change)
    return f"{said}했습니다" if said[-2:] in ("상승", "하락") else f"{said}입니다"


def _change(change: Change) -> str:
    return percent(change.pct)


def _activity(situation: Situation) -> list[str]:
    lines = []
    quote = situation.info.quote
    if situation.turnover is not None:
        line = f"최근 1시간 거래대금 {money(situation.turnover, quote)}"
        ratio = situation.turnover_times
        lines.append(line if ratio is None else f"{line} · 24시간 평균의 {times(ratio)}")
    if situation.spread_bp is not None:
        line = f"스프레드 {bp(situation.spread_bp)}"
        ratio = situation.spread_times
        lines.append(line if ratio is None else f"{line} · 평소의 {times(ratio)}")
    if situation.alerts is not None:
        lines.append(f"최근 24시간 알림 {situation.alerts}건")
    return lines


async def _bars(context: Context, info: SymbolInfo) -> list[Candle]:
    """The newest minutes, oldest first; none when the exchange does not say."""
    try:
        return list(await context.exchange.candles(info.symbol, "1m", MOST_BARS))
    except UserError:
        return []  # the price itself is known; what needs bars is left out


async def _alerts(context: Context, info: SymbolInfo, now_ms: int) -> int | None:
    found = await context.journal.recent(ALL, info.symbol, now_ms - DAY_MS, MOST_ALERTS + 1)
    return len(found) if len(found) <= MOST_ALERTS else None


async def _with_spread(context: Context, situation: Situation) -> Situation:
    try:
        book = await context.exchange.book(situation.info.symbol)
    except UserError:
        return situation
    if ladder.condition(book) != "fine":
        return situation
    reading = spread.read(context, situation.info, book)
    return msgspec.structs.replace(
        situation,
        spread_bp=ladder.spread_bp(book),
        usual_bp=reading.usual_bp if reading is not None else None,
    )


COMMAND = Command(
    name="explain",
    korean="설명",
    description="답장한 알림이나 심볼을 측정된 사실로 설명합니다",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol"),),
    aliases=("해설", "풀이"),
    asks_ai=True,
)
