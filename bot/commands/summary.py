"""/summary: majors, movers, large trades, mood and notable alerts, now."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context
from bot.commands.commented import commented
from bot.commands.layout import at, rows
from bot.commands.pictured import pictured, source
from bot.compose import FULL_DISCLAIMER, alert_message
from bot.drawings import MajorRow, MoverRow, SummaryChart
from bot.korean import (
    HOUR_MS,
    NAMES,
    display_name,
    dollars,
    kst,
    number,
    percent,
    price,
    quote_unit,
)
from bot.model import Button, Chat, Message, Request, Tone
from bot.occasions import upcoming
from bot.readings import Coin, Mood, Survey, WhaleFlow
from bot.survey_words import plain_survey

TITLE: Final = "📋 시장 요약"
EDITIONS: Final = ((range(5, 12), "🌅 아침 시황"), (range(17, 24), "🌙 저녁 시황"))
"""What a summary by the clock is called, by its hour where it was ordered."""


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError before the first rolling days have arrived."""
    survey = await context.surveyor.survey()
    message = render(context, survey)
    wanted = await context.schedules.schedules(request.chat)
    lines = message.lines + upcoming(wanted, context.now_ms())
    message = msgspec.structs.replace(message, lines=lines)
    return await _whole(context, message, survey, request.chat)


async def edition(context: Context, survey: Survey, at: str) -> Message:
    """The summary that is due ``at`` "HH:MM", by its name."""
    hour = int(at[:2])
    title = next((name for hours, name in EDITIONS if hour in hours), TITLE)
    return await _whole(context, render(context, survey, title), survey)


async def _whole(
    context: Context, message: Message, survey: Survey, chat: Chat | None = None
) -> Message:
    """With its picture, and a model's paragraph to follow if there is one to ask."""
    message = await pictured(context, message, draw(context, survey), _alt(survey), chat)
    return commented(context, message, survey)


def render(context: Context, survey: Survey, title: str = TITLE) -> Message:
    """The summary in words; what is not known is left out."""
    mood = survey.mood.word
    head = " · ".join([title, *_lead(survey), f"심리 {mood}"])
    lines = [
        f"{kst(survey.at_ms)} 기준",
        *_majors(survey.majors),
        *_movers("📈 24시간 상승 상위", survey.risers),
        *_movers("📉 24시간 하락 상위", survey.fallers),
        *_whales(survey.whales),
        f"🧭 시장 심리 {mood}",
        *mood_figures(survey.mood),
        *_alerts(context, survey),
    ]
    foot = f"🧪 모의 시장 · {FULL_DISCLAIMER}" if context.simulated else FULL_DISCLAIMER
    return Message(
        head=head,
        lines=tuple(lines),
        note=plain_survey(survey),
        foot=foot,
        buttons=rows(
            (
                Button("🔄 새로고침", "/summary"),
                Button("🔥 급등락", "/movers"),
                Button("⏰ 정기 요약", "/schedule"),
            )
        ),
        tone=_tone(survey.majors),
    )


def draw(context: Context, survey: Survey) -> SummaryChart:
    """What the picture is drawn from."""
    mood, flow = survey.mood, survey.whales
    gauges = (
        ("시장가 매수(1시간)", mood.buy_share),
        ("매수 잔량(호가)", mood.bid_share),
        ("오른 종목(24시간)", mood.rising),
    )
    return SummaryChart(
        majors=tuple(
            MajorRow(
                name=NAMES.get(coin.info.base, (coin.info.base,))[0],
                price=price(coin.price, coin.info.tick, quote_unit(coin.info.quote)),
                open_pct=coin.open_pct,
                day_pct=coin.day_pct,
            )
            for coin in survey.majors
        ),
        movers=tuple(
            MoverRow(coin.info.base, coin.day_pct)
            for coin in (*survey.risers, *reversed(survey.fallers))
        ),
        mood=mood.word,
        gauges=tuple((name, share) for name, share in gauges if share is not None),
        whales=_whales(flow)[0].replace("🐳 ", "").replace("🔴 ", "").replace("🔵 ", ""),
        source=source(context),
        at_ms=survey.at_ms,
    )


def _alt(survey: Survey) -> str:
    """What the picture shows, in words."""
    changes = ", ".join(f"{coin.info.base} {percent(coin.day_pct)}" for coin in survey.majors)
    return f"시장 요약 그림: 심리 {survey.mood.word}. 24시간 {changes}"


def _lead(survey: Survey) -> list[str]:
    """The first major's change since 09:00; over 24 hours while the day is too young to tell."""
    if not survey.majors:
        return []
    first = survey.majors[0]
    name = NAMES.get(first.info.base, (first.info.base,))[0]
    if first.open_pct is None or survey.at_ms - survey.open_ms < HOUR_MS:
        return [f"{name} {percent(first.day_pct)}(24시간)"]
    return [f"{name} {percent(first.open_pct)}(09:00부터)"]


def mood_figures(mood: Mood) -> list[str]:
    """What the mood was read from, each figure with what it means."""
    figures = []
    if mood.buy_share is not None:
        figures.append(f"시장가 매수 {number(mood.buy_share, 0)}%(주요 코인, 1시간)")
    if mood.bid_share is not None:
        figures.append(f"매수 잔량 {number(mood.bid_share, 0)}%(주요 코인, 가까운 호가)")
    figures.append(f"오른 종목 {number(mood.rising, 0)}%(24시간, {mood.pairs:,}개 중)")
    return figures


def _tone(majors: Sequence[Coin]) -> Tone:
    if not majors or majors[0].day_pct == 0:
        return "plain"
    return "up" if majors[0].day_pct > 0 else "down"


def _majors(coins: Sequence[Coin]) -> list[str]:
    lines = []
    for coin in coins:
        changes = [f"24시간 {percent(coin.day_pct)}"]
        if coin.open_pct is not None:
            changes.insert(0, f"09시 이후 {percent(coin.open_pct)}")
        cost = price(coin.price, coin.info.tick, quote_unit(coin.info.quote))
        lines.append(f"{display_name(coin.info)} {cost} · {' · '.join(changes)}")
    return lines


def _movers(title: str, coins: Sequence[Coin]) -> list[str]:
    if not coins:
        return []
    named = ", ".join(f"{coin.info.base} {percent(coin.day_pct, 1)}" for coin in coins)
    return [f"{title}: {named}"]


def _whales(flow: WhaleFlow) -> list[str]:
    title = f"🐳 대량 체결 {flow.count:,}건({flow.hours}시간)"
    if not flow.bought and not flow.sold:
        return [title]
    net = "🔴 순매수" if flow.net > 0 else "🔵 순매도" if flow.net < 0 else "순매수"
    sides = f"매수 {dollars(flow.bought)} · 매도 {dollars(flow.sold)}"
    return [f"{title}: {net} {dollars(abs(flow.net))}", sides]


def _alerts(context: Context, survey: Survey) -> list[str]:
    if not survey.alerts:
        return []
    lines = [f"🔔 {survey.alert_hours}시간 동안 눈에 띈 알림"]
    after = survey.after_pct or (None,) * len(survey.alerts)
    for alert, after_pct in zip(survey.alerts, after, strict=True):
        info = context.market.info(alert.symbol)
        head = alert_message(alert, info, note="", by="template").head
        lines.append(f"{at(alert.at_ms, survey.at_ms)} · {head}")
        if after_pct is not None:
            lines.append(f"↳ 알림 뒤 지금까지 {percent(after_pct)}")
    return lines


COMMAND = Command(
    name="summary",
    korean="요약",
    description="지금의 시장 요약: 주요 코인, 급등락, 대량 체결, 시장 심리",
    example="/summary",
    run=run,
    aliases=("시장", "시장요약", "시황"),
)
