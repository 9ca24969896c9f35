"""What operators are told of a full disk, stuck messages and the AI, in Korean."""

from collections.abc import Sequence

from bot.alarm import Trouble
from bot.explain.ai_state import AiState
from bot.health_words import NAMES
from bot.korean import dollars, duration

DISK = (
    "데이터베이스가 있는 디스크의 남은 공간이 {:,}MB뿐입니다. 가득 차면 알림을 기록할 수 없습니다. "
    "필요 없는 파일을 지우거나 디스크를 늘려 주세요."
)
BROKEN_OFF = Trouble(
    "프로그램이 예고 없이 끝나 다시 시작했습니다. 강제 종료, 정전, 메모리 부족이나 오류일 수 "
    "있으니 로그에서 다시 시작하기 직전의 줄을 확인해 주세요.",
    over="✅ 다시 시작한 뒤로 프로그램이 끊김 없이 실행되고 있습니다.",
)
LOST = Trouble(
    "알림을 보내지 못했습니다. 로그에서 이유를 확인해 주세요.",
    stops=True,
    over="✅ 그 뒤로는 보내지 못한 알림이 없습니다. 보내지 못한 알림은 다시 보내지 않습니다.",
)


def _names(platforms: Sequence[str]) -> str:
    return ", ".join(NAMES.get(name, name) for name in platforms)


def refused_trouble(platforms: Sequence[str]) -> Trouble:
    """A platform has just not taken a message in any form."""
    names = _names(platforms)
    return Trouble(
        f"{names}: 플랫폼이 거부해 버린 메시지가 있습니다. 프로그램의 오류일 수 있으니 로그에서 "
        "플랫폼이 밝힌 이유를 찾아 알려 주세요.",
        reason=names,
        over=f"✅ {names}: 그 뒤로는 거부된 메시지가 없습니다. 버린 메시지는 다시 보내지 않습니다.",
    )


def late_trouble(delay_ms: int, after_ms: int) -> Trouble:
    """Trades are so much older than this machine's clock says, or younger where negative."""
    if delay_ms < 0:
        return Trouble(
            f"고래봇이 도는 컴퓨터의 시계가 거래소보다 {duration(-delay_ms)} 느립니다. 시계를 맞춰 "
            "주세요(timedatectl). 그때까지 요약과 조용한 시간이 제때를 놓칩니다.",
            after_ms,
            reason="behind",
        )
    return Trouble(
        f"시세가 {duration(delay_ms)} 늦게 들어오거나 고래봇이 도는 컴퓨터의 시계가 그만큼 "
        "빠릅니다. 시계를 맞추고(timedatectl), 맞다면 네트워크와 CPU를 확인해 주세요.",
        after_ms,
        reason="late",
    )


_RELIEVE = (
    "이 컴퓨터의 다른 일을 줄이거나, 지켜보는 종목([market] symbols)을 줄이거나, make fast를 해 "
    "주세요."
)


def slow_trouble(waiting: int | None, after_ms: int) -> Trouble:
    """The program does not keep up: so many events of the market wait, None where they do not and
    all it does is late."""
    if waiting is not None:
        return Trouble(
            f"시세가 처리보다 빨리 들어와 {waiting:,}건이 밀려 있습니다. 알림이 그만큼 늦습니다. "
            f"{_RELIEVE}",
            after_ms,
            reason="backlog",
        )
    return Trouble(
        f"고래봇이 바빠서 시세·알림·답이 거듭 0.5초 넘게 밀립니다. {_RELIEVE}",
        after_ms,
        reason="busy",
    )


def mistake_trouble(left_out: int) -> Trouble:
    """Detectors failed, each for one symbol."""
    return Trouble(
        f"탐지기가 오류를 일으켜 {left_out}개(종목마다 하나씩)가 빠졌습니다. 나머지는 그대로 "
        "알립니다. 로그의 오류 내용을 알려 주시고, 다시 시작하면 빠진 탐지기가 돌아옵니다."
    )


def stuck_trouble(platforms: Sequence[str]) -> Trouble:
    """Messages wait and nothing is sent."""
    names = _names(platforms)
    return Trouble(
        f"{names}: 보낼 메시지가 있는데 5분 넘게 하나도 나가지 않았습니다. 로그를 확인하고, "
        "이유가 없으면 프로그램을 다시 시작해 주세요.",
        stops=True,
        reason=names,
    )


def ai_key_trouble(reason: str) -> Trouble:
    """The gateway refuses the key or the balance; ``reason`` is a status and a code."""
    return Trouble(
        f"AI 게이트웨이가 키나 잔액을 거절했습니다({reason}). 알림은 자동 설명으로 나갑니다. "
        "HOLYSHEEP_API_KEY와 잔액을 확인해 주세요."
    )


def ai_budget_trouble(state: AiState) -> Trouble:
    """Today's or this month's budget is used up."""
    if state.used_up == "month":
        budget, until = f"이번 달 AI 예산({dollars(state.month_budget_usd)})", "다음 달 1일"
    else:
        budget, until = f"오늘 AI 예산({dollars(state.budget_usd)})", "자정"
    return Trouble(
        f"{budget}을 다 썼습니다. {until}(한국 시간)까지 자동 설명만 나갑니다. 쓴 곳은 /cost, "
        "한도는 설정의 [ai]에서 볼 수 있습니다.",
        reason=state.used_up,
    )
