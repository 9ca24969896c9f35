"""The sentences that explain an alert without a model."""

import re

import pytest
from explain_alerts import (
    book_imbalance,
    kimchi,
    large_trade,
    price_jump,
    pump,
    spread,
    volume_surge,
)

from bot.explain.template import TemplateExplainer, sentence
from bot.ports import Explainer
from pipeline.model import AnyAlert, SymbolInfo

BTC = SymbolInfo("BTCUSDT", "BTC", "USDT", tick=0.01, step=0.00001)
PEPE = SymbolInfo("PEPEUSDT", "PEPE", "USDT", tick=1e-8, step=1.0)
ETHBTC = SymbolInfo("ETHBTC", "ETH", "BTC", tick=0.00001, step=0.0001)


SENTENCES: list[tuple[AnyAlert, SymbolInfo | None, str]] = [
    (
        large_trade(),
        BTC,
        "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매수가 37건에 걸쳐 한꺼번에 "
        "체결되었습니다. 직전 1분간의 0.41% 상승과 함께 나타났고, 배경은 확인되지 않았습니다.",
    ),
    (
        large_trade(side="sell", fills=1, change_1m_pct=-1.2),
        BTC,
        "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매도가 한 건으로 체결되었습니다. "
        "직전 1분간의 1.20% 하락과 함께 나타났고, 배경은 확인되지 않았습니다.",
    ),
    (
        large_trade("PEPEUSDT", notional=50_021.7, change_1m_pct=-0.001),
        PEPE,
        "페페(PEPEUSDT)에서 5만 22달러 규모의 시장가 매수가 37건에 걸쳐 한꺼번에 체결되었습니다. "
        "직전 1분 동안 가격은 거의 그대로였고, 배경은 확인되지 않았습니다.",
    ),
    (
        large_trade("ETHBTC", notional=12.3502, change_1m_pct=None, recovered=True),
        ETHBTC,
        "이더리움(ETHBTC)에서 12.35 BTC 규모의 시장가 매수가 37건에 걸쳐 한꺼번에 체결되었습니다. "
        "배경은 확인되지 않았습니다. "
        "연결이 끊긴 동안의 일로, 데이터를 복구해 뒤늦게 알려 드립니다.",
    ),
    (
        price_jump(),
        BTC,
        "비트코인(BTCUSDT)이 5분 동안 4.20% 내렸습니다(104,384.66달러 → 100,000.50달러). "
        "같은 시간의 평소 변동은 0.31% 수준이며, 배경은 확인되지 않았습니다.",
    ),
    (
        price_jump(
            "XYZUSDT", direction="up", change_pct=12.0, window_s=10, price=1.12, from_price=1.0,
            usual_pct=0.0,
        ),
        None,
        "XYZUSDT가 10초 동안 12.00% 올랐습니다(1달러 → 1.12달러). 배경은 확인되지 않았습니다.",
    ),
    (
        pump("ETHBTC", from_price=0.03, price=0.03639),
        ETHBTC,
        "이더리움(ETHBTC)에 25초 동안 시장가 매수 1,240건이 몰리며 가격이 21.30% 올랐습니다"
        "(0.03000 BTC → 0.03639 BTC). 매수 건수는 평소의 약 38배이며, "
        "배경은 확인되지 않았습니다.",
    ),
    (
        spread(),
        BTC,
        "비트코인(BTCUSDT)의 매수·매도 호가 차이가 42bp로 벌어져 평소(5.1bp)의 약 8.2배입니다. "
        "배경은 확인되지 않았습니다.",
    ),
    (
        spread(usual_bp=0.0, times_usual=0.0),
        BTC,
        "비트코인(BTCUSDT)의 매수·매도 호가 차이가 42bp로 벌어졌습니다. "
        "배경은 확인되지 않았습니다.",
    ),
    (
        volume_surge("BTCUSDT", notional=111_732_710.0, usual=8_627_270.0),
        BTC,
        "비트코인(BTCUSDT)에서 5분 동안 1억 1,173만 달러가 거래되어 이 시간대 평소"
        "(862만 7,270달러)의 약 13배입니다. "
        "그동안 가격은 3.09% 내렸고, 배경은 확인되지 않았습니다.",
    ),
    (
        volume_surge("ETHBTC", notional=120.0, usual=4.0, times_usual=30.0, change_pct=0.001),
        ETHBTC,
        "이더리움(ETHBTC)에서 5분 동안 120 BTC가 거래되어 이 시간대 평소(4 BTC)의 약 30배입니다. "
        "그동안 가격은 거의 그대로였고, 배경은 확인되지 않았습니다.",
    ),
    (
        volume_surge("BTCUSDT", notional=111_732_710.0, usual=8_627_270.0, change_pct=None),
        BTC,
        "비트코인(BTCUSDT)에서 5분 동안 1억 1,173만 달러가 거래되어 이 시간대 평소"
        "(862만 7,270달러)의 약 13배입니다. 배경은 확인되지 않았습니다.",
    ),
    (
        kimchi(),
        BTC,
        "비트코인(BTCUSDT)의 김치 프리미엄이 1분 동안 1.30%p 올랐습니다. 지금은 은행 환율 "
        "기준 김프 3.30%이며, 배경은 확인되지 않았습니다.",
    ),
    (
        kimchi(what="level", premium_pct=-2.1, bank_pct=-2.1, change_points=None, window_s=None),
        BTC,
        "비트코인(BTCUSDT)의 은행 환율 기준 역프가 2.10%입니다. 배경은 확인되지 않았습니다.",
    ),
    (
        book_imbalance(),
        BTC,
        "비트코인(BTCUSDT)의 매수 호가 104,350달러에 평소 호가의 약 46배인 457만 265달러의 잔량이 "
        "12초 동안 머물러 있습니다. 배경은 확인되지 않았습니다.",
    ),
    (
        book_imbalance(what="wall_vanished", side="ask", times_usual=0.0, held_s=95.0),
        BTC,
        "비트코인(BTCUSDT)의 매도 호가 104,350달러에 1분 35초 동안 머물던 457만 265달러의 잔량이, "
        "가격이 닿기 전에 사라졌습니다. 배경은 확인되지 않았습니다.",
    ),
    (
        book_imbalance(what="imbalance", share_pct=87.5, times_usual=1.75, held_s=31.0),
        BTC,
        "비트코인(BTCUSDT)의 가까운 호가에서 매수 잔량 비중이 88%로 31초 동안 쏠려 있습니다. "
        "평소 비중은 50%이며, 배경은 확인되지 않았습니다.",
    ),
    (
        book_imbalance(what="imbalance", side="ask", share_pct=99.7, times_usual=0.0),
        BTC,
        "비트코인(BTCUSDT)의 가까운 호가에서 매도 잔량 비중이 99.7%로 12초 동안 쏠려 있습니다. "
        "배경은 확인되지 않았습니다.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "info", "text"), SENTENCES)
def test_each_kind_is_told_in_plain_true_sentences(
    alert: AnyAlert, info: SymbolInfo | None, text: str
) -> None:
    assert sentence(alert, info) == text


@pytest.mark.parametrize(("alert", "info", "_text"), SENTENCES)
def test_no_sentence_claims_a_cause_gives_advice_or_drops_the_polite_form(
    alert: AnyAlert, info: SymbolInfo | None, _text: str
) -> None:
    text = sentence(alert, info)
    assert "배경은 확인되지 않았습니다." in text
    assert not re.search("때문|원인|하세요|추천|매수하|매도하|예상|전망|목표", text)
    ends = [part for part in re.split(r"(?<=\.) ", text) if part]
    assert len(ends) <= 3 and all(re.search(r"(니다|니다\(.*\))\.$", part) for part in ends)


async def test_the_explainer_knows_the_pair_of_the_alert() -> None:
    explainer: Explainer = TemplateExplainer({"BTCUSDT": BTC}.get)
    assert await explainer.explain(price_jump()) == sentence(price_jump(), BTC)
    unlisted = price_jump("NEWUSDT")
    assert (await explainer.explain(unlisted)).startswith("NEWUSDT가 5분 동안 4.20% 내렸습니다")
