"""/liquidations: which positions in futures were closed by force, of both sides, at least."""

from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.futures_words import contract, freshness, futures, name
from bot.commands.layout import at, market_foot, rows
from bot.korean import HOUR_MS, dollars, duration
from bot.model import Button, Message, Request
from pipeline.bursts import Burst
from pipeline.futures import Closed, Futures

SHOWN: Final = 5
DAY_MS: Final = 24 * HOUR_MS
SIDES: Final = {"long": "롱", "short": "숏"}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a contract that does not exist, and where nothing is known."""
    known = futures(context)
    symbol = contract(context, known, " ".join(words)).symbol if words else None
    return render(context, known, symbol)


def render(context: Context, known: Futures, symbol: str | None) -> Message:
    """The answer in words."""
    now_ms = context.now_ms()
    day = known.closed(now_ms - DAY_MS, symbol)
    whose = "" if symbol is None else f"{name(context, symbol)} "
    since_ms = max(known.since_ms, now_ms - DAY_MS)
    whole = since_ms < now_ms - DAY_MS + 60_000
    since = f"최근 {'24시간' if whole else duration(max(1_000, now_ms - since_ms))}"
    again = "/liquidations" if symbol is None else f"/liquidations {symbol}"
    lines = [*freshness(context, known)]
    if day.longs + day.shorts:
        head = f"💥 {whose}선물 청산 {dollars(day.long + day.short)} 이상 ({since})"
        lines += [_sides(since, day)]
        if since_ms < now_ms - HOUR_MS:
            lines.append(_sides("최근 1시간", known.closed(now_ms - HOUR_MS, symbol)))
        largest = sorted(
            known.bursts(now_ms - DAY_MS, symbol), key=lambda b: (-b.notional, b.from_ms)
        )
        lines += ["큰 청산", *(_row(context, burst, symbol) for burst in largest[:SHOWN])]
        lines.append("거래소가 종목마다 1초에 한 건만 알려 주어 실제로는 더 클 수 있습니다.")
    else:
        head = f"💥 {whose}{since} 동안 알려진 선물 청산이 없습니다"
    if not whole:
        lines.append("고래봇이 켜져 있던 동안의 기록만 볼 수 있습니다.")
    lines.append(f"바이낸스 USDⓈ-M 선물 · {at(known.newest_ms, now_ms)} 기준")
    return Message(
        head=head,
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", again),
                Button("💸 펀딩비", "/funding" if symbol is None else f"/funding {symbol}"),
            )
        ),
    )


def _sides(when: str, closed: Closed) -> str:
    parts = [
        f"{side} {dollars(value)} 이상({count:,}건)"
        for side, value, count in (
            ("롱", closed.long, closed.longs),
            ("숏", closed.short, closed.shorts),
        )
        if count
    ]
    return f"{when}: {' · '.join(parts) or '없음'}"


def _row(context: Context, burst: Burst, symbol: str | None) -> str:
    whose = [] if symbol is not None else [name(context, burst.symbol)]
    what = f"{SIDES[burst.position]} 청산 {dollars(burst.notional)} 이상"
    if burst.count > 1:
        took = duration(max(1_000, burst.to_ms - burst.from_ms))
        what += f" ({took} 동안 {burst.count:,}건)"
    return " · ".join((at(burst.from_ms, context.now_ms()), *whose, what))


COMMAND = Command(
    name="liquidations",
    korean="청산",
    description="선물에서 강제로 청산된 롱·숏 규모",
    example="/liquidations btc",
    parameters=(Parameter("symbol", "심볼", "볼 심볼 (없으면 전체)", "symbol"),),
    run=run,
    aliases=("liq", "강제청산", "선물청산"),
    details=(
        "롱 청산은 오를 것에 건 포지션이, 숏 청산은 내릴 것에 건 포지션이 강제로 닫힌 것입니다.",
        "60초 안에 이어진 같은 쪽의 청산은 한 건의 움직임으로 묶어 보여 줍니다.",
    ),
)
