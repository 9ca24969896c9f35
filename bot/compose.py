"""What people read: alerts, notices and the greeting as messages without markup."""

from collections.abc import Sequence
from typing import Final, Literal, assert_never

import msgspec

from bot.fitting import in_colours
from bot.hindsight import Standing
from bot.korean import (
    POSITION_NAMES,
    SECOND_MS,
    SEVERITY_NAMES,
    SIDE_NAMES,
    bank_rate,
    bp,
    display_name,
    duration,
    kst,
    kst_minute,
    kst_time,
    money,
    number,
    payer,
    percent,
    portion,
    premium_word,
    price,
    quantity,
    quote_unit,
    share,
    signed,
    signed_share,
    times,
    window,
    won,
)
from bot.model import Button, Message, Tone, short_ref
from bot.past_words import past_line
from bot.symbols import read_symbol
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    Severity,
    Spread,
    SymbolInfo,
    VolumeSurge,
)
from pipeline.won import Rate

DISCLAIMER: Final = "※ 정보 제공용이며 투자 조언이 아닙니다."
FULL_DISCLAIMER: Final = (
    "※ 본 내용은 정보 제공용이며 투자 조언이 아닙니다. 투자 판단과 책임은 본인에게 있습니다. "
    "AI가 작성한 설명에는 오류가 있을 수 있습니다."
)
AUTHORS: Final = {"template": "자동 설명", "ai": "AI 설명"}
_LONGEST_COMMAND = 60  # bytes: see bot.model.Button


def alert_message(
    alert: AnyAlert,
    info: SymbolInfo | None,
    *,
    note: str,
    by: Literal["template", "ai"],
    received_ms: int | None = None,
    severity: Severity | None = None,
    past: Standing | None = None,
    rate: Rate | None = None,
    rate_age_ms: int = 0,
) -> Message:
    """An alert as one message: symbol, size and direction in the head, facts below, then ``note``.

    ``by`` says who wrote the note. ``received_ms`` is when the alert reached us; it shows how late
    a recovered one is. ``severity`` is the receiver's, the alert's own if it has none, ``past``
    what came after alerts like it. Facts that are not known are left out. A notice is silent.
    ``rate`` is the banks' exchange rate while it is fresh, ``rate_age_ms`` how old it is: a large
    sum is told in won as well, with the rate in the small print.
    """
    pair = info or read_symbol(alert.symbol)
    severity = severity or alert.severity
    tone: Tone
    by_rate: list[str] = []
    match alert:
        case LargeTrade():
            rate = rate if quote_unit(pair.quote) == "달러" else None
            head, lines = _large_trade(alert, pair, rate)
            by_rate = [f"은행 환율 {bank_rate(rate.won, rate_age_ms)}"] if rate else []
            tone = "up" if alert.side == "buy" else "down"
        case PriceJump():
            head, lines = _price_jump(alert, pair)
            tone = "up" if alert.change_pct >= 0 else "down"
        case Pump():
            head, lines = _pump(alert, pair)
            tone = "up"
        case Spread():
            head, lines = _spread(alert, pair)
            tone = "plain"
        case VolumeSurge():
            head, lines = _volume_surge(alert, pair)
            tone = alert.way or "plain"
        case BookImbalance():
            head, lines = _book_imbalance(alert, pair)
            tone = "plain"
        case Kimchi():
            head, lines = _kimchi(alert, pair)
            tone = "plain"
        case Liquidated():
            head, lines = _liquidation(alert, pair)
            tone = alert.way
        case Funding():
            head, lines = _funding(alert, pair)
            tone = "plain"
        case _:
            assert_never(alert)
    at = [kst_time(alert.at_ms)]
    if alert.recovered and received_ms is not None:
        at.append(f"지연 {duration(max(0, received_ms - alert.at_ms))}(복구)")
    elif alert.recovered:
        at.append("복구된 알림")
    *others, last = lines
    return Message(
        head=head,
        lines=(
            *map(_line, others),
            _line([*last, *at]),
            *([] if past is None else [past_line(past)]),
        ),
        note=note,
        foot=_line([DISCLAIMER, SEVERITY_NAMES[severity], AUTHORS[by], *by_rate]),
        buttons=_buttons(alert),
        tone=tone,
        key=alert.id,
        silent=severity == "notice",
        moments=(alert.at_ms,),
    )


def with_note(message: Message, note: str) -> Message:
    """The message with a model's note for its plain one, and who wrote it in the small print; as
    it is where no model's text is wanted."""
    if message.own_words:
        return message
    foot = message.foot.replace(AUTHORS["template"], AUTHORS["ai"])
    return msgspec.structs.replace(message, note=in_colours(note, message.colours), foot=foot)


def _large_trade(
    alert: LargeTrade, pair: SymbolInfo, rate: Rate | None
) -> tuple[str, list[list[str]]]:
    action = "대량 매수" if alert.side == "buy" else "대량 매도"
    head = f"🐳 {display_name(pair)} {action} 체결 · {money(alert.notional, pair.quote)}"
    if rate is not None:
        # A rate of the day: more digits than these would say more than is known.
        head += f"(약 {won(float(f'{alert.notional * rate.won:.3g}'))})"
    # An average has more digits than any price of the exchange: eight are enough to tell it.
    average = alert.price if pair.tick > 0 else float(f"{alert.price:.8g}")
    trade = [
        quantity(alert.quantity, pair.step, pair.base),
        f"평균 {price(average, pair.tick, quote_unit(pair.quote))}",
        f"{alert.fills:,}건 체결",
    ]
    if alert.slippage_bp is not None:
        slipped = f"슬리피지 {bp(alert.slippage_bp)}"
        if alert.levels is not None and alert.levels > 1:
            slipped += f"(호가 {alert.levels:,}단계)"
        trade.append(slipped)
    context = []
    if alert.day_share_pct is not None and alert.day_share_pct >= 0.01:
        context.append(f"24시간 거래대금의 {share(alert.day_share_pct)}")
    if alert.rank is not None and alert.rank >= 50:  # "top 80 %" says nothing
        context.append(_standing(alert.rank))
    if alert.daily:
        context.append(_per_day(alert.daily))
    if alert.change_1m_pct is not None:
        context.append(f"1분 {percent(alert.change_1m_pct)}")
    return head, [trade, context]


def _standing(percentile: float) -> str:
    """Where the order stands among the symbol's own ones: the memory behind it fades in days."""
    top = 100 - percentile
    if top <= 0:
        return "이 종목 최근 체결 중 최대급"  # sizes are counted in bins, so equals are possible
    if top < 0.01:
        return "이 종목 최근 체결 상위 0.01% 이내"
    return f"이 종목 최근 체결 상위 {share(top)}"


def _per_day(count: float) -> str:
    if count < 0.1:
        return "하루 0.1회 미만 규모"
    return f"하루 약 {number(count, 0 if count >= 1 else 1)}회 규모"


def _price_jump(alert: PriceJump, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    unit = quote_unit(pair.quote)
    icon, word = ("📈", "급등") if alert.change_pct >= 0 else ("📉", "급락")
    length = window(alert.window_s)
    change = percent(alert.change_pct)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    usual = share(alert.usual_pct)
    return f"{icon} {display_name(pair)} {word} · {length} {change}", [
        [f"{before} → {after}"],
        [f"평소 {length} 변동 {usual}"] if usual != share(0) else [],
    ]


def _pump(alert: Pump, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    unit = quote_unit(pair.quote)
    change = percent(alert.change_pct)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    return f"🚀 {display_name(pair)} 펌핑 의심 · {window(alert.window_s)} {change}", [
        [
            f"시장가 매수 {alert.buys:,}건(평소의 {times(alert.times_usual)})",
            money(alert.notional, pair.quote),
        ],
        [f"{before} → {after}"],
    ]


def _spread(alert: Spread, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    unit = quote_unit(pair.quote)
    usual = alert.times_usual > 0
    head = f"↔️ {display_name(pair)} 스프레드 확대 · {bp(alert.spread_bp)}"
    return head + (f"(평소의 {times(alert.times_usual)})" if usual else ""), [
        [
            f"매수 호가 {price(alert.bid, pair.tick, unit)}",
            f"매도 호가 {price(alert.ask, pair.tick, unit)}",
        ],
        [f"평소 {bp(alert.usual_bp)}"] if usual else [],
    ]


def _volume_surge(alert: VolumeSurge, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    length = window(alert.window_s)
    head = f"🌊 {display_name(pair)} 거래량 급등 · 평소의 {times(alert.times_usual)}"
    moved = []
    if alert.change_pct is not None:
        moved = [f"{length} {percent(alert.change_pct)}"]
    return " · ".join([head, *moved] if alert.way else [head]), [
        [
            f"{length} 거래대금 {money(alert.notional, pair.quote)}",
            f"이 시간대 평소 {money(alert.usual, pair.quote)}",
        ],
        [
            f"시장가 매수 {share(alert.buy_share_pct, 0)}",
            f"{alert.trades:,}건 체결",
            *([] if alert.way else moved),
        ],
    ]


def _book_imbalance(alert: BookImbalance, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    side = SIDE_NAMES[alert.side]
    size = money(alert.notional, pair.quote)
    held = duration(alert.held_s * SECOND_MS)
    if alert.what == "imbalance":
        usual = [f"평소 {portion(alert.usual_pct)}"] if alert.usual_pct is not None else []
        return f"⚖️ {display_name(pair)} {side} 호가 쏠림 · {portion(alert.share_pct)}", [
            [f"{side} 잔량 {size}(중간 가격 ±{bp(alert.distance_bp)} 이내)", *usual],
            [f"{held}째"],
        ]
    there = alert.what == "wall_appeared"
    head = f"🧱 {display_name(pair)} {side}벽 {'등장' if there else '사라짐'} · {size}"
    times_usual = [f"평소 호가의 {times(alert.times_usual)}"] if alert.times_usual > 0 else []
    return head, [
        [
            price(alert.price, pair.tick, quote_unit(pair.quote)),
            *times_usual,
            f"{held}째" if there else f"{held} 동안 유지",
        ],
        [f"{'' if there else '그때 '}{side} 20호가 잔량의 {portion(alert.share_pct)}"],
    ]


def _kimchi(alert: Kimchi, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    word = premium_word(alert.premium_pct)
    now = f"{word} {signed_share(alert.premium_pct)}"
    head = f"🇰🇷 {display_name(pair)} {now}"
    if alert.change_points is not None and alert.window_s is not None:
        moved = f"{signed_share(alert.change_points)}p"
        head = f"🇰🇷 {display_name(pair)} 김프 급변 · {window(alert.window_s)} 동안 {moved}"
    by = [
        f"{basis} 기준 {signed_share(value)}(1{unit} {price(rate, 0.01, '원')})"
        for basis, value, unit, rate in (
            ("은행 환율", alert.bank_pct, "달러", alert.rate),
            ("업비트 테더", alert.tether_pct, " USDT", alert.tether),
        )
        if value is not None and rate is not None
    ]
    unit = quote_unit(pair.quote)
    return head, [
        [
            f"업비트 {price(alert.won, unit='원')}",
            f"바이낸스 {price(alert.price, pair.tick, unit)}",
        ],
        by,
        [] if alert.change_points is None else [f"지금 {now}"],
    ]


def _liquidation(alert: Liquidated, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    size = money(alert.notional, pair.quote)
    head = f"💥 {display_name(pair)} {POSITION_NAMES[alert.position]} 청산 · {size} 이상"
    sums = [f"{window(alert.window_s)} 동안 {alert.count:,}건 이상"] if alert.count > 1 else []
    sums.append(f"평균 {price(float(f'{alert.price:.8g}'), pair.tick, quote_unit(pair.quote))}")
    if alert.count > 1:
        sums.append(f"가장 큰 한 건 {money(alert.largest, pair.quote)}")
    often = [_per_day(alert.per_day)] if alert.per_day else []
    return head, [sums, ["거래소가 1초에 한 건만 알려 주어 실제는 더 클 수 있음", *often]]


def _funding(alert: Funding, pair: SymbolInfo) -> tuple[str, list[list[str]]]:
    rate = signed(alert.rate_pct, 4)
    name, side = display_name(pair), POSITION_NAMES[alert.payer]
    if alert.what == "turned":
        head = f"💸 {name} 펀딩비 전환 · 이제 {side}이 부담 {rate}"
        before = [] if alert.before_pct is None else [f"직전 최대 {signed(alert.before_pct, 4)}"]
    else:
        head = f"💸 {name} 펀딩비 {rate} · {side}이 부담"
        before = []
    if alert.usual_pct is not None and alert.times_usual:
        usual = f"평소 {number(alert.usual_pct, 4)}%"
        before.append(f"{usual}의 {times(alert.times_usual)}")
    settled = f"다음 정산 {kst_minute(alert.next_ms)}"
    if alert.interval_h is not None:
        settled += f"({number(alert.interval_h, 1)}시간마다)"
    premium = []
    if alert.premium_pct is not None:
        premium = [f"현물 지수와의 차이 {signed(alert.premium_pct, 3)}"]
    return head, [[payer(alert.rate_pct).rstrip("."), *before], [settled], premium]


def _line(parts: Sequence[str]) -> str:
    return " · ".join(parts)


def why_button(alert: AnyAlert) -> Button:
    """Why the alert came, stage by stage."""
    return Button("❔ 왜 왔나요?", f"/why #{short_ref(alert.id)}")


def _buttons(alert: AnyAlert) -> tuple[tuple[Button, ...], ...]:
    row = (
        Button("🔕 1시간", f"/mute 1시간 {alert.symbol}"),
        why_button(alert),
        Button("📈 차트", f"/chart {alert.symbol}"),
    )
    fitting = tuple(b for b in row if len(b.command.encode()) <= _LONGEST_COMMAND)
    return (fitting,) if fitting else ()


# --- notices -----------------------------------------------------------------------------------


def notice_message(head: str, lines: Sequence[str], key: str, *, silent: bool = False) -> Message:
    """A word of the system itself. ``key`` names the occasion: one chat gets each key once."""
    return Message(head=head, lines=tuple(lines), key=key, silent=silent)


def feed_stopped(last_ms: int, reason: str = "") -> Message:
    """Market data has been missing since ``last_ms``; ``reason`` is a Korean sentence."""
    lines = [
        f"마지막 데이터: {kst(last_ms)}",
        *([reason] if reason else []),
        "데이터가 돌아올 때까지 알림이 오지 않습니다. 복구되면 다시 알려 드립니다.",
    ]
    return notice_message("⚠️ 데이터가 멈췄습니다", lines, f"feed_stopped:{last_ms}")


def feed_resumed(
    last_ms: int, back_ms: int, recovered_trades: int | None, gaps: int, late: int = 0
) -> Message:
    """Data is back at ``back_ms`` after it stopped at ``last_ms``, and what was missed.

    ``recovered_trades`` were fetched and checked afterwards, None if nobody looked; ``gaps`` times
    some trades of a symbol stayed unknown; ``late`` alerts were no news any more when found.
    """
    lines = [f"멈춘 동안: {kst(last_ms)}부터 {duration(max(0, back_ms - last_ms))}"]
    if recovered_trades:
        lines.append(f"놓친 체결 {recovered_trades:,}건을 다시 받아 확인했습니다.")
    if late:
        lines.append(
            f"그 사이의 알림 {late:,}건은 이미 지난 소식이라 따로 보내지 않았습니다. "
            "종목마다 /why BTC처럼 물어볼 수 있습니다."
        )
    if gaps:
        lines.append(f"{gaps:,}개 구간의 체결은 되찾지 못해 그 사이 알림이 빠졌을 수 있습니다.")
    if recovered_trades is None:
        lines.append("그동안의 체결은 확인하지 못해 알림이 빠졌을 수 있습니다.")
    elif not recovered_trades and not gaps:
        lines.append("놓친 체결은 없습니다.")
    return notice_message("✅ 데이터가 복구되었습니다", lines, f"feed_resumed:{last_ms}")


def held_while_away(count: int, key: str) -> Message:
    """``count`` alerts that could not be delivered in time, folded into one line."""
    return notice_message(
        f"📭 전하지 못한 알림 {count:,}건",
        (
            "제때 보낼 수 없어 지난 알림은 따로 보내지 않습니다.",
            "최근 대량 체결은 /whales, 급등·급락은 /movers 명령으로 볼 수 있습니다.",
        ),
        key,
        silent=True,
    )


def late(message: Message, by_ms: int) -> Message:
    """A message that had to wait so long for its platform or its turn."""
    return msgspec.structs.replace(
        message, lines=(*message.lines, f"⏳ {duration(by_ms)} 늦게 보냅니다")
    )
