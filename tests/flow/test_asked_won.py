"""Prices in won in the whole program: asked for in the web chat, and an alert of a premium."""

import asyncio
import contextlib
import re
import time
from pathlib import Path
from typing import Any

from program import Program, Visitor

from pipeline.sources.simulated.upbit import UpbitServer
from pipeline.sources.simulator import Simulator


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_visitor_asks_for_the_premium_and_hears_when_it_rises(tmp_path: Path) -> None:
    visitor = Visitor()
    async with (
        contextlib.aclosing(visitor),
        Simulator(seed=3, plan=()) as sim,
        UpbitServer(sim.prices, now_ms) as upbit,
        Program(
            tmp_path,
            sim,
            GORAEBOT_UPBIT_ENABLED="true",
            GORAEBOT_UPBIT_WS_URL=upbit.ws_url,
            GORAEBOT_UPBIT_REST_URL=upbit.rest_url,
            GORAEBOT_FX_URL=upbit.fx_url,
            GORAEBOT_KIMCHI_WARMUP_S="0",
            GORAEBOT_KIMCHI_HOLD_S="0",
        ) as program,
        visitor.open(program),
    ):
        upbit.premiums["BTC"] = 1.55
        await visitor.until(lambda: visitor.health["feed"]["ok"])
        told: dict[str, str] = {}
        for text in ("/kimp btc", "/subscribe btc 김프"):
            answer = await visitor.say(text)
            while "아직" in answer["head"] or "없습니다" in answer["head"]:
                await asyncio.sleep(0.2)  # nobody may ask too often
                answer = await visitor.say(text)
            told[text] = " ".join((answer["head"], *answer["lines"])).replace("\xa0", " ")
        upbit.premiums["BTC"] = 6.5
        await visitor.until(lambda: bool(alerts(visitor)))
    assert re.match(r"🇰🇷 비트코인\(BTC\) 김프 \+1\.\d\d% \(은행 환율\)", told["/kimp btc"])
    assert "1달러 1,390원" in told["/kimp btc"]
    heads = [message["head"].replace("\xa0", " ") for message in alerts(visitor)]
    assert all(head.startswith("🇰🇷 비트코인(BTCUSDT) 김프 ") for head in heads)
    assert program.code == 0


def alerts(visitor: Visitor) -> list[dict[str, Any]]:
    """Messages of premiums, which nobody asked for at that moment."""
    messages = (b["message"] for b in visitor.bubbles.values() if b.get("message"))
    return [m for m in messages if m.get("key", "").startswith("kimchi:")]
