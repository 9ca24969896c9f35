"""A market that is not the one of this moment is never taken for it."""

import pytest

from bot.errors import UserError
from bot.model import Message
from bot.past_exchange import PastExchange
from bot.unreal import SIMULATED, marked, replayed
from pipeline.bars import Bars
from pipeline.market import Market
from pipeline.model import Trade

BEGIN_MS = 1_709_308_800_000  # 2024-03-01 16:00 UTC, the second of March in Korea


def test_what_comes_unasked_says_what_market_it_is_about() -> None:
    alert = Message("🐳 비트코인", foot="※ 조언이 아닙니다.")
    assert marked(alert, None) is alert
    simulated = marked(alert, SIMULATED)
    assert (simulated.head, simulated.foot) == ("🐳 비트코인", "🧪 모의 시장 · ※ 조언이 아닙니다.")
    past = marked(alert, replayed(BEGIN_MS))
    assert past.head == "⏪ 재생 · 🐳 비트코인"
    assert past.foot == "⏪ 2024년 3월 2일 시세 재생 · ※ 조언이 아닙니다."
    said = marked(Message("요약", foot=f"{SIMULATED.brief} · 끝"), SIMULATED)
    assert said.foot == "🧪 모의 시장 · 끝", "once is enough"
    assert marked(Message("끊김"), SIMULATED).foot == "🧪 모의 시장"


async def test_a_replay_knows_what_it_has_replayed_and_asks_nobody() -> None:
    market, bars = Market(), Bars()
    exchange = PastExchange(market, bars)
    for ask in (exchange.book, exchange.day):
        with pytest.raises(UserError):
            await ask("BTCUSDT")
    assert await exchange.candles("BTCUSDT", "1m", 10) == ()
    bars.add(Trade("BTCUSDT", 1, 62_000.0, 0.5, BEGIN_MS, False))
    (bar,) = await exchange.candles("BTCUSDT", "15m", 10)
    assert (bar.open_ms, bar.close, bar.volume) == (BEGIN_MS, 62_000.0, 0.5)
