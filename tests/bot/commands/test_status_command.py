"""/status: what is wrong comes first, in words."""

import msgspec
import pytest
from fakes import Bot, FakeHealth, healthy

from bot.ports import FeedHealth


async def test_the_whole_answer_when_all_is_well() -> None:
    bot = Bot()
    bot.health = FakeHealth(healthy(), queued=1_234)
    message = await bot.ask("/status")
    assert message.head == "✅ 시세 데이터: 정상입니다."
    assert message.lines == (
        "바이낸스 실시간 시세를 받습니다.",
        "마지막 데이터 0.3초 전 · 거래소 지연 0.085초",
        "지켜보는 종목 432개 · 연결 3개 · 재연결 1회",
        "놓친 구간 0회 · 복구한 체결 12건 · 읽지 못한 데이터 0건",
        "보낼 메시지 1,234건",
        "고래봇 0.1.0",
    )
    assert message.buttons[0][0].command == "/status"


async def test_a_simulated_market_is_called_so() -> None:
    message = await Bot(simulated=True).ask("상태")
    assert message.lines[0] == "🧪 모의 시장입니다. 실제 시세가 아닙니다."


@pytest.mark.parametrize(
    ("problem", "head"),
    [
        ("region", "⚠️ 이 지역에서는 바이낸스를 이용할 수 없습니다(451). "),
        ("silent", "⚠️ 데이터가 멈췄습니다. "),
        ("unreachable", "⚠️ 바이낸스에 연결할 수 없습니다: "),
        ("", "⚠️ 바이낸스에 연결하는 중입니다."),
    ],
)
async def test_a_problem_is_the_head(problem: str, head: str) -> None:
    bot = Bot()
    bot.health = FakeHealth(msgspec.structs.replace(healthy(), ok=False, problem=problem))
    assert (await bot.ask("/status")).head.startswith(head)


async def test_before_the_first_data_nothing_is_made_up() -> None:
    bot = Bot()
    bot.health = FakeHealth(
        FeedHealth(
            ok=False, simulated=False, age_ms=None, delay_ms=None, symbols=0, connections=0,
            reconnects=0, gaps=0, recovered_trades=0, bad_frames=0, problem="connecting",
        )
    )  # fmt: skip
    assert "마지막 데이터 아직 없음 · 거래소 지연 아직 모름" in (await bot.ask("/status")).lines
