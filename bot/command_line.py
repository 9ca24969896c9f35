"""The command line's options, in Korean; their names are English."""

import argparse
import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

KOREAN_HELP = {
    "usage: ": "사용법: ",
    "positional arguments": "인자",
    "options": "옵션",
    "show this help message and exit": "이 도움말을 보여 주고 끝냅니다",
}


class _Korean(argparse.HelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None) -> None:  # type: ignore[no-untyped-def]
        super().add_usage(
            usage, actions, groups, KOREAN_HELP["usage: "] if prefix is None else prefix
        )

    def start_section(self, heading: str | None) -> None:
        super().start_section(KOREAN_HELP.get(heading or "", heading))


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < 1e6:
            return value
    raise argparse.ArgumentTypeError(f"{text}: 0보다 큰 수여야 합니다")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text}: 2024-03-01이나 2024-03-01T09:00 같은 시각이어야 합니다"
        ) from error


def parser(commands: Mapping[str, object]) -> argparse.ArgumentParser:
    """Reads a command line; ``run`` of what it read is what ``commands`` has by that name."""
    reader = argparse.ArgumentParser(
        prog="goraebot",
        description="고래봇: 바이낸스의 큰 움직임을 한국어로 알려 주는 봇",
        formatter_class=_Korean,
        add_help=False,
    )
    _add_help(reader)
    added_to = reader.add_subparsers(title="명령", metavar="<명령>", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = added_to.add_parser(
            name, help=text, description=text, formatter_class=_Korean, add_help=False
        )
        _add_help(added)
        added.add_argument(
            "--config", metavar="FILE", type=Path, help="설정 파일 (기본: config/goraebot.toml)"
        )
        added.set_defaults(run=commands[name])
        return added

    run = command("run", "실제 바이낸스 시세로 실행합니다")
    _add_tardis(
        run,
        "지금 시세 대신 Tardis의 과거 데이터를 그때 속도로 재생하며 실행합니다 (binance, "
        "binance-futures). --from, --to, --symbols와 함께 씁니다. 모든 메시지에 재생이라고 "
        "적히고, 아무것도 저장하지 않습니다",
    )
    demo = command("demo", "네트워크와 키 없이 모의 시장으로 실행합니다")
    demo.add_argument("--speed", metavar="N", type=_positive, help="시장의 시간을 N배로 (기본 1)")
    demo.add_argument("--seed", metavar="N", type=int, help="모의 시장을 만드는 난수 시드 (기본 1)")
    _add_replay(command("replay", "기록을 재생해 알림을 보고합니다"))
    _add_record(command("record", "실제 시세를 replay가 읽는 압축 파일로 녹화합니다"))
    command("check", "설정된 부분이 모두 작동하는지 확인합니다")
    return reader


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument(
        "files", metavar="FILE", nargs="*", type=Path, help="기록 파일 (.gz, .zip도)"
    )
    _add_tardis(
        replay,
        "파일 대신 Tardis의 과거 데이터로 (binance, binance-futures). --from, --to, --symbols와 "
        "함께 씁니다. 매월 1일은 키 없이, 다른 날은 TARDIS_API_KEY로",
    )
    replay.add_argument(
        "--channels",
        metavar="A,B",
        help="Tardis 채널 (기본: aggTrade,bookTicker,depth,depthSnapshot)",
    )
    replay.add_argument("--json", action="store_true", help="알림을 한 줄에 하나씩 JSON으로")
    replay.add_argument("--raw", action="store_true", help="대기 시간과 묶기 전의 탐지 전체")
    replay.add_argument("--kinds", metavar="A,B", help="이 종류만")
    replay.add_argument("--speed", metavar="N", type=_positive, help="N배속 (기본: 최대한 빨리)")
    replay.add_argument("--settings", metavar="FILE", type=Path, help="이 설정으로 재생")
    replay.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="실제 사건을 적은 CSV와 견주어 탐지 품질을 표준 오류로 알립니다. 첫 줄은 "
        "symbol,at[,kind][,direction] (at은 ISO 8601이나 epoch, 시간대가 없으면 UTC; direction은 "
        "up이나 down)이거나 symbol,announced_utc[,onset_25s_utc] (펌프 목록)",
    )


def _add_record(record: argparse.ArgumentParser) -> None:
    record.add_argument(
        "--folder", metavar="DIR", type=Path, help="녹화 파일을 둘 폴더 (기본: recordings)"
    )
    record.add_argument(
        "--symbols",
        metavar="A,B",
        help="이 심볼만. 선물의 체결은 이름을 대야 녹화합니다 (binance-futures:BTCUSDT)",
    )
    record.add_argument(
        "--minutes", metavar="N", type=_positive, help="N분 뒤에 끝냅니다 (기본: 끝낼 때까지)"
    )


def _add_tardis(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--tardis", metavar="EXCHANGE", help=text)
    parser.add_argument(
        "--from", dest="begin", metavar="TIME", type=_time, help="예: 2024-03-01 (UTC, ISO 8601)"
    )
    parser.add_argument(
        "--to", dest="end", metavar="TIME", type=_time, help="예: 2024-03-01T01:00 (포함하지 않음)"
    )
    parser.add_argument("--symbols", metavar="A,B", help="이 심볼만")


def _add_help(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-h", "--help", action="help", help=KOREAN_HELP["show this help message and exit"]
    )
