"""Other exchanges in the whole program: asked for, subscribed to, and told of with their names."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.machine_server import MachineServer, machine_server, said, trade
from program import DEADLINE_S, Program, Visitor

from pipeline.sources.simulator import Simulator

PAIR = "okex:BTC-USDT"


async def trades(server: MachineServer, number: int, **more: Any) -> None:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    levels = {"bids": [{"price": 64_999, "amount": 9}], "asks": [{"price": 65_000, "amount": 9}]}
    await server.say(said("book_snapshot", PAIR, at=at, **levels))
    await server.say(trade(PAIR, str(number), at, **{"amount": 0.01, **more}))


def words(message: dict[str, Any]) -> str:
    return " ".join((message["head"], *message["lines"])).replace("\xa0", " ").replace("\u2060", "")


async def test_a_visitor_watches_a_pair_of_another_exchange(tmp_path: Path) -> None:
    visitor = Visitor()
    told: dict[str, str] = {}
    async with (
        contextlib.aclosing(visitor),
        Simulator(seed=3, plan=()) as sim,
        machine_server() as server,
        Program(
            tmp_path,
            sim,
            GORAEBOT_TARDIS_MACHINE_URL=server.url,
            GORAEBOT_TARDIS_API_URL="http://127.0.0.1:9/v1",
            GORAEBOT_TARDIS_SILENCE_S="600",  # however slowly this test is run
        ) as program,
        visitor.open(program),
    ):
        told["/subscribe"] = words(await visitor.say("/subscribe okx:btc/usdt 고래"))
        async with asyncio.timeout(DEADLINE_S):
            await server.until_asked(PAIR)
        for number, amount in enumerate((0.01, 9.0, 0.01)):
            await trades(server, number, amount=amount)

        def alerts() -> list[str]:
            messages = [b["message"] for b in visitor.bubbles.values() if b.get("message")]
            return [text for text in map(words, messages) if "대량 매수 체결" in text]

        await visitor.until(lambda: bool(alerts()))
        for text in (
            "/price okex:BTC-USDT",
            "/chart okex:btc-usdt",
            "/subscribe okex:btc-usdt 김프",
            "/status",
        ):
            told[text] = words(await visitor.say(text))
        alert = alerts()[0]
    assert "비트코인(okex:BTC-USDT): 대량 체결" in told["/subscribe"]
    assert "비트코인(okex:BTC-USDT) 대량 매수 체결 · " in alert
    assert "BTC · 평균 65,000달러" in alert
    assert "비트코인(okex:BTC-USDT) 65,000달러" in told["/price okex:BTC-USDT"]
    assert "차트와 지난 시세는 아직 볼 수 없습니다" in told["/chart okex:btc-usdt"]
    assert "이 봇에는 김프 알림이 없습니다" in told["/subscribe okex:btc-usdt 김프"]
    assert "okex: 종목 1개" in told["/status"]
    assert "바이낸스 체결은 모두 직접 받습니다." in told["/status"]
    assert program.code == 0
