"""/status: how the market data and the bot itself are doing."""

from typing import Final

import msgspec

from bot.command import Command, Context
from bot.commands.futures_words import freshness
from bot.commands.layout import ago, at, rows
from bot.errors import StoreError
from bot.health_words import NAMES, feed_text, problem_text
from bot.korean import DAY_MS, HOUR_MS, SECOND_MS, duration, portion
from bot.model import Button, Message, Request
from bot.ports import FeedHealth

AI_PROBLEMS: Final = {
    "account": "⚠️ AI 게이트웨이가 키나 잔액 때문에 요청을 거절해 자동 설명만 나갑니다",
    "month": "AI 설명: 이번 달 예산을 다 써서 다음 달까지 자동 설명만 나갑니다",
    "failing": "⚠️ AI 게이트웨이가 응답하지 않아 자동 설명만 나갑니다",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Health as it is now."""
    feed, queued = context.health.feed(), context.health.queued()
    answer = render(context, feed, queued, await ai_text(context))
    texts = context.troubles(request.chat)
    if not texts:
        return msgspec.structs.replace(answer, lines=(*_away(context), *answer.lines))
    head, *more = (f"🚨 {text}" for text in texts)
    if feed.ok or problem_text(feed.problem) not in texts:  # else it is said already
        more.append(answer.head)
    return msgspec.structs.replace(answer, head=head, lines=(*more, *answer.lines))


async def ai_text(context: Context) -> str:
    """Whether a model explains, and how much of the day's budget is left. What it costs in dollars
    is for operators: /cost."""
    ledger, budget_usd = context.ledger, context.daily_budget_usd
    if ledger is None:
        return "AI 설명: 꺼짐(자동 설명만 나갑니다)"
    if problem := context.ai_problem():
        return AI_PROBLEMS[problem]
    if budget_usd is None:
        return "AI 설명: 켜짐"
    now_ms = context.now_ms()
    today_ms = now_ms - (now_ms + 9 * HOUR_MS) % DAY_MS  # days begin at midnight in Korea
    try:
        spent = sum(one.usd for one in await ledger.spent(today_ms, today_ms + DAY_MS))
    except StoreError:
        return "AI 설명: 켜짐 · 오늘 예산은 확인하지 못했습니다"
    if spent >= budget_usd:
        return "AI 설명: 오늘 예산을 다 써서 자정(한국 시간)까지 자동 설명만 나갑니다"
    return f"AI 설명: 켜짐 · 오늘 예산 {portion((1 - spent / budget_usd) * 100)} 남음"


def render(context: Context, feed: FeedHealth, queued: int, ai: str) -> Message:
    """The answer in words: what is wrong first."""
    problem = feed_text(feed)
    age = "아직 없음" if feed.age_ms is None else _ago(feed.age_ms)
    market = [feed.unreal.sentence] if feed.unreal else []
    if feed.ok and not market:
        market = ["바이낸스 실시간 시세를 받습니다."]
    return Message(
        head=f"✅ 시세 데이터: {problem}" if feed.ok else f"⚠️ {problem}",
        lines=(
            *market,
            f"마지막 데이터 {age} · {_delay(feed.delay_ms)}",
            f"지켜보는 종목 {feed.symbols:,}개 · 연결 {feed.connections:,}개"
            f" · 재연결 {feed.reconnects:,}회",
            f"놓친 구간 {feed.gaps:,}회 · 복구한 체결 {feed.recovered_trades:,}건"
            f" · 읽지 못한 데이터 {feed.bad_frames:,}건",
            *feed.others,
            *_futures(context),
            *_won(context),
            f"보낼 메시지 {queued:,}건",
            ai,
            f"고래봇 {context.version}",
        ),
        buttons=rows((Button("🔄 새로고침", "/status"), Button("❔ 왜 안 오나요?", "/why 안 와"))),
        tone="plain",
    )


def _away(context: Context) -> tuple[str, ...]:
    """Where people cannot be reached. Why, and what to do about it, is for operators."""
    return tuple(
        f"⚠️ {NAMES.get(name, name)} 연결에 문제가 있습니다({at(since_ms, context.now_ms())}부터). "
        "그곳의 알림과 답이 늦거나 오지 않을 수 있습니다."
        for name, since_ms in context.away().items()
    )


def _delay(delay_ms: int | None) -> str:
    """How old trades are when they come; younger than a second less than none is a clock."""
    if delay_ms is None:
        return "거래소 지연 아직 모름"
    if delay_ms <= -SECOND_MS:
        return f"⚠️ 고래봇이 도는 컴퓨터의 시계가 {duration(-delay_ms)} 느림"
    return f"거래소 지연 {duration(max(0, delay_ms))}"


def _ago(age_ms: int) -> str:
    return "방금" if age_ms < SECOND_MS else f"{duration(age_ms)} 전"


def _futures(context: Context) -> tuple[str, ...]:
    """How the data of futures are, where they are followed."""
    known = context.futures
    if known is None:
        return ()
    if not known.newest_ms:
        return ("⚠️ 선물 데이터를 아직 받지 못했습니다.",)
    mute = f"⚠️ 체결이 오지 않는 선물 {len(known.mute):,}개를 다시 연결하고 있습니다."
    return freshness(context, known) or (
        f"선물 {len(known.marks()):,}개 종목의 데이터를 받습니다.",
        *([mute] if known.mute else []),
    )


def _won(context: Context) -> tuple[str, ...]:
    """How prices in won are, and the exchange rate, where they are followed."""
    won, now_ms = context.won, context.now_ms()
    if won is None:
        return ()
    if not won.heard_ms:
        prices = "⚠️ 업비트 원화 시세를 아직 받지 못했습니다"
    elif not won.current(now_ms):
        prices = f"⚠️ 업비트 원화 시세가 멈췄습니다({ago(won.heard_ms, now_ms)})"
    else:
        prices = f"업비트 원화 시세 {len(won.tickers()):,}개"
    if won.rate is None:
        return (f"{prices} · 은행 환율 아직 없음",)
    mark = "" if won.rate.fresh(now_ms) else "⚠️ "
    return (f"{prices} · {mark}은행 환율 {ago(won.rate.at_ms, now_ms)} 고시",)


COMMAND = Command(
    name="status",
    korean="상태",
    description="시세 데이터와 봇의 상태",
    example="/status",
    run=run,
    aliases=("상황", "봇상태"),
)
