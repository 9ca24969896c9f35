"""/funding: what longs and shorts of futures pay each other, and how far futures are from spot."""

from collections.abc import Sequence
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.futures_words import contract, freshness, futures, name
from bot.commands.layout import at, market_foot, rows
from bot.korean import duration, kst_minute, payer, price, quote_unit, signed
from bot.model import Button, Message, Request
from pipeline.model import Mark

TOP: Final = 5


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a contract that does not exist, and where nothing is known."""
    known = futures(context)
    if not words:
        return ranking(context, known.marks(), freshness(context, known))
    return one(context, contract(context, known, " ".join(words)), freshness(context, known))


def one(context: Context, mark: Mark, warning: Sequence[str]) -> Message:
    """One contract in words."""
    now_ms = context.now_ms()
    info = context.market.info(mark.symbol)
    unit = quote_unit(info.quote)
    lines = [*warning, payer(mark.rate)]
    if mark.next_ms > now_ms:
        left = duration(mark.next_ms - now_ms)
        lines.append(f"다음 정산 {kst_minute(mark.next_ms)} ({left} 뒤)")
    prices = [f"선물 기준가 {price(mark.price, info.tick, unit)}"]
    premium = mark.premium_pct
    if premium is not None:
        prices.append(f"현물 지수 {price(mark.index, info.tick, unit)}")
        lines.append(" · ".join(prices))
        lines.append(f"현물 지수와의 차이 {signed(premium, 3)}")
    else:
        lines.append(" · ".join(prices))
    lines.append(f"바이낸스 USDⓈ-M 무기한 선물 · {at(mark.at_ms, now_ms)} 기준")
    return Message(
        head=f"💸 {name(context, mark.symbol)} 선물 펀딩비 {signed(mark.rate * 100, 4)}",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/funding {mark.symbol}"),
                Button("💥 청산", f"/liquidations {mark.symbol}"),
            ),
        ),
    )


def ranking(context: Context, marks: Sequence[Mark], warning: Sequence[str]) -> Message:
    """The highest and the lowest rates in words; ``marks`` begin with the highest. None is in
    both."""
    ends = min(TOP, len(marks) // 2)
    up, down = marks[: len(marks) - ends][:TOP], marks[len(marks) - ends :][::-1]
    lines = [*warning, f"무기한 선물 {len(marks):,}개 · +는 롱이, −는 숏이 냅니다"]
    for title, ranked in (("높은 쪽", up), ("낮은 쪽", down)):
        lines += [title, *_ranked(context, ranked)] if ranked else ()
    lines.append("정산 간격이 종목마다 달라(1·4·8시간) 그대로 비교할 수는 없습니다.")
    newest_ms = max((mark.at_ms for mark in marks), default=context.now_ms())
    lines.append(f"바이낸스 USDⓈ-M · {at(newest_ms, context.now_ms())} 기준")
    return Message(
        head="💸 선물 펀딩비 상위·하위",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (Button("🔄 새로고침", "/funding"),),
            [Button(f"💸 {m.symbol}", f"/funding {m.symbol}") for m in (*up[:1], *down[:1])],
        ),
    )


def _ranked(context: Context, marks: Sequence[Mark]) -> list[str]:
    return [
        f"{rank}. {name(context, mark.symbol)} {signed(mark.rate * 100, 4)}"
        for rank, mark in enumerate(marks, 1)
    ]


COMMAND = Command(
    name="funding",
    korean="펀딩비",
    description="선물 펀딩비와 현물 지수와의 차이",
    example="/funding btc",
    parameters=(Parameter("symbol", "심볼", "볼 심볼 (없으면 상위·하위)", "symbol"),),
    run=run,
    aliases=("펀딩", "펀비", "fundingrate"),
    details=(
        "펀딩비는 무기한 선물의 롱과 숏이 정해진 시각에 주고받는 돈입니다.",
        "보이는 값은 다음 정산 때의 예상이며, 그때까지 바뀔 수 있습니다.",
    ),
)
