"""``goraebot check``: does every configured part work, and what to do where it does not."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from bot.errors import StoreError
from bot.korean import josa
from bot.settings import Settings
from bot.store import open_store
from pipeline.errors import FrameError, PipelineError, Refused, TooFast
from pipeline.sources.binance import HEARTBEAT
from pipeline.sources.binance_frames import stream_name
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.sockets import open_socket

FIRST_FRAME_S = 10.0
SKEW_MS = 5_000


class Finding(msgspec.Struct, frozen=True):
    """One line of the report. ``mend`` is what to do about it, "" where all is well."""

    part: str
    well: bool
    text: str
    mend: str = ""


async def check(settings: Settings) -> list[Finding]:
    """Try each part once."""
    return [
        await _database(settings),
        await _rest(settings),
        await _streams(settings),
    ]


def report(findings: list[Finding], write: Callable[[str], object]) -> bool:
    """Write the findings as a table; whether all is well."""
    for finding in findings:
        write(f"{'✅' if finding.well else '❌'} {finding.part}: {finding.text}")
        if finding.mend:
            write(f"   → {finding.mend}")
    return all(finding.well for finding in findings)


async def _database(settings: Settings) -> Finding:
    began = time.monotonic()
    try:
        async with open_store(settings.database.url) as store:
            await store.set_meta("check", str(time.time_ns()))
            counts = await store.counts()
    except StoreError as error:
        return Finding(
            "데이터베이스",
            False,
            str(error),
            "GORAEBOT_DATABASE_URL의 위치와 권한, 남은 디스크 공간을 확인하세요.",
        )
    took_ms = (time.monotonic() - began) * 1000
    text = f"쓰기 확인({took_ms:.0f}ms), 채팅 {counts.chats}개, 알림 기록 {counts.alerts}건"
    return Finding("데이터베이스", True, text)


async def _rest(settings: Settings) -> Finding:
    part = "바이낸스 REST"
    try:
        async with BinanceRest(settings.binance.rest_url) as rest:
            began = time.time() * 1000
            server_ms = await rest.server_ms()
            received = time.time() * 1000
            listed = await rest.symbols()
    except PipelineError as error:
        return _failed(part, error, "GORAEBOT_BINANCE_REST_URL")
    skew_ms = (began + received) / 2 - server_ms  # the answer was made halfway
    usdt = sum(1 for info in listed.values() if info.trading and info.quote == "USDT")
    text = f"응답 {received - began:.0f}ms, 거래 중인 USDT 종목 {usdt}개"
    if abs(skew_ms) > SKEW_MS:
        return Finding(
            part,
            False,
            f"{text}, 이 컴퓨터의 시계가 {skew_ms / 1000:+.1f}초 어긋나 있습니다",
            "시간 동기화(NTP)를 켜세요.",
        )
    return Finding(part, True, text)


async def _streams(settings: Settings) -> Finding:
    part = "바이낸스 실시간"
    url = f"{settings.binance.ws_url.rstrip('/')}/stream?streams={stream_name(HEARTBEAT)}"
    began = time.monotonic()
    try:
        socket = await open_socket(url)
        try:
            async with asyncio.timeout(FIRST_FRAME_S):
                await socket.recv()
        finally:
            await socket.close()
    except PipelineError as error:
        return _failed(part, error, "GORAEBOT_BINANCE_WS_URL")
    except TimeoutError:
        text = f"연결됐지만 {FIRST_FRAME_S:g}초 동안 시세가 오지 않습니다."
        return Finding(part, False, text, "잠시 뒤 다시 확인하세요.")
    return Finding(part, True, f"첫 시세까지 {(time.monotonic() - began) * 1000:.0f}ms")


def _failed(part: str, error: PipelineError, variable: str) -> Finding:
    if isinstance(error, Refused) and error.status == 451:
        mend = (
            "이 지역에서는 바이낸스를 쓸 수 없습니다. 다른 지역의 서버에서 실행하거나 "
            "make demo로 모의 시장을 쓰세요."
        )
    elif isinstance(error, TooFast):
        mend = f"{error.retry_after_s:.0f}초 뒤에 다시 시도하세요."
    elif isinstance(error, FrameError):
        mend = f"{josa(variable, '이/가')} 바이낸스를 가리키는지 확인하세요."
    else:
        mend = (
            f"인터넷, DNS, 프록시와 {josa(variable, '을/를')} 확인하세요. "
            "make demo는 네트워크 없이 됩니다."
        )
    return Finding(part, False, str(error), mend)
