"""Messages exactly as people read them."""

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.compose import (
    DISCLAIMER,
    FULL_DISCLAIMER,
    alert_message,
    feed_resumed,
    feed_stopped,
    held_while_away,
    notice_message,
    with_note,
)
from bot.compose_welcome import greeting, group_greeting
from bot.fitting import painted
from bot.korean import parse_amount
from bot.model import Button, Message, Unreal, short_ref
from bot.unreal import SIMULATED
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    Spread,
    SymbolInfo,
    VolumeSurge,
)
from pipeline.won import Rate

AT = 1_768_176_201_000  # 1월 12일(월) 09:03:21 KST
BTC = SymbolInfo("BTCUSDT", "BTC", "USDT", tick=0.01, step=0.00001)
PEPE = SymbolInfo("PEPEUSDT", "PEPE", "USDT", tick=1e-8, step=1.0)
ETHBTC = SymbolInfo("ETHBTC", "ETH", "BTC", tick=0.00001, step=0.0001)


def large_trade(symbol: str = "BTCUSDT", **facts: Any) -> LargeTrade:
    known: dict[str, Any] = {
        "id": f"large_trade:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 246.8,
        "side": "buy", "quantity": 118.2, "price": 104_402.0, "notional": 12_340_316.4,
        "fills": 37, "first_ms": AT, "last_ms": AT, "slippage_bp": 3.1, "percentile": 99.98,
        "per_day": 3.2, "change_1m_pct": 0.41, "rare": True,
    }  # fmt: skip
    return LargeTrade(**(known | facts))


def liquidated(**facts: Any) -> Liquidated:
    known: dict[str, Any] = {
        "id": "liquidation:binance-futures:BTCUSDT:1:long:1", "symbol": "binance-futures:BTCUSDT",
        "at_ms": AT, "excess": 2.35, "position": "long", "notional": 2_351_204.75,
        "quantity": 22.52, "price": 104_405.2, "count": 37, "largest": 412_300.5, "window_s": 48,
        "first_ms": AT - 48_000, "last_ms": AT, "per_day": 2.1, "rare": True,
    }  # fmt: skip
    return Liquidated(**(known | facts))


def funding(**facts: Any) -> Funding:
    known: dict[str, Any] = {
        "id": "funding:binance-futures:BTCUSDT:1:extreme", "symbol": "binance-futures:BTCUSDT",
        "at_ms": AT, "excess": 2.4, "what": "extreme", "rate_pct": 0.12, "payer": "long",
        "usual_pct": 0.01, "times_usual": 12.0, "before_pct": None, "next_ms": AT + 3_600_000,
        "interval_h": 8.0, "price": 104_400.0, "premium_pct": 0.083,
    }  # fmt: skip
    return Funding(**(known | facts))


def price_jump(symbol: str = "BTCUSDT", **facts: Any) -> PriceJump:
    known: dict[str, Any] = {
        "id": f"price_jump:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 2.5,
        "direction": "down", "change_pct": -4.2, "window_s": 300, "price": 100_000.5,
        "from_price": 104_384.66, "zscore": -13.5, "usual_pct": 0.31,
    }  # fmt: skip
    return PriceJump(**(known | facts))


def pump(symbol: str = "ETHBTC", **facts: Any) -> Pump:
    known: dict[str, Any] = {
        "id": f"pump:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 4.2, "window_s": 25,
        "buys": 1_240, "usual_buys": 32.6, "times_usual": 38.04, "rush_orders": 310,
        "notional": 12.8417, "change_pct": 21.3, "from_price": 0.03, "price": 0.03639,
    }  # fmt: skip
    return Pump(**(known | facts))


def spread(symbol: str = "BTCUSDT", **facts: Any) -> Spread:
    known: dict[str, Any] = {
        "id": f"spread:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 1.6,
        "spread_bp": 42.03, "usual_bp": 5.1, "times_usual": 8.24, "bid": 104_402.0,
        "ask": 104_841.73,
    }  # fmt: skip
    return Spread(**(known | facts))


def volume_surge(symbol: str = "BTCUSDT", **facts: Any) -> VolumeSurge:
    known: dict[str, Any] = {
        "id": f"volume_surge:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 1.3,
        "window_s": 300, "notional": 111_732_710.0, "usual": 8_627_270.0, "times_usual": 12.951,
        "buy_share_pct": 49.2, "change_pct": -3.0901, "trades": 21_618,
    }  # fmt: skip
    return VolumeSurge(**(known | facts))


def book_imbalance(symbol: str = "BTCUSDT", **facts: Any) -> BookImbalance:
    known: dict[str, Any] = {
        "id": f"book_imbalance:{symbol}:1", "symbol": symbol, "at_ms": AT, "excess": 2.3,
        "what": "wall_appeared", "side": "bid", "price": 104_350.0, "notional": 4_570_264.5,
        "times_usual": 45.5, "share_pct": 66.7, "held_s": 12.3, "distance_bp": 0.62,
    }  # fmt: skip
    return BookImbalance(**(known | facts))


RATE = Rate(1_385.2, AT - 1, "open.er-api.com")


def kimchi(symbol: str = "BTCUSDT", **facts: Any) -> Kimchi:
    known: dict[str, Any] = {
        "id": f"kimchi:{symbol}:level:1", "symbol": symbol, "at_ms": AT, "excess": 1.04,
        "what": "level", "basis": "bank", "premium_pct": 5.2, "bank_pct": 5.2, "tether_pct": 1.6,
        "change_points": None, "window_s": None, "won": 152_137_000.0, "price": 104_402.0,
        "rate": 1_385.2, "tether": 1_434.0,
    }  # fmt: skip
    return Kimchi(**(known | facts))


def composed(alert: AnyAlert, info: SymbolInfo | None, **how: Any) -> Message:
    return alert_message(alert, info, **({"note": "설명입니다.", "by": "template"} | how))


def test_a_large_trade_as_a_whole() -> None:
    assert composed(large_trade(), BTC, note="함께 나타났습니다.", by="ai") == Message(
        head="🐳 비트코인(BTCUSDT) 대량 매수 체결 · 1,234만 달러",
        lines=(
            "118.2 BTC · 평균 104,402달러 · 37건 체결 · 슬리피지 3.1bp",
            "이 종목 최근 체결 상위 0.02% · 하루 약 3회 규모 · 1분 🔴 ▲ +0.41% · 09:03:21 KST",
        ),
        note="함께 나타났습니다.",
        foot="※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · AI 설명",
        buttons=(
            (
                Button("🔕 1시간", "/mute 1시간 BTCUSDT"),
                Button("❔ 왜 왔나요?", f"/why #{short_ref('large_trade:BTCUSDT:1')}"),
                Button("📈 차트", "/chart BTCUSDT"),
            ),
        ),
        tone="up",
        key="large_trade:BTCUSDT:1",
        silent=False,
        moments=(AT,),
    )


SNAPSHOTS: list[tuple[AnyAlert, SymbolInfo | None, str, str]] = [
    (
        large_trade(
            side="sell", excess=1.5, fills=1, slippage_bp=None, percentile=None, per_day=None,
            change_1m_pct=None,
        ),
        BTC,
        "down silent",
        """
🐳 비트코인(BTCUSDT) 대량 매도 체결 · 1,234만 달러
118.2 BTC · 평균 104,402달러 · 1건 체결
09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        large_trade(recovered=True),
        BTC,
        "up",
        """
🐳 비트코인(BTCUSDT) 대량 매수 체결 · 1,234만 달러
118.2 BTC · 평균 104,402달러 · 37건 체결 · 슬리피지 3.1bp
이 종목 최근 체결 상위 0.02% · 하루 약 3회 규모 · 1분 🔴 ▲ +0.41% · 09:03:21 KST · 지연 12초(복구)
※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · 자동 설명
""",
    ),
    (
        large_trade(
            "PEPEUSDT", quantity=5_428_881_650.0, price=9.214e-06, notional=50_021.7, excess=1.0,
            slippage_bp=1.2e-11, percentile=100.0, per_day=0.0, change_1m_pct=0.0,
        ),
        PEPE,
        "up silent",
        """
🐳 페페(PEPEUSDT) 대량 매수 체결 · 5만 22달러
54억 2,888만 PEPE · 평균 0.00000921달러 · 37건 체결 · 슬리피지 0bp
이 종목 최근 체결 중 최대급 · 1분 0.00% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        large_trade(
            "ETHBTC", side="sell", quantity=357.8, price=0.0345171, notional=12.3502, excess=2.0,
            percentile=99.995, per_day=0.04, change_1m_pct=-1.234,
        ),
        ETHBTC,
        "down",
        """
🐳 이더리움(ETHBTC) 대량 매도 체결 · 12.35 BTC
357.8 ETH · 평균 0.03452 BTC · 37건 체결 · 슬리피지 3.1bp
이 종목 최근 체결 상위 0.01% 이내 · 하루 0.1회 미만 규모 · 1분 🔵 ▼ −1.23% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        large_trade("XYZUSDT", price=1.2345678901, percentile=49.0, per_day=0.31),
        None,
        "up",
        """
🐳 XYZUSDT 대량 매수 체결 · 1,234만 달러
118.2 XYZ · 평균 1.2345679달러 · 37건 체결 · 슬리피지 3.1bp
하루 약 0.3회 규모 · 1분 🔴 ▲ +0.41% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · 자동 설명
""",
    ),
    (
        price_jump(),
        BTC,
        "down",
        """
📉 비트코인(BTCUSDT) 급락 · 5분 🔵 ▼ −4.20%
104,384.66달러 → 100,000.50달러
평소 5분 변동 0.31% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        price_jump(
            "PEPEUSDT", direction="up", change_pct=5.2, window_s=10, price=0.0000095,
            from_price=0.00000903, usual_pct=0.0, excess=1.2, recovered=True,
        ),
        PEPE,
        "up silent",
        """
📈 페페(PEPEUSDT) 급등 · 10초 🔴 ▲ +5.20%
0.00000903달러 → 0.00000950달러
09:03:21 KST · 지연 12초(복구)
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        pump(),
        ETHBTC,
        "up",
        """
🚀 이더리움(ETHBTC) 펌핑 의심 · 25초 🔴 ▲ +21.30%
시장가 매수 1,240건(평소의 38배) · 12.84 BTC
0.03000 BTC → 0.03639 BTC · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        spread(),
        BTC,
        "plain silent",
        """
↔️ 비트코인(BTCUSDT) 스프레드 확대 · 42bp(평소의 8.2배)
매수 호가 104,402달러 · 매도 호가 104,841.73달러
평소 5.1bp · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        spread("ETHBTC", bid=0.0345, ask=0.03465, usual_bp=0.0, times_usual=0.0, excess=5.0),
        ETHBTC,
        "plain",
        """
↔️ 이더리움(ETHBTC) 스프레드 확대 · 42bp
매수 호가 0.03450 BTC · 매도 호가 0.03465 BTC
09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · 자동 설명
""",
    ),
    (
        book_imbalance(),
        BTC,
        "plain",
        """
🧱 비트코인(BTCUSDT) 매수벽 등장 · 457만 265달러
104,350달러 · 평소 호가의 46배 · 12초째
매수 20호가 잔량의 67% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        book_imbalance(
            "ETHBTC", what="wall_vanished", side="ask", price=0.0345, notional=12.3502,
            times_usual=0.0, share_pct=99.6, held_s=95.0, excess=1.0,
        ),
        ETHBTC,
        "plain silent",
        """
🧱 이더리움(ETHBTC) 매도벽 사라짐 · 12.35 BTC
0.03450 BTC · 1분 35초 동안 유지
그때 매도 20호가 잔량의 99.6% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        book_imbalance(
            what="imbalance", side="ask", notional=1_240_000.0, times_usual=1.75, share_pct=87.5,
            held_s=31.0, distance_bp=10.1, excess=5.5,
        ),
        BTC,
        "plain",
        """
⚖️ 비트코인(BTCUSDT) 매도 호가 쏠림 · 88%
매도 잔량 124만 달러(중간 가격 ±10.1bp 이내) · 평소 50%
31초째 · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · 자동 설명
""",
    ),
    (
        liquidated(),
        None,
        "down",
        """
💥 비트코인(BTCUSDT) 선물 롱 청산 · 235만 1,205달러 이상
48초 동안 37건 이상 · 평균 104,405.2달러 · 가장 큰 한 건 41만 2,301달러
거래소가 1초에 한 건만 알려 주어 실제는 더 클 수 있음 · 하루 약 2회 규모 · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        liquidated(position="short", count=1, per_day=None, excess=1.0),
        None,
        "up silent",
        """
💥 비트코인(BTCUSDT) 선물 숏 청산 · 235만 1,205달러 이상
평균 104,405.2달러
거래소가 1초에 한 건만 알려 주어 실제는 더 클 수 있음 · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        funding(),
        None,
        "plain",
        """
💸 비트코인(BTCUSDT) 선물 펀딩비 +0.12% · 롱이 부담
롱(매수) 포지션이 숏(매도) 포지션에 냅니다 · 평소 0.01%의 12배
다음 정산 1월 12일(월) 10:03 KST(8시간마다)
현물 지수와의 차이 +0.083% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        funding(
            what="turned", rate_pct=-0.02, payer="short", times_usual=2.0, before_pct=0.031,
            interval_h=None, premium_pct=None, excess=1.0,
        ),
        None,
        "plain silent",
        """
💸 비트코인(BTCUSDT) 선물 펀딩비 전환 · 이제 숏이 부담 −0.02%
숏(매도) 포지션이 롱(매수) 포지션에 냅니다 · 직전 최대 +0.031% · 평소 0.01%의 2배
다음 정산 1월 12일(월) 10:03 KST
09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        kimchi(),
        BTC,
        "plain silent",
        """
🇰🇷 비트코인(BTCUSDT) 김프 +5.20%
업비트 152,137,000원 · 바이낸스 104,402달러
은행 환율 기준 +5.20%(1달러 1,385.20원) · 업비트 테더 기준 +1.60%(1 USDT 1,434원)
09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        kimchi(
            "ETHUSDT", what="change", basis="tether", premium_pct=-0.4, bank_pct=None,
            tether_pct=-0.4, change_points=-3.6, window_s=120, won=4_753_732.0, price=3_379.56,
            rate=None, tether=1_407.1, excess=2.4,
        ),
        None,
        "plain",
        """
🇰🇷 이더리움(ETHUSDT) 김프 급변 · 2분 동안 −3.60%p
업비트 4,753,732원 · 바이낸스 3,379.56달러
업비트 테더 기준 −0.40%(1 USDT 1,407.10원)
지금 역프 −0.40% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        volume_surge(),
        BTC,
        "down silent",
        """
🌊 비트코인(BTCUSDT) 거래량 급등 · 평소의 13배 · 5분 🔵 ▼ −3.09%
5분 거래대금 1억 1,173만 달러 · 이 시간대 평소 862만 7,270달러
시장가 매수 49% · 21,618건 체결 · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 주의 · 자동 설명
""",
    ),
    (
        volume_surge(
            "ETHBTC", notional=120.0, usual=4.0, times_usual=30.0, change_pct=0.2, excess=3.0,
            window_s=95,
        ),
        ETHBTC,
        "plain",
        """
🌊 이더리움(ETHBTC) 거래량 급등 · 평소의 30배
1분 35초 거래대금 120 BTC · 이 시간대 평소 4 BTC
시장가 매수 49% · 21,618건 체결 · 1분 35초 🔴 ▲ +0.20% · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 경고 · 자동 설명
""",
    ),
    (
        volume_surge(change_pct=None, buy_share_pct=100.0, excess=5.0),
        BTC,
        "plain",
        """
🌊 비트코인(BTCUSDT) 거래량 급등 · 평소의 13배
5분 거래대금 1억 1,173만 달러 · 이 시간대 평소 862만 7,270달러
시장가 매수 100% · 21,618건 체결 · 09:03:21 KST
※ 정보 제공용이며 투자 조언이 아닙니다. · 긴급 · 자동 설명
""",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "info", "mood", "text"), SNAPSHOTS)
def test_each_kind_reads_exactly_so(
    alert: AnyAlert, info: SymbolInfo | None, mood: str, text: str
) -> None:
    message = composed(alert, info, received_ms=AT + 12_000)
    assert "\n".join((message.head, *message.lines, message.foot)) == text.strip()
    assert f"{message.tone} silent" == mood if message.silent else message.tone == mood
    assert message.note == "설명입니다."
    assert message.key == alert.id


def test_a_recovered_alert_says_so_even_when_its_delay_is_unknown() -> None:
    assert composed(large_trade(recovered=True), BTC).lines[-1].endswith("KST · 복구된 알림")


def test_a_clock_behind_the_exchange_gives_no_negative_delay() -> None:
    message = composed(large_trade(recovered=True), BTC, received_ms=AT - 5)
    assert message.lines[-1].endswith("지연 0초(복구)")


def test_global_colours_make_a_rise_green_and_a_fall_red() -> None:
    assert "1분 🟢 ▲ +0.41%" in painted(composed(large_trade(), BTC), "global").lines[1]
    fall = painted(composed(price_jump(), BTC), "global")
    assert fall.head.endswith("5분 🔴 ▼ −4.20%")
    assert painted(fall, "global") == fall


def test_the_severity_shown_is_the_receiver_s_where_it_has_its_own() -> None:
    message = composed(price_jump(excess=9.0), BTC, severity="notice")
    assert "· 주의 ·" in message.foot
    assert message.silent


def test_a_command_too_long_for_a_button_leaves_no_button() -> None:
    symbol = "名" * 20 + "USDT"
    (row,) = composed(large_trade(symbol), None).buttons
    assert [button.label for button in row] == ["❔ 왜 왔나요?"]


sizes = st.floats(min_value=1e-8, max_value=1e12)
maybe = st.none() | st.floats(min_value=-1e4, max_value=1e4)


@settings(deadline=None, derandomize=True)
@given(
    sizes, sizes, sizes, st.sampled_from(["buy", "sell"]), maybe, maybe,
    st.none() | st.floats(min_value=0, max_value=100),
    st.none() | st.floats(min_value=0, max_value=1e6),
    st.sampled_from([BTC, PEPE, ETHBTC, None]),
)  # fmt: skip
def test_any_facts_make_a_message_whose_numbers_are_correct_roundings(
    quantity: float,
    price: float,
    notional: float,
    side: str,
    slippage: float | None,
    change: float | None,
    percentile: float | None,
    per_day: float | None,
    info: SymbolInfo | None,
) -> None:
    symbol = info.symbol if info else "XYZUSDT"
    message = composed(
        large_trade(
            symbol, quantity=quantity, price=price, notional=notional, side=side,
            slippage_bp=slippage, change_1m_pct=change, percentile=percentile, per_day=per_day,
        ),
        info,
    )  # fmt: skip
    shown = parse_amount(message.head.split(" · ")[1].removesuffix(" BTC"))
    assert math.isclose(shown, notional, rel_tol=0.0051, abs_tol=0.0051)
    text = "\n".join((message.head, *message.lines))
    assert not re.search(r"[0-9][eE][+-]?[0-9]|[0-9] ?[MBK]\b|nan|None|−0(\.0+)?[%b]", text)
    assert all(line and not line.startswith(" ·") for line in message.lines)
    if change is not None and abs(change) >= 0.005:
        sign = "▲ +" if change > 0 else "▼ −"
        size = re.search(rf"1분 . {re.escape(sign)}([0-9,.]+)%", text)
        assert size and abs(float(size[1].replace(",", "")) - abs(change)) <= 0.005 + 1e-9
    for button in message.buttons[0]:
        assert len(button.command.encode()) <= 60
        assert button.command.endswith((symbol, f"#{short_ref(message.key)}"))


# --- notices -----------------------------------------------------------------------------------


def test_a_stopped_feed_is_told_with_its_last_data_and_reason() -> None:
    assert feed_stopped(AT, "바이낸스에 연결할 수 없습니다.") == Message(
        head="⚠️ 데이터가 멈췄습니다",
        lines=(
            "마지막 데이터: 1월 12일(월) 09:03:21 KST",
            "바이낸스에 연결할 수 없습니다.",
            "데이터가 돌아올 때까지 알림이 오지 않습니다. 복구되면 다시 알려 드립니다.",
        ),
        key=f"feed_stopped:{AT}",
    )
    assert len(feed_stopped(AT).lines) == 2


@pytest.mark.parametrize(
    ("recovered", "lost", "told"),
    [
        (1_234, 0, ("놓친 체결 1,234건을 다시 받아 확인했습니다.",)),
        (0, 3, ("3개 구간의 체결은 되찾지 못해 그 사이 알림이 빠졌을 수 있습니다.",)),
        (0, 0, ("놓친 체결은 없습니다.",)),
        (
            5,
            1,
            (
                "놓친 체결 5건을 다시 받아 확인했습니다.",
                "1개 구간의 체결은 되찾지 못해 그 사이 알림이 빠졌을 수 있습니다.",
            ),
        ),
    ],
)
def test_a_resumed_feed_tells_what_was_missed(
    recovered: int, lost: int, told: tuple[str, ...]
) -> None:
    message = feed_resumed(AT, AT + 192_000, recovered, lost)
    assert message.head == "✅ 데이터가 복구되었습니다"
    assert message.lines == ("멈춘 동안: 1월 12일(월) 09:03:21 KST부터 3분 12초", *told)
    assert message.key == f"feed_resumed:{AT}"


def test_alerts_held_while_away_are_one_silent_line() -> None:
    message = held_while_away(1_012, "held:7")
    assert message.head == "📭 전하지 못한 알림 1,012건"
    assert message.key == "held:7" and message.silent


def test_a_notice_carries_what_it_was_given() -> None:
    message = notice_message("제목", ["한 줄"], "notice:1")
    assert (message.head, message.lines, message.key) == ("제목", ("한 줄",), "notice:1")
    assert not message.silent


def test_the_greeting_has_three_buttons_the_full_disclaimer_and_says_what_is_simulated() -> None:
    message = greeting(None)
    assert [button.command for button in message.buttons[0]] == [
        "/subscribe all",
        "/price BTC",
        "/help",
    ]
    assert message.foot == FULL_DISCLAIMER
    assert "투자 판단과 책임은 본인에게 있습니다." in FULL_DISCLAIMER
    assert "AI가 작성한 설명에는 오류가 있을 수 있습니다." in FULL_DISCLAIMER
    assert "모의 시장" not in " ".join(message.lines)
    assert "모의 시장" in greeting(SIMULATED).lines[0]
    assert DISCLAIMER == "※ 정보 제공용이며 투자 조언이 아닙니다."


@pytest.mark.parametrize("unreal", [None, SIMULATED])
def test_a_group_is_greeted_in_one_short_message_with_one_button(unreal: Unreal | None) -> None:
    message = group_greeting(unreal)
    assert message.head == greeting(unreal).head
    assert len(message.lines) == 1
    (row,) = message.buttons
    assert [button.command for button in row] == ["/subscribe all"]
    assert message.foot.endswith(DISCLAIMER)
    assert ("모의 시장" in message.foot) is (unreal is not None)
    assert len("\n".join((message.head, *message.lines, message.foot))) < 150


@pytest.mark.parametrize(
    ("alert", "info", "head", "foot"),
    [
        (
            large_trade(), BTC, "1,234만 달러(약 171억 원)",
            "자동 설명 · 은행 환율 1달러 1,385.20원 (15시간 3분 전 고시)",
        ),
        (large_trade("ETHBTC", notional=12.3502), ETHBTC, "12.35 BTC", "자동 설명"),
        (price_jump(), BTC, "급락 · 5분 🔵 ▼ −4.20%", "자동 설명"),
    ],
)  # fmt: skip
def test_a_sum_in_dollars_is_told_in_won_while_the_rate_is_fresh_and_by_which_rate(
    alert: AnyAlert, info: SymbolInfo, head: str, foot: str
) -> None:
    message = composed(alert, info, rate=RATE, rate_age_ms=(15 * 60 + 3) * 60_000)
    assert message.head.endswith(head) and message.foot.endswith(foot)
    assert "원" not in composed(alert, info).head and "환율" not in composed(alert, info).foot


def test_a_model_s_note_leaves_the_rate_where_it_is() -> None:
    message = composed(large_trade(), BTC, rate=RATE, rate_age_ms=60_000)
    noted = with_note(message, "함께 나타났습니다.")
    assert noted.foot.endswith("긴급 · AI 설명 · 은행 환율 1달러 1,385.20원 (1분 전 고시)")
