"""Why a Tardis replay cannot be had, in one Korean line that says what would be right."""

from typing import Final

from pipeline.errors import EngineMissing, PipelineError
from pipeline.sources.tardis_wanted import TardisError

OPERATORS: Final = frozenset({"unreachable", "limited", "cache"})
"""What the question is not to blame for."""


def replay_trouble(error: PipelineError) -> str:
    """The line for a TardisError or EngineMissing."""
    if isinstance(error, EngineMissing):
        return "Tardis 재생에는 tardis-dev가 필요합니다. make tardis로 설치해 주세요."
    if not isinstance(error, TardisError):
        return f"Tardis 재생이 멈췄습니다: {error}"
    choices = ", ".join(error.choices)
    match error.code:
        case "exchange":
            return f"‘{error.given}’ 거래소는 재생할 수 없습니다. 쓸 수 있는 이름: {choices}"
        case "channels":
            return f"재생할 수 없는 채널입니다: {error.given}. 쓸 수 있는 채널: {choices}"
        case "symbols" if not error.given:
            return "--symbols로 심볼을 알려 주세요. 예: --symbols BTCUSDT,ETHUSDT"
        case "symbols":
            near = f" 비슷한 심볼: {choices}" if choices else ""
            return f"Tardis에 없는 심볼입니다: {error.given}.{near}"
        case "dates":
            return "--to는 --from보다 늦어야 합니다. 예: --from 2024-03-01 --to 2024-03-01T01:00"
        case "no_data":
            return f"{error.given}: 그 기간의 데이터가 없습니다. 있는 기간: {choices}"
        case "key" if not error.given:
            return (
                "Tardis 키가 없으면 매월 1일(UTC)만 재생할 수 있습니다. 예: --from 2024-03-01. "
                f"다른 날은 TARDIS_API_KEY를 설정해 주세요. ({error})"
            )
        case "key":
            return f"TARDIS_API_KEY가 틀렸거나 이 날짜에는 쓸 수 없는 키입니다. ({error})"
        case "plan":
            return (
                "지금 Tardis 요금제에 없는 데이터입니다. 매월 1일(UTC)은 키 없이도 됩니다. "
                f"({error})"
            )
        case "refused":
            return f"Tardis가 요청을 거절했습니다. 쓸 수 있는 채널: {choices} ({error})"
        case "limited":
            return f"Tardis 요청 한도를 다 썼습니다. 나중에 다시 시도해 주세요. ({error})"
        case "folder":
            return f"내려받은 파일을 둘 폴더에 쓸 수 없습니다: {error.given} ([tardis] cache_dir)"
        case "cache":
            return (
                "내려받은 파일을 읽을 수 없습니다. [tardis] cache_dir 폴더를 지우고 다시 시도해 "
                f"주세요. ({error})"
            )
        case _:
            return (
                "Tardis에 연결할 수 없습니다. 인터넷과 프록시, GORAEBOT_TARDIS_API_URL을 확인해 "
                f"주세요. ({error})"
            )
