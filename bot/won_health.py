"""How prices in won and the exchange rate are doing: what operators are told and measure of it."""

from collections.abc import Iterator
from typing import Final

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.alarm import Trouble

RATE_MS: Final = 1_800_000
"""A rate that changes once a day may be asked for a few times before that is a trouble."""

_UPBIT: Final = {
    "unreachable": "업비트에 연결할 수 없습니다. 인터넷·DNS·프록시를 확인하세요.",
    "region": "이 지역에서는 업비트를 이용할 수 없습니다(451).",
    "refused": "업비트가 요청을 거절했습니다. 주소 설정과 프록시를 확인하세요.",
    "limited": "업비트의 요청 제한에 걸려 잠시 기다리고 있습니다.",
    "silent": "업비트 시세가 멈췄습니다. 연결은 열려 있지만 시세가 오지 않습니다.",
}
_REST: Final = "김프와 원화 금액만 빠지고, 달러 알림은 계속 나갑니다."


class WonState(msgspec.Struct, frozen=True):
    """``problem`` is that of Upbit's prices (see FeedHealth), ``heard_s`` how old the newest one
    is, ``rate_s`` how old the exchange rate is, both None where there is none; ``fresh``: whether
    the rate may still be true."""

    problem: str
    heard_s: float | None
    rate_s: float | None
    fresh: bool
    frames: int
    bad_frames: int
    reconnects: int


def troubles(state: WonState, stale_ms: int) -> Iterator[tuple[str, Trouble]]:
    """What is wrong with them, by name."""
    if state.problem not in ("", "connecting"):
        text = _UPBIT.get(state.problem, f"업비트 시세에 문제가 있습니다({state.problem}).")
        yield "upbit", Trouble(f"{text} {_REST}", stale_ms, reason=state.problem)
    if not state.fresh:
        why = "을 받지 못하고 있습니다" if state.rate_s is None else "이 오래되어 쓰지 않습니다"
        yield "exchange_rate", Trouble(f"은행 환율{why}. {_REST}", RATE_MS)


def metrics(state: WonState) -> Iterator[Metric]:
    """For Prometheus."""
    yield GaugeMetricFamily("goraebot_upbit_ok", "Whether prices in won come in", not state.problem)
    for name, text, age in (
        ("upbit_age", "Since the newest price in won", state.heard_s),
        ("exchange_rate_age", "Since the banks' rate was set", state.rate_s),
    ):
        if age is not None:
            yield GaugeMetricFamily(f"goraebot_{name}_seconds", text, age)
    yield GaugeMetricFamily(
        "goraebot_exchange_rate_ok", "Whether the banks' rate may still be true", state.fresh
    )
    for name, text, count in (
        ("frames", "Frames received from Upbit", state.frames),
        ("frames_bad", "Frames of Upbit skipped as unreadable", state.bad_frames),
        ("reconnects", "Connections to Upbit lost", state.reconnects),
    ):
        yield CounterMetricFamily(f"goraebot_upbit_{name}", text, count)
