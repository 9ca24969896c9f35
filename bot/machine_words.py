"""Where data come from besides Binance's own streams, for /status."""

from collections.abc import Iterator
from typing import Final

from bot.korean import kst
from pipeline.sources.handover import State
from pipeline.sources.tardis_machine import Status
from pipeline.venues import SPOT

_PROBLEMS: Final = {
    "connecting": "연결하는 중입니다.",
    "unreachable": "tardis-machine에 연결할 수 없습니다.",
    "silent": "tardis-machine에서 데이터가 오지 않습니다.",
    "ahead": "데이터의 시각이 이 컴퓨터의 시계보다 2분 넘게 앞섭니다. 시계를 확인해 주세요.",
    "exchange": "tardis-machine이 거래소와 연결이 끊겼습니다.",
}
_NAMED: Final = 3


def machine_lines(state: State) -> Iterator[str]:
    """A line for Binance, and one for each other exchange."""
    if state.by_machine is not None:
        if state.by_machine:
            yield "바이낸스 현물 체결은 tardis-machine으로 받습니다(선물 제외)."
        elif state.since_ms:
            yield (
                f"⚠️ tardis-machine이 멈춰 {kst(state.since_ms)}부터 바이낸스 현물 체결도 직접 "
                "받습니다. 살아나면 자동으로 돌아갑니다."
            )
        else:
            yield "바이낸스 체결은 모두 직접 받습니다. tardis-machine은 아직 준비되지 않았습니다."
    for exchange in state.exchanges:
        if exchange.exchange != SPOT or exchange.problem == "ahead":
            yield _line(exchange)


def _line(status: Status) -> str:
    if status.problem:
        return f"⚠️ {status.exchange}: {_PROBLEMS[status.problem]} 계속 다시 시도합니다."
    text = f"{status.exchange}: 종목 {status.pairs:,}개"
    if status.mute:
        more = len(status.mute) - _NAMED
        named = ", ".join(status.mute[:_NAMED]) + (f" 외 {more}개" if more > 0 else "")
        return f"⚠️ {text} · 데이터가 온 적 없는 종목: {named}. 이름을 확인해 주세요."
    return text
