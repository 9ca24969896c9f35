"""/status: what is wrong comes first, in words."""

from collections.abc import Sequence
from types import SimpleNamespace

import msgspec
import pytest
from fakes import DAY_MS, NOW_MS, Bot, FakeHealth, healthy, request

from bot.commands.status import COMMAND
from bot.errors import StoreError
from bot.health import LiveHealth
from bot.health_words import problem_text
from bot.ports import FeedHealth, Spend, SpendSum
from bot.unreal import SIMULATED
from pipeline.sources.status import Status

TODAY = 1_767_193_200_000 + 11 * DAY_MS
"""1월 12일 00:00 KST (2026)."""


class FakeLedger:
    """Implements bot.ports.Ledger over what was spent yesterday and today, or cannot be read."""

    def __init__(self, today_usd: float | None) -> None:
        self._today_usd = today_usd

    async def spend(self, entry: Spend) -> None:
        """Not used by commands."""
        raise AssertionError(entry)

    async def spent(self, since_ms: int, before_ms: int) -> Sequence[SpendSum]:
        """The sums of these days."""
        if self._today_usd is None:
            raise StoreError("데이터베이스가 잠겨 있습니다.")
        days = ((TODAY - DAY_MS, 99.0), (TODAY, self._today_usd))
        sums = [SpendSum(day, "alert", "small", 9, 9, 0, 9, 9, usd) for day, usd in days]
        return [one for one in sums if since_ms <= one.day_ms < before_ms]


async def test_the_whole_answer_when_all_is_well() -> None:
    bot = Bot()
    bot.health = FakeHealth(healthy(), queued=1_234)
    message = await bot.ask("/status")
    assert message.head == "✅ 시세 데이터: 정상입니다."
    assert message.lines == (
        "바이낸스 실시간 시세를 받습니다.",
        "마지막 데이터 방금 · 거래소 지연 0.085초",
        "지켜보는 종목 432개 · 연결 3개 · 재연결 1회",
        "놓친 구간 0회 · 복구한 체결 12건 · 읽지 못한 데이터 0건",
        "보낼 메시지 1,234건",
        "AI 설명: 꺼짐(자동 설명만 나갑니다)",
        "고래봇 0.1.0",
    )
    assert message.buttons[0][0].command == "/status"


async def test_whoever_is_told_of_troubles_sees_them_first() -> None:
    bot = Bot()
    assert not any(line.startswith("🚨") for line in (await bot.ask("/status")).lines)
    bot.troubles = ["데이터베이스에 기록할 수 없습니다(database is locked)."]
    message = await bot.ask("/status")
    assert message.head == "🚨 데이터베이스에 기록할 수 없습니다(database is locked)."
    assert message.lines[:2] == ("✅ 시세 데이터: 정상입니다.", "바이낸스 실시간 시세를 받습니다.")


async def test_trouble_with_the_feed_is_said_once_and_others_stand_beside_it() -> None:
    bot = Bot()
    bot.health = FakeHealth(msgspec.structs.replace(healthy(), ok=False, problem="unreachable"))
    away = problem_text("unreachable")
    bot.troubles = [away, "디스크의 남은 공간이 4MB뿐입니다."]
    message = await bot.ask("/status")
    assert message.head == f"🚨 {away}"
    assert message.lines[:2] == (
        "🚨 디스크의 남은 공간이 4MB뿐입니다.",
        "마지막 데이터 방금 · 거래소 지연 0.085초",
    )
    bot.troubles = ["디스크의 남은 공간이 4MB뿐입니다."]  # the feed's is not told yet
    message = await bot.ask("/status")
    assert message.head == "🚨 디스크의 남은 공간이 4MB뿐입니다."
    assert message.lines[0] == f"⚠️ {away}"


async def test_everybody_learns_that_a_platform_is_away_and_since_when_but_not_why() -> None:
    bot = Bot()
    bot.away = {"telegram": NOW_MS - 90_000, "discord": NOW_MS - DAY_MS}
    message = await bot.ask("/status")
    assert message.head == "✅ 시세 데이터: 정상입니다."
    assert message.lines[:3] == (
        "⚠️ 텔레그램 연결에 문제가 있습니다(09:01:51 KST부터). "
        "그곳의 알림과 답이 늦거나 오지 않을 수 있습니다.",
        "⚠️ 디스코드 연결에 문제가 있습니다(1월 11일(일) 09:03:21 KST부터). "
        "그곳의 알림과 답이 늦거나 오지 않을 수 있습니다.",
        "바이낸스 실시간 시세를 받습니다.",
    )
    bot.troubles = ["텔레그램: 연결할 수 없습니다.", "디스코드: 연결할 수 없습니다."]  # said better
    assert not any("연결에 문제가" in line for line in (await bot.ask("/status")).lines)


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
    message = await bot.ask("/status")
    assert message.head.startswith(head)
    assert not any("실시간 시세를 받습니다" in line for line in message.lines)


async def test_streams_that_the_exchange_refuses_are_told_beside_those_that_flow() -> None:
    bot = Bot()
    universe = SimpleNamespace(problem="", watched=("BTCUSDT",))
    for refused, told in ((0, False), (1_200, True)):
        status = Status(
            problem="", detail="", connections=1, streams=9, heard_s=0.1, delay_ms=20.0, frames=9,
            bad_frames=0, ignored_frames=0, reconnects=0, rotations=0, repeated=0, recovered=0,
            gaps=0, waiting=0, refused=refused,
        )  # fmt: skip
        source = SimpleNamespace(status=lambda status=status: status)
        bot.health = LiveHealth(source, universe, lambda: 0, unreal=None)
        answer = await bot.ask("/status")
        assert answer.head.startswith("✅")
        line = (
            "⚠️ 바이낸스가 거절해 받지 못하는 데이터가 1,200개 있습니다. "
            "연결을 새로 열 때 다시 요청합니다."
        )
        assert (line in answer.lines) is told


async def test_a_simulated_market_with_a_pace_of_its_own_says_nothing_of_this_clock() -> None:
    bot = Bot()
    status = Status(
        problem="", detail="", connections=1, streams=9, heard_s=0.1, delay_ms=-171_000.0,
        frames=9, bad_frames=0, ignored_frames=0, reconnects=0, rotations=0, repeated=0,
        recovered=0, gaps=0, waiting=0,
    )  # fmt: skip
    source = SimpleNamespace(status=lambda: status)
    universe = SimpleNamespace(problem="", watched=("BTCUSDT",))
    for paced in (True, False):
        bot.health = LiveHealth(source, universe, lambda: 0, unreal=SIMULATED, paced=paced)
        answer = str((await bot.ask("/status")).lines)
        assert ("시계가 2분 51초 느림" in answer) is paced


async def test_a_clock_that_is_behind_is_no_short_delay() -> None:
    bot = Bot()
    for delay_ms, said in (
        (-999, "거래소 지연 0초"),
        (-7_200, "⚠️ 고래봇이 도는 컴퓨터의 시계가 7.2초 느림"),
    ):
        bot.health = FakeHealth(msgspec.structs.replace(healthy(), delay_ms=delay_ms))
        assert f"마지막 데이터 방금 · {said}" in (await bot.ask("/status")).lines


async def test_before_the_first_data_nothing_is_made_up() -> None:
    bot = Bot()
    bot.health = FakeHealth(
        FeedHealth(
            ok=False, unreal=None, age_ms=None, delay_ms=None, symbols=0, connections=0,
            reconnects=0, gaps=0, recovered_trades=0, bad_frames=0, problem="connecting",
        )
    )  # fmt: skip
    assert "마지막 데이터 아직 없음 · 거래소 지연 아직 모름" in (await bot.ask("/status")).lines


@pytest.mark.parametrize(
    ("spent_usd", "budget_usd", "said"),
    [
        (1.0, 5.0, "AI 설명: 켜짐 · 오늘 예산 80% 남음"),
        (0.0, 5.0, "AI 설명: 켜짐 · 오늘 예산 100% 남음"),
        (5.0, 5.0, "AI 설명: 오늘 예산을 다 써서 자정(한국 시간)까지 자동 설명만 나갑니다"),
        (9.0, None, "AI 설명: 켜짐"),
        (None, 5.0, "AI 설명: 켜짐 · 오늘 예산은 확인하지 못했습니다"),
    ],
)
async def test_everybody_learns_whether_a_model_explains_and_no_dollars(
    spent_usd: float | None, budget_usd: float | None, said: str
) -> None:
    ledger = FakeLedger(spent_usd)
    context = msgspec.structs.replace(Bot().context, ledger=ledger, daily_budget_usd=budget_usd)
    message = await COMMAND.run(context, request("/status"), [])
    assert said in message.lines
    assert "달러" not in "".join(message.lines)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("failing", "⚠️ AI 게이트웨이가 응답하지 않아 자동 설명만 나갑니다"),
        ("account", "⚠️ AI 게이트웨이가 키나 잔액 때문에 요청을 거절해 자동 설명만 나갑니다"),
        ("month", "AI 설명: 이번 달 예산을 다 써서 다음 달까지 자동 설명만 나갑니다"),
    ],
)
async def test_a_gateway_that_is_down_is_said_to_be_and_no_budget(problem: str, said: str) -> None:
    context = msgspec.structs.replace(
        Bot().context, ledger=FakeLedger(1.0), daily_budget_usd=5.0, ai_problem=lambda: problem
    )
    message = await COMMAND.run(context, request("/status"), [])
    assert [line for line in message.lines if "AI" in line] == [said]
