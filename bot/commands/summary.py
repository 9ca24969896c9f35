"""/summary: majors, movers, large trades, mood and notable alerts, now."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from bot.command import Command, Context
from bot.commands.commented import commented
from bot.commands.layout import at, rows
from bot.commands.pictured import pictured, pictured_in, source
from bot.compose import FULL_DISCLAIMER, alert_message
from bot.compose_moves import past_market
from bot.drawings import MajorRow, MoverRow, SummaryChart
from bot.korean import (
    HOUR_MS,
    NAMES,
    dollars,
    kst,
    number,
    percent,
    price,
    quote_unit,
)
from bot.model import Button, Chat, Colours, Draft, Edition, Message, Request, Tone
from bot.occasions import upcoming
from bot.readings import Coin, Mood, Survey, WhaleFlow
from bot.survey_words import counted_when, plain_survey

TITLE: Final = "📋 시장 요약"
MOST_LINES: Final = 20
MAJORS: Final = 6
MOVERS: Final = 3
ALERTS: Final = 3
_NO_PICTURES: Final = dict.fromkeys(map(ord, "🐳🔴🔵"), None)
_AROUND: Final = 3
"""The head, the note and the small print."""
_ADDED: Final = 2
TRIES: Final = 2
"""Nobody waits for a summary by the clock: its picture is worth some seconds more."""
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


async def edition(
    context: Context, survey: Survey, at: str, colours: Collection[Colours]
) -> Edition:
    """The summary that is due ``at`` "HH:MM", by its name, with its picture in each of the
    ``colours``."""
    hour = int(at[:2])
    title = next((name for hours, name in EDITIONS if hour in hours), TITLE)
    answer = commented(context, render(context, survey, title), survey)
    plain = answer.first if isinstance(answer, Draft) else answer
    drawing, alt = draw(context, survey), _alt(survey)
    copies = {
        one: await pictured_in(context, plain, drawing, alt, one, tries=TRIES)
        for one in sorted(colours)
    }
    return Edition(copies, answer.later if isinstance(answer, Draft) else None)


async def _whole(context: Context, message: Message, survey: Survey, chat: Chat) -> Message:
    """With its picture, and a model's paragraph to follow if there is one to ask."""
    message = await pictured(context, message, draw(context, survey), _alt(survey), chat)
    return commented(context, message, survey)


def render(context: Context, survey: Survey, title: str = TITLE) -> Message:
    """The summary in words; what is not known is left out.

    With its head, note and small print it has at most MOST_LINES lines, two of which are kept free
    for what is added behind: that there is no picture, and when the next one comes.
    """
    mood = survey.mood.word
    head = " · ".join([title, *_lead(survey), f"심리 {mood}"])
    lines = [
        *_majors(survey),
        *_movers("📈 24시간 상승 상위", survey.risers[:MOVERS]),
        *_movers("📉 24시간 하락 상위", survey.fallers[:MOVERS]),
        _whales(survey.whales),
        _mood(survey.mood),
        *_alerts(context, survey),
    ]
    brief = "" if context.unreal is None else f"{context.unreal.brief} · "
    foot = brief + FULL_DISCLAIMER
    return Message(
        head=head,
        lines=tuple(lines[: MOST_LINES - _ADDED - _AROUND]),
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
        moments=(survey.at_ms,),
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
                name=_name(coin),
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
        whales=_whales(flow).partition("(")[0].translate(_NO_PICTURES).strip(),
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
    name = _name(first)
    if first.open_pct is None or survey.at_ms - survey.open_ms < HOUR_MS:
        return [f"{name} {percent(first.day_pct)}(24시간)"]
    return [f"{name} {percent(first.open_pct)}(09:00부터)"]


def _mood(mood: Mood) -> str:
    """What the mood is, and the figures that it was read from."""
    figures = []
    if mood.buy_share is not None:
        figures.append(f"시장가 매수 {number(mood.buy_share, 0)}%(1시간)")
    if mood.bid_share is not None:
        figures.append(f"매수 잔량 {number(mood.bid_share, 0)}%(호가)")
    figures.append(f"오른 종목 {number(mood.rising, 0)}%({mood.pairs:,}개 중, 24시간)")
    return f"🧭 시장 심리 {mood.word}: {' · '.join(figures)}"


def _tone(majors: Sequence[Coin]) -> Tone:
    if not majors or majors[0].day_pct == 0:
        return "plain"
    return "up" if majors[0].day_pct > 0 else "down"


def _majors(survey: Survey) -> list[str]:
    """When it is, what the changes are of, and a line for each major."""
    coins = survey.majors[:MAJORS]
    since_open = any(coin.open_pct is not None for coin in coins)
    lines = [f"{kst(survey.at_ms)} 기준"]
    if coins:
        lines[0] += " · 09시 이후 / 24시간 변동" if since_open else " · 24시간 변동"
    for coin in coins:
        changes = [percent(coin.day_pct)]
        if since_open:
            changes.insert(0, "모름" if coin.open_pct is None else percent(coin.open_pct))
        cost = price(coin.price, coin.info.tick, quote_unit(coin.info.quote))
        lines.append(f"{_name(coin)} {cost} · {' / '.join(changes)}")
    return lines


def _name(coin: Coin) -> str:
    """Every major is against the dollar: its name is enough."""
    return NAMES.get(coin.info.base, (coin.info.base,))[0]


def _movers(title: str, coins: Sequence[Coin]) -> list[str]:
    if not coins:
        return []
    named = ", ".join(f"{coin.info.base} {percent(coin.day_pct, 1)}" for coin in coins)
    return [f"{title}: {named}"]


def _whales(flow: WhaleFlow) -> str:
    title = f"🐳 {counted_when(flow.hours, flow.since_ms)} 대량 체결 {flow.count:,}건"
    if not flow.bought and not flow.sold:
        return title
    net = "🔴 순매수" if flow.net > 0 else "🔵 순매도" if flow.net < 0 else "순매수"
    sides = f"매수 {dollars(flow.bought)}, 매도 {dollars(flow.sold)}"
    return f"{title} · {net} {dollars(abs(flow.net))}({sides})"


def _alerts(context: Context, survey: Survey) -> list[str]:
    if not survey.alerts:
        return []
    lines = [f"🔔 {survey.alert_hours}시간 동안 가장 컸던 알림"]
    together = survey.together
    if together is not None:
        when = at(together.opened_ms, survey.at_ms).removesuffix(" KST")
        lines.append(f"{when} {past_market(together)}")
    for alert, after in survey.followed[: ALERTS - (together is not None)]:
        info = context.market.info(alert.symbol)
        head = alert_message(alert, info, note="", by="template").head
        line = f"{at(alert.at_ms, survey.at_ms).removesuffix(' KST')} {head}"
        if after is not None:
            when = f"{after.hours}시간 뒤" if after.hours else "지금까지"
            line += f" → {when} {percent(after.pct)}"
        lines.append(line)
    return lines


COMMAND = Command(
    name="summary",
    korean="요약",
    description="지금의 시장 요약: 주요 코인, 급등락, 대량 체결, 시장 심리",
    example="/summary",
    run=run,
    aliases=("시장", "시장요약", "시황"),
)
